/* SPDX-License-Identifier: MIT */
#include "math/dist.h"

#include "math/erf.h"
#include "math/transcend.h"

#define SQRT_HALF    0.70710678118654752440
#define LOG_2        0.69314718055994530942
#define HALF_LOG_2PI 0.91893853320467274178

/* P(Z > z) for z >= 0: erfc(z / sqrt 2) / 2, as erfcx times a factor whose exponent is exact. */
static double upper_tail(double z)
{
    if (z < 1.0) return 0.5 * cmi_erfc(z * SQRT_HALF);
    if (z > 39.0) return 0.0;
    cmi_pair square = cmi_two_product(z, z);
    cmi_pair exponent = { -0.5 * square.hi, -0.5 * square.lo };
    return 0.5 * cmi_exp_pair(exponent) * cmi_erfcx(z * SQRT_HALF);
}

double cmi_normal_sf(double z)
{
    if (isnan(z)) return z;
    return z >= 0.0 ? upper_tail(z) : 1.0 - upper_tail(-z);
}

double cmi_normal_cdf(double z)
{
    return cmi_normal_sf(-z);
}

double cmi_normal_log_sf(double z)
{
    if (isnan(z)) return z;
    if (z < 0.0) return cmi_log1p(-upper_tail(-z));
    if (z < 1.0) return cmi_log(upper_tail(z));
    if (z > 1e154) return -(double)INFINITY;
    return -0.5 * z * z + (cmi_log(cmi_erfcx(z * SQRT_HALF)) - LOG_2);
}

cmi_tails cmi_normal_tails(double z)
{
    return (cmi_tails){ cmi_normal_sf(-z), cmi_normal_sf(z), cmi_normal_log_sf(-z),
                        cmi_normal_log_sf(z) };
}

double cmi_normal_log_density(double z)
{
    return -0.5 * z * z - HALF_LOG_2PI;
}

double cmi_normal_log10_p(double z)
{
    return (cmi_normal_log_sf(fabs(z)) + LOG_2) * 0.43429448190325182765;
}

/* AS 241's three rational functions: the middle, the tails to e^-25, and beyond. */
static const double MIDDLE_UP[8] = { 3.3871328727963666080e0, 1.3314166789178437745e2,
                                     1.9715909503065514427e3, 1.3731693765509461125e4,
                                     4.5921953931549871457e4, 6.7265770927008700853e4,
                                     3.3430575583588128105e4, 2.5090809287301226727e3 };
static const double MIDDLE_DOWN[8] = { 1.0,
                                       4.2313330701600911252e1,
                                       6.8718700749205790830e2,
                                       5.3941960214247511077e3,
                                       2.1213794301586595867e4,
                                       3.9307895800092710610e4,
                                       2.8729085735721942674e4,
                                       5.2264952788528545610e3 };
static const double TAIL_UP[8] = { 1.42343711074968357734e0,  4.63033784615654529590e0,
                                   5.76949722146069140550e0,  3.64784832476320460504e0,
                                   1.27045825245236838258e0,  2.41780725177450611770e-1,
                                   2.27238449892691845833e-2, 7.74545014278341407640e-4 };
static const double TAIL_DOWN[8] = { 1.0,
                                     2.05319162663775882187e0,
                                     1.67638483018380384940e0,
                                     6.89767334985100004550e-1,
                                     1.48103976427480074590e-1,
                                     1.51986665636164571966e-2,
                                     5.47593808499534494600e-4,
                                     1.05075007164441684324e-9 };
static const double FAR_UP[8] = { 6.65790464350110377720e0,  5.46378491116411436990e0,
                                  1.78482653991729133580e0,  2.96560571828504891230e-1,
                                  2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                  2.71155556874348757815e-5, 2.01033439929228813265e-7 };
static const double FAR_DOWN[8] = { 1.0,
                                    5.99832206555887937690e-1,
                                    1.36929880922735805310e-1,
                                    1.48753612908506148525e-2,
                                    7.86869131145613259100e-4,
                                    1.84631831751005468180e-5,
                                    1.42151175831644588870e-7,
                                    2.04426310338993978564e-15 };

double cmi_normal_quantile(double p)
{
    if (!(p >= 0.0 && p <= 1.0)) return (double)NAN;
    double q = p - 0.5;
    if (fabs(q) <= 0.425) {
        double r = 0.180625 - q * q;
        return q * cmi_poly(MIDDLE_UP, 8, r) / cmi_poly(MIDDLE_DOWN, 8, r);
    }
    double tail = q < 0.0 ? p : 1.0 - p;
    if (tail == 0.0) return q < 0.0 ? -(double)INFINITY : (double)INFINITY;
    double r = sqrt(-cmi_log(tail)), z;
    if (r <= 5.0) {
        z = cmi_poly(TAIL_UP, 8, r - 1.6) / cmi_poly(TAIL_DOWN, 8, r - 1.6);
    } else {
        z = cmi_poly(FAR_UP, 8, r - 5.0) / cmi_poly(FAR_DOWN, 8, r - 5.0);
    }
    return q < 0.0 ? -z : z;
}

double cmi_normal_quantile_upper(double q)
{
    return -cmi_normal_quantile(q);
}

double cmi_normal_two_sided(double confidence)
{
    if (!(confidence > 0.0 && confidence < 1.0)) return (double)NAN;
    return cmi_normal_quantile_upper(0.5 * (1.0 - confidence));
}
