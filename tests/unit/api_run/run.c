/* SPDX-License-Identifier: MIT */
#include "shop.h"

static cm_context *open_context(void)
{
    cm_context *ctx;
    assert_int_equal(cm_context_create(NULL, &ctx, NULL), CM_OK);
    return ctx;
}

static void close_context(cm_context *ctx)
{
    assert_int_equal(cm_context_memory(ctx), 0);
    cm_context_destroy(ctx);
}

/* Naive: straight from the rows. */
static int64_t count_orders(const char *channel, bool any, int month, int64_t *revenue)
{
    static const int64_t start[] = { 19723, 19754, 19783, 19814, 19844 };
    shop_rows *r = malloc(sizeof *r);
    int64_t n = 0;
    make_orders(r);
    *revenue = 0;
    for (int64_t i = 0; i < r->n; i++) {
        bool same = any || (channel ? r->channel[i] && strcmp(r->channel[i], channel) == 0
                                    : !r->channel[i]);
        if (!same || r->time[i] < start[month] * CMI_DAY ||
            r->time[i] >= start[month + 1] * CMI_DAY)
            continue;
        n += r->amount[i] > 0;
        *revenue += (int64_t)(r->amount[i] * 100 + (r->amount[i] < 0 ? -0.5 : 0.5));
    }
    free(r);
    return n;
}

static void counts_are_the_naive_ones(void **state)
{
    (void)state;
    cm_context *ctx = open_context();
    cm_dataset *ds = open_shop(ctx, 0, 1);
    cm_result *r = run_kpi(ctx, ds, "tiny_counts", "");
    char cell[128], expected[64];
    for (int month = 0; month < 4; month++) {
        int64_t revenue, n = count_orders(NULL, true, month, &revenue);
        assert_int_equal(get_i64(r, "periods", month, "n_orders"), n);
        get_cell(r, "periods", month, "revenue", cell);
        snprintf(expected, sizeof expected, "%lld.%02lld", (long long)(revenue / 100),
                 (long long)(revenue % 100));
        assert_string_equal(cell, expected);
        get_cell(r, "periods", month, "big_state", cell);
        assert_string_equal(cell, month == 3 ? "partial" : "complete");
    }
    get_cell(r, "periods", 1, "period", cell);
    assert_string_equal(cell, "2024-02-01");
    assert_int_equal(n_rows(r, "diagnostics"), -1);
    cm_result_destroy(r);
    cm_dataset_destroy(ds);
    close_context(ctx);
}

static void by_expands_and_orders_groups(void **state)
{
    (void)state;
    cm_context *ctx = open_context();
    cm_dataset *ds = open_shop(ctx, 0, 1);
    cm_result *r = run_kpi(ctx, ds, "tiny_counts", "by=channel");
    static const char *const groups[] = { NULL, "phone", "shop", "web" };
    char cell[128];
    assert_int_equal(n_rows(r, "periods"), 16);
    assert_string_equal(cm_table_column_name(cm_result_table_at(r, 0), 0), "channel");
    for (int g = 0; g < 4; g++) {
        for (int month = 0; month < 4; month++) {
            int64_t revenue, n = count_orders(groups[g], false, month, &revenue);
            get_cell(r, "periods", g * 4 + month, "channel", cell);
            assert_string_equal(cell, groups[g] ? groups[g] : "null");
            assert_int_equal(get_i64(r, "periods", g * 4 + month, "n_orders"), n);
        }
    }
    cm_result_destroy(r);
    cm_dataset_destroy(ds);
    close_context(ctx);
}

static void threads_do_not_matter(void **state)
{
    (void)state;
    static const char *const runs[][2] = {
        { "tiny_counts", "" },  { "tiny_counts", "by=channel" },
        { "tiny_segment", "" }, { "tiny_segment", "by=channel" },
        { "tiny_parent", "" },  { "tiny_counts", "by=tiny_segment.segment" }
    };
    cm_context *ctx = open_context();
    cm_dataset *ds = open_shop(ctx, 0, 1);
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        cm_result *one = run_kpi(ctx, ds, runs[i][0], runs[i][1]);
        for (int32_t threads = 1; threads <= 5; threads++) {
            cm_run run = { .struct_size = sizeof run, .threads = threads };
            cm_result *many;
            assert_int_equal(try_run(ctx, ds, runs[i][0], runs[i][1], &run, &many, NULL), CM_OK);
            assert_same_results(ctx, one, many);
            cm_result_destroy(many);
        }
        cm_result_destroy(one);
    }
    cm_dataset_destroy(ds);
    close_context(ctx);
}

static void meta_says_what_made_it(void **state)
{
    (void)state;
    cm_context *ctx = open_context();
    cm_dataset *ds = open_shop(ctx, 0, 1);
    cm_result *r = run_kpi(ctx, ds, "tiny_counts", "where=channel:nowhere of=orders");
    shop_rows *rows = malloc(sizeof *rows);
    const char *text;
    char n[32];
    make_orders(rows);
    snprintf(n, sizeof n, "%lld", (long long)rows->n);
    free(rows);
#define META(KEY, VALUE)                                                                           \
    assert_int_equal(cm_result_meta_get(r, KEY, &text, NULL), CM_OK),                              \
        assert_string_equal(text, VALUE)
    META("kpi", "tiny_counts");
    META("version", "3");
    META("library", cm_version());
    META("rows_read.orders", n);
    META("tz", "UTC");
    META("tzdata", "builtin");
    META("week_start", "monday");
    META("scale", "2");
    META("pending", "0");
    META("n_customers", "113");
    META("options.period", "month");
    META("options.where", "channel:nowhere");
    assert_int_equal(cm_result_meta_get(r, "plan_hash", &text, NULL), CM_OK);
    assert_int_equal(strlen(text), 16);
    assert_non_null(strstr(cm_result_meta(r), "matched no row"));
    assert_int_equal(n_rows(r, "diagnostics"), 1);
    cm_result_destroy(r);
    r = run_kpi(ctx, ds, "tiny_counts", "");
    assert_null(strstr(cm_result_meta(r), "matched no row"));
    assert_non_null(strstr(cm_result_meta(r), "n_guest_orders"));
    cm_result_destroy(r);
    r = run_kpi(ctx, ds, "tiny_parent", "");
    META("rows_read.orders", n);
    META("n_customers", "113");
    assert_int_equal(n_rows(r, "children"), 3);
    assert_int_equal(get_i64(r, "children", 0, "n_rows"), get_i64(r, "children", 2, "n_rows"));
    cm_result_destroy(r);
    cm_dataset_destroy(ds);
    close_context(ctx);
}

static void labels_are_groups(void **state)
{
    (void)state;
    cm_context *ctx = open_context();
    cm_dataset *ds = open_shop(ctx, 0, 1);
    cm_result *segments = run_kpi(ctx, ds, "tiny_segment", "as_of=2024-03-01");
    cm_result *r =
        run_kpi(ctx, ds, "tiny_counts", "by=tiny_segment.segment from=2024-03-01 period=all");
    const char *text;
    char cell[128];
    /* Whoever had no order before March has no segment; guests neither. */
    assert_int_equal(n_rows(r, "periods"), 3);
    get_cell(r, "periods", 0, "tiny_segment.segment", cell);
    assert_string_equal(cell, "null");
    get_cell(r, "periods", 1, "tiny_segment.segment", cell);
    assert_string_equal(cell, "heavy");
    assert_int_equal(cm_result_meta_get(r, "labels.tiny_segment.segment.kpi", &text, NULL), CM_OK);
    assert_string_equal(text, "tiny_segment");
    assert_non_null(strstr(cm_result_meta(r), "2024-03-01T00:00:00"));
    /* Every buyer stands in the group of his segment. */
    for (int64_t i = 0; i < n_rows(r, "buyers"); i++) {
        char customer[128], segment[128], other[128];
        int64_t k = 0;
        get_cell(r, "buyers", i, "customer", customer);
        get_cell(r, "buyers", i, "tiny_segment.segment", segment);
        for (; k < n_rows(segments, "customers"); k++) {
            get_cell(segments, "customers", k, "customer", other);
            if (strcmp(other, customer) == 0) break;
        }
        if (k < n_rows(segments, "customers"))
            get_cell(segments, "customers", k, "segment", other);
        else
            strcpy(other, "null");
        assert_string_equal(segment, other);
    }
    cm_result_destroy(segments);
    cm_result_destroy(r);
    cm_dataset_destroy(ds);
    close_context(ctx);
}

static void no_facts_are_needed(void **state)
{
    (void)state;
    cm_context *ctx = open_context();
    cm_result *r = run_kpi(ctx, NULL, "tiny_formula", "rows=3"), *none = NULL;
    cm_error *err = cm_error_create();
    assert_int_equal(n_rows(r, "numbers"), 3);
    assert_non_null(strstr(cm_result_meta(r), "3 rows"));
    cm_result_destroy(r);
    assert_int_equal(try_run(ctx, NULL, "tiny_counts", "", NULL, &none, err), CM_ERR_MISSING);
    assert_non_null(strstr(cm_error_message(err), "orders"));
    assert_null(none);
    assert_int_equal(try_run(ctx, NULL, "tiny_formula", "fail=true", NULL, &none, err),
                     CM_ERR_INTERNAL);
    assert_null(none);
    cm_error_destroy(err);
    close_context(ctx);
}

static int32_t stop_at_once(double done, const char *phase, void *user)
{
    (void)done;
    (void)phase;
    ++*(int *)user;
    return 1;
}

static void runs_can_be_cancelled(void **state)
{
    (void)state;
    cm_context *ctx = open_context();
    cm_dataset *ds = open_shop(ctx, 0, 1);
    cm_cancel *cancel;
    cm_result *none = NULL;
    int calls = 0;
    assert_int_equal(cm_cancel_create(&cancel, NULL), CM_OK);
    cm_cancel_set(cancel);
    cm_run run = { .struct_size = sizeof run, .cancel = cancel };
    assert_int_equal(try_run(ctx, ds, "tiny_counts", "", &run, &none, NULL), CM_ERR_CANCELLED);
    assert_int_equal(try_run(ctx, NULL, "tiny_formula", "rows=1000000000", &run, &none, NULL),
                     CM_ERR_CANCELLED);
    run = (cm_run){ .struct_size = sizeof run, .progress = stop_at_once, .user = &calls };
    assert_int_equal(try_run(ctx, ds, "tiny_parent", "", &run, &none, NULL), CM_ERR_CANCELLED);
    assert_true(calls > 0);
    assert_null(none);
    cm_cancel_destroy(cancel);
    cm_dataset_destroy(ds);
    close_context(ctx);
}

static void arguments_are_checked(void **state)
{
    (void)state;
    cm_context *ctx = open_context();
    cm_params *p = make_params(ctx, "tiny_formula", "");
    cm_result *r = NULL;
    cm_run bad = { .struct_size = 3 };
    assert_int_equal(cm_kpi_run(NULL, NULL, p, NULL, &r, NULL), CM_ERR_ARG);
    assert_int_equal(cm_kpi_run(ctx, NULL, NULL, NULL, &r, NULL), CM_ERR_ARG);
    assert_int_equal(cm_kpi_run(ctx, NULL, p, NULL, NULL, NULL), CM_ERR_ARG);
    assert_int_equal(cm_kpi_run(ctx, NULL, p, &bad, &r, NULL), CM_ERR_ARG);
    assert_int_equal(cm_state_create(NULL, NULL, NULL), CM_ERR_ARG);
    assert_int_equal(cm_state_merge(NULL, NULL, NULL), CM_ERR_ARG);
    assert_int_equal(cm_state_load(ctx, NULL, 0, NULL, NULL), CM_ERR_ARG);
    assert_int_equal(cm_model_load(ctx, "x", 1, NULL, NULL), CM_ERR_ARG);
    assert_int_equal(cm_result_model(NULL, NULL, NULL), CM_ERR_ARG);
    cm_state_destroy(NULL);
    cm_model_destroy(NULL);
    assert_null(r);
    cm_params_destroy(p);
    close_context(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_the_naive_ones), cmocka_unit_test(by_expands_and_orders_groups),
        cmocka_unit_test(threads_do_not_matter),     cmocka_unit_test(meta_says_what_made_it),
        cmocka_unit_test(labels_are_groups),         cmocka_unit_test(no_facts_are_needed),
        cmocka_unit_test(runs_can_be_cancelled),     cmocka_unit_test(arguments_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
