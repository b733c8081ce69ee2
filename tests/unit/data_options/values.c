/* SPDX-License-Identifier: MIT */
#include "reading.h"

#include <math.h>

static reading r;

static void test_numbers(void **state)
{
    int64_t i;
    double d;
    (void)state;
    READS(&r, CMI_T_INT, "1..366", " 28 ", "28", &i);
    assert_int_equal(i, 28);
    READS(&r, CMI_T_INT, NULL, "-0007", "-7", &i);
    assert_int_equal(i, -7);
    READS(&r, CMI_T_INT, NULL, "9223372036854775807", "9223372036854775807", &i);
    READS(&r, CMI_T_NUMBER, "0..1", "1.00", "1", &d);
    READS(&r, CMI_T_NUMBER, "0..1", ".05", "0.05", &d);
    CM_ASSERT_SAME(d, 0.05);
    READS(&r, CMI_T_NUMBER, NULL, "-0", "0", &d);
    REFUSES(&r, CMI_T_INT, "1..366", "400", CM_ERR_OPTION, "x=400: '400' is outside 1..366");
    REFUSES(&r, CMI_T_INT, NULL, "9223372036854775808", CM_ERR_OPTION, "whole number");
    REFUSES(&r, CMI_T_INT, NULL, "-9223372036854775808", CM_ERR_OPTION, "whole number");
    REFUSES(&r, CMI_T_INT, NULL, "1.5", CM_ERR_OPTION, "whole number");
    REFUSES(&r, CMI_T_INT, NULL, "1,2", CM_ERR_OPTION, "whole number");
    REFUSES(&r, CMI_T_NUMBER, "(0..1)", "0", CM_ERR_OPTION, "outside (0..1)");
    REFUSES(&r, CMI_T_NUMBER, "(0..1)", "1", CM_ERR_OPTION, "outside (0..1)");
    REFUSES(&r, CMI_T_NUMBER, "0..", "-1", CM_ERR_OPTION, "outside 0..");
    REFUSES(&r, CMI_T_NUMBER, NULL, "1,5", CM_ERR_OPTION, "not a number");
    REFUSES(&r, CMI_T_NUMBER, NULL, "nan", CM_ERR_OPTION, "not a number");
    REFUSES(&r, CMI_T_NUMBER, NULL, "1e999", CM_ERR_OPTION, "not a number");
}

static void test_choices(void **state)
{
    int32_t c;
    bool b;
    (void)state;
    READS(&r, CMI_T_CHOICE, "net|gross|!both", "gross", "gross", &c);
    assert_int_equal(c, 1);
    READS(&r, CMI_T_CHOICE, "!a|b", "b", "b", &c);
    assert_int_equal(c, 1);
    REFUSES(&r, CMI_T_CHOICE, "net|gross|!both", "both", CM_ERR_UNSUPPORTED, "both");
    REFUSES(&r, CMI_T_CHOICE, "net|gross|!both", "!both", CM_ERR_OPTION, "none of: net, gross");
    REFUSES(&r, CMI_T_CHOICE, "net|gross", "ne", CM_ERR_OPTION, "'ne'");
    REFUSES(&r, CMI_T_CHOICE, "net|gross", "net|gross", CM_ERR_OPTION, "none of");
    READS(&r, CMI_T_BOOL, NULL, "yes", "true", &b);
    assert_true(b);
    READS(&r, CMI_T_BOOL, NULL, "0", "false", &b);
    assert_false(b);
    REFUSES(&r, CMI_T_BOOL, NULL, "maybe", CM_ERR_OPTION, "neither true nor false");
}

static void test_times(void **state)
{
    cmi_duration d;
    cmi_period p;
    int64_t t;
    cmi_tz *tz;
    (void)state;
    READS(&r, CMI_T_DURATION, NULL, "30min", "30min", &d);
    assert_int_equal(d.n, 30);
    READS(&r, CMI_T_DURATION, "1d..1y", "3m", "3m", &d);
    assert_int_equal(d.unit, CMI_UNIT_MONTH);
    REFUSES(&r, CMI_T_DURATION, "1d..1y", "2y", CM_ERR_OPTION, "outside 1d..1y");
    REFUSES(&r, CMI_T_DURATION, NULL, "-3d", CM_ERR_OPTION, "no duration");
    REFUSES(&r, CMI_T_DURATION, NULL, "7", CM_ERR_OPTION, "no duration");
    READS(&r, CMI_T_PERIOD, NULL, "1d", "day", &p);
    READS(&r, CMI_T_PERIOD, NULL, "14d", "14d", &p);
    assert_int_equal(p.step, 14);
    READS(&r, CMI_T_PERIOD, NULL, "all", "all", &p);
    assert_int_equal(p.unit, 0);
    REFUSES(&r, CMI_T_PERIOD, NULL, "fortnight", CM_ERR_OPTION, "none of: hour, day");
    READS(&r, CMI_T_DATE, NULL, "20240331", "2024-03-31", &t);
    READS(&r, CMI_T_DATE, NULL, "2024-03-31 10:00:00", "2024-03-31T10:00:00", &t);
    READS(&r, CMI_T_DATE, NULL, "2024-03-31T10:00:00+02:00", "2024-03-31T08:00:00Z", &t);
    REFUSES(&r, CMI_T_DATE, NULL, "31.3.2024", CM_ERR_OPTION, "no date");
    assert_int_equal(cmi_tz_load(r.ctx, "+05:30", &tz, r.err), CM_OK);
    assert_int_equal(read_in(&r, tz, CMI_T_DATE, NULL, "1970-01-02", &t), CM_OK);
    assert_int_equal(t, CMI_DAY - 330 * CMI_MINUTE);
    assert_int_equal(read_in(&r, tz, CMI_T_DATE, NULL, "1970-01-02T01:00", &t), CM_OK);
    assert_int_equal(t, CMI_DAY - 270 * CMI_MINUTE);
    assert_int_equal(read_in(&r, tz, CMI_T_DATE, NULL, "1970-01-02T01:00Z", &t), CM_OK);
    assert_int_equal(t, CMI_DAY + 60 * CMI_MINUTE);
    cmi_tz_release(tz);
    REFUSES(&r, CMI_T_ZONE, NULL, "Mars/Olympus", CM_ERR_NOT_FOUND, "Mars/Olympus");
}

static void test_lists(void **state)
{
    cmi_list ints;
    cmi_flist numbers;
    cmi_texts texts;
    cmi_durations durations;
    cmi_map map;
    (void)state;
    READS(&r, CMI_T_INTS, "1..366", "1, 7 ,28", "1,7,28", &ints);
    assert_int_equal(ints.n, 3);
    assert_int_equal(ints.v[2], 28);
    READS(&r, CMI_T_NUMBERS, "0..1", ".4,.2,.40", "0.4,0.2,0.4", &numbers);
    assert_int_equal(numbers.n, 3);
    READS(&r, CMI_T_DURATIONS, NULL, "7d,4w", "7d,4w", &durations);
    assert_int_equal(durations.n, 2);
    READS(&r, CMI_T_TEXTS, NULL, "a, \"b,c\", \"say \"\"x\"\"\" ,d e,\"\"",
          "a,\"b,c\",\"say \"\"x\"\"\",d e,\"\"", &texts);
    assert_int_equal(texts.n, 5);
    assert_string_equal(texts.v[1], "b,c");
    assert_string_equal(texts.v[2], "say \"x\"");
    assert_string_equal(texts.v[4], "");
    READS(&r, CMI_T_TEXTS, "plan|add_on|!seats", "add_on,plan", "add_on,plan", &texts);
    READS(&r, CMI_T_MAP, NULL, "r:.9, alpha:11,\"a:b\":1", "r:0.9,alpha:11,\"a:b\":1", &map);
    assert_int_equal(map.n, 3);
    assert_string_equal(map.name[2], "a:b");
    CM_ASSERT_SAME(map.v[0], .9);
    REFUSES(&r, CMI_T_TEXTS, "plan|add_on|!seats", "plan,seats", CM_ERR_UNSUPPORTED, "seats");
    REFUSES(&r, CMI_T_TEXTS, NULL, "a,,b", CM_ERR_OPTION, "nothing between");
    REFUSES(&r, CMI_T_TEXTS, NULL, "a,", CM_ERR_OPTION, "nothing between");
    REFUSES(&r, CMI_T_TEXTS, NULL, "a,\"b", CM_ERR_OPTION, "not closed");
    REFUSES(&r, CMI_T_TEXTS, NULL, "\"a\"b", CM_ERR_OPTION, "behind a closing quote");
    REFUSES(&r, CMI_T_INTS, "1..366", "1,400", CM_ERR_OPTION, "x=1,400: '400'");
    REFUSES(&r, CMI_T_MAP, NULL, "a", CM_ERR_OPTION, "name:number");
    REFUSES(&r, CMI_T_MAP, NULL, "a:b", CM_ERR_OPTION, "not a number");
    REFUSES(&r, CMI_T_MAP, NULL, "a:1,a:2", CM_ERR_OPTION, "twice");
    REFUSES(&r, CMI_T_TEXT, NULL, "\xff", CM_ERR_OPTION, "UTF-8");
}

static void test_texts_and_unset(void **state)
{
    const char *text;
    int64_t i = 5;
    double d = 5;
    (void)state;
    READS(&r, CMI_T_TEXT, NULL, "  a, \"b\" c ", "\"a, \"\"b\"\" c\"", &text);
    assert_string_equal(text, "a, \"b\" c");
    READS(&r, CMI_T_TEXT, NULL, "a,b", "a,b", &text);
    READS(&r, CMI_T_TEXT, NULL, " \" x \" ", "\" x \"", &text);
    assert_string_equal(text, " x ");
    READS(&r, CMI_T_TEXT, NULL, " ", "", &text);
    assert_null(text);
    READS(&r, CMI_T_INT, NULL, "", "", &i);
    assert_int_equal(i, INT64_MIN);
    READS(&r, CMI_T_NUMBER, NULL, "", "", &d);
    assert_true(isnan(d));
}

static int open_reading(void **state)
{
    (void)state;
    reading_open(&r);
    return 0;
}

static int close_reading(void **state)
{
    (void)state;
    reading_close(&r);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_numbers, open_reading, close_reading),
        cmocka_unit_test_setup_teardown(test_choices, open_reading, close_reading),
        cmocka_unit_test_setup_teardown(test_times, open_reading, close_reading),
        cmocka_unit_test_setup_teardown(test_lists, open_reading, close_reading),
        cmocka_unit_test_setup_teardown(test_texts_and_unset, open_reading, close_reading),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
