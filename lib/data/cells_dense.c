/* SPDX-License-Identifier: MIT */
#include "data/cells_private.h"

#include <string.h>

#include "core/error.h"

/* Dense tables: arrays allocated a whole group at a time, or row by row where a group is too large.
 */

static cm_status extents_too_large(const cmi_layout *l, cm_error *err)
{
    return cmi_fail(err, CM_ERR_LIMIT, "the cells '%s' would have more than 2^62 entries", l->name);
}

static cm_status read_extents(cmi_state *s, int cells, int64_t *lead, int64_t *row, cm_error *err)
{
    const cmi_plan *plan = s->plan;
    const cmi_layout *l = &s->table[cells].layout;

    if (plan->n_dense[cells] != l->n_parts || l->sequence || l->all_once)
        return cmi_fail(err, CM_ERR_INTERNAL, "the cells '%s' cannot be dense", l->name);
    *lead = *row = 1;
    for (int i = 0; i < l->n_parts; i++) {
        int64_t extent = plan->dense[cells][i];
        if (extent == CMI_GRID) extent = plan->grid[0] ? plan->grid[0]->n : 0;
        if (extent < 0 || l->part[i].space >= 0)
            return cmi_fail(err, CM_ERR_INTERNAL, "the cells '%s' cannot be dense", l->name);
        if (i == l->n_parts - 1)
            *row = extent;
        else if (__builtin_mul_overflow(*lead, extent, lead))
            return extents_too_large(l, err);
    }
    int64_t all;
    if (__builtin_mul_overflow(*lead, *row > 0 ? *row : 1, &all) || all > INT64_C(1) << 62)
        return extents_too_large(l, err);
    return CM_OK;
}

cm_status cmi_dense_init(cmi_state *s, int cells, cm_error *err)
{
    cmi_cells *t = &s->table[cells];
    cmi_dense *d = &s->dense[cells];
    cm_status status = read_extents(s, cells, &t->n_lead, &t->row_cells, err);

    if (status != CM_OK) return status;
    t->by_row = t->row_cells > 0 && t->n_lead > CMI_DENSE_MAX / t->row_cells;
    t->n_cells = t->by_row ? t->row_cells : t->n_lead * t->row_cells;
    /* 128-bit columns come first, so that they are aligned to 16 bytes. */
    for (int words = 2; words >= 1; words--) {
        for (int c = 0; c < t->layout.n_columns; c++) {
            if (cmi_column_words(t->layout.type[c]) != words) continue;
            t->offset[c] = d->offset[c] = t->chunk_words;
            t->chunk_words += t->n_cells * words;
        }
    }
    d->n_lead = t->n_lead;
    d->row = t->row_cells;
    return CM_OK;
}

/* ---- chunks ---- */

static uint64_t hash_chunk(const cmi_state *s, uint32_t group, int64_t k)
{
    return cmi_key_hash(s->seed, group, &k, 1);
}

static int64_t *find_by_row(const cmi_state *s, const cmi_cells *t, uint32_t group, int64_t k)
{
    if (!t->slots.slot) return NULL;
    uint64_t hash = hash_chunk(s, group, k);
    for (uint64_t i = hash & t->slots.mask;; i = (i + 1) & t->slots.mask) {
        cmi_slot slot = t->slots.slot[i];
        if (slot.row == 0) return NULL;
        const cmi_chunk *chunk = &t->chunk[slot.row - 1];
        if (slot.tag == (uint32_t)(hash >> 32) && chunk->group == group && chunk->k == k)
            return chunk->words;
    }
}

int64_t *cmi_dense_find(const cmi_state *s, int cells, uint32_t group, int64_t k)
{
    const cmi_cells *t = &s->table[cells];
    if (t->by_row) return find_by_row(s, t, group, k);
    return group < (uint64_t)t->block_capacity ? t->block[group] : NULL;
}

static bool reserve_blocks(cmi_state *s, int cells, uint32_t group)
{
    cmi_cells *t = &s->table[cells];
    int64_t had = t->block_capacity;

    if (group < (uint64_t)had) return true;
    if (!cmi_grow(s->ctx, (void **)&t->block, &t->block_capacity, (int64_t)group + 1,
                  sizeof *t->block))
        return false;
    memset(t->block + had, 0, sizeof *t->block * (size_t)(t->block_capacity - had));
    s->dense[cells].block = t->block;
    s->dense[cells].n_blocks =
        (uint32_t)(t->block_capacity < UINT32_MAX ? t->block_capacity : UINT32_MAX);
    return true;
}

static void index_rows(cmi_state *s, cmi_cells *t)
{
    for (int64_t i = 0; i < t->n_chunks; i++)
        cmi_slots_insert(&t->slots, hash_chunk(s, t->chunk[i].group, t->chunk[i].k), i);
}

static bool reserve_index(cmi_state *s, cmi_cells *t, int64_t n)
{
    bool rebuilt = false;
    if (!cmi_slots_reserve(s->ctx, &t->slots, n, &rebuilt)) return false;
    if (rebuilt) index_rows(s, t);
    return true;
}

int64_t *cmi_dense_get(cmi_state *s, int cells, uint32_t group, int64_t k)
{
    cmi_cells *t = &s->table[cells];
    int64_t *words = cmi_dense_find(s, cells, group, k);

    if (words) return words;
    if (t->n_chunks >= (int64_t)UINT32_MAX - 1) return NULL;
    if (!cmi_grow(s->ctx, (void **)&t->chunk, &t->chunk_capacity, t->n_chunks + 1,
                  sizeof *t->chunk))
        return NULL;
    if (t->by_row ? !reserve_index(s, t, t->n_chunks + 1) : !reserve_blocks(s, cells, group))
        return NULL;
    words = cmi_calloc(s->ctx, (size_t)t->chunk_words, sizeof *words);
    if (!words) return NULL;
    t->chunk[t->n_chunks] = (cmi_chunk){ group, t->by_row ? k : 0, words };
    if (t->by_row)
        cmi_slots_insert(&t->slots, hash_chunk(s, group, k), t->n_chunks);
    else
        t->block[group] = words;
    t->n_chunks++;
    s->ordered = false;
    return words;
}

void cmi_dense_truncate(cmi_state *s, int cells, int64_t n_chunks)
{
    cmi_cells *t = &s->table[cells];

    if (n_chunks == t->n_chunks) return;
    for (int64_t i = n_chunks; i < t->n_chunks; i++) {
        if (!t->by_row) t->block[t->chunk[i].group] = NULL;
        cmi_free(s->ctx, t->chunk[i].words);
    }
    t->n_chunks = n_chunks;
    if (!t->slots.slot) return;
    memset(t->slots.slot, 0, sizeof *t->slots.slot * (size_t)(t->slots.mask + 1));
    index_rows(s, t);
}

bool cmi_dense_reindex(cmi_state *s, int cells)
{
    cmi_cells *t = &s->table[cells];

    if (t->by_row) {
        cmi_slots_free(s->ctx, &t->slots);
        if (t->n_chunks && !reserve_index(s, t, t->n_chunks)) return false;
    } else if (t->block) {
        memset(t->block, 0, sizeof *t->block * (size_t)t->block_capacity);
    }
    for (int64_t i = 0; !t->by_row && i < t->n_chunks; i++) {
        if (!reserve_blocks(s, cells, t->chunk[i].group)) return false;
        t->block[t->chunk[i].group] = t->chunk[i].words;
    }
    /* What a row or group that nothing was added to reads as. */
    if (!t->zero && (t->by_row || t->n_chunks < s->n_groups)) {
        t->zero = cmi_calloc(s->ctx, (size_t)t->chunk_words, sizeof *t->zero);
        if (!t->zero) return false;
    }
    return true;
}

/* ---- what kernels call ---- */

static int64_t place_in_chunk(const cmi_cells *t, int column, int64_t k)
{
    int64_t row = t->by_row ? 0 : k * t->row_cells;
    return t->offset[column] + row * cmi_column_words(t->layout.type[column]);
}

static bool check_cell(cmi_state *s, int cells, int column, uint32_t group, int64_t k)
{
    const cmi_cells *t = cells >= 0 && cells < s->n_tables ? &s->table[cells] : NULL;

    if (s->status != CM_OK) return false;
    if (t && t->dense && column >= 0 && column < t->layout.n_columns && k >= 0 && k < t->n_lead &&
        group < s->n_groups)
        return true;
    cmi_state_fail(s, CM_ERR_INTERNAL, "no dense cell: table %d, column %d, group %u, row %lld",
                   cells, column, (unsigned)group, (long long)k);
    return false;
}

static int64_t *touch(cmi_state *s, int cells, int column, uint32_t group, int64_t k)
{
    if (!check_cell(s, cells, column, group, k)) return s->scratch;
    int64_t *words = cmi_dense_get(s, cells, group, k);
    if (words) return words + place_in_chunk(&s->table[cells], column, k);
    cmi_state_no_memory(s);
    return s->scratch;
}

int64_t *cmi_cell_touch(cmi_state *s, int cells, int column, uint32_t group, int64_t k)
{
    return touch(s, cells, column, group, k);
}

cmi_i128 *cmi_cell_column128(cmi_state *s, int cells, int column, uint32_t group, int64_t k)
{
    const cmi_dense *d = &s->dense[cells];
    if (group >= d->n_blocks || !d->block[group] || (uint64_t)k >= (uint64_t)d->n_lead)
        return (cmi_i128 *)(void *)touch(s, cells, column, group, k);
    return (cmi_i128 *)(void *)(d->block[group] + d->offset[column] + 2 * k * d->row);
}

static const int64_t *look(const cmi_state *s, int cells, int column, uint32_t group, int64_t k)
{
    const cmi_cells *t = &s->table[cells];
    const int64_t *words = cmi_dense_find(s, cells, group, k);
    return (words ? words : t->zero) + place_in_chunk(t, column, k);
}

const int64_t *cmi_cell_get_column(const cmi_state *s, int cells, int column, uint32_t group,
                                   int64_t k)
{
    return look(s, cells, column, group, k);
}

const int64_t *cmi_cell_get(const cmi_state *s, int cells, uint32_t group, int64_t k)
{
    return look(s, cells, 0, group, k);
}

const cmi_i128 *cmi_cell_get_column128(const cmi_state *s, int cells, int column, uint32_t group,
                                       int64_t k)
{
    return (const cmi_i128 *)(const void *)look(s, cells, column, group, k);
}
