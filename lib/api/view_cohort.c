/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "api/introspect.h"
#include "api/view.h"
#include "core/error.h"
#include "core/grid.h"

/* The view of cohorts: `cells` has one row per cohort and age, cohort by cohort, so that a cell's
 * row follows from its indices. */

struct cm_cohort {
    cm_result *result; /* retained */
    int64_t n_cohorts, n_ages;
    const char **name; /* n_cohorts */
    cmi_arena names;
    const cmi_table_column *cohort, *n_customers, *n_eligible, *n_active, *n_orders, *retention,
        *state;
    const cmi_table_column *pooled;
};

static cm_status open_tables(cm_cohort *c, cm_error *err)
{
    const cmi_view_column cells[] = { { "n_customers", CM_TYPE_I64, &c->n_customers },
                                      { "n_eligible", CM_TYPE_I64, &c->n_eligible },
                                      { "n_active", CM_TYPE_I64, &c->n_active },
                                      { "n_orders", CM_TYPE_I64, &c->n_orders },
                                      { "retention", CM_TYPE_F64, &c->retention },
                                      { "retention_state", CM_TYPE_TEXT, &c->state } };
    const cmi_view_column cohorts[] = { { "cohort", (cm_type)0, &c->cohort } };
    const cmi_view_column curve[] = { { "retention", CM_TYPE_F64, &c->pooled } };
    const cm_table *cell_table, *cohort_table, *curve_table;

    cm_status status =
        cmi_view_open(c->result, "cells", cells, sizeof cells / sizeof *cells, &cell_table, err);
    if (status == CM_OK)
        status = cmi_view_open(c->result, "cohorts", cohorts, 1, &cohort_table, err);
    if (status == CM_OK) status = cmi_view_open(c->result, "curve", curve, 1, &curve_table, err);
    if (status != CM_OK) return status;
    c->n_cohorts = cm_table_n_rows(cohort_table);
    c->n_ages = cm_table_n_rows(curve_table);
    if (cm_table_n_rows(cell_table) != c->n_cohorts * c->n_ages)
        return cmi_fail(err, CM_ERR_INTERNAL, "cohort has %lld cells for %lld cohorts of %lld ages",
                        (long long)cm_table_n_rows(cell_table), (long long)c->n_cohorts,
                        (long long)c->n_ages);
    return CM_OK;
}

static const char *copy_name(cm_cohort *c, int64_t row)
{
    char cell[CMI_CELL_TEXT];
    const char *text = cell;
    size_t length = 0;

    if (cmi_table_is_null(c->cohort, row))
        ;
    else if (c->cohort->type == CM_TYPE_TEXT)
        text = cmi_table_text(c->cohort, row, &length);
    else
        length = (size_t)cmi_table_cell_text(c->cohort, row, cell);
    return cmi_arena_text(&c->names, text, length);
}

static cm_status copy_names(cm_cohort *c, cm_error *err)
{
    cm_context *ctx = cmi_result_context(c->result);
    c->name = cmi_calloc(ctx, (size_t)c->n_cohorts + 1, sizeof *c->name);
    for (int64_t i = 0; c->name && i < c->n_cohorts; i++) {
        c->name[i] = copy_name(c, i);
        if (!c->name[i]) return cmi_no_memory(ctx, err);
    }
    return c->name ? CM_OK : cmi_no_memory(ctx, err);
}

cm_status cm_cohort_create(cm_result *result, cm_cohort **out, cm_error *err)
{
    cmi_error_reset(err);
    if (!out) return cmi_fail(err, CM_ERR_ARG, "cm_cohort_create: out must not be NULL");
    cm_status status = cmi_view_check(result, "cohort", err);
    if (status != CM_OK) return status;
    cm_context *ctx = cmi_result_context(result);
    cm_cohort *c = cmi_calloc(ctx, 1, sizeof *c);
    if (!c) return cmi_no_memory(ctx, err);
    cm_result_retain(result);
    c->result = result;
    cmi_arena_init(&c->names, ctx);
    status = open_tables(c, err);
    if (status == CM_OK) status = copy_names(c, err);
    if (status == CM_OK)
        *out = c;
    else
        cm_cohort_destroy(c);
    return status;
}

void cm_cohort_destroy(cm_cohort *cohort)
{
    if (!cohort) return;
    cm_result *result = cohort->result;
    cm_context *ctx = cmi_result_context(result);
    cmi_arena_destroy(&cohort->names);
    cmi_free(ctx, cohort->name);
    cmi_free(ctx, cohort);
    cm_result_destroy(result); /* the context may go with it */
}

int64_t cm_cohort_n_cohorts(const cm_cohort *cohort)
{
    return cohort ? cohort->n_cohorts : 0;
}

int64_t cm_cohort_n_ages(const cm_cohort *cohort)
{
    return cohort ? cohort->n_ages : 0;
}

const char *cm_cohort_name(const cm_cohort *cohort, int64_t index)
{
    return cohort && index >= 0 && index < cohort->n_cohorts ? cohort->name[index] : NULL;
}

static cm_status check_index(const char *what, int64_t index, int64_t n, cm_error *err)
{
    if (index >= 0 && index < n) return CM_OK;
    return cmi_fail(err, CM_ERR_ARG, "there is no %s %lld, there are %lld", what, (long long)index,
                    (long long)n);
}

/* The state as a text that outlives the view. */
static const char *name_state(const cm_cohort *c, int64_t row)
{
    static const cmi_period_state states[] = { CMI_COMPLETE, CMI_PARTIAL, CMI_PENDING };
    size_t length;
    const char *text = cmi_table_text(c->state, row, &length);
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        const char *name = cmi_state_name(states[i]);
        if (strlen(name) == length && memcmp(name, text, length) == 0) return name;
    }
    return cmi_state_name(CMI_UNDEFINED);
}

cm_status cm_cohort_cell_get(const cm_cohort *cohort, int64_t index, int64_t age,
                             cm_cohort_cell *out, cm_error *err)
{
    cmi_error_reset(err);
    if (!cohort) return cmi_fail(err, CM_ERR_ARG, "cm_cohort_cell_get: cohort must not be NULL");
    cm_status status = check_index("cohort", index, cohort->n_cohorts, err);
    if (status == CM_OK) status = check_index("age", age, cohort->n_ages, err);
    if (status != CM_OK) return status;
    int64_t row = index * cohort->n_ages + age;
    cm_cohort_cell cell = {
        .n_customers = cmi_view_i64(cohort->n_customers, row, -1),
        .n_eligible = cmi_view_i64(cohort->n_eligible, row, -1),
        .n_active = cmi_view_i64(cohort->n_active, row, -1),
        .n_orders = cmi_view_i64(cohort->n_orders, row, -1),
        .retention = cmi_view_f64(cohort->retention, row),
        .state = name_state(cohort, row),
    };
    return cmi_info_fill(out, &cell, sizeof cell, err);
}

/* n_ages values of a column, from `row` on. */
static cm_status read_curve(const cm_cohort *c, const cmi_table_column *column, int64_t row,
                            double *values, int64_t n_values, cm_error *err)
{
    if (!values || n_values < c->n_ages)
        return cmi_fail(err, CM_ERR_ARG, "values must not be NULL and hold %lld ages",
                        (long long)c->n_ages);
    for (int64_t age = 0; age < c->n_ages; age++) values[age] = cmi_view_f64(column, row + age);
    return CM_OK;
}

cm_status cm_cohort_curve(const cm_cohort *cohort, int64_t index, double *values, int64_t n_values,
                          cm_error *err)
{
    cmi_error_reset(err);
    if (!cohort) return cmi_fail(err, CM_ERR_ARG, "cm_cohort_curve: cohort must not be NULL");
    cm_status status = check_index("cohort", index, cohort->n_cohorts, err);
    if (status != CM_OK) return status;
    return read_curve(cohort, cohort->retention, index * cohort->n_ages, values, n_values, err);
}

cm_status cm_cohort_pooled(const cm_cohort *cohort, double *values, int64_t n_values, cm_error *err)
{
    cmi_error_reset(err);
    if (!cohort) return cmi_fail(err, CM_ERR_ARG, "cm_cohort_pooled: cohort must not be NULL");
    return read_curve(cohort, cohort->pooled, 0, values, n_values, err);
}
