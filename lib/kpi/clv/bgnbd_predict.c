/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "kpi/clv/bgnbd_kernel.h"
#include "math/blocks.h"
#include "math/gamma.h"
#include "math/hyper.h"
#include "math/incomplete.h"
#include "math/quadrature.h"
#include "math/transcend.h"

/* What a fitted BG/NBD model says of one customer. Given that he is alive at T, lambda is
 * Gamma(k = r + x, alpha + T) and p is Beta(a, b + x), independent; his rate of purchases after a
 * further time h is k / (alpha + T) E[(1 + p u)^-(k+1)], u = h / (alpha + T), and the expectation
 * over p is 2F1(k + 1, a; a + b + x; -u). */

/* log(1 + e^v) */
static double softplus(double v)
{
    return fmax(v, 0.0) + cmi_log1p(cmi_exp(-fabs(v)));
}

cmi_bgnbd_frequency cmi_bgnbd_of_frequency(const cmi_bgnbd *m, double x)
{
    cmi_bgnbd_frequency f = { .x = x, .odds = -(double)INFINITY };
    double rest = cmi_lpoch(m->b, x) - cmi_lpoch(m->a + m->b, x);

    if (x > 0.0) f.odds = cmi_log(m->a) - cmi_log(m->b + (x - 1.0));
    f.size = cmi_lpoch(m->r, x) + rest;
    return f;
}

void cmi_bgnbd_of_tenure(const cmi_bgnbd *m, double x, double T, double h, cmi_bgnbd_tenure *out)
{
    out->none = cmi_expm1(-(m->r + x) * cmi_log1p(h / (m->alpha + T)));
    out->rate = m->r * cmi_log1p(T / m->alpha);
    out->time = x * cmi_log(m->alpha + T);
}

/* The log odds of being gone are e of the likelihood; -infinity for x = 0. */
double cmi_bgnbd_gone(const cmi_bgnbd *m, const cmi_bgnbd_frequency *f, double t, double T)
{
    if (!(f->x > 0.0)) return softplus(f->odds);
    return softplus(f->odds + (m->r + f->x) * cmi_log1p((T - t) / (m->alpha + t)));
}

double cmi_bgnbd_alive(double gone)
{
    return cmi_exp(-gone);
}

double cmi_bgnbd_no_purchase(const cmi_bgnbd_tenure *at, double alive)
{
    return 1.0 + alive * at->none;
}

double cmi_bgnbd_log_likelihood(const cmi_bgnbd_frequency *f, const cmi_bgnbd_tenure *at,
                                double gone)
{
    return f->size - at->rate - at->time + gone;
}

/* ---- expected purchases ---- */

typedef struct growth {
    double k, a, c; /* c = a + b + x */
} growth;

typedef struct moment {
    const growth *g;
    double v;
} moment;

/* The density of p = 1/(1 + e^-w) times (1 + p v)^-(k+1), in logarithms. */
static double over_dropout(double w, const void *user)
{
    const moment *q = user;
    double e = cmi_exp(-fabs(w)), log_large = -cmi_log1p(e);
    double log_p = fmin(w, 0.0) + log_large, log_q = fmin(-w, 0.0) + log_large;

    return q->g->a * log_p + (q->g->c - q->g->a) * log_q -
           (q->g->k + 1.0) * cmi_log1p(cmi_exp(log_p) * q->v);
}

/* log E[(1 + p v)^-(k+1)]. For very frequent buyers the series of 2F1 gets long, and the integral
 * over p is shorter. */
static double log_rate(const growth *g, double v)
{
    double rest = g->c - g->a;

    if (g->k < 3000.0 || g->a < 0.01 || rest < 0.01)
        return cmi_hyp2f1(g->k + 1.0, g->a, g->c, -v, 1.0 + v).log_size;
    moment q = { g, v };
    double center = cmi_log(g->a / (rest + (g->k + 1.0) * v));
    return cmi_log_integral(over_dropout, &q, center) - cmi_lbeta(g->a, rest);
}

/* v = (e^s - 1) / (k + 1): the rate falls on a scale of 1/((k + 1) p), hence smoothly in s. */
static double growth_integrand(double s, const void *user)
{
    const growth *g = user;
    return cmi_exp(log_rate(g, cmi_expm1(s) / (g->k + 1.0)) + s) / (g->k + 1.0);
}

/* k times the integral of the rate from 0 to u. The published form (c-1)/(a-1) (1 - 2F1(k, a-1;
 * c-1; -u)) where nothing cancels in it; else quadrature of the positive rate, which knows neither
 * a = 1 nor a + b = 1 as special. */
static double grow(const growth *g, double u)
{
    if (!(u > 0.0)) return 0.0;
    if (g->k < 3000.0 && fabs(g->a - 1.0) > 0.01 && g->c > 1.05) {
        cmi_scaled f = cmi_hyp2f1(g->k, g->a - 1.0, g->c - 1.0, -u, 1.0 + u);
        double size = f.sign * cmi_exp(f.log_size), rest = 1.0 - size;
        if (fabs(rest) > 0.03 * fmax(1.0, fabs(size)) && isfinite(size))
            return (g->c - 1.0) / (g->a - 1.0) * rest;
    }
    double end = cmi_log1p(fmin((g->k + 1.0) * u, 1e300));
    return g->k * cmi_gauss_legendre(growth_integrand, g, 0.0, end, (int64_t)ceil(0.5 * end));
}

double cmi_bgnbd_expected(const cmi_bgnbd *m, double x, double T, double h)
{
    growth g = { m->r + x, m->a, m->a + m->b + x };
    return grow(&g, h / (m->alpha + T));
}

/* ---- discounted purchases ---- */

/* The integral of e^(-d u) k rate(u) over u > 0 by the trapezoid rule in s = log u. The integrand
 * is analytic for |Im s| < pi/2, so its error is about e^(-pi^2 / STEP) (Trefethen, Weideman, The
 * Exponentially Convergent Trapezoidal Rule, 2014, doi:10.1137/130932132). Nodes are the same for
 * all tenures: the rates are computed once per frequency. */
#define STEP 0.25
enum { FIRST = -180, N_NODES = CMI_BGNBD_NODES };

static double node(int i)
{
    return cmi_exp(STEP * (FIRST + i));
}

void cmi_bgnbd_rates(const cmi_bgnbd *m, double x, double least, double *rate)
{
    growth g = { m->r + x, m->a, m->a + m->b + x };

    for (int i = 0; i < N_NODES; i++) {
        double u = node(i);
        rate[i] = u * least > 800.0 ? 0.0 : STEP * g.k * u * cmi_exp(log_rate(&g, u));
    }
}

double cmi_bgnbd_discounted(const cmi_bgnbd *m, double T, double delta, const double *rate)
{
    double decay[N_NODES], size = delta * (m->alpha + T);

    for (int i = 0; i < N_NODES; i++) decay[i] = -size * node(i);
    cmi_exp_n(decay, decay, N_NODES);
    return cmi_block_dot(rate, decay, N_NODES);
}

/* ---- counts of a new customer ---- */

/* Negative binomial: log probability of n purchases in (0, h] while alive. */
static double log_count(const cmi_bgnbd *m, double n, double h)
{
    double purchases = n > 0.0 ? n * cmi_log(h / (m->alpha + h)) : 0.0;
    return cmi_lpoch(m->r, n) - cmi_lgamma1p(n) + purchases - m->r * cmi_log1p(h / m->alpha);
}

/* Either n purchases and alive after the last, or gone at the n-th of at least n that would have
 * come. Tails are summed from the far end: only positive terms. */
void cmi_bgnbd_counts(const cmi_bgnbd *m, double h, int64_t n, double *out)
{
    double z = h / (m->alpha + h), y = m->alpha / (m->alpha + h);
    double tail = n > 0 && z > 0.0 ? cmi_beta_tails((double)n, m->r, z, y).lower : 0.0;

    for (int64_t i = n; i >= 0; i--) {
        double x = (double)i, log_n = log_count(m, x, h);
        double log_alive = cmi_lpoch(m->b, x) - cmi_lpoch(m->a + m->b, x);
        if (i < n) tail += cmi_exp(log_n);
        out[i] = cmi_exp(log_alive + log_n);
        if (i > 0) out[i] += cmi_exp(log_alive) * m->a / (m->b + (x - 1.0)) * tail;
    }
}
