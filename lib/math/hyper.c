/* SPDX-License-Identifier: MIT */
#include "math/hyper.h"

#include <stdbool.h>

#include "math/gamma.h"
#include "math/quadrature.h"
#include "math/transcend.h"

#define MAX_TERMS       4000000
#define SCALE_LIMIT     0x1p800 /* a power of two: dividing by it is exact */
#define LOG_SCALE_LIMIT (800.0 * 0.69314718055994530942)
#define SERIES_LIMIT    0.9
#define LEAST_POWER                                                                                \
    0.005 /* e^(-0.005 sinh 10) = 1e-24: what the integral leaves out at its ends                  \
           */

static const cmi_scaled UNDEFINED = { (double)NAN, 0 };

static cmi_scaled scaled(double value, double log_scale)
{
    if (value == 0.0) return (cmi_scaled){ -(double)INFINITY, 0 };
    return (cmi_scaled){ cmi_log(fabs(value)) + log_scale, value < 0.0 ? -1 : 1 };
}

/* ---- 2F1 ---- */

typedef struct gauss {
    double a, b, c, z, one_minus_z;
} gauss;

/* The power series (DLMF 15.2.1); the sum is scaled down before it overflows. */
static cmi_scaled series(gauss f)
{
    double sum = 1.0, term = 1.0, log_scale = 0.0;
    for (int n = 0; n < MAX_TERMS; n++) {
        double ratio = (f.a + n) * (f.b + n) / ((f.c + n) * (n + 1.0)) * f.z;
        term *= ratio;
        sum += term;
        if (fabs(sum) > SCALE_LIMIT) {
            sum /= SCALE_LIMIT;
            term /= SCALE_LIMIT;
            log_scale += LOG_SCALE_LIMIT;
        }
        /* what is left is below term * r/(1-r); r falls or rises towards z */
        if (fabs(term) <= 1e-17 * fabs(sum) * f.one_minus_z && fabs(ratio) < 1.0) break;
    }
    return scaled(sum, log_scale);
}

/* t = 1/(1 + e^-u): t^b (1-t)^(c-b) (1-zt)^-a, with 1 - zt = (1-z) + z (1-t). */
static double euler_integrand(double u, const void *user)
{
    const gauss *f = user;
    double e = cmi_exp(-fabs(u)), log_large = -cmi_log1p(e), log_small = -fabs(u) + log_large;
    double log_t = u < 0.0 ? log_small : log_large, log_s = u < 0.0 ? log_large : log_small;
    double s = (u < 0.0 ? 1.0 : e) / (1.0 + e);
    return f->b * log_t + (f->c - f->b) * log_s - f->a * cmi_log(f->one_minus_z + f->z * s);
}

static cmi_scaled euler_integral(gauss f)
{
    double center = cmi_log(f.b / (f.c - f.b));
    double log_value = cmi_log_integral(euler_integrand, &f, center) - cmi_lbeta(f.b, f.c - f.b);
    return (cmi_scaled){ log_value, 1 };
}

static gauss swapped(gauss f)
{
    return (gauss){ f.b, f.a, f.c, f.z, f.one_minus_z };
}

/* Euler's integral asks for c > b > 0, and not too near; a and b may change places. */
static bool has_integral(gauss f)
{
    return f.b >= LEAST_POWER && f.c - f.b >= LEAST_POWER;
}

static cmi_scaled integral_or_series(gauss f)
{
    /* The larger of the two possible powers keeps the ends of the integrand steep. */
    bool direct = has_integral(f), other = has_integral(swapped(f));
    if (!direct && !other) return series(f);
    if (direct && other) direct = fmin(f.b, f.c - f.b) >= fmin(f.a, f.c - f.a);
    return euler_integral(direct ? f : swapped(f));
}

/* F(c) from F(c+m) and F(c+m+1), DLMF 15.5.18 downwards. */
static cmi_scaled raise_c(gauss f, int m)
{
    gauss g = f, h = f;
    g.c = f.c + m;
    h.c = g.c + 1.0;
    cmi_scaled first = integral_or_series(g), second = integral_or_series(h);
    double low = first.sign, high = second.sign * cmi_exp(second.log_size - first.log_size);
    for (int k = m - 1; k >= 0; k--) {
        double c = f.c + k;
        double near = c * f.one_minus_z - (c + 1.0 - f.a - f.b) * f.z;
        double far = (c + 1.0 - f.a) * (c + 1.0 - f.b) * f.z / (c + 1.0);
        double next = (near * low + far * high) / (c * f.one_minus_z);
        high = low;
        low = next;
        if (fabs(low) > SCALE_LIMIT) {
            low /= SCALE_LIMIT;
            high /= SCALE_LIMIT;
            first.log_size += LOG_SCALE_LIMIT;
        }
    }
    return scaled(low, first.log_size);
}

static cmi_scaled near_one(gauss f)
{
    if (has_integral(f) || has_integral(swapped(f))) return integral_or_series(f);
    double low = fmin(f.a, f.b);
    if (low < LEAST_POWER) low = fmax(f.a, f.b);
    if (low < LEAST_POWER || low - f.c > 1000.0) return series(f);
    return raise_c(f, (int)floor(low + LEAST_POWER - f.c) + 1);
}

/* 0 <= z < 1 */
static cmi_scaled unit_interval(gauss f)
{
    gauss e = { f.c - f.a, f.c - f.b, f.c, f.z, f.one_minus_z };
    bool plain_positive = f.a >= 0.0 && f.b >= 0.0, euler_positive = e.a >= 0.0 && e.b >= 0.0;
    bool terminates = (f.a <= 0.0 && floor(f.a) == f.a) || (f.b <= 0.0 && floor(f.b) == f.b);
    bool use_euler = euler_positive && !terminates && (!plain_positive || e.a + e.b < f.a + f.b);
    cmi_scaled result;
    if (f.z > SERIES_LIMIT && !terminates && plain_positive) return near_one(f);
    if (!use_euler) return series(f);
    result = f.z > SERIES_LIMIT ? near_one(e) : series(e);
    result.log_size += (f.c - f.a - f.b) * cmi_log(f.one_minus_z);
    return result;
}

cmi_scaled cmi_hyp2f1(double a, double b, double c, double z, double one_minus_z)
{
    if (!(c > 0.0) || !isfinite(a + b + c) || !(z < 1.0) || !(one_minus_z > 0.0)) return UNDEFINED;
    if (z == 0.0 || a == 0.0 || b == 0.0) return (cmi_scaled){ 0.0, 1 };
    gauss f = { a, b, c, z, one_minus_z };
    if (z > 0.0) return unit_interval(f);
    if (isinf(z)) return a > 0.0 && b > 0.0 ? (cmi_scaled){ -(double)INFINITY, 0 } : UNDEFINED;
    /* Pfaff: (1-z)^-a 2F1(a, c-b; c; z/(z-1)), with a and b placed so that c - b >= 0 if possible.
     */
    if (c - b < 0.0 && c - a >= 0.0) f = swapped(f);
    f = (gauss){ f.a, c - f.b, c, -z / one_minus_z, 1.0 / one_minus_z };
    cmi_scaled result = unit_interval(f);
    result.log_size -= f.a * cmi_log(one_minus_z);
    return result;
}

/* ---- Tricomi's U ---- */

/* t = e^u: e^(-z t) t^a (1 + t)^(b-a-1) */
static double tricomi_integrand(double u, const void *user)
{
    const gauss *f = user;
    double log_1_t = u > 40.0 ? u : cmi_log1p(cmi_exp(u));
    return -f->z * cmi_exp(u) + f->a * u + (f->b - f->a - 1.0) * log_1_t;
}

double cmi_log_tricomi_u(double a, double b, double z)
{
    if (!(a > 0.0) || !(z > 0.0) || !isfinite(a + b + z)) return (double)NAN;
    gauss f = { a, b, 0.0, z, 0.0 };
    /* mode: z t^2 + (z + 1 - b) t - a = 0 */
    double p = 0.5 * (z + 1.0 - b), root = sqrt(p * p + z * a);
    double mode = p > 0.0 ? a / (p + root) : (root - p) / z;
    return cmi_log_integral(tricomi_integrand, &f, cmi_log(mode)) - cmi_lgamma(a);
}
