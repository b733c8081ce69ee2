/* SPDX-License-Identifier: MIT */
#include "cm_test.h"

#include <stdlib.h>
#include <string.h>

#include "core/calendar.h"
#include "support/producer.h"
#include "support/recorder.h"

/* Each Arrow type, read from hand-built buffers. */

typedef struct fixture {
    cm_context *ctx;
    cm_error *err;
    recorder rec;
    producer p;
} fixture;

static int set_up(void **state)
{
    static fixture f;
    assert_int_equal(cm_context_create(NULL, &f.ctx, NULL), CM_OK);
    f.err = cm_error_create();
    recorder_init(&f.rec, f.ctx);
    producer_init(&f.p);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    recorder_free(&f->rec);
    assert_int_equal(cm_context_memory(f->ctx), 0);
    cm_error_destroy(f->err);
    cm_context_destroy(f->ctx);
    return 0;
}

static void assert_read(fixture *f, const char *expected)
{
    struct ArrowArrayStream *stream = open_stream(&f->p);
    cm_loader *loader = recorder_loader(&f->rec);
    cm_status status = cm_loader_add_arrow(loader, "orders", stream, NULL, NULL, f->err);
    assert_string_equal(cm_error_message(f->err), "");
    assert_int_equal(status, CM_OK);
    assert_null(stream->release);
    assert_int_equal(f->p.releases_of_stream, 1);
    assert_int_equal(f->p.live_arrays, 0);
    assert_int_equal(f->p.live_schemas, 0);
    assert_string_equal(f->rec.text, expected);
}

/* One column of a fixed width, rows 1 .. n of n + 1 (sliced by one), the second of them null; the
 * buffer is odd in memory. */
static void assert_sliced(const char *format, const void *data, size_t width, const char *expected)
{
    fixture *f;
    void *state = NULL;
    set_up(&state);
    f = state;
    static uint8_t room[512];
    memcpy(room + 1, data, width * 4);
    const uint8_t validity[] = { 0xb }; /* rows 0, 1, 3 */
    int c = add_column(&f->p, "x", format);
    set_array(add_batch(&f->p, 3), c, 3, 1, BUFFERS(validity, room + 1));
    char all[256];
    snprintf(all, sizeof all, "x\n%s", expected);
    assert_read(f, all);
    tear_down(&state);
}

static void test_integers(void **state)
{
    (void)state;
    assert_sliced("c", (int8_t[]){ 9, -128, 5, 127 }, 1, "i-128\n-\ni127\n");
    assert_sliced("C", (uint8_t[]){ 9, 255, 5, 7 }, 1, "i255\n-\ni7\n");
    assert_sliced("s", (int16_t[]){ 9, INT16_MIN, 5, 7 }, 2, "i-32768\n-\ni7\n");
    assert_sliced("S", (uint16_t[]){ 9, UINT16_MAX, 5, 7 }, 2, "i65535\n-\ni7\n");
    assert_sliced("i", (int32_t[]){ 9, INT32_MIN, 5, 7 }, 4, "i-2147483648\n-\ni7\n");
    assert_sliced("I", (uint32_t[]){ 9, UINT32_MAX, 5, 7 }, 4, "i4294967295\n-\ni7\n");
    assert_sliced("l", (int64_t[]){ 9, INT64_MIN, 5, 7 }, 8, "i-9223372036854775808\n-\ni7\n");
    assert_sliced("L", (uint64_t[]){ 9, 1, UINT64_MAX, 7 }, 8, "i1\n-\ni7\n");
    assert_sliced("L", (uint64_t[]){ 9, UINT64_MAX, 5, 7 }, 8, "u18446744073709551615\n-\nu7\n");
}

static void test_floats(void **state)
{
    (void)state;
    assert_sliced("g", (double[]){ 9, 0.1, 5, -2 }, 8, "f0.10000000000000001\n-\nf-2\n");
    assert_sliced("f", (float[]){ 9, 0.5f, 5, -2 }, 4, "f0.5\n-\nf-2\n");
    assert_sliced("e", (uint16_t[]){ 0, 0x3c00, 5, 0xc000 }, 2, "f1\n-\nf-2\n");
    assert_sliced("e", (uint16_t[]){ 0, 0x7bff, 5, 0x8001 }, 2,
                  "f65504\n-\nf-5.9604644775390625e-08\n");
    assert_sliced("e", (uint16_t[]){ 0, 0x7c00, 5, 0x7e00 }, 2, "finf\n-\nfnan\n");
}

static void test_decimals(void **state)
{
    (void)state;
    assert_sliced("d:9,2,32", (int32_t[]){ 9, -1234, 5, 7 }, 4, "d-12.34\n-\nd0.07\n");
    assert_sliced("d:18,3,64", (int64_t[]){ 9, -1234, 5, 7 }, 8, "d-1.234\n-\nd0.007\n");
    assert_sliced("d:21,1,128", (cmi_i128[]){ 9, -15, 5, 7 }, 16, "d-1.5\n-\nd0.7\n");
    assert_sliced("d:38,0", (cmi_i128[]){ 9, CMI_I128_MIN, 5, 7 }, 16,
                  "d-170141183460469231731687303715884105728\n-\nd7\n");
    assert_sliced("d:5,-2", (cmi_i128[]){ 9, -15, 5, 7 }, 16, "d-1500\n-\nd700\n");
    assert_sliced("d:76,2,256", (cmi_i128[]){ 9, 0, -15, -1, 5, 5, 7, 0 }, 32,
                  "d-0.15\n-\nd0.07\n");
}

static void test_times(void **state)
{
    (void)state;
    assert_sliced("tdD", (int32_t[]){ 9, -1, 5, 7 }, 4, "D-1\n-\nD7\n");
    assert_sliced("tdm", (int64_t[]){ 9, -1, 5, 86400000 }, 8, "D-1\n-\nD1\n");
    assert_sliced("tss:", (int64_t[]){ 9, -1, 5, 7 }, 8, "L-1000000\n-\nL7000000\n");
    assert_sliced("tsm:UTC", (int64_t[]){ 9, -1, 5, 7 }, 8, "I-1000\n-\nI7000\n");
    assert_sliced("tsu:Etc/UTC", (int64_t[]){ 9, -1, 5, 7 }, 8, "I-1\n-\nI7\n");
    assert_sliced("tsn:", (int64_t[]){ 9, -1, 5, 1999 }, 8, "L-1\n-\nL1\n");
    assert_sliced("tss:UTC", (int64_t[]){ 9, INT64_MIN, 5, INT64_MAX }, 8,
                  "I-9223372036854775807\n-\nI9223372036854775807\n");
    assert_sliced("tDm", (int64_t[]){ 9, 1500, 5, -1 }, 8, "d1.500\n-\nd-0.001\n");
}

static void test_bits_and_nulls(void **state)
{
    fixture *f = *state;
    const uint8_t bits[] = { 0xaa, 0x1 }, validity[] = { 0xff, 0x3 };
    int b = add_column(&f->p, "b", "b"), n = add_column(&f->p, "n", "n");
    test_batch *batch = add_batch(&f->p, 3);
    batch->offset = 2; /* of the struct, on top of the children's */
    set_array(batch, b, 5, 5, BUFFERS(validity, bits));
    set_array(batch, n, 5, 0, 0, NULL);
    batch->columns[n].array.buffers = NULL;
    assert_read(f, "b n\nB1 -\nB1 -\nB0 -\n");
}

static void test_texts(void **state)
{
    fixture *f = *state;
    const int32_t narrow[] = { 2, 2, 4, 4, 7 };
    const int64_t wide[] = { 1, 3, 3, 6, 6 };
    const char *bytes = "__abcdefgh";
    const uint8_t validity[] = { 0xd }; /* row 1 is null */
    int u = add_column(&f->p, "u", "u"), z = add_column(&f->p, "Z", "Z"),
        w = add_column(&f->p, "w", "w:2");
    test_batch *batch = add_batch(&f->p, 3);
    batch->offset = 1;
    set_array(batch, u, 4, 0, BUFFERS(NULL, narrow, bytes));
    set_array(batch, z, 4, 0, BUFFERS(validity, wide, bytes));
    set_array(batch, w, 4, 0, BUFFERS(NULL, bytes));
    assert_read(f, "u Z w\ntab - tab\nt tbcd tcd\ntcde t tef\n");
    assert_true(f->rec.clean);
}

static void test_views(void **state)
{
    fixture *f = *state;
    const char *first = "0123456789abcdef", *second = "a text that is longer";
    const int64_t sizes[] = { 16, 21 };
    struct {
        int32_t length;
        char bytes[12];
    } views[4] = { { 3, "abc" }, { 12, "" }, { 13, "" }, { 21, "" } };
    memcpy(views[1].bytes, "twelve bytes", 12);
    memcpy(views[2].bytes, (int32_t[]){ 0, 0, 3 }, 12);
    memcpy(views[3].bytes, (int32_t[]){ 0, 1, 0 }, 12);
    int v = add_column(&f->p, "v", "vu"), e = add_column(&f->p, "e", "vz");
    test_batch *batch = add_batch(&f->p, 4);
    set_array(batch, v, 4, 0, BUFFERS(NULL, views, first, second, sizes));
    set_array(batch, e, 4, 0, BUFFERS("\x1", views, NULL)); /* no variadic buffers */
    assert_read(f, "v e\ntabc tabc\nttwelve bytes -\nt3456789abcdef -\nta text that is longer -\n");
}

static void test_dictionaries(void **state)
{
    fixture *f = *state;
    const uint8_t one[] = { 9, 2, 0, 1, 200 }, index_nulls[] = { 0xf };
    const int64_t two[] = { 1, 0, 1, 0 };
    const int32_t offsets[] = { 0, 1, 3, 6 };
    const uint8_t value_nulls[] = { 0x5 }; /* value 1 is null */
    const int64_t numbers[] = { 0, 40, 41 };
    int t = add_column(&f->p, "t", "C"), n = add_column(&f->p, "n", "l");
    f->p.columns[t].values_format = "u";
    f->p.columns[n].values_format = "l";
    for (int b = 0; b < 2; b++) { /* another dictionary in the second batch */
        test_batch *batch = add_batch(&f->p, 4);
        set_array(batch, t, 4, 1, BUFFERS(index_nulls, one));
        set_values(batch, t, 3, 0, BUFFERS(value_nulls, offsets, b ? "xyyzzz" : "abbccc"));
        set_array(batch, n, 4, 0, BUFFERS(NULL, two));
        set_values(batch, n, 2, 1, BUFFERS(NULL, numbers));
    }
    assert_read(f, "t n\ntccc i41\nta i40\n- i41\n- i40\ntzzz i41\ntx i40\n- i41\n- i40\n");
}

static void test_empty_arrays_need_no_buffers(void **state)
{
    fixture *f = *state;
    int u = add_column(&f->p, "u", "U"), d = add_column(&f->p, "d", "i");
    f->p.columns[d].values_format = "u";
    test_batch *batch = add_batch(&f->p, 0);
    set_array(batch, u, 0, 3, BUFFERS(NULL, NULL, NULL));
    set_array(batch, d, 0, 0, BUFFERS(NULL, NULL));
    set_values(batch, d, 0, 0, BUFFERS(NULL, NULL, NULL));
    const int64_t offsets[] = { 0, 0, 0 };
    const int32_t index[] = { 7, 7 };
    batch = add_batch(&f->p, 2); /* no bytes: all texts are empty; all indices are null */
    set_array(batch, u, 2, 0, BUFFERS(NULL, offsets, NULL));
    set_array(batch, d, 2, 0, BUFFERS("", index));
    set_values(batch, d, 0, 0, BUFFERS(NULL, NULL, NULL));
    assert_read(f, "u d\nt -\nt -\n");
}

static void test_text_that_is_no_utf8_is_told(void **state)
{
    fixture *f = *state;
    const int32_t offsets[] = { 0, 2 };
    int z = add_column(&f->p, "z", "z");
    set_array(add_batch(&f->p, 1), z, 1, 0, BUFFERS(NULL, offsets, "\xc3("));
    assert_read(f, "z\nt\xc3(\n");
    assert_false(f->rec.clean);
}

static void test_skipped_columns_are_not_looked_at(void **state)
{
    fixture *f = *state;
    const int64_t values[] = { 5 };
    int a = add_column(&f->p, "a", "l"), m = add_column(&f->p, "m", "+m");
    f->rec.skip = m;
    test_batch *batch = add_batch(&f->p, 1);
    set_array(batch, a, 1, 0, BUFFERS(NULL, values));
    set_array(batch, m, 0, -7, 0, NULL);
    assert_read(f, "a m\ni5 -\n");
}

static void test_many_small_and_one_large_batch(void **state)
{
    fixture *f = *state;
    enum { LARGE = 200000 };
    static int32_t values[LARGE];
    static char expected[LARGE * 8 + 4096];
    int c = add_column(&f->p, "n", "i");
    for (int i = 0; i < LARGE; i++) values[i] = i;
    size_t n = 2;
    memcpy(expected, "n\n", 3);
    for (int b = 0; b < MAX_BATCHES; b++) {
        int64_t length = b == 20 ? LARGE : b % 3;
        set_array(add_batch(&f->p, length), c, length, 0, BUFFERS(NULL, values));
        for (int64_t i = 0; i < length; i++) {
            n += (size_t)snprintf(expected + n, sizeof expected - n, "i%d\n", (int)i);
        }
    }
    assert_read(f, expected);
    assert_true(f->rec.n_stages < 10); /* small ones go together */
}

static void test_batches_live_until_their_text_is_taken(void **state)
{
    fixture *f = *state;
    static const int32_t offsets[] = { 0, 3 };
    int c = add_column(&f->p, "t", "u");
    char expected[1024] = "t\n";
    for (int b = 0; b < MAX_BATCHES; b++) {
        test_batch *batch = add_batch(&f->p, b % 5 != 3);
        char *text = malloc(16);
        assert_non_null(text);
        snprintf(text, 16, "x%02d", b);
        batch->owned = text;
        set_array(batch, c, batch->length, 0, BUFFERS(NULL, offsets, text));
        if (batch->length) {
            size_t n = strlen(expected);
            snprintf(expected + n, sizeof expected - n, "t%s\n", text);
        }
    }
    assert_read(f, expected);
    assert_int_equal(f->rec.n_stages, 2);
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_floats),
        cmocka_unit_test(test_decimals),
        cmocka_unit_test(test_times),
        TEST(test_bits_and_nulls),
        TEST(test_texts),
        TEST(test_views),
        TEST(test_dictionaries),
        TEST(test_empty_arrays_need_no_buffers),
        TEST(test_text_that_is_no_utf8_is_told),
        TEST(test_skipped_columns_are_not_looked_at),
        TEST(test_batches_live_until_their_text_is_taken),
        TEST(test_many_small_and_one_large_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
