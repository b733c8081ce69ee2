/* SPDX-License-Identifier: MIT */
#include "math/incomplete.h"

#include <stdbool.h>

#include "math/gamma.h"
#include "math/root.h"
#include "math/transcend.h"

#define LOG_2PI   1.8378770664093454836
#define MAX_TERMS 1000000
#define EPSILON   1e-17
#define TINY      1e-300

cmi_tails cmi_tails_from_log_lower(double l)
{
    if (l > 0.0) l = 0.0; /* rounding */
    double p = cmi_exp(l);
    double log_upper = p < 0.5 ? cmi_log1p(-p) : cmi_log1mexp(l);
    return (cmi_tails){ p, p < 0.5 ? 1.0 - p : -cmi_expm1(l), l, log_upper };
}

cmi_tails cmi_tails_from_log_upper(double log_upper)
{
    return cmi_tails_swap(cmi_tails_from_log_lower(log_upper));
}

cmi_tails cmi_tails_swap(cmi_tails t)
{
    return (cmi_tails){ t.upper, t.lower, t.log_upper, t.log_lower };
}

cmi_tails cmi_tails_undefined(void)
{
    const double nan = (double)NAN;
    return (cmi_tails){ nan, nan, nan, nan };
}

/* x log(x/m) + m - x without cancellation (Loader 2000). */
static double deviance(double x, double m)
{
    double difference = x - m;
    if (x == 0.0) return m;
    if (!(fabs(difference) < 0.1 * (x + m))) return x * cmi_log(x / m) - difference;
    double v = difference / (x + m), sum = difference * v, term = 2.0 * x * v;
    for (int j = 1; j < 1000; j++) {
        term *= v * v;
        double next = sum + term / (2 * j + 1);
        if (next == sum) break;
        sum = next;
    }
    return sum;
}

/* log of x^a e^-x / Gamma(a + 1) */
static double gamma_log_factor(double a, double x)
{
    if (a < 8.0) return a * cmi_log(x) - x - cmi_lgamma1p(a);
    return -cmi_stirling_error(a) - deviance(a, x) - 0.5 * (LOG_2PI + cmi_log(a));
}

double cmi_gamma_log_density(double a, double x)
{
    return gamma_log_factor(a, x) + cmi_log(a) - cmi_log(x);
}

/* 1 + x/(a+1) + x^2/((a+1)(a+2)) + ... */
static double gamma_series(double a, double x)
{
    double sum = 1.0, term = 1.0;
    for (int n = 1; n < MAX_TERMS && term > EPSILON * sum; n++) {
        term *= x / (a + n);
        sum += term;
    }
    return sum;
}

/* 1/(x+1-a- 1(1-a)/(x+3-a- ...)), by the modified Lentz method. */
static double gamma_fraction(double a, double x)
{
    double b = x + 1.0 - a, c = 1.0 / TINY, d = 1.0 / b, h = d;
    for (int n = 1; n < MAX_TERMS; n++) {
        double step = n * (a - n);
        b += 2.0;
        d = step * d + b;
        c = b + step / c;
        d = 1.0 / (fabs(d) < TINY ? TINY : d);
        c = fabs(c) < TINY ? TINY : c;
        h *= c * d;
        if (fabs(c * d - 1.0) < 1e-16) break;
    }
    return h;
}

/* Q(a, x) for a < 1, x < 1: 1 - x^a/Gamma(1+a) (1 + a sum (-x)^n / ((a+n) n!)), DLMF 8.7.1. */
static double gamma_upper_small(double a, double x)
{
    double sum = 0.0, term = 1.0;
    for (int n = 1; n < 40; n++) {
        term *= -x / n;
        sum += term / (a + n);
    }
    double lost = -cmi_expm1(a * cmi_log(x) - cmi_lgamma1p(a));
    return lost - (1.0 - lost) * a * sum;
}

cmi_tails cmi_gamma_tails(double a, double x)
{
    if (!(a > 0.0) || isinf(a) || !(x >= 0.0)) return cmi_tails_undefined();
    if (x == 0.0) return cmi_tails_from_log_lower(-(double)INFINITY);
    if (isinf(x)) return cmi_tails_from_log_upper(-(double)INFINITY);
    if (a < 1.0 && x < 1.0) {
        double upper = gamma_upper_small(a, x);
        if (upper < 0.5) return cmi_tails_from_log_upper(cmi_log(upper));
    }
    double log_factor = gamma_log_factor(a, x);
    if (x > a && x >= 1.0) {
        return cmi_tails_from_log_upper(log_factor + cmi_log(a * gamma_fraction(a, x)));
    }
    return cmi_tails_from_log_lower(log_factor + cmi_log(gamma_series(a, x)));
}

double cmi_beta_log_density(double a, double b, double x, double y)
{
    double n = a + b;
    if (a < 8.0 || b < 8.0) { /* the smaller of x and y carries the digits */
        double log_x = y < x ? cmi_log1p(-y) : cmi_log(x),
               log_y = x < y ? cmi_log1p(-x) : cmi_log(y);
        return (a - 1.0) * log_x + (b - 1.0) * log_y - cmi_lbeta(a, b);
    }
    double series = cmi_stirling_error(n) - cmi_stirling_error(a) - cmi_stirling_error(b);
    double body = deviance(a, n * x) + deviance(b, n * y);
    return series - body + 0.5 * (cmi_log(a / n) + cmi_log(b) - LOG_2PI) - cmi_log(x) - cmi_log(y);
}

/* x^a y^b / (B(a, b) I_x(a, b)): the even part of DLMF 8.17.22, whose terms are sums of positive
 * numbers where x <= (a+1)/(a+b+2), so that also x near 1 loses nothing (Didonato, Morris 1992,
 * doi:10.1145/131766.131776). */
static double beta_fraction(double a, double b, double x, double y)
{
    double f = a * (a * y - b * x + 1.0) / (a + 1.0), c = f, d = 0.0;
    for (int m = 1; m < MAX_TERMS; m++) {
        double e = a + 2.0 * m - 1.0;
        double up = m * (a + m - 1.0) / e * ((a + b + m - 1.0) / e) * (b - m) * x * x;
        double base = m + m * (b - m) * x / e;
        base += (a + m) * (a * y - b * x + 1.0 + m * (1.0 + y)) / (e + 2.0);
        d = base + up * d;
        c = base + up / c;
        d = 1.0 / (fabs(d) < TINY ? TINY : d);
        c = fabs(c) < TINY ? TINY : c;
        f *= c * d;
        if (fabs(c * d - 1.0) < 1e-16) break;
    }
    return f;
}

cmi_tails cmi_beta_tails(double a, double b, double x, double y)
{
    if (!(a > 0.0) || !(b > 0.0) || isinf(a + b) || !(x >= 0.0) || !(y >= 0.0)) {
        return cmi_tails_undefined();
    }
    if (x == 0.0) return cmi_tails_from_log_lower(-(double)INFINITY);
    if (y == 0.0) return cmi_tails_from_log_upper(-(double)INFINITY);
    bool swap = x > (a + 1.0) / (a + b + 2.0);
    double p = swap ? b : a, q = swap ? a : b, u = swap ? y : x, v = swap ? x : y;
    double factor = cmi_beta_log_density(p, q, u, v) + cmi_log(u) + cmi_log(v); /* u^p v^q / B */
    double log_tail = factor - cmi_log(beta_fraction(p, q, u, v));
    return swap ? cmi_tails_from_log_upper(log_tail) : cmi_tails_from_log_lower(log_tail);
}

/* ---- inverses: Newton on the logarithm of the smaller tail, in u = log x (gamma) or logit x
 * (beta) ---- */

typedef struct target {
    double a, b, log_p;
    bool upper;
} target;

/* log of the wanted tail minus its target, turned so that it increases in u. */
static double distance_to(const target *t, cmi_tails tails, double log_slope_of_cdf, double *slope)
{
    double log_tail = t->upper ? tails.log_upper : tails.log_lower;
    *slope = cmi_exp(log_slope_of_cdf - log_tail);
    return t->upper ? t->log_p - log_tail : log_tail - t->log_p;
}

static double gamma_distance(double u, double *slope, const void *user)
{
    const target *t = user;
    double x = cmi_exp(u);
    return distance_to(t, cmi_gamma_tails(t->a, x), cmi_gamma_log_density(t->a, x) + u, slope);
}

static double gamma_inverse(double a, double p, bool upper)
{
    if (!(a > 0.0) || isinf(a) || !(p >= 0.0) || !(p <= 1.0)) return (double)NAN;
    if (p == 0.0) return upper ? (double)INFINITY : 0.0;
    if (p == 1.0) return upper ? 0.0 : (double)INFINITY;
    target t = { a, 0.0, p > 0.5 ? cmi_log1p(-p) : cmi_log(p), p > 0.5 ? !upper : upper };
    double start = cmi_log(a);
    if (a < 1.0 && !t.upper) start = (t.log_p + cmi_lgamma1p(a)) / a; /* P ~ x^a / Gamma(1 + a) */
    return cmi_exp(cmi_find_root(gamma_distance, &t, -745.0, 709.0, start));
}

double cmi_gamma_inverse_lower(double a, double p)
{
    return gamma_inverse(a, p, false);
}

double cmi_gamma_inverse_upper(double a, double q)
{
    return gamma_inverse(a, q, true);
}

/* x = 1/(1 + e^-u) and 1 - x, both to full relative precision. */
static double logistic(double u, double *complement)
{
    double e = cmi_exp(-fabs(u)), small = e / (1.0 + e), large = 1.0 / (1.0 + e);
    *complement = u < 0.0 ? large : small;
    return u < 0.0 ? small : large;
}

static double beta_distance(double u, double *slope, const void *user)
{
    const target *t = user;
    double y, x = logistic(u, &y);
    double density = cmi_beta_log_density(t->a, t->b, x, y) + cmi_log(x) + cmi_log(y);
    return distance_to(t, cmi_beta_tails(t->a, t->b, x, y), density, slope);
}

static double beta_inverse(double a, double b, double p, bool upper, double *y)
{
    double ignored;
    if (!y) y = &ignored;
    *y = (double)NAN;
    if (!(a > 0.0) || !(b > 0.0) || isinf(a + b) || !(p >= 0.0) || !(p <= 1.0)) return *y;
    if (p == 0.0 || p == 1.0) {
        *y = (p == 0.0) == upper ? 0.0 : 1.0;
        return 1.0 - *y;
    }
    target t = { a, b, p > 0.5 ? cmi_log1p(-p) : cmi_log(p), p > 0.5 ? !upper : upper };
    return logistic(cmi_find_root(beta_distance, &t, -745.0, 745.0, cmi_log(a / b)), y);
}

double cmi_beta_inverse_lower(double a, double b, double p, double *y)
{
    return beta_inverse(a, b, p, false, y);
}

double cmi_beta_inverse_upper(double a, double b, double q, double *y)
{
    return beta_inverse(a, b, q, true, y);
}
