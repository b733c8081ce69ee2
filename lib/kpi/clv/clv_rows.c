/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "core/sort.h"
#include "kpi/clv/clv_days.h"
#include "math/ieee.h"

/* From cells to patterns: the distinct (frequency, recency, tenure) of a group. */

enum { N_KEYS = 3 };                                               /* frequency, recency, tenure */
enum { P_N, P_REVENUE, P_FREQUENCY_HOLDOUT, P_REVENUE_HOLDOUT };   /* columns of PATTERNS */
enum { G_CUSTOMER, G_FREQUENCY, G_RECENCY, G_TENURE, G_MONETARY }; /* key of GIVEN */

typedef struct collapse {
    uint64_t
        *value[N_KEYS]; /* of each row: whole numbers, or bits of doubles from 0: both ascend */
    uint64_t *key, *key_scratch;
    uint32_t *order, *order_scratch;
} collapse;

static int choose_cells(const cmi_state *s, const cmi_clv_days *o)
{
    if (cmi_cells_n(s, CMI_CLV_GIVEN)) return CMI_CLV_GIVEN;
    return o->common.detail ? CMI_CLV_CUSTOMERS : CMI_CLV_PATTERNS;
}

int64_t cmi_clv_rows_count(const cmi_clv_rows *r, int64_t row)
{
    if (r->cells == CMI_CLV_CUSTOMERS) return 1;
    return cmi_cells_i64(r->state, r->cells, r->from + row, P_N);
}

static void read_values(const cmi_clv_rows *r, collapse *c)
{
    int first = r->cells == CMI_CLV_GIVEN ? G_FREQUENCY : 0, n_key;

    for (int64_t i = 0; i < r->n_rows; i++) {
        if (r->cells == CMI_CLV_CUSTOMERS) {
            for (int k = 0; k < N_KEYS; k++)
                c->value[k][i] = (uint64_t)cmi_cells_i64(r->state, r->cells, r->from + i, k);
            continue;
        }
        const int64_t *key = cmi_cells_key(r->state, r->cells, r->from + i, &n_key);
        for (int k = 0; k < N_KEYS; k++) c->value[k][i] = (uint64_t)key[first + k];
    }
}

static bool is_sorted(const cmi_clv_rows *r, const collapse *c)
{
    for (int64_t i = 1; i < r->n_rows; i++) {
        int k = 0;
        while (k < N_KEYS && c->value[k][i - 1] == c->value[k][i]) k++;
        if (k < N_KEYS && c->value[k][i - 1] > c->value[k][i]) return false;
    }
    return true;
}

/* By tenure, then recency, then frequency: each sort is stable. Cells of patterns stand so. */
static void sort_rows(const cmi_clv_rows *r, collapse *c)
{
    for (int64_t i = 0; i < r->n_rows; i++) c->order[i] = (uint32_t)i;
    if (is_sorted(r, c)) return;
    for (int k = N_KEYS - 1; k >= 0; k--) {
        for (int64_t i = 0; i < r->n_rows; i++) c->key[i] = c->value[k][c->order[i]];
        cmi_sort_u64_pairs(c->key, c->order, c->key_scratch, c->order_scratch, r->n_rows);
    }
}

static bool is_same(const collapse *c, uint32_t a, uint32_t b)
{
    for (int k = 0; k < N_KEYS; k++)
        if (c->value[k][a] != c->value[k][b]) return false;
    return true;
}

/* Numbers the patterns in order; r->pattern of each row. */
static void number_patterns(cmi_clv_rows *r, const collapse *c)
{
    r->n = 0;
    for (int64_t i = 0; i < r->n_rows; i++) {
        if (!i || !is_same(c, c->order[i - 1], c->order[i])) r->n++;
        r->pattern[c->order[i]] = (uint32_t)(r->n - 1);
    }
}

static bool fill_patterns(cmi_clv_rows *r, const collapse *c)
{
    double days = cmi_clv_unit_days(r->days);
    bool bits = r->cells == CMI_CLV_GIVEN;
    char *block = cmi_calloc(r->ctx, (size_t)r->n + 1, 4 * sizeof(double));

    r->block = block;
    if (!block) return false;
    r->recency = (double *)(void *)block;
    r->tenure = r->recency + r->n;
    r->count = r->tenure + r->n;
    r->frequency = (int64_t *)(void *)(r->count + r->n);
    for (int64_t i = 0; i < r->n_rows; i++) {
        uint32_t p = r->pattern[i];
        int64_t n = cmi_clv_rows_count(r, i);
        r->frequency[p] = (int64_t)c->value[0][i];
        r->recency[p] = bits ? cmi_from_bits(c->value[1][i]) : (double)c->value[1][i] / days;
        r->tenure[p] = bits ? cmi_from_bits(c->value[2][i]) : (double)c->value[2][i] / days;
        r->count[p] += (double)n;
        r->n_customers += n;
    }
    return true;
}

cm_status cmi_clv_rows_open(const cmi_input *in, const cmi_clv_days *o, uint32_t group,
                            cmi_clv_rows *out)
{
    cmi_clv_rows r = { .ctx = in->ctx, .state = in->state, .days = o };
    int64_t to, n;
    collapse c;

    r.cells = choose_cells(in->state, o);
    cmi_cells_range(in->state, r.cells, group, &r.from, &to);
    n = r.n_rows = to - r.from;
    uint64_t *words = cmi_malloc_n(in->ctx, (size_t)n + 1, (N_KEYS + 3) * sizeof *words);
    r.pattern = cmi_malloc_n(in->ctx, (size_t)n + 1, sizeof *r.pattern);
    bool ok = words && r.pattern;
    if (ok) {
        for (int k = 0; k < N_KEYS; k++) c.value[k] = words + k * n;
        c.key = words + N_KEYS * n;
        c.key_scratch = c.key + n;
        c.order = (uint32_t *)(void *)(c.key_scratch + n);
        c.order_scratch = c.order + n;
        read_values(&r, &c);
        sort_rows(&r, &c);
        number_patterns(&r, &c);
        ok = fill_patterns(&r, &c);
    }
    cmi_free(in->ctx, words);
    if (!ok) {
        cmi_clv_rows_close(&r);
        return cmi_no_memory(in->ctx, in->err);
    }
    *out = r;
    return CM_OK;
}

void cmi_clv_rows_close(cmi_clv_rows *r)
{
    if (!r->ctx) return;
    cmi_free(r->ctx, r->pattern);
    cmi_free(r->ctx, r->block);
    memset(r, 0, sizeof *r);
}

/* ---- single rows ---- */

bool cmi_clv_rows_named(const cmi_clv_rows *r)
{
    return r->cells != CMI_CLV_PATTERNS;
}

void cmi_clv_emit_customer(cmi_rows *t, int column, const cmi_clv_rows *r, int64_t row)
{
    int n_key;
    if (!cmi_clv_rows_named(r)) return;
    cmi_emit_code(t, column, r->state, r->cells, 0,
                  cmi_cells_key(r->state, r->cells, r->from + row, &n_key)[0]);
}

bool cmi_clv_rows_revenue(const cmi_clv_rows *r, int64_t row, cmi_i128 *revenue, int64_t *n)
{
    int64_t at = r->from + row;

    if (r->cells == CMI_CLV_GIVEN) return false;
    *n = r->frequency[r->pattern[row]] * cmi_clv_rows_count(r, row);
    *revenue = r->cells == CMI_CLV_CUSTOMERS
                   ? cmi_cells_i64(r->state, r->cells, at, CMI_CLV_REVENUE)
                   : cmi_cells_i128(r->state, r->cells, at, P_REVENUE);
    return true;
}

double cmi_clv_rows_monetary(const cmi_clv_rows *r, int64_t row)
{
    cmi_i128 revenue;
    int64_t n;
    int n_key;

    if (cmi_clv_rows_revenue(r, row, &revenue, &n)) {
        double unit = 1.0;
        for (int32_t i = 0; i < cmi_state_scale(r->state); i++) unit *= 10.0;
        return n ? (double)revenue / ((double)n * unit) : (double)NAN;
    }
    int64_t bits = cmi_cells_key(r->state, r->cells, r->from + row, &n_key)[G_MONETARY];
    return bits == CMI_NULL ? (double)NAN : cmi_from_bits((uint64_t)bits);
}

bool cmi_clv_rows_holdout(const cmi_clv_rows *r, int64_t row, int64_t *n, cmi_i128 *revenue)
{
    int64_t at = r->from + row;

    if (r->cells == CMI_CLV_GIVEN || !r->days->has_holdout) return false;
    if (r->cells == CMI_CLV_CUSTOMERS) {
        *n = cmi_cells_i64(r->state, r->cells, at, CMI_CLV_FREQUENCY_HOLDOUT);
        *revenue = cmi_cells_i64(r->state, r->cells, at, CMI_CLV_REVENUE_HOLDOUT);
    } else {
        *n = cmi_cells_i64(r->state, r->cells, at, P_FREQUENCY_HOLDOUT);
        *revenue = cmi_cells_i128(r->state, r->cells, at, P_REVENUE_HOLDOUT);
    }
    return true;
}

void cmi_clv_diagnose(const cmi_input *in, cmi_output *out)
{
    int64_t given = cmi_cells_n(in->state, CMI_CLV_GIVEN);
    int64_t own =
        cmi_cells_n(in->state, CMI_CLV_CUSTOMERS) + cmi_cells_n(in->state, CMI_CLV_PATTERNS);

    if (!given && !own)
        cmi_diagnose(out, "no_customers",
                     "no customer with a purchase before the calibration's end");
    if (given && own)
        cmi_diagnose(out, "summary_used",
                     "the table summary was given, so the orders were not looked at");
}
