/* SPDX-License-Identifier: MIT */

/* funnel: how many customers go through a series of steps, where they drop off, and how long they
 * take.
 *
 * Formula     An attempt begins with a row of step 1 and has, for each further step it reaches, a
 *             later row that fits it, none later than the window after the first.
 *             n(k) = customers (attempts) whose counted attempt reached step k
 *             of_entry(k) = n(k) / n(1); of_previous(k) = n(k) / n(step before k, optional ones
 *             apart); conversion = n(last) / n(1)
 *             any_entry: the longest attempt, then the earliest, then the shortest
 * Edge cases  window: exact time, its last instant included    one row reaches one step
 *             entry at or behind as_of - window: pending, out of every number, even if converted
 *             from and to choose entries, later steps may lie behind `to`
 *             rows that `where` refuses are no steps, no exclusions, and interrupt nothing
 *             rows of one instant: in the order of sequence, then of input
 *             nobody entered: null, undefined
 * References  ClickHouse reference, windowFunnel; Mixpanel, PostHog, Statsig and GrowthBook
 *             documentation of funnels. Hyndman, R. J., Fan, Y. (1996), doi:10.2307/2684934.
 *             Kuhn, H. W. (1955), doi:10.1002/nav.3800020109. Wilson, E. B. (1927),
 *             doi:10.1080/01621459.1927.10502953.
 */
#include "data/words.h"
#include "kpi/acquisition/funnel.h"

static const cmi_option OPTIONS[] = {
    CMI_OPT_COMMON(cmi_funnel, common,
                   CMI_HAS_BY | CMI_HAS_UNIT | CMI_HAS_CONFIDENCE | CMI_HAS_COMPAT | CMI_HAS_DETAIL,
                   "all"),
    CMI_OPT(STEPS, cmi_funnel, steps, "steps", NULL, NULL, "",
            "2 to 32 steps; | stands between alternatives of one"),
    CMI_OPT(DURATION, cmi_funnel, window, "window", "7d", "1s..100y", "",
            "from the first step to the last, its end included"),
    CMI_OPT(DURATIONS, cmi_funnel, step_windows, "step_windows", NULL, "0s..100y", "",
            "from each step to the next: one for all, or one less than steps"),
    CMI_OPT(CHOICE, cmi_funnel, order, "order", "ordered", "ordered|strict|any", "",
            "steps in order, in order with nothing between them, or in any order"),
    CMI_OPT(CHOICE, cmi_funnel, strict_scope, "strict_scope", "steps", "steps|all", "",
            "what interrupts order=strict: rows of any step, or any row"),
    CMI_OPT(INTS, cmi_funnel, anchors, "anchors", NULL, "1..32", "",
            "steps that keep their place in order=any: what stands before comes before"),
    CMI_OPT(INTS, cmi_funnel, optional, "optional", NULL, "2..31", "",
            "steps that may be left out"),
    CMI_OPT(CHOICE, cmi_funnel, entry, "entry", "any_entry",
            "any_entry|first_entry|last_entry|each_entry", "",
            "where attempts begin: wherever one gets furthest, at the first row of step 1, at the "
            "last before step 2, at each (counting=totals)"),
    CMI_OPT(CHOICE, cmi_funnel, ties, "ties", "stable", "stable|strictly_later|any_order_within",
            "", "rows of one instant, or within tie_window"),
    CMI_OPT(DURATION, cmi_funnel, tie_window, "tie_window", "0s", "0s..1d", "",
            "how far a step may lie before the one it follows (ties=any_order_within)"),
    CMI_OPT(TEXT, cmi_funnel, exclude, "exclude", NULL, NULL, "",
            "rows that stop an attempt, each with between:i-j behind it where not anywhere"),
    CMI_OPT(CHOICE, cmi_funnel, exclusion, "exclusion", "truncate", "truncate|disqualify", "",
            "what was reached stays counted, or nothing"),
    CMI_OPT(TEXTS, cmi_funnel, hold, "hold", NULL, NULL, "",
            "dimensions that all rows of an attempt must agree on; null agrees with nothing"),
    CMI_OPT(CHOICE, cmi_funnel, counting, "counting", "uniques", "uniques|totals|sessions", "",
            "customers, attempts one after the other, or sessions"),
    CMI_OPT(CHOICE, cmi_funnel, sessions, "sessions", "derived", "derived|given", "",
            "sessions by gap, or by their ids"),
    CMI_OPT(DURATION, cmi_funnel, gap, "gap", "30min", "0s..30d", "",
            "a longer pause ends a derived session"),
    CMI_OPT(TEXT, cmi_funnel, touch_text, "touch", "first", NULL, "",
            "row whose group counts: first, last, step:k, or all (the attempt stays in one group)"),
    CMI_OPT(TEXT, cmi_funnel, bins_text, "bins", NULL, NULL, "",
            "of the histogram: edges (1min,1h,1d), how many of equal width, log, or quantile:n"),
    CMI_OPT_END
};
static const cmi_cells_def CELLS[] = {
    [CMI_FUNNEL_REACHED] = CMI_CELLS("reached", "step", "n_customers,n_attempts"),
    [CMI_FUNNEL_LEFT] = CMI_CELLS("left", "all", "n_pending,n_disqualified"),
    [CMI_FUNNEL_TIMES] = CMI_CELLS("times", "to_2,to_3,to_4,to_5,to_6,to_7,to_8,to_9", "n"),
    [CMI_FUNNEL_LONG_TIMES] = CMI_CELLS("long_times", "to...", "n"),
    CMI_CELLS_END
};

/* ---- steps, levels, blocks ---- */

static bool has_step(const cmi_list *list, int step)
{
    for (int64_t i = 0; i < list->n; i++)
        if (list->v[i] == step + 1) return true;
    return false;
}

static cm_status make_levels(cmi_plan *p, cmi_funnel *o)
{
    if (o->steps.n < 2 || o->steps.n > CMI_FUNNEL_MAX_STEPS)
        return cmi_plan_fail(p, CM_ERR_OPTION, "steps", "a funnel has 2 to 32 steps; %s",
                             o->steps.n ? "these are too few or too many" : "none were given");
    o->n = (int)o->steps.n;
    o->n_levels = 0;
    for (int64_t i = 0; i < o->optional.n; i++)
        if (o->optional.v[i] >= o->n)
            return cmi_plan_fail(p, CM_ERR_OPTION, "optional",
                                 "the last step cannot be left out, nor one behind it");
    if (o->optional.n && o->order == CMI_FUNNEL_ANY)
        return cmi_plan_fail(p, CM_ERR_OPTION, "optional", "in order=any no step is optional");
    uint64_t between = 0;
    for (int k = 0; k < o->n; k++) {
        uint64_t bit = UINT64_C(1) << (CMI_FUNNEL_STEP + k);
        o->step_bits |= bit;
        if (has_step(&o->optional, k)) {
            between |= bit;
            continue;
        }
        o->between[o->n_levels] = between;
        o->step[o->n_levels++] = k;
        between = 0;
    }
    return CM_OK;
}

/* An anchored step is a block of its own; the steps between two anchors are one. */
static cm_status make_blocks(cmi_plan *p, cmi_funnel *o)
{
    if (o->anchors.n && o->order != CMI_FUNNEL_ANY)
        return cmi_plan_fail(p, CM_ERR_OPTION, "anchors", "anchors are for order=any");
    for (int64_t i = 0; i < o->anchors.n; i++)
        if (o->anchors.v[i] > o->n)
            return cmi_plan_fail(p, CM_ERR_OPTION, "anchors", "there are only %d steps", o->n);
    for (int from = 0, to; from < o->n; from = to) {
        to = from + 1;
        while (to < o->n && !has_step(&o->anchors, from) && !has_step(&o->anchors, to)) to++;
        for (int k = from; k < to; k++) o->block_end[k] = to;
    }
    return CM_OK;
}

/* ---- windows ---- */

static bool is_exact(const cmi_duration *d)
{
    return d->unit <= CMI_UNIT_WEEK;
}

static cm_status make_windows(cmi_plan *p, cmi_funnel *o)
{
    const cmi_durations *w = &o->step_windows;

    o->window_us = is_exact(&o->window) ? cmi_duration_us(o->window) : 0;
    o->tie_us = o->ties == CMI_FUNNEL_WITHIN ? cmi_duration_us(o->tie_window) : 0;
    o->gap_us = cmi_duration_us(o->gap);
    o->has_step_windows = w->n > 0;
    if (w->n && o->order == CMI_FUNNEL_ANY)
        return cmi_plan_fail(p, CM_ERR_OPTION, "step_windows",
                             "step_windows need an order of the steps");
    if (w->n > 1 && w->n != o->n - 1)
        return cmi_plan_fail(p, CM_ERR_OPTION, "step_windows", "%d steps have %d windows, or one",
                             o->n, o->n - 1);
    for (int64_t i = 0; i < w->n; i++)
        if (!is_exact(&w->v[i]))
            return cmi_plan_fail(p, CM_ERR_OPTION, "step_windows",
                                 "these windows are exact: use days or weeks");
    for (int k = 1; k < o->n_levels && w->n; k++)
        for (int step = o->step[k - 1]; step < o->step[k]; step++)
            o->step_window[k] += cmi_duration_us(w->v[w->n > 1 ? step : 0]);
    return CM_OK;
}

/* ---- exclude=refund between:2-3,error ---- */

static bool read_digits(const char **p, int *out)
{
    int v = 0, n = 0;

    for (; **p >= '0' && **p <= '9' && n < 3; (*p)++, n++) v = v * 10 + (**p - '0');
    *out = v;
    return n > 0;
}

static bool read_between(const char *p, const cmi_funnel *o, int *from, int *to)
{
    while (*p == ' ') p++;
    if (!read_digits(&p, from) || *p++ != '-' || !read_digits(&p, to)) return false;
    while (*p == ' ') p++;
    return !*p && *from >= 1 && *from < *to && *to <= o->n;
}

static cm_status read_exclusion(cmi_plan *p, const cmi_funnel *o, char *text,
                                cmi_funnel_exclusion *x)
{
    char *mark = NULL;
    int from = 1, to = o->n;

    for (char *at = text; (at = strstr(at, "between:")); at++)
        if (at > text && (at[-1] == ' ' || at[-1] == ';')) mark = at;
    if (mark && !read_between(mark + strlen("between:"), o, &from, &to))
        return cmi_plan_fail(p, CM_ERR_OPTION, "exclude",
                             "'%s' is not between:i-j with steps i < j of %d", mark, o->n);
    if (mark) mark[-1] = '\0';
    for (int k = 0; k < o->n_levels; k++)
        if (o->step[k] + 1 >= from && o->step[k] + 1 < to) x->levels |= UINT32_C(1) << k;
    return cmi_plan_selector(p, "exclude", text, &x->selector);
}

static cm_status make_exclusions(cmi_plan *p, cmi_funnel *o)
{
    const char *rest = o->exclude, *start;
    size_t length;
    cmi_funnel_exclusion *x =
        cmi_plan_alloc(p, sizeof *x * (size_t)(o->exclude ? CMI_FUNNEL_MAX_EXCLUSIONS : 1));

    o->excluded = x;
    while (x && rest && cmi_slice_next(&rest, ",", &start, &length)) {
        if (o->n_excluded == CMI_FUNNEL_MAX_EXCLUSIONS)
            return cmi_plan_fail(p, CM_ERR_OPTION, "exclude", "more than %d",
                                 CMI_FUNNEL_MAX_EXCLUSIONS);
        char *text = cmi_plan_alloc(p, length + 1);
        if (!text) break;
        memcpy(text, start, length);
        if (read_exclusion(p, o, text, &x[o->n_excluded]) != CM_OK) break;
        o->excluded_bits |= UINT64_C(1) << (CMI_FUNNEL_EXCLUDED + o->n_excluded);
        cmi_plan_select(p, CMI_FUNNEL_EXCLUDED + o->n_excluded, &x[o->n_excluded].selector);
        o->n_excluded++;
    }
    return cmi_plan_status(p);
}

/* ---- hold and touch ---- */

static bool is_number(cmi_fact fact, const char *name)
{
    const cmi_fact_def *def = cmi_fact_get(fact);
    int32_t role = cmi_role_find(def, name);
    return role >= 0 && def->roles[role].type != CMI_ROLE_TEXT &&
           def->roles[role].type != CMI_ROLE_CUSTOMER;
}

static cm_status make_hold(cmi_plan *p, cmi_funnel *o, uint32_t tables)
{
    if (o->hold.n > CMI_FUNNEL_MAX_HOLD)
        return cmi_plan_fail(p, CM_ERR_OPTION, "hold", "more than %d dimensions",
                             CMI_FUNNEL_MAX_HOLD);
    for (int k = 0; k < o->hold.n; k++) {
        cmi_plan_value(p, k, o->hold.v[k]);
        for (int f = 0; f < CMI_N_FACTS; f++)
            if (f == CMI_CUSTOMERS || tables & CMI_FACT_BIT(f))
                o->number[k] |= is_number((cmi_fact)f, o->hold.v[k]);
    }
    if (o->counting != CMI_FUNNEL_SESSIONS || o->sessions != CMI_FUNNEL_GIVEN)
        return cmi_plan_status(p);
    o->number[CMI_FUNNEL_SESSION] = true;
    cmi_plan_require(p, CMI_EVENTS, "session");
    cmi_plan_value(p, CMI_FUNNEL_SESSION, "session");
    return cmi_plan_status(p);
}

static cm_status make_touch(cmi_plan *p, cmi_funnel *o)
{
    static const struct {
        const char *name;
        int touch;
    } names[] = { { "first", CMI_FUNNEL_TOUCH_FIRST },
                  { "last", CMI_FUNNEL_TOUCH_LAST },
                  { "all", CMI_FUNNEL_TOUCH_ALL } };
    const char *text = o->touch_text;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(text, names[i].name)) {
            o->touch = names[i].touch;
            return CM_OK;
        }
    if (!strncmp(text, "step:", 5)) {
        text += 5;
        if (read_digits(&text, &o->touch) && !*text && o->touch >= 1 && o->touch-- <= o->n)
            return CM_OK;
    }
    return cmi_plan_fail(p, CM_ERR_OPTION, "touch",
                         "'%s' is none of: first, last, all, step:1 .. step:%d", o->touch_text,
                         o->n);
}

/* ---- plan ---- */

static cm_status check_counting(cmi_plan *p, const cmi_funnel *o)
{
    if (o->entry == CMI_FUNNEL_EACH_ENTRY && o->counting != CMI_FUNNEL_TOTALS)
        return cmi_plan_fail(p, CM_ERR_OPTION, "entry",
                             "each_entry counts attempts: use counting=totals");
    return CM_OK;
}

static uint32_t tables_of(const cmi_funnel *o)
{
    uint32_t tables = o->counting == CMI_FUNNEL_SESSIONS ? CMI_FACT_BIT(CMI_EVENTS) : 0;

    for (int64_t k = 0; k < o->steps.n; k++) tables |= o->steps.v[k].tables;
    return tables;
}

static cm_status plan(cmi_plan *p, void *opt)
{
    cmi_funnel *o = opt;
    uint32_t tables = tables_of(o);

    if (make_levels(p, o) != CM_OK || make_blocks(p, o) != CM_OK || make_windows(p, o) != CM_OK ||
        make_touch(p, o) != CM_OK || check_counting(p, o) != CM_OK)
        return cmi_plan_status(p);
    cmi_plan_stream(p, tables, o->touch == CMI_FUNNEL_TOUCH_ALL ? CMI_BY_SPLIT : CMI_BY_GIVEN);
    for (int k = 0; k < o->n; k++) cmi_plan_select(p, CMI_FUNNEL_STEP + k, &o->steps.v[k]);
    cmi_plan_no_ends(p);
    if (make_exclusions(p, o) != CM_OK || make_hold(p, o, tables) != CM_OK ||
        cmi_funnel_read_bins(p, o) != CM_OK)
        return cmi_plan_status(p);
    o->simple = o->order == CMI_FUNNEL_ORDERED && o->ties == CMI_FUNNEL_STABLE && o->window_us &&
                o->n_levels == o->n && !o->has_step_windows && !o->n_excluded;
    cmi_plan_dense(p, CMI_FUNNEL_REACHED, (int64_t[]){ o->n }, 1);
    cmi_plan_dense(p, CMI_FUNNEL_LEFT, (int64_t[]){ 1 }, 1);
    return cmi_plan_status(p);
}

const cmi_kpi cmi_kpi_funnel = {
    .id = "funnel",
    .family = "acquisition",
    .version = 1,
    .title = "Funnel",
    .direction = +1,
    .definition = "Customers, attempts or sessions that go through a series of steps within a "
                  "window: how many reach each step, how many drop off before it, and how long "
                  "they take between any two.",
    .formula = "n(k) = those whose counted attempt reached step k; of_entry = n(k) / n(1); "
               "of_previous = n(k) / n(k - 1); conversion = n(last) / n(1)",
    .edge_cases =
        "The window is exact time from step 1, its last instant included.\n"
        "An entry at or later than as_of - window is pending and out of every number, even if it "
        "has converted; a customer counts by his mature entries.\n"
        "One row reaches one step at most.\n"
        "from and to choose entries; later steps may lie behind to.\n"
        "Rows that where refuses are no steps and no exclusions, and interrupt nothing.\n"
        "Nobody entered: null, undefined.",
    .references =
        "Hyndman, R. J., Fan, Y. (1996). Sample Quantiles in Statistical Packages. The American "
        "Statistician 50(4), 361-365. doi:10.2307/2684934\n"
        "Kuhn, H. W. (1955). The Hungarian Method for the Assignment Problem. Naval Research "
        "Logistics Quarterly 2, 83-97. doi:10.1002/nav.3800020109\n"
        "Wilson, E. B. (1927). Probable Inference, the Law of Succession, and Statistical "
        "Inference. JASA 22, 209-212. doi:10.1080/01621459.1927.10502953\n"
        "ClickHouse reference: windowFunnel. Mixpanel, PostHog, Statsig, GrowthBook documentation: "
        "funnels.",
    .facts = "events|orders|subscriptions|responses|tickets|assignments",
    .stages = "acquire activate",
    .businesses = "shop app subscription community",
    .goals = "conversion acquisition",
    .levers =
        "shorter path -> paths\npage, copy and offer tests -> ab_test\nreviews, guarantees -> "
        "ratings\nbetter visitors -> new_customers",
    .headline = "conversion",
    .factors = "",
    .detail = "",
    .label = "",
    .example = "steps=visit,view,cart,purchase window=14d",
    .options = OPTIONS,
    .options_size = sizeof(cmi_funnel),
    .cells = CELLS,
    .tables = cmi_funnel_tables,
    .plan = plan,
    .collect = cmi_funnel_collect,
    .present = cmi_funnel_present,
};
