/* SPDX-License-Identifier: MIT */
/* What the loader's tests share: CSV from text in any portions, and staged rows as text to compare.
 */
#ifndef TEST_STAGED_H
#define TEST_STAGED_H

#include "cm_test.h"

#include <stdio.h>
#include <stdlib.h>

#include "custmetrics/custmetrics.h"
#include "data/add.h"
#include "data/csv.h"

/* Text handed out in portions. */
typedef struct source {
    const char *text;
    int64_t n, at, portion;
} source;

static int64_t read_portion(void *buffer, int64_t capacity, void *user)
{
    source *s = user;
    int64_t n = s->n - s->at;
    if (n > s->portion) n = s->portion;
    if (n > capacity) n = capacity;
    memcpy(buffer, s->text + s->at, (size_t)n);
    s->at += n;
    return n;
}

typedef struct house {
    cm_context *ctx;
    cm_loader *loader;
    cm_error *err;
} house;

static house open_house(const cm_dataset_options *options)
{
    house h = { .err = cm_error_create() };
    assert_int_equal(cm_context_create(NULL, &h.ctx, h.err), CM_OK);
    assert_int_equal(cm_loader_create(h.ctx, NULL, options, &h.loader, h.err), CM_OK);
    return h;
}

static void close_house(house *h)
{
    cm_loader_destroy(h->loader);
    assert_true(cm_context_memory(h->ctx) == 0);
    cm_context_destroy(h->ctx);
    cm_error_destroy(h->err);
}

static inline cm_dataset_options make_options(void)
{
    return (cm_dataset_options){ .struct_size = sizeof(cm_dataset_options), .scale = -1 };
}

static inline cm_status add_bytes(house *h, const char *table, const char *text, int64_t n,
                                  const cm_mapping *mapping, int64_t piece, int64_t portion,
                                  int threads)
{
    source s = { text, n, 0, portion };
    cmi_csv_source from = { .fd = -1, .read = read_portion, .user = &s };
    cm_run run = { .struct_size = sizeof run, .threads = threads };
    cm_error *err = h->err;
    return cmi_csv_add(h->loader, table, &from, mapping, &run, piece, err);
}

static inline cm_status add_text(house *h, const char *table, const char *text,
                                 const cm_mapping *mapping)
{
    return add_bytes(h, table, text, (int64_t)strlen(text), mapping, 0, INT64_MAX, 2);
}

static inline cm_status add_bound(house *h, const char *table, const char *text,
                                  const cm_binding *bindings, int n)
{
    cm_mapping m = { .struct_size = sizeof m, .n_bindings = n, .bindings = bindings };
    return add_text(h, table, text, &m);
}

/* ---- staged rows as text ---- */

typedef struct text {
    char *p;
    size_t n, capacity;
} text;

static inline void put_bytes(text *t, const char *p, size_t n)
{
    if (t->n + n + 1 > t->capacity) {
        t->capacity = (t->n + n + 1) * 2;
        t->p = realloc(t->p, t->capacity);
    }
    memcpy(t->p + t->n, p, n);
    t->n += n;
    t->p[t->n] = '\0';
}

static inline void put_text(text *t, const char *p)
{
    put_bytes(t, p, strlen(p));
}

static inline void put_i64(text *t, int64_t v)
{
    char b[32];
    snprintf(b, sizeof b, "%lld", (long long)v);
    put_text(t, v == CMI_NULL ? "null" : b);
}

static inline void put_code(text *t, const cmi_intern *in, uint32_t code)
{
    size_t n;
    const char *p = cmi_intern_text(in, code, &n);
    put_text(t, code ? "'" : "null");
    put_bytes(t, p, n);
    put_text(t, code ? "'" : "");
}

static inline void put_owner(text *t, const cm_loader *l, uint32_t owner)
{
    size_t n;
    char b[8];
    if (!(owner & CMI_ANONYMOUS)) {
        put_code(t, l->customers, owner);
        return;
    }
    const char *p = cmi_intern_text(l->anonymous, owner & ~CMI_ANONYMOUS, &n);
    put_text(t, "#");
    for (size_t i = 0; i < n; i++) {
        snprintf(b, sizeof b, "%02x", (unsigned char)p[i]);
        put_text(t, b);
    }
}

static inline void put_column(text *t, const cm_loader *l, const cmi_staged_column *c,
                              const void *values, int64_t i)
{
    char b[40];
    put_text(t, " ");
    put_text(t, c->name);
    put_text(t, "=");
    if (!values)
        put_text(t, "null");
    else if (c->dict == CMI_DICT_CUSTOMERS)
        put_code(t, l->customers, ((const uint32_t *)values)[i]);
    else if (c->dict >= 0)
        put_code(t, l->dims[c->dict], ((const uint32_t *)values)[i]);
    else if (c->type == CMI_ROLE_NUMBER) {
        snprintf(b, sizeof b, "%.17g", ((const double *)values)[i]);
        put_text(t, b);
    } else
        put_i64(t, ((const int64_t *)values)[i]);
}

static inline cmi_staged *find_staged_table(cm_loader *l, const char *table)
{
    int32_t f = cmi_fact_find(table);
    return f >= 0 ? &l->facts[f] : &l->sides[cmi_side_find(table)];
}

/* The caller frees it. */
static inline char *dump(cm_loader *l, const char *table)
{
    const cmi_staged *s = find_staged_table(l, table);
    text t = { 0 };
    put_text(&t, "");
    for (int64_t k = 0; k < s->n_chunks; k++) {
        const cmi_chunk *c = s->chunks[k];
        for (int64_t i = 0; i < c->n; i++) {
            if (c->owner) put_owner(&t, l, c->owner[i]);
            if (c->time) put_text(&t, " @"), put_i64(&t, c->time[i]);
            if (c->entity) put_text(&t, " e"), put_i64(&t, (int64_t)c->entity[i]);
            if (c->sequence) put_text(&t, " s"), put_i64(&t, c->sequence[i]);
            for (int32_t j = 0; j < s->n_columns; j++)
                put_column(&t, l, &s->columns[j], j < c->n_columns ? c->column[j] : NULL, i);
            put_text(&t, "\n");
        }
    }
    return t.p;
}

static inline void assert_dump(house *h, const char *table, const char *expected)
{
    char *is = dump(h->loader, table);
    if (strcmp(is, expected) != 0) print_error("is:\n%sexpected:\n%s", is, expected);
    assert_string_equal(is, expected);
    free(is);
}

/* Rejects of one reason, over all tables. */
static inline int64_t count_rejects(const house *h, const char *reason)
{
    int64_t n = 0;
    for (int32_t i = 0; i < h->loader->n_rejects; i++)
        if (strcmp(h->loader->rejects[i].reason, reason) == 0) n += h->loader->rejects[i].n;
    return n;
}

#endif
