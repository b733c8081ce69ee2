/* SPDX-License-Identifier: MIT */
#include "planning.h"
#include "plan_kpis.h"

#include <stdlib.h>

#include "data/plan_build.h"

static planning k;

static const plain_options *plain(void)
{
    return k.plan->options;
}

/* ---- windows ---- */

static void test_default_window(void **state)
{
    (void)state;
    give(&k, CMI_ORDERS, "2024-01-05T10:00", "2024-03-04T23:59");
    give(&k, CMI_EVENTS, "2024-01-07T10:00", "2024-03-05T00:00");
    give(&k, CMI_SPEND, "2023-01-01T00:00", "2025-01-01T00:00");
    give(&k, CMI_TICKETS, "2022-01-01T00:00", "2025-01-01T00:00");
    PLANS(&k, "plain_test", "");
    TEXT_IS(&k, "from", "2024-01-05");
    TEXT_IS(&k, "to", "2024-03-06"); /* a fact at midnight is seen the next day */
    TEXT_IS(&k, "as_of", "2024-03-06");
    assert_int_equal(k.plan->common.as_of, instant("2024-03-06"));
    assert_int_equal(plain()->common.as_of, instant("2024-03-06"));
    assert_false(plain()->common.from_given);
    assert_false(plain()->common.as_of_given);
    assert_int_equal(k.plan->first_fact, instant("2024-01-05"));
    assert_int_equal(k.plan->grid[0]->first_fact, instant("2024-01-05"));
    assert_int_equal(k.plan->tables, CMI_FACT_BIT(CMI_EVENTS) | CMI_FACT_BIT(CMI_ORDERS) |
                                         CMI_FACT_BIT(CMI_SUBSCRIPTIONS));
    assert_int_equal(cmi_grid_n(plain()->days), 61);
    assert_int_equal(k.plan->n_dense[0], 2);
    assert_int_equal(k.plan->dense[0][1], 1);
    PLANS(&k, "plain_test", "of=orders");
    TEXT_IS(&k, "as_of", "2024-03-05");
    PLANS(&k, "plain_test", "of=tickets");
    TEXT_IS(&k, "from", "2022-01-01");
}

static void test_given_window(void **state)
{
    (void)state;
    give(&k, CMI_ORDERS, "2024-01-05T10:00", "2024-03-04T23:59");
    PLANS(&k, "plain_test", "from=2024-02-01 to=2024-02-10T12:00 as_of=2024-02-20T10:00Z");
    TEXT_IS(&k, "to", "2024-02-10T12:00:00Z");
    TEXT_IS(&k, "as_of", "2024-02-20T10:00:00Z");
    assert_true(plain()->common.from_given && plain()->common.to_given &&
                plain()->common.as_of_given);
    PLANS(&k, "plain_test", "to=2024-02-01");
    TEXT_IS(&k, "as_of", "2024-03-05");
    PLANS(&k, "plain_test", "as_of=2024-02-01");
    TEXT_IS(&k, "to", "2024-02-01");
    PLANS(&k, "plain_test", "as_of=2023-01-01"); /* before every fact */
    TEXT_IS(&k, "from", "2023-01-01");
    FAILS(&k, "plain_test", "from=2025-01-01", CM_ERR_OPTION,
          "from: the window begins at 2025-01-01");
    FAILS(&k, "plain_test", "from=2024-02-02 to=2024-02-01", CM_ERR_OPTION, "after its end");
}

static void test_zones(void **state)
{
    (void)state;
    memcpy(k.extent.tz, "+05:30", 7);
    k.extent.week_start = 6;
    give(&k, CMI_ORDERS, "2024-01-05T20:00", "2024-03-04T23:59");
    PLANS(&k, "plain_test", "");
    TEXT_IS(&k, "from", "2024-01-06"); /* 01:30 there */
    TEXT_IS(&k, "as_of", "2024-03-06");
    TEXT_IS(&k, "tz", "+05:30");
    TEXT_IS(&k, "week_start", "sunday");
    assert_int_equal(k.plan->common.week_start, 6);
    assert_int_equal(k.plan->common.as_of, instant("2024-03-05T18:30"));
    PLANS(&k, "plain_test", "tz=UTC as_of=2024-03-01T10:00 week_start=monday");
    TEXT_IS(&k, "from", "2024-01-05");
    assert_int_equal(k.plan->common.as_of, instant("2024-03-01T10:00"));
    assert_int_equal(k.plan->common.week_start, 0);
    PLANS(&k, "plain_test", "as_of=2024-03-01T00:00 moment=2024-01-01");
    TEXT_IS(&k, "as_of", "2024-03-01"); /* the same instant, the same text */
    TEXT_IS(&k, "moment", "2024-01-01");
    assert_int_equal(plain()->moment, instant("2023-12-31T18:30"));
}

static void test_periods(void **state)
{
    (void)state;
    give(&k, CMI_ORDERS, "2024-01-15T10:00", "2024-03-04T23:59");
    PLANS(&k, "monthly_test", "");
    TEXT_IS(&k, "from", "2024-01-01"); /* the start of the first fact's month */
    TEXT_IS(&k, "period", "month");
    assert_false(k.plan->common.period_given);
    assert_int_equal(cmi_grid_n(k.plan->grid[0]), 3);
    assert_int_equal(cmi_grid_state(k.plan->grid[0], 0, 1), CMI_PARTIAL);
    assert_int_equal(cmi_grid_state(k.plan->grid[0], 1, 1), CMI_COMPLETE);
    assert_int_equal(cmi_grid_state(k.plan->grid[0], 2, 1), CMI_PARTIAL);
    PLANS(&k, "monthly_test", "period=week week_start=sunday");
    TEXT_IS(&k, "from", "2024-01-14");
    assert_true(k.plan->common.period_given);
    PLANS(&k, "plain_test", "period=day");
    assert_int_equal(cmi_grid_n(k.plan->grid[0]), 50);
    assert_int_equal(cmi_grid_state(k.plan->grid[0], 0, 1), CMI_COMPLETE);
}

static void test_without_facts(void **state)
{
    (void)state;
    FAILS(&k, "plain_test", "", CM_ERR_MISSING, "events, orders, subscriptions");
    FAILS(&k, "monthly_test", "", CM_ERR_MISSING, "'orders'");
    assert_string_equal(cm_error_table(k.err), "orders");
    k.extent.given[CMI_ORDERS] = true; /* given, but without a row */
    PLANS(&k, "monthly_test", "");
    assert_int_equal(cmi_grid_n(k.plan->grid[0]), 0);
    assert_int_equal(plan_with(&k, NULL, "plain_test", "from=2024-01-01"), CM_ERR_OPTION);
    assert_string_equal(cm_error_option(k.err), "as_of");
    assert_int_equal(plan_with(&k, NULL, "plain_test", "as_of=2024-01-01"), CM_ERR_OPTION);
    assert_string_equal(cm_error_option(k.err), "from");
    assert_int_equal(plan_with(&k, NULL, "plain_test", "from=2024-01-01 as_of=2024-02-01"), CM_OK);
    assert_int_equal(plan_with(&k, NULL, "bare_test", "power=.9"), CM_OK);
    TEXT_IS(&k, "power", "0.9");
    assert_int_equal(k.plan->n_text, 1);
    CM_ASSERT_SAME(((const bare_options *)k.plan->options)->power, .9);
    CM_ASSERT_SAME(k.plan->common.confidence, .95);
    assert_int_equal(k.plan->common.max_groups, 10000);
}

/* ---- options ---- */

static void test_texts(void **state)
{
    static const char *const names[] = { "from",       "to",         "as_of",      "tz",
                                         "week_start", "period",     "by",         "segment_at",
                                         "where",      "unit",       "confidence", "seed",
                                         "detail",     "max_groups", "compat",     "business",
                                         "of",         "windows",    "moment" };
    (void)state;
    give(&k, CMI_ORDERS, "2024-01-05T10:00", "2024-03-04T23:59");
    PLANS(&k, "plain_test",
          "windows=1,30 by=channel;age:18,25 where=b:2,a:1 unit=device detail=none seed=7");
    assert_int_equal(k.plan->n_text, sizeof names / sizeof *names);
    for (int i = 0; i < k.plan->n_text; i++) assert_string_equal(k.plan->name[i], names[i]);
    TEXT_IS(&k, "windows", "1,30");
    TEXT_IS(&k, "by", "channel,age:18,25");
    TEXT_IS(&k, "where", "a:1,b:2");
    TEXT_IS(&k, "of", "any");
    TEXT_IS(&k, "compat", "");
    TEXT_IS(&k, "segment_at", "as_of");
    assert_int_equal(plain()->common.segment_at, plain()->common.as_of);
    assert_int_equal(k.plan->by.n, 2);
    assert_int_equal(k.plan->where.n, 2);
    assert_string_equal(k.plan->unit, "device");
    assert_false(plain()->common.detail);
    assert_int_equal(plain()->common.seed, 7);
    assert_int_equal(plain()->windows.v[1], 30);
    assert_int_equal(plain()->moment, CMI_NULL);
    PLANS(&k, "plain_test", "from=2024-02-01");
    TEXT_IS(&k, "segment_at", "start");
    assert_int_equal(k.plan->common.segment_at, instant("2024-02-01"));
    PLANS(&k, "plain_test", "from=2024-02-01 segment_at=as_of");
    assert_int_equal(k.plan->common.segment_at, instant("2024-03-05"));
}

static void test_presets(void **state)
{
    (void)state;
    give(&k, CMI_ORDERS, "2024-01-05T10:00", "2024-03-04T23:59");
    PLANS(&k, "plain_test", "business=shop");
    TEXT_IS(&k, "of", "orders");
    TEXT_IS(&k, "period", "month");
    assert_true(k.plan->common.period_given);
    assert_int_equal(k.plan->tables, CMI_FACT_BIT(CMI_ORDERS));
    PLANS(&k, "plain_test", "business=shop of=any period=week");
    TEXT_IS(&k, "of", "any");
    TEXT_IS(&k, "period", "week");
    PLANS(&k, "active_users", "compat=mixpanel business=shop");
    TEXT_IS(&k, "windows", "1,7,30");
    TEXT_IS(&k, "of", "orders");
    PLANS(&k, "active_users", "compat=mixpanel windows=1,28");
    TEXT_IS(&k, "windows", "1,28");
    assert_int_equal(set_options(&k, "plain_test", "compat=stripe"), CM_ERR_UNSUPPORTED);
    assert_string_equal(cm_error_option(k.err), "compat");
    assert_int_equal(set_options(&k, "plain_test", "business=bakery"), CM_ERR_OPTION);
}

static void test_hash(void **state)
{
    uint64_t hash;
    (void)state;
    give(&k, CMI_ORDERS, "2024-01-05T10:00", "2024-03-04T23:59");
    PLANS(&k, "plain_test", "where=b:2,a:1 windows=1,7 as_of=2024-03-05 confidence=0.950");
    hash = cm_plan_hash(k.plan);
    PLANS(&k, "plain_test", "where=a:1,b:2");
    assert_true(hash == cm_plan_hash(k.plan));
    PLANS(&k, "plain_test", "where=a:1,b:3");
    assert_true(hash != cm_plan_hash(k.plan));
    PLANS(&k, "plain_test", "where=a:1,b:2 windows=7,1");
    assert_true(hash != cm_plan_hash(k.plan));
    PLANS(&k, "plain_test", "where=a:1,b:2 period=all"); /* a given period is shown by itself */
    assert_true(hash != cm_plan_hash(k.plan));
    k.extent.scale = 2;
    PLANS(&k, "plain_test", "where=a:1,b:2");
    assert_true(hash != cm_plan_hash(k.plan));
    assert_string_equal(cm_plan_kpi(k.plan), "plain_test");
}

/* ---- children ---- */

static void test_children(void **state)
{
    (void)state;
    give(&k, CMI_ORDERS, "2024-01-05T10:00", "2024-03-04T23:59");
    give(&k, CMI_EVENTS, "2024-02-05T10:00", "2024-04-04T23:59");
    PLANS(&k, "parent_test", "kpi.of=events kpi.windows=3 where=a:1 tz=+01:00");
    assert_int_equal(k.plan->n_children, 1);
    TEXT_IS(&k, "as_of", "2024-04-06"); /* of what the child reads */
    TEXT_IS(&k, "kpi.of", "events");
    TEXT_IS(&k, "kpi.windows", "3");
    const cmi_plan *child = k.plan->child[0];
    assert_string_equal(child->kpi->id, "plain_test");
    assert_string_equal(cmi_plan_text(child, "as_of"), "2024-04-06");
    assert_string_equal(cmi_plan_text(child, "from"), "2024-02-05");
    assert_string_equal(cmi_plan_text(child, "where"), "a:1");
    assert_string_equal(cmi_plan_text(child, "tz"), "+01:00");
    assert_string_equal(cmi_plan_text(child, "windows"), "3");
    assert_false(child->common.from_given);
    PLANS(&k, "parent_test", "kpi=monthly_test");
    TEXT_IS(&k, "from", "2024-01-05");
    assert_string_equal(cmi_plan_text(k.plan->child[0], "from"), "2024-01-05");
    PLANS(&k, "parent_test", "own_window=true where=a:1 kpi.where=b:2");
    assert_string_equal(cmi_plan_text(k.plan->child[0], "as_of"), "2020-02-02");
    assert_string_equal(cmi_plan_text(k.plan->child[0], "where"), "b:2");
    PLANS(&k, "parent_test", "kpi=parent_test kpi.kpi=parent_test kpi.kpi.kpi=monthly_test");
    assert_string_equal(k.plan->child[0]->child[0]->child[0]->kpi->id, "monthly_test");
    TEXT_IS(&k, "as_of", "2024-03-05");
    FAILS(&k, "parent_test", "kpi=monthly_tost", CM_ERR_NOT_FOUND, "monthly_tost");
    FAILS(&k, "parent_test", "kpi.windows=0", CM_ERR_OPTION, "plain_test: windows=0");
    FAILS(&k, "parent_test", "kpi.nosuch=0", CM_ERR_NOT_FOUND,
          "plain_test: plain_test has no option 'nosuch'");
    k.extent.given[CMI_ORDERS] = false;
    FAILS(&k, "parent_test", "kpi=monthly_test", CM_ERR_MISSING,
          "monthly_test: monthly_test needs the table 'orders'");
}

static void test_deep_children(void **state)
{
    char options[256] = "";
    char prefix[128] = "kpi";
    (void)state;
    give(&k, CMI_ORDERS, "2024-01-05T10:00", "2024-03-04T23:59");
    for (int i = 0; i < 10; i++) {
        strncat(options, i ? " " : "", 2);
        strncat(options, prefix, sizeof options - strlen(options) - 1);
        strncat(options, "=parent_test", sizeof options - strlen(options) - 1);
        if (i < 9 && strlen(options) + strlen(prefix) + 20 > sizeof options) break;
        strncat(prefix, ".kpi", sizeof prefix - strlen(prefix) - 1);
    }
    FAILS(&k, "parent_test", options, CM_ERR_LIMIT, "deep");
}

static void test_possible_children(void **state)
{
    static struct cmi_children list;
    (void)state;
    list.extent = NULL;
    assert_true(cmi_child_possible(&list, "monthly_test")); /* not known to be impossible */
    assert_true(cmi_children_have(&list, CMI_SPEND));
    list.extent = &k.extent;
    assert_false(cmi_child_possible(&list, "monthly_test"));
    assert_false(cmi_child_possible(&list, "plain_test"));
    assert_true(cmi_child_possible(&list, "bare_test"));
    assert_false(cmi_child_possible(&list, "no_such_kpi"));
    k.extent.given[CMI_ORDERS] = true;
    assert_true(cmi_child_possible(&list, "monthly_test"));
    assert_true(cmi_child_possible(&list, "plain_test"));
    assert_true(cmi_children_have(&list, CMI_ORDERS));
    assert_false(cmi_children_have(&list, CMI_SPEND));
}

/* ---- labels ---- */

static void test_labels(void **state)
{
    (void)state;
    give(&k, CMI_ORDERS, "2024-01-05T10:00", "2024-03-04T23:59");
    FAILS(&k, "plain_test", "by=monthly_test.segment", CM_ERR_OPTION,
          "a model of monthly_test is needed");
    assert_string_equal(cm_error_option(k.err), "by");
}

/* ---- no memory ---- */

static int64_t left;

static void *failing_alloc(size_t size, void *user)
{
    (void)user;
    return left-- > 0 ? malloc(size) : NULL;
}

static void *failing_realloc(void *p, size_t old_size, size_t size, void *user)
{
    (void)user;
    (void)old_size;
    return left-- > 0 ? realloc(p, size) : NULL;
}

static void failing_free(void *p, size_t size, void *user)
{
    (void)user;
    (void)size;
    free(p);
}

static cm_status plan_once(cm_context *ctx, const cm_extent *extent, cm_error *err)
{
    cm_params *params = NULL;
    cm_plan *plan = NULL;
    cm_buffer *bytes = NULL;
    cm_status status = cm_params_create(ctx, "parent_test", &params, err);
    if (status == CM_OK) status = cm_params_set_text(params, "kpi.of", "a|b;c:d", err);
    if (status == CM_OK) status = cm_params_set_text(params, "by", "channel,age:1,2", err);
    if (status == CM_OK) status = cm_params_set_text(params, "where", "x:1|2,y:\"a,b\"", err);
    if (status == CM_OK) status = cm_plan_create(ctx, params, extent, NULL, &plan, err);
    if (status == CM_OK) status = cm_buffer_create(ctx, &bytes, err);
    if (status == CM_OK) status = cm_plan_save(plan, bytes, err);
    cm_plan *loaded = NULL;
    if (status == CM_OK)
        status = cm_plan_load(ctx, cm_buffer_data(bytes), cm_buffer_size(bytes), &loaded, err);
    if (status == CM_OK) assert_true(cm_plan_hash(plan) == cm_plan_hash(loaded));
    cm_plan_destroy(loaded);
    cm_buffer_destroy(bytes);
    cm_plan_destroy(plan);
    cm_params_destroy(params);
    return status;
}

static void test_every_allocation(void **state)
{
    cm_allocator allocator = { failing_alloc, failing_realloc, failing_free, NULL };
    cm_context_options options = { .struct_size = sizeof options, .allocator = &allocator };
    cm_context *ctx;
    (void)state;
    give(&k, CMI_EVENTS, "2024-01-05T10:00", "2024-03-04T23:59");
    left = 1000000;
    assert_int_equal(cm_context_create(&options, &ctx, NULL), CM_OK);
    int64_t n = 0;
    for (;; n++) {
        left = n;
        cm_status status = plan_once(ctx, &k.extent, k.err);
        left = 1000000;
        assert_int_equal(cm_context_memory(ctx), 0);
        if (status == CM_OK) break;
        if (status != CM_ERR_MEMORY) print_error("%d: %s\n", (int)n, cm_error_message(k.err));
        assert_int_equal(status, CM_ERR_MEMORY);
        assert_int_equal(cm_error_status(k.err), CM_ERR_MEMORY);
        assert_true(n < 5000);
    }
    assert_true(n > 20);
    cm_context_destroy(ctx);
}

static int open_planning(void **state)
{
    (void)state;
    planning_open(&k);
    return 0;
}

static int close_planning(void **state)
{
    (void)state;
    planning_close(&k);
    return 0;
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, open_planning, close_planning)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_default_window),
        TEST(test_given_window),
        TEST(test_zones),
        TEST(test_periods),
        TEST(test_without_facts),
        TEST(test_texts),
        TEST(test_presets),
        TEST(test_hash),
        TEST(test_children),
        TEST(test_deep_children),
        TEST(test_possible_children),
        TEST(test_labels),
        TEST(test_every_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
