/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_BATCH_H
#define CMI_DATA_BATCH_H

#include <custmetrics/cm_dataset.h>
#include "core/int128.h"
#include "core/parallel.h"
#include "data/facts.h"

/* The one shape in which rows reach the loader, whatever the entrance: CSV, Arrow and plain arrays
 * all make batches of typed source columns, and one appender (loader_append.c) binds, converts,
 * checks, interns and diagnoses. That is why the three entrances give identical datasets. */
typedef enum cmi_source_kind {
    CMI_SOURCE_TEXT, /* text[i] with length[i]; empty unquoted CSV text is null: length -1 */
    CMI_SOURCE_I64,
    CMI_SOURCE_F64,     /* taken as its shortest decimal; NaN null; infinite: reject */
    CMI_SOURCE_DECIMAL, /* i128 in units of 10^-scale */
    CMI_SOURCE_INSTANT, /* i64 microseconds UTC */
    CMI_SOURCE_LOCAL, /* i64 microseconds of the local wall clock (Arrow timestamp without zone) */
    CMI_SOURCE_DATE,  /* i64 days */
    CMI_SOURCE_BOOL,  /* i64 0 or 1 */
    CMI_SOURCE_U64,   /* ids beyond INT64_MAX; an error as an amount */
    CMI_SOURCE_NULL   /* all missing */
} cmi_source_kind;

typedef struct cmi_source_column {
    const char *name; /* as the input names it */
    cmi_source_kind kind;
    int32_t scale;           /* DECIMAL */
    const char *const *text; /* TEXT: pointers into the block */
    const int32_t *length;   /* TEXT: bytes; -1 null */
    const int64_t *i64;      /* I64, INSTANT, LOCAL, DATE, BOOL, U64 (bits) */
    const double *f64;
    const cmi_i128 *decimal;
    const uint8_t *validity; /* one byte a row; NULL: no nulls (TEXT uses length) */
} cmi_source_column;

/* A row that is no row of this table: all its cells are null. */
typedef struct cmi_fault {
    int32_t row;        /* within the batch */
    int32_t n_fields;   /* that the row has */
    int32_t long_field; /* column whose field is longer than max_field; -1: none */
    bool open_quote;    /* the input ended within quotes */
} cmi_fault;

typedef struct cmi_batch {
    int64_t n_rows;
    int64_t first_row; /* number of the batch's first row within this input, from 1; 0: the next */
    int32_t n_columns;
    const cmi_source_column *columns;
    bool clean; /* all text is known to be valid UTF-8 without NUL bytes */
    int64_t n_faults;
    const cmi_fault *faults; /* by row */
} cmi_batch;

/* An add in progress. Nothing shows in the loader until commit; abort leaves it as it was.
 *   begin   binds the columns of the input to roles and dimensions (names and kinds, before any
 * row) append  takes a batch; batches must come in the input's order; all its text is copied commit
 * / abort                                                                              */
typedef struct cmi_add cmi_add;
struct cmi_scratch;
cm_status cmi_add_begin(cm_loader *loader, const char *table, int32_t n_columns,
                        const char *const *names, const cm_mapping *mapping, const cmi_job *job,
                        cmi_add **out, cm_error *err);
/* Converting is done on job->threads threads; may be called with several batches at once for that.
 */
cm_status cmi_add_append(cmi_add *add, const cmi_batch *batches, int32_t n_batches, cm_error *err);
cm_status cmi_add_commit(cmi_add *add, cm_error *err); /* destroys add */
void cmi_add_abort(cmi_add *add);                      /* destroys add */
/* Lets the first rows decide how the text columns of times are written (day or month first); the
 * same rows must be appended as well. Without it the first append decides by the rows it is given.
 */
cm_status cmi_add_sample(cmi_add *add, const cmi_batch *batch, cm_error *err);

/* For readers that make their batches on the threads: batch i is made, converted, and its text must
 * stay until the next cmi_add_stage or cmi_add_flush has returned. `beside` (NULL: none) runs next
 * to it, on any thread. */
typedef struct cmi_stage {
    int32_t n_batches;
    cm_status (*make)(int32_t index, struct cmi_scratch *scratch, cmi_batch *out, void *user,
                      cm_error *err);
    cm_status (*beside)(void *user, cm_error *err);
    void *user;
} cmi_stage;
cm_status cmi_add_stage(cmi_add *add, const cmi_stage *stage, cm_error *err);
cm_status cmi_add_flush(cmi_add *add, cm_error *err); /* what was staged is copied */
int64_t cmi_add_rows(const cmi_add *add);             /* rows read so far, rejected ones too */
void cmi_add_progress(cmi_add *add, double done);     /* 0..1: how far the input is read */

/* Every entrance enters the loader first and leaves it last: a callback that comes back finds it
 * busy. */
cm_status cmi_loader_enter(cm_loader *loader, cm_error *err);
void cmi_loader_leave(cm_loader *loader);

/* The input column is not needed (bound to ""): readers may skip it. */
bool cmi_add_skips(const cmi_add *add, int32_t column);
cm_context *cmi_loader_context(const cm_loader *loader);
int64_t cmi_loader_max_field(const cm_loader *loader);

/* Exact conversions, shared by all entrances. false: unreadable, or does not fit. */
bool cmi_parse_decimal(const char *p, int64_t n, int32_t scale, int64_t *out,
                       bool *rounded); /* half-even; [+-]d[.d][e+-d], no thousands marks */
bool cmi_decimal_rescale(cmi_i128 value, int32_t from, int32_t to, int64_t *out, bool *rounded);
int32_t cmi_f64_shortest(double v, char text[32]); /* shortest text that reads back; length */
bool cmi_parse_f64(const char *p, int64_t n, double *out); /* correctly rounded, locale-free */

#endif
