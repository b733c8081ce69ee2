/* SPDX-License-Identifier: MIT */
#include "kpi/acquisition/cac_tables.h"

#include "math/dist.h"

/* The presenting half of cac: sums per channel and period, costs, ranks. */
enum { SPENT, WON };
enum { SUMMARY, PERIODS, CHANNELS, CATEGORIES, STEPS };
enum { Y_BY, Y_SPEND, Y_NEW, Y_PAID, Y_BLENDED, Y_CAC_PAID };
enum { P_BY, P_PERIOD, P_CHANNEL, P_SPEND, P_NEW, P_CAC, P_MARGINAL };
enum { C_BY, C_CHANNEL, C_SPEND, C_NEW, C_CAC, C_RANK, C_FLAG, C_P };
enum { G_BY, G_CATEGORY, G_SPEND, G_CAC, G_CUMULATED };
enum { T_BY, T_STEP, T_NAME, T_N, T_SPEND, T_COST };

static const cmi_column_def SUMMARY_COLUMNS[] = {
    [Y_BY] = CMI_COL_BY,
    [Y_SPEND] = CMI_COL_MONEY("spend", CMI_ALWAYS, "acquisition spend in the window"),
    [Y_NEW] = CMI_COL_COUNT("n_new", CMI_ALWAYS, "new customers"),
    [Y_PAID] = CMI_COL_COUNT("n_new_paid", CMI_ALWAYS, "new customers of paid channels"),
    [Y_BLENDED] = CMI_COL_MONEY("cac_blended", CMI_NEVER, "spend / n_new"),
    [Y_CAC_PAID] = CMI_COL_MONEY("cac_paid", CMI_NEVER, "spend / n_new_paid"),
    CMI_COL_END
};
static const cmi_column_def PERIOD_COLUMNS[] = {
    [P_BY] = CMI_COL_BY,
    [P_PERIOD] = CMI_COL_PERIOD,
    [P_CHANNEL] = CMI_COL_KEY_TEXT("channel", "channel; null: spend or customers without one"),
    [P_SPEND] = CMI_COL_MONEY("spend", CMI_ALWAYS, "spend, of `lag` periods before"),
    [P_NEW] = CMI_COL_COUNT("n_new", CMI_ALWAYS, "new customers of the channel"),
    [P_CAC] = CMI_COL_MONEY("cac", CMI_NEVER, "spend / n_new"),
    [P_MARGINAL] = CMI_COL_MONEY("marginal_cac", CMI_NEVER,
                                 "change of spend / change of n_new against the period before"),
    CMI_COL_END
};
static const cmi_column_def CHANNEL_COLUMNS[] = {
    [C_BY] = CMI_COL_BY,
    [C_CHANNEL] = CMI_COL_KEY_TEXT("channel", "channel; null: spend or customers without one"),
    [C_SPEND] = CMI_COL_MONEY("spend", CMI_ALWAYS, "spend in the window"),
    [C_NEW] = CMI_COL_COUNT("n_new", CMI_ALWAYS, "new customers of the channel"),
    [C_CAC] = CMI_COL_MONEY("cac", CMI_NEVER, "spend / n_new; null for organic channels"),
    [C_RANK] = CMI_COL_I64("rank", "", CMI_NEVER, "1 is the cheapest; ties by channel"),
    [C_FLAG] = CMI_COL_TEXT("flag", "best, worst (where the test says so), organic"),
    [C_P] =
        CMI_COL_F64("p_adjusted", "ratio", "binomial test against the other ranked channels, Holm"),
    CMI_COL_END
};
static const cmi_column_def CATEGORY_COLUMNS[] = {
    [G_BY] = CMI_COL_BY,
    [G_CATEGORY] = CMI_COL_KEY_TEXT("category", "cost category"),
    [G_SPEND] = CMI_COL_MONEY("spend", CMI_ALWAYS, "spend of the category"),
    [G_CAC] = CMI_COL_MONEY("cac", CMI_NEVER, "spend of the category / all new customers"),
    [G_CUMULATED] = CMI_COL_MONEY("cumulated_cac", CMI_NEVER,
                                  "spend of this and the categories before it / all new customers"),
    CMI_COL_END
};
static const cmi_column_def STEP_COLUMNS[] = {
    [T_BY] = CMI_COL_BY,
    [T_STEP] = CMI_COL_KEY("step", "", "step of the funnel, from 1"),
    [T_NAME] = CMI_COL_TEXT("name", "what the step is"),
    [T_N] = CMI_COL_COUNT("n", CMI_NEVER, "customers who reached the step"),
    [T_SPEND] = CMI_COL_MONEY("spend", CMI_NEVER, "all spend in the window"),
    [T_COST] = CMI_COL_MONEY("cost", CMI_NEVER, "spend / n"),
    CMI_COL_END
};
const cmi_table_def cmi_cac_tables[] = {
    [SUMMARY] = CMI_TABLE("summary", SUMMARY_COLUMNS, "one row per group"),
    [PERIODS] = CMI_TABLE("periods", PERIOD_COLUMNS, "one row per group, period and channel"),
    [CHANNELS] = CMI_TABLE("channels", CHANNEL_COLUMNS, "one row per group and channel"),
    [CATEGORIES] = CMI_TABLE("categories", CATEGORY_COLUMNS, "one row per group and cost category"),
    [STEPS] = CMI_TABLE("steps", STEP_COLUMNS, "one row per funnel step, where steps are given"),
    CMI_TABLE_END
};

/* Sums of one group: per period (shifted by the lag) and channel code. */
typedef struct sums {
    cm_context *ctx;
    int64_t n_periods, n_channels, n_categories;
    cmi_i128 *spend; /* periods x channels */
    int64_t *won;
    cmi_i128 *channel, *category;
    int64_t *channel_won;
    uint8_t *present; /* channel occurs */
    cmi_i128 total;
    int64_t n_new, n_paid;
} sums;

static bool open_sums(sums *x, cm_context *ctx, const cmi_state *s, int64_t lag)
{
    size_t periods = (size_t)(cmi_grid_n(cmi_state_grid(s)) - lag);
    const cmi_dict *channels = cmi_cells_dict(s, SPENT, 1),
                   *categories = cmi_cells_dict(s, SPENT, 2);
    const cmi_dict *won = cmi_cells_dict(s, WON, 1);
    size_t n = (size_t)(channels && channels->n > (won ? won->n : 0) ? channels->n
                        : won                                        ? won->n
                                                                     : 0) +
               1;
    size_t m = (size_t)(categories ? categories->n : 0) + 1;

    *x = (sums){ .ctx = ctx,
                 .n_periods = (int64_t)periods,
                 .n_channels = (int64_t)n,
                 .n_categories = (int64_t)m };
    x->spend = cmi_calloc(ctx, periods * n + 1, sizeof *x->spend);
    x->won = cmi_calloc(ctx, periods * n + 1, sizeof *x->won);
    x->channel = cmi_calloc(ctx, n, sizeof *x->channel);
    x->category = cmi_calloc(ctx, m, sizeof *x->category);
    x->channel_won = cmi_calloc(ctx, n, sizeof *x->channel_won);
    x->present = cmi_calloc(ctx, n, 1);
    return x->spend && x->won && x->channel && x->category && x->channel_won && x->present;
}

static void close_sums(sums *x)
{
    void *all[] = { x->spend, x->won, x->channel, x->category, x->channel_won, x->present };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) cmi_free(x->ctx, all[i]);
}

/* Spend of period p stands against the customers of period p + lag; the grid leads by the lag. */
static void read_sums(sums *x, const cmi_state *s, uint32_t group)
{
    int64_t from, to;
    int n_key;

    cmi_cells_range(s, SPENT, group, &from, &to);
    for (int64_t i = from; i < to; i++) {
        const int64_t *key = cmi_cells_key(s, SPENT, i, &n_key);
        cmi_i128 amount = cmi_cells_i128(s, SPENT, i, 0);
        if (key[0] >= x->n_periods) continue; /* behind the window, once shifted */
        x->spend[key[0] * x->n_channels + key[1]] += amount;
        x->channel[key[1]] += amount;
        x->category[key[2]] += amount;
        x->present[key[1]] = 1;
        x->total += amount;
    }
    int64_t lead = cmi_grid_n(cmi_state_grid(s)) - x->n_periods;
    cmi_cells_range(s, WON, group, &from, &to);
    for (int64_t i = from; i < to; i++) {
        const int64_t *key = cmi_cells_key(s, WON, i, &n_key);
        int64_t n = cmi_cells_i64(s, WON, i, 0);
        if (key[0] < lead) continue;
        x->won[(key[0] - lead) * x->n_channels + key[1]] += n;
        x->channel_won[key[1]] += n;
        x->present[key[1]] = 1;
        x->n_new += n;
    }
}

static bool is_paid(const cmi_cac_options *o, const sums *x, const cmi_state *s, int64_t channel)
{
    size_t n;
    if (o->paid.n == 1 && !strcmp(o->paid.v[0], "spend")) return x->channel[channel] != 0;
    if (!channel) return false;
    const char *text = cmi_cells_text(s, SPENT, 1, channel, &n);
    for (int64_t i = 0; i < o->paid.n; i++)
        if (strlen(o->paid.v[i]) == n && !memcmp(o->paid.v[i], text, n)) return true;
    return false;
}

static void emit_summary(cmi_rows *t, const cmi_cac_options *o, sums *x, const cmi_state *s,
                         uint32_t group)
{
    for (int64_t c = 0; c < x->n_channels; c++)
        if (is_paid(o, x, s, c)) x->n_paid += x->channel_won[c];
    cmi_row(t, group);
    cmi_emit_money(t, Y_SPEND, x->total);
    cmi_emit_i64(t, Y_NEW, x->n_new);
    cmi_emit_i64(t, Y_PAID, x->n_paid);
    cmi_emit_money_ratio(t, Y_BLENDED, x->total, x->n_new);
    cmi_emit_money_ratio(t, Y_CAC_PAID, x->total, x->n_paid);
}

static void emit_periods(cmi_rows *t, const cmi_cac_options *o, const sums *x, const cmi_state *s,
                         uint32_t group)
{
    int64_t lead = cmi_grid_n(cmi_state_grid(s)) - x->n_periods;
    for (int64_t c = 0; c < x->n_channels; c++) {
        cmi_i128 spend = 0, before = 0;
        int64_t won = 0, won_before = 0;
        for (int64_t p = 0; p < x->n_periods && x->present[c]; p++) {
            before = spend;
            won_before = won;
            spend = x->spend[p * x->n_channels + c] + (o->cumulate ? before : 0);
            won = x->won[p * x->n_channels + c] + (o->cumulate ? won_before : 0);
            cmi_row(t, group);
            cmi_emit_period(t, P_PERIOD, cmi_state_grid(s), p + lead);
            cmi_emit_code(t, P_CHANNEL, s, SPENT, 1, c);
            cmi_emit_money(t, P_SPEND, spend);
            cmi_emit_i64(t, P_NEW, won);
            cmi_emit_money_ratio(t, P_CAC, spend, won);
            if (p) cmi_emit_money_ratio(t, P_MARGINAL, spend - before, won - won_before);
        }
    }
}

/* ---- ranking ---- */

static bool is_ranked(const sums *x, int64_t c)
{
    return x->channel[c] > 0 && x->channel_won[c] > 0;
}

/* Exact comparison of spend/won of two channels, but for sums beyond all money; ties by code. */
static bool is_cheaper(const sums *x, int64_t a, int64_t b)
{
    cmi_i128 left, right;
    if (__builtin_mul_overflow(x->channel[a], (cmi_i128)x->channel_won[b], &left) ||
        __builtin_mul_overflow(x->channel[b], (cmi_i128)x->channel_won[a], &right)) {
        left = cmi_divide_half_even(x->channel[a], x->channel_won[a]);
        right = cmi_divide_half_even(x->channel[b], x->channel_won[b]);
    }
    return left != right ? left < right : a < b;
}

static int64_t rank_of(const sums *x, int64_t c, int64_t *n_ranked)
{
    int64_t rank = 1;
    *n_ranked = 0;
    for (int64_t k = 0; k < x->n_channels; k++) {
        if (!is_ranked(x, k)) continue;
        *n_ranked += 1;
        rank += k != c && is_cheaper(x, k, c);
    }
    return rank;
}

/* Two-sided binomial p-value: channel c's customers among those of all channels with spend, given
 * its share of their spend. */
static double test_channel(const sums *x, int64_t c)
{
    cmi_i128 spend = 0;
    int64_t won = 0;
    for (int64_t k = 0; k < x->n_channels; k++) {
        if (x->channel[k] <= 0) continue;
        spend += x->channel[k];
        won += x->channel_won[k];
    }
    double share = (double)x->channel[c] / (double)spend;
    if (share >= 1 || !won) return 1;
    cmi_tails at = cmi_binomial_tails(x->channel_won[c], won, share);
    double upper =
        x->channel_won[c] ? cmi_binomial_tails(x->channel_won[c] - 1, won, share).upper : 1;
    double p = 2 * (at.lower < upper ? at.lower : upper);
    return p < 1 ? p : 1;
}

/* Holm: sorted p-values times n, n-1, ...; running maximum, at most 1. */
static double adjust(const sums *x, int64_t c)
{
    double own = test_channel(x, c), worst = 0;
    int64_t n = 0;
    for (int64_t k = 0; k < x->n_channels; k++) n += x->channel[k] > 0;
    for (int64_t k = 0; k < x->n_channels; k++) {
        if (x->channel[k] <= 0) continue;
        double p = test_channel(x, k);
        if (p > own || (p == own && k > c)) continue;
        int64_t before = 0;
        for (int64_t j = 0; j < x->n_channels; j++) {
            double q = x->channel[j] > 0 ? test_channel(x, j) : 2;
            before += q < p || (q == p && j < k);
        }
        double adjusted = p * (double)(n - before);
        worst = adjusted > worst ? adjusted : worst;
    }
    return worst < 1 ? worst : 1;
}

static void emit_channels(cmi_rows *t, const sums *x, const cmi_state *s, uint32_t group,
                          double confidence)
{
    for (int64_t c = 0; c < x->n_channels; c++) {
        int64_t n_ranked;
        if (!x->present[c]) continue;
        int64_t rank = rank_of(x, c, &n_ranked);
        bool paid = x->channel[c] > 0;
        double p = paid ? adjust(x, c) : 1;
        bool sure = is_ranked(x, c) && n_ranked > 1 && p < 1 - confidence;
        cmi_row(t, group);
        cmi_emit_code(t, C_CHANNEL, s, SPENT, 1, c);
        cmi_emit_money(t, C_SPEND, x->channel[c]);
        cmi_emit_i64(t, C_NEW, x->channel_won[c]);
        if (x->channel[c]) cmi_emit_money_ratio(t, C_CAC, x->channel[c], x->channel_won[c]);
        if (is_ranked(x, c)) cmi_emit_i64(t, C_RANK, rank);
        if (!x->channel[c])
            cmi_emit_text_z(t, C_FLAG, "organic");
        else if (sure && rank == 1)
            cmi_emit_text_z(t, C_FLAG, "best");
        else if (sure && rank == n_ranked)
            cmi_emit_text_z(t, C_FLAG, "worst");
        if (paid && n_ranked > 1) cmi_emit_f64(t, C_P, p);
    }
}

static void emit_categories(cmi_rows *t, const sums *x, const cmi_state *s, uint32_t group)
{
    cmi_i128 sum = 0;
    for (int64_t c = 0; c < x->n_categories; c++) {
        if (!x->category[c]) continue;
        sum += x->category[c];
        cmi_row(t, group);
        cmi_emit_code(t, G_CATEGORY, s, SPENT, 2, c);
        cmi_emit_money(t, G_SPEND, x->category[c]);
        cmi_emit_money_ratio(t, G_CAC, x->category[c], x->n_new);
        cmi_emit_money_ratio(t, G_CUMULATED, sum, x->n_new);
    }
}

/* Steps of the child funnel, each priced with all the spend. */
static cm_status emit_steps(const cmi_input *in, const sums *x, cmi_output *out)
{
    const cm_table *steps;
    int32_t step, name, n;
    cm_status status = cm_result_table(in->child[0], "steps", &steps, in->err);
    if (status == CM_OK) status = cm_table_find(steps, "step", &step, in->err);
    if (status == CM_OK) status = cm_table_find(steps, "name", &name, in->err);
    if (status == CM_OK) status = cm_table_find(steps, "n_customers", &n, in->err);
    for (int64_t i = 0; status == CM_OK && i < cm_table_n_rows(steps); i++) {
        int64_t k = 0, count = 0, length = 0;
        bool is_null;
        const char *text = "";
        cmi_rows *t = cmi_out(out, STEPS);
        status = cm_table_get_i64(steps, i, step, &k, &is_null, in->err);
        if (status == CM_OK)
            status = cm_table_get_text(steps, i, name, &text, &length, &is_null, in->err);
        if (status == CM_OK) status = cm_table_get_i64(steps, i, n, &count, &is_null, in->err);
        if (status != CM_OK) break;
        cmi_row_total(t);
        cmi_emit_i64(t, T_STEP, k);
        cmi_emit_text_n(t, T_NAME, text, (size_t)length);
        cmi_emit_i64(t, T_N, count);
        cmi_emit_money(t, T_SPEND, x->total);
        cmi_emit_money_ratio(t, T_COST, x->total, count);
    }
    return status;
}

cm_status cmi_cac_present(const cmi_input *in, const void *options, cmi_output *out)
{
    const cmi_cac_options *o = options;
    sums all = { 0 };

    for (int t = SUMMARY; t <= CATEGORIES; t++)
        cmi_out(out, t); /* empty, where nothing was spent */
    if (o->steps) cmi_out(out, STEPS);
    for (uint32_t group = 0; group < cmi_state_n_groups(in->state); group++) {
        sums x;
        if (!open_sums(&x, in->ctx, in->state, o->lag)) {
            close_sums(&x);
            return cmi_no_memory(in->ctx, in->err);
        }
        read_sums(&x, in->state, group);
        emit_summary(cmi_out(out, SUMMARY), o, &x, in->state, group);
        emit_periods(cmi_out(out, PERIODS), o, &x, in->state, group);
        emit_channels(cmi_out(out, CHANNELS), &x, in->state, group, cmi_output_confidence(out));
        emit_categories(cmi_out(out, CATEGORIES), &x, in->state, group);
        all.total += x.total;
        close_sums(&x);
    }
    cm_status status = o->steps ? emit_steps(in, &all, out) : CM_OK;
    return status == CM_OK ? cmi_output_status(out) : status;
}
