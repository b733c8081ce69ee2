/* SPDX-License-Identifier: MIT */
#include "kpi/measure_values.h"

#include <string.h>

#define GAP INT64_C(1800000000) /* 30 min */

int64_t cmi_m_divide(cmi_measuring *m, cmi_i128 n, cmi_i128 d)
{
    cmi_i128 q = n / d, rest = n % d, twice;
    if (rest < 0) rest = -rest;
    twice = rest - (d - rest);
    if (twice > 0 || (twice == 0 && q % 2 != 0)) q += n < 0 ? -1 : 1;
    if (q > INT64_MAX || q <= INT64_MIN) {
        m->overflow = true;
        return 0;
    }
    return (int64_t)q;
}

/* ---- orders ---- */

int64_t cmi_m_n_orders(cmi_measuring *m)
{
    int64_t n = 0;
    for (int64_t i = m->first; i < m->end; i++) n += cmi_span_has(m->rows, i, m->set->head);
    return n;
}

int64_t cmi_m_revenue(cmi_measuring *m)
{
    int64_t sum = 0;
    for (int64_t i = m->first; i < m->end; i++)
        if (cmi_m_row(m, i, CMI_ORDERS)) cmi_m_add(m, &sum, cmi_m_cell(m, CMI_M_AMOUNT, i));
    return sum;
}

int64_t cmi_m_refunds(cmi_measuring *m)
{
    int64_t sum = 0;
    for (int64_t i = m->first; i < m->end; i++) {
        int64_t amount = cmi_m_row(m, i, CMI_ORDERS) ? cmi_m_cell(m, CMI_M_AMOUNT, i) : CMI_NULL;
        if (amount != CMI_NULL && amount < 0) cmi_m_add(m, &sum, -amount);
    }
    return sum;
}

int64_t cmi_m_aov(cmi_measuring *m)
{
    int64_t n = cmi_m_n_orders(m);
    return n ? cmi_m_divide(m, cmi_m_revenue(m), n) : CMI_NULL;
}

int64_t cmi_m_mean_gap_days(cmi_measuring *m)
{
    int64_t n = 0, first = 0, last = 0;
    for (int64_t i = m->first; i < m->end; i++) {
        if (!cmi_span_has(m->rows, i, m->set->head)) continue;
        last = m->rows->time[i];
        if (!n++) first = last;
    }
    if (n < 2) return CMI_NULL;
    /* Microseconds to millionths of a day. */
    return cmi_m_divide(m, last - first, (cmi_i128)(n - 1) * (CMI_DAY / 1000000));
}

static bool is_sale(const cmi_measuring *m, int64_t row)
{
    int64_t amount = cmi_m_cell(m, CMI_M_AMOUNT, row);
    return amount != CMI_NULL && amount > 0;
}

int64_t cmi_m_n_products(cmi_measuring *m)
{
    return cmi_m_distinct(m, CMI_ORDERS, CMI_M_PRODUCT, 0, is_sale);
}

/* ---- activity ---- */

int64_t cmi_m_recency_days(cmi_measuring *m)
{
    int64_t i = m->end - 1;
    while (i >= m->first && !cmi_span_has(m->rows, i, m->set->active)) i--;
    if (i < m->first) return CMI_NULL;
    return cmi_tz_local_day(m->set->tz, m->to) - cmi_tz_local_day(m->set->tz, m->rows->time[i]);
}

int64_t cmi_m_tenure_days(cmi_measuring *m)
{
    int64_t first = m->rows->first[m->set->active];
    if (first == CMI_NULL || first >= m->to) return CMI_NULL;
    return cmi_tz_local_day(m->set->tz, m->to) - cmi_tz_local_day(m->set->tz, first);
}

int64_t cmi_m_n_active_days(cmi_measuring *m)
{
    int64_t n = 0, until = INT64_MIN;
    for (int64_t i = m->first; i < m->end; i++) {
        int64_t time = m->rows->time[i];
        if (time < until || !cmi_span_has(m->rows, i, m->set->active)) continue;
        until = cmi_tz_midnight(m->set->tz, cmi_tz_local_day(m->set->tz, time) + 1);
        n++;
    }
    return n;
}

/* ---- events ---- */

int64_t cmi_m_n_events(cmi_measuring *m)
{
    int64_t sum = 0;
    for (int64_t i = m->first; i < m->end; i++) {
        if (!cmi_m_row(m, i, CMI_EVENTS)) continue;
        int64_t n = cmi_m_cell(m, CMI_M_COUNT, i);
        cmi_m_add(m, &sum, n == CMI_NULL ? 1 : n);
    }
    return sum;
}

int64_t cmi_m_n_sessions(cmi_measuring *m)
{
    int64_t n = 0, start = 0, last = 0;
    for (int64_t i = m->first; i < m->end; i++) {
        int64_t time = m->rows->time[i];
        if (!cmi_m_row(m, i, CMI_EVENTS)) continue;
        if (!n || time - last > GAP || time - start > CMI_DAY) {
            n++;
            start = time;
        }
        last = time;
    }
    return n;
}

int64_t cmi_m_duration_seconds(cmi_measuring *m)
{
    int64_t sum = 0;
    for (int64_t i = m->first; i < m->end; i++) {
        if (!cmi_m_row(m, i, CMI_EVENTS)) continue;
        int64_t length = cmi_m_cell(m, CMI_M_DURATION, i), end = cmi_m_cell(m, CMI_M_END, i);
        if (length == CMI_NULL && end != CMI_NULL) length = end - m->rows->time[i];
        cmi_m_add(m, &sum, length);
    }
    return sum;
}

static int64_t sum_events(cmi_measuring *m, cmi_measure_column c)
{
    int64_t sum = 0;
    for (int64_t i = m->first; i < m->end; i++)
        if (cmi_m_row(m, i, CMI_EVENTS)) cmi_m_add(m, &sum, cmi_m_cell(m, c, i));
    return sum;
}

int64_t cmi_m_n_pages(cmi_measuring *m)
{
    return sum_events(m, CMI_M_PAGES);
}

int64_t cmi_m_value(cmi_measuring *m)
{
    return sum_events(m, CMI_M_VALUE);
}

static bool is_about_item(const cmi_measuring *m, int64_t row)
{
    int64_t item = cmi_m_cell(m, CMI_M_ITEM, row);
    return item != CMI_NULL && item != 0;
}

static bool is_about_nothing(const cmi_measuring *m, int64_t row)
{
    return !is_about_item(m, row);
}

int64_t cmi_m_n_items(cmi_measuring *m)
{
    return cmi_m_distinct(m, CMI_EVENTS, CMI_M_ITEM, 0, NULL);
}

int64_t cmi_m_n_approvals(cmi_measuring *m)
{
    int64_t n = 0;
    for (int64_t i = m->first; i < m->end; i++) {
        int64_t other = cmi_m_row(m, i, CMI_EVENTS) ? cmi_m_cell(m, CMI_M_OTHER, i) : CMI_NULL;
        n += other != CMI_NULL && other != 0 && other != m->rows->owner && is_about_item(m, i);
    }
    return n;
}

int64_t cmi_m_n_referred(cmi_measuring *m)
{
    return cmi_m_distinct(m, CMI_EVENTS, CMI_M_OTHER, m->rows->owner, is_about_nothing);
}

/* ---- the other tables ---- */

int64_t cmi_m_n_tickets(cmi_measuring *m)
{
    int64_t n = 0;
    for (int64_t i = m->first; i < m->end; i++) n += cmi_m_row(m, i, CMI_TICKETS);
    return n;
}

static int64_t sum_scores(cmi_measuring *m, int64_t *n)
{
    int64_t sum = 0;
    *n = 0;
    for (int64_t i = m->first; i < m->end; i++) {
        int64_t score = cmi_m_row(m, i, CMI_RESPONSES) ? cmi_m_cell(m, CMI_M_SCORE, i) : CMI_NULL;
        *n += score != CMI_NULL;
        cmi_m_add(m, &sum, score);
    }
    return sum;
}

int64_t cmi_m_n_responses(cmi_measuring *m)
{
    int64_t n;
    sum_scores(m, &n);
    return n;
}

int64_t cmi_m_mean_score(cmi_measuring *m)
{
    int64_t n, sum = sum_scores(m, &n);
    return n ? cmi_m_divide(m, sum, n) : CMI_NULL;
}

/* amount * quantity / months, in units of 10^-(scale + 4). A term is n * 4 + unit: months, weeks of
 * 12/52 month, days of 12/365 month. */
static int64_t monthly(cmi_measuring *m, int64_t i)
{
    static const int64_t times[] = { 1, 52, 365, 0 }, by[] = { 1, 12, 12, 0 };
    int64_t amount = cmi_m_cell(m, CMI_M_AMOUNT, i), term = cmi_m_cell(m, CMI_M_TERM, i);
    int64_t quantity = cmi_m_cell(m, CMI_M_QUANTITY, i), unit = 1;
    if (amount == CMI_NULL || term == CMI_NULL || term < 4 || term % 4 == 3) return 0;
    for (int32_t k = 0; k < m->set->scale; k++) unit *= 10;
    cmi_i128 n = (cmi_i128)amount * (quantity == CMI_NULL ? unit : quantity);
    if (__builtin_mul_overflow(n, (cmi_i128)times[term % 4] * 10000, &n)) {
        m->overflow = true;
        return 0;
    }
    return cmi_m_divide(m, n, (cmi_i128)(term / 4) * by[term % 4] * unit);
}

int64_t cmi_m_mrr(cmi_measuring *m)
{
    int64_t sum = 0;
    for (int64_t i = 0; i < m->end; i++) { /* also those that began before the window */
        int64_t end = cmi_m_row(m, i, CMI_SUBSCRIPTIONS) ? cmi_m_cell(m, CMI_M_END, i) : 0;
        if (!cmi_m_row(m, i, CMI_SUBSCRIPTIONS) || (end != CMI_NULL && end < m->to)) continue;
        cmi_m_add(m, &sum, monthly(m, i));
    }
    return cmi_m_divide(m, sum, 10000);
}

/* ---- any dimension ---- */

int64_t cmi_m_dimension(cmi_measuring *m)
{
    const int64_t *v = m->rows->value[m->dimension_slot];
    int64_t own = m->rows->customer[m->dimension_slot], sum = 0;
    bool any = false;

    if (!v) return CMI_NULL;
    if (own != CMI_NULL && own != 0) return m->rows->n ? v[m->rows->n - 1] : CMI_NULL;
    for (int64_t i = m->first; i < m->end; i++) {
        if (!(m->rows->sel[i] & 1) || v[i] == CMI_NULL) continue;
        cmi_m_add(m, &sum, v[i]);
        any = true;
    }
    return any ? sum : CMI_NULL;
}

/* ---- distinct codes ---- */

enum { MOST_SLOTS = 4096 };

static int64_t wanted_code(const cmi_measuring *m, cmi_fact f, cmi_measure_column c, int64_t except,
                           bool (*wanted)(const cmi_measuring *m, int64_t row), int64_t i)
{
    int64_t code = cmi_m_row(m, i, f) ? cmi_m_cell(m, c, i) : 0;
    if (code == CMI_NULL || code == except || (code && wanted && !wanted(m, i))) return 0;
    return code;
}

static uint64_t scatter(int64_t code)
{
    uint64_t x = (uint64_t)code * UINT64_C(0x9e3779b97f4a7c15);
    return x ^ x >> 29;
}

typedef struct code_set {
    int64_t slot[MOST_SLOTS];
    uint64_t n_slots, n;
} code_set;

/* false: the set is half full. */
static bool enter(code_set *set, int64_t code, uint64_t hash)
{
    uint64_t at = hash >> 20 & (set->n_slots - 1);
    while (set->slot[at] && set->slot[at] != code) at = (at + 1) & (set->n_slots - 1);
    if (set->slot[at]) return true;
    if (set->n >= set->n_slots / 2) return false;
    set->slot[at] = code;
    set->n++;
    return true;
}

/* No memory may be asked for here, so codes are counted in passes, each over the codes of one hash
 * class, with as many classes as it takes for one to fit. Few rows clear few slots. */
int64_t cmi_m_distinct(cmi_measuring *m, cmi_fact f, cmi_measure_column c, int64_t except,
                       bool (*wanted)(const cmi_measuring *m, int64_t row))
{
    code_set set;
    set.n_slots = 16;
    while (set.n_slots < MOST_SLOTS && set.n_slots < 2 * (uint64_t)(m->end - m->first))
        set.n_slots *= 2;
    for (uint64_t passes = 1;; passes *= 4) {
        int64_t total = 0;
        bool fits = true;
        for (uint64_t pass = 0; pass < passes && fits; pass++) {
            set.n = 0;
            memset(set.slot, 0, set.n_slots * sizeof *set.slot);
            for (int64_t i = m->first; i < m->end && fits; i++) {
                int64_t code = wanted_code(m, f, c, except, wanted, i);
                uint64_t hash = scatter(code);
                if (code && hash % passes == pass) fits = enter(&set, code, hash);
            }
            total += (int64_t)set.n;
        }
        if (fits) return total;
    }
}
