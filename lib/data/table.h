/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_TABLE_H
#define CMI_DATA_TABLE_H

#include <custmetrics/cm_result.h>
#include "core/calendar.h"
#include "core/int128.h"
#include "core/intern.h"
#include "core/memory.h"

/* A result table: typed, nullable columns. Written by one thread until cmi_table_finish(),
 * immutable from then on; reference-counted, so that exported Arrow arrays outlive result and
 * context. */

typedef struct cmi_column_spec {
    const char *name;
    cm_type type;
    bool is_key;
    int32_t scale;          /* MONEY: digits behind the point, 0..38 */
    const char *unit;       /* NULL: none */
    const char *doc;        /* NULL: none */
    const char *additivity; /* "always", "over_groups", "never" (NULL) */
    const cmi_tz *tz;       /* TIMESTAMP: the zone it is shown in, retained; NULL: UTC */
} cmi_column_spec;

typedef struct cmi_table_column {
    const char *name, *unit, *doc, *additivity;
    cm_type type;
    bool is_key;
    int32_t scale;
    cmi_tz *tz;        /* TIMESTAMP only */
    void *data;        /* elements as cm_type says; text: bytes */
    int64_t *offsets;  /* text: n_rows + 1 */
    uint8_t *validity; /* one bit a row, least significant first; NULL: no nulls (after finish) */
    int64_t n_valid;
    /* while building text: */
    cmi_dict *dict; /* set while every value so far is a code of it; then `codes` holds them */
    uint32_t *codes;
    int64_t n_offsets; /* offsets[0 .. n_offsets] are written */
    int64_t n_bytes, bytes_capacity;
} cmi_table_column;

struct cm_table {
    cm_context *ctx; /* retained */
    int32_t refs;    /* atomic */
    const char *name, *doc;
    int32_t n_columns;
    cmi_table_column *columns;
    int64_t n_rows, capacity;
    cm_status status; /* the first failure of the writer; sticks */
    bool finished;
    cmi_arena arena;
};

/* Copies all texts. Errors: CM_ERR_ARG, CM_ERR_MEMORY. */
cm_status cmi_table_create(cm_context *ctx, const char *name, const char *doc,
                           const cmi_column_spec *columns, int32_t n_columns, cm_table **out,
                           cm_error *err);
void cmi_table_retain(const cm_table *table);
void cmi_table_release(const cm_table *table); /* NULL ok */

/* ---- writing; the first failure sticks, later calls do nothing. NULL table: nothing happens ----
 */

/* Begins a row; all its cells are null. */
void cmi_table_row(cm_table *table);
/* Cells of the row that was begun last. Setting a cell twice keeps the second value. A column of
 * another type, or no row begun, is CM_ERR_INTERNAL. */
void cmi_table_set_i64(cm_table *table, int32_t column, int64_t value);
void cmi_table_set_f64(cm_table *table, int32_t column,
                       double value); /* NaN: null; infinite: CM_ERR_INTERNAL */
void cmi_table_set_money(cm_table *table, int32_t column, cmi_i128 value);
void cmi_table_set_text(cm_table *table, int32_t column, const char *text, size_t length);
/* A code of a dictionary (0: null), without copying its text for every row; the dictionary is
 * retained. Codes of a second dictionary, or plain text, in the same column are taken too. */
void cmi_table_set_code(cm_table *table, int32_t column, const cmi_dict *dict, uint32_t code);
void cmi_table_set_bool(cm_table *table, int32_t column, bool value);
void cmi_table_set_date(cm_table *table, int32_t column, int64_t days);
void cmi_table_set_time(cm_table *table, int32_t column, int64_t us);
void cmi_table_set_null(cm_table *table, int32_t column);

/* Shrinks the storage, writes codes out as text, drops bitmaps of columns without nulls, freezes.
 * Returns the writer's first failure; the table is then empty but safe to release. */
cm_status cmi_table_finish(cm_table *table, cm_error *err);
cm_status cmi_table_status(const cm_table *table); /* NULL: CM_ERR_MEMORY */

/* ---- reading, after finish ---- */

static inline bool cmi_table_is_null(const cmi_table_column *column, int64_t row)
{
    return column->validity && !(column->validity[row >> 3] >> (row & 7) & 1);
}
static inline cmi_i128 cmi_table_money(const cmi_table_column *column, int64_t row)
{
    return ((const cmi_i128 *)column->data)[row];
}
static inline const char *cmi_table_text(const cmi_table_column *column, int64_t row,
                                         size_t *length)
{
    *length = (size_t)(column->offsets[row + 1] - column->offsets[row]);
    return (const char *)column->data + column->offsets[row];
}
const char *cmi_type_name(cm_type type); /* "int64", "float64", "money", "text", ... */

/* ---- exporters, shared by the public calls ---- */

/* Batches of at most `batch_rows` rows (the public call gives 2^30). */
cm_status cmi_table_export(const cm_table *table, int64_t batch_rows, struct ArrowArrayStream *out,
                           cm_error *err);
/* {"columns": [...], "rows": [...]}; failures stick in the buffer. */
void cmi_table_put_json(const cm_table *table, cm_buffer *out);
/* A JSON string with its quotes. Control characters, U+2028, U+2029 and the slash of "</" are
 * escaped; bytes that are no UTF-8 become U+FFFD. */
void cmi_put_json_text(cm_buffer *out, const char *text, size_t length);

enum { CMI_CELL_TEXT = 64 };
/* Text of a cell that is neither null nor text, NUL-terminated: i64, shortest double, exact money,
 * true/false, YYYY-MM-DD, ISO 8601 in the column's zone. Returns the length. */
int32_t cmi_table_cell_text(const cmi_table_column *column, int64_t row, char text[CMI_CELL_TEXT]);
/* Exact decimal text; zeros behind the second decimal are trimmed: 12.5000 is 12.50, 0.3333 stays.
 */
int32_t cmi_money_text(cmi_i128 value, int32_t scale, char text[CMI_CELL_TEXT]);
int32_t cmi_i64_text(int64_t value, char text[CMI_CELL_TEXT]);

#endif
