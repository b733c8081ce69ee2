/* SPDX-License-Identifier: MIT */

/* purchase: customers, orders and revenue per period, with refunds and guests apart.
 *
 * Formula     An order is an order id (or a row without id) with at least one line > 0, counted
 * once, at the time of its first such line. gross = sum of lines > 0, refunds = -(sum of lines <
 * 0), revenue = gross - refunds, each at its own line's time. AOV = revenue / orders ARPU =
 * (revenue - revenue of guests) / active customers ARPPU = (revenue - revenue of guests) / buyers
 *             orders per customer = (orders - orders of guests) / buyers
 * Edge cases  refund without a sale: lowers revenue, no order, no buyer   divisor 0: null
 *             an id that has no line > 0: n_no_sale, at its first line    guests: in orders,
 * revenue, AOV only order lines at different times: one order, lines where they fall by a row's
 * dimension: an order counts in each group that has a line of it, so orders and customers do not
 * add up over groups; revenue and lines do active without events or subscriptions: the buyers
 * References  Shopify and WooCommerce define AOV on gross and net sales; the option amount says
 * which.
 */
#include "kpi/kpi.h"

enum { ACTIVE = 1, HEAD, NO_SALE };
enum { AMOUNT };
enum { COUNTS, MONEY };
enum { N_CUSTOMERS, N_ACTIVE, N_ORDERS, N_GUEST_ORDERS, N_NO_SALE, N_LINES };
enum { GROSS, REFUNDS, GUESTS_GROSS, GUESTS_REFUNDS };
enum { PERIODS };
enum {
    C_BY,
    C_PERIOD,
    C_CUSTOMERS,
    C_ACTIVE,
    C_ORDERS,
    C_GUEST_ORDERS,
    C_NO_SALE,
    C_LINES,
    C_REVENUE,
    C_GROSS,
    C_REFUNDS,
    C_GUESTS,
    C_AOV,
    C_ARPU,
    C_ARPPU,
    C_PER_CUSTOMER
};
enum { AMOUNT_NET, AMOUNT_GROSS };

typedef struct options {
    cmi_common common;
    cmi_selector activity;
    int32_t amount;
} options;

static const cmi_option OPTIONS[] = {
    CMI_OPT_COMMON(options, common, CMI_HAS_PERIOD | CMI_HAS_BY | CMI_HAS_UNIT, "all"),
    CMI_OPT(CHOICE, options, amount, "amount", "net", "net|gross", "",
            "revenue that AOV, ARPU and ARPPU divide"),
    CMI_OPT(SELECTOR, options, activity, "activity", "any", NULL, "",
            "what makes a customer active, the divisor of ARPU"),
    CMI_OPT_END
};
static const cmi_cells_def CELLS[] = {
    [COUNTS] = CMI_CELLS("counts", "period",
                         "n_customers,n_active,n_orders,n_guest_orders,n_no_sale,n_lines"),
    [MONEY] = CMI_CELLS("money", "period",
                        "gross:sum128,refunds:sum128,guests_gross:sum128,guests_refunds:sum128"),
    CMI_CELLS_END
};
static const cmi_column_def COLUMNS[] = {
    [C_BY] = CMI_COL_BY,
    [C_PERIOD] = CMI_COL_PERIOD,
    [C_CUSTOMERS] =
        CMI_COL_COUNT("n_customers", CMI_NEVER, "customers with an order in the period (buyers)"),
    [C_ACTIVE] = CMI_COL_COUNT("n_active", CMI_NEVER, "customers with any activity in the period"),
    [C_ORDERS] = CMI_COL_COUNT("n_orders", CMI_ALWAYS, "orders, those of guests among them"),
    [C_GUEST_ORDERS] = CMI_COL_COUNT("n_guest_orders", CMI_ALWAYS, "orders without a customer"),
    [C_NO_SALE] = CMI_COL_COUNT("n_no_sale", CMI_ALWAYS, "order ids without a line above 0"),
    [C_LINES] = CMI_COL_COUNT("n_lines", CMI_ALWAYS, "order lines, refunds among them"),
    [C_REVENUE] = CMI_COL_MONEY("revenue", CMI_ALWAYS, "net revenue: gross less refunds"),
    [C_GROSS] = CMI_COL_MONEY("revenue_gross", CMI_ALWAYS, "sum of the lines above 0"),
    [C_REFUNDS] =
        CMI_COL_MONEY("refunds", CMI_ALWAYS, "sum of the lines below 0, as a positive amount"),
    [C_GUESTS] =
        CMI_COL_MONEY("revenue_guests", CMI_ALWAYS, "net revenue of orders without a customer"),
    [C_AOV] = CMI_COL_MONEY("aov", CMI_NEVER, "average order value: revenue / n_orders"),
    [C_ARPU] = CMI_COL_MONEY("arpu", CMI_NEVER, "revenue of customers / n_active"),
    [C_ARPPU] = CMI_COL_MONEY("arppu", CMI_NEVER, "revenue of customers / n_customers"),
    [C_PER_CUSTOMER] =
        CMI_COL_F64("orders_per_customer", "orders", "orders of customers / n_customers"),
    CMI_COL_END
};
static const cmi_table_def TABLES[] = {
    [PERIODS] = CMI_TABLE("periods", COLUMNS, "one row per group and period"), CMI_TABLE_END
};

static cm_status plan(cmi_plan *p, void *opt)
{
    const options *o = opt;

    cmi_plan_require(p, CMI_ORDERS, "amount");
    cmi_plan_stream(p, CMI_FACT_BIT(CMI_ORDERS), CMI_BY_SPLIT);
    cmi_plan_select(p, ACTIVE, &o->activity);
    cmi_plan_select_head(p, HEAD);
    cmi_plan_select_no_sale(p, NO_SALE);
    cmi_plan_value(p, AMOUNT, "amount");
    cmi_plan_periods(p, &o->common, 0);
    cmi_plan_dense(p, COUNTS, (int64_t[]){ CMI_GRID }, 1);
    cmi_plan_dense(p, MONEY, (int64_t[]){ CMI_GRID }, 1);
    return cmi_plan_status(p);
}

static void collect_line(cmi_state *s, const cmi_span *rows, int64_t period, int64_t amount)
{
    cmi_cell_column(s, COUNTS, N_LINES, rows->group, 0)[period]++;
    cmi_cell_column128(s, MONEY, amount > 0 ? GROSS : REFUNDS, rows->group, 0)[period] +=
        amount > 0 ? amount : -amount;
    if (!rows->anonymous) return;
    cmi_cell_column128(s, MONEY, amount > 0 ? GUESTS_GROSS : GUESTS_REFUNDS, rows->group,
                       0)[period] += amount > 0 ? amount : -amount;
}

static void collect(cmi_state *s, const void *opt, const cmi_span *rows)
{
    const cmi_grid *grid = cmi_state_grid(s);
    int64_t n = cmi_grid_n(grid), last_active = -1, last_bought = -1;

    (void)opt;
    for (int64_t i = 0; i < rows->n; i++) {
        int64_t period = cmi_grid_find(grid, rows->time[i]);
        if (period < 0 || !(rows->sel[i] & 1)) continue;
        if (period >= n) break;
        bool head = cmi_span_has(rows, i, HEAD);
        if (cmi_span_table(rows, i) == CMI_ORDERS)
            collect_line(s, rows, period, rows->value[AMOUNT][i]);
        if (head) cmi_cell_column(s, COUNTS, N_ORDERS, rows->group, 0)[period]++;
        if (head && rows->anonymous)
            cmi_cell_column(s, COUNTS, N_GUEST_ORDERS, rows->group, 0)[period]++;
        if (cmi_span_has(rows, i, NO_SALE))
            cmi_cell_column(s, COUNTS, N_NO_SALE, rows->group, 0)[period]++;
        if (rows->anonymous) continue;
        if (head && period != last_bought)
            cmi_cell_column(s, COUNTS, N_CUSTOMERS, rows->group, 0)[last_bought = period]++;
        if (cmi_span_has(rows, i, ACTIVE) && period != last_active)
            cmi_cell_column(s, COUNTS, N_ACTIVE, rows->group, 0)[last_active = period]++;
    }
}

static void emit_period(cmi_rows *t, const cmi_state *s, const options *o, uint32_t group,
                        int64_t p)
{
    int64_t count[N_LINES + 1];
    cmi_i128 money[GUESTS_REFUNDS + 1];

    for (int c = 0; c <= N_LINES; c++) count[c] = cmi_cell_get_column(s, COUNTS, c, group, 0)[p];
    for (int c = 0; c <= GUESTS_REFUNDS; c++)
        money[c] = cmi_cell_get_column128(s, MONEY, c, group, 0)[p];
    cmi_i128 guests = money[GUESTS_GROSS] - money[GUESTS_REFUNDS];
    cmi_i128 all = o->amount == AMOUNT_GROSS ? money[GROSS] : money[GROSS] - money[REFUNDS];
    cmi_i128 known = all - (o->amount == AMOUNT_GROSS ? money[GUESTS_GROSS] : guests);

    cmi_row(t, group);
    cmi_emit_period(t, C_PERIOD, cmi_state_grid(s), p);
    for (int c = 0; c <= N_LINES; c++) cmi_emit_i64(t, C_CUSTOMERS + c, count[c]);
    cmi_emit_money(t, C_REVENUE, money[GROSS] - money[REFUNDS]);
    cmi_emit_money(t, C_GROSS, money[GROSS]);
    cmi_emit_money(t, C_REFUNDS, money[REFUNDS]);
    cmi_emit_money(t, C_GUESTS, guests);
    cmi_emit_money_ratio(t, C_AOV, all, count[N_ORDERS]);
    cmi_emit_money_ratio(t, C_ARPU, known, count[N_ACTIVE]);
    cmi_emit_money_ratio(t, C_ARPPU, known, count[N_CUSTOMERS]);
    cmi_emit_ratio(t, C_PER_CUSTOMER, count[N_ORDERS] - count[N_GUEST_ORDERS], count[N_CUSTOMERS]);
}

static cm_status present(const cmi_input *in, const void *opt, cmi_output *out)
{
    const cmi_grid *grid = cmi_state_grid(in->state);
    cmi_rows *t = cmi_out(out, PERIODS);

    for (uint32_t group = 0; group < cmi_state_n_groups(in->state); group++)
        for (int64_t p = 0; p < cmi_grid_n(grid); p++) emit_period(t, in->state, opt, group, p);
    return cmi_output_status(out);
}

const cmi_kpi cmi_kpi_purchase = {
    .id = "purchase",
    .family = "purchase",
    .version = 1,
    .title = "Purchases and revenue",
    .direction = +1,
    .definition =
        "Customers, orders, revenue and refunds per period and segment, with average order value, "
        "revenue per active and per buying customer, and orders per customer.",
    .formula =
        "revenue = gross - refunds; AOV = revenue / orders; ARPU = revenue of customers / active "
        "customers; "
        "ARPPU = revenue of customers / buyers; orders per customer = orders of customers / buyers",
    .edge_cases = "A refund is no order and makes no buyer; it lowers revenue at its own time.\n"
                  "An order id without a line above 0 is counted as n_no_sale.\n"
                  "Guests count in orders, revenue and AOV, never in customers, ARPU, ARPPU or "
                  "orders per customer.\n"
                  "A divisor of 0 gives null.\n"
                  "By a row's dimension an order counts in each group that has a line of it.",
    .references = "Farris, P. W., Bendle, N. T., Pfeifer, P. E., Reibstein, D. J. (2010). "
                  "Marketing Metrics, 2nd ed. Pearson.",
    .facts = "orders [events] [subscriptions]",
    .stages = "revenue",
    .businesses = "shop",
    .goals = "revenue loyalty",
    .levers = "bundles, thresholds for free delivery -> basket\nreminders to buyers who are "
              "overdue -> interpurchase\n"
              "higher prices where demand allows -> price_elasticity",
    .headline = "revenue",
    .factors = "n_customers orders_per_customer aov",
    .detail = "",
    .label = "",
    .example = "period=month",
    .anonymous = true,
    .options = OPTIONS,
    .options_size = sizeof(options),
    .cells = CELLS,
    .tables = TABLES,
    .plan = plan,
    .collect = collect,
    .present = present,
};
