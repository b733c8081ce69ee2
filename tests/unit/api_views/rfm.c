/* SPDX-License-Identifier: MIT */
#include "views.h"

/* The view of rfm says what the tables say, whatever the scoring. */

static const char FIVE[] = "order_id,customer,time,amount\n"
                           "1,ann,2024-03-01,100\n2,ann,2024-03-05,100\n3,ann,2024-03-10,100\n"
                           "4,ann,2024-03-20,100\n5,ann,2024-03-31,100\n"
                           "6,bob,2024-03-01,100\n7,bob,2024-03-02,100\n8,bob,2024-03-03,100\n"
                           "9,bob,2024-03-22,100\n"
                           "10,cid,2024-02-01,100\n11,cid,2024-02-02,100\n12,cid,2024-03-02,100\n"
                           "13,dan,2024-01-15,100\n14,dan,2024-02-01,100\n"
                           "15,eve,2024-01-01,100\n";

static cm_rfm_scores scores_of(const cm_rfm *view, const char *customer)
{
    cm_rfm_scores s = { .struct_size = sizeof s };
    assert_int_equal(cm_rfm_customer(view, customer, (int64_t)strlen(customer), &s, NULL), CM_OK);
    return s;
}

static void assert_class(const cm_rfm *view, const char *measure, int32_t number, double lower,
                         double upper, int64_t n)
{
    double low = -1, high = -1;
    int64_t count = -1;
    assert_int_equal(cm_rfm_threshold(view, measure, number, &low, &high, &count, NULL), CM_OK);
    CM_ASSERT_CLOSE(low, lower, 1e-15, 0);
    CM_ASSERT_CLOSE(high, upper, 1e-15, 0);
    assert_int_equal(count, n);
}

static void the_worked_example(void **state)
{
    (void)state;
    cm_context *ctx = open_context();
    cm_dataset *ds = open_csv(ctx, "orders", FIVE);
    cm_result *result = run_kpi(ctx, ds, "rfm", "as_of=2024-04-01");
    cm_rfm *view;
    const int64_t *rows;
    int64_t n;
    char id[128];
    assert_int_equal(cm_rfm_create(result, &view, NULL), CM_OK);
    assert_int_equal(cm_rfm_n_customers(view), 5);
    cm_rfm_scores ann = scores_of(view, "ann"), cid = scores_of(view, "cid");
    assert_true(ann.r == 5 && ann.f == 5 && ann.m == 5);
    assert_string_equal(ann.segment, "Champions");
    assert_true(cid.r == 3 && cid.f == 3 && cid.m == 3);
    assert_int_equal(cid.recency_days, 30);
    assert_int_equal(cid.frequency, 3);
    CM_ASSERT_SAME(cid.monetary, 300.0);
    assert_string_equal(cid.segment, "Need Attention");
    /* Class 1 has the lowest values: the latest customers, whose score is 5. */
    assert_class(view, "r", 1, NAN, 8.2, 1);
    assert_class(view, "r", 5, 66.2, NAN, 1);
    assert_class(view, "f", 1, NAN, 1.8, 1);
    assert_class(view, "f", 3, 2.6, 3.4, 1);
    assert_class(view, "m", 5, 420, NAN, 1);
    assert_int_equal(cm_rfm_members(view, "Champions", &rows, &n, NULL), CM_OK);
    assert_int_equal(n, 2);
    get_cell(result, "customers", rows[0], "customer", id);
    assert_string_equal(id, "ann");
    get_cell(result, "customers", rows[1], "customer", id);
    assert_string_equal(id, "bob");
    assert_int_equal(cm_rfm_members(view, "Hibernating", &rows, &n, NULL), CM_OK);
    assert_int_equal(n, 0);
    cm_rfm_destroy(view);
    cm_result_destroy(result);
    cm_dataset_destroy(ds);
    close_context(ctx);
}

/* ---- any scoring: row by row as the tables have it ---- */

static void compare_customers(const cm_result *result, const cm_rfm *view)
{
    char text[128];
    for (int64_t row = 0; row < n_rows(result, "customers"); row++) {
        get_cell(result, "customers", row, "customer", text);
        cm_rfm_scores s = scores_of(view, text);
        assert_int_equal(s.r, get_i64(result, "customers", row, "r"));
        assert_int_equal(s.f, get_i64(result, "customers", row, "f"));
        assert_int_equal(s.m, get_i64(result, "customers", row, "m"));
        assert_int_equal(s.recency_days, get_i64(result, "customers", row, "recency_days"));
        assert_int_equal(s.frequency, get_i64(result, "customers", row, "frequency"));
        CM_ASSERT_SAME(s.monetary, get_f64(result, "customers", row, "monetary"));
        get_cell(result, "customers", row, "segment", text);
        assert_string_equal(s.segment, text);
    }
}

static void compare_members(const cm_result *result, const cm_rfm *view)
{
    int64_t all = 0;
    char name[128], text[128];
    for (int64_t row = 0; row < n_rows(result, "segments"); row++) {
        const int64_t *rows;
        int64_t n;
        get_cell(result, "segments", row, "segment", name);
        assert_int_equal(cm_rfm_members(view, name, &rows, &n, NULL), CM_OK);
        assert_int_equal(n, get_i64(result, "segments", row, "n_customers"));
        for (int64_t i = 0; i < n; i++) {
            get_cell(result, "customers", rows[i], "segment", text);
            assert_string_equal(text, name);
            assert_true(i == 0 || rows[i] > rows[i - 1]);
        }
        all += n;
    }
    assert_int_equal(all, cm_rfm_n_customers(view));
}

/* Classes go up by value, whichever way the scores go. */
static void compare_thresholds(const cm_result *result, const cm_rfm *view, bool low, bool rises)
{
    static const char *const measures[] = { "r", "f", "m" };
    int64_t first = 0, n = n_rows(result, "thresholds");
    for (int m = 0; m < 3; m++) {
        int64_t k = 0, all = 0, count;
        char text[128];
        double lower, upper, before = NAN;
        for (; first + k < n; k++) {
            get_cell(result, "thresholds", first + k, "measure", text);
            if (strcmp(text, measures[m]) != 0) break;
        }
        for (int64_t c = 1; c <= k; c++) {
            int64_t score = (m == 0) != low ? k + 1 - c : c, row = first + score - 1;
            assert_int_equal(get_i64(result, "thresholds", row, "class"), score);
            assert_int_equal(
                cm_rfm_threshold(view, measures[m], (int32_t)c, &lower, &upper, &count, NULL),
                CM_OK);
            CM_ASSERT_SAME(lower, get_f64(result, "thresholds", row, "lower_edge"));
            CM_ASSERT_SAME(upper, get_f64(result, "thresholds", row, "upper_edge"));
            assert_int_equal(count, get_i64(result, "thresholds", row, "n"));
            if (rises) {
                assert_int_equal(isnan(lower), c == 1);
                assert_int_equal(isnan(upper), c == k);
                CM_ASSERT_SAME(lower, before);
                assert_true(c == 1 || c == k || upper >= lower);
            }
            before = upper;
            all += count;
        }
        assert_true(k > 1);
        assert_int_equal(all, cm_rfm_n_customers(view));
        assert_int_equal(
            cm_rfm_threshold(view, measures[m], (int32_t)k + 1, NULL, NULL, NULL, NULL),
            CM_ERR_ARG);
        first += k;
    }
    assert_int_equal(first, n);
}

static void every_scoring_reads_as_its_tables(void **state)
{
    (void)state;
    static const struct {
        const char *options;
        bool low, rises;
    } runs[] = {
        { "", false, true },
        { "best=low", true, true },
        { "classes=3 ties=high", false, true },
        { "classes=10 best=low", true, true },
        { "scoring=fixed r_cuts=10,40 f_cuts=2,4,6 m_cuts=100", false, true },
        { "scoring=fixed r_cuts=10,40 f_cuts=2,4,6 m_cuts=100 best=low", true, true },
        { "scoring=nested", false, false },
        { "scoring=rank_equal classes=4", false, false },
        { "scoring=ntile best=low", true, false },
        { "map=a,b,c,d,e/a,a,a,a,a/f,f,f,f,f/g,g,g,g,g/h,h,h,h,nobody", false, true },
        { "where=channel:web", false, true },
    };
    cm_context *ctx = open_context();
    cm_dataset *ds = open_shop(ctx, 0, 1);
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        cm_result *result = run_kpi(ctx, ds, "rfm", runs[i].options);
        cm_rfm *view;
        assert_int_equal(cm_rfm_create(result, &view, NULL), CM_OK);
        assert_true(cm_rfm_n_customers(view) > 50);
        assert_int_equal(cm_rfm_n_customers(view), n_rows(result, "customers"));
        compare_customers(result, view);
        compare_members(result, view);
        compare_thresholds(result, view, runs[i].low, runs[i].rises);
        cm_rfm_destroy(view);
        cm_result_destroy(result);
    }
    cm_dataset_destroy(ds);
    close_context(ctx);
}

/* Ids that begin alike, are not ASCII, or are given without an end. */
static void ids_are_bytes(void **state)
{
    (void)state;
    static const char csv[] = "order_id,customer,time,amount\n1,a,2024-01-01,1\n2,aa,2024-01-02,2\n"
                              "3,ab,2024-01-03,3\n4,\xc3\xa9,2024-01-04,4\n5,007,2024-01-05,5\n"
                              "6,7,2024-01-06,6\n";
    static const struct {
        const char *id;
        int64_t length;
        double monetary;
    } there[] = { { "a", 1, 1 },        { "aa", 2, 2 },  { "ab", 2, 3 }, { "ab", 1, 1 },
                  { "\xc3\xa9", 2, 4 }, { "007", 3, 5 }, { "7", 1, 6 } };
    static const char *const nowhere[] = { "", "A", "aaa", "b", "0", "07", "\xc3", "\xff" };
    cm_context *ctx = open_context();
    cm_dataset *ds = open_csv(ctx, "orders", csv);
    cm_result *result = run_kpi(ctx, ds, "rfm", "");
    cm_error *err = cm_error_create();
    cm_rfm *view;
    cm_rfm_scores s = { .struct_size = sizeof s };
    assert_status(cm_rfm_create(result, &view, err), CM_OK, err);
    for (size_t i = 0; i < sizeof there / sizeof *there; i++) {
        assert_status(cm_rfm_customer(view, there[i].id, there[i].length, &s, err), CM_OK, err);
        CM_ASSERT_SAME(s.monetary, there[i].monetary);
    }
    for (size_t i = 0; i < sizeof nowhere / sizeof *nowhere; i++)
        assert_status(cm_rfm_customer(view, nowhere[i], (int64_t)strlen(nowhere[i]), &s, err),
                      CM_ERR_NOT_FOUND, err);
    CM_ASSERT_SAME(s.monetary, 6);
    cm_error_destroy(err);
    cm_rfm_destroy(view);
    cm_result_destroy(result);
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
    cm_rfm *const untouched = (cm_rfm *)(uintptr_t)16;
    cm_rfm *view = untouched;
    cm_result *other = run_kpi(ctx, ds, "purchase", ""),
              *grouped = run_kpi(ctx, ds, "rfm", "by=channel"),
              *result = run_kpi(ctx, ds, "rfm", "");
    int64_t held = cm_context_memory(ctx);
    assert_status(cm_rfm_create(NULL, &view, err), CM_ERR_ARG, err);
    assert_status(cm_rfm_create(result, NULL, err), CM_ERR_ARG, err);
    assert_status(cm_rfm_create(other, &view, err), CM_ERR_ARG, err);
    assert_non_null(strstr(cm_error_message(err), "purchase"));
    assert_status(cm_rfm_create(grouped, &view, err), CM_ERR_ARG, err);
    assert_string_equal(cm_error_option(err), "by");
    assert_int_equal(cm_rfm_create(grouped, &view, NULL), CM_ERR_ARG);
    assert_ptr_equal(view, untouched);
    assert_int_equal(cm_context_memory(ctx), held);
    cm_result_destroy(other);
    cm_result_destroy(grouped);
    cm_result_destroy(result);
    cm_dataset_destroy(ds);
    cm_error_destroy(err);
    cm_rfm_destroy(NULL);
    assert_int_equal(cm_rfm_n_customers(NULL), 0);
    close_context(ctx);
}

static void refused_calls_write_nothing(void **state)
{
    (void)state;
    cm_context *ctx = open_context();
    cm_dataset *ds = open_csv(ctx, "orders", FIVE);
    cm_result *result = run_kpi(ctx, ds, "rfm", "");
    cm_error *err = cm_error_create();
    cm_rfm *view;
    assert_status(cm_rfm_create(result, &view, err), CM_OK, err);
    cm_rfm_scores s, was;
    memset(&s, 0x55, sizeof s);
    s.struct_size = sizeof s - 1;
    was = s;
    assert_status(cm_rfm_customer(view, "ann", 3, &s, err), CM_ERR_ARG, err);
    assert_status(cm_rfm_customer(NULL, "ann", 3, &s, err), CM_ERR_ARG, err);
    assert_status(cm_rfm_customer(view, NULL, 3, &s, err), CM_ERR_ARG, err);
    assert_status(cm_rfm_customer(view, "ann", -1, &s, err), CM_ERR_ARG, err);
    assert_status(cm_rfm_customer(view, "ann", 3, NULL, err), CM_ERR_ARG, err);
    assert_status(cm_rfm_customer(view, "zoe", 3, &s, err), CM_ERR_NOT_FOUND, err);
    assert_memory_equal(&s, &was, sizeof s);

    double lower = -7, upper = -8;
    int64_t n = -9;
    assert_status(cm_rfm_threshold(NULL, "r", 1, &lower, &upper, &n, err), CM_ERR_ARG, err);
    assert_status(cm_rfm_threshold(view, NULL, 1, &lower, &upper, &n, err), CM_ERR_ARG, err);
    assert_status(cm_rfm_threshold(view, "r", 0, &lower, &upper, &n, err), CM_ERR_ARG, err);
    assert_status(cm_rfm_threshold(view, "r", 6, &lower, &upper, &n, err), CM_ERR_ARG, err);
    assert_status(cm_rfm_threshold(view, "x", 1, &lower, &upper, &n, err), CM_ERR_NOT_FOUND, err);
    CM_ASSERT_SAME(lower, -7);
    CM_ASSERT_SAME(upper, -8);
    assert_int_equal(n, -9);

    const int64_t *rows = &n;
    assert_status(cm_rfm_members(NULL, "Lost", &rows, &n, err), CM_ERR_ARG, err);
    assert_status(cm_rfm_members(view, NULL, &rows, &n, err), CM_ERR_ARG, err);
    assert_status(cm_rfm_members(view, "Lost", NULL, &n, err), CM_ERR_ARG, err);
    assert_status(cm_rfm_members(view, "Lost", &rows, NULL, err), CM_ERR_ARG, err);
    assert_status(cm_rfm_members(view, "Champion", &rows, &n, err), CM_ERR_NOT_FOUND, err);
    assert_non_null(strstr(cm_error_hint(err), "Champions"));
    assert_ptr_equal(rows, &n);
    assert_int_equal(n, -9);
    cm_error_destroy(err);
    cm_rfm_destroy(view);
    cm_result_destroy(result);
    cm_dataset_destroy(ds);
    close_context(ctx);
}

/* A program of a later header has a longer struct; what this library does not know becomes 0. */
static void longer_structs_are_taken(void **state)
{
    (void)state;
    struct {
        cm_rfm_scores known;
        int64_t later;
    } s;
    cm_context *ctx = open_context();
    cm_dataset *ds = open_csv(ctx, "orders", FIVE);
    cm_result *result = run_kpi(ctx, ds, "rfm", "as_of=2024-04-01");
    cm_rfm *view;
    assert_int_equal(cm_rfm_create(result, &view, NULL), CM_OK);
    memset(&s, 0x55, sizeof s);
    s.known.struct_size = sizeof s;
    assert_int_equal(cm_rfm_customer(view, "eve", 3, &s.known, NULL), CM_OK);
    assert_int_equal(s.known.struct_size, sizeof s);
    assert_int_equal(s.known.recency_days, 91);
    assert_int_equal(s.later, 0);
    cm_rfm_destroy(view);
    cm_result_destroy(result);
    cm_dataset_destroy(ds);
    close_context(ctx);
}

/* ---- life ---- */

static void a_view_outlives_what_made_it(void **state)
{
    (void)state;
    cm_context *ctx = open_context();
    cm_dataset *ds = open_csv(ctx, "orders", FIVE);
    cm_result *result = run_kpi(ctx, ds, "rfm", "as_of=2024-04-01");
    cm_rfm *one, *two;
    assert_int_equal(cm_rfm_create(result, &one, NULL), CM_OK);
    assert_int_equal(cm_rfm_create(result, &two, NULL), CM_OK);
    cm_result_destroy(result);
    cm_dataset_destroy(ds);
    cm_context_destroy(ctx);
    cm_rfm_destroy(one);
    assert_string_equal(scores_of(two, "bob").segment, "Champions");
    cm_rfm_destroy(two);
}

static void nobody_is_a_view_too(void **state)
{
    (void)state;
    cm_context *ctx = open_context();
    cm_dataset *ds = open_csv(ctx, "orders", FIVE);
    cm_result *result = run_kpi(ctx, ds, "rfm", "from=2020-01-01 as_of=2020-02-01");
    cm_error *err = cm_error_create();
    cm_rfm *view;
    cm_rfm_scores s = { .struct_size = sizeof s };
    double lower = 0, upper = 0;
    const int64_t *rows;
    int64_t n = -1;
    assert_status(cm_rfm_create(result, &view, err), CM_OK, err);
    assert_int_equal(cm_rfm_n_customers(view), 0);
    assert_status(cm_rfm_customer(view, "ann", 3, &s, err), CM_ERR_NOT_FOUND, err);
    assert_status(cm_rfm_threshold(view, "r", 1, &lower, &upper, &n, err), CM_OK, err);
    assert_true(isnan(lower) && isnan(upper));
    assert_int_equal(n, 0);
    assert_status(cm_rfm_members(view, "Champions", &rows, &n, err), CM_OK, err);
    assert_int_equal(n, 0);
    cm_error_destroy(err);
    cm_rfm_destroy(view);
    cm_result_destroy(result);
    cm_dataset_destroy(ds);
    close_context(ctx);
}

/* A model's cuts, applied to others, read the same way. */
static void applied_models_have_views(void **state)
{
    (void)state;
    cm_context *ctx = open_context();
    cm_dataset *ds = open_shop(ctx, 0, 1), *half = open_shop(ctx, 1, 2);
    cm_result *fit = run_kpi(ctx, ds, "rfm", "best=low"), *applied;
    cm_model *model;
    cm_rfm *view;
    assert_int_equal(cm_result_model(fit, &model, NULL), CM_OK);
    assert_int_equal(cm_model_apply(model, half, NULL, NULL, &applied, NULL), CM_OK);
    assert_int_equal(cm_rfm_create(applied, &view, NULL), CM_OK);
    assert_true(cm_rfm_n_customers(view) < n_rows(fit, "customers"));
    compare_customers(applied, view);
    compare_members(applied, view);
    compare_thresholds(applied, view, true, true);
    cm_rfm_destroy(view);
    cm_result_destroy(applied);
    cm_result_destroy(fit);
    cm_model_destroy(model);
    cm_dataset_destroy(ds);
    cm_dataset_destroy(half);
    close_context(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worked_example),
        cmocka_unit_test(every_scoring_reads_as_its_tables),
        cmocka_unit_test(ids_are_bytes),
        cmocka_unit_test(other_results_are_refused),
        cmocka_unit_test(refused_calls_write_nothing),
        cmocka_unit_test(longer_structs_are_taken),
        cmocka_unit_test(a_view_outlives_what_made_it),
        cmocka_unit_test(nobody_is_a_view_too),
        cmocka_unit_test(applied_models_have_views),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
