/* SPDX-License-Identifier: MIT */
/* Ids of orders, sessions, tickets, respondents become ordinals 0, 1, ... within their owner. */
#include "data/seal.h"

#include <string.h>

#include "core/hash.h"

enum { RANGES = 64, LINEAR = 16 };

typedef struct entities {
    cmi_sealing *s;
    const uint32_t *offset;
    uint64_t *ids; /* by row; on the way an owner's distinct ids move to its front */
    uint32_t *ordinal;
    bool rows_without_id_count; /* orders: such a row is an order of its own */
    int64_t edge[RANGES + 1];
    int64_t n[RANGES]; /* distinct ids */
} entities;

typedef struct id_index {
    uint32_t *slot; /* ordinal + 1; 0: empty */
    int64_t capacity;
    uint64_t mask;
} id_index;

/* Ordinal of the id among the first `n` of the owner, or n. */
static uint32_t find_linear(const uint64_t *distinct, uint32_t n, uint64_t id)
{
    uint32_t k = 0;
    while (k < n && distinct[k] != id) k++;
    return k;
}

static uint32_t find_indexed(id_index *x, const uint64_t *distinct, uint32_t n, uint64_t id)
{
    uint64_t i = cmi_mix(id) & x->mask;
    for (; x->slot[i]; i = (i + 1) & x->mask)
        if (distinct[x->slot[i] - 1] == id) return x->slot[i] - 1;
    x->slot[i] = n + 1;
    return n;
}

static bool prepare_index(cm_context *ctx, id_index *x, int64_t n_rows)
{
    int64_t size = 2 * LINEAR;
    while (size < 2 * n_rows) size *= 2;
    if (!cmi_grow(ctx, (void **)&x->slot, &x->capacity, size, sizeof *x->slot)) return false;
    memset(x->slot, 0, (size_t)size * sizeof *x->slot);
    x->mask = (uint64_t)size - 1;
    return true;
}

/* Ids are read at i and the distinct ones written at or before it, so one array does. */
static uint32_t number_owner(const entities *e, int64_t begin, int64_t end, id_index *x)
{
    uint64_t *ids = e->ids + begin;
    uint32_t *ordinal = e->ordinal + begin, n = 0, found = 0;
    uint64_t last = 0;
    for (int64_t i = 0; i < end - begin; i++) {
        uint64_t id = ids[i];
        if (id == 0) {
            ordinal[i] = e->rows_without_id_count ? n : CMI_NO_ENTITY;
            if (e->rows_without_id_count) ids[n++] = 0;
            continue;
        }
        if (id != last) found = x ? find_indexed(x, ids, n, id) : find_linear(ids, n, id);
        if (found == n) ids[n++] = id;
        last = id;
        ordinal[i] = found;
    }
    return n;
}

static cm_status number_range(int64_t task, int32_t thread, void *user, cm_error *err)
{
    entities *e = user;
    id_index x = { 0 };
    int64_t first = e->offset[e->edge[task]], n = 0;
    (void)thread;
    for (int64_t o = e->edge[task]; o < e->edge[task + 1]; o++) {
        int64_t begin = e->offset[o], end = e->offset[o + 1];
        bool large = end - begin > LINEAR;
        if (large && !prepare_index(e->s->ctx, &x, end - begin)) {
            cmi_free(e->s->ctx, x.slot);
            return cmi_no_memory(e->s->ctx, err);
        }
        uint32_t many = number_owner(e, begin, end, large ? &x : NULL);
        memmove(e->ids + first + n, e->ids + begin, many * sizeof *e->ids);
        n += many;
    }
    e->n[task] = n;
    cmi_free(e->s->ctx, x.slot);
    return CM_OK;
}

cm_status cmi_seal_build_entities(cmi_sealing *s, cmi_fact f, uint64_t *ids, cm_error *err)
{
    cmi_facts *out = &s->ds->facts[f];
    cmi_column *column =
        cmi_seal_role_column(s, f, cmi_fact_get(f)->roles[cmi_fact_get(f)->entity_role].name);
    entities e = {
        .s = s, .offset = out->offset, .ids = ids, .rows_without_id_count = f == CMI_ORDERS
    };
    e.ordinal = column->u32 = cmi_malloc_n(s->ctx, (size_t)out->n_rows, sizeof *column->u32);
    out->entity = ids;
    if (!e.ordinal) return cmi_no_memory(s->ctx, err);
    cmi_offset_ranges(out->offset, s->ds->n_owners, RANGES, e.edge);
    cm_status status = cmi_parallel(&s->job, s->ctx, RANGES, number_range, &e, err);
    if (status) return status;
    for (int i = 0; i < RANGES; i++) {
        memmove(ids + out->n_entities, ids + out->offset[e.edge[i]], (size_t)e.n[i] * sizeof *ids);
        out->n_entities += e.n[i];
    }
    uint64_t *small = cmi_realloc(s->ctx, ids, (size_t)out->n_entities * sizeof *ids);
    if (small) out->entity = small;
    return CM_OK;
}
