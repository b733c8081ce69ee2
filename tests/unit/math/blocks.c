/* SPDX-License-Identifier: MIT */
#include "cm_test.h"

#include "math/blocks.h"
#include "math/rng.h"

enum { N = 10 * CMI_BLOCK_ROWS + 77, WIDTH = 2 };
static double x[N], y[N];

static void fill(void)
{
    for (uint32_t i = 0; i < N; i++) {
        x[i] = (cmi_random_uniform(3, 0, 0, i) - 0.5) * 1e6;
        y[i] = cmi_random_normal(3, 1, 0, i);
    }
}

static void both(void *user, int64_t begin, int64_t end, double *sums)
{
    (void)user;
    sums[0] = sums[1] = 0.0;
    for (int64_t i = begin; i < end; i++) {
        sums[0] += x[i];
        sums[1] += x[i] * y[i];
    }
}

/* Any order of blocks, as threads would take them, gives the bits of the plain form. */
static void test_blocks__order_of_work(void **state)
{
    (void)state;
    fill();
    const int64_t n = cmi_blocks_count(N);
    double partials[11 * WIDTH], sums[WIDTH], plain[WIDTH], scratch[2 * WIDTH];
    assert_int_equal(n, 11);
    for (int64_t b = n - 1; b >= 0; b -= 2)
        cmi_blocks_run(both, NULL, N, WIDTH, b, b + 1, partials);
    for (int64_t b = n - 2; b >= 0; b -= 2)
        cmi_blocks_run(both, NULL, N, WIDTH, b, b + 1, partials);
    cmi_blocks_fold(partials, n, WIDTH, sums);
    cmi_blocks_total(both, NULL, N, WIDTH, plain, scratch);
    CM_ASSERT_SAME(sums[0], plain[0]);
    CM_ASSERT_SAME(sums[1], plain[1]);
    CM_ASSERT_CLOSE(cmi_block_sum(x, N), plain[0], 1e-12, 0);
    CM_ASSERT_CLOSE(cmi_block_dot(x, y, N), plain[1], 1e-12, 0);
}

static void test_blocks__ends(void **state)
{
    (void)state;
    assert_int_equal(cmi_blocks_count(0), 0);
    assert_int_equal(cmi_blocks_count(1), 1);
    assert_int_equal(cmi_blocks_count(CMI_BLOCK_ROWS), 1);
    assert_int_equal(cmi_blocks_count(CMI_BLOCK_ROWS + 1), 2);
    CM_ASSERT_SAME(cmi_block_sum(x, 0), 0.0);
    for (int64_t n = 0; n < 20; n++) {
        double sum = 0.0;
        for (int64_t i = 0; i < n; i++) sum += x[i];
        CM_ASSERT_CLOSE(cmi_block_sum(x, n), sum, 1e-12, 1e-9);
    }
    const double cancel[3] = { 1e100, 1.0, -1e100 };
    double sums[1];
    cmi_blocks_fold(cancel, 3, 1, sums);
    CM_ASSERT_SAME(sums[0], 1.0); /* compensated */
    const double full[2] = { (double)INFINITY, 1.0 };
    cmi_blocks_fold(full, 2, 1, sums);
    CM_ASSERT_SAME(sums[0], (double)INFINITY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks__order_of_work),
        cmocka_unit_test(test_blocks__ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
