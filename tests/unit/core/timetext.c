/* SPDX-License-Identifier: MIT */
#include <locale.h>
#include <stdio.h>
#include "core_test.h"
#include "core/calendar.h"

static int64_t at(int64_t y, int32_t mo, int32_t d, int64_t h, int64_t mi, int64_t s, int64_t us)
{
    return cmi_days_from_civil(y, mo, d) * CMI_DAY + h * CMI_HOUR + mi * CMI_MINUTE +
           s * CMI_SECOND + us;
}

/* The text must lie in a block of its own size, so that reading past it is seen. */
static bool parse(const char *text, int32_t *kind, int64_t *value)
{
    size_t n = strlen(text);
    char *copy = malloc(n ? n : 1);
    memcpy(copy, text, n);
    bool ok = cmi_time_parse(copy, n, kind, value);
    free(copy);
    return ok;
}

static void test_iso(void **state)
{
    (void)state;
    const struct {
        const char *text;
        int32_t kind;
        int64_t value;
    } good[] = {
        { "2024-03-31", 0, cmi_days_from_civil(2024, 3, 31) },
        { "20240331", 0, cmi_days_from_civil(2024, 3, 31) },
        { "0001-01-01", 0, cmi_days_from_civil(1, 1, 1) },
        { "9999-12-31", 0, cmi_days_from_civil(9999, 12, 31) },
        { "2024-02-29", 0, cmi_days_from_civil(2024, 2, 29) },
        { "2024-03-31T10:05", 1, at(2024, 3, 31, 10, 5, 0, 0) },
        { "2024-03-31 10:05:07", 1, at(2024, 3, 31, 10, 5, 7, 0) },
        { "2024-03-31t10:05:07.5", 1, at(2024, 3, 31, 10, 5, 7, 500000) },
        { "2024-03-31T10:05:07,123456789", 1, at(2024, 3, 31, 10, 5, 7, 123456) },
        { "2024-03-31T10:05:07.999999999", 1, at(2024, 3, 31, 10, 5, 7, 999999) },
        { "20240331T100507", 1, at(2024, 3, 31, 10, 5, 7, 0) },
        { "20240331T1005", 1, at(2024, 3, 31, 10, 5, 0, 0) },
        { "2024-03-31T23:59:60", 1, at(2024, 4, 1, 0, 0, 0, 0) },
        { "2024-03-31T24:00:00", 1, at(2024, 4, 1, 0, 0, 0, 0) },
        { "2024-03-31T10:05:07Z", 2, at(2024, 3, 31, 10, 5, 7, 0) },
        { "2024-03-31T10:05:07z", 2, at(2024, 3, 31, 10, 5, 7, 0) },
        { "2024-03-31T10:05Z", 2, at(2024, 3, 31, 10, 5, 0, 0) },
        { "2024-03-31 10:05:07 UTC", 2, at(2024, 3, 31, 10, 5, 7, 0) },
        { "2024-03-31 10:05:07.25+02:00", 2, at(2024, 3, 31, 8, 5, 7, 250000) },
        { "2024-03-31 10:05:07 -0930", 2, at(2024, 3, 31, 19, 35, 7, 0) },
        { "2024-03-31 10:05+14", 2, at(2024, 3, 30, 20, 5, 0, 0) },
        { "1911-03-10T23:51:00+00:09:21", 2, at(1911, 3, 10, 23, 41, 39, 0) },
        { "1960-01-01T00:00:00.000001Z", 2, at(1960, 1, 1, 0, 0, 0, 1) },
    };
    int32_t kind;
    int64_t value;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (!parse(good[i].text, &kind, &value)) fail_msg("%s", good[i].text);
        if (kind != good[i].kind || value != good[i].value)
            fail_msg("%s is %d %lld", good[i].text, (int)kind, (long long)value);
    }
}

static void test_not_iso(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "2",
        "2024",
        "2024-03",
        "2024-3-1",
        "2024-03-3",
        "2024-13-01",
        "2024-00-01",
        "2024-02-30",
        "2023-02-29",
        "1900-02-29",
        "2024-04-31",
        "2024-01-00",
        "0000-01-01",
        "24-03-31",
        "2024/03/31",
        "31.03.2024",
        "2024-03-31x",
        "2024-03-31T",
        "2024-03-31T1",
        "2024-03-31T10",
        "2024-03-31T10:",
        "2024-03-31T10:5",
        "2024-03-31T10:60",
        "2024-03-31T25:00",
        "2024-03-31T24:00:01",
        "2024-03-31T10:05:",
        "2024-03-31T10:05:7",
        "2024-03-31T10:05:61",
        "2024-03-31T10:05:07.",
        "2024-03-31T10:05:07.x",
        "2024-03-31T10:05:07+",
        "2024-03-31T10:05:07+2",
        "2024-03-31T10:05:07+24:00",
        "2024-03-31T10:05:07+02:60",
        "2024-03-31T10:05:07+02:0",
        "2024-03-31T10:05:07ZZ",
        "2024-03-31T10:05:07 ",
        "2024-03-31T10:05:07  Z",
        "2024-03-31T10:05:07 CET",
        " 2024-03-31",
        "2024-03-31 ",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:60",
        "9999-12-31T23:59:59-00:01",
        "202403",
        "2024-0331",
        "202403-31",
        "-2024-03-31",
        "+2024-03-31",
        "2024-W13-7",
        "2024-091",
        "\xef\xbc\x92-24-03-31",
    };
    int32_t kind;
    int64_t value;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (parse(bad[i], &kind, &value)) fail_msg("%s", bad[i]);
}

static bool parse_as(const char *text, const char *format, int32_t *kind, int64_t *value)
{
    size_t n = strlen(text);
    char *copy = malloc(n ? n : 1);
    memcpy(copy, text, n);
    bool ok = cmi_time_parse_format(copy, n, format, kind, value);
    free(copy);
    return ok;
}

static void test_formats(void **state)
{
    (void)state;
    const struct {
        const char *text, *format;
        int32_t kind;
        int64_t value;
    } good[] = {
        { "31/03/2024", "%d/%m/%Y", 0, cmi_days_from_civil(2024, 3, 31) },
        { "1/3/24", "%d/%m/%y", 0, cmi_days_from_civil(2024, 3, 1) },
        { "1/3/69", "%d/%m/%y", 0, cmi_days_from_civil(1969, 3, 1) },
        { "1/3/68", "%d/%m/%y", 0, cmi_days_from_civil(2068, 3, 1) },
        { "12/1/2010 8:26", "%m/%d/%Y %H:%M", 1, at(2010, 12, 1, 8, 26, 0, 0) },
        { "12/1/10", "%D", 0, cmi_days_from_civil(2010, 12, 1) },
        { "Mar 31 2024 12:05:01 AM", "%b %d %Y %I:%M:%S %p", 1, at(2024, 3, 31, 0, 5, 1, 0) },
        { "march 31, 2024 12:05 pm", "%B %d, %Y %I:%M %p", 1, at(2024, 3, 31, 12, 5, 0, 0) },
        { "MAY  5 2024 1:05PM", "%b %e %Y %I:%M%p", 1, at(2024, 5, 5, 13, 5, 0, 0) },
        { "2024-091", "%Y-%j", 0, cmi_days_from_civil(2024, 3, 31) },
        { "2024-366", "%Y-%j", 0, cmi_days_from_civil(2024, 12, 31) },
        { "20240331100507", "%Y%m%d%H%M%S", 1, at(2024, 3, 31, 10, 5, 7, 0) },
        { "2024-03-31T10:05:07.25+0200", "%FT%T.%f%z", 2, at(2024, 3, 31, 8, 5, 7, 250000) },
        { "31/Mar/2024:10:05:07 +0000", "%d/%b/%Y:%H:%M:%S %z", 2, at(2024, 3, 31, 10, 5, 7, 0) },
        { "2024-03-31 10:05 GMT", "%F %H:%M %Z", 2, at(2024, 3, 31, 10, 5, 0, 0) },
        { "1711879507", "%s", 2, at(2024, 3, 31, 10, 5, 7, 0) },
        { "-1.5", "%s.%f", 2, -CMI_SECOND + 500000 },
        { "100% 2024-03-31", "100%% %F", 0, cmi_days_from_civil(2024, 3, 31) },
        { "2024-03-31 Z", "%F %Z", 0, cmi_days_from_civil(2024, 3, 31) },
        { "2024-03-31\t \t10:05", "%F %H:%M", 1, at(2024, 3, 31, 10, 5, 0, 0) },
    };
    int32_t kind;
    int64_t value;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (!cmi_time_format_valid(good[i].format)) fail_msg("%s", good[i].format);
        if (!parse_as(good[i].text, good[i].format, &kind, &value)) fail_msg("%s", good[i].text);
        if (kind != good[i].kind || value != good[i].value)
            fail_msg("%s is %d %lld", good[i].text, (int)kind, (long long)value);
    }
    static const char *const bad[][2] = {
        { "31/03/2024x", "%d/%m/%Y" },
        { "31/13/2024", "%d/%m/%Y" },
        { "31/02/2024", "%d/%m/%Y" },
        { "31/03", "%d/%m/%Y" },
        { "31-03-2024", "%d/%m/%Y" },
        { "", "%F" },
        { "2023-366", "%Y-%j" },
        { "2023-000", "%Y-%j" },
        { "Mrz 1 2024", "%b %d %Y" },
        { "13:00 pm 2024-01-01", "%I:%M %p %F" },
        { "1:00 xm 2024-01-01", "%I:%M %p %F" },
        { "2024-01-01 +01", "%F %Z" },
        { "2024-01-01 CET", "%F %Z" },
        { "99999999999999", "%s" },
        { "", "%s" },
        { "-", "%s" },
        { "9999999999999", "%s" },
        { "0-1-1", "%Y-%m-%d" },
        { "999999999999", "%s" },
        { "2024-01-01 .", "%F .%f" },
        { "2024-01-01", "%F%" },
        { "1", "%q" },
        { "2024-01-01 24:01", "%F %H:%M" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (parse_as(bad[i][0], bad[i][1], &kind, &value))
            fail_msg("%s as %s", bad[i][0], bad[i][1]);
    static const char *const invalid[] = {
        "",   "%",    "%Y",          "%Y-%m", "%m-%d", "%Y-%d", "%H:%M", "%F %I:%M", "%F %H:%M %p",
        "%q", "%F %", "%F %I %H %p", "%j",    "abc",   "%%F",   "%Ey"
    };
    for (size_t i = 0; i < sizeof invalid / sizeof *invalid; i++)
        if (cmi_time_format_valid(invalid[i])) fail_msg("%s", invalid[i]);
    assert_false(cmi_time_format_valid(NULL));
}

static void test_print(void **state)
{
    (void)state;
    char text[64];
    cmi_time_print(NULL, at(2024, 3, 31, 10, 5, 7, 0), text, sizeof text);
    assert_string_equal(text, "2024-03-31T10:05:07Z");
    cmi_time_print(NULL, at(1, 1, 1, 0, 0, 0, 0), text, sizeof text);
    assert_string_equal(text, "0001-01-01T00:00:00Z");
    cmi_time_print(NULL, -1, text, sizeof text);
    assert_string_equal(text, "1969-12-31T23:59:59.999999Z");
    cmi_time_print(NULL, CMI_NULL, text, sizeof text);
    assert_string_equal(text, "");
    cmi_time_print(NULL, 0, text, 5);
    assert_string_equal(text, "1970");
    cmi_date_print(cmi_days_from_civil(-5, 2, 3), text, sizeof text);
    assert_string_equal(text, "-0005-02-03");
    cmi_date_print(-1, text, sizeof text);
    assert_string_equal(text, "1969-12-31");
}

/* What is printed is read back, over all the years. */
static void test_round_trip(void **state)
{
    (void)state;
    uint64_t rng = 7;
    char text[64];
    for (int i = 0; i < 200000; i++) {
        uint64_t span = (uint64_t)(CMI_TIME_MAX - CMI_TIME_MIN);
        int64_t us = CMI_TIME_MIN + (int64_t)(next_random(&rng) % span), value;
        int32_t kind;
        if (i % 2) us -= us % CMI_SECOND;
        cmi_time_print(NULL, us, text, sizeof text);
        if (!parse(text, &kind, &value) || kind != 2 || value != us) fail_msg("%s", text);
    }
}

int main(void)
{
    setlocale(LC_ALL, "");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_iso),        cmocka_unit_test(test_not_iso),
        cmocka_unit_test(test_formats),    cmocka_unit_test(test_print),
        cmocka_unit_test(test_round_trip),
    };
    return cmocka_run_group_tests_name("time text", tests, NULL, NULL);
}
