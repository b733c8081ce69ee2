/* SPDX-License-Identifier: MIT */
#include "data/driver_rows.h"

#include <string.h>

#include "core/error.h"

/* The rows of one owner: merging, selector bits, heads of orders, values, groups. */

bool cmi_walk_grow(cmi_walk *w, int64_t n)
{
    cm_context *ctx = w->b->ds->ctx;
    struct {
        void **p;
        size_t size;
    } all[] = {
        { (void **)&w->time, 8 },      { (void **)&w->raw, 8 },       { (void **)&w->sel, 8 },
        { (void **)&w->table, 1 },     { (void **)&w->fact, 1 },      { (void **)&w->row, 4 },
        { (void **)&w->group, 4 },     { (void **)&w->ordinal, 4 },   { (void **)&w->pass, 1 },
        { (void **)&w->slice, 4 },     { (void **)&w->part_time, 8 }, { (void **)&w->part_sel, 8 },
        { (void **)&w->part_fact, 1 },
    };
    int64_t capacity = n + n / 2 + 64;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        void *p = cmi_realloc(ctx, *all[i].p, (size_t)capacity * all[i].size);
        if (!p) return false;
        *all[i].p = p;
    }
    for (int i = 0; i < w->n_used; i++) {
        int k = w->used[i];
        int64_t *p = cmi_realloc(ctx, w->value[k], (size_t)capacity * 8);
        if (p) w->value[k] = p;
        int64_t *q = p ? cmi_realloc(ctx, w->part_value[k], (size_t)capacity * 8) : NULL;
        if (!q) return false;
        w->part_value[k] = q;
    }
    w->capacity = capacity;
    return true;
}

void cmi_walk_free(cmi_walk *w)
{
    if (!w->b) return;
    cm_context *ctx = w->b->ds->ctx;
    void *all[] = { w->time,      w->raw,      w->sel,       w->table, w->fact,
                    w->row,       w->group,    w->ordinal,   w->pass,  w->slice,
                    w->part_time, w->part_sel, w->part_fact, w->stamp };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) cmi_free(ctx, all[i]);
    for (int k = 0; k < CMI_MAX_VALUES; k++) {
        cmi_free(ctx, w->value[k]);
        cmi_free(ctx, w->part_value[k]);
    }
}

/* Rows of a table that belong to the owner and lie before as_of. */
static void slice_of(const cmi_bound *b, const cmi_bound_table *t, int64_t owner, int64_t *from,
                     int64_t *to)
{
    int64_t lo = t->facts->offset[owner], hi = t->facts->offset[owner + 1];
    int64_t as_of = b->plan->common.as_of;

    *from = lo;
    if (hi == lo || t->facts->time[hi - 1] < as_of) {
        *to = hi;
        return;
    }
    while (lo < hi) {
        int64_t mid = lo + (hi - lo) / 2;
        if (t->facts->time[mid] < as_of)
            lo = mid + 1;
        else
            hi = mid;
    }
    *to = lo;
}

static void take(cmi_walk *w, int t, int64_t row)
{
    int64_t i = w->n++;
    w->time[i] = w->b->table[t].facts->time[row];
    w->table[i] = (uint8_t)t;
    w->fact[i] = (uint8_t)w->b->table[t].fact;
    w->row[i] = (uint32_t)row;
}

int64_t cmi_walk_gather(cmi_walk *w, int64_t owner)
{
    const cmi_bound *b = w->b;
    int64_t next[CMI_N_FACTS], end[CMI_N_FACTS], total = 0;
    int live = 0, only = 0;

    w->n = 0;
    for (int t = 0; t < b->n_tables; t++) {
        slice_of(b, &b->table[t], owner, &next[t], &end[t]);
        total += end[t] - next[t];
        if (end[t] > next[t]) live++, only = t;
    }
    if (!total) return 0;
    if (!cmi_walk_reserve(w, total)) return -1;
    if (live == 1) {
        while (next[only] < end[only]) take(w, only, next[only]++);
        return total;
    }
    while (w->n < total) { /* ties go to the earlier table */
        int best = -1;
        for (int t = 0; t < b->n_tables; t++)
            if (next[t] < end[t] && (best < 0 || b->table[t].facts->time[next[t]] <
                                                     b->table[best].facts->time[next[best]]))
                best = t;
        take(w, best, next[best]++);
    }
    return total;
}

/* ---- selector bits ---- */

int64_t cmi_walk_customer_row(const cmi_bound *b, int64_t owner, int64_t time)
{
    const cmi_facts *c = &b->ds->facts[CMI_CUSTOMERS];
    if (!c->n_rows) return -1;
    int64_t lo = c->offset[owner], hi = c->offset[owner + 1];
    if (lo == hi) return -1;
    if (!b->several_rows) return hi - 1; /* of equals the last, as below */
    for (int64_t i = hi - 1; i >= lo; i--)
        if (c->time[i] <= time) return i;
    return -1;
}

static bool test_passes(const cmi_bound *b, const cmi_test *t, int64_t owner, int64_t row,
                        int64_t time)
{
    bool ok = t->null_passes;

    if (t->place == CMI_LABEL)
        return (t->pass[owner < b->ds->n_known ? t->label[owner] : 0] != 0) != t->negate;
    if (t->place == CMI_CUSTOMER_ROW) row = cmi_walk_customer_row(b, owner, time);
    if (t->place != CMI_NOWHERE && row >= 0) {
        if (t->pass) {
            ok = t->pass[t->column->u32[row]];
        } else if (t->column->i64[row] != CMI_NULL) {
            int64_t v = t->column->i64[row];
            ok = t->n_values < 0 && (t->lower == CMI_NULL || v >= t->lower) &&
                 (t->upper == CMI_NULL || v < t->upper);
            for (int64_t i = 0; i < t->n_values && !ok; i++) ok = t->values[i] == v;
        }
    }
    return ok != t->negate;
}

static bool tests_pass(const cmi_bound *b, const cmi_test *tests, int n, int64_t owner, int64_t row,
                       int64_t time)
{
    for (int i = 0; i < n; i++)
        if (!test_passes(b, &tests[i], owner, row, time)) return false;
    return true;
}

static uint64_t row_bits(const cmi_bound *b, const cmi_bound_table *t, int64_t owner, int64_t row,
                         int64_t time)
{
    uint64_t bits = t->all_bits;

    if (t->bits) bits |= t->bits[t->names[row]];
    for (int i = 0; i < t->n_alternatives; i++) {
        const cmi_bound_alternative *a = &t->alternative[i];
        if (a->names && !a->names[t->names[row]]) continue;
        if (tests_pass(b, a->tests, a->n_tests, owner, row, time)) bits |= a->bits;
    }
    if (t->order_bits && !(t->amount && t->amount[row] > 0)) bits &= ~t->order_bits;
    return bits;
}

void cmi_walk_bits(cmi_walk *w, int64_t owner)
{
    const cmi_bound *b = w->b;

    for (int64_t i = 0; i < w->n; i++) {
        const cmi_bound_table *t = &b->table[w->table[i]];
        int64_t row = w->row[i];
        w->raw[i] = row_bits(b, t, owner, row, w->time[i]) & ~UINT64_C(1);
        w->pass[i] = !t->n_where || tests_pass(b, t->where, t->n_where, owner, row, w->time[i]);
        w->ordinal[i] = t->fact == CMI_ORDERS && t->ordinal ? t->ordinal[row] : UINT32_MAX;
        w->sel[i] = w->raw[i] | w->pass[i];
    }
}

/* ---- heads of orders (definition 6) ---- */

static bool stamp_order(cmi_walk *w, uint32_t ordinal)
{
    if (w->stamp[ordinal] == w->epoch) return false;
    w->stamp[ordinal] = w->epoch;
    return true;
}

bool cmi_walk_reserve_stamps(cmi_walk *w, const uint32_t *ordinal, int64_t n)
{
    int64_t need = 0;
    for (int64_t i = 0; i < n; i++)
        if (ordinal[i] != UINT32_MAX && ordinal[i] >= need) need = (int64_t)ordinal[i] + 1;
    if (need <= w->n_stamp) return true;
    int64_t size = need * 2;
    uint32_t *p = cmi_realloc(w->b->ds->ctx, w->stamp, (size_t)size * 4);
    if (!p) return false;
    memset(p + w->n_stamp, 0, (size_t)(size - w->n_stamp) * 4);
    w->stamp = p;
    w->n_stamp = size;
    return true;
}

/* First among the lines of each order that have the bit, those that pass `where` before the others.
 */
static void keep_heads(cmi_walk *w, const uint32_t *rows, int64_t n, bool by_where, uint64_t bit)
{
    w->epoch++;
    for (int round = by_where ? 0 : 1; round < 2; round++) {
        for (int64_t k = 0; k < n; k++) {
            int64_t i = rows ? rows[k] : k;
            if (w->fact[i] != CMI_ORDERS || !(w->raw[i] & bit)) continue;
            if (by_where && w->pass[i] != (round == 0)) continue;
            if (w->ordinal[i] == UINT32_MAX || stamp_order(w, w->ordinal[i])) w->sel[i] |= bit;
        }
    }
}

/* The first line of an order that has no positive line at all. The stamps of the positive ones come
 * first. */
static void mark_no_sale(cmi_walk *w, const uint32_t *rows, int64_t n, bool by_where, uint64_t bits)
{
    w->epoch++;
    for (int64_t k = 0; k < n; k++) {
        int64_t i = rows ? rows[k] : k;
        const cmi_bound_table *t = &w->b->table[w->table[i]];
        if (t->fact == CMI_ORDERS && t->amount && t->amount[w->row[i]] > 0 &&
            w->ordinal[i] != UINT32_MAX)
            stamp_order(w, w->ordinal[i]);
    }
    for (int round = by_where ? 0 : 1; round < 2; round++) {
        for (int64_t k = 0; k < n; k++) {
            int64_t i = rows ? rows[k] : k;
            const cmi_bound_table *t = &w->b->table[w->table[i]];
            if (t->fact != CMI_ORDERS || (by_where && w->pass[i] != (round == 0))) continue;
            bool sale = t->amount && t->amount[w->row[i]] > 0;
            if (w->ordinal[i] == UINT32_MAX ? !sale : stamp_order(w, w->ordinal[i]))
                w->sel[i] |= bits;
        }
    }
}

void cmi_walk_heads(cmi_walk *w, const uint32_t *rows, int64_t n, bool by_where)
{
    uint64_t order_bits = 0, no_sale_bits = 0;

    for (int t = 0; t < w->b->n_tables; t++) {
        order_bits |= w->b->table[t].fact == CMI_ORDERS ? w->b->table[t].order_bits : 0;
        no_sale_bits |= w->b->table[t].no_sale_bits;
    }
    if (!(order_bits | no_sale_bits)) return;
    if (!cmi_walk_reserve_stamps(w, w->ordinal, w->n)) {
        cmi_state_fail(w->state, CM_ERR_MEMORY, "no memory for the orders of one customer");
        return;
    }
    for (int64_t k = 0; k < n; k++) {
        int64_t i = rows ? rows[k] : k;
        if (w->fact[i] == CMI_ORDERS) w->sel[i] &= ~order_bits;
    }
    for (uint64_t left = order_bits; left; left &= left - 1)
        keep_heads(w, rows, n, by_where, left & (~left + 1));
    if (no_sale_bits) mark_no_sale(w, rows, n, by_where, no_sale_bits);
}

/* ---- values ---- */

static int64_t scaled(const cmi_bound_value *v, int64_t x)
{
    int64_t narrow;

    if (x == CMI_NULL || !v->multiply) return x;
    if (v->divide == 1 && !__builtin_mul_overflow(x, v->multiply, &narrow)) return narrow;
    cmi_i128 product = (cmi_i128)x * v->multiply;
    cmi_i128 q = product / v->divide, rest = product % v->divide;
    if (rest < 0) q--, rest += v->divide;
    if (2 * rest > v->divide || (2 * rest == v->divide && (q & 1))) q++;
    return q > INT64_MAX || q <= INT64_MIN ? CMI_NULL : (int64_t)q;
}

static int64_t read_value(const cmi_walk *w, const cmi_bound_value *v, int64_t owner, int64_t i)
{
    int64_t row = w->row[i];

    if (v->one) return v->multiply;
    if (v->ordinal)
        return w->fact[i] == CMI_ORDERS && w->ordinal[i] != UINT32_MAX ? w->ordinal[i] : row;
    if (v->place == CMI_CUSTOMER_ROW) row = cmi_walk_customer_row(w->b, owner, w->time[i]);
    if (v->place == CMI_NOWHERE || row < 0) return v->code ? 0 : CMI_NULL;
    if (v->map) return v->map[v->column->u32[row]];
    if (v->column->u32) return v->column->u32[row];
    return scaled(v, v->column->i64[row]);
}

void cmi_walk_value(cmi_walk *w, int slot, int64_t owner)
{
    int64_t *out = w->value[slot];

    for (int64_t i = 0; i < w->n; i++)
        out[i] = read_value(w, &w->b->table[w->table[i]].value[slot], owner, i);
    if (!w->b->slot_dict[slot]) return;
    for (int64_t i = 0; i < w->n; i++)
        if (out[i] == CMI_NULL) out[i] = 0;
}

/* ---- groups ---- */

static uint32_t band_of(const cmi_bound_group *g, int64_t v)
{
    int64_t k = 0;
    if (v == CMI_NULL) return 0;
    while (k < g->n_edges && g->edges[k] <= v) k++;
    return (uint32_t)((g->descending ? g->n_edges - k : k) + 1);
}

static uint32_t group_code(const cmi_bound *b, const cmi_bound_group *g, int64_t owner, int64_t row,
                           int64_t time)
{
    if (g->place == CMI_LABEL) return owner < b->ds->n_known ? g->label[owner] : 0;
    if (g->place == CMI_CUSTOMER_ROW) row = cmi_walk_customer_row(b, owner, time);
    if (g->place == CMI_NOWHERE || row < 0) return 0;
    if (g->n_edges) return band_of(g, g->column->i64[row]);
    uint32_t code = g->column->u32[row];
    return g->map ? g->map[code] : code;
}

static uint32_t find_group(cmi_walk *w, const uint32_t *code)
{
    int64_t wide[CMI_MAX_KEYS];
    int n = w->b->n_by;

    if (w->has_last && !memcmp(code, w->by_code, (size_t)n * sizeof *code)) return w->last_group;
    for (int i = 0; i < n; i++) wide[i] = code[i];
    w->last_group = cmi_state_group(w->state, wide, n);
    memcpy(w->by_code, code, (size_t)n * sizeof *code);
    w->has_last = true;
    return w->last_group;
}

void cmi_walk_groups(cmi_walk *w, int64_t owner)
{
    for (int64_t i = 0; i < w->n; i++) {
        uint32_t code[CMI_MAX_KEYS];
        for (int k = 0; k < w->b->n_by; k++)
            code[k] =
                group_code(w->b, &w->b->table[w->table[i]].group[k], owner, w->row[i], w->time[i]);
        w->group[i] = find_group(w, code);
    }
}

uint32_t cmi_walk_owner_group(cmi_walk *w, int64_t owner)
{
    uint32_t code[CMI_MAX_KEYS] = { 0 };

    if (!w->b->n_by) return 0;
    for (int k = 0; k < w->b->n_by; k++)
        code[k] = group_code(w->b, &w->b->by_owner[k], owner, -1, w->b->plan->common.as_of - 1);
    return find_group(w, code);
}
