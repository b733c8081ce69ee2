/* SPDX-License-Identifier: MIT */
/* Small |x|: erf(x) = x + x P(x^2), so that 1 - erf(x) = (1 - x) - x P loses nothing.
 * Else erfc(x) = exp(-x^2) erfcx(x), erfcx(x) (1 + 2x) a polynomial in (x-3)/(x+3) on all of [0.84,
 * infinity]. The polynomials come from tools/math/make_polynomials.py.
 */
#include "math/erf.h"

#include "math/transcend.h"

#define SPLIT 0.875

/* erf(x)/x - 1 in x^2 <= 0.81, error 6.4e-19. */
static const double SMALL[12] = {
    0x1.06eba8214db69p-3,  -0x1.812746b0379e3p-2,  0x1.ce2f21a042822p-4,  -0x1.b82ce31273114p-6,
    0x1.565bcd0a60cdcp-8,  -0x1.c02db31c72a35p-11, 0x1.f9a307176ef13p-14, -0x1.f4cf6a5de9cf3p-17,
    0x1.b9b82879bf4f3p-20, -0x1.5d8926e69e361p-23, 0x1.e2ce2646d66cbp-27, -0x1.d2f667da9b81bp-31,
};

/* (1 + 2x) exp(x^2) erfc(x) in (x-3)/(x+3), error 2.1e-17. */
static const double SCALED[22] = {
    0x1.40c522d7e4987p+0,   -0x1.15c084bb9e8f3p-3,  -0x1.85a15c58aaa98p-5,  0x1.098366a5b4732p-3,
    -0x1.e88b803a3e856p-4,  0x1.17ca2877eab67p-4,   -0x1.8574c41068a5bp-6,  0x1.4b884e64dff62p-9,
    0x1.ef1be14133db2p-10,  -0x1.98db5ab9f74dcp-11, -0x1.b9145aff0624ap-14, 0x1.065bb7f60df19p-13,
    0x1.4ca69f3afc06cp-18,  -0x1.517f0b0fa73abp-16, -0x1.90d30635eab45p-21, 0x1.d8c8e80c2b014p-19,
    0x1.8145ac91447cdp-22,  -0x1.77bd648fee66ep-21, -0x1.9aba55c866545p-24, 0x1.4bb2eab20852fp-23,
    -0x1.3ac4ee74bcbb9p-26, -0x1.497fc6233a3e3p-28,
};

static double erfcx_large(double x)
{
    if (x > 0x1p54) return 0.5641895835477563 / x; /* 1 / (x sqrt(pi)) */
    return cmi_poly(SCALED, 22, (x - 3.0) / (x + 3.0)) / (1.0 + 2.0 * x);
}

/* erfc(x) for x >= SPLIT */
static double erfc_large(double x)
{
    if (x > 28.0) return 0.0;
    cmi_pair square = cmi_two_product(x, x);
    return cmi_exp_pair((cmi_pair){ -square.hi, -square.lo }) * erfcx_large(x);
}

double cmi_erf(double x)
{
    double size = fabs(x);
    if (size < SPLIT) return x + x * cmi_poly(SMALL, 12, x * x);
    if (isnan(x)) return x;
    return x > 0.0 ? 1.0 - erfc_large(size) : erfc_large(size) - 1.0;
}

double cmi_erfc(double x)
{
    if (fabs(x) < SPLIT) return (1.0 - x) - x * cmi_poly(SMALL, 12, x * x);
    if (isnan(x)) return x;
    return x > 0.0 ? erfc_large(x) : 2.0 - erfc_large(-x);
}

double cmi_erfcx(double x)
{
    if (!(x >= 0.0)) return (double)NAN;
    if (x >= SPLIT) return erfcx_large(x);
    return cmi_exp(x * x) * cmi_erfc(x);
}
