/* SPDX-License-Identifier: MIT */
#include "data/cells_private.h"

#include <string.h>

#include "core/error.h"

/* A state from bytes that may be hostile: counts, codes and order are checked, nothing is trusted.
 */

typedef struct reading {
    cmi_state *s;
    cmi_reader *in;
    bool no_memory;
    cmi_u128 sum64, sum128; /* sizes of the sums of the table at hand */
} reading;

/* All sums of a table fit together, so no kernel that adds up some of them can overflow: true of
 * what was collected, and asked of what is read. */
static bool add_size(reading *r, cmi_cell_type type, const uint64_t *word)
{
    if (type == CMI_SUM64) {
        uint64_t size = *word >> 63 ? 0 - *word : *word;
        r->sum64 += size;
        return r->sum64 <= (cmi_u128)INT64_MAX;
    }
    if (type != CMI_SUM128 && type != CMI_FIX128) return true;
    cmi_u128 v = (cmi_u128)word[1] << 64 | word[0];
    if (word[1] >> 63) v = -v;
    if (v >> 125) return false;
    r->sum128 += v;
    return r->sum128 >> 125 == 0;
}

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

    if (in->failed || form > CMI_COLUMN_PAIRS) return false;
    if (form == CMI_COLUMN_PLAIN) {
        for (int64_t i = 0; i < n; i++)
            if (!read_cell(in, cell + i * words, words)) return false;
    } else if (form == CMI_COLUMN_PAIRS) {
        int64_t used = cmi_get_count(in, 16), last = -1;
        for (int64_t i = 0; i < used; i++) {
            int64_t at = cmi_get_i64(in);
            if (at <= last || at >= n || !read_cell(in, cell + at * words, words)) return false;
            last = at;
        }
    }
    return !in->failed;
}

static bool sizes_fit(reading *r, const cmi_cells *t, const int64_t *words)
{
    for (int c = 0; c < t->layout.n_columns; c++) {
        int width = cmi_column_words(t->layout.type[c]);
        const uint64_t *cell = (const uint64_t *)(const void *)(words + t->offset[c]);
        for (int64_t i = 0; i < t->n_cells; i++)
            if (!add_size(r, t->layout.type[c], cell + i * width)) return false;
    }
    return true;
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
    return words && sizes_fit(r, t, words);
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

/* Integers are taken as they are but for parts that the plan bounds: kernels index by these. */
static bool read_key(reading *r, int cells, int64_t *key, int64_t n)
{
    const cmi_layout *l = &r->s->table[cells].layout;
    const int64_t *bound = r->s->plan->bound[cells];

    for (int64_t i = 0; i < n; i++) {
        int space = cmi_key_space(l, i);
        int64_t extent = bound[i < l->n_parts ? i : l->n_parts - 1];
        if (space >= 0 && !read_code(r, space, &key[i])) return false;
        if (space < 0) key[i] = cmi_get_i64(r->in);
        if (extent && (key[i] < 0 || key[i] >= extent - 1)) return false;
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
    if (t->layout.sequence && n) key = t->pool + t->n_pool;
    if (!read_key(r, cells, key, n) || !row_ascends(t, group, key, n)) return false;
    int64_t row = cmi_sparse_append(r->s, cells, group, key, n);
    uint64_t *words = cmi_sparse_words(t, row);
    for (int i = 0; i < t->layout.n_words; i++) words[i] = cmi_get_u64(r->in);
    for (int c = 0; c < t->layout.n_columns; c++)
        if (!add_size(r, t->layout.type[c], words + t->layout.word[c])) return false;
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
    for (int c = 0; c < s->n_tables; c++) {
        r->sum64 = r->sum128 = 0;
        if (!(s->table[c].dense ? read_dense(r, c) : read_sparse(r, c))) return false;
    }
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
