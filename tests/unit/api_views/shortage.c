/* SPDX-License-Identifier: MIT */
#include "views.h"

/* Every allocation of a view fails once: nothing leaks, the out-parameter stays, the result is
 * whole. */

static int64_t left; /* allocations until one fails; negative: never */

static bool refuse(void)
{
    return left >= 0 && left-- == 0;
}
static void *alloc_some(size_t size, void *user)
{
    (void)user;
    return refuse() ? NULL : malloc(size);
}
static void *realloc_some(void *p, size_t old_size, size_t size, void *user)
{
    (void)old_size;
    (void)user;
    return refuse() ? NULL : realloc(p, size);
}
static void free_some(void *p, size_t size, void *user)
{
    (void)size;
    (void)user;
    free(p);
}

static cm_status open_rfm(cm_result *result, void **out, cm_error *err)
{
    cm_rfm *view = *out;
    cm_status status = cm_rfm_create(result, &view, err);
    *out = view;
    return status;
}
static cm_status open_cohort(cm_result *result, void **out, cm_error *err)
{
    cm_cohort *view = *out;
    cm_status status = cm_cohort_create(result, &view, err);
    *out = view;
    return status;
}
static void close_rfm(void *view)
{
    cm_rfm_destroy(view);
}
static void close_cohort(void *view)
{
    cm_cohort_destroy(view);
}

static const struct {
    const char *kpi;
    cm_status (*open)(cm_result *result, void **out, cm_error *err);
    void (*close)(void *view);
} VIEWS[] = { { "rfm", open_rfm, close_rfm }, { "cohort", open_cohort, close_cohort } };
enum { N_VIEWS = sizeof VIEWS / sizeof *VIEWS };

static void every_allocation_may_fail(void **state)
{
    (void)state;
    static const cm_allocator allocator = { alloc_some, realloc_some, free_some, NULL };
    cm_context_options options = { .struct_size = sizeof options, .allocator = &allocator };
    cm_context *ctx;
    cm_error *err = cm_error_create();
    left = -1;
    assert_int_equal(cm_context_create(&options, &ctx, NULL), CM_OK);
    cm_dataset *ds = open_shop(ctx, 0, 1);
    cm_run one = { .struct_size = sizeof one, .threads = 1 };
    for (int i = 0; i < N_VIEWS; i++) {
        cm_result *result;
        void *const untouched = (void *)(uintptr_t)16;
        assert_int_equal(try_run(ctx, ds, VIEWS[i].kpi, "", &one, &result, err), CM_OK);
        int64_t held = cm_context_memory(ctx), failures = 0;
        for (;; failures++) {
            void *view = untouched;
            left = failures;
            cm_status status = VIEWS[i].open(result, &view, err);
            bool refused = left < 0;
            left = -1;
            if (!refused) {
                assert_status(status, CM_OK, err);
                VIEWS[i].close(view);
                break;
            }
            assert_status(status, CM_ERR_MEMORY, err);
            assert_ptr_equal(view, untouched);
            assert_int_equal(cm_context_memory(ctx), held);
        }
        assert_int_equal(cm_context_memory(ctx), held);
        assert_true(failures >= 3);
        assert_true(n_rows(result, i ? "cells" : "customers") > 0);
        cm_result_destroy(result);
    }
    cm_dataset_destroy(ds);
    cm_error_destroy(err);
    assert_int_equal(cm_context_memory(ctx), 0);
    cm_context_destroy(ctx);
}

/* Looking up allocates nothing. */
static void reading_needs_no_memory(void **state)
{
    (void)state;
    static const cm_allocator allocator = { alloc_some, realloc_some, free_some, NULL };
    cm_context_options options = { .struct_size = sizeof options, .allocator = &allocator };
    cm_context *ctx;
    left = -1;
    assert_int_equal(cm_context_create(&options, &ctx, NULL), CM_OK);
    cm_dataset *ds = open_shop(ctx, 0, 1);
    cm_result *scored = run_kpi(ctx, ds, "rfm", ""), *aged = run_kpi(ctx, ds, "cohort", "");
    cm_rfm *rfm;
    cm_cohort *cohort;
    cm_rfm_scores s = { .struct_size = sizeof s };
    cm_cohort_cell c = { .struct_size = sizeof c };
    const int64_t *rows;
    int64_t n;
    double values[64];
    assert_int_equal(cm_rfm_create(scored, &rfm, NULL), CM_OK);
    assert_int_equal(cm_cohort_create(aged, &cohort, NULL), CM_OK);
    left = 0;
    assert_int_equal(cm_rfm_customer(rfm, "C1", 2, &s, NULL), CM_OK);
    assert_int_equal(cm_rfm_customer(rfm, "D1", 2, &s, NULL), CM_ERR_NOT_FOUND);
    assert_int_equal(cm_rfm_threshold(rfm, "m", 1, NULL, NULL, &n, NULL), CM_OK);
    assert_int_equal(cm_rfm_members(rfm, "Lost", &rows, &n, NULL), CM_OK);
    assert_int_equal(cm_cohort_cell_get(cohort, 0, 0, &c, NULL), CM_OK);
    assert_int_equal(cm_cohort_curve(cohort, 0, values, 64, NULL), CM_OK);
    assert_int_equal(cm_cohort_pooled(cohort, values, 64, NULL), CM_OK);
    assert_int_equal(left, 0);
    left = -1;
    cm_rfm_destroy(rfm);
    cm_cohort_destroy(cohort);
    cm_result_destroy(scored);
    cm_result_destroy(aged);
    cm_dataset_destroy(ds);
    assert_int_equal(cm_context_memory(ctx), 0);
    cm_context_destroy(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_allocation_may_fail),
                                        cmocka_unit_test(reading_needs_no_memory) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
