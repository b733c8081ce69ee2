/* SPDX-License-Identifier: MIT */
/* Aliases merge identities before anything is counted: a row of an alias belongs to its customer,
 * from `since` on; chains are followed at the row's own time. */
#include "data/seal.h"

#include <string.h>

#include "core/hash.h"
#include "core/sort.h"

typedef struct edge {
    uint32_t from, to; /* provisional customer codes */
    int64_t since;     /* CMI_NULL: always */
} edge;

typedef struct aliases {
    cmi_sealing *s;
    edge *edges; /* by from, then since */
    int64_t n;
    uint32_t *first; /* by code: 1 + its first edge, 0: no alias */
    int64_t n_codes;
} aliases;

static int compare_edges(const void *a, const void *b, void *user)
{
    const edge *x = a, *y = b;
    (void)user;
    if (x->from != y->from) return x->from < y->from ? -1 : 1;
    if (x->since != y->since) return x->since < y->since ? -1 : 1;
    return (x->to > y->to) - (x->to < y->to);
}

static cm_status fail_pair(const aliases *a, uint32_t one, uint32_t other, const char *what,
                           cm_error *err)
{
    size_t n, m;
    const char *p = cmi_intern_text(a->s->loader->customers, one, &n);
    const char *q = cmi_intern_text(a->s->loader->customers, other, &m);
    if (n > 80) n = 80;
    if (m > 80) m = 80;
    cmi_fail(err, CM_ERR_DATA, "aliases: \"%.*s\" and \"%.*s\" %s", (int)n, p, (int)m, q, what);
    cmi_error_at(err, "aliases", 0, "alias");
    return CM_ERR_DATA;
}

/* Code among the customers of a text of one of the alias table's columns; 0: no memory. */
static uint32_t add_customer(cm_loader *l, const char *p, size_t n)
{
    return cmi_intern_add(l->customers, p, n, cmi_hash(p, n));
}

static cm_status add_edge(aliases *a, const char *from, size_t n_from, const char *to, size_t n_to,
                          int64_t since, cm_error *err)
{
    cm_loader *l = a->s->loader;
    if (n_from == n_to && memcmp(from, to, n_to) == 0) return CM_OK;
    edge e = { .from = add_customer(l, from, n_from),
               .to = add_customer(l, to, n_to),
               .since = since };
    if (!e.from || !e.to) return cmi_no_memory(a->s->ctx, err);
    a->edges[a->n++] = e;
    return CM_OK;
}

static const char *staged_text(const cm_loader *l, const cmi_staged_column *c, uint32_t code,
                               size_t *n)
{
    return cmi_intern_text(c->dict == CMI_DICT_CUSTOMERS ? l->customers : l->dims[c->dict], code,
                           n);
}

/* A text may lie in the very interner that grows: it is copied first. */
static cm_status add_staged_row(aliases *a, const cmi_chunk *chunk, int64_t row,
                                const int32_t role[3], cm_error *err)
{
    const cm_loader *l = a->s->loader;
    const cmi_staged_column *columns = l->sides[CMI_SIDE_ALIASES].columns;
    const uint32_t *alias = chunk->column[role[0]], *customer = chunk->column[role[1]];
    const int64_t *since =
        role[2] >= 0 && role[2] < chunk->n_columns ? chunk->column[role[2]] : NULL;
    size_t n_from, n_to;
    const char *from = staged_text(l, &columns[role[0]], alias[row], &n_from);
    const char *to = staged_text(l, &columns[role[1]], customer[row], &n_to);
    char *copy = cmi_malloc_n(a->s->ctx, n_from + n_to + 1, 1);
    if (!copy) return cmi_no_memory(a->s->ctx, err);
    if (n_from) memcpy(copy, from, n_from);
    if (n_to) memcpy(copy + n_from, to, n_to);
    cm_status status =
        add_edge(a, copy, n_from, copy + n_from, n_to, since ? since[row] : CMI_NULL, err);
    cmi_free(a->s->ctx, copy);
    return status;
}

static int32_t find_staged(const cmi_staged *t, const char *role)
{
    int32_t index = cmi_role_find(cmi_side_get(CMI_SIDE_ALIASES), role);
    for (int32_t i = 0; i < t->n_columns; i++)
        if (t->columns[i].role == index) return i;
    return -1;
}

static cm_status read_staged(aliases *a, cm_error *err)
{
    const cmi_staged *t = &a->s->loader->sides[CMI_SIDE_ALIASES];
    const int32_t role[3] = { find_staged(t, "alias"), find_staged(t, "customer"),
                              find_staged(t, "since") };
    cm_status status = CM_OK;
    for (int64_t k = 0; k < t->n_chunks && !status; k++)
        for (int64_t i = 0; i < t->chunks[k]->n && !status; i++)
            status = add_staged_row(a, t->chunks[k], i, role, err);
    return status;
}

static cm_status read_base(aliases *a, cm_error *err)
{
    const cmi_side *t = &a->s->base->sides[CMI_SIDE_ALIASES];
    const cmi_fact_def *def = cmi_side_get(CMI_SIDE_ALIASES);
    if (!t->n_rows) return CM_OK;
    const cmi_side_column *alias = &t->columns[t->role_column[cmi_role_find(def, "alias")]];
    const cmi_side_column *customer = &t->columns[t->role_column[cmi_role_find(def, "customer")]];
    int32_t at = t->role_column[cmi_role_find(def, "since")];
    cm_status status = CM_OK;
    for (int64_t i = 0; i < t->n_rows && !status; i++) {
        size_t n_from, n_to;
        const char *from = cmi_dict_text(alias->dict, alias->u32[i], &n_from);
        const char *to = cmi_dict_text(customer->dict, customer->u32[i], &n_to);
        status =
            add_edge(a, from, n_from, to, n_to, at < 0 ? CMI_NULL : t->columns[at].i64[i], err);
    }
    return status;
}

/* Sorts the edges, drops repeats, refuses an alias of two customers from one instant on. */
static cm_status index_edges(aliases *a, cm_error *err)
{
    cm_context *ctx = a->s->ctx;
    edge *scratch = cmi_malloc_n(ctx, (size_t)a->n, sizeof *scratch);
    a->n_codes = cmi_intern_count(a->s->loader->customers);
    a->first = cmi_calloc(ctx, (size_t)a->n_codes + 1, sizeof *a->first);
    if (!scratch || !a->first) {
        cmi_free(ctx, scratch);
        return cmi_no_memory(ctx, err);
    }
    cmi_sort(a->edges, scratch, a->n, sizeof *scratch, compare_edges, NULL);
    cmi_free(ctx, scratch);
    int64_t n = 0;
    for (int64_t i = 0; i < a->n; i++) {
        const edge *e = &a->edges[i], *last = &a->edges[n - (n > 0)];
        bool same = n > 0 && e->from == last->from && e->since == last->since;
        if (same && e->to != last->to)
            return fail_pair(a, e->to, last->to, "have the same alias from the same time on", err);
        if (same) continue;
        a->edges[n] = *e;
        if (!a->first[e->from]) a->first[e->from] = (uint32_t)(n + 1);
        n++;
    }
    a->n = n;
    return CM_OK;
}

/* The customer that a code stands for at an instant; the walk is longer than there are edges only
 * where it goes in a circle, and then *circle is a code on it. */
static uint32_t resolve(const aliases *a, uint32_t code, int64_t time, uint32_t *circle)
{
    for (int64_t steps = 0; code <= a->n_codes && a->first[code]; steps++) {
        uint32_t next = code;
        for (int64_t i = a->first[code] - 1; i < a->n && a->edges[i].from == code; i++)
            if (a->edges[i].since <= time) next = a->edges[i].to;
        if (next == code) return code;
        if (steps > a->n) {
            *circle = code;
            return code;
        }
        code = next;
    }
    return code;
}

static cm_status fail_circle(const aliases *a, uint32_t code, int64_t time, cm_error *err)
{
    uint32_t next = code;
    for (int64_t i = a->first[code] - 1; i < a->n && a->edges[i].from == code; i++)
        if (a->edges[i].since <= time) next = a->edges[i].to;
    return fail_pair(a, code, next, "are aliases of each other, directly or in a circle", err);
}

/* All edges as they stand in the end, whether or not facts walk along them. */
static cm_status check_circles(const aliases *a, cm_error *err)
{
    uint32_t circle = 0;
    for (int64_t i = 0; i < a->n; i++) {
        if (i > 0 && a->edges[i].from == a->edges[i - 1].from) continue;
        (void)resolve(a, a->edges[i].from, INT64_MAX, &circle);
        if (circle) return fail_circle(a, circle, INT64_MAX, err);
    }
    return CM_OK;
}

/* `first`: number of the first row over all segments. */
static cm_status move_codes(const aliases *a, uint32_t *codes, const int64_t *time, int64_t n,
                            int64_t first, cmi_moves *moves, cm_error *err)
{
    uint32_t circle = 0;
    for (int64_t i = 0; i < n; i++) {
        if (codes[i] > a->n_codes || !a->first[codes[i]]) continue;
        uint32_t to = resolve(a, codes[i], time[i], &circle);
        if (circle) return fail_circle(a, circle, time[i], err);
        if (to == codes[i]) continue;
        if (!cmi_seal_note_move(a->s->ctx, moves, first + i, codes[i]))
            return cmi_no_memory(a->s->ctx, err);
        codes[i] = to;
    }
    return CM_OK;
}

static cm_status move_table(const aliases *a, cmi_seal_table *t, cm_error *err)
{
    cm_status status = CM_OK;
    for (int64_t k = 0; k < t->n_segments && !status; k++) {
        const cmi_segment *g = &t->segments[k];
        if (cmi_job_cancelled(&a->s->job)) return cmi_fail(err, CM_ERR_CANCELLED, "cancelled");
        status = move_codes(a, g->dest, g->time, g->n, g->first, &t->moves, err);
        for (int32_t c = 0; c < t->n_columns && !status; c++) {
            if (t->columns[c].dict != CMI_DICT_CUSTOMERS) continue;
            /* Both kinds of segment keep these codes in arrays of their own. */
            uint32_t *codes = g->chunk ? (uint32_t *)(uintptr_t)cmi_seal_values(&t->columns[c], g)
                              : t->columns[c].base_copy ? t->columns[c].base_copy + g->first
                                                        : NULL;
            if (codes)
                status = move_codes(a, codes, g->time, g->n, g->first, &t->columns[c].moves, err);
        }
    }
    return status;
}

cm_status cmi_seal_merge_aliases(cmi_sealing *s, cm_error *err)
{
    int64_t n = s->loader->sides[CMI_SIDE_ALIASES].n_rows;
    if (s->base) n += s->base->sides[CMI_SIDE_ALIASES].n_rows;
    /* Rows owned by a dimension have no customer to merge. */
    if (n == 0 || s->loader->owner) return CM_OK;
    aliases a = { .s = s, .edges = cmi_malloc_n(s->ctx, (size_t)n, sizeof(edge)) };
    if (!a.edges) return cmi_no_memory(s->ctx, err);
    cm_status status = s->base ? read_base(&a, err) : CM_OK;
    if (!status) status = read_staged(&a, err);
    if (!status) status = index_edges(&a, err);
    if (!status) status = check_circles(&a, err);
    for (int f = 0; f < CMI_N_FACTS && !status; f++) status = move_table(&a, &s->tables[f], err);
    s->customers.n = cmi_intern_count(s->loader->customers);
    cmi_free(s->ctx, a.edges);
    cmi_free(s->ctx, a.first);
    return status;
}
