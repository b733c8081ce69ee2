/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_CELLS_PRIVATE_H
#define CMI_DATA_CELLS_PRIVATE_H

#include "data/cells.h"
#include "data/plan.h"

/* Between cells*.c, state_write.c and state_read.c only.
 *
 * A state is a list of code spaces (dictionaries), groups (tuples of codes of by) and cell tables.
 * While it grows, codes, groups and rows stand in order of arrival and never change their number,
 * so that merging only appends; cmi_state_order() renumbers and sorts everything once. */

/* A dictionary in the making or made. Key parts of one kind share one; each `own` part and each
 * item of by has its own. At most one of dict and intern is set. */
typedef struct cmi_space {
    const char *kind; /* points into the definition; not NUL-terminated */
    size_t kind_length;
    bool bands; /* dict holds labels in the order of their edges */
    cmi_dict *dict;
    cmi_intern *intern;
} cmi_space;

typedef struct cmi_key_part {
    const char *name;
    size_t name_length;
    int space; /* -1: integers */
} cmi_key_part;

typedef struct cmi_layout {
    const char *name;
    int n_parts;
    cmi_key_part part[CMI_MAX_KEYS];
    bool sequence; /* the last part may stand any number of times */
    int n_columns;
    cmi_cell_type type[CMI_MAX_CELL_COLUMNS];
    int word[CMI_MAX_CELL_COLUMNS]; /* of a sparse row's words */
    int n_words;
    bool all_once;
    bool log; /* one part, the customer, and all columns once: rows are appended unseen */
} cmi_layout;

/* A stretch of a dense table that is allocated at once: a whole group (k = 0), or, where that would
 * pass CMI_DENSE_MAX cells, one row of it. */
typedef struct cmi_chunk {
    uint32_t group;
    int64_t k;
    int64_t *words;
} cmi_chunk;

#define CMI_DENSE_MAX ((int64_t)1 << 22)

typedef struct cmi_slot {
    uint32_t row; /* + 1; 0: empty */
    uint32_t tag; /* upper half of the key's hash */
} cmi_slot;

typedef struct cmi_slots {
    cmi_slot *slot;
    uint64_t mask; /* slots - 1; 0: none yet */
} cmi_slots;

/* Dense: chunks. Sparse: rows of `stride` words: group, then the key itself, or, in tables of
 * sequences, its place and length in `pool`; then the columns. */
typedef struct cmi_cells {
    cmi_layout layout;
    bool dense, by_row; /* by_row: a chunk is a row */
    int64_t n_cells;    /* of a chunk, per column */
    int64_t n_lead, row_cells;
    int64_t offset[CMI_MAX_CELL_COLUMNS]; /* of a column in a chunk, in words */
    int64_t chunk_words;
    cmi_chunk *chunk;
    int64_t n_chunks, chunk_capacity;
    int64_t **block; /* by group, where a chunk is a group */
    int64_t block_capacity;
    int64_t *zero; /* what reading an untouched chunk gives */

    int stride, key_words;
    uint64_t *rows;
    int64_t n, capacity;
    int64_t *pool;
    int64_t n_pool, pool_capacity;
    bool log;
    int64_t *from;   /* after ordering: rows of group g are from[g] .. from[g + 1] */
    cmi_slots slots; /* of rows, or of chunks where by_row */
} cmi_cells;

typedef struct cmi_counter {
    const char *what;
    int64_t n;
} cmi_counter;

enum { CMI_MAX_SPACES = CMI_MAX_CELLS * CMI_MAX_KEYS + CMI_MAX_KEYS };

struct cmi_state {
    cmi_state_head head; /* first: the inline calls of cells.h cast to it */
    cm_context *ctx;
    const cmi_plan *plan;
    cm_status status;
    cm_error *err; /* what happened; NULL only while the state is created */
    uint64_t seed;
    bool ordered;
    int n_by;
    int by_space[CMI_MAX_KEYS];
    int n_spaces;
    cmi_space space[CMI_MAX_SPACES];
    int64_t *groups; /* n_by codes each */
    int64_t n_groups, group_capacity;
    cmi_slots group_slots;
    int n_tables;
    cmi_cells table[CMI_MAX_CELLS];
    cmi_dense dense[CMI_MAX_CELLS];
    int64_t *scratch; /* a row that may be written to after a failure */
    void *lent;       /* by cmi_state_scratch */
    int64_t lent_size;
    cmi_counter *counter;
    int64_t n_counters, counter_capacity;
    cmi_arena arena;
};

/* How a column of a saved chunk stands. */
enum { CMI_COLUMN_ZERO, CMI_COLUMN_PLAIN, CMI_COLUMN_PAIRS };

/* ---- hash index, over whatever has numbers 0, 1, ... ---- */
uint64_t cmi_key_hash(uint64_t seed, uint32_t group, const int64_t *key, int64_t n);
/* Room for n things in all; re-inserts are the caller's when the index was rebuilt (true in
 * *rebuilt). */
bool cmi_slots_reserve(cm_context *ctx, cmi_slots *slots, int64_t n, bool *rebuilt);
void cmi_slots_insert(cmi_slots *slots, uint64_t hash, int64_t number);
void cmi_slots_free(cm_context *ctx, cmi_slots *slots);

/* ---- cells.c ---- */
cm_status cmi_state_no_memory(cmi_state *s); /* makes it stick */
/* Text of a code; NULL for code 0 and codes that are not there. */
const char *cmi_space_text(const cmi_space *space, int64_t code, size_t *length);
int64_t cmi_space_count(const cmi_space *space);

/* ---- cells_group.c ---- */
bool cmi_groups_reserve(cmi_state *s, int64_t n);
int64_t cmi_groups_find(const cmi_state *s, const int64_t *codes); /* -1: not there */
void cmi_groups_append(cmi_state *s, const int64_t *codes);        /* after reserve */
void cmi_groups_truncate(cmi_state *s, int64_t n);
void cmi_groups_reindex(cmi_state *s);

/* ---- cells_order.c ---- */
/* <0, 0, >0: element by element, the shorter first. */
int cmi_key_compare(const int64_t *a, int64_t na, const int64_t *b, int64_t nb);

/* ---- cells_dense.c ---- */
cm_status cmi_dense_init(cmi_state *s, int cells, cm_error *err);
/* Words of the chunk that holds row k of a group. */
int64_t *cmi_dense_find(const cmi_state *s, int cells, uint32_t group, int64_t k);
int64_t *cmi_dense_get(cmi_state *s, int cells, uint32_t group, int64_t k); /* NULL: no memory */
void cmi_dense_truncate(cmi_state *s, int cells, int64_t n_chunks);         /* forgets the latest */
bool cmi_dense_reindex(cmi_state *s, int cells); /* after chunks were renumbered and sorted */
static inline int cmi_column_words(cmi_cell_type type)
{
    return type == CMI_SUM128 || type == CMI_FIX128 ? 2 : 1;
}

/* ---- cells_sparse.c ---- */
/* Room for that many further rows and pool entries, and an index unless the table is a log. */
bool cmi_sparse_reserve(cmi_state *s, int cells, int64_t rows, int64_t pool);
int64_t cmi_sparse_find(const cmi_state *s, int cells, uint32_t group, const int64_t *key,
                        int64_t n);
int64_t cmi_sparse_append(cmi_state *s, int cells, uint32_t group, const int64_t *key,
                          int64_t n); /* after reserve */
static inline uint64_t *cmi_sparse_row(const cmi_cells *t, int64_t row)
{
    return t->rows + row * t->stride;
}
static inline int64_t *cmi_sparse_key(const cmi_cells *t, int64_t row, int64_t *n)
{
    int64_t *key = (int64_t *)(cmi_sparse_row(t, row) + 1);
    if (!t->layout.sequence) {
        *n = t->layout.n_parts;
        return key;
    }
    *n = key[1];
    return t->pool ? t->pool + key[0]
                   : NULL; /* all sequences may be empty: then there is no pool */
}
static inline uint64_t *cmi_sparse_words(const cmi_cells *t, int64_t row)
{
    return cmi_sparse_row(t, row) + 1 + t->key_words;
}
/* The space of the i-th element of a key; -1: an integer. */
static inline int cmi_key_space(const cmi_layout *l, int64_t i)
{
    return l->part[i < l->n_parts ? i : l->n_parts - 1].space;
}

#endif
