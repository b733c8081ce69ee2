/* SPDX-License-Identifier: MIT
 *
 * Look-up in zones: named cases, then every zone of the system against the C library's localtime_r.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "core_test.h"
#include "core/calendar.h"
#include "core/tz.h"

#define SYSTEM_FOLDER "/usr/share/zoneinfo"

static cm_context *ctx;

static cmi_tz *load(const char *name)
{
    cmi_tz *tz = NULL;
    cm_error *err = cm_error_create();
    if (cmi_tz_load(ctx, name, &tz, err) != CM_OK) fail_msg("%s", cm_error_message(err));
    cm_error_destroy(err);
    return tz;
}

static bool has_system_zones(void)
{
    return access(SYSTEM_FOLDER "/Europe/Paris", R_OK) == 0;
}

static int64_t at(int64_t y, int32_t mo, int32_t d, int64_t h, int64_t mi)
{
    return cmi_days_from_civil(y, mo, d) * CMI_DAY + h * CMI_HOUR + mi * CMI_MINUTE;
}

static void assert_time(const cmi_tz *tz, int64_t us, const char *want)
{
    char text[64];
    cmi_time_print(tz, us, text, sizeof text);
    assert_string_equal(text, want);
}

static void test_builtin(void **state)
{
    (void)state;
    static const struct {
        const char *name, *canonical;
        int32_t offset;
    } good[] = { { "UTC", "UTC", 0 },           { "+05:30", "+05:30", 19800 },
                 { "-0930", "-09:30", -34200 }, { "+14", "+14:00", 50400 },
                 { "-00:00", "+00:00", 0 },     { "+23:59", "+23:59", 86340 } };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        cmi_tz *tz = load(good[i].name);
        assert_string_equal(cmi_tz_name(tz), good[i].canonical);
        assert_string_equal(cmi_tz_version(tz), "builtin");
        assert_int_equal(cmi_tz_offset(tz, 0), good[i].offset);
        assert_int_equal(cmi_tz_offset(tz, CMI_TIME_MAX), good[i].offset);
        assert_int_equal(cmi_tz_from_local(tz, 0), -good[i].offset * CMI_SECOND);
        cmi_tz_release(tz);
    }
    assert_int_equal(cmi_tz_offset(NULL, 5), 0);
    assert_int_equal(cmi_tz_local_day(NULL, -1), -1);
    assert_int_equal(cmi_tz_midnight(NULL, 3), 3 * CMI_DAY);
    assert_string_equal(cmi_tz_name(NULL), "UTC");
    cmi_tz_retain(NULL);
    cmi_tz_release(NULL);
}

static void test_names_that_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = { "",
                                       "/etc/passwd",
                                       "../zoneinfo/Europe/Paris",
                                       "Europe/../Europe/Paris",
                                       "Europe//Paris",
                                       "Europe/",
                                       "./Europe/Paris",
                                       "Europe/.",
                                       "Europe/Paris\n",
                                       "Eur ope",
                                       "Europe\\Paris",
                                       "Mars/Olympus",
                                       "Europe",
                                       "utc",
                                       "+5",
                                       "+24:00",
                                       "+05:60",
                                       "+05:3",
                                       "+5:30",
                                       "+:0530",
                                       "+053",
                                       "+05300",
                                       "+0x:30",
                                       "+",
                                       "-",
                                       "tzdata.zi" };
    cm_error *err = cm_error_create();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cmi_tz *tz = NULL;
        cm_status s = cmi_tz_load(ctx, bad[i], &tz, err);
        if (strcmp(bad[i], "tzdata.zi") == 0 && s == CM_ERR_FORMAT) continue;
        if (s != CM_ERR_NOT_FOUND) fail_msg("%s: %s", bad[i], cm_status_name(s));
        assert_null(tz);
        assert_string_not_equal(cm_error_hint(err), "");
    }
    char longer[400];
    memset(longer, 'a', sizeof longer);
    longer[399] = '\0';
    cmi_tz *tz;
    assert_int_equal(cmi_tz_load(ctx, longer, &tz, err), CM_ERR_NOT_FOUND);
    assert_int_equal(cmi_tz_load(ctx, NULL, &tz, err), CM_ERR_ARG);
    assert_int_equal(cmi_tz_load(ctx, "Mars/Olympus", &tz, err), CM_ERR_NOT_FOUND);
    assert_non_null(strstr(cm_error_message(err), "Mars/Olympus"));
    assert_non_null(strstr(cm_error_message(err), SYSTEM_FOLDER));
    cm_error_destroy(err);
}

static void test_folders(void **state)
{
    (void)state;
    char folder[] = "/tmp/cm-tz-XXXXXX", path[64], zone[80];
    assert_non_null(mkdtemp(folder));
    cm_context_options o = { .struct_size = sizeof o, .tz_directory = folder };
    cm_context *own;
    assert_int_equal(cm_context_create(&o, &own, NULL), CM_OK);
    cm_error *err = cm_error_create();
    cmi_tz *tz = NULL;
    assert_int_equal(cmi_tz_load(own, "Europe/Paris", &tz, err), CM_ERR_NOT_FOUND);
    assert_non_null(strstr(cm_error_message(err), folder));
    assert_null(
        strstr(cm_error_message(err), SYSTEM_FOLDER)); /* the given folder is the only one */
    snprintf(zone, sizeof zone, "%s/Broken", folder);
    FILE *f = fopen(zone, "w");
    fputs("TZif but no more", f);
    fclose(f);
    assert_int_equal(cmi_tz_load(own, "Broken", &tz, err), CM_ERR_FORMAT);
    f = fopen(zone, "w");
    char bytes[105] = { 0 }; /* two headers, the second with one type and four letters */
    memcpy(bytes, "TZif2", 5);
    memcpy(bytes + 44, "TZif2", 5);
    bytes[44 + 39] = 1;
    bytes[44 + 43] = 4;
    memcpy(bytes + 88, "\0\0\x0e\x10\0\0CET\0\nCET-1\n", 17);
    fwrite(bytes, 1, sizeof bytes, f);
    fclose(f);
    snprintf(path, sizeof path, "%s/+VERSION", folder);
    f = fopen(path, "w");
    fputs("2031c\n", f);
    fclose(f);
    if (cmi_tz_load(own, "Broken", &tz, err) != CM_OK) fail_msg("%s", cm_error_message(err));
    assert_string_equal(cmi_tz_version(tz), "2031c");
    assert_string_equal(cmi_tz_name(tz), "Broken");
    assert_int_equal(cmi_tz_offset(tz, 0), 3600);
    cmi_tz_retain(tz);
    cmi_tz_release(tz);
    cmi_tz_release(tz);
    cm_context_destroy(own);
    setenv("TZDIR", folder, 1);
    cmi_tz *found = load("Broken");
    cmi_tz_release(found);
    unsetenv("TZDIR");
    unlink(path);
    unlink(zone);
    rmdir(folder);
    cm_error_destroy(err);
}

static void test_gaps_and_overlaps(void **state)
{
    (void)state;
    if (!has_system_zones()) skip();
    cmi_tz *paris = load("Europe/Paris");
    assert_string_not_equal(cmi_tz_version(paris), "");
    /* gap 02:00-03:00 on 2024-03-31: moved forward; overlap 02:00-03:00 on 2024-10-27: the earlier
     */
    assert_time(paris, cmi_tz_from_local(paris, at(2024, 3, 31, 1, 59)),
                "2024-03-31T01:59:00+01:00");
    assert_time(paris, cmi_tz_from_local(paris, at(2024, 3, 31, 2, 0)),
                "2024-03-31T03:00:00+02:00");
    assert_time(paris, cmi_tz_from_local(paris, at(2024, 3, 31, 2, 30)),
                "2024-03-31T03:30:00+02:00");
    assert_time(paris, cmi_tz_from_local(paris, at(2024, 3, 31, 3, 0)),
                "2024-03-31T03:00:00+02:00");
    assert_time(paris, cmi_tz_from_local(paris, at(2024, 10, 27, 2, 30)),
                "2024-10-27T02:30:00+02:00");
    assert_time(paris, cmi_tz_from_local(paris, at(2024, 10, 27, 3, 0)),
                "2024-10-27T03:00:00+01:00");
    int64_t d = cmi_days_from_civil(2024, 3, 31), e = cmi_days_from_civil(2024, 10, 27);
    assert_int_equal(cmi_tz_midnight(paris, d + 1) - cmi_tz_midnight(paris, d), 23 * CMI_HOUR);
    assert_int_equal(cmi_tz_midnight(paris, e + 1) - cmi_tz_midnight(paris, e), 25 * CMI_HOUR);
    /* far behind the table, where only the rule speaks */
    assert_time(paris, cmi_tz_from_local(paris, at(2999, 7, 1, 12, 0)),
                "2999-07-01T12:00:00+02:00");
    assert_time(paris, cmi_tz_from_local(paris, at(9999, 12, 31, 12, 0)),
                "9999-12-31T12:00:00+01:00");
    /* one month after 29 February noon crosses the change: local time stays */
    cmi_duration month = { 1, CMI_UNIT_MONTH }, day = { 1, CMI_UNIT_DAY };
    int64_t noon = cmi_tz_from_local(paris, at(2024, 2, 29, 12, 0));
    assert_time(paris, cmi_time_add(paris, noon, month, 2, true), "2024-04-29T12:00:00+02:00");
    int64_t eve = cmi_tz_from_local(paris, at(2024, 3, 30, 12, 0));
    assert_time(paris, cmi_time_add(paris, eve, day, 1, true), "2024-03-31T12:00:00+02:00");
    assert_time(paris, cmi_time_add(paris, eve, day, 1, false), "2024-03-31T13:00:00+02:00");
    cmi_tz_release(paris);
}

static void test_odd_days(void **state)
{
    (void)state;
    if (!has_system_zones()) skip();
    cmi_tz *tz = load("America/Sao_Paulo"); /* midnight swallowed */
    int64_t d = cmi_days_from_civil(2018, 11, 4);
    assert_time(tz, cmi_tz_midnight(tz, d), "2018-11-04T01:00:00-02:00");
    assert_int_equal(cmi_tz_midnight(tz, d + 1) - cmi_tz_midnight(tz, d), 23 * CMI_HOUR);
    assert_int_equal(cmi_tz_local_day(tz, cmi_tz_midnight(tz, d)), d);
    assert_int_equal(cmi_tz_local_day(tz, cmi_tz_midnight(tz, d) - 1), d - 1);
    cmi_tz_release(tz);
    tz = load("Africa/Cairo"); /* last Friday of April, 00:00 */
    assert_time(tz, cmi_tz_midnight(tz, cmi_days_from_civil(2024, 4, 26)),
                "2024-04-26T01:00:00+03:00");
    assert_time(tz, cmi_tz_midnight(tz, cmi_days_from_civil(2124, 4, 28)),
                "2124-04-28T01:00:00+03:00");
    cmi_tz_release(tz);
    tz = load("Pacific/Apia"); /* the day 2011-12-30 did not exist */
    d = cmi_days_from_civil(2011, 12, 30);
    assert_int_equal(cmi_tz_midnight(tz, d), cmi_tz_midnight(tz, d + 1));
    assert_int_equal(cmi_tz_local_day(tz, cmi_tz_midnight(tz, d) - 1), d - 1);
    cmi_tz_release(tz);
    tz = load("Australia/Lord_Howe"); /* half an hour */
    assert_time(tz, cmi_tz_from_local(tz, at(2024, 10, 6, 2, 10)), "2024-10-06T02:40:00+11:00");
    assert_time(tz, cmi_tz_from_local(tz, at(2024, 4, 7, 1, 45)), "2024-04-07T01:45:00+11:00");
    cmi_tz_release(tz);
    tz = load("America/St_Johns"); /* fell back from 00:01 to 23:01: the date begins twice, the
                                      first counts */
    d = cmi_days_from_civil(2010, 11, 7);
    assert_time(tz, cmi_tz_midnight(tz, d), "2010-11-07T00:00:00-02:30");
    assert_int_equal(cmi_tz_midnight(tz, d + 1) - cmi_tz_midnight(tz, d), 25 * CMI_HOUR);
    cmi_tz_release(tz);
    tz = load("Africa/Casablanca"); /* negative DST */
    assert_int_equal(cmi_tz_offset(tz, at(2024, 7, 1, 0, 0)), 3600);
    cmi_tz_release(tz);
    tz = load("America/Nuuk"); /* its rule has a negative time */
    assert_int_equal(cmi_tz_offset(tz, at(2500, 7, 1, 0, 0)), -3600);
    cmi_tz_release(tz);
    tz = load("Asia/Tehran"); /* <+0330>-3:30 */
    assert_int_equal(cmi_tz_offset(tz, at(2500, 7, 1, 0, 0)), 12600);
    cmi_tz_release(tz);
    tz = load("Europe/Paris"); /* before the table: local mean time, 9 minutes 21 seconds */
    assert_int_equal(cmi_tz_offset(tz, CMI_TIME_MIN), 561);
    assert_time(tz, CMI_TIME_MIN, "0001-01-01T00:09:21+00:09:21");
    cmi_tz_release(tz);
}

/* ---- every zone of the system ---- */

static int64_t library_offset(int64_t seconds)
{
    time_t t = (time_t)seconds;
    struct tm tm;
    localtime_r(&t, &tm);
    return tm.tm_gmtoff;
}

/* First instant at which the local clock shows local_us or more, the slow way: candidates are the
 * changes of offset nearby and local_us less every offset in force there. */
static int64_t search_local(const cmi_tz *tz, int64_t local_us)
{
    int64_t best = INT64_MAX;
    for (int64_t s = local_us - 26 * CMI_HOUR; s <= local_us + 26 * CMI_HOUR;
         s += 15 * CMI_MINUTE) {
        int64_t u = local_us - cmi_tz_offset(tz, s) * CMI_SECOND;
        if (u < best && cmi_tz_to_local(tz, u) >= local_us && cmi_tz_to_local(tz, u - 1) < local_us)
            best = u;
        if (cmi_tz_offset(tz, s) == cmi_tz_offset(tz, s + 15 * CMI_MINUTE)) continue;
        int64_t lo = s, hi = s + 15 * CMI_MINUTE;
        while (hi - lo > CMI_SECOND) {
            int64_t middle = lo + (hi - lo) / 2 / CMI_SECOND * CMI_SECOND;
            if (cmi_tz_offset(tz, middle) == cmi_tz_offset(tz, s))
                lo = middle;
            else
                hi = middle;
        }
        if (hi < best && cmi_tz_to_local(tz, hi) >= local_us &&
            cmi_tz_to_local(tz, hi - 1) < local_us)
            best = hi;
    }
    return best;
}

static void check_local(const cmi_tz *tz, const char *name, int64_t local_us)
{
    int64_t first = search_local(tz, local_us), u = cmi_tz_from_local(tz, local_us);
    bool gap = cmi_tz_to_local(tz, first) != local_us;
    if (gap) {
        int64_t before = cmi_tz_offset(tz, first - 1) * CMI_SECOND;
        if (u != local_us - before) fail_msg("%s: gap at local %lld", name, (long long)local_us);
    } else if (u != first) {
        fail_msg("%s: local %lld is %lld, not %lld", name, (long long)local_us, (long long)u,
                 (long long)first);
    }
    int64_t day = cmi_floor_div(local_us, CMI_DAY);
    if (cmi_tz_midnight(tz, day) != search_local(tz, day * CMI_DAY))
        fail_msg("%s: midnight of day %lld", name, (long long)day);
}

static void check_zone(const char *name)
{
    char variable[300];
    snprintf(variable, sizeof variable, ":%s", name);
    setenv("TZ", variable, 1);
    tzset();
    cmi_tz *tz = load(name);
    uint64_t rng = 11;
    const int64_t begin = at(1900, 1, 1, 0, 0) / CMI_SECOND,
                  end = at(2100, 1, 1, 0, 0) / CMI_SECOND;
    for (int i = 0; i < 1500; i++) {
        int64_t s = begin + (int64_t)(next_random(&rng) % (uint64_t)(end - begin));
        if (i < 600) s = begin + (end - begin) / 600 * i; /* and evenly: every four months */
        int64_t mine = cmi_tz_offset(tz, s * CMI_SECOND), theirs = library_offset(s);
        if (mine != theirs)
            fail_msg("%s at %lld: %lld, not %lld", name, (long long)s, (long long)mine,
                     (long long)theirs);
    }
    /* the second before and the second of every change, which is where mistakes live */
    for (int64_t i = 0; i < tz->n; i++) {
        if (tz->at[i] < begin || tz->at[i] > end) continue;
        for (int64_t s = tz->at[i] - 1; s <= tz->at[i]; s++)
            if (cmi_tz_offset(tz, s * CMI_SECOND) != library_offset(s))
                fail_msg("%s at %lld", name, (long long)s);
        if (i % 7 == 0)
            for (int64_t k = -4; k <= 4; k++)
                check_local(tz, name, (tz->at[i] + tz->offset[i] + k * 1700) * CMI_SECOND);
    }
    for (int i = 0; i < 20; i++)
        check_local(tz, name,
                    (begin + (int64_t)(next_random(&rng) % (uint64_t)(end - begin))) * CMI_SECOND);
    cmi_tz_release(tz);
}

static void test_every_zone(void **state)
{
    (void)state;
    FILE *f = fopen(SYSTEM_FOLDER "/tzdata.zi", "r");
    if (!f || !has_system_zones()) {
        if (f) fclose(f);
        skip();
    }
    /* Lines "Z name ..." are zones, "L target name" links. */
    char line[512], name[256];
    int zones = 0;
    while (fgets(line, sizeof line, f)) {
        if (sscanf(line, "Z %200s", name) != 1 && sscanf(line, "L %*s %200s", name) != 1) continue;
        char path[512];
        snprintf(path, sizeof path, SYSTEM_FOLDER "/%s", name);
        if (access(path, R_OK) != 0) continue; /* some distributions package old links apart */
        check_zone(name);
        zones++;
    }
    fclose(f);
    assert_true(zones > 300);
}

static int open_context(void **state)
{
    (void)state;
    ctx = make_context(NULL, 0);
    return 0;
}

static int close_context(void **state)
{
    (void)state;
    assert_int_equal(cm_context_memory(ctx), 0);
    cm_context_destroy(ctx);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_builtin),  cmocka_unit_test(test_names_that_are_refused),
        cmocka_unit_test(test_folders),  cmocka_unit_test(test_gaps_and_overlaps),
        cmocka_unit_test(test_odd_days), cmocka_unit_test(test_every_zone),
    };
    return cmocka_run_group_tests_name("time zones", tests, open_context, close_context);
}
