/* SPDX-License-Identifier: MIT */
#include "core/error.h"
#include "data/driver_rows.h"

/* The plain way through an owner: all rows come from one table and nothing but names and heads of
 * orders decides. Times, and values that stand in the column as the kernel wants them, are read in
 * place. */

bool cmi_plain_fits(const cmi_bound *b)
{
    return b->n_tables == 1 && !b->row_groups && !b->has_where && !b->table[0].n_alternatives;
}

/* ---- selector bits ---- */

static void name_bits(uint64_t *sel, const cmi_bound_table *t, int64_t from, int64_t n)
{
    const uint64_t every = t->all_bits | 1, *bits = t->bits;

    if (!bits) {
        for (int64_t i = 0; i < n; i++) sel[i] = every;
        return;
    }
    const uint32_t *names = t->names + from;
    for (int64_t i = 0; i < n; i++) sel[i] = bits[names[i]] | every;
}

static bool is_sale(const cmi_bound_table *t, int64_t row)
{
    return t->amount && t->amount[row] > 0;
}

/* Orders without ids: every line is an order. */
static void line_bits(uint64_t *sel, const cmi_bound_table *t, int64_t from, int64_t n)
{
    const uint64_t no_order = ~t->order_bits, no_sale = t->no_sale_bits;

    if (!t->amount) {
        for (int64_t i = 0; i < n; i++) sel[i] = (sel[i] & no_order) | no_sale;
        return;
    }
    const int64_t *amount = t->amount + from;
    for (int64_t i = 0; i < n; i++) {
        uint64_t other = (sel[i] & no_order) | no_sale;
        sel[i] = amount[i] > 0 ? sel[i] : other;
    }
}

/* The first line that has the bit keeps it. */
static void keep_first(cmi_walk *w, const uint32_t *ordinal, int64_t n, uint64_t bit)
{
    w->epoch++;
    for (int64_t i = 0; i < n; i++) {
        if (!(w->sel[i] & bit) || ordinal[i] == UINT32_MAX) continue;
        if (w->stamp[ordinal[i]] == w->epoch) w->sel[i] &= ~bit;
        w->stamp[ordinal[i]] = w->epoch;
    }
}

/* Orders with ids. Bits that every line has share their heads; the stamps of these also tell which
 * orders have a positive line. */
static bool order_bits(cmi_walk *w, const cmi_bound_table *t, int64_t from, int64_t n)
{
    const uint32_t *ordinal = t->ordinal + from;
    const uint64_t shared = t->order_bits & t->all_bits;

    if (!cmi_walk_reserve_stamps(w, ordinal, n)) return false;
    w->epoch++;
    for (int64_t i = 0; i < n; i++) {
        if (!is_sale(t, from + i)) {
            w->sel[i] &= ~t->order_bits;
        } else if (ordinal[i] != UINT32_MAX) {
            if (w->stamp[ordinal[i]] == w->epoch) w->sel[i] &= ~shared;
            w->stamp[ordinal[i]] = w->epoch;
        }
    }
    for (int64_t i = 0; t->no_sale_bits && i < n; i++) {
        if (ordinal[i] == UINT32_MAX) {
            if (!is_sale(t, from + i)) w->sel[i] |= t->no_sale_bits;
        } else if (w->stamp[ordinal[i]] != w->epoch) {
            w->stamp[ordinal[i]] = w->epoch;
            w->sel[i] |= t->no_sale_bits;
        }
    }
    for (uint64_t left = t->order_bits & ~shared; left; left &= left - 1)
        keep_first(w, ordinal, n, left & (~left + 1));
    return true;
}

bool cmi_plain_bits(cmi_walk *w, int64_t from, int64_t n)
{
    const cmi_bound_table *t = &w->b->table[0];

    name_bits(w->sel, t, from, n);
    if (!(t->order_bits | t->no_sale_bits)) return true;
    if (t->ordinal) return order_bits(w, t, from, n);
    line_bits(w->sel, t, from, n);
    return true;
}

/* ---- values ---- */

static bool in_place(const cmi_bound_value *v)
{
    return v->place == CMI_ROW && v->column->i64 && !v->multiply && !v->ordinal && !v->one;
}

/* What the general way reads from the gathered rows. */
static void gather_value(cmi_walk *w, int slot, int64_t owner, int64_t from, int64_t n)
{
    const cmi_bound_table *t = &w->b->table[0];
    const cmi_bound_value *v = &t->value[slot];
    int64_t *out = w->value[slot];

    if (v->one) {
        for (int64_t i = 0; i < n; i++) out[i] = v->multiply;
    } else if (v->place == CMI_ROW && v->column->u32 && !v->map && !v->ordinal) {
        for (int64_t i = 0; i < n; i++) out[i] = v->column->u32[from + i];
    } else {
        for (int64_t i = 0; i < n; i++) {
            w->time[i] = t->facts->time[from + i];
            w->row[i] = (uint32_t)(from + i);
            w->table[i] = 0;
            w->fact[i] = (uint8_t)t->fact;
            w->ordinal[i] = t->ordinal ? t->ordinal[from + i] : UINT32_MAX;
        }
        w->n = n;
        cmi_walk_value(w, slot, owner);
    }
}

void cmi_plain_values(cmi_walk *w, cmi_span *span, int64_t owner, int64_t from, int64_t n)
{
    for (int i = 0; i < w->n_used; i++) {
        int k = w->used[i];
        const cmi_bound_value *v = &w->b->table[0].value[k];
        bool direct = in_place(v);
        span->value[k] = direct ? v->column->i64 + from : w->value[k];
        if (!direct) gather_value(w, k, owner, from, n);
    }
}
