/* SPDX-License-Identifier: MIT */
#include "data/table.h"

#include <string.h>

#include "core/error.h"
#include "data/batch.h"

/* The public readers of tables. A NULL table or a column out of range reads as empty where the call
 * can not fail. */

static const cmi_table_column *column_at(const cm_table *table, int32_t column)
{
    return table && column >= 0 && column < table->n_columns ? &table->columns[column] : NULL;
}

const char *cm_table_name(const cm_table *table)
{
    return table ? table->name : "";
}

const char *cm_table_doc(const cm_table *table)
{
    return table ? table->doc : "";
}

int64_t cm_table_n_rows(const cm_table *table)
{
    return table ? table->n_rows : 0;
}

int32_t cm_table_n_columns(const cm_table *table)
{
    return table ? table->n_columns : 0;
}

const char *cm_table_column_name(const cm_table *table, int32_t column)
{
    const cmi_table_column *c = column_at(table, column);
    return c ? c->name : "";
}

cm_type cm_table_column_type(const cm_table *table, int32_t column)
{
    const cmi_table_column *c = column_at(table, column);
    return c ? c->type : (cm_type)0;
}

const char *cm_table_column_unit(const cm_table *table, int32_t column)
{
    const cmi_table_column *c = column_at(table, column);
    return c ? c->unit : "";
}

const char *cm_table_column_doc(const cm_table *table, int32_t column)
{
    const cmi_table_column *c = column_at(table, column);
    return c ? c->doc : "";
}

bool cm_table_column_is_key(const cm_table *table, int32_t column)
{
    const cmi_table_column *c = column_at(table, column);
    return c && c->is_key;
}

int32_t cm_table_column_scale(const cm_table *table, int32_t column)
{
    const cmi_table_column *c = column_at(table, column);
    return c ? c->scale : 0;
}

static const char *name_of_column(int32_t index, const void *user)
{
    return ((const cm_table *)user)->columns[index].name;
}

cm_status cm_table_find(const cm_table *table, const char *column, int32_t *out, cm_error *err)
{
    cmi_error_reset(err);
    if (!table || !column || !out) {
        return cmi_fail(err, CM_ERR_ARG, "cm_table_find: table, column and out must not be NULL");
    }
    for (int32_t c = 0; c < table->n_columns; c++) {
        if (strcmp(table->columns[c].name, column) != 0) continue;
        *out = c;
        return CM_OK;
    }
    cm_status status =
        cmi_fail(err, CM_ERR_NOT_FOUND, "table %s has no column \"%s\"", table->name, column);
    cmi_error_suggest(err, column, table->n_columns, name_of_column, table);
    cmi_error_at(err, table->name, 0, column);
    return status;
}

cm_status cm_table_data(const cm_table *table, int32_t column, const void **data,
                        const int64_t **offsets, const uint8_t **validity, cm_error *err)
{
    cmi_error_reset(err);
    const cmi_table_column *c = column_at(table, column);
    if (!c) return cmi_fail(err, CM_ERR_ARG, "cm_table_data: there is no column %d", (int)column);
    if (data) *data = c->data;
    if (offsets) *offsets = c->offsets;
    if (validity) *validity = c->validity;
    return CM_OK;
}

/* ---- single cells ---- */

static cm_status fail_type(const cm_table *table, const cmi_table_column *c, int64_t row,
                           const char *wanted, cm_error *err)
{
    cm_status status =
        cmi_fail(err, CM_ERR_TYPE, "table %s, row %lld, column %s (%s) %s", table->name,
                 (long long)row, c->name, cmi_type_name(c->type), wanted);
    cmi_error_at(err, table->name, row + 1, c->name);
    return status;
}

/* Finds the cell and tells whether it is null; *out is NULL for a null cell that the caller
 * expects. */
static cm_status find_cell(const cm_table *table, int64_t row, int32_t column, unsigned types,
                           const char *wanted, bool *is_null, const cmi_table_column **out,
                           cm_error *err)
{
    cmi_error_reset(err);
    const cmi_table_column *c = column_at(table, column);
    if (!c || row < 0 || row >= table->n_rows) {
        return cmi_fail(err, CM_ERR_ARG, "there is no cell in row %lld, column %d", (long long)row,
                        (int)column);
    }
    if (!(types >> c->type & 1)) return fail_type(table, c, row, wanted, err);
    bool null = cmi_table_is_null(c, row);
    if (null && !is_null) return fail_type(table, c, row, "is null", err);
    if (is_null) *is_null = null;
    *out = null ? NULL : c;
    return CM_OK;
}

cm_status cm_table_get_i64(const cm_table *table, int64_t row, int32_t column, int64_t *value,
                           bool *is_null, cm_error *err)
{
    if (!value) return cmi_fail(err, CM_ERR_ARG, "cm_table_get_i64: value must not be NULL");
    const cmi_table_column *c = NULL;
    const unsigned types = 1u << CM_TYPE_I64 | 1u << CM_TYPE_DATE | 1u << CM_TYPE_TIMESTAMP;
    cm_status status =
        find_cell(table, row, column, types, "is no integer, date or time", is_null, &c, err);
    if (!c) return status;
    *value =
        c->type == CM_TYPE_DATE ? ((const int32_t *)c->data)[row] : ((const int64_t *)c->data)[row];
    return CM_OK;
}

/* An integer that a double holds exactly: |v| = odd part of at most 53 bits times a power of two.
 */
static bool fits_double(int64_t v)
{
    uint64_t m = v < 0 ? -(uint64_t)v : (uint64_t)v;
    while (m > UINT64_C(1) << 53 && !(m & 1)) m >>= 1;
    return m <= UINT64_C(1) << 53;
}

cm_status cm_table_get_f64(const cm_table *table, int64_t row, int32_t column, double *value,
                           bool *is_null, cm_error *err)
{
    if (!value) return cmi_fail(err, CM_ERR_ARG, "cm_table_get_f64: value must not be NULL");
    const cmi_table_column *c = NULL;
    const unsigned types = 1u << CM_TYPE_I64 | 1u << CM_TYPE_F64 | 1u << CM_TYPE_MONEY;
    bool null = false;
    cm_status status =
        find_cell(table, row, column, types, "is no number", is_null ? &null : NULL, &c, err);
    if (status != CM_OK) return status;
    if (c && c->type == CM_TYPE_I64 && !fits_double(((const int64_t *)c->data)[row])) {
        return fail_type(table, c, row, "is no number that a double holds exactly", err);
    }
    if (is_null) *is_null = null;
    if (!c) return CM_OK;
    if (c->type == CM_TYPE_F64) {
        *value = ((const double *)c->data)[row];
    } else if (c->type == CM_TYPE_I64) {
        *value = (double)((const int64_t *)c->data)[row];
    } else { /* through the exact decimal text: rounded once */
        char text[CMI_CELL_TEXT];
        cmi_parse_f64(text, cmi_money_text(cmi_table_money(c, row), c->scale, text), value);
    }
    return CM_OK;
}

cm_status cm_table_get_bool(const cm_table *table, int64_t row, int32_t column, bool *value,
                            bool *is_null, cm_error *err)
{
    if (!value) return cmi_fail(err, CM_ERR_ARG, "cm_table_get_bool: value must not be NULL");
    const cmi_table_column *c = NULL;
    cm_status status =
        find_cell(table, row, column, 1u << CM_TYPE_BOOL, "is no truth value", is_null, &c, err);
    if (c) *value = ((const uint8_t *)c->data)[row] != 0;
    return status;
}

cm_status cm_table_get_text(const cm_table *table, int64_t row, int32_t column, const char **text,
                            int64_t *length, bool *is_null, cm_error *err)
{
    if (!text || !length) {
        return cmi_fail(err, CM_ERR_ARG, "cm_table_get_text: text and length must not be NULL");
    }
    const cmi_table_column *c = NULL;
    cm_status status =
        find_cell(table, row, column, 1u << CM_TYPE_TEXT, "is no text", is_null, &c, err);
    if (!c) return status;
    size_t n;
    *text = cmi_table_text(c, row, &n);
    *length = (int64_t)n;
    return CM_OK;
}
