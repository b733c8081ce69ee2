/* SPDX-License-Identifier: MIT */
#include "kpi/clv/clv_days.h"

#include <math.h>

#include "math/ieee.h"

enum { HEAD = 1, NO_SALE };
enum { AMOUNT };
enum { UNIT_DAY, UNIT_WEEK, UNIT_MONTH, UNIT_YEAR };
enum { AMOUNT_NET, AMOUNT_GROSS };
enum { ZEROS_INCLUDED, ZEROS_EXCLUDED };
enum { P_N, P_REVENUE, P_FREQUENCY_HOLDOUT, P_REVENUE_HOLDOUT }; /* columns of PATTERNS */
enum { ROLE_CUSTOMER, ROLE_FREQUENCY, ROLE_RECENCY, ROLE_TENURE, ROLE_MONETARY, ROLE_COUNT };
enum { N_ROLES = ROLE_COUNT + 1 };

double cmi_clv_unit_days(const cmi_clv_days *o)
{
    static const double DAYS[] = { 1.0, 7.0, 365.0 / 12.0, 365.0 };
    return DAYS[o->time_unit];
}

void cmi_clv_plan(cmi_plan *p, cmi_clv_days *o)
{
    int64_t end = o->calibration_end;

    cmi_plan_stream(p, CMI_FACT_BIT(CMI_ORDERS), CMI_BY_SPLIT);
    cmi_plan_side(p, CMI_SIDE_SUMMARY);
    cmi_plan_select_head(p, HEAD);
    cmi_plan_no_ends(p);
    if (o->zeros == ZEROS_INCLUDED) cmi_plan_select_no_sale(p, NO_SALE);
    cmi_plan_value(p, AMOUNT, "amount");
    if (end != CMI_NULL && end > o->common.as_of) {
        cmi_plan_fail(p, CM_ERR_OPTION, "calibration_end",
                      "calibration_end must not lie after as_of");
        return;
    }
    o->has_holdout = end != CMI_NULL;
    o->has_by = p->by.n > 0;
    o->last_day = cmi_tz_local_day(o->common.tz, o->common.as_of);
    o->end_day = o->has_holdout ? cmi_tz_local_day(o->common.tz, end) : o->last_day;
}

/* ---- collect: one customer's purchase days ---- */

typedef struct history {
    const cmi_clv_days *o;
    int64_t first, last; /* local dates; first INT64_MIN: no purchase yet */
    int64_t n[2];        /* repeat days in calibration; days in the holdout */
    cmi_i128 revenue[2];
} history;

static void close_day(history *h, int64_t day, bool bought, cmi_i128 sum)
{
    int part = day >= h->o->end_day;

    if (!bought || day >= h->o->last_day) return;
    if (h->first == INT64_MIN) {
        h->first = h->last = day;
        return;
    }
    if (!part) h->last = day;
    h->n[part]++;
    h->revenue[part] += sum;
}

static bool is_purchase(const cmi_span *rows, const cmi_clv_days *o, int64_t i)
{
    return cmi_span_has(rows, i, HEAD) ||
           (o->zeros == ZEROS_INCLUDED && cmi_span_has(rows, i, NO_SALE) &&
            rows->value[AMOUNT][i] == 0);
}

/* Returns the instant of the first purchase; CMI_NULL: none. */
static int64_t read_days(history *h, const cmi_span *rows)
{
    int64_t day = INT64_MIN, first = CMI_NULL;
    bool bought = false;
    cmi_i128 sum = 0;

    for (int64_t i = 0; i < rows->n; i++) {
        int64_t amount = rows->value[AMOUNT][i];
        if (!(rows->sel[i] & 1)) continue;
        int64_t now = cmi_tz_local_day(h->o->common.tz, rows->time[i]);
        if (now != day) {
            close_day(h, day, bought, sum);
            day = now;
            bought = false;
            sum = 0;
        }
        if (is_purchase(rows, h->o, i)) {
            bought = true;
            if (first == CMI_NULL) first = rows->time[i];
        }
        if (amount != CMI_NULL && (amount > 0 || h->o->amount == AMOUNT_NET)) sum += amount;
    }
    close_day(h, day, bought, sum);
    return first;
}

static void add_pattern(cmi_state *s, const cmi_span *rows, const history *h)
{
    int64_t key[] = { h->n[0], h->last - h->first, h->o->end_day - 1 - h->first };
    cmi_cell_row row = cmi_at(s, CMI_CLV_PATTERNS, rows->group, key, 3);
    cmi_add64(s, CMI_CLV_PATTERNS, row, P_N, 1);
    cmi_add128(s, CMI_CLV_PATTERNS, row, P_REVENUE, h->revenue[0]);
    cmi_add64(s, CMI_CLV_PATTERNS, row, P_FREQUENCY_HOLDOUT, h->n[1]);
    cmi_add128(s, CMI_CLV_PATTERNS, row, P_REVENUE_HOLDOUT, h->revenue[1]);
}

static bool fits(cmi_i128 v)
{
    return v <= INT64_MAX && v > INT64_MIN;
}

static void set_customer(cmi_state *s, const cmi_span *rows, const history *h)
{
    const int c = CMI_CLV_CUSTOMERS;

    if (!fits(h->revenue[0]) || !fits(h->revenue[1])) {
        cmi_state_fail(s, CM_ERR_OVERFLOW, "the revenue of one customer does not fit");
        return;
    }
    cmi_cell_row row = cmi_at(s, c, rows->group, (int64_t[]){ rows->owner }, 1);
    cmi_set(s, c, row, CMI_CLV_FREQUENCY, h->n[0]);
    cmi_set(s, c, row, CMI_CLV_RECENCY, h->last - h->first);
    cmi_set(s, c, row, CMI_CLV_TENURE, h->o->end_day - 1 - h->first);
    cmi_set(s, c, row, CMI_CLV_REVENUE, (int64_t)h->revenue[0]);
    cmi_set(s, c, row, CMI_CLV_FREQUENCY_HOLDOUT, h->n[1]);
    cmi_set(s, c, row, CMI_CLV_REVENUE_HOLDOUT, (int64_t)h->revenue[1]);
}

void cmi_clv_collect(cmi_state *s, const cmi_clv_days *o, const cmi_span *rows)
{
    history h = { .o = o, .first = INT64_MIN };
    int64_t first = read_days(&h, rows);

    if (h.first == INT64_MIN || h.first >= o->end_day) return;
    if (first < o->common.from || first >= o->common.to) return; /* another cohort's */
    if (o->common.detail)
        set_customer(s, rows, &h);
    else
        add_pattern(s, rows, &h);
}

/* ---- the side table summary ---- */

static double side_number(const cmi_side_column *c, int64_t row)
{
    return c ? c->f64[row] + 0.0 : (double)NAN; /* -0 becomes 0 */
}

static bool is_whole(double v)
{
    return v >= 0.0 && v <= 0x1p53 && floor(v) == v;
}

/* What is wrong with the row; NULL: nothing. */
static const char *find_fault(const double *v, const char **role)
{
    *role = "frequency";
    if (!is_whole(v[ROLE_FREQUENCY])) return "is not a whole number from 0";
    *role = "tenure";
    if (!(v[ROLE_TENURE] >= 0.0) || isinf(v[ROLE_TENURE])) return "is not a number from 0";
    *role = "recency";
    if (!(v[ROLE_RECENCY] >= 0.0)) return "is not a number from 0";
    if (v[ROLE_RECENCY] > v[ROLE_TENURE]) return "is above tenure";
    if (v[ROLE_FREQUENCY] > 0.0 && !(v[ROLE_RECENCY] > 0.0)) return "is 0 with repeat purchases";
    if (v[ROLE_FREQUENCY] == 0.0 && v[ROLE_RECENCY] > 0.0) return "is above 0 without a repeat";
    *role = "count";
    if (!is_whole(v[ROLE_COUNT])) return "is not a whole number from 0";
    *role = "monetary";
    return isinf(v[ROLE_MONETARY]) ? "is infinite" : NULL;
}

static void collect_given(cmi_state *s, const cmi_side_column *const *c, int64_t row)
{
    double v[N_ROLES];
    int64_t key[ROLE_COUNT] = { 0 };
    const char *role, *fault;

    for (int i = ROLE_FREQUENCY; i < N_ROLES; i++) v[i] = side_number(c[i], row);
    if (!c[ROLE_COUNT]) v[ROLE_COUNT] = 1.0;
    fault = find_fault(v, &role);
    if (fault) {
        cmi_state_fail(s, CM_ERR_DATA, "summary, row %lld: %s %s", (long long)row + 1, role, fault);
        return;
    }
    if (c[ROLE_CUSTOMER] && c[ROLE_CUSTOMER]->u32[row]) {
        size_t n;
        const char *text = cmi_dict_text(c[ROLE_CUSTOMER]->dict, c[ROLE_CUSTOMER]->u32[row], &n);
        key[ROLE_CUSTOMER] = cmi_state_intern(s, CMI_CLV_GIVEN, ROLE_CUSTOMER, text, n);
    }
    key[ROLE_FREQUENCY] = (int64_t)v[ROLE_FREQUENCY];
    for (int i = ROLE_RECENCY; i < ROLE_MONETARY; i++) key[i] = (int64_t)cmi_bits_of(v[i]);
    key[ROLE_MONETARY] =
        isnan(v[ROLE_MONETARY]) ? CMI_NULL : (int64_t)cmi_bits_of(v[ROLE_MONETARY]);
    cmi_add64(s, CMI_CLV_GIVEN, cmi_at(s, CMI_CLV_GIVEN, 0, key, ROLE_COUNT), 0,
              (int64_t)v[ROLE_COUNT]);
}

void cmi_clv_collect_side(cmi_state *s, const cmi_clv_days *o, const cmi_side *side)
{
    static const char *const NAME[N_ROLES] = { "customer", "frequency", "recency",
                                               "tenure",   "monetary",  "count" };
    const cmi_fact_def *def = cmi_side_get(CMI_SIDE_SUMMARY);
    const cmi_side_column *c[N_ROLES];

    if (side->n_rows && o->has_by) {
        cmi_state_fail(s, CM_ERR_UNSUPPORTED, "by: the table summary has no dimensions");
        return;
    }
    for (int i = 0; i < N_ROLES; i++) {
        int32_t column = side->role_column[cmi_role_find(def, NAME[i])];
        c[i] = column < 0 ? NULL : &side->columns[column];
    }
    for (int64_t row = 0; row < side->n_rows; row++) collect_given(s, c, row);
}
