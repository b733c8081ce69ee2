/* SPDX-License-Identifier: MIT */
/* Side tables: rows in the order of their content, so that input order leaves no trace. */
#include "data/seal.h"

#include <math.h>
#include <string.h>

#include "core/buffer.h"
#include "core/hash.h"
#include "core/sort.h"

typedef struct source {
    cmi_side_column out;
    int32_t staged, dict; /* index in a chunk's columns; in sealing->dims or CMI_DICT_CUSTOMERS */
    const cmi_side_column *base; /* NULL: the base has no such column */
} source;

typedef struct side_work {
    cmi_sealing *s;
    const cmi_staged *staged;
    const cmi_side *base; /* NULL: none */
    int64_t n_base, n;
    int32_t n_columns;
    source *sources;
} side_work;

static int compare_sources(const void *a, const void *b, void *user)
{
    const cmi_side_column *x = &((const source *)a)->out, *y = &((const source *)b)->out;
    (void)user;
    if ((x->role < 0) != (y->role < 0)) return x->role < 0 ? 1 : -1;
    if (x->role >= 0) return (x->role > y->role) - (x->role < y->role);
    return strcmp(x->name, y->name);
}

static const cmi_side_column *find_base(const cmi_side *base, const cmi_staged_column *c)
{
    for (int32_t i = 0; base && i < base->n_columns; i++) {
        const cmi_side_column *b = &base->columns[i];
        if (b->role == c->role && (c->role >= 0 || strcmp(b->name, c->name) == 0)) return b;
    }
    return NULL;
}

static const cmi_seal_codes *codes_of(const cmi_sealing *s, int32_t dict)
{
    return dict < 0 ? &s->customers : &s->dims[dict];
}

void cmi_seal_mark_base_side(cmi_sealing *s, cmi_side_id side)
{
    const cmi_staged *staged = &s->loader->sides[side];
    const cmi_side *base = &s->base->sides[side];
    for (int32_t c = 0; c < staged->n_columns; c++) {
        const cmi_side_column *b = find_base(base, &staged->columns[c]);
        if (!b || !b->u32) continue;
        uint8_t *used = codes_of(s, staged->columns[c].dict)->used;
        for (int64_t i = 0; i < base->n_rows; i++) used[b->u32[i]] = 1;
    }
}

/* ---- rows in input order ---- */

static const void *values_of(const source *c, const cmi_chunk *chunk)
{
    return c->staged < chunk->n_columns ? chunk->column[c->staged] : NULL;
}

static bool fill_codes(const side_work *w, source *c)
{
    const uint32_t *map = codes_of(w->s, c->dict)->map;
    uint32_t *out = c->out.u32 = cmi_malloc_n(w->s->ctx, (size_t)w->n, sizeof *out);
    if (!out) return false;
    for (int64_t i = 0; i < w->n_base; i++) *out++ = c->base ? map[c->base->u32[i]] : 0;
    for (int64_t k = 0; k < w->staged->n_chunks; k++) {
        const uint32_t *codes = values_of(c, w->staged->chunks[k]);
        for (int64_t i = 0; i < w->staged->chunks[k]->n; i++) *out++ = codes ? map[codes[i]] : 0;
    }
    c->out.dict = codes_of(w->s, c->dict)->dict;
    cmi_dict_retain(c->out.dict);
    return true;
}

static bool fill_doubles(const side_work *w, source *c)
{
    double *out = c->out.f64 = cmi_malloc_n(w->s->ctx, (size_t)w->n, sizeof *out);
    if (!out) return false;
    for (int64_t i = 0; i < w->n_base; i++) *out++ = c->base ? c->base->f64[i] : (double)NAN;
    for (int64_t k = 0; k < w->staged->n_chunks; k++) {
        const double *values = values_of(c, w->staged->chunks[k]);
        /* One bit pattern for all nulls. */
        for (int64_t i = 0; i < w->staged->chunks[k]->n; i++)
            *out++ = values && !isnan(values[i]) ? values[i] : (double)NAN;
    }
    return true;
}

static bool fill_integers(const side_work *w, source *c)
{
    int64_t *out = c->out.i64 = cmi_malloc_n(w->s->ctx, (size_t)w->n, sizeof *out);
    if (!out) return false;
    for (int64_t i = 0; i < w->n_base; i++) *out++ = c->base ? c->base->i64[i] : CMI_NULL;
    for (int64_t k = 0; k < w->staged->n_chunks; k++) {
        const int64_t *values = values_of(c, w->staged->chunks[k]);
        for (int64_t i = 0; i < w->staged->chunks[k]->n; i++)
            *out++ = values ? values[i] : CMI_NULL;
    }
    return true;
}

static bool fill_column(const side_work *w, source *c)
{
    if (c->dict != -1) return fill_codes(w, c);
    return c->out.type == CMI_ROLE_NUMBER ? fill_doubles(w, c) : fill_integers(w, c);
}

/* ---- order by content ---- */

/* Doubles in an order that also tells -0 from 0; null comes first. */
static int64_t order_double(double v)
{
    int64_t bits;
    if (isnan(v)) return INT64_MIN;
    memcpy(&bits, &v, sizeof bits);
    return bits < 0 ? ~(bits & INT64_MAX) : bits;
}

static int compare_rows(const void *a, const void *b, void *user)
{
    const side_work *w = user;
    uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
    for (int32_t c = 0; c < w->n_columns; c++) {
        const cmi_side_column *x = &w->sources[c].out;
        int64_t p, q;
        if (x->u32) {
            p = x->u32[i];
            q = x->u32[j];
        } else if (x->f64) {
            p = order_double(x->f64[i]);
            q = order_double(x->f64[j]);
        } else {
            p = x->i64[i];
            q = x->i64[j];
        }
        if (p != q) return p < q ? -1 : 1;
    }
    return 0;
}

static void permute_column(cmi_side_column *c, const uint32_t *order, int64_t n, int64_t *scratch)
{
    if (c->u32) {
        uint32_t *from = (uint32_t *)(void *)scratch;
        memcpy(from, c->u32, (size_t)n * sizeof *from);
        for (int64_t i = 0; i < n; i++) c->u32[i] = from[order[i]];
        return;
    }
    void *values = c->f64 ? (void *)c->f64 : (void *)c->i64;
    memcpy(scratch, values, (size_t)n * sizeof *scratch);
    for (int64_t i = 0; i < n; i++)
        memcpy((char *)values + 8 * i, &scratch[order[i]], sizeof *scratch);
}

static bool sort_rows(side_work *w)
{
    size_t n = (size_t)w->n;
    uint32_t *order = cmi_malloc_n(w->s->ctx, 2 * n, sizeof *order);
    int64_t *scratch = cmi_malloc_n(w->s->ctx, n, sizeof *scratch);
    bool ok = order && scratch;
    for (size_t i = 0; ok && i < n; i++) order[i] = (uint32_t)i;
    if (ok) cmi_sort(order, order + n, w->n, sizeof *order, compare_rows, w);
    for (int32_t c = 0; ok && c < w->n_columns; c++)
        permute_column(&w->sources[c].out, order, w->n, scratch);
    cmi_free(w->s->ctx, order);
    cmi_free(w->s->ctx, scratch);
    return ok;
}

/* ---- hash of a shared table: of its texts, since codes differ between partitions ---- */

static void put_cell(cm_buffer *b, const cmi_side_column *c, int64_t row)
{
    if (c->u32) {
        size_t n = 0;
        const char *p = c->u32[row] ? cmi_dict_text(c->dict, c->u32[row], &n) : "";
        cmi_put_u8(b, c->u32[row] != 0);
        cmi_put_string(b, p, n);
    } else if (c->f64) {
        cmi_put_f64(b, c->f64[row]);
    } else {
        cmi_put_i64(b, c->i64[row]);
    }
}

cm_status cmi_side_hash(cm_context *ctx, cmi_side *side, cm_error *err)
{
    cm_buffer *b = NULL;
    cm_status status = cm_buffer_create(ctx, &b, err);
    if (status) return status;
    for (int32_t c = 0; c < side->n_columns; c++)
        cmi_put_string(b, side->columns[c].name, strlen(side->columns[c].name));
    for (int64_t i = 0; i < side->n_rows; i++)
        for (int32_t c = 0; c < side->n_columns; c++) put_cell(b, &side->columns[c], i);
    if (cmi_buffer_ok(b))
        side->hash = cmi_hash(cm_buffer_data(b), (size_t)cm_buffer_size(b));
    else
        status = cmi_no_memory(ctx, err);
    cm_buffer_destroy(b);
    return status;
}

/* ---- all together ---- */

static cm_status open_sources(side_work *w, cmi_side_id id, cm_error *err)
{
    const cmi_fact_def *def = cmi_side_get(id);
    int32_t n = w->staged->n_columns;
    w->sources = cmi_calloc(w->s->ctx, 2 * (size_t)n + 1, sizeof *w->sources);
    if (!w->sources) return cmi_no_memory(w->s->ctx, err);
    for (int32_t i = 0; i < n; i++) {
        const cmi_staged_column *c = &w->staged->columns[i];
        source *to = &w->sources[i];
        *to = (source){ .out = { .role = c->role, .type = c->type }, .staged = i, .dict = c->dict };
        to->base = find_base(w->base, c);
        to->out.name = c->role >= 0 ? def->roles[c->role].name
                                    : cmi_arena_text(&w->s->ds->arena, c->name, strlen(c->name));
        if (!to->out.name) return cmi_no_memory(w->s->ctx, err);
    }
    w->n_columns = n;
    cmi_sort(w->sources, w->sources + n, n, sizeof *w->sources, compare_sources, NULL);
    return CM_OK;
}

/* Hands the columns over to the dataset, filled or not: it frees them. */
static cm_status hand_over(side_work *w, cmi_side *out, cm_error *err)
{
    out->columns = cmi_calloc(w->s->ctx, (size_t)w->n_columns + 1, sizeof *out->columns);
    for (int32_t c = 0; c < w->n_columns; c++) {
        cmi_side_column *from = &w->sources[c].out;
        if (!out->columns) {
            cmi_free(w->s->ctx, from->i64);
            cmi_free(w->s->ctx, from->f64);
            cmi_free(w->s->ctx, from->u32);
            cmi_dict_release(from->dict);
            continue;
        }
        if (from->role >= 0) out->role_column[from->role] = c;
        out->columns[out->n_columns++] = *from;
    }
    return out->columns ? CM_OK : cmi_no_memory(w->s->ctx, err);
}

cm_status cmi_seal_build_side(cmi_sealing *s, cmi_side_id id, cm_error *err)
{
    cmi_side *out = &s->ds->sides[id];
    side_work w = { .s = s, .staged = &s->loader->sides[id] };
    if (s->base) w.base = &s->base->sides[id];
    if (w.base) w.n_base = w.base->n_rows;
    w.n = w.n_base + w.staged->n_rows;
    out->given = w.staged->given || (w.base && w.base->given);
    out->n_read = w.staged->n_read;
    out->n_rejected = w.staged->n_rejected;
    if (!out->given) return CM_OK;
    cm_status status = open_sources(&w, id, err);
    for (int32_t c = 0; c < w.n_columns && !status; c++)
        if (!fill_column(&w, &w.sources[c])) status = cmi_no_memory(s->ctx, err);
    if (!status && !sort_rows(&w)) status = cmi_no_memory(s->ctx, err);
    cm_status handed = hand_over(&w, out, status ? NULL : err);
    cmi_free(s->ctx, w.sources);
    if (status || handed) return status ? status : handed;
    out->n_rows = w.n;
    return cmi_side_get(id)->kind == CMI_KIND_SHARED ? cmi_side_hash(s->ctx, out, err) : CM_OK;
}
