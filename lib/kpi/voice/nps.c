/* SPDX-License-Identifier: MIT */

/* nps: Net Promoter Score with its interval, and the difference between groups and periods with a
 * test.
 *
 * Formula     promoter: score >= 9; passive: 7 <= score < 9; detractor: score < 7
 *             nps = 100 (p - d), p and d the shares of promoters and detractors among the answers
 *             standard error = 100 sqrt((p + d - (p - d)^2) / n)
 *             interval: adjusted Wald adds 3/4 promoter, 1 1/2 passives, 3/4 detractor before the
 * same formula difference of two: z = (a - b) / sqrt(se_a^2 + se_b^2) Edge cases  null score:
 * invited, no answer; never in n       6.5 is a detractor, 8.5 a passive: the classes are total
 *             score outside the scale: left out, counted       no answer: null, undefined
 *             all alike: standard error 0; adjusted Wald still has a width; a test without variance
 * is null answers without customer count like any other    several answers of a customer each count
 *             responses hold several surveys: those named nps (any case) alone, if there are such;
 * `of` says else class of a customer: of his last answer References  Reichheld, F. F. (2003). The
 * One Number You Need to Grow. Harvard Business Review 81(12). Rocks, B. (2016). Interval
 * Estimation for the Net Promoter Score. The American Statistician 70(4).
 *             doi:10.1080/00031305.2016.1158124
 */
#include <math.h>

#include "kpi/kpi.h"
#include "math/dist.h"
#include "math/rates.h"

enum { ASKED = 1, NAMED };
enum { SCORE };
enum { ANSWERS, LAST };
enum {
    ALL_PROMOTERS,
    ALL_PASSIVES,
    ALL_DETRACTORS,
    ALL_INVITED,
    ALL_OUTSIDE,
    NAMED_PROMOTERS,
    N_COUNTS = 2 * NAMED_PROMOTERS
};
enum { GROUPS, COMPARISONS, CUSTOMERS };
enum {
    G_BY,
    G_PERIOD,
    G_N,
    G_PROMOTERS,
    G_PASSIVES,
    G_DETRACTORS,
    G_INVITED,
    G_PROMOTER_SHARE,
    G_DETRACTOR_SHARE,
    G_NPS,
    G_ERROR,
    G_OUTSIDE
};
enum { X_GROUP, X_OTHER, X_DIFFERENCE, X_LOWER, X_UPPER, X_P };
enum { U_BY, U_CUSTOMER, U_SCORE, U_CLASS };
enum { CLASS_DETRACTOR, CLASS_PASSIVE, CLASS_PROMOTER };
enum { ONCE_ALL, ONCE_NAMED };
enum { MAX_COMPARED = 64 };

typedef struct options {
    cmi_common common;
    cmi_selector of;
    int32_t interval, scale;
    const cmi_selector *named; /* set where `of` was not: the responses named nps */
} options;

static const cmi_option OPTIONS[] = {
    CMI_OPT_COMMON(options, common,
                   CMI_HAS_PERIOD | CMI_HAS_BY | CMI_HAS_CONFIDENCE | CMI_HAS_DETAIL, "all"),
    CMI_OPT(SELECTOR, options, of, "of", "responses", NULL, "",
            "the answers, such as responses:nps"),
    CMI_OPT(CHOICE, options, scale, "scale", "0-10", "0-10|1-10", "",
            "scores outside it are left out and counted"),
    CMI_OPT(CHOICE, options, interval, "interval", "adjusted_wald", "wald|adjusted_wald|goodman",
            "", "how the interval is made"),
    CMI_OPT_END
};
static const cmi_cells_def CELLS[] = {
    [ANSWERS] =
        CMI_CELLS("answers", "period",
                  "promoters,passives,detractors,invited,outside,"
                  "named_promoters,named_passives,named_detractors,named_invited,named_outside"),
    [LAST] = CMI_CELLS("last", "customer:customer", "score:once,named_score:once"),
    CMI_CELLS_END
};
static const cmi_column_def GROUP_COLUMNS[] = {
    [G_BY] = CMI_COL_BY,
    [G_PERIOD] = CMI_COL_PERIOD,
    [G_N] = CMI_COL_COUNT("n", CMI_ALWAYS, "answers"),
    [G_PROMOTERS] = CMI_COL_COUNT("n_promoters", CMI_ALWAYS, "answers of 9 and more"),
    [G_PASSIVES] = CMI_COL_COUNT("n_passives", CMI_ALWAYS, "answers from 7 to under 9"),
    [G_DETRACTORS] = CMI_COL_COUNT("n_detractors", CMI_ALWAYS, "answers under 7"),
    [G_INVITED] = CMI_COL_COUNT("n_invited", CMI_ALWAYS, "invitations without an answer"),
    [G_PROMOTER_SHARE] = CMI_COL_RATE("promoter_share", "n_promoters", "n", "share of promoters"),
    [G_DETRACTOR_SHARE] =
        CMI_COL_RATE("detractor_share", "n_detractors", "n", "share of detractors"),
    [G_NPS] =
        CMI_COL_INTERVAL("nps", "points", "100 (promoter share - detractor share), -100 to 100"),
    [G_ERROR] = CMI_COL_F64("standard_error", "points", "of nps: sqrt(variance / n)"),
    [G_OUTSIDE] = CMI_COL_COUNT("n_out_of_range", CMI_ALWAYS, "scores outside the scale, left out"),
    CMI_COL_END
};
static const cmi_column_def COMPARISON_COLUMNS[] = {
    [X_GROUP] = CMI_COL_KEY_TEXT("group", "one group or period"),
    [X_OTHER] = CMI_COL_KEY_TEXT("other", "the other; a period is compared with the one before it"),
    [X_DIFFERENCE] = CMI_COL_F64("difference", "points", "nps of group less nps of other"),
    [X_LOWER] = CMI_COL_F64("difference_lower", "points", "normal interval of the difference"),
    [X_UPPER] = CMI_COL_F64("difference_upper", "points", "normal interval of the difference"),
    [X_P] = CMI_COL_F64("p_value", "ratio", "two-sided z test; null without variance"),
    CMI_COL_END
};
static const cmi_column_def CUSTOMER_COLUMNS[] = {
    [U_BY] = CMI_COL_BY,
    [U_CUSTOMER] = CMI_COL_CUSTOMER,
    [U_SCORE] = CMI_COL_F64("score", "points", "last answer"),
    [U_CLASS] = CMI_COL_TEXT("class", "promoter, passive or detractor, by the last answer"),
    CMI_COL_END
};
static const cmi_table_def TABLES[] = {
    [GROUPS] =
        CMI_TABLE("groups", GROUP_COLUMNS, "one row per group, and per period where one is given"),
    [COMPARISONS] = CMI_TABLE("comparisons", COMPARISON_COLUMNS,
                              "pairs of groups of one period, neighbouring periods of one group"),
    [CUSTOMERS] = CMI_TABLE("customers", CUSTOMER_COLUMNS, "one row per customer who answered"),
    CMI_TABLE_END
};

static const char *const NPS_NAMES[] = { "nps", "NPS", "Nps" };
static const cmi_alternative NPS_NAMED = { .fact = CMI_RESPONSES, .names = { 3, NPS_NAMES } };
static const cmi_selector NPS_SURVEY = { "responses:nps|NPS|Nps", CMI_FACT_BIT(CMI_RESPONSES), 1,
                                         &NPS_NAMED };

static cm_status plan(cmi_plan *p, void *opt)
{
    options *o = opt;

    cmi_plan_require(p, CMI_RESPONSES, "score");
    cmi_plan_stream(p, CMI_FACT_BIT(CMI_RESPONSES), CMI_BY_SPLIT);
    cmi_plan_select(p, ASKED, &o->of);
    if (!strcmp(o->of.text, "responses")) o->named = &NPS_SURVEY;
    if (o->named) cmi_plan_select(p, NAMED, o->named);
    cmi_plan_value(p, SCORE, "score");
    cmi_plan_periods(p, &o->common, 0);
    cmi_plan_dense(p, ANSWERS, (int64_t[]){ CMI_GRID }, 1);
    return cmi_plan_status(p);
}

/* ---- collect ---- */

static int64_t unit_of(const cmi_state *s)
{
    int64_t unit = 1;
    for (int32_t i = 0; i < cmi_state_scale(s); i++) unit *= 10;
    return unit;
}

static int column_of(int64_t score, int64_t unit, int64_t lowest)
{
    if (score == CMI_NULL) return ALL_INVITED;
    if (score < lowest * unit || score > 10 * unit) return ALL_OUTSIDE;
    if (score >= 9 * unit) return ALL_PROMOTERS;
    return score >= 7 * unit ? ALL_PASSIVES : ALL_DETRACTORS;
}

static void collect(cmi_state *s, const void *opt, const cmi_span *rows)
{
    const options *o = opt;
    const cmi_grid *grid = cmi_state_grid(s);
    int64_t unit = unit_of(s), last = CMI_NULL, last_named = CMI_NULL;

    for (int64_t i = 0; i < rows->n; i++) {
        int64_t period = cmi_grid_find(grid, rows->time[i]);
        if (!cmi_span_has(rows, i, ASKED) || period < 0 || period >= cmi_grid_n(grid)) continue;
        int column = column_of(rows->value[SCORE][i], unit, o->scale);
        bool named = o->named && cmi_span_has(rows, i, NAMED), answer = column < ALL_INVITED;
        cmi_cell_column(s, ANSWERS, column, rows->group, 0)[period]++;
        if (named) cmi_cell_column(s, ANSWERS, NAMED_PROMOTERS + column, rows->group, 0)[period]++;
        if (answer) last = rows->value[SCORE][i];
        if (answer && named) last_named = rows->value[SCORE][i];
    }
    if (rows->anonymous || last == CMI_NULL || !o->common.detail) return;
    cmi_cell_row row = cmi_at(s, LAST, rows->group, (int64_t[]){ rows->owner }, 1);
    cmi_set(s, LAST, row, ONCE_ALL, last);
    cmi_set(s, LAST, row, ONCE_NAMED, last_named);
}

/* ---- present ---- */

/* Whether the responses named nps stand for all: decided on the merged state, so alike on every
 * partition. */
static bool only_named(const cmi_state *s, const options *o)
{
    for (uint32_t g = 0; o->named && g < cmi_state_n_groups(s); g++)
        for (int c = NAMED_PROMOTERS; c < N_COUNTS; c++)
            for (int64_t p = 0; p < cmi_grid_n(cmi_state_grid(s)); p++)
                if (cmi_cell_get_column(s, ANSWERS, c, g, 0)[p]) return true;
    return false;
}

static void read_counts(const cmi_state *s, bool named, uint32_t group, int64_t period,
                        int64_t *count)
{
    for (int c = 0; c < NAMED_PROMOTERS; c++)
        count[c] =
            cmi_cell_get_column(s, ANSWERS, c + (named ? NAMED_PROMOTERS : 0), group, 0)[period];
}

static void emit_group(cmi_rows *t, const cmi_state *s, const options *o, const int64_t *count,
                       int64_t period, double confidence)
{
    static const cmi_net_method METHOD[] = { CMI_NET_WALD, CMI_NET_ADJUSTED_WALD, CMI_NET_GOODMAN };
    int64_t n = count[ALL_PROMOTERS] + count[ALL_PASSIVES] + count[ALL_DETRACTORS];
    cmi_period_state state = n ? CMI_COMPLETE : CMI_UNDEFINED;
    double nps = 0, error = 0;
    cmi_interval at = { 0, 0 };

    cmi_emit_period(t, G_PERIOD, cmi_state_grid(s), period);
    cmi_emit_i64(t, G_N, n);
    cmi_emit_i64(t, G_PROMOTERS, count[ALL_PROMOTERS]);
    cmi_emit_i64(t, G_PASSIVES, count[ALL_PASSIVES]);
    cmi_emit_i64(t, G_DETRACTORS, count[ALL_DETRACTORS]);
    cmi_emit_i64(t, G_INVITED, count[ALL_INVITED]);
    cmi_emit_i64(t, G_OUTSIDE, count[ALL_OUTSIDE]);
    cmi_emit_rate(t, G_PROMOTER_SHARE, count[ALL_PROMOTERS], n, state);
    cmi_emit_rate(t, G_DETRACTOR_SHARE, count[ALL_DETRACTORS], n, state);
    bool ok = cmi_net_score(count[ALL_PROMOTERS], count[ALL_PASSIVES], count[ALL_DETRACTORS], &nps,
                            &error) &&
              cmi_net_score_interval(count[ALL_PROMOTERS], count[ALL_PASSIVES],
                                     count[ALL_DETRACTORS], confidence, METHOD[o->interval], &at);
    cmi_emit_interval(t, G_NPS, ok ? 100 * nps : NAN, 100 * at.lower, 100 * at.upper, state);
    if (ok) cmi_emit_f64(t, G_ERROR, 100 * error);
}

typedef struct label {
    char text[160];
} label;

static label name_group(cmi_output *out, const cmi_state *s, uint32_t group, int64_t period)
{
    label l = { "" };
    size_t at = 0;
    for (int d = 0; d < cmi_output_n_by(out); d++) {
        const char *text = cmi_output_by_text(out, group, d);
        size_t n = text ? strlen(text) : 4, gap = at ? 3 : 0;
        if (at + gap + n + 12 >= sizeof l.text) break;
        memcpy(l.text + at, " / ", gap);
        memcpy(l.text + at + gap, text ? text : "null", n);
        at += gap + n;
    }
    if (cmi_grid_n(cmi_state_grid(s)) == 1) return l;
    if (at) memcpy(l.text + at, " ", 1), at++;
    cmi_date_print(cmi_state_grid(s)->day[period], l.text + at, sizeof l.text - at);
    return l;
}

static void compare(cmi_output *out, const cmi_state *s, bool named, uint32_t g, int64_t p,
                    uint32_t h, int64_t q)
{
    int64_t a[NAMED_PROMOTERS], b[NAMED_PROMOTERS];
    double nps_a, nps_b, se_a, se_b, z = cmi_normal_two_sided(cmi_output_confidence(out));

    read_counts(s, named, g, p, a);
    read_counts(s, named, h, q, b);
    if (!cmi_net_score(a[0], a[1], a[2], &nps_a, &se_a) ||
        !cmi_net_score(b[0], b[1], b[2], &nps_b, &se_b))
        return;
    double difference = nps_a - nps_b, error = sqrt(se_a * se_a + se_b * se_b);
    label x = name_group(out, s, g, p), y = name_group(out, s, h, q);
    cmi_rows *t = cmi_out(out, COMPARISONS);
    cmi_row(t, g);
    cmi_emit_text_z(t, X_GROUP, x.text);
    cmi_emit_text_z(t, X_OTHER, y.text);
    cmi_emit_f64(t, X_DIFFERENCE, 100 * difference);
    cmi_emit_f64(t, X_LOWER, 100 * (difference - z * error));
    cmi_emit_f64(t, X_UPPER, 100 * (difference + z * error));
    if (error > 0) cmi_emit_f64(t, X_P, 2 * cmi_normal_sf(fabs(difference) / error));
}

static void emit_comparisons(const cmi_state *s, bool named, cmi_output *out)
{
    int64_t n = cmi_grid_n(cmi_state_grid(s));
    uint32_t groups = cmi_state_n_groups(s);

    if (groups > MAX_COMPARED)
        cmi_diagnose(out, "comparisons", "%u groups: only up to %d are compared in pairs", groups,
                     MAX_COMPARED);
    for (int64_t p = 0; p < n && groups <= MAX_COMPARED; p++)
        for (uint32_t g = 0; g < groups; g++)
            for (uint32_t h = g + 1; h < groups; h++) compare(out, s, named, g, p, h, p);
    for (uint32_t g = 0; g < groups; g++)
        for (int64_t p = 1; p < n; p++) compare(out, s, named, g, p, g, p - 1);
}

static void emit_customers(const cmi_state *s, bool named, cmi_output *out)
{
    static const char *const CLASS[] = { "detractor", "passive", "promoter" };
    int64_t unit = unit_of(s);

    for (int64_t i = 0; i < cmi_cells_n(s, LAST); i++) {
        int64_t score = cmi_cells_i64(s, LAST, i, named ? ONCE_NAMED : ONCE_ALL);
        int n_key;
        if (score == CMI_NULL) continue;
        int class = score >= 9 * unit   ? CLASS_PROMOTER
                    : score >= 7 * unit ? CLASS_PASSIVE
                                        : CLASS_DETRACTOR;
        cmi_rows *t = cmi_out(out, CUSTOMERS);
        cmi_row(t, cmi_cells_group(s, LAST, i));
        cmi_emit_code(t, U_CUSTOMER, s, LAST, 0, cmi_cells_key(s, LAST, i, &n_key)[0]);
        cmi_emit_f64(t, U_SCORE, (double)score / (double)unit);
        cmi_emit_text_z(t, U_CLASS, CLASS[class]);
    }
}

static cm_status present(const cmi_input *in, const void *opt, cmi_output *out)
{
    const cmi_state *s = in->state;
    bool named = only_named(s, opt);
    cmi_rows *t = cmi_out(out, GROUPS);

    cmi_out(out, COMPARISONS); /* empty, where nothing is to be compared */
    if (((const options *)opt)->common.detail) cmi_out(out, CUSTOMERS);
    for (uint32_t group = 0; group < cmi_state_n_groups(s); group++) {
        for (int64_t p = 0; p < cmi_grid_n(cmi_state_grid(s)); p++) {
            int64_t count[NAMED_PROMOTERS];
            read_counts(s, named, group, p, count);
            if (count[ALL_OUTSIDE])
                cmi_diagnose(out, "out_of_range", "%lld scores lie outside the scale",
                             (long long)count[ALL_OUTSIDE]);
            cmi_row(t, group);
            emit_group(t, s, opt, count, p, cmi_output_confidence(out));
        }
    }
    emit_comparisons(s, named, out);
    emit_customers(s, named, out);
    return cmi_output_status(out);
}

const cmi_kpi cmi_kpi_nps = {
    .id = "nps",
    .family = "voice",
    .version = 1,
    .title = "Net Promoter Score",
    .direction = +1,
    .definition = "Share of promoters less share of detractors among the answers to \"would you "
                  "recommend us?\", "
                  "-100 to 100, with its interval and differences between groups and periods.",
    .formula = "nps = 100 (promoters - detractors) / n; promoter: score >= 9, passive: 7 <= score "
               "< 9, detractor: score < 7; "
               "standard error = 100 sqrt((p + d - (p - d)^2) / n)",
    .edge_cases =
        "An invitation without a score is never in n.\nScores between the classes fall into the "
        "lower one.\n"
        "A score outside the scale is left out and counted.\nNo answer: null, undefined.\n"
        "If all answers are alike, the standard error is 0 and the adjusted interval still has a "
        "width.\n"
        "Where responses hold several surveys, those named nps alone are taken, if there are such; "
        "of says else.",
    .references = "Reichheld, F. F. (2003). The One Number You Need to Grow. Harvard Business "
                  "Review 81(12), 46-54.\n"
                  "Rocks, B. (2016). Interval Estimation for the Net Promoter Score. The American "
                  "Statistician 70(4), 365-372. "
                  "doi:10.1080/00031305.2016.1158124\n"
                  "Goodman, L. A. (1964). Simultaneous Confidence Intervals for Contrasts Among "
                  "Multinomial Populations. "
                  "Ann. Math. Statist. 35(2). doi:10.1214/aoms/1177703569",
    .facts = "responses",
    .stages = "satisfy refer",
    .businesses = "shop community app subscription",
    .goals = "loyalty satisfaction",
    .levers = "consistent quality over touchpoints -> csat\nreward referral -> referral",
    .headline = "nps",
    .factors = "",
    .detail = "customers",
    .label = "class",
    .example = "period=month by=product",
    .anonymous = true,
    .options = OPTIONS,
    .options_size = sizeof(options),
    .cells = CELLS,
    .tables = TABLES,
    .plan = plan,
    .collect = collect,
    .present = present,
};
