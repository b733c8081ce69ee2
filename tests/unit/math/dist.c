/* SPDX-License-Identifier: MIT */
#include "cm_test.h"

#include "math/dist.h"
#include "math/transcend.h"
#include "reference_dist.h"

#define EACH(row, table) for (size_t row = 0; row < sizeof(table) / sizeof *(table); row++)

static void test_dist__normal(void **state)
{
    (void)state;
    EACH(i, REF_NORMAL_LOG_SF)
    {
        double z = REF_NORMAL_LOG_SF[i][0], expected = REF_NORMAL_LOG_SF[i][1];
        cmi_tails t = cmi_normal_tails(z);
        CM_ASSERT_CLOSE(t.log_upper, expected, 1e-15, 0);
        CM_ASSERT_CLOSE(t.upper, cmi_exp(expected), z > 5.0 ? 1e-13 : 2e-15, 1e-320);
        CM_ASSERT_SAME(cmi_normal_tails(-z).lower, t.upper);
        CM_ASSERT_SAME(cmi_normal_cdf(-z), t.upper);
    }
    EACH(i, REF_NORMAL_QUANTILE)
    {
        double p = REF_NORMAL_QUANTILE[i][0], expected = REF_NORMAL_QUANTILE[i][1];
        CM_ASSERT_CLOSE(cmi_normal_quantile(p), expected, 1e-15, 0);
        CM_ASSERT_CLOSE(cmi_normal_quantile_upper(p), -expected, 1e-15, 0);
    }
    /* A&S table 26.1 and 26.5 */
    CM_ASSERT_CLOSE(cmi_normal_cdf(1.0), 0.841344746068543, 0, 5e-16);
    CM_ASSERT_CLOSE(cmi_normal_cdf(2.0), 0.977249868051821, 0, 5e-16);
    CM_ASSERT_CLOSE(cmi_normal_two_sided(0.95), 1.959963984540054, 1e-15, 0);
    CM_ASSERT_CLOSE(cmi_normal_two_sided(0.99), 2.575829303548901, 1e-15, 0);
    CM_ASSERT_SAME(cmi_normal_two_sided(1.0), (double)NAN);
    CM_ASSERT_SAME(cmi_normal_quantile(0.0), -(double)INFINITY);
    CM_ASSERT_SAME(cmi_normal_quantile(1.0), (double)INFINITY);
    CM_ASSERT_SAME(cmi_normal_quantile(1.1), (double)NAN);
    CM_ASSERT_SAME(cmi_normal_sf((double)NAN), (double)NAN);
    CM_ASSERT_SAME(cmi_normal_log_sf((double)NAN), (double)NAN);
    CM_ASSERT_SAME(cmi_normal_log_sf(1e200), -(double)INFINITY);
    CM_ASSERT_CLOSE(cmi_normal_log_density(0.0), -0.91893853320467274178, 1e-16, 0);
    CM_ASSERT_CLOSE(cmi_normal_log10_p(-1.959963984540054), -1.3010299956639812, 1e-14,
                    0); /* 0.05 */
}

/* A&S table 26.10, percentage points of t; table 26.8 of chi-square; table 26.9 of F. */
static void test_dist__published_points(void **state)
{
    (void)state;
    CM_ASSERT_CLOSE(cmi_t_quantile(0.975, 1), 12.706, 0, 5e-4);
    CM_ASSERT_CLOSE(cmi_t_quantile(0.975, 5), 2.571, 0, 5e-4);
    CM_ASSERT_CLOSE(cmi_t_quantile(0.995, 10), 3.169, 0, 5e-4);
    CM_ASSERT_CLOSE(cmi_t_quantile_upper(0.05, 30), 1.697, 0, 5e-4);
    CM_ASSERT_CLOSE(cmi_chi2_quantile_upper(0.05, 1), 3.84146, 0, 5e-6);
    CM_ASSERT_CLOSE(cmi_chi2_quantile_upper(0.05, 10), 18.3070, 0, 5e-5);
    CM_ASSERT_CLOSE(cmi_chi2_quantile_upper(0.995, 5), 0.41174, 0, 5e-6);
    CM_ASSERT_CLOSE(cmi_f_quantile_upper(0.05, 3, 10), 3.71, 0, 5e-3);
    CM_ASSERT_CLOSE(cmi_f_quantile_upper(0.01, 5, 20), 4.10, 0, 5e-3);
}

static void test_dist__student(void **state)
{
    (void)state;
    /* closed forms: df 1 is Cauchy, df 2 has P(T > t) = (1 - t/sqrt(2 + t^2))/2 */
    CM_ASSERT_CLOSE(cmi_t_tails(1.0, 1.0).upper, 0.25, 1e-15, 0);
    CM_ASSERT_CLOSE(cmi_t_tails(2.0, 2.0).lower, 0.5 + 1.0 / sqrt(6.0), 1e-15, 0);
    CM_ASSERT_CLOSE(cmi_t_tails(-2.0, 2.0).upper, 0.5 + 1.0 / sqrt(6.0), 1e-15, 0);
    CM_ASSERT_CLOSE(cmi_t_tails(0.0, 7.0).upper, 0.5, 1e-15, 0);
    CM_ASSERT_SAME(cmi_t_tails(1.5, (double)INFINITY).upper, cmi_normal_sf(1.5));
    CM_ASSERT_SAME(cmi_t_quantile(0.9, (double)INFINITY), cmi_normal_quantile(0.9));
    CM_ASSERT_CLOSE(cmi_t_tails(1e200, 3.0).upper, 0.0, 0, 0);
    CM_ASSERT_CLOSE(cmi_t_quantile(0.5, 4.0), 0.0, 0, 1e-15);
    CM_ASSERT_CLOSE(cmi_t_quantile(0.75, 1.0), 1.0, 1e-14, 0);
    CM_ASSERT_CLOSE(cmi_t_tails(cmi_t_quantile_upper(1e-50, 12.5), 12.5).upper, 1e-50, 1e-12, 0);
    CM_ASSERT_SAME(cmi_t_tails(1.0, 0.0).upper, (double)NAN);
    CM_ASSERT_SAME(cmi_t_quantile(2.0, 5.0), (double)NAN);
    /* A&S 26.7.5: t to normal as 1/df */
    CM_ASSERT_CLOSE(cmi_t_tails(2.0, 1e12).upper, cmi_normal_sf(2.0), 1e-11, 0);
    CM_ASSERT_CLOSE(cmi_t_tails(8.0, 1e14).upper, cmi_normal_sf(8.0), 1e-10, 0);
}

static void test_dist__others(void **state)
{
    (void)state;
    CM_ASSERT_CLOSE(cmi_chi2_tails(5.0, 2.0).upper, cmi_exp(-2.5), 1e-15, 0);
    CM_ASSERT_CLOSE(cmi_chi2_tails(20000.0, 2.0).log_upper, -10000.0, 1e-15, 0);
    CM_ASSERT_CLOSE(cmi_chi2_quantile(0.5, 2.0), 2.0 * 0.6931471805599453, 1e-14, 0);
    CM_ASSERT_CLOSE(cmi_f_tails(3.0, 2.0, 4.0).upper, 0.16, 1e-14, 0); /* (1 + 2f/4)^-2 */
    CM_ASSERT_CLOSE(cmi_f_quantile(0.84, 2.0, 4.0), 3.0, 1e-13, 0);
    CM_ASSERT_SAME(cmi_f_tails(-1.0, 2.0, 4.0).upper, (double)NAN);
    CM_ASSERT_SAME(cmi_f_tails((double)INFINITY, 2.0, 4.0).upper, 0.0);
    CM_ASSERT_CLOSE(cmi_gamma_dist_tails(2.0, 1.0, 3.0).upper, cmi_exp(-6.0), 1e-14, 0);
    CM_ASSERT_CLOSE(cmi_gamma_dist_quantile(0.5, 1.0, 2.0), 0.5 * 0.6931471805599453, 1e-14, 0);
    CM_ASSERT_SAME(cmi_gamma_dist_tails(1.0, 1.0, 0.0).upper, (double)NAN);
    CM_ASSERT_SAME(cmi_gamma_dist_quantile(0.5, 1.0, -1.0), (double)NAN);
    CM_ASSERT_CLOSE(cmi_beta_dist_tails(0.3, 2.0, 1.0).lower, 0.09, 1e-15, 0);
    CM_ASSERT_CLOSE(cmi_beta_dist_quantile(0.09, 2.0, 1.0), 0.3, 1e-14, 0);
    /* 3 of 10 fair coins: (1 + 10 + 45 + 120)/1024 */
    CM_ASSERT_CLOSE(cmi_binomial_tails(3, 10, 0.5).lower, 176.0 / 1024.0, 1e-14, 0);
    CM_ASSERT_CLOSE(cmi_binomial_tails(3, 10, 0.5).upper, 848.0 / 1024.0, 1e-14, 0);
    CM_ASSERT_SAME(cmi_binomial_tails(10, 10, 0.5).upper, 0.0);
    CM_ASSERT_SAME(cmi_binomial_tails(0, 10, 0.0).lower, 1.0);
    CM_ASSERT_SAME(cmi_binomial_tails(11, 10, 0.5).upper, (double)NAN);
    CM_ASSERT_CLOSE(cmi_poisson_tails(2, 1.0).lower, 2.5 * cmi_exp(-1.0), 1e-15, 0);
    CM_ASSERT_SAME(cmi_poisson_tails(-1, 1.0).lower, (double)NAN);
    CM_ASSERT_SAME(cmi_poisson_tails(3, 0.0).lower, 1.0);
}

static void test_dist__kolmogorov(void **state)
{
    (void)state;
    EACH(i, REF_KOLMOGOROV_SF)
    {
        const double *r = REF_KOLMOGOROV_SF[i];
        cmi_tails t = cmi_kolmogorov_tails(r[0]);
        CM_ASSERT_CLOSE(t.upper, r[1], 1e-14, 0);
        CM_ASSERT_CLOSE(t.lower, 1.0 - r[1], 1e-14, 2e-16);
    }
    /* Smirnov 1948: critical values 1.22, 1.36, 1.63 for 10, 5 and 1 per cent */
    CM_ASSERT_CLOSE(cmi_kolmogorov_quantile(0.90), 1.22385, 0, 5e-6);
    CM_ASSERT_CLOSE(cmi_kolmogorov_quantile(0.95), 1.35810, 0, 5e-6);
    CM_ASSERT_CLOSE(cmi_kolmogorov_quantile(0.99), 1.62762, 0, 5e-6);
    CM_ASSERT_CLOSE(cmi_kolmogorov_tails(cmi_kolmogorov_quantile(0.01)).lower, 0.01, 1e-12, 0);
    CM_ASSERT_SAME(cmi_kolmogorov_tails(0.0).lower, 0.0);
    CM_ASSERT_SAME(cmi_kolmogorov_tails(-1.0).lower, (double)NAN);
    CM_ASSERT_SAME(cmi_kolmogorov_quantile(1.0), (double)INFINITY);
    CM_ASSERT_SAME(cmi_kolmogorov_quantile(0.0), 0.0);
    CM_ASSERT_SAME(cmi_kolmogorov_quantile(-0.5), (double)NAN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dist__normal),     cmocka_unit_test(test_dist__published_points),
        cmocka_unit_test(test_dist__student),    cmocka_unit_test(test_dist__others),
        cmocka_unit_test(test_dist__kolmogorov),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
