/* SPDX-License-Identifier: MIT */
#include "core_test.h"
#include "core/error.h"

static void test_empty_and_null(void **state)
{
    (void)state;
    cm_error *err = cm_error_create();
    assert_int_equal(cm_error_status(err), CM_OK);
    assert_string_equal(cm_error_message(err), "");
    assert_string_equal(cm_error_table(NULL), "");
    assert_string_equal(cm_error_column(NULL), "");
    assert_string_equal(cm_error_option(NULL), "");
    assert_string_equal(cm_error_hint(NULL), "");
    assert_string_equal(cm_error_message(NULL), "");
    assert_int_equal(cm_error_row(NULL), 0);
    assert_int_equal(cm_error_status(NULL), CM_OK);
    assert_int_equal(cmi_fail(NULL, CM_ERR_IO, "%d", 1), CM_ERR_IO);
    cmi_error_at(NULL, "t", 1, "c");
    cmi_error_option(NULL, "o");
    cmi_error_hint(NULL, "h");
    cmi_error_prefix(NULL, "p");
    cmi_error_reset(NULL);
    cmi_error_copy(NULL, err);
    cm_error_destroy(err);
    cm_error_destroy(NULL);
}

static void test_fields(void **state)
{
    (void)state;
    cm_error *err = cm_error_create();
    assert_int_equal(cmi_fail(err, CM_ERR_DATA, "time \"%s\" cannot be read", "soon"), CM_ERR_DATA);
    cmi_error_at(err, "orders", 7, "time");
    cmi_error_option(err, "strict");
    cmi_error_hint(err, "try %s", "%Y-%m-%d");
    cmi_error_prefix(err, "%s: ", "orders.csv");
    assert_string_equal(cm_error_message(err), "orders.csv: time \"soon\" cannot be read");
    assert_string_equal(cm_error_table(err), "orders");
    assert_string_equal(cm_error_column(err), "time");
    assert_string_equal(cm_error_option(err), "strict");
    assert_string_equal(cm_error_hint(err), "try %Y-%m-%d");
    assert_int_equal(cm_error_row(err), 7);
    cmi_error_at(err, NULL, 0, NULL);
    assert_string_equal(cm_error_table(err), "");
    /* its own text as an argument, and fields of an earlier failure gone */
    cmi_fail(err, CM_ERR_IO, "again: %s", cm_error_message(err));
    assert_string_equal(cm_error_message(err), "again: orders.csv: time \"soon\" cannot be read");
    assert_string_equal(cm_error_hint(err), "");
    cmi_error_reset(err);
    assert_string_equal(cm_error_message(err), "");
    cm_error_destroy(err);
}

static void test_text_is_one_clean_line(void **state)
{
    (void)state;
    cm_error *err = cm_error_create();
    cmi_fail(err, CM_ERR_DATA,
             "a\nb\tc\x7f"
             "d \xff\xc0\xaf \xed\xa0\x80 \xf5 \xe0\x80\x80 \xf0\x80\x80\x80 \xf4\x90\x80\x80|");
    assert_string_equal(cm_error_message(err), "a b c d ??? ??? ? ??? ???? ????|");
    cmi_fail(err, CM_ERR_DATA, "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
    assert_string_equal(cm_error_message(err), "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
    cm_error_destroy(err);
}

static void test_long_text_is_cut_between_characters(void **state)
{
    (void)state;
    cm_error *err = cm_error_create();
    for (int shift = 0; shift < 4; shift++) {
        char text[2001];
        size_t n = 0;
        for (int i = 0; i < shift; i++) text[n++] = 'x';
        for (; n + 4 <= 2000; n += 4) memcpy(text + n, "\xf0\x9f\x98\x80", 4);
        text[n] = '\0';
        cmi_fail(err, CM_ERR_DATA, "%s", text);
        size_t got = strlen(cm_error_message(err));
        assert_int_equal((got - (size_t)shift) % 4, 0);
        assert_true(got > 500 && got < 512);
        cmi_error_prefix(err, "p%s", "q");
        got = strlen(cm_error_message(err));
        assert_int_equal((got - 2 - (size_t)shift) % 4, 0);
        cmi_error_at(err, text, 1, text);
        assert_int_equal((strlen(cm_error_table(err)) - (size_t)shift) % 4, 0);
        cmi_error_hint(err, "%s", text);
        assert_int_equal((strlen(cm_error_hint(err)) - (size_t)shift) % 4, 0);
        cmi_error_prefix(err, "%s", text);
        assert_memory_equal(cm_error_message(err), text, 500);
    }
    cm_error_destroy(err);
}

static const char *get_name(int32_t i, const void *user)
{
    return ((const char *const *)user)[i];
}

static void test_suggestions(void **state)
{
    (void)state;
    static const char *const names[] = { "cohort",      "rfm", "retention", "revenue",
                                         "repeat_rate", NULL,  "" };
    cm_error *err = cm_error_create();
    cmi_fail(err, CM_ERR_NOT_FOUND, "no KPI \"chort\"");
    cmi_error_suggest(err, "chort", 7, get_name, names);
    assert_string_equal(cm_error_hint(err), "did you mean cohort?");
    cmi_fail(err, CM_ERR_NOT_FOUND, "no KPI");
    cmi_error_suggest(err, "xylophone", 7, get_name, names);
    assert_string_equal(cm_error_hint(err), "");
    cmi_error_suggest(err, "Repeat-Raet", 7, get_name, names);
    assert_string_equal(cm_error_hint(err), "did you mean repeat_rate?");
    static const char *const near[] = { "abcd", "abce", "abcf", "abc", "abcx" };
    cmi_error_suggest(err, "abc", 5, get_name, near);
    assert_string_equal(cm_error_hint(err), "did you mean abc, abcd, abce?");
    cmi_error_suggest(err, "", 5, get_name, near);
    cmi_error_suggest(NULL, "abc", 5, get_name, near);
    cm_error_destroy(err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_and_null),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_text_is_one_clean_line),
        cmocka_unit_test(test_long_text_is_cut_between_characters),
        cmocka_unit_test(test_suggestions),
    };
    return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
