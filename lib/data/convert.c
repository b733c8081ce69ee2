/* SPDX-License-Identifier: MIT */
/* Exact decimals: text and other scales into units of 10^-scale, rounded at most once, half to
 * even. */
#include "data/convert.h"

#include <string.h>

#include "data/batch.h"

#define MAX_DIGITS   38 /* what a 128-bit integer holds whatever the digits */
#define MAX_EXPONENT 100000000

const int64_t cmi_pow10_i64[19] = {
    1,
    10,
    100,
    1000,
    10000,
    100000,
    1000000,
    10000000,
    100000000,
    1000000000,
    10000000000,
    100000000000,
    1000000000000,
    10000000000000,
    100000000000000,
    1000000000000000,
    10000000000000000,
    100000000000000000,
    1000000000000000000,
};

static cmi_i128 raise_ten(int32_t n)
{
    cmi_i128 power = 1;
    for (; n >= 18; n -= 18) power *= cmi_pow10_i64[18];
    return power * cmi_pow10_i64[n];
}

static bool read_exponent(const char *p, int64_t n, int64_t *exponent)
{
    bool negative = n > 0 && *p == '-';
    int64_t i = n > 0 && (*p == '-' || *p == '+') ? 1 : 0, value = 0;
    if (i == n) return false;
    for (; i < n; i++) {
        if (p[i] < '0' || p[i] > '9') return false;
        if (value < MAX_EXPONENT) value = value * 10 + (p[i] - '0');
    }
    *exponent = negative ? -value : value;
    return true;
}

static int64_t count_digits(const char *p, int64_t n)
{
    int64_t i = 0;
    while (i < n && p[i] >= '0' && p[i] <= '9') i++;
    return i;
}

bool cmi_number_split(const char *p, int64_t n, cmi_number *out)
{
    cmi_number x = { .negative = n > 0 && p[0] == '-' };
    const char *end = p + n;
    if (n > 0 && (p[0] == '-' || p[0] == '+')) p++;
    x.whole = p;
    x.n_whole = count_digits(p, end - p);
    x.fraction = p += x.n_whole;
    if (p < end && *p == '.') {
        x.fraction = ++p;
        x.n_fraction = count_digits(p, end - p);
        p += x.n_fraction;
    }
    if (x.n_whole + x.n_fraction == 0) return false;
    if (p < end) {
        if ((*p != 'e' && *p != 'E') || !read_exponent(p + 1, end - p - 1, &x.exponent))
            return false;
    }
    *out = x;
    return true;
}

/* Takes digits as long as 38 hold them; what follows only moves the exponent. */
static void append_digits(cmi_decimal *d, const char *p, int64_t n, bool fraction)
{
    const cmi_u128 room = (cmi_u128)CMI_I128_MAX / 10 - 1;
    for (int64_t i = 0; i < n; i++) {
        if (!d->inexact && (cmi_u128)d->value < room) {
            d->value = d->value * 10 + (p[i] - '0');
            d->exponent -= fraction;
        } else {
            d->inexact |= p[i] != '0';
            d->exponent += !fraction;
        }
    }
}

bool cmi_decimal_read(const char *p, int64_t n, cmi_decimal *out)
{
    cmi_number x;
    if (!cmi_number_split(p, n, &x)) return false;
    cmi_decimal d = { .exponent = x.exponent };
    append_digits(&d, x.whole, x.n_whole, false);
    append_digits(&d, x.fraction, x.n_fraction, true);
    if (x.negative) d.value = -d.value;
    *out = d;
    return true;
}

/* The quotient by 10^drop, half to even; `inexact` says that the value lies a little further from
 * 0. */
static cmi_i128 divide_half_even(cmi_i128 value, int64_t drop, bool inexact, bool *rounded)
{
    if (drop > MAX_DIGITS) {
        *rounded = value != 0 || inexact;
        return 0;
    }
    cmi_i128 divisor = raise_ten((int32_t)drop);
    cmi_i128 quotient = value / divisor, rest = value % divisor;
    cmi_i128 size = rest < 0 ? -rest : rest, other = divisor - size;
    *rounded = rest != 0 || inexact;
    bool half = size == other;
    bool up = size > other || (half && (inexact || quotient % 2 != 0));
    if (!up) return quotient;
    return value < 0 ? quotient - 1 : quotient + 1;
}

bool cmi_decimal_round(const cmi_decimal *d, int32_t scale, int64_t *out, bool *rounded)
{
    cmi_i128 value = d->value;
    int64_t shift = d->exponent + scale;
    bool inexact = d->inexact;
    if (value == 0 && !inexact) {
        *out = 0;
        *rounded = false;
        return true;
    }
    if (shift >= 0) {
        /* Any number but 0 that is moved up by 19 places is too large for 64 bits. */
        if (shift > 18 || __builtin_mul_overflow(value, (cmi_i128)cmi_pow10_i64[shift], &value))
            return false;
    } else {
        value = divide_half_even(value, -shift, inexact, &inexact);
    }
    if (value > INT64_MAX || value <= INT64_MIN) return false;
    *out = (int64_t)value;
    *rounded = inexact;
    return true;
}

bool cmi_decimal_multiply(const cmi_decimal *a, const cmi_decimal *b, cmi_decimal *out)
{
    if (a->inexact || b->inexact) return false;
    cmi_decimal product = { .exponent = a->exponent + b->exponent };
    if (__builtin_mul_overflow(a->value, b->value, &product.value)) return false;
    *out = product;
    return true;
}

bool cmi_parse_decimal(const char *p, int64_t n, int32_t scale, int64_t *out, bool *rounded)
{
    cmi_decimal d;
    return cmi_decimal_read(p, n, &d) && cmi_decimal_round(&d, scale, out, rounded);
}

bool cmi_decimal_rescale(cmi_i128 value, int32_t from, int32_t to, int64_t *out, bool *rounded)
{
    cmi_decimal d = { .value = value, .exponent = -(int64_t)from };
    return cmi_decimal_round(&d, to, out, rounded);
}

int32_t cmi_print_i128(cmi_i128 value, int32_t scale, char text[80])
{
    char digits[48];
    int32_t n = 0, length = 0;
    cmi_u128 rest = value < 0 ? (cmi_u128)0 - (cmi_u128)value : (cmi_u128)value;
    do digits[n++] = (char)('0' + (int)(rest % 10));
    while ((rest /= 10) != 0);
    while (n <= scale && n < 47) digits[n++] = '0';
    if (value < 0) text[length++] = '-';
    while (n > 0) {
        if (n == scale) text[length++] = '.';
        text[length++] = digits[--n];
    }
    for (; scale < 0 && length < 79 && value != 0; scale++) text[length++] = '0';
    text[length] = '\0';
    return length;
}
