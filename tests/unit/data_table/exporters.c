/* SPDX-License-Identifier: MIT */
#include "support/fixture.h"

#include <stdlib.h>
#include <string.h>

static void assert_money(cmi_i128 value, int32_t scale, const char *expected)
{
    char text[CMI_CELL_TEXT];
    assert_int_equal(cmi_money_text(value, scale, text), strlen(expected));
    assert_string_equal(text, expected);
}

static void test_money_prints_exactly(void **state)
{
    (void)state;
    assert_money(125000, 4, "12.50");
    assert_money(3333, 4, "0.3333");
    assert_money(-3330, 4, "-0.333");
    assert_money(-5, 4, "-0.0005");
    assert_money(0, 4, "0.00");
    assert_money(7, 0, "7");
    assert_money(-70, 1, "-7.0");
    assert_money(700, 2, "7.00");
    assert_money(CMI_I128_MAX, 0, "170141183460469231731687303715884105727");
    assert_money(CMI_I128_MIN, 38, "-1.70141183460469231731687303715884105728");
}

typedef cm_status (*export_fn)(const cm_result *result, cm_buffer *out);

static cm_status to_json(const cm_result *result, cm_buffer *out)
{
    return cm_result_json(result, out, NULL);
}

static cm_status to_csv(const cm_result *result, cm_buffer *out)
{
    return cm_table_csv(cm_result_table_at(result, 0), out, NULL);
}

static cm_status to_text(const cm_result *result, cm_buffer *out)
{
    return cm_table_text(cm_result_table_at(result, 0), 0, out, NULL);
}

static cm_status to_short_text(const cm_result *result, cm_buffer *out)
{
    return cm_table_text(cm_result_table_at(result, 0), 1, out, NULL);
}

static cm_status to_empty_text(const cm_result *result, cm_buffer *out)
{
    return cm_table_text(cm_result_table_at(result, 1), 0, out, NULL);
}

static void assert_export(export_fn export, const char *expected)
{
    cm_context *ctx = make_context(NULL);
    cm_result *result = make_result(ctx);
    cm_buffer *out = NULL;
    assert_int_equal(cm_buffer_create(ctx, &out, NULL), CM_OK);
    assert_int_equal(export(result, out), CM_OK);
    char *text = take_text(out);
    assert_string_equal(text, expected);
    free(text);
    cm_buffer_destroy(out);
    cm_result_destroy(result);
    cm_context_destroy(ctx);
}

#define COLUMNS_JSON                                                                               \
    "{\"columns\":[{\"name\":\"customer\",\"type\":\"text\",\"unit\":\"\"},"                       \
    "{\"name\":\"n_orders\",\"type\":\"int64\",\"unit\":\"\"},"                                    \
    "{\"name\":\"share\",\"type\":\"float64\",\"unit\":\"ratio\"},"                                \
    "{\"name\":\"revenue\",\"type\":\"money\",\"unit\":\"money\"},"                                \
    "{\"name\":\"active\",\"type\":\"bool\",\"unit\":\"\"},"                                       \
    "{\"name\":\"period\",\"type\":\"date\",\"unit\":\"\"},"                                       \
    "{\"name\":\"hour\",\"type\":\"timestamp\",\"unit\":\"\"}]"

static void test_json(void **state)
{
    (void)state;
    assert_export(
        to_json,
        "{\"kpi\":\"demo\",\"version\":3,\"meta\":{\"kpi\":\"demo\",\"version\":3,"
        "\"library\":\"" CM_VERSION_STRING "\",\"options\":{\"as_of\":\"2024-03-01\"},"
        "\"plan_hash\":null,\"rows_read\":null,\"rows_rejected\":null,\"pending\":null,"
        "\"n_customers\":null,\"n_anonymous\":null,\"ties\":null,\"tz\":null,\"tzdata\":null,"
        "\"warnings\":[\"selector \\\"x\\\" matched no row\"]},\"tables\":{\n"
        "\"customers\":" COLUMNS_JSON ",\"rows\":[\n"
        "[\"anna\",42,0.1,12.50,true,\"2024-02-29\",\"2024-02-29T05:30:00+05:30\"],\n"
        "[null,null,null,null,null,null,null],\n"
        "[\"=1+\\\"2\\\",\\n<\\/\\u2028\",-9223372036854775808,-1234567.891,-0.3333,false,"
        "\"1969-12-31\",\"1970-01-01T05:29:59.999999+05:30\"]]},\n"
        "\"none\":" COLUMNS_JSON ",\"rows\":[]}}}");
}

static void test_csv(void **state)
{
    (void)state;
    assert_export(
        to_csv,
        "customer,n_orders,share,revenue,active,period,hour\r\n"
        "anna,42,0.1,12.50,true,2024-02-29,2024-02-29T05:30:00+05:30\r\n"
        ",,,,,,\r\n"
        "\"'=1+\"\"2\"\",\n</\xe2\x80\xa8\",-9223372036854775808,-1234567.891,-0.3333,false,"
        "1969-12-31,1970-01-01T05:29:59.999999+05:30\r\n");
}

static void test_text(void **state)
{
    (void)state;
    assert_export(
        to_text,
        "customers: one row per customer\n"
        "customer                    n_orders     share  revenue  active  period      hour\n"
        "                                         ratio    money                      \n"
        "--------------  --------------------  --------  -------  ------  ----------  "
        "--------------------------------\n"
        "anna                              42       0.1    12.50  true    2024-02-29  "
        "2024-02-29T05:30:00+05:30\n"
        "-                                  -         -        -  -       -           -\n"
        "=1+\"2\",\\x0a</\xe2\x80\xa8  -9223372036854775808  -1234568  -0.3333  false   1969-12-31 "
        " "
        "1970-01-01T05:29:59.999999+05:30\n"
        "(- stands for no value)\n");
    assert_export(
        to_short_text,
        "customers: one row per customer\n"
        "customer  n_orders  share  revenue  active  period      hour\n"
        "                    ratio    money                      \n"
        "--------  --------  -----  -------  ------  ----------  -------------------------\n"
        "anna            42    0.1    12.50  true    2024-02-29  2024-02-29T05:30:00+05:30\n"
        "(1 of 3 rows)\n");
    assert_export(to_empty_text, "none\n"
                                 "customer  n_orders  share  revenue  active  period  hour\n"
                                 "                    ratio    money                  \n"
                                 "--------  --------  -----  -------  ------  ------  ----\n"
                                 "(no rows)\n");
}

static void assert_json_text(const char *text, size_t n, const char *expected)
{
    cm_context *ctx = make_context(NULL);
    cm_buffer *out = NULL;
    assert_int_equal(cm_buffer_create(ctx, &out, NULL), CM_OK);
    cmi_put_json_text(out, text, n);
    char *json = take_text(out);
    assert_string_equal(json, expected);
    free(json);
    cm_buffer_destroy(out);
    cm_context_destroy(ctx);
}

static void test_json_escapes(void **state)
{
    (void)state;
    assert_json_text("", 0, "\"\"");
    assert_json_text("a\0b", 3, "\"a\\u0000b\"");
    assert_json_text("\t\r\n\x01\x7f\\", 6, "\"\\t\\r\\n\\u0001\\u007f\\\\\"");
    assert_json_text("</script>a/b", 12, "\"<\\/script>a/b\"");
    assert_json_text("\xe2\x80\xa9\xe2\x82\xac", 6, "\"\\u2029\xe2\x82\xac\"");
    assert_json_text("\xff"
                     "a\xc0\x80\xe2\x80",
                     6, "\"\\ufffda\\ufffd\\ufffd\\ufffd\\ufffd\"");
    assert_json_text("\xed\xa0\x80", 3, "\"\\ufffd\\ufffd\\ufffd\"");
    assert_json_text("\xf0\x9f\x98\x80", 4, "\"\xf0\x9f\x98\x80\"");
}

static void assert_csv_text(const char *text, const char *expected)
{
    cm_context *ctx = make_context(NULL);
    const cmi_column_spec column = { .name = "t", .type = CM_TYPE_TEXT };
    cm_table *t = NULL;
    assert_int_equal(cmi_table_create(ctx, "t", NULL, &column, 1, &t, NULL), CM_OK);
    cmi_table_row(t);
    cmi_table_set_text(t, 0, text, strlen(text));
    assert_int_equal(cmi_table_finish(t, NULL), CM_OK);
    char got[64];
    int64_t length = -1;
    bool null = true;
    assert_int_equal(cm_table_format(t, 0, 0, got, sizeof got, &length, &null, NULL), CM_OK);
    assert_string_equal(got, expected);
    assert_int_equal(length, strlen(expected));
    assert_false(null);
    assert_int_equal(cm_table_format(t, 0, 0, got, 3, &length, NULL, NULL), CM_OK); /* cut */
    assert_int_equal(length, strlen(expected));
    assert_int_equal(strlen(got), length < 2 ? length : 2);
    assert_int_equal(cm_table_format(t, 0, 0, NULL, 0, &length, NULL, NULL), CM_OK);
    assert_int_equal(cm_table_format(t, 1, 0, got, 3, &length, NULL, NULL), CM_ERR_ARG);
    cmi_table_release(t);
    cm_context_destroy(ctx);
}

static void test_formulas_are_disarmed(void **state)
{
    (void)state;
    assert_csv_text("plain", "plain");
    assert_csv_text("", "\"\"");
    assert_csv_text("=SUM(A1)", "'=SUM(A1)");
    assert_csv_text("+cmd", "'+cmd");
    assert_csv_text("-cmd", "'-cmd");
    assert_csv_text("@x", "'@x");
    assert_csv_text("\tx", "'\tx");
    assert_csv_text("\rx", "\"'\rx\"");
    assert_csv_text("  =x", "\"'  =x\"");
    assert_csv_text("\"=x", "\"'\"\"=x\"");
    assert_csv_text("-12", "-12");
    assert_csv_text("+1.5e-7", "+1.5e-7");
    assert_csv_text("-1+2", "'-1+2");
    assert_csv_text("-", "'-");
    assert_csv_text("a,b", "\"a,b\"");
    assert_csv_text("say \"hi\"", "\"say \"\"hi\"\"\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_money_prints_exactly),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_csv),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_json_escapes),
        cmocka_unit_test(test_formulas_are_disarmed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
