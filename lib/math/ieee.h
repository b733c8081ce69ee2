/* SPDX-License-Identifier: MIT */
/* Bits of doubles, polynomials, and sums and products without rounding error.
 *
 * The whole floor counts on IEEE 754 doubles, rounding to nearest, and no contraction of a*b + c
 * (-ffp-contract=off): then every result has the same bits on every processor.
 *
 * A cmi_pair is an unevaluated sum hi + lo with |lo| <= ulp(hi)/2, about 106 bits.
 * References  Dekker, A floating-point technique for extending the available precision, 1971,
 *             doi:10.1007/BF01397083; Knuth, The Art of Computer Programming 2, 4.2.2.
 */
#ifndef CMI_MATH_IEEE_H
#define CMI_MATH_IEEE_H

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#if FLT_EVAL_METHOD != 0
#error "doubles must be evaluated as doubles: the same bits everywhere are promised"
#endif

typedef struct cmi_pair {
    double hi, lo;
} cmi_pair;

static inline uint64_t cmi_bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double cmi_from_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* c[0] + c[1] x + ... + c[n-1] x^(n-1), by Horner's rule. */
static inline double cmi_poly(const double *c, int n, double x)
{
    double sum = c[n - 1];
    for (int i = n - 2; i >= 0; i--) sum = sum * x + c[i];
    return sum;
}

/* a + b exactly, for |a| >= |b| or a = 0. */
static inline cmi_pair cmi_fast_two_sum(double a, double b)
{
    double hi = a + b;
    return (cmi_pair){ hi, b - (hi - a) };
}

/* a + b exactly. */
static inline cmi_pair cmi_two_sum(double a, double b)
{
    double hi = a + b, part = hi - a;
    return (cmi_pair){ hi, (a - (hi - part)) + (b - part) };
}

/* a * b exactly, for |a|, |b| < 2^996 and no underflow. */
static inline cmi_pair cmi_two_product(double a, double b)
{
    const double split = 0x1p27 + 1.0;
    double ta = split * a, tb = split * b;
    double ah = ta - (ta - a), bh = tb - (tb - b);
    double al = a - ah, bl = b - bh, hi = a * b;
    return (cmi_pair){ hi, ((ah * bh - hi) + ah * bl + al * bh) + al * bl };
}

static inline cmi_pair cmi_pair_add(cmi_pair a, cmi_pair b)
{
    cmi_pair s = cmi_two_sum(a.hi, b.hi);
    return cmi_fast_two_sum(s.hi, s.lo + (a.lo + b.lo));
}

static inline cmi_pair cmi_pair_multiply(cmi_pair a, cmi_pair b)
{
    cmi_pair p = cmi_two_product(a.hi, b.hi);
    return cmi_fast_two_sum(p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi));
}

static inline cmi_pair cmi_pair_divide(double a, cmi_pair b)
{
    double q = a / b.hi;
    cmi_pair p = cmi_two_product(q, b.hi);
    return cmi_fast_two_sum(q, ((a - p.hi) - p.lo - q * b.lo) / b.hi);
}

#endif
