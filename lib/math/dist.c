/* SPDX-License-Identifier: MIT */
#include "math/dist.h"

#include "math/root.h"
#include "math/transcend.h"

#define LOG_2 0.69314718055994530942
#define PI    3.14159265358979323846

/* P(|T| > |t|) = I_x(df/2, 1/2) with x = df / (df + t^2) (A&S 26.7.1, 26.5.27). */
cmi_tails cmi_t_tails(double t, double df)
{
    if (!(df > 0.0) || isnan(t)) return cmi_tails_undefined();
    if (isinf(df)) return cmi_normal_tails(t);
    double ratio = t * t / df;
    double x = 1.0 / (1.0 + ratio), y = isinf(ratio) ? 1.0 : ratio / (1.0 + ratio);
    cmi_tails both = cmi_beta_tails(0.5 * df, 0.5, x, y);
    cmi_tails upper = cmi_tails_from_log_upper(both.log_lower - LOG_2); /* of |t| */
    upper.upper = 0.5 * both.lower;
    upper.lower = 0.5 + 0.5 * both.upper;
    return t < 0.0 ? cmi_tails_swap(upper) : upper;
}

double cmi_t_quantile_upper(double q, double df)
{
    if (!(df > 0.0) || !(q >= 0.0 && q <= 1.0)) return (double)NAN;
    if (isinf(df)) return cmi_normal_quantile_upper(q);
    if (q > 0.5) return -cmi_t_quantile_upper(1.0 - q, df);
    double y, x = cmi_beta_inverse_lower(0.5 * df, 0.5, 2.0 * q, &y);
    return sqrt(df) * sqrt(y / x);
}

double cmi_t_quantile(double p, double df)
{
    return -cmi_t_quantile_upper(p, df);
}

cmi_tails cmi_chi2_tails(double x, double df)
{
    return cmi_gamma_tails(0.5 * df, 0.5 * x);
}

double cmi_chi2_quantile(double p, double df)
{
    return 2.0 * cmi_gamma_inverse_lower(0.5 * df, p);
}

double cmi_chi2_quantile_upper(double q, double df)
{
    return 2.0 * cmi_gamma_inverse_upper(0.5 * df, q);
}

/* P(F <= f) = I_x(df1/2, df2/2) with x = df1 f / (df1 f + df2) (A&S 26.6.2). */
cmi_tails cmi_f_tails(double f, double df1, double df2)
{
    if (!(f >= 0.0) || !(df1 > 0.0) || !(df2 > 0.0)) return cmi_tails_undefined();
    double ratio = f * (df1 / df2);
    double x = isinf(ratio) ? 1.0 : ratio / (1.0 + ratio), y = 1.0 / (1.0 + ratio);
    return cmi_beta_tails(0.5 * df1, 0.5 * df2, x, y);
}

double cmi_f_quantile(double p, double df1, double df2)
{
    double y, x = cmi_beta_inverse_lower(0.5 * df1, 0.5 * df2, p, &y);
    return x / y * (df2 / df1);
}

double cmi_f_quantile_upper(double q, double df1, double df2)
{
    double y, x = cmi_beta_inverse_upper(0.5 * df1, 0.5 * df2, q, &y);
    return x / y * (df2 / df1);
}

cmi_tails cmi_gamma_dist_tails(double x, double shape, double rate)
{
    if (!(rate > 0.0)) return cmi_tails_undefined();
    return cmi_gamma_tails(shape, x * rate);
}

double cmi_gamma_dist_quantile(double p, double shape, double rate)
{
    return rate > 0.0 ? cmi_gamma_inverse_lower(shape, p) / rate : (double)NAN;
}

cmi_tails cmi_beta_dist_tails(double x, double a, double b)
{
    return cmi_beta_tails(a, b, x, 1.0 - x);
}

double cmi_beta_dist_quantile(double p, double a, double b)
{
    return cmi_beta_inverse_lower(a, b, p, NULL);
}

/* P(X > k) = I_p(k + 1, n - k) */
cmi_tails cmi_binomial_tails(int64_t k, int64_t n, double p)
{
    if (k < 0 || k > n || !(p >= 0.0 && p <= 1.0)) return cmi_tails_undefined();
    if (k == n) return cmi_tails_from_log_upper(-(double)INFINITY);
    return cmi_tails_swap(cmi_beta_tails((double)k + 1.0, (double)(n - k), p, 1.0 - p));
}

cmi_tails cmi_poisson_tails(int64_t k, double mean)
{
    if (k < 0) return cmi_tails_undefined();
    return cmi_tails_swap(cmi_gamma_tails((double)k + 1.0, mean));
}

/* P(K <= x) = sqrt(2 pi)/x sum e^(-(2k-1)^2 pi^2 / (8 x^2));  P(K > x) = 2 sum (-1)^(k-1) e^(-2 k^2
 * x^2). */
cmi_tails cmi_kolmogorov_tails(double x)
{
    if (!(x >= 0.0)) return cmi_tails_undefined();
    if (x == 0.0) return cmi_tails_from_log_lower(-(double)INFINITY);
    double sum = 1.0;
    if (x < 1.0) {
        double first = PI * PI / (8.0 * x * x);
        for (int k = 3; k < 12; k += 2) sum += cmi_exp(-first * (k * k - 1));
        return cmi_tails_from_log_lower(-first + cmi_log(sum) + 0.5 * cmi_log(2.0 * PI) -
                                        cmi_log(x));
    }
    double first = 2.0 * x * x;
    for (int k = 2; k < 8; k++) sum += (k % 2 ? 1.0 : -1.0) * cmi_exp(-first * (k * k - 1));
    return cmi_tails_from_log_upper(LOG_2 - first + cmi_log(sum));
}

static double kolmogorov_distance(double x, double *slope, const void *user)
{
    double p = *(const double *)user, h = x * 1e-4;
    cmi_tails t = cmi_kolmogorov_tails(x);
    *slope = (cmi_kolmogorov_tails(x + h).lower - cmi_kolmogorov_tails(x - h).lower) / (2.0 * h);
    return p < 0.5 ? t.lower - p : (1.0 - p) - t.upper;
}

double cmi_kolmogorov_quantile(double p)
{
    if (!(p >= 0.0 && p <= 1.0)) return (double)NAN;
    if (p == 0.0 || p == 1.0) return p == 0.0 ? 0.0 : (double)INFINITY;
    return cmi_find_root(kolmogorov_distance, &p, 0.02, 20.0, 0.83);
}
