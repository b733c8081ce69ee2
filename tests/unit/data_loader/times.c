/* SPDX-License-Identifier: MIT */
#include "staged.h"

/* Times of `series`, which has nothing else to look at. */
static cm_status read_times(house *h, const char *const *texts, int n, const char *format)
{
    text csv = { 0 };
    put_text(&csv, "time|value\n");
    for (int i = 0; i < n; i++) {
        put_text(&csv, texts[i]);
        put_text(&csv, "|1\n");
    }
    const cm_binding b = { "time", NULL, NULL, format };
    const cm_mapping m = {
        .struct_size = sizeof m, .n_bindings = format != NULL, .bindings = &b, .delimiter = '|'
    };
    cm_status s = add_text(h, "series", csv.p, &m);
    free(csv.p);
    return s;
}

static void assert_times(const char *tz, const char *const *texts, const int64_t *expected, int n,
                         const char *format)
{
    cm_dataset_options o = make_options();
    o.tz = tz;
    house h = open_house(&o);
    cm_status s = read_times(&h, texts, n, format);
    if (s) print_error("%s\n", cm_error_message(h.err));
    assert_int_equal(s, CM_OK);
    const cmi_staged *t = find_staged_table(h.loader, "series");
    assert_int_equal(t->n_rows, n);
    for (int i = 0; i < n; i++) {
        int64_t is = ((const int64_t *)t->chunks[0]->column[0])[i];
        if (is != expected[i] * CMI_SECOND) print_error("%s: %lld\n", texts[i], (long long)is);
        assert_true(is == expected[i] * CMI_SECOND);
    }
    close_house(&h);
}

#define ASSERT_TIMES(tz, format, texts, ...)                                                       \
    do {                                                                                           \
        const int64_t seconds[] = { __VA_ARGS__ };                                                 \
        const int n_seconds = (int)(sizeof seconds / sizeof seconds[0]);                           \
        assert_int_equal(n_seconds, sizeof(texts) / sizeof(texts)[0]);                             \
        assert_times(tz, texts, seconds, n_seconds, format);                                       \
    } while (0)

static void test_iso(void **state)
{
    (void)state;
    const char *const utc[] = { "2024-01-31",
                                "2024-01-31 10:20:30",
                                "2024-01-31T10:20:30Z",
                                "2024-01-31T10:20:30+02:00",
                                "2024-01-31 10:20",
                                "20240131",
                                " 2024-01-31 ",
                                "2024-01-31T10:20:30",
                                "1969-12-31 23:59:59",
                                "2024-01-31 3:00",
                                "2024-1-31" };
    ASSERT_TIMES("UTC", NULL, utc, 1706659200, 1706696430, 1706696430, 1706689230, 1706696400,
                 1706659200, 1706659200, 1706696430, -1, 1706670000, 1706659200);
    /* The clock goes forward on March 31 at 2:00 and back on October 27 at 3:00. */
    const char *const paris[] = { "2024-03-31 01:59:59", "2024-03-31 02:30:00",
                                  "2024-03-31 03:00:00", "2024-10-27 02:30:00",
                                  "2024-10-27 03:00:00", "2024-07-01 00:00:00",
                                  "2024-07-01",          "2024-07-01T00:00:00Z" };
    ASSERT_TIMES("Europe/Paris", NULL, paris, 1711846799, 1711848600, 1711846800, 1729989000,
                 1729994400, 1719784800, 1719784800, 1719792000);
}

static void test_the_first_rows_tell_day_from_month(void **state)
{
    (void)state;
    const char *const mdy[] = { "1/2/2010 8:26", "12/31/2010 23:05", "1/2/2010" };
    ASSERT_TIMES("UTC", NULL, mdy, 1262420760, 1293836700, 1262390400);
    const char *const dmy[] = { "1/2/2010 8:26:30 PM", "31/12/2010 12:05 am", "01/02/2010" };
    ASSERT_TIMES("UTC", NULL, dmy, 1265055990, 1293753900, 1264982400);
    const char *const dotted[] = { "1.2.2010", "3.4.2010, 10:00" };
    ASSERT_TIMES("UTC", NULL, dotted, 1264982400, 1270288800);
    const char *const ymd[] = { "2010/2/1", "2010/02/01 10:00:00.5" };
    cm_dataset_options o = make_options();
    house h = open_house(&o);
    assert_int_equal(read_times(&h, ymd, 2, NULL), CM_OK);
    assert_dump(&h, "series", " time=1264982400000000 value=1\n time=1265018400500000 value=1\n");
    assert_string_equal(h.loader->report[0].note, "read as Y/M/D");
    close_house(&h);
}

static void test_doubt_is_an_error_that_asks(void **state)
{
    (void)state;
    house h = open_house(NULL);
    const char *const either[] = { "1/2/2010", "12/12/2010", "7/8/2011 10:00" };
    assert_int_equal(read_times(&h, either, 3, NULL), CM_ERR_FORMAT);
    assert_non_null(strstr(cm_error_message(h.err), "series.time: times such as '1/2/2010'"));
    assert_non_null(strstr(cm_error_hint(h.err), "--time-format series.time="));
    const char *const both[] = { "13/2/2010", "2/13/2010" };
    assert_int_equal(read_times(&h, both, 2, NULL), CM_ERR_FORMAT);
    const char *const short_year[] = { "13/2/10" };
    assert_int_equal(read_times(&h, short_year, 1, NULL), CM_ERR_FORMAT);
    assert_false(find_staged_table(h.loader, "series")->given);
    close_house(&h);
    ASSERT_TIMES("UTC", "%m/%d/%Y", ((const char *const[]){ "1/2/2010", "12/12/2010" }), 1262390400,
                 1292112000);
    ASSERT_TIMES("UTC", "%d.%m.%y %H:%M", ((const char *const[]){ "01.02.10 10:00" }), 1265018400);
    ASSERT_TIMES("UTC", "%s", ((const char *const[]){ "1265018400" }), 1265018400);
}

static void test_unreadable_times_reject_their_rows(void **state)
{
    (void)state;
    house h = open_house(NULL);
    const char *const texts[] = { "2024-02-30",          "2024-01-01", "yesterday",
                                  "2024-01-01 25:00:00", "",           "1/1/2024" };
    assert_int_equal(read_times(&h, texts, 6, NULL), CM_OK);
    assert_dump(&h, "series", " time=1704067200000000 value=1\n");
    assert_int_equal(count_rejects(&h, "time cannot be read"), 4);
    assert_int_equal(count_rejects(&h, "time is missing"), 1);
    assert_string_equal(h.loader->diagnostics[0].value, "2024-02-30");
    assert_string_equal(h.loader->diagnostics[0].column, "time");
    assert_int_equal(h.loader->diagnostics[0].row, 1);
    close_house(&h);
}

static void test_arrays_of_times(void **state)
{
    (void)state;
    cm_dataset_options o = make_options();
    o.tz = "Asia/Kolkata";
    house h = open_house(&o);
    const int64_t instants[] = { 0, 1704067200000000, INT64_MAX };
    const int32_t dates[] = { 0, 19723, INT32_MAX };
    const int64_t numbers[] = { 19700101, 20240101, 5 };
    const double values[] = { 1, 2, 3 };
    const void *data[] = { instants, dates, numbers };
    const cm_array_type types[] = { CM_ARRAY_TIME, CM_ARRAY_DATE, CM_ARRAY_I64 };
    for (int i = 0; i < 3; i++) {
        const cm_array columns[] = { { "time", types[i], 0, data[i], NULL },
                                     { "value", CM_ARRAY_F64, 0, values, NULL } };
        assert_int_equal(
            cm_loader_add_columns(h.loader, "series", 3, columns, 2, NULL, NULL, h.err), CM_OK);
    }
    assert_dump(&h, "series",
                " time=0 value=1\n time=1704067200000000 value=2\n"
                " time=-19800000000 value=1\n time=1704047400000000 value=2\n"
                " time=-19800000000 value=1\n time=1704047400000000 value=2\n");
    assert_int_equal(count_rejects(&h, "value does not fit"), 2);
    assert_int_equal(count_rejects(&h, "time cannot be read"), 1);
    close_house(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_iso),
        cmocka_unit_test(test_the_first_rows_tell_day_from_month),
        cmocka_unit_test(test_doubt_is_an_error_that_asks),
        cmocka_unit_test(test_unreadable_times_reject_their_rows),
        cmocka_unit_test(test_arrays_of_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
