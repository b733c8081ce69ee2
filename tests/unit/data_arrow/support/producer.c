/* SPDX-License-Identifier: MIT */
#include "producer.h"

#include <stdlib.h>
#include <string.h>

#include "cm_test.h"

void producer_init(producer *p)
{
    memset(p, 0, sizeof *p);
    p->fail_at = -1;
    p->error = 5;
}

int add_column(producer *p, const char *name, const char *format)
{
    assert_true(p->n_columns < MAX_COLUMNS);
    p->columns[p->n_columns] = (test_column){ .name = name, .format = format };
    return p->n_columns++;
}

test_batch *add_batch(producer *p, int64_t length)
{
    assert_true(p->n_batches < MAX_BATCHES);
    test_batch *b = &p->batches[p->n_batches++];
    b->length = length;
    return b;
}

static void set(struct ArrowArray *a, const void **room, int64_t length, int64_t offset, int64_t n,
                const void *const *buffers)
{
    assert_true(n <= MAX_BUFFERS);
    for (int64_t i = 0; i < n; i++) room[i] = buffers[i];
    *a = (struct ArrowArray){
        .length = length, .offset = offset, .null_count = -1, .n_buffers = n, .buffers = room
    };
}

void set_array(test_batch *b, int column, int64_t length, int64_t offset, int64_t n_buffers,
               const void *const *buffers)
{
    test_array *t = &b->columns[column];
    set(&t->array, t->buffers, length, offset, n_buffers, buffers);
}

void set_values(test_batch *b, int column, int64_t length, int64_t offset, int64_t n_buffers,
                const void *const *buffers)
{
    test_array *t = &b->columns[column];
    set(&t->values, t->value_buffers, length, offset, n_buffers, buffers);
    t->array.dictionary = &t->values;
}

/* ---- callbacks ---- */

static void release_child(struct ArrowArray *array)
{
    array->release = NULL;
}

static void release_array(struct ArrowArray *array)
{
    producer *p = array->private_data;
    p->live_arrays--;
    assert_true(p->live_arrays >= 0);
    for (int i = 0; i < p->n_batches; i++) {
        if (array->buffers == p->batches[i].buffers) free(p->batches[i].owned);
    }
    array->release = NULL;
}

static void release_field(struct ArrowSchema *schema)
{
    schema->release = NULL;
}

static void release_schema(struct ArrowSchema *schema)
{
    producer *p = schema->private_data;
    p->live_schemas--;
    assert_true(p->live_schemas >= 0);
    schema->release = NULL;
}

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    producer *p = stream->private_data;
    if (p->fail_schema) {
        memset(out, 0x5a, sizeof *out); /* undefined after a failure: must not be touched */
        return p->error;
    }
    *out = p->schema;
    if (out->release) p->live_schemas++;
    return 0;
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
    producer *p = stream->private_data;
    if (p->next == p->fail_at) {
        memset(out, 0x5a, sizeof *out);
        return p->error;
    }
    *out = (struct ArrowArray){ 0 };
    if (p->next == p->n_batches) return 0;
    *out = p->batches[p->next++].array;
    p->live_arrays++;
    return 0;
}

static const char *get_last_error(struct ArrowArrayStream *stream)
{
    producer *p = stream->private_data;
    p->errors_read_after_release += p->live_streams == 0;
    return "the tape\nis torn";
}

static void release_stream(struct ArrowArrayStream *stream)
{
    producer *p = stream->private_data;
    p->live_streams--;
    p->releases_of_stream++;
    stream->release = NULL;
}

/* ---- linking ---- */

static void link_schema(producer *p)
{
    for (int c = 0; c < p->n_columns; c++) {
        const test_column *col = &p->columns[c];
        p->fields[c] = (struct ArrowSchema){ .format = col->format,
                                             .name = col->name,
                                             .n_children = col->n_schema_children,
                                             .release = release_field };
        p->dictionaries[c] = (struct ArrowSchema){ .format = col->values_format,
                                                   .name = "",
                                                   .release = release_field };
        if (col->values_format) p->fields[c].dictionary = &p->dictionaries[c];
        p->pointers[c] = &p->fields[c];
    }
    p->schema = (struct ArrowSchema){ .format = "+s",
                                      .name = "",
                                      .n_children = p->n_columns,
                                      .children = p->pointers,
                                      .release = release_schema,
                                      .private_data = p };
}

static void link_batch(producer *p, test_batch *b)
{
    b->buffers[0] = b->validity;
    for (int c = 0; c < p->n_columns; c++) {
        test_array *t = &b->columns[c];
        t->array.release = t->values.release = release_child;
        b->children[c] = &t->array;
    }
    b->array = (struct ArrowArray){ .length = b->length,
                                    .offset = b->offset,
                                    .null_count = b->validity ? -1 : 0,
                                    .n_buffers = 1,
                                    .n_children = p->n_columns,
                                    .buffers = b->buffers,
                                    .children = b->children,
                                    .release = release_array,
                                    .private_data = p };
}

struct ArrowArrayStream *open_stream(producer *p)
{
    link_schema(p);
    for (int i = 0; i < p->n_batches; i++) link_batch(p, &p->batches[i]);
    p->live_streams = 1;
    p->stream = (struct ArrowArrayStream){ .get_schema = get_schema,
                                           .get_next = get_next,
                                           .get_last_error = get_last_error,
                                           .release = release_stream,
                                           .private_data = p };
    return &p->stream;
}
