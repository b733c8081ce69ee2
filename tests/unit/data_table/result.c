/* SPDX-License-Identifier: MIT */
#include "support/fixture.h"

#include <string.h>

static void assert_entry(const cm_result *result, const char *key, const char *expected)
{
    const char *text = "untouched";
    cm_status status = cm_result_meta_get(result, key, &text, NULL);
    assert_int_equal(status, expected ? CM_OK : CM_ERR_NOT_FOUND);
    assert_string_equal(text, expected ? expected : "untouched");
}

static void test_meta(void **state)
{
    (void)state;
    cm_context *ctx = make_context(NULL);
    cm_result *result = NULL;
    assert_int_equal(cmi_result_create(ctx, "rfm", 2, &result, NULL), CM_OK);
    cmi_meta *meta = cmi_result_open_meta(result);
    cmi_meta_warn(meta, "one");
    cmi_meta_text(meta, NULL, "tz", "Europe/Paris");
    cmi_meta_node *options = cmi_meta_object(meta, NULL, "options");
    cmi_meta_text(meta, options, "as_of", "2024-01-01");
    cmi_meta_text(meta, options, "as_of", "2024-02-01"); /* replaced */
    cmi_meta_text(meta, options, "active_users.windows", "1,7");
    cmi_meta_text(meta, options, "where", NULL);
    cmi_meta_f64(meta, options, "confidence", 0.95);
    cmi_meta_f64(meta, options, "odd", (double)NAN);
    cmi_meta_bool(meta, options, "detail", true);
    cmi_meta_node *rejected = cmi_meta_object(meta, NULL, "rows_rejected");
    cmi_meta_i64(meta, cmi_meta_object(meta, rejected, "orders"), "amount is unreadable", 3);
    cmi_meta_i64(meta, cmi_meta_object(meta, rejected, "orders"), "time missing", 1);
    cmi_meta_hash(meta, NULL, "plan_hash", UINT64_C(0x00ab00000000000f));
    cmi_meta_warn(meta, "two");
    cmi_meta_warn(meta, "one");
    cmi_meta_i64(meta, NULL, "n_no_sale", 4);
    assert_int_equal(cmi_result_finish(result, NULL), CM_OK);
    assert_null(cmi_result_open_meta(result));
    assert_entry(result, "kpi", "rfm");
    assert_entry(result, "version", "2");
    assert_entry(result, "tz", "Europe/Paris");
    assert_entry(result, "options.as_of", "2024-02-01");
    assert_entry(result, "options.active_users.windows", "1,7");
    assert_entry(result, "options.where", "");
    assert_entry(result, "options.confidence", "0.95");
    assert_entry(result, "options.detail", "true");
    assert_entry(result, "plan_hash", "00ab00000000000f");
    assert_entry(result, "rows_rejected.orders", "{\"amount is unreadable\":3,\"time missing\":1}");
    assert_entry(result, "warnings", "[\"one\",\"two\"]");
    assert_entry(result, "options.as", NULL);
    assert_entry(result, "", NULL);
    assert_entry(result, "tz.x", NULL);
    assert_string_equal(
        cm_result_meta(result),
        "{\"kpi\":\"rfm\",\"version\":2,\"library\":\"" CM_VERSION_STRING "\",\"options\":{"
        "\"as_of\":\"2024-02-01\",\"active_users.windows\":\"1,7\",\"where\":null,"
        "\"confidence\":0.95,\"odd\":null,\"detail\":true},\"plan_hash\":\"00ab00000000000f\","
        "\"rows_read\":null,\"rows_rejected\":{\"orders\":{\"amount is unreadable\":3,"
        "\"time missing\":1}},\"pending\":null,\"n_customers\":null,\"n_anonymous\":null,"
        "\"ties\":null,\"tz\":\"Europe/Paris\",\"tzdata\":null,\"warnings\":[\"one\",\"two\"],"
        "\"n_no_sale\":4}");
    cm_result_destroy(result);
    cm_context_destroy(ctx);
}

static void test_tables_are_found(void **state)
{
    (void)state;
    cm_context *ctx = make_context(NULL);
    cm_result *result = make_result(ctx);
    cm_error *err = cm_error_create();
    const cm_table *t = NULL;
    assert_int_equal(cm_result_n_tables(result), 2);
    assert_int_equal(cm_result_table(result, "none", &t, err), CM_OK);
    assert_ptr_equal(t, cm_result_table_at(result, 1));
    assert_int_equal(cm_table_n_rows(t), 0);
    assert_int_equal(cm_result_table(result, "segments", &t, err), CM_ERR_NOT_FOUND);
    assert_non_null(strstr(cm_error_message(err), "customers, none"));
    assert_ptr_equal(t, cm_result_table_at(result, 1));
    assert_null(cm_result_table_at(result, 2));
    assert_null(cm_result_table_at(result, -1));
    assert_null(cm_result_table_at(NULL, 0));
    assert_int_equal(cm_result_table(result, NULL, &t, err), CM_ERR_ARG);
    assert_string_equal(cm_result_kpi(result), "demo");
    cm_error_destroy(err);
    cm_result_destroy(result);
    cm_context_destroy(ctx);
}

static void test_failures_of_tables_reach_the_result(void **state)
{
    (void)state;
    cm_context *ctx = make_context(NULL);
    cm_result *result = NULL;
    assert_int_equal(cmi_result_create(ctx, "rfm", 2, &result, NULL), CM_OK);
    const cmi_column_spec bad = { .name = "x", .type = CM_TYPE_MONEY, .scale = 39 };
    assert_null(cmi_result_add_table(result, "t", NULL, &bad, 1));
    assert_null(cmi_result_add_table(result, "u", NULL, NULL, 0));
    assert_int_not_equal(cmi_result_finish(result, NULL), CM_OK);
    cm_result_destroy(result);
    cm_context_destroy(ctx);
}

static void release_model(void *model)
{
    ++*(int *)model;
}

static void test_model_and_references(void **state)
{
    (void)state;
    cm_context *ctx = make_context(NULL);
    cm_result *result = make_result(ctx);
    int first = 0, second = 0;
    assert_null(cmi_result_get_model(result));
    cmi_result_set_model(result, &first, release_model);
    cmi_result_set_model(result, &second, release_model);
    assert_int_equal(first, 1);
    assert_ptr_equal(cmi_result_get_model(result), &second);
    cm_result_retain(result);
    cm_result_destroy(result);
    assert_int_equal(second, 0);
    cm_context_destroy(ctx); /* results may outlive it */
    assert_string_equal(cm_table_name(cm_result_table_at(result, 0)), "customers");
    cm_result_destroy(result);
    assert_int_equal(second, 1);
    cm_result_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_meta),
        cmocka_unit_test(test_tables_are_found),
        cmocka_unit_test(test_failures_of_tables_reach_the_result),
        cmocka_unit_test(test_model_and_references),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
