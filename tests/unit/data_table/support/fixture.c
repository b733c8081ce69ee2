/* SPDX-License-Identifier: MIT */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

static bool fails(failing *f)
{
    return f->armed && f->left-- <= 0;
}

static void *counted_alloc(size_t size, void *user)
{
    return fails(user) ? NULL : malloc(size);
}

static void *counted_realloc(void *p, size_t old_size, size_t new_size, void *user)
{
    (void)old_size;
    return fails(user) ? NULL : realloc(p, new_size);
}

static void counted_free(void *p, size_t size, void *user)
{
    (void)size;
    (void)user;
    free(p);
}

cm_context *make_context(failing *f)
{
    cm_allocator allocator = { counted_alloc, counted_realloc, counted_free, f };
    cm_context_options options = { .struct_size = sizeof options,
                                   .allocator = f ? &allocator : NULL };
    cm_context *ctx = NULL;
    assert_int_equal(cm_context_create(&options, &ctx, NULL), CM_OK);
    return ctx;
}

static void fill(cm_table *t)
{
    cmi_table_row(t);
    cmi_table_set_text(t, C_ID, "anna", 4);
    cmi_table_set_i64(t, C_N, 42);
    cmi_table_set_f64(t, C_X, 0.1);
    cmi_table_set_money(t, C_MONEY, 125000);
    cmi_table_set_bool(t, C_OK, true);
    cmi_table_set_date(t, C_DAY, 19782); /* 2024-02-29 */
    cmi_table_set_time(t, C_TIME, INT64_C(1709164800) * CMI_SECOND);
    cmi_table_row(t);
    cmi_table_row(t);
    cmi_table_set_text(t, C_ID, "=1+\"2\",\n</\xe2\x80\xa8", 13);
    cmi_table_set_i64(t, C_N, INT64_MIN);
    cmi_table_set_f64(t, C_X, -1234567.891);
    cmi_table_set_money(t, C_MONEY, -3333);
    cmi_table_set_bool(t, C_OK, false);
    cmi_table_set_date(t, C_DAY, -1);
    cmi_table_set_time(t, C_TIME, -1);
}

cm_result *try_result(cm_context *ctx)
{
    cm_result *result = NULL;
    cmi_tz *tz = NULL;
    if (cmi_result_create(ctx, "demo", 3, &result, NULL) != CM_OK) return NULL;
    if (cmi_tz_load(ctx, "+05:30", &tz, NULL) != CM_OK) {
        cm_result_destroy(result);
        return NULL;
    }
    const cmi_column_spec columns[N_COLUMNS] = {
        [C_ID] = { .name = "customer", .type = CM_TYPE_TEXT, .is_key = true, .doc = "id as given" },
        [C_N] = { .name = "n_orders", .type = CM_TYPE_I64, .additivity = "always" },
        [C_X] = { .name = "share", .type = CM_TYPE_F64, .unit = "ratio" },
        [C_MONEY] = { .name = "revenue", .type = CM_TYPE_MONEY, .scale = 4, .unit = "money" },
        [C_OK] = { .name = "active", .type = CM_TYPE_BOOL },
        [C_DAY] = { .name = "period", .type = CM_TYPE_DATE },
        [C_TIME] = { .name = "hour", .type = CM_TYPE_TIMESTAMP, .tz = tz },
    };
    fill(cmi_result_add_table(result, "customers", "one row per customer", columns, N_COLUMNS));
    cmi_result_add_table(result, "none", NULL, columns, N_COLUMNS);
    cmi_tz_release(tz);
    cmi_meta *meta = cmi_result_open_meta(result);
    cmi_meta_node *options = cmi_meta_object(meta, NULL, "options");
    cmi_meta_text(meta, options, "as_of", "2024-03-01");
    cmi_meta_warn(meta, "selector \"x\" matched no row");
    if (cmi_result_finish(result, NULL) == CM_OK) return result;
    cm_result_destroy(result);
    return NULL;
}

cm_result *make_result(cm_context *ctx)
{
    cm_result *result = try_result(ctx);
    assert_non_null(result);
    return result;
}

char *take_text(cm_buffer *buffer)
{
    size_t n = (size_t)cm_buffer_size(buffer);
    char *text = malloc(n + 1);
    assert_non_null(text);
    if (n) memcpy(text, cm_buffer_data(buffer), n);
    text[n] = '\0';
    return text;
}
