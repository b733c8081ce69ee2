/* SPDX-License-Identifier: MIT */
/* Provisional codes become codes of sealed dictionaries: canonical order, and only those that stand
 * in a kept row, so that the saved bytes depend on the kept facts alone. */
#include "data/seal.h"

#include <string.h>

#include "core/sort.h"

static bool all_used(const uint8_t *used, int64_t n)
{
    return n == 0 || !memchr(used + 1, 0, (size_t)n);
}

/* codes->dict holds all codes, `canonical` their order (NULL: as they are): leaves out the unused.
 */
static cm_status leave_out_unused(cmi_sealing *s, cmi_seal_codes *codes, const uint32_t *canonical,
                                  cm_error *err)
{
    size_t n = (size_t)codes->n + 1;
    uint8_t *keep = cmi_calloc(s->ctx, n, 1);
    uint32_t *map = NULL;
    if (!keep) return cmi_no_memory(s->ctx, err);
    for (size_t c = 1; c < n; c++) keep[canonical ? canonical[c] : c] = codes->used[c];
    cmi_dict *small = cmi_dict_subset(codes->dict, keep, &map);
    cmi_free(s->ctx, keep);
    if (!small) return cmi_no_memory(s->ctx, err);
    for (size_t c = 0; c < n; c++) codes->map[c] = map[canonical ? canonical[c] : c];
    cmi_free(s->ctx, map);
    cmi_dict_release(codes->dict);
    codes->dict = small;
    return CM_OK;
}

cm_status cmi_seal_build_codes(cmi_sealing *s, cmi_seal_codes *codes, cm_error *err)
{
    uint32_t *canonical = NULL;
    codes->map = cmi_malloc_n(s->ctx, (size_t)codes->n + 1, sizeof *codes->map);
    if (!codes->map) return cmi_no_memory(s->ctx, err);
    if (codes->intern) {
        cmi_intern *in = *codes->intern;
        *codes->intern = NULL;
        codes->intern = NULL;
        codes->dict = cmi_dict_from_intern(in, &canonical);
        if (!codes->dict) return cmi_no_memory(s->ctx, err);
    }
    cm_status status = CM_OK;
    if (all_used(codes->used, codes->n)) {
        for (int64_t c = 0; c <= codes->n; c++)
            codes->map[c] = canonical ? canonical[c] : (uint32_t)c;
    } else {
        status = leave_out_unused(s, codes, canonical, err);
    }
    cmi_free(s->ctx, canonical);
    return status;
}

/* ---- origins: who owned a row, or stood in a column, before aliases and sessions ---- */

typedef struct origin {
    const char *p;
    size_t n;
    uint32_t code;
} origin;

static int compare_texts(const void *a, const void *b, void *user)
{
    const origin *x = a, *y = b;
    (void)user;
    return cmi_text_compare(x->p, x->n, y->p, y->n);
}

static int compare_bytes(const void *a, const void *b, void *user)
{
    const origin *x = a, *y = b;
    (void)user;
    return memcmp(x->p, y->p, 16);
}

static void mark_moves(cmi_sealing *s, const cmi_seal_table *t, const cmi_moves *moves)
{
    for (int64_t i = 0; i < moves->n; i++) {
        const cmi_segment *g = cmi_seal_find_segment(t, moves->row[i]);
        uint32_t code = moves->from[i];
        if (g->dest[moves->row[i] - g->first] == CMI_DROPPED) continue;
        if (code & CMI_ANONYMOUS)
            s->origin_anonymous_map[code & ~CMI_ANONYMOUS] = 1;
        else
            s->origin_map[code] = 1;
    }
}

/* The marked codes of an interner in order; map: code -> place, 0 for those without mark. */
static origin *sort_marked(cmi_sealing *s, const cmi_intern *in, uint32_t *map, int64_t n_codes,
                           cmi_compare_fn compare, int64_t *n_out)
{
    int64_t n = 0;
    for (int64_t c = 1; c <= n_codes; c++) n += map[c];
    origin *all = cmi_malloc_n(s->ctx, 2 * (size_t)n + 1, sizeof *all);
    if (!all) return NULL;
    n = 0;
    for (int64_t c = 1; c <= n_codes; c++) {
        if (!map[c]) continue;
        all[n].p = cmi_intern_text(in, (uint32_t)c, &all[n].n);
        all[n++].code = (uint32_t)c;
    }
    cmi_sort(all, all + n, n, sizeof *all, compare, NULL);
    for (int64_t i = 0; i < n; i++) map[all[i].code] = (uint32_t)(i + 1);
    *n_out = n;
    return all;
}

static cmi_dict *make_dict(cmi_sealing *s, const origin *all, int64_t n)
{
    const char **text = cmi_malloc_n(s->ctx, (size_t)n + 1, sizeof *text);
    size_t *length = cmi_malloc_n(s->ctx, (size_t)n + 1, sizeof *length);
    for (int64_t i = 0; text && length && i < n; i++) {
        text[i] = all[i].p;
        length[i] = all[i].n;
    }
    cmi_dict *d = text && length ? cmi_dict_from_sorted(s->ctx, n, text, length) : NULL;
    cmi_free(s->ctx, text);
    cmi_free(s->ctx, length);
    return d;
}

cm_status cmi_seal_build_origins(cmi_sealing *s, cm_error *err)
{
    int64_t n_moves = 0;
    for (int f = 0; f < CMI_N_FACTS; f++) {
        n_moves += s->tables[f].moves.n;
        for (int32_t c = 0; c < s->tables[f].n_columns; c++)
            n_moves += s->tables[f].columns[c].moves.n;
    }
    if (n_moves == 0) return CM_OK;
    s->origin_map = cmi_calloc(s->ctx, (size_t)s->customers.n + 1, sizeof(uint32_t));
    s->origin_anonymous_map = cmi_calloc(s->ctx, (size_t)s->n_anonymous + 1, sizeof(uint32_t));
    if (!s->origin_map || !s->origin_anonymous_map) return cmi_no_memory(s->ctx, err);
    for (int f = 0; f < CMI_N_FACTS; f++) {
        const cmi_seal_table *t = &s->tables[f];
        mark_moves(s, t, &t->moves);
        for (int32_t c = 0; c < t->n_columns; c++) mark_moves(s, t, &t->columns[c].moves);
    }
    int64_t n = 0, m = 0;
    origin *known =
        sort_marked(s, *s->customers.intern, s->origin_map, s->customers.n, compare_texts, &n);
    origin *unknown =
        sort_marked(s, *s->anonymous, s->origin_anonymous_map, s->n_anonymous, compare_bytes, &m);
    s->ds->origin_anonymous = cmi_malloc_n(s->ctx, (size_t)m, 16);
    if (known) s->ds->origins = make_dict(s, known, n);
    bool ok = known && unknown && s->ds->origin_anonymous && s->ds->origins;
    for (int64_t i = 0; ok && i < m; i++)
        memcpy(s->ds->origin_anonymous + 16 * i, unknown[i].p, 16);
    if (ok) s->ds->n_origin_anonymous = m;
    cmi_free(s->ctx, known);
    cmi_free(s->ctx, unknown);
    return ok ? CM_OK : cmi_no_memory(s->ctx, err);
}
