/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_CELLS_H
#define CMI_DATA_CELLS_H

#include "core/grid.h"
#include "core/int128.h"
#include "core/intern.h"
#include "core/memory.h"

/* Cells: the only thing a state is made of. A fixed list of cell tables; a key is (group,
 * parts...), a part is an integer, a code or the owner; a column is a sum or is written once. The
 * house merges, orders, saves and loads cells; no KPI does. */
typedef enum cmi_cell_type {
    CMI_SUM64,   /* int64 sum; overflow is an error at merge (128-bit check) */
    CMI_SUM128,  /* exact 128-bit sum; overflow is an error */
    CMI_FIX128,  /* doubles, each rounded once half-even to 2^-40, summed exactly */
    CMI_ONCE,    /* int64, one writer per key: a second is CM_ERR_MISMATCH */
    CMI_ONCE_F64 /* double, one writer per key */
} cmi_cell_type;

/* keys: comma list of name or name:kind. Kinds: int (default); customer (owner); a dictionary's
 * name (a code of that dimension: "product:product"); own (texts interned by the kernel with
 * cmi_state_intern). A last part `name...` or `name...:kind` is a sequence of any length. columns:
 * comma list of name or name:type with type n (CMI_SUM64, default), sum128, fix128, once, once_f64.
 */
typedef struct cmi_cells_def {
    const char *name;
    const char *keys;
    const char *columns;
} cmi_cells_def;
#define CMI_CELLS(NAME, KEYS, COLUMNS)                                                             \
    {                                                                                              \
        NAME, KEYS, COLUMNS                                                                        \
    }
#define CMI_CELLS_END                                                                              \
    {                                                                                              \
        NULL, NULL, NULL                                                                           \
    }

enum { CMI_MAX_KEYS = 8, CMI_MAX_CELL_COLUMNS = 24, CMI_MAX_CELLS = 12 };

typedef struct cmi_state cmi_state;
typedef uint64_t
    *cmi_cell_row; /* words of one sparse row: one per 64-bit column, two per 128-bit column */

/* What the inline calls below read of a state; nobody else looks. */
typedef struct cmi_dense {
    int64_t *const *block; /* by group; NULL: not touched yet */
    uint32_t n_blocks;
    int64_t n_lead;                       /* rows: product of the extents but the last */
    int64_t row;                          /* cells of a row: the last extent */
    int64_t offset[CMI_MAX_CELL_COLUMNS]; /* of a column, in words */
} cmi_dense;
typedef struct cmi_state_head {
    cmi_dense *dense; /* by cell table */
} cmi_state_head;

/* ---- in collect ---- */

/* Dense tables (cmi_plan_dense gave the extents d1 .. dn of the key parts): the row of the last
 * part's dn cells for the leading parts flattened (k = ((k1 * d2) + k2) ...), of column 0 or
 * `column`. Zeroed on first touch of a group. Never NULL: after a failure a scratch row, and the
 * failure sticks. */
int64_t *cmi_cell_touch(cmi_state *s, int cells, int column, uint32_t group,
                        int64_t k); /* the rare way */
static inline int64_t *cmi_cell_column(cmi_state *s, int cells, int column, uint32_t group,
                                       int64_t k)
{
    const cmi_dense *d = ((const cmi_state_head *)(const void *)s)->dense + cells;
    if (group >= d->n_blocks || !d->block[group] || (uint64_t)k >= (uint64_t)d->n_lead)
        return cmi_cell_touch(s, cells, column, group, k);
    return d->block[group] + d->offset[column] + k * d->row;
}
static inline int64_t *cmi_cell(cmi_state *s, int cells, uint32_t group, int64_t k)
{
    return cmi_cell_column(s, cells, 0, group, k);
}
cmi_i128 *cmi_cell_column128(cmi_state *s, int cells, int column, uint32_t group,
                             int64_t k); /* SUM128, FIX128 */

/* Sparse tables: the row of a key (created with sums 0 and once columns null). Valid until the next
 * call for the same table. Never NULL. */
cmi_cell_row cmi_at(cmi_state *s, int cells, uint32_t group, const int64_t *key, int n_key);
void cmi_add64(cmi_state *s, int cells, cmi_cell_row row, int column,
               int64_t v); /* SUM64 and SUM128 */
void cmi_add128(cmi_state *s, int cells, cmi_cell_row row, int column, cmi_i128 v);
void cmi_add_f64(cmi_state *s, int cells, cmi_cell_row row, int column, double v); /* FIX128 */
void cmi_set(cmi_state *s, int cells, cmi_cell_row row, int column,
             int64_t v); /* ONCE; CMI_NULL is null */
void cmi_set_f64(cmi_state *s, int cells, cmi_cell_row row, int column, double v);
/* A double as FIX128 keeps it, and back (one rounding each): for dense FIX128 columns. What does
 * not fit is CM_ERR_OVERFLOW in cmi_add_f64; cmi_fix128 then gives CMI_I128_MIN. */
cmi_i128 cmi_fix128(double v);
double cmi_fix128_f64(cmi_i128 v);
/* Memory of one call of collect for `n` things of `size` bytes, not cleared: used again by the next
 * call, so ask once. NULL: no memory, and the failure sticks. */
void *cmi_state_scratch(cmi_state *s, int64_t n, size_t size);
/* Code of a text in a key part of kind `own`. */
uint32_t cmi_state_intern(cmi_state *s, int cells, int part, const char *text, size_t n);

const cmi_grid *cmi_state_grid(const cmi_state *s);
int32_t cmi_state_scale(const cmi_state *s); /* of money and values: units of 10^-scale */
void cmi_state_fail(cmi_state *s, cm_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Counted into the result's meta. */
void cmi_state_pending(cmi_state *s, int64_t n);
void cmi_state_count(cmi_state *s, const char *what,
                     int64_t n); /* `what` is a literal: "n_no_sale", ... */

/* ---- in solve and present: rows and groups stand in canonical order ---- */
uint32_t cmi_state_n_groups(const cmi_state *s); /* without `by`: always 1 */
const int64_t *cmi_cell_get(const cmi_state *s, int cells, uint32_t group,
                            int64_t k); /* zeros where untouched */
const int64_t *cmi_cell_get_column(const cmi_state *s, int cells, int column, uint32_t group,
                                   int64_t k);
const cmi_i128 *cmi_cell_get_column128(const cmi_state *s, int cells, int column, uint32_t group,
                                       int64_t k);
int64_t cmi_cells_n(const cmi_state *s, int cells); /* sparse rows */
void cmi_cells_range(const cmi_state *s, int cells, uint32_t group, int64_t *from, int64_t *to);
uint32_t cmi_cells_group(const cmi_state *s, int cells, int64_t row);
const int64_t *cmi_cells_key(const cmi_state *s, int cells, int64_t row, int *n_key);
int64_t cmi_cells_i64(const cmi_state *s, int cells, int64_t row, int column);   /* SUM64, ONCE */
cmi_i128 cmi_cells_i128(const cmi_state *s, int cells, int64_t row, int column); /* SUM64, SUM128 */
double cmi_cells_f64(const cmi_state *s, int cells, int64_t row, int column); /* FIX128, ONCE_F64 */
const char *cmi_cells_text(const cmi_state *s, int cells, int part, int64_t code,
                           size_t *length); /* code parts */
/* The dictionary of a code part (for columns of many rows). */
const cmi_dict *cmi_cells_dict(const cmi_state *s, int cells, int part);
int64_t cmi_state_counter(const cmi_state *s, const char *what);

/* ---- for the house: driver, run, saved states. No KPI calls these ---- */
struct cm_plan;
struct cmi_job;
struct cm_buffer;
struct cmi_reader;

/* An empty state of the plan, which is borrowed and must outlive it. */
cm_status cmi_state_create(const struct cm_plan *plan, cmi_state **out, cm_error *err);
void cmi_state_destroy(cmi_state *s); /* NULL ok */
/* Dictionaries (retained) of code parts and of the items of by, before any key is given. Parts of
 * one kind have one dictionary in all tables. Bands have no dictionary but labels of the
 * codes 1..n, which keep their order. false: no memory, or no such part; the failure sticks in the
 * state too. */
bool cmi_state_bind_dict(cmi_state *s, int cells, int part, const cmi_dict *dict);
bool cmi_state_bind_by(cmi_state *s, int item, const cmi_dict *dict);
bool cmi_state_bind_bands(cmi_state *s, int item, const char *const *label, int64_t n);
/* The group of a tuple of codes of by, found or added. More than max_groups: the failure sticks, 0.
 */
uint32_t cmi_state_group(cmi_state *s, const int64_t *codes, int n_by);
/* The failure that sticks, with its text, or CM_OK. */
cm_status cmi_state_status(const cmi_state *s, cm_error *err);
/* Adds `from` to `into`, states of equal plans; all or nothing. Dictionaries that differ are
 * joined. Owners in both: CM_ERR_MISMATCH, found here for sums and sets, at the latest by
 * cmi_state_order for tables of one row per customer. cmi_state_merge_checked finds these at once,
 * too, and costs more. */
cm_status cmi_state_merge(cmi_state *into, const cmi_state *from, cm_error *err);
cm_status cmi_state_merge_checked(cmi_state *into, const cmi_state *from, cm_error *err);
/* Canonical order: groups, rows, codes. Needed before everything under "in solve and present", and
 * before a state is written. After a failure the state is good for nothing but destroy. */
cm_status cmi_state_order(cmi_state *s, const struct cmi_job *job, cm_error *err);
/* Gives the memory of the cells back; groups, dictionaries and counters stay. */
void cmi_state_drop_cells(cmi_state *s);
/* Text of an item of by; NULL: null. */
const char *cmi_state_by_text(const cmi_state *s, uint32_t group, int item, size_t *length);
/* The same as a code; NULL where there is no dictionary (then every code is 0). */
const cmi_dict *cmi_state_by_code(const cmi_state *s, uint32_t group, int item, uint32_t *code);
/* A counter whose name is copied, and the counters by index (name NULL: none left). */
void cmi_state_count_copy(cmi_state *s, const char *what, int64_t n);
const char *cmi_state_counter_at(const cmi_state *s, int64_t index, int64_t *n);
/* Bytes without envelope and plan; dictionaries hold only what is used. Of an ordered state. */
cm_status cmi_state_write(const cmi_state *s, struct cm_buffer *out, cm_error *err);
cm_status cmi_state_read(const struct cm_plan *plan, struct cmi_reader *in, cmi_state **out,
                         cm_error *err);

#endif
