/* SPDX-License-Identifier: MIT */
#ifndef API_VIEWS_VIEWS_H
#define API_VIEWS_VIEWS_H

/* The shop of the runs, small hand-made facts, and a failing call that must leave its outputs. */
#include "../api_run/shop.h"

static inline cm_context *open_context(void)
{
    cm_context *ctx;
    assert_int_equal(cm_context_create(NULL, &ctx, NULL), CM_OK);
    return ctx;
}

/* Nothing of the context may be left. */
static inline void close_context(cm_context *ctx)
{
    assert_int_equal(cm_context_memory(ctx), 0);
    cm_context_destroy(ctx);
}

typedef struct csv_bytes {
    const char *at;
    size_t left;
} csv_bytes;

static inline int64_t read_csv(void *buffer, int64_t capacity, void *user)
{
    csv_bytes *b = user;
    size_t n = b->left < (size_t)capacity ? b->left : (size_t)capacity;
    memcpy(buffer, b->at, n);
    b->at += n;
    b->left -= n;
    return (int64_t)n;
}

static inline cm_dataset *open_csv(cm_context *ctx, const char *table, const char *csv)
{
    cm_loader *loader;
    cm_dataset *ds;
    csv_bytes bytes = { csv, strlen(csv) };
    cm_error *err = cm_error_create();
    assert_int_equal(cm_loader_create(ctx, NULL, NULL, &loader, err), CM_OK);
    cm_status status = cm_loader_add_csv_reader(loader, table, read_csv, &bytes, NULL, NULL, err);
    if (status != CM_OK) print_error("%s\n", cm_error_message(err));
    assert_int_equal(status, CM_OK);
    assert_int_equal(cm_loader_seal(loader, NULL, &ds, err), CM_OK);
    cm_loader_destroy(loader);
    cm_error_destroy(err);
    return ds;
}

static inline const cm_table *table_of(const cm_result *result, const char *name)
{
    const cm_table *t = NULL;
    assert_int_equal(cm_result_table(result, name, &t, NULL), CM_OK);
    return t;
}

/* NaN where null. */
static inline double get_f64(const cm_result *result, const char *table, int64_t row,
                             const char *column)
{
    const cm_table *t = table_of(result, table);
    int32_t c;
    double v = NAN;
    bool null;
    assert_int_equal(cm_table_find(t, column, &c, NULL), CM_OK);
    assert_int_equal(cm_table_get_f64(t, row, c, &v, &null, NULL), CM_OK);
    return v;
}

static inline void assert_status(cm_status status, cm_status wanted, const cm_error *err)
{
    if (status != wanted) print_error("%s: %s\n", cm_status_name(status), cm_error_message(err));
    assert_int_equal(status, wanted);
    assert_int_equal(cm_error_status(err), wanted);
}

#endif
