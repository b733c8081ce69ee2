/* SPDX-License-Identifier: MIT */

/* cac: what a new customer costs, per period, channel, category and funnel step.
 *
 * Formula     CAC = acquisition spend / new customers; new = first matching fact ever (first order,
 * where orders are given) spend of [start, end) is spread evenly over its local days, largest
 * remainder, earlier days first blended = all spend / all new; paid = all spend / new customers of
 * channels with spend in the window marginal = (spend - spend of the period before) / (new - new of
 * the period before) lag n: this period's customers against the spend of n periods before rank by
 * CAC; flag best or worst only where an exact binomial test (new customers of the channel among all
 *             of the ranked, given its share of their spend) says so after Holm's correction
 * Edge cases  no new customer: null                      purpose retain or serve: left out; null:
 * acquire channel without spend: organic, no CAC     spend without channel belongs to the channel
 * null channel of a customer: customers.channel, else the channel of his first matching fact spend
 * before the window and after its end is not counted, day by day References  Farris, P. W., Bendle,
 * N. T., Pfeifer, P. E., Reibstein, D. J. (2010). Marketing Metrics, 2nd ed. Pearson. Holm, S.
 * (1979). A Simple Sequentially Rejective Multiple Test Procedure. Scand. J. Statist. 6(2).
 */
#include "kpi/acquisition/cac_tables.h"

enum { OF = 1, ACQUIRE };
enum { CHANNEL, AMOUNT, END, CATEGORY };
enum { SPENT, WON };

static const cmi_option OPTIONS[] = {
    CMI_OPT_COMMON(cmi_cac_options, common,
                   CMI_HAS_PERIOD | CMI_HAS_BY | CMI_HAS_CONFIDENCE | CMI_HAS_BUSINESS, "all"),
    CMI_OPT(SELECTOR, cmi_cac_options, of, "of", NULL, NULL, "",
            "first fact that makes a customer new: orders where given, else any"),
    CMI_OPT(INT, cmi_cac_options, lag, "lag", "0", "0..120", "periods",
            "customers are set against the spend of so many periods before"),
    CMI_OPT(TEXTS, cmi_cac_options, paid, "paid", "spend", NULL, "",
            "paid channels: spend (those with spend in the window), or a list"),
    CMI_OPT(BOOL, cmi_cac_options, cumulate, "cumulate", "false", NULL, "",
            "add up over the periods"),
    CMI_OPT(TEXT, cmi_cac_options, steps, "steps", NULL, NULL, "",
            "funnel whose steps are priced, as in funnel"),
    CMI_OPT_END
};
static const cmi_cells_def CELLS[] = { [SPENT] = CMI_CELLS("spent", "period,channel:@0,category:@3",
                                                           "amount:sum128"),
                                       [WON] = CMI_CELLS("won", "period,channel:@0", "n"),
                                       CMI_CELLS_END };

static const cmi_alternative ANY[] = { { .fact = CMI_EVENTS },
                                       { .fact = CMI_ORDERS },
                                       { .fact = CMI_SUBSCRIPTIONS } };
static const cmi_selector OF_ANY = { "any",
                                     CMI_FACT_BIT(CMI_EVENTS) | CMI_FACT_BIT(CMI_ORDERS) |
                                         CMI_FACT_BIT(CMI_SUBSCRIPTIONS),
                                     3, ANY };
static const cmi_selector OF_ORDERS = { "orders", CMI_FACT_BIT(CMI_ORDERS), 1, &ANY[1] };
static const char *const PURPOSES[] = { "acquire", NULL };
static const cmi_condition PURPOSE = { .dimension = "purpose",
                                       .kind = CMI_IN,
                                       .values = { 2, PURPOSES } };
static const cmi_alternative ACQUIRING = { .fact = CMI_SPEND, .where = { 1, &PURPOSE } };
static const cmi_selector SPEND = { "spend;purpose:acquire|null", CMI_FACT_BIT(CMI_SPEND), 1,
                                    &ACQUIRING };

static cm_status plan(cmi_plan *p, void *opt)
{
    cmi_cac_options *o = opt;

    if (!o->of.n) o->of = cmi_plan_has(p, CMI_ORDERS) ? OF_ORDERS : OF_ANY;
    if (o->lag && !o->common.period_given)
        return cmi_plan_fail(p, CM_ERR_OPTION, "lag", "lag counts periods: give a period");
    cmi_plan_require(p, CMI_SPEND, "amount");
    cmi_plan_builtin_key(p, "channel");
    cmi_plan_stream(p, CMI_FACT_BIT(CMI_SPEND) | o->of.tables, CMI_BY_GIVEN);
    cmi_plan_select(p, OF, &o->of);
    cmi_plan_select(p, ACQUIRE, &SPEND);
    cmi_plan_value(p, CHANNEL, "channel");
    cmi_plan_value(p, AMOUNT, "amount");
    cmi_plan_value(p, END, "end");
    cmi_plan_value(p, CATEGORY, "category");
    cmi_plan_customer(p, CHANNEL, "channel");
    cmi_plan_periods(p, &o->common, o->lag);
    cmi_plan_bound(p, SPENT, (int64_t[]){ CMI_GRID }, 1);
    cmi_plan_bound(p, WON, (int64_t[]){ CMI_GRID }, 1);
    return cmi_plan_status(p);
}

static cm_status children(cmi_children *list, const void *opt)
{
    const cmi_cac_options *o = opt;
    if (!o->steps) return CM_OK;
    int child = cmi_child(list, "funnel");
    cmi_child_set(list, child, "steps", o->steps);
    return CM_OK;
}

/* ---- collect ---- */

/* A dimension that nobody gave has no codes at all. */
static int64_t code_or_null(int64_t code)
{
    return code > 0 ? code : 0;
}

/* Units of the first d of n days: the remainder goes to the earlier days, one unit each. */
static int64_t spent_until(int64_t amount, int64_t n, int64_t d)
{
    int64_t each = amount / n, rest = amount % n, sign = rest < 0 ? -1 : 1;
    int64_t extra = rest * sign < d ? rest * sign : d;
    return each * d + sign * extra;
}

/* First day of the spend, counted from its start, that lies at or behind the instant. */
static int64_t day_at(const cmi_tz *tz, int64_t first_day, int64_t n, int64_t instant)
{
    int64_t day = cmi_tz_local_day(tz, instant);
    if (cmi_tz_midnight(tz, day) < instant) day++;
    return day <= first_day ? 0 : day - first_day < n ? day - first_day : n;
}

static void collect_spend(cmi_state *s, const cmi_cac_options *o, const cmi_span *rows, int64_t i)
{
    const cmi_grid *grid = cmi_state_grid(s);
    int64_t start = rows->time[i], end = rows->value[END][i], amount = rows->value[AMOUNT][i];
    int64_t first = cmi_tz_local_day(o->common.tz, start);
    int64_t n =
        end == CMI_NULL || end <= start ? 1 : cmi_tz_local_day(o->common.tz, end - 1) - first + 1;
    int64_t p = cmi_grid_find(grid, start);

    for (p = p < 0 ? 0 : p; p < cmi_grid_n(grid); p++) {
        int64_t from = day_at(o->common.tz, first, n, grid->edge[p]),
                to = day_at(o->common.tz, first, n, grid->edge[p + 1]);
        if (p == 0 && cmi_grid_find(grid, start) == 0)
            from = 0; /* a start inside the first day of the window */
        if (from >= to) {
            if (from >= n) break;
            continue;
        }
        int64_t part = spent_until(amount, n, to) - spent_until(amount, n, from);
        int64_t key[] = { p, code_or_null(rows->value[CHANNEL][i]),
                          code_or_null(rows->value[CATEGORY][i]) };
        cmi_add128(s, SPENT, cmi_at(s, SPENT, cmi_span_group(rows, i), key, 3), 0, part);
    }
}

static void collect_new(cmi_state *s, const cmi_span *rows)
{
    const cmi_grid *grid = cmi_state_grid(s);

    for (int64_t i = 0; i < rows->n; i++) {
        if (rows->time[i] != rows->first[OF] || !(rows->sel[i] >> OF & 1)) continue;
        int64_t p = cmi_grid_find(grid, rows->time[i]);
        int64_t channel = code_or_null(rows->customer[CHANNEL]);
        if (!channel) channel = code_or_null(rows->value[CHANNEL][i]);
        if (p >= 0 && p < cmi_grid_n(grid) && (rows->sel[i] & 1))
            cmi_add64(s, WON, cmi_at(s, WON, cmi_span_group(rows, i), (int64_t[]){ p, channel }, 2),
                      0, 1);
        return;
    }
}

static void collect(cmi_state *s, const void *opt, const cmi_span *rows)
{
    for (int64_t i = 0; i < rows->n; i++)
        if (cmi_span_has(rows, i, ACQUIRE) && rows->value[AMOUNT][i] != CMI_NULL)
            collect_spend(s, opt, rows, i);
    if (!rows->anonymous && rows->first[OF] != CMI_NULL) collect_new(s, rows);
}

const cmi_kpi cmi_kpi_cac = {
    .id = "cac",
    .family = "acquisition",
    .version = 1,
    .title = "Customer acquisition cost",
    .direction = -1,
    .definition = "Acquisition spend divided by new customers: per period and channel, per cost "
                  "category, per funnel step, "
                  "blended and paid, with the channels ranked.",
    .formula = "CAC = spend / new customers; marginal CAC = change of spend / change of new "
               "customers against the period before",
    .edge_cases =
        "No new customer: null. Spend for other purposes than acquire is left out.\n"
        "A channel without spend is organic and has no CAC; spend without channel belongs to the "
        "channel null.\n"
        "Spend is spread over its local days, so a month's part of a quarter's budget is exact.\n"
        "A channel is flagged best or worst only where a test says so.",
    .references = "Farris, P. W., Bendle, N. T., Pfeifer, P. E., Reibstein, D. J. (2010). "
                  "Marketing Metrics, 2nd ed. Pearson.\n"
                  "Holm, S. (1979). A Simple Sequentially Rejective Multiple Test Procedure. "
                  "Scandinavian Journal of Statistics 6(2), 65-70.",
    .facts = "spend orders|events|subscriptions [customers]",
    .stages = "acquire",
    .businesses = "shop app subscription community",
    .goals = "acquisition efficiency",
    .levers = "spend where it works best -> cac\nsharper targeting -> propensity\nsmoother "
              "conversion -> funnel",
    .headline = "cac_blended",
    .factors = "",
    .detail = "",
    .label = "",
    .example = "period=month steps=visit,view,purchase",
    .anonymous = true,
    .options = OPTIONS,
    .options_size = sizeof(cmi_cac_options),
    .cells = CELLS,
    .tables = cmi_cac_tables,
    .plan = plan,
    .collect = collect,
    .children = children,
    .present = cmi_cac_present,
};
