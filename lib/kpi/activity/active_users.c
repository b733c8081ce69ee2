/* SPDX-License-Identifier: MIT */

/* active_users: customers active in the w days that end on each day (w = 1, 7, 28: DAU, WAU, MAU),
 * per calendar period where one is given, and DAU/MAU both ways.
 *
 * Formula     active(w, d) = number of customers with an activity on one of the local days d-w+1 ..
 * d. A customer active on day d, before that last on day p, covers the days max(d, p+w) .. d+w-1
 * anew: two additions per active day for any w; a running sum over the days gives active(w, d).
 *             new(w, d) = those of them whose first activity of all, on day f, lies in the same
 * days. stickiness = mean over days of active(1, d) / active(w, d), and the ratio of the two means.
 * Edge cases  no activity on a day: the day is there with 0      as_of inside the window's last
 * day: partial w reaches back before the first fact: partial      counts never add up over days or
 * windows facts before `from` count in the windows that reach back to them (the grid leads by the
 * longest w) `where` and groups choose what is counted, never what was first stickiness takes
 * complete days only, and in the mean of ratios only days with somebody active touch=first or last:
 * a customer counts in the group of the first or last row of his window's days References Mixpanel,
 * Statsig: trailing windows that end on the bucket's last day.
 */
#include "kpi/kpi.h"

enum { ACTIVE = 1 };
enum { DELTA, FRESH, CALENDAR };
enum { DAYS, PERIODS, STICKINESS };
enum { D_BY, D_WINDOW, D_DAY, D_ACTIVE, D_NEW_COUNT, D_NEW };
enum { P_BY, P_PERIOD, P_ACTIVE, P_NEW_COUNT, P_NEW };
enum { S_BY, S_WINDOW, S_OVER, S_MEAN_OF_RATIOS, S_RATIO_OF_MEANS };
enum { N_ACTIVE, N_NEW };
enum { TOUCH_ROW, TOUCH_FIRST, TOUCH_LAST };

typedef struct options {
    cmi_common common;
    cmi_list windows;
    cmi_selector of;
    int32_t touch;
    const cmi_grid *periods; /* of the option period; NULL where none is given */
} options;

static const cmi_option OPTIONS[] = {
    CMI_OPT_COMMON(options, common,
                   CMI_HAS_PERIOD | CMI_HAS_BY | CMI_HAS_UNIT | CMI_HAS_CONFIDENCE |
                       CMI_HAS_COMPAT | CMI_HAS_BUSINESS,
                   "all"),
    CMI_OPT(INTS, options, windows, "windows", "1,7,28", "1..366", "days",
            "lengths of the trailing windows"),
    CMI_OPT(SELECTOR, options, of, "of", "any", NULL, "", "what counts as activity"),
    CMI_OPT(CHOICE, options, touch, "touch", "row", "row|first|last", "",
            "group of a customer: of each row, of his first or of his last activity"),
    CMI_OPT_END
};
static const cmi_cells_def CELLS[] = { [DELTA] = CMI_CELLS("delta", "window,day", "n"),
                                       [FRESH] = CMI_CELLS("fresh", "window,day", "n"),
                                       [CALENDAR] =
                                           CMI_CELLS("calendar", "period", "n_active,n_new"),
                                       CMI_CELLS_END };
static const cmi_column_def DAY_COLUMNS[] = {
    [D_BY] = CMI_COL_BY,
    [D_WINDOW] = CMI_COL_KEY("window_days", "days", "length of the window"),
    [D_DAY] = CMI_COL_PERIOD,
    [D_ACTIVE] = CMI_COL_COUNT("n_active", CMI_NEVER, "customers active in the window"),
    [D_NEW_COUNT] =
        CMI_COL_COUNT("n_new", CMI_NEVER, "of them, first active ever inside the window"),
    [D_NEW] = CMI_COL_RATE("new", "n_new", "n_active", "share of the active who are new"),
    CMI_COL_END
};
static const cmi_column_def PERIOD_COLUMNS[] = {
    [P_BY] = CMI_COL_BY,
    [P_PERIOD] = CMI_COL_PERIOD,
    [P_ACTIVE] = CMI_COL_COUNT("n_active", CMI_NEVER, "customers active in the calendar period"),
    [P_NEW_COUNT] =
        CMI_COL_COUNT("n_new", CMI_NEVER, "of them, first active ever inside the period"),
    [P_NEW] = CMI_COL_RATE("new", "n_new", "n_active", "share of the active who are new"),
    CMI_COL_END
};
static const cmi_column_def STICKINESS_COLUMNS[] = {
    [S_BY] = CMI_COL_BY,
    [S_WINDOW] = CMI_COL_KEY("window_days", "days", "the shorter window"),
    [S_OVER] = CMI_COL_KEY("over_days", "days", "the longer window"),
    [S_MEAN_OF_RATIOS] =
        CMI_COL_F64("mean_of_ratios", "ratio", "mean over complete days of shorter / longer"),
    [S_RATIO_OF_MEANS] = CMI_COL_F64("ratio_of_means", "ratio",
                                     "mean of shorter / mean of longer over complete days"),
    CMI_COL_END
};
static const cmi_table_def TABLES[] = {
    [DAYS] = CMI_TABLE("days", DAY_COLUMNS, "one row per group, window and day"),
    [PERIODS] = CMI_TABLE("periods", PERIOD_COLUMNS,
                          "one row per group and calendar period, where a period is given"),
    [STICKINESS] =
        CMI_TABLE("stickiness", STICKINESS_COLUMNS, "one row per group and pair of windows"),
    CMI_TABLE_END
};

static int64_t longest(const cmi_list *windows)
{
    int64_t most = 0;
    for (int64_t i = 0; i < windows->n; i++) most = windows->v[i] > most ? windows->v[i] : most;
    return most;
}

static cm_status plan(cmi_plan *p, void *opt)
{
    options *o = opt;
    int64_t lead = longest(&o->windows);

    cmi_plan_stream(p, o->of.tables, o->touch == TOUCH_ROW ? CMI_BY_SPLIT : CMI_BY_GIVEN);
    cmi_plan_select(p, ACTIVE, &o->of);
    cmi_plan_days(p, &o->common, lead);
    if (o->common.period_given)
        o->periods =
            cmi_plan_grid(p, &o->common, o->common.period, o->common.from, o->common.to, 0);
    if (!cmi_plan_main_grid(p)) return cmi_plan_status(p);
    int64_t days = cmi_grid_n(cmi_plan_main_grid(p)) + lead + 1;
    cmi_plan_dense(p, DELTA, (int64_t[]){ o->windows.n, days }, 2);
    cmi_plan_dense(p, FRESH, (int64_t[]){ o->windows.n, days }, 2);
    cmi_plan_dense(p, CALENDAR, (int64_t[]){ o->periods ? cmi_grid_n(o->periods) : 1 }, 1);
    return cmi_plan_status(p);
}

/* One customer becomes active on `day`, before that last on `last`: marks what each window newly
 * covers. */
static void mark_day(cmi_state *s, const options *o, uint32_t group, int64_t day, int64_t last,
                     int64_t first)
{
    for (int64_t k = 0; k < o->windows.n; k++) {
        int64_t *row = cmi_cell(s, DELTA, group, k), w = o->windows.v[k];
        row[last + w > day ? last + w : day]++;
        row[day + w]--;
        if (last >= 0 || day >= first + w) continue;
        row = cmi_cell(s, FRESH, group, k);
        row[day]++;
        row[first + w]--;
    }
}

static void mark_period(cmi_state *s, const cmi_grid *grid, uint32_t group, int64_t time,
                        int64_t first, int64_t *last)
{
    int64_t p = cmi_grid_find(grid, time);
    if (p < 0 || p >= cmi_grid_n(grid) || p == *last) return;
    cmi_cell_column(s, CALENDAR, N_ACTIVE, group, 0)[p]++;
    if (cmi_grid_find(grid, first) == p && first >= grid->edge[0])
        cmi_cell_column(s, CALENDAR, N_NEW, group, 0)[p]++;
    *last = p;
}

/* touch=first or last: the group of the first or last counted row stands for all. */
static uint32_t choose_group(const options *o, const cmi_span *rows)
{
    bool found = false;
    uint32_t group = rows->group;

    for (int64_t i = 0; i < rows->n && o->touch != TOUCH_ROW; i++) {
        if (!cmi_span_has(rows, i, ACTIVE) || (found && o->touch == TOUCH_FIRST)) continue;
        group = cmi_span_group(rows, i);
        found = true;
    }
    return group;
}

static void collect(cmi_state *s, const void *opt, const cmi_span *rows)
{
    const options *o = opt;
    const cmi_grid *grid = cmi_state_grid(s);
    int64_t n_days = cmi_grid_n(grid), last = INT64_MIN / 2, last_period = -1;
    int64_t first_time = rows->first[ACTIVE];

    if (first_time == CMI_NULL) return;
    int64_t first = cmi_grid_find(grid, first_time); /* -1: before the grid, so never new */
    uint32_t group = choose_group(o, rows);
    for (int64_t i = 0; i < rows->n; i++) {
        if (!cmi_span_has(rows, i, ACTIVE)) continue;
        if (o->periods) mark_period(s, o->periods, group, rows->time[i], first_time, &last_period);
        int64_t day = cmi_grid_find(grid, rows->time[i]);
        if (day < 0 || day == last) continue;
        if (day >= n_days) break;
        mark_day(s, o, group, day, last, first < 0 ? INT64_MIN / 2 : first);
        last = day;
    }
}

static void emit_days(const cmi_state *s, const options *o, uint32_t group, cmi_rows *t)
{
    const cmi_grid *grid = cmi_state_grid(s);

    for (int64_t k = 0; k < o->windows.n; k++) {
        const int64_t *delta = cmi_cell_get(s, DELTA, group, k),
                      *fresh = cmi_cell_get(s, FRESH, group, k);
        int64_t w = o->windows.v[k], n = 0, n_new = 0;
        for (int64_t d = 0; d < cmi_grid_n(grid); d++) {
            n += delta[d];
            n_new += fresh[d];
            if (d < cmi_grid_lead(grid)) continue;
            cmi_row(t, group);
            cmi_emit_i64(t, D_WINDOW, w);
            cmi_emit_period(t, D_DAY, grid, d);
            cmi_emit_i64(t, D_ACTIVE, n);
            cmi_emit_i64(t, D_NEW_COUNT, n_new);
            cmi_emit_rate(t, D_NEW, n_new, n, cmi_grid_state(grid, d, w));
        }
    }
}

static void emit_periods(const cmi_state *s, const options *o, uint32_t group, cmi_rows *t)
{
    const int64_t *active = cmi_cell_get_column(s, CALENDAR, N_ACTIVE, group, 0);
    const int64_t *fresh = cmi_cell_get_column(s, CALENDAR, N_NEW, group, 0);

    for (int64_t p = 0; p < cmi_grid_n(o->periods); p++) {
        cmi_row(t, group);
        cmi_emit_period(t, P_PERIOD, o->periods, p);
        cmi_emit_i64(t, P_ACTIVE, active[p]);
        cmi_emit_i64(t, P_NEW_COUNT, fresh[p]);
        cmi_emit_rate(t, P_NEW, fresh[p], active[p], cmi_grid_state(o->periods, p, 1));
    }
}

static void emit_stickiness(const cmi_state *s, const options *o, uint32_t group, int64_t k,
                            int64_t over, cmi_rows *t)
{
    const cmi_grid *grid = cmi_state_grid(s);
    const int64_t *short_delta = cmi_cell_get(s, DELTA, group, k),
                  *long_delta = cmi_cell_get(s, DELTA, group, over);
    int64_t a = 0, b = 0, n = 0;
    cmi_i128 sum_a = 0, sum_b = 0;
    double ratios = 0;

    for (int64_t d = 0; d < cmi_grid_n(grid); d++) {
        a += short_delta[d];
        b += long_delta[d];
        if (d < cmi_grid_lead(grid) || cmi_grid_state(grid, d, o->windows.v[over]) != CMI_COMPLETE)
            continue;
        sum_a += a;
        sum_b += b;
        if (!b) continue;
        ratios += (double)a / (double)b;
        n++;
    }
    cmi_row(t, group);
    cmi_emit_i64(t, S_WINDOW, o->windows.v[k]);
    cmi_emit_i64(t, S_OVER, o->windows.v[over]);
    if (n) cmi_emit_f64(t, S_MEAN_OF_RATIOS, ratios / (double)n);
    cmi_emit_ratio(t, S_RATIO_OF_MEANS, sum_a, sum_b);
}

static cm_status present(const cmi_input *in, const void *opt, cmi_output *out)
{
    const options *o = opt;

    cmi_out(out, DAYS);
    if (o->periods) cmi_out(out, PERIODS);
    cmi_out(out, STICKINESS);
    for (uint32_t group = 0; group < cmi_state_n_groups(in->state); group++) {
        emit_days(in->state, o, group, cmi_out(out, DAYS));
        if (o->periods) emit_periods(in->state, o, group, cmi_out(out, PERIODS));
        for (int64_t k = 0; k < o->windows.n; k++)
            for (int64_t over = 0; over < o->windows.n; over++)
                if (o->windows.v[k] < o->windows.v[over])
                    emit_stickiness(in->state, o, group, k, over, cmi_out(out, STICKINESS));
    }
    return cmi_output_status(out);
}

const cmi_kpi cmi_kpi_active_users = {
    .id = "active_users",
    .family = "activity",
    .version = 1,
    .title = "Active users",
    .direction = +1,
    .definition = "Customers active in the trailing windows that end on each day (DAU, WAU, MAU), "
                  "in calendar periods, "
                  "how many of them are new, and how sticky they are.",
    .formula = "active(w, d) = customers with an activity on one of the local days d-w+1 .. d; new "
               "= first activity ever in them; "
               "stickiness = mean of active(1, d) / active(w, d), and ratio of the means",
    .edge_cases = "A day without activity is there with 0.\nA window that reaches before the first "
                  "fact or past as_of is partial.\n"
                  "Counts never add up over days, windows or, with row-level by, groups.\n"
                  "where and groups choose what is counted, never what was first.",
    .references = "Mixpanel and Statsig documentation of trailing active users; DAU/MAU after "
                  "Facebook's S-1 (2012).",
    .facts = "events|orders|subscriptions",
    .stages = "activate retain",
    .businesses = "app community shop",
    .goals = "engagement",
    .levers = "reasons to come back: content, alerts -> retention_curve\nfirst-week onboarding -> "
              "conversion\n"
              "new / active too high: look at retention first -> retention_curve",
    .headline = "n_active",
    .factors = "",
    .detail = "",
    .label = "",
    .example = "period=month windows=1,7,28",
    .options = OPTIONS,
    .options_size = sizeof(options),
    .cells = CELLS,
    .tables = TABLES,
    .plan = plan,
    .collect = collect,
    .present = present,
};
