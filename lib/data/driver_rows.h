/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_DRIVER_ROWS_H
#define CMI_DATA_DRIVER_ROWS_H

#include "data/bind.h"

/* Scratch of one thread: the rows of one owner, merged, with bits, groups and values. */
typedef struct cmi_walk {
    const cmi_bound *b;
    cmi_state *state;
    int64_t capacity;
    int64_t n;
    int64_t *time;       /* merged */
    uint64_t *raw, *sel; /* selector bits: of the row alone; with heads and where */
    uint8_t *table;      /* index in b->table */
    uint8_t *fact;
    uint32_t *row; /* row of the table */
    uint32_t *group;
    int64_t *value[CMI_MAX_VALUES];
    uint32_t *ordinal;  /* orders: within the owner */
    uint8_t *pass;      /* where */
    uint32_t *slice;    /* rows of one group */
    int64_t *part_time; /* the same, split by group */
    uint64_t *part_sel;
    uint8_t *part_fact;
    int64_t *part_value[CMI_MAX_VALUES];
    uint32_t *stamp; /* by ordinal: epoch in which the order was seen */
    int64_t n_stamp;
    uint32_t epoch;
    uint32_t by_code[CMI_MAX_KEYS]; /* last tuple and its group */
    uint32_t last_group;
    bool has_last;
    uint64_t seen; /* bits that some row had */
    int64_t n_rows, n_customers, n_anonymous;
    int n_used; /* slots of values */
    int used[CMI_MAX_VALUES];
} cmi_walk;

bool cmi_walk_grow(cmi_walk *w, int64_t n);
static inline bool cmi_walk_reserve(cmi_walk *w, int64_t n)
{
    return n <= w->capacity || cmi_walk_grow(w, n);
}
void cmi_walk_free(cmi_walk *w);
/* Rows of the owner before as_of into scratch: time, table, row. Returns their number. */
int64_t cmi_walk_gather(cmi_walk *w, int64_t owner);
void cmi_walk_bits(cmi_walk *w, int64_t owner);
void cmi_walk_value(cmi_walk *w, int slot, int64_t owner);
/* Room for the stamps of these orders; UINT32_MAX: none. */
bool cmi_walk_reserve_stamps(cmi_walk *w, const uint32_t *ordinal, int64_t n);
/* Turns the bits of single order lines into bits of heads, for the n rows in `rows` (NULL: all). */
void cmi_walk_heads(cmi_walk *w, const uint32_t *rows, int64_t n, bool by_where);
void cmi_walk_groups(cmi_walk *w, int64_t owner);
uint32_t cmi_walk_owner_group(cmi_walk *w, int64_t owner);
/* Row of `customers` in force at the instant; -1: none. */
int64_t cmi_walk_customer_row(const cmi_bound *b, int64_t owner, int64_t time);

/* driver_plain.c: an owner whose rows from..from+n-1 of the only table nothing needs to be merged
 * into. */
bool cmi_plain_fits(const cmi_bound *b);
bool cmi_plain_bits(cmi_walk *w, int64_t from, int64_t n); /* false: no memory */
void cmi_plain_values(cmi_walk *w, cmi_span *span, int64_t owner, int64_t from, int64_t n);

#endif
