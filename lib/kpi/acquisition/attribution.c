/* SPDX-License-Identifier: MIT */

/* attribution: which channels won the conversions, by rules, by removal from a Markov chain, by
 * Shapley values.
 *
 * Formula     path of a conversion at t = touches in [t - window, t], strictly after the conversion
 * before; a touch is an event with a channel, never the conversion's own row first, last,
 * last_non_direct: all to one touch      linear: alike      participation: all to each channel
 *             position: .4 first, .4 last, .2 shared by those between; j: .2, .6, .2; two touches:
 * without the middle time_decay: weight 2^-(age / half_life) markov: share of the removal effect 1
 * - p(conversion without the channel) / p(conversion), exact solve shapley: v(S) = conversions of
 * paths whose channels all lie in S. That game is a sum over paths of unanimity games, so a path's
 * conversions go to its distinct channels alike: exact for any number Edge cases  no touch: channel
 * null                      touches that led to no conversion: a null path conversions are split in
 * units of 2^-40, money in the smallest unit, by largest remainder, ties by channel: credits of a
 * model sum to the conversions and to the last unit of money (participation: each gets all) a
 * weight that the option leaves out (no middle) is rescaled      repeats of a channel in a row are
 * steps paths given as a table have no times: time_decay leaves them out and says so References
 * Anderl, E., Becker, I., von Wangenheim, F., Schumann, J. H. (2016). Mapping the customer journey.
 *             Int. J. Research in Marketing 33(3). doi:10.1016/j.ijresmar.2016.03.001
 *             Shapley, L. S. (1953). A Value for n-Person Games. doi:10.1515/9781400881970-018
 */
#include "kpi/acquisition/attribution.h"

enum { CONVERSION = 1, TOUCH, DIRECT };
enum { CHANNEL, AMOUNT, ORDINAL, VALUE };

static const cmi_option OPTIONS[] = {
    CMI_OPT_COMMON(cmi_attribution_options, common, CMI_HAS_BY | CMI_HAS_UNIT, "all"),
    CMI_OPT(
        CHOICE, cmi_attribution_options, model, "model", "linear",
        "first|last|last_non_direct|linear|position|time_decay|j|participation|markov|shapley|all",
        "", "how conversions are credited; all: one after the other"),
    CMI_OPT(SELECTOR, cmi_attribution_options, conversion, "conversion", "orders", NULL, "",
            "what is to be credited"),
    CMI_OPT(TEXT, cmi_attribution_options, channel, "channel", "channel", NULL, "",
            "dimension that names the channel of a touch"),
    CMI_OPT(DURATION, cmi_attribution_options, window, "window", "30d", NULL, "",
            "touches older than this are not credited"),
    CMI_OPT(DURATION, cmi_attribution_options, half_life, "half_life", "7d", NULL, "",
            "model=time_decay: age that halves a weight"),
    CMI_OPT(NUMBERS, cmi_attribution_options, weights, "weights", NULL, "0..1", "ratio",
            "model=position (.4,.2,.4) and j (.2,.2,.6): first, all between, last"),
    CMI_OPT(TEXT, cmi_attribution_options, direct, "direct", "direct", NULL, "",
            "model=last_non_direct: the channel that is passed over"),
    CMI_OPT(INT, cmi_attribution_options, order, "order", "1", "1..4", "touches",
            "model=markov: touches that the next step depends on"),
    CMI_OPT(BOOL, cmi_attribution_options, null_paths, "null_paths", "true", NULL, "",
            "model=markov: paths without conversion count"),
    CMI_OPT_END
};
static const cmi_cells_def CELLS[] = {
    [CMI_PATHS_SEEN] =
        CMI_CELLS("paths", "path...:@0", "conversions:sum128,value:sum128,nulls:sum128"),
    [CMI_PATHS_GIVEN] =
        CMI_CELLS("paths_given", "path...:own", "conversions:sum128,value:sum128,nulls:sum128"),
    [CMI_CREDIT] = CMI_CELLS("credit", "model,channel:@0", "conversions:sum128,value:sum128"),
    CMI_CELLS_END
};
static const cmi_alternative EVERY_EVENT = { .fact = CMI_EVENTS };
static const cmi_selector EVENTS = { "events", CMI_FACT_BIT(CMI_EVENTS), 1, &EVERY_EVENT };

/* Events whose channel is the direct one. */
static const cmi_selector *select_direct(cmi_plan *p, const cmi_attribution_options *o)
{
    cmi_selector *s = cmi_plan_alloc(p, sizeof *s);
    cmi_alternative *a = cmi_plan_alloc(p, sizeof *a);
    cmi_condition *c = cmi_plan_alloc(p, sizeof *c);
    const char **name = cmi_plan_alloc(p, sizeof *name);

    if (!s || !a || !c || !name) return &EVENTS;
    *name = o->direct;
    *c = (cmi_condition){ .dimension = o->channel, .kind = CMI_IN, .values = { 1, name } };
    *a = (cmi_alternative){ .fact = CMI_EVENTS, .where = { 1, c } };
    *s = (cmi_selector){ "events;direct", CMI_FACT_BIT(CMI_EVENTS), 1, a };
    return s;
}

static cm_status plan(cmi_plan *p, void *opt)
{
    const cmi_attribution_options *o = opt;

    if (o->weights.n && o->weights.n != 3)
        return cmi_plan_fail(p, CM_ERR_OPTION, "weights",
                             "weights are three: first, all between, last");
    if (o->weights.n && o->weights.v[0] + o->weights.v[1] + o->weights.v[2] <= 0)
        return cmi_plan_fail(p, CM_ERR_OPTION, "weights", "weights are all 0");
    cmi_plan_stream(p, CMI_FACT_BIT(CMI_EVENTS) | o->conversion.tables, CMI_BY_GIVEN);
    cmi_plan_select(p, CONVERSION, &o->conversion);
    cmi_plan_select(p, TOUCH, &EVENTS);
    cmi_plan_select(p, DIRECT, select_direct(p, o));
    cmi_plan_value(p, CHANNEL, o->channel);
    cmi_plan_value(p, AMOUNT, "amount");
    cmi_plan_value(p, ORDINAL, "@ordinal");
    cmi_plan_value(p, VALUE, "value");
    cmi_plan_side(p, CMI_SIDE_PATHS);
    return cmi_plan_status(p);
}

/* ---- credits of one path ---- */

/* Room for one path, and where its numbers go. */
typedef struct credit {
    cmi_state *s;
    const cmi_attribution_options *o;
    uint32_t group;
    int64_t direct;
    cmi_touch *touch;
    cmi_weight *weight;
    int64_t *key, *part_weight;
    cmi_i128 *part;
} credit;

static bool open_credit(credit *c, int64_t n)
{
    size_t each = sizeof(cmi_touch) + sizeof(cmi_weight) + 2 * sizeof(int64_t) + sizeof(cmi_i128);
    char *block = cmi_state_scratch(c->s, n + 1, each);
    size_t rows = (size_t)n + 1;

    if (!block) return false;
    c->part = (cmi_i128 *)(void *)block;
    c->touch = (cmi_touch *)(void *)(c->part + rows);
    c->weight = (cmi_weight *)(void *)(c->touch + rows);
    c->key = (int64_t *)(void *)(c->weight + rows);
    c->part_weight = c->key + rows;
    return true;
}

static void add_credit(const credit *c, int64_t rule, int64_t channel, cmi_i128 conversions,
                       cmi_i128 value)
{
    cmi_cell_row row = cmi_at(c->s, CMI_CREDIT, c->group, (int64_t[]){ rule, channel }, 2);
    cmi_add128(c->s, CMI_CREDIT, row, CMI_CREDIT_CONVERSIONS, conversions);
    cmi_add128(c->s, CMI_CREDIT, row, CMI_CREDIT_VALUE, value);
}

static void credit_rule(const credit *c, cmi_credit_model rule, int64_t n, cmi_i128 conversions,
                        cmi_i128 value)
{
    int64_t found = cmi_rule_weights(c->o, rule, c->touch, n, c->direct, c->weight);

    for (int64_t i = 0; i < found; i++) c->part_weight[i] = c->weight[i].weight;
    if (rule == CMI_PARTICIPATION) {
        for (int64_t i = 0; i < found; i++)
            add_credit(c, rule, c->weight[i].channel, conversions, value);
        return;
    }
    cmi_split(conversions, c->part_weight, found, c->part);
    for (int64_t i = 0; i < found; i++) add_credit(c, rule, c->weight[i].channel, c->part[i], 0);
    cmi_split(value, c->part_weight, found, c->part);
    for (int64_t i = 0; i < found; i++) add_credit(c, rule, c->weight[i].channel, 0, c->part[i]);
}

/* The path whose channels stand in key. */
static void add_path(const credit *c, int paths, int64_t n, cmi_i128 conversions, cmi_i128 value,
                     cmi_i128 nulls)
{
    cmi_cell_row row = cmi_at(c->s, paths, c->group, c->key, (int)n);
    cmi_add128(c->s, paths, row, CMI_PATH_CONVERSIONS, conversions);
    cmi_add128(c->s, paths, row, CMI_PATH_VALUE, value);
    cmi_add128(c->s, paths, row, CMI_PATH_NULLS, nulls);
}

/* One path of n touches (0: the channel null), with what it brought. */
static void credit_path(const credit *c, int64_t n, cmi_i128 conversions, cmi_i128 value,
                        cmi_i128 nulls)
{
    if (!n) c->touch[n++] = (cmi_touch){ 0, 0 };
    for (int rule = 0; rule < CMI_N_RULES; rule++) {
        bool wanted = c->o->model == rule || c->o->model == CMI_ALL_MODELS;
        if (!wanted) continue;
        for (int64_t i = 0; i < n; i++)
            add_credit(c, rule, c->touch[i].channel, 0, 0); /* seen, if with nothing */
        if (conversions || value) credit_rule(c, (cmi_credit_model)rule, n, conversions, value);
    }
    for (int64_t i = 0; i < n; i++) c->key[i] = c->touch[i].channel;
    add_path(c, CMI_PATHS_SEEN, n, conversions, value, nulls);
}

/* ---- from events ---- */

static bool is_touch(const cmi_span *rows, int64_t i)
{
    return cmi_span_has(rows, i, TOUCH) && rows->value[CHANNEL][i] > 0;
}

static bool inside(const cmi_attribution_options *o, int64_t time)
{
    return time >= o->common.from && time < o->common.to;
}

/* Touches of rows [from, to) with a time in [lower, upper], but the row `own`. Returns their
 * number. */
static int64_t take_touches(credit *c, const cmi_span *rows, int64_t from, int64_t lower,
                            int64_t upper, int64_t own, int64_t at)
{
    int64_t n = 0;
    for (int64_t i = from; i < rows->n && rows->time[i] <= upper; i++) {
        if (i == own || rows->time[i] < lower || !is_touch(rows, i)) continue;
        if (rows->sel[i] >> DIRECT & 1) c->direct = rows->value[CHANNEL][i];
        c->touch[n++] = (cmi_touch){ rows->value[CHANNEL][i], at - rows->time[i] };
    }
    return n;
}

/* Touches that led to nothing: one null path, in the window of its last touch. */
static void credit_leftover(credit *c, const cmi_span *rows, int64_t from, int64_t lower,
                            int64_t upper)
{
    int64_t last = -1, n;
    for (int64_t i = from; i < rows->n && rows->time[i] <= upper; i++)
        if (rows->time[i] >= lower && is_touch(rows, i)) last = i;
    if (last < 0 || !inside(c->o, rows->time[last])) return;
    c->group = cmi_span_group(rows, last);
    n = take_touches(c, rows, from, lower, upper, -1, rows->time[last]);
    credit_path(c, n, 0, 0, CMI_ONE_CONVERSION);
}

/* Net amount of the order whose head is row i: all its lines, wherever they stand. Lines of one
 * order are neighbours in nearly all data; the rows between are passed over. */
static int64_t order_value(const cmi_span *rows, int64_t i)
{
    int64_t sum = 0, ordinal = rows->value[ORDINAL][i];
    for (int64_t k = 0; k < rows->n; k++) {
        if (cmi_span_table(rows, k) != CMI_ORDERS || rows->value[ORDINAL][k] != ordinal) continue;
        if (rows->sel[k] & 1 && rows->value[AMOUNT][k] != CMI_NULL) sum += rows->value[AMOUNT][k];
    }
    return sum;
}

static int64_t conversion_value(const cmi_span *rows, int64_t i)
{
    int64_t value = rows->value[VALUE][i];
    if (cmi_span_table(rows, i) == CMI_ORDERS) return order_value(rows, i);
    return value == CMI_NULL ? 0 : value;
}

static void collect(cmi_state *s, const void *opt, const cmi_span *rows)
{
    const cmi_attribution_options *o = opt;
    credit c = { .s = s, .o = o, .direct = -1 };
    int64_t after = INT64_MIN, from = 0; /* touches count from here */

    if (!open_credit(&c, rows->n)) return;
    for (int64_t i = 0; i < rows->n; i++) {
        if (!(rows->sel[i] >> CONVERSION & 1)) continue;
        int64_t t = rows->time[i], lower = cmi_time_add(o->common.tz, t, o->window, -1, false);
        if (lower > after) credit_leftover(&c, rows, from, after, lower - 1);
        if (rows->sel[i] & 1 && inside(o, t)) {
            int64_t n = take_touches(&c, rows, from, lower > after ? lower : after, t, i, t);
            c.group = cmi_span_group(rows, i);
            credit_path(&c, n, CMI_ONE_CONVERSION, conversion_value(rows, i), 0);
        }
        after = t + 1;
        while (from < rows->n && rows->time[from] < after) from++;
    }
    credit_leftover(&c, rows, from, after, INT64_MAX);
}

/* ---- from the side table ---- */

static int64_t split_path(const credit *c, const char *text, size_t length)
{
    const char *end = text + length;
    int64_t n = 0;

    for (const char *p = text; p < end;) {
        const char *stop = memchr(p, '>', (size_t)(end - p)), *last;
        if (!stop) stop = end;
        for (last = stop; last > p && last[-1] == ' ';) last--;
        while (p < last && *p == ' ') p++;
        if (last > p)
            c->key[n++] = cmi_state_intern(c->s, CMI_PATHS_GIVEN, 0, p, (size_t)(last - p));
        p = stop < end ? stop + 1 : end;
    }
    if (!n) c->key[n++] = 0;
    return n;
}

static double number_at(const cmi_side *side, const char *role, int64_t row)
{
    int32_t at = side->role_column[cmi_role_find(cmi_side_get(CMI_SIDE_PATHS), role)];
    double v = at < 0 ? 0 : side->columns[at].f64[row];
    return v == v ? v : 0;
}

static cmi_i128 money_of(const cmi_state *s, double v)
{
    cmi_i128 exact =
        cmi_fix128(v); /* 2^-40 is far below the smallest unit: one rounding to it, half up */
    for (int32_t i = 0; i < cmi_state_scale(s); i++) exact *= 10;
    cmi_i128 half = CMI_ONE_CONVERSION / 2;
    return (exact + (exact < 0 ? -half : half)) / CMI_ONE_CONVERSION;
}

static void collect_row(credit *c, const cmi_side *side, const cmi_side_column *path, int64_t row)
{
    static const cmi_i128 MOST = (cmi_i128)1 << 100;
    double conversions = number_at(side, "conversions", row), nulls = number_at(side, "nulls", row);
    double value = number_at(side, "value", row);
    size_t length = 0;
    const char *text = path->u32[row] ? cmi_dict_text(path->dict, path->u32[row], &length) : "";

    if (conversions < 0 || nulls < 0 || cmi_fix128(conversions) > MOST ||
        cmi_fix128(nulls) > MOST || value > 1e15 || value < -1e15) {
        cmi_state_fail(c->s, CM_ERR_DATA,
                       "paths, row %lld: a count below 0, or a number that does not fit",
                       (long long)row + 1);
        return;
    }
    if (!open_credit(c, (int64_t)length)) return;
    int64_t n = split_path(c, text, length);
    add_path(c, CMI_PATHS_GIVEN, n, cmi_fix128(conversions), money_of(c->s, value),
             cmi_fix128(nulls));
}

static void collect_side(cmi_state *s, const void *opt, const cmi_side *side, cmi_side_id id)
{
    credit c = { .s = s, .o = opt, .direct = -1 };
    const cmi_side_column *path =
        &side->columns[side->role_column[cmi_role_find(cmi_side_get(id), "path")]];

    for (int64_t i = 0; i < side->n_rows; i++) collect_row(&c, side, path, i);
}

const cmi_kpi cmi_kpi_attribution = {
    .id = "attribution",
    .family = "acquisition",
    .version = 1,
    .title = "Attribution",
    .direction = 0,
    .definition = "Conversions and their value credited to the channels that led to them: by "
                  "rules, by removal from a Markov "
                  "chain, by Shapley values; from events, or from a table of paths.",
    .formula = "path = touches in [t - window, t] after the conversion before; markov: 1 - "
               "p(conversion without channel) / "
               "p(conversion), normalised; shapley: conversions of a path go to its distinct "
               "channels alike",
    .edge_cases = "A conversion without touches is credited to the channel null.\n"
                  "Touches that led to nothing make a null path.\n"
                  "Credits sum to the conversions and to the last unit of money; participation "
                  "gives all to each channel.\n"
                  "Paths given as a table have no times, so time_decay leaves them out.",
    .references =
        "Anderl, E., Becker, I., von Wangenheim, F., Schumann, J. H. (2016). Mapping the customer "
        "journey: Lessons learned "
        "from graph-based online attribution modeling. Int. J. Research in Marketing 33(3), "
        "457-474. "
        "doi:10.1016/j.ijresmar.2016.03.001\n"
        "Shapley, L. S. (1953). A Value for n-Person Games. doi:10.1515/9781400881970-018",
    .facts = "events [orders]|paths",
    .stages = "acquire",
    .businesses = "shop app subscription",
    .goals = "acquisition efficiency",
    .levers = "move budget to channels with more credit than spend -> cac\ntest a channel by "
              "switching it off -> ab_test",
    .headline = "conversions",
    .factors = "",
    .detail = "",
    .label = "",
    .example = "model=all",
    .anonymous = true,
    .options = OPTIONS,
    .options_size = sizeof(cmi_attribution_options),
    .cells = CELLS,
    .tables = cmi_attribution_tables,
    .plan = plan,
    .collect = collect,
    .collect_side = collect_side,
    .present = cmi_attribution_present,
};
