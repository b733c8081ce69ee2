/* SPDX-License-Identifier: MIT */
#include "core_test.h"
#include "core/calendar.h"

/* Every day of the years 1 to 9999, both ways, against plain counting. */
static void test_every_day(void **state)
{
    (void)state;
    int64_t day = CMI_TIME_MIN / CMI_DAY;
    int32_t weekday = 0; /* 0001-01-01 was a Monday */
    for (int64_t y = 1; y <= 9999; y++)
        for (int32_t m = 1; m <= 12; m++) {
            int32_t last = cmi_days_in_month(y, m);
            for (int32_t d = 1; d <= last; d++, day++, weekday = (weekday + 1) % 7) {
                int64_t y2;
                int32_t m2, d2;
                cmi_civil_from_days(day, &y2, &m2, &d2);
                if (cmi_days_from_civil(y, m, d) != day || y2 != y || m2 != m || d2 != d ||
                    cmi_weekday(day) != weekday)
                    fail_msg("%d-%d-%d", (int)y, (int)m, (int)d);
            }
        }
    assert_int_equal(day, CMI_TIME_MAX / CMI_DAY);
}

static void test_known_days(void **state)
{
    (void)state;
    assert_int_equal(cmi_days_from_civil(1970, 1, 1), 0);
    assert_int_equal(cmi_days_from_civil(2000, 2, 29), 11016);
    assert_int_equal(cmi_days_from_civil(-1, 12, 31), -719529);
    assert_int_equal(cmi_days_in_month(1900, 2), 28);
    assert_int_equal(cmi_days_in_month(2000, 2), 29);
    assert_int_equal(cmi_weekday(0), 3);
    assert_int_equal(cmi_weekday(INT64_MIN), cmi_weekday(INT64_MIN + 7));
    assert_int_equal(cmi_floor_div(-1, 10), -1);
    assert_int_equal(cmi_floor_div(-10, 10), -1);
    assert_int_equal(cmi_floor_div(9, 10), 0);
    int64_t y;
    int32_t m, d;
    cmi_civil_from_days(INT64_MAX, &y, &m, &d);
    cmi_civil_from_days(INT64_MIN, &y, &m, &d);
}

static int64_t day_of(int64_t y, int32_t m, int32_t d)
{
    return cmi_days_from_civil(y, m, d);
}

static void test_months_are_clamped(void **state)
{
    (void)state;
    assert_int_equal(cmi_add_months(day_of(2024, 1, 31), 1), day_of(2024, 2, 29));
    assert_int_equal(cmi_add_months(day_of(2023, 1, 31), 1), day_of(2023, 2, 28));
    assert_int_equal(cmi_add_months(day_of(2024, 2, 29), 12), day_of(2025, 2, 28));
    assert_int_equal(cmi_add_months(day_of(2024, 3, 31), -1), day_of(2024, 2, 29));
    assert_int_equal(cmi_add_months(day_of(2024, 1, 15), -13), day_of(2022, 12, 15));
    assert_int_equal(cmi_add_months(day_of(2024, 12, 1), 1), day_of(2025, 1, 1));
    cmi_add_months(0, INT64_MAX);
    cmi_add_months(0, INT64_MIN);
}

static void test_durations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t n;
        cmi_unit unit;
        const char *back;
    } good[] = {
        { "30min", 30, CMI_UNIT_MINUTE, "30min" },
        { "24h", 24, CMI_UNIT_HOUR, "24h" },
        { "7d", 7, CMI_UNIT_DAY, "7d" },
        { "4w", 4, CMI_UNIT_WEEK, "4w" },
        { "3m", 3, CMI_UNIT_MONTH, "3m" },
        { "1y", 1, CMI_UNIT_YEAR, "1y" },
        { "45s", 45, CMI_UNIT_SECOND, "45s" },
        { "2q", 2, CMI_UNIT_QUARTER, "2q" },
        { "week", 1, CMI_UNIT_WEEK, "1w" },
        { "day", 1, CMI_UNIT_DAY, "1d" },
        { "7 days", 7, CMI_UNIT_DAY, "7d" },
        { "2 hours", 2, CMI_UNIT_HOUR, "2h" },
        { "0d", 0, CMI_UNIT_DAY, "0d" },
        { "12months", 12, CMI_UNIT_MONTH, "12m" },
        { "106751991d", 106751991, CMI_UNIT_DAY, "106751991d" },
    };
    cmi_duration d;
    char text[32];
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(cmi_duration_parse(good[i].text, &d));
        assert_int_equal(d.n, good[i].n);
        assert_int_equal(d.unit, good[i].unit);
        cmi_duration_format(d, text, sizeof text);
        assert_string_equal(text, good[i].back);
    }
    static const char *const bad[] = {
        "",           "d",    "m",   "s",       "7",
        "7x",         "-7d",  "+7d", " 7d",     "7  d",
        "7d ",        "7.5d", "7ds", "7mins x", "99999999999999999999d",
        "106751992d", "1D",   "7ms", "h"
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (cmi_duration_parse(bad[i], &d)) fail_msg("%s", bad[i]);
    assert_false(cmi_duration_parse(NULL, &d));
    assert_int_equal(cmi_duration_us((cmi_duration){ 2, CMI_UNIT_WEEK }), 14 * CMI_DAY);
    assert_int_equal(cmi_duration_us((cmi_duration){ 2, CMI_UNIT_QUARTER }), 182 * CMI_DAY);
    assert_int_equal(cmi_duration_us((cmi_duration){ INT64_MAX, CMI_UNIT_DAY }), INT64_MAX);
    assert_int_equal(cmi_duration_us((cmi_duration){ 3, (cmi_unit)99 }), 0);
    cmi_duration_format((cmi_duration){ 3, (cmi_unit)99 }, text, sizeof text);
    assert_string_equal(text, "3?");
}

static void test_time_add(void **state)
{
    (void)state;
    const int64_t noon = day_of(2024, 1, 31) * CMI_DAY + 12 * CMI_HOUR;
    cmi_duration month = { 1, CMI_UNIT_MONTH }, day = { 1, CMI_UNIT_DAY },
                 hour = { 36, CMI_UNIT_HOUR };
    assert_int_equal(cmi_time_add(NULL, noon, month, 1, true),
                     day_of(2024, 2, 29) * CMI_DAY + 12 * CMI_HOUR);
    assert_int_equal(cmi_time_add(NULL, noon, month, 2, true),
                     day_of(2024, 3, 31) * CMI_DAY + 12 * CMI_HOUR);
    assert_int_equal(cmi_time_add(NULL, noon, month, -2, false),
                     day_of(2023, 11, 30) * CMI_DAY + 12 * CMI_HOUR);
    assert_int_equal(cmi_time_add(NULL, noon, day, 3, true), noon + 3 * CMI_DAY);
    assert_int_equal(cmi_time_add(NULL, noon, hour, 2, true), noon + 72 * CMI_HOUR);
    cmi_duration week = { 2, CMI_UNIT_WEEK }, quarter = { 1, CMI_UNIT_QUARTER };
    assert_int_equal(cmi_time_add(NULL, noon, week, 1, true), noon + 14 * CMI_DAY);
    assert_int_equal(cmi_time_add(NULL, noon, quarter, 1, true),
                     day_of(2024, 4, 30) * CMI_DAY + 12 * CMI_HOUR);
    cmi_duration year = { 1, CMI_UNIT_YEAR }, huge = { INT64_MAX / 2, CMI_UNIT_SECOND };
    assert_int_equal(cmi_time_add(NULL, noon, year, 9000, true), CMI_TIME_MAX);
    assert_int_equal(cmi_time_add(NULL, noon, year, -9000, true), CMI_TIME_MIN);
    assert_int_equal(cmi_time_add(NULL, noon, year, INT64_MAX, true), CMI_TIME_MAX);
    assert_int_equal(cmi_time_add(NULL, noon, year, INT64_MIN, true), CMI_TIME_MIN);
    assert_int_equal(cmi_time_add(NULL, noon, day, 3900000, true), CMI_TIME_MAX);
    assert_int_equal(cmi_time_add(NULL, noon, huge, 3, false), CMI_TIME_MAX);
    assert_int_equal(cmi_time_add(NULL, noon, huge, -3, false), CMI_TIME_MIN);
    assert_int_equal(cmi_time_add(NULL, noon, day, 100000000, false), CMI_TIME_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_day),          cmocka_unit_test(test_known_days),
        cmocka_unit_test(test_months_are_clamped), cmocka_unit_test(test_durations),
        cmocka_unit_test(test_time_add),
    };
    return cmocka_run_group_tests_name("calendar", tests, NULL, NULL);
}
