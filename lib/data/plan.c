/* SPDX-License-Identifier: MIT */
#include "data/plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "data/grammar.h"

/* What a KPI's plan function calls. The first error sticks; later calls do nothing. */

cm_status cmi_plan_fail(cmi_plan *p, cm_status status, const char *option, const char *format, ...)
{
    if (p->status != CM_OK) return p->status;
    char what[400];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    p->status = cmi_fail(p->err, status, "%s%s%s", option ? option : "", option ? ": " : "", what);
    if (option) cmi_error_option(p->err, option);
    return status;
}

static cm_status fail_memory(cmi_plan *p)
{
    if (p->status == CM_OK) p->status = cmi_no_memory(p->ctx, p->err);
    return p->status;
}

/* A slip of a KPI's author. */
static cm_status fail_misuse(cmi_plan *p, const char *what)
{
    return cmi_plan_fail(p, CM_ERR_INTERNAL, NULL, "%s: %s", p->kpi->id, what);
}

cm_status cmi_plan_status(const cmi_plan *p)
{
    return p->status;
}

void cmi_plan_stream(cmi_plan *p, uint32_t tables, cmi_by_mode by)
{
    if (p->status != CM_OK) return;
    p->tables |= tables;
    p->by_mode = by;
}

void cmi_plan_require(cmi_plan *p, cmi_fact fact, const char *role)
{
    const char *table = cmi_fact_get(fact)->name;
    if (p->status != CM_OK) return;
    if (p->n_require == (int)(sizeof p->require_fact / sizeof *p->require_fact)) {
        fail_misuse(p, "too many requirements");
        return;
    }
    p->tables |= CMI_FACT_BIT(fact);
    p->required |= CMI_FACT_BIT(fact);
    p->require_fact[p->n_require] = fact;
    p->require_role[p->n_require++] = role;
    if (p->dry || !p->has_extent || p->extent.given[fact]) return;
    p->status = cmi_fail(p->err, CM_ERR_MISSING, "%s needs the table '%s', which was not given",
                         p->kpi->id, table);
    cmi_error_at(p->err, table, 0, NULL);
}

static void add_select(cmi_plan *p, int bit, int kind, const cmi_selector *selector)
{
    if (p->status != CM_OK) return;
    if (bit < 1 || bit >= CMI_MAX_BITS || p->n_select == CMI_MAX_BITS) {
        fail_misuse(p, "no such selector bit");
        return;
    }
    p->select[p->n_select++] = (cmi_select){ bit, kind, selector };
}

void cmi_plan_select(cmi_plan *p, int bit, const cmi_selector *s)
{
    if (!s->n) return; /* unset: no row has the bit */
    add_select(p, bit, 0, s);
    if (p->status == CM_OK) p->tables |= s->tables;
}

void cmi_plan_select_head(cmi_plan *p, int bit)
{
    add_select(p, bit, 1, NULL);
}

void cmi_plan_select_no_sale(cmi_plan *p, int bit)
{
    add_select(p, bit, 2, NULL);
}

void cmi_plan_no_ends(cmi_plan *p)
{
    p->no_ends = true;
}

static void add_value(cmi_plan *p, int slot, int kind, const char *name)
{
    if (p->status != CM_OK) return;
    if (slot < 0 || slot >= CMI_MAX_VALUES || p->n_values == 2 * CMI_MAX_VALUES) {
        fail_misuse(p, "no such value slot");
        return;
    }
    p->value[p->n_values++] = (cmi_value){ slot, kind, name };
}

void cmi_plan_value(cmi_plan *p, int slot, const char *name)
{
    add_value(p, slot, 0, name);
}

void cmi_plan_quantity(cmi_plan *p, int slot, const char *name)
{
    add_value(p, slot, 1, name);
}

void cmi_plan_customer(cmi_plan *p, int slot, const char *name)
{
    add_value(p, slot, 2, name);
}

void cmi_plan_builtin_key(cmi_plan *p, const char *name)
{
    cmi_by kept = { 0, NULL };
    if (p->status != CM_OK || p->dry || !p->by.n) return;
    cmi_by_item *items = cmi_plan_alloc(p, sizeof *items * (size_t)p->by.n);
    if (!items) return;
    for (int64_t i = 0; i < p->by.n; i++) {
        const cmi_by_item *item = &p->by.v[i];
        if (item->kind != CMI_BY_DIMENSION || strcmp(item->output, name) != 0)
            items[kept.n++] = *item;
    }
    kept.v = items;
    p->by = kept;
}

void cmi_plan_side(cmi_plan *p, cmi_side_id side)
{
    if (p->status == CM_OK) p->sides |= UINT32_C(1) << side;
}

/* ---- grids ---- */

static cmi_grid *make_grid(cmi_plan *p, const cmi_common *c, cmi_period period, int64_t from,
                           int64_t to, int64_t lead)
{
    cmi_grid *grid;
    if (p->status != CM_OK) return NULL;
    if (!period.unit) lead = 0; /* one period over the window has none before it */
    p->status = cmi_grid_create(p->ctx, c->tz, c->week_start, period, from, to, c->as_of, lead,
                                &grid, p->err);
    if (p->status != CM_OK) return NULL;
    grid->first_fact = p->first_fact;
    cmi_grid_cut(grid);
    return grid;
}

static void set_main_grid(cmi_plan *p, const cmi_common *c, cmi_period period, int64_t lead)
{
    if (p->status == CM_OK && p->grid[0]) fail_misuse(p, "a second main grid");
    cmi_grid *grid = make_grid(p, c, period, c->from, c->to, lead);
    if (!grid) return;
    p->grid[0] = grid;
    if (!p->n_grids) p->n_grids = 1;
}

void cmi_plan_days(cmi_plan *p, const cmi_common *c, int64_t lead)
{
    set_main_grid(p, c, (cmi_period){ CMI_UNIT_DAY, 1 }, lead);
}

void cmi_plan_periods(cmi_plan *p, const cmi_common *c, int64_t lead)
{
    set_main_grid(p, c, c->period, lead);
}

const cmi_grid *cmi_plan_grid(cmi_plan *p, const cmi_common *c, cmi_period period, int64_t from,
                              int64_t to, int64_t lead)
{
    int at = p->n_grids ? p->n_grids : 1;
    if (p->status == CM_OK && at == CMI_MAX_GRIDS) fail_misuse(p, "too many grids");
    cmi_grid *grid = make_grid(p, c, period, from, to, lead);
    if (!grid) return NULL;
    p->grid[at] = grid;
    p->n_grids = at + 1;
    return grid;
}

const cmi_grid *cmi_plan_main_grid(const cmi_plan *p)
{
    return p->grid[0];
}

/* ---- cells ---- */

void cmi_plan_dense(cmi_plan *p, int cells, const int64_t *extents, int n)
{
    int64_t total = 1;
    if (p->status != CM_OK) return;
    if (cells < 0 || cells >= CMI_MAX_CELLS || n < 1 || n > CMI_MAX_KEYS) {
        fail_misuse(p, "no such cells");
        return;
    }
    for (int i = 0; i < n; i++) {
        int64_t extent = extents[i];
        if (extent == CMI_GRID) extent = p->grid[0] ? cmi_grid_n(p->grid[0]) : 0;
        if (extent < 0) {
            fail_misuse(p, "cells of negative extent");
            return;
        }
        p->dense[cells][i] = extent;
        if (__builtin_mul_overflow(total, extent, &total) || total > CMI_MAX_DENSE) {
            cmi_plan_fail(p, CM_ERR_LIMIT, NULL, "%s would need more than %lld cells a group",
                          p->kpi->id, (long long)CMI_MAX_DENSE);
            return;
        }
    }
    p->n_dense[cells] = n;
}

void cmi_plan_bound(cmi_plan *p, int cells, const int64_t *extents, int n)
{
    if (p->status != CM_OK) return;
    if (cells < 0 || cells >= CMI_MAX_CELLS || n < 1 || n > CMI_MAX_KEYS) {
        fail_misuse(p, "no such cells");
        return;
    }
    for (int i = 0; i < n; i++) {
        /* A grid may be empty, and then there is no key at all. */
        int64_t grid = p->grid[0] ? cmi_grid_n(p->grid[0]) : 0;
        p->bound[cells][i] = extents[i] == CMI_GRID ? grid + 1 : extents[i] ? extents[i] + 1 : 0;
    }
}

/* ---- the rest ---- */

int32_t cmi_plan_scale(const cmi_plan *p)
{
    return p->extent.scale;
}

void *cmi_plan_alloc(cmi_plan *p, size_t size)
{
    void *block = p->status == CM_OK ? cmi_arena_alloc(&p->arena, size) : NULL;
    if (!block) fail_memory(p);
    return block;
}

bool cmi_plan_has(const cmi_plan *p, cmi_fact fact)
{
    return p->extent.given[fact];
}

cm_status cmi_plan_selector(cmi_plan *p, const char *option, const char *text, cmi_selector *out)
{
    cm_buffer *canonical;
    if (p->status != CM_OK) return p->status;
    p->status = cm_buffer_create(p->ctx, &canonical, p->err);
    if (p->status != CM_OK) return p->status;
    cmi_option_reader r = { .ctx = p->ctx,
                            .arena = &p->arena,
                            .canonical = canonical,
                            .tz = p->tz,
                            .option = option,
                            .text = text,
                            .err = p->err };
    p->status = cmi_selector_read(&r, text, out);
    cm_buffer_destroy(canonical);
    return p->status;
}

const char *cmi_plan_text(const cmi_plan *p, const char *option)
{
    for (int i = 0; i < p->n_text; i++)
        if (strcmp(p->name[i], option) == 0) return p->text[i];
    return NULL;
}
