/* SPDX-License-Identifier: MIT */
#include "cm_test.h"

#include "math/dist.h"
#include "math/erf.h"
#include "math/gamma.h"
#include "math/hyper.h"
#include "math/incomplete.h"
#include "math/quadrature.h"
#include "math/rng.h"
#include "math/root.h"
#include "math/transcend.h"
#include "reference_special.h"

#define EACH(row, table) for (size_t row = 0; row < sizeof(table) / sizeof *(table); row++)
#define ULP              2.2204460492503131e-16

static void test_special__error_function(void **state)
{
    (void)state;
    EACH(i, REF_ERF) CM_ASSERT_CLOSE(cmi_erf(REF_ERF[i][0]), REF_ERF[i][1], 2 * ULP, 0);
    EACH(i, REF_ERFC) CM_ASSERT_CLOSE(cmi_erfc(REF_ERFC[i][0]), REF_ERFC[i][1], 4 * ULP, 0);
    EACH(i, REF_ERFCX) CM_ASSERT_CLOSE(cmi_erfcx(REF_ERFCX[i][0]), REF_ERFCX[i][1], 4 * ULP, 0);
    /* A&S table 7.1 */
    CM_ASSERT_CLOSE(cmi_erf(0.5), 0.5204998778, 0, 5e-11);
    CM_ASSERT_CLOSE(cmi_erf(1.0), 0.8427007929, 0, 5e-11);
    CM_ASSERT_CLOSE(cmi_erf(2.0), 0.9953222650, 0, 5e-11);
    CM_ASSERT_SAME(cmi_erf((double)INFINITY), 1.0);
    CM_ASSERT_SAME(cmi_erf(-(double)INFINITY), -1.0);
    CM_ASSERT_SAME(cmi_erf((double)NAN), (double)NAN);
    CM_ASSERT_SAME(cmi_erfc(-(double)INFINITY), 2.0);
    CM_ASSERT_SAME(cmi_erfc(30.0), 0.0);
    CM_ASSERT_SAME(cmi_erfc((double)NAN), (double)NAN);
    CM_ASSERT_SAME(cmi_erfcx(-1.0), (double)NAN);
    CM_ASSERT_CLOSE(cmi_erfcx(1e300), 0.5641895835477563e-300, 1e-15, 0);
}

static void test_special__gamma(void **state)
{
    (void)state;
    EACH(i, REF_LGAMMA) CM_ASSERT_CLOSE(cmi_lgamma(REF_LGAMMA[i][0]), REF_LGAMMA[i][1], 3 * ULP, 0);
    EACH(i, REF_DIGAMMA)
    {
        CM_ASSERT_CLOSE(cmi_digamma(REF_DIGAMMA[i][0]), REF_DIGAMMA[i][1], 4 * ULP, 2e-15);
    }
    EACH(i, REF_TRIGAMMA)
    {
        CM_ASSERT_CLOSE(cmi_trigamma(REF_TRIGAMMA[i][0]), REF_TRIGAMMA[i][1], 4 * ULP, 0);
    }
    /* A&S tables 6.1 and 6.3: Gamma(1.5), psi(1), psi(2), psi'(1) = pi^2/6 */
    CM_ASSERT_CLOSE(cmi_exp(cmi_lgamma(1.5)), 0.8862269255, 0, 5e-11);
    CM_ASSERT_CLOSE(cmi_digamma(1.0), -0.5772156649, 0, 5e-11);
    CM_ASSERT_CLOSE(cmi_digamma(2.0), 0.4227843351, 0, 5e-11);
    CM_ASSERT_CLOSE(cmi_trigamma(1.0), 1.6449340668482264, 3e-16, 0);
    CM_ASSERT_SAME(cmi_lgamma(1.0), 0.0);
    CM_ASSERT_SAME(cmi_lgamma(2.0), 0.0);
    CM_ASSERT_SAME(cmi_lgamma(0.0), (double)INFINITY);
    CM_ASSERT_SAME(cmi_lgamma(-1.0), (double)NAN);
    CM_ASSERT_SAME(cmi_lgamma((double)INFINITY), (double)INFINITY);
    CM_ASSERT_SAME(cmi_digamma(0.0), -(double)INFINITY);
    CM_ASSERT_SAME(cmi_trigamma(0.0), (double)INFINITY);
    CM_ASSERT_SAME(cmi_digamma(-1.0), (double)NAN);
    CM_ASSERT_SAME(cmi_trigamma(-1.0), (double)NAN);
}

/* Values from mpmath 1.3.0 with 60 digits. */
static void test_special__gamma_family(void **state)
{
    (void)state;
    CM_ASSERT_CLOSE(cmi_lgamma1p(1e-10), -5.772156648192862e-11, 1e-15, 0);
    CM_ASSERT_CLOSE(cmi_lgamma1p(-0.1), 0.06637623973474297, 1e-15, 0);
    CM_ASSERT_CLOSE(cmi_lgamma1p(4.0), 3.1780538303479456, 1e-15, 0);
    CM_ASSERT_CLOSE(cmi_lbeta(1.0, 1.0), 0.0, 0, 1e-15);
    CM_ASSERT_CLOSE(cmi_lbeta(2.0, 3.0), -2.4849066497880004, 1e-15, 0); /* 1/12 */
    CM_ASSERT_CLOSE(cmi_lbeta(0.5, 1e10), -10.940560522033028, 1e-14, 0);
    CM_ASSERT_CLOSE(cmi_lbeta(1e6, 2e6), -1909548.2909685330, 1e-14, 0);
    CM_ASSERT_CLOSE(cmi_lpoch(1e12, 3.0), 82.893063347788645, 1e-15, 0);
    CM_ASSERT_CLOSE(cmi_lpoch(2.0, 3.0), 3.1780538303479458, 1e-15, 0);
    CM_ASSERT_CLOSE(cmi_stirling_error(1.0), 1.0 - 0.91893853320467274178, 1e-14, 0);
    CM_ASSERT_SAME(cmi_lbeta(0.0, 1.0), (double)INFINITY);
    CM_ASSERT_SAME(cmi_lbeta(-1.0, 1.0), (double)NAN);
}

static void test_special__incomplete_gamma(void **state)
{
    (void)state;
    EACH(i, REF_GAMMA_LOWER)
    {
        const double *r = REF_GAMMA_LOWER[i];
        CM_ASSERT_CLOSE(cmi_gamma_tails(r[0], r[1]).lower, r[2], 1e-14 * (1.0 - cmi_log(r[2])), 0);
    }
    EACH(i, REF_GAMMA_UPPER)
    {
        const double *r = REF_GAMMA_UPPER[i];
        cmi_tails t = cmi_gamma_tails(r[0], r[1]);
        if (r[2] > 1e-300) CM_ASSERT_CLOSE(t.upper, r[2], 1e-14 * (1.0 - cmi_log(r[2])), 0);
        if (r[2] > 1e-300) CM_ASSERT_CLOSE(t.log_upper, cmi_log(r[2]), 1e-13, 1e-14);
    }
    CM_ASSERT_SAME(cmi_gamma_tails(2.0, 0.0).lower, 0.0);
    CM_ASSERT_SAME(cmi_gamma_tails(2.0, (double)INFINITY).upper, 0.0);
    CM_ASSERT_SAME(cmi_gamma_tails(0.0, 1.0).lower, (double)NAN);
    CM_ASSERT_SAME(cmi_gamma_tails(1.0, -1.0).lower, (double)NAN);
    CM_ASSERT_CLOSE(cmi_gamma_tails(1.0, 5000.0).log_upper, -5000.0, 1e-15, 0); /* Q(1, x) = e^-x */
}

static void test_special__incomplete_beta(void **state)
{
    (void)state;
    EACH(i, REF_BETA_LOWER)
    {
        const double *r = REF_BETA_LOWER[i];
        cmi_tails t = cmi_beta_tails(r[0], r[1], r[2], 1.0 - r[2]);
        if (r[3] > 1e-300) CM_ASSERT_CLOSE(t.lower, r[3], 5e-14 * (1.0 - cmi_log(r[3])), 0);
    }
    EACH(i, REF_BETA_UPPER)
    {
        const double *r = REF_BETA_UPPER[i];
        cmi_tails t = cmi_beta_tails(r[0], r[1], r[2], 1.0 - r[2]);
        if (r[3] > 1e-300) CM_ASSERT_CLOSE(t.upper, r[3], 5e-14 * (1.0 - cmi_log(r[3])), 0);
    }
    CM_ASSERT_CLOSE(cmi_beta_tails(1.0, 3.0, 0.25, 0.75).upper, 0.421875, 1e-15, 0); /* (3/4)^3 */
    CM_ASSERT_SAME(cmi_beta_tails(2.0, 3.0, 0.0, 1.0).lower, 0.0);
    CM_ASSERT_SAME(cmi_beta_tails(2.0, 3.0, 1.0, 0.0).upper, 0.0);
    CM_ASSERT_SAME(cmi_beta_tails(0.0, 3.0, 0.5, 0.5).upper, (double)NAN);
}

static void test_special__inverses(void **state)
{
    (void)state;
    const double shapes[] = { 0.01, 0.3, 1.0, 7.5, 300.0, 1e5 };
    const double tails[] = { 1e-200, 1e-20, 1e-3, 0.1, 0.5, 0.7, 0.999 };
    EACH(i, shapes) EACH(j, tails)
    {
        double a = shapes[i], p = tails[j], x = cmi_gamma_inverse_lower(a, p);
        double allowed = 1e-13 * (1.0 - cmi_log(p)) * (1.0 + sqrt(a)); /* digits of log x */
        if (x > 1e-290) CM_ASSERT_CLOSE(cmi_gamma_tails(a, x).lower, p, allowed, 0);
        x = cmi_gamma_inverse_upper(a, p);
        if (x > 1e-290) CM_ASSERT_CLOSE(cmi_gamma_tails(a, x).upper, p, allowed, 0);
        EACH(k, shapes)
        {
            double y, b = shapes[k];
            x = cmi_beta_inverse_lower(a, b, p, &y);
            if (x > 1e-290 && y > 1e-290) {
                CM_ASSERT_CLOSE(cmi_beta_tails(a, b, x, y).lower, p, 1e-10, 0);
                CM_ASSERT_CLOSE(x + y, 1.0, 4e-16, 0);
            }
            x = cmi_beta_inverse_upper(a, b, p, &y);
            if (x > 1e-290 && y > 1e-290)
                CM_ASSERT_CLOSE(cmi_beta_tails(a, b, x, y).upper, p, 1e-10, 0);
        }
    }
    CM_ASSERT_SAME(cmi_gamma_inverse_lower(2.0, 0.0), 0.0);
    CM_ASSERT_SAME(cmi_gamma_inverse_lower(2.0, 1.0), (double)INFINITY);
    CM_ASSERT_SAME(cmi_gamma_inverse_upper(2.0, 0.0), (double)INFINITY);
    CM_ASSERT_SAME(cmi_gamma_inverse_lower(2.0, 1.5), (double)NAN);
    CM_ASSERT_SAME(cmi_beta_inverse_lower(2.0, 3.0, 0.0, NULL), 0.0);
    CM_ASSERT_SAME(cmi_beta_inverse_upper(2.0, 3.0, 0.0, NULL), 1.0);
    CM_ASSERT_SAME(cmi_beta_inverse_upper(2.0, 3.0, -1.0, NULL), (double)NAN);
}

static void test_special__gauss(void **state)
{
    (void)state;
    EACH(i, REF_LOG_2F1)
    {
        const double *r = REF_LOG_2F1[i];
        cmi_scaled f = cmi_hyp2f1(r[0], r[1], r[2], r[3], 1.0 - r[3]);
        assert_int_equal(f.sign, 1);
        CM_ASSERT_CLOSE(f.log_size, r[4], 3e-13, 3e-13);
    }
    /* DLMF 15.4.1: 2F1(1,1;2;z) = -log(1-z)/z; 15.4.6: 2F1(a,b;b;z) = (1-z)^-a */
    CM_ASSERT_CLOSE(cmi_exp(cmi_hyp2f1(1, 1, 2, 0.5, 0.5).log_size), 2 * 0.6931471805599453, 1e-15,
                    0);
    CM_ASSERT_CLOSE(cmi_hyp2f1(3.5, 2.0, 2.0, 0.75, 0.25).log_size, 3.5 * 1.3862943611198906, 1e-14,
                    0);
    CM_ASSERT_CLOSE(cmi_hyp2f1(3.5, 2.0, 2.0, -3.0, 4.0).log_size, -3.5 * 1.3862943611198906, 1e-14,
                    0);
    /* beyond the range of doubles: mpmath 1.3.0, 60 digits */
    CM_ASSERT_CLOSE(cmi_hyp2f1(700.0, 900.0, 1500.0, 0.875, 0.125).log_size, 687.1878792593171,
                    1e-13, 0);
    CM_ASSERT_CLOSE(cmi_hyp2f1(700.0, 900.0, 60.0, 0.5, 0.5).log_size, 1689.1519499567169, 1e-13,
                    0);
    CM_ASSERT_CLOSE(cmi_hyp2f1(700.0, 900.0, 60.0, 0.95, 0.05).log_size, 5437.230301363379, 1e-12,
                    0);
    /* a polynomial with a negative value: 2F1(-1, 3; 1; z) = 1 - 3z */
    cmi_scaled f = cmi_hyp2f1(-1.0, 3.0, 1.0, 0.95, 0.05);
    assert_int_equal(f.sign, -1);
    CM_ASSERT_CLOSE(f.log_size, cmi_log(1.85), 1e-14, 0);
    CM_ASSERT_SAME(cmi_hyp2f1(2.0, 3.0, 4.0, 0.0, 1.0).log_size, 0.0);
    assert_int_equal(cmi_hyp2f1(2.0, 3.0, 4.0, 1.0, 0.0).sign, 0);
    assert_int_equal(cmi_hyp2f1(2.0, 3.0, -4.0, 0.5, 0.5).sign, 0);
    CM_ASSERT_SAME(cmi_hyp2f1(2.0, 3.0, 4.0, -(double)INFINITY, (double)INFINITY).log_size,
                   -(double)INFINITY);
}

static void test_special__tricomi(void **state)
{
    (void)state;
    EACH(i, REF_LOG_U)
    {
        const double *r = REF_LOG_U[i];
        CM_ASSERT_CLOSE(cmi_log_tricomi_u(r[0], r[1], r[2]), r[3], 1e-13, 1e-13);
    }
    CM_ASSERT_CLOSE(cmi_log_tricomi_u(2.5, 3.5, 7.0), -2.5 * cmi_log(7.0), 1e-13,
                    0); /* DLMF 13.6.4: U(a,a+1,z) = z^-a */
    CM_ASSERT_SAME(cmi_log_tricomi_u(0.0, 1.0, 1.0), (double)NAN);
    CM_ASSERT_SAME(cmi_log_tricomi_u(1.0, 1.0, 0.0), (double)NAN);
}

static double tenth_power(double x, const void *user)
{
    (void)user;
    return cmi_pow(x, 10.0);
}

static double minus_square(double u, const void *user)
{
    (void)user;
    return -u * u;
}

static double cube_minus(double u, double *slope, const void *user)
{
    *slope = 3.0 * u * u;
    return u * u * u - *(const double *)user;
}

static void test_special__quadrature_and_roots(void **state)
{
    (void)state;
    CM_ASSERT_CLOSE(cmi_gauss_legendre(tenth_power, NULL, 0.0, 2.0, 1), 2048.0 / 11.0, 1e-15, 0);
    CM_ASSERT_CLOSE(cmi_gauss_legendre(tenth_power, NULL, 0.0, 2.0, 7), 2048.0 / 11.0, 1e-15, 0);
    CM_ASSERT_CLOSE(cmi_log_integral(minus_square, NULL, 0.3), 0.5723649429247001, 1e-14,
                    0); /* log(pi)/2 */
    double cube = 27.0;
    CM_ASSERT_CLOSE(cmi_find_root(cube_minus, &cube, -10.0, 100.0, 0.0), 3.0, 1e-15, 0);
    CM_ASSERT_CLOSE(cmi_find_root(cube_minus, &cube, 5.0, 100.0, 7.0), 5.0, 1e-14,
                    0); /* crosses outside */
}

/* A fingerprint: the same bits on every processor and compiler. */
static void test_special__bits(void **state)
{
    (void)state;
    uint64_t hash = UINT64_C(14695981039346656037);
    for (uint32_t i = 0; i < 500; i++) {
        double u = cmi_random_uniform(2, 1, 0, i), v = cmi_random_uniform(2, 2, 0, i), y;
        double value[8] = { cmi_erfc(6 * u - 2),
                            cmi_lgamma(30 * u),
                            cmi_digamma(9 * u),
                            cmi_gamma_tails(20 * u, 20 * v).log_lower,
                            cmi_beta_inverse_lower(9 * u, 4 * v, 0.3, &y),
                            cmi_gamma_inverse_upper(9 * u, v),
                            cmi_hyp2f1(9 * u, 3 * v, 5.0 + u, 1.0 - v * v, v * v).log_size,
                            cmi_normal_quantile(v) };
        for (int k = 0; k < 8; k++) hash = (hash ^ cmi_bits_of(value[k])) * UINT64_C(1099511628211);
    }
    assert_int_equal(hash, UINT64_C(0xb7284b08da9f25b0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_special__error_function),
        cmocka_unit_test(test_special__gamma),
        cmocka_unit_test(test_special__gamma_family),
        cmocka_unit_test(test_special__incomplete_gamma),
        cmocka_unit_test(test_special__incomplete_beta),
        cmocka_unit_test(test_special__inverses),
        cmocka_unit_test(test_special__gauss),
        cmocka_unit_test(test_special__tricomi),
        cmocka_unit_test(test_special__quadrature_and_roots),
        cmocka_unit_test(test_special__bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
