/* SPDX-License-Identifier: MIT */
#include "math/optim.h"

#include <math.h>
#include <string.h>

typedef struct search {
    cmi_objective_fn f;
    void *user;
    int64_t n, memory, pairs, newest; /* the ring of correction pairs */
    double *x, *g, *x_new, *g_new, *d, *s, *y, *rho, *alpha;
    double value, value_new;
    const cmi_fit_limits *limits;
    cmi_fit_report report;
} search;

cmi_fit_limits cmi_fit_defaults(void)
{
    return (cmi_fit_limits){ 500, 2000, 1e-9 };
}

int64_t cmi_lbfgs_scratch(int64_t n, int64_t memory)
{
    return 4 * n + 2 * memory * n + 2 * memory;
}

static double dot(const double *x, const double *y, int64_t n)
{
    double sum = 0.0;
    for (int64_t i = 0; i < n; i++) sum += x[i] * y[i];
    return sum;
}

static bool all_finite(const double *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        if (!isfinite(x[i])) return false;
    }
    return true;
}

static double gradient_norm(const search *s)
{
    double high = 0.0, scale = fmax(1.0, fabs(s->value));
    for (int64_t i = 0; i < s->n; i++)
        high = fmax(high, fabs(s->g[i]) * fmax(1.0, fabs(s->x[i])) / scale);
    return high;
}

/* f at x + t d; the slope along d, or infinity where f or its gradient is not finite. */
static double try_step(search *s, double t)
{
    for (int64_t i = 0; i < s->n; i++) s->x_new[i] = s->x[i] + t * s->d[i];
    s->value_new = s->f(s->user, s->x_new, s->g_new);
    s->report.evaluations++;
    if (!isfinite(s->value_new) || !all_finite(s->g_new, s->n)) {
        s->value_new = s->value_new < -1e300 ? s->value_new : (double)INFINITY;
        return (double)INFINITY;
    }
    return dot(s->g_new, s->d, s->n);
}

/* Minimum of the cubic through (a, fa, da), (b, fb, db), kept a tenth of the way off both ends. */
static double interpolate(double a, double fa, double da, double b, double fb, double db)
{
    double width = b - a, middle = 0.5 * (a + b);
    if (!isfinite(fb) || !isfinite(db)) return middle;
    double e = da + db - 3.0 * (fb - fa) / width, square = e * e - da * db;
    if (!(square >= 0.0)) return middle;
    double root = sqrt(square), t = b - width * (db + root - e) / (db - da + 2.0 * root);
    if (!isfinite(t)) return middle;
    return fmin(fmax(t, a + 0.1 * width), b - 0.1 * width);
}

/* A step of strong Wolfe type between `low` (falls enough, still falling) and `high` (too far).
 * Near the minimum f has no digits left, so a rise of a few ulp is allowed where the slope says so.
 */
static bool line_search(search *s, double first)
{
    const double enough = 1e-4, flat = 0.9, noise = 4e-16 * fabs(s->value);
    double start_slope = dot(s->g, s->d, s->n);
    double low = 0.0, low_value = s->value, low_slope = start_slope;
    double high = (double)INFINITY, t = first;
    double high_value = 0.0, high_slope = 0.0;
    if (!(start_slope < 0.0)) return false;
    for (int i = 0; i < 60 && s->report.evaluations < s->limits->evaluations; i++) {
        double slope = try_step(s, t), value = s->value_new;
        bool lower = value <= s->value + enough * t * start_slope + noise;
        if (lower && fabs(slope) <= -flat * start_slope) return true;
        if (!lower || slope >= 0.0) {
            high = t;
            high_value = value;
            high_slope = slope;
        } else {
            low = t;
            low_value = value;
            low_slope = slope;
        }
        if (isinf(high)) {
            t *= 4.0;
        } else {
            t = interpolate(low, low_value, low_slope, high, high_value, high_slope);
            if (high - low <= 1e-16 * high) break;
        }
    }
    if (low == 0.0) return false;
    try_step(s, low); /* falls enough, if not flat enough */
    return s->value_new <= s->value;
}

/* d = -H g by the two-loop recursion. */
static void direction(search *s)
{
    int64_t n = s->n;
    for (int64_t i = 0; i < n; i++) s->d[i] = -s->g[i];
    for (int64_t k = 0; k < s->pairs; k++) {
        int64_t j = (s->newest - k + s->memory) % s->memory;
        s->alpha[j] = s->rho[j] * dot(s->s + j * n, s->d, n);
        for (int64_t i = 0; i < n; i++) s->d[i] -= s->alpha[j] * s->y[j * n + i];
    }
    if (!s->pairs) return;
    const double *y = s->y + s->newest * n;
    double scale = 1.0 / (s->rho[s->newest] * dot(y, y, n));
    for (int64_t i = 0; i < n; i++) s->d[i] *= scale;
    for (int64_t k = s->pairs - 1; k >= 0; k--) {
        int64_t j = (s->newest - k + s->memory) % s->memory;
        double beta = s->rho[j] * dot(s->y + j * n, s->d, n);
        for (int64_t i = 0; i < n; i++) s->d[i] += (s->alpha[j] - beta) * s->s[j * n + i];
    }
}

/* Takes the new point and remembers how the gradient changed, if the curvature is positive. */
static void accept(search *s)
{
    int64_t n = s->n, j = s->pairs ? (s->newest + 1) % s->memory : 0;
    double *step = s->s + j * n, *change = s->y + j * n;
    for (int64_t i = 0; i < n; i++) {
        step[i] = s->x_new[i] - s->x[i];
        change[i] = s->g_new[i] - s->g[i];
    }
    double curvature = dot(step, change, n);
    if (curvature > 1e-16 * dot(change, change, n)) {
        s->rho[j] = 1.0 / curvature;
        s->newest = j;
        if (s->pairs < s->memory) s->pairs++;
    }
    memcpy(s->x, s->x_new, (size_t)n * sizeof *s->x);
    memcpy(s->g, s->g_new, (size_t)n * sizeof *s->g);
    s->value = s->value_new;
}

static cmi_fit_report stop(search *s, cmi_stop_reason reason)
{
    s->report.value = s->value;
    s->report.gradient_norm = gradient_norm(s);
    s->report.reason = reason;
    double limit =
        reason == CMI_STOP_NO_PROGRESS ? fmax(1e-7, s->limits->gradient) : s->limits->gradient;
    s->report.converged = reason != CMI_STOP_BAD_START && reason != CMI_STOP_UNBOUNDED &&
                          s->report.gradient_norm <= limit;
    return s->report;
}

static bool escaped(const search *s)
{
    double high = 0.0;
    for (int64_t i = 0; i < s->n; i++) high = fmax(high, fabs(s->x[i]));
    return s->value < -1e300 || high > 1e30;
}

static cmi_fit_report minimise(search *s)
{
    while (gradient_norm(s) > s->limits->gradient) {
        if (s->report.iterations >= s->limits->iterations) return stop(s, CMI_STOP_ITERATIONS);
        if (s->report.evaluations >= s->limits->evaluations) return stop(s, CMI_STOP_EVALUATIONS);
        direction(s);
        double first = s->pairs ? 1.0 : fmin(1.0, 1.0 / sqrt(dot(s->g, s->g, s->n)));
        if (line_search(s, first)) {
            accept(s);
        } else if (s->value_new < -1e300) {
            return stop(s, CMI_STOP_UNBOUNDED);
        } else if (s->pairs) {
            s->pairs = 0; /* once more along the gradient */
        } else {
            return stop(s, CMI_STOP_NO_PROGRESS);
        }
        s->report.iterations++;
        if (escaped(s)) return stop(s, CMI_STOP_UNBOUNDED);
    }
    return stop(s, CMI_STOP_GRADIENT);
}

cmi_fit_report cmi_lbfgs(cmi_objective_fn f, void *user, double *x, int64_t n, int64_t memory,
                         const cmi_fit_limits *limits, double *scratch)
{
    search s = { .f = f, .user = user, .n = n, .memory = memory, .limits = limits, .x = x };
    double **parts[4] = { &s.g, &s.x_new, &s.g_new, &s.d };
    for (int i = 0; i < 4; i++) {
        *parts[i] = scratch;
        scratch += n;
    }
    s.s = scratch;
    s.y = s.s + memory * n;
    s.rho = s.y + memory * n;
    s.alpha = s.rho + memory;
    s.value = f(user, x, s.g);
    s.report.evaluations = 1;
    if (!isfinite(s.value) || !all_finite(s.g, n)) {
        s.report.value = s.value;
        s.report.gradient_norm = (double)INFINITY;
        s.report.reason = CMI_STOP_BAD_START;
        return s.report;
    }
    return minimise(&s);
}
