/* SPDX-License-Identifier: MIT */
#include "data/cells_private.h"

#include <math.h>
#include <string.h>

#include "core/hash.h"

/* Sparse tables: rows in order of arrival and an index over their keys. Tables of one row per
 * customer have no index: the driver gives each customer once, so his rows stand at the end or
 * nowhere. */

/* ---- hash index ---- */

uint64_t cmi_key_hash(uint64_t seed, uint32_t group, const int64_t *key, int64_t n)
{
    uint64_t h = seed ^ group * UINT64_C(0x9e3779b97f4a7c15);
    for (int64_t i = 0; i < n; i++) h = cmi_mix(h ^ (uint64_t)key[i]);
    return n ? h : cmi_mix(h);
}

bool cmi_slots_reserve(cm_context *ctx, cmi_slots *slots, int64_t n, bool *rebuilt)
{
    uint64_t size = slots->slot ? slots->mask + 1 : 16;

    *rebuilt = false;
    while ((uint64_t)n > size - size / 4) size *= 2;
    if (slots->slot && size == slots->mask + 1) return true;
    cmi_slot *slot = cmi_calloc(ctx, size, sizeof *slot);
    if (!slot) return false;
    cmi_free(ctx, slots->slot);
    slots->slot = slot;
    slots->mask = size - 1;
    *rebuilt = true;
    return true;
}

void cmi_slots_insert(cmi_slots *slots, uint64_t hash, int64_t number)
{
    uint64_t i = hash & slots->mask;
    while (slots->slot[i].row) i = (i + 1) & slots->mask;
    slots->slot[i] = (cmi_slot){ (uint32_t)number + 1, (uint32_t)(hash >> 32) };
}

void cmi_slots_free(cm_context *ctx, cmi_slots *slots)
{
    cmi_free(ctx, slots->slot);
    *slots = (cmi_slots){ NULL, 0 };
}

/* ---- rows ---- */

static uint64_t hash_row(const cmi_state *s, const cmi_cells *t, int64_t row)
{
    int64_t n, *key = cmi_sparse_key(t, row, &n);
    return cmi_key_hash(s->seed, (uint32_t)cmi_sparse_row(t, row)[0], key, n);
}

bool cmi_sparse_reserve(cmi_state *s, int cells, int64_t rows, int64_t pool)
{
    cmi_cells *t = &s->table[cells];
    bool rebuilt = false;

    if (rows > (int64_t)UINT32_MAX - 1 - t->n || pool > INT64_MAX / 16 - t->n_pool) return false;
    if (!cmi_grow(s->ctx, (void **)&t->rows, &t->capacity, t->n + rows,
                  sizeof *t->rows * (size_t)t->stride))
        return false;
    if (pool &&
        !cmi_grow(s->ctx, (void **)&t->pool, &t->pool_capacity, t->n_pool + pool, sizeof *t->pool))
        return false;
    if (t->log) return true;
    if (!cmi_slots_reserve(s->ctx, &t->slots, t->n + rows, &rebuilt)) return false;
    for (int64_t i = 0; rebuilt && i < t->n; i++) cmi_slots_insert(&t->slots, hash_row(s, t, i), i);
    return true;
}

static bool has_key(const cmi_cells *t, int64_t row, uint32_t group, const int64_t *key, int64_t n)
{
    int64_t own_n, *own = cmi_sparse_key(t, row, &own_n);
    if (cmi_sparse_row(t, row)[0] != group || own_n != n) return false;
    for (int64_t i = 0; i < n; i++)
        if (own[i] != key[i]) return false;
    return true;
}

int64_t cmi_sparse_find(const cmi_state *s, int cells, uint32_t group, const int64_t *key,
                        int64_t n)
{
    const cmi_cells *t = &s->table[cells];

    if (t->log) {
        for (int64_t row = t->n - 1; row >= 0 && (int64_t)cmi_sparse_row(t, row)[1] == key[0];
             row--)
            if (cmi_sparse_row(t, row)[0] == group) return row;
        return -1;
    }
    if (!t->slots.slot) return -1;
    uint64_t hash = cmi_key_hash(s->seed, group, key, n);
    for (uint64_t i = hash & t->slots.mask;; i = (i + 1) & t->slots.mask) {
        cmi_slot slot = t->slots.slot[i];
        if (slot.row == 0) return -1;
        if (slot.tag == (uint32_t)(hash >> 32) && has_key(t, (int64_t)slot.row - 1, group, key, n))
            return (int64_t)slot.row - 1;
    }
}

static int64_t write_row(cmi_state *s, int cells, uint32_t group, const int64_t *key, int64_t n)
{
    cmi_cells *t = &s->table[cells];
    const cmi_layout *l = &t->layout;
    uint64_t *row = cmi_sparse_row(t, t->n), *words = row + 1 + t->key_words;

    row[0] = group;
    if (l->sequence) {
        row[1] = (uint64_t)t->n_pool;
        row[2] = (uint64_t)n;
        if (n && key != t->pool + t->n_pool)
            memcpy(t->pool + t->n_pool, key, sizeof *key * (size_t)n);
        t->n_pool += n;
    } else {
        for (int64_t i = 0; i < n; i++) row[1 + i] = (uint64_t)key[i];
    }
    for (int i = 0; i < l->n_words; i++) words[i] = 0;
    for (int c = 0; c < l->n_columns; c++) {
        double nan = NAN;
        if (l->type[c] == CMI_ONCE) words[l->word[c]] = (uint64_t)CMI_NULL;
        if (l->type[c] == CMI_ONCE_F64) memcpy(&words[l->word[c]], &nan, sizeof nan);
    }
    s->ordered = false;
    return t->n++;
}

int64_t cmi_sparse_append(cmi_state *s, int cells, uint32_t group, const int64_t *key, int64_t n)
{
    cmi_cells *t = &s->table[cells];

    if (!t->log) cmi_slots_insert(&t->slots, cmi_key_hash(s->seed, group, key, n), t->n);
    return write_row(s, cells, group, key, n);
}

/* ---- what kernels call ---- */

static bool check_key(cmi_state *s, int cells, uint32_t group, int n_key)
{
    const cmi_cells *t = cells >= 0 && cells < s->n_tables ? &s->table[cells] : NULL;

    if (s->status != CM_OK) return false;
    if (t && !t->dense && group < s->n_groups &&
        (n_key == t->layout.n_parts || (t->layout.sequence && n_key >= t->layout.n_parts - 1)))
        return true;
    cmi_state_fail(s, CM_ERR_INTERNAL, "no sparse row: table %d, group %u, %d key parts", cells,
                   (unsigned)group, n_key);
    return false;
}

static bool has_room(const cmi_cells *t, int n_key)
{
    uint64_t size = t->slots.mask + 1;
    return t->n < t->capacity && t->n < (int64_t)UINT32_MAX - 2 && t->slots.slot &&
           (uint64_t)t->n < size - size / 4 &&
           (!t->layout.sequence || t->n_pool + n_key <= t->pool_capacity);
}

/* Found or appended with one look at the index; there is room. */
static int64_t find_or_append(cmi_state *s, int cells, uint32_t group, const int64_t *key, int n)
{
    cmi_cells *t = &s->table[cells];
    uint64_t hash = cmi_key_hash(s->seed, group, key, n), i = hash & t->slots.mask;

    for (; t->slots.slot[i].row; i = (i + 1) & t->slots.mask) {
        cmi_slot slot = t->slots.slot[i];
        if (slot.tag == (uint32_t)(hash >> 32) && has_key(t, (int64_t)slot.row - 1, group, key, n))
            return (int64_t)slot.row - 1;
    }
    t->slots.slot[i] = (cmi_slot){ (uint32_t)t->n + 1, (uint32_t)(hash >> 32) };
    return write_row(s, cells, group, key, n);
}

cmi_cell_row cmi_at(cmi_state *s, int cells, uint32_t group, const int64_t *key, int n_key)
{
    if (!check_key(s, cells, group, n_key)) return (cmi_cell_row)s->scratch;
    cmi_cells *t = &s->table[cells];
    if (!t->log && has_room(t, n_key))
        return cmi_sparse_words(t, find_or_append(s, cells, group, key, n_key));
    bool indexed = t->log || t->slots.slot || t->n == 0 || cmi_sparse_reserve(s, cells, 0, 0);
    int64_t row = indexed ? cmi_sparse_find(s, cells, group, key, n_key) : -1;
    if (row < 0 && !cmi_sparse_reserve(s, cells, 1, t->layout.sequence ? n_key : 0)) {
        if (t->n >= (int64_t)UINT32_MAX - 1)
            cmi_state_fail(s, CM_ERR_LIMIT, "the cells '%s' have more than 2^32 - 2 rows",
                           t->layout.name);
        else
            cmi_state_no_memory(s);
        return (cmi_cell_row)s->scratch;
    }
    if (row < 0) row = cmi_sparse_append(s, cells, group, key, n_key);
    return cmi_sparse_words(t, row);
}

static cmi_i128 load128(const uint64_t *word)
{
    cmi_i128 v;
    memcpy(&v, word, sizeof v);
    return v;
}

static void overflow(cmi_state *s, int cells, int column)
{
    cmi_state_fail(s, CM_ERR_OVERFLOW, "a sum does not fit: cells '%s', column %d",
                   s->table[cells].layout.name, column);
}

void cmi_add128(cmi_state *s, int cells, cmi_cell_row row, int column, cmi_i128 v)
{
    const cmi_layout *l = &s->table[cells].layout;
    uint64_t *word = row + l->word[column];

    if (s->status != CM_OK) return;
    if (cmi_column_words(l->type[column]) == 1) {
        if (v > INT64_MAX || v < INT64_MIN)
            overflow(s, cells, column);
        else
            cmi_add64(s, cells, row, column, (int64_t)v);
        return;
    }
    cmi_i128 sum = load128(word);
    if (__builtin_add_overflow(sum, v, &sum))
        overflow(s, cells, column);
    else
        memcpy(word, &sum, sizeof sum);
}

void cmi_add64(cmi_state *s, int cells, cmi_cell_row row, int column, int64_t v)
{
    const cmi_layout *l = &s->table[cells].layout;
    int64_t *word = (int64_t *)row + l->word[column];

    if (l->type[column] != CMI_SUM64) {
        cmi_add128(s, cells, row, column, v);
        return;
    }
    if (s->status == CM_OK && __builtin_add_overflow(*word, v, word)) overflow(s, cells, column);
}

cmi_i128 cmi_fix128(double v)
{
    if (!(v > -0x1p86 && v < 0x1p86)) return CMI_I128_MIN;
    double scaled = v * 0x1p40; /* exact */
    cmi_i128 whole = (cmi_i128)scaled;
    double rest = fabs(scaled) < 0x1p53 ? scaled - (double)whole : 0;
    if (fabs(rest) > 0.5 || (fabs(rest) == 0.5 && (whole & 1))) whole += rest > 0 ? 1 : -1;
    return whole;
}

double cmi_fix128_f64(cmi_i128 v)
{
    return (double)v * 0x1p-40;
}

void cmi_add_f64(cmi_state *s, int cells, cmi_cell_row row, int column, double v)
{
    cmi_i128 fixed = cmi_fix128(v);
    if (fixed == CMI_I128_MIN)
        overflow(s, cells, column);
    else
        cmi_add128(s, cells, row, column, fixed);
}

static void written_twice(cmi_state *s, int cells)
{
    cmi_state_fail(s, CM_ERR_MISMATCH, "the cells '%s' of one key are written twice",
                   s->table[cells].layout.name);
}

void cmi_set(cmi_state *s, int cells, cmi_cell_row row, int column, int64_t v)
{
    int64_t *word = (int64_t *)row + s->table[cells].layout.word[column];

    if (s->status != CM_OK) return;
    if (*word != CMI_NULL)
        written_twice(s, cells);
    else
        *word = v;
}

void cmi_set_f64(cmi_state *s, int cells, cmi_cell_row row, int column, double v)
{
    uint64_t *word = row + s->table[cells].layout.word[column];
    double old;

    if (s->status != CM_OK) return;
    memcpy(&old, word, sizeof old);
    if (!isnan(old))
        written_twice(s, cells);
    else if (!isnan(v))
        memcpy(word, &v, sizeof v);
}

/* ---- reading ---- */

int64_t cmi_cells_n(const cmi_state *s, int cells)
{
    return s->table[cells].n;
}

void cmi_cells_range(const cmi_state *s, int cells, uint32_t group, int64_t *from, int64_t *to)
{
    *from = s->table[cells].from[group];
    *to = s->table[cells].from[group + 1];
}

uint32_t cmi_cells_group(const cmi_state *s, int cells, int64_t row)
{
    return (uint32_t)cmi_sparse_row(&s->table[cells], row)[0];
}

const int64_t *cmi_cells_key(const cmi_state *s, int cells, int64_t row, int *n_key)
{
    int64_t n;
    const int64_t *key = cmi_sparse_key(&s->table[cells], row, &n);
    if (n_key) *n_key = (int)n;
    return key;
}

int64_t cmi_cells_i64(const cmi_state *s, int cells, int64_t row, int column)
{
    const cmi_cells *t = &s->table[cells];
    return (int64_t)cmi_sparse_words(t, row)[t->layout.word[column]];
}

cmi_i128 cmi_cells_i128(const cmi_state *s, int cells, int64_t row, int column)
{
    const cmi_cells *t = &s->table[cells];
    if (cmi_column_words(t->layout.type[column]) == 1) return cmi_cells_i64(s, cells, row, column);
    return load128(cmi_sparse_words(t, row) + t->layout.word[column]);
}

double cmi_cells_f64(const cmi_state *s, int cells, int64_t row, int column)
{
    const cmi_cells *t = &s->table[cells];
    const uint64_t *word = cmi_sparse_words(t, row) + t->layout.word[column];
    double v;

    if (t->layout.type[column] == CMI_FIX128) return cmi_fix128_f64(load128(word));
    memcpy(&v, word, sizeof v);
    return v;
}

static const cmi_space *part_space(const cmi_state *s, int cells, int part)
{
    int space = s->table[cells].layout.part[part].space;
    return space >= 0 ? &s->space[space] : NULL;
}

const char *cmi_cells_text(const cmi_state *s, int cells, int part, int64_t code, size_t *length)
{
    const cmi_space *space = part_space(s, cells, part);
    *length = 0;
    return space ? cmi_space_text(space, code, length) : NULL;
}

const cmi_dict *cmi_cells_dict(const cmi_state *s, int cells, int part)
{
    const cmi_space *space = part_space(s, cells, part);
    return space ? space->dict : NULL;
}
