/* SPDX-License-Identifier: MIT */
#include "cm_test.h"

#include "math/rng.h"
#include "math/transcend.h"
#include "reference_transcend.h"

#define EACH(row, table) for (size_t row = 0; row < sizeof(table) / sizeof *(table); row++)
#define ULP              2.2204460492503131e-16

static void test_transcend__reference(void **state)
{
    (void)state;
    EACH(i, REF_EXP) CM_ASSERT_CLOSE(cmi_exp(REF_EXP[i][0]), REF_EXP[i][1], ULP, 5e-324);
    EACH(i, REF_EXPM1) CM_ASSERT_CLOSE(cmi_expm1(REF_EXPM1[i][0]), REF_EXPM1[i][1], ULP, 0);
    EACH(i, REF_LOG) CM_ASSERT_CLOSE(cmi_log(REF_LOG[i][0]), REF_LOG[i][1], ULP, 0);
    EACH(i, REF_LOG1P) CM_ASSERT_CLOSE(cmi_log1p(REF_LOG1P[i][0]), REF_LOG1P[i][1], ULP, 0);
    EACH(i, REF_LOG10) CM_ASSERT_CLOSE(cmi_log10(REF_LOG10[i][0]), REF_LOG10[i][1], ULP, 0);
    EACH(i, REF_POW)
    {
        CM_ASSERT_CLOSE(cmi_pow(REF_POW[i][0], REF_POW[i][1]), REF_POW[i][2], ULP, 0);
    }
}

/* Abramowitz & Stegun, Handbook of Mathematical Functions, tables 4.2 (log) and 4.4 (exp). */
static void test_transcend__published(void **state)
{
    (void)state;
    CM_ASSERT_CLOSE(cmi_log(2.0), 0.6931471805599453, 1e-16, 0);
    CM_ASSERT_CLOSE(cmi_log(10.0), 2.302585092994046, 1e-16, 0);
    CM_ASSERT_CLOSE(cmi_exp(1.0), 2.718281828459045, 1e-16, 0);
    CM_ASSERT_CLOSE(cmi_exp(-1.0), 0.36787944117144233, 1e-16, 0);
}

static void test_transcend__ends(void **state)
{
    (void)state;
    const double inf = (double)INFINITY, nan = (double)NAN;
    CM_ASSERT_SAME(cmi_exp(0.0), 1.0);
    CM_ASSERT_SAME(cmi_exp(710.0), inf);
    CM_ASSERT_SAME(cmi_exp(inf), inf);
    CM_ASSERT_SAME(cmi_exp(-inf), 0.0);
    CM_ASSERT_SAME(cmi_exp(-745.2), 0.0);
    CM_ASSERT_SAME(cmi_exp(nan), nan);
    CM_ASSERT_SAME(cmi_expm1(-0.0), -0.0);
    CM_ASSERT_SAME(cmi_expm1(-inf), -1.0);
    CM_ASSERT_SAME(cmi_expm1(800.0), inf);
    CM_ASSERT_SAME(cmi_expm1(nan), nan);
    CM_ASSERT_SAME(cmi_log(1.0), 0.0);
    CM_ASSERT_SAME(cmi_log(0.0), -inf);
    CM_ASSERT_SAME(cmi_log(-0.0), -inf);
    CM_ASSERT_SAME(cmi_log(-1.0), nan);
    CM_ASSERT_SAME(cmi_log(-inf), nan);
    CM_ASSERT_SAME(cmi_log(inf), inf);
    CM_ASSERT_SAME(cmi_log(nan), nan);
    CM_ASSERT_SAME(cmi_log1p(-1.0), -inf);
    CM_ASSERT_SAME(cmi_log1p(-1.5), nan);
    CM_ASSERT_SAME(cmi_log1p(-0.0), -0.0);
    CM_ASSERT_SAME(cmi_log1p(inf), inf);
    CM_ASSERT_SAME(cmi_log10(0.0), -inf);
    CM_ASSERT_SAME(cmi_log2(inf), inf);
    for (int k = -300; k <= 300; k++) CM_ASSERT_SAME(cmi_log2(ldexp(1.0, k)), (double)k);
    double ten = 1.0;
    for (int k = 0; k <= 22; k++, ten *= 10.0) CM_ASSERT_SAME(cmi_log10(ten), (double)k);
}

static void test_transcend__powers(void **state)
{
    (void)state;
    const double inf = (double)INFINITY, nan = (double)NAN;
    CM_ASSERT_SAME(cmi_pow(nan, 0.0), 1.0);
    CM_ASSERT_SAME(cmi_pow(1.0, nan), 1.0);
    CM_ASSERT_SAME(cmi_pow(nan, 1.0), nan);
    CM_ASSERT_SAME(cmi_pow(-2.0, 3.0), -8.0);
    CM_ASSERT_SAME(cmi_pow(-2.0, 4.0), 16.0);
    CM_ASSERT_SAME(cmi_pow(-2.0, 0.5), nan);
    CM_ASSERT_SAME(cmi_pow(-1.0, 1e300), 1.0);
    CM_ASSERT_SAME(cmi_pow(0.0, 2.0), 0.0);
    CM_ASSERT_SAME(cmi_pow(0.0, -2.0), inf);
    CM_ASSERT_SAME(cmi_pow(inf, 0.5), inf);
    CM_ASSERT_SAME(cmi_pow(inf, -0.5), 0.0);
    CM_ASSERT_SAME(cmi_pow(2.0, inf), inf);
    CM_ASSERT_SAME(cmi_pow(2.0, -inf), 0.0);
    CM_ASSERT_SAME(cmi_pow(0.5, inf), 0.0);
    CM_ASSERT_SAME(cmi_pow(2.0, 1024.0), inf);
    CM_ASSERT_SAME(cmi_pow(2.0, -1080.0), 0.0);
    CM_ASSERT_SAME(cmi_pow(5e-324, 1.0), 5e-324);
}

static void test_transcend__arrays_are_the_scalar(void **state)
{
    (void)state;
    enum { N = 1003 };
    double x[N], y[N], z[N];
    for (uint32_t i = 0; i < N; i++) {
        x[i] = 1500.0 * (cmi_random_uniform(1, 0, 0, i) - 0.5);
        z[i] = cmi_exp(x[i]);
    }
    x[3] = (double)INFINITY;
    x[500] = (double)NAN;
    x[7] = -0.0;
    cmi_exp_n(x, y, N);
    for (int i = 0; i < N; i++) CM_ASSERT_SAME(y[i], cmi_exp(x[i]));
    z[11] = -1.0;
    z[12] = 0.0;
    z[13] = 5e-324;
    cmi_log_n(z, y, N);
    for (int i = 0; i < N; i++) CM_ASSERT_SAME(y[i], cmi_log(z[i]));
    cmi_log_n(z, z, N); /* in place */
    for (int i = 0; i < N; i++) CM_ASSERT_SAME(z[i], y[i]);
    for (size_t n = 0; n < 20; n++) {
        double tail[20] = { 0 };
        cmi_exp_n(x + 20, tail, n);
        for (size_t i = 0; i < 20; i++) CM_ASSERT_SAME(tail[i], i < n ? cmi_exp(x[20 + i]) : 0.0);
    }
}

/* A fingerprint of many results: the same on every processor and compiler, or the promise is
 * broken. */
static void test_transcend__bits(void **state)
{
    (void)state;
    uint64_t hash = UINT64_C(14695981039346656037);
    for (uint32_t i = 0; i < 20000; i++) {
        double u = cmi_random_uniform(2, 0, 0, i);
        double value[6] = { cmi_exp(1400 * u - 700), cmi_log(1e3 * u),       cmi_log1p(4 * u - 0.9),
                            cmi_expm1(8 * u - 4),    cmi_pow(1 + u, 30 - u), cmi_log10(u) };
        for (int k = 0; k < 6; k++) hash = (hash ^ cmi_bits_of(value[k])) * UINT64_C(1099511628211);
    }
    assert_int_equal(hash, UINT64_C(0x85a371f0ce0612a6));
}

static void test_transcend__sums_of_exponentials(void **state)
{
    (void)state;
    const double inf = (double)INFINITY;
    const double x[3] = { -1000.0, -1001.0, -1002.0 };
    CM_ASSERT_CLOSE(cmi_logsumexp(x, 3), -1000.0 + 0.40760596444438, 1e-15,
                    0); /* log(1 + 1/e + 1/e^2) */
    CM_ASSERT_SAME(cmi_logsumexp(x, 0), -inf);
    CM_ASSERT_SAME(cmi_logsumexp((double[]){ -inf, -inf }, 2), -inf);
    CM_ASSERT_SAME(cmi_logsumexp((double[]){ 1.0, inf }, 2), inf);
    CM_ASSERT_CLOSE(cmi_logaddexp(800.0, 800.0), 800.69314718055994531, 1e-15, 0);
    CM_ASSERT_SAME(cmi_logaddexp(-inf, 3.0), 3.0);
    CM_ASSERT_SAME(cmi_logaddexp(-inf, -inf), -inf);
    CM_ASSERT_CLOSE(cmi_log1mexp(-1e-20), -46.051701859880914, 1e-15, 0);
    CM_ASSERT_CLOSE(cmi_log1mexp(-50.0), -1.9287498479639178e-22, 1e-15, 0);
    CM_ASSERT_SAME(cmi_log1mexp(0.0), -inf);
    CM_ASSERT_SAME(cmi_log1mexp(1.0), (double)NAN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transcend__reference),
        cmocka_unit_test(test_transcend__published),
        cmocka_unit_test(test_transcend__ends),
        cmocka_unit_test(test_transcend__powers),
        cmocka_unit_test(test_transcend__arrays_are_the_scalar),
        cmocka_unit_test(test_transcend__bits),
        cmocka_unit_test(test_transcend__sums_of_exponentials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
