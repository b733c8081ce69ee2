/* SPDX-License-Identifier: MIT */
#include "math/optim.h"

#include <math.h>
#include <string.h>

#include "math/linalg.h"

typedef struct point {
    double value, x[CMI_NEWTON_MAX], g[CMI_NEWTON_MAX], h[CMI_NEWTON_MAX * CMI_NEWTON_MAX];
} point;

static bool usable(const point *p, int64_t n)
{
    bool ok = isfinite(p->value);
    for (int64_t i = 0; i < n; i++) ok = ok && isfinite(p->g[i]);
    for (int64_t i = 0; i < n * n; i++) ok = ok && isfinite(p->h[i]);
    return ok;
}

static double gradient_norm(const point *p, int64_t n)
{
    double high = 0.0, scale = fmax(1.0, fabs(p->value));
    for (int64_t i = 0; i < n; i++)
        high = fmax(high, fabs(p->g[i]) * fmax(1.0, fabs(p->x[i])) / scale);
    return high;
}

/* step = -(H + ridge I)^-1 g with the least ridge of a rising list that makes it positive definite.
 * Returns the decrement g' (H + ridge I)^-1 g, or NaN. *ridged says whether a ridge was needed. */
static double newton_step(const point *p, int64_t n, double *step, bool *ridged)
{
    double factor[CMI_NEWTON_MAX * CMI_NEWTON_MAX], size = 0.0, ridge = 0.0, decrement = 0.0;
    for (int64_t i = 0; i < n; i++) size = fmax(size, fabs(p->h[i * n + i]));
    if (!(size > 0.0)) size = 1.0;
    for (int k = 0; k < 24; k++) {
        memcpy(factor, p->h, (size_t)(n * n) * sizeof *factor);
        for (int64_t i = 0; i < n; i++) factor[i * n + i] += ridge;
        *ridged = ridge > 0.0;
        if (cmi_cholesky_factor(factor, n)) break;
        ridge = ridge > 0.0 ? ridge * 10.0 : 1e-10 * size;
        if (k == 23) return (double)NAN;
    }
    for (int64_t i = 0; i < n; i++) step[i] = -p->g[i];
    cmi_cholesky_solve(factor, n, step);
    for (int64_t i = 0; i < n; i++) decrement -= p->g[i] * step[i];
    return decrement;
}

/* Halves the step until f falls; false if it never does. */
static bool move(cmi_objective2_fn f, void *user, point *p, int64_t n, const double *step,
                 double decrement, cmi_fit_report *report)
{
    point next;
    double t = 1.0;
    for (int k = 0; k < 50; k++, t *= 0.5) {
        for (int64_t i = 0; i < n; i++) next.x[i] = p->x[i] + t * step[i];
        next.value = f(user, next.x, next.g, next.h);
        report->evaluations++;
        if (!usable(&next, n)) continue;
        bool lower = next.value <= p->value - 1e-4 * t * decrement;
        bool level = next.value <= p->value + 4e-16 * fabs(p->value) &&
                     gradient_norm(&next, n) < gradient_norm(p, n);
        if (!lower && !level) continue;
        *p = next;
        return true;
    }
    return false;
}

static cmi_fit_report finish(const point *p, double *x, int64_t n, const cmi_fit_limits *limits,
                             cmi_stop_reason reason, cmi_fit_report report)
{
    memcpy(x, p->x, (size_t)n * sizeof *x);
    report.value = p->value;
    report.gradient_norm = gradient_norm(p, n);
    report.reason = reason;
    double limit = reason == CMI_STOP_NO_PROGRESS ? fmax(1e-7, limits->gradient) : limits->gradient;
    report.converged = reason == CMI_STOP_DECREMENT || report.gradient_norm <= limit;
    return report;
}

cmi_fit_report cmi_newton(cmi_objective2_fn f, void *user, double *x, int64_t n,
                          const cmi_fit_limits *limits)
{
    cmi_fit_report report = { .gradient_norm = (double)INFINITY, .reason = CMI_STOP_BAD_START };
    point p;
    double step[CMI_NEWTON_MAX];
    if (n < 1 || n > CMI_NEWTON_MAX) return report;
    memcpy(p.x, x, (size_t)n * sizeof *x);
    report.value = p.value = f(user, p.x, p.g, p.h);
    report.evaluations = 1;
    if (!usable(&p, n)) return report;
    while (gradient_norm(&p, n) > limits->gradient) {
        bool ridged;
        if (report.iterations >= limits->iterations)
            return finish(&p, x, n, limits, CMI_STOP_ITERATIONS, report);
        if (report.evaluations >= limits->evaluations)
            return finish(&p, x, n, limits, CMI_STOP_EVALUATIONS, report);
        double decrement = newton_step(&p, n, step, &ridged);
        if (!ridged && decrement <= 1e-18 * fmax(1.0, fabs(p.value))) {
            return finish(&p, x, n, limits, CMI_STOP_DECREMENT, report);
        }
        if (isnan(decrement) || !move(f, user, &p, n, step, decrement, &report)) {
            return finish(&p, x, n, limits, CMI_STOP_NO_PROGRESS, report);
        }
        report.iterations++;
    }
    return finish(&p, x, n, limits, CMI_STOP_GRADIENT, report);
}

bool cmi_numeric_hessian(cmi_objective_fn f, void *user, const double *x, int64_t n,
                         double *hessian, double *scratch)
{
    double *at = scratch, *up = at + n, *down = up + n;
    bool ok = true;
    memcpy(at, x, (size_t)n * sizeof *x);
    for (int64_t i = 0; i < n; i++) {
        double h = 6e-6 * fmax(1.0, fabs(x[i]));
        at[i] = x[i] + h;
        double high = at[i];
        f(user, at, up);
        at[i] = x[i] - h;
        double width = high - at[i];
        f(user, at, down);
        at[i] = x[i];
        for (int64_t j = 0; j < n; j++) hessian[i * n + j] = (up[j] - down[j]) / width;
    }
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j <= i; j++) {
            double mean = 0.5 * (hessian[i * n + j] + hessian[j * n + i]);
            hessian[i * n + j] = hessian[j * n + i] = mean;
            ok = ok && isfinite(mean);
        }
    }
    return ok;
}
