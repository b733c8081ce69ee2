/* SPDX-License-Identifier: MIT
 *
 * A KPI that only this program registers: whatever the library can do with its own KPIs it must do
 * with this one, too, without being told. The walk takes it like any other.
 */
#include "api/registry.h"
#include "kpi/kpi.h"
#include "walk.h"

enum { OF = 1 };
enum { COUNTS };
enum { N_CUSTOMERS, N_ROWS };
enum { PERIODS };
enum { C_BY, C_PERIOD, C_CUSTOMERS, C_ROWS };

typedef struct options {
    cmi_common common;
    cmi_selector of;
} options;

static const cmi_option OPTIONS[] = {
    CMI_OPT_COMMON(options, common, CMI_HAS_PERIOD | CMI_HAS_BY | CMI_HAS_UNIT, "all"),
    CMI_OPT(SELECTOR, options, of, "of", "events", NULL, "", "the rows that are counted"),
    CMI_OPT_END
};
static const cmi_cells_def CELLS[] = { [COUNTS] =
                                           CMI_CELLS("counts", "period", "n_customers,n_rows"),
                                       CMI_CELLS_END };
static const cmi_column_def COLUMNS[] = { [C_BY] = CMI_COL_BY,
                                          [C_PERIOD] = CMI_COL_PERIOD,
                                          [C_CUSTOMERS] = CMI_COL_COUNT("n_customers", CMI_NEVER,
                                                                        "customers with a row"),
                                          [C_ROWS] = CMI_COL_COUNT("n_rows", CMI_ALWAYS, "rows"),
                                          CMI_COL_END };
static const cmi_table_def TABLES[] = { [PERIODS] = CMI_TABLE("periods", COLUMNS, "by period"),
                                        CMI_TABLE_END };

static cm_status plan(cmi_plan *p, void *opt)
{
    options *o = opt;
    cmi_plan_stream(p, o->of.tables, CMI_BY_SPLIT);
    cmi_plan_select(p, OF, &o->of);
    cmi_plan_periods(p, &o->common, 0);
    cmi_plan_dense(p, COUNTS, (int64_t[]){ CMI_GRID }, 1);
    return cmi_plan_status(p);
}

static void collect(cmi_state *s, const void *opt, const cmi_span *rows)
{
    const cmi_grid *grid = cmi_state_grid(s);
    int64_t last = -1;
    (void)opt;
    for (int64_t i = 0; i < rows->n; i++) {
        int64_t p = cmi_grid_find(grid, rows->time[i]);
        if (p < 0 || p >= cmi_grid_n(grid) || !cmi_span_has(rows, i, OF)) continue;
        cmi_cell_column(s, COUNTS, N_ROWS, rows->group, 0)[p]++;
        if (p != last) cmi_cell_column(s, COUNTS, N_CUSTOMERS, rows->group, 0)[last = p]++;
    }
}

static cm_status present(const cmi_input *in, const void *opt, cmi_output *out)
{
    const cmi_grid *grid = cmi_state_grid(in->state);
    cmi_rows *t = cmi_out(out, PERIODS);
    (void)opt;
    for (uint32_t g = 0; g < cmi_state_n_groups(in->state); g++)
        for (int64_t p = 0; p < cmi_grid_n(grid); p++) {
            cmi_row(t, g);
            cmi_emit_period(t, C_PERIOD, grid, p);
            cmi_emit_i64(t, C_CUSTOMERS,
                         cmi_cell_get_column(in->state, COUNTS, N_CUSTOMERS, g, 0)[p]);
            cmi_emit_i64(t, C_ROWS, cmi_cell_get_column(in->state, COUNTS, N_ROWS, g, 0)[p]);
        }
    return cmi_output_status(out);
}

static const cmi_kpi PROBE = {
    .id = "walk_probe",
    .family = "test",
    .version = 1,
    .title = "Rows and customers",
    .definition = "rows and customers per period",
    .formula = "counts",
    .edge_cases = "",
    .references = "",
    .facts = "events",
    .stages = "",
    .businesses = "",
    .goals = "",
    .levers = "",
    .headline = "n_customers",
    .factors = "",
    .detail = "",
    .label = "",
    .example = "period=month",
    .options = OPTIONS,
    .options_size = sizeof(options),
    .cells = CELLS,
    .tables = TABLES,
    .plan = plan,
    .collect = collect,
    .present = present,
};

const cmi_kpi *const cmi_extra_kpis[] = { &PROBE, NULL };

/* A KPI on any KPI takes the one that is registered last: the counts by period must be its own. */
void check_probe_followed(void **state)
{
    walk_kpi own = { .info = { .struct_size = sizeof(cm_kpi_info) } }, trend = own;
    int32_t index, value, count;
    const cm_table *series, *periods;
    (void)state;
    assert_int_equal(cm_kpi_find("walk_probe", &own.index, NULL), CM_OK);
    assert_int_equal(cm_kpi_get(own.index, &own.info, NULL), CM_OK);
    assert_int_equal(cm_kpi_find("trend", &index, NULL), CM_OK);
    assert_int_equal(cm_kpi_get(index, &trend.info, NULL), CM_OK);
    trend.info.example = "kpi=walk_probe period=month";
    cm_params *a = walk_params(&trend, NULL), *b = walk_params(&own, NULL);
    cm_result *followed = walk_run(&trend, walk.dataset[0], a, 1);
    cm_result *counted = walk_run(&own, walk.dataset[0], b, 1);
    assert_int_equal(cm_result_table(followed, "series", &series, NULL), CM_OK);
    assert_int_equal(cm_result_table(counted, "periods", &periods, NULL), CM_OK);
    assert_int_equal(cm_table_find(series, "value", &value, NULL), CM_OK);
    assert_int_equal(cm_table_find(periods, "n_customers", &count, NULL), CM_OK);
    assert_int_equal(cm_table_n_rows(series), cm_table_n_rows(periods));
    for (int64_t row = 0; row < cm_table_n_rows(series); row++) {
        double v;
        int64_t n;
        assert_int_equal(cm_table_get_f64(series, row, value, &v, NULL, NULL), CM_OK);
        assert_int_equal(cm_table_get_i64(periods, row, count, &n, NULL, NULL), CM_OK);
        CM_ASSERT_SAME(v, (double)n);
    }
    cm_result_destroy(followed);
    cm_result_destroy(counted);
    cm_params_destroy(a);
    cm_params_destroy(b);
}
