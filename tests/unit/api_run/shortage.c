/* SPDX-License-Identifier: MIT */
#include <stdatomic.h>

#include "shop.h"

/* Every allocation of runs and states fails once: nothing leaks, out-parameters stay, states are as
 * they were. */

static atomic_llong left; /* allocations until one fails; negative: never */

static bool refuse(void)
{
    long long n = atomic_load(&left);
    if (n < 0) return false;
    return atomic_fetch_sub(&left, 1) == 0;
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

static cm_context *open_context(void)
{
    static const cm_allocator allocator = { alloc_some, realloc_some, free_some, NULL };
    cm_context_options options = { .struct_size = sizeof options, .allocator = &allocator };
    cm_context *ctx;
    atomic_store(&left, -1);
    assert_int_equal(cm_context_create(&options, &ctx, NULL), CM_OK);
    return ctx;
}

/* Whether one was refused; from here on none is. */
static bool ran_dry(void)
{
    return atomic_exchange(&left, -1) < 0;
}

static void runs_survive(void **state)
{
    (void)state;
    static const char *const runs[][2] = { { "tiny_counts", "by=channel" },
                                           { "tiny_segment", "" },
                                           { "tiny_parent", "" },
                                           { "tiny_counts",
                                             "by=tiny_segment.segment where=channel:nowhere" } };
    cm_context *ctx = open_context();
    cm_dataset *ds = open_shop(ctx, 0, 1);
    cm_run one = { .struct_size = sizeof one, .threads = 1 };
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        cm_params *p = make_params(ctx, runs[i][0], runs[i][1]);
        cm_result *expected = run_kpi(ctx, ds, runs[i][0], runs[i][1]);
        int64_t held = cm_context_memory(ctx), failures = 0;
        bool refused = true;
        for (int64_t n = 0; refused; n++) {
            cm_result *r = NULL;
            atomic_store(&left, n);
            cm_status status = cm_kpi_run(ctx, ds, p, &one, &r, NULL);
            refused = ran_dry();
            failures += status != CM_OK;
            if (status == CM_OK) { /* shrinking a block may be refused without harm */
                assert_same_results(ctx, expected, r);
                cm_result_destroy(r);
            } else {
                assert_true(refused);
                assert_int_equal(status, CM_ERR_MEMORY);
                assert_null(r);
            }
            assert_int_equal(cm_context_memory(ctx), held);
        }
        cm_result_destroy(expected);
        assert_true(failures > 50);
        cm_params_destroy(p);
    }
    cm_dataset_destroy(ds);
    assert_int_equal(cm_context_memory(ctx), 0);
    cm_context_destroy(ctx);
}

static cm_buffer *save_state(cm_context *ctx, const cm_state *s)
{
    cm_buffer *b;
    assert_int_equal(cm_buffer_create(ctx, &b, NULL), CM_OK);
    assert_int_equal(cm_state_save(s, b, NULL), CM_OK);
    return b;
}

static void states_survive(void **state)
{
    (void)state;
    static const char *const kpis[] = { "tiny_counts", "tiny_segment", "tiny_parent" };
    cm_context *ctx = open_context();
    cm_dataset *parts[2] = { open_shop(ctx, 0, 2), open_shop(ctx, 1, 2) };
    cm_run one = { .struct_size = sizeof one, .threads = 1 };
    for (size_t i = 0; i < sizeof kpis / sizeof *kpis; i++) {
        cm_params *p = make_params(ctx, kpis[i], "");
        cm_extent *extent;
        cm_plan *plan;
        assert_int_equal(cm_extent_create(parts[0], &extent, NULL), CM_OK);
        assert_int_equal(cm_plan_create(ctx, p, extent, NULL, &plan, NULL), CM_OK);
        cm_state *s;
        assert_int_equal(cm_state_create(plan, &s, NULL), CM_OK);
        assert_int_equal(cm_state_update(s, parts[0], &one, NULL), CM_OK);
        cm_buffer *before = save_state(ctx, s);
        for (int64_t n = 0;; n++) {
            atomic_store(&left, n);
            cm_status status = cm_state_update(s, parts[1], &one, NULL);
            if (!ran_dry()) {
                assert_int_equal(status, CM_OK);
                break;
            }
            assert_int_equal(status, CM_ERR_MEMORY);
            cm_buffer *after = save_state(ctx, s);
            assert_int_equal(cm_buffer_size(after), cm_buffer_size(before));
            assert_memory_equal(cm_buffer_data(after), cm_buffer_data(before),
                                (size_t)cm_buffer_size(before));
            cm_buffer_destroy(after);
        }
        cm_buffer *whole = save_state(ctx, s);
        int64_t held = cm_context_memory(ctx);
        for (int64_t n = 0;; n++) {
            cm_state *loaded = NULL;
            atomic_store(&left, n);
            cm_status status =
                cm_state_load(ctx, cm_buffer_data(whole), cm_buffer_size(whole), &loaded, NULL);
            if (!ran_dry()) {
                assert_int_equal(status, CM_OK);
                cm_state_destroy(loaded);
                break;
            }
            assert_int_equal(status, CM_ERR_MEMORY);
            assert_null(loaded);
            assert_int_equal(cm_context_memory(ctx), held);
        }
        cm_buffer_destroy(whole);
        cm_buffer_destroy(before);
        cm_state_destroy(s);
        cm_plan_destroy(plan);
        cm_extent_destroy(extent);
        cm_params_destroy(p);
    }
    for (int i = 0; i < 2; i++) cm_dataset_destroy(parts[i]);
    assert_int_equal(cm_context_memory(ctx), 0);
    cm_context_destroy(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(runs_survive),
                                        cmocka_unit_test(states_survive) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
