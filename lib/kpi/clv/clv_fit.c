/* SPDX-License-Identifier: MIT */
#include "kpi/clv/clv_fit.h"

#include <math.h>

#include "math/linalg.h"
#include "math/optim.h"
#include "math/transcend.h"

/* Finding the maximum. theta = log(p / unit): no bounds, and nothing depends on the unit of time.
 */

enum {
    MAX = CMI_CLV_MAX_PARAMETERS,
    MEMORY = 8,
    SCRATCH = 4 * MAX + 2 * MEMORY * MAX + 2 * MEMORY
};

#define LARGEST_STEP  1e-5  /* Newton's next step in theta, at a maximum */
#define LARGEST_ERROR 100.0 /* standard error of theta: beyond it the likelihood is flat */

typedef struct search {
    const cmi_clv_problem *problem;
    cm_status status; /* the first failure of the likelihood: the search then sees only NaN */
    double scratch[SCRATCH];
} search;

/* Minus the penalised log-likelihood at theta, with derivatives by the chain rule. */
static double descend(search *s, const double *theta, double *gradient, double *hessian)
{
    const cmi_clv_problem *q = s->problem;
    int n = q->n_parameters;
    double p[MAX] = { 0 };

    for (int i = 0; i < n; i++) {
        p[i] = q->unit[i] * cmi_exp(theta[i]);
        gradient[i] = (double)NAN;
        if (!(p[i] >= 1e-100 && p[i] <= 1e100)) return (double)NAN;
    }
    if (s->status != CM_OK) return (double)NAN;
    double value = -q->likelihood(q->user, p, gradient, hessian, &s->status);
    for (int i = 0; i < n; i++) gradient[i] = -gradient[i] * p[i];
    for (int i = 0; hessian && i < n; i++)
        for (int j = 0; j < n; j++)
            hessian[i * n + j] = -hessian[i * n + j] * p[i] * p[j] + (i == j ? gradient[i] : 0.0);
    for (int i = 0; i < n; i++) {
        value += 0.5 * q->penalty * theta[i] * theta[i];
        gradient[i] += q->penalty * theta[i];
        if (hessian) hessian[i * n + i] += q->penalty;
    }
    return value;
}

static double objective(void *user, const double *theta, double *gradient)
{
    return descend(user, theta, gradient, NULL);
}

static double objective2(void *user, const double *theta, double *gradient, double *hessian)
{
    return descend(user, theta, gradient, hessian);
}

/* The best of all starts, roughly; returns its objective. */
static double try_starts(search *s, double *best, double *first, int64_t *iterations)
{
    const cmi_clv_problem *q = s->problem;
    const cmi_fit_limits rough = { 100, 400, 1e-5 };
    double least = (double)INFINITY, theta[MAX], p[MAX];

    for (int64_t k = 0; k < q->n_starts; k++) {
        q->start(q->user, k, p);
        for (int i = 0; i < q->n_parameters; i++) theta[i] = cmi_log(p[i] / q->unit[i]);
        if (k == 0) memcpy(first, theta, sizeof theta);
        cmi_fit_report report =
            cmi_lbfgs(objective, s, theta, q->n_parameters, MEMORY, &rough, s->scratch);
        if (report.reason == CMI_STOP_BAD_START || !(report.value < least)) continue;
        least = report.value;
        *iterations = report.iterations;
        memcpy(best, theta, sizeof theta);
    }
    return least;
}

/* Newton from a rough maximum; where that is stuck, once more from a better one. */
static int64_t refine(search *s, double *theta)
{
    const cmi_fit_limits fine = { 200, 800, 1e-9 }, polish = { 50, 200, 1e-15 };
    int n = s->problem->n_parameters;
    cmi_fit_report report = cmi_newton(objective2, s, theta, n, &polish);
    int64_t iterations = report.iterations;

    if (report.converged) return iterations;
    iterations += cmi_lbfgs(objective, s, theta, n, MEMORY, &fine, s->scratch).iterations;
    return iterations + cmi_newton(objective2, s, theta, n, &polish).iterations;
}

/* ---- the verdict ---- */

static void append(char *text, const char *more)
{
    size_t n = strlen(text), m = strlen(more);
    if (n + m >= CMI_CLV_REASON) m = CMI_CLV_REASON - 1 - n;
    memcpy(text + n, more, m);
    text[n + m] = '\0';
}

static void append_names(const cmi_clv_problem *q, const int *direction, int sign, char *text)
{
    int n = 0;
    for (int i = 0; i < q->n_parameters; i++) {
        if (direction[i] != sign) continue;
        append(text, n ? " and " : "");
        append(text, q->name[i]);
        n++;
    }
    if (!n) return;
    append(text, sign > 0 ? (n > 1 ? " grow" : " grows") : (n > 1 ? " fall" : " falls"));
    append(text, sign > 0 ? " without bound" : " to 0");
}

/* The flattest direction, pointing away from where the search began. */
static void name_direction(const cmi_clv_problem *q, const double *theta, const double *first,
                           const double *hessian, char *text)
{
    double h[MAX * MAX], values[MAX], vectors[MAX * MAX], along = 0.0, most = 0.0;
    int n = q->n_parameters, direction[MAX], up = 0, down = 0;

    memcpy(h, hessian, sizeof h);
    cmi_symmetric_eigen(h, n, values, vectors);
    const double *v = vectors + (n - 1) * n;
    for (int i = 0; i < n; i++) {
        along += v[i] * (theta[i] - first[i]);
        most = fmax(most, fabs(v[i]));
    }
    for (int i = 0; i < n; i++) {
        double d = along < 0.0 ? -v[i] : v[i];
        direction[i] = fabs(d) < 0.3 * most ? 0 : d > 0.0 ? 1 : -1;
        up += direction[i] > 0;
        down += direction[i] < 0;
    }
    append(text, "the likelihood has no maximum: it rises while ");
    append_names(q, direction, 1, text);
    append(text, up && down ? " and " : "");
    append_names(q, direction, -1, text);
    const char *meaning = q->explain ? q->explain(direction) : NULL;
    append(text, meaning ? ": " : "");
    append(text, meaning ? meaning : "");
}

static bool all_finite(const double *v, int n)
{
    for (int i = 0; i < n; i++)
        if (!isfinite(v[i])) return false;
    return true;
}

static double largest(const double *v, int n)
{
    double most = 0.0;
    for (int i = 0; i < n; i++) most = fmax(most, fabs(v[i]));
    return most;
}

/* Near the maximum the likelihood has no digits left to tell steps apart, but its gradient has: a
 * few whole Newton steps, for as long as they make it smaller. */
static void settle(search *s, double *theta)
{
    int n = s->problem->n_parameters;
    double gradient[MAX] = { 0 }, hessian[MAX * MAX] = { 0 }, next[MAX], step[MAX];

    descend(s, theta, gradient, hessian);
    for (int k = 0; k < 5; k++) {
        double before = largest(gradient, n);
        if (!all_finite(hessian, n * n) || !cmi_cholesky_factor(hessian, n)) return;
        memcpy(step, gradient, sizeof step);
        cmi_cholesky_solve(hessian, n, step);
        if (!(largest(step, n) < 1e-3)) return;
        for (int i = 0; i < n; i++) next[i] = theta[i] - step[i];
        descend(s, next, gradient, hessian);
        if (!(largest(gradient, n) < before)) return;
        memcpy(theta, next, (size_t)n * sizeof *theta);
    }
}

/* At a maximum the information is positive definite, Newton's next step is nothing, and no
 * parameter is free to move by orders of magnitude. On a ridge that rises for ever the step stays
 * about 1. Fills the covariance. */
static bool is_maximum(const double *gradient, const double *hessian, int n, double *covariance)
{
    double factor[MAX * MAX];

    if (!all_finite(gradient, n) || !all_finite(hessian, n * n)) return false;
    memcpy(factor, hessian, sizeof(double) * (size_t)(n * n));
    if (!cmi_cholesky_factor(factor, n)) return false;
    cmi_cholesky_invert(factor, n, covariance);
    for (int i = 0; i < n; i++) {
        double step = 0.0;
        for (int j = 0; j < n; j++) step += covariance[i * n + j] * gradient[j];
        if (!(fabs(step) <= LARGEST_STEP)) return false;
        if (!(covariance[i * n + i] <= LARGEST_ERROR * LARGEST_ERROR)) return false;
    }
    return true;
}

static bool is_inside(const cmi_clv_problem *q, const double *p)
{
    for (int i = 0; i < q->n_parameters; i++)
        if (!(p[i] >= 1.0 / q->most[i] && p[i] <= q->most[i])) return false;
    return true;
}

static void judge(search *s, const double *theta, const double *first, cmi_clv_fit *out)
{
    const cmi_clv_problem *q = s->problem;
    int n = q->n_parameters;
    double gradient[MAX] = { 0 }, hessian[MAX * MAX] = { 0 };
    double value = descend(s, theta, gradient, hessian), penalty = 0.0;

    for (int i = 0; i < n; i++) {
        out->value[i] = q->unit[i] * cmi_exp(theta[i]);
        penalty += 0.5 * q->penalty * theta[i] * theta[i];
    }
    out->log_likelihood = penalty - value;
    out->gradient_norm = largest(gradient, n) / fmax(1.0, fabs(value));
    out->converged = is_maximum(gradient, hessian, n, out->covariance) && is_inside(q, out->value);
    if (out->converged) return;
    memset(out->covariance, 0, sizeof out->covariance);
    if (all_finite(hessian, n * n))
        name_direction(q, theta, first, hessian, out->reason);
    else
        append(out->reason, "the likelihood cannot be computed near its best point");
}

cm_status cmi_clv_maximise(const cmi_clv_problem *problem, cm_context *ctx, cmi_clv_fit *out,
                           cm_error *err)
{
    search s = { .problem = problem };
    double theta[MAX] = { 0 }, first[MAX] = { 0 };

    memset(out, 0, sizeof *out);
    out->n = problem->n_customers;
    out->log_likelihood = out->gradient_norm = (double)NAN;
    if (!problem->n_customers) {
        append(out->reason, "there are no customers to fit");
        return CM_OK;
    }
    if (isinf(try_starts(&s, theta, first, &out->n_iterations))) {
        append(out->reason, "the likelihood is not finite at any start");
    } else {
        out->n_iterations += refine(&s, theta);
        settle(&s, theta);
        judge(&s, theta, first, out);
    }
    if (s.status == CM_ERR_MEMORY) return cmi_no_memory(ctx, err);
    return s.status == CM_OK ? CM_OK : cmi_fail(err, s.status, "the fit was stopped");
}
