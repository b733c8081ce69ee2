/* SPDX-License-Identifier: MIT */
#include "cm_test.h"

#include "chart.h"
#include "data/table.h"

/* Charts are drawn from tables alone, so the tests fill tables by hand. */
enum { LABEL, AGE, VALUE, LOWER, UPPER, STATE, N_COLUMNS };

static cm_context *ctx;
static cm_table *table;

static int create_table(void **state)
{
    (void)state;
    static const cmi_column_spec columns[N_COLUMNS] = {
        [LABEL] = { .name = "label", .type = CM_TYPE_TEXT, .is_key = true },
        [AGE] = { .name = "age", .type = CM_TYPE_I64, .is_key = true },
        [VALUE] = { .name = "rate", .type = CM_TYPE_F64 },
        [LOWER] = { .name = "rate_lower", .type = CM_TYPE_F64 },
        [UPPER] = { .name = "rate_upper", .type = CM_TYPE_F64 },
        [STATE] = { .name = "rate_state", .type = CM_TYPE_TEXT },
    };
    if (cm_context_create(NULL, &ctx, NULL) != CM_OK) return -1;
    return cmi_table_create(ctx, "cells", "", columns, N_COLUMNS, &table, NULL) == CM_OK ? 0 : -1;
}

static int release_table(void **state)
{
    (void)state;
    cmi_table_release(table);
    cm_context_destroy(ctx);
    return 0;
}

static void add_row(const char *label, int64_t age, double value, const char *row_state)
{
    cmi_table_row(table);
    cmi_table_set_text(table, LABEL, label, strlen(label));
    cmi_table_set_i64(table, AGE, age);
    cmi_table_set_f64(table, VALUE, value);
    cmi_table_set_f64(table, LOWER, value - 0.1);
    cmi_table_set_f64(table, UPPER, value + 0.1);
    cmi_table_set_text(table, STATE, row_state, strlen(row_state));
}

static void fill_table(void)
{
    add_row("<jan>", 0, 1.0, "complete");
    add_row("<jan>", 1, 0.5, "complete");
    add_row("feb", 0, 1.0, "complete");
    add_row("feb", 1, 0.25, "partial");
    add_row("mar", 0, 0.75, "complete");
    add_row("mar", 1, (double)NAN, "pending");
    assert_int_equal(cmi_table_finish(table, NULL), CM_OK);
}

static int count(const char *text_in, const char *needle)
{
    int n = 0;
    for (const char *p = text_in; (p = strstr(p, needle)); p += strlen(needle)) n++;
    return n;
}

static void every_value_becomes_one_point(void **state)
{
    (void)state;
    static const chart_kind kinds[] = { CHART_LINE, CHART_BARS, CHART_HEAT };
    fill_table();
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        chart_def def = { "Rates", kinds[i], "cells", "label", "rate", "age", NULL };
        text svg = { 0 };
        assert_true(chart_draw(&def, table, &svg));
        /* A heat map shows the cell without a value too: empty and hatched. */
        assert_int_equal(count(text_c(&svg), "class=\"point"), kinds[i] == CHART_HEAT ? 6 : 5);
        assert_int_equal(count(text_c(&svg), "<svg"), 1);
        assert_int_equal(count(text_c(&svg), "</svg>"), 1);
        assert_null(strstr(text_c(&svg), "<jan>"));
        assert_non_null(strstr(text_c(&svg), "&lt;jan&gt;"));
        assert_null(strstr(text_c(&svg), "nan"));
        text_free(&svg);
    }
}

static void incomplete_cells_are_marked(void **state)
{
    (void)state;
    fill_table();
    chart_def heat = { "Rates", CHART_HEAT, "cells", "label", "rate", "age", NULL };
    chart_def bars = { "Rates", CHART_BARS, "cells", "label", "rate", NULL, NULL };
    text svg = { 0 };
    assert_true(chart_draw(&heat, table, &svg));
    assert_int_equal(count(text_c(&svg), "class=\"hatch\""), 2);
    text_free(&svg);
    assert_true(chart_draw(&bars, table, &svg));
    assert_int_equal(count(text_c(&svg), " open\""), 1);
    assert_int_equal(count(text_c(&svg), "whisker"), 5);
    text_free(&svg);
}

static void nothing_to_draw_is_no_chart(void **state)
{
    (void)state;
    chart_def def = { "Rates", CHART_LINE, "cells", "label", "rate", "age", NULL };
    chart_def missing = { "Rates", CHART_LINE, "cells", "label", "colour", NULL, NULL };
    text svg = { 0 };
    assert_int_equal(cmi_table_finish(table, NULL), CM_OK);
    assert_false(chart_draw(&def, table, &svg));
    assert_false(chart_draw(&missing, table, &svg));
    assert_int_equal(svg.n, 0);
}

/* Values of one size, tiny and large ones: axes must come to an end. */
static void axes_bear_any_range(void **state)
{
    (void)state;
    static const double values[] = { 0, -3, 1e-300, 1e300, 5 };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        add_row("x", (int64_t)i, values[i], "complete");
    }
    assert_int_equal(cmi_table_finish(table, NULL), CM_OK);
    chart_def def = { "Rates", CHART_LINE, "cells", "age", "rate", NULL, NULL };
    text svg = { 0 };
    assert_true(chart_draw(&def, table, &svg));
    assert_int_equal(count(text_c(&svg), "class=\"point"), 5);
    assert_in_range(count(text_c(&svg), "class=\"grid\""), 2, 12);
    text_free(&svg);
}

static void figures_show_one_row(void **state)
{
    (void)state;
    add_row("all", 3, 0.123456789, "complete");
    assert_int_equal(cmi_table_finish(table, NULL), CM_OK);
    chart_def def = { "Now", CHART_FIGURES, "cells", NULL, "age,rate,nothing", NULL, NULL };
    text page = { 0 };
    assert_true(chart_draw(&def, table, &page));
    assert_non_null(strstr(text_c(&page), ">3</b>"));
    assert_non_null(strstr(text_c(&page), "title=\"0.123456789\">0.1235</b>"));
    text_free(&page);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, create_table, release_table)
    const struct CMUnitTest tests[] = {
        TEST(every_value_becomes_one_point), TEST(incomplete_cells_are_marked),
        TEST(nothing_to_draw_is_no_chart),   TEST(axes_bear_any_range),
        TEST(figures_show_one_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
