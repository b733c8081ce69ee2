/* SPDX-License-Identifier: MIT */
#include "cm_test.h"

#include "math/dist.h"
#include "math/gamma.h"
#include "math/rng.h"
#include "math/transcend.h"

enum { DRAWS = 40000 };

/* Known answers of the authors' Random123 distribution, file kat_vectors. */
static void test_rng__published(void **state)
{
    (void)state;
    static const uint32_t known[3][10] = {
        { 0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 },
        { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x408f276d,
          0x41c83b0e, 0xa20bc7c6, 0x6d5451fd },
        { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09,
          0x94fdcceb, 0x5001e420, 0x24126ea1 },
    };
    for (int i = 0; i < 3; i++) {
        uint32_t out[4];
        cmi_philox(known[i], known[i] + 4, out);
        assert_memory_equal(out, known[i] + 6, sizeof out);
    }
    assert_int_equal(cmi_random_bits(0, 0, 0, 0), UINT64_C(0xe169c58d6627e8d5));
}

/* Largest distance of a sample's distribution from the law, by its values' law at 2000 quantiles.
 */
static double worst_share(double *tails, int n)
{
    int64_t below[101] = { 0 };
    double worst = 0.0;
    for (int i = 0; i < n; i++) below[(int)(tails[i] * 100.0)]++;
    int64_t sum = 0;
    for (int k = 0; k < 100; k++) {
        sum += below[k];
        double gap = fabs((double)sum / n - (k + 1) / 100.0);
        worst = gap > worst ? gap : worst;
    }
    return worst * sqrt((double)n);
}

/* Each continuous law by the Kolmogorov distance of its probability transform: 2.2 is passed by
 * chance in 1 of 8000. */
static void test_rng__continuous(void **state)
{
    (void)state;
    static double t[DRAWS];
    const double shapes[4] = { 0.2, 1.0, 3.5, 200.0 };
    cmi_random r = { .seed = 42, .stream = 1, .key = 9 };
    for (int i = 0; i < DRAWS; i++) t[i] = cmi_next_uniform(&r);
    assert_true(worst_share(t, DRAWS) < 2.2);
    for (int i = 0; i < DRAWS; i++) t[i] = cmi_normal_cdf(cmi_next_normal(&r));
    assert_true(worst_share(t, DRAWS) < 2.2);
    for (int i = 0; i < DRAWS; i++) t[i] = -cmi_expm1(-cmi_next_exponential(&r));
    assert_true(worst_share(t, DRAWS) < 2.2);
    for (int k = 0; k < 4; k++) {
        for (int i = 0; i < DRAWS; i++)
            t[i] = cmi_gamma_tails(shapes[k], cmi_next_gamma(&r, shapes[k])).lower;
        assert_true(worst_share(t, DRAWS) < 2.2);
    }
    for (int i = 0; i < DRAWS; i++)
        t[i] = cmi_beta_dist_tails(cmi_next_beta(&r, 0.7, 2.5), 0.7, 2.5).lower;
    assert_true(worst_share(t, DRAWS) < 2.2);
    assert_true(isnan(cmi_next_gamma(&r, 0.0)));
}

/* Poisson by chi-square over its values; 5.2 standard deviations. */
static void test_rng__poisson(void **state)
{
    (void)state;
    const double means[4] = { 0.3, 9.5, 10.5, 60.0 };
    cmi_random r = { .seed = 43 };
    for (int m = 0; m < 4; m++) {
        int64_t count[200] = { 0 };
        double sum = 0.0;
        int cells = 0;
        for (int i = 0; i < DRAWS; i++) {
            int64_t k = cmi_next_poisson(&r, means[m]);
            assert_true(k >= 0 && k < 200);
            count[k]++;
        }
        for (int k = 0; k < 200; k++) {
            double expected =
                DRAWS * cmi_exp(k * cmi_log(means[m]) - means[m] - cmi_lgamma(k + 1.0));
            if (expected < 10.0) continue;
            double gap = (double)count[k] - expected;
            sum += gap * gap / expected;
            cells++;
        }
        assert_true(sum < cells + 5.2 * sqrt(2.0 * cells));
    }
    assert_int_equal(cmi_next_poisson(&r, 0.0), 0);
    assert_int_equal(cmi_next_poisson(&r, (double)NAN), 0);
}

static void test_rng__counters(void **state)
{
    (void)state;
    cmi_random r = { .seed = 5, .key = UINT64_C(0x123456789abcdef), .stream = 8 };
    for (uint32_t i = 0; i < 100; i++) {
        assert_int_equal(cmi_next_bits(&r), cmi_random_bits(5, 8, UINT64_C(0x123456789abcdef), i));
        double u = cmi_random_uniform(1, 2, 3, i);
        assert_true(u > 0.0 && u < 1.0);
    }
    int64_t seen[6] = { 0 };
    for (int i = 0; i < 6000; i++) seen[cmi_next_below(&r, 6)]++;
    for (int k = 0; k < 6; k++) assert_true(seen[k] > 850 && seen[k] < 1150);
    assert_int_equal(cmi_next_below(&r, 1), 0);
    assert_true(cmi_next_below(&r, UINT64_MAX) < UINT64_MAX);
    assert_true(cmi_random_bits(1, 0, 0, 0) != cmi_random_bits(0, 1, 0, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rng__published),
        cmocka_unit_test(test_rng__continuous),
        cmocka_unit_test(test_rng__poisson),
        cmocka_unit_test(test_rng__counters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
