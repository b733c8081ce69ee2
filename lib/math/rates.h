/* SPDX-License-Identifier: MIT */
/* Rates, differences and ratios with their intervals and tests.
 *
 * Every function returns false, and writes nothing, where the answer is not defined: divisor 0,
 * counts out of order, confidence outside (0, 1), variance needed from one value, a number that is
 * not finite.
 */
#ifndef CMI_MATH_RATES_H
#define CMI_MATH_RATES_H

#include <stdbool.h>
#include <stdint.h>

typedef struct cmi_interval {
    double lower, upper;
} cmi_interval;

/* A hypothesis test: statistic, two-sided p-value and its log10 (which does not underflow), degrees
 * of freedom (infinity for z). */
typedef struct cmi_significance {
    double statistic, p_value, log10_p_value, df;
} cmi_significance;

/* Mean and sample variance (divisor n - 1) of n values. */
typedef struct cmi_moments {
    double n, mean, variance;
} cmi_moments;

/* k of n by Wilson's score interval without continuity correction
 * (Wilson 1927, doi:10.1080/01621459.1927.10502953). Exactly 0 at k = 0 and 1 at k = n. */
bool cmi_wilson(int64_t k, int64_t n, double confidence, cmi_interval *out);

/* The same for a share p of an effective number n > 0 of observations (weighted data). */
bool cmi_wilson_share(double p, double n, double confidence, cmi_interval *out);

/* k of n by Clopper and Pearson's exact interval (1934, doi:10.1093/biomet/26.4.404). */
bool cmi_clopper_pearson(int64_t k, int64_t n, double confidence, cmi_interval *out);

/* Difference k1/n1 - k2/n2 by Newcombe's method 10 (hybrid score, 1998,
 * doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I). */
bool cmi_newcombe(int64_t k1, int64_t n1, int64_t k2, int64_t n2, double confidence,
                  cmi_interval *out);

/* Pooled z test of k1/n1 = k2/n2; false where the pooled share is 0 or 1. */
bool cmi_two_proportions(int64_t k1, int64_t n1, int64_t k2, int64_t n2, cmi_significance *out);

/* Pearson's chi-square of counts against expected shares (sum of shares any positive number;
 * all > 0, n >= 2), df = n - 1. */
bool cmi_chi2_goodness(const int64_t *count, const double *share, int64_t n, cmi_significance *out);

/* Welch's t test of equal means, a.mean - b.mean (1947, doi:10.1093/biomet/34.1-2.28). */
bool cmi_welch(cmi_moments a, cmi_moments b, cmi_significance *out);

/* The interval of a.mean - b.mean that belongs to Welch's test. */
bool cmi_welch_interval(cmi_moments a, cmi_moments b, double confidence, cmi_interval *out);

/* Mean by Student's t with n - 1 degrees of freedom; n >= 2. */
bool cmi_mean_interval(cmi_moments m, double confidence, cmi_interval *out);

/* estimate -+ z * standard_error. */
bool cmi_wald(double estimate, double standard_error, double confidence, cmi_interval *out);

/* Ratio x/y of two means with variances var_x, var_y of these means and their covariance. Delta
 * method: variance (var_x - 2 r cov + r^2 var_y) / y^2, normal quantile. */
bool cmi_ratio_delta(double x, double y, double var_x, double var_y, double cov, double confidence,
                     double *variance, cmi_interval *out);

/* The same ratio by Fieller's theorem (1954, doi:10.1111/j.2517-6161.1954.tb00159.x); false where y
 * is not significantly different from 0, when the set is not an interval. */
bool cmi_ratio_fieller(double x, double y, double var_x, double var_y, double cov,
                       double confidence, cmi_interval *out);

/* Ranks (from 1) of the order statistics that enclose the p-quantile with at least this confidence:
 * lower = largest r with P(Bin(n,p) <= r-1) <= alpha/2, upper = smallest s with P(Bin(n,p) > s-1)
 * <= alpha/2. False where n is too small for it. (Hahn, Meeker, Statistical Intervals, 1991,
 * section 5.2.) */
bool cmi_quantile_ranks(int64_t n, double p, double confidence, int64_t *lower, int64_t *upper);

/* Net score (promoters - detractors)/n of three counts, in -1..1, and its standard error
 * sqrt((promoter share + detractor share - score^2)/n). */
bool cmi_net_score(int64_t promoters, int64_t passives, int64_t detractors, double *score,
                   double *standard_error);

/* Interval of the net score, score -+ c * standard error. Wald: c = normal quantile. Adjusted Wald:
 * the same after adding 3/4, 3/2, 3/4 answers (Rocks, Interval Estimation for the Net Promoter
 * Score, 2016, doi:10.1080/00031305.2016.1158124). Goodman: c^2 = chi-square quantile with 2
 * degrees of freedom, valid for all contrasts of the three classes at once (Goodman 1964,
 * doi:10.1214/aoms/1177703569). All are cut to [-1, 1]. */
typedef enum cmi_net_method { CMI_NET_WALD, CMI_NET_ADJUSTED_WALD, CMI_NET_GOODMAN } cmi_net_method;
bool cmi_net_score_interval(int64_t promoters, int64_t passives, int64_t detractors,
                            double confidence, cmi_net_method method, cmi_interval *out);

#endif
