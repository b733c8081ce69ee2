/* SPDX-License-Identifier: MIT */
/* Columns are permuted one by one, their chunks freed on the way: one column is in flight at a
 * time. */
#include "data/seal.h"

#include <string.h>

#include "core/sort.h"

/* ---- the shape of a sealed table ---- */

static cm_status add_column(cmi_sealing *s, cmi_facts *out, const char *name, int32_t role,
                            cmi_role_type type, int32_t dict, cm_error *err)
{
    cmi_column *c = &out->columns[out->n_columns];
    *c = (cmi_column){ .role = role, .type = type, .dict = dict >= 0 ? s->dims[dict].index : -1 };
    c->name = role >= 0 ? name : cmi_arena_text(&s->ds->arena, name, strlen(name));
    if (!c->name) return cmi_no_memory(s->ctx, err);
    if (role >= 0) out->role_column[role] = out->n_columns;
    out->n_columns++;
    return CM_OK;
}

/* Entity and sequence stand among the roles, where the table's definition has them. */
cm_status cmi_seal_shape(cmi_sealing *s, cmi_fact f, cm_error *err)
{
    const cmi_fact_def *def = cmi_fact_get(f);
    const cmi_seal_table *t = &s->tables[f];
    cmi_facts *out = &s->ds->facts[f];
    out->given = t->given;
    out->columns = cmi_calloc(s->ctx, (size_t)t->n_columns + 2, sizeof *out->columns);
    if (!out->columns) return cmi_no_memory(s->ctx, err);
    int32_t next = 0, sequence = cmi_role_find(def, "sequence");
    cm_status status = CM_OK;
    for (int32_t role = 0; role < def->n_roles && !status; role++) {
        const cmi_role *r = &def->roles[role];
        if ((role == def->entity_role && t->has_entity) || (role == sequence && t->has_sequence)) {
            status = add_column(s, out, r->name, role, r->type, -1, err);
        } else if (next < t->n_columns && t->columns[next].role == role) {
            status = add_column(s, out, r->name, role, r->type, t->columns[next].dict, err);
            next++;
        }
    }
    for (; next < t->n_columns && !status; next++)
        status = add_column(s, out, t->columns[next].name, -1, CMI_ROLE_TEXT, t->columns[next].dict,
                            err);
    return status;
}

cmi_column *cmi_seal_role_column(cmi_sealing *s, cmi_fact f, const char *role)
{
    cmi_facts *out = &s->ds->facts[f];
    return &out->columns[out->role_column[cmi_role_find(cmi_fact_get(f), role)]];
}

/* ---- permuting ---- */

typedef struct move {
    const cmi_seal_column *column; /* NULL: entity ids */
    const uint32_t *map;
    int64_t *i64;
    uint32_t *u32;
    uint64_t *u64;
} move;

static void move_i64(const cmi_segment *g, const int64_t *values, int64_t *out)
{
    for (int64_t i = 0; i < g->n; i++)
        if (g->dest[i] != CMI_DROPPED) out[g->dest[i]] = values ? values[i] : CMI_NULL;
}

static void move_codes(const cmi_segment *g, const uint32_t *codes, const uint32_t *map,
                       uint32_t *out)
{
    for (int64_t i = 0; i < g->n; i++)
        if (g->dest[i] != CMI_DROPPED) out[g->dest[i]] = codes ? map[codes[i]] : 0;
}

static void move_ids(const cmi_segment *g, const uint64_t *ids, uint64_t *out)
{
    for (int64_t i = 0; i < g->n; i++)
        if (g->dest[i] != CMI_DROPPED) out[g->dest[i]] = ids ? ids[i] : 0;
}

static cm_status move_segment(int64_t task, int32_t thread, void *user, cm_error *err)
{
    const cmi_segment_task *job = user;
    const move *m = job->user;
    const cmi_segment *g = &job->table->segments[task];
    cm_context *ctx = job->sealing->ctx;
    (void)thread;
    (void)err;
    if (!m->column) {
        move_ids(g, g->entity, m->u64);
        if (g->chunk) {
            cmi_free_pages(ctx, g->chunk->entity);
            g->chunk->entity = NULL;
        }
        return CM_OK;
    }
    const void *values = cmi_seal_values(m->column, g);
    if (m->i64)
        move_i64(g, values, m->i64);
    else
        move_codes(g, values, m->map, m->u32);
    if (g->chunk && values) {
        cmi_free_pages(ctx, g->chunk->column[m->column->staged]);
        g->chunk->column[m->column->staged] = NULL;
    }
    return CM_OK;
}

static cm_status move_column(cmi_sealing *s, cmi_fact f, const cmi_seal_column *from,
                             cmi_column *to, cm_error *err)
{
    size_t n = (size_t)s->ds->facts[f].n_rows;
    move m = { .column = from };
    if (from->dict != -1) {
        m.map = from->dict < 0 ? s->customers.map : s->dims[from->dict].map;
        m.u32 = to->u32 = cmi_malloc_n(s->ctx, n, sizeof *to->u32);
    } else {
        m.i64 = to->i64 = cmi_malloc_n(s->ctx, n, sizeof *to->i64);
    }
    if (!m.i64 && !m.u32) return cmi_no_memory(s->ctx, err);
    return cmi_seal_each(s, &s->tables[f], move_segment, &m, err);
}

static cm_status move_entities(cmi_sealing *s, cmi_fact f, cm_error *err)
{
    if (!s->tables[f].has_entity) return CM_OK;
    move m = { .u64 = cmi_malloc_n(s->ctx, (size_t)s->ds->facts[f].n_rows, sizeof *m.u64) };
    if (!m.u64) return cmi_no_memory(s->ctx, err);
    cm_status status = cmi_seal_each(s, &s->tables[f], move_segment, &m, err);
    if (!status) return cmi_seal_build_entities(s, f, m.u64, err);
    cmi_free(s->ctx, m.u64);
    return status;
}

/* ---- first owners, by sealed row ---- */

static uint32_t origin_of(const cmi_sealing *s, uint32_t from)
{
    if (from & CMI_ANONYMOUS)
        return CMI_ORIGIN_ANONYMOUS | (s->origin_anonymous_map[from & ~CMI_ANONYMOUS] - 1);
    return s->origin_map[from];
}

/* Of several moves of one row the first was noted first and stands first after the stable sort. */
static void fill_moved(const cmi_seal_table *t, const cmi_moves *moves, uint64_t *key,
                       uint32_t *from, cmi_moved *out)
{
    int64_t n = 0, m = moves->n;
    for (int64_t i = 0; i < m; i++) {
        const cmi_segment *g = cmi_seal_find_segment(t, moves->row[i]);
        uint32_t dest = g->dest[moves->row[i] - g->first];
        if (dest == CMI_DROPPED) continue;
        key[n] = dest;
        from[n++] = moves->from[i];
    }
    cmi_sort_u64_pairs(key, from, key + m, from + m, n);
    for (int64_t i = 0; i < n; i++) {
        if (i > 0 && key[i] == key[i - 1]) continue;
        out->row[out->n] = (uint32_t)key[i];
        out->from[out->n++] = from[i];
    }
}

cm_status cmi_seal_keep_moves(cmi_sealing *s, const cmi_seal_table *t, const cmi_moves *moves,
                              cmi_moved *out, cm_error *err)
{
    size_t n = (size_t)moves->n;
    if (n == 0) return CM_OK;
    uint64_t *key = cmi_malloc_n(s->ctx, 2 * n, sizeof *key);
    uint32_t *from = cmi_malloc_n(s->ctx, 2 * n, sizeof *from);
    out->row = cmi_malloc_n(s->ctx, n, sizeof *out->row);
    out->from = cmi_malloc_n(s->ctx, n, sizeof *out->from);
    bool ok = key && from && out->row && out->from;
    if (ok) fill_moved(t, moves, key, from, out);
    cmi_free(s->ctx, key);
    cmi_free(s->ctx, from);
    return ok ? CM_OK : cmi_no_memory(s->ctx, err);
}

static cm_status keep_origins(cmi_sealing *s, const cmi_seal_table *t, const cmi_moves *moves,
                              cmi_moved *out, cm_error *err)
{
    cm_status status = cmi_seal_keep_moves(s, t, moves, out, err);
    for (int64_t i = 0; i < out->n && !status; i++) out->from[i] = origin_of(s, out->from[i]);
    return status;
}

cm_status cmi_seal_move_columns(cmi_sealing *s, cmi_fact f, cm_error *err)
{
    cmi_seal_table *t = &s->tables[f];
    cmi_facts *out = &s->ds->facts[f];
    cm_status status = keep_origins(s, t, &t->moves, &out->moved, err);
    if (!status) status = move_entities(s, f, err);
    if (!status && f == CMI_CUSTOMERS)
        status = cmi_seal_keep_moves(s, t, &t->copies, &s->ds->copies, err);
    int32_t next = 0;
    for (int32_t c = 0; c < out->n_columns && !status; c++) {
        cmi_column *to = &out->columns[c];
        if (to->role >= 0 && (next >= t->n_columns || t->columns[next].role != to->role)) continue;
        status = keep_origins(s, t, &t->columns[next].moves, &to->moved, err);
        if (!status) status = move_column(s, f, &t->columns[next], to, err);
        next++;
    }
    for (int64_t k = 0; k < t->n_segments; k++) {
        if (!t->segments[k].chunk) continue;
        cmi_free_pages(s->ctx, t->segments[k].chunk->owner);
        t->segments[k].chunk->owner = NULL;
        t->segments[k].dest = NULL;
    }
    return status;
}
