/* SPDX-License-Identifier: MIT */
#include "data/arrow_out.h"

#include <errno.h>
#include <string.h>

#include "core/error.h"

/* Batches and the stream of a table. Buffers are the table's own (bits of a bool column excepted):
 * each exported array holds a reference to the table, so a child that was moved out of its parent
 * stands by itself. Release frees what lies behind private_data and nulls itself; it never frees
 * the struct that the consumer gave. */

typedef struct array_owner {
    const cm_table *table;
    const void *buffers[3];
    uint8_t *bits; /* bool values, packed; else NULL */
    struct ArrowArray *children;
    struct ArrowArray **pointers;
} array_owner;

static void release_array(struct ArrowArray *array)
{
    array_owner *owner = array->private_data;
    for (int64_t i = 0; i < array->n_children; i++) {
        struct ArrowArray *child = array->children[i];
        if (child->release) child->release(child);
    }
    cm_context *ctx = owner->table->ctx;
    const cm_table *table = owner->table;
    cmi_free(ctx, owner->bits);
    cmi_free(ctx, owner->children);
    cmi_free(ctx, owner->pointers);
    cmi_free(ctx, owner);
    array->release = NULL;
    cmi_table_release(table); /* last: the context may go with it */
}

/* Makes an array that owns a reference but has no buffers yet. */
static array_owner *begin_array(const cm_table *table, int64_t length, struct ArrowArray *out)
{
    array_owner *owner = cmi_calloc(table->ctx, 1, sizeof *owner);
    if (!owner) return NULL;
    cmi_table_retain(table);
    owner->table = table;
    *out = (struct ArrowArray){
        .length = length,
        .buffers = owner->buffers,
        .release = release_array,
        .private_data = owner,
    };
    return owner;
}

static int64_t count_nulls(const cmi_table_column *column, int64_t from, int64_t length)
{
    int64_t n = 0;
    for (int64_t row = from; column->validity && row < from + length; row++) {
        n += cmi_table_is_null(column, row);
    }
    return n;
}

/* One byte a row to one bit a row. */
static uint8_t *pack_bits(const cm_table *table, const uint8_t *bytes, int64_t length)
{
    uint8_t *bits = cmi_calloc(table->ctx, (size_t)(length / 8 + 1), 1);
    for (int64_t i = 0; bits && i < length; i++) {
        bits[i >> 3] = (uint8_t)(bits[i >> 3] | (bytes[i] != 0) << (i & 7));
    }
    return bits;
}

static bool export_column(const cm_table *table, const cmi_table_column *column, int64_t from,
                          int64_t length, struct ArrowArray *out)
{
    array_owner *owner = begin_array(table, length, out);
    if (!owner) return false;
    out->offset = from;
    out->null_count = count_nulls(column, from, length);
    out->n_buffers = 2;
    owner->buffers[0] = column->validity;
    owner->buffers[1] = column->data;
    if (column->type == CM_TYPE_TEXT) {
        out->n_buffers = 3;
        owner->buffers[1] = column->offsets;
        owner->buffers[2] = column->data;
    } else if (column->type == CM_TYPE_BOOL) {
        owner->bits = pack_bits(table, column->data, from + length);
        owner->buffers[1] = owner->bits;
        if (!owner->bits) {
            release_array(out);
            return false;
        }
    }
    return true;
}

static bool export_batch(const cm_table *table, int64_t from, int64_t length,
                         struct ArrowArray *out)
{
    array_owner *owner = begin_array(table, length, out);
    if (!owner) return false;
    size_t n = (size_t)table->n_columns;
    out->n_buffers = 1; /* no null rows */
    owner->children = cmi_calloc(table->ctx, n, sizeof *owner->children);
    owner->pointers = cmi_calloc(table->ctx, n, sizeof *owner->pointers);
    bool ok = owner->children && owner->pointers;
    out->children = owner->pointers;
    for (int32_t c = 0; c < table->n_columns && ok; c++) {
        owner->pointers[c] = &owner->children[c];
        ok = export_column(table, &table->columns[c], from, length, owner->pointers[c]);
        out->n_children += ok;
    }
    if (!ok) release_array(out);
    return ok;
}

/* ---- the stream ---- */

typedef struct stream_owner {
    const cm_table *table;
    int64_t next_row, batch_rows;
    const char *error; /* of the last call, NULL: none */
} stream_owner;

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    stream_owner *owner = stream->private_data;
    bool ok = cmi_arrow_export_schema(owner->table, out);
    owner->error = ok ? NULL : "no memory for the schema";
    return ok ? 0 : ENOMEM;
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
    stream_owner *owner = stream->private_data;
    struct ArrowArray batch = { 0 }; /* a released array is the end */
    int64_t left = owner->table->n_rows - owner->next_row;
    int64_t length = left < owner->batch_rows ? left : owner->batch_rows;
    bool ok = left == 0 || export_batch(owner->table, owner->next_row, length, &batch);
    owner->error = ok ? NULL : "no memory for a batch";
    if (!ok) return ENOMEM;
    owner->next_row += length;
    *out = batch;
    return 0;
}

static const char *get_last_error(struct ArrowArrayStream *stream)
{
    return ((stream_owner *)stream->private_data)->error;
}

static void release_stream(struct ArrowArrayStream *stream)
{
    stream_owner *owner = stream->private_data;
    const cm_table *table = owner->table;
    cmi_free(table->ctx, owner);
    stream->release = NULL;
    cmi_table_release(table);
}

cm_status cmi_table_export(const cm_table *table, int64_t batch_rows, struct ArrowArrayStream *out,
                           cm_error *err)
{
    cmi_error_reset(err);
    if (!table || !out || batch_rows < 1) {
        return cmi_fail(err, CM_ERR_ARG, "cm_table_export_arrow: table and out must not be NULL");
    }
    stream_owner *owner = cmi_calloc(table->ctx, 1, sizeof *owner);
    if (!owner) return cmi_no_memory(table->ctx, err);
    cmi_table_retain(table);
    owner->table = table;
    owner->batch_rows = batch_rows;
    *out = (struct ArrowArrayStream){
        .get_schema = get_schema,
        .get_next = get_next,
        .get_last_error = get_last_error,
        .release = release_stream,
        .private_data = owner,
    };
    return CM_OK;
}

cm_status cm_table_export_arrow(const cm_table *table, struct ArrowArrayStream *out, cm_error *err)
{
    return cmi_table_export(table, INT64_C(1) << 30, out, err);
}
