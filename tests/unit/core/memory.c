/* SPDX-License-Identifier: MIT */
#include "core_test.h"
#include "core/error.h"
#include "core/memory.h"

static void test_counts_and_peak(void **state)
{
    (void)state;
    flaky f = { 0 };
    cm_context *ctx = make_context(&f, 0);
    char *a = cmi_alloc(ctx, 100);
    assert_int_equal((uintptr_t)a % 16, 0);
    memset(a, 1, 100);
    int64_t one = cm_context_memory(ctx);
    assert_true(one >= 100 && one <= 132);
    char *b = cmi_calloc(ctx, 10, 10);
    for (int i = 0; i < 100; i++) assert_int_equal(b[i], 0);
    assert_int_equal(cm_context_memory(ctx), 2 * one);
    cmi_free(ctx, b);
    a = cmi_realloc(ctx, a, 50);
    assert_int_equal(cm_context_memory(ctx), one - 50);
    assert_int_equal(cm_context_memory_peak(ctx), 2 * one);
    a = cmi_realloc(ctx, a, 5000);
    assert_int_equal(a[49], 1);
    cmi_free(ctx, a);
    cmi_free(ctx, NULL);
    char *empty = cmi_alloc(ctx, 0);
    assert_non_null(empty);
    cmi_free(ctx, empty);
    assert_int_equal(cm_context_memory(ctx), 0);
    cm_context_destroy(ctx);
    assert_int_equal(f.blocks, 0);
    assert_int_equal(f.bytes, 0);
}

static void test_limit(void **state)
{
    (void)state;
    cm_context *ctx = make_context(NULL, 1000);
    cm_error *err = cm_error_create();
    void *p = cmi_alloc(ctx, 900);
    assert_non_null(p);
    assert_null(cmi_alloc(ctx, 200));
    assert_int_equal(cmi_no_memory(ctx, err), CM_ERR_LIMIT);
    assert_non_null(strstr(cm_error_message(err), "1132 bytes"));
    assert_non_null(strstr(cm_error_message(err), "limit is 1000"));
    assert_null(cmi_realloc(ctx, p, 990));
    assert_non_null(p = cmi_realloc(ctx, p, 984));
    assert_int_equal(cm_context_memory(ctx), 1000);
    assert_null(cmi_alloc(ctx, SIZE_MAX));
    assert_null(cmi_alloc(ctx, SIZE_MAX - 8));
    assert_null(cmi_realloc(ctx, p, SIZE_MAX - 15));
    assert_null(cmi_malloc_n(ctx, SIZE_MAX / 2, 3));
    assert_null(cmi_calloc(ctx, SIZE_MAX, SIZE_MAX));
    assert_int_equal(cmi_no_memory(ctx, err), CM_ERR_LIMIT);
    cmi_free(ctx, p);
    assert_int_equal(cm_context_memory(ctx), 0);
    cm_error_destroy(err);
    cm_context_destroy(ctx);
}

static void test_shortage_is_told_from_limit(void **state)
{
    (void)state;
    flaky f = { 0 };
    cm_context *ctx = make_context(&f, 10000);
    assert_null(cmi_alloc(ctx, 20000));
    f.fail_at = f.calls + 1;
    assert_null(cmi_alloc(ctx, 10));
    assert_int_equal(cmi_no_memory(ctx, NULL), CM_ERR_MEMORY);
    void *p = cmi_alloc(ctx, 10);
    f.fail_at = f.calls + 1;
    assert_null(cmi_realloc(ctx, p, 20));
    assert_int_equal(cm_context_memory(ctx), 26);
    cmi_free(ctx, p);
    cm_context_destroy(ctx);
}

static void test_huge_block(void **state)
{
    (void)state;
    cm_context *ctx = make_context(NULL, 0);
    size_t n = (size_t)9 << 20;
    char *p = cmi_alloc(ctx, n);
    memset(p, 3, n);
    p = cmi_realloc(ctx, p, 2 * n);
    assert_int_equal(p[n - 1], 3);
    cmi_free(ctx, p);
    cm_context_destroy(ctx);
}

static void test_grow(void **state)
{
    (void)state;
    cm_context *ctx = make_context(NULL, 0);
    int64_t *v = NULL, capacity = 0;
    for (int64_t i = 0; i < 1000; i++) {
        assert_true(cmi_grow(ctx, (void **)&v, &capacity, i + 1, sizeof *v));
        v[i] = i;
    }
    for (int64_t i = 0; i < 1000; i++) assert_int_equal(v[i], i);
    assert_int_equal(capacity, 1024);
    assert_false(cmi_grow(ctx, (void **)&v, &capacity, INT64_MAX, sizeof *v));
    assert_int_equal(capacity, 1024);
    cmi_free(ctx, v);
    cm_context_destroy(ctx);
}

static bool use_arena(cm_context *ctx, bool expect)
{
    (void)expect;
    cmi_arena arena;
    cmi_arena_init(&arena, ctx);
    bool ok = true;
    for (size_t i = 0; i < 600 && ok; i++) {
        char *p = cmi_arena_alloc(&arena, i * 7);
        ok = p != NULL;
        if (!ok) break;
        assert_int_equal((uintptr_t)p % 8, 0);
        for (size_t k = 0; k < i * 7; k++) assert_int_equal(p[k], 0);
        memset(p, 0xff, i * 7);
    }
    if (ok) {
        char *t = cmi_arena_text(&arena, "shop", 3);
        ok = t != NULL;
        if (ok) assert_string_equal(t, "sho");
    }
    assert_null(cmi_arena_alloc(&arena, SIZE_MAX));
    assert_null(cmi_arena_text(&arena, "", SIZE_MAX));
    cmi_arena_destroy(&arena);
    return ok;
}

static void test_arena(void **state)
{
    (void)state;
    fail_each_allocation(use_arena);
}

static void test_strndup(void **state)
{
    (void)state;
    cm_context *ctx = make_context(NULL, 0);
    char *t = cmi_strndup(ctx, "abc", 2), *e = cmi_strndup(ctx, NULL, 0);
    assert_string_equal(t, "ab");
    assert_string_equal(e, "");
    assert_null(cmi_strndup(ctx, "abc", SIZE_MAX));
    cmi_free(ctx, t);
    cmi_free(ctx, e);
    cm_context_destroy(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_and_peak),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_shortage_is_told_from_limit),
        cmocka_unit_test(test_huge_block),
        cmocka_unit_test(test_grow),
        cmocka_unit_test(test_arena),
        cmocka_unit_test(test_strndup),
    };
    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
