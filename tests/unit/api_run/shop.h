/* SPDX-License-Identifier: MIT */
#ifndef API_RUN_SHOP_H
#define API_RUN_SHOP_H

#include "cm_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <custmetrics/custmetrics.h>

#include "core/calendar.h"
#include "core/hash.h"
#include "kpi/kpi.h"
#include "data/result.h"

/* A small shop, made from the customers' numbers alone so that any part of it can be made again,
 * and four tiny KPIs that use every step of the house. */

enum { N_SHOP_CUSTOMERS = 120 };
#define SHOP_START (INT64_C(19723) * CMI_DAY) /* 2024-01-01 */

static inline uint64_t shop_random(uint64_t *x)
{
    *x = *x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return cmi_mix(*x);
}

typedef struct shop_rows {
    int64_t n;
    const char *customer[4000], *channel[4000];
    int64_t time[4000];
    double amount[4000];
    char name[4000][16];
} shop_rows;

static inline void make_orders(shop_rows *r)
{
    static const char *const channels[] = { "web", "shop", "phone", NULL };
    r->n = 0;
    for (int c = 0; c < N_SHOP_CUSTOMERS; c++) {
        uint64_t x = (uint64_t)c * 31 + 7;
        int n = 1 + (int)(shop_random(&x) % 12);
        for (int i = 0; i < n; i++, r->n++) {
            snprintf(r->name[r->n], sizeof r->name[0], "C%d", c);
            r->customer[r->n] = c % 17 == 16 ? NULL : r->name[r->n];
            r->channel[r->n] = channels[shop_random(&x) % 4];
            r->time[r->n] =
                SHOP_START + (int64_t)(shop_random(&x) % (100 * 86400)) * CMI_SECOND + r->n;
            r->amount[r->n] = (double)(int64_t)(shop_random(&x) % 20000) / 100.0 - 10.0;
        }
    }
}

static inline cm_dataset *open_shop(cm_context *ctx, int part, int n_parts)
{
    cm_dataset_options options = {
        .struct_size = sizeof options, .scale = 2, .partition = part, .n_partitions = n_parts
    };
    cm_loader *loader;
    cm_dataset *ds;
    cm_error *err = cm_error_create();
    shop_rows *r = malloc(sizeof *r);
    make_orders(r);
    cm_array columns[] = { { "customer", CM_ARRAY_TEXT, 0, r->customer, NULL },
                           { "channel", CM_ARRAY_TEXT, 0, r->channel, NULL },
                           { "time", CM_ARRAY_TIME, 0, r->time, NULL },
                           { "amount", CM_ARRAY_F64, 0, r->amount, NULL } };
    assert_int_equal(cm_loader_create(ctx, NULL, &options, &loader, err), CM_OK);
    cm_status status = cm_loader_add_columns(loader, "orders", r->n, columns, 4, NULL, NULL, err);
    if (status != CM_OK) print_error("%s\n", cm_error_message(err));
    assert_int_equal(status, CM_OK);
    status = cm_loader_seal(loader, NULL, &ds, err);
    if (status != CM_OK) print_error("%s\n", cm_error_message(err));
    assert_int_equal(status, CM_OK);
    cm_loader_destroy(loader);
    cm_error_destroy(err);
    free(r);
    return ds;
}

static inline cm_params *make_params(cm_context *ctx, const char *kpi, const char *options)
{
    cm_params *p;
    cm_error *err = cm_error_create();
    char text[512], *save = NULL;
    cm_status status = cm_params_create(ctx, kpi, &p, err);
    if (status != CM_OK) print_error("%s\n", cm_error_message(err));
    assert_int_equal(status, CM_OK);
    snprintf(text, sizeof text, "%s", options);
    for (char *word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
        char *equals = strchr(word, '=');
        *equals = '\0';
        status = cm_params_set_text(p, word, equals + 1, err);
        if (status != CM_OK) print_error("%s\n", cm_error_message(err));
        assert_int_equal(status, CM_OK);
    }
    cm_error_destroy(err);
    return p;
}

static inline cm_status try_run(cm_context *ctx, const cm_dataset *ds, const char *kpi,
                                const char *options, const cm_run *run, cm_result **out,
                                cm_error *err)
{
    cm_params *p = make_params(ctx, kpi, options);
    cm_status status = cm_kpi_run(ctx, ds, p, run, out, err);
    cm_params_destroy(p);
    return status;
}

static inline cm_result *run_kpi(cm_context *ctx, const cm_dataset *ds, const char *kpi,
                                 const char *options)
{
    cm_result *result = NULL;
    cm_error *err = cm_error_create();
    cm_status status = try_run(ctx, ds, kpi, options, NULL, &result, err);
    if (status != CM_OK) print_error("%s\n", cm_error_message(err));
    assert_int_equal(status, CM_OK);
    cm_error_destroy(err);
    return result;
}

/* All tables as text, and the meta but for what says how the parts came. */
static inline char *text_of(cm_context *ctx, const cm_result *result)
{
    cm_buffer *b;
    assert_int_equal(cm_buffer_create(ctx, &b, NULL), CM_OK);
    assert_int_equal(cm_result_json(result, b, NULL), CM_OK);
    char *text = malloc((size_t)cm_buffer_size(b) + 1);
    memcpy(text, cm_buffer_data(b), (size_t)cm_buffer_size(b));
    text[cm_buffer_size(b)] = '\0';
    cm_buffer_destroy(b);
    return text;
}

static inline void assert_same_results(cm_context *ctx, const cm_result *a, const cm_result *b)
{
    char *ta = text_of(ctx, a), *tb = text_of(ctx, b);
    assert_string_equal(ta, tb);
    free(ta);
    free(tb);
}

static inline int64_t get_i64(const cm_result *result, const char *table, int64_t row,
                              const char *column)
{
    const cm_table *t;
    int32_t c;
    int64_t v = -1;
    assert_int_equal(cm_result_table(result, table, &t, NULL), CM_OK);
    assert_int_equal(cm_table_find(t, column, &c, NULL), CM_OK);
    assert_int_equal(cm_table_get_i64(t, row, c, &v, NULL, NULL), CM_OK);
    return v;
}

static inline void get_cell(const cm_result *result, const char *table, int64_t row,
                            const char *column, char out[128])
{
    const cm_table *t;
    int32_t c;
    int64_t n;
    bool null;
    assert_int_equal(cm_result_table(result, table, &t, NULL), CM_OK);
    assert_int_equal(cm_table_find(t, column, &c, NULL), CM_OK);
    assert_int_equal(cm_table_format(t, row, c, out, 128, &n, &null, NULL), CM_OK);
    if (null) strcpy(out, "null");
}

static inline int64_t n_rows(const cm_result *result, const char *table)
{
    const cm_table *t;
    return cm_result_table(result, table, &t, NULL) == CM_OK ? cm_table_n_rows(t) : -1;
}

/* ---- tiny_counts: orders, money and buyers per period; a dense table, a sparse one, by ---- */

enum { TC_DAYS, TC_BUYERS };
enum { TC_BY, TC_PERIOD, TC_ORDERS, TC_REVENUE, TC_MEAN, TC_ALL, TC_BIG };
typedef struct tiny_counts_options {
    cmi_common common;
    cmi_selector of;
} tiny_counts_options;
static const cmi_option TC_OPTIONS[] = {
    CMI_OPT_COMMON(tiny_counts_options, common, CMI_HAS_PERIOD | CMI_HAS_BY | CMI_HAS_CONFIDENCE,
                   "month"),
    CMI_OPT(SELECTOR, tiny_counts_options, of, "of", "orders", NULL, "", "what counts"), CMI_OPT_END
};
static const cmi_cells_def TC_CELLS[] = { CMI_CELLS("periods", "period", "n,big,revenue:sum128"),
                                          CMI_CELLS("buyers", "customer:customer", "n"),
                                          CMI_CELLS_END };
static const cmi_column_def TC_COLUMNS[] = {
    CMI_COL_BY,
    CMI_COL_PERIOD,
    CMI_COL_COUNT("n_orders", CMI_ALWAYS, "orders"),
    CMI_COL_MONEY("revenue", CMI_ALWAYS, "net revenue"),
    CMI_COL_MONEY("mean_value", CMI_NEVER, "revenue by order"),
    CMI_COL_COUNT("n_big", CMI_ALWAYS, "orders of 100 and more"),
    CMI_COL_RATE("big", "n_big", "n_orders", "share of big orders"),
    CMI_COL_END
};
enum { TB_BY, TB_CUSTOMER, TB_N };
static const cmi_column_def TB_COLUMNS[] = { CMI_COL_BY, CMI_COL_CUSTOMER,
                                             CMI_COL_COUNT("n_orders", CMI_NEVER, "orders"),
                                             CMI_COL_END };
static const cmi_table_def TC_TABLES[] = {
    CMI_TABLE("periods", TC_COLUMNS, "one row per group and period"),
    CMI_TABLE("buyers", TB_COLUMNS, "one row per customer"), CMI_TABLE_END
};
static cm_status tc_plan(cmi_plan *p, void *opt)
{
    tiny_counts_options *o = opt;
    cmi_plan_stream(p, CMI_FACT_BIT(CMI_ORDERS), CMI_BY_SPLIT);
    cmi_plan_require(p, CMI_ORDERS, "amount");
    cmi_plan_select(p, 1, &o->of);
    cmi_plan_value(p, 0, "amount");
    cmi_plan_periods(p, &o->common, 0);
    cmi_plan_dense(p, TC_DAYS, (int64_t[]){ CMI_GRID }, 1);
    return cmi_plan_status(p);
}
static void tc_collect(cmi_state *s, const void *opt, const cmi_span *rows)
{
    const cmi_grid *grid = cmi_state_grid(s);
    (void)opt;
    for (int64_t i = 0; i < rows->n; i++) {
        int64_t p = cmi_grid_find(grid, rows->time[i]), owner = rows->owner;
        if (!(rows->sel[i] & 1) || p < 0 || p >= cmi_grid_n(grid)) continue;
        cmi_cell_column128(s, TC_DAYS, 2, rows->group, 0)[p] += rows->value[0][i];
        if (!cmi_span_has(rows, i, 1)) continue;
        cmi_cell(s, TC_DAYS, rows->group, 0)[p]++;
        cmi_cell_column(s, TC_DAYS, 1, rows->group, 0)[p] += rows->value[0][i] >= 10000;
        if (owner)
            cmi_add64(s, TC_BUYERS, cmi_at(s, TC_BUYERS, rows->group, &owner, 1), 0, 1);
        else
            cmi_state_count(s, "n_guest_orders", 1);
    }
}
static cm_status tc_present(const cmi_input *in, const void *opt, cmi_output *out)
{
    const cmi_state *s = in->state;
    const cmi_grid *grid = cmi_state_grid(s);
    cmi_rows *t = cmi_out(out, 0), *b = cmi_out(out, 1);
    (void)opt;
    for (uint32_t g = 0; g < cmi_state_n_groups(s); g++) {
        const int64_t *n = cmi_cell_get(s, TC_DAYS, g, 0),
                      *big = cmi_cell_get_column(s, TC_DAYS, 1, g, 0);
        const cmi_i128 *revenue = cmi_cell_get_column128(s, TC_DAYS, 2, g, 0);
        for (int64_t p = 0; p < cmi_grid_n(grid); p++) {
            cmi_row(t, g);
            cmi_emit_period(t, TC_PERIOD, grid, p);
            cmi_emit_i64(t, TC_ORDERS, n[p]);
            cmi_emit_money(t, TC_REVENUE, revenue[p]);
            cmi_emit_money_ratio(t, TC_MEAN, revenue[p], n[p]);
            cmi_emit_i64(t, TC_ALL, big[p]);
            cmi_emit_rate(t, TC_BIG, big[p], n[p], cmi_grid_state(grid, p, 1));
        }
    }
    for (int64_t row = 0; row < cmi_cells_n(s, TC_BUYERS); row++) {
        cmi_row(b, cmi_cells_group(s, TC_BUYERS, row));
        cmi_emit_code(b, TB_CUSTOMER, s, TC_BUYERS, 0, cmi_cells_key(s, TC_BUYERS, row, NULL)[0]);
        cmi_emit_i64(b, TB_N, cmi_cells_i64(s, TC_BUYERS, row, 0));
    }
    if (cmi_cells_n(s, TC_BUYERS) == 0)
        cmi_diagnose(out, "no_buyers", "nobody bought; %d groups", (int)cmi_state_n_groups(s));
    return cmi_output_status(out);
}
static const cmi_kpi TINY_COUNTS = {
    .id = "tiny_counts",
    .family = "test",
    .title = "tiny counts",
    .version = 3,
    .facts = "orders",
    .anonymous = true,
    .options = TC_OPTIONS,
    .options_size = sizeof(tiny_counts_options),
    .cells = TC_CELLS,
    .tables = TC_TABLES,
    .plan = tc_plan,
    .collect = tc_collect,
    .present = tc_present,
    .headline = "n_orders",
};

/* ---- tiny_segment: the mean number of orders cuts customers in two ---- */

typedef struct tiny_segment_options {
    cmi_common common;
    double factor;
    int64_t top;
} tiny_segment_options;
static const cmi_option TS_OPTIONS[] = {
    CMI_OPT_COMMON(tiny_segment_options, common, CMI_HAS_BY, "all"),
    CMI_OPT(NUMBER, tiny_segment_options, factor, "factor", "1", NULL, "", "times the mean"),
    CMI_OPT(INT, tiny_segment_options, top, "top", "1000000", NULL, "", "rows shown"), CMI_OPT_END
};
static const cmi_cells_def TS_CELLS[] = { CMI_CELLS("summary", "customer:customer", "n:once"),
                                          CMI_CELLS_END };
enum { TS_BY, TS_CUSTOMER, TS_N, TS_SEGMENT };
static const cmi_column_def TS_COLUMNS[] = { CMI_COL_BY, CMI_COL_CUSTOMER,
                                             CMI_COL_COUNT("n_orders", CMI_NEVER, "orders"),
                                             CMI_COL_TEXT("segment", "heavy or light"),
                                             CMI_COL_END };
static const cmi_column_def TS_CUTS[] = { CMI_COL_F64("cut", "orders", "the cut"), CMI_COL_END };
static const cmi_table_def TS_TABLES[] = { CMI_TABLE("customers", TS_COLUMNS,
                                                     "one row per customer"),
                                           CMI_TABLE("cuts", TS_CUTS, "the cut"), CMI_TABLE_END };
static cm_status ts_plan(cmi_plan *p, void *opt)
{
    (void)opt;
    cmi_plan_stream(p, CMI_FACT_BIT(CMI_ORDERS), CMI_BY_SPLIT);
    cmi_plan_select_head(p, 1);
    return cmi_plan_status(p);
}
static void ts_collect(cmi_state *s, const void *opt, const cmi_span *rows)
{
    int64_t n = 0, owner = rows->owner;
    (void)opt;
    for (int64_t i = 0; i < rows->n; i++) n += cmi_span_has(rows, i, 1);
    cmi_set(s, 0, cmi_at(s, 0, rows->group, &owner, 1), 0, n);
}
static cm_status ts_solve(const cmi_input *in, const void *opt, cmi_fit *fit)
{
    const tiny_segment_options *o = opt;
    int64_t n = cmi_cells_n(in->state, 0), sum = 0;
    for (int64_t row = 0; row < n; row++) sum += cmi_cells_i64(in->state, 0, row, 0);
    double cut = n ? o->factor * (double)sum / (double)n : 0;
    cmi_fit_put_f64(fit, "cut", &cut, 1);
    return CM_OK;
}
static cm_status ts_present(const cmi_input *in, const void *opt, cmi_output *out)
{
    const tiny_segment_options *o = opt;
    cmi_rows *t = cmi_out(out, 0), *c = cmi_out(out, 1);
    int64_t n;
    const double *cut = cmi_fit_f64(in->model, "cut", &n);
    if (n != 1) return CM_ERR_FORMAT;
    for (int64_t row = 0; row < cmi_cells_n(in->state, 0) && row < o->top; row++) {
        int64_t orders = cmi_cells_i64(in->state, 0, row, 0);
        cmi_row(t, cmi_cells_group(in->state, 0, row));
        cmi_emit_code(t, TS_CUSTOMER, in->state, 0, 0, cmi_cells_key(in->state, 0, row, NULL)[0]);
        cmi_emit_i64(t, TS_N, orders);
        cmi_emit_text_z(t, TS_SEGMENT, (double)orders > *cut ? "heavy" : "light");
    }
    cmi_row_total(c);
    cmi_emit_f64(c, 0, *cut);
    return cmi_output_status(out);
}
static const cmi_kpi TINY_SEGMENT = {
    .id = "tiny_segment",
    .family = "test",
    .title = "tiny segment",
    .version = 1,
    .facts = "orders",
    .options = TS_OPTIONS,
    .options_size = sizeof(tiny_segment_options),
    .cells = TS_CELLS,
    .tables = TS_TABLES,
    .plan = ts_plan,
    .collect = ts_collect,
    .solve = ts_solve,
    .present = ts_present,
    .headline = "n_orders",
    .detail = "customers",
    .label = "segment",
};

/* ---- tiny_parent: children, one of them twice ---- */

typedef struct tiny_parent_options {
    cmi_common common;
} tiny_parent_options;
static const cmi_option TP_OPTIONS[] = { CMI_OPT_COMMON(tiny_parent_options, common, 0, "all"),
                                         CMI_OPT_END };
static const cmi_column_def TP_COLUMNS[] = {
    CMI_COL_KEY_TEXT("kpi", "child"), CMI_COL_COUNT("n_rows", CMI_NEVER, "rows"),
    CMI_COL_F64("ratio", "", "rows of this to rows of the first"), CMI_COL_END
};
static const cmi_table_def TP_TABLES[] = { CMI_TABLE("children", TP_COLUMNS, "one row per child"),
                                           CMI_TABLE_END };
static cm_status tp_plan(cmi_plan *p, void *opt)
{
    (void)opt;
    return cmi_plan_status(p);
}
static cm_status tp_children(cmi_children *list, const void *opt)
{
    (void)opt;
    cmi_child_set(list, cmi_child(list, "tiny_counts"), "period", "day");
    cmi_child(list, "tiny_segment");
    cmi_child_set(list, cmi_child(list, "tiny_counts"), "period", "day");
    return CM_OK;
}
static cm_status tp_present(const cmi_input *in, const void *opt, cmi_output *out)
{
    cmi_rows *t = cmi_out(out, 0);
    (void)opt;
    for (int i = 0; i < in->n_children; i++) {
        const cm_table *table = cm_result_table_at(in->child[i], 0);
        cmi_row_total(t);
        cmi_emit_text_z(t, 0, cm_result_kpi(in->child[i]));
        cmi_emit_i64(t, 1, cm_table_n_rows(table));
        cmi_emit_ratio(t, 2, cm_table_n_rows(table),
                       cm_table_n_rows(cm_result_table_at(in->child[0], 0)));
    }
    return cmi_output_status(out);
}
static const cmi_kpi TINY_PARENT = {
    .id = "tiny_parent",
    .family = "test",
    .title = "tiny parent",
    .version = 1,
    .facts = "orders",
    .options = TP_OPTIONS,
    .options_size = sizeof(tiny_parent_options),
    .tables = TP_TABLES,
    .plan = tp_plan,
    .children = tp_children,
    .present = tp_present,
    .headline = "n_rows",
};

/* ---- tiny_formula: no facts; many rows, or a failure, if asked ---- */

typedef struct tiny_formula_options {
    int64_t rows;
    bool fail;
} tiny_formula_options;
static const cmi_option TF_OPTIONS[] = {
    CMI_OPT(INT, tiny_formula_options, rows, "rows", "1", "0..1000000000", "", "rows"),
    CMI_OPT(BOOL, tiny_formula_options, fail, "fail", "false", NULL, "", "puts an infinite number"),
    CMI_OPT_END
};
static const cmi_column_def TF_COLUMNS[] = { CMI_COL_F64("x", "", "a number"), CMI_COL_END };
static const cmi_table_def TF_TABLES[] = { CMI_TABLE("numbers", TF_COLUMNS, "numbers"),
                                           CMI_TABLE_END };
static cm_status tf_present(const cmi_input *in, const void *opt, cmi_output *out)
{
    const tiny_formula_options *o = opt;
    cmi_rows *t = cmi_out(out, 0);
    (void)in;
    for (int64_t i = 0; i < o->rows && cmi_output_status(out) == CM_OK; i++) {
        cmi_row(t, 0);
        cmi_emit_f64(t, 0, o->fail ? INFINITY : (double)i);
    }
    cmi_warn(out, "%d rows", (int)o->rows);
    return cmi_output_status(out);
}
static const cmi_kpi TINY_FORMULA = {
    .id = "tiny_formula",
    .family = "test",
    .title = "tiny formula",
    .version = 1,
    .facts = "",
    .options = TF_OPTIONS,
    .options_size = sizeof(tiny_formula_options),
    .tables = TF_TABLES,
    .present = tf_present,
};

const cmi_kpi *const cmi_extra_kpis[] = { &TINY_COUNTS, &TINY_SEGMENT, &TINY_PARENT, &TINY_FORMULA,
                                          NULL };

#endif
