/* SPDX-License-Identifier: MIT
 *
 * Fills a loader's chunks by hand, so that sealing is tested without readers. */
#ifndef STAGE_H
#define STAGE_H

#include "cm_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/error.h"
#include "core/hash.h"
#include "data/loader.h"

#define NONE   CMI_NULL
#define DAY(n) ((int64_t)(n)*CMI_DAY)

static int64_t rows_per_chunk = CMI_CHUNK_ROWS;

/* One value of a row: column by name, as text or as a number. */
typedef struct cell {
    const char *column;
    const char *text;
    int64_t number;
} cell;

static inline cm_context *make_context(void)
{
    cm_context *ctx = NULL;
    assert_int_equal(cm_context_create(NULL, &ctx, NULL), CM_OK);
    return ctx;
}

static inline cm_loader *make_loader(cm_context *ctx, const cm_dataset *base)
{
    cm_loader *l = NULL;
    assert_int_equal(cm_loader_create(ctx, base, NULL, &l, NULL), CM_OK);
    return l;
}

static inline const cmi_fact_def *table_def(int32_t table)
{
    return table < CMI_N_FACTS ? cmi_fact_get((cmi_fact)table)
                               : cmi_side_get((cmi_side_id)(table - CMI_N_FACTS));
}

static inline cmi_staged *table_of(cm_loader *l, int32_t table)
{
    return table < CMI_N_FACTS ? &l->facts[table] : &l->sides[table - CMI_N_FACTS];
}

static inline int32_t stage_dim(cm_loader *l, const char *name)
{
    for (int32_t i = 0; i < l->n_dims; i++)
        if (strcmp(l->dim_names[i], name) == 0) return i;
    size_t n = (size_t)l->n_dims + 1;
    l->dims = cmi_realloc(l->ctx, l->dims, n * sizeof *l->dims);
    l->dim_names = cmi_realloc(l->ctx, l->dim_names, n * sizeof *l->dim_names);
    l->dims[l->n_dims] = cmi_intern_create(l->ctx);
    l->dim_names[l->n_dims] = cmi_strndup(l->ctx, name, strlen(name));
    return l->n_dims++;
}

static inline int32_t stage_column(cm_loader *l, int32_t table, const char *name)
{
    cmi_staged *t = table_of(l, table);
    const cmi_fact_def *def = table_def(table);
    int32_t role = cmi_role_find(def, name);
    for (int32_t i = 0; i < t->n_columns; i++)
        if (strcmp(t->columns[i].name, name) == 0) return i;
    cmi_staged_column c = { .role = role, .type = CMI_ROLE_TEXT, .dict = -1 };
    if (role >= 0) c.type = def->roles[role].type;
    if (role < 0 && table == CMI_N_FACTS + CMI_SIDE_FEATURES) c.type = CMI_ROLE_NUMBER;
    bool codes = c.type == CMI_ROLE_TEXT || c.type == CMI_ROLE_CUSTOMER;
    if (c.type == CMI_ROLE_CUSTOMER && table < CMI_N_FACTS)
        c.dict = CMI_DICT_CUSTOMERS;
    else if (codes)
        c.dict = stage_dim(l, c.type == CMI_ROLE_CUSTOMER ? "customer" : name);
    c.name = cmi_arena_text(&l->arena, name, strlen(name));
    t->columns = cmi_realloc(l->ctx, t->columns, ((size_t)t->n_columns + 1) * sizeof *t->columns);
    t->columns[t->n_columns] = c;
    return t->n_columns++;
}

static inline uint32_t stage_code(cmi_intern *in, const char *text)
{
    return text ? cmi_intern_add(in, text, strlen(text), cmi_hash(text, strlen(text))) : 0;
}

static inline cmi_chunk *stage_chunk(cm_loader *l, int32_t table)
{
    cmi_staged *t = table_of(l, table);
    if (t->n_chunks && t->chunks[t->n_chunks - 1]->n < rows_per_chunk)
        return t->chunks[t->n_chunks - 1];
    cmi_chunk *chunk = cmi_calloc(l->ctx, 1, sizeof *chunk);
    size_t room = (size_t)rows_per_chunk;
    if (table < CMI_N_FACTS) {
        chunk->owner = cmi_calloc(l->ctx, room, 4);
        chunk->time = cmi_calloc(l->ctx, room, 8);
    }
    t->chunks = cmi_realloc(l->ctx, t->chunks, ((size_t)t->n_chunks + 1) * sizeof *t->chunks);
    t->chunks[t->n_chunks++] = chunk;
    return chunk;
}

static inline void stage_cell(cm_loader *l, int32_t table, cmi_chunk *chunk, const cell *x)
{
    int32_t c = stage_column(l, table, x->column);
    const cmi_staged_column *column = &table_of(l, table)->columns[c];
    size_t room = (size_t)rows_per_chunk;
    if (c >= chunk->n_columns) {
        chunk->column = cmi_realloc(l->ctx, chunk->column, ((size_t)c + 1) * sizeof(void *));
        while (chunk->n_columns <= c) chunk->column[chunk->n_columns++] = NULL;
    }
    if (!chunk->column[c]) {
        chunk->column[c] = cmi_calloc(l->ctx, room, 8);
        for (size_t i = 0; i < room && column->dict == -1; i++)
            ((int64_t *)chunk->column[c])[i] = CMI_NULL;
    }
    if (column->dict != -1) {
        cmi_intern *in = column->dict < 0 ? l->customers : l->dims[column->dict];
        ((uint32_t *)chunk->column[c])[chunk->n] = stage_code(in, x->text);
    } else if (column->type == CMI_ROLE_NUMBER) {
        ((double *)chunk->column[c])[chunk->n] =
            x->number == NONE ? (double)NAN : (double)x->number;
    } else {
        ((int64_t *)chunk->column[c])[chunk->n] = x->number;
    }
}

static inline void stage_times(cmi_staged *t, cmi_chunk *chunk, int64_t time)
{
    chunk->time[chunk->n] = time;
    if (time == NONE) return;
    /* Order is only promised where it is sure. */
    if (t->extent_max != NONE && time < t->extent_max) t->in_order = false;
    if (t->extent_min == NONE || time < t->extent_min) t->extent_min = time;
    if (t->extent_max == NONE || time > t->extent_max) t->extent_max = time;
}

/* `customer` NULL: owned by the entity, else by the row (whose text is `entity` in brackets). */
static inline void stage_row(cm_loader *l, int32_t table, const char *customer, const char *entity,
                             int64_t time, int64_t sequence, const cell *cells, int n_cells)
{
    cmi_staged *t = table_of(l, table);
    cmi_chunk *chunk = stage_chunk(l, table);
    size_t room = (size_t)rows_per_chunk;
    if (!l->customers) l->customers = cmi_intern_create(l->ctx);
    if (!l->anonymous) l->anonymous = cmi_intern_create(l->ctx);
    t->given = true;
    if (table < CMI_N_FACTS) {
        uint64_t print[2];
        char key[64];
        snprintf(key, sizeof key, "%d %s", table, entity ? entity : "");
        cmi_hash128(key, strlen(key), print);
        chunk->owner[chunk->n] =
            customer ? stage_code(l->customers, customer)
                     : CMI_ANONYMOUS | cmi_intern_add(l->anonymous, (const char *)print, 16,
                                                      cmi_hash((const char *)print, 16));
        if (entity && entity[0] != '(') {
            if (!chunk->entity) chunk->entity = cmi_calloc(l->ctx, room, 8);
            chunk->entity[chunk->n] = cmi_hash(entity, strlen(entity)) | 1;
        }
        if (sequence != NONE && !chunk->sequence) {
            chunk->sequence = cmi_malloc_n(l->ctx, room, 8);
            for (size_t i = 0; i < room; i++) chunk->sequence[i] = NONE;
        }
        if (sequence != NONE) chunk->sequence[chunk->n] = sequence;
        stage_times(t, chunk, time);
    }
    for (int i = 0; i < n_cells; i++) stage_cell(l, table, chunk, &cells[i]);
    chunk->n++;
    t->n_rows++;
    t->n_read++;
}

static inline cm_status seal_with(cm_loader *l, int32_t threads, cm_dataset **out, cm_error *err)
{
    cmi_job job = { .threads = threads };
    return cmi_seal(l, &job, out, err);
}

static inline cm_dataset *seal(cm_loader *l)
{
    cm_dataset *ds = NULL;
    cm_error *err = cm_error_create();
    cm_status status = seal_with(l, 1, &ds, err);
    if (status) print_error("%s\n", cm_error_message(err));
    assert_int_equal(status, CM_OK);
    cm_error_destroy(err);
    return ds;
}

static inline cm_buffer *save(const cm_dataset *ds)
{
    cm_buffer *b = NULL;
    assert_int_equal(cm_buffer_create(ds->ctx, &b, NULL), CM_OK);
    assert_int_equal(cm_dataset_save(ds, b, NULL), CM_OK);
    return b;
}

/* Names what differs, so that a failing comparison of bytes can be understood. */
static inline void print_difference(const char *what, int64_t a, int64_t b)
{
    if (a != b) print_error("%s: %lld and %lld\n", what, (long long)a, (long long)b);
}

static inline void print_differences(const cm_dataset *a, const cm_dataset *b)
{
    print_difference("customers", a->n_known, b->n_known);
    print_difference("owners", a->n_owners, b->n_owners);
    print_difference("origins", a->origins ? a->origins->n : 0, b->origins ? b->origins->n : 0);
    print_difference("anonymous origins", a->n_origin_anonymous, b->n_origin_anonymous);
    print_difference("dictionaries", a->n_dicts, b->n_dicts);
    for (int32_t i = 0; i < a->n_dicts && i < b->n_dicts; i++)
        print_difference(a->dict_names[i], a->dicts[i]->n, b->dicts[i]->n);
    for (int f = 0; f < CMI_N_FACTS; f++) {
        const cmi_facts *x = &a->facts[f], *y = &b->facts[f];
        print_error("%s\n", cmi_fact_get((cmi_fact)f)->name);
        print_difference("  rows", x->n_rows, y->n_rows);
        print_difference("  columns", x->n_columns, y->n_columns);
        print_difference("  entities", x->n_entities, y->n_entities);
        print_difference("  moved", x->moved.n, y->moved.n);
        print_difference("  read", x->n_read, y->n_read);
        print_difference("  rejected", x->n_rejected, y->n_rejected);
        print_difference("  ties", x->n_ties, y->n_ties);
        for (int64_t i = 0; i < x->n_rows && i < y->n_rows; i++)
            if (x->time[i] != y->time[i])
                print_difference("  first other time", i, -1), i = x->n_rows;
        for (int32_t c = 0; c < x->n_columns && c < y->n_columns; c++) {
            print_difference(x->columns[c].name, x->columns[c].moved.n, y->columns[c].moved.n);
            for (int64_t i = 0; x->columns[c].u32 && i < x->n_rows && i < y->n_rows; i++)
                if (x->columns[c].u32[i] != y->columns[c].u32[i])
                    print_difference(x->columns[c].name, x->columns[c].u32[i],
                                     y->columns[c].u32[i]);
        }
    }
    for (int s = 0; s < CMI_N_SIDES; s++)
        print_difference("side rows", a->sides[s].n_rows, b->sides[s].n_rows);
    for (int32_t i = 0; i < a->n_rejects && i < b->n_rejects; i++)
        print_difference(a->rejects[i].reason, a->rejects[i].n, b->rejects[i].n);
    print_difference("rejects", a->n_rejects, b->n_rejects);
    print_difference("diagnostics", a->n_diagnostics, b->n_diagnostics);
}

static inline void assert_same_bytes(const cm_dataset *a, const cm_dataset *b)
{
    cm_buffer *x = save(a), *y = save(b);
    if (cm_buffer_size(x) != cm_buffer_size(y) ||
        memcmp(cm_buffer_data(x), cm_buffer_data(y), (size_t)cm_buffer_size(x)) != 0)
        print_differences(a, b);
    assert_int_equal(cm_buffer_size(x), cm_buffer_size(y));
    assert_memory_equal(cm_buffer_data(x), cm_buffer_data(y), (size_t)cm_buffer_size(x));
    cm_buffer_destroy(x);
    cm_buffer_destroy(y);
}

/* Owner number of a customer; fails if there is none. */
static inline int64_t owner_of(const cm_dataset *ds, const char *customer)
{
    uint32_t code = cmi_dict_find(ds->customers, customer, strlen(customer));
    assert_true(code > 0);
    return (int64_t)code - 1;
}

static inline int64_t n_rows_of(const cm_dataset *ds, cmi_fact f, const char *customer)
{
    int64_t o = owner_of(ds, customer);
    return ds->facts[f].offset[o + 1] - ds->facts[f].offset[o];
}

static inline const char *text_at(const cm_dataset *ds, const cmi_column *c, int64_t row,
                                  char out[64])
{
    const cmi_dict *d = c->dict < 0 ? ds->customers : ds->dicts[c->dict];
    size_t n;
    const char *p = c->u32[row] ? cmi_dict_text(d, c->u32[row], &n) : (n = 1, "-");
    snprintf(out, 64, "%.*s", (int)n, p);
    return out;
}

#endif
