/* SPDX-License-Identifier: MIT */
#include "cm_test.h"

#include "math/survival.h"
#include "math/transcend.h"

/* Freireich et al. 1963, 6-MP group, as printed in Kleinbaum & Klein, Survival Analysis, chapter 2:
 * remission in weeks 6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+. */
static const cmi_life SIX_MP[] = {
    { 6, 3, 1, 0 },  { 7, 1, 0, 0 },  { 9, 0, 1, 0 },  { 10, 1, 1, 0 },
    { 11, 0, 1, 0 }, { 13, 1, 0, 0 }, { 16, 1, 0, 0 }, { 17, 0, 1, 0 },
    { 19, 0, 1, 0 }, { 20, 0, 1, 0 }, { 22, 1, 0, 0 }, { 23, 1, 0, 0 },
    { 25, 0, 1, 0 }, { 32, 0, 2, 0 }, { 34, 0, 1, 0 }, { 35, 0, 1, 0 },
};

static void test_survival__published(void **state)
{
    (void)state;
    enum { N = sizeof SIX_MP / sizeof *SIX_MP };
    cmi_survival c[N];
    cmi_interval i;
    int64_t median;
    assert_true(cmi_kaplan_meier(SIX_MP, N, 21, c));
    CM_ASSERT_CLOSE(c[0].survival, 0.8571, 0, 5e-5);
    CM_ASSERT_CLOSE(c[1].survival, 0.8067, 0, 5e-5);
    CM_ASSERT_CLOSE(c[3].survival, 0.7529, 0, 5e-5);
    CM_ASSERT_CLOSE(c[5].survival, 0.6902, 0, 5e-5);
    CM_ASSERT_CLOSE(c[6].survival, 0.6275, 0, 5e-5);
    CM_ASSERT_CLOSE(c[10].survival, 0.5378, 0, 5e-5);
    CM_ASSERT_CLOSE(c[11].survival, 0.4482, 0, 5e-5);
    assert_int_equal(c[15].at_risk, 1);
    CM_ASSERT_CLOSE(c[0].survival * sqrt(c[0].greenwood), 0.0764, 0,
                    5e-5); /* standard error at week 6 */
    CM_ASSERT_CLOSE(c[1].hazard, 3.0 / 21.0 + 1.0 / 17.0, 1e-15, 0);
    CM_ASSERT_CLOSE(c[1].hazard_var, 3.0 / 441.0 + 1.0 / 289.0, 1e-15, 0);
    assert_true(cmi_survival_median(c, N, &median));
    assert_int_equal(median, 23);
    /* R survfit(conf.type = "log"): week 10: 0.586 .. 0.968, "log-log": 0.503 .. 0.889, plain:
     * 0.564 .. 0.942 */
    assert_true(cmi_survival_interval(&c[3], 0.95, CMI_SURVIVAL_LOG, &i));
    CM_ASSERT_CLOSE(i.lower, 0.586, 0, 5e-4);
    CM_ASSERT_CLOSE(i.upper, 0.968, 0, 5e-4);
    assert_true(cmi_survival_interval(&c[3], 0.95, CMI_SURVIVAL_LOG_LOG, &i));
    CM_ASSERT_CLOSE(i.lower, 0.503, 0, 5e-4);
    CM_ASSERT_CLOSE(i.upper, 0.889, 0, 5e-4);
    assert_true(cmi_survival_interval(&c[3], 0.95, CMI_SURVIVAL_PLAIN, &i));
    CM_ASSERT_CLOSE(i.lower, 0.564, 0, 5e-4);
    CM_ASSERT_CLOSE(i.upper, 0.942, 0, 5e-4);
    CM_ASSERT_CLOSE(cmi_survival_area(c, N, 7), 6.0 + 6.0 / 7.0, 1e-15, 0);
    CM_ASSERT_SAME(cmi_survival_area(c, N, 0), 0.0);
}

/* S = 5/6 * 3/5 * ... meets 1/2 exactly though no double product would. */
static void test_survival__exact_half(void **state)
{
    (void)state;
    enum { N = 3 };
    cmi_survival c[N];
    int64_t median;
    /* 2/3 * 3/4 = 1/2: 3 leave of 9, 6 - 2 = 4 left, 1 of 4 */
    const cmi_life tie[N] = { { 1, 3, 2, 0 }, { 2, 1, 0, 0 }, { 3, 1, 0, 0 } };
    assert_true(cmi_kaplan_meier(tie, N, 9, c));
    assert_int_equal(c[1].against_half, 0);
    assert_true(cmi_survival_median(c, N, &median));
    assert_int_equal(median, 2);
    /* the same with one more of a billion alive: above one half by 1e-9 */
    const cmi_life above[1] = { { 5, 500000000, 0, 0 } };
    assert_true(cmi_kaplan_meier(above, 1, 1000000001, c));
    assert_int_equal(c[0].against_half, 1);
    assert_false(cmi_survival_median(c, 1, &median));
    assert_true(cmi_kaplan_meier(above, 1, 999999999, c));
    assert_int_equal(c[0].against_half, -1);
    /* many factors: (n-1)/n without censoring telescopes to 1/2 after half of all */
    static cmi_life each[1000];
    static cmi_survival long_curve[1000];
    for (int k = 0; k < 1000; k++) each[k] = (cmi_life){ k, 1, 0, 0 };
    assert_true(cmi_kaplan_meier(each, 1000, 1000, long_curve));
    assert_int_equal(long_curve[498].against_half, 1);
    assert_int_equal(long_curve[499].against_half, 0);
    assert_int_equal(long_curve[500].against_half, -1);
    assert_int_equal(long_curve[999].against_half, -1);
    CM_ASSERT_SAME(long_curve[999].survival, 0.0);
    assert_true(isinf(long_curve[999].greenwood));
}

static void test_survival__ends(void **state)
{
    (void)state;
    cmi_survival c[2];
    cmi_interval i;
    const cmi_life quiet[1] = { { 1, 0, 1, 4 } }, all[2] = { { 1, 2, 0, 3 }, { 2, 1, 0, 0 } };
    assert_true(cmi_kaplan_meier(quiet, 1, 5, c));
    CM_ASSERT_SAME(c[0].survival, 1.0);
    assert_false(cmi_survival_interval(&c[0], 0.95, CMI_SURVIVAL_LOG, &i));
    assert_true(cmi_kaplan_meier(all, 2, 4, c)); /* delayed entry: 4 - 2 + 3 at risk */
    assert_int_equal(c[1].at_risk, 5);
    CM_ASSERT_CLOSE(c[1].survival, 0.4, 1e-15, 0);
    assert_false(cmi_survival_interval(&c[1], 1.0, CMI_SURVIVAL_LOG, &i));
    assert_false(cmi_kaplan_meier(all, 2, 1, c));
    assert_false(cmi_kaplan_meier((cmi_life[]){ { 1, -1, 0, 0 } }, 1, 4, c));
    assert_false(cmi_kaplan_meier((cmi_life[]){ { 1, 1, 4, 0 } }, 1, 4, c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_survival__published),
        cmocka_unit_test(test_survival__exact_half),
        cmocka_unit_test(test_survival__ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
