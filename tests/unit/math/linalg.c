/* SPDX-License-Identifier: MIT */
#include "cm_test.h"

#include <string.h>

#include "math/linalg.h"
#include "math/rng.h"

enum { N = 40 };

static void random_matrix(double *a, uint64_t key)
{
    for (uint32_t i = 0; i < N * N; i++) a[i] = cmi_random_normal(5, 0, key, i);
}

static void test_linalg__lu(void **state)
{
    (void)state;
    double a[N * N], lu[N * N], inverse[N * N], b[N], back[N], scratch[N];
    int64_t pivot[N];
    random_matrix(a, 1);
    memcpy(lu, a, sizeof a);
    assert_true(cmi_lu_factor(lu, N, pivot));
    for (int i = 0; i < N; i++) b[i] = i - 7.0;
    cmi_lu_solve(lu, N, pivot, b);
    cmi_matrix_vector(a, N, N, b, back);
    for (int i = 0; i < N; i++) CM_ASSERT_CLOSE(back[i], i - 7.0, 0, 1e-11);
    for (int i = 0; i < N; i++) b[i] = i - 7.0;
    cmi_lu_solve_transposed(lu, N, pivot, b);
    for (int j = 0; j < N; j++) {
        double sum = 0.0;
        for (int i = 0; i < N; i++) sum += a[i * N + j] * b[i];
        CM_ASSERT_CLOSE(sum, j - 7.0, 0, 1e-11);
    }
    cmi_lu_invert(lu, N, pivot, inverse, scratch);
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            double sum = 0.0;
            for (int k = 0; k < N; k++) sum += inverse[i * N + k] * a[k * N + j];
            CM_ASSERT_CLOSE(sum, i == j, 0, 1e-11);
        }
    }
    double singular[4] = { 1, 2, 2, 4 }, zero_head[4] = { 0, 2, 3, 0 };
    assert_false(cmi_lu_factor(singular, 2, pivot));
    assert_true(cmi_lu_factor(zero_head, 2, pivot));
    double r[2] = { 4, 9 };
    cmi_lu_solve(zero_head, 2, pivot, r);
    CM_ASSERT_SAME(r[0], 3.0);
    CM_ASSERT_SAME(r[1], 2.0);
}

static void test_linalg__cholesky(void **state)
{
    (void)state;
    double a[N * N], s[N * N], l[N * N], inverse[N * N], b[N], back[N];
    random_matrix(a, 2);
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            double sum = i == j;
            for (int k = 0; k < N; k++) sum += a[i * N + k] * a[j * N + k];
            s[i * N + j] = sum;
        }
    }
    memcpy(l, s, sizeof s);
    assert_true(cmi_cholesky_factor(l, N));
    for (int i = 0; i < N; i++) b[i] = 1.0 + i;
    cmi_cholesky_solve(l, N, b);
    cmi_matrix_vector(s, N, N, b, back);
    for (int i = 0; i < N; i++) CM_ASSERT_CLOSE(back[i], 1.0 + i, 1e-10, 0);
    cmi_cholesky_invert(l, N, inverse);
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            double sum = 0.0;
            for (int k = 0; k < N; k++) sum += inverse[i * N + k] * s[k * N + j];
            CM_ASSERT_CLOSE(sum, i == j, 0, 1e-10);
            CM_ASSERT_SAME(inverse[i * N + j], inverse[j * N + i]);
        }
    }
    double small[4] = { 4, 99, 2, 10 },
           indefinite[4] = { 1, 2, 2, 1 }; /* the upper triangle is not read */
    assert_true(cmi_cholesky_factor(small, 2));
    CM_ASSERT_CLOSE(cmi_cholesky_log_det(small, 2), 3.58351893845611, 1e-14, 0); /* log 36 */
    assert_false(cmi_cholesky_factor(indefinite, 2));
}

static void test_linalg__eigen(void **state)
{
    (void)state;
    /* Golub & Van Loan style: 2, -1 tridiagonal of 3 has 2 + sqrt(2), 2, 2 - sqrt(2) */
    double a[9] = { 2, -1, 0, -1, 2, -1, 0, -1, 2 }, copy[9], values[3], vectors[9];
    memcpy(copy, a, sizeof a);
    cmi_symmetric_eigen(copy, 3, values, vectors);
    CM_ASSERT_CLOSE(values[0], 3.414213562373095, 1e-14, 0);
    CM_ASSERT_CLOSE(values[1], 2.0, 1e-14, 0);
    CM_ASSERT_CLOSE(values[2], 0.585786437626905, 1e-14, 0);
    for (int k = 0; k < 3; k++) {
        double out[3];
        cmi_matrix_vector(a, 3, 3, vectors + 3 * k, out);
        for (int i = 0; i < 3; i++)
            CM_ASSERT_CLOSE(out[i], values[k] * vectors[3 * k + i], 0, 1e-14);
    }
    double diagonal[4] = { 1, 0, 0, 5 };
    cmi_symmetric_eigen(diagonal, 2, values, NULL);
    CM_ASSERT_SAME(values[0], 5.0);
    CM_ASSERT_SAME(values[1], 1.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_linalg__lu),
        cmocka_unit_test(test_linalg__cholesky),
        cmocka_unit_test(test_linalg__eigen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
