/* SPDX-License-Identifier: MIT */
#include "core_test.h"
#include "core/buffer.h"
#include "core/error.h"
#include "core/memory.h"

static bool write_all(cm_context *ctx, bool expect)
{
    (void)expect;
    cm_buffer *b = NULL;
    if (cm_buffer_create(ctx, &b, NULL) != CM_OK) return false;
    cmi_put_u8(b, 7);
    cmi_put_u32(b, 0x01020304u);
    cmi_put_u64(b, 0x1112131415161718u);
    cmi_put_i64(b, -2);
    cmi_put_f64(b, -0.1);
    cmi_put_i128(b, -((cmi_i128)1 << 100));
    cmi_put_string(b, "shop", 4);
    cmi_put_string(b, NULL, 0);
    cmi_put_text(b, "x");
    cmi_put_format(b, "%d%400s", 5, "y");
    cmi_put_u64(b, 3);
    cmi_put_bytes(b, "abcdef", 6);
    bool ok = cmi_buffer_ok(b);
    if (ok) {
        cmi_reader r;
        size_t n;
        cmi_reader_init(&r, cm_buffer_data(b), cm_buffer_size(b));
        assert_int_equal(cmi_get_u8(&r), 7);
        assert_int_equal(cmi_get_u32(&r), 0x01020304u);
        assert_true(cmi_get_u64(&r) == 0x1112131415161718u);
        assert_int_equal(cmi_get_i64(&r), -2);
        CM_ASSERT_SAME(cmi_get_f64(&r), -0.1);
        assert_true(cmi_get_i128(&r) == -((cmi_i128)1 << 100));
        const char *p = cmi_get_string(&r, &n);
        assert_int_equal(n, 4);
        assert_memory_equal(p, "shop", 4);
        assert_non_null(cmi_get_string(&r, &n));
        assert_int_equal(n, 0);
        assert_memory_equal(cmi_get_bytes(&r, 3), "x5 ", 3);
        assert_non_null(cmi_get_bytes(&r, 399));
        assert_int_equal(cmi_get_count(&r, 2), 3);
        assert_int_equal(cmi_reader_left(&r), 6);
        assert_non_null(cmi_get_bytes(&r, 6));
        assert_false(r.failed);
        assert_int_equal(cmi_get_u8(&r), 0);
        assert_true(r.failed);
    }
    cm_buffer_destroy(b);
    return ok;
}

static void test_round_trip(void **state)
{
    (void)state;
    fail_each_allocation(write_all);
}

static void test_failure_sticks(void **state)
{
    (void)state;
    cm_context *ctx = make_context(NULL, 4096);
    cm_buffer *b;
    assert_int_equal(cm_buffer_create(ctx, &b, NULL), CM_OK);
    cmi_put_u32(b, 1);
    char *big = malloc(10000);
    memset(big, 0, 10000);
    cmi_put_bytes(b, big, 10000);
    assert_false(cmi_buffer_ok(b));
    cmi_put_u8(b, 1);
    assert_int_equal(cm_buffer_size(b), 4);
    cmi_put_format(b, "%d", 1);
    cmi_buffer_truncate(b, 4);
    cmi_put_format(b, "%d", 123);
    assert_int_equal(cm_buffer_size(b), 7);
    cmi_put_string(b, big, (size_t)1 << 32); /* a length that does not fit its four bytes */
    assert_false(cmi_buffer_ok(b));
    cmi_buffer_truncate(b, 2);
    assert_true(cmi_buffer_ok(b));
    assert_int_equal(cm_buffer_size(b), 2);
    assert_ptr_equal(cmi_buffer_context(b), ctx);
    cmi_put_u64_at(b, 0, 1); /* does not fit: ignored */
    cmi_put_u64_at(b, -1, 1);
    free(big);
    cm_buffer_destroy(b);
    cm_buffer_destroy(NULL);
    assert_int_equal(cm_buffer_create(NULL, &b, NULL), CM_ERR_ARG);
    assert_int_equal(cm_buffer_create(ctx, NULL, NULL), CM_ERR_ARG);
    assert_null(cm_buffer_data(NULL));
    assert_int_equal(cm_buffer_size(NULL), 0);
    cm_context_destroy(ctx);
}

static void test_hostile_reading(void **state)
{
    (void)state;
    cmi_reader r;
    size_t n = 9;
    uint8_t bytes[16];
    memset(bytes, 0xff, sizeof bytes);
    cmi_reader_init(&r, bytes, 16);
    assert_null(cmi_get_string(&r, &n));
    assert_int_equal(n, 0);
    assert_true(r.failed);
    assert_int_equal(cmi_reader_left(&r), 0);
    assert_true(cmi_get_i128(&r) == 0);
    cmi_reader_init(&r, bytes, 16);
    assert_int_equal(cmi_get_count(&r, 1), 0);
    assert_true(r.failed);
    memset(bytes, 0, 16);
    bytes[0] = 9;
    cmi_reader_init(&r, bytes, 16);
    assert_int_equal(cmi_get_count(&r, 1), 0);
    cmi_reader_init(&r, bytes, 16);
    bytes[0] = 8;
    assert_int_equal(cmi_get_count(&r, 1), 8);
    cmi_reader_init(&r, NULL, 0);
    assert_false(r.failed);
    assert_non_null(cmi_get_bytes(&r, 0));
    cmi_reader_init(&r, NULL, 4);
    assert_true(r.failed);
    cmi_reader_init(&r, bytes, -1);
    assert_int_equal(cmi_get_u64(&r), 0);
    assert_true(r.failed);
}

static cm_buffer *save(cm_context *ctx)
{
    cm_buffer *b;
    int64_t mark;
    assert_int_equal(cm_buffer_create(ctx, &b, NULL), CM_OK);
    cmi_envelope_begin(b, CMI_ENVELOPE_STATE, 3, &mark);
    cmi_put_text(b, "payload");
    cmi_envelope_end(b, mark);
    assert_true(cmi_buffer_ok(b));
    return b;
}

static void test_envelope(void **state)
{
    (void)state;
    cm_context *ctx = make_context(NULL, 0);
    cm_error *err = cm_error_create();
    cm_buffer *b = save(ctx);
    const uint8_t *bytes = cm_buffer_data(b);
    int64_t size = cm_buffer_size(b);
    uint32_t version = 0;
    cmi_reader r;
    assert_int_equal(size, 20 + 7 + 8);
    assert_int_equal(cmi_envelope_open(bytes, size, CMI_ENVELOPE_STATE, 3, &version, &r, err),
                     CM_OK);
    assert_int_equal(version, 3);
    assert_memory_equal(cmi_get_bytes(&r, 7), "payload", 7);
    assert_int_equal(cmi_reader_left(&r), 0);
    assert_int_equal(cmi_envelope_open(bytes, size, CMI_ENVELOPE_MODEL, 3, &version, &r, err),
                     CM_ERR_FORMAT);
    assert_string_equal(cm_error_message(err), "these bytes hold a state, not a model");
    for (int kind = 1; kind <= 6; kind++) {
        cm_status s = cmi_envelope_open(bytes, size, (cmi_envelope_kind)kind, 3, &version, &r, err);
        assert_int_equal(s, kind == CMI_ENVELOPE_STATE ? CM_OK : CM_ERR_FORMAT);
    }
    assert_int_equal(cmi_envelope_open(bytes, size, CMI_ENVELOPE_STATE, 2, &version, &r, err),
                     CM_ERR_VERSION);
    for (int64_t n = 0; n < size; n++)
        assert_int_equal(cmi_envelope_open(bytes, n, CMI_ENVELOPE_STATE, 3, &version, &r, err),
                         CM_ERR_FORMAT);
    assert_int_equal(cmi_envelope_open(NULL, 5, CMI_ENVELOPE_STATE, 3, &version, &r, err),
                     CM_ERR_FORMAT);
    assert_int_equal(cmi_envelope_open(bytes, -5, CMI_ENVELOPE_STATE, 3, &version, &r, err),
                     CM_ERR_FORMAT);
    uint8_t copy[64];
    for (int64_t i = 0; i < size * 8; i++) {
        memcpy(copy, bytes, (size_t)size);
        copy[i / 8] ^= (uint8_t)(1 << i % 8);
        cm_status s = cmi_envelope_open(copy, size, CMI_ENVELOPE_STATE, 3, &version, &r, err);
        bool head = i / 8 < 4 || (i / 8 >= 12 && i / 8 < 20);
        assert_int_equal(s, head ? CM_ERR_FORMAT : CM_ERR_CHECKSUM);
    }
    memcpy(copy, bytes, (size_t)size);
    assert_int_equal(cmi_envelope_open(copy, size + 1, CMI_ENVELOPE_STATE, 3, &version, &r, err),
                     CM_ERR_FORMAT);
    cm_buffer_destroy(b);
    cm_error_destroy(err);
    cm_context_destroy(ctx);
}

/* An envelope inside another's payload: the mark is where it begins. */
static void test_nested_envelope(void **state)
{
    (void)state;
    cm_context *ctx = make_context(NULL, 0);
    cm_buffer *b;
    int64_t outer, inner, begin;
    assert_int_equal(cm_buffer_create(ctx, &b, NULL), CM_OK);
    cmi_envelope_begin(b, CMI_ENVELOPE_DATASET, 1, &outer);
    begin = cm_buffer_size(b);
    cmi_envelope_begin(b, CMI_ENVELOPE_PLAN, 1, &inner);
    cmi_put_u32(b, 5);
    cmi_envelope_end(b, inner);
    int64_t length = cm_buffer_size(b) - begin;
    cmi_envelope_end(b, outer);
    uint32_t version;
    cmi_reader r, q;
    assert_int_equal(cmi_envelope_open(cm_buffer_data(b), cm_buffer_size(b), CMI_ENVELOPE_DATASET,
                                       1, &version, &r, NULL),
                     CM_OK);
    const void *p = cmi_get_bytes(&r, (size_t)length);
    assert_int_equal(cmi_envelope_open(p, length, CMI_ENVELOPE_PLAN, 1, &version, &q, NULL), CM_OK);
    assert_int_equal(cmi_get_u32(&q), 5);
    cm_buffer_destroy(b);
    cm_context_destroy(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),      cmocka_unit_test(test_failure_sticks),
        cmocka_unit_test(test_hostile_reading), cmocka_unit_test(test_envelope),
        cmocka_unit_test(test_nested_envelope),
    };
    return cmocka_run_group_tests_name("buffer", tests, NULL, NULL);
}
