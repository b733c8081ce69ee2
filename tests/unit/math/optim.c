/* SPDX-License-Identifier: MIT */
#include "cm_test.h"

#include "math/linalg.h"
#include "math/optim.h"
#include "math/transcend.h"

enum { N = 10, MEMORY = 6 };

/* Rosenbrock 1960, doi:10.1093/comjnl/3.3.175, in pairs; minimum 0 at 1, 1, ... */
static double rosenbrock(void *user, const double *x, double *g)
{
    int64_t n = *(int64_t *)user;
    double f = 0.0;
    for (int64_t i = 0; i < n; i += 2) {
        double a = 1.0 - x[i], b = x[i + 1] - x[i] * x[i];
        f += a * a + 100.0 * b * b;
        g[i] = -2.0 * a - 400.0 * x[i] * b;
        g[i + 1] = 200.0 * b;
    }
    return f;
}

static double rosenbrock2(void *user, const double *x, double *g, double *h)
{
    h[0] = 2.0 - 400.0 * (x[1] - 3.0 * x[0] * x[0]);
    h[1] = h[2] = -400.0 * x[0];
    h[3] = 200.0;
    return rosenbrock(user, x, g);
}

/* x - log x, which is not a number left of 0. */
static double barrier(void *user, const double *x, double *g)
{
    (void)user;
    *g = 1.0 - 1.0 / *x;
    return *x - cmi_log(*x);
}

/* Gamma likelihood in log parameters has a scale of its own: n log-likelihoods of exponential data.
 */
static double exponential_fit(void *user, const double *x, double *g)
{
    double n = *(double *)user, rate = cmi_exp(*x);
    *g = -n * (1.0 - 2.5 * rate);
    return -n * (*x - 2.5 * rate);
}

static double line(void *user, const double *x, double *g)
{
    (void)user;
    *g = -1.0;
    return -*x;
}

static double broken(void *user, const double *x, double *g)
{
    (void)user;
    *g = 1.0;
    return *x + (double)NAN;
}

/* A gradient that lies about its sign: no step can fall. */
static double liar(void *user, const double *x, double *g)
{
    (void)user;
    *g = -2.0 * (*x + 3.0);
    return (*x + 3.0) * (*x + 3.0);
}

static double liar2(void *user, const double *x, double *g, double *h)
{
    *h = 2.0;
    return liar(user, x, g);
}

static void test_optim__lbfgs(void **state)
{
    (void)state;
    double x[N], scratch[4 * N + 2 * MEMORY * N + 2 * MEMORY];
    int64_t n = N;
    cmi_fit_limits limits = cmi_fit_defaults();
    assert_int_equal(cmi_lbfgs_scratch(N, MEMORY), sizeof scratch / sizeof *scratch);
    for (int i = 0; i < N; i += 2) {
        x[i] = -1.2;
        x[i + 1] = 1.0;
    }
    cmi_fit_report r = cmi_lbfgs(rosenbrock, &n, x, N, MEMORY, &limits, scratch);
    assert_true(r.converged);
    assert_int_equal(r.reason, CMI_STOP_GRADIENT);
    assert_true(r.evaluations < 100);
    for (int i = 0; i < N; i++) CM_ASSERT_CLOSE(x[i], 1.0, 1e-7, 0);

    x[0] = 1000.0; /* first steps fall off the domain */
    r = cmi_lbfgs(barrier, NULL, x, 1, MEMORY, &limits, scratch);
    assert_true(r.converged);
    CM_ASSERT_CLOSE(x[0], 1.0, 1e-8, 0);
    x[0] = 1e-12;
    r = cmi_lbfgs(barrier, NULL, x, 1, MEMORY, &limits, scratch);
    assert_true(r.converged);
    CM_ASSERT_CLOSE(x[0], 1.0, 1e-8, 0);

    for (double weight = 1e-3; weight < 1e12; weight *= 1e3) { /* the answer does not depend on n */
        x[0] = 3.0;
        r = cmi_lbfgs(exponential_fit, &weight, x, 1, MEMORY, &limits, scratch);
        assert_true(r.converged);
        CM_ASSERT_CLOSE(x[0], -0.9162907318741551, 2e-6, 0);
    }
}

static void test_optim__reasons(void **state)
{
    (void)state;
    double x[2] = { -1.2, 1.0 }, scratch[4 * 2 + 4 * MEMORY + 2 * MEMORY];
    int64_t n = 2;
    cmi_fit_limits few = { 5, 2000, 1e-9 }, short_of_calls = { 500, 7, 1e-9 },
                   limits = cmi_fit_defaults();
    cmi_fit_report r = cmi_lbfgs(rosenbrock, &n, x, 2, MEMORY, &few, scratch);
    assert_int_equal(r.reason, CMI_STOP_ITERATIONS);
    assert_false(r.converged);
    assert_true(r.value < 24.2); /* the best point is kept */
    double g[2];
    CM_ASSERT_SAME(rosenbrock(&n, x, g), r.value);
    r = cmi_lbfgs(rosenbrock, &n, x, 2, MEMORY, &short_of_calls, scratch);
    assert_true(r.reason == CMI_STOP_EVALUATIONS || r.reason == CMI_STOP_NO_PROGRESS);
    assert_false(r.converged);
    x[0] = 0.0;
    r = cmi_lbfgs(line, NULL, x, 1, MEMORY, &limits, scratch);
    assert_int_equal(r.reason, CMI_STOP_UNBOUNDED);
    assert_false(r.converged);
    r = cmi_lbfgs(broken, NULL, x, 1, MEMORY, &limits, scratch);
    assert_int_equal(r.reason, CMI_STOP_BAD_START);
    assert_false(r.converged);
    x[0] = 1.0;
    r = cmi_lbfgs(liar, NULL, x, 1, MEMORY, &limits, scratch);
    assert_int_equal(r.reason, CMI_STOP_NO_PROGRESS);
    assert_false(r.converged);
    CM_ASSERT_SAME(x[0], 1.0);
}

static void test_optim__newton(void **state)
{
    (void)state;
    double x[2] = { -1.2, 1.0 }, h[4], expected[4], g[2], scratch[6];
    int64_t n = 2;
    cmi_fit_limits limits = cmi_fit_defaults(), none = { 0, 2000, 1e-9 };
    cmi_fit_report r = cmi_newton(rosenbrock2, &n, x, 2, &limits);
    assert_true(r.converged);
    assert_true(r.iterations < 40);
    CM_ASSERT_CLOSE(x[0], 1.0, 1e-9, 0);
    x[0] = 0.0; /* the Hessian is not positive definite here: a ridge is needed */
    x[1] = 2.0;
    r = cmi_newton(rosenbrock2, &n, x, 2, &limits);
    assert_true(r.converged);
    CM_ASSERT_CLOSE(x[1], 1.0, 1e-9, 0);
    cmi_fit_limits few_calls = { 500, 3, 1e-9 };
    x[0] = -1.2;
    r = cmi_newton(rosenbrock2, &n, x, 2, &few_calls);
    assert_int_equal(r.reason, CMI_STOP_EVALUATIONS);
    r = cmi_newton(liar2, NULL, x, 1, &limits);
    assert_int_equal(r.reason, CMI_STOP_NO_PROGRESS);
    assert_false(r.converged);
    x[0] = -1.2;
    r = cmi_newton(rosenbrock2, &n, x, 2, &none);
    assert_int_equal(r.reason, CMI_STOP_ITERATIONS);
    assert_false(r.converged);
    CM_ASSERT_SAME(x[0], -1.2);
    x[0] = (double)NAN;
    r = cmi_newton(rosenbrock2, &n, x, 2, &limits);
    assert_int_equal(r.reason, CMI_STOP_BAD_START);
    r = cmi_newton(rosenbrock2, &n, x, CMI_NEWTON_MAX + 1, &limits);
    assert_int_equal(r.reason, CMI_STOP_BAD_START);
    x[0] = 0.7;
    x[1] = -0.4;
    assert_true(cmi_numeric_hessian(rosenbrock, &n, x, 2, h, scratch));
    rosenbrock2(&n, x, g, expected);
    for (int i = 0; i < 4; i++) CM_ASSERT_CLOSE(h[i], expected[i], 1e-8, 0);
    CM_ASSERT_SAME(h[1], h[2]);
    x[0] = 0.0;
    assert_false(cmi_numeric_hessian(barrier, NULL, (double[]){ (double)INFINITY }, 1, h, scratch));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_optim__lbfgs),
        cmocka_unit_test(test_optim__reasons),
        cmocka_unit_test(test_optim__newton),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
