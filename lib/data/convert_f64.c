/* SPDX-License-Identifier: MIT */
/* Doubles from and to text, correctly rounded, without the locale.
 *
 * Almost all numbers take a short way on exact doubles (Clinger, How to read floating point numbers
 * accurately, 1990: both operands and thus one rounding). The others are decided by whole-number
 * arithmetic of any length: slow, simple, right.
 */
#include <string.h>

#include "data/batch.h"
#include "data/convert.h"

/* Whole numbers of up to 5120 bits: the largest quotient of a double needs 768 digits and 10^345.
 */
enum { LIMBS = 160 };
typedef struct big {
    uint32_t limb[LIMBS];
    int32_t n;
} big;

/* More digits than these decide nothing but "a little more" (a double's midpoint has 767 at most).
 */
#define MAX_DIGITS 770

static const double TEN[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                              1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                              1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

static void multiply_add(big *b, uint32_t factor, uint32_t addend)
{
    uint64_t carry = addend;
    for (int32_t i = 0; i < b->n; i++) {
        carry += (uint64_t)b->limb[i] * factor;
        b->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry) b->limb[b->n++] = (uint32_t)carry;
}

static void multiply_ten(big *b, int32_t power)
{
    for (; power >= 9; power -= 9) multiply_add(b, 1000000000u, 0);
    for (; power > 0; power--) multiply_add(b, 10, 0);
}

static void set_u64(big *b, uint64_t v)
{
    b->n = 0;
    for (; v; v >>= 32) b->limb[b->n++] = (uint32_t)v;
}

static void shift_left(big *b, int32_t bits)
{
    int32_t whole = bits / 32, rest = bits % 32;
    if (b->n == 0) return;
    memmove(b->limb + whole, b->limb, (size_t)b->n * sizeof b->limb[0]);
    memset(b->limb, 0, (size_t)whole * sizeof b->limb[0]);
    b->n += whole;
    if (rest) multiply_add(b, 1u << rest, 0);
}

static int compare(const big *a, const big *b)
{
    if (a->n != b->n) return a->n < b->n ? -1 : 1;
    for (int32_t i = a->n - 1; i >= 0; i--)
        if (a->limb[i] != b->limb[i]) return a->limb[i] < b->limb[i] ? -1 : 1;
    return 0;
}

static void subtract(big *a, const big *b)
{
    int64_t borrow = 0;
    for (int32_t i = 0; i < a->n; i++) {
        int64_t d = (int64_t)a->limb[i] - (i < b->n ? b->limb[i] : 0) + borrow;
        a->limb[i] = (uint32_t)d;
        borrow = d < 0 ? -1 : 0;
    }
    while (a->n && a->limb[a->n - 1] == 0) a->n--;
}

static int32_t count_bits(const big *b)
{
    return b->n ? b->n * 32 - __builtin_clz(b->limb[b->n - 1]) : 0;
}

/* a / b for a quotient below 2^bits, bit by bit; the rest stays in a. Needs room for bits more in
 * b. */
static uint64_t divide(big *a, const big *b, int32_t bits)
{
    uint64_t quotient = 0;
    for (int32_t i = bits - 1; i >= 0; i--) {
        big moved = *b;
        shift_left(&moved, i);
        if (compare(a, &moved) >= 0) {
            subtract(a, &moved);
            quotient |= UINT64_C(1) << i;
        }
    }
    return quotient;
}

/* x * 2^e for a result that is exact, or infinite. */
static double scale_by_two(double x, int32_t e)
{
    for (; e > 1000; e -= 1000) x *= 0x1p1000;
    for (; e < -1000; e += 1000) x *= 0x1p-1000;
    uint64_t bits = (uint64_t)(1023 + e) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return x * power;
}

/* The double nearest to above / below (ties to even), both above 0. */
static double divide_to_double(big *above, big *below)
{
    int32_t exponent = count_bits(above) - count_bits(below) - 62;
    if (exponent < 0) shift_left(above, -exponent);
    if (exponent > 0) shift_left(below, exponent);
    uint64_t q = divide(above, below, 63); /* 2^61 < q < 2^63 */
    bool sticky = above->n != 0;
    int32_t drop = 64 - __builtin_clzll(q) - 53;
    /* Subnormals have fewer bits: the last one counts 2^-1074. */
    if (exponent + drop < -1074) drop = -1074 - exponent;
    if (drop > 63) return 0; /* below half of the least */
    uint64_t kept = q >> drop, rest = q & ((UINT64_C(1) << drop) - 1);
    uint64_t half = UINT64_C(1) << (drop - 1);
    if (rest > half || (rest == half && (sticky || (kept & 1)))) kept++;
    return scale_by_two((double)kept, exponent + drop);
}

/* digits * 10^exponent, the slow way. */
static double read_exactly(const char *digits, int32_t n, int64_t exponent)
{
    if (n == 0 || exponent + n < -330) return 0;
    if (exponent + n > 310) return 0x1p1000 * 0x1p1000;
    big above = { .n = 0 }, below = { .n = 0 };
    for (int32_t i = 0; i < n; i++) multiply_add(&above, 10, (uint32_t)(digits[i] - '0'));
    multiply_add(&below, 1, 1);
    if (exponent > 0)
        multiply_ten(&above, (int32_t)exponent);
    else
        multiply_ten(&below, (int32_t)-exponent);
    return divide_to_double(&above, &below);
}

/* Appends digits without zeros in front; what goes beyond the room makes the last digit odd, which
 * says "a little more" and cannot make a tie. Returns the count. */
static int32_t append_digits(char *digits, int32_t count, const char *p, int64_t n,
                             int64_t *exponent, bool fraction)
{
    for (int64_t i = 0; i < n; i++) {
        if (count == MAX_DIGITS) {
            if (p[i] != '0') digits[MAX_DIGITS - 1] = (char)(digits[MAX_DIGITS - 1] | 1);
            *exponent += !fraction;
            continue;
        }
        if (count > 0 || p[i] != '0') digits[count++] = p[i];
        *exponent -= fraction;
    }
    return count;
}

bool cmi_parse_f64(const char *p, int64_t n, double *out)
{
    cmi_number x;
    if (!cmi_number_split(p, n, &x)) return false;
    char digits[MAX_DIGITS];
    int64_t exponent = x.exponent;
    int32_t count = append_digits(digits, 0, x.whole, x.n_whole, &exponent, false);
    count = append_digits(digits, count, x.fraction, x.n_fraction, &exponent, true);
    double value;
    if (count <= 15 && exponent >= -22 && exponent <= 22) {
        int64_t whole = 0;
        for (int32_t i = 0; i < count; i++) whole = whole * 10 + (digits[i] - '0');
        value = exponent < 0 ? (double)whole / TEN[-exponent] : (double)whole * TEN[exponent];
    } else {
        value = read_exactly(digits, count, exponent);
    }
    if (value > 0x1.fffffffffffffp1023) return false;
    *out = x.negative ? -value : value;
    return true;
}

/* ---- shortest text ---- */

/* A double above 0 as digits * 10^exponent. */
typedef struct shortest {
    char digits[24];
    int32_t n;
    int32_t exponent;
} shortest;

static void set_digits(shortest *s, uint64_t value, int32_t exponent)
{
    while (value >= 10 && value % 10 == 0) {
        value /= 10;
        exponent++;
    }
    char reversed[24];
    int32_t n = 0;
    do reversed[n++] = (char)('0' + value % 10);
    while ((value /= 10) != 0);
    s->n = n;
    for (int32_t i = 0; i < n; i++) s->digits[i] = reversed[n - 1 - i];
    s->exponent = exponent;
}

/* Decimals of up to 15 digits read back as one double each, so the first that does is the shortest;
 * whole numbers below 2^53 are their own. */
static bool try_short(double a, shortest *s)
{
    for (int32_t k = 0; k <= 22; k++) {
        double moved = a * TEN[k];
        if (moved >= (k == 0 ? 0x1p53 : 1e15)) return false;
        uint64_t whole = (uint64_t)(moved + 0.5);
        if ((double)whole / TEN[k] != a) continue;
        set_digits(s, whole, -k);
        return true;
    }
    return false;
}

static uint64_t raise_ten(int32_t n)
{
    return (uint64_t)cmi_pow10_i64[n];
}

/* floor(mantissa * 2^exponent * 10^-power); *up says that the next number above is nearer. */
static uint64_t scale_down(uint64_t mantissa, int32_t exponent, int32_t power, bool *up)
{
    big above = { .n = 0 }, below = { .n = 0 };
    set_u64(&above, mantissa);
    set_u64(&below, 1);
    multiply_ten(power < 0 ? &above : &below, power < 0 ? -power : power);
    shift_left(exponent < 0 ? &below : &above, exponent < 0 ? -exponent : exponent);
    uint64_t q = divide(&above, &below, 62);
    shift_left(&above, 1);
    *up = compare(&above, &below) > 0;
    return q;
}

static bool reads_back(double a, uint64_t value, int32_t exponent, shortest *s)
{
    set_digits(s, value, exponent);
    return read_exactly(s->digits, s->n, s->exponent) == a;
}

/* Doubles of the usual size: everything fits into 128 bits, and instead of reading back the
 * distance is held against half the gap to the neighbours. Returns 1 found, 0 not found, -1: too
 * wide. */
static int try_digits_quick(uint64_t mantissa, int32_t exponent, int32_t n, int32_t power,
                            shortest *s)
{
    if (power > 0 || power < -21 || exponent > 0 || exponent < -110) return -1;
    cmi_u128 gap = raise_ten(-power > 18 ? 18 : -power);
    if (-power > 18) gap *= raise_ten(-power - 18);
    cmi_u128 exact = gap * mantissa;
    cmi_u128 q = exact >> -exponent, rest = exact - (q << -exponent),
             above = ((cmi_u128)1 << -exponent) - rest;
    if (q >= raise_ten(n)) return -2;
    bool up = rest > above;
    /* Below a power of two the gap is half as wide. */
    cmi_u128 gap_below = mantissa == 0x10000000000000u ? gap / 2 : gap;
    bool even = mantissa % 2 == 0;
    bool down_reads = 2 * rest < gap_below || (even && 2 * rest == gap_below);
    bool up_reads = 2 * above < gap || (even && 2 * above == gap);
    if (!down_reads && !up_reads) return 0;
    set_digits(s, (uint64_t)q + (up_reads && (up || !down_reads)), power);
    return 1;
}

/* The nearest decimal of n digits, or its neighbour on the other side of the double: at powers of
 * two the interval of what reads back is lopsided, and the nearest may lie outside. */
static bool try_digits(double a, int32_t n, shortest *s)
{
    uint64_t bits, mantissa;
    memcpy(&bits, &a, sizeof bits);
    int32_t biased = (int32_t)(bits >> 52);
    mantissa = biased ? (bits & 0xfffffffffffffu) | 0x10000000000000u : bits;
    int32_t exponent = (biased ? biased : 1) - 1075;
    int32_t log2 = 63 - __builtin_clzll(mantissa) + exponent;
    int32_t power = (int32_t)(((int64_t)log2 * 78913) >> 18) - n + 1; /* 78913 / 2^18 = log10(2) */
    int quick = try_digits_quick(mantissa, exponent, n, power, s);
    if (quick == -2) quick = try_digits_quick(mantissa, exponent, n, power + 1, s);
    if (quick >= 0) return quick;
    bool up;
    uint64_t q = scale_down(mantissa, exponent, power, &up);
    if (q >= raise_ten(n)) q = scale_down(mantissa, exponent, ++power, &up);
    return reads_back(a, q + up, power, s) || reads_back(a, q + !up, power, s);
}

static void find_shortest(double a, shortest *s)
{
    if (try_short(a, s)) return;
    /* Subnormals have too few bits for the argument above. */
    for (int32_t n = a < 0x1p-1022 ? 1 : 15; n <= 17; n++)
        if (try_digits(a, n, s)) return;
}

static int32_t put_exponent(char *text, int32_t n, int32_t exponent)
{
    text[n++] = 'e';
    text[n++] = exponent < 0 ? '-' : '+';
    if (exponent < 0) exponent = -exponent;
    if (exponent >= 100) text[n++] = (char)('0' + exponent / 100);
    text[n++] = (char)('0' + exponent / 10 % 10);
    text[n++] = (char)('0' + exponent % 10);
    return n;
}

static int32_t put_shortest(char *text, int32_t n, const shortest *s)
{
    int32_t point = s->n + s->exponent; /* places in front of the decimal point */
    if (point > 21 || point < -5) {
        text[n++] = s->digits[0];
        if (s->n > 1) text[n++] = '.';
        for (int32_t i = 1; i < s->n; i++) text[n++] = s->digits[i];
        return put_exponent(text, n, point - 1);
    }
    if (point <= 0) {
        text[n++] = '0';
        text[n++] = '.';
        for (int32_t i = point; i < 0; i++) text[n++] = '0';
    }
    for (int32_t i = 0; i < s->n || i < point; i++) {
        if (i == point && i > 0) text[n++] = '.';
        text[n++] = i < s->n ? s->digits[i] : '0';
    }
    return n;
}

int32_t cmi_f64_shortest(double v, char text[32])
{
    int32_t n = 0;
    if (v != v) {
        memcpy(text, "nan", 4);
        return 3;
    }
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    if (bits >> 63) {
        text[n++] = '-';
        v = -v;
    }
    if (v == 0) {
        text[n++] = '0';
    } else if (v > 0x1.fffffffffffffp1023) {
        memcpy(text + n, "inf", 3);
        n += 3;
    } else {
        shortest s;
        find_shortest(v, &s);
        n = put_shortest(text, n, &s);
    }
    text[n] = '\0';
    return n;
}
