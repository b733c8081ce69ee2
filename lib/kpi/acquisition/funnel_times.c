/* SPDX-License-Identifier: MIT */
#include "core/memory.h"
#include "core/sort.h"
#include "kpi/acquisition/funnel_tables.h"
#include "math/runs.h"

/* Times between steps: the cells hold one row per distinct series of times, from which the exact
 * distribution between any two steps is made. */

/* ---- bins of the histogram ---- */

static int64_t longest_us(const cmi_funnel *o)
{
    return o->window_us ? o->window_us : cmi_duration_us(o->window);
}

static cm_status bad_bins(cmi_plan *p, const cmi_funnel *o)
{
    return cmi_plan_fail(p, CM_ERR_OPTION, "bins",
                         "'%s' is neither rising edges (1min,1h,1d), a number from 2 to %d, log, "
                         "nor quantile:n",
                         o->bins_text, CMI_FUNNEL_MAX_EDGES);
}

static bool read_number(const char *p, int64_t *out)
{
    int64_t v = 0;
    int n = 0;

    for (; *p >= '0' && *p <= '9' && n < 4; p++, n++) v = v * 10 + (*p - '0');
    *out = v;
    return n && !*p && v >= 2 && v <= CMI_FUNNEL_MAX_EDGES;
}

static void add_edge(cmi_funnel *o, int64_t *edge, int64_t us)
{
    if (us > 0 && us <= longest_us(o) && o->n_edges < CMI_FUNNEL_MAX_EDGES) edge[o->n_edges++] = us;
}

/* 1, 2, 5, 10, ... seconds; longer windows than a century of them there are none. */
static void add_series(cmi_funnel *o, int64_t *edge)
{
    static const int64_t factor[] = { 1, 2, 5 };
    for (int64_t unit = CMI_SECOND; unit <= longest_us(o); unit *= 10)
        for (int i = 0; i < 3; i++) add_edge(o, edge, unit * factor[i]);
}

static void add_defaults(cmi_funnel *o, int64_t *edge)
{
    static const int64_t edges[] = { 10 * CMI_SECOND, CMI_MINUTE,   10 * CMI_MINUTE, CMI_HOUR,
                                     6 * CMI_HOUR,    CMI_DAY,      2 * CMI_DAY,     3 * CMI_DAY,
                                     7 * CMI_DAY,     14 * CMI_DAY, 30 * CMI_DAY,    90 * CMI_DAY,
                                     365 * CMI_DAY };
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
        if (edges[i] < longest_us(o)) add_edge(o, edge, edges[i]);
}

static bool add_given(cmi_funnel *o, int64_t *edge)
{
    for (const char *p = o->bins_text; *p;) {
        char word[24];
        cmi_duration d;
        size_t n = strcspn(p, ",");
        if (n == 0 || n >= sizeof word || o->n_edges == CMI_FUNNEL_MAX_EDGES) return false;
        memcpy(word, p, n);
        word[n] = '\0';
        int64_t last = o->n_edges ? edge[o->n_edges - 1] : 0;
        if (!cmi_duration_parse(word, &d) || cmi_duration_us(d) <= last) return false;
        edge[o->n_edges++] = cmi_duration_us(d);
        p += n + (p[n] == ',');
    }
    return o->n_edges > 0;
}

cm_status cmi_funnel_read_bins(cmi_plan *p, cmi_funnel *o)
{
    int64_t n, *edge = cmi_plan_alloc(p, sizeof *edge * CMI_FUNNEL_MAX_EDGES);
    const char *text = o->bins_text;

    if (!edge) return cmi_plan_status(p);
    o->edge = edge;
    o->n_edges = 0;
    o->bins = CMI_FUNNEL_EDGES;
    if (!text) {
        add_defaults(o, edge);
    } else if (!strcmp(text, "log")) {
        add_series(o, edge);
    } else if (!strncmp(text, "quantile:", 9)) {
        if (!read_number(text + 9, &o->n_edges)) return bad_bins(p, o);
        o->bins = CMI_FUNNEL_QUANTILES;
    } else if (read_number(text, &n)) {
        for (int64_t i = 1; i < n; i++)
            add_edge(o, edge, (int64_t)((cmi_i128)longest_us(o) * i / n));
    } else if (!add_given(o, edge)) {
        return bad_bins(p, o);
    }
    return CM_OK;
}

/* ---- the distribution between two steps ---- */

/* Room for the series of one group. */
typedef struct series {
    const cmi_state *s;
    int cells, n;
    int64_t from, to;
    int64_t *count; /* by row */
    uint64_t *key, *key_scratch;
    uint32_t *order, *order_scratch;
    cmi_run *run;
    int64_t n_runs;
} series;

static bool open_series(series *x, cm_context *ctx)
{
    size_t n = (size_t)(x->to - x->from) + 1;

    size_t size = sizeof *x->count + 2 * sizeof *x->key + sizeof *x->run + 2 * sizeof *x->order;

    x->count = cmi_malloc_n(ctx, n, size);
    if (!x->count) return false;
    x->key = (uint64_t *)(void *)(x->count + n);
    x->key_scratch = x->key + n;
    x->run = (cmi_run *)(void *)(x->key_scratch + n);
    x->order = (uint32_t *)(void *)(x->run + n);
    x->order_scratch = x->order + n;
    for (int64_t row = x->from; row < x->to; row++)
        x->count[row - x->from] = cmi_cells_i64(x->s, x->cells, row, 0);
    return true;
}

/* Time between the two steps in one series; -1: one of them is not there. */
static int64_t time_between(const series *x, int64_t row, int i, int j)
{
    int n;
    const int64_t *key = cmi_cells_key(x->s, x->cells, row, &n);
    int64_t sum = 0;

    if ((i && !key[i - 1]) || !key[j - 1]) return -1;
    for (int k = i; k < j; k++) sum += key[k] ? key[k] - 1 : 0;
    return sum;
}

static void read_runs(series *x, int i, int j)
{
    int64_t n = 0;

    for (int64_t row = x->from; row < x->to; row++) {
        int64_t us = time_between(x, row, i, j);
        if (us < 0) continue;
        x->key[n] = (uint64_t)us;
        x->order[n++] = (uint32_t)(row - x->from);
    }
    cmi_sort_u64_pairs(x->key, x->order, x->key_scratch, x->order_scratch, n);
    for (int64_t k = 0; k < n; k++)
        x->run[k] = (cmi_run){ (int64_t)x->key[k], x->count[x->order[k]] };
    x->n_runs = cmi_runs_compact(x->run, n);
}

static void emit_times(const series *x, uint32_t group, int i, int j, cmi_rows *t)
{
    static const double p[] = { .1, .25, .5, .75, .9 };
    int64_t n = cmi_runs_count(x->run, x->n_runs);

    cmi_row(t, group);
    cmi_emit_i64(t, CMI_FUNNEL_T_FROM, i + 1);
    cmi_emit_i64(t, CMI_FUNNEL_T_TO, j + 1);
    cmi_emit_i64(t, CMI_FUNNEL_T_N, n);
    cmi_emit_ratio(t, CMI_FUNNEL_T_MEAN, cmi_runs_sum(x->run, x->n_runs), (cmi_i128)n * CMI_SECOND);
    for (int k = 0; k < 5; k++) {
        double us;
        if (cmi_runs_quantile7(x->run, x->n_runs, p[k], &us))
            cmi_emit_f64(t, CMI_FUNNEL_T_P10 + k, us / (double)CMI_SECOND);
    }
}

/* Edges at the quantiles; equal ones are one. */
static int64_t quantile_edges(const series *x, int64_t n, int64_t *edge)
{
    int64_t n_edges = 0;

    for (int64_t k = 1; k < n; k++) {
        int64_t us;
        if (cmi_runs_quantile1(x->run, x->n_runs, (double)k / (double)n, &us) && us > 0 &&
            (!n_edges || us > edge[n_edges - 1]))
            edge[n_edges++] = us;
    }
    return n_edges;
}

static void emit_histogram(const series *x, const cmi_funnel *o, uint32_t group, int i, int j,
                           cmi_rows *t)
{
    int64_t own[CMI_FUNNEL_MAX_EDGES] = { 0 }, bins[CMI_FUNNEL_MAX_EDGES + 1], n = o->n_edges;
    const int64_t *edge = o->edge;

    if (!x->n_runs) return;
    if (o->bins == CMI_FUNNEL_QUANTILES) {
        n = quantile_edges(x, o->n_edges, own);
        edge = own;
    }
    cmi_runs_histogram(x->run, x->n_runs, edge, n, bins);
    for (int64_t k = 0; k <= n; k++) {
        cmi_row(t, group);
        cmi_emit_i64(t, CMI_FUNNEL_H_FROM, i + 1);
        cmi_emit_i64(t, CMI_FUNNEL_H_TO, j + 1);
        cmi_emit_i64(t, CMI_FUNNEL_H_BUCKET, k + 1);
        cmi_emit_ratio(t, CMI_FUNNEL_H_LOWER, k ? edge[k - 1] : 0, CMI_SECOND);
        if (k < n) cmi_emit_ratio(t, CMI_FUNNEL_H_UPPER, edge[k], CMI_SECOND);
        cmi_emit_i64(t, CMI_FUNNEL_H_N, bins[k]);
    }
}

bool cmi_funnel_emit_times(const cmi_input *in, const cmi_funnel *o, uint32_t group,
                           cmi_rows *times, cmi_rows *histogram)
{
    series x = { .s = in->state, .n = o->n };

    x.cells = o->n <= CMI_FUNNEL_SHORT ? CMI_FUNNEL_TIMES : CMI_FUNNEL_LONG_TIMES;
    cmi_cells_range(in->state, x.cells, group, &x.from, &x.to);
    if (!open_series(&x, in->ctx)) return false;
    for (int i = 0; i < o->n; i++)
        for (int j = i + 1; j < o->n; j++) {
            read_runs(&x, i, j);
            emit_times(&x, group, i, j, times);
            emit_histogram(&x, o, group, i, j, histogram);
        }
    cmi_free(in->ctx, x.count);
    return true;
}
