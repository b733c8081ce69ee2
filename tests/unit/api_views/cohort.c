/* SPDX-License-Identifier: MIT */
#include "views.h"

/* The view of cohorts says what the tables say. */

static const char THREE[] = "customer,time,name\n"
                            "ann,2024-01-05,visit\nann,2024-02-09,visit\nann,2024-03-01,visit\n"
                            "bob,2024-01-20,visit\ncid,2024-02-03,visit\ncid,2024-03-02,visit\n";

static cm_cohort_cell cell_at(const cm_cohort *view, int64_t index, int64_t age)
{
    cm_cohort_cell c = { .struct_size = sizeof c };
    assert_int_equal(cm_cohort_cell_get(view, index, age, &c, NULL), CM_OK);
    return c;
}

static void the_worked_example(void **state)
{
    (void)state;
    static const struct {
        int64_t cohort, age, size, eligible, active;
        double retention;
        const char *state;
    } cells[] = {
        { 0, 0, 2, 2, 2, 1, "complete" },  { 0, 1, 2, 2, 1, 0.5, "complete" },
        { 0, 2, 2, 0, 1, NAN, "partial" }, { 1, 0, 1, 1, 1, 1, "complete" },
        { 1, 1, 1, 0, 1, NAN, "partial" }, { 1, 2, 1, 0, 0, NAN, "pending" },
    };
    cm_context *ctx = open_context();
    cm_dataset *ds = open_csv(ctx, "events", THREE);
    cm_result *result = run_kpi(ctx, ds, "cohort", "period=month as_of=2024-03-15 periods=2");
    cm_cohort *view;
    double curve[3], pooled[3];
    assert_int_equal(cm_cohort_create(result, &view, NULL), CM_OK);
    assert_int_equal(cm_cohort_n_cohorts(view), n_rows(result, "cohorts"));
    assert_int_equal(cm_cohort_n_ages(view), 3);
    assert_string_equal(cm_cohort_name(view, 0), "2024-01-01");
    assert_string_equal(cm_cohort_name(view, 1), "2024-02-01");
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        cm_cohort_cell c = cell_at(view, cells[i].cohort, cells[i].age);
        assert_int_equal(c.n_customers, cells[i].size);
        assert_int_equal(c.n_eligible, cells[i].eligible);
        assert_int_equal(c.n_active, cells[i].active);
        assert_int_equal(c.n_orders, -1);
        CM_ASSERT_SAME(c.retention, cells[i].retention);
        assert_string_equal(c.state, cells[i].state);
    }
    assert_int_equal(cm_cohort_curve(view, 0, curve, 3, NULL), CM_OK);
    CM_ASSERT_SAME(curve[0], 1);
    CM_ASSERT_SAME(curve[1], 0.5);
    CM_ASSERT_SAME(curve[2], NAN);
    assert_int_equal(cm_cohort_pooled(view, pooled, 3, NULL), CM_OK);
    CM_ASSERT_SAME(pooled[0], 1);
    CM_ASSERT_SAME(pooled[1], 0.5);
    CM_ASSERT_SAME(pooled[2], NAN);
    cm_cohort_destroy(view);
    cm_result_destroy(result);
    cm_dataset_destroy(ds);
    close_context(ctx);
}

/* ---- any options: cell by cell as the tables have it ---- */

static void compare_cell(const cm_result *result, int64_t row, const cm_cohort_cell *c)
{
    double orders = get_f64(result, "cells", row, "n_orders");
    char text[128];
    assert_int_equal(c->n_customers, get_i64(result, "cells", row, "n_customers"));
    assert_int_equal(c->n_eligible, get_i64(result, "cells", row, "n_eligible"));
    assert_int_equal(c->n_active, get_i64(result, "cells", row, "n_active"));
    assert_int_equal(c->n_orders, isnan(orders) ? -1 : (int64_t)orders);
    CM_ASSERT_SAME(c->retention, get_f64(result, "cells", row, "retention"));
    get_cell(result, "cells", row, "retention_state", text);
    assert_string_equal(c->state, text);
}

static void compare_cohort(const cm_result *result, const cm_cohort *view, int64_t i)
{
    int64_t ages = cm_cohort_n_ages(view);
    double *curve = malloc(sizeof *curve * (size_t)(ages + 1));
    char text[128];
    curve[ages] = -7;
    assert_int_equal(cm_cohort_curve(view, i, curve, ages + 1, NULL), CM_OK);
    CM_ASSERT_SAME(curve[ages], -7);
    for (int64_t age = 0; age < ages; age++) {
        int64_t row = i * ages + age;
        cm_cohort_cell c = cell_at(view, i, age);
        get_cell(result, "cells", row, "cohort", text);
        assert_string_equal(cm_cohort_name(view, i), strcmp(text, "null") == 0 ? "" : text);
        assert_int_equal(get_i64(result, "cells", row, "age"),
                         get_i64(result, "curve", age, "age"));
        compare_cell(result, row, &c);
        CM_ASSERT_SAME(curve[age], c.retention);
    }
    free(curve);
}

static void every_cohort_reads_as_its_tables(void **state)
{
    (void)state;
    static const char *const runs[] = {
        "period=month periods=3",
        "period=week",
        "period=day periods=0",
        "period=hour periods=2 from=2024-01-01 as_of=2024-01-05",
        "period=week grid=elapsed denominator=cohort",
        "period=day criterion=bracket brackets=1,3,7,15",
        "period=month key=channel",
        "period=month anchor=each_period denominator=previous",
    };
    cm_context *ctx = open_context();
    cm_dataset *ds = open_shop(ctx, 0, 1);
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        cm_result *result = run_kpi(ctx, ds, "cohort", runs[i]);
        cm_cohort *view;
        double pooled[64];
        assert_int_equal(cm_cohort_create(result, &view, NULL), CM_OK);
        int64_t n = cm_cohort_n_cohorts(view), ages = cm_cohort_n_ages(view);
        assert_int_equal(n, n_rows(result, "cohorts"));
        assert_int_equal(ages, n_rows(result, "curve"));
        assert_true(n > 1 && ages > 0 && ages < 64);
        for (int64_t k = 0; k < n; k++) compare_cohort(result, view, k);
        assert_int_equal(cm_cohort_pooled(view, pooled, 64, NULL), CM_OK);
        for (int64_t age = 0; age < ages; age++)
            CM_ASSERT_SAME(pooled[age], get_f64(result, "curve", age, "retention"));
        cm_cohort_destroy(view);
        cm_result_destroy(result);
    }
    cm_dataset_destroy(ds);
    close_context(ctx);
}

/* ---- refusals ---- */

static void other_results_are_refused(void **state)
{
    (void)state;
    cm_context *ctx = open_context();
    cm_dataset *ds = open_shop(ctx, 0, 1);
    cm_error *err = cm_error_create();
    cm_cohort *const untouched = (cm_cohort *)(uintptr_t)16;
    cm_cohort *view = untouched;
    cm_result *other = run_kpi(ctx, ds, "rfm", ""),
              *grouped = run_kpi(ctx, ds, "cohort", "by=channel"),
              *result = run_kpi(ctx, ds, "cohort", "");
    int64_t held = cm_context_memory(ctx);
    assert_status(cm_cohort_create(NULL, &view, err), CM_ERR_ARG, err);
    assert_status(cm_cohort_create(result, NULL, err), CM_ERR_ARG, err);
    assert_status(cm_cohort_create(other, &view, err), CM_ERR_ARG, err);
    assert_status(cm_cohort_create(grouped, &view, err), CM_ERR_ARG, err);
    assert_string_equal(cm_error_option(err), "by");
    assert_ptr_equal(view, untouched);
    assert_int_equal(cm_context_memory(ctx), held);
    cm_result_destroy(other);
    cm_result_destroy(grouped);
    cm_result_destroy(result);
    cm_dataset_destroy(ds);
    cm_error_destroy(err);
    cm_cohort_destroy(NULL);
    assert_int_equal(cm_cohort_n_cohorts(NULL), 0);
    assert_int_equal(cm_cohort_n_ages(NULL), 0);
    assert_null(cm_cohort_name(NULL, 0));
    close_context(ctx);
}

/* A dimension that is called like a column of the table is a group all the same. */
static void a_group_named_cohort_is_refused(void **state)
{
    (void)state;
    cm_context *ctx = open_context();
    cm_dataset *ds = open_csv(ctx, "events",
                              "customer,time,name,cohort\nann,2024-01-05,visit,x\n"
                              "bob,2024-01-06,visit,y\n");
    cm_result *result = run_kpi(ctx, ds, "cohort", "period=month by=cohort");
    cm_cohort *view;
    assert_int_equal(cm_cohort_create(result, &view, NULL), CM_ERR_ARG);
    cm_result_destroy(result);
    cm_dataset_destroy(ds);
    close_context(ctx);
}

static void refused_calls_write_nothing(void **state)
{
    (void)state;
    cm_context *ctx = open_context();
    cm_dataset *ds = open_csv(ctx, "events", THREE);
    cm_result *result = run_kpi(ctx, ds, "cohort", "period=month as_of=2024-03-15 periods=2");
    cm_error *err = cm_error_create();
    cm_cohort *view;
    assert_status(cm_cohort_create(result, &view, err), CM_OK, err);
    int64_t n = cm_cohort_n_cohorts(view);
    assert_null(cm_cohort_name(view, -1));
    assert_null(cm_cohort_name(view, n));

    cm_cohort_cell c, was;
    memset(&c, 0x55, sizeof c);
    c.struct_size = sizeof c;
    was = c;
    assert_status(cm_cohort_cell_get(NULL, 0, 0, &c, err), CM_ERR_ARG, err);
    assert_status(cm_cohort_cell_get(view, -1, 0, &c, err), CM_ERR_ARG, err);
    assert_status(cm_cohort_cell_get(view, n, 0, &c, err), CM_ERR_ARG, err);
    assert_status(cm_cohort_cell_get(view, 0, -1, &c, err), CM_ERR_ARG, err);
    assert_status(cm_cohort_cell_get(view, 0, 3, &c, err), CM_ERR_ARG, err);
    assert_status(cm_cohort_cell_get(view, 0, 0, NULL, err), CM_ERR_ARG, err);
    assert_memory_equal(&c, &was, sizeof c);
    c.struct_size = was.struct_size = 8;
    assert_status(cm_cohort_cell_get(view, 0, 0, &c, err), CM_ERR_ARG, err);
    assert_memory_equal(&c, &was, sizeof c);

    double values[3] = { -1, -2, -3 };
    assert_status(cm_cohort_curve(NULL, 0, values, 3, err), CM_ERR_ARG, err);
    assert_status(cm_cohort_curve(view, n, values, 3, err), CM_ERR_ARG, err);
    assert_status(cm_cohort_curve(view, 0, values, 2, err), CM_ERR_ARG, err);
    assert_status(cm_cohort_curve(view, 0, NULL, 3, err), CM_ERR_ARG, err);
    assert_status(cm_cohort_pooled(NULL, values, 3, err), CM_ERR_ARG, err);
    assert_status(cm_cohort_pooled(view, values, 2, err), CM_ERR_ARG, err);
    assert_status(cm_cohort_pooled(view, NULL, 3, err), CM_ERR_ARG, err);
    for (int i = 0; i < 3; i++) CM_ASSERT_SAME(values[i], -1 - i);
    cm_error_destroy(err);
    cm_cohort_destroy(view);
    cm_result_destroy(result);
    cm_dataset_destroy(ds);
    close_context(ctx);
}

/* ---- life ---- */

static void a_view_outlives_what_made_it(void **state)
{
    (void)state;
    cm_context *ctx = open_context();
    cm_dataset *ds = open_csv(ctx, "events", THREE);
    cm_result *result = run_kpi(ctx, ds, "cohort", "period=month as_of=2024-03-15 periods=2");
    cm_cohort *view;
    assert_int_equal(cm_cohort_create(result, &view, NULL), CM_OK);
    cm_result_destroy(result);
    cm_dataset_destroy(ds);
    cm_context_destroy(ctx);
    assert_int_equal(cell_at(view, 0, 0).n_customers, 2);
    const char *pending = cell_at(view, 1, 2).state;
    assert_string_equal(cm_cohort_name(view, 1), "2024-02-01");
    cm_cohort_destroy(view);
    assert_string_equal(pending, "pending");
}

static void nobody_is_a_view_too(void **state)
{
    (void)state;
    cm_context *ctx = open_context();
    cm_dataset *ds = open_csv(ctx, "events", THREE);
    cm_result *result = run_kpi(ctx, ds, "cohort", "period=month key=name where=name:nowhere");
    cm_cohort *view;
    double pooled[64];
    assert_int_equal(cm_cohort_create(result, &view, NULL), CM_OK);
    assert_int_equal(cm_cohort_n_cohorts(view), 0);
    assert_int_equal(cm_cohort_n_ages(view), n_rows(result, "curve"));
    assert_int_equal(cm_cohort_pooled(view, pooled, 64, NULL), CM_OK);
    for (int64_t age = 0; age < cm_cohort_n_ages(view); age++) CM_ASSERT_SAME(pooled[age], NAN);
    cm_cohort_destroy(view);
    cm_result_destroy(result);
    cm_dataset_destroy(ds);
    close_context(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worked_example),
        cmocka_unit_test(every_cohort_reads_as_its_tables),
        cmocka_unit_test(other_results_are_refused),
        cmocka_unit_test(a_group_named_cohort_is_refused),
        cmocka_unit_test(refused_calls_write_nothing),
        cmocka_unit_test(a_view_outlives_what_made_it),
        cmocka_unit_test(nobody_is_a_view_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
