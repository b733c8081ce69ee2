/* SPDX-License-Identifier: MIT */
#include "data/table.h"
#include "data/table_write.h"

#include <string.h>

#include "core/error.h"

enum { FIRST_ROWS = 16, FIRST_BYTES = 64 };

/* ---- life ---- */

static size_t width_of(cm_type type)
{
    switch (type) {
    case CM_TYPE_I64:
    case CM_TYPE_F64:
    case CM_TYPE_TIMESTAMP:
        return 8;
    case CM_TYPE_MONEY:
        return sizeof(cmi_i128);
    case CM_TYPE_BOOL:
        return 1;
    case CM_TYPE_DATE:
        return 4;
    case CM_TYPE_TEXT:
    case CM_TYPE_FORCE_32:
        break;
    }
    return 0; /* text keeps codes or offsets, see table_column_text.c */
}

static const char *copy_text(cmi_arena *arena, const char *text)
{
    return cmi_arena_text(arena, text ? text : "", text ? strlen(text) : 0);
}

static cm_status init_column(cm_table *table, cmi_table_column *column, const cmi_column_spec *spec,
                             cm_error *err)
{
    bool typed = spec->type >= CM_TYPE_I64 && spec->type <= CM_TYPE_TIMESTAMP;
    if (!spec->name || !typed || spec->scale < 0 || spec->scale > 38) {
        return cmi_fail(err, CM_ERR_ARG, "table %s: column %s has a senseless definition",
                        table->name, spec->name ? spec->name : "without name");
    }
    column->name = copy_text(&table->arena, spec->name);
    column->unit = copy_text(&table->arena, spec->unit);
    column->doc = copy_text(&table->arena, spec->doc);
    column->additivity = copy_text(&table->arena, spec->additivity ? spec->additivity : "never");
    column->type = spec->type;
    column->is_key = spec->is_key;
    column->scale = spec->type == CM_TYPE_MONEY ? spec->scale : 0;
    if (!column->name || !column->unit || !column->doc || !column->additivity) {
        return cmi_no_memory(table->ctx, err);
    }
    if (spec->type != CM_TYPE_TIMESTAMP) return CM_OK;
    if (!spec->tz) return cmi_tz_load(table->ctx, "UTC", &column->tz, err);
    /* a zone is immutable but for its count of references */
    column->tz = (cmi_tz *)spec->tz;
    cmi_tz_retain(column->tz);
    return CM_OK;
}

cm_status cmi_table_create(cm_context *ctx, const char *name, const char *doc,
                           const cmi_column_spec *columns, int32_t n_columns, cm_table **out,
                           cm_error *err)
{
    if (!ctx || !name || !out || n_columns < 0 || (n_columns > 0 && !columns)) {
        return cmi_fail(err, CM_ERR_ARG, "a table needs a context, a name and columns");
    }
    cm_table *table = cmi_calloc(ctx, 1, sizeof *table);
    if (!table) return cmi_no_memory(ctx, err);
    cmi_context_retain(ctx);
    table->ctx = ctx;
    table->refs = 1;
    cmi_arena_init(&table->arena, ctx);
    table->name = copy_text(&table->arena, name);
    table->doc = copy_text(&table->arena, doc);
    table->columns = cmi_calloc(ctx, (size_t)n_columns, sizeof *table->columns);
    cm_status status = CM_OK;
    if (!table->name || !table->doc || !table->columns) status = cmi_no_memory(ctx, err);
    for (int32_t c = 0; c < n_columns && status == CM_OK; c++) {
        table->n_columns = c + 1;
        status = init_column(table, &table->columns[c], &columns[c], err);
    }
    if (status != CM_OK) {
        cmi_table_release(table);
        return status;
    }
    *out = table;
    return CM_OK;
}

static void free_column(cm_context *ctx, cmi_table_column *column)
{
    cmi_free(ctx, column->data);
    cmi_free(ctx, column->offsets);
    cmi_free(ctx, column->validity);
    cmi_free(ctx, column->codes);
    cmi_dict_release(column->dict);
    if (column->tz) cmi_tz_release(column->tz);
}

void cmi_table_retain(const cm_table *table)
{
    /* immutable but for its count of references */
    __atomic_add_fetch(&((cm_table *)table)->refs, 1, __ATOMIC_RELAXED);
}

void cmi_table_release(const cm_table *table)
{
    cm_table *own = (cm_table *)table;
    if (!own || __atomic_sub_fetch(&own->refs, 1, __ATOMIC_ACQ_REL) > 0) return;
    cm_context *ctx = own->ctx;
    for (int32_t c = 0; c < own->n_columns; c++) free_column(ctx, &own->columns[c]);
    cmi_free(ctx, own->columns);
    cmi_arena_destroy(&own->arena);
    cmi_free(ctx, own);
    cmi_context_release(ctx);
}

cm_status cmi_table_status(const cm_table *table)
{
    return table ? table->status : CM_ERR_MEMORY;
}

/* ---- rows ---- */

void cmi_table_fail(cm_table *table, cm_status status)
{
    if (table->status == CM_OK) table->status = status;
}

/* Grows one array of `width` bytes an element; what is new is zero. */
static bool grow_array(cm_table *table, void **array, size_t used, size_t size)
{
    char *grown = cmi_realloc(table->ctx, *array, size);
    if (!grown) return false;
    memset(grown + used, 0, size - used);
    *array = grown;
    return true;
}

static size_t bitmap_size(int64_t rows)
{
    return (size_t)((rows + 7) / 8);
}

static bool grow_column(cm_table *table, cmi_table_column *column, int64_t capacity)
{
    size_t old = (size_t)table->capacity, new = (size_t)capacity, width = width_of(column->type);
    void *validity = column->validity, *codes = column->codes, *offsets = column->offsets;
    bool ok = grow_array(table, &validity, bitmap_size(table->capacity), bitmap_size(capacity));
    column->validity = validity;
    if (ok && width) ok = grow_array(table, &column->data, old * width, new *width);
    if (ok && codes) ok = grow_array(table, &codes, old * 4, new * 4);
    column->codes = codes;
    if (ok && offsets) ok = grow_array(table, &offsets, (old + 1) * 8, (new + 1) * 8);
    column->offsets = offsets;
    return ok;
}

static bool grow_rows(cm_table *table)
{
    if (table->capacity > INT64_MAX / 64) return false;
    int64_t capacity = table->capacity ? table->capacity * 2 : FIRST_ROWS;
    for (int32_t c = 0; c < table->n_columns; c++) {
        if (!grow_column(table, &table->columns[c], capacity)) return false;
    }
    table->capacity = capacity;
    return true;
}

void cmi_table_row(cm_table *table)
{
    if (!table || table->status != CM_OK) return;
    if (table->finished) {
        cmi_table_fail(table, CM_ERR_INTERNAL);
    } else if (table->n_rows == table->capacity && !grow_rows(table)) {
        cmi_table_fail(table, CM_ERR_MEMORY);
    } else {
        table->n_rows++;
    }
}

/* ---- cells ---- */

cmi_table_column *cmi_table_open_cell(cm_table *table, int32_t column, cm_type type)
{
    if (!table || table->status != CM_OK) return NULL;
    if (table->finished || table->n_rows == 0 || column < 0 || column >= table->n_columns ||
        (type && table->columns[column].type != type)) {
        cmi_table_fail(table, CM_ERR_INTERNAL);
        return NULL;
    }
    return &table->columns[column];
}

void cmi_table_mark_valid(cm_table *table, cmi_table_column *column)
{
    int64_t row = table->n_rows - 1;
    uint8_t bit = (uint8_t)(1u << (row & 7)), *byte = &column->validity[row >> 3];
    column->n_valid += !(*byte & bit);
    *byte |= bit;
}

void cmi_table_set_i64(cm_table *table, int32_t column, int64_t value)
{
    cmi_table_column *c = cmi_table_open_cell(table, column, CM_TYPE_I64);
    if (!c) return;
    ((int64_t *)c->data)[table->n_rows - 1] = value;
    cmi_table_mark_valid(table, c);
}

void cmi_table_set_f64(cm_table *table, int32_t column, double value)
{
    cmi_table_column *c = cmi_table_open_cell(table, column, CM_TYPE_F64);
    if (!c) return;
    if (value != value) {
        cmi_table_set_null(table, column);
    } else if (value - value != 0) { /* infinite: a defect of whoever computed it */
        cmi_table_fail(table, CM_ERR_INTERNAL);
    } else {
        ((double *)c->data)[table->n_rows - 1] = value;
        cmi_table_mark_valid(table, c);
    }
}

void cmi_table_set_money(cm_table *table, int32_t column, cmi_i128 value)
{
    cmi_table_column *c = cmi_table_open_cell(table, column, CM_TYPE_MONEY);
    if (!c) return;
    ((cmi_i128 *)c->data)[table->n_rows - 1] = value;
    cmi_table_mark_valid(table, c);
}

void cmi_table_set_bool(cm_table *table, int32_t column, bool value)
{
    cmi_table_column *c = cmi_table_open_cell(table, column, CM_TYPE_BOOL);
    if (!c) return;
    ((uint8_t *)c->data)[table->n_rows - 1] = value;
    cmi_table_mark_valid(table, c);
}

void cmi_table_set_date(cm_table *table, int32_t column, int64_t days)
{
    cmi_table_column *c = cmi_table_open_cell(table, column, CM_TYPE_DATE);
    if (!c) return;
    if (days < INT32_MIN || days > INT32_MAX) {
        cmi_table_fail(table, CM_ERR_INTERNAL);
        return;
    }
    ((int32_t *)c->data)[table->n_rows - 1] = (int32_t)days;
    cmi_table_mark_valid(table, c);
}

void cmi_table_set_time(cm_table *table, int32_t column, int64_t us)
{
    cmi_table_column *c = cmi_table_open_cell(table, column, CM_TYPE_TIMESTAMP);
    if (!c) return;
    ((int64_t *)c->data)[table->n_rows - 1] = us;
    cmi_table_mark_valid(table, c);
}

void cmi_table_set_null(cm_table *table, int32_t column)
{
    cmi_table_column *c = cmi_table_open_cell(table, column, 0);
    if (!c) return;
    int64_t row = table->n_rows - 1;
    uint8_t bit = (uint8_t)(1u << (row & 7));
    if (!(c->validity[row >> 3] & bit)) return;
    c->validity[row >> 3] = (uint8_t)(c->validity[row >> 3] & ~bit);
    c->n_valid--;
    /* what lies under a null is always zero, so that equal tables have equal bytes */
    size_t width = width_of(c->type);
    if (width) memset((char *)c->data + (size_t)row * width, 0, width);
    if (c->codes) c->codes[row] = 0;
    if (c->n_offsets > row) {
        c->n_bytes = c->offsets[row];
        c->n_offsets = row;
    }
}

/* ---- finish ---- */

/* Gives unused room back. A failed shrink leaves the larger block, which is as good. */
static void shrink(cm_table *table, void **array, size_t size)
{
    void *smaller = *array ? cmi_realloc(table->ctx, *array, size ? size : 1) : NULL;
    if (smaller) *array = smaller;
}

static bool finish_column(cm_table *table, cmi_table_column *c)
{
    size_t rows = (size_t)table->n_rows, width = width_of(c->type);
    if (c->type == CM_TYPE_TEXT && !cmi_table_finish_text(table, c)) return false;
    /* an empty column has an address too: not every reader minds a length of 0 before a NULL */
    if (!c->data && !(c->data = cmi_calloc(table->ctx, 1, sizeof(cmi_i128)))) return false;
    void *offsets = c->offsets, *validity = c->validity;
    shrink(table, &c->data, width ? rows * width : (size_t)c->n_bytes);
    if (offsets) shrink(table, &offsets, (rows + 1) * sizeof *c->offsets);
    c->offsets = offsets;
    if (c->n_valid == table->n_rows) {
        cmi_free(table->ctx, validity);
        c->validity = NULL;
        return true;
    }
    shrink(table, &validity, bitmap_size(table->n_rows));
    c->validity = validity;
    return true;
}

/* After a failure: no rows, but everything else as it should be. */
static void empty_table(cm_table *table)
{
    table->n_rows = 0;
    for (int32_t c = 0; c < table->n_columns; c++) {
        cmi_free(table->ctx, table->columns[c].validity);
        table->columns[c].validity = NULL;
    }
}

cm_status cmi_table_finish(cm_table *table, cm_error *err)
{
    if (!table) return cmi_fail(err, CM_ERR_MEMORY, "a result table could not be made");
    for (int32_t c = 0; c < table->n_columns && table->status == CM_OK && !table->finished; c++) {
        if (!finish_column(table, &table->columns[c])) cmi_table_fail(table, CM_ERR_MEMORY);
    }
    table->finished = true;
    if (table->status == CM_OK) return CM_OK;
    empty_table(table);
    if (table->status == CM_ERR_MEMORY) return cmi_no_memory(table->ctx, err);
    return cmi_fail(err, table->status, "table %s was written wrongly", table->name);
}
