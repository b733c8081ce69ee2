/* SPDX-License-Identifier: MIT */
#include "cm_test.h"

#include <stdlib.h>

#include "math/dist.h"
#include "math/rng.h"
#include "math/runs.h"

enum { MAX = 400 };

static int compare_i64(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Random runs and the multiset they stand for. Returns the number of runs. */
static int64_t random_runs(uint64_t key, cmi_run *runs, int64_t *values, int64_t *n_values,
                           int64_t lowest)
{
    cmi_random r = { .seed = 7, .key = key };
    int64_t n = 1 + (int64_t)cmi_next_below(&r, 20), value = lowest;
    *n_values = 0;
    for (int64_t i = 0; i < n; i++) {
        value += 1 + (int64_t)cmi_next_below(&r, 50);
        runs[i] = (cmi_run){ value, (int64_t)cmi_next_below(&r, 12) };
        if (i == 0) runs[i].count++;
        for (int64_t k = 0; k < runs[i].count; k++) values[(*n_values)++] = value;
    }
    qsort(values, (size_t)*n_values, sizeof *values, compare_i64);
    return n;
}

/* Against the definitions on the expanded multiset (R's quantile, types 1 and 7). */
static void test_runs__quantiles(void **state)
{
    (void)state;
    cmi_run runs[MAX];
    int64_t v[MAX], n_values;
    for (uint64_t key = 0; key < 200; key++) {
        int64_t n = random_runs(key, runs, v, &n_values, -300);
        for (int k = 0; k <= 20; k++) {
            int64_t one;
            double p = k / 20.0, seven;
            assert_true(cmi_runs_quantile1(runs, n, p, &one));
            int64_t rank = (n_values * k + 19) / 20; /* ceil(N k / 20) */
            assert_int_equal(one, v[rank < 1 ? 0 : rank - 1]);
            assert_true(cmi_runs_quantile7(runs, n, p, &seven));
            int64_t twentieths = (n_values - 1) * k, low = twentieths / 20,
                    high = low + (twentieths % 20 != 0);
            double part = (double)(twentieths % 20) / 20.0;
            CM_ASSERT_CLOSE(seven, (double)v[low] + part * (double)(v[high] - v[low]), 1e-13,
                            1e-12);
        }
    }
    /* R 4.2 help(quantile): quantile(1:9, c(.25, .9)) = 3, 8.2; type 1: 3, 9 */
    cmi_run nine[9];
    for (int64_t i = 0; i < 9; i++) nine[i] = (cmi_run){ i + 1, 1 };
    double q;
    int64_t rank;
    assert_true(cmi_runs_quantile7(nine, 9, 0.25, &q));
    CM_ASSERT_SAME(q, 3.0);
    assert_true(cmi_runs_quantile7(nine, 9, 0.9, &q));
    CM_ASSERT_CLOSE(q, 8.2, 1e-15, 0);
    assert_true(cmi_runs_quantile1(nine, 9, 0.9, &rank));
    assert_int_equal(rank, 9);
    cmi_run far[2] = { { INT64_MIN + 1, 1 }, { INT64_MAX, 1 } };
    assert_true(cmi_runs_quantile7(far, 2, 0.5, &q));
    CM_ASSERT_SAME(q, 0.0);
    assert_false(cmi_runs_quantile7(nine, 0, 0.5, &q));
    assert_false(cmi_runs_quantile1(nine, 9, 1.5, &rank));
    assert_false(cmi_runs_quantile7(nine, 9, (double)NAN, &q));
}

static void test_runs__moments(void **state)
{
    (void)state;
    cmi_run runs[MAX];
    int64_t v[MAX], n_values;
    double mean, variance;
    for (uint64_t key = 0; key < 50; key++) {
        int64_t n = random_runs(key, runs, v, &n_values, -300);
        double sum = 0.0, squares = 0.0;
        for (int64_t i = 0; i < n_values; i++) sum += (double)v[i];
        assert_true(cmi_runs_mean(runs, n, &mean));
        CM_ASSERT_CLOSE(mean, sum / (double)n_values, 1e-14, 1e-14);
        for (int64_t i = 0; i < n_values; i++)
            squares += ((double)v[i] - mean) * ((double)v[i] - mean);
        if (n_values < 2) continue;
        assert_true(cmi_runs_variance(runs, n, &variance));
        CM_ASSERT_CLOSE(variance, squares / (double)(n_values - 1), 1e-13, 1e-13);
    }
    cmi_run big[2] = { { INT64_MAX - 2, 3 }, { INT64_MAX, 3 } };
    assert_true(cmi_runs_mean(big, 2, &mean));
    CM_ASSERT_SAME(mean, 0x1p63);
    assert_false(cmi_runs_mean(big, 0, &mean));
    assert_false(cmi_runs_variance((cmi_run[]){ { 5, 1 } }, 1, &variance));
    cmi_run loose[5] = { { 1, 2 }, { 1, 3 }, { 2, 0 }, { 3, 1 }, { 3, 4 } };
    assert_int_equal(cmi_runs_compact(loose, 5), 2);
    assert_int_equal(loose[0].count, 5);
    assert_int_equal(loose[1].count, 5);
    int64_t value;
    assert_false(cmi_runs_rank(loose, 2, 0, &value));
    assert_false(cmi_runs_rank(loose, 2, 11, &value));
    assert_true(cmi_runs_rank(loose, 2, 10, &value));
    assert_int_equal(value, 3);
}

static void test_runs__histogram(void **state)
{
    (void)state;
    const int64_t edges[3] = { 0, 10, 20 };
    const cmi_run runs[5] = { { -1, 2 }, { 0, 3 }, { 9, 1 }, { 10, 4 }, { 20, 5 } };
    const int64_t expected[4] = { 2, 4, 4, 5 };
    int64_t bins[4];
    cmi_runs_histogram(runs, 5, edges, 3, bins);
    assert_memory_equal(bins, expected, sizeof bins);
    cmi_runs_histogram(runs, 5, edges, 0, bins);
    assert_int_equal(bins[0], 15);
}

static void test_runs__concentration(void **state)
{
    (void)state;
    cmi_run runs[MAX];
    int64_t v[MAX], n_values;
    double gini, lorenz;
    cmi_i128 top;
    for (uint64_t key = 0; key < 50; key++) {
        int64_t n = random_runs(key, runs, v, &n_values, 0);
        int64_t differences = 0, sum = 0;
        for (int64_t i = 0; i < n_values; i++) {
            sum += v[i];
            for (int64_t j = 0; j < n_values; j++)
                differences += v[i] > v[j] ? v[i] - v[j] : v[j] - v[i];
        }
        assert_true(cmi_runs_gini(runs, n, &gini));
        CM_ASSERT_CLOSE(gini, (double)differences / (2.0 * (double)n_values * (double)sum), 1e-14,
                        1e-15);
        int64_t k = n_values / 3, head = 0;
        for (int64_t i = 0; i < k; i++) head += v[n_values - 1 - i];
        assert_true(cmi_runs_top_sum(runs, n, k, &top));
        assert_true(top == head);
        assert_true(cmi_runs_lorenz(runs, n, 1.0, &lorenz));
        CM_ASSERT_CLOSE(lorenz, 1.0, 1e-15, 0);
    }
    /* 0, 0, 0, 1: Gini (n - 1)/n = 3/4; the poorest 7/8 hold half */
    const cmi_run one_rich[2] = { { 0, 3 }, { 1, 1 } };
    assert_true(cmi_runs_gini(one_rich, 2, &gini));
    CM_ASSERT_SAME(gini, 0.75);
    assert_true(cmi_runs_lorenz(one_rich, 2, 0.875, &lorenz));
    CM_ASSERT_SAME(lorenz, 0.5);
    assert_true(cmi_runs_lorenz(one_rich, 2, 0.75, &lorenz));
    CM_ASSERT_SAME(lorenz, 0.0);
    assert_false(cmi_runs_gini((cmi_run[]){ { -1, 1 }, { 5, 1 } }, 2, &gini));
    assert_false(cmi_runs_gini((cmi_run[]){ { 0, 4 } }, 1, &gini));
    assert_false(cmi_runs_lorenz((cmi_run[]){ { 0, 4 } }, 1, 0.5, &lorenz));
    cmi_run huge[2] = { { 1, INT64_MAX / 2 }, { INT64_MAX, INT64_MAX / 2 } };
    assert_false(cmi_runs_gini(huge, 2, &gini)); /* beyond 128 bits */
    assert_false(cmi_runs_top_sum(one_rich, 2, 5, &top));
    assert_false(cmi_runs_top_sum(one_rich, 2, -1, &top));
}

static void test_runs__two_samples(void **state)
{
    (void)state;
    cmi_run a[MAX], b[MAX];
    int64_t v[MAX], w[MAX], n_v, n_w;
    double d, p, log10_p, distance;
    for (uint64_t key = 0; key < 50; key++) {
        int64_t n_a = random_runs(key, a, v, &n_v, 0), n_b = random_runs(key + 1000, b, w, &n_w, 3);
        double high = 0.0, area = 0.0;
        for (int64_t x = 0; x < 2000; x++) {
            int64_t below_a = 0, below_b = 0;
            for (int64_t i = 0; i < n_v; i++) below_a += v[i] <= x;
            for (int64_t i = 0; i < n_w; i++) below_b += w[i] <= x;
            double gap = fabs((double)below_a / (double)n_v - (double)below_b / (double)n_w);
            high = gap > high ? gap : high;
            area += gap;
        }
        assert_true(cmi_runs_ks(a, n_a, b, n_b, &d, &p, &log10_p));
        CM_ASSERT_CLOSE(d, high, 1e-14, 0);
        assert_true(cmi_runs_wasserstein(a, n_a, b, n_b, &distance));
        CM_ASSERT_CLOSE(distance, area, 1e-12, 0);
    }
    const cmi_run low[1] = { { 1, 100 } }, up[1] = { { 2, 100 } };
    assert_true(cmi_runs_ks(low, 1, up, 1, &d, &p, &log10_p));
    CM_ASSERT_SAME(d, 1.0);
    CM_ASSERT_CLOSE(p, cmi_kolmogorov_tails(sqrt(50.0)).upper, 1e-15, 0);
    CM_ASSERT_CLOSE(log10_p, -43.12841818, 1e-9, 0); /* log10(2) - 100/ln 10 */
    assert_true(cmi_runs_ks(low, 1, low, 1, NULL, NULL, NULL));
    assert_false(cmi_runs_ks(low, 0, up, 1, &d, NULL, NULL));
    assert_false(cmi_runs_wasserstein(low, 1, up, 0, &d));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs__quantiles),   cmocka_unit_test(test_runs__moments),
        cmocka_unit_test(test_runs__histogram),   cmocka_unit_test(test_runs__concentration),
        cmocka_unit_test(test_runs__two_samples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
