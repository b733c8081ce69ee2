/* SPDX-License-Identifier: MIT */
#include "core/grid.h"

#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"

#define MAX_PERIODS INT64_C(10000000)
#define MAX_TABLE   (INT64_C(1) << 22)

bool cmi_period_parse(const char *text, cmi_period *out)
{
    cmi_duration d;
    if (!text) return false;
    if (strcmp(text, "all") == 0) {
        *out = (cmi_period){ .step = 1 };
        return true;
    }
    static const struct {
        const char *name;
        cmi_unit unit;
    } words[] = { { "hour", CMI_UNIT_HOUR },       { "day", CMI_UNIT_DAY },
                  { "week", CMI_UNIT_WEEK },       { "month", CMI_UNIT_MONTH },
                  { "quarter", CMI_UNIT_QUARTER }, { "year", CMI_UNIT_YEAR } };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(text, words[i].name) != 0) continue;
        *out = (cmi_period){ words[i].unit, 1 };
        return true;
    }
    if (*text < '0' || *text > '9' || !cmi_duration_parse(text, &d)) return false;
    if (d.unit != CMI_UNIT_DAY || d.n < 1 || d.n > 4000000) return false;
    *out = (cmi_period){ CMI_UNIT_DAY, d.n };
    return true;
}

/* ---- edges ---- */

typedef struct making {
    const cmi_tz *tz;
    cmi_period period;
    int64_t anchor; /* local date on which period 0, the one that holds `from`, begins */
} making;

static int64_t months_in(cmi_period p)
{
    return p.step * (p.unit == CMI_UNIT_YEAR ? 12 : p.unit == CMI_UNIT_QUARTER ? 3 : 1);
}

/* First local date of the period that holds a date. */
static int64_t find_first_day(cmi_unit unit, int64_t day, int32_t week_start)
{
    int64_t y;
    int32_t m, d;
    cmi_civil_from_days(day, &y, &m, &d);
    switch (unit) {
    case CMI_UNIT_WEEK:
        return day - (cmi_weekday(day) - week_start + 7) % 7;
    case CMI_UNIT_MONTH:
        return day - (d - 1);
    case CMI_UNIT_QUARTER:
        return cmi_days_from_civil(y, (m - 1) / 3 * 3 + 1, 1);
    case CMI_UNIT_YEAR:
        return cmi_days_from_civil(y, 1, 1);
    default:
        return day;
    }
}

/* First local date of period k of the calendar; k counts from the period that holds `from`. */
static int64_t find_day(const making *m, int64_t k)
{
    switch (m->period.unit) {
    case CMI_UNIT_DAY:
        return m->anchor + k * m->period.step;
    case CMI_UNIT_WEEK:
        return m->anchor + k * 7 * m->period.step;
    default:
        return cmi_add_months(m->anchor, k * months_in(m->period));
    }
}

/* Time since the local clock showed a full hour, had it not been changed since. */
static int64_t since_hour(const cmi_tz *tz, int64_t us)
{
    int64_t local = cmi_tz_to_local(tz, us);
    return local - cmi_floor_div(local, CMI_HOUR) * CMI_HOUR;
}

static int64_t next_hour(const cmi_tz *tz, int64_t edge)
{
    return edge + CMI_HOUR - since_hour(tz, edge);
}

/* Hours begin where the local clock shows a full hour. A change of half an hour makes a short hour,
 * so behind one the hours are told off from the full hour before it. */
static int64_t find_hour(const cmi_tz *tz, int64_t us)
{
    int64_t edge = us - since_hour(tz, us);
    edge -= since_hour(tz, edge);
    for (int64_t next = next_hour(tz, edge); next <= us; next = next_hour(tz, edge)) edge = next;
    return edge;
}

static cm_status fail_many(cm_error *err)
{
    return cmi_fail(err, CM_ERR_LIMIT, "the window has more than %lld periods",
                    (long long)MAX_PERIODS);
}

/* Room for n periods; the day array is as long. */
static bool reserve(cmi_grid *g, int64_t n)
{
    g->edge = cmi_malloc_n(g->ctx, (size_t)n + 2, sizeof *g->edge);
    g->day = cmi_malloc_n(g->ctx, (size_t)n + 1, sizeof *g->day);
    return g->edge && g->day;
}

static void set_edge(cmi_grid *g, const cmi_tz *tz, int64_t i, int64_t us)
{
    g->edge[i] = us;
    g->day[i] = cmi_tz_local_day(tz, us);
}

static cm_status make_whole(cmi_grid *g, const cmi_tz *tz, cm_error *err)
{
    if (!reserve(g, 1)) return cmi_no_memory(g->ctx, err);
    g->n = 1;
    set_edge(g, tz, 0, g->from);
    set_edge(g, tz, 1, g->to);
    return CM_OK;
}

static cm_status make_hours(cmi_grid *g, const cmi_tz *tz, cm_error *err)
{
    /* Every hour is at least a second long in wild zones, an hour in sane ones: count, then fill.
     */
    int64_t first = find_hour(tz, g->from);
    for (int64_t k = 0; k < g->lead; k++) first = find_hour(tz, first - 1);
    int64_t n = g->from < g->to ? 0 : g->lead, edge = first;
    for (; g->from < g->to && edge < g->to; edge = next_hour(tz, edge))
        if (++n > MAX_PERIODS) return fail_many(err);
    if (!reserve(g, n)) return cmi_no_memory(g->ctx, err);
    g->n = n;
    edge = first;
    for (int64_t i = 0; i <= n; i++) {
        set_edge(g, tz, i, edge);
        edge = next_hour(tz, edge);
    }
    return CM_OK;
}

/* Least k whose period begins at or after `to`. */
static int64_t count_periods(const making *m, int64_t to)
{
    int64_t lo = 0, hi = 1;
    while (hi <= MAX_PERIODS && cmi_tz_midnight(m->tz, find_day(m, hi)) < to) hi *= 2;
    while (lo < hi) {
        int64_t middle = lo + (hi - lo) / 2;
        if (cmi_tz_midnight(m->tz, find_day(m, middle)) < to)
            lo = middle + 1;
        else
            hi = middle;
    }
    return lo;
}

static cm_status make_calendar(cmi_grid *g, const making *m, cm_error *err)
{
    int64_t own = g->from < g->to ? count_periods(m, g->to) : 0;
    if (own > MAX_PERIODS - g->lead) return fail_many(err);
    if (!reserve(g, own + g->lead)) return cmi_no_memory(g->ctx, err);
    g->n = own + g->lead;
    for (int64_t i = 0; i <= g->n; i++) {
        g->day[i] = find_day(m, i - g->lead);
        g->edge[i] = cmi_tz_midnight(m->tz, g->day[i]);
    }
    return CM_OK;
}

/* ---- look-up table ---- */

/* Buckets are shorter than the shortest period, so that one comparison settles the look-up; where
 * that would take too large a table they are longer, and cmi_grid_find's loop takes more steps. */
static int32_t choose_shift(const cmi_grid *g)
{
    int64_t span = g->edge[g->n] - g->edge[0], shortest = span;
    for (int64_t p = 0; p < g->n; p++) {
        int64_t length = g->edge[p + 1] - g->edge[p];
        if (length > 0 && length < shortest) shortest = length;
    }
    int32_t shift = 0;
    while (shift < 62 && INT64_C(2) << shift <= shortest) shift++;
    while (span >> shift >= MAX_TABLE) shift++;
    return shift;
}

static cm_status make_table(cmi_grid *g, cm_error *err)
{
    g->edge[g->n + 1] = INT64_MAX;
    g->t0 = g->edge[0];
    int64_t span = g->edge[g->n] - g->edge[0];
    g->shift = choose_shift(g);
    g->n_table = (span >> g->shift) + 1;
    g->table = cmi_malloc_n(g->ctx, (size_t)g->n_table, sizeof *g->table);
    if (!g->table) return cmi_no_memory(g->ctx, err);
    int64_t p = 0;
    for (int64_t b = 0; b < g->n_table; b++) {
        int64_t begin = g->t0 + (b << g->shift);
        while (p + 1 < g->n && g->edge[p + 1] <= begin) p++;
        g->table[b] = (int32_t)p;
    }
    return CM_OK;
}

/* ---- grid ---- */

static cm_status check_window(const cmi_tz *tz, cmi_period period, int32_t week_start, int64_t from,
                              int64_t to, int64_t lead, cm_error *err)
{
    if (lead < 0 || (period.unit == 0 && lead != 0) || week_start < 0 || week_start > 6 ||
        period.step < 1)
        return cmi_fail(err, CM_ERR_ARG,
                        "lead, step or week start of a period grid makes no sense");
    if (period.unit != 0 &&
        (period.unit < CMI_UNIT_HOUR || (period.unit == CMI_UNIT_HOUR && period.step != 1)))
        return cmi_fail(err, CM_ERR_UNSUPPORTED,
                        "periods are hours, days, weeks, months, quarters or years");
    char a[48], b[48];
    if (from < CMI_TIME_MIN || to > CMI_TIME_MAX || to < CMI_TIME_MIN || from > CMI_TIME_MAX)
        return cmi_fail(err, CM_ERR_OPTION, "the window leaves the years 1 to 9999");
    if (from > to) {
        cmi_time_print(tz, from, a, sizeof a);
        cmi_time_print(tz, to, b, sizeof b);
        return cmi_fail(err, CM_ERR_OPTION, "the window begins at %s, after its end at %s", a, b);
    }
    if (lead > MAX_PERIODS || period.step > MAX_PERIODS) return fail_many(err);
    return CM_OK;
}

cm_status cmi_grid_create(cm_context *ctx, const cmi_tz *tz, int32_t week_start, cmi_period period,
                          int64_t from, int64_t to, int64_t as_of, int64_t lead, cmi_grid **out,
                          cm_error *err)
{
    cm_status s = check_window(tz, period, week_start, from, to, lead, err);
    if (s) return s;
    cmi_grid *g = cmi_calloc(ctx, 1, sizeof *g);
    if (!g) return cmi_no_memory(ctx, err);
    *g = (cmi_grid){ .ctx = ctx,
                     .lead = lead,
                     .unit = period.unit,
                     .step = period.step,
                     .as_of = as_of,
                     .first_fact = INT64_MIN,
                     .from = from,
                     .to = to };
    cmi_context_retain(ctx);
    making m = { tz, period, find_first_day(period.unit, cmi_tz_local_day(tz, from), week_start) };
    /* Leads so long that they leave the calendar would only overflow. */
    if (period.unit > CMI_UNIT_HOUR && find_day(&m, -lead) < CMI_TIME_MIN / CMI_DAY - 366 * 10)
        s = cmi_fail(err, CM_ERR_OPTION, "the window with its lead leaves the years 1 to 9999");
    else if (period.unit == 0)
        s = make_whole(g, tz, err);
    else if (period.unit == CMI_UNIT_HOUR)
        s = make_hours(g, tz, err);
    else
        s = make_calendar(g, &m, err);
    if (!s) s = make_table(g, err);
    if (s)
        cmi_grid_destroy(g);
    else
        *out = g;
    return s;
}

void cmi_grid_destroy(cmi_grid *g)
{
    if (!g) return;
    cm_context *ctx = g->ctx;
    cmi_free(ctx, g->edge);
    cmi_free(ctx, g->day);
    cmi_free(ctx, g->table);
    cmi_free(ctx, g);
    cmi_context_release(ctx);
}

void cmi_grid_cut(cmi_grid *g)
{
    if (!g->n) return;
    if (!g->lead && g->edge[0] < g->from) {
        g->edge[0] = g->from;
        g->cut_first = true;
    }
    if (g->edge[g->n] > g->to) {
        g->edge[g->n] = g->to;
        g->cut_last = true;
    }
}

cmi_period_state cmi_grid_state(const cmi_grid *g, int64_t p, int64_t w)
{
    if (p < 0 || p >= g->n || w < 1) return CMI_UNDEFINED;
    bool outside = w > p + 1; /* the window begins before the grid */
    int64_t begin = outside ? g->edge[0] : g->edge[p + 1 - w];
    if (begin >= g->as_of) return CMI_PENDING;
    if (g->edge[p + 1] > g->as_of || begin < g->first_fact) return CMI_PARTIAL;
    if ((g->cut_last && p == g->n - 1) || (g->cut_first && p + 1 <= w)) return CMI_PARTIAL;
    if (w == 1 && p >= g->lead && begin < g->from) return CMI_PARTIAL;
    return outside && g->first_fact != INT64_MIN ? CMI_PARTIAL : CMI_COMPLETE;
}

const char *cmi_state_name(cmi_period_state s)
{
    switch (s) {
    case CMI_COMPLETE:
        return "complete";
    case CMI_PARTIAL:
        return "partial";
    case CMI_PENDING:
        return "pending";
    case CMI_UNDEFINED:
        break;
    }
    return "undefined";
}
