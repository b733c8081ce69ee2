/* SPDX-License-Identifier: MIT */
#include "data/cells_private.h"

#include <string.h>

#include "core/error.h"
#include "core/parallel.h"
#include "core/sort.h"

/* Canonical order: what a state holds then depends on the facts alone, not on how they arrived.
 * Dictionaries are sealed (codes in canonical order), groups stand by their codes, rows by group
 * and key. */

typedef struct sorting {
    cmi_state *s;
    uint32_t *renumber[CMI_MAX_SPACES]; /* NULL: codes stay */
} sorting;

/* ---- codes ---- */

static bool seal_spaces(sorting *o)
{
    cmi_state *s = o->s;

    for (int i = 0; i < s->n_spaces; i++) {
        cmi_space *space = &s->space[i];
        if (!space->intern) continue;
        cmi_intern *intern = space->intern;
        space->intern = NULL;
        space->dict = cmi_dict_from_intern(intern, &o->renumber[i]);
        if (!space->dict) return false;
    }
    return true;
}

/* Also the place where codes are found that no dictionary has: a defect of a kernel. */
static bool renumber_code(const sorting *o, int space, int64_t *code)
{
    if (*code < 0 || *code > cmi_space_count(&o->s->space[space])) {
        cmi_state_fail(o->s, CM_ERR_INTERNAL, "a code is in no dictionary");
        return false;
    }
    if (o->renumber[space]) *code = o->renumber[space][*code];
    return true;
}

static bool renumber_rows(const sorting *o, cmi_cells *t)
{
    const cmi_layout *l = &t->layout;
    bool coded = false;

    for (int i = 0; i < l->n_parts; i++) coded |= l->part[i].space >= 0;
    for (int64_t row = 0; coded && row < t->n; row++) {
        int64_t n, *key = cmi_sparse_key(t, row, &n);
        for (int64_t i = 0; i < n; i++) {
            int space = cmi_key_space(l, i);
            if (space >= 0 && !renumber_code(o, space, &key[i])) return false;
        }
    }
    return true;
}

static bool renumber_groups(const sorting *o)
{
    const cmi_state *s = o->s;

    for (int64_t g = 0; g < s->n_groups; g++)
        for (int i = 0; i < s->n_by; i++)
            if (!renumber_code(o, s->by_space[i], &s->groups[g * s->n_by + i])) return false;
    return true;
}

/* ---- groups ---- */

int cmi_key_compare(const int64_t *a, int64_t na, const int64_t *b, int64_t nb)
{
    for (int64_t i = 0; i < na && i < nb; i++)
        if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
    return (na > nb) - (na < nb);
}

static int compare_groups(const void *a, const void *b, void *user)
{
    const cmi_state *s = user;
    const int64_t *codes = s->groups;
    return cmi_key_compare(codes + (int64_t) * (const uint32_t *)a * s->n_by, s->n_by,
                           codes + (int64_t) * (const uint32_t *)b * s->n_by, s->n_by);
}

/* order[new] = old, place[old] = new. */
static void move_groups(cmi_state *s, const uint32_t *order, uint32_t *place, int64_t *moved)
{
    size_t tuple = sizeof(int64_t) * (size_t)s->n_by;

    for (int64_t g = 0; g < s->n_groups; g++) {
        memcpy(moved + g * s->n_by, s->groups + (int64_t)order[g] * s->n_by, tuple);
        place[order[g]] = (uint32_t)g;
    }
    memcpy(s->groups, moved, tuple * (size_t)s->n_groups);
    for (int c = 0; c < s->n_tables; c++) {
        cmi_cells *t = &s->table[c];
        for (int64_t i = 0; i < t->n_chunks; i++) t->chunk[i].group = place[t->chunk[i].group];
        for (int64_t i = 0; i < t->n; i++) cmi_sparse_row(t, i)[0] = place[cmi_sparse_row(t, i)[0]];
    }
}

static bool sort_groups(cmi_state *s)
{
    size_t n = (size_t)s->n_groups;
    uint32_t *order = cmi_malloc_n(s->ctx, 3 * n, sizeof *order);
    int64_t *moved = cmi_malloc_n(s->ctx, n * (size_t)s->n_by, sizeof *moved);

    if (order && moved && n) {
        for (size_t g = 0; g < n; g++) order[g] = (uint32_t)g;
        cmi_sort(order, order + n, s->n_groups, sizeof *order, compare_groups, s);
        move_groups(s, order, order + 2 * n, moved);
        cmi_groups_reindex(s);
    }
    bool ok = order && moved;
    cmi_free(s->ctx, order);
    cmi_free(s->ctx, moved);
    return ok;
}

/* ---- rows ---- */

static int compare_rows(const cmi_cells *t, int64_t a, int64_t b)
{
    uint64_t ga = cmi_sparse_row(t, a)[0], gb = cmi_sparse_row(t, b)[0];
    int64_t na, nb, *ka = cmi_sparse_key(t, a, &na), *kb = cmi_sparse_key(t, b, &nb);
    return ga != gb ? (ga < gb ? -1 : 1) : cmi_key_compare(ka, na, kb, nb);
}

static int compare_order(const void *a, const void *b, void *user)
{
    return compare_rows(user, *(const uint32_t *)a, *(const uint32_t *)b);
}

static bool is_sorted(const cmi_cells *t)
{
    for (int64_t row = 1; row < t->n; row++)
        if (compare_rows(t, row - 1, row) > 0) return false;
    return true;
}

enum { MAX_WORDS = CMI_MAX_KEYS + 1 };

/* Word of the key (0: the group) so that unsigned order is that of the key; parts are signed. */
static uint64_t key_word(const cmi_cells *t, int64_t row, int word)
{
    return cmi_sparse_row(t, row)[word] ^ (word ? UINT64_C(1) << 63 : 0);
}

/* Least value and number of bits above it of each word. Returns their sum. */
static int measure_words(const cmi_cells *t, uint64_t *least, int *bits)
{
    int all = 0;

    for (int word = 0; word <= t->layout.n_parts; word++) {
        uint64_t low = UINT64_MAX, high = 0;
        for (int64_t i = 0; i < t->n; i++) {
            uint64_t v = key_word(t, i, word);
            low = v < low ? v : low;
            high = v > high ? v : high;
        }
        least[word] = low;
        bits[word] = high > low ? 64 - __builtin_clzll(high - low) : 0;
        all += bits[word];
    }
    return all;
}

/* One sort where the whole key fits a word; else by the last part first and the group last: each
 * pass is stable and skips bytes that are all equal. */
static bool radix_order(cm_context *ctx, const cmi_cells *t, uint32_t *order, uint32_t *scratch)
{
    size_t n = (size_t)t->n;
    uint64_t *key = cmi_malloc_n(ctx, 2 * n, sizeof *key);

    uint64_t least[MAX_WORDS];
    int bits[MAX_WORDS];
    if (!key) return false;
    bool fits = measure_words(t, least, bits) <= 64;
    if (fits) memset(key, 0, n * sizeof *key);
    for (int word = 0; fits && word <= t->layout.n_parts; word++) {
        if (!bits[word]) continue;
        for (size_t i = 0; i < n; i++) /* a word of 64 bits stands alone */
            key[i] = (bits[word] < 64 ? key[i] << bits[word] : 0) |
                     (key_word(t, (int64_t)i, word) - least[word]);
    }
    if (fits) cmi_sort_u64_pairs(key, order, key + n, scratch, t->n);
    for (int word = t->layout.n_parts; !fits && word >= 0; word--) {
        for (size_t i = 0; i < n; i++) key[i] = key_word(t, order[i], word);
        cmi_sort_u64_pairs(key, order, key + n, scratch, t->n);
    }
    cmi_free(ctx, key);
    return true;
}

static bool sort_rows(cm_context *ctx, cmi_cells *t)
{
    size_t n = (size_t)t->n;

    if (is_sorted(t)) return true;
    uint32_t *order = cmi_malloc_n(ctx, 2 * n, sizeof *order);
    uint64_t *rows = cmi_malloc_n(ctx, n, sizeof *rows * (size_t)t->stride);
    bool ok = order && rows;
    for (size_t i = 0; ok && i < n; i++) order[i] = (uint32_t)i;
    if (ok && t->layout.sequence)
        cmi_sort(order, order + n, t->n, sizeof *order, compare_order, t);
    else if (ok)
        ok = radix_order(ctx, t, order, order + n);
    for (size_t i = 0; ok && i < n; i++)
        memcpy(rows + i * (size_t)t->stride, cmi_sparse_row(t, order[i]),
               sizeof *rows * (size_t)t->stride);
    cmi_free(ctx, order);
    cmi_free(ctx, ok ? t->rows : rows);
    if (!ok) return false;
    t->rows = rows;
    t->capacity = t->n;
    return true;
}

static void find_twins(cmi_state *s, const cmi_cells *t)
{
    for (int64_t row = 1; row < t->n; row++) {
        if (compare_rows(t, row - 1, row) != 0) continue;
        size_t length = 0;
        int64_t n;
        const char *text = cmi_space_text(&s->space[t->layout.part[0].space],
                                          cmi_sparse_key(t, row, &n)[0], &length);
        cmi_state_fail(s, CM_ERR_MISMATCH, "the cells '%s' of customer %.*s are written twice",
                       t->layout.name, (int)(length < 100 ? length : 100), text ? text : "");
        return;
    }
}

static bool index_ranges(cmi_state *s, cmi_cells *t)
{
    int64_t *from = cmi_realloc(s->ctx, t->from, sizeof *from * (size_t)(s->n_groups + 1)), row = 0;

    if (!from) return false;
    for (int64_t g = 0; g <= s->n_groups; g++) {
        while (row < t->n && cmi_sparse_row(t, row)[0] < (uint64_t)g) row++;
        from[g] = row;
    }
    t->from = from;
    return true;
}

static bool order_sparse(cmi_state *s, cmi_cells *t)
{
    cmi_slots_free(s->ctx, &t->slots);
    if (!sort_rows(s->ctx, t) || !index_ranges(s, t)) return false;
    if (t->log) find_twins(s, t);
    return true;
}

/* ---- chunks ---- */

static int compare_chunks(const void *a, const void *b, void *user)
{
    const cmi_chunk *x = a, *y = b;
    (void)user;
    if (x->group != y->group) return x->group < y->group ? -1 : 1;
    return (x->k > y->k) - (x->k < y->k);
}

static bool order_dense(cmi_state *s, int cells)
{
    cmi_cells *t = &s->table[cells];
    cmi_chunk *scratch = cmi_malloc_n(s->ctx, (size_t)t->n_chunks, sizeof *scratch);

    if (!scratch) return false;
    if (t->n_chunks)
        cmi_sort(t->chunk, scratch, t->n_chunks, sizeof *scratch, compare_chunks, NULL);
    cmi_free(s->ctx, scratch);
    return cmi_dense_reindex(s, cells);
}

/* ---- the whole ---- */

static int compare_counters(const void *a, const void *b, void *user)
{
    (void)user;
    return strcmp(((const cmi_counter *)a)->what, ((const cmi_counter *)b)->what);
}

static bool order_counters(cmi_state *s)
{
    cmi_counter *scratch = cmi_malloc_n(s->ctx, (size_t)s->n_counters, sizeof *scratch);

    if (scratch && s->n_counters)
        cmi_sort(s->counter, scratch, s->n_counters, sizeof *scratch, compare_counters, NULL);
    cmi_free(s->ctx, scratch);
    return scratch != NULL;
}

static void order_all(sorting *o, const cmi_job *job)
{
    cmi_state *s = o->s;
    bool ok = seal_spaces(o);

    if (ok && !renumber_groups(o)) return;
    for (int c = 0; ok && c < s->n_tables; c++)
        if (!renumber_rows(o, &s->table[c])) return;
    ok = ok && (s->n_by == 0 || sort_groups(s)) && order_counters(s);
    for (int c = 0; ok && c < s->n_tables; c++) {
        if (job && cmi_job_cancelled(job)) {
            cmi_state_fail(s, CM_ERR_CANCELLED, "the run was cancelled");
            return;
        }
        ok = s->table[c].dense ? order_dense(s, c) : order_sparse(s, &s->table[c]);
    }
    if (!ok) cmi_state_no_memory(s);
}

cm_status cmi_state_order(cmi_state *s, const cmi_job *job, cm_error *err)
{
    sorting o = { .s = s };

    if (!s->ordered && s->status == CM_OK) {
        order_all(&o, job);
        for (int i = 0; i < s->n_spaces; i++) cmi_free(s->ctx, o.renumber[i]);
        s->ordered = s->status == CM_OK;
    }
    return cmi_state_status(s, err);
}
