/* SPDX-License-Identifier: MIT */
/* Powers and logarithms of other bases, through a logarithm of twice the precision.
 *
 * log m = 2s + (2/3) s^3 + s^5 (2/5 + ...): the first two terms as pairs, the rest as doubles.
 */
#include "math/transcend.h"

#define LN2_HI         0x1.62e42fefa3800p-1
#define LN2_LO         0x1.ef35793c76730p-45
#define SQRT_HALF_BITS UINT64_C(0x3fe6a09e667f3bcd)

static const cmi_pair TWO_THIRDS = { 0x1.5555555555555p-1, 0x1.5555555555555p-55 };
static const cmi_pair LOG10_E = { 0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57 };
static const cmi_pair LOG2_E = { 0x1.71547652b82fep+0, 0x1.777d0ffda0d24p-56 };

/* (log((1+s)/(1-s)) - 2s - 2/3 s^3) / s^5 in z = s^2, z <= 0.0295. */
static const double TAIL[8] = { 0x1.999999999999ap-2, 0x1.2492492492524p-2, 0x1.c71c71c6ea01fp-3,
                                0x1.745d177b22bcfp-3, 0x1.3b1395976d2f0p-3, 0x1.1118d458653bcp-3,
                                0x1.df7a2eafecf14p-4, 0x1.e0499f72e39b9p-4 };

/* x = 2^k m with m in [sqrt(1/2), sqrt(2)), for a positive finite x. */
static double split_exponent(double x, double *k)
{
    int e;
    double m = frexp(x, &e);
    if (m < cmi_from_bits(SQRT_HALF_BITS)) {
        m *= 2.0;
        e--;
    }
    *k = e;
    return m;
}

cmi_pair cmi_log_pair(double x)
{
    double k, m = split_exponent(x, &k), f = m - 1.0;
    cmi_pair s = cmi_pair_divide(f, cmi_fast_two_sum(2.0, f));
    cmi_pair z = cmi_pair_multiply(s, s);
    cmi_pair cube = cmi_pair_multiply(cmi_pair_multiply(z, TWO_THIRDS), s);
    double tail = s.hi * z.hi * z.hi * cmi_poly(TAIL, 8, z.hi);
    cmi_pair a = cmi_two_sum(k * LN2_HI, 2.0 * s.hi), b = cmi_two_sum(a.hi, cube.hi);
    return cmi_fast_two_sum(b.hi, a.lo + b.lo + (2.0 * s.lo + k * LN2_LO + (cube.lo + tail)));
}

static double log_of_base(double x, cmi_pair factor)
{
    if (!(x > 0.0) || isinf(x)) return cmi_log(x);
    cmi_pair y = cmi_pair_multiply(cmi_log_pair(x), factor);
    return y.hi + y.lo;
}

double cmi_log10(double x)
{
    return log_of_base(x, LOG10_E);
}

double cmi_log2(double x)
{
    return log_of_base(x, LOG2_E);
}

/* x^y for x > 0, x != 1, y != 0. */
static double positive_power(double x, double y)
{
    if (isinf(x)) return y > 0.0 ? x : 0.0;
    if (fabs(y) > 0x1p65)
        return (x > 1.0) == (y > 0.0) ? (double)INFINITY : 0.0; /* |log x| >= 2^-53 */
    cmi_pair log_x = cmi_log_pair(x), p = cmi_two_product(y, log_x.hi);
    return cmi_exp_pair(cmi_fast_two_sum(p.hi, p.lo + y * log_x.lo));
}

double cmi_pow(double x, double y)
{
    if (y == 0.0 || x == 1.0) return 1.0;
    if (isnan(x) || isnan(y)) return (double)NAN;
    double size = fabs(x), sign = 1.0;
    if (x < 0.0) {
        if (floor(y) != y) return (double)NAN;
        if (fabs(y) < 0x1p53 && floor(0.5 * y) != 0.5 * y) sign = -1.0;
    }
    if (size == 0.0) return y > 0.0 ? 0.0 : (double)INFINITY;
    if (size == 1.0) return sign;
    return sign * positive_power(size, y);
}
