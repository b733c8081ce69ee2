/* SPDX-License-Identifier: MIT */
/* Polynomials about 1, 3/2 and 2 (so that both zeros are exact), products down to them, Stirling's
 * series above 8 (DLMF 5.11.1) with its leading part in twice the precision.
 * The polynomials come from tools/math/make_polynomials.py.
 */
#include "math/gamma.h"

#include "math/transcend.h"

#define LARGE        8.0
#define HALF_LOG_2PI 0x1.d67f1c864beb5p-1

static const cmi_pair HALF_LOG_2PI_PAIR = { 0x1.d67f1c864beb5p-1, -0x1.65b5a1b7ff5dfp-55 };

/* log Gamma(1 + t) / t, |t| <= 1/4, error 1.5e-19. */
static const double ABOUT_1[20] = {
    -0x1.2788cfc6fb619p-1, 0x1.a51a6625307d3p-1, -0x1.9a4d55beab2ddp-2, 0x1.151322ac7d84ep-2,
    -0x1.a8b9c17aa4707p-3, 0x1.5b40cb100a9eep-3, -0x1.2703a1de396c3p-3, 0x1.010b36b0c68b9p-3,
    -0x1.c8066f5e2cda3p-4, 0x1.9a01e282b40a1p-4, -0x1.748c71ee13f0ap-4, 0x1.556b12446863fp-4,
    -0x1.3b14bf7d9155cp-4, 0x1.248e6c7b09ba8p-4, -0x1.11d72c1a90627p-4, 0x1.00bc3fa8df407p-4,
    -0x1.cd9b02c0d6b30p-5, 0x1.b3bc98d8742cfp-5, -0x1.1fed7d75d3a3ep-4, 0x1.11e874e4f59a9p-4,
};

/* log Gamma(2 + t) / t, |t| <= 1/4, error 6.5e-20. */
static const double ABOUT_2[15] = {
    0x1.b0ee6072093cep-2,   0x1.4a34cc4a60fa6p-2,  -0x1.13e001a557607p-4,  0x1.51322ac7d8235p-6,
    -0x1.e404fc218f19ap-8,  0x1.7add6eae7df75p-9,  -0x1.38ac5c2cb4552p-10, 0x1.0b36ae9976740p-11,
    -0x1.d3fd4ab93bc11p-13, 0x1.a128d1852220bp-14, -0x1.78df6b644a7c3p-15, 0x1.57afd4247e819p-16,
    -0x1.3c6427dbcb33ap-17, 0x1.3518a98fb51ccp-18, -0x1.20495c2b69aefp-19,
};

/* log Gamma(3/2 + t), |t| <= 1/4, error 5.5e-21. */
static const double ABOUT_1_5[18] = {
    -0x1.eeb95b094c191p-4, 0x1.2aed059bd608ap-5,   0x1.de9e64df22ef3p-2,  -0x1.1ae55b180726cp-3,
    0x1.e0f840dad64c2p-5,  -0x1.da59d5374a8f0p-6,  0x1.f9ca39da31e5bp-7,  -0x1.1a8ba4f09efb7p-7,
    0x1.456f1b22e2cc6p-8,  -0x1.7edb81900e449p-9,  0x1.c97323e226994p-10, -0x1.148a0ed8d2990p-10,
    0x1.5187f44d6aebfp-11, -0x1.9f0dc6c9dc4dep-12, 0x1.feb18290532aep-13, -0x1.3da2d3196f576p-13,
    0x1.be9fdf90bd9e6p-14, -0x1.186969b521195p-14,
};

/* log Gamma(x) = (x - 1/2) log x - x + log(2 pi)/2 + series: Bernoulli numbers B_2k / (2k (2k-1)
 * x^(2k-1)). */
static double stirling_series(double x)
{
    static const double b[9] = { 1.0 / 12.0,    -1.0 / 360.0,       1.0 / 1260.0,
                                 -1.0 / 1680.0, 1.0 / 1188.0,       -691.0 / 360360.0,
                                 1.0 / 156.0,   -3617.0 / 122400.0, 43867.0 / 244188.0 };
    double y = 1.0 / x;
    return y * cmi_poly(b, 9, y * y);
}

static double lgamma_large(double x)
{
    if (x > 1e290) return x * (cmi_log(x) - 1.0);
    cmi_pair half = cmi_two_sum(x, -0.5);
    cmi_pair main_part = cmi_pair_multiply(half, cmi_log_pair(x));
    cmi_pair sum = cmi_pair_add(main_part, (cmi_pair){ -x, 0.0 });
    sum = cmi_pair_add(sum, HALF_LOG_2PI_PAIR);
    return sum.hi + (sum.lo + stirling_series(x));
}

/* log Gamma on [3/4, 9/4] */
static double lgamma_middle(double x)
{
    if (x < 1.25) return (x - 1.0) * cmi_poly(ABOUT_1, 20, x - 1.0) + 0.0; /* no -0 */
    if (x < 1.75) return cmi_poly(ABOUT_1_5, 18, x - 1.5);
    return (x - 2.0) * cmi_poly(ABOUT_2, 15, x - 2.0);
}

/* log Gamma(1 + x) for 0 <= x < 3/4: x itself, not 1 + x, enters the polynomial. */
static double lgamma1p_small(double x)
{
    return x < 0.25 ? x * cmi_poly(ABOUT_1, 20, x) : cmi_poly(ABOUT_1_5, 18, x - 0.5);
}

double cmi_lgamma(double x)
{
    if (!(x > 0.0)) return x == 0.0 ? (double)INFINITY : (double)NAN;
    if (x < 0.75) return lgamma1p_small(x) - cmi_log(x);
    if (x <= 2.25) return lgamma_middle(x);
    if (x >= LARGE) return lgamma_large(x);
    double product = 1.0;
    while (x > 2.25) product *= x -= 1.0; /* x - 1 is exact here */
    return cmi_log(product) + lgamma_middle(x);
}

double cmi_lgamma1p(double x)
{
    if (x >= 0.0 && x < 0.75) return lgamma1p_small(x);
    if (x > -0.25 && x < 0.0) return x * cmi_poly(ABOUT_1, 20, x);
    return cmi_lgamma(1.0 + x);
}

double cmi_stirling_error(double x)
{
    if (x >= LARGE) return stirling_series(x);
    return cmi_lgamma(x) - ((x - 0.5) * cmi_log(x) - x + HALF_LOG_2PI);
}

double cmi_lpoch(double x, double n)
{
    if (x < LARGE || x + n < LARGE) return cmi_lgamma(x + n) - cmi_lgamma(x);
    double change = stirling_series(x + n) - stirling_series(x);
    return (x - 0.5) * cmi_log1p(n / x) + n * (cmi_log(x + n) - 1.0) + change;
}

double cmi_lbeta(double a, double b)
{
    if (!(a > 0.0) || !(b > 0.0)) return a == 0.0 || b == 0.0 ? (double)INFINITY : (double)NAN;
    double low = a < b ? a : b, high = a < b ? b : a;
    if (high < LARGE) return cmi_lgamma(low) + cmi_lgamma(high) - cmi_lgamma(low + high);
    if (low < LARGE) return cmi_lgamma(low) - cmi_lpoch(high, low);
    double sum = low + high, share = low / sum;
    double series = stirling_series(low) + (stirling_series(high) - stirling_series(sum));
    double body = (low - 0.5) * cmi_log(share) + high * cmi_log1p(-share);
    return body + (series + (HALF_LOG_2PI - 0.5 * cmi_log(high)));
}

double cmi_digamma(double x)
{
    static const double b[8] = { 1.0 / 12.0,  -1.0 / 120.0,     1.0 / 252.0, -1.0 / 240.0,
                                 1.0 / 132.0, -691.0 / 32760.0, 1.0 / 12.0,  -3617.0 / 8160.0 };
    if (!(x > 0.0)) return x == 0.0 ? -(double)INFINITY : (double)NAN;
    double below = 0.0;
    for (; x < 10.0; x += 1.0) below += 1.0 / x;
    double y = 1.0 / (x * x);
    return cmi_log(x) - (0.5 / x + y * cmi_poly(b, 8, y) + below);
}

double cmi_trigamma(double x)
{
    static const double b[9] = { 1.0 / 6.0,   -1.0 / 30.0,     1.0 / 42.0,
                                 -1.0 / 30.0, 5.0 / 66.0,      -691.0 / 2730.0,
                                 7.0 / 6.0,   -3617.0 / 510.0, 43867.0 / 798.0 };
    if (!(x > 0.0)) return x == 0.0 ? (double)INFINITY : (double)NAN;
    double below = 0.0;
    for (; x < 10.0; x += 1.0) below += 1.0 / (x * x);
    double y = 1.0 / (x * x);
    return below + (1.0 / x + 0.5 * y + y / x * cmi_poly(b, 9, y));
}
