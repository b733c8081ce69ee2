/* SPDX-License-Identifier: MIT */

/* bgnbd: the BG/NBD model of repeat purchases, fitted by maximum likelihood; who is still a
 * customer, and how many purchases are to come.
 *
 * Formula     While alive a customer buys at rate lambda ~ Gamma(r, alpha); after each purchase but
 *             the first he is gone with probability p ~ Beta(a, b). For x, t_x, T (clv_summary)
 *             L = B(a,b+x)/B(a,b) Gamma(r+x) alpha^r / (Gamma(r) (alpha+T)^(r+x)) / P(alive)
 *             P(alive) = 1 / (1 + [x > 0] a/(b+x-1) ((alpha+T)/(alpha+t_x))^(r+x))
 *             E(h) = P(alive) (r+x) int_0^(h/(alpha+T)) 2F1(r+x+1, a; a+b+x; -u) du
 *             P(no purchase in h) = 1 - P(alive) + P(alive) ((alpha+T)/(alpha+T+h))^(r+x)
 *             DERT = P(alive) (r+x) int_0^inf e^(-d (alpha+T) u) 2F1(r+x+1, a; a+b+x; -u) du
 *             In logarithms of the parameters, with analytic derivatives, from several starts.
 *             Standard errors by the observed information and the delta method; intervals are
 *             made in logarithms. penalty: half of it times the sum of squares of log r,
 *             log(alpha / mean T), log a, log b is taken off the log-likelihood.
 *
 * Edge cases  x = 0: P(alive) is 1, for in this model only a repeat purchase can end it
 *             no maximum (a ridge that rises for ever): converged false, parameters null, and a
 *             diagnostic that names the direction
 *             a = 1, a + b = 1, long horizons: finite, by quadrature of the positive rate
 *             by: each group has a model of its own
 *             applied to other facts: the fit's parameters; groups it did not know are left out
 *
 * References  Fader, P. S., Hardie, B. G. S., Lee, K. L. (2005). Counting Your Customers the
 *             Easy Way. Marketing Science 24(2). doi:10.1287/mksc.1040.0098 (3, 8, 9, 10)
 *             Fader, P. S., Hardie, B. G. S. (2008, 2013). Computing P(alive) Using the BG/NBD
 *             Model; Overcoming the BG/NBD Model's #NUM! Error Problem. brucehardie.com/notes
 */
#include <math.h>

#include "kpi/clv/bgnbd_tables.h"
#include "math/blocks.h"
#include "math/transcend.h"

enum { RATE_TIME_UNIT, RATE_DAY, RATE_WEEK, RATE_MONTH, RATE_YEAR, RATE_ANNUAL };

static const cmi_option OPTIONS[] = {
    CMI_OPT_COMMON(cmi_bgnbd_options, days.common,
                   CMI_HAS_BY | CMI_HAS_UNIT | CMI_HAS_CONFIDENCE | CMI_HAS_DETAIL, "all"),
    CMI_CLV_DAYS_OPTIONS(cmi_bgnbd_options, days),
    CMI_OPT(TEXT, cmi_bgnbd_options, horizon_text, "horizon", "39", NULL, "time_unit",
            "how far to look ahead: a number of time units, or a duration"),
    CMI_OPT(NUMBER, cmi_bgnbd_options, penalty, "penalty", "0", "0..", "",
            "weight of the squared log parameters (alpha in mean tenures)"),
    CMI_OPT(INT, cmi_bgnbd_options, starts, "starts", "5", "1..100", "",
            "starting points of the fit"),
    CMI_OPT(INT, cmi_bgnbd_options, max_count, "max_count", "10", "0..100000", "purchases",
            "last n of the table probabilities"),
    CMI_OPT(MAP, cmi_bgnbd_options, parameters, "parameters", NULL, NULL, "",
            "r, alpha, a, b to evaluate instead of fitting: r:.24,alpha:4.4,a:.8,b:2.4"),
    CMI_OPT(TEXTS, cmi_bgnbd_options, covariates, "covariates", NULL, NULL, "",
            "known, and not offered yet"),
    CMI_OPT(NUMBER, cmi_bgnbd_options, discount, "discount", NULL, "(0..", "",
            "rate of dert; unset: no dert"),
    CMI_OPT(CHOICE, cmi_bgnbd_options, discount_unit, "discount_unit", "time_unit",
            "time_unit|day|week|month|year|annual", "",
            "what the continuous rate is per; annual: an effective rate over 365 days"),
    CMI_OPT_END
};
static const cmi_cells_def CELLS[] = { CMI_CLV_CELLS, CMI_CELLS_END };
static const cmi_column_def FIT_COLUMNS[] = {
    CMI_CLV_FIT_COLUMNS,
    [CMI_BGNBD_F_ALIVE] = CMI_COL_F64("n_alive", "customers", "sum of p_alive"),
    [CMI_BGNBD_F_PURCHASES] = CMI_COL_F64("expected_purchases", "purchases",
                                          "of all these customers together within the horizon"),
    [CMI_BGNBD_F_HOLDOUT] =
        CMI_COL_COUNT("n_purchases_holdout", CMI_ALWAYS, "what they bought in the holdout"),
    CMI_COL_END
};
static const cmi_column_def CUSTOMER_COLUMNS[] = {
    [CMI_BGNBD_U_BY] = CMI_COL_BY,
    [CMI_BGNBD_U_CUSTOMER] = CMI_COL_CUSTOMER,
    [CMI_BGNBD_U_FREQUENCY] = CMI_COL_COUNT("frequency", CMI_ALWAYS, "repeat purchase days, x"),
    [CMI_BGNBD_U_RECENCY] = CMI_COL_F64("recency", "time_unit", "first to last purchase, t_x"),
    [CMI_BGNBD_U_TENURE] = CMI_COL_F64("tenure", "time_unit", "first purchase to the end, T"),
    [CMI_BGNBD_U_ALIVE] = CMI_COL_F64("p_alive", "probability", "that the customer is still one"),
    [CMI_BGNBD_U_EXPECTED] = CMI_COL_F64("expected_purchases", "purchases", "within the horizon"),
    [CMI_BGNBD_U_NO_PURCHASE] =
        CMI_COL_F64("p_no_purchase", "probability", "of none within the horizon"),
    [CMI_BGNBD_U_DERT] = CMI_COL_F64("dert", "purchases", "all to come, discounted"),
    [CMI_BGNBD_U_LOG_LIKELIHOOD] = CMI_COL_F64("log_likelihood", "", "of this customer's history"),
    CMI_COL_END
};
static const cmi_column_def PROBABILITY_COLUMNS[] = {
    [CMI_BGNBD_N_BY] = CMI_COL_BY,
    [CMI_BGNBD_N_N] = CMI_COL_KEY("n", "purchases", "repeat purchases"),
    [CMI_BGNBD_N_PROBABILITY] = CMI_COL_F64("probability", "probability",
                                            "that a new customer makes so many within the horizon"),
    CMI_COL_END
};
static const cmi_column_def EXPECTED_COLUMNS[] = {
    [CMI_BGNBD_E_BY] = CMI_COL_BY,
    [CMI_BGNBD_E_AGE] = CMI_COL_KEY("age", "time_unit", "time since the first purchase"),
    [CMI_BGNBD_E_PURCHASES] =
        CMI_COL_F64("purchases", "purchases", "repeat purchases of a new customer by that age"),
    CMI_COL_END
};
static const cmi_table_def TABLES[] = {
    [CMI_BGNBD_FIT] = CMI_TABLE("fit", FIT_COLUMNS, "one row per group"),
    [CMI_BGNBD_PARAMETERS] =
        CMI_TABLE("parameters", cmi_clv_parameter_columns, "one row per group and parameter"),
    [CMI_BGNBD_CUSTOMERS] =
        CMI_TABLE("customers", CUSTOMER_COLUMNS, "one row per customer; not with detail=none"),
    [CMI_BGNBD_PROBABILITIES] = CMI_TABLE("probabilities", PROBABILITY_COLUMNS,
                                          "one row per group and number of purchases"),
    [CMI_BGNBD_EXPECTED] = CMI_TABLE("expected", EXPECTED_COLUMNS, "one row per group and age"),
    [CMI_BGNBD_COVARIANCE] = CMI_TABLE("covariance", cmi_clv_covariance_columns,
                                       "one row per group and pair of parameters"),
    CMI_TABLE_END
};

/* Continuous rate per time unit. */
static double continuous_rate(const cmi_bgnbd_options *o)
{
    static const double DAYS[] = {
        [RATE_DAY] = 1.0, [RATE_WEEK] = 7.0, [RATE_MONTH] = 365.0 / 12.0, [RATE_YEAR] = 365.0
    };
    double unit = cmi_clv_unit_days(&o->days);

    if (o->discount_unit == RATE_TIME_UNIT) return o->discount;
    if (o->discount_unit == RATE_ANNUAL) return cmi_log1p(o->discount) * unit / 365.0;
    return o->discount * unit / DAYS[o->discount_unit];
}

static cm_status plan(cmi_plan *p, void *opt)
{
    cmi_bgnbd_options *o = opt;

    cmi_clv_plan(p, &o->days);
    cmi_clv_plan_time(p, "horizon", o->horizon_text, cmi_clv_unit_days(&o->days), &o->horizon);
    cmi_clv_plan_parameters(p, &o->parameters, cmi_bgnbd_names, cmi_bgnbd_most,
                            CMI_BGNBD_N_PARAMETERS, o->given);
    o->delta = continuous_rate(o);
    if (o->covariates.n)
        return cmi_plan_fail(p, CM_ERR_UNSUPPORTED, "covariates",
                             "covariates are not offered yet; by= fits each group by itself");
    return cmi_plan_status(p);
}

static void collect(cmi_state *s, const void *opt, const cmi_span *rows)
{
    const cmi_bgnbd_options *o = opt;
    cmi_clv_collect(s, &o->days, rows);
}

static void collect_side(cmi_state *s, const void *opt, const cmi_side *side, cmi_side_id id)
{
    const cmi_bgnbd_options *o = opt;
    (void)id;
    cmi_clv_collect_side(s, &o->days, side);
}

/* ---- solve ---- */

static void evaluate(const cmi_bgnbd_options *o, cmi_bgnbd_data *d, cmi_clv_fit *fit,
                     cm_status *status)
{
    double gradient[CMI_BGNBD_N_PARAMETERS];

    memset(fit, 0, sizeof *fit);
    fit->given = true;
    fit->n = d->rows->n_customers;
    memcpy(fit->value, o->given, sizeof o->given);
    fit->log_likelihood = cmi_bgnbd_likelihood(d, o->given, gradient, NULL, status);
    if (!isfinite(fit->log_likelihood)) fit->log_likelihood = (double)NAN;
}

static cm_status fit_group(const cmi_input *in, const cmi_bgnbd_options *o, uint32_t group,
                           cmi_clv_fit *fit)
{
    cmi_clv_rows rows = { 0 };
    cmi_bgnbd_data data = { 0 };
    cm_status status = cmi_clv_rows_open(in, &o->days, group, &rows);

    if (status == CM_OK) status = cmi_bgnbd_open(in, &rows, &data);
    if (status == CM_OK && o->parameters.n) {
        evaluate(o, &data, fit, &status);
        if (status != CM_OK) cmi_fail(in->err, status, "the run was cancelled");
    } else if (status == CM_OK) {
        double n = (double)rows.n_customers, unit[CMI_BGNBD_N_PARAMETERS] = { 1.0, 1.0, 1.0, 1.0 };
        double tenure = cmi_block_dot(rows.count, rows.tenure, rows.n);
        if (tenure > 0.0) unit[1] = tenure / n;
        cmi_clv_problem problem = { .n_parameters = CMI_BGNBD_N_PARAMETERS,
                                    .name = cmi_bgnbd_names,
                                    .unit = unit,
                                    .most = cmi_bgnbd_most,
                                    .likelihood = cmi_bgnbd_likelihood,
                                    .user = &data,
                                    .n_customers = rows.n_customers,
                                    .n_starts = o->starts,
                                    .start = cmi_bgnbd_start,
                                    .explain = cmi_bgnbd_explain,
                                    .penalty = o->penalty };
        status = cmi_clv_maximise(&problem, in->ctx, fit, in->err);
    }
    cmi_bgnbd_close(&data);
    cmi_clv_rows_close(&rows);
    return status;
}

static cm_status solve(const cmi_input *in, const void *opt, cmi_fit *model)
{
    uint32_t n = cmi_state_n_groups(in->state);
    cmi_clv_fit *fits = cmi_calloc(in->ctx, (size_t)n + 1, sizeof *fits);
    cm_status status = fits ? CM_OK : cmi_no_memory(in->ctx, in->err);

    for (uint32_t g = 0; g < n && status == CM_OK; g++) status = fit_group(in, opt, g, &fits[g]);
    if (status == CM_OK) status = cmi_clv_fit_put(in, fits, model);
    cmi_free(in->ctx, fits);
    return status;
}

const cmi_kpi cmi_kpi_bgnbd = {
    .id = "bgnbd",
    .family = "clv",
    .version = 1,
    .title = "BG/NBD: who is still a customer",
    .direction = +1,
    .definition = "The BG/NBD model of repeat purchases, fitted by maximum likelihood: for each "
                  "customer the probability to be still active, the purchases to expect, and "
                  "their discounted number; for a new customer the same from the first day.",
    .formula = "purchases at rate lambda ~ Gamma(r, alpha) until gone, with probability p ~ "
               "Beta(a, b) after each repeat purchase; P(alive) = 1 / (1 + a/(b+x-1) "
               "((alpha+T)/(alpha+t_x))^(r+x)) for x > 0; expected_purchases = P(alive) times "
               "the integral of the purchase rate over the horizon",
    .edge_cases =
        "A customer without repeat purchase has p_alive 1: the model lets only repeat purchases "
        "end it.\n"
        "Where the likelihood has no maximum, converged is false, parameters are null, and a "
        "diagnostic names the direction.\n"
        "a = 1, a + b = 1 and long horizons give finite numbers.\n"
        "With by, each group has a model of its own. Groups that the fit did not know are left "
        "out when it is applied.\n"
        "parameters= evaluates without fitting; standard errors are then null.",
    .references =
        "Fader, P. S., Hardie, B. G. S., Lee, K. L. (2005). Counting Your Customers the Easy Way: "
        "An Alternative to the Pareto/NBD Model. Marketing Science 24(2), 275-284. "
        "doi:10.1287/mksc.1040.0098\n"
        "Fader, P. S., Hardie, B. G. S. (2008). Computing P(alive) Using the BG/NBD Model. "
        "brucehardie.com/notes/021\n"
        "Fader, P. S., Hardie, B. G. S. (2013). Overcoming the BG/NBD Model's #NUM! Error "
        "Problem. brucehardie.com/notes/027",
    .facts = "orders|summary",
    .stages = "retain revenue",
    .businesses = "shop",
    .goals = "loyalty revenue",
    .levers = "win back those whose p_alive falls -> reactivation\n"
              "spend on those with most to come -> clv_predict\n"
              "bring first-time buyers back -> repeat_purchase",
    .headline = "expected_purchases",
    .factors = "",
    .detail = "customers",
    .label = "",
    .example = "calibration_end=2024-04-01 penalty=1 discount=.0027",
    .options = OPTIONS,
    .options_size = sizeof(cmi_bgnbd_options),
    .cells = CELLS,
    .tables = TABLES,
    .plan = plan,
    .collect = collect,
    .collect_side = collect_side,
    .solve = solve,
    .present = cmi_bgnbd_present,
    .apply_free = "horizon max_count calibration_end discount discount_unit",
};
