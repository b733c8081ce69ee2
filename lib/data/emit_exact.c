/* SPDX-License-Identifier: MIT */
#include "data/emit.h"

/* Exact arithmetic behind results: ratios with one rounding, money divided and split. */

static int count_bits(cmi_u128 v)
{
    uint64_t high = (uint64_t)(v >> 64), low = (uint64_t)v;
    return high ? 128 - __builtin_clzll(high) : low ? 64 - __builtin_clzll(low) : 0;
}

static cmi_u128 magnitude(cmi_i128 v)
{
    return v < 0 ? 0 - (cmi_u128)v : (cmi_u128)v;
}

/* x * 2^e for results far from overflow and underflow. */
static double scale_by_two(double x, int e)
{
    for (; e > 0; e--) x *= 2;
    for (; e < 0; e++) x *= 0.5;
    return x;
}

double cmi_ratio128(cmi_i128 numerator, cmi_i128 denominator)
{
    const cmi_i128 exact = (cmi_i128)1 << 53;
    cmi_u128 a = magnitude(numerator), b = magnitude(denominator);

    if ((numerator >= -exact && numerator <= exact && denominator >= -exact &&
         denominator <= exact) ||
        a == 0 || b == 0)
        return (double)numerator / (double)denominator;
    /* Both to the same length, then the quotient bit by bit: 57 bits are 53, at least one to round
     * by, and the last says whether anything follows. */
    int shift = count_bits(a) - count_bits(b);
    if (shift > 0)
        b <<= shift;
    else
        a <<= -shift;
    uint64_t q = 0;
    for (int i = 0; i < 57; i++) {
        q <<= 1;
        if (a >= b) {
            a -= b;
            q |= 1;
        }
        a <<= 1;
    }
    double ratio = scale_by_two((double)(q | (a != 0)), shift - 56);
    return (numerator < 0) != (denominator < 0) ? -ratio : ratio;
}

cmi_i128 cmi_divide_half_even(cmi_i128 a, cmi_i128 b)
{
    cmi_u128 n = magnitude(a), d = magnitude(b), q = n / d, rest = n % d, other = d - rest;

    if (rest > other || (rest == other && (q & 1))) q++;
    return (a < 0) != (b < 0) ? (cmi_i128)(0 - q) : (cmi_i128)q;
}

/* ---- shares by largest remainder ---- */

/* a * b / d and what remains; a < 2^127, b < 2^63, d < 2^126, b <= d, so the quotient fits. */
static cmi_u128 multiply_divide(cmi_u128 a, uint64_t b, cmi_u128 d, cmi_u128 *rest)
{
    if (count_bits(a) + count_bits(b) <= 128) {
        cmi_u128 product = a * b;
        *rest = product % d;
        return product / d;
    }
    /* high * 2^128 + low, then long division. */
    cmi_u128 middle = (cmi_u128)(uint64_t)a * b, top = (a >> 64) * b + (middle >> 64);
    cmi_u128 high = top >> 64, low = top << 64 | (uint64_t)middle, q = 0, r = high % d;
    for (int i = 127; i >= 0; i--) {
        r = r << 1 | (low >> i & 1);
        q <<= 1;
        if (r >= d) {
            r -= d;
            q |= 1;
        }
    }
    *rest = r;
    return q;
}

/* The largest t such that at least `left` of the remainders in `share` are >= t. */
static cmi_u128 find_threshold(const cmi_i128 *share, int64_t n, int64_t left, cmi_u128 most)
{
    cmi_u128 low = 0, high = most;

    while (low < high) {
        cmi_u128 middle = high - (high - low) / 2;
        int64_t count = 0;
        for (int64_t i = 0; i < n; i++) count += (cmi_u128)share[i] >= middle;
        if (count >= left)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

void cmi_split(cmi_i128 total, const int64_t *weight, int64_t n, cmi_i128 *share)
{
    cmi_u128 all = 0, amount = magnitude(total), given = 0, rest;

    for (int64_t i = 0; i < n; i++) all += (uint64_t)weight[i];
    for (int64_t i = 0; i < n && all == 0; i++) share[i] = 0;
    if (all == 0) return;
    for (int64_t i = 0; i < n; i++) {
        given += multiply_divide(amount, (uint64_t)weight[i], all, &rest);
        share[i] = (cmi_i128)
            rest; /* the remainders wait where the shares will stand: no memory is needed */
    }
    /* Everything above the threshold gets one more; of those on it, the first. */
    int64_t left = (int64_t)(amount - given);
    cmi_u128 threshold = left ? find_threshold(share, n, left, all) : all;
    for (int64_t i = 0; i < n; i++) left -= (cmi_u128)share[i] > threshold;
    for (int64_t i = 0; i < n; i++) {
        bool more = (cmi_u128)share[i] > threshold;
        if ((cmi_u128)share[i] == threshold && left > 0) {
            more = true;
            left--;
        }
        cmi_u128 part = multiply_divide(amount, (uint64_t)weight[i], all, &rest) + more;
        share[i] = total < 0 ? (cmi_i128)(0 - part) : (cmi_i128)part;
    }
}
