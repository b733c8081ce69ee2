/* SPDX-License-Identifier: MIT */
#include "kpi/clv/bgnbd_kernel.h"

#include <math.h>

#include "math/blocks.h"
#include "math/gamma.h"
#include "math/transcend.h"

/* log L(x, t, T) = A(x) - k log(alpha + T) + log(1 + e^e), k = r + x,
 *   A(x) = log (r)_x + r log alpha + log (b)_x - log (a+b)_x      (rising factorials)
 *   e    = log a - log(b+x-1) + k (log(alpha+T) - log(alpha+t)) for x > 0, else -infinity
 * so that D = 1/(1 + e^-e) is the probability of being gone. A and what depends on x alone is
 * computed once per distinct x, logarithms of times once per distinct time. */

/* Tables over distinct x: A and its derivatives; then what a pattern needs. */
enum {
    A_VALUE,
    A_R,
    A_A,
    A_B,
    A_RR,
    A_AA,
    A_BB,
    X_CONSTANT, /* log a - log(b+x-1) */
    X_POWER,    /* k */
    X_INVERSE   /* 1/(b+x-1) */
};
enum { T_LOG, T_INVERSE }; /* log(alpha+t), 1/(alpha+t) */
/* Sums over patterns. */
enum { S_VALUE, S_R, S_ALPHA, S_A, S_B, S_GRADIENT_END };
enum { S_RR = S_GRADIENT_END, S_RL, S_RA, S_RB, S_LL, S_LA, S_LB, S_AA, S_AB, S_BB, S_END };

_Static_assert((int)X_INVERSE + 1 == CMI_BGNBD_X_TABLES &&
                   (int)T_INVERSE + 1 == CMI_BGNBD_T_TABLES && (int)S_END == CMI_BGNBD_SUMS,
               "room for the tables of an evaluation");

enum { CHUNK = 256, LANES = 8, BLOCKS_PER_TASK = 8 };

/* ---- tables of one evaluation ---- */

/* log (p)_x and the sums of 1/(p+i) and 1/(p+i)^2 over i < x, from one distinct x to the next. Sums
 * of positive terms, where differences of digamma would cancel for large p. */
typedef struct rising {
    double p, x, log, first, second;
} rising;

static void rise(rising *s, double x, bool second)
{
    if (x - s->x > 4096.0) {
        s->log = cmi_lpoch(s->p, x);
        s->first = cmi_digamma(s->p + x) - cmi_digamma(s->p);
        s->second = cmi_trigamma(s->p) - cmi_trigamma(s->p + x);
    } else {
        for (double i = s->x; i < x; i += 1.0) {
            double inverse = 1.0 / (s->p + i);
            s->log += cmi_log(s->p + i);
            s->first += inverse;
            if (second) s->second += inverse * inverse;
        }
    }
    s->x = x;
}

static double *x_row(const cmi_bgnbd_data *d, int table)
{
    return d->x_table + table * d->n_x;
}

static void fill_x(const cmi_bgnbd_data *d, const cmi_bgnbd *m, bool second)
{
    rising r = { .p = m->r }, b = { .p = m->b }, ab = { .p = m->a + m->b };
    double log_alpha = cmi_log(m->alpha), log_a = cmi_log(m->a);

    for (int64_t i = 0; i < d->n_x; i++) {
        double x = d->frequency[i], rest = m->b + (x - 1.0);
        rise(&r, x, second);
        rise(&b, x, second);
        rise(&ab, x, second);
        x_row(d, A_VALUE)[i] = r.log + m->r * log_alpha + b.log - ab.log;
        x_row(d, A_R)[i] = r.first + log_alpha;
        x_row(d, A_A)[i] = -ab.first;
        x_row(d, A_B)[i] = b.first - ab.first;
        x_row(d, A_RR)[i] = -r.second;
        x_row(d, A_AA)[i] = ab.second;
        x_row(d, A_BB)[i] = ab.second - b.second;
        x_row(d, X_CONSTANT)[i] = x > 0.0 ? log_a - cmi_log(rest) : -(double)INFINITY;
        x_row(d, X_POWER)[i] = m->r + x;
        x_row(d, X_INVERSE)[i] = x > 0.0 ? 1.0 / rest : 0.0;
    }
}

static void fill_t(const cmi_bgnbd_data *d, const cmi_bgnbd *m)
{
    double *log = d->t_table + T_LOG * d->n_t, *inverse = d->t_table + T_INVERSE * d->n_t;

    for (int64_t i = 0; i < d->n_t; i++) log[i] = m->alpha + d->time[i];
    for (int64_t i = 0; i < d->n_t; i++) inverse[i] = 1.0 / log[i];
    cmi_log_n(log, log, (size_t)d->n_t);
}

/* ---- sums over patterns ---- */

typedef struct pass {
    const cmi_bgnbd_data *d;
    bool second;
    int64_t n_blocks;
} pass;

/* Up to CHUNK patterns, column by column; the rest of the last lane group weighs nothing. */
typedef struct chunk {
    int64_t n;                            /* a multiple of LANES */
    double w[CHUNK], k[CHUNK], ib[CHUNK]; /* customers, power, 1/(b+x-1) */
    double log_T[CHUNK], q[CHUNK];        /* log(alpha+T); log(alpha+T) - log(alpha+t) */
    double i_T[CHUNK], i_t[CHUNK];        /* 1/(alpha+T), 1/(alpha+t) */
    double D[CHUNK], soft[CHUNK];         /* probability of being gone; log(1 + e^e) */
} chunk;

static void gather(const cmi_bgnbd_data *d, int64_t from, int64_t n, chunk *c)
{
    const double *log = d->t_table + T_LOG * d->n_t, *inverse = d->t_table + T_INVERSE * d->n_t;
    const double *constant = x_row(d, X_CONSTANT), *power = x_row(d, X_POWER),
                 *ib = x_row(d, X_INVERSE);

    c->n = (n + LANES - 1) / LANES * LANES;
    for (int64_t i = 0; i < c->n; i++) {
        int64_t row = from + (i < n ? i : 0);
        uint32_t x = d->x[row], t = d->recency[row], T = d->tenure[row];
        c->w[i] = i < n ? d->rows->count[row] : 0.0;
        c->k[i] = power[x];
        c->ib[i] = ib[x];
        c->log_T[i] = log[T];
        c->q[i] = log[T] - log[t];
        c->i_T[i] = inverse[T];
        c->i_t[i] = inverse[t];
        c->D[i] = constant[x] + power[x] * c->q[i]; /* e */
    }
}

/* D and log(1 + e^e) from e, without overflow: both by e^-|e|. */
static void weigh(chunk *c)
{
    double small[CHUNK];

    for (int64_t i = 0; i < c->n; i++) small[i] = -fabs(c->D[i]);
    cmi_exp_n(small, small, (size_t)c->n);
    for (int64_t i = 0; i < c->n; i++) c->soft[i] = 1.0 + small[i];
    cmi_log_n(c->soft, c->soft, (size_t)c->n);
    for (int64_t i = 0; i < c->n; i++) {
        bool gone = c->D[i] > 0.0;
        c->soft[i] += gone ? c->D[i] : 0.0;
        c->D[i] = (gone ? 1.0 : small[i]) / (1.0 + small[i]);
    }
}

static void add_first(const chunk *c, double lane[S_END][LANES])
{
    for (int64_t i = 0; i < c->n; i += LANES) {
        for (int j = 0; j < LANES; j++) {
            double w = c->w[i + j], k = c->k[i + j], gone = w * c->D[i + j];
            double iT = c->i_T[i + j], m = iT - c->i_t[i + j];
            lane[S_VALUE][j] += w * (c->soft[i + j] - k * c->log_T[i + j]);
            lane[S_R][j] += gone * c->q[i + j] - w * c->log_T[i + j];
            lane[S_ALPHA][j] += k * (gone * m - w * iT);
            lane[S_A][j] += gone;
            lane[S_B][j] += gone * c->ib[i + j];
        }
    }
}

/* L stands for alpha. */
static void add_second(const chunk *c, double lane[S_END][LANES])
{
    for (int64_t i = 0; i < c->n; i++) {
        int j = (int)(i % LANES);
        double w = c->w[i], k = c->k[i], D = c->D[i], V = w * D * (1.0 - D), gone = w * D;
        double iT = c->i_T[i], it = c->i_t[i], m = iT - it, m2 = it * it - iT * iT;
        double q = c->q[i], ib = c->ib[i];
        lane[S_RR][j] += V * q * q;
        lane[S_RL][j] += gone * m - w * iT + V * q * k * m;
        lane[S_RA][j] += V * q;
        lane[S_RB][j] -= V * q * ib;
        lane[S_LL][j] += k * (w * iT * iT + gone * m2) + V * k * k * m * m;
        lane[S_LA][j] += V * k * m;
        lane[S_LB][j] -= V * k * m * ib;
        lane[S_AA][j] += V - gone;
        lane[S_AB][j] -= V * ib;
        lane[S_BB][j] += (gone + V) * ib * ib;
    }
}

static void sum_block(void *user, int64_t begin, int64_t end, double *sums)
{
    const pass *p = user;
    double lane[S_END][LANES];
    chunk c;

    memset(lane, 0, sizeof lane);
    for (int64_t from = begin; from < end; from += CHUNK) {
        gather(p->d, from, end - from < CHUNK ? end - from : CHUNK, &c);
        weigh(&c);
        add_first(&c, lane);
        if (p->second) add_second(&c, lane);
    }
    for (int s = 0; s < (p->second ? S_END : S_GRADIENT_END); s++) {
        const double *v = lane[s];
        sums[s] = ((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7]));
    }
}

static int64_t width(const pass *p)
{
    return p->second ? S_END : S_GRADIENT_END;
}

static cm_status sum_task(int64_t task, int32_t thread, void *user, cm_error *err)
{
    pass *p = user;
    int64_t first = task * BLOCKS_PER_TASK, last = first + BLOCKS_PER_TASK;

    (void)thread;
    (void)err;
    if (last > p->n_blocks) last = p->n_blocks;
    cmi_blocks_run(sum_block, p, p->d->rows->n, width(p), first, last, p->d->partial);
    return CM_OK;
}

/* Blocks are the same whoever computes them, and are added in order. */
static cm_status sum_patterns(const cmi_bgnbd_data *d, bool second, double *sums)
{
    pass p = { d, second, cmi_blocks_count(d->rows->n) };
    cmi_job quiet = *d->job; /* progress is told once an evaluation, not once a task */
    cm_status status = CM_OK;

    quiet.from = quiet.to;
    if (p.n_blocks < 2 * BLOCKS_PER_TASK) {
        cmi_blocks_run(sum_block, &p, d->rows->n, width(&p), 0, p.n_blocks, d->partial);
        if (cmi_job_cancelled(d->job)) status = CM_ERR_CANCELLED;
    } else {
        int64_t n_tasks = (p.n_blocks + BLOCKS_PER_TASK - 1) / BLOCKS_PER_TASK;
        if (!cmi_job_progress(d->job, 0.9, "fit")) return CM_ERR_CANCELLED;
        status = cmi_parallel(&quiet, d->rows->ctx, n_tasks, sum_task, &p, NULL);
    }
    if (status == CM_OK) cmi_blocks_fold(d->partial, p.n_blocks, width(&p), sums);
    return status;
}

/* ---- the likelihood ---- */

static double over_x(const cmi_bgnbd_data *d, int table)
{
    return cmi_block_dot(d->customers, x_row(d, table), d->n_x);
}

static void fill_hessian(const cmi_bgnbd_data *d, const cmi_bgnbd *m, const double *s, double *h)
{
    double n = (double)d->rows->n_customers, ia = 1.0 / m->a, il = 1.0 / m->alpha;
    double upper[4][4] = {
        { over_x(d, A_RR) + s[S_RR], n * il + s[S_RL], s[S_RA] * ia, s[S_RB] },
        { 0.0, s[S_LL] - n * m->r * il * il, s[S_LA] * ia, s[S_LB] },
        { 0.0, 0.0, over_x(d, A_AA) + s[S_AA] * ia * ia, over_x(d, A_AA) + s[S_AB] * ia },
        { 0.0, 0.0, 0.0, over_x(d, A_BB) + s[S_BB] },
    };
    for (int i = 0; i < 4; i++)
        for (int j = i; j < 4; j++) h[4 * i + j] = h[4 * j + i] = upper[i][j];
}

double cmi_bgnbd_likelihood(void *user, const double *p, double *gradient, double *hessian,
                            cm_status *status)
{
    const cmi_bgnbd_data *d = user;
    const cmi_bgnbd m = { p[0], p[1], p[2], p[3] };
    double s[S_END] = { 0 };

    fill_x(d, &m, hessian != NULL);
    fill_t(d, &m);
    cm_status done = sum_patterns(d, hessian != NULL, s);
    if (done != CM_OK) {
        *status = done;
        return (double)NAN;
    }
    gradient[0] = over_x(d, A_R) + s[S_R];
    gradient[1] = (double)d->rows->n_customers * m.r / m.alpha + s[S_ALPHA];
    gradient[2] = over_x(d, A_A) + s[S_A] / m.a;
    gradient[3] = over_x(d, A_B) - s[S_B];
    if (hessian) fill_hessian(d, &m, s, hessian);
    return over_x(d, A_VALUE) + s[S_VALUE];
}
