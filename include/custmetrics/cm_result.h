/* SPDX-License-Identifier: MIT */
#ifndef CUSTMETRICS_RESULT_H
#define CUSTMETRICS_RESULT_H

#include <custmetrics/cm_kpi.h>

/** @file
 *  Numbers out: a result is a list of named, typed, nullable tables and what made them.
 *  Results and tables are immutable and may be read from many threads. */

CM_BEGIN_DECLS

typedef struct cm_table cm_table;

typedef enum cm_type {
    CM_TYPE_I64 = 1,       /**< int64_t */
    CM_TYPE_F64 = 2,       /**< double */
    CM_TYPE_MONEY = 3,     /**< 128-bit integer, little-endian, in units of 10^-scale */
    CM_TYPE_TEXT = 4,      /**< int64_t offsets[n + 1] and bytes */
    CM_TYPE_BOOL = 5,      /**< one byte a row */
    CM_TYPE_DATE = 6,      /**< int32_t days since 1970-01-01 */
    CM_TYPE_TIMESTAMP = 7, /**< int64_t microseconds since 1970-01-01 UTC */
    CM_TYPE_FORCE_32 = 0x7fffffff
} cm_type;

CM_API void cm_result_retain(cm_result *result);
CM_API void cm_result_destroy(cm_result *result);
CM_API const char *cm_result_kpi(const cm_result *result);
CM_API int32_t cm_result_n_tables(const cm_result *result);
/** Borrowed; NULL if out of range. */
CM_API const cm_table *cm_result_table_at(const cm_result *result, int32_t index);
/** CM_ERR_NOT_FOUND names the tables that exist. */
CM_API cm_status cm_result_table(const cm_result *result, const char *name, const cm_table **out,
                                 cm_error *err);
/** What made the result, as a JSON object (definition 43); borrowed. */
CM_API const char *cm_result_meta(const cm_result *result);
/** One entry of the meta as text: "plan_hash", "tz", "options.as_of", ... CM_ERR_NOT_FOUND. */
CM_API cm_status cm_result_meta_get(const cm_result *result, const char *key, const char **out,
                                    cm_error *err);
/** The whole result as one JSON object; appended to `out`. */
CM_API cm_status cm_result_json(const cm_result *result, cm_buffer *out, cm_error *err);

CM_API const char *cm_table_name(const cm_table *table);
CM_API const char *cm_table_doc(const cm_table *table);
CM_API int64_t cm_table_n_rows(const cm_table *table);
CM_API int32_t cm_table_n_columns(const cm_table *table);
CM_API cm_status cm_table_find(const cm_table *table, const char *column, int32_t *out,
                               cm_error *err);
CM_API const char *cm_table_column_name(const cm_table *table, int32_t column);
CM_API cm_type cm_table_column_type(const cm_table *table, int32_t column);
CM_API const char *cm_table_column_unit(const cm_table *table, int32_t column);
CM_API const char *cm_table_column_doc(const cm_table *table, int32_t column);
CM_API bool cm_table_column_is_key(const cm_table *table, int32_t column);
/** Digits behind the point of a money column; 0 elsewhere. */
CM_API int32_t cm_table_column_scale(const cm_table *table, int32_t column);

/** The column's storage, borrowed: `data` as cm_type says, `offsets` for text (else NULL),
 *  `validity` one bit a row, least significant first (NULL: no nulls). Any out may be NULL. */
CM_API cm_status cm_table_data(const cm_table *table, int32_t column, const void **data,
                               const int64_t **offsets, const uint8_t **validity, cm_error *err);

/** Single cells, for examples and small tables. A null cell sets *is_null and leaves *value;
 * is_null NULL makes a null cell CM_ERR_TYPE. Dates and timestamps read as i64. i64 to double is
 * taken if exact; money to double is rounded. Errors: CM_ERR_ARG (row or column out of range),
 * CM_ERR_TYPE. */
CM_API cm_status cm_table_get_i64(const cm_table *table, int64_t row, int32_t column,
                                  int64_t *value, bool *is_null, cm_error *err);
CM_API cm_status cm_table_get_f64(const cm_table *table, int64_t row, int32_t column, double *value,
                                  bool *is_null, cm_error *err);
CM_API cm_status cm_table_get_bool(const cm_table *table, int64_t row, int32_t column, bool *value,
                                   bool *is_null, cm_error *err);
/** Not NUL-terminated. */
CM_API cm_status cm_table_get_text(const cm_table *table, int64_t row, int32_t column,
                                   const char **text, int64_t *length, bool *is_null,
                                   cm_error *err);
/** Any cell as it would stand in CSV, NUL-terminated, cut to `capacity`; returns its full length in
 *  *length. Null is empty text; is_null may be NULL here. */
CM_API cm_status cm_table_format(const cm_table *table, int64_t row, int32_t column, char *text,
                                 int64_t capacity, int64_t *length, bool *is_null, cm_error *err);

/** Exports without copying: the consumer's release gives the table's memory back, also after the
 *  result was destroyed. Money is decimal128, periods date32, hours timestamp with zone. */
CM_API cm_status cm_table_export_arrow(const cm_table *table, struct ArrowArrayStream *out,
                                       cm_error *err);
/** CSV as RFC 4180 has it (CRLF, header line); appended to `out`. Null is an empty field, empty
 * text is
 *  "". Money prints exactly, zeros behind the second decimal trimmed (12.5000 is 12.50, 0.3333
 * stays). Text that a spreadsheet would take for a formula gets an apostrophe in front; numbers do
 * not. */
CM_API cm_status cm_table_csv(const cm_table *table, cm_buffer *out, cm_error *err);
/** Aligned text for people, with units and notes, doubles cut to six digits; appended to `out`.
 *  max_rows 0: all. */
CM_API cm_status cm_table_text(const cm_table *table, int64_t max_rows, cm_buffer *out,
                               cm_error *err);

CM_END_DECLS

#endif
