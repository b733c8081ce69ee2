/* SPDX-License-Identifier: MIT */
/* What was understood of the facts, as a result: tables, columns, rejects, diagnostics. */
#include <string.h>

#include "core/error.h"
#include "data/loader.h"
#include "data/result.h"

enum { T_TABLE, T_READ, T_KEPT, T_REJECTED, T_FIRST, T_LAST, N_TABLES };
enum { C_TABLE, C_COLUMN, C_ROLE, C_TYPE, C_NULL, C_DISTINCT, C_EXAMPLE, C_NOTE, N_COLUMNS };
enum { R_TABLE, R_REASON, R_N, N_REJECTS };
enum { D_TABLE, D_ROW, D_COLUMN, D_VALUE, D_REASON, N_DIAGNOSTICS };

static const char *name_table(int32_t table)
{
    if (table < CMI_N_FACTS) return cmi_fact_get((cmi_fact)table)->name;
    return cmi_side_get((cmi_side_id)(table - CMI_N_FACTS))->name;
}

/* Empty text is null. */
static void set_text(cm_table *t, int32_t column, const char *text)
{
    if (*text) cmi_table_set_text(t, column, text, strlen(text));
}

static void set_time(cm_table *t, int32_t column, int64_t time)
{
    if (time != CMI_NULL) cmi_table_set_time(t, column, time);
}

/* ---- tables ---- */

static void put_tables(const cm_dataset *ds, cm_result *result)
{
    const cmi_column_spec columns[N_TABLES] = {
        [T_TABLE] = { .name = "table",
                      .type = CM_TYPE_TEXT,
                      .is_key = true,
                      .doc = "fact or side table" },
        [T_READ] = { .name = "n_read", .type = CM_TYPE_I64, .doc = "rows read" },
        [T_KEPT] = { .name = "n_kept", .type = CM_TYPE_I64, .doc = "rows kept" },
        [T_REJECTED] = { .name = "n_rejected",
                         .type = CM_TYPE_I64,
                         .doc = "rows that cannot be used" },
        [T_FIRST] = { .name = "first",
                      .type = CM_TYPE_TIMESTAMP,
                      .tz = ds->tz,
                      .doc = "first time of a row kept" },
        [T_LAST] = { .name = "last",
                     .type = CM_TYPE_TIMESTAMP,
                     .tz = ds->tz,
                     .doc = "last time of a row kept" },
    };
    cm_table *t = cmi_result_add_table(result, "tables", "one row per table that was given",
                                       columns, N_TABLES);
    for (int32_t i = 0; i < CMI_N_FACTS + CMI_N_SIDES; i++) {
        const cmi_facts *f = i < CMI_N_FACTS ? &ds->facts[i] : NULL;
        const cmi_side *s = f ? NULL : &ds->sides[i - CMI_N_FACTS];
        if (!(f ? f->given : s->given)) continue;
        cmi_table_row(t);
        set_text(t, T_TABLE, name_table(i));
        cmi_table_set_i64(t, T_READ, f ? f->n_read : s->n_read);
        cmi_table_set_i64(t, T_KEPT, f ? f->n_rows : s->n_rows);
        cmi_table_set_i64(t, T_REJECTED, f ? f->n_rejected : s->n_rejected);
        set_time(t, T_FIRST, f ? f->min_time : CMI_NULL);
        set_time(t, T_LAST, f ? f->max_time : CMI_NULL);
    }
}

/* ---- columns ---- */

static int64_t count_codes(const uint32_t *codes, int64_t n, uint8_t *seen)
{
    int64_t distinct = 0;
    for (int64_t i = 0; i < n; i++) {
        distinct += codes[i] && !seen[codes[i]];
        seen[codes[i]] = 1;
    }
    return distinct;
}

static int64_t count_owners(const cm_dataset *ds, const cmi_facts *t)
{
    int64_t n = 0;
    for (int64_t o = 0; o < ds->n_known; o++) n += t->offset[o + 1] > t->offset[o];
    return n;
}

/* Codes and the dictionary that a column of the report was kept as; NULL: it has none. */
static const uint32_t *find_codes(const cm_dataset *ds, const cmi_report_column *r, int64_t *n_rows,
                                  int64_t *n_codes)
{
    if (r->table < CMI_N_FACTS) {
        const cmi_column *c = cmi_dataset_dimension(ds, (cmi_fact)r->table, r->role);
        if (!c || !c->u32 || c->type == CMI_ROLE_ENTITY) return NULL;
        *n_rows = ds->facts[r->table].n_rows;
        *n_codes = c->dict < 0 ? ds->n_known : ds->dicts[c->dict]->n;
        return c->u32;
    }
    const cmi_side *t = &ds->sides[r->table - CMI_N_FACTS];
    for (int32_t i = 0; i < t->n_columns; i++) {
        const cmi_side_column *c = &t->columns[i];
        if (!c->u32 || strcmp(c->name, r->role) != 0) continue;
        *n_rows = t->n_rows;
        *n_codes = c->dict->n;
        return c->u32;
    }
    return NULL;
}

/* Distinct values of kept rows where they are counted: ids and texts. CMI_NULL where not. */
static cm_status count_distinct(const cm_dataset *ds, const cmi_report_column *r, int64_t *out,
                                cm_error *err)
{
    int64_t n_rows = 0, n_codes = 0;
    *out = CMI_NULL;
    const uint32_t *codes = find_codes(ds, r, &n_rows, &n_codes);
    if (codes) {
        uint8_t *seen = cmi_calloc(ds->ctx, (size_t)n_codes + 1, 1);
        if (!seen) return cmi_no_memory(ds->ctx, err);
        *out = count_codes(codes, n_rows, seen);
        cmi_free(ds->ctx, seen);
        return CM_OK;
    }
    if (r->table >= CMI_N_FACTS) return CM_OK;
    const cmi_fact_def *def = cmi_fact_get((cmi_fact)r->table);
    const cmi_facts *t = &ds->facts[r->table];
    const char *owner = ds->owner ? ds->owner : "customer";
    if (strcmp(r->role, owner) == 0) *out = count_owners(ds, t);
    if (def->entity_role >= 0 && strcmp(r->role, def->roles[def->entity_role].name) == 0)
        *out = t->n_entities;
    return CM_OK;
}

static cm_status put_columns(const cm_dataset *ds, cm_result *result, cm_error *err)
{
    static const cmi_column_spec columns[N_COLUMNS] = {
        [C_TABLE] = { .name = "table",
                      .type = CM_TYPE_TEXT,
                      .is_key = true,
                      .doc = "fact or side table" },
        [C_COLUMN] = { .name = "column",
                       .type = CM_TYPE_TEXT,
                       .is_key = true,
                       .doc = "as the input names it" },
        [C_ROLE] = { .name = "role",
                     .type = CM_TYPE_TEXT,
                     .doc = "role or dimension; null: left out" },
        [C_TYPE] = { .name = "type", .type = CM_TYPE_TEXT, .doc = "what its values were read as" },
        [C_NULL] = { .name = "n_null", .type = CM_TYPE_I64, .doc = "rows without a value" },
        [C_DISTINCT] = { .name = "n_distinct",
                         .type = CM_TYPE_I64,
                         .doc = "distinct values of rows kept: ids and texts" },
        [C_EXAMPLE] = { .name = "example",
                        .type = CM_TYPE_TEXT,
                        .doc = "first value seen; null in a dataset that was loaded" },
        [C_NOTE] = { .name = "note", .type = CM_TYPE_TEXT, .doc = "what is worth knowing" },
    };
    cm_table *t =
        cmi_result_add_table(result, "columns", "one row per input column", columns, N_COLUMNS);
    for (int32_t i = 0; i < ds->n_report; i++) {
        const cmi_report_column *r = &ds->report[i];
        int64_t n_distinct;
        cm_status status = count_distinct(ds, r, &n_distinct, err);
        if (status) return status;
        cmi_table_row(t);
        set_text(t, C_TABLE, name_table(r->table));
        cmi_table_set_text(t, C_COLUMN, r->column, strlen(r->column));
        set_text(t, C_ROLE, r->role);
        set_text(t, C_TYPE, r->type);
        cmi_table_set_i64(t, C_NULL, r->n_null);
        if (n_distinct != CMI_NULL) cmi_table_set_i64(t, C_DISTINCT, n_distinct);
        set_text(t, C_EXAMPLE, r->example);
        set_text(t, C_NOTE, r->note);
    }
    return CM_OK;
}

/* ---- rejects and diagnostics ---- */

static void put_rejects(const cm_dataset *ds, cm_result *result)
{
    static const cmi_column_spec columns[N_REJECTS] = {
        [R_TABLE] = { .name = "table",
                      .type = CM_TYPE_TEXT,
                      .is_key = true,
                      .doc = "fact or side table" },
        [R_REASON] = { .name = "reason",
                       .type = CM_TYPE_TEXT,
                       .is_key = true,
                       .doc = "why rows cannot be used" },
        [R_N] = { .name = "n", .type = CM_TYPE_I64, .doc = "rows" },
    };
    cm_table *t =
        cmi_result_add_table(result, "rejects", "one row per table and reason", columns, N_REJECTS);
    for (int32_t i = 0; i < ds->n_rejects; i++) {
        cmi_table_row(t);
        set_text(t, R_TABLE, name_table(ds->rejects[i].table));
        set_text(t, R_REASON, ds->rejects[i].reason);
        cmi_table_set_i64(t, R_N, ds->rejects[i].n);
    }
}

static void put_diagnostics(const cm_dataset *ds, cm_result *result)
{
    static const cmi_column_spec columns[N_DIAGNOSTICS] = {
        [D_TABLE] = { .name = "table",
                      .type = CM_TYPE_TEXT,
                      .is_key = true,
                      .doc = "fact or side table" },
        [D_ROW] = { .name = "row",
                    .type = CM_TYPE_I64,
                    .is_key = true,
                    .doc = "row of the input, from 1; null: not known" },
        [D_COLUMN] = { .name = "column",
                       .type = CM_TYPE_TEXT,
                       .is_key = true,
                       .doc = "column; null: the whole row" },
        [D_VALUE] = { .name = "value", .type = CM_TYPE_TEXT, .doc = "what stands there" },
        [D_REASON] = { .name = "reason",
                       .type = CM_TYPE_TEXT,
                       .doc = "why the row cannot be used" },
    };
    cm_table *t = cmi_result_add_table(result, "diagnostics", "the first rows that cannot be used",
                                       columns, N_DIAGNOSTICS);
    for (int64_t i = 0; i < ds->n_diagnostics; i++) {
        const cmi_diagnostic *d = &ds->diagnostics[i];
        cmi_table_row(t);
        set_text(t, D_TABLE, name_table(d->table));
        if (d->row > 0) cmi_table_set_i64(t, D_ROW, d->row);
        set_text(t, D_COLUMN, d->column);
        cmi_table_set_text(t, D_VALUE, d->value, strlen(d->value));
        set_text(t, D_REASON, d->reason);
    }
}

static void put_meta(const cm_dataset *ds, cm_result *result)
{
    cmi_meta *meta = cmi_result_open_meta(result);
    cmi_meta_node *read = cmi_meta_object(meta, NULL, "rows_read");
    cmi_meta_node *rejected = cmi_meta_object(meta, NULL, "rows_rejected");
    int64_t n_ties = 0;
    for (int f = 0; f < CMI_N_FACTS; f++) {
        n_ties += ds->facts[f].n_ties;
        if (ds->facts[f].given) cmi_meta_i64(meta, read, name_table(f), ds->facts[f].n_read);
    }
    for (int32_t i = 0; i < ds->n_rejects; i++) {
        const cmi_reject *r = &ds->rejects[i];
        cmi_meta_i64(meta, cmi_meta_object(meta, rejected, name_table(r->table)), r->reason, r->n);
    }
    cmi_meta_i64(meta, NULL, "n_customers", ds->n_known);
    cmi_meta_i64(meta, NULL, "n_anonymous", ds->n_owners - ds->n_known);
    cmi_meta_i64(meta, NULL, "ties", n_ties);
    cmi_meta_text(meta, NULL, "tz", cmi_tz_name(ds->tz));
    cmi_meta_text(meta, NULL, "tzdata", cmi_tz_version(ds->tz));
}

cm_status cm_dataset_check(const cm_dataset *dataset, struct cm_result **out, cm_error *err)
{
    cmi_error_reset(err);
    if (!dataset || !out)
        return cmi_fail(err, CM_ERR_ARG, "%s is NULL", dataset ? "out" : "dataset");
    cm_result *result = NULL;
    cm_status status = cmi_result_create(dataset->ctx, "check", 1, &result, err);
    if (status) return status;
    put_tables(dataset, result);
    status = put_columns(dataset, result, err);
    put_rejects(dataset, result);
    put_diagnostics(dataset, result);
    put_meta(dataset, result);
    if (!status) status = cmi_result_finish(result, err);
    if (status) {
        cm_result_destroy(result);
        return status;
    }
    *out = result;
    return CM_OK;
}
