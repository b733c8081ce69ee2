/* SPDX-License-Identifier: MIT */

/* rfm: recency, frequency and monetary value per customer, their scores, and a named segment with
 * its strategy.
 *
 * Formula     R = local days from the last order to as_of; F = orders, the first too; M = net
 * revenue; all in [from, to) class = 1 + number of cuts strictly below the value (ties=low); at or
 * below it (ties=high) quantile: cuts are the type 7 quantiles j/k, compared as exact fractions
 *             rank_equal: 1 + floor(k i / n); ntile: as NTILE(k) in SQL; i from worst to best, ties
 * by customer nested: F by quantiles within the R class, M within R and F; fixed: r_cuts, f_cuts,
 * m_cuts the recency class is mirrored after, so k is best; best=low mirrors all three scores once
 * more segment: R against the mean of F and M rounded half up, each c of k counted as ceil(5 c / k)
 * Edge cases  guests are never scored            a refund is no order, but lowers M        M <= 0
 * is scored like any value equal values are never split by quantile, fixed, nested; classes may
 * then stay empty by: scored within each group       order lines make one order                one
 * customer: class 1, so r = k, f = m = 1 another `of`: F counts its rows, M sums `quantity` over
 * them (count where none is named) apply: the fit's cuts; of rank scorings, the highest value of
 * each class References  Hughes, A. M. (1994). Strategic Database Marketing. Probus. Fader, P. S.,
 * Hardie, B. G. S., Lee, K. L. (2005). RFM and CLV. J. Marketing Research 42(4).
 *             doi:10.1509/jmkr.2005.42.4.415
 *             Hyndman, R. J., Fan, Y. (1996). Sample Quantiles in Statistical Packages.
 * doi:10.1080/00031305.1996.10473566
 */
#include "kpi/kpi.h"
#include "kpi/segments/rfm_fit.h"

enum { OF = 1 };
enum { QUANTITY };
enum { SUMMARY };
enum { RECENCY, FREQUENCY, MONETARY };

static const cmi_option OPTIONS[] = {
    CMI_OPT_COMMON(cmi_rfm_options, common, CMI_HAS_BY | CMI_HAS_UNIT | CMI_HAS_BUSINESS, "all"),
    CMI_OPT(SELECTOR, cmi_rfm_options, of, "of", "orders", NULL, "",
            "the activity that recency and frequency look at"),
    CMI_OPT(TEXT, cmi_rfm_options, quantity, "quantity", NULL, NULL, "",
            "what monetary sums: amount of orders, else count"),
    CMI_OPT(CHOICE, cmi_rfm_options, scoring, "scoring", "quantile",
            "quantile|rank_equal|nested|fixed|ntile", "", "how classes are cut"),
    CMI_OPT(INT, cmi_rfm_options, classes, "classes", "5", "2..10", "",
            "classes per measure (fixed: cuts + 1)"),
    CMI_OPT(CHOICE, cmi_rfm_options, ties, "ties", "low", "low|high", "",
            "class of a value that lies on a cut"),
    CMI_OPT(NUMBERS, cmi_rfm_options, cuts[0], "r_cuts", NULL, NULL, "days",
            "recency cuts for scoring=fixed, ascending"),
    CMI_OPT(NUMBERS, cmi_rfm_options, cuts[1], "f_cuts", NULL, NULL, "orders",
            "frequency cuts for scoring=fixed, ascending"),
    CMI_OPT(NUMBERS, cmi_rfm_options, cuts[2], "m_cuts", NULL, NULL, "money",
            "monetary cuts for scoring=fixed, ascending"),
    CMI_OPT(CHOICE, cmi_rfm_options, best, "best", "high", "high|low", "",
            "whether the highest or the lowest score is best"),
    CMI_OPT(
        TEXT, cmi_rfm_options, map, "map", "standard", NULL, "",
        "standard, or 25 segment names: FM 1 to 5 with commas between, R5 to R1 with / between"),
    CMI_OPT_END
};
static const cmi_cells_def CELLS[] = { [SUMMARY] = CMI_CELLS(
                                           "summary", "customer:customer",
                                           "recency_days:once,frequency:once,monetary:once"),
                                       CMI_CELLS_END };
static const cmi_column_def CUSTOMER_COLUMNS[] = {
    [CMI_RFM_U_BY] = CMI_COL_BY,
    [CMI_RFM_U_CUSTOMER] = CMI_COL_CUSTOMER,
    [CMI_RFM_U_RECENCY] =
        CMI_COL_I64("recency_days", "days", CMI_NEVER, "local days from the last order to as_of"),
    [CMI_RFM_U_FREQUENCY] = CMI_COL_COUNT("frequency", CMI_ALWAYS, "orders, the first too"),
    [CMI_RFM_U_MONETARY] = CMI_COL_MONEY("monetary", CMI_ALWAYS, "net revenue"),
    [CMI_RFM_U_R] = CMI_COL_I64("r", "score", CMI_NEVER, "recency score"),
    [CMI_RFM_U_F] = CMI_COL_I64("f", "score", CMI_NEVER, "frequency score"),
    [CMI_RFM_U_M] = CMI_COL_I64("m", "score", CMI_NEVER, "monetary score"),
    [CMI_RFM_U_SCORE] = CMI_COL_TEXT(
        "score",
        "r, f and m written side by side; with - between where a score may have two digits"),
    [CMI_RFM_U_SEGMENT] = CMI_COL_TEXT("segment", "named segment"),
    CMI_COL_END
};
static const cmi_column_def SEGMENT_COLUMNS[] = {
    [CMI_RFM_S_BY] = CMI_COL_BY,
    [CMI_RFM_S_SEGMENT] = CMI_COL_KEY_TEXT("segment", "named segment"),
    [CMI_RFM_S_N] = CMI_COL_COUNT("n_customers", CMI_ALWAYS, "customers in the segment"),
    [CMI_RFM_S_SHARE] = CMI_COL_F64("share", "ratio", "n_customers / customers scored"),
    [CMI_RFM_S_REVENUE] = CMI_COL_MONEY("revenue", CMI_ALWAYS, "sum of monetary"),
    [CMI_RFM_S_REVENUE_SHARE] =
        CMI_COL_F64("revenue_share", "ratio", "revenue / revenue of all scored"),
    [CMI_RFM_S_RECENCY] = CMI_COL_F64("mean_recency_days", "days", "mean recency"),
    [CMI_RFM_S_FREQUENCY] = CMI_COL_F64("mean_frequency", "orders", "mean frequency"),
    [CMI_RFM_S_MONETARY] = CMI_COL_MONEY("mean_monetary", CMI_NEVER, "mean monetary value"),
    [CMI_RFM_S_STRATEGY] = CMI_COL_TEXT("strategy", "what to do for them (standard map)"),
    CMI_COL_END
};
static const cmi_column_def THRESHOLD_COLUMNS[] = {
    [CMI_RFM_T_BY] = CMI_COL_BY,
    [CMI_RFM_T_MEASURE] = CMI_COL_KEY_TEXT("measure", "r, f or m"),
    [CMI_RFM_T_CLASS] = CMI_COL_KEY("class", "score", "score of the class"),
    [CMI_RFM_T_LOWER] = CMI_COL_F64(
        "lower_edge", "", "cut below the class (rank scorings: least value in it); null: open"),
    [CMI_RFM_T_UPPER] = CMI_COL_F64(
        "upper_edge", "", "cut above the class (rank scorings: greatest value in it); null: open"),
    [CMI_RFM_T_N] = CMI_COL_COUNT("n", CMI_ALWAYS, "customers in the class"),
    CMI_COL_END
};
static const cmi_table_def TABLES[] = {
    [CMI_RFM_SEGMENTS_TABLE] =
        CMI_TABLE("segments", SEGMENT_COLUMNS, "one row per group and segment"),
    [CMI_RFM_CUSTOMERS_TABLE] =
        CMI_TABLE("customers", CUSTOMER_COLUMNS, "one row per customer with an order"),
    [CMI_RFM_THRESHOLDS_TABLE] =
        CMI_TABLE("thresholds", THRESHOLD_COLUMNS, "one row per group, measure and class"),
    CMI_TABLE_END
};

static bool ascends(const cmi_flist *cuts)
{
    for (int64_t i = 1; i < cuts->n; i++)
        if (!(cuts->v[i] > cuts->v[i - 1])) return false;
    return cuts->n <= 9;
}

static cm_status check_cuts(cmi_plan *p, const cmi_rfm_options *o)
{
    static const char *const NAME[] = { "r_cuts", "f_cuts", "m_cuts" };
    for (int i = 0; i < 3; i++) {
        if (o->scoring == CMI_RFM_FIXED && !o->cuts[i].n)
            return cmi_plan_fail(p, CM_ERR_OPTION, NAME[i], "scoring=fixed needs %s", NAME[i]);
        if (o->scoring != CMI_RFM_FIXED && o->cuts[i].n)
            return cmi_plan_fail(p, CM_ERR_OPTION, NAME[i], "%s is for scoring=fixed", NAME[i]);
        if (!ascends(&o->cuts[i]))
            return cmi_plan_fail(p, CM_ERR_OPTION, NAME[i], "%s must ascend and be at most 9",
                                 NAME[i]);
    }
    return CM_OK;
}

static cm_status plan(cmi_plan *p, void *opt)
{
    cmi_rfm_options *o = opt;
    bool orders = o->of.tables == CMI_FACT_BIT(CMI_ORDERS);

    if (check_cuts(p, o) != CM_OK) return cmi_plan_status(p);
    o->names = cmi_plan_alloc(p, sizeof *o->names);
    if (o->names && !cmi_rfm_read_map(o->map, cmi_plan_alloc(p, strlen(o->map) + 1), o->names))
        return cmi_plan_fail(
            p, CM_ERR_OPTION, "map",
            "map is not 'standard' and has not 5 x 5 segment names: every cell needs one");
    o->all_lines = orders && (!o->quantity || !strcmp(o->quantity, "amount"));
    if (orders && o->all_lines) cmi_plan_require(p, CMI_ORDERS, "amount");
    cmi_plan_stream(p, o->of.tables, CMI_BY_SPLIT);
    cmi_plan_select(p, OF, &o->of);
    cmi_plan_no_ends(p);
    cmi_plan_quantity(p, QUANTITY, o->quantity ? o->quantity : orders ? "amount" : "count");
    return cmi_plan_status(p);
}

static void collect(cmi_state *s, const void *opt, const cmi_span *rows)
{
    const cmi_rfm_options *o = opt;
    int64_t last = CMI_NULL, n = 0;
    cmi_i128 sum = 0;

    for (int64_t i = 0; i < rows->n; i++) {
        if (rows->time[i] < o->common.from || rows->time[i] >= o->common.to || !(rows->sel[i] & 1))
            continue;
        bool counts = cmi_span_has(rows, i, OF);
        if ((counts || o->all_lines) && rows->value[QUANTITY][i] != CMI_NULL)
            sum += rows->value[QUANTITY][i];
        if (!counts) continue;
        last = rows->time[i];
        n++;
    }
    if (!n) return;
    if (sum > INT64_MAX || sum <= INT64_MIN) {
        cmi_state_fail(s, CM_ERR_OVERFLOW, "the monetary value of one customer does not fit");
        return;
    }
    int64_t days =
        cmi_tz_local_day(o->common.tz, o->common.as_of) - cmi_tz_local_day(o->common.tz, last);
    cmi_cell_row row = cmi_at(s, SUMMARY, rows->group, (int64_t[]){ rows->owner }, 1);
    cmi_set(s, SUMMARY, row, RECENCY, days);
    cmi_set(s, SUMMARY, row, FREQUENCY, n);
    cmi_set(s, SUMMARY, row, MONETARY, (int64_t)sum);
}

const cmi_kpi cmi_kpi_rfm = {
    .id = "rfm",
    .family = "segments",
    .version = 1,
    .title = "RFM segments",
    .direction = 0,
    .definition = "Days since the last order, number of orders and net revenue of each customer, "
                  "scored into classes and "
                  "put into eleven named segments, each with a recommended strategy.",
    .formula = "class = 1 + number of cuts strictly below the value; cuts are type 7 quantiles; "
               "recency is mirrored, so 5 is best; "
               "segment by R and the mean of F and M rounded half up",
    .edge_cases =
        "Guests are never scored. A refund is no order, but lowers the monetary value.\n"
        "Equal values are never split (but by rank_equal and ntile), so classes may stay empty.\n"
        "With by, customers are scored within each group.\n"
        "Applied to other facts, the fit's cuts are kept.",
    .references = "Hughes, A. M. (1994). Strategic Database Marketing. Probus.\n"
                  "Fader, P. S., Hardie, B. G. S., Lee, K. L. (2005). RFM and CLV: Using Iso-Value "
                  "Curves for Customer Base Analysis. "
                  "Journal of Marketing Research 42(4), 415-430. doi:10.1509/jmkr.2005.42.4.415\n"
                  "Hyndman, R. J., Fan, Y. (1996). Sample Quantiles in Statistical Packages. "
                  "doi:10.1080/00031305.1996.10473566",
    .facts = "orders|events",
    .stages = "retain revenue",
    .businesses = "shop app community",
    .goals = "loyalty revenue",
    .levers = "serve the best specially, win back those at risk -> migration\noffers by segment -> "
              "campaign",
    .headline = "n_customers",
    .factors = "",
    .detail = "customers",
    .label = "segment",
    .example = "",
    .options = OPTIONS,
    .options_size = sizeof(cmi_rfm_options),
    .cells = CELLS,
    .tables = TABLES,
    .plan = plan,
    .collect = collect,
    .solve = cmi_rfm_solve,
    .present = cmi_rfm_present,
};
