/* SPDX-License-Identifier: MIT */
#include "core_test.h"
#include "core/memory.h"

static void test_options_are_checked(void **state)
{
    (void)state;
    cm_context *ctx = NULL;
    cm_context_options o = { .struct_size = sizeof o };
    assert_int_equal(cm_context_create(NULL, NULL, NULL), CM_ERR_ARG);
    o.struct_size = 4;
    assert_int_equal(cm_context_create(&o, &ctx, NULL), CM_ERR_ARG);
    o.struct_size = sizeof o + 8;
    assert_int_equal(cm_context_create(&o, &ctx, NULL), CM_ERR_ARG);
    o.struct_size = sizeof o;
    o.flags = 1;
    assert_int_equal(cm_context_create(&o, &ctx, NULL), CM_ERR_ARG);
    o.flags = 0;
    o.memory_limit = -1;
    assert_int_equal(cm_context_create(&o, &ctx, NULL), CM_ERR_ARG);
    o.memory_limit = 0;
    cm_allocator half = { .alloc = flaky_alloc };
    o.allocator = &half;
    assert_int_equal(cm_context_create(&o, &ctx, NULL), CM_ERR_ARG);
    assert_null(ctx);
    assert_int_equal(cm_context_create(NULL, &ctx, NULL), CM_OK);
    assert_int_equal(cm_context_memory(ctx), 0);
    cm_context_destroy(ctx);
    cm_context_destroy(NULL);
    assert_int_equal(cm_context_memory(NULL), 0);
    assert_int_equal(cm_context_memory_peak(NULL), 0);
}

static void test_creation_without_memory(void **state)
{
    (void)state;
    for (int64_t k = 1; k <= 3; k++) {
        flaky f = { .fail_at = k };
        f.functions = (cm_allocator){ flaky_alloc, flaky_realloc, flaky_free, &f };
        cm_context_options o = { .struct_size = sizeof o,
                                 .allocator = &f.functions,
                                 .tz_directory = "/x" };
        cm_context *ctx = NULL;
        cm_status s = cm_context_create(&o, &ctx, NULL);
        assert_int_equal(s, k < 3 ? CM_ERR_MEMORY : CM_OK);
        if (k == 3) assert_string_equal(cmi_context_tz_directory(ctx), "/x");
        cm_context_destroy(ctx);
        assert_int_equal(f.blocks, 0);
        assert_int_equal(f.bytes, 0);
    }
}

static void test_objects_outlive_the_callers_reference(void **state)
{
    (void)state;
    flaky f = { 0 };
    cm_context *ctx = make_context(&f, 0);
    cm_buffer *b = NULL;
    assert_int_equal(cm_buffer_create(ctx, &b, NULL), CM_OK);
    cm_context_destroy(ctx);
    assert_int_equal(cm_buffer_size(b), 0);
    assert_int_not_equal(f.blocks, 0);
    cm_buffer_destroy(b);
    assert_int_equal(f.blocks, 0);
}

static void keep_line(int32_t level, const char *message, void *user)
{
    (void)level;
    strncpy(user, message, 15);
}

static void test_log(void **state)
{
    (void)state;
    char line[16] = "";
    cm_context_options o = { .struct_size = sizeof o, .log = keep_line, .log_user = line };
    cm_context *ctx;
    assert_int_equal(cm_context_create(&o, &ctx, NULL), CM_OK);
    cmi_context_log(ctx, 1, "hello");
    assert_string_equal(line, "hello");
    cm_context_destroy(ctx);
    ctx = make_context(NULL, 0);
    cmi_context_log(ctx, 1, "nobody listens");
    cm_context_destroy(ctx);
}

static void test_names_and_versions(void **state)
{
    (void)state;
    assert_string_equal(cm_version(), CM_VERSION_STRING);
    assert_int_equal(cm_abi_version(), 0);
    assert_string_equal(cm_status_name(CM_OK), "CM_OK");
    assert_string_equal(cm_status_name((cm_status)77), "CM_ERR_?");
    assert_string_equal(cm_status_name(CM_STATUS_FORCE_32), "CM_ERR_?");
    int known = 0;
    for (int i = 0; i < 100; i++) known += strcmp(cm_status_name((cm_status)i), "CM_ERR_?") != 0;
    assert_int_equal(known, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options_are_checked),
        cmocka_unit_test(test_creation_without_memory),
        cmocka_unit_test(test_objects_outlive_the_callers_reference),
        cmocka_unit_test(test_log),
        cmocka_unit_test(test_names_and_versions),
    };
    return cmocka_run_group_tests_name("context", tests, NULL, NULL);
}
