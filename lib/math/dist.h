/* SPDX-License-Identifier: MIT */
/* Probability distributions: both tails with logarithms, and quantiles.
 *
 * Every *_tails gives a cmi_tails: lower = P(X <= x), upper = P(X > x), each computed where it is
 * small, and their natural logarithms, which do not underflow (log10 p-values: times
 * 0.43429448190325182765). Outside the domain all four are NaN. Every *_quantile takes p in [0, 1]
 * and returns the x with P(X <= x) = p; *_quantile_upper the x with P(X > x) = q, exact where q is
 * too small to be told from 1 - q. NaN outside the domain. Relative errors are those of
 * math/incomplete.h, about 1e-14, unless stated.
 */
#ifndef CMI_MATH_DIST_H
#define CMI_MATH_DIST_H

#include <stdint.h>

#include "math/incomplete.h"

/* Standard normal (Abramowitz & Stegun 26.2). Tails within 5 ulp, log tails within 4 ulp. */
cmi_tails cmi_normal_tails(double z);
double cmi_normal_cdf(double z);
double cmi_normal_sf(double z);
double cmi_normal_log_sf(double z);
double cmi_normal_log_density(double z);

/* Relative error below 1e-15 (Wichura, Algorithm AS 241, 1988, doi:10.2307/2347330). */
double cmi_normal_quantile(double p);
double cmi_normal_quantile_upper(double q);

/* z of a two-sided interval: the quantile at 1 - (1 - confidence)/2; confidence in (0, 1), NaN
 * outside. */
double cmi_normal_two_sided(double confidence);

/* log10 of the two-sided p-value 2 P(Z > |z|). */
double cmi_normal_log10_p(double z);

/* Student's t with df > 0 (may be infinite) degrees of freedom (A&S 26.7). */
cmi_tails cmi_t_tails(double t, double df);
double cmi_t_quantile(double p, double df);
double cmi_t_quantile_upper(double q, double df);

/* Chi-square with df > 0 (A&S 26.4), x >= 0. */
cmi_tails cmi_chi2_tails(double x, double df);
double cmi_chi2_quantile(double p, double df);
double cmi_chi2_quantile_upper(double q, double df);

/* Fisher's F with df1, df2 > 0 (A&S 26.6), x >= 0. */
cmi_tails cmi_f_tails(double x, double df1, double df2);
double cmi_f_quantile(double p, double df1, double df2);
double cmi_f_quantile_upper(double q, double df1, double df2);

/* Gamma with shape and rate > 0. */
cmi_tails cmi_gamma_dist_tails(double x, double shape, double rate);
double cmi_gamma_dist_quantile(double p, double shape, double rate);

/* Beta on [0, 1]. */
cmi_tails cmi_beta_dist_tails(double x, double a, double b);
double cmi_beta_dist_quantile(double p, double a, double b);

/* Binomial, 0 <= k <= n, 0 <= p <= 1: lower = P(X <= k), upper = P(X > k) (A&S 26.5.24). */
cmi_tails cmi_binomial_tails(int64_t k, int64_t n, double p);

/* Poisson, k >= 0, mean >= 0: lower = P(X <= k), upper = P(X > k) (A&S 26.4.21). */
cmi_tails cmi_poisson_tails(int64_t k, double mean);

/* Kolmogorov's limit law of sqrt(n) D, x >= 0: theta series below 1, alternating series above.
 * Two samples: x = D sqrt(n1 n2 / (n1 + n2)). Relative error below 1e-14.
 * Reference  Kolmogorov 1933; Marsaglia, Tsang, Wang 2003, doi:10.18637/jss.v008.i18. */
cmi_tails cmi_kolmogorov_tails(double x);
double cmi_kolmogorov_quantile(double p);

#endif
