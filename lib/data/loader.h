/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_LOADER_H
#define CMI_DATA_LOADER_H

#include "core/intern.h"
#include "core/memory.h"
#include "data/batch.h"
#include "data/dataset.h"

/* What lies between adding and sealing: staged rows in chunks, in input order. loader_*.c write it,
 * seal.c reads it and frees it chunk by chunk. */
enum { CMI_CHUNK_ROWS = 1 << 16 };
#define CMI_ANONYMOUS 0x80000000u /* in `owner`: the rest is a code of loader->anonymous */

typedef struct cmi_chunk {
    int64_t n;
    uint32_t *owner;   /* customer code (provisional), or CMI_ANONYMOUS | code; facts only */
    uint64_t *entity;  /* 64-bit fingerprint of the order, session, ticket, respondent id; 0 none;
                          NULL if no such column */
    int64_t *time;     /* facts only */
    int64_t *sequence; /* NULL if no such column */
    void **column;     /* n_columns entries: int64_t[], uint32_t[] (provisional codes) or double[];
                          NULL: all null (column came later) */
    int32_t n_columns;
} cmi_chunk;

typedef struct cmi_staged_column {
    const char *name;
    int32_t role; /* -1: dimension */
    cmi_role_type type;
    int32_t dict; /* index in loader->dims; -1: none; CMI_DICT_CUSTOMERS: customers */
} cmi_staged_column;
#define CMI_DICT_CUSTOMERS (-2)

typedef struct cmi_staged {
    bool given;
    int32_t n_columns;
    cmi_staged_column
        *columns; /* all roles but customer, entity, time, sequence; then dimensions */
    int64_t n_chunks;
    cmi_chunk **chunks;
    int64_t n_rows, n_read, n_rejected, n_rounded;
    int64_t extent_min,
        extent_max; /* of all usable rows read, also of those another partition keeps */
    bool in_order;  /* times never fell so far */
} cmi_staged;

struct cm_loader {
    cm_context *ctx;
    cm_dataset *base; /* retained; NULL */
    cmi_tz *tz;
    int32_t week_start, scale, partition, n_partitions, max_diagnostics;
    bool strict;
    char *owner; /* dimension that owns the rows; NULL: customer */
    int64_t max_field;
    cmi_intern *customers; /* provisional codes; with a base: its codes come first, in its order */
    cmi_intern *anonymous; /* keys are 16-byte fingerprints */
    int32_t n_dims;
    char **dim_names;
    cmi_intern **dims; /* one per dimension name; with a base: its codes come first */
    cmi_staged facts[CMI_N_FACTS];
    cmi_staged sides[CMI_N_SIDES]; /* owner, time, entity unused; CUSTOMER and TEXT columns are
                                      codes of a dim of that name
                                      ("customer" for ids of pooled tables), so side text shares the
                                      dimensions' dictionaries */
    int32_t n_rejects;
    cmi_reject *rejects; /* reason texts are literals or live in the arena */
    int64_t n_diagnostics;
    cmi_diagnostic *diagnostics;
    int32_t n_report;
    struct cmi_report_column *report;
    cmi_arena arena;
    bool busy;           /* a call is running: re-entry gives CM_ERR_BUSY */
    cmi_add *adding;     /* the add in progress; NULL: none */
    cmi_intern *repeats; /* fingerprints of rows without any id that came more than once */
    uint32_t *n_repeats; /* by code of `repeats`: rows seen; n_repeats[0] is not used */
    int64_t repeats_capacity;
};

/* One input column as it was understood; printed by cm_dataset_check. */
typedef struct cmi_report_column {
    int32_t table;      /* fact, or CMI_N_FACTS + side */
    const char *column; /* as the input names it */
    const char *role;   /* role or dimension name; "" left out */
    const char *type;   /* id, text, time, money, ... */
    int64_t n_null;
    const char *example; /* first value seen */
    const char *
        note; /* "ids end in .0, kept as written", "local times, read in Europe/Paris", ... or "" */
} cmi_report_column;

void cmi_chunk_destroy(cm_context *ctx, cmi_chunk *chunk); /* NULL ok, as are its arrays */
/* loader.c: gives back all that was added; the options stay. NULL interners are left NULL. */
void cmi_loader_clear(cm_loader *loader);

/* seal.c */
cm_status cmi_seal(cm_loader *loader, const cmi_job *job, cm_dataset **out, cm_error *err);
/* Fills an empty loader's interners from the base so that provisional codes 1..n are the base's. */
cm_status cmi_loader_from_base(cm_loader *loader, cm_error *err);
/* Partition of an owner: hash of its canonical id bytes mod n (definition 42). */
bool cmi_partition_keeps(uint64_t hash, int32_t partition, int32_t n_partitions);
/* The hash of an anonymous owner, from the first 8 bytes of its fingerprint. With several
 * partitions seal.c drops rows of other partitions once aliases and sessions are settled, so a
 * loader may stage too many rows but never too few: of events with a session it must stage all,
 * whoever owns them. */
uint64_t cmi_anonymous_hash(const char *fingerprint);

#endif
