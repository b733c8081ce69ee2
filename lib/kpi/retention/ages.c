/* SPDX-License-Identifier: MIT */
#include "kpi/retention/ages.h"

/* ---- plan ---- */

static int64_t elapsed_unit(cmi_period period)
{
    static const int64_t DAYS[] = { [CMI_UNIT_DAY] = 1,
                                    [CMI_UNIT_WEEK] = 7,
                                    [CMI_UNIT_MONTH] = 30,
                                    [CMI_UNIT_QUARTER] = 91,
                                    [CMI_UNIT_YEAR] = 365 };
    if (period.unit == CMI_UNIT_HOUR) return CMI_HOUR * period.step;
    return CMI_DAY * DAYS[period.unit] * period.step;
}

static bool edges_ascend(const cmi_list *edges)
{
    for (int64_t i = 0; i < edges->n; i++)
        if (edges->v[i] < (i ? edges->v[i - 1] + 1 : 1)) return false;
    return edges->n >= 2;
}

cm_status cmi_ages_plan(cmi_ages *a, cmi_plan *p, const cmi_common *c)
{
    if (!c->period.unit)
        return cmi_plan_fail(p, CM_ERR_OPTION, "period",
                             "cohorts need a period such as month: 'all' has no ages");
    if (a->kind == CMI_AGE_ANNIVERSARY && c->period.unit < CMI_UNIT_DAY)
        return cmi_plan_fail(p, CM_ERR_OPTION, "grid",
                             "anniversaries are counted in days, weeks, months, quarters or years");
    if (a->criterion == CMI_BRACKET && !edges_ascend(&a->brackets))
        return cmi_plan_fail(p, CM_ERR_OPTION, "brackets",
                             "brackets need at least two ascending edges, from 1");
    if (a->criterion == CMI_BRACKET) a->last = a->brackets.v[a->brackets.n - 1] - 1;
    if (a->horizon >= 0 && a->criterion != CMI_ON_OR_AFTER)
        return cmi_plan_fail(p, CM_ERR_OPTION, "horizon",
                             "horizon goes with criterion=on_or_after");
    if (a->horizon >= 0 && a->last > a->horizon) a->last = a->horizon;
    if (a->last > CMI_MAX_AGE || a->horizon > CMI_MAX_AGE)
        return cmi_plan_fail(p, CM_ERR_LIMIT, "periods", "ages go up to %d", CMI_MAX_AGE);
    a->tz = c->tz;
    a->period = c->period;
    a->as_of = c->as_of;
    a->unit_us = elapsed_unit(c->period);
    a->n = a->criterion == CMI_BRACKET ? a->brackets.n - 1 : a->last + 1;
    a->kept = a->horizon > a->last ? a->horizon : a->last;
    a->grid = cmi_plan_grid(p, c, c->period, c->from, c->as_of > c->to ? c->as_of : c->to, 0);
    if (a->grid) {
        a->whole = a->began = cmi_grid_n(a->grid);
        if (a->whole && (a->grid->cut_last || a->grid->edge[a->whole] > a->as_of)) a->whole--;
        while (a->began > 0 && a->grid->edge[a->began - 1] >= a->as_of) a->began--;
    }
    return cmi_plan_status(p);
}

/* ---- one member ---- */

static int64_t anniversary(const cmi_ages *a, int64_t first_day, int64_t n)
{
    static const int64_t MONTHS[] = {
        [CMI_UNIT_MONTH] = 1, [CMI_UNIT_QUARTER] = 3, [CMI_UNIT_YEAR] = 12
    };
    int64_t steps = n * a->period.step;
    if (a->period.unit == CMI_UNIT_DAY) return first_day + steps;
    if (a->period.unit == CMI_UNIT_WEEK) return first_day + 7 * steps;
    return cmi_add_months(first_day, steps * MONTHS[a->period.unit]);
}

static int64_t window_end(const cmi_ages *a, int64_t first_day, int64_t n)
{
    return cmi_time_add(a->tz, cmi_tz_midnight(a->tz, anniversary(a, first_day, n)), a->within, 1,
                        true);
}

/* Least number of days in a step, so that a quotient never falls short of the age. */
static int64_t shortest_step(const cmi_ages *a)
{
    static const int64_t DAYS[] = { [CMI_UNIT_DAY] = 1,
                                    [CMI_UNIT_WEEK] = 7,
                                    [CMI_UNIT_MONTH] = 28,
                                    [CMI_UNIT_QUARTER] = 89,
                                    [CMI_UNIT_YEAR] = 365 };
    return DAYS[a->period.unit] * a->period.step;
}

static void judge_anniversaries(const cmi_ages *a, cmi_member *m, int64_t first_day)
{
    m->reach = m->begun = -1;
    for (int64_t n = 0; n <= CMI_MAX_AGE; n++) {
        if (cmi_tz_midnight(a->tz, anniversary(a, first_day, n)) >= a->as_of) break;
        m->begun = n;
        if (window_end(a, first_day, n) <= a->as_of) m->reach = n;
    }
}

void cmi_member_begin(const cmi_ages *a, cmi_member *m, int64_t anchor)
{
    memset(m->bits, 0, sizeof *m->bits * (size_t)(a->kept / 64 + 1));
    m->last_active = 0;
    m->anchor = anchor;
    m->period = cmi_grid_find(a->grid, anchor);
    if (a->kind == CMI_AGE_CALENDAR) {
        m->reach = a->whole - 1 - m->period;
        m->begun = a->began - 1 - m->period;
    } else if (a->kind == CMI_AGE_ELAPSED) {
        int64_t age = a->as_of - anchor;
        m->reach = age / a->unit_us - 1;
        m->begun = (age - 1) / a->unit_us;
    } else {
        judge_anniversaries(a, m, cmi_tz_local_day(a->tz, anchor));
    }
}

void cmi_ages_at(const cmi_ages *a, const cmi_member *m, int64_t time, int64_t *from, int64_t *to)
{
    if (a->kind == CMI_AGE_CALENDAR) {
        *from = *to = cmi_grid_find(a->grid, time) - m->period;
    } else if (a->kind == CMI_AGE_ELAPSED) {
        *from = *to = (time - m->anchor) / a->unit_us;
    } else {
        int64_t first = cmi_tz_local_day(a->tz, m->anchor), day = cmi_tz_local_day(a->tz, time);
        int64_t n = (day - first) / shortest_step(a);
        while (n > 0 && anniversary(a, first, n) > day) n--;
        *to = n;
        *from =
            n + 1; /* windows longer than a step overlap: walk back while they reach the instant */
        while (*from > 0 && window_end(a, first, *from - 1) > time) *from -= 1;
    }
}

void cmi_member_active(const cmi_ages *a, cmi_member *m, int64_t time)
{
    int64_t from, to;
    cmi_ages_at(a, m, time, &from, &to);
    for (int64_t n = from > 0 ? from : 0; n <= to; n++) cmi_member_note(a, m, n);
}

/* ---- criteria ---- */

static bool has(const cmi_member *m, int64_t age)
{
    return m->bits[age >> 6] >> (age & 63) & 1;
}

static bool any_between(const cmi_member *m, int64_t from, int64_t to)
{
    for (int64_t n = from; n <= to; n++)
        if (has(m, n)) return true;
    return false;
}

static bool all_between(const cmi_member *m, int64_t from, int64_t to)
{
    for (int64_t n = from; n <= to; n++)
        if (!has(m, n)) return false;
    return true;
}

int64_t cmi_ages_column(const cmi_ages *a, int64_t age)
{
    if (a->criterion != CMI_BRACKET) return age <= a->last ? age : -1;
    for (int64_t i = 0; i + 1 < a->brackets.n; i++)
        if (age >= a->brackets.v[i] && age < a->brackets.v[i + 1]) return i;
    return -1;
}

int64_t cmi_ages_name(const cmi_ages *a, int64_t column)
{
    return a->criterion == CMI_BRACKET ? a->brackets.v[column] : column;
}

/* Age 0 is the cohort itself: everybody, by definition. */
bool cmi_member_retained(const cmi_ages *a, const cmi_member *m, int64_t column)
{
    if (a->criterion == CMI_BRACKET)
        return any_between(m, a->brackets.v[column], a->brackets.v[column + 1] - 1);
    if (column == 0) return true;
    switch (a->criterion) {
    case CMI_ON_OR_AFTER:
        return a->horizon < 0 ? m->last_active >= column : any_between(m, column, a->horizon);
    case CMI_BY_AGE:
        return any_between(m, 1, column);
    case CMI_EVERY:
        return all_between(m, 1, column);
    default:
        return has(m, column);
    }
}

void cmi_member_columns(const cmi_ages *a, const cmi_member *m, uint64_t *bits)
{
    int64_t words = (a->n + 63) / 64, rest = a->n & 63;

    if (a->criterion == CMI_ON) { /* columns are ages: the bits as they stand */
        memcpy(bits, m->bits, sizeof *bits * (size_t)words);
        if (rest) bits[words - 1] &= (UINT64_C(1) << rest) - 1;
        bits[0] |= 1;
        return;
    }
    memset(bits, 0, sizeof *bits * (size_t)words);
    for (int64_t n = 0; n < a->n; n++)
        if (cmi_member_retained(a, m, n)) bits[n >> 6] |= UINT64_C(1) << (n & 63);
}

static int64_t columns_until(const cmi_ages *a, int64_t age, bool whole)
{
    if (a->criterion == CMI_BRACKET) {
        int64_t n = 0;
        while (n + 1 < a->brackets.n &&
               (whole ? a->brackets.v[n + 1] - 1 : a->brackets.v[n]) <= age)
            n++;
        return n - 1;
    }
    return age < a->last ? age : a->last;
}

int64_t cmi_member_reach(const cmi_ages *a, const cmi_member *m)
{
    if (a->horizon >= 0) return m->reach >= a->horizon ? a->last : -1;
    return columns_until(a, m->reach, true);
}

int64_t cmi_member_begun(const cmi_ages *a, const cmi_member *m)
{
    return columns_until(a, m->begun, false);
}
