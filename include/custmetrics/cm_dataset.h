/* SPDX-License-Identifier: MIT */
#ifndef CUSTMETRICS_DATASET_H
#define CUSTMETRICS_DATASET_H

#include <custmetrics/cm_arrow.h>
#include <custmetrics/cm_context.h>

/** @file
 *  Facts in: the loader is the only mutable object; sealing it gives an immutable dataset.
 *
 *  Fact tables and side tables are addressed by name ("orders", "paths", ...). A column of the
 * input is bound to a role by a mapping, by having the role's name, or by a well-known header;
 * every other column becomes a dimension under its own name. */

CM_BEGIN_DECLS

typedef struct cm_loader cm_loader;
typedef struct cm_dataset cm_dataset;

typedef struct cm_dataset_options {
    uint32_t struct_size;   /**< sizeof(cm_dataset_options) */
    uint32_t flags;         /**< CM_DATASET_STRICT or 0 */
    const char *tz;         /**< IANA zone of local times and calendar; NULL: UTC */
    const char *week_start; /**< "monday" (NULL) ... "sunday" */
    int32_t scale;        /**< money and values are kept in units of 10^-scale; -1 or 0..9, -1: 4 */
    int32_t partition;    /**< keep only owners with hash mod n_partitions = partition */
    int32_t n_partitions; /**< 0 or 1: keep all */
    int32_t max_diagnostics; /**< diagnostics kept a table; 0: 100 (all are counted) */
    const char
        *owner; /**< own the rows by this dimension instead of the customer; NULL: customer */
    int64_t max_field; /**< longest CSV field in bytes; 0: 1 MiB */
} cm_dataset_options;

#define CM_DATASET_STRICT 1u /**< the first rejected row is an error */

/** One binding of a mapping: role or dimension <- column of the input. `column` NULL with
 * `constant` sets the role to a constant for all rows. `format` is a strptime format of times,
 * NULL: ISO 8601 and what the reader can tell. A column bound to "" is left out. */
typedef struct cm_binding {
    const char *role;
    const char *column;
    const char *constant;
    const char *format;
} cm_binding;

/** How an input is read. NULL: all columns by name, dialect sniffed. */
typedef struct cm_mapping {
    uint32_t struct_size; /**< sizeof(cm_mapping) */
    int32_t n_bindings;
    const cm_binding *bindings;
    char delimiter;   /**< CSV; 0: sniffed among , ; tab | */
    char quote;       /**< CSV; 0: the double quote */
    char reserved[6]; /**< must be 0 */
} cm_mapping;

/** Reads up to `capacity` bytes into `buffer`; returns the number read, 0 at the end, negative for
 *  an error of the caller's own, which comes back in the message. Runs on the caller's thread. */
typedef int64_t (*cm_read_fn)(void *buffer, int64_t capacity, void *user);

/** Types of plain arrays. */
typedef enum cm_array_type {
    CM_ARRAY_I64 = 1,  /**< int64_t */
    CM_ARRAY_F64 = 2,  /**< double; NaN is null */
    CM_ARRAY_TEXT = 3, /**< const char *, NUL-terminated; NULL is null */
    CM_ARRAY_TIME = 4, /**< int64_t microseconds since 1970-01-01 UTC */
    CM_ARRAY_DATE = 5, /**< int32_t days since 1970-01-01, a local date */
    CM_ARRAY_I32 = 6,  /**< int32_t */
    CM_ARRAY_TYPE_FORCE_32 = 0x7fffffff
} cm_array_type;

typedef struct cm_array {
    const char *name; /**< as a CSV header would name it */
    cm_array_type type;
    int32_t reserved;        /**< must be 0 */
    const void *data;        /**< n_rows elements */
    const uint8_t *validity; /**< one byte a row, 0 is null; NULL: no nulls */
} cm_array;

/** Creates a loader. `base` NULL, or a sealed dataset that is to be extended (its options hold
 * then, and `options` must be NULL). One thread at a time. Errors: CM_ERR_ARG, CM_ERR_OPTION (names
 * the field), CM_ERR_NOT_FOUND (zone), CM_ERR_MEMORY. */
CM_API cm_status cm_loader_create(cm_context *ctx, const cm_dataset *base,
                                  const cm_dataset_options *options, cm_loader **out,
                                  cm_error *err);
CM_API void cm_loader_destroy(cm_loader *loader);

/** Adds rows to a table. A failed or cancelled add leaves the loader as it was. Adding to one table
 *  several times appends. Rows that cannot be used are rejected, counted and diagnosed.
 *  Errors: CM_ERR_ARG, CM_ERR_NOT_FOUND (table, or a role or column of the mapping), CM_ERR_MISSING
 *  (a required role has no column), CM_ERR_IO, CM_ERR_FORMAT, CM_ERR_DATA (strict), CM_ERR_LIMIT,
 *  CM_ERR_CANCELLED, CM_ERR_MEMORY. */
CM_API cm_status cm_loader_add_csv(cm_loader *loader, const char *table, const char *path,
                                   const cm_mapping *mapping, const cm_run *run, cm_error *err);
CM_API cm_status cm_loader_add_csv_fd(cm_loader *loader, const char *table, int32_t fd,
                                      const cm_mapping *mapping, const cm_run *run, cm_error *err);
CM_API cm_status cm_loader_add_csv_reader(cm_loader *loader, const char *table, cm_read_fn read,
                                          void *user, const cm_mapping *mapping, const cm_run *run,
                                          cm_error *err);
/** The stream is moved from at once and released on every path; batches are copied one by one. */
CM_API cm_status cm_loader_add_arrow(cm_loader *loader, const char *table,
                                     struct ArrowArrayStream *stream, const cm_mapping *mapping,
                                     const cm_run *run, cm_error *err);
CM_API cm_status cm_loader_add_columns(cm_loader *loader, const char *table, int64_t n_rows,
                                       const cm_array *columns, int32_t n_columns,
                                       const cm_mapping *mapping, const cm_run *run, cm_error *err);

/** Seals what was added into a dataset and empties the loader. On failure the loader is as it was,
 *  except after CM_ERR_MEMORY, when it is empty. */
CM_API cm_status cm_loader_seal(cm_loader *loader, const cm_run *run, cm_dataset **out,
                                cm_error *err);

/** A dataset is immutable and may be read from many threads. Reference-counted. */
CM_API void cm_dataset_retain(cm_dataset *dataset);
CM_API void cm_dataset_destroy(cm_dataset *dataset);
CM_API cm_status cm_dataset_save(const cm_dataset *dataset, cm_buffer *out, cm_error *err);
CM_API cm_status cm_dataset_load(cm_context *ctx, const void *bytes, int64_t size, cm_dataset **out,
                                 cm_error *err);

CM_API int64_t cm_dataset_n_customers(const cm_dataset *dataset);
CM_API int64_t cm_dataset_n_anonymous(const cm_dataset *dataset);
/** Rows kept of a table; -1 if there is no such table. */
CM_API int64_t cm_dataset_n_rows(const cm_dataset *dataset, const char *table);
CM_API const char *cm_dataset_tz(const cm_dataset *dataset);
CM_API const char *cm_dataset_week_start(const cm_dataset *dataset);
CM_API int32_t cm_dataset_scale(const cm_dataset *dataset);

/** What was understood, as a result: `tables` (table, n_read, n_kept, n_rejected, first, last),
 *  `columns` (table, column, role, type, n_null, n_distinct, example, note), `rejects` (table,
 * reason, n), `diagnostics` (table, row, column, value, reason). */
struct cm_result;
CM_API cm_status cm_dataset_check(const cm_dataset *dataset, struct cm_result **out, cm_error *err);

/** First and last fact per table: what a plan needs of a dataset that is spread over partitions. */
typedef struct cm_extent cm_extent;
CM_API cm_status cm_extent_create(const cm_dataset *dataset, cm_extent **out, cm_error *err);
CM_API cm_status cm_extent_merge(cm_extent *into, const cm_extent *from, cm_error *err);
CM_API cm_status cm_extent_save(const cm_extent *extent, cm_buffer *out, cm_error *err);
CM_API cm_status cm_extent_load(cm_context *ctx, const void *bytes, int64_t size, cm_extent **out,
                                cm_error *err);
CM_API void cm_extent_destroy(cm_extent *extent);

CM_END_DECLS

#endif
