/* SPDX-License-Identifier: MIT */

/* trend: a number of any KPI as a series: change, growth, moving average, year over year, slopes.
 *
 * Formula     change = value - value of the period before; growth = change / |value before|
 *             moving average = mean of the last n values; year over year = value / |value of the
 *             same period a year before| - 1 in the sense of growth
 *             slope per period: least squares with Student's t interval; Theil-Sen, the median of
 *             the slopes of all pairs, with the rank interval of Sen
 * Edge cases  a KPI that knows periods runs once with them; another runs once per period, on the
 *             facts known at its end: nothing is ever added up
 *             a value that is missing is null, and so is what needs it      value before 0: no
 * growth slopes take complete periods only: one that is cut or not over would bend the line a year
 * before: the same date for months and days, 52 weeks for weeks References  Sen, P. K. (1968).
 * Estimates of the Regression Coefficient Based on Kendall's Tau. JASA 63(324), 1379-1389.
 * doi:10.1080/01621459.1968.10480934 Theil, H. (1950). A rank-invariant method of linear and
 * polynomial regression analysis. Nederl. Akad. Wetensch. Proc. 53.
 */
#include <math.h>

#include "core/memory.h"
#include "data/catalog.h"
#include "kpi/monitoring/trend.h"
#include "math/blocks.h"

enum { SERIES, SLOPES };
enum { S_MEASURE, S_KEYS, S_PERIOD, S_VALUE, S_STATE, S_CHANGE, S_GROWTH, S_AVERAGE, S_YEAR };
enum { L_MEASURE, L_KEYS, L_METHOD, L_N, L_SLOPE, L_LOWER, L_UPPER };
enum { BOTH, OLS, THEIL_SEN };
enum { MAX_PAIRED = 5000 }; /* points: Theil-Sen looks at all pairs */

typedef cmi_trend_options options;

static const cmi_option OPTIONS[] = {
    CMI_OPT_COMMON(options, common, CMI_HAS_PERIOD | CMI_HAS_CONFIDENCE, "month"),
    CMI_OPT(TEXT, options, kpi, "kpi", NULL, NULL, "", "the KPI that is followed"),
    CMI_OPT(NESTED, options, nested, "kpi", NULL, NULL, "", "its options: kpi.NAME=..."),
    CMI_OPT(TEXT, options, column, "column", NULL, NULL, "",
            "its column (or table.column); the headline where none is given"),
    CMI_OPT(INT, options, moving_average, "moving_average", "3", "1..366", "periods",
            "length of the moving average"),
    CMI_OPT(CHOICE, options, slopes, "slopes", "both", "both|ols|theil_sen", "",
            "how the line through the periods is drawn"),
    CMI_OPT_END
};
static const cmi_column_def SERIES_COLUMNS[] = {
    [S_MEASURE] = CMI_COL_KEY_TEXT("measure", "the column that is followed"),
    [S_KEYS] = CMI_COL_KEYS,
    [S_PERIOD] = CMI_COL_PERIOD,
    [S_VALUE] = CMI_COL_F64("value", "", "its value in the period"),
    [S_STATE] = CMI_COL_TEXT("value_state", "complete, or partial: the period is cut or not over"),
    [S_CHANGE] = CMI_COL_F64("change", "", "less the value of the period before"),
    [S_GROWTH] = CMI_COL_F64("growth", "ratio", "change / |value of the period before|"),
    [S_AVERAGE] = CMI_COL_F64("moving_average", "", "mean of the last values"),
    [S_YEAR] =
        CMI_COL_F64("year_over_year", "ratio", "growth against the same period of the year before"),
    CMI_COL_END
};
static const cmi_column_def SLOPE_COLUMNS[] = {
    [L_MEASURE] = CMI_COL_KEY_TEXT("measure", "the column that is followed"),
    [L_KEYS] = CMI_COL_KEYS,
    [L_METHOD] = CMI_COL_KEY_TEXT("method", "ols or theil_sen"),
    [L_N] = CMI_COL_COUNT("n", CMI_NEVER, "complete periods with a value"),
    [L_SLOPE] = CMI_COL_F64("slope", "", "change from period to period"),
    [L_LOWER] = CMI_COL_F64("lower", "", "lower bound of the slope"),
    [L_UPPER] = CMI_COL_F64("upper", "", "upper bound of the slope"),
    CMI_COL_END
};
static const cmi_table_def TABLES[] = {
    [SERIES] = CMI_TABLE("series", SERIES_COLUMNS, "one row per series and period"),
    [SLOPES] = CMI_TABLE("slopes", SLOPE_COLUMNS, "one row per series and method"),
    CMI_TABLE_END
};

/* ---- plan and children ---- */

static bool is_nested(const options *o, const char *name)
{
    for (int64_t i = 0; i < o->nested.n; i++)
        if (strcmp(o->nested.name[i], name) == 0) return true;
    return false;
}

static cm_status check_nested(cmi_plan *p, const options *o)
{
    static const char *const own[] = { "period", "from", "to", "as_of" };
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (is_nested(o, own[i]))
            return cmi_plan_fail(p, CM_ERR_OPTION, "kpi",
                                 "kpi.%s is what %s= of the trend itself says", own[i], own[i]);
    return CM_OK;
}

static cm_status plan(cmi_plan *p, void *opt)
{
    options *o = opt;
    const char *why;
    const cmi_kpi *kpi = o->kpi ? cmi_registry_find(o->kpi) : NULL;

    if (!o->kpi) return cmi_plan_fail(p, CM_ERR_OPTION, "kpi", "kpi: which KPI is to be followed?");
    if (!kpi) return cmi_registry_unknown(o->kpi, p->err);
    if (!cmi_trend_find(kpi, o->column, &o->source, &why))
        return cmi_plan_fail(p, CM_ERR_OPTION, o->column ? "column" : "kpi", "%s of %s: %s",
                             o->column ? o->column : "the headline", kpi->id, why);
    if (check_nested(p, o) != CM_OK) return cmi_plan_status(p);
    if (!o->common.period.unit)
        return cmi_plan_fail(p, CM_ERR_OPTION, "period", "period=all leaves nothing to compare");
    cmi_plan_periods(p, &o->common, 0);
    o->grid = cmi_plan_main_grid(p);
    o->period = cmi_plan_text(p, "period");
    return cmi_plan_status(p);
}

static void set_instant(cmi_children *list, int child, const char *option, const cmi_tz *tz,
                        int64_t us)
{
    char text[64];
    int64_t day = cmi_tz_local_day(tz, us);
    if (cmi_tz_midnight(tz, day) == us)
        cmi_date_print(day, text, sizeof text);
    else
        cmi_time_print(NULL, us, text, sizeof text);
    cmi_child_set(list, child, option, text);
}

/* One run for period p, on what was known at its end. */
static void set_window(cmi_children *list, int child, const options *o, int64_t p)
{
    int64_t end = o->grid->edge[p + 1];
    if (end > o->common.as_of) end = o->common.as_of;
    set_instant(list, child, "as_of", o->common.tz, end);
    if (o->source.as_of) {
        cmi_child_own_window(list, child);
        return;
    }
    set_instant(list, child, "from", o->common.tz, o->grid->edge[p] < end ? o->grid->edge[p] : end);
    set_instant(list, child, "to", o->common.tz, end);
}

static cm_status children(cmi_children *list, const void *opt)
{
    const options *o = opt;
    int64_t n = o->source.axis ? 1 : cmi_grid_n(o->grid);

    for (int64_t p = 0; p < n; p++) {
        int child = cmi_child(list, o->kpi);
        if (child < 0) break;
        for (int64_t i = 0; i < o->nested.n; i++)
            cmi_child_set(list, child, o->nested.name[i], o->nested.text[i]);
        if (o->source.axis)
            cmi_child_set(list, child, "period", o->period);
        else
            set_window(list, child, o, p);
    }
    return CM_OK;
}

/* ---- series ---- */

/* The same period of the year before; -1: none in the grid. */
static int64_t year_before(const cmi_grid *grid, int64_t p)
{
    if (grid->unit < CMI_UNIT_DAY) return -1;
    bool weeks = grid->unit == CMI_UNIT_WEEK || (grid->unit == CMI_UNIT_DAY && grid->step > 1);
    int64_t day = weeks ? grid->day[p] - 364 : cmi_add_months(grid->day[p], -12);
    for (int64_t q = p - 1; q >= 0; q--)
        if (grid->day[q] <= day) return grid->day[q] == day ? q : -1;
    return -1;
}

static double grow(double value, double before)
{
    return fabs(before) > 0 ? (value - before) / fabs(before) : NAN;
}

static double average(const double *value, int64_t p, int64_t n)
{
    return p + 1 < n ? NAN : cmi_block_sum(value + p + 1 - n, n) / (double)n;
}

static void emit_keys(cmi_rows *t, int column, const cmi_trend_series *s, int64_t series)
{
    for (int k = 0; k < s->n_keys; k++)
        cmi_emit_key(t, column, k, cmi_trend_key(s, series, k), s->place[series].row);
}

static void emit_series(cmi_rows *t, const options *o, const cmi_trend_series *s, int64_t series)
{
    const double *value = s->value + series * s->n_periods;

    for (int64_t p = 0; p < s->n_periods; p++) {
        int64_t year = year_before(o->grid, p);
        cmi_row(t, 0);
        cmi_emit_text_z(t, S_MEASURE, o->source.column);
        emit_keys(t, S_KEYS, s, series);
        cmi_emit_period(t, S_PERIOD, o->grid, p);
        cmi_emit_f64(t, S_VALUE, value[p]);
        cmi_emit_text_z(t, S_STATE, cmi_state_name(cmi_grid_state(o->grid, p, 1)));
        if (p) cmi_emit_f64(t, S_CHANGE, value[p] - value[p - 1]);
        if (p) cmi_emit_f64(t, S_GROWTH, grow(value[p], value[p - 1]));
        cmi_emit_f64(t, S_AVERAGE, average(value, p, o->moving_average));
        if (year >= 0) cmi_emit_f64(t, S_YEAR, grow(value[p], value[year]));
    }
}

/* ---- slopes ---- */

typedef struct points {
    double *x, *y, *scratch;
    int64_t n;
} points;

static void take_points(points *v, const options *o, const double *value)
{
    v->n = 0;
    for (int64_t p = 0; p < cmi_grid_n(o->grid); p++) {
        if (isnan(value[p]) || cmi_grid_state(o->grid, p, 1) != CMI_COMPLETE) continue;
        v->x[v->n] = (double)p;
        v->y[v->n++] = value[p];
    }
}

static void emit_line(cmi_rows *t, const options *o, const cmi_trend_series *s, int64_t series,
                      const char *method, cmi_trend_line line)
{
    cmi_row(t, 0);
    cmi_emit_text_z(t, L_MEASURE, o->source.column);
    emit_keys(t, L_KEYS, s, series);
    cmi_emit_text_z(t, L_METHOD, method);
    cmi_emit_i64(t, L_N, line.n);
    cmi_emit_f64(t, L_SLOPE, line.slope);
    cmi_emit_f64(t, L_LOWER, line.lower);
    cmi_emit_f64(t, L_UPPER, line.upper);
}

static void emit_slopes(cmi_output *out, const options *o, const cmi_trend_series *s, points *v)
{
    cmi_rows *t = cmi_out(out, SLOPES);
    double confidence = cmi_output_confidence(out);

    for (int64_t i = 0; i < s->n; i++) {
        take_points(v, o, s->value + i * s->n_periods);
        if (o->slopes != THEIL_SEN)
            emit_line(t, o, s, i, "ols", cmi_trend_ols(v->x, v->y, v->n, confidence));
        if (o->slopes == OLS) continue;
        cmi_trend_line line = { v->n, NAN, NAN, NAN };
        if (v->scratch) line = cmi_trend_theil_sen(v->x, v->y, v->n, confidence, v->scratch);
        emit_line(t, o, s, i, "theil_sen", line);
    }
    if (o->slopes != OLS && !v->scratch)
        cmi_diagnose(out, "too_many_periods", "Theil-Sen looks at all pairs, of at most %d periods",
                     MAX_PAIRED);
}

/* Memory for the points of one series. */
static cm_status make_points(cm_context *ctx, const options *o, points *v, cm_error *err)
{
    size_t n = (size_t)cmi_grid_n(o->grid);
    bool paired = n <= MAX_PAIRED && o->slopes != OLS;

    *v = (points){ .x = cmi_malloc_n(ctx, 2 * n + 1, sizeof *v->x) };
    if (v->x && paired) v->scratch = cmi_malloc_n(ctx, n * n + 2, sizeof *v->scratch);
    if (!v->x || (paired && !v->scratch)) {
        cmi_free(ctx, v->x);
        return cmi_no_memory(ctx, err);
    }
    v->y = v->x + n;
    return CM_OK;
}

static cm_status present(const cmi_input *in, const void *opt, cmi_output *out)
{
    const options *o = opt;
    cmi_trend_series s;
    points v;
    cm_status status = make_points(in->ctx, o, &v, in->err);

    if (status != CM_OK) return status;
    status = cmi_trend_read(in, o, &s);
    if (status == CM_OK) {
        cmi_out_keys(out, SERIES, s.key_names, s.key, s.n_keys);
        cmi_out_keys(out, SLOPES, s.key_names, s.key, s.n_keys);
        for (int64_t i = 0; i < s.n; i++) emit_series(cmi_out(out, SERIES), o, &s, i);
        emit_slopes(out, o, &s, &v);
        status = cmi_output_status(out);
    }
    cmi_trend_clear(&s);
    cmi_free(in->ctx, v.scratch);
    cmi_free(in->ctx, v.x);
    return status;
}

const cmi_kpi cmi_kpi_trend = {
    .id = "trend",
    .family = "monitoring",
    .version = 1,
    .title = "Trend of a KPI",
    .direction = 0,
    .definition = "A column of any KPI as a series over periods: value, change, growth, moving "
                  "average, year over year, and the slope with its interval.",
    .formula = "change = value - value before; growth = change / |value before|; slope per period "
               "by least squares (t interval) and by Theil-Sen (rank interval of Sen)",
    .edge_cases =
        "A KPI that knows periods runs once with them; another runs once per period with what was "
        "known at its end. Values are recomputed, never added up.\n"
        "A missing value is null, and so is what needs it. After 0 there is no growth.\n"
        "Slopes take complete periods only.\n"
        "A year before is the same date for months and days, 52 weeks before for weeks.",
    .references =
        "Sen, P. K. (1968). Estimates of the Regression Coefficient Based on Kendall's Tau. "
        "Journal "
        "of the American Statistical Association 63(324), 1379-1389. "
        "doi:10.1080/01621459.1968.10480934\n"
        "Theil, H. (1950). A rank-invariant method of linear and polynomial regression analysis. "
        "Proceedings of the Koninklijke Nederlandse Akademie van Wetenschappen 53.",
    .facts = "",
    .stages = "acquire activate retain revenue satisfy refer",
    .businesses = "shop app subscription community",
    .goals = "monitoring",
    .levers = "a slope that turns: ask why -> drivers\na point out of line -> anomaly",
    .headline = "value",
    .factors = "",
    .detail = "",
    .label = "",
    .example = "kpi=purchase column=revenue period=week",
    .options = OPTIONS,
    .options_size = sizeof(options),
    .tables = TABLES,
    .plan = plan,
    .children = children,
    .present = present,
};
