/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <custmetrics/custmetrics.h>
#include "cm_test.h"

#include "data/catalog.h"

static const cmi_column_def COLUMNS[] = { CMI_COL_BY,
                                          CMI_COL_PERIOD,
                                          CMI_COL_COUNT("n", CMI_ALWAYS, "a count"),
                                          CMI_COL_RATE("share", "n", "n", "a rate"),
                                          CMI_COL_INTERVAL("score", "points", "an interval"),
                                          CMI_COL_MONEY("revenue", CMI_OVER_GROUPS, "money"),
                                          CMI_COL_END };
static const cmi_table_def TABLES[] = { CMI_TABLE("periods", COLUMNS, "rows"), CMI_TABLE_END };
typedef struct shown_options {
    cmi_common common;
    int64_t count;
} shown_options;
static const cmi_option OPTIONS[] = {
    CMI_OPT(INT, shown_options, count, "count", "3", "1..9", "days", "a number"),
    CMI_OPT_COMMON(shown_options, common, CMI_HAS_PERIOD | CMI_HAS_UNIT, "month"), CMI_OPT_END
};
static const cmi_kpi SHOWN = { .id = "shown_test",
                               .family = "tests",
                               .version = 4,
                               .title = "Shown",
                               .tables = TABLES,
                               .options = OPTIONS,
                               .options_size = sizeof(shown_options),
                               .direction = -1,
                               .anonymous = true };
extern const cmi_kpi *const cmi_extra_kpis[];
const cmi_kpi *const cmi_extra_kpis[] = { &SHOWN, NULL };

static cm_error *err;

static void test_kpi(void **state)
{
    cm_kpi_info info = { .struct_size = sizeof info };
    int32_t at = -1;
    (void)state;
    assert_int_equal(cm_kpi_find("shown_test", &at, err), CM_OK);
    assert_int_equal(at, cm_kpi_count() - 1);
    assert_int_equal(cm_kpi_get(at, &info, err), CM_OK);
    assert_string_equal(info.id, "shown_test");
    assert_string_equal(info.family, "tests");
    assert_string_equal(info.levers, "");
    assert_int_equal(info.version, 4);
    assert_int_equal(info.direction, -1);
    assert_int_equal(info.reads_anonymous, 1);
    assert_int_equal(info.has_model, 0);
    assert_int_equal(info.n_options, 10); /* count, and nine common ones */
    assert_int_equal(info.n_tables, 2);
    info.struct_size = 8;
    assert_int_equal(cm_kpi_get(at, &info, err), CM_ERR_ARG);
    assert_int_equal(cm_kpi_get(-1, &info, err), CM_ERR_ARG);
    assert_int_equal(cm_kpi_get(at + 1, &info, err), CM_ERR_ARG);
    assert_int_equal(cm_kpi_get(at, NULL, err), CM_ERR_ARG);
    assert_int_equal(cm_kpi_find("shown_tset", &at, err), CM_ERR_NOT_FOUND);
    assert_non_null(strstr(cm_error_hint(err), "shown_test"));
    assert_int_equal(cm_kpi_find(NULL, &at, err), CM_ERR_ARG);
}

static void test_newer_caller(void **state)
{
    struct {
        cm_option_info info;
        char further[32];
    } newer;
    int32_t at;
    (void)state;
    memset(&newer, 0x7f, sizeof newer);
    newer.info.struct_size = sizeof newer;
    assert_int_equal(cm_kpi_find("shown_test", &at, err), CM_OK);
    assert_int_equal(cm_kpi_option(at, 0, &newer.info, err), CM_OK);
    assert_string_equal(newer.info.name, "count");
    assert_int_equal(newer.info.struct_size, sizeof newer);
    for (size_t i = 0; i < sizeof newer.further; i++) assert_int_equal(newer.further[i], 0);
}

static void test_options(void **state)
{
    static const char *const names[] = { "count",      "from",   "to",    "as_of", "tz",
                                         "week_start", "period", "where", "unit",  "max_groups" };
    cm_option_info info = { .struct_size = sizeof info };
    int32_t at;
    (void)state;
    assert_int_equal(cm_kpi_find("shown_test", &at, err), CM_OK);
    for (int32_t i = 0; i < 10; i++) {
        assert_int_equal(cm_kpi_option(at, i, &info, err), CM_OK);
        assert_string_equal(info.name, names[i]);
        if (i) assert_string_not_equal(info.doc, "");
    }
    assert_int_equal(cm_kpi_option(at, 10, &info, err), CM_ERR_ARG);
    assert_int_equal(cm_kpi_option(at, 0, &info, err), CM_OK);
    assert_string_equal(info.type, "int");
    assert_string_equal(info.fallback, "3");
    assert_string_equal(info.range, "1..9");
    assert_string_equal(info.unit, "days");
    assert_int_equal(cm_kpi_option(at, 6, &info, err), CM_OK);
    assert_string_equal(info.fallback, "month");
    assert_int_equal(cm_kpi_option(at, 3, &info, err), CM_OK);
    assert_string_equal(info.type, "date");
    assert_string_equal(info.fallback, "");
}

static void test_columns(void **state)
{
    static const char *const columns[][4] = {
        { "by", "text", "", "never" },
        { "period", "date", "", "never" },
        { "n", "int64", "", "always" },
        { "share", "float64", "ratio", "never" },
        { "share_lower", "float64", "ratio", "never" },
        { "share_upper", "float64", "ratio", "never" },
        { "share_state", "text", "", "never" },
        { "score", "float64", "points", "never" },
        { "score_lower", "float64", "points", "never" },
        { "score_upper", "float64", "points", "never" },
        { "score_state", "text", "", "never" },
        { "revenue", "money", "money", "over_groups" },
    };
    cm_table_info table = { .struct_size = sizeof table };
    cm_column_info info = { .struct_size = sizeof info };
    int32_t at;
    (void)state;
    assert_int_equal(cm_kpi_find("shown_test", &at, err), CM_OK);
    assert_int_equal(cm_kpi_table(at, 0, &table, err), CM_OK);
    assert_string_equal(table.name, "periods");
    assert_int_equal(table.n_columns, 12);
    for (int32_t i = 0; i < 12; i++) {
        assert_int_equal(cm_kpi_column(at, 0, i, &info, err), CM_OK);
        assert_string_equal(info.name, columns[i][0]);
        assert_string_equal(info.type, columns[i][1]);
        assert_string_equal(info.unit, columns[i][2]);
        assert_string_equal(info.additivity, columns[i][3]);
        assert_int_equal(info.is_key, i < 2);
        assert_string_not_equal(info.doc, "");
    }
    assert_int_equal(cm_kpi_column(at, 0, 12, &info, err), CM_ERR_ARG);
    assert_int_equal(cm_kpi_table(at, 1, &table, err), CM_OK);
    assert_string_equal(table.name, "diagnostics");
    assert_int_equal(table.n_columns, 2);
    assert_int_equal(cm_kpi_column(at, 1, 1, &info, err), CM_OK);
    assert_string_equal(info.name, "message");
    assert_int_equal(cm_kpi_table(at, 2, &table, err), CM_ERR_ARG);
}

/* Everything that every KPI, table and measure says is there and is text. */
static void test_everything(void **state)
{
    (void)state;
    for (int32_t i = 0; i < cm_kpi_count(); i++) {
        cm_kpi_info info = { .struct_size = sizeof info };
        assert_int_equal(cm_kpi_get(i, &info, err), CM_OK);
        assert_string_not_equal(info.id, "");
        for (int32_t o = 0; o < info.n_options; o++) {
            cm_option_info option = { .struct_size = sizeof option };
            assert_int_equal(cm_kpi_option(i, o, &option, err), CM_OK);
            assert_string_not_equal(option.type, "");
        }
        for (int32_t t = 0; t < info.n_tables; t++) {
            cm_table_info table = { .struct_size = sizeof table };
            assert_int_equal(cm_kpi_table(i, t, &table, err), CM_OK);
            for (int32_t c = 0; c < table.n_columns; c++) {
                cm_column_info column = { .struct_size = sizeof column };
                assert_int_equal(cm_kpi_column(i, t, c, &column, err), CM_OK);
                assert_string_not_equal(column.name, "");
            }
        }
    }
    for (int32_t f = 0; f < cm_fact_count(); f++) {
        cm_fact_info info = { .struct_size = sizeof info };
        assert_int_equal(cm_fact_get(f, &info, err), CM_OK);
        assert_string_not_equal(info.doc, "");
        for (int32_t r = 0; r < info.n_roles; r++) {
            cm_role_info role = { .struct_size = sizeof role };
            assert_int_equal(cm_fact_role(f, r, &role, err), CM_OK);
            assert_string_not_equal(role.type, "");
            assert_string_not_equal(role.doc, "");
        }
        cm_role_info role = { .struct_size = sizeof role };
        assert_int_equal(cm_fact_role(f, info.n_roles, &role, err), CM_ERR_ARG);
    }
    assert_int_equal(cm_fact_count(), 22);
    assert_int_equal(cm_measure_count(), 21);
    for (int32_t m = 0; m < cm_measure_count(); m++) {
        cm_measure_info info = { .struct_size = sizeof info };
        assert_int_equal(cm_measure_get(m, &info, err), CM_OK);
        assert_string_not_equal(info.name, "");
        assert_string_not_equal(info.unit, "");
        assert_string_not_equal(info.doc, "");
    }
    cm_measure_info info = { .struct_size = sizeof info };
    assert_int_equal(cm_measure_get(21, &info, err), CM_ERR_ARG);
}

static int open_error(void **state)
{
    (void)state;
    err = cm_error_create();
    return 0;
}

static int close_error(void **state)
{
    (void)state;
    cm_error_destroy(err);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_kpi),
                                        cmocka_unit_test(test_newer_caller),
                                        cmocka_unit_test(test_options),
                                        cmocka_unit_test(test_columns),
                                        cmocka_unit_test(test_everything) };
    return cmocka_run_group_tests(tests, open_error, close_error);
}
