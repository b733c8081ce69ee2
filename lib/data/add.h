/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_ADD_H
#define CMI_DATA_ADD_H

#include "data/convert.h"
#include "data/loader.h"
#include "data/scratch.h"

/* Between the files of the loader only: an add in progress.
 *
 * A batch becomes a `work`: converted and checked on any thread into scratch memory, then, in the
 * input's order, its texts are interned and its rows copied into chunks. The two halves overlap:
 * while round r is converted, round r - 1 is interned, one task per interner. */

/* How a text column of times is written. */
typedef enum cmi_layout {
    CMI_LAYOUT_ISO, /* and what cmi_time_parse reads */
    CMI_LAYOUT_YMD, /* 2024/1/31 */
    CMI_LAYOUT_DMY, /* 31/1/2024, 31.1.2024 */
    CMI_LAYOUT_MDY  /* 1/31/2024 */
} cmi_layout;

typedef enum cmi_place {
    CMI_PLACE_OWNER, /* the id that owns the row */
    CMI_PLACE_ENTITY,
    CMI_PLACE_TIME,
    CMI_PLACE_SEQUENCE,
    CMI_PLACE_COLUMN /* a staged column */
} cmi_place;

#define CMI_FROM_CONSTANT (-1)
#define CMI_FROM_PRODUCT  (-2) /* quantity x price */

/* Where an input column, or a constant, goes. */
typedef struct cmi_target {
    cmi_place place;
    int32_t source; /* input column, or CMI_FROM_... */
    int32_t role;   /* of the table; -1: dimension */
    cmi_role_type type;
    bool required;
    bool shown;       /* stands in the report (an owner taken from a dimension stands there once) */
    int32_t column;   /* index of the staged column; -1 */
    int32_t dict;     /* index in loader->dims, CMI_DICT_CUSTOMERS, -1 */
    const char *name; /* role or dimension */
    uint64_t name_hash;
    const char *header;   /* as the input names it */
    const char *constant; /* NULL: none */
    const char *format;   /* NULL: none */
    bool layout_known;
    cmi_layout layout;
    int64_t n_null;
    const char *example;  /* NULL: none yet */
    cmi_source_kind kind; /* of the example */
    const char *note;     /* of the report */
} cmi_target;

typedef enum cmi_cell {
    CMI_CELL_OK,
    CMI_CELL_NULL,
    CMI_CELL_BAD,      /* cannot be read as this type */
    CMI_CELL_RANGE,    /* does not fit */
    CMI_CELL_MISSING,  /* null where a value is required */
    CMI_CELL_NO_OWNER, /* neither customer nor session */
    CMI_CELL_ORDER,    /* ends before it starts */
    CMI_CELL_SCALE,    /* score outside the scale */
    CMI_CELL_UTF8,
    CMI_CELL_NUL,
    CMI_CELL_FIELDS, /* the row has another number of fields */
    CMI_CELL_LONG,   /* a field is longer than max_field: an error, not a reject */
    CMI_CELL_OPEN    /* a quote is never closed: likewise */
} cmi_cell;

typedef struct cmi_note {
    int32_t row;    /* within the batch */
    int32_t target; /* -1: the whole row */
    int32_t detail; /* FIELDS: number of fields; LONG: input column */
    cmi_cell cell;
} cmi_note;

/* Texts of one column of kept rows on their way to codes. */
typedef struct cmi_pending {
    uint16_t *local; /* per row: 0 null, else index of the text + 1; NULL: one text a row */
    int64_t n;
    const char *const *text;
    const int32_t *length; /* -1 null */
    uint64_t *hash;
    uint32_t *code; /* with `local`: room for n + 1 codes */
} cmi_pending;

typedef struct cmi_values {
    const char *const *text; /* ids and texts, by row of the batch */
    const int32_t *length;
    int64_t *i64; /* all others, by row; kept rows are moved to the front */
    double *f64;
    uint64_t *entity;
    cmi_pending pending;
    int64_t n_null;
    int32_t example; /* first row with a value; -1: none */
} cmi_values;

typedef struct cmi_work {
    cmi_scratch scratch;
    cmi_batch batch;
    uint8_t *dropped; /* per row: 1 rejected, 2 of another partition */
    int64_t n_kept;
    int32_t *kept;       /* row of each kept row; NULL: all are */
    cmi_values *values;  /* one per target */
    int64_t n_anonymous; /* kept rows without a known owner */
    uint32_t *anonymous; /* which */
    uint64_t *print;     /* two words each */
    bool *print_is_row;  /* fingerprint of the row itself */
    int64_t n_notes;
    cmi_note *notes;
    int64_t n_rounded;
    int64_t min_time, max_time; /* of usable rows, kept or not; CMI_NULL: none */
    int64_t first_time, last_time;
    bool in_order;
    int64_t first; /* place of the first kept row within the add */
} cmi_work;

typedef struct cmi_round {
    int32_t n, capacity;
    cmi_work *works;
} cmi_round;

struct cmi_add {
    cm_loader *loader;
    cm_context *ctx;
    cmi_job job;
    double reported;           /* progress; -1: none yet */
    double base_from, base_to; /* the part of the whole that the add stands for */
    const cmi_fact_def *def;
    int32_t table; /* fact, or CMI_N_FACTS + side */
    bool is_fact;
    cmi_staged *staged;
    cmi_arena arena; /* names and what lives as long as the add */

    int32_t n_inputs;
    const char **inputs;
    bool *skipped;
    int32_t n_targets;
    cmi_target *targets;
    int32_t place[CMI_PLACE_COLUMN]; /* target of OWNER, ENTITY, TIME, SEQUENCE; -1 */
    int32_t role_target[CMI_MAX_ROLES];
    cmi_intern *aliases; /* dictionary of known aliases where partitions depend on it; NULL */
    bool keeps_all;      /* who owns a row, and thus its partition, is only known when sealing */
    int32_t n_groups;    /* interners that are fed, one task each */
    int32_t *groups;     /* CMI_DICT_CUSTOMERS or index in dims */

    cmi_round rounds[2];
    int32_t current; /* rounds[current] is filled next; the other one may be pending */

    int64_t n_chunks, chunk_capacity;
    int64_t rows_capacity; /* of the last chunk */
    cmi_chunk **chunks;
    int64_t n_rows, n_read, n_rounded;
    int64_t min_time, max_time, first_time, last_time;
    bool in_order;
    int64_t n_rejected;
    int32_t n_report;
    int32_t n_rejects;
    int64_t reject_capacity;
    cmi_reject *rejects;
    int64_t n_diagnostics, diagnostic_capacity;
    cmi_diagnostic *diagnostics;

    /* to take back */
    int32_t n_dims_before, n_columns_before;
    int64_t n_customers_before, n_anonymous_before, n_repeats_before;
    int64_t *n_codes_before; /* per dimension */
    int64_t n_repeat_log, repeat_log_capacity;
    uint32_t *repeat_log; /* codes whose count was raised */
};

/* loader_bind.c */
cm_status cmi_add_bind(cmi_add *add, const cm_mapping *mapping, cm_error *err);
bool cmi_same_name(const char *a, size_t na, const char *b,
                   size_t nb); /* case, blanks, _ - . aside */

/* loader_open.c: staged columns and dictionaries, and taking them back */
cm_status cmi_add_open(cmi_add *add, cm_error *err);
void cmi_add_undo(cmi_add *add);

/* loader_append.c */
void cmi_add_free_rounds(cmi_add *add);

/* loader_time.c */
typedef struct cmi_day_cache {
    char text[10];
    bool known, even; /* even: all its hours have the same offset */
    int64_t local, shift;
} cmi_day_cache;
/* Text without blanks around. kind: 0 date, 1 local date-time, 2 instant, as in cmi_time_parse. */
bool cmi_time_read(const cmi_target *t, const char *p, size_t n, int32_t *kind, int64_t *value);

/* loader_cell.c */
typedef struct cmi_cell_reader {
    const cm_loader *loader;
    const cmi_target *target;
    const cmi_source_column *source;
    cmi_day_cache day;
    int64_t n_rounded;
} cmi_cell_reader;
cmi_cell cmi_cell_i64(cmi_cell_reader *r, int64_t row, int64_t *out); /* by the target's type */
cmi_cell cmi_cell_f64(cmi_cell_reader *r, int64_t row, double *out);
/* Reads cells in the usual form from `row` on; the first row that is not, for cmi_cell_i64, or
 * n_rows. */
int64_t cmi_cells_plain(cmi_cell_reader *r, int64_t row, int64_t n_rows, int64_t *out);
/* loader_cell_time.c */
int64_t cmi_cells_plain_time(cmi_cell_reader *r, int64_t row, int64_t n_rows, int64_t *out);
cmi_cell cmi_cell_time(cmi_cell_reader *r, int64_t row, int64_t *out);
cmi_cell cmi_cell_date(cmi_cell_reader *r, int64_t row, int64_t *out);
cmi_cell cmi_cell_decimal(const cmi_source_column *s, int64_t row, cmi_decimal *out);
/* Any cell as text into `buffer`, or a pointer into the input; length -1: null. */
const char *cmi_cell_text(const cm_loader *loader, const cmi_source_column *s, int64_t row,
                          char buffer[80], int32_t *length);

/* loader_work.c: a batch into a work; any thread. What returns false had no memory. */
cm_status cmi_work_convert(cmi_add *add, cmi_work *w, cm_error *err);
bool cmi_work_read(cmi_add *add, cmi_work *w);     /* loader_convert.c: columns, row checks */
bool cmi_work_identify(cmi_add *add, cmi_work *w); /* loader_owner.c: entities */
bool cmi_work_keeps(cmi_add *add, const cmi_work *w,
                    int64_t row);                /* is the row of this partition? */
bool cmi_work_own(cmi_add *add, cmi_work *w);    /* owners of kept rows without customer */
bool cmi_work_encode(cmi_add *add, cmi_work *w); /* loader_encode.c: texts of kept rows */
/* In the input's order; one task per group. */
cm_status cmi_intern_group(cmi_add *add, cmi_work *w, int32_t dict, cm_error *err);
cm_status cmi_intern_anonymous(cmi_add *add, cmi_work *w, cm_error *err); /* loader_owner.c */
void cmi_copy_values(cmi_add *add, cmi_work *w);

/* loader_reject.c */
void cmi_work_note(cmi_work *w, int64_t row, int32_t target, cmi_cell cell, int32_t detail);
cm_status cmi_add_note_rejects(cmi_add *add, cmi_work *w, cm_error *err);
/* Into the loader, at commit: first room, which may fail, then the rest, which may not. */
bool cmi_add_reserve_notes(cmi_add *add);
void cmi_add_merge_notes(cmi_add *add);

/* loader_report.c */
cm_status cmi_add_see_examples(cmi_add *add, cmi_work *w, cm_error *err);
bool cmi_add_reserve_report(cmi_add *add); /* makes its texts, too */
void cmi_add_merge_report(cmi_add *add);

/* The part of a work's rows that lies in one chunk. */
typedef struct cmi_span {
    cmi_chunk *chunk;
    int64_t from, to, at; /* kept rows [from, to) stand at `at` in the chunk */
} cmi_span;
static inline bool cmi_next_span(const cmi_add *add, const cmi_work *w, cmi_span *s)
{
    s->from = s->to;
    if (s->from >= w->n_kept) return false;
    int64_t place = w->first + s->from;
    s->chunk = add->chunks[place / CMI_CHUNK_ROWS];
    s->at = place % CMI_CHUNK_ROWS;
    int64_t room = CMI_CHUNK_ROWS - s->at, left = w->n_kept - s->from;
    s->to = s->from + (room < left ? room : left);
    return true;
}

#endif
