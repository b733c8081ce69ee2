/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "kpi/acquisition/attribution.h"

/* The presenting half of attribution: channels of both sources under one numbering, credits of the
 * rules as they were collected, and the two games played on the paths. */
enum { CHANNELS, SUMMARY };
enum { C_BY, C_MODEL, C_CHANNEL, C_CONVERSIONS, C_VALUE, C_SHARE, C_REMOVAL };
enum { S_BY, S_CONVERSIONS, S_VALUE, S_PATHS, S_NULLS, S_RATE };

static const cmi_column_def CHANNEL_COLUMNS[] = {
    [C_BY] = CMI_COL_BY,
    [C_MODEL] = CMI_COL_KEY_TEXT("model", "how conversions are credited"),
    [C_CHANNEL] = CMI_COL_KEY_TEXT("channel", "channel; null: conversions without a touch"),
    [C_CONVERSIONS] =
        CMI_COL_F64("conversions", "conversions", "conversions credited to the channel"),
    [C_VALUE] = CMI_COL_MONEY("value", CMI_OVER_GROUPS, "their value"),
    [C_SHARE] = CMI_COL_F64("share", "ratio",
                            "conversions / all conversions (participation: does not add up)"),
    [C_REMOVAL] = CMI_COL_F64("removal_effect", "ratio",
                              "markov: share of the conversions lost without the channel"),
    CMI_COL_END
};
static const cmi_column_def SUMMARY_COLUMNS[] = {
    [S_BY] = CMI_COL_BY,
    [S_CONVERSIONS] = CMI_COL_F64("conversions", "conversions", "conversions of all paths"),
    [S_VALUE] = CMI_COL_MONEY("value", CMI_ALWAYS, "their value"),
    [S_PATHS] = CMI_COL_COUNT("n_paths", CMI_OVER_GROUPS, "different paths"),
    [S_NULLS] = CMI_COL_F64("nulls", "paths", "walks that ended without a conversion"),
    [S_RATE] = CMI_COL_F64("conversion_ratio", "ratio", "conversions / (conversions + nulls)"),
    CMI_COL_END
};
const cmi_table_def cmi_attribution_tables[] = {
    [CHANNELS] = CMI_TABLE("channels", CHANNEL_COLUMNS, "one row per group, model and channel"),
    [SUMMARY] = CMI_TABLE("summary", SUMMARY_COLUMNS, "one row per group"),
    CMI_TABLE_END
};
static const char *const MODEL[] = { "first",      "last", "last_non_direct", "linear", "position",
                                     "time_decay", "j",    "participation",   "markov", "shapley" };

/* All channels in one canonical list; codes of the two sources in it. 0 is null. */
typedef struct channels {
    cmi_dict *all;
    uint32_t *of_seen, *of_given; /* NULL: as they are */
    int64_t n;                    /* codes 0 .. n - 1 */
} channels;

typedef struct game {
    const cmi_input *in;
    const cmi_attribution_options *o;
    const cmi_state *s;
    channels names;
    uint8_t *present; /* by channel, in the group at hand */
    cmi_i128 *conversions, *value;
    cmi_i128 total, total_value, nulls;
    int64_t n_paths;
} game;

static cm_status join_names(const cmi_input *in, channels *c)
{
    cmi_dict *seen = (cmi_dict *)(uintptr_t)cmi_cells_dict(in->state, CMI_PATHS_SEEN, 0);
    cmi_dict *given = (cmi_dict *)(uintptr_t)cmi_cells_dict(in->state, CMI_PATHS_GIVEN, 0);

    if (seen && given) {
        c->all = cmi_dict_union(seen, given, &c->of_seen, &c->of_given);
        if (!c->all) return cmi_no_memory(in->ctx, in->err);
    } else {
        c->all = seen ? seen : given;
        if (c->all) cmi_dict_retain(c->all);
    }
    c->n = (c->all ? c->all->n : 0) + 1;
    return CM_OK;
}

static int64_t channel_of(const channels *c, int cells, int64_t code)
{
    const uint32_t *map = cells == CMI_PATHS_GIVEN ? c->of_given : c->of_seen;
    return map ? (int64_t)map[code] : code;
}

static void clear(game *g)
{
    memset(g->conversions, 0, (size_t)g->names.n * sizeof *g->conversions);
    memset(g->value, 0, (size_t)g->names.n * sizeof *g->value);
}

static double in_conversions(cmi_i128 units)
{
    return (double)units / (double)CMI_ONE_CONVERSION;
}

static void emit_model(game *g, cmi_output *out, uint32_t group, int model, const double *effect)
{
    cmi_rows *t = cmi_out(out, CHANNELS);
    for (int64_t c = 0; c < g->names.n; c++) {
        size_t n;
        if (!g->present[c]) continue;
        cmi_row(t, group);
        cmi_emit_text_z(t, C_MODEL, MODEL[model]);
        if (c) {
            const char *text = cmi_dict_text(g->names.all, (uint32_t)c, &n);
            cmi_emit_text_n(t, C_CHANNEL, text, n);
        }
        cmi_emit_f64(t, C_CONVERSIONS, in_conversions(g->conversions[c]));
        cmi_emit_money(t, C_VALUE, g->value[c]);
        cmi_emit_ratio(t, C_SHARE, g->conversions[c], g->total);
        if (effect) cmi_emit_f64(t, C_REMOVAL, effect[c]);
    }
}

/* ---- paths ---- */

static void read_path(game *g, int cells, int64_t row)
{
    int n;
    const int64_t *key = cmi_cells_key(g->s, cells, row, &n);
    for (int i = 0; i < n; i++) g->present[channel_of(&g->names, cells, key[i])] = 1;
    g->total += cmi_cells_i128(g->s, cells, row, CMI_PATH_CONVERSIONS);
    g->total_value += cmi_cells_i128(g->s, cells, row, CMI_PATH_VALUE);
    g->nulls += cmi_cells_i128(g->s, cells, row, CMI_PATH_NULLS);
    g->n_paths++;
}

static void read_paths(game *g, uint32_t group)
{
    static const int SOURCE[] = { CMI_PATHS_SEEN, CMI_PATHS_GIVEN };
    int64_t from, to;

    memset(g->present, 0, (size_t)g->names.n);
    g->total = g->total_value = g->nulls = 0;
    g->n_paths = 0;
    for (int k = 0; k < 2; k++) {
        cmi_cells_range(g->s, SOURCE[k], group, &from, &to);
        for (int64_t i = from; i < to; i++) read_path(g, SOURCE[k], i);
    }
}

/* ---- games ---- */

/* Room for one path of n steps. */
typedef struct room {
    cmi_touch *touch;
    cmi_weight *weight;
    int64_t *ones, *weights;
    cmi_i128 *part;
    void *block;
} room;

static bool open_room(cm_context *ctx, int64_t n, room *r)
{
    size_t rows = (size_t)n + 1;
    char *p = cmi_malloc_n(
        ctx, rows, sizeof(cmi_i128) + sizeof(cmi_touch) + sizeof(cmi_weight) + 2 * sizeof(int64_t));
    if (!p) return false;
    r->block = p;
    r->part = (cmi_i128 *)(void *)p;
    r->touch = (cmi_touch *)(void *)(r->part + rows);
    r->weight = (cmi_weight *)(void *)(r->touch + rows);
    r->ones = (int64_t *)(void *)(r->weight + rows);
    r->weights = r->ones + rows;
    for (size_t i = 0; i < rows; i++) r->ones[i] = 1;
    return true;
}

static int64_t longest_path(const cmi_state *s)
{
    static const int SOURCE[] = { CMI_PATHS_SEEN, CMI_PATHS_GIVEN };
    int64_t most = 0;
    int n;
    for (int k = 0; k < 2; k++)
        for (int64_t i = 0; i < cmi_cells_n(s, SOURCE[k]); i++) {
            cmi_cells_key(s, SOURCE[k], i, &n);
            most = n > most ? n : most;
        }
    return most;
}

static int64_t read_touches(const game *g, room *r, int cells, int64_t row)
{
    int n;
    const int64_t *key = cmi_cells_key(g->s, cells, row, &n);

    for (int i = 0; i < n; i++)
        r->touch[i] = (cmi_touch){ channel_of(&g->names, cells, key[i]), 0 };
    return n;
}

static void share_alike(game *g, room *r, int cells, int64_t row)
{
    int64_t n = read_touches(g, r, cells, row);
    int64_t found = cmi_distinct_channels(r->touch, n, r->weight);
    cmi_split(cmi_cells_i128(g->s, cells, row, CMI_PATH_CONVERSIONS), r->ones, found, r->part);
    for (int64_t i = 0; i < found; i++) g->conversions[r->weight[i].channel] += r->part[i];
    cmi_split(cmi_cells_i128(g->s, cells, row, CMI_PATH_VALUE), r->ones, found, r->part);
    for (int64_t i = 0; i < found; i++) g->value[r->weight[i].channel] += r->part[i];
}

static cm_status play_shapley(game *g, uint32_t group)
{
    static const int SOURCE[] = { CMI_PATHS_SEEN, CMI_PATHS_GIVEN };
    int64_t from, to;
    room r;

    if (!open_room(g->in->ctx, longest_path(g->s), &r))
        return cmi_no_memory(g->in->ctx, g->in->err);
    clear(g);
    for (int k = 0; k < 2; k++) {
        cmi_cells_range(g->s, SOURCE[k], group, &from, &to);
        for (int64_t i = from; i < to; i++) share_alike(g, &r, SOURCE[k], i);
    }
    cmi_free(g->in->ctx, r.block);
    return CM_OK;
}

/* ---- rules ---- */

static void read_credits(game *g, uint32_t group, int rule)
{
    int64_t from, to;
    int n;

    cmi_cells_range(g->s, CMI_CREDIT, group, &from, &to);
    for (int64_t i = from; i < to; i++) {
        const int64_t *key = cmi_cells_key(g->s, CMI_CREDIT, i, &n);
        if (key[0] != rule) continue;
        int64_t c = channel_of(&g->names, CMI_CREDIT, key[1]);
        g->conversions[c] += cmi_cells_i128(g->s, CMI_CREDIT, i, CMI_CREDIT_CONVERSIONS);
        g->value[c] += cmi_cells_i128(g->s, CMI_CREDIT, i, CMI_CREDIT_VALUE);
    }
}

static void credit_given(game *g, room *r, int rule, int64_t direct, int64_t row)
{
    cmi_i128 conversions = cmi_cells_i128(g->s, CMI_PATHS_GIVEN, row, CMI_PATH_CONVERSIONS);
    cmi_i128 value = cmi_cells_i128(g->s, CMI_PATHS_GIVEN, row, CMI_PATH_VALUE);
    int64_t n = read_touches(g, r, CMI_PATHS_GIVEN, row);
    int64_t found = cmi_rule_weights(g->o, (cmi_credit_model)rule, r->touch, n, direct, r->weight);

    for (int64_t i = 0; i < found; i++) r->weights[i] = r->weight[i].weight;
    if (rule != CMI_PARTICIPATION) cmi_split(conversions, r->weights, found, r->part);
    for (int64_t i = 0; i < found; i++)
        g->conversions[r->weight[i].channel] +=
            rule == CMI_PARTICIPATION ? conversions : r->part[i];
    if (rule != CMI_PARTICIPATION) cmi_split(value, r->weights, found, r->part);
    for (int64_t i = 0; i < found; i++)
        g->value[r->weight[i].channel] += rule == CMI_PARTICIPATION ? value : r->part[i];
}

/* What was credited as it was collected, and the paths of the side table, which say all a rule
 * asks. */
static cm_status play_rule(game *g, uint32_t group, int rule)
{
    size_t n = strlen(g->o->direct);
    uint32_t code = g->names.all ? cmi_dict_find(g->names.all, g->o->direct, n) : 0;
    int64_t from, to;
    room r;

    if (!open_room(g->in->ctx, longest_path(g->s), &r))
        return cmi_no_memory(g->in->ctx, g->in->err);
    clear(g);
    read_credits(g, group, rule);
    cmi_cells_range(g->s, CMI_PATHS_GIVEN, group, &from, &to);
    for (int64_t i = from; i < to && rule != CMI_TIME_DECAY; i++)
        credit_given(g, &r, rule, code ? (int64_t)code : -1, i);
    cmi_free(g->in->ctx, r.block);
    return CM_OK;
}

/* ---- Markov ---- */

static double in_money(cmi_i128 value)
{
    return (double)value;
}

/* The paths of the group as walks through the joined channels; steps[] holds all of them. */
static int64_t list_walks(const game *g, uint32_t group, cmi_walk_path *walk, int64_t *step)
{
    static const int SOURCE[] = { CMI_PATHS_SEEN, CMI_PATHS_GIVEN };
    int64_t from, to, n = 0;
    int n_key;

    for (int k = 0; k < 2; k++) {
        cmi_cells_range(g->s, SOURCE[k], group, &from, &to);
        for (int64_t i = from; i < to; i++) {
            const int64_t *key = cmi_cells_key(g->s, SOURCE[k], i, &n_key);
            for (int j = 0; j < n_key; j++) step[j] = channel_of(&g->names, SOURCE[k], key[j]);
            double nulls = g->o->null_paths
                               ? in_conversions(cmi_cells_i128(g->s, SOURCE[k], i, CMI_PATH_NULLS))
                               : 0;
            walk[n++] = (cmi_walk_path){
                step, n_key,
                in_conversions(cmi_cells_i128(g->s, SOURCE[k], i, CMI_PATH_CONVERSIONS)), nulls,
                in_money(cmi_cells_i128(g->s, SOURCE[k], i, CMI_PATH_VALUE))
            };
            step += n_key;
        }
    }
    return n;
}

static int64_t count_steps(const cmi_state *s)
{
    static const int SOURCE[] = { CMI_PATHS_SEEN, CMI_PATHS_GIVEN };
    int64_t steps = 0;
    int n;
    for (int k = 0; k < 2; k++)
        for (int64_t i = 0; i < cmi_cells_n(s, SOURCE[k]); i++) {
            cmi_cells_key(s, SOURCE[k], i, &n);
            steps += n;
        }
    return steps;
}

/* Effects as whole weights: parts of 2^52 of the largest. */
static void split_by_effect(cmi_i128 total, const double *effect, int64_t n, int64_t *weight,
                            cmi_i128 *part)
{
    double most = 0;
    for (int64_t c = 0; c < n; c++) most = effect[c] > most ? effect[c] : most;
    for (int64_t c = 0; c < n; c++)
        weight[c] =
            most > 0 && effect[c] > 0 ? (int64_t)rint(effect[c] / most * 4503599627370496.0) : 0;
    if (most > 0) cmi_split(total, weight, n, part);
}

static cm_status play_markov(game *g, uint32_t group, double *effect)
{
    cm_context *ctx = g->in->ctx;
    size_t n_rows =
        (size_t)(cmi_cells_n(g->s, CMI_PATHS_SEEN) + cmi_cells_n(g->s, CMI_PATHS_GIVEN)) + 1;
    cmi_walk_path *walk = cmi_malloc_n(ctx, n_rows, sizeof *walk);
    int64_t *step = cmi_malloc_n(ctx, (size_t)count_steps(g->s) + 1, sizeof *step);
    int64_t *weight = cmi_malloc_n(ctx, (size_t)g->names.n, sizeof *weight);
    double *value_effect = effect + g->names.n;
    cm_status status = walk && step && weight ? CM_OK : cmi_no_memory(ctx, g->in->err);

    clear(g);
    if (status == CM_OK) {
        int64_t n = list_walks(g, group, walk, step);
        status = cmi_markov_removal(ctx, walk, n, g->names.n, g->o->order, effect, value_effect,
                                    g->in->err);
    }
    if (status == CM_OK) {
        split_by_effect(g->total, effect, g->names.n, weight, g->conversions);
        split_by_effect(g->total_value, value_effect, g->names.n, weight, g->value);
    }
    cmi_free(ctx, walk);
    cmi_free(ctx, step);
    cmi_free(ctx, weight);
    return status;
}

/* ---- the whole ---- */

static void emit_summary(const game *g, cmi_output *out, uint32_t group)
{
    cmi_rows *t = cmi_out(out, SUMMARY);
    cmi_row(t, group);
    cmi_emit_f64(t, S_CONVERSIONS, in_conversions(g->total));
    cmi_emit_money(t, S_VALUE, g->total_value);
    cmi_emit_i64(t, S_PATHS, g->n_paths);
    cmi_emit_f64(t, S_NULLS, in_conversions(g->nulls));
    cmi_emit_ratio(t, S_RATE, g->total, g->total + g->nulls);
}

static cm_status present_group(game *g, cmi_output *out, uint32_t group, double *effect)
{
    cm_status status = CM_OK;

    read_paths(g, group);
    emit_summary(g, out, group);
    for (int model = 0; model < CMI_ALL_MODELS && status == CM_OK; model++) {
        if (g->o->model != model && g->o->model != CMI_ALL_MODELS) continue;
        if (model == CMI_TIME_DECAY && cmi_cells_n(g->s, CMI_PATHS_GIVEN)) {
            cmi_diagnose(out, "no_times",
                         "paths given as a table have no times: time_decay leaves them out");
            if (!cmi_cells_n(g->s, CMI_PATHS_SEEN)) continue;
        }
        if (model < CMI_N_RULES) status = play_rule(g, group, model);
        if (model == CMI_MARKOV) status = play_markov(g, group, effect);
        if (model == CMI_SHAPLEY) status = play_shapley(g, group);
        if (status == CM_OK) emit_model(g, out, group, model, model == CMI_MARKOV ? effect : NULL);
    }
    return status;
}

cm_status cmi_attribution_present(const cmi_input *in, const void *options, cmi_output *out)
{
    game g = { .in = in, .o = options, .s = in->state };
    cm_status status = join_names(in, &g.names);
    double *effect = NULL;

    if (status == CM_OK) {
        size_t n = (size_t)g.names.n;
        g.present = cmi_calloc(in->ctx, n, 1);
        g.conversions = cmi_calloc(in->ctx, n, sizeof *g.conversions);
        g.value = cmi_calloc(in->ctx, n, sizeof *g.value);
        effect = cmi_calloc(in->ctx, 2 * n, sizeof *effect);
        if (!g.present || !g.conversions || !g.value || !effect)
            status = cmi_no_memory(in->ctx, in->err);
    }
    cmi_out(out, CHANNELS);
    for (uint32_t group = 0; status == CM_OK && group < cmi_state_n_groups(in->state); group++)
        status = present_group(&g, out, group, effect);
    cmi_free(in->ctx, g.present);
    cmi_free(in->ctx, g.conversions);
    cmi_free(in->ctx, g.value);
    cmi_free(in->ctx, effect);
    cmi_free(in->ctx, g.names.of_seen);
    cmi_free(in->ctx, g.names.of_given);
    cmi_dict_release(g.names.all);
    return status == CM_OK ? cmi_output_status(out) : status;
}
