/* SPDX-License-Identifier: MIT */
#include "data/cells_private.h"

#include <string.h>

#include "core/error.h"

/* Bytes of a state: dictionaries (only what is used), groups, cell tables, counters, all in
 * canonical order, so that equal facts give equal bytes. */

typedef struct writing {
    const cmi_state *s;
    cm_buffer *out;
    uint32_t *map[CMI_MAX_SPACES]; /* code -> code among those in use */
} writing;

static void use_code(const writing *w, int space, int64_t code)
{
    if (space >= 0) w->map[space][code] = 1;
}

static bool find_used(writing *w)
{
    const cmi_state *s = w->s;

    for (int i = 0; i < s->n_spaces; i++) {
        w->map[i] = cmi_calloc(s->ctx, (size_t)cmi_space_count(&s->space[i]) + 1, sizeof(uint32_t));
        if (!w->map[i]) return false;
    }
    for (int64_t g = 0; g < s->n_groups; g++)
        for (int i = 0; i < s->n_by; i++) use_code(w, s->by_space[i], s->groups[g * s->n_by + i]);
    for (int c = 0; c < s->n_tables; c++) {
        const cmi_cells *t = &s->table[c];
        for (int64_t row = 0; row < t->n; row++) {
            int64_t n;
            const int64_t *key = cmi_sparse_key(t, row, &n);
            for (int64_t i = 0; i < n; i++) use_code(w, cmi_key_space(&t->layout, i), key[i]);
        }
    }
    return true;
}

static void write_space(writing *w, int i)
{
    const cmi_space *space = &w->s->space[i];
    uint32_t *map = w->map[i], used = 0;
    int64_t n = cmi_space_count(space);

    map[0] = 0;
    for (int64_t code = 1; code <= n; code++) map[code] = map[code] || space->bands ? ++used : 0;
    cmi_put_u8(w->out, space->bands);
    cmi_put_u32(w->out, used);
    for (int64_t code = 1; code <= n; code++) {
        size_t length;
        const char *text = cmi_space_text(space, code, &length);
        if (map[code]) cmi_put_string(w->out, text, length);
    }
}

static void write_groups(writing *w)
{
    const cmi_state *s = w->s;

    cmi_put_u32(w->out, (uint32_t)s->n_groups);
    for (int64_t g = 0; g < s->n_groups; g++)
        for (int i = 0; i < s->n_by; i++)
            cmi_put_u32(w->out, w->map[s->by_space[i]][s->groups[g * s->n_by + i]]);
}

static bool is_zero(const int64_t *cell, int words)
{
    return cell[0] == 0 && cell[words - 1] == 0;
}

static void write_cell(cm_buffer *out, const int64_t *cell, int words)
{
    for (int i = 0; i < words; i++) cmi_put_i64(out, cell[i]);
}

static void write_column(cm_buffer *out, const int64_t *cell, int64_t n, int words)
{
    int64_t used = 0;

    for (int64_t i = 0; i < n; i++) used += !is_zero(cell + i * words, words);
    uint8_t form = used == 0 ? CMI_COLUMN_ZERO : used < n / 2 ? CMI_COLUMN_PAIRS : CMI_COLUMN_PLAIN;
    cmi_put_u8(out, form);
    if (form == CMI_COLUMN_ZERO) return;
    if (form == CMI_COLUMN_PAIRS) cmi_put_u64(out, (uint64_t)used);
    for (int64_t i = 0; i < n; i++) {
        if (form == CMI_COLUMN_PAIRS && is_zero(cell + i * words, words)) continue;
        if (form == CMI_COLUMN_PAIRS) cmi_put_i64(out, i);
        write_cell(out, cell + i * words, words);
    }
}

static bool is_empty(const cmi_cells *t, const cmi_chunk *chunk)
{
    for (int64_t i = 0; i < t->chunk_words; i++)
        if (chunk->words[i]) return false;
    return true;
}

/* A chunk that was touched but is all zero says nothing, and must not be told from one never
 * touched. */
static void write_dense(cm_buffer *out, const cmi_cells *t)
{
    int64_t n = 0;

    for (int64_t i = 0; i < t->n_chunks; i++) n += !is_empty(t, &t->chunk[i]);
    cmi_put_u64(out, (uint64_t)n);
    for (int64_t i = 0; i < t->n_chunks; i++) {
        const cmi_chunk *chunk = &t->chunk[i];
        if (is_empty(t, chunk)) continue;
        cmi_put_u32(out, chunk->group);
        cmi_put_i64(out, chunk->k);
        for (int c = 0; c < t->layout.n_columns; c++)
            write_column(out, chunk->words + t->offset[c], t->n_cells,
                         cmi_column_words(t->layout.type[c]));
    }
}

static void write_sparse(const writing *w, const cmi_cells *t)
{
    cmi_put_u64(w->out, (uint64_t)t->n);
    for (int64_t row = 0; row < t->n; row++) {
        int64_t n;
        const int64_t *key = cmi_sparse_key(t, row, &n);
        cmi_put_u32(w->out, (uint32_t)cmi_sparse_row(t, row)[0]);
        if (t->layout.sequence) cmi_put_u32(w->out, (uint32_t)n);
        for (int64_t i = 0; i < n; i++) {
            int space = cmi_key_space(&t->layout, i);
            if (space >= 0)
                cmi_put_u32(w->out, w->map[space][key[i]]);
            else
                cmi_put_i64(w->out, key[i]);
        }
        const uint64_t *words = cmi_sparse_words(t, row);
        for (int i = 0; i < t->layout.n_words; i++) cmi_put_u64(w->out, words[i]);
    }
}

cm_status cmi_state_write(const cmi_state *s, cm_buffer *out, cm_error *err)
{
    writing w = { .s = s, .out = out };
    int64_t before = cm_buffer_size(out), n;
    const char *what;

    if (s->status != CM_OK) return cmi_state_status(s, err);
    if (!s->ordered)
        return cmi_fail(err, CM_ERR_INTERNAL, "a state is written before it was ordered");
    bool ok = find_used(&w);
    if (ok) {
        for (int i = 0; i < s->n_spaces; i++) write_space(&w, i);
        write_groups(&w);
        for (int c = 0; c < s->n_tables; c++) {
            if (s->table[c].dense)
                write_dense(out, &s->table[c]);
            else
                write_sparse(&w, &s->table[c]);
        }
        cmi_put_u32(out, (uint32_t)s->n_counters);
        for (int64_t i = 0; (what = cmi_state_counter_at(s, i, &n)); i++) {
            cmi_put_string(out, what, strlen(what));
            cmi_put_i64(out, n);
        }
    }
    for (int i = 0; i < s->n_spaces; i++) cmi_free(s->ctx, w.map[i]);
    if (ok && cmi_buffer_ok(out)) return CM_OK;
    cmi_buffer_truncate(out, before);
    return cmi_no_memory(s->ctx, err);
}
