/* SPDX-License-Identifier: MIT */

/* clv_summary: repeat purchases, recency, tenure and mean value of each customer, the input of the
 * customer-lifetime models, with what the holdout brought.
 *
 * Formula     days with a purchase, in the zone's calendar: d_0 < d_1 < ... before the end.
 *             frequency x = number of them but the first; recency t_x = d_x - d_0;
 *             tenure T = last whole day before the end - d_0; each in time units.
 *             monetary = sum over d_1 .. d_x of the day's lines / x, divided once.
 *             The end is calibration_end, or as_of; the holdout is [calibration_end, as_of).
 *
 * Edge cases  several orders on one local day: one purchase
 *             refund: no purchase; lowers the value of its own day, if that has a purchase
 *             x = 0: recency 0, monetary null
 *             an order without a line above 0 whose first line is 0: a purchase, unless
 *             zeros=excluded
 *             an end inside a day: that day does not count
 *             first seen in the holdout, and guests: left out
 *             where and row-level by: the purchases that pass, from the first of them on
 *
 * References  Fader, P. S., Hardie, B. G. S., Lee, K. L. (2005). Counting Your Customers the
 *             Easy Way. Marketing Science 24(2). doi:10.1287/mksc.1040.0098
 */
#include <math.h>

#include "kpi/clv/clv_days.h"
#include "math/blocks.h"

enum { SUMMARY, CUSTOMERS, PATTERNS };
enum {
    S_BY,
    S_N,
    S_N_REPEAT,
    S_REPEAT,
    S_FREQUENCY,
    S_RECENCY,
    S_TENURE,
    S_MONETARY,
    S_TOTAL,
    S_HOLDOUT,
    S_DURATION_HOLDOUT
};
enum {
    U_BY,
    U_CUSTOMER,
    U_FREQUENCY,
    U_RECENCY,
    U_TENURE,
    U_MONETARY,
    U_REVENUE,
    U_FREQUENCY_HOLDOUT,
    U_MONETARY_HOLDOUT,
    U_DURATION_HOLDOUT
};
enum { P_BY, P_FREQUENCY, P_RECENCY, P_TENURE, P_N };

typedef struct options {
    cmi_clv_days days;
} options;

static const cmi_option OPTIONS[] = {
    CMI_OPT_COMMON(options, days.common,
                   CMI_HAS_BY | CMI_HAS_UNIT | CMI_HAS_CONFIDENCE | CMI_HAS_DETAIL, "all"),
    CMI_CLV_DAYS_OPTIONS(options, days), CMI_CLV_AMOUNT_OPTION(options, days), CMI_OPT_END
};
static const cmi_cells_def CELLS[] = { CMI_CLV_CELLS, CMI_CELLS_END };
static const cmi_column_def SUMMARY_COLUMNS[] = {
    [S_BY] = CMI_COL_BY,
    [S_N] = CMI_COL_COUNT("n_customers", CMI_ALWAYS, "customers seen before the end"),
    [S_N_REPEAT] = CMI_COL_COUNT("n_repeat", CMI_ALWAYS, "of them, with a repeat purchase"),
    [S_REPEAT] = CMI_COL_RATE("repeat_rate", "n_repeat", "n_customers", "share who came back"),
    [S_FREQUENCY] = CMI_COL_F64("mean_frequency", "purchases", "mean of frequency"),
    [S_RECENCY] = CMI_COL_F64("mean_recency", "time_unit", "mean of recency"),
    [S_TENURE] = CMI_COL_F64("mean_tenure", "time_unit", "mean of tenure"),
    [S_MONETARY] = CMI_COL_MONEY("monetary", CMI_NEVER, "mean value of a repeat purchase"),
    [S_TOTAL] = CMI_COL_COUNT("n_purchases", CMI_ALWAYS, "repeat purchases before the end"),
    [S_HOLDOUT] = CMI_COL_COUNT("n_purchases_holdout", CMI_ALWAYS, "purchases in the holdout"),
    [S_DURATION_HOLDOUT] = CMI_COL_F64("duration_holdout", "time_unit", "length of the holdout"),
    CMI_COL_END
};
static const cmi_column_def CUSTOMER_COLUMNS[] = {
    [U_BY] = CMI_COL_BY,
    [U_CUSTOMER] = CMI_COL_CUSTOMER,
    [U_FREQUENCY] = CMI_COL_COUNT("frequency", CMI_ALWAYS, "repeat purchase days"),
    [U_RECENCY] = CMI_COL_F64("recency", "time_unit",
                              "from the first to the last purchase, t_x in the papers"),
    [U_TENURE] = CMI_COL_F64("tenure", "time_unit",
                             "from the first purchase to the last whole day, T in the papers"),
    [U_MONETARY] = CMI_COL_MONEY("monetary", CMI_NEVER, "mean value of a repeat purchase"),
    [U_REVENUE] = CMI_COL_MONEY("revenue_repeat", CMI_ALWAYS, "sum of the repeat purchases"),
    [U_FREQUENCY_HOLDOUT] =
        CMI_COL_COUNT("frequency_holdout", CMI_ALWAYS, "purchase days in the holdout"),
    [U_MONETARY_HOLDOUT] =
        CMI_COL_MONEY("monetary_holdout", CMI_NEVER, "mean value of a purchase in the holdout"),
    [U_DURATION_HOLDOUT] = CMI_COL_F64("duration_holdout", "time_unit", "length of the holdout"),
    CMI_COL_END
};
static const cmi_column_def PATTERN_COLUMNS[] = {
    [P_BY] = CMI_COL_BY,
    [P_FREQUENCY] = CMI_COL_KEY("frequency", "purchases", "repeat purchase days"),
    [P_RECENCY] = CMI_COL_KEY_F64("recency", "time_unit", "from the first to the last purchase"),
    [P_TENURE] =
        CMI_COL_KEY_F64("tenure", "time_unit", "from the first purchase to the last whole day"),
    [P_N] = CMI_COL_COUNT("n_customers", CMI_ALWAYS, "customers with these numbers"),
    CMI_COL_END
};
static const cmi_table_def TABLES[] = {
    [SUMMARY] = CMI_TABLE("summary", SUMMARY_COLUMNS, "one row per group"),
    [CUSTOMERS] =
        CMI_TABLE("customers", CUSTOMER_COLUMNS, "one row per customer; not with detail=none"),
    [PATTERNS] = CMI_TABLE("patterns", PATTERN_COLUMNS,
                           "one row per distinct frequency, recency and tenure"),
    CMI_TABLE_END
};

static cm_status plan(cmi_plan *p, void *opt)
{
    options *o = opt;
    cmi_clv_plan(p, &o->days);
    return cmi_plan_status(p);
}

static void collect(cmi_state *s, const void *opt, const cmi_span *rows)
{
    const options *o = opt;
    cmi_clv_collect(s, &o->days, rows);
}

static void collect_side(cmi_state *s, const void *opt, const cmi_side *side, cmi_side_id id)
{
    const options *o = opt;
    (void)id;
    cmi_clv_collect_side(s, &o->days, side);
}

/* ---- present ---- */

static double holdout_length(const cmi_clv_days *o)
{
    return (double)(o->last_day - o->end_day) / cmi_clv_unit_days(o);
}

/* Money as the table shows it, from a mean that was given as a double: rounded half-even once. */
static void emit_given_money(cmi_rows *t, int column, const cmi_clv_rows *r, double v)
{
    double unit = 1.0;
    for (int32_t i = 0; i < cmi_state_scale(r->state); i++) unit *= 10.0;
    if (fabs(v * unit) < 0x1p62) cmi_emit_money(t, column, (cmi_i128)nearbyint(v * unit));
}

static void emit_customer(const cmi_clv_rows *r, cmi_rows *t, uint32_t group, int64_t i)
{
    uint32_t p = r->pattern[i];
    cmi_i128 revenue;
    int64_t n;

    cmi_row(t, group);
    cmi_clv_emit_customer(t, U_CUSTOMER, r, i);
    cmi_emit_i64(t, U_FREQUENCY, r->frequency[p]);
    cmi_emit_f64(t, U_RECENCY, r->recency[p]);
    cmi_emit_f64(t, U_TENURE, r->tenure[p]);
    if (cmi_clv_rows_revenue(r, i, &revenue, &n)) {
        cmi_emit_money_ratio(t, U_MONETARY, revenue, n);
        cmi_emit_money(t, U_REVENUE, revenue);
    } else {
        emit_given_money(t, U_MONETARY, r, cmi_clv_rows_monetary(r, i));
    }
    if (!cmi_clv_rows_holdout(r, i, &n, &revenue)) return;
    cmi_emit_i64(t, U_FREQUENCY_HOLDOUT, n);
    cmi_emit_money_ratio(t, U_MONETARY_HOLDOUT, revenue, n);
    cmi_emit_f64(t, U_DURATION_HOLDOUT, holdout_length(r->days));
}

static void emit_patterns(const cmi_clv_rows *r, cmi_rows *t, uint32_t group)
{
    for (int64_t p = 0; p < r->n; p++) {
        cmi_row(t, group);
        cmi_emit_i64(t, P_FREQUENCY, r->frequency[p]);
        cmi_emit_f64(t, P_RECENCY, r->recency[p]);
        cmi_emit_f64(t, P_TENURE, r->tenure[p]);
        cmi_emit_i64(t, P_N, (int64_t)r->count[p]);
    }
}

typedef struct totals {
    int64_t repeat, purchases, holdout;
    cmi_i128 revenue, valued; /* and how many purchases have a value */
    bool has_holdout;
} totals;

static void add_row(const cmi_clv_rows *r, int64_t i, totals *sum)
{
    int64_t count = cmi_clv_rows_count(r, i), x = r->frequency[r->pattern[i]], n;
    cmi_i128 revenue;

    sum->repeat += x > 0 ? count : 0;
    sum->purchases += x * count;
    if (cmi_clv_rows_revenue(r, i, &revenue, &n)) {
        sum->revenue += revenue;
        sum->valued += n;
    }
    if (!cmi_clv_rows_holdout(r, i, &n, &revenue)) return;
    sum->holdout += n;
    sum->has_holdout = true;
}

static void emit_summary(const cmi_clv_rows *r, cmi_rows *t, uint32_t group)
{
    double n = (double)r->n_customers;
    totals sum = { 0 };

    for (int64_t i = 0; i < r->n_rows; i++) add_row(r, i, &sum);
    cmi_row(t, group);
    cmi_emit_i64(t, S_N, r->n_customers);
    cmi_emit_i64(t, S_N_REPEAT, sum.repeat);
    cmi_emit_rate(t, S_REPEAT, sum.repeat, r->n_customers, CMI_COMPLETE);
    cmi_emit_ratio(t, S_FREQUENCY, sum.purchases, r->n_customers);
    if (r->n_customers) cmi_emit_f64(t, S_RECENCY, cmi_block_dot(r->count, r->recency, r->n) / n);
    if (r->n_customers) cmi_emit_f64(t, S_TENURE, cmi_block_dot(r->count, r->tenure, r->n) / n);
    cmi_emit_money_ratio(t, S_MONETARY, sum.revenue, sum.valued);
    cmi_emit_i64(t, S_TOTAL, sum.purchases);
    if (!sum.has_holdout) return;
    cmi_emit_i64(t, S_HOLDOUT, sum.holdout);
    cmi_emit_f64(t, S_DURATION_HOLDOUT, holdout_length(r->days));
}

static cm_status present(const cmi_input *in, const void *opt, cmi_output *out)
{
    const options *o = opt;

    cmi_clv_diagnose(in, out);
    for (uint32_t group = 0; group < cmi_state_n_groups(in->state); group++) {
        cmi_clv_rows r = { 0 };
        cm_status status = cmi_clv_rows_open(in, &o->days, group, &r);
        if (status != CM_OK) return status;
        emit_summary(&r, cmi_out(out, SUMMARY), group);
        for (int64_t i = 0; cmi_clv_rows_named(&r) && i < r.n_rows; i++)
            emit_customer(&r, cmi_out(out, CUSTOMERS), group, i);
        emit_patterns(&r, cmi_out(out, PATTERNS), group);
        cmi_clv_rows_close(&r);
    }
    return cmi_output_status(out);
}

const cmi_kpi cmi_kpi_clv_summary = {
    .id = "clv_summary",
    .family = "clv",
    .version = 1,
    .title = "Purchase histories in brief",
    .direction = 0,
    .definition = "Repeat purchases, recency, tenure and mean value of each customer up to the end "
                  "of a calibration period, and what the holdout behind it brought: the input of "
                  "the customer-lifetime models.",
    .formula = "frequency = purchase days but the first; recency = last - first purchase day; "
               "tenure = last whole day before the end - first purchase day; "
               "monetary = value of the repeat purchase days / frequency",
    .edge_cases =
        "Purchases of one local day are one. A refund is no purchase and lowers the value of its "
        "own day where that day has a purchase.\n"
        "A customer without repeat purchase has recency 0 and no monetary value.\n"
        "An order of amount 0 is a purchase here, as in the literature (zeros=excluded: it is "
        "not).\n"
        "Customers first seen in the holdout, and guests, are left out.\n"
        "where and row-level by: the purchases that pass, from the first of them on.\n"
        "The table summary stands in place of orders; its numbers are taken as they are.",
    .references = "Fader, P. S., Hardie, B. G. S., Lee, K. L. (2005). Counting Your Customers the "
                  "Easy Way: An Alternative to the Pareto/NBD Model. Marketing Science 24(2), "
                  "275-284. doi:10.1287/mksc.1040.0098",
    .facts = "orders|summary",
    .stages = "retain revenue",
    .businesses = "shop",
    .goals = "loyalty revenue",
    .levers = "bring first-time buyers back -> repeat_purchase\nremind those overdue -> "
              "interpurchase",
    .headline = "repeat_rate",
    .factors = "",
    .detail = "customers",
    .label = "",
    .example = "calibration_end=2024-04-01",
    .options = OPTIONS,
    .options_size = sizeof(options),
    .cells = CELLS,
    .tables = TABLES,
    .plan = plan,
    .collect = collect,
    .collect_side = collect_side,
    .present = present,
};
