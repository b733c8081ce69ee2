/* SPDX-License-Identifier: MIT */
#include "kpi/acquisition/funnel_tables.h"

#include "core/buffer.h"

/* What was counted, as tables. */
enum { SUMMARY, STEPS, TIMES, HISTOGRAM };
enum { Y_BY, Y_ENTERED, Y_CONVERTED, Y_PENDING, Y_DISQUALIFIED, Y_CONVERSION };
enum {
    S_BY,
    S_STEP,
    S_NAME,
    S_CUSTOMERS,
    S_ATTEMPTS,
    S_DROPPED,
    S_REACHED,
    S_ENTERED,
    S_PREVIOUS,
    S_OF_ENTRY,
    S_OF_PREVIOUS
};

static const cmi_column_def SUMMARY_COLUMNS[] = {
    [Y_BY] = CMI_COL_BY,
    [Y_ENTERED] =
        CMI_COL_COUNT("n_entered", CMI_NEVER, "customers (attempts, sessions) with a mature entry"),
    [Y_CONVERTED] = CMI_COL_COUNT("n_converted", CMI_NEVER, "of them, reached the last step"),
    [Y_PENDING] =
        CMI_COL_COUNT("n_pending", CMI_NEVER, "with no entry but at or later than as_of - window"),
    [Y_DISQUALIFIED] = CMI_COL_COUNT("n_disqualified", CMI_NEVER,
                                     "taken out by an excluded row (exclusion=disqualify)"),
    [Y_CONVERSION] =
        CMI_COL_RATE("conversion", "n_converted", "n_entered", "share of those who entered"),
    CMI_COL_END
};
static const cmi_column_def STEP_COLUMNS[] = {
    [S_BY] = CMI_COL_BY,
    [S_STEP] = CMI_COL_KEY("step", "", "number of the step, from 1"),
    [S_NAME] = CMI_COL_TEXT("name", "the step as given; order=any: how many of which"),
    [S_CUSTOMERS] = CMI_COL_COUNT("n_customers", CMI_NEVER, "customers who reached the step"),
    [S_ATTEMPTS] = CMI_COL_COUNT("n_attempts", CMI_NEVER,
                                 "attempts (sessions) that reached it; null where customers count"),
    [S_DROPPED] = CMI_COL_COUNT("n_dropped", CMI_NEVER,
                                "n_previous less n_reached; null at step 1 and optional steps"),
    [S_REACHED] = CMI_COL_COUNT("n_reached", CMI_NEVER,
                                "base of the rates: n_attempts where given, else n_customers"),
    [S_ENTERED] = CMI_COL_COUNT("n_entered", CMI_NEVER, "n_reached of step 1"),
    [S_PREVIOUS] =
        CMI_COL_COUNT("n_previous", CMI_NEVER, "n_reached of the step before that is not optional"),
    [S_OF_ENTRY] = CMI_COL_RATE("of_entry", "n_reached", "n_entered", "share of step 1"),
    [S_OF_PREVIOUS] =
        CMI_COL_RATE("of_previous", "n_reached", "n_previous", "share of the step before"),
    CMI_COL_END
};
static const cmi_column_def TIME_COLUMNS[] = {
    [CMI_FUNNEL_T_BY] = CMI_COL_BY,
    [CMI_FUNNEL_T_FROM] = CMI_COL_KEY("from_step", "", "step from which time is taken"),
    [CMI_FUNNEL_T_TO] = CMI_COL_KEY("to_step", "", "step to which time is taken"),
    [CMI_FUNNEL_T_N] = CMI_COL_COUNT("n", CMI_NEVER, "counted attempts that reached both"),
    [CMI_FUNNEL_T_MEAN] = CMI_COL_F64("mean_seconds", "seconds", "mean time"),
    [CMI_FUNNEL_T_P10] = CMI_COL_F64("p10_seconds", "seconds", "10 % quantile, type 7"),
    [CMI_FUNNEL_T_P25] = CMI_COL_F64("p25_seconds", "seconds", "25 % quantile, type 7"),
    [CMI_FUNNEL_T_MEDIAN] = CMI_COL_F64("median_seconds", "seconds", "median, type 7"),
    [CMI_FUNNEL_T_P75] = CMI_COL_F64("p75_seconds", "seconds", "75 % quantile, type 7"),
    [CMI_FUNNEL_T_P90] = CMI_COL_F64("p90_seconds", "seconds", "90 % quantile, type 7"),
    CMI_COL_END
};
static const cmi_column_def HISTOGRAM_COLUMNS[] = {
    [CMI_FUNNEL_H_BY] = CMI_COL_BY,
    [CMI_FUNNEL_H_FROM] = CMI_COL_KEY("from_step", "", "step from which time is taken"),
    [CMI_FUNNEL_H_TO] = CMI_COL_KEY("to_step", "", "step to which time is taken"),
    [CMI_FUNNEL_H_BUCKET] = CMI_COL_KEY("bucket", "", "number of the bucket, from 1"),
    [CMI_FUNNEL_H_LOWER] = CMI_COL_F64("lower_edge", "seconds", "lower edge, inclusive"),
    [CMI_FUNNEL_H_UPPER] =
        CMI_COL_F64("upper_edge", "seconds", "upper edge, exclusive; null: open"),
    [CMI_FUNNEL_H_N] = CMI_COL_COUNT("n", CMI_NEVER, "counted attempts in the bucket"),
    CMI_COL_END
};
const cmi_table_def cmi_funnel_tables[] = {
    [SUMMARY] = CMI_TABLE("summary", SUMMARY_COLUMNS, "one row per group"),
    [STEPS] = CMI_TABLE("steps", STEP_COLUMNS, "one row per group and step"),
    [TIMES] = CMI_TABLE("times", TIME_COLUMNS, "one row per group and pair of steps"),
    [HISTOGRAM] = CMI_TABLE("histogram", HISTOGRAM_COLUMNS,
                            "one row per group, pair of steps with a time, and bucket of time"),
    CMI_TABLE_END
};

/* ---- names ---- */

/* "2 of view / cart / buy": in order=any the second step of a block is any second one. */
static bool put_name(const cmi_funnel *o, int k, cm_buffer *name)
{
    int from = k, to = o->block_end[k];

    while (from > 0 && o->block_end[from - 1] == to) from--;
    cmi_buffer_truncate(name, 0);
    if (o->order != CMI_FUNNEL_ANY || to - from == 1) {
        cmi_put_text(name, o->steps.v[k].text);
        return cmi_buffer_ok(name);
    }
    cmi_put_format(name, "%d of ", k - from + 1);
    for (int i = from; i < to; i++) {
        if (i > from) cmi_put_text(name, " / ");
        cmi_put_text(name, o->steps.v[i].text);
    }
    return cmi_buffer_ok(name);
}

/* ---- rows ---- */

static const int64_t *reached(const cmi_state *s, const cmi_funnel *o, uint32_t group)
{
    return cmi_cell_get_column(
        s, CMI_FUNNEL_REACHED,
        o->counting == CMI_FUNNEL_UNIQUES ? CMI_FUNNEL_CUSTOMERS : CMI_FUNNEL_ATTEMPTS, group, 0);
}

static int64_t left(const cmi_state *s, int column, uint32_t group)
{
    return cmi_cell_get_column(s, CMI_FUNNEL_LEFT, column, group, 0)[0];
}

static cmi_period_state state_of(const cmi_state *s, uint32_t group)
{
    return left(s, CMI_FUNNEL_PENDING, group) ? CMI_PENDING : CMI_UNDEFINED;
}

static void emit_rate(cmi_rows *t, int column, int64_t k, int64_t n, cmi_period_state none)
{
    cmi_emit_rate(t, column, k, n, n ? CMI_COMPLETE : none);
}

static void emit_summary(const cmi_state *s, const cmi_funnel *o, uint32_t group, cmi_rows *t)
{
    const int64_t *n = reached(s, o, group);

    cmi_row(t, group);
    cmi_emit_i64(t, Y_ENTERED, n[0]);
    cmi_emit_i64(t, Y_CONVERTED, n[o->n - 1]);
    cmi_emit_i64(t, Y_PENDING, left(s, CMI_FUNNEL_PENDING, group));
    cmi_emit_i64(t, Y_DISQUALIFIED, left(s, CMI_FUNNEL_DISQUALIFIED, group));
    emit_rate(t, Y_CONVERSION, n[o->n - 1], n[0], state_of(s, group));
}

/* `before`: the step before that is not optional; -1: none. */
static void emit_step(const cmi_state *s, const cmi_funnel *o, uint32_t group, int k, int before,
                      cmi_rows *t)
{
    const int64_t *n = reached(s, o, group);
    bool is_level = false;

    for (int i = 0; i < o->n_levels; i++) is_level |= o->step[i] == k;
    cmi_emit_i64(t, S_STEP, k + 1);
    cmi_emit_i64(t, S_CUSTOMERS,
                 cmi_cell_get_column(s, CMI_FUNNEL_REACHED, CMI_FUNNEL_CUSTOMERS, group, 0)[k]);
    if (o->counting != CMI_FUNNEL_UNIQUES) cmi_emit_i64(t, S_ATTEMPTS, n[k]);
    if (is_level && before >= 0) cmi_emit_i64(t, S_DROPPED, n[before] - n[k]);
    cmi_emit_i64(t, S_REACHED, n[k]);
    cmi_emit_i64(t, S_ENTERED, n[0]);
    if (before >= 0) cmi_emit_i64(t, S_PREVIOUS, n[before]);
    emit_rate(t, S_OF_ENTRY, n[k], n[0], state_of(s, group));
    emit_rate(t, S_OF_PREVIOUS, n[k], before >= 0 ? n[before] : 0,
              k && !n[0] ? state_of(s, group) : CMI_UNDEFINED);
}

static bool emit_steps(const cmi_state *s, const cmi_funnel *o, uint32_t group, cm_buffer *name,
                       cmi_rows *t)
{
    for (int k = 0, level = 0; k < o->n; k++) {
        if (!put_name(o, k, name)) return false;
        cmi_row(t, group);
        cmi_emit_text_n(t, S_NAME, cm_buffer_data(name), (size_t)cm_buffer_size(name));
        emit_step(s, o, group, k, level ? o->step[level - 1] : -1, t);
        if (level < o->n_levels && o->step[level] == k) level++;
    }
    return true;
}

cm_status cmi_funnel_present(const cmi_input *in, const void *options, cmi_output *out)
{
    const cmi_funnel *o = options;
    cmi_rows *summary = cmi_out(out, SUMMARY), *steps = cmi_out(out, STEPS);
    cmi_rows *times = o->common.detail ? cmi_out(out, TIMES) : NULL;
    cmi_rows *histogram = o->common.detail ? cmi_out(out, HISTOGRAM) : NULL;
    cm_buffer *name;
    cm_status status = cm_buffer_create(in->ctx, &name, in->err);
    bool ok = true;

    if (status != CM_OK) return status;
    for (uint32_t group = 0; group < cmi_state_n_groups(in->state) && ok; group++) {
        emit_summary(in->state, o, group, summary);
        ok = emit_steps(in->state, o, group, name, steps) &&
             (!times || cmi_funnel_emit_times(in, o, group, times, histogram));
    }
    cm_buffer_destroy(name);
    return ok ? cmi_output_status(out) : cmi_no_memory(in->ctx, in->err);
}
