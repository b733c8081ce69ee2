/* SPDX-License-Identifier: MIT */
#include "cm_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../data_table/support/fixture.h"

/* Exported arrays, read as a consumer reads them. */

typedef struct exported {
    struct ArrowArrayStream stream;
    struct ArrowSchema schema;
    struct ArrowArray batch;
} exported;

/* Exports, then gives up result and context: the arrays must outlive both. */
static void export_table(exported *e, int64_t batch_rows)
{
    memset(e, 0x5a, sizeof *e);
    cm_context *ctx = make_context(NULL);
    cm_result *result = make_result(ctx);
    const cm_table *table = cm_result_table_at(result, 0);
    assert_int_equal(cmi_table_export(table, batch_rows, &e->stream, NULL), CM_OK);
    cm_result_destroy(result);
    cm_context_destroy(ctx);
    assert_int_equal(e->stream.get_schema(&e->stream, &e->schema), 0);
    assert_null(e->stream.get_last_error(&e->stream));
}

static void next(exported *e)
{
    assert_int_equal(e->stream.get_next(&e->stream, &e->batch), 0);
}

static void test_schema(void **state)
{
    (void)state;
    static const char *const FORMATS[N_COLUMNS] = { "U", "l",   "g",         "d:38,4",
                                                    "b", "tdD", "tsu:+05:30" };
    exported e;
    export_table(&e, 100);
    e.stream.release(&e.stream); /* the schema is on its own */
    assert_null(e.stream.release);
    assert_string_equal(e.schema.format, "+s");
    assert_int_equal(e.schema.n_children, N_COLUMNS);
    for (int c = 0; c < N_COLUMNS; c++) {
        assert_string_equal(e.schema.children[c]->format, FORMATS[c]);
        assert_int_equal(e.schema.children[c]->flags, ARROW_FLAG_NULLABLE);
        assert_null(e.schema.children[c]->dictionary);
    }
    assert_string_equal(e.schema.children[C_MONEY]->name, "revenue");
    struct ArrowSchema moved = *e.schema.children[C_ID]; /* a child may be moved out */
    e.schema.children[C_ID]->release = NULL;
    e.schema.release(&e.schema);
    assert_null(e.schema.release);
    const char *m = moved.metadata;
    int32_t word;
    memcpy(&word, m, 4);
    assert_int_equal(word, 4);
    memcpy(&word, m + 4, 4);
    assert_int_equal(word, 4);
    assert_memory_equal(m + 8, "unit", 4);
    memcpy(&word, m + 12, 4);
    assert_int_equal(word, 0);
    memcpy(&word, m + 16, 4);
    assert_memory_equal(m + 20, "description", 11);
    assert_memory_equal(m + 35, "id as given", 11);
    moved.release(&moved);
    assert_null(moved.release);
}

static void test_values(void **state)
{
    (void)state;
    exported e;
    export_table(&e, 100);
    next(&e);
    assert_int_equal(e.batch.length, 3);
    assert_int_equal(e.batch.n_children, N_COLUMNS);
    assert_int_equal(e.batch.n_buffers, 1);
    assert_null(e.batch.buffers[0]);
    for (int c = 0; c < N_COLUMNS; c++) {
        const struct ArrowArray *a = e.batch.children[c];
        assert_int_equal(a->length, 3);
        assert_int_equal(a->null_count, 1);
        assert_int_equal(a->n_buffers, c == C_ID ? 3 : 2);
        assert_int_equal(*(const uint8_t *)a->buffers[0], 5);
    }
    const int64_t *offsets = e.batch.children[C_ID]->buffers[1];
    assert_int_equal(offsets[3], 17);
    assert_memory_equal(e.batch.children[C_ID]->buffers[2], "anna=1", 6);
    assert_int_equal(((const int64_t *)e.batch.children[C_N]->buffers[1])[2], INT64_MIN);
    assert_true(((const cmi_i128 *)e.batch.children[C_MONEY]->buffers[1])[2] == -3333);
    assert_int_equal(((const int32_t *)e.batch.children[C_DAY]->buffers[1])[0], 19782);
    assert_int_equal(*(const uint8_t *)e.batch.children[C_OK]->buffers[1], 1);
    struct ArrowArray last;
    assert_int_equal(e.stream.get_next(&e.stream, &last), 0);
    assert_null(last.release);
    e.stream.release(&e.stream);
    e.schema.release(&e.schema);
    struct ArrowArray moved = *e.batch.children[C_ID];
    e.batch.children[C_ID]->release = NULL;
    e.batch.release(&e.batch);
    assert_null(e.batch.release);
    assert_memory_equal(moved.buffers[2], "anna", 4);
    moved.release(&moved);
}

static void test_batches(void **state)
{
    (void)state;
    exported e;
    export_table(&e, 2);
    for (int64_t row = 0; row < 3; row += 2) {
        next(&e);
        assert_int_equal(e.batch.length, row ? 1 : 2);
        assert_int_equal(e.batch.offset, 0);
        const struct ArrowArray *a = e.batch.children[C_N];
        assert_int_equal(a->offset, row);
        assert_int_equal(a->length, row ? 1 : 2);
        assert_int_equal(a->null_count, row ? 0 : 1);
        e.batch.release(&e.batch);
    }
    next(&e);
    assert_null(e.batch.release);
    e.schema.release(&e.schema);
    e.stream.release(&e.stream);
}

static void test_empty_table(void **state)
{
    (void)state;
    cm_context *ctx = make_context(NULL);
    cm_result *result = make_result(ctx);
    struct ArrowArrayStream stream;
    struct ArrowArray batch;
    assert_int_equal(cm_table_export_arrow(cm_result_table_at(result, 1), &stream, NULL), CM_OK);
    assert_int_equal(stream.get_next(&stream, &batch), 0);
    assert_null(batch.release);
    stream.release(&stream);
    assert_int_equal(cm_table_export_arrow(NULL, &stream, NULL), CM_ERR_ARG);
    assert_int_equal(cm_table_export_arrow(cm_result_table_at(result, 1), NULL, NULL), CM_ERR_ARG);
    cm_result_destroy(result);
    cm_context_destroy(ctx);
}

static void test_short_memory(void **state)
{
    (void)state;
    failing f = { 0 };
    cm_context *ctx = make_context(&f);
    cm_result *result = make_result(ctx);
    const int64_t before = cm_context_memory(ctx);
    bool done = false;
    for (int64_t n = 0; !done && n < 500; n++) {
        exported e;
        f = (failing){ .left = n, .armed = true };
        if (cm_table_export_arrow(cm_result_table_at(result, 0), &e.stream, NULL) != CM_OK)
            continue;
        int code = e.stream.get_schema(&e.stream, &e.schema);
        if (code) assert_non_null(e.stream.get_last_error(&e.stream));
        if (!code) {
            done = e.stream.get_next(&e.stream, &e.batch) == 0;
            if (done) e.batch.release(&e.batch);
            e.schema.release(&e.schema);
        }
        e.stream.release(&e.stream);
        assert_int_equal(cm_context_memory(ctx), before);
    }
    assert_true(done);
    f.armed = false;
    cm_result_destroy(result);
    cm_context_destroy(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schema),       cmocka_unit_test(test_values),
        cmocka_unit_test(test_batches),      cmocka_unit_test(test_empty_table),
        cmocka_unit_test(test_short_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
