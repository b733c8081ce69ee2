/* SPDX-License-Identifier: MIT */
#ifndef TEST_ARROW_PRODUCER_H
#define TEST_ARROW_PRODUCER_H

#include <custmetrics/cm_arrow.h>

/* Hand-built Arrow structs. Buffers are the test's own; every release is counted. */

enum { MAX_COLUMNS = 4, MAX_BUFFERS = 6, MAX_BATCHES = 40 };

typedef struct test_column {
    const char *name, *format;
    const char *values_format; /* of a dictionary, or NULL */
    int64_t n_schema_children;
} test_column;

typedef struct test_array {
    struct ArrowArray array, values; /* values: the dictionary's */
    struct ArrowArray *child[1];
    const void *buffers[MAX_BUFFERS], *value_buffers[MAX_BUFFERS];
} test_array;

typedef struct test_batch {
    int64_t length, offset;
    const void *validity;
    test_array columns[MAX_COLUMNS];
    struct ArrowArray array;
    struct ArrowArray *children[MAX_COLUMNS];
    const void *buffers[1];
    void *owned; /* freed with the batch */
} test_batch;

typedef struct producer {
    int n_columns, n_batches, next;
    test_column columns[MAX_COLUMNS];
    test_batch batches[MAX_BATCHES];
    struct ArrowArrayStream stream;
    struct ArrowSchema schema, fields[MAX_COLUMNS], dictionaries[MAX_COLUMNS];
    struct ArrowSchema *pointers[MAX_COLUMNS];
    int fail_schema, fail_at,
        error; /* get_schema fails; get_next fails at this batch (-1: never) */
    int live_arrays, live_schemas, live_streams, releases_of_stream;
    int errors_read_after_release;
} producer;

void producer_init(producer *p);
/* Adds a column; returns its index. */
int add_column(producer *p, const char *name, const char *format);
/* A batch of `length` rows; fill its columns with set_array. */
test_batch *add_batch(producer *p, int64_t length);
/* Buffers up to the first of `n_buffers`. */
void set_array(test_batch *b, int column, int64_t length, int64_t offset, int64_t n_buffers,
               const void *const *buffers);
void set_values(test_batch *b, int column, int64_t length, int64_t offset, int64_t n_buffers,
                const void *const *buffers);
/* Links everything; the stream is ready. */
struct ArrowArrayStream *open_stream(producer *p);

#define BUFFERS(...)                                                                               \
    (int64_t)(sizeof((const void *const[]){ __VA_ARGS__ }) / sizeof(const void *)),                \
        (const void *const[])                                                                      \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

#endif
