/* SPDX-License-Identifier: MIT */
/* Rows go to their owners by counting; inside an owner they are sorted only where they must be. */
#include "data/seal.h"

#include <string.h>

#include "core/sort.h"

enum { RANGES = 64 }; /* of owners with equal rows: tasks of a loop */

typedef struct rows {
    cmi_sealing *s;
    cmi_seal_table *t;
    cmi_facts *out;
    int64_t *sequence;
    uint32_t *moved; /* place by counting -> place after sorting; NULL: all in order */
    int64_t edge[RANGES + 1];
    bool unsorted[RANGES];
} rows;

/* Owner codes become owners. */
static cm_status number_owners(int64_t task, int32_t thread, void *user, cm_error *err)
{
    const cmi_segment_task *job = user;
    const cmi_segment *g = &job->table->segments[task];
    const uint32_t *known = job->sealing->customers.map, *anonymous = job->sealing->anonymous_map;
    (void)thread;
    (void)err;
    for (int64_t i = 0; i < g->n; i++) {
        uint32_t code = g->dest[i];
        if (code == CMI_DROPPED) continue;
        g->dest[i] = code & CMI_ANONYMOUS ? anonymous[code & ~CMI_ANONYMOUS] : known[code] - 1;
    }
    return CM_OK;
}

/* offset[o + 2] counts, then offset[o + 1] is a cursor that ends where owner o ends: one array does
 * for both. Returns the number of rows kept. */
static int64_t place_by_counting(const cmi_seal_table *t, uint32_t *offset, int64_t n_owners)
{
    for (int64_t k = 0; k < t->n_segments; k++)
        for (int64_t i = 0; i < t->segments[k].n; i++)
            if (t->segments[k].dest[i] != CMI_DROPPED) offset[(size_t)t->segments[k].dest[i] + 2]++;
    for (int64_t o = 0; o < n_owners; o++) offset[o + 2] += offset[o + 1];
    for (int64_t k = 0; k < t->n_segments; k++) {
        uint32_t *dest = t->segments[k].dest;
        for (int64_t i = 0; i < t->segments[k].n; i++)
            if (dest[i] != CMI_DROPPED) dest[i] = offset[(size_t)dest[i] + 1]++;
    }
    return offset[n_owners];
}

static cm_status scatter_times(int64_t task, int32_t thread, void *user, cm_error *err)
{
    const cmi_segment_task *job = user;
    const cmi_segment *g = &job->table->segments[task];
    rows *r = job->user;
    cm_context *ctx = r->s->ctx;
    (void)thread;
    (void)err;
    for (int64_t i = 0; i < g->n; i++) {
        if (g->dest[i] == CMI_DROPPED) continue;
        r->out->time[g->dest[i]] = g->time[i] == CMI_NULL ? CMI_ALWAYS_VALID : g->time[i];
    }
    for (int64_t i = 0; r->sequence && i < g->n; i++)
        if (g->dest[i] != CMI_DROPPED)
            r->sequence[g->dest[i]] = g->sequence ? g->sequence[i] : CMI_NULL;
    if (g->chunk) {
        cmi_free_pages(ctx, g->chunk->time);
        cmi_free_pages(ctx, g->chunk->sequence);
        g->chunk->time = g->chunk->sequence = NULL;
    }
    return CM_OK;
}

static bool is_before(const rows *r, int64_t a, int64_t b)
{
    const int64_t *time = r->out->time;
    if (time[a] != time[b]) return time[a] < time[b];
    return r->sequence && r->sequence[a] < r->sequence[b];
}

/* First row of [begin, end) that stands before its predecessor; end if none does. */
static int64_t find_descent(const rows *r, int64_t begin, int64_t end)
{
    int64_t i = begin + 1;
    while (i < end && !is_before(r, i, i - 1)) i++;
    return i < end ? i : end;
}

static cm_status check_range(int64_t task, int32_t thread, void *user, cm_error *err)
{
    rows *r = user;
    (void)thread;
    (void)err;
    for (int64_t o = r->edge[task]; o < r->edge[task + 1] && !r->unsorted[task]; o++) {
        int64_t begin = r->out->offset[o], end = r->out->offset[o + 1];
        if (begin < end && find_descent(r, begin, end) < end) r->unsorted[task] = true;
    }
    return CM_OK;
}

typedef struct scratch {
    int64_t order_capacity, other_capacity, key_capacity;
    uint32_t *order, *other;
    int64_t *key;
} scratch;

static bool reserve(cm_context *ctx, scratch *x, int64_t n)
{
    return cmi_grow(ctx, (void **)&x->order, &x->order_capacity, n, sizeof *x->order) &&
           cmi_grow(ctx, (void **)&x->other, &x->other_capacity, n, sizeof *x->other) &&
           cmi_grow(ctx, (void **)&x->key, &x->key_capacity, n, sizeof *x->key);
}

/* Two runs in order, as where new facts come behind those of a base. */
static void merge_runs(const rows *r, int64_t begin, int64_t middle, int64_t end, uint32_t *order)
{
    int64_t a = begin, b = middle;
    while (a < middle || b < end) {
        bool take_b = a == middle || (b < end && is_before(r, b, a));
        *order++ = (uint32_t)((take_b ? b++ : a++) - begin);
    }
}

static void permute(int64_t *values, int64_t *key, const uint32_t *order, int64_t n)
{
    memcpy(key, values, (size_t)n * sizeof *key);
    for (int64_t i = 0; i < n; i++) values[i] = key[order[i]];
}

static void sort_owner(const rows *r, int64_t begin, int64_t end, int64_t middle, scratch *x)
{
    int64_t n = end - begin;
    int64_t *time = r->out->time + begin, *sequence = r->sequence ? r->sequence + begin : NULL;
    if (find_descent(r, middle, end) == end) {
        merge_runs(r, begin, middle, end, x->order);
    } else {
        for (int64_t i = 0; i < n; i++) x->order[i] = (uint32_t)i;
        /* Stable: by sequence first, then by time. */
        if (sequence) cmi_sort_u32_by_i64(x->order, x->other, sequence, n);
        cmi_sort_u32_by_i64(x->order, x->other, time, n);
    }
    permute(time, x->key, x->order, n);
    if (sequence) permute(sequence, x->key, x->order, n);
    for (int64_t i = 0; i < n; i++) r->moved[begin + x->order[i]] = (uint32_t)(begin + i);
}

static cm_status sort_range(int64_t task, int32_t thread, void *user, cm_error *err)
{
    rows *r = user;
    cm_context *ctx = r->s->ctx;
    scratch x = { 0 };
    cm_status status = CM_OK;
    (void)thread;
    for (int64_t o = r->edge[task]; o < r->edge[task + 1] && !status; o++) {
        int64_t begin = r->out->offset[o], end = r->out->offset[o + 1];
        int64_t middle = begin < end && r->unsorted[task] ? find_descent(r, begin, end) : end;
        if (middle == end)
            for (int64_t i = begin; i < end; i++) r->moved[i] = (uint32_t)i;
        else if (reserve(ctx, &x, end - begin))
            sort_owner(r, begin, end, middle, &x);
        else
            status = cmi_no_memory(ctx, err);
    }
    cmi_free(ctx, x.order);
    cmi_free(ctx, x.other);
    cmi_free(ctx, x.key);
    return status;
}

static cm_status follow_moves(int64_t task, int32_t thread, void *user, cm_error *err)
{
    const cmi_segment_task *job = user;
    const cmi_segment *g = &job->table->segments[task];
    const rows *r = job->user;
    (void)thread;
    (void)err;
    for (int64_t i = 0; i < g->n; i++)
        if (g->dest[i] != CMI_DROPPED) g->dest[i] = r->moved[g->dest[i]];
    return CM_OK;
}

static cm_status sort_rows(rows *r, cm_error *err)
{
    cmi_sealing *s = r->s;
    cmi_offset_ranges(r->out->offset, s->ds->n_owners, RANGES, r->edge);
    cm_status status = cmi_parallel(&s->job, s->ctx, RANGES, check_range, r, err);
    bool unsorted = false;
    for (int i = 0; i < RANGES; i++) unsorted |= r->unsorted[i];
    if (status || !unsorted) return status;
    r->moved = cmi_malloc_n(s->ctx, (size_t)r->out->n_rows, sizeof *r->moved);
    if (!r->moved) return cmi_no_memory(s->ctx, err);
    status = cmi_parallel(&s->job, s->ctx, RANGES, sort_range, r, err);
    if (!status) status = cmi_seal_each(s, r->t, follow_moves, r, err);
    cmi_free(s->ctx, r->moved);
    return status;
}

/* The offsets; false: no memory. Tables without rows share one array. */
static bool count_rows(rows *r)
{
    int64_t n_owners = r->s->ds->n_owners;
    if (r->t->n_rows == 0) {
        r->out->offset = r->s->ds->no_rows;
        return true;
    }
    uint32_t *offset = cmi_calloc(r->s->ctx, (size_t)n_owners + 2, sizeof *offset);
    if (!offset) return false;
    r->out->n_rows = place_by_counting(r->t, offset, n_owners);
    r->out->offset = offset;
    if (r->out->n_rows == 0) {
        cmi_free(r->s->ctx, offset);
        r->out->offset = r->s->ds->no_rows;
    }
    return true;
}

cm_status cmi_seal_place_rows(cmi_sealing *s, cmi_fact f, cm_error *err)
{
    rows r = { .s = s, .t = &s->tables[f], .out = &s->ds->facts[f] };
    cm_status status = cmi_seal_each(s, r.t, number_owners, NULL, err);
    if (status) return status;
    if (!count_rows(&r)) return cmi_no_memory(s->ctx, err);
    size_t n = (size_t)r.out->n_rows;
    r.out->time = cmi_malloc_n(s->ctx, n, sizeof *r.out->time);
    if (!r.out->time) return cmi_no_memory(s->ctx, err);
    cmi_column *column = NULL;
    if (r.t->has_sequence) {
        column = cmi_seal_role_column(s, f, "sequence");
        column->i64 = r.sequence = cmi_malloc_n(s->ctx, n, sizeof *r.sequence);
        if (!r.sequence) return cmi_no_memory(s->ctx, err);
    }
    status = cmi_seal_each(s, r.t, scatter_times, &r, err);
    if (!status && r.t->may_be_unsorted) status = sort_rows(&r, err);
    return status;
}
