/* SPDX-License-Identifier: MIT */
#include "data/seal.h"

#include <string.h>

#include "core/sort.h"

/* ---- columns: those of the loader and of the base, in the order in which they are sealed ---- */

/* Roles in the order of the table's definition, then dimensions by name. */
static int compare_columns(const void *a, const void *b, void *user)
{
    const cmi_seal_column *x = a, *y = b;
    (void)user;
    if ((x->role < 0) != (y->role < 0)) return x->role < 0 ? 1 : -1;
    if (x->role >= 0) return (x->role > y->role) - (x->role < y->role);
    return strcmp(x->name, y->name);
}

void cmi_seal_sort_columns(cmi_seal_table *t)
{
    cmi_sort(t->columns, t->columns + t->n_columns, t->n_columns, sizeof *t->columns,
             compare_columns, NULL);
}

static const cmi_column *find_base_column(const cmi_facts *base, const cmi_seal_column *c)
{
    for (int32_t i = 0; i < base->n_columns; i++) {
        const cmi_column *b = &base->columns[i];
        if (b->role == c->role && (c->role >= 0 || strcmp(b->name, c->name) == 0)) return b;
    }
    return NULL;
}

static cm_status bind_base_column(cmi_sealing *s, const cmi_facts *base, cmi_seal_column *c,
                                  cm_error *err)
{
    const cmi_column *b = find_base_column(base, c);
    if (!b) return CM_OK;
    c->base_i64 = b->i64;
    c->base_u32 = b->u32;
    if (c->dict != CMI_DICT_CUSTOMERS) return CM_OK;
    /* Codes as they were given, before aliases: the sealed ones, but for those that were moved. */
    c->base_copy = cmi_malloc_n(s->ctx, (size_t)base->n_rows, sizeof *c->base_copy);
    if (!c->base_copy) return cmi_no_memory(s->ctx, err);
    if (base->n_rows) memcpy(c->base_copy, b->u32, (size_t)base->n_rows * sizeof *c->base_copy);
    for (int64_t i = 0; i < b->moved.n; i++)
        c->base_copy[b->moved.row[i]] = cmi_base_origin(s->loader, s->base, b->moved.from[i]);
    c->base_u32 = c->base_copy;
    return CM_OK;
}

static cm_status open_columns(cmi_sealing *s, cmi_fact f, cm_error *err)
{
    const cmi_staged *staged = &s->loader->facts[f];
    cmi_seal_table *t = &s->tables[f];
    int32_t n = staged->n_columns;
    t->columns = cmi_calloc(s->ctx, 2 * (size_t)n + 1, sizeof *t->columns);
    if (!t->columns) return cmi_no_memory(s->ctx, err);
    for (int32_t i = 0; i < n; i++) {
        const cmi_staged_column *from = &staged->columns[i];
        t->columns[i] = (cmi_seal_column){ .name = from->name,
                                           .role = from->role,
                                           .type = from->type,
                                           .dict = from->dict,
                                           .staged = i };
    }
    t->n_columns = n;
    cmi_seal_sort_columns(t);
    cm_status status = CM_OK;
    for (int32_t i = 0; s->base && i < n && !status; i++)
        status = bind_base_column(s, &s->base->facts[f], &t->columns[i], err);
    return status;
}

/* ---- segments ---- */

static cm_status add_base_arrays(cmi_sealing *s, cmi_fact f, cm_error *err)
{
    const cm_dataset *base = s->base;
    const cmi_facts *from = &base->facts[f];
    cmi_seal_table *t = &s->tables[f];
    const cmi_column *ids = from->n_entities ? cmi_dataset_entity(base, f) : NULL;
    t->base_owner = cmi_malloc_n(s->ctx, (size_t)from->n_rows, sizeof *t->base_owner);
    if (ids) t->base_entity = cmi_malloc_n(s->ctx, (size_t)from->n_rows, sizeof *t->base_entity);
    if (!t->base_owner || (ids && !t->base_entity)) return cmi_no_memory(s->ctx, err);
    if (ids) cmi_dataset_entity_ids(base, f, t->base_entity);
    for (int64_t o = 0; o < base->n_owners; o++) {
        uint32_t code = o < base->n_known ? (uint32_t)(o + 1)
                                          : CMI_ANONYMOUS | (uint32_t)(o - base->n_known + 1);
        for (uint32_t i = from->offset[o]; i < from->offset[o + 1]; i++) t->base_owner[i] = code;
    }
    for (int64_t i = 0; i < from->moved.n; i++)
        t->base_owner[from->moved.row[i]] = cmi_base_origin(s->loader, base, from->moved.from[i]);
    return CM_OK;
}

static void add_base_segments(cmi_sealing *s, cmi_fact f)
{
    const cmi_facts *from = &s->base->facts[f];
    cmi_seal_table *t = &s->tables[f];
    const cmi_column *sequence = cmi_dataset_role(s->base, f, "sequence");
    for (int64_t first = 0; first < from->n_rows; first += CMI_CHUNK_ROWS) {
        int64_t n = from->n_rows - first < CMI_CHUNK_ROWS ? from->n_rows - first : CMI_CHUNK_ROWS;
        t->segments[t->n_segments++] =
            (cmi_segment){ .n = n,
                           .first = first,
                           .dest = t->base_owner + first,
                           .time = from->time + first,
                           .sequence = sequence ? sequence->i64 + first : NULL,
                           .entity = t->base_entity ? t->base_entity + first : NULL };
    }
    t->n_rows = t->n_base = from->n_rows;
    t->has_sequence = sequence != NULL;
    t->has_entity = cmi_dataset_entity(s->base, f) != NULL;
    t->may_be_unsorted = from->n_rows > 0;
}

static void add_chunks(cmi_seal_table *t, const cmi_staged *staged)
{
    for (int64_t i = 0; i < staged->n_chunks; i++) {
        cmi_chunk *chunk = staged->chunks[i];
        t->segments[t->n_segments++] = (cmi_segment){ .n = chunk->n,
                                                      .first = t->n_rows,
                                                      .dest = chunk->owner,
                                                      .time = chunk->time,
                                                      .sequence = chunk->sequence,
                                                      .entity = chunk->entity,
                                                      .chunk = chunk };
        t->n_rows += chunk->n;
        t->has_entity |= chunk->entity != NULL;
        t->has_sequence |= chunk->sequence != NULL;
    }
    t->may_be_unsorted |= !staged->in_order || t->has_sequence;
}

static cm_status open_table(cmi_sealing *s, cmi_fact f, cm_error *err)
{
    const cmi_staged *staged = &s->loader->facts[f];
    const cmi_facts *from = s->base ? &s->base->facts[f] : NULL;
    cmi_seal_table *t = &s->tables[f];
    t->given = staged->given || (from && from->given);
    int64_t n_base = from ? from->n_rows : 0;
    if (n_base + staged->n_rows > CMI_MAX_ROWS) {
        cmi_fail(err, CM_ERR_LIMIT, "%s has %lld rows; a dataset takes %lld a table",
                 cmi_fact_get(f)->name, (long long)(n_base + staged->n_rows),
                 (long long)CMI_MAX_ROWS);
        cmi_error_at(err, cmi_fact_get(f)->name, 0, NULL);
        cmi_error_hint(err, "load it in partitions");
        return CM_ERR_LIMIT;
    }
    cm_status status = open_columns(s, f, err);
    int64_t n_segments = n_base / CMI_CHUNK_ROWS + 1 + staged->n_chunks;
    if (status) return status;
    t->segments = cmi_calloc(s->ctx, (size_t)n_segments, sizeof *t->segments);
    if (!t->segments) return cmi_no_memory(s->ctx, err);
    if (n_base) status = add_base_arrays(s, f, err);
    if (status) return status;
    if (from) add_base_segments(s, f);
    add_chunks(t, staged);
    return CM_OK;
}

cm_status cmi_seal_open(cmi_sealing *s, cm_error *err)
{
    cm_loader *l = s->loader;
    s->customers = (cmi_seal_codes){ .name = "customer", .intern = &l->customers };
    s->anonymous = &l->anonymous;
    s->dims = cmi_calloc(s->ctx, (size_t)l->n_dims + 1, sizeof *s->dims);
    if (!s->dims) return cmi_no_memory(s->ctx, err);
    s->n_dims = l->n_dims;
    for (int32_t i = 0; i < l->n_dims; i++)
        s->dims[i] = (cmi_seal_codes){ .name = l->dim_names[i],
                                       .intern = &l->dims[i],
                                       .n = cmi_intern_count(l->dims[i]),
                                       .index = -1 };
    cm_status status = CM_OK;
    for (int f = 0; f < CMI_N_FACTS && !status; f++) status = open_table(s, (cmi_fact)f, err);
    s->customers.n = cmi_intern_count(l->customers);
    s->n_anonymous = cmi_intern_count(l->anonymous);
    return status;
}

static void close_codes(cmi_sealing *s, cmi_seal_codes *codes)
{
    cmi_free(s->ctx, codes->used);
    cmi_free(s->ctx, codes->map);
    cmi_dict_release(codes->dict);
}

static void close_table(cm_context *ctx, cmi_seal_table *t)
{
    for (int32_t i = 0; i < t->n_columns; i++) {
        cmi_free(ctx, t->columns[i].base_copy);
        cmi_free(ctx, t->columns[i].moves.row);
        cmi_free(ctx, t->columns[i].moves.from);
    }
    cmi_free(ctx, t->columns);
    cmi_free(ctx, t->segments);
    cmi_free(ctx, t->base_owner);
    cmi_free(ctx, t->base_entity);
    cmi_free(ctx, t->moves.row);
    cmi_free(ctx, t->moves.from);
    cmi_free(ctx, t->copies.row);
    cmi_free(ctx, t->copies.from);
    cmi_free(ctx, t->drops);
}

void cmi_seal_close(cmi_sealing *s)
{
    for (int f = 0; f < CMI_N_FACTS; f++) close_table(s->ctx, &s->tables[f]);
    for (int32_t i = 0; i < s->n_dims; i++) close_codes(s, &s->dims[i]);
    cmi_free(s->ctx, s->dims);
    close_codes(s, &s->customers);
    cmi_free(s->ctx, s->anonymous_used);
    cmi_free(s->ctx, s->anonymous_map);
    cmi_free(s->ctx, s->origin_map);
    cmi_free(s->ctx, s->origin_anonymous_map);
}

/* ---- looking things up ---- */

const void *cmi_seal_values(const cmi_seal_column *c, const cmi_segment *segment)
{
    if (!segment->chunk) {
        if (c->base_i64) return c->base_i64 + segment->first;
        return c->base_u32 ? c->base_u32 + segment->first : NULL;
    }
    return c->staged >= 0 && c->staged < segment->chunk->n_columns
               ? segment->chunk->column[c->staged]
               : NULL;
}

const char *cmi_seal_text(const cmi_seal_codes *codes, uint32_t code, size_t *length)
{
    if (codes->intern) return cmi_intern_text(*codes->intern, code, length);
    return cmi_dict_text(codes->dict, code, length);
}

bool cmi_seal_note_move(cm_context *ctx, cmi_moves *m, int64_t row, uint32_t from)
{
    if (!cmi_grow(ctx, (void **)&m->row, &m->row_capacity, m->n + 1, sizeof *m->row)) return false;
    if (!cmi_grow(ctx, (void **)&m->from, &m->from_capacity, m->n + 1, sizeof *m->from))
        return false;
    m->row[m->n] = (uint32_t)row;
    m->from[m->n++] = from;
    return true;
}

const cmi_segment *cmi_seal_find_segment(const cmi_seal_table *t, int64_t row)
{
    int64_t low = 0, high = t->n_segments - 1;
    while (low < high) {
        int64_t middle = (low + high + 1) / 2;
        if (t->segments[middle].first <= row)
            low = middle;
        else
            high = middle - 1;
    }
    return &t->segments[low];
}

cm_status cmi_seal_each(cmi_sealing *s, cmi_seal_table *t, cmi_task_fn fn, void *user,
                        cm_error *err)
{
    cmi_segment_task task = { .sealing = s, .table = t, .user = user };
    return cmi_parallel(&s->job, s->ctx, t->n_segments, fn, &task, err);
}
