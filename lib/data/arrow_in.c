/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "data/arrow_types.h"
#include "data/scratch.h"
#include "data/utf8.h"

/* An Arrow stream into the loader. Batches are cut into slices of rows; slices are staged together,
 * so that many tiny batches cost no more than few large ones and large ones are converted on all
 * threads. The loader may read a slice's text until the next stage is over: until then the batches
 * that it lies in are held. */

enum { SLICE_ROWS = 1 << 16, MIN_SLICES = 16, MAX_COLUMNS = 1 << 16, MESSAGE = 200 };

typedef struct column {
    cmi_arrow_column type;
    bool skipped;
} column;

typedef struct views {
    cmi_arrow_view view, dictionary;
} views;

typedef struct held {
    struct held *next;
    struct ArrowArray array;
    views columns[]; /* by column */
} held;

typedef struct slice {
    const held *batch;
    int64_t from, n;   /* rows of the batch */
    int64_t first_row; /* number of the first one within the stream, from 1 */
} slice;

typedef struct reader {
    cm_context *ctx;
    cmi_job job;
    const char *table;
    cm_error *err;
    struct ArrowArrayStream stream; /* moved here */
    struct ArrowSchema schema;
    int32_t n_columns;
    column *columns;
    const char **names;
    cmi_add *add;
    int64_t n_rows; /* in slices so far */
    int32_t max_slices, n_slices;
    int64_t n_pending; /* rows in the slices */
    slice *slices;
    held *filling; /* the batch that is being cut */
    held *current; /* those that end in the slices */
    held *staged;  /* those of the last stage */
} reader;

/* ---- errors ---- */

static cm_status fail_column(const reader *r, int32_t c, int64_t row, const char *problem,
                             cm_error *err)
{
    cm_status status = cmi_fail(err, CM_ERR_FORMAT, "%s: Arrow column \"%s\"%s: %s", r->table,
                                r->names[c], row ? " is damaged" : "", problem);
    cmi_error_at(err, r->table, row, r->names[c]);
    return status;
}

/* The producer's own words, on one line; to be called before the stream is released. */
static cm_status fail_producer(reader *r, const char *call, int code)
{
    char words[MESSAGE] = "";
    const char *text = r->stream.get_last_error ? r->stream.get_last_error(&r->stream) : NULL;
    size_t n = 0;
    while (text && text[n] && n + 1 < sizeof words) {
        words[n] = (unsigned char)text[n] < 0x20 ? ' ' : text[n];
        n++;
    }
    words[n] = '\0';
    return cmi_fail(r->err, CM_ERR_IO, "%s: the Arrow stream failed in %s with error %d%s%s",
                    r->table, call, code, n ? ": " : "", words);
}

/* ---- schema ---- */

static cm_status check_schema(reader *r)
{
    const struct ArrowSchema *s = &r->schema;
    if (!s->release) {
        return cmi_fail(r->err, CM_ERR_FORMAT, "%s: the Arrow stream gave no schema", r->table);
    }
    if (!s->format || strcmp(s->format, "+s") != 0) {
        return cmi_fail(r->err, CM_ERR_FORMAT,
                        "%s: an Arrow stream of record batches (format +s) is needed, this is %s",
                        r->table, s->format ? s->format : "none");
    }
    if (s->n_children < 0 || (s->n_children > 0 && !s->children)) {
        return cmi_fail(r->err, CM_ERR_FORMAT, "%s: the Arrow schema has no columns", r->table);
    }
    if (s->n_children > MAX_COLUMNS) {
        return cmi_fail(r->err, CM_ERR_LIMIT,
                        "%s: the Arrow schema has %lld columns, at most %d are read", r->table,
                        (long long)s->n_children, (int)MAX_COLUMNS);
    }
    for (int64_t c = 0; c < s->n_children; c++) {
        const struct ArrowSchema *child = s->children[c];
        if (child && child->release &&
            (!child->name || cmi_utf8_valid(child->name, strlen(child->name)))) {
            continue;
        }
        return cmi_fail(r->err, CM_ERR_FORMAT, "%s: column %lld of the Arrow schema is %s",
                        r->table, (long long)c + 1,
                        child && child->release ? "not named in UTF-8" : "missing");
    }
    return CM_OK;
}

static cm_status read_schema(reader *r)
{
    int code = r->stream.get_schema(&r->stream, &r->schema);
    if (code != 0) {
        r->schema = (struct ArrowSchema){ 0 }; /* not ours to release */
        return fail_producer(r, "get_schema", code);
    }
    cm_status status = check_schema(r);
    if (status != CM_OK) {
        cmi_error_at(r->err, r->table, 0, NULL);
        return status;
    }
    size_t n = (size_t)r->schema.n_children;
    r->columns = cmi_calloc(r->ctx, n, sizeof *r->columns);
    r->names = cmi_calloc(r->ctx, n, sizeof *r->names);
    if (!r->columns || !r->names) return cmi_no_memory(r->ctx, r->err);
    r->n_columns = (int32_t)n;
    for (size_t c = 0; c < n; c++) {
        const char *name = r->schema.children[c]->name;
        r->names[c] = name ? name : "";
    }
    return CM_OK;
}

/* Types matter only where the mapping wants the column. */
static cm_status read_types(reader *r)
{
    for (int32_t c = 0; c < r->n_columns; c++) {
        column *col = &r->columns[c];
        col->skipped = cmi_add_skips(r->add, c);
        if (col->skipped) continue;
        const char *format = cmi_arrow_read_column(r->schema.children[c], &col->type);
        if (!format) continue;
        cm_status status = cmi_fail(
            r->err, CM_ERR_FORMAT, "%s: Arrow column \"%s\" has format \"%.*s\", which is not read",
            r->table, r->names[c], (int)MESSAGE, format);
        cmi_error_at(r->err, r->table, 0, r->names[c]);
        cmi_error_hint(r->err,
                       "cast it to a number, text, date or timestamp, or bind it to \"\" to leave "
                       "it out");
        return status;
    }
    return CM_OK;
}

static cm_status make_slices(reader *r)
{
    r->max_slices = r->job.threads > MIN_SLICES ? r->job.threads : MIN_SLICES;
    r->slices = cmi_calloc(r->ctx, (size_t)r->max_slices, sizeof *r->slices);
    return r->slices ? CM_OK : cmi_no_memory(r->ctx, r->err);
}

/* ---- slices ---- */

static void release_held(cm_context *ctx, held **list)
{
    while (*list) {
        held *h = *list;
        *list = h->next;
        if (h->array.release) h->array.release(&h->array);
        cmi_free(ctx, h);
    }
}

/* Makes the loader's batch of a slice; on any thread. */
static cm_status make_batch(int32_t index, cmi_scratch *scratch, cmi_batch *out, void *user,
                            cm_error *err)
{
    const reader *r = user;
    const slice *s = &r->slices[index];
    bool clean = true;
    cmi_source_column *columns =
        cmi_scratch_alloc(scratch, (size_t)r->n_columns + 1, sizeof *columns);
    if (!columns) return cmi_no_memory(r->ctx, err);
    for (int32_t c = 0; c < r->n_columns; c++) {
        const views *v = &s->batch->columns[c];
        const char *problem;
        int64_t bad_row;
        columns[c] = (cmi_source_column){ .name = r->names[c], .kind = CMI_SOURCE_NULL };
        if (r->columns[c].skipped) continue;
        if (!cmi_arrow_convert(scratch, &v->view,
                               r->columns[c].type.has_dictionary ? &v->dictionary : NULL, s->from,
                               s->n, &columns[c], &clean, &problem, &bad_row)) {
            return problem ? fail_column(r, c, s->first_row + bad_row, problem, err)
                           : cmi_no_memory(r->ctx, err);
        }
    }
    *out = (cmi_batch){ .n_rows = s->n,
                        .first_row = s->first_row,
                        .n_columns = r->n_columns,
                        .columns = columns,
                        .clean = clean };
    return CM_OK;
}

static cm_status stage_slices(reader *r)
{
    const cmi_stage stage = { .n_batches = r->n_slices, .make = make_batch, .user = r };
    if (cmi_job_cancelled(&r->job)) {
        return cmi_fail(r->err, CM_ERR_CANCELLED, "%s: cancelled", r->table);
    }
    if (r->n_slices == 0) return CM_OK;
    /* how long the stream is nobody knows: the share done is an estimate that only grows */
    cmi_add_progress(r->add, (double)r->n_rows / ((double)r->n_rows + 1e6));
    cm_status status = cmi_add_stage(r->add, &stage, r->err);
    if (status != CM_OK) return status;
    release_held(r->ctx, &r->staged);
    r->staged = r->current;
    r->current = NULL;
    r->n_slices = 0;
    r->n_pending = 0;
    return CM_OK;
}

/* ---- batches ---- */

static cm_status check_batch(reader *r, const struct ArrowArray *a)
{
    const char *problem = NULL;
    if (a->length < 0 || a->offset < 0 || a->length > CMI_ARROW_MAX_LENGTH ||
        a->offset > CMI_ARROW_MAX_LENGTH || r->n_rows > CMI_ARROW_MAX_LENGTH - a->length) {
        problem = "a senseless length or offset";
    } else if (a->n_children != r->n_columns || (a->n_children > 0 && !a->children)) {
        problem = "another number of columns than its schema";
    } else if (a->n_buffers != 1 || !a->buffers) {
        problem = "a wrong number of buffers";
    } else if (a->dictionary) {
        problem = "a dictionary of whole rows";
    } else if (a->null_count < -1 || a->null_count > a->length ||
               (a->null_count > 0 && !a->buffers[0])) {
        problem = "a senseless count of nulls";
    }
    if (problem) {
        cmi_fail(r->err, CM_ERR_FORMAT, "%s: an Arrow batch has %s", r->table, problem);
        cmi_error_at(r->err, r->table, 0, NULL);
        return CM_ERR_FORMAT;
    }
    const uint8_t *validity = a->buffers[0];
    for (int64_t i = a->offset; validity && i < a->offset + a->length; i++) {
        if (validity[i >> 3] >> (i & 7) & 1) continue;
        cm_status status =
            cmi_fail(r->err, CM_ERR_FORMAT, "%s: an Arrow row is null as a whole", r->table);
        cmi_error_at(r->err, r->table, r->n_rows + i - a->offset + 1, NULL);
        return status;
    }
    return CM_OK;
}

/* The struct's own offset applies to all its children. */
static const char *view_column(const struct ArrowArray *batch, int32_t c, const column *col,
                               views *out)
{
    const struct ArrowArray *child = batch->children[c];
    const cmi_arrow_type *type = col->type.has_dictionary ? &col->type.index : &col->type.type;
    const char *problem =
        cmi_arrow_view_init(type, child, batch->offset, batch->length, &out->view);
    if (problem) return problem;
    if (!col->type.has_dictionary)
        return child->dictionary ? "it has a dictionary unannounced" : NULL;
    const struct ArrowArray *values = child->dictionary;
    if (!values || !values->release) return "its dictionary is missing";
    if (values->dictionary) return "its dictionary has a dictionary";
    return cmi_arrow_view_init(&col->type.type, values, 0, values->length, &out->dictionary);
}

static cm_status view_batch(reader *r, held *h)
{
    cm_status status = check_batch(r, &h->array);
    if (status != CM_OK) return status;
    for (int32_t c = 0; c < r->n_columns; c++) {
        if (r->columns[c].skipped) continue;
        const char *problem = view_column(&h->array, c, &r->columns[c], &h->columns[c]);
        if (problem) return fail_column(r, c, 0, problem, r->err);
    }
    return CM_OK;
}

/* Cuts the batch into slices; stages them when there are enough. */
static cm_status cut_batch(reader *r)
{
    held *h = r->filling;
    cm_status status = view_batch(r, h);
    int64_t enough = (int64_t)r->job.threads * SLICE_ROWS, length = h->array.length;
    for (int64_t from = 0; from < length && status == CM_OK; from += SLICE_ROWS) {
        if (r->n_slices == r->max_slices || r->n_pending >= enough) status = stage_slices(r);
        if (status != CM_OK) break;
        int64_t left = length - from, n = left < SLICE_ROWS ? left : SLICE_ROWS;
        r->slices[r->n_slices++] = (slice){ h, from, n, r->n_rows + 1 };
        r->n_rows += n;
        r->n_pending += n;
    }
    if (status != CM_OK || length == 0) return status;
    r->filling = NULL; /* its last rows lie in the slices, so it goes where they go */
    h->next = r->current;
    r->current = h;
    return CM_OK;
}

static cm_status read_batches(reader *r)
{
    size_t size = sizeof *r->filling + (size_t)r->n_columns * sizeof(views);
    for (;;) {
        struct ArrowArray array = { 0 };
        int code = r->stream.get_next(&r->stream, &array);
        if (code != 0) return fail_producer(r, "get_next", code);
        if (!array.release) return stage_slices(r);
        r->filling = cmi_calloc(r->ctx, 1, size);
        if (!r->filling) {
            array.release(&array);
            return cmi_no_memory(r->ctx, r->err);
        }
        r->filling->array = array;
        cm_status status = cut_batch(r);
        if (status != CM_OK) return status;
        release_held(r->ctx, &r->filling); /* it had no rows, if it is still there */
    }
}

/* ---- the whole ---- */

static void free_reader(reader *r)
{
    release_held(r->ctx, &r->filling);
    release_held(r->ctx, &r->current);
    release_held(r->ctx, &r->staged);
    cmi_free(r->ctx, r->slices);
    cmi_free(r->ctx, r->columns);
    cmi_free(r->ctx, (void *)r->names);
    if (r->schema.release) r->schema.release(&r->schema);
    r->stream.release(&r->stream);
}

static cm_status read_stream(reader *r, cm_loader *loader, const cm_mapping *mapping)
{
    if (!r->stream.get_schema || !r->stream.get_next) {
        return cmi_fail(r->err, CM_ERR_ARG, "cm_loader_add_arrow: the stream has no callbacks");
    }
    cm_status status = read_schema(r);
    if (status != CM_OK) return status;
    status =
        cmi_add_begin(loader, r->table, r->n_columns, r->names, mapping, &r->job, &r->add, r->err);
    if (status != CM_OK) return status;
    status = read_types(r);
    if (status == CM_OK) status = make_slices(r);
    if (status == CM_OK) status = read_batches(r);
    if (status == CM_OK) return cmi_add_commit(r->add, r->err);
    cmi_add_abort(r->add);
    return status;
}

cm_status cm_loader_add_arrow(cm_loader *loader, const char *table, struct ArrowArrayStream *stream,
                              const cm_mapping *mapping, const cm_run *run, cm_error *err)
{
    cmi_error_reset(err);
    if (!stream) return cmi_fail(err, CM_ERR_ARG, "cm_loader_add_arrow: stream must not be NULL");
    if (!stream->release) {
        return cmi_fail(err, CM_ERR_ARG, "cm_loader_add_arrow: the stream was already released");
    }
    reader r = { .table = table, .err = err, .stream = *stream };
    stream->release = NULL; /* moved: whatever happens from here on, it is released here and once */
    if (!loader || !table) {
        r.stream.release(&r.stream);
        return cmi_fail(err, CM_ERR_ARG, "cm_loader_add_arrow: loader and table must not be NULL");
    }
    r.ctx = cmi_loader_context(loader);
    cm_status status = cmi_loader_enter(loader, err);
    bool entered = status == CM_OK;
    if (status == CM_OK) status = cmi_job_init(&r.job, run, err);
    if (status == CM_OK) status = read_stream(&r, loader, mapping);
    free_reader(&r);
    if (entered) cmi_loader_leave(loader);
    return status;
}
