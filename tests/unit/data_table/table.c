/* SPDX-License-Identifier: MIT */
#include "support/fixture.h"

#include <stdlib.h>
#include <string.h>

static const cmi_column_spec TEXT_COLUMN = { .name = "t", .type = CM_TYPE_TEXT };

static cm_table *make_table(cm_context *ctx, const cmi_column_spec *column)
{
    cm_table *table = NULL;
    assert_int_equal(cmi_table_create(ctx, "t", NULL, column, 1, &table, NULL), CM_OK);
    return table;
}

static void assert_text(const cm_table *table, int64_t row, const char *expected)
{
    const char *text = NULL;
    int64_t length = -1;
    bool is_null = false;
    assert_int_equal(cm_table_get_text(table, row, 0, &text, &length, &is_null, NULL), CM_OK);
    assert_int_equal(is_null, expected == NULL);
    if (!expected) return;
    assert_int_equal(length, strlen(expected));
    assert_memory_equal(text, expected, strlen(expected));
}

static cmi_dict *make_dict(cm_context *ctx, const char *a, const char *b)
{
    const char *texts[] = { a, b };
    const size_t lengths[] = { strlen(a), strlen(b) };
    cmi_dict *dict = cmi_dict_from_sorted(ctx, 2, texts, lengths);
    assert_non_null(dict);
    return dict;
}

static void test_values_come_back(void **state)
{
    (void)state;
    cm_context *ctx = make_context(NULL);
    cm_result *result = make_result(ctx);
    const cm_table *t = NULL;
    assert_int_equal(cm_result_table(result, "customers", &t, NULL), CM_OK);
    assert_int_equal(cm_table_n_rows(t), 3);
    assert_int_equal(cm_table_n_columns(t), N_COLUMNS);
    assert_string_equal(cm_table_doc(t), "one row per customer");
    assert_true(cm_table_column_is_key(t, C_ID));
    assert_int_equal(cm_table_column_scale(t, C_MONEY), 4);
    assert_string_equal(cm_table_column_unit(t, C_X), "ratio");
    int64_t n = 7;
    double x = 7;
    bool null = false, ok = false;
    assert_int_equal(cm_table_get_i64(t, 0, C_N, &n, &null, NULL), CM_OK);
    assert_int_equal(n, 42);
    assert_int_equal(cm_table_get_f64(t, 0, C_N, &x, &null, NULL), CM_OK);
    CM_ASSERT_SAME(x, 42);
    assert_int_equal(cm_table_get_f64(t, 2, C_MONEY, &x, &null, NULL), CM_OK);
    CM_ASSERT_SAME(x, -0.3333);
    assert_int_equal(cm_table_get_bool(t, 0, C_OK, &ok, NULL, NULL), CM_OK);
    assert_true(ok);
    assert_int_equal(cm_table_get_i64(t, 2, C_DAY, &n, NULL, NULL), CM_OK);
    assert_int_equal(n, -1);
    for (int32_t c = 0; c < N_COLUMNS; c++) {
        const void *data = NULL;
        const int64_t *offsets = NULL;
        const uint8_t *validity = NULL;
        assert_int_equal(cm_table_data(t, c, &data, &offsets, &validity, NULL), CM_OK);
        assert_non_null(data);
        assert_non_null(validity);
        assert_int_equal(*validity, 5);
        assert_int_equal(offsets != NULL, c == C_ID);
    }
    cm_context_destroy(ctx);
    cm_result_destroy(result);
}

static void test_nulls_and_types_are_told(void **state)
{
    (void)state;
    cm_context *ctx = make_context(NULL);
    cm_result *result = make_result(ctx);
    cm_error *err = cm_error_create();
    const cm_table *t = cm_result_table_at(result, 0);
    int64_t n = 7;
    double x = 7;
    bool null = false;
    assert_int_equal(cm_table_get_i64(t, 1, C_N, &n, &null, err), CM_OK);
    assert_true(null);
    assert_int_equal(n, 7);
    assert_int_equal(cm_table_get_i64(t, 1, C_N, &n, NULL, err), CM_ERR_TYPE);
    assert_int_equal(cm_error_row(err), 2);
    assert_string_equal(cm_error_column(err), "n_orders");
    null = true;
    assert_int_equal(cm_table_get_i64(t, 0, C_ID, &n, &null, err), CM_ERR_TYPE);
    assert_true(null);
    assert_int_equal(cm_table_get_i64(t, 3, C_N, &n, NULL, err), CM_ERR_ARG);
    assert_int_equal(cm_table_get_i64(t, -1, C_N, &n, NULL, err), CM_ERR_ARG);
    assert_int_equal(cm_table_get_i64(t, 0, N_COLUMNS, &n, NULL, err), CM_ERR_ARG);
    assert_int_equal(cm_table_get_i64(NULL, 0, 0, &n, NULL, err), CM_ERR_ARG);
    assert_int_equal(cm_table_get_f64(t, 2, C_N, &x, &null, err), CM_OK); /* -2^63 is a double */
    CM_ASSERT_SAME(x, -0x1p63);
    int32_t column = -1;
    assert_int_equal(cm_table_find(t, "revenue", &column, err), CM_OK);
    assert_int_equal(column, C_MONEY);
    assert_int_equal(cm_table_find(t, "revenu", &column, err), CM_ERR_NOT_FOUND);
    assert_int_equal(column, C_MONEY);
    assert_non_null(strstr(cm_error_hint(err), "revenue"));
    cm_error_destroy(err);
    cm_result_destroy(result);
    cm_context_destroy(ctx);
}

static void test_inexact_integers_are_refused(void **state)
{
    (void)state;
    cm_context *ctx = make_context(NULL);
    const cmi_column_spec column = { .name = "n", .type = CM_TYPE_I64 };
    cm_table *t = make_table(ctx, &column);
    const int64_t values[] = { INT64_C(1) << 53, (INT64_C(1) << 53) + 1, INT64_MAX,
                               (INT64_C(1) << 53) + 2 };
    const bool exact[] = { true, false, false, true };
    for (int i = 0; i < 4; i++) {
        cmi_table_row(t);
        cmi_table_set_i64(t, 0, values[i]);
    }
    assert_int_equal(cmi_table_finish(t, NULL), CM_OK);
    for (int i = 0; i < 4; i++) {
        double x = 0;
        assert_int_equal(cm_table_get_f64(t, i, 0, &x, NULL, NULL), exact[i] ? CM_OK : CM_ERR_TYPE);
    }
    cmi_table_release(t);
    cm_context_destroy(ctx);
}

static void test_codes_become_text(void **state)
{
    (void)state;
    cm_context *ctx = make_context(NULL);
    cmi_dict *dict = make_dict(ctx, "1", "bert");
    cm_table *t = make_table(ctx, &TEXT_COLUMN);
    cmi_table_row(t); /* null before the dictionary is known */
    for (int i = 0; i < 40; i++) {
        cmi_table_row(t);
        cmi_table_set_code(t, 0, dict, (uint32_t)(i % 3));
    }
    cmi_dict_release(dict); /* the column holds its own reference */
    assert_null(t->columns[0].offsets);
    assert_int_equal(cmi_table_finish(t, NULL), CM_OK);
    assert_text(t, 0, NULL);
    for (int i = 0; i < 40; i++) {
        const char *expected[] = { NULL, "1", "bert" };
        assert_text(t, i + 1, expected[i % 3]);
    }
    cmi_table_release(t);
    cm_context_destroy(ctx);
}

static void test_codes_and_texts_mix(void **state)
{
    (void)state;
    cm_context *ctx = make_context(NULL);
    cmi_dict *one = make_dict(ctx, "a", "bb"), *two = make_dict(ctx, "ccc", "dddd");
    cm_table *t = make_table(ctx, &TEXT_COLUMN);
    cmi_table_row(t);
    cmi_table_set_code(t, 0, one, 2);
    cmi_table_row(t);
    cmi_table_row(t);
    cmi_table_set_code(t, 0, one, 1);
    cmi_table_set_code(t, 0, two, 1); /* the cell's second value holds */
    cmi_table_row(t);
    cmi_table_set_text(t, 0, "eeeee", 5);
    cmi_table_set_text(t, 0, "f", 1);
    cmi_table_row(t);
    cmi_table_set_text(t, 0, "gone", 4);
    cmi_table_set_null(t, 0);
    cmi_table_row(t);
    cmi_table_set_text(t, 0, "", 0);
    cmi_table_row(t);
    assert_int_equal(cmi_table_finish(t, NULL), CM_OK);
    const char *expected[] = { "bb", NULL, "ccc", "f", NULL, "", NULL };
    for (int i = 0; i < 7; i++) assert_text(t, i, expected[i]);
    assert_int_equal(t->columns[0].offsets[7], 6);
    cmi_dict_release(one);
    cmi_dict_release(two);
    cmi_table_release(t);
    cm_context_destroy(ctx);
}

static void test_columns_without_nulls_have_no_bitmap(void **state)
{
    (void)state;
    cm_context *ctx = make_context(NULL);
    const cmi_column_spec column = { .name = "n", .type = CM_TYPE_I64 };
    cm_table *t = make_table(ctx, &column);
    for (int i = 0; i < 1000; i++) {
        cmi_table_row(t);
        cmi_table_set_i64(t, 0, i);
        cmi_table_set_i64(t, 0, -i);
    }
    assert_int_equal(cmi_table_finish(t, NULL), CM_OK);
    const void *data = NULL;
    const uint8_t *validity = NULL;
    assert_int_equal(cm_table_data(t, 0, &data, NULL, &validity, NULL), CM_OK);
    assert_null(validity);
    for (int i = 0; i < 1000; i++) assert_int_equal(((const int64_t *)data)[i], -i);
    cmi_table_release(t);
    cm_context_destroy(ctx);
}

static void test_misuse_sticks(void **state)
{
    (void)state;
    cm_context *ctx = make_context(NULL);
    const cmi_column_spec number = { .name = "x", .type = CM_TYPE_F64 };
    const double infinite = (double)INFINITY;
    for (int kind = 0; kind < 6; kind++) {
        cm_table *t = make_table(ctx, &number);
        if (kind != 0) cmi_table_row(t);
        if (kind == 0) cmi_table_set_f64(t, 0, 1);
        if (kind == 1) cmi_table_set_i64(t, 0, 1);
        if (kind == 2) cmi_table_set_f64(t, 1, 1);
        if (kind == 3) cmi_table_set_f64(t, 0, infinite);
        if (kind == 4) cmi_table_set_f64(t, -1, 1);
        if (kind == 5) cmi_table_set_text(t, 0, "x", 1);
        cmi_table_row(t);
        assert_int_equal(cmi_table_status(t), CM_ERR_INTERNAL);
        assert_int_equal(cmi_table_finish(t, NULL), CM_ERR_INTERNAL);
        assert_int_equal(cm_table_n_rows(t), 0);
        cmi_table_release(t);
    }
    cm_table *t = make_table(ctx, &number);
    cmi_table_row(t);
    cmi_table_set_f64(t, 0, (double)NAN);
    assert_int_equal(cmi_table_finish(t, NULL), CM_OK);
    bool null = false;
    double x = 3;
    assert_int_equal(cm_table_get_f64(t, 0, 0, &x, &null, NULL), CM_OK);
    assert_true(null);
    cmi_table_row(t); /* frozen */
    assert_int_equal(cm_table_n_rows(t), 1);
    cmi_table_release(t);
    cmi_table_row(NULL);
    cmi_table_set_i64(NULL, 0, 1);
    assert_int_equal(cmi_table_status(NULL), CM_ERR_MEMORY);
    cm_context_destroy(ctx);
}

static void test_short_memory_leaks_nothing(void **state)
{
    (void)state;
    bool made = false;
    for (int64_t n = 0; !made && n < 2000; n++) {
        failing f = { .left = 0, .armed = false };
        cm_context *ctx = make_context(&f);
        int64_t before = cm_context_memory(ctx);
        f.left = n;
        f.armed = true;
        cm_result *result = try_result(ctx);
        cm_buffer *out = NULL;
        made = result && cm_buffer_create(ctx, &out, NULL) == CM_OK;
        made = made && cm_result_json(result, out, NULL) == CM_OK;
        made = made && cm_table_csv(cm_result_table_at(result, 0), out, NULL) == CM_OK;
        int64_t size = cm_buffer_size(out);
        made = made && cm_table_text(cm_result_table_at(result, 0), 0, out, NULL) == CM_OK;
        if (!made)
            assert_int_equal(cm_buffer_size(out), size); /* failed calls leave it as it was */
        cm_buffer_destroy(out);
        cm_result_destroy(result);
        assert_int_equal(cm_context_memory(ctx), before);
        f.armed = false;
        cm_context_destroy(ctx);
    }
    assert_true(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_come_back),
        cmocka_unit_test(test_nulls_and_types_are_told),
        cmocka_unit_test(test_inexact_integers_are_refused),
        cmocka_unit_test(test_codes_become_text),
        cmocka_unit_test(test_codes_and_texts_mix),
        cmocka_unit_test(test_columns_without_nulls_have_no_bitmap),
        cmocka_unit_test(test_misuse_sticks),
        cmocka_unit_test(test_short_memory_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
