/* SPDX-License-Identifier: MIT */
#include "data/cells_private.h"

#include <string.h>

#include "core/error.h"

/* Bytes of a state: dictionaries (only what is used), groups, cell tables, counters, all in
 * canonical order, so that equal facts give equal bytes. Loading trusts nothing: counts, codes,
 * order. */

enum { COLUMN_ZERO, COLUMN_PLAIN, COLUMN_PAIRS };

/* ---- writing ---- */

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
    uint8_t form = used == 0 ? COLUMN_ZERO : used < n / 2 ? COLUMN_PAIRS : COLUMN_PLAIN;
    cmi_put_u8(out, form);
    if (form == COLUMN_ZERO) return;
    if (form == COLUMN_PAIRS) cmi_put_u64(out, (uint64_t)used);
    for (int64_t i = 0; i < n; i++) {
        if (form == COLUMN_PAIRS && is_zero(cell + i * words, words)) continue;
        if (form == COLUMN_PAIRS) cmi_put_i64(out, i);
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

/* ---- reading ---- */

typedef struct reading {
    cmi_state *s;
    cmi_reader *in;
    bool no_memory;
} reading;

static bool read_texts(reading *r, cmi_space *space, int64_t n)
{
    cm_context *ctx = r->s->ctx;
    const char **text = cmi_malloc_n(ctx, (size_t)n, sizeof *text);
    size_t *length = cmi_malloc_n(ctx, (size_t)n, sizeof *length);
    bool good = true;

    r->no_memory = !text || !length;
    for (int64_t i = 0; !r->no_memory && good && i < n; i++) {
        text[i] = cmi_get_string(r->in, &length[i]);
        good = text[i] && (i == 0 || space->bands ||
                           cmi_text_compare(text[i - 1], length[i - 1], text[i], length[i]) < 0);
    }
    if (good && !r->no_memory) {
        space->dict = cmi_dict_from_sorted(ctx, n, text, length);
        r->no_memory = !space->dict;
    }
    cmi_free(ctx, text);
    cmi_free(ctx, length);
    return good && !r->no_memory;
}

static bool read_space(reading *r, int i)
{
    uint8_t bands = cmi_get_u8(r->in);
    uint32_t n = cmi_get_u32(r->in);

    if (r->in->failed || bands > 1 || n > cmi_reader_left(r->in) / 4) return false;
    r->s->space[i].bands = bands;
    return n == 0 || read_texts(r, &r->s->space[i], n);
}

static bool read_code(reading *r, int space, int64_t *code)
{
    *code = cmi_get_u32(r->in);
    return !r->in->failed && *code <= cmi_space_count(&r->s->space[space]);
}

static bool read_groups(reading *r)
{
    cmi_state *s = r->s;
    uint32_t n = cmi_get_u32(r->in);
    int64_t codes[CMI_MAX_KEYS];

    if (s->n_by == 0) return !r->in->failed && n == 1;
    if (r->in->failed || n > s->plan->common.max_groups || n > cmi_reader_left(r->in) / 4)
        return false;
    r->no_memory = !cmi_groups_reserve(s, n);
    for (uint32_t g = 0; !r->no_memory && g < n; g++) {
        for (int i = 0; i < s->n_by; i++)
            if (!read_code(r, s->by_space[i], &codes[i])) return false;
        if (g &&
            cmi_key_compare(s->groups + (s->n_groups - 1) * s->n_by, s->n_by, codes, s->n_by) >= 0)
            return false;
        cmi_groups_append(s, codes);
    }
    return !r->no_memory;
}

static bool read_cell(cmi_reader *in, int64_t *cell, int words)
{
    for (int i = 0; i < words; i++) cell[i] = cmi_get_i64(in);
    return !in->failed;
}

static bool read_column(cmi_reader *in, int64_t *cell, int64_t n, int words)
{
    uint8_t form = cmi_get_u8(in);

    if (in->failed || form > COLUMN_PAIRS) return false;
    if (form == COLUMN_PLAIN) {
        for (int64_t i = 0; i < n; i++)
            if (!read_cell(in, cell + i * words, words)) return false;
    } else if (form == COLUMN_PAIRS) {
        int64_t used = cmi_get_count(in, 16), last = -1;
        for (int64_t i = 0; i < used; i++) {
            int64_t at = cmi_get_i64(in);
            if (at <= last || at >= n || !read_cell(in, cell + at * words, words)) return false;
            last = at;
        }
    }
    return !in->failed;
}

static bool read_chunk(reading *r, int cells, const cmi_chunk *before)
{
    cmi_cells *t = &r->s->table[cells];
    uint32_t group = cmi_get_u32(r->in);
    int64_t k = cmi_get_i64(r->in);

    if (r->in->failed || group >= r->s->n_groups || k < 0 || k >= (t->by_row ? t->n_lead : 1))
        return false;
    if (before && (group < before->group || (group == before->group && k <= before->k)))
        return false;
    int64_t *words = cmi_dense_get(r->s, cells, group, k);
    r->no_memory = !words;
    for (int c = 0; words && c < t->layout.n_columns; c++)
        if (!read_column(r->in, words + t->offset[c], t->n_cells,
                         cmi_column_words(t->layout.type[c])))
            return false;
    return words != NULL;
}

static bool read_dense(reading *r, int cells)
{
    const cmi_cells *t = &r->s->table[cells];
    int64_t n = cmi_get_count(r->in, 12);

    for (int64_t i = 0; i < n; i++) {
        cmi_chunk before = i ? t->chunk[i - 1] : (cmi_chunk){ 0 };
        if (!read_chunk(r, cells, i ? &before : NULL)) return false;
    }
    if (r->in->failed) return false;
    r->no_memory = !cmi_dense_reindex(r->s, cells);
    return !r->no_memory;
}

static bool read_key(reading *r, const cmi_layout *l, int64_t *key, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        int space = cmi_key_space(l, i);
        if (space >= 0 && !read_code(r, space, &key[i])) return false;
        if (space < 0) key[i] = cmi_get_i64(r->in);
    }
    return !r->in->failed;
}

/* Rows must ascend strictly: then no key stands twice. */
static bool row_ascends(const cmi_cells *t, uint32_t group, const int64_t *key, int64_t n)
{
    int64_t before_n;

    if (t->n == 0) return true;
    const int64_t *before = cmi_sparse_key(t, t->n - 1, &before_n);
    uint64_t before_group = cmi_sparse_row(t, t->n - 1)[0];
    return before_group < group ||
           (before_group == group && cmi_key_compare(before, before_n, key, n) < 0);
}

static bool read_row(reading *r, int cells)
{
    cmi_cells *t = &r->s->table[cells];
    uint32_t group = cmi_get_u32(r->in);
    int64_t n = t->layout.n_parts, fixed[CMI_MAX_KEYS], *key = fixed;

    if (t->layout.sequence) n = cmi_get_u32(r->in);

    if (r->in->failed || group >= r->s->n_groups) return false;
    if (t->layout.sequence && (n < t->layout.n_parts - 1 || n > cmi_reader_left(r->in) / 4))
        return false;
    r->no_memory = !cmi_sparse_reserve(r->s, cells, 1, t->layout.sequence ? n : 0);
    if (r->no_memory) return false;
    /* The free end of the pool is where the key goes anyway. */
    if (t->layout.sequence) key = t->pool + t->n_pool;
    if (!read_key(r, &t->layout, key, n) || !row_ascends(t, group, key, n)) return false;
    int64_t row = cmi_sparse_append(r->s, cells, group, key, n);
    uint64_t *words = cmi_sparse_words(t, row);
    for (int i = 0; i < t->layout.n_words; i++) words[i] = cmi_get_u64(r->in);
    return !r->in->failed;
}

static bool read_sparse(reading *r, int cells)
{
    const cmi_layout *l = &r->s->table[cells].layout;
    int64_t n = cmi_get_count(r->in, (size_t)(4 + 8 * l->n_words));

    for (int64_t i = 0; i < n; i++)
        if (!read_row(r, cells)) return false;
    return !r->in->failed;
}

static bool read_counters(reading *r)
{
    uint32_t n = cmi_get_u32(r->in);
    char name[128] = "", last[128] = "";

    for (uint32_t i = 0; i < n && !r->in->failed; i++) {
        size_t length;
        const char *text = cmi_get_string(r->in, &length);
        if (!text || length == 0 || length >= sizeof name || memchr(text, 0, length)) return false;
        memcpy(name, text, length);
        name[length] = '\0';
        if (strcmp(last, name) >= 0) return false;
        memcpy(last, name, sizeof last);
        cmi_state_count_copy(r->s, name, cmi_get_i64(r->in));
        if (r->s->status != CM_OK) {
            r->no_memory = true;
            return false;
        }
    }
    return !r->in->failed;
}

static bool read_all(reading *r)
{
    cmi_state *s = r->s;

    for (int i = 0; i < s->n_spaces; i++)
        if (!read_space(r, i)) return false;
    if (!read_groups(r)) return false;
    for (int c = 0; c < s->n_tables; c++)
        if (!(s->table[c].dense ? read_dense(r, c) : read_sparse(r, c))) return false;
    return read_counters(r);
}

cm_status cmi_state_read(const cmi_plan *plan, cmi_reader *in, cmi_state **out, cm_error *err)
{
    cmi_state *s;
    cm_status status = cmi_state_create(plan, &s, err);

    if (status != CM_OK) return status;
    reading r = { .s = s, .in = in };
    if (read_all(&r))
        status = cmi_state_order(s, NULL, err);
    else if (r.no_memory)
        status = cmi_no_memory(s->ctx, err);
    else
        status = cmi_fail(err, CM_ERR_FORMAT, "these bytes are no state of this plan");
    if (status == CM_OK)
        *out = s;
    else
        cmi_state_destroy(s);
    return status;
}
