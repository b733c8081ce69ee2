/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_SEAL_H
#define CMI_DATA_SEAL_H

#include "core/error.h"
#include "data/loader.h"

/* Between the files of sealing only.
 *
 * Rows come in segments: slices of the base's timelines first, then the loader's chunks, in input
 * order. The array `dest` of a segment is overwritten on the way: provisional owner code -> owner
 * -> place of the row in the sealed table. Up to cmi_seal_build_owners() everything can be taken
 * back; from there on columns are permuted one by one and their chunks freed. */
#define CMI_DROPPED UINT32_MAX /* in dest: the row is not kept */

/* The codes of one name: provisional codes of the loader, or of a sealed dictionary. */
typedef struct cmi_seal_codes {
    const char *name;
    cmi_intern **intern; /* the loader's; consumed and set NULL; NULL: `dict` holds the codes */
    cmi_dict *dict;      /* sealed; in the end that of the new dataset */
    int64_t n;           /* codes 1..n */
    uint8_t *used;       /* n + 1: stands in a kept row */
    uint32_t *map;       /* n + 1: code -> sealed code; NULL before building */
    int32_t index;       /* in the new dataset's dicts; -1: no column of it */
} cmi_seal_codes;

typedef struct cmi_segment {
    int64_t n, first; /* rows; number of the first over all segments */
    uint32_t *dest;
    const int64_t *time;
    const int64_t *sequence; /* NULL: none */
    const uint64_t *entity;  /* NULL: none */
    cmi_chunk *chunk;        /* owned by the loader; NULL: a slice of the base, first row `first` */
} cmi_segment;

/* A list that grows: rows over all segments, or codes. */
typedef struct cmi_moves {
    int64_t n, row_capacity, from_capacity;
    uint32_t *row;
    uint32_t *from;
} cmi_moves;

typedef struct cmi_seal_column {
    const char *name;
    int32_t role;
    cmi_role_type type;
    int32_t dict;   /* index in sealing->dims; CMI_DICT_CUSTOMERS; -1 */
    int32_t staged; /* index in a chunk's columns; -1: only the base has it */
    const int64_t *base_i64;
    const uint32_t *base_u32;
    uint32_t *
        base_copy; /* CUSTOMER: codes of the base's rows as they were given; base_u32 points here */
    cmi_moves moves;
} cmi_seal_column;

/* A row of customers that says what another says, or something else. */
typedef struct cmi_seal_drop {
    uint32_t row, owner; /* over all segments; provisional code */
    bool duplicate;
    const char *id;  /* as the row had it, before aliases; in the dataset's arena */
    uint32_t copies; /* of a row of the base: further rows that it made duplicates of */
} cmi_seal_drop;

typedef struct cmi_seal_table {
    bool given, has_entity, has_sequence, may_be_unsorted;
    int64_t n_rows, n_base, n_segments;
    cmi_segment *segments;
    int32_t n_columns; /* in the order in which they are sealed */
    cmi_seal_column *columns;
    uint32_t *base_owner;
    uint64_t *base_entity;
    cmi_moves moves;      /* of owners */
    cmi_moves copies;     /* customers only: rows kept, and how many identical ones were not */
    cmi_seal_drop *drops; /* customers only */
    int64_t n_drops, drops_capacity;
} cmi_seal_table;

typedef struct cmi_sealing {
    cm_context *ctx;
    cmi_job job;       /* its run is dropped where nothing can be taken back any more */
    cm_loader *loader; /* NULL: re-owning */
    const cm_dataset *base;
    cm_dataset *ds;
    cmi_seal_codes customers;
    cmi_intern **anonymous;
    int64_t n_anonymous;
    uint8_t *anonymous_used;
    uint32_t *anonymous_map;
    int32_t n_dims;
    cmi_seal_codes *dims;
    cmi_seal_table tables[CMI_N_FACTS];
    int64_t
        n_customers_before; /* the customers' interner as it was, to take back what aliases added */
    uint32_t *origin_map, *origin_anonymous_map; /* provisional code -> place among the origins */
} cmi_sealing;

/* extend.c: provisional code of an origin of the base. */
uint32_t cmi_base_origin(const cm_loader *loader, const cm_dataset *base, uint32_t from);

/* seal_input.c */
cm_status cmi_seal_open(cmi_sealing *s,
                        cm_error *err); /* segments and columns of loader and base */
void cmi_seal_close(cmi_sealing *s);
void cmi_seal_sort_columns(cmi_seal_table *t); /* columns has room for as many again */
const void *cmi_seal_values(const cmi_seal_column *c,
                            const cmi_segment *segment); /* NULL: all null */
const char *cmi_seal_text(const cmi_seal_codes *codes, uint32_t code, size_t *length);
bool cmi_seal_note_move(cm_context *ctx, cmi_moves *moves, int64_t row, uint32_t from);
/* Segment that holds a row. */
const cmi_segment *cmi_seal_find_segment(const cmi_seal_table *t, int64_t row);
/* Runs a task for each segment of a table. */
typedef struct cmi_segment_task {
    cmi_sealing *sealing;
    cmi_seal_table *table;
    void *user;
} cmi_segment_task;
cm_status cmi_seal_each(cmi_sealing *s, cmi_seal_table *t, cmi_task_fn fn, void *user,
                        cm_error *err);

/* What can still fail without harm. */
cm_status cmi_seal_merge_aliases(cmi_sealing *s, cm_error *err);   /* seal_alias.c */
cm_status cmi_seal_join_sessions(cmi_sealing *s, cm_error *err);   /* seal_session.c */
cm_status cmi_seal_match_customers(cmi_sealing *s, cm_error *err); /* seal_customers.c */
cm_status cmi_seal_check_partition(cmi_sealing *s, cm_error *err); /* seal_owner.c */
void cmi_seal_undo(cmi_sealing *s);                                /* seal.c: owners as they were */

/* What cannot. */
cm_status cmi_seal_build_owners(cmi_sealing *s,
                                cm_error *err); /* seal_owner.c: owners, dictionaries */
cm_status cmi_seal_build_codes(cmi_sealing *s, cmi_seal_codes *codes,
                               cm_error *err); /* seal_codes.c */
cm_status cmi_seal_build_origins(cmi_sealing *s,
                                 cm_error *err); /* seal_codes.c; before the customers are built */
cm_status cmi_seal_place_rows(cmi_sealing *s, cmi_fact f,
                              cm_error *err); /* seal_rows.c: offsets, time, dest */
cm_status cmi_seal_shape(cmi_sealing *s, cmi_fact f,
                         cm_error *err); /* seal_columns.c: columns without rows */
cmi_column *cmi_seal_role_column(cmi_sealing *s, cmi_fact f, const char *role); /* after shape */
cm_status cmi_seal_move_columns(cmi_sealing *s, cmi_fact f, cm_error *err);     /* seal_columns.c */
/* Rows over all segments become rows of the sealed table; from stays as it is. */
cm_status cmi_seal_keep_moves(cmi_sealing *s, const cmi_seal_table *t, const cmi_moves *moves,
                              cmi_moved *out, cm_error *err);
cm_status cmi_seal_build_entities(cmi_sealing *s, cmi_fact f, uint64_t *ids,
                                  cm_error *err); /* seal_entity.c; ids by place, consumed */
void cmi_seal_mark_base_side(cmi_sealing *s, cmi_side_id side);                 /* seal_side.c */
cm_status cmi_seal_build_side(cmi_sealing *s, cmi_side_id side, cm_error *err); /* seal_side.c */
/* Everything from owners to columns, for sealing and re-owning alike. */
cm_status cmi_seal_build_tables(cmi_sealing *s, cm_error *err); /* seal.c */
/* Rejects, diagnostics, report, in canonical order. */
cm_status cmi_seal_build_notes(cmi_sealing *s, cm_error *err); /* seal_notes.c */
bool cmi_copy_notes(cm_dataset *to, const cm_dataset *from);   /* seal_notes.c */

#endif
