/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "kpi/clv/bgnbd_kernel.h"
#include "math/gamma.h"
#include "math/hyper.h"
#include "math/incomplete.h"
#include "math/quadrature.h"
#include "math/transcend.h"

/* What a fitted BG/NBD model says of one customer. Given that he is alive at T, lambda is
 * Gamma(k = r + x, alpha + T) and p is Beta(a, b + x), independent; his rate of purchases after a
 * further time h is k / (alpha + T) E[(1 + p u)^-(k+1)], u = h / (alpha + T), and the expectation
 * over p is 2F1(k + 1, a; a + b + x; -u). */

/* e of the likelihood: log odds of being gone; -infinity for x = 0. */
static double log_odds(const cmi_bgnbd *m, double x, double t, double T)
{
    if (!(x > 0.0)) return -(double)INFINITY;
    return cmi_log(m->a) - cmi_log(m->b + x - 1.0) +
           (m->r + x) * cmi_log1p((T - t) / (m->alpha + t));
}

/* log(1 + e^v) */
static double softplus(double v)
{
    return fmax(v, 0.0) + cmi_log1p(cmi_exp(-fabs(v)));
}

double cmi_bgnbd_log_likelihood(const cmi_bgnbd *m, double x, double t, double T)
{
    double rest = cmi_lpoch(m->b, x) - cmi_lpoch(m->a + m->b, x);

    return cmi_lpoch(m->r, x) + rest - m->r * cmi_log1p(T / m->alpha) - x * cmi_log(m->alpha + T) +
           softplus(log_odds(m, x, t, T));
}

double cmi_bgnbd_alive(const cmi_bgnbd *m, double x, double t, double T)
{
    return cmi_exp(-softplus(log_odds(m, x, t, T)));
}

double cmi_bgnbd_no_purchase(const cmi_bgnbd *m, double x, double alive, double T, double h)
{
    return 1.0 + alive * cmi_expm1(-(m->r + x) * cmi_log1p(h / (m->alpha + T)));
}

/* ---- expected purchases ---- */

typedef struct growth {
    double k, a, c; /* c = a + b + x */
} growth;

/* log E[(1 + p v)^-(k+1)] */
static double log_rate(const growth *g, double v)
{
    return cmi_hyp2f1(g->k + 1.0, g->a, g->c, -v, 1.0 + v).log_size;
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
    if (fabs(g->a - 1.0) > 0.01 && g->c > 1.05) {
        cmi_scaled f = cmi_hyp2f1(g->k, g->a - 1.0, g->c - 1.0, -u, 1.0 + u);
        double size = f.sign * cmi_exp(f.log_size), rest = 1.0 - size;
        if (fabs(rest) > 0.03 * fmax(1.0, fabs(size)) && isfinite(size))
            return (g->c - 1.0) / (g->a - 1.0) * rest;
    }
    double end = cmi_log1p((g->k + 1.0) * u);
    return g->k * cmi_gauss_legendre(growth_integrand, g, 0.0, end, (int64_t)ceil(0.5 * end));
}

double cmi_bgnbd_expected(const cmi_bgnbd *m, double x, double T, double h)
{
    growth g = { m->r + x, m->a, m->a + m->b + x };
    return grow(&g, h / (m->alpha + T));
}

/* ---- discounted purchases ---- */

typedef struct discount {
    growth g;
    double b;    /* b + x */
    double size; /* delta (alpha + T): the discount over one unit of u */
} discount;

/* The integral of e^(-size u) (1 + p u)^-(k+1) over u > 0: the continued fraction of the
 * exponential integral (DLMF 8.19.17, Lentz's method), multiplied through by p. */
static double lifetime(const discount *d, double p)
{
    double order = d->g.k + 1.0, tiny = 1e-290;
    double b = d->size + p * order, f = fmax(b, tiny), c = f, e = 0.0;

    for (int n = 1; n < 20000; n++) {
        double numerator = -n * (order + n - 1.0) * p * p;
        b += 2.0 * p;
        e = b + numerator * e;
        c = b + numerator / c;
        if (fabs(e) < tiny) e = tiny;
        if (fabs(c) < tiny) c = tiny;
        e = 1.0 / e;
        double step = c * e;
        f *= step;
        if (fabs(step - 1.0) < 1e-16) break;
    }
    return 1.0 / f;
}

/* p = 1/(1 + e^-v) under its Beta density. */
static double over_dropout(double v, const void *user)
{
    const discount *d = user;
    double e = cmi_exp(-fabs(v)), small = e / (1.0 + e), log_large = -cmi_log1p(e);
    double log_p = (v < 0.0 ? v : 0.0) + log_large, log_q = (v < 0.0 ? 0.0 : -v) + log_large;

    return d->g.a * log_p + d->b * log_q + cmi_log(lifetime(d, v < 0.0 ? small : 1.0 / (1.0 + e)));
}

/* u = e^v; for discounts so small that the continued fraction is slow. */
static double over_time(double v, const void *user)
{
    const discount *d = user;
    double u = cmi_exp(v);
    return v - d->size * u + (u < 1e300 ? log_rate(&d->g, u) : 0.0);
}

double cmi_bgnbd_discounted(const cmi_bgnbd *m, double x, double T, double delta)
{
    discount d = { { m->r + x, m->a, m->a + m->b + x }, m->b + x, delta * (m->alpha + T) };
    double log_value;

    if (d.size < 0.01) {
        log_value =
            cmi_log_integral(over_time, &d, -cmi_log(d.size + (d.g.k + 1.0) * m->a / d.g.c));
    } else {
        log_value = cmi_log_integral(over_dropout, &d, cmi_log(m->a / d.b)) - cmi_lbeta(m->a, d.b);
    }
    return d.g.k * cmi_exp(log_value);
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
        if (i > 0) out[i] += cmi_exp(log_alive) * m->a / (m->b + x - 1.0) * tail;
    }
}
