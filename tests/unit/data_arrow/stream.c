/* SPDX-License-Identifier: MIT */
#include "cm_test.h"

#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "support/producer.h"
#include "support/recorder.h"

/* The stream's life: moved from at once, released once on every path, its errors read before. */

static const int64_t NUMBERS[] = { 1, 2, 3 };
static const int64_t OFFSETS[] = { 0, 1, 2, 3 };

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
    int n = add_column(&f.p, "n", "l"), t = add_column(&f.p, "t", "U");
    for (int b = 0; b < 3; b++) {
        test_batch *batch = add_batch(&f.p, 3);
        set_array(batch, n, 3, 0, BUFFERS(NULL, NUMBERS));
        set_array(batch, t, 3, 0, BUFFERS(NULL, OFFSETS, "abc"));
    }
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    assert_int_equal(f->p.live_arrays, 0);
    assert_int_equal(f->p.live_schemas, 0);
    assert_int_equal(f->p.errors_read_after_release, 0);
    assert_false(f->rec.busy);
    recorder_free(&f->rec);
    assert_int_equal(cm_context_memory(f->ctx), 0);
    cm_error_destroy(f->err);
    cm_context_destroy(f->ctx);
    return 0;
}

static cm_status add(fixture *f, struct ArrowArrayStream *stream, const cm_run *run)
{
    return cm_loader_add_arrow(recorder_loader(&f->rec), "orders", stream, NULL, run, f->err);
}

static void assert_given_up(fixture *f)
{
    assert_null(f->p.stream.release);
    assert_int_equal(f->p.releases_of_stream, 1);
    assert_int_equal(f->rec.n_committed, 0);
    assert_int_equal(f->rec.n_begun, f->rec.n_aborted);
}

static void test_released_once(void **state)
{
    fixture *f = *state;
    struct ArrowArrayStream *stream = open_stream(&f->p);
    assert_int_equal(add(f, stream, NULL), CM_OK);
    assert_int_equal(f->p.releases_of_stream, 1);
    assert_int_equal(f->rec.n_committed, 1);
    assert_string_equal(f->rec.text,
                        "n t\ni1 ta\ni2 tb\ni3 tc\ni1 ta\ni2 tb\ni3 tc\ni1 ta\ni2 tb\ni3 tc\n");
    assert_int_equal(add(f, stream, NULL), CM_ERR_ARG); /* a second time */
    assert_non_null(strstr(cm_error_message(f->err), "already released"));
    assert_int_equal(f->p.releases_of_stream, 1);
    assert_int_equal(f->rec.n_begun, 1);
}

static void test_wrong_arguments(void **state)
{
    fixture *f = *state;
    assert_int_equal(add(f, NULL, NULL), CM_ERR_ARG);
    struct ArrowArrayStream *stream = open_stream(&f->p);
    assert_int_equal(cm_loader_add_arrow(NULL, "orders", stream, NULL, NULL, f->err), CM_ERR_ARG);
    assert_given_up(f);
}

static void test_wrong_run(void **state)
{
    fixture *f = *state;
    const cm_run run = { .struct_size = 3 };
    assert_int_equal(add(f, open_stream(&f->p), &run), CM_ERR_ARG);
    assert_given_up(f);
}

static void test_missing_callbacks(void **state)
{
    fixture *f = *state;
    struct ArrowArrayStream *stream = open_stream(&f->p);
    stream->get_next = NULL;
    assert_int_equal(add(f, stream, NULL), CM_ERR_ARG);
    assert_given_up(f);
}

static void test_unknown_table(void **state)
{
    fixture *f = *state;
    cm_status status = cm_loader_add_arrow(recorder_loader(&f->rec), "nowhere", open_stream(&f->p),
                                           NULL, NULL, f->err);
    assert_int_equal(status, CM_ERR_NOT_FOUND);
    assert_given_up(f);
}

static void test_failing_schema(void **state)
{
    fixture *f = *state;
    f->p.fail_schema = 1;
    assert_int_equal(add(f, open_stream(&f->p), NULL), CM_ERR_IO);
    assert_non_null(strstr(cm_error_message(f->err), "get_schema with error 5: the tape is torn"));
    assert_given_up(f);
}

static void test_failing_batches(void **state)
{
    (void)state;
    for (int at = 0; at <= 3; at++) {
        void *own = NULL;
        set_up(&own);
        fixture *f = own;
        f->p.fail_at = at;
        assert_int_equal(add(f, open_stream(&f->p), NULL), CM_ERR_IO);
        assert_non_null(
            strstr(cm_error_message(f->err), "get_next with error 5: the tape is torn"));
        assert_given_up(f);
        tear_down(&own);
    }
}

static void test_no_words_for_the_error(void **state)
{
    fixture *f = *state;
    f->p.fail_at = 0;
    struct ArrowArrayStream *stream = open_stream(&f->p);
    stream->get_last_error = NULL;
    assert_int_equal(add(f, stream, NULL), CM_ERR_IO);
    assert_given_up(f);
}

static void test_failing_stage(void **state)
{
    fixture *f = *state;
    f->rec.fail_stage = CM_ERR_DATA;
    assert_int_equal(add(f, open_stream(&f->p), NULL), CM_ERR_DATA);
    assert_given_up(f);
}

static void test_cancelled(void **state)
{
    fixture *f = *state;
    cm_cancel *cancel = NULL;
    assert_int_equal(cm_cancel_create(&cancel, NULL), CM_OK);
    cm_cancel_set(cancel);
    const cm_run run = { .struct_size = sizeof run, .cancel = cancel };
    assert_int_equal(add(f, open_stream(&f->p), &run), CM_ERR_CANCELLED);
    assert_given_up(f);
    cm_cancel_destroy(cancel);
}

static void test_busy_loader(void **state)
{
    fixture *f = *state;
    f->rec.busy = true;
    assert_int_equal(add(f, open_stream(&f->p), NULL), CM_ERR_BUSY);
    assert_given_up(f);
    assert_true(f->rec.busy); /* the call that is running is still running */
    f->rec.busy = false;
}

static void test_no_columns_and_no_batches(void **state)
{
    fixture *f = *state;
    f->p.n_batches = 0;
    assert_int_equal(add(f, open_stream(&f->p), NULL), CM_OK);
    assert_string_equal(f->rec.text, "n t\n");
    f->p.n_columns = 0;
    assert_int_equal(add(f, open_stream(&f->p), NULL), CM_OK);
    assert_string_equal(f->rec.text, "\n");
}

/* ---- memory ---- */

static int64_t allocations_left;

static void *short_alloc(size_t size, void *user)
{
    (void)user;
    return allocations_left-- > 0 ? malloc(size) : NULL;
}

static void *short_realloc(void *p, size_t old_size, size_t new_size, void *user)
{
    (void)old_size;
    (void)user;
    return allocations_left-- > 0 ? realloc(p, new_size) : NULL;
}

static void plain_free(void *p, size_t size, void *user)
{
    (void)size;
    (void)user;
    free(p);
}

static void test_short_memory(void **state)
{
    fixture *f = *state;
    cm_status status = CM_ERR_MEMORY;
    const cm_allocator allocator = { short_alloc, short_realloc, plain_free, NULL };
    const cm_context_options options = { .struct_size = sizeof options, .allocator = &allocator };
    for (int64_t n = 0; status != CM_OK && n < 500; n++) {
        cm_context *ctx = NULL;
        allocations_left = 100;
        assert_int_equal(cm_context_create(&options, &ctx, NULL), CM_OK);
        recorder rec;
        recorder_init(&rec, ctx);
        f->p.next = f->p.releases_of_stream = 0;
        allocations_left = n;
        status = cm_loader_add_arrow(recorder_loader(&rec), "orders", open_stream(&f->p), NULL,
                                     NULL, f->err);
        assert_true(status == CM_OK || status == CM_ERR_MEMORY);
        assert_int_equal(f->p.releases_of_stream, 1);
        assert_int_equal(f->p.live_arrays, 0);
        assert_int_equal(f->p.live_schemas, 0);
        assert_int_equal(cm_context_memory(ctx), 0);
        recorder_free(&rec);
        cm_context_destroy(ctx);
    }
    assert_int_equal(status, CM_OK);
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_released_once),
        TEST(test_wrong_arguments),
        TEST(test_wrong_run),
        TEST(test_missing_callbacks),
        TEST(test_unknown_table),
        TEST(test_failing_schema),
        cmocka_unit_test(test_failing_batches),
        TEST(test_no_words_for_the_error),
        TEST(test_failing_stage),
        TEST(test_cancelled),
        TEST(test_busy_loader),
        TEST(test_no_columns_and_no_batches),
        TEST(test_short_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
