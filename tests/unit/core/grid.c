/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <unistd.h>
#include "core_test.h"
#include "core/error.h"
#include "core/grid.h"

static cm_context *ctx;

static int64_t at(int64_t y, int32_t mo, int32_t d, int64_t h, int64_t mi)
{
    return cmi_days_from_civil(y, mo, d) * CMI_DAY + h * CMI_HOUR + mi * CMI_MINUTE;
}

static cmi_tz *load(const char *name)
{
    cmi_tz *tz = NULL;
    if (access("/usr/share/zoneinfo/Europe/Paris", R_OK) != 0) skip();
    assert_int_equal(cmi_tz_load(ctx, name, &tz, NULL), CM_OK);
    return tz;
}

static cmi_grid *make(const cmi_tz *tz, int32_t week_start, const char *period, int64_t from,
                      int64_t to, int64_t as_of, int64_t lead)
{
    cmi_period p;
    cmi_grid *g = NULL;
    cm_error *err = cm_error_create();
    assert_true(cmi_period_parse(period, &p));
    if (cmi_grid_create(ctx, tz, week_start, p, from, to, as_of, lead, &g, err) != CM_OK)
        fail_msg("%s", cm_error_message(err));
    cm_error_destroy(err);
    return g;
}

static int64_t find_slowly(const cmi_grid *g, int64_t us)
{
    if (us < g->edge[0]) return -1;
    for (int64_t p = g->n; p >= 0; p--)
        if (us >= g->edge[p]) return p;
    return -1;
}

static int64_t find_by_halves(const cmi_grid *g, int64_t us)
{
    int64_t lo = 0, hi = g->n + 1;
    while (lo < hi) {
        int64_t middle = (lo + hi) / 2;
        if (g->edge[middle] <= us)
            lo = middle + 1;
        else
            hi = middle;
    }
    return lo - 1;
}

/* Random instants and the neighbourhood of every edge. */
static void check_look_up(const cmi_grid *g)
{
    uint64_t rng = 3;
    int64_t span = g->edge[g->n] - g->edge[0];
    assert_true(g->edge[g->n + 1] == INT64_MAX);
    for (int64_t p = 0; p < g->n; p++) assert_true(g->edge[p] <= g->edge[p + 1]);
    for (int i = 0; i < 20000; i++) {
        int64_t us = g->edge[0] - span / 10 - 5 +
                     (int64_t)(next_random(&rng) % (uint64_t)(span / 5 * 6 + 10));
        assert_int_equal(cmi_grid_find(g, us), find_by_halves(g, us));
    }
    int64_t stride = g->n / 5000 + 1;
    for (int64_t p = 0; p <= g->n; p += stride)
        for (int64_t d = -1; d <= 1; d++) {
            int64_t us = g->edge[p] + d;
            assert_int_equal(cmi_grid_find(g, us), find_by_halves(g, us));
            if (g->n < 300) assert_int_equal(cmi_grid_find(g, us), find_slowly(g, us));
        }
    assert_int_equal(cmi_grid_find(g, INT64_MIN), -1);
    assert_int_equal(cmi_grid_find(g, INT64_MAX), g->n);
}

static void test_periods(void **state)
{
    (void)state;
    cmi_period p;
    static const char *const good[] = { "hour", "day", "week", "month", "quarter",
                                        "year", "14d", "1d",   "all" };
    for (int i = 0; i < 9; i++) assert_true(cmi_period_parse(good[i], &p));
    assert_int_equal(p.unit, 0);
    assert_true(cmi_period_parse("14d", &p));
    assert_int_equal(p.unit, CMI_UNIT_DAY);
    assert_int_equal(p.step, 14);
    static const char *const bad[] = { "",    "days", "0d",   "-1d", "2h",       "3m",
                                       "Day", "d",    "all ", "14",  "4000001d", "second" };
    for (int i = 0; i < 12; i++)
        if (cmi_period_parse(bad[i], &p)) fail_msg("%s", bad[i]);
    assert_false(cmi_period_parse(NULL, &p));
}

static void test_months(void **state)
{
    (void)state;
    cmi_grid *g = make(NULL, 0, "month", at(2024, 1, 15, 0, 0), at(2024, 4, 1, 0, 0),
                       at(2024, 3, 20, 0, 0), 2);
    assert_int_equal(cmi_grid_n(g), 5);
    assert_int_equal(cmi_grid_lead(g), 2);
    assert_true(g->edge[0] == at(2023, 11, 1, 0, 0) && g->edge[2] == at(2024, 1, 1, 0, 0));
    assert_true(g->edge[5] == at(2024, 4, 1, 0, 0));
    assert_int_equal(g->day[3], cmi_days_from_civil(2024, 2, 1));
    check_look_up(g);
    assert_int_equal(cmi_grid_state(g, 2, 1), CMI_PARTIAL); /* reaches over from */
    assert_int_equal(cmi_grid_state(g, 2, 2),
                     CMI_COMPLETE); /* a window that is meant to reach back */
    assert_int_equal(cmi_grid_state(g, 3, 1), CMI_COMPLETE);
    assert_int_equal(cmi_grid_state(g, 4, 1), CMI_PARTIAL); /* ends after as_of */
    assert_int_equal(cmi_grid_state(g, 4, 3), CMI_PARTIAL);
    assert_int_equal(cmi_grid_state(g, -1, 1), CMI_UNDEFINED);
    assert_int_equal(cmi_grid_state(g, 5, 1), CMI_UNDEFINED);
    assert_int_equal(cmi_grid_state(g, 2, 0), CMI_UNDEFINED);
    g->first_fact = at(2024, 1, 10, 0, 0);
    assert_int_equal(cmi_grid_state(g, 3, 1), CMI_COMPLETE);
    assert_int_equal(cmi_grid_state(g, 3, 2), CMI_PARTIAL);
    assert_int_equal(cmi_grid_state(g, 3, 4), CMI_PARTIAL);
    assert_int_equal(cmi_grid_state(g, 3, 5), CMI_PARTIAL);
    g->first_fact = at(2020, 1, 10, 0, 0);
    assert_int_equal(cmi_grid_state(g, 3, 4), CMI_COMPLETE);
    assert_int_equal(cmi_grid_state(g, 3, 5), CMI_PARTIAL); /* before the grid: unknown */
    g->as_of = at(2024, 3, 1, 0, 0);
    assert_int_equal(cmi_grid_state(g, 3, 1), CMI_COMPLETE);
    assert_int_equal(cmi_grid_state(g, 4, 1), CMI_PENDING);
    assert_int_equal(cmi_grid_state(g, 4, 2), CMI_PARTIAL);
    cmi_grid_destroy(g);
    assert_string_equal(cmi_state_name(CMI_COMPLETE), "complete");
    assert_string_equal(cmi_state_name(CMI_PARTIAL), "partial");
    assert_string_equal(cmi_state_name(CMI_PENDING), "pending");
    assert_string_equal(cmi_state_name(CMI_UNDEFINED), "undefined");
}

/* Cut to its window, a grid has nothing outside it, and says that its ends are partial. */
static void test_cut(void **state)
{
    (void)state;
    const int64_t from = at(2024, 1, 15, 0, 0), to = at(2024, 4, 10, 0, 0);
    for (int64_t lead = 0; lead < 2; lead++) {
        cmi_grid *g = make(NULL, 0, "month", from, to, at(2025, 1, 1, 0, 0), lead);
        cmi_grid_cut(g);
        assert_int_equal(g->n, 4 + lead);
        assert_true(g->edge[g->n] == to);
        assert_int_equal(cmi_grid_find(g, to), g->n);
        assert_int_equal(cmi_grid_find(g, to - 1), g->n - 1);
        assert_int_equal(cmi_grid_find(g, from - 1), lead ? 1 : -1);
        assert_int_equal(cmi_grid_find(g, from), lead);
        check_look_up(g);
        assert_int_equal(cmi_grid_state(g, lead, 1), CMI_PARTIAL);
        assert_int_equal(cmi_grid_state(g, lead + 1, 1), CMI_COMPLETE);
        assert_int_equal(cmi_grid_state(g, lead + 1, 2), lead ? CMI_COMPLETE : CMI_PARTIAL);
        assert_int_equal(cmi_grid_state(g, lead + 3, 1), CMI_PARTIAL);
        cmi_grid_destroy(g);
    }
    cmi_grid *none = make(NULL, 0, "month", 5, 5, 5, 0);
    cmi_grid_cut(none);
    cmi_grid_destroy(none);
}

static void test_units(void **state)
{
    (void)state;
    const int64_t from = at(2024, 2, 29, 10, 0), to = at(2025, 6, 5, 0, 1);
    static const struct {
        const char *period;
        int32_t week_start;
        int64_t n, first, last; /* local dates of the first and the last edge */
    } want[] = {
        { "day", 0, 463, 19782, 20245 },   { "week", 0, 67, 19779, 20248 },
        { "week", 6, 67, 19778, 20247 },   { "month", 0, 17, 19754, 20270 },
        { "quarter", 0, 6, 19723, 20270 }, { "year", 0, 2, 19723, 20454 },
        { "14d", 0, 34, 19782, 20258 },
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        cmi_grid *g = make(NULL, want[i].week_start, want[i].period, from, to, to, 0);
        if (g->n != want[i].n || g->day[0] != want[i].first || g->day[g->n] != want[i].last)
            fail_msg("%s: %lld periods, %lld to %lld", want[i].period, (long long)g->n,
                     (long long)g->day[0], (long long)g->day[g->n]);
        assert_true(g->edge[0] <= from && g->edge[1] > from && g->edge[g->n] >= to &&
                    g->edge[g->n - 1] < to);
        check_look_up(g);
        cmi_grid_destroy(g);
        /* leads only go in front */
        cmi_grid *h = make(NULL, want[i].week_start, want[i].period, from, to, to, 40);
        assert_int_equal(h->n, want[i].n + 40);
        assert_int_equal(h->day[40], want[i].first);
        check_look_up(h);
        cmi_grid_destroy(h);
    }
}

static void test_whole_window(void **state)
{
    (void)state;
    cmi_grid *g =
        make(NULL, 0, "all", at(2024, 1, 15, 3, 0), at(2024, 4, 1, 0, 0), at(2024, 5, 1, 0, 0), 0);
    assert_int_equal(g->n, 1);
    assert_true(g->edge[0] == at(2024, 1, 15, 3, 0) && g->edge[1] == at(2024, 4, 1, 0, 0));
    assert_int_equal(cmi_grid_state(g, 0, 1), CMI_COMPLETE);
    check_look_up(g);
    cmi_grid_destroy(g);
    g = make(NULL, 0, "all", 5, 5, 5, 0);
    assert_int_equal(cmi_grid_find(g, 5), 1);
    assert_int_equal(cmi_grid_find(g, 4), -1);
    cmi_grid_destroy(g);
    g = make(NULL, 0, "month", 5, 5, 5, 3);
    assert_int_equal(g->n, 3);
    cmi_grid_destroy(g);
    g = make(NULL, 0, "hour", 5, 5, 5, 3);
    assert_int_equal(g->n, 3);
    check_look_up(g);
    cmi_grid_destroy(g);
    g = make(NULL, 0, "day", 5, 5, 5, 0);
    assert_int_equal(g->n, 0);
    assert_int_equal(cmi_grid_find(g, -1), -1);
    assert_int_equal(cmi_grid_find(g, 0), 0);
    cmi_grid_destroy(g);
    cmi_grid_destroy(NULL);
}

static void test_daylight_saving(void **state)
{
    (void)state;
    cmi_tz *tz = load("Europe/Paris");
    int64_t from = cmi_tz_midnight(tz, cmi_days_from_civil(2024, 3, 30));
    int64_t to = cmi_tz_midnight(tz, cmi_days_from_civil(2024, 4, 2));
    cmi_grid *g = make(tz, 0, "day", from, to, to, 0);
    assert_int_equal(g->n, 3);
    assert_int_equal(g->edge[2] - g->edge[1], 23 * CMI_HOUR);
    check_look_up(g);
    cmi_grid_destroy(g);
    g = make(tz, 0, "hour", from, to, to, 0);
    assert_int_equal(g->n, 71);
    assert_int_equal(g->day[23], cmi_days_from_civil(2024, 3, 30));
    assert_int_equal(g->day[24], cmi_days_from_civil(2024, 3, 31));
    check_look_up(g);
    cmi_grid_destroy(g);
    cmi_tz_release(tz);
}

/* Half-hour changes make a short hour; wherever a grid begins, its edges are those of a longer one.
 */
static void test_half_hours(void **state)
{
    (void)state;
    static const char *const names[] = { "Australia/Lord_Howe", "Asia/Kolkata", "Asia/Kathmandu",
                                         "America/St_Johns", "Europe/Dublin" };
    for (int z = 0; z < 5; z++) {
        cmi_tz *tz = load(names[z]);
        cmi_grid *all = make(tz, 0, "hour", at(1980, 1, 1, 0, 0), at(2025, 1, 1, 0, 0), 0, 0);
        check_look_up(all);
        int64_t whole = 0;
        for (int64_t p = 0; p < all->n; p++) {
            int64_t length = all->edge[p + 1] - all->edge[p];
            assert_true(length > 0 && length <= CMI_HOUR);
            whole += length == CMI_HOUR;
        }
        assert_true(all->n - whole < 200);
        uint64_t rng = 8;
        for (int i = 0; i < 3000; i++) {
            /* near changes half of the time */
            int64_t p = (int64_t)(next_random(&rng) % (uint64_t)(all->n - 30));
            if (i % 2)
                while (p < all->n - 30 && all->edge[p + 1] - all->edge[p] == CMI_HOUR) p++;
            int64_t k = p + (int64_t)(next_random(&rng) % 4);
            int64_t us = all->edge[k] +
                         (int64_t)(next_random(&rng) % (uint64_t)(all->edge[k + 1] - all->edge[k]));
            cmi_grid *g = make(tz, 0, "hour", us, us + 5 * CMI_HOUR, 0, k < 3 ? 0 : 3);
            assert_memory_equal(g->edge, all->edge + k - g->lead,
                                (size_t)(g->lead + 3) * sizeof *g->edge);
            cmi_grid_destroy(g);
        }
        cmi_grid_destroy(all);
        cmi_tz_release(tz);
    }
}

static void test_missing_day(void **state)
{
    (void)state;
    cmi_tz *tz = load("Pacific/Apia");
    cmi_grid *g = make(tz, 0, "day", at(2011, 12, 25, 0, 0), at(2012, 1, 5, 0, 0), 0, 0);
    int64_t day = cmi_days_from_civil(2011, 12, 30), empty = 0;
    for (int64_t p = 0; p < g->n; p++) {
        assert_int_equal(g->day[p], g->day[0] + p);
        if (g->edge[p] != g->edge[p + 1]) continue;
        assert_int_equal(g->day[p], day);
        empty++;
    }
    assert_int_equal(empty, 1);
    check_look_up(g);
    cmi_grid_destroy(g);
    cmi_tz_release(tz);
    tz = load("America/Sao_Paulo");
    g = make(tz, 0, "month", at(2000, 1, 1, 0, 0), at(2030, 1, 1, 0, 0), 0, 0);
    check_look_up(g);
    cmi_grid_destroy(g);
    g = make(tz, 0, "day", at(2000, 1, 1, 0, 0), at(2030, 1, 1, 0, 0), 0, 0);
    check_look_up(g);
    cmi_grid_destroy(g);
    cmi_tz_release(tz);
}

/* So many hours that buckets are longer than an hour, and all of the calendar. */
static void test_long_grids(void **state)
{
    (void)state;
    cmi_grid *g = make(NULL, 0, "hour", at(1, 1, 1, 0, 0), at(1100, 1, 1, 0, 0), 0, 0);
    assert_true(g->n > 9000000 && g->n_table <= 1 << 22);
    check_look_up(g);
    cmi_grid_destroy(g);
    g = make(NULL, 0, "day", CMI_TIME_MIN, CMI_TIME_MAX, 0, 0);
    assert_int_equal(g->n, 3652059);
    check_look_up(g);
    cmi_grid_destroy(g);
    g = make(NULL, 0, "year", CMI_TIME_MIN, CMI_TIME_MAX, 0, 0);
    assert_int_equal(g->n, 9999);
    check_look_up(g);
    cmi_grid_destroy(g);
}

static void test_refused(void **state)
{
    (void)state;
    cmi_grid *g = NULL;
    cm_error *err = cm_error_create();
    cmi_period hour = { CMI_UNIT_HOUR, 1 }, day = { CMI_UNIT_DAY, 1 }, all = { .step = 1 };
    assert_int_equal(cmi_grid_create(ctx, NULL, 0, hour, CMI_TIME_MIN, CMI_TIME_MAX, 0, 0, &g, err),
                     CM_ERR_LIMIT);
    assert_int_equal(cmi_grid_create(ctx, NULL, 0, day, 0, 5, 0, 10000000, &g, err), CM_ERR_OPTION);
    assert_int_equal(cmi_grid_create(ctx, NULL, 0, day, 0, 5, 0, 10000001, &g, err), CM_ERR_LIMIT);
    assert_int_equal(cmi_grid_create(ctx, NULL, 0, day, 6, 5, 0, 0, &g, err), CM_ERR_OPTION);
    assert_non_null(strstr(cm_error_message(err), "1970-01-01"));
    assert_int_equal(cmi_grid_create(ctx, NULL, 0, day, INT64_MIN, 5, 0, 0, &g, err),
                     CM_ERR_OPTION);
    assert_int_equal(cmi_grid_create(ctx, NULL, 0, day, 0, INT64_MAX, 0, 0, &g, err),
                     CM_ERR_OPTION);
    assert_int_equal(cmi_grid_create(ctx, NULL, 0, day, 0, 5, 0, -1, &g, err), CM_ERR_ARG);
    assert_int_equal(cmi_grid_create(ctx, NULL, 7, day, 0, 5, 0, 0, &g, err), CM_ERR_ARG);
    assert_int_equal(cmi_grid_create(ctx, NULL, 0, all, 0, 5, 0, 1, &g, err), CM_ERR_ARG);
    day.step = 0;
    assert_int_equal(cmi_grid_create(ctx, NULL, 0, day, 0, 5, 0, 0, &g, err), CM_ERR_ARG);
    hour.step = 2;
    assert_int_equal(cmi_grid_create(ctx, NULL, 0, hour, 0, 5, 0, 0, &g, err), CM_ERR_UNSUPPORTED);
    hour.unit = CMI_UNIT_MINUTE;
    assert_int_equal(cmi_grid_create(ctx, NULL, 0, hour, 0, 5, 0, 0, &g, err), CM_ERR_UNSUPPORTED);
    assert_null(g);
    cm_error_destroy(err);
}

static bool make_once(cm_context *own, bool expect)
{
    (void)expect;
    static const cmi_period periods[] = { { .step = 1 },
                                          { CMI_UNIT_HOUR, 1 },
                                          { CMI_UNIT_MONTH, 1 } };
    bool through = true;
    for (int i = 0; i < 3; i++) {
        cmi_grid *g = NULL;
        cm_status s = cmi_grid_create(own, NULL, 0, periods[i], 0, 100 * CMI_DAY, 0, 0, &g, NULL);
        assert_true(s == CM_OK || s == CM_ERR_MEMORY);
        assert_int_equal(s == CM_OK, g != NULL);
        cmi_grid_destroy(g);
        through = through && s == CM_OK;
    }
    return through;
}

static void test_no_memory(void **state)
{
    (void)state;
    fail_each_allocation(make_once);
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
        cmocka_unit_test(test_periods),      cmocka_unit_test(test_months),
        cmocka_unit_test(test_cut),          cmocka_unit_test(test_units),
        cmocka_unit_test(test_whole_window), cmocka_unit_test(test_daylight_saving),
        cmocka_unit_test(test_half_hours),   cmocka_unit_test(test_missing_day),
        cmocka_unit_test(test_long_grids),   cmocka_unit_test(test_refused),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests_name("grid", tests, open_context, close_context);
}
