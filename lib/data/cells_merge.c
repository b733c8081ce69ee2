/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "data/cells_merge.h"

/* Merging, in three steps, so that a failure leaves both states as they were: first everything that
 * needs memory (codes, groups, room), then a look at every sum and key, then the adding, which
 * cannot fail. Codes and groups of `into` keep their numbers; new ones are appended, and taken back
 * if a later step fails. */

/* ---- sums ---- */

static cm_status sum_overflow(cmi_merge *m, const cmi_layout *l, int column)
{
    return cmi_fail(m->err, CM_ERR_OVERFLOW, "a sum does not fit: cells '%s', column %d", l->name,
                    column);
}

static cmi_i128 load128(const void *words)
{
    cmi_i128 v;
    memcpy(&v, words, sizeof v);
    return v;
}

/* n cells of one column; `a` is only checked, or added to. */
static bool add_cells(cmi_cell_type type, int64_t *a, const int64_t *b, int64_t n, bool apply)
{
    bool overflow = false;

    if (cmi_column_words(type) == 1) {
        for (int64_t i = 0; i < n; i++) {
            int64_t sum;
            overflow |= __builtin_add_overflow(a[i], b[i], &sum);
            if (apply) a[i] = sum;
        }
        return !overflow;
    }
    for (int64_t i = 0; i < n; i++) {
        cmi_i128 sum;
        overflow |= __builtin_add_overflow(load128(a + 2 * i), load128(b + 2 * i), &sum);
        if (apply) memcpy(a + 2 * i, &sum, sizeof sum);
    }
    return !overflow;
}

/* ---- dense tables ---- */

static cm_status make_chunks(cmi_merge *m, int cells)
{
    const cmi_cells *from = &m->from->table[cells];

    for (int64_t i = 0; i < from->n_chunks; i++)
        if (!cmi_dense_get(m->into, cells, m->group_map[from->chunk[i].group], from->chunk[i].k))
            return cmi_no_memory(m->into->ctx, m->err);
    return CM_OK;
}

static cm_status add_dense(cmi_merge *m, int cells, bool apply)
{
    const cmi_cells *from = &m->from->table[cells];
    const cmi_layout *l = &from->layout;

    for (int64_t i = 0; i < from->n_chunks; i++) {
        const cmi_chunk *chunk = &from->chunk[i];
        int64_t *words = cmi_dense_find(m->into, cells, m->group_map[chunk->group], chunk->k);
        for (int c = 0; c < l->n_columns; c++)
            if (!add_cells(l->type[c], words + from->offset[c], chunk->words + from->offset[c],
                           from->n_cells, apply))
                return sum_overflow(m, l, c);
    }
    return CM_OK;
}

/* ---- sparse tables ---- */

static const int64_t *map_key(cmi_merge *m, int cells, int64_t row, int64_t *n)
{
    const cmi_cells *from = &m->from->table[cells];
    const int64_t *key = cmi_sparse_key(from, row, n);

    for (int64_t i = 0; i < *n; i++)
        m->key[i] = cmi_map_code(m, cmi_key_space(&from->layout, i), key[i]);
    return m->key;
}

static uint32_t map_row_group(const cmi_merge *m, int cells, int64_t row)
{
    return m->group_map[cmi_sparse_row(&m->from->table[cells], row)[0]];
}

/* A table without index learns of customers that both states have only by getting one. */
static void drop_log(cmi_merge *m, int cells)
{
    m->into->table[cells].log = false;
}

static cm_status reserve_rows(cmi_merge *m, int cells, bool checked)
{
    const cmi_cells *from = &m->from->table[cells];

    if (checked && from->n && m->into->table[cells].log) drop_log(m, cells);
    m->found[cells] = cmi_calloc(m->into->ctx, (size_t)from->n + 1, sizeof(uint32_t));
    if (m->found[cells] && cmi_sparse_reserve(m->into, cells, from->n, from->n_pool)) return CM_OK;
    if (from->n + m->into->table[cells].n >= (int64_t)UINT32_MAX - 1)
        return cmi_fail(m->err, CM_ERR_LIMIT, "the cells '%s' have more than 2^32 - 2 rows",
                        from->layout.name);
    return cmi_no_memory(m->into->ctx, m->err);
}

static bool is_written(cmi_cell_type type, const uint64_t *word)
{
    double v;
    if (type == CMI_ONCE) return *word != (uint64_t)CMI_NULL;
    memcpy(&v, word, sizeof v);
    return !isnan(v);
}

static cm_status written_twice(cmi_merge *m, int cells, int64_t row)
{
    const cmi_layout *l = &m->from->table[cells].layout;
    int64_t n;
    const int64_t *key = cmi_sparse_key(&m->from->table[cells], row, &n);
    size_t length = 0;
    const char *text = n && l->part[0].space >= 0
                           ? cmi_space_text(&m->from->space[l->part[0].space], key[0], &length)
                           : NULL;

    cmi_fail(m->err, CM_ERR_MISMATCH, "both states have the cells '%s' of one key%s%.*s", l->name,
             text ? ": " : "", (int)(length < 100 ? length : 100), text ? text : "");
    cmi_error_hint(m->err, "parts must not have customers in common");
    return CM_ERR_MISMATCH;
}

static cm_status check_row(cmi_merge *m, int cells, int64_t row, int64_t into_row)
{
    const cmi_cells *from = &m->from->table[cells];
    const cmi_layout *l = &from->layout;
    const uint64_t *b = cmi_sparse_words(from, row);
    uint64_t *a = cmi_sparse_words(&m->into->table[cells], into_row);

    if (l->all_once && l->n_columns) return written_twice(m, cells, row);
    for (int c = 0; c < l->n_columns; c++) {
        int w = l->word[c];
        if (l->type[c] == CMI_ONCE || l->type[c] == CMI_ONCE_F64) {
            if (is_written(l->type[c], a + w) && is_written(l->type[c], b + w))
                return written_twice(m, cells, row);
        } else if (!add_cells(l->type[c], (int64_t *)a + w, (const int64_t *)b + w, 1, false)) {
            return sum_overflow(m, l, c);
        }
    }
    return CM_OK;
}

static cm_status check_rows(cmi_merge *m, int cells)
{
    const cmi_cells *from = &m->from->table[cells];

    for (int64_t row = 0; row < from->n && !m->into->table[cells].log; row++) {
        int64_t n;
        const int64_t *key = map_key(m, cells, row, &n);
        int64_t found = cmi_sparse_find(m->into, cells, map_row_group(m, cells, row), key, n);
        m->found[cells][row] = (uint32_t)(found + 1);
        cm_status status = found >= 0 ? check_row(m, cells, row, found) : CM_OK;
        if (status != CM_OK) return status;
    }
    return CM_OK;
}

static void add_row(cmi_merge *m, int cells, int64_t row, int64_t into_row)
{
    const cmi_cells *from = &m->from->table[cells];
    const cmi_layout *l = &from->layout;
    const uint64_t *b = cmi_sparse_words(from, row);
    uint64_t *a = cmi_sparse_words(&m->into->table[cells], into_row);

    for (int c = 0; c < l->n_columns; c++) {
        int w = l->word[c];
        if (l->type[c] != CMI_ONCE && l->type[c] != CMI_ONCE_F64)
            add_cells(l->type[c], (int64_t *)a + w, (const int64_t *)b + w, 1, true);
        else if (is_written(l->type[c], b + w))
            a[w] = b[w];
    }
}

static void add_rows(cmi_merge *m, int cells)
{
    const cmi_cells *from = &m->from->table[cells];

    for (int64_t row = 0; row < from->n; row++) {
        int64_t n, into_row = (int64_t)m->found[cells][row] - 1;
        if (into_row < 0) {
            const int64_t *key = map_key(m, cells, row, &n);
            into_row = cmi_sparse_append(m->into, cells, map_row_group(m, cells, row), key, n);
        }
        add_row(m, cells, row, into_row);
    }
}

/* ---- counters ---- */

static cm_status check_counters(cmi_merge *m)
{
    cmi_state *into = m->into;
    int64_t n, sum;
    const char *what;

    for (int64_t i = 0; (what = cmi_state_counter_at(m->from, i, &n)); i++) {
        if (__builtin_add_overflow(n, cmi_state_counter(into, what), &sum))
            return cmi_fail(m->err, CM_ERR_OVERFLOW, "the counter %s does not fit 64 bits", what);
        cmi_state_count_copy(into, what, 0); /* the adding must not need memory */
        if (into->status != CM_OK) {
            into->status = CM_OK;
            return cmi_no_memory(into->ctx, m->err);
        }
    }
    return CM_OK;
}

/* ---- the whole ---- */

static cm_status reserve_key(cmi_merge *m)
{
    int64_t longest = CMI_MAX_KEYS;

    for (int c = 0; c < m->from->n_tables; c++) {
        const cmi_cells *t = &m->from->table[c];
        for (int64_t row = 0; t->layout.sequence && row < t->n; row++) {
            int64_t n;
            cmi_sparse_key(t, row, &n);
            longest = n > longest ? n : longest;
        }
    }
    m->key = cmi_calloc(m->into->ctx, (size_t)longest, sizeof *m->key);
    return m->key ? CM_OK : cmi_no_memory(m->into->ctx, m->err);
}

static cm_status prepare(cmi_merge *m, bool checked)
{
    cm_status status = reserve_key(m);

    if (status == CM_OK) status = cmi_merge_map(m);
    for (int c = 0; c < m->into->n_tables && status == CM_OK; c++)
        status = m->from->table[c].dense ? make_chunks(m, c) : reserve_rows(m, c, checked);
    for (int c = 0; c < m->into->n_tables && status == CM_OK; c++)
        status = m->from->table[c].dense ? add_dense(m, c, false) : check_rows(m, c);
    return status == CM_OK ? check_counters(m) : status;
}

static void take_back(cmi_merge *m)
{
    /* Chunks of groups that are no more must go, or a later group would find them. */
    for (int c = 0; c < m->into->n_tables; c++)
        if (m->into->table[c].dense) cmi_dense_truncate(m->into, c, m->old_chunks[c]);
    cmi_merge_unmap(m);
}

static cm_status merge_states(cmi_state *into, const cmi_state *from, bool checked, cm_error *err)
{
    cmi_merge m = { .into = into, .from = from, .err = err, .old_groups = into->n_groups };
    int64_t n;
    const char *what;

    if (into->status != CM_OK) return cmi_state_status(into, err);
    if (from->status != CM_OK) return cmi_state_status(from, err);
    if (into == from || into->plan->hash != from->plan->hash || into->plan->kpi != from->plan->kpi)
        return cmi_fail(err, CM_ERR_MISMATCH, "the states were not made by one plan");
    for (int c = 0; c < into->n_tables; c++) m.old_chunks[c] = into->table[c].n_chunks;
    cm_status status = prepare(&m, checked);
    if (status == CM_OK) {
        for (int c = 0; c < into->n_tables; c++) {
            if (from->table[c].dense)
                add_dense(&m, c, true);
            else
                add_rows(&m, c);
        }
        for (int64_t i = 0; (what = cmi_state_counter_at(from, i, &n)); i++)
            cmi_state_count_copy(into, what, n);
        into->ordered = false;
    } else {
        take_back(&m);
    }
    for (int i = 0; i < into->n_spaces; i++) cmi_free(into->ctx, m.code_map[i]);
    for (int c = 0; c < into->n_tables; c++) cmi_free(into->ctx, m.found[c]);
    cmi_free(into->ctx, m.group_map);
    cmi_free(into->ctx, m.key);
    return status;
}

cm_status cmi_state_merge(cmi_state *into, const cmi_state *from, cm_error *err)
{
    return merge_states(into, from, false, err);
}

cm_status cmi_state_merge_checked(cmi_state *into, const cmi_state *from, cm_error *err)
{
    return merge_states(into, from, true, err);
}
