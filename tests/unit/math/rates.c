/* SPDX-License-Identifier: MIT */
#include "cm_test.h"

#include "math/dist.h"
#include "math/rates.h"

#define ASSERT_INTERVAL(i, low, high, tolerance)                                                   \
    do {                                                                                           \
        CM_ASSERT_CLOSE((i).lower, low, 0, tolerance);                                             \
        CM_ASSERT_CLOSE((i).upper, high, 0, tolerance);                                            \
    } while (0)

/* Newcombe, Two-sided confidence intervals for the single proportion, 1998, table I: method 3
 * (score) and method 5 (Clopper-Pearson). */
static void test_rates__single_proportion(void **state)
{
    (void)state;
    cmi_interval i;
    assert_true(cmi_wilson(81, 263, 0.95, &i));
    ASSERT_INTERVAL(i, 0.2553, 0.3662, 5e-5);
    assert_true(cmi_wilson(15, 148, 0.95, &i));
    ASSERT_INTERVAL(i, 0.0624, 0.1605, 5e-5);
    assert_true(cmi_wilson(0, 20, 0.95, &i));
    ASSERT_INTERVAL(i, 0.0, 0.1611, 5e-5);
    CM_ASSERT_SAME(i.lower, 0.0);
    assert_true(cmi_wilson(1, 29, 0.95, &i));
    ASSERT_INTERVAL(i, 0.0061, 0.1718, 5e-5);
    assert_true(cmi_wilson(20, 20, 0.95, &i));
    CM_ASSERT_SAME(i.upper, 1.0);
    assert_true(cmi_clopper_pearson(81, 263, 0.95, &i));
    ASSERT_INTERVAL(i, 0.2527, 0.3676, 5e-5);
    assert_true(cmi_clopper_pearson(0, 20, 0.95, &i));
    ASSERT_INTERVAL(i, 0.0, 0.1684, 5e-5);
    assert_true(cmi_clopper_pearson(20, 20, 0.95, &i));
    ASSERT_INTERVAL(i, 0.8316, 1.0, 5e-5);
    i = (cmi_interval){ 7.0, 8.0 };
    assert_false(cmi_wilson(0, 0, 0.95, &i));
    assert_false(cmi_wilson(3, 2, 0.95, &i));
    assert_false(cmi_wilson(-1, 2, 0.95, &i));
    assert_false(cmi_wilson(1, 2, 1.0, &i));
    assert_false(cmi_wilson_share(0.5, 0.0, 0.95, &i));
    assert_false(cmi_wilson_share((double)NAN, 5.0, 0.95, &i));
    assert_false(cmi_clopper_pearson(1, 2, 0.0, &i));
    CM_ASSERT_SAME(i.lower, 7.0); /* untouched */
}

/* Newcombe, Interval estimation for the difference between independent proportions, 1998, table II,
 * method 10. */
static void test_rates__difference_of_proportions(void **state)
{
    (void)state;
    cmi_interval i;
    assert_true(cmi_newcombe(56, 70, 48, 80, 0.95, &i));
    ASSERT_INTERVAL(i, 0.0524, 0.3339, 5e-5);
    assert_true(cmi_newcombe(9, 10, 3, 10, 0.95, &i));
    ASSERT_INTERVAL(i, 0.1705, 0.8090, 5e-5);
    assert_true(cmi_newcombe(5, 56, 0, 29, 0.95, &i));
    ASSERT_INTERVAL(i, -0.0381, 0.1926, 5e-5);
    assert_true(cmi_newcombe(10, 10, 0, 10, 0.95, &i));
    ASSERT_INTERVAL(i, 0.6075, 1.0, 5e-5);
    assert_false(cmi_newcombe(1, 2, 0, 0, 0.95, &i));
    cmi_significance t;
    assert_true(cmi_two_proportions(56, 70, 48, 80, &t)); /* pooled 104/150 */
    CM_ASSERT_CLOSE(t.statistic,
                    0.2 / sqrt(104.0 / 150.0 * 46.0 / 150.0 * (1.0 / 70.0 + 1.0 / 80.0)), 1e-14, 0);
    CM_ASSERT_CLOSE(t.p_value, 2.0 * cmi_normal_sf(t.statistic), 1e-15, 0);
    assert_true(cmi_two_proportions(900000, 1000000, 100000, 1000000, &t));
    CM_ASSERT_SAME(t.p_value, 0.0);
    assert_true(t.log10_p_value < -100000.0);
    assert_false(cmi_two_proportions(0, 10, 0, 10, &t));
    assert_false(cmi_two_proportions(1, 0, 0, 10, &t));
}

/* scipy 1.17: ttest_ind(equal_var=False), t.interval; chisquare. */
static void test_rates__means(void **state)
{
    (void)state;
    cmi_moments a = { 15, 20.8, 7.9 }, b = { 14, 23.0, 3.8 };
    cmi_significance t;
    cmi_interval i;
    assert_true(cmi_welch(a, b, &t));
    CM_ASSERT_CLOSE(t.statistic, -2.462608198802938, 1e-13, 0);
    CM_ASSERT_CLOSE(t.df, 24.998383035703284, 1e-13, 0);
    CM_ASSERT_CLOSE(t.p_value, 0.021032088040521403, 1e-12, 0);
    assert_true(cmi_welch_interval(a, b, 0.95, &i));
    ASSERT_INTERVAL(i, -4.039919025261067, -0.36008097473893286, 1e-12);
    assert_true(cmi_mean_interval(a, 0.9, &i));
    ASSERT_INTERVAL(i, 19.521785468824355, 22.078214531175647, 1e-12);
    b.n = 1;
    assert_false(cmi_welch(a, b, &t));
    assert_false(cmi_welch_interval(a, b, 0.95, &i));
    assert_false(cmi_mean_interval(b, 0.95, &i));
    b.n = 14;
    a.variance = b.variance = 0.0;
    assert_false(cmi_welch(a, b, &t));
    const int64_t count[3] = { 30, 14, 34 };
    assert_true(cmi_chi2_goodness(count, (double[]){ 1, 1, 1 }, 3, &t));
    CM_ASSERT_CLOSE(t.statistic, 8.615384615384615, 1e-14, 0);
    CM_ASSERT_CLOSE(t.p_value, 0.013464585890646683, 1e-13, 0);
    assert_false(cmi_chi2_goodness(count, (double[]){ 1, 0, 1 }, 3, &t));
    assert_false(cmi_chi2_goodness(count, (double[]){ 1, 1, 1 }, 1, &t));
}

static void test_rates__ratios(void **state)
{
    (void)state;
    cmi_interval i;
    double variance;
    assert_true(cmi_ratio_delta(6.0, 3.0, 0.04, 0.01, 0.005, 0.95, &variance, &i));
    CM_ASSERT_CLOSE(variance, (0.04 - 4.0 * 0.005 + 4.0 * 0.01) / 9.0, 1e-15, 0);
    ASSERT_INTERVAL(i, 2.0 - 1.959963984540054 * sqrt(variance),
                    2.0 + 1.959963984540054 * sqrt(variance), 1e-14);
    assert_false(cmi_ratio_delta(6.0, 0.0, 0.04, 0.01, 0.005, 0.95, &variance, &i));
    assert_false(cmi_ratio_delta(6.0, 3.0, 0.0, 0.0, 1.0, 0.95, &variance, &i));
    assert_true(cmi_ratio_delta(6.0, 3.0, 4.0, 1.0, 2.0, 0.95, NULL, &i)); /* x = 2y: no variance */
    ASSERT_INTERVAL(i, 2.0, 2.0, 1e-15);
    /* Fieller: both ends solve (x - r y)^2 = z^2 (vx - 2 r c + r^2 vy) */
    assert_true(cmi_ratio_fieller(6.0, 3.0, 0.04, 0.01, 0.005, 0.95, &i));
    double ends[2] = { i.lower, i.upper };
    for (int k = 0; k < 2; k++) {
        double r = ends[k], left = (6.0 - 3.0 * r) / 1.959963984540054;
        CM_ASSERT_CLOSE(left * left, 0.04 - 0.01 * r + 0.01 * r * r, 1e-12, 0);
    }
    assert_true(i.lower < 2.0 && i.upper > 2.0);
    assert_true(cmi_ratio_fieller(-6.0, 3.0, 0.04, 0.01, 0.0, 0.95, &i));
    assert_true(i.lower < -2.0 && i.upper > -2.0);
    assert_true(cmi_ratio_fieller(0.0, 3.0, 0.0, 0.01, 0.0, 0.95, &i));
    ASSERT_INTERVAL(i, 0.0, 0.0, 0);
    assert_false(cmi_ratio_fieller(6.0, 0.1, 0.04, 0.01, 0.0, 0.95, &i));
    assert_false(cmi_wald(1.0, -1.0, 0.95, &i));
    assert_false(cmi_wald((double)NAN, 1.0, 0.95, &i));
}

/* Hahn & Meeker, Statistical Intervals, 1991: n = 100, median, 95 %: order statistics 40 and 61. */
static void test_rates__quantile_ranks(void **state)
{
    (void)state;
    int64_t low, high;
    assert_true(cmi_quantile_ranks(100, 0.5, 0.95, &low, &high));
    assert_int_equal(low, 40);
    assert_int_equal(high, 61);
    for (int64_t n = 6; n < 60; n += 7) { /* against the definition */
        if (!cmi_quantile_ranks(n, 0.4, 0.9, &low, &high)) continue;
        assert_true(cmi_binomial_tails(low - 1, n, 0.4).lower <= 0.05);
        assert_true(cmi_binomial_tails(low, n, 0.4).lower > 0.05);
        assert_true(cmi_binomial_tails(high - 1, n, 0.4).upper <= 0.05);
        assert_true(cmi_binomial_tails(high - 2, n, 0.4).upper > 0.05);
    }
    assert_false(cmi_quantile_ranks(5, 0.5, 0.95, &low, &high));
    assert_true(cmi_quantile_ranks(6, 0.5, 0.95, &low, &high)); /* 1 - 2/64 */
    assert_false(cmi_quantile_ranks(0, 0.5, 0.95, &low, &high));
    assert_false(cmi_quantile_ranks(10, 1.0, 0.95, &low, &high));
}

static void test_rates__net_score(void **state)
{
    (void)state;
    double score, error;
    cmi_interval i;
    assert_true(cmi_net_score(50, 30, 20, &score, &error));
    CM_ASSERT_CLOSE(score, 0.3, 1e-15, 0);
    CM_ASSERT_CLOSE(error, sqrt((0.7 - 0.09) / 100.0), 1e-14, 0);
    assert_true(cmi_net_score_interval(50, 30, 20, 0.95, CMI_NET_WALD, &i));
    ASSERT_INTERVAL(i, 0.3 - 1.959963984540054 * error, 0.3 + 1.959963984540054 * error, 1e-14);
    assert_true(cmi_net_score_interval(50, 30, 20, 0.95, CMI_NET_GOODMAN, &i));
    ASSERT_INTERVAL(i, 0.3 - sqrt(5.991464547107979) * error, 0.3 + sqrt(5.991464547107979) * error,
                    1e-13);
    assert_true(cmi_net_score_interval(50, 30, 20, 0.95, CMI_NET_ADJUSTED_WALD, &i));
    double s = 30.0 / 103.0, e = sqrt((71.5 / 103.0 - s * s) / 103.0);
    ASSERT_INTERVAL(i, s - 1.959963984540054 * e, s + 1.959963984540054 * e, 1e-14);
    assert_true(cmi_net_score_interval(3, 0, 0, 0.999, CMI_NET_ADJUSTED_WALD, &i));
    CM_ASSERT_SAME(i.upper, 1.0);
    assert_false(cmi_net_score(0, 0, 0, &score, &error));
    assert_false(cmi_net_score(-1, 2, 0, &score, &error));
    assert_false(cmi_net_score_interval(1, 2, 0, 1.0, CMI_NET_WALD, &i));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rates__single_proportion),
        cmocka_unit_test(test_rates__difference_of_proportions),
        cmocka_unit_test(test_rates__means),
        cmocka_unit_test(test_rates__ratios),
        cmocka_unit_test(test_rates__quantile_ranks),
        cmocka_unit_test(test_rates__net_score),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
