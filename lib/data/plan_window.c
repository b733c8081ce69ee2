/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "core/error.h"
#include "data/plan_build.h"

/* Which tables a plan reads, and the window that follows from their facts. */

void cmi_plan_reset(cmi_plan *p)
{
    for (int i = 0; i < p->n_grids; i++) {
        cmi_grid_destroy(p->grid[i]);
        p->grid[i] = NULL;
    }
    p->tables = p->required = p->sides = 0;
    p->by_mode = CMI_BY_NONE;
    p->n_select = p->n_values = p->n_grids = p->n_require = 0;
    memset(p->n_dense, 0, sizeof p->n_dense);
    memset(p->bound, 0, sizeof p->bound);
    p->status = CM_OK;
}

/* ---- the first call of the plan function ---- */

/* A window of one day, whatever the user wants: only names of tables come out. */
static void set_dry_common(cmi_building *b)
{
    b->p->common =
        (cmi_common){ .from = 0,
                      .to = CMI_DAY,
                      .as_of = CMI_DAY,
                      .tz = b->p->tz,
                      .period = b->values.period,
                      .confidence = b->values.confidence,
                      .seed = (uint64_t)b->values.seed,
                      .max_groups = b->values.max_groups,
                      .detail = b->values.detail != 1,
                      .week_start = b->values.week_start >= 0 ? b->values.week_start
                                                              : b->p->extent.week_start };
    for (int i = 0; i < b->p->n_text; i++)
        if (strcmp(b->p->name[i], "period") == 0) b->p->common.period_given = b->p->given[i];
}

static cm_status scan_children(cmi_building *b, const void *options, uint32_t *tables)
{
    cmi_children list;
    cm_status status = cmi_children_list(b, options, &list);
    for (int i = 0; i < list.n && status == CM_OK; i++) {
        uint32_t read = 0;
        cmi_building child = { .ctx = b->ctx,
                               .params = list.v[i],
                               .extent = b->extent,
                               .depth = b->depth + 1,
                               .err = b->err };
        status = cmi_building_open(&child);
        if (status == CM_OK) status = cmi_building_scan(&child, &read);
        cmi_plan_release(child.p);
        *tables |= read;
    }
    cmi_children_clear(&list);
    return status;
}

/* The plan reads facts, and not one of its tables was given: an empty result would be a riddle. */
static bool misses_all(const cmi_building *b)
{
    const cmi_plan *p = b->p;
    if (!b->extent || !p->tables || p->sides || p->n_require || p->kpi->children) return false;
    for (int f = 0; f < CMI_N_FACTS; f++)
        if (p->tables & CMI_FACT_BIT(f) && p->extent.given[f]) return false;
    return true;
}

static cm_status fail_missing(const cmi_building *b)
{
    char names[160] = "";
    for (int f = 0; f < CMI_N_FACTS; f++) {
        const char *name = cmi_fact_get((cmi_fact)f)->name;
        if (!(b->p->tables & CMI_FACT_BIT(f))) continue;
        if (*names) strncat(names, ", ", sizeof names - strlen(names) - 1);
        strncat(names, name, sizeof names - strlen(names) - 1);
    }
    return cmi_fail(b->err, CM_ERR_MISSING, "%s reads %s, and nothing of that was given",
                    b->p->kpi->id, names);
}

cm_status cmi_building_scan(cmi_building *b, uint32_t *tables)
{
    cmi_plan *p = b->p;
    const cmi_kpi *kpi = p->kpi;
    void *options = cmi_arena_alloc(&p->arena, kpi->options_size + 1);
    cm_status status = CM_OK;

    if (!options) return cmi_no_memory(b->ctx, b->err);
    memcpy(options, p->options, kpi->options_size);
    set_dry_common(b);
    cmi_building_put_common(b, options);
    p->dry = true;
    if (kpi->plan) status = kpi->plan(p, options);
    if (status == CM_OK) status = p->status;
    *tables = p->tables;
    bool missing = status == CM_OK && misses_all(b);
    if (missing) status = fail_missing(b);
    if (status == CM_OK && kpi->children) status = scan_children(b, options, tables);
    cmi_plan_reset(p);
    p->dry = false;
    if (status == CM_OK || status == CM_ERR_MEMORY || status == CM_ERR_LIMIT || missing)
        return status;
    cmi_error_reset(b->err);
    return CM_OK;
}

/* ---- from, to, as_of ---- */

static void find_facts(const cmi_building *b, uint32_t tables, int64_t *first, int64_t *last)
{
    *first = *last = CMI_NULL;
    for (int f = 0; f < CMI_N_FACTS; f++) {
        int64_t min = b->p->extent.min[f], max = b->p->extent.max[f];
        if (!(tables & CMI_FACT_BIT(f)) || f == CMI_SPEND) continue;
        /* Customers without valid_from are in force before every fact. */
        if (min > CMI_ALWAYS_VALID && (*first == CMI_NULL || min < *first)) *first = min;
        if (max > CMI_ALWAYS_VALID && (*last == CMI_NULL || max > *last)) *last = max;
    }
}

static cm_status start_of_period(cmi_building *b, int64_t us, int64_t *out)
{
    const cmi_common *c = &b->p->common;
    cmi_grid *grid;
    cmi_period period = c->period;
    *out = cmi_tz_midnight(c->tz, cmi_tz_local_day(c->tz, us));
    if (period.unit <= CMI_UNIT_DAY) return CM_OK;
    cm_status status =
        cmi_grid_create(b->ctx, c->tz, c->week_start, period, us, us + 1, us + 1, 0, &grid, b->err);
    if (status != CM_OK) return status;
    *out = grid->edge[0];
    cmi_grid_destroy(grid);
    return CM_OK;
}

static cm_status need_facts(const cmi_building *b, const char *option)
{
    cmi_fail(b->err, CM_ERR_OPTION, "%s: its default depends on the facts, and none are at hand",
             option);
    cmi_error_option(b->err, option);
    cmi_error_hint(b->err, "give %s, or the extent of the facts", option);
    return CM_ERR_OPTION;
}

static cm_status resolve(cmi_building *b, int64_t first, int64_t last)
{
    const cmi_common_values *v = &b->values;
    cmi_common *c = &b->p->common;
    cm_status status = CM_OK;

    if (v->as_of != CMI_NULL)
        c->as_of = v->as_of;
    else if (last != CMI_NULL)
        c->as_of = cmi_tz_midnight(c->tz, cmi_tz_local_day(c->tz, last) + 1);
    else
        c->as_of = v->to != CMI_NULL ? v->to : v->from != CMI_NULL ? v->from : 0;
    c->to = v->to != CMI_NULL ? v->to : c->as_of;
    c->from = v->from != CMI_NULL ? v->from : c->to;
    if (v->from == CMI_NULL && first != CMI_NULL) {
        status = start_of_period(b, first, &c->from);
        if (c->from > c->to) c->from = c->to;
    }
    if (status != CM_OK || c->from <= c->to) return status;
    char from[48], to[48];
    cmi_time_print(c->tz, c->from, from, sizeof from);
    cmi_time_print(c->tz, c->to, to, sizeof to);
    cmi_fail(b->err, CM_ERR_OPTION, "from: the window begins at %s, after its end at %s", from, to);
    cmi_error_option(b->err, "from");
    return CM_ERR_OPTION;
}

cm_status cmi_building_window(cmi_building *b)
{
    const cmi_common_values *v = &b->values;
    int64_t first, last;
    uint32_t tables = 0;
    cm_status status = cmi_building_scan(b, &tables);

    if (status != CM_OK) return status;
    if (!b->extent && tables && b->has_common) {
        if (v->as_of == CMI_NULL) return need_facts(b, "as_of");
        if (v->from == CMI_NULL) return need_facts(b, "from");
    }
    cmi_common *c = &b->p->common;
    c->from_given = cmi_params_given(b->params, "from");
    c->to_given = cmi_params_given(b->params, "to");
    c->as_of_given = cmi_params_given(b->params, "as_of");
    b->p->read = tables;
    find_facts(b, tables, &first, &last);
    if (first != CMI_NULL)
        b->p->first_fact = cmi_tz_midnight(c->tz, cmi_tz_local_day(c->tz, first));
    return resolve(b, first, last);
}
