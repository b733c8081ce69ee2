/* SPDX-License-Identifier: MIT */
/* exp: x = k log 2 + r with |r| <= log(2)/2, then e^r = 1 + r + r^2 q(r).
 * log: x = 2^k m with m in [sqrt(1/2), sqrt(2)), f = m - 1, s = f/(2+f), then
 *      log m = 2 atanh s = f - (f^2/2 - s (f^2/2 + R(s^2))), which keeps f, an exact number, to the
 * end. Selections are written as ?: on values, never as jumps, so that loops become vector code.
 * The polynomials come from tools/math/make_polynomials.py.
 */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize(                                                                              \
    "no-trapping-math") /* no value changes; without it gcc turns ?: on doubles into jumps */
#endif

#include "math/transcend.h"

#define LN2_HI         0x1.62e42fefa3800p-1 /* 42 bits: k * LN2_HI is exact */
#define LN2_LO         0x1.ef35793c76730p-45
#define INV_LN2        0x1.71547652b82fep+0
#define SQRT_HALF_BITS UINT64_C(0x3fe6a09e667f3bcd)
#define ROUNDER        0x1.8p52 /* adding it rounds to a whole number, held in the low bits */

enum { LANES = 8 };

static inline double round_small(double x)
{
    return (x + ROUNDER) - ROUNDER;
}

/* 2^k for a whole k in [-1022, 1023]. */
static inline double power_of_two(double k)
{
    return cmi_from_bits(cmi_bits_of(k + (ROUNDER + 1023.0)) << 52);
}

/* (e^r - 1 - r) / r^2 on |r| <= 0.3468, error 1.4e-18. */
static inline double exp_tail(double r)
{
    double q = 0x1.1f732921c514bp-29;
    q = q * r + 0x1.af4e2bbb50609p-26;
    q = q * r + 0x1.27e4db5238e9ap-22;
    q = q * r + 0x1.71de0211bc37ep-19;
    q = q * r + 0x1.a01a01a6de478p-16;
    q = q * r + 0x1.a01a01abf20adp-13;
    q = q * r + 0x1.6c16c16c162cap-10;
    q = q * r + 0x1.11111111100c9p-7;
    q = q * r + 0x1.5555555555556p-5;
    q = q * r + 0x1.5555555555557p-3;
    return q * r + 0.5;
}

/* e^(x + x_lo), |x_lo| <= ulp(x). */
static inline double exp_core(double x, double x_lo)
{
    double c = x > 710.0 ? 710.0 : x; /* NaN stays */
    c = c < -746.0 ? -746.0 : c;
    double k = round_small(c * INV_LN2);
    double high = c - k * LN2_HI, low = k * LN2_LO; /* both exact enough: high is exact */
    double r = high - low, r_lo = ((high - r) - low) + x_lo;
    double one_r = 1.0 + r, one_r_lo = (1.0 - one_r) + r;
    double tail = r * r * exp_tail(r);
    double e = one_r + (one_r_lo + (tail + r_lo * (one_r + tail)));
    double half =
        round_small(0.5 * k); /* two steps: k itself may lie outside the exponent's range */
    return e * power_of_two(half) * power_of_two(k - half);
}

double cmi_exp(double x)
{
    return exp_core(x, 0.0);
}

double cmi_exp_pair(cmi_pair x)
{
    return exp_core(x.hi, fabs(x.hi) < 800.0 ? x.lo : 0.0);
}

/* e^x - 1 = (2^k - 1) + 2^k (r + r^2 q), the two parts added with the error of their sum. */
double cmi_expm1(double x)
{
    if (x > 40.0 || x < -40.0) return cmi_exp(x) - 1.0;
    if (fabs(x) < 0x1p-54) return x;
    double k = round_small(x * INV_LN2);
    double high = x - k * LN2_HI, low = k * LN2_LO;
    double r = high - low, r_lo = (high - r) - low;
    double scale = power_of_two(k);
    double tail = scale * (r * r * exp_tail(r) + r_lo * (1.0 + r));
    cmi_pair whole = cmi_two_sum(scale, -1.0);
    cmi_pair sum = cmi_two_sum(whole.hi, scale * r);
    return sum.hi + (sum.lo + whole.lo + tail);
}

/* (log((1+s)/(1-s)) - 2s) / s as a polynomial in z = s^2, z <= 0.0295, error 2.1e-18. */
static inline double log_tail(double z)
{
    double p = 0x1.0c135adcf3011p-3;
    p = p * z + 0x1.0fbd140544b63p-3;
    p = p * z + 0x1.3b1c43c68eb6dp-3;
    p = p * z + 0x1.745cf8c09a9d4p-3;
    p = p * z + 0x1.c71c7201fc0e6p-3;
    p = p * z + 0x1.249249247670ap-2;
    p = p * z + 0x1.9999999999a3ap-2;
    return z * (p * z + 0x1.5555555555555p-1);
}

/* k log 2 + log(1 + f) + f_lo */
static inline double log_sum(double k, double f, double f_lo)
{
    double s = f / (2.0 + f);
    double half_square = 0.5 * f * f;
    double r = log_tail(s * s);
    return k * LN2_HI - ((half_square - (s * (half_square + r) + (k * LN2_LO + f_lo))) - f);
}

/* x = 2^k m, x a positive normal number. Returns m in [sqrt(1/2), sqrt(2)). */
static inline double split_exponent(double x, double *k)
{
    const uint64_t shift =
        (UINT64_C(1) << 62) - SQRT_HALF_BITS; /* keeps the exponent positive: + 1024 */
    uint64_t bits = cmi_bits_of(x), biased = (bits + shift) >> 52;
    *k = cmi_from_bits(biased | UINT64_C(0x4330000000000000)) - (0x1p52 + 1024.0);
    return cmi_from_bits(bits - ((biased - 1024) << 52));
}

static inline double log_core(double x)
{
    double k;
    double m = split_exponent(x < DBL_MIN ? x * 0x1p54 : x, &k);
    double y = log_sum(x < DBL_MIN ? k - 54.0 : k, m - 1.0, 0.0);
    y = x < 0.0 ? (double)NAN : y;
    y = x == 0.0 ? -(double)INFINITY : y;
    return x < (double)INFINITY ? y : x; /* infinity and NaN are their own logarithms */
}

double cmi_log(double x)
{
    return log_core(x);
}

double cmi_log1p(double x)
{
    if (!(x > -1.0)) return x == -1.0 ? -(double)INFINITY : (double)NAN;
    if (x > 0x1p60) return log_core(x);
    if (x > -0.29 && x < 0.41) return fabs(x) < 0x1p-54 ? x : log_sum(0.0, x, 0.0);
    double k, u = 1.0 + x;
    double lost = x >= 1.0 ? 1.0 - (u - x) : x - (u - 1.0); /* what the sum rounded away */
    double m = split_exponent(u, &k);
    return log_sum(k, m - 1.0, lost / u);
}

/* Whole blocks of LANES through local arrays: a fixed trip count and no aliasing, which every
 * optimiser turns into vectors; lanes do not depend on each other, so the bits are the scalar's. */
void cmi_exp_n(const double *x, double *y, size_t n)
{
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        double in[LANES], out[LANES];
        memcpy(in, x + i, sizeof in);
        for (int j = 0; j < LANES; j++) out[j] = exp_core(in[j], 0.0);
        memcpy(y + i, out, sizeof out);
    }
    for (; i < n; i++) y[i] = exp_core(x[i], 0.0);
}

void cmi_log_n(const double *x, double *y, size_t n)
{
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        double in[LANES], out[LANES];
        memcpy(in, x + i, sizeof in);
        for (int j = 0; j < LANES; j++) out[j] = log_core(in[j]);
        memcpy(y + i, out, sizeof out);
    }
    for (; i < n; i++) y[i] = log_core(x[i]);
}

double cmi_log1mexp(double x)
{
    if (x > 0.0) return (double)NAN;
    return x > -0.6931471805599453 ? cmi_log(-cmi_expm1(x)) : cmi_log1p(-cmi_exp(x));
}

double cmi_logaddexp(double a, double b)
{
    double high = a > b ? a : b, low = a > b ? b : a;
    if (isinf(high)) return high;
    return high + cmi_log1p(cmi_exp(low - high));
}

double cmi_logsumexp(const double *x, size_t n)
{
    double high = -(double)INFINITY, sum = 0.0;
    for (size_t i = 0; i < n; i++) high = x[i] > high || isnan(x[i]) ? x[i] : high;
    if (!isfinite(high)) return high;
    for (size_t i = 0; i < n; i++) sum += cmi_exp(x[i] - high);
    return high + cmi_log(sum);
}
