/* SPDX-License-Identifier: MIT */
#include "data/emit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/parallel.h"
#include "data/emit_private.h"
#include "data/plan.h"
#include "data/result.h"

/* Tables of a result from the descriptor's definitions: columns of by and of rates expand here. */

cm_status cmi_output_create(const cmi_plan *plan, const cmi_state *state, const cmi_job *job,
                            cm_result *result, cmi_output **out, cm_error *err)
{
    int n = 0;
    while (plan->kpi->tables && plan->kpi->tables[n].name) n++;
    cmi_output *o = cmi_calloc(plan->ctx, 1, sizeof *o);
    if (!o) return cmi_no_memory(plan->ctx, err);
    o->ctx = plan->ctx;
    o->plan = plan;
    o->state = state;
    o->job = job;
    o->result = result;
    o->n_by = state ? (int)plan->by.n : 0;
    o->none.out = o;
    cmi_arena_init(&o->arena, o->ctx);
    o->rows = cmi_arena_alloc(&o->arena, sizeof *o->rows * (size_t)(n + 1));
    o->n_tables = n;
    if (!o->rows) {
        cmi_output_destroy(o);
        return cmi_no_memory(plan->ctx, err);
    }
    *out = o;
    return CM_OK;
}

void cmi_output_destroy(cmi_output *out)
{
    if (!out) return;
    cmi_arena_destroy(&out->arena);
    cmi_free(out->ctx, out);
}

void cmi_output_fail(cmi_output *out, cm_status status)
{
    if (out->status == CM_OK) out->status = status;
}

cm_status cmi_output_status(const cmi_output *out)
{
    for (int i = 0; i < out->n_tables && out->status == CM_OK; i++)
        if (out->rows[i] && cmi_table_status(out->rows[i]->table) != CM_OK)
            return cmi_table_status(out->rows[i]->table);
    return out->status;
}

/* ---- columns ---- */

typedef struct expansion {
    cmi_output *out;
    const cmi_column_def *defs;
    cmi_rows *rows;
    cmi_column_spec *spec;
    int n;
} expansion;

static const char *name_additivity(cmi_additivity a)
{
    return a == CMI_ALWAYS ? "always" : a == CMI_OVER_GROUPS ? "over_groups" : "never";
}

static bool is_named(const cmi_column_def *defs, const char *name)
{
    for (int i = 0; defs[i].name; i++)
        if (defs[i].kind != CMI_C_BY && strcmp(defs[i].name, name) == 0) return true;
    return false;
}

static cm_type choose_type(const cmi_output *out, cmi_column_kind kind)
{
    cmi_unit unit = out->plan->grid[0] ? out->plan->grid[0]->unit : out->plan->common.period.unit;

    switch (kind) {
    case CMI_C_F64:
    case CMI_C_RATE:
        return CM_TYPE_F64;
    case CMI_C_MONEY:
        return CM_TYPE_MONEY;
    case CMI_C_TEXT:
    case CMI_C_BY:
    case CMI_C_KEYS:
        return CM_TYPE_TEXT;
    case CMI_C_BOOL:
        return CM_TYPE_BOOL;
    case CMI_C_DATE:
        return CM_TYPE_DATE;
    case CMI_C_TIMESTAMP:
        return CM_TYPE_TIMESTAMP;
    case CMI_C_PERIOD:
        return unit && unit < CMI_UNIT_DAY ? CM_TYPE_TIMESTAMP : CM_TYPE_DATE;
    case CMI_C_I64:
        break;
    }
    return CM_TYPE_I64;
}

static void add_column(expansion *x, const cmi_column_def *def, const char *name, cm_type type)
{
    x->spec[x->n++] = (cmi_column_spec){
        .name = name,
        .type = type,
        .is_key = def->key,
        .scale = type == CM_TYPE_MONEY ? cmi_output_scale(x->out) : 0,
        .unit = type == CM_TYPE_TEXT ? "" : def->unit,
        .doc = def->doc,
        .additivity = name_additivity(def->additivity),
        .tz = type == CM_TYPE_TIMESTAMP ? x->out->plan->tz : NULL,
    };
}

static cm_type choose_own_type(const cmi_output *out, const cmi_column_def *def)
{
    for (int i = 0; i < out->n_as_text; i++)
        if (out->as_text[i] == def) return CM_TYPE_TEXT;
    return choose_type(out, def->kind);
}

static void add_by(expansion *x, const cmi_column_def *def)
{
    for (int i = 0; i < x->out->n_by; i++) {
        const char *name = x->out->plan->by.v[i].output;
        /* A key that the KPI has anyway, such as channel, shows once. */
        x->rows->by_column[i] = is_named(x->defs, name) ? -1 : x->n;
        if (x->rows->by_column[i] >= 0) add_column(x, def, name, CM_TYPE_TEXT);
    }
}

static void add_keys(expansion *x, const cmi_column_def *def)
{
    const struct cmi_out_keys *keys = NULL;

    for (int i = 0; i < x->out->n_keys; i++)
        if (x->out->keys[i].table->columns == x->defs) keys = &x->out->keys[i];
    for (int i = 0; keys && i < keys->n; i++) {
        const cmi_table_column *like = keys->like[i];
        add_column(x, def, keys->name[i], like->type);
        cmi_column_spec *spec = &x->spec[x->n - 1];
        spec->scale = like->scale;
        spec->unit = like->unit;
        spec->doc = like->doc;
        spec->tz = like->type == CM_TYPE_TIMESTAMP ? like->tz : NULL;
    }
}

static bool add_rate(expansion *x, const cmi_column_def *def)
{
    static const char *const suffix[] = { "", "_lower", "_upper", "_state" };
    size_t n = strlen(def->name);

    for (int i = 0; i < 4; i++) {
        size_t more = strlen(suffix[i]);
        char *name = cmi_arena_alloc(&x->out->arena, n + more + 1);
        if (!name) return false;
        memcpy(name, def->name, n);
        memcpy(name + n, suffix[i], more);
        add_column(x, def, name, i < 3 ? CM_TYPE_F64 : CM_TYPE_TEXT);
    }
    return true;
}

static bool expand_columns(expansion *x)
{
    for (int i = 0; x->defs[i].name; i++) {
        const cmi_column_def *def = &x->defs[i];
        x->rows->column[i] = x->n;
        if (def->kind == CMI_C_BY)
            add_by(x, def);
        else if (def->kind == CMI_C_KEYS)
            add_keys(x, def);
        else if (def->kind != CMI_C_RATE)
            add_column(x, def, def->name, choose_own_type(x->out, def));
        else if (!add_rate(x, def))
            return false;
    }
    return true;
}

static cmi_rows *make_rows(cmi_output *out, const cmi_table_def *def)
{
    int n = 0;
    while (def->columns[n].name) n++;
    expansion x = { .out = out, .defs = def->columns };
    x.rows = cmi_arena_alloc(&out->arena, sizeof *x.rows);
    x.spec = cmi_arena_alloc(&out->arena,
                             sizeof *x.spec * (size_t)(4 * n + CMI_MAX_KEYS + CMI_MAX_OUT_KEYS));
    if (x.rows)
        x.rows->column = cmi_arena_alloc(&out->arena, sizeof *x.rows->column * (size_t)(n + 1));
    if (!x.rows || !x.spec || !x.rows->column || !expand_columns(&x)) {
        cmi_output_fail(out, CM_ERR_MEMORY);
        return NULL;
    }
    x.rows->out = out;
    x.rows->table = cmi_result_add_table(out->result, def->name, def->doc, x.spec, x.n);
    if (x.rows->table) return x.rows;
    cmi_output_fail(out, CM_ERR_MEMORY);
    return NULL;
}

cmi_rows *cmi_out(cmi_output *out, int table)
{
    if (table < 0 || table >= out->n_tables) {
        cmi_output_fail(out, CM_ERR_INTERNAL);
        return &out->none;
    }
    if (!out->rows[table] && out->status == CM_OK)
        out->rows[table] = make_rows(out, &out->plan->kpi->tables[table]);
    return out->rows[table] ? out->rows[table] : &out->none;
}

void cmi_out_as_text(cmi_output *out, int table, int column)
{
    bool known = table >= 0 && table < out->n_tables && !out->rows[table];
    if (!known || out->n_as_text == (int)(sizeof out->as_text / sizeof *out->as_text)) {
        cmi_output_fail(out, CM_ERR_INTERNAL);
        return;
    }
    out->as_text[out->n_as_text++] = &out->plan->kpi->tables[table].columns[column];
}

void cmi_out_keys(cmi_output *out, int table, const char *const *name,
                  const cmi_table_column *const *like, int n)
{
    bool known = table >= 0 && table < out->n_tables && !out->rows[table];
    if (!known || n > CMI_MAX_OUT_KEYS ||
        out->n_keys == (int)(sizeof out->keys / sizeof *out->keys)) {
        cmi_output_fail(out, CM_ERR_INTERNAL);
        return;
    }
    out->keys[out->n_keys++] =
        (struct cmi_out_keys){ &out->plan->kpi->tables[table], name, like, n };
}

/* ---- what the run is asked ---- */

int32_t cmi_output_scale(const cmi_output *out)
{
    return cmi_plan_scale(out->plan);
}

double cmi_output_confidence(const cmi_output *out)
{
    return out->plan->common.confidence;
}

int cmi_output_n_by(const cmi_output *out)
{
    return out->n_by;
}

const char *cmi_output_by_text(const cmi_output *out, uint32_t group, int dimension)
{
    size_t length;
    const char *text = cmi_state_by_text(out->state, group, dimension, &length);
    if (!text) return NULL;
    /* Dictionaries end no text with NUL. The arena is the output's own scratch. */
    cmi_output *own = (cmi_output *)(uintptr_t)out;
    if (!own->by_text) {
        size_t n = (size_t)cmi_state_n_groups(out->state) * (size_t)out->n_by;
        own->by_text = cmi_arena_alloc(&own->arena, sizeof *own->by_text * n);
        if (!own->by_text) {
            cmi_output_fail(own, CM_ERR_MEMORY);
            return "";
        }
    }
    const char **cached = &own->by_text[(size_t)group * (size_t)out->n_by + (size_t)dimension];
    if (!*cached) *cached = cmi_arena_text(&own->arena, text, length);
    if (!*cached) cmi_output_fail(own, CM_ERR_MEMORY);
    return *cached ? *cached : "";
}

/* ---- diagnostics and warnings ---- */

void cmi_diagnose(cmi_output *out, const char *code, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    cmi_diagnostic_row *row = cmi_arena_alloc(&out->arena, sizeof *row);
    if (row) {
        row->code = cmi_arena_text(&out->arena, code, strlen(code));
        row->message = cmi_arena_text(&out->arena, text, strlen(text));
    }
    if (!row || !row->code || !row->message) {
        cmi_output_fail(out, CM_ERR_MEMORY);
        return;
    }
    if (out->last_diagnostic)
        out->last_diagnostic->next = row;
    else
        out->first_diagnostic = row;
    out->last_diagnostic = row;
}

void cmi_warn(cmi_output *out, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    cmi_meta_warn(cmi_result_open_meta(out->result), text);
}

static void put_diagnostics(cmi_output *out)
{
    static const cmi_column_spec columns[] = {
        { .name = "code", .type = CM_TYPE_TEXT, .doc = "what kind of remark" },
        { .name = "message", .type = CM_TYPE_TEXT, .doc = "the remark" },
    };
    cm_table *table =
        cmi_result_add_table(out->result, "diagnostics", "remarks on this run", columns, 2);

    for (const cmi_diagnostic_row *row = out->first_diagnostic; row; row = row->next) {
        cmi_table_row(table);
        cmi_table_set_text(table, 0, row->code, strlen(row->code));
        cmi_table_set_text(table, 1, row->message, strlen(row->message));
    }
}

cm_status cmi_output_finish(cmi_output *out, cm_error *err)
{
    cm_status status = cmi_output_status(out);

    if (status == CM_OK && out->first_diagnostic) put_diagnostics(out);
    if (status == CM_OK) return CM_OK;
    if (status == CM_ERR_MEMORY || status == CM_ERR_LIMIT) return cmi_no_memory(out->ctx, err);
    if (status == CM_ERR_CANCELLED) return cmi_fail(err, status, "the run was cancelled");
    return cmi_fail(err, status, "%s: a table could not be filled", out->plan->kpi->id);
}
