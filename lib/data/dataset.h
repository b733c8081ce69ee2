/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_DATASET_H
#define CMI_DATA_DATASET_H

#include <custmetrics/cm_dataset.h>
#include "core/calendar.h"
#include "core/intern.h"
#include "core/memory.h"
#include "core/parallel.h"
#include "data/facts.h"

/* A sealed dataset: timelines in CSR. Immutable from birth.
 *
 * Owners are 0 .. n_owners-1. Owner o < n_known is the customer with code o + 1 in `customers`
 * (canonical order); the others are anonymous (an order, session, ticket, respondent, or the row
 * itself), in the order of their 128-bit fingerprints. Row i of a table belongs to the owner o with
 * offset[o] <= i < offset[o + 1]; within an owner rows stand by time, then sequence, then input
 * order. */
/* Codes that aliases or sessions changed: extending the dataset starts again from the codes as they
 * were given, so that it equals loading everything at once. Rows ascend. */
typedef struct cmi_moved {
    int64_t n;
    uint32_t *row;
    uint32_t *from; /* code in `origins`, or CMI_ORIGIN_ANONYMOUS | index in `origin_anonymous` */
} cmi_moved;
#define CMI_ORIGIN_ANONYMOUS 0x80000000u

/* In an entity column: the row has no id. In orders such a row is an order of its own and has an
 * ordinal of its own, so there it never stands. */
#define CMI_NO_ENTITY UINT32_MAX
/* Time of a row of customers without valid_from: in force before every fact. */
#define CMI_ALWAYS_VALID (INT64_MIN + 1)
/* Of owner, row and code counts: 32-bit offsets and codes keep one value for "none". */
#define CMI_MAX_ROWS ((int64_t)UINT32_MAX - 1)

typedef struct cmi_column {
    const char *name;   /* role's or dimension's name */
    int32_t role;       /* -1: dimension */
    cmi_role_type type; /* dimensions: CMI_ROLE_TEXT */
    int32_t dict; /* index in dataset->dicts; -1: no code column, or codes of `customers`. CUSTOMER
                   * columns have the dictionary "customer" where a dimension owns the rows */
    int64_t *i64; /* one of the two is set; CMI_NULL is null */
    uint32_t
        *u32; /* codes (0 null) or entity ordinals: 0, 1, ... in order of the entity's first row */
    cmi_moved moved; /* CUSTOMER columns only */
} cmi_column;

typedef struct cmi_facts {
    bool given; /* the table was added, be it with no rows */
    int64_t n_rows;
    uint32_t *offset; /* n_owners + 1; never NULL (tables without rows share dataset->no_rows) */
    int64_t *time;    /* of the table's time role; customers without valid_from: INT64_MIN + 1 */
    int32_t n_columns;
    cmi_column
        *columns; /* roles that were given (but customer and the time role), then dimensions */
    int32_t role_column[CMI_MAX_ROLES]; /* index in columns, -1: not given */
    int64_t min_time, max_time;         /* of kept rows; CMI_NULL where none */
    int64_t n_read, n_rejected, n_ties; /* ties that input order settled */
    int64_t n_rounded;                  /* doubles or decimals that were rounded to the scale */
    int64_t n_entities;                 /* over all owners */
    uint64_t *entity; /* fingerprint of each owner's entities by ordinal, owner after owner; 0: row
                         without id (orders) */
    cmi_moved moved;  /* rows whose owner an alias or a session changed */
} cmi_facts;

typedef struct cmi_side_column {
    const char *name;
    int32_t role; /* -1: a further column (features: any number) */
    cmi_role_type type;
    int64_t *i64;  /* TIME, DATE, MONEY, COUNT, BOOL */
    double *f64;   /* NUMBER; NaN is null */
    uint32_t *u32; /* TEXT, CUSTOMER: code in dict */
    cmi_dict *dict;
} cmi_side_column;

typedef struct cmi_side {
    bool given;
    int64_t n_rows;
    int32_t n_columns;
    cmi_side_column *columns;
    int32_t role_column[CMI_MAX_ROLES];
    uint64_t hash; /* of the content, for shared tables */
    int64_t n_read, n_rejected;
} cmi_side;

typedef struct cmi_reject {
    int32_t table; /* fact, or CMI_N_FACTS + side */
    const char *reason;
    int64_t n;
} cmi_reject;
typedef struct cmi_diagnostic {
    int32_t table;
    int64_t row;
    const char *column, *value, *reason;
} cmi_diagnostic;

struct cm_dataset {
    cm_context *ctx;
    int32_t refs; /* atomic */
    cmi_tz *tz;
    int32_t week_start; /* 0 Monday */
    int32_t scale;
    int32_t partition, n_partitions; /* n_partitions 1: whole */
    const char *owner;               /* NULL: customer; else the dimension that owns the rows */
    bool strict;                     /* of the loader, for who extends the dataset */
    int32_t max_diagnostics;
    int64_t max_field;
    int64_t n_owners, n_known;
    cmi_dict *customers;
    uint8_t *anonymous; /* 16-byte fingerprint of each anonymous owner, ascending */
    cmi_dict *origins;  /* customer ids that `moved` lists refer to; NULL: none */
    int64_t n_origin_anonymous;
    uint8_t *origin_anonymous; /* fingerprints, ascending */
    cmi_moved copies; /* rows of customers, and how many identical ones were rejected (in `from`) */
    uint32_t *no_rows; /* offsets of every table without rows */
    int32_t n_dicts;
    cmi_dict **dicts; /* one per dimension name, shared by all tables that have it */
    const char **dict_names;
    cmi_facts facts[CMI_N_FACTS];
    cmi_side sides[CMI_N_SIDES];
    int32_t n_rejects;
    cmi_reject *rejects;
    int64_t n_diagnostics;
    cmi_diagnostic *diagnostics;
    int32_t n_report; /* what was understood of each input column: see check.c */
    struct cmi_report_column *report;
    int64_t extent_min[CMI_N_FACTS],
        extent_max[CMI_N_FACTS]; /* of all rows read, kept or not (partitions) */
    cmi_arena arena;             /* names and texts above */
};

struct cm_extent {
    cm_context *ctx;
    int64_t min[CMI_N_FACTS], max[CMI_N_FACTS]; /* CMI_NULL: none */
    bool given[CMI_N_FACTS];
    int32_t scale, week_start;
    char tz[64];
    uint64_t shared_hash[CMI_N_SIDES];
};

/* Column of a role, NULL if the table or column was not given. */
const cmi_column *cmi_dataset_role(const cm_dataset *ds, cmi_fact f, const char *role);
/* A column of a table by name, be it a dimension or a role; NULL if it has none. Only where
 * column->dict >= 0 does it hold codes of a dictionary of that name. */
const cmi_column *cmi_dataset_dimension(const cm_dataset *ds, cmi_fact f, const char *name);
/* The table's entity column (order, session, ticket, respondent); NULL if it has none. */
const cmi_column *cmi_dataset_entity(const cm_dataset *ds, cmi_fact f);
/* Fingerprint of each row's entity, 0 for rows without; `ids` holds n_rows. The table has such a
 * column. */
void cmi_dataset_entity_ids(const cm_dataset *ds, cmi_fact f, uint64_t *ids);
int32_t cmi_dataset_dict(const cm_dataset *ds, const char *name); /* -1 */
/* Half-open ranges of owners with about equal numbers of rows of the tables in `mask`; edge[0..n].
 */
void cmi_dataset_ranges(const cm_dataset *ds, uint32_t mask, int64_t n, int64_t *edge);
/* A dataset whose rows are owned by the values of a dimension: option unit= . The customer becomes
 * a dimension "customer"; rows without a value are owned by their entity, else by themselves.
 * Errors: CM_ERR_NOT_FOUND, CM_ERR_MISMATCH (a partition that was not loaded with that owner),
 * CM_ERR_LIMIT, CM_ERR_CANCELLED, CM_ERR_MEMORY. */
cm_status cmi_dataset_reown(const cm_dataset *ds, const char *dimension, const cmi_job *job,
                            cm_dataset **out, cm_error *err);

/* The same for one table's offsets: edge[0..n], n >= 1. */
void cmi_offset_ranges(const uint32_t *offset, int64_t n_owners, int64_t n, int64_t *edge);

/* ---- for those who build datasets: sealing, loading, re-owning ---- */
/* An empty dataset with one reference; NULL: no memory. */
cm_dataset *cmi_dataset_create(cm_context *ctx);
/* Sets n_ties, min_time, max_time from the rows. CM_ERR_FORMAT: an owner's rows are not in order.
 */
cm_status cmi_facts_summarise(cm_dataset *ds, cmi_fact f, const cmi_job *job, cm_error *err);
/* Sets the hash of a side table's content. */
cm_status cmi_side_hash(cm_context *ctx, cmi_side *side, cm_error *err);

#endif
