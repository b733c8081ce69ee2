/* SPDX-License-Identifier: MIT */
#include "data/table.h"
#include "data/table_write.h"

#include <string.h>

#include "core/error.h"

/* A text column is written in one of two shapes: codes of one dictionary, as long as that is all it
 * gets, or offsets and bytes. Codes become bytes when another text comes, and at finish. */

static bool reserve_bytes(cm_table *table, cmi_table_column *c, int64_t need)
{
    return need <= c->bytes_capacity || cmi_grow(table->ctx, &c->data, &c->bytes_capacity, need, 1);
}

/* Rows from n_offsets to `row` are null: their text is empty. */
static void fill_offsets(cmi_table_column *c, int64_t row)
{
    while (c->n_offsets < row) c->offsets[++c->n_offsets] = c->n_bytes;
}

static bool append_bytes(cm_table *table, cmi_table_column *c, int64_t row, const char *text,
                         size_t length)
{
    if (c->n_offsets > row) { /* the cell was set before: its text is the last one */
        c->n_bytes = c->offsets[row];
        c->n_offsets = row;
    }
    if (length > (size_t)(INT64_MAX / 4 - c->n_bytes)) return false;
    if (!reserve_bytes(table, c, c->n_bytes + (int64_t)length)) return false;
    fill_offsets(c, row);
    if (length) memcpy((char *)c->data + c->n_bytes, text, length);
    c->n_bytes += (int64_t)length;
    c->offsets[++c->n_offsets] = c->n_bytes;
    return true;
}

/* Writes the codes of the first n_rows rows out as bytes. The column's storage is exact then. */
static bool write_codes_out(cm_table *table, cmi_table_column *c)
{
    int64_t total = 0, rows = table->n_rows;
    size_t length;
    for (int64_t row = 0; row < rows; row++) {
        cmi_dict_text(c->dict, c->codes[row], &length);
        total += (int64_t)length;
    }
    int64_t *offsets = cmi_calloc(table->ctx, (size_t)table->capacity + 1, sizeof *offsets);
    char *bytes = cmi_alloc(table->ctx, total ? (size_t)total : 1);
    if (!offsets || !bytes) {
        cmi_free(table->ctx, offsets);
        cmi_free(table->ctx, bytes);
        return false;
    }
    int64_t end = 0;
    for (int64_t row = 0; row < rows; row++) {
        const char *text = cmi_dict_text(c->dict, c->codes[row], &length);
        if (length) memcpy(bytes + end, text, length);
        end += (int64_t)length;
        offsets[row + 1] = end;
    }
    c->offsets = offsets;
    c->data = bytes;
    c->n_offsets = rows;
    c->n_bytes = c->bytes_capacity = total;
    cmi_free(table->ctx, c->codes);
    cmi_dict_release(c->dict);
    c->codes = NULL;
    c->dict = NULL;
    return true;
}

static bool begin_bytes(cm_table *table, cmi_table_column *c)
{
    if (c->offsets) return true;
    if (c->dict) return write_codes_out(table, c);
    c->offsets = cmi_calloc(table->ctx, (size_t)table->capacity + 1, sizeof *c->offsets);
    return c->offsets != NULL;
}

void cmi_table_set_text(cm_table *table, int32_t column, const char *text, size_t length)
{
    cmi_table_column *c = cmi_table_open_cell(table, column, CM_TYPE_TEXT);
    if (!c) return;
    if (begin_bytes(table, c) && append_bytes(table, c, table->n_rows - 1, text, length)) {
        cmi_table_mark_valid(table, c);
    } else {
        cmi_table_fail(table, CM_ERR_MEMORY);
    }
}

static bool adopt_dict(cm_table *table, cmi_table_column *c, const cmi_dict *dict)
{
    c->codes = cmi_calloc(table->ctx, (size_t)table->capacity, sizeof *c->codes);
    if (!c->codes) return false;
    c->dict = (cmi_dict *)dict; /* immutable but for its count of references */
    cmi_dict_retain(c->dict);
    return true;
}

void cmi_table_set_code(cm_table *table, int32_t column, const cmi_dict *dict, uint32_t code)
{
    cmi_table_column *c = cmi_table_open_cell(table, column, CM_TYPE_TEXT);
    if (!c) return;
    if (code == 0) {
        cmi_table_set_null(table, column);
        return;
    }
    if (!dict || code > (uint64_t)dict->n) {
        cmi_table_fail(table, CM_ERR_INTERNAL);
        return;
    }
    if (!c->dict && !c->offsets && !adopt_dict(table, c, dict)) {
        cmi_table_fail(table, CM_ERR_MEMORY);
    } else if (c->dict == dict) {
        c->codes[table->n_rows - 1] = code;
        cmi_table_mark_valid(table, c);
    } else {
        size_t length;
        const char *text = cmi_dict_text(dict, code, &length);
        cmi_table_set_text(table, column, text, length);
    }
}

bool cmi_table_finish_text(cm_table *table, cmi_table_column *c)
{
    if (!begin_bytes(table, c)) return false;
    fill_offsets(c, table->n_rows);
    return true;
}
