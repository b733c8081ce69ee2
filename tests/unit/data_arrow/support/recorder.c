/* SPDX-License-Identifier: MIT */
#include "recorder.h"

#include <stdlib.h>
#include <string.h>

#include "cm_test.h"
#include "core/error.h"
#include "data/convert.h"
#include "data/scratch.h"

/* The test program's definitions take the place of the library's. */

void recorder_init(recorder *r, cm_context *ctx)
{
    *r = (recorder){ .ctx = ctx, .skip = -1, .clean = true };
}

void recorder_free(recorder *r)
{
    free(r->text);
}

cm_loader *recorder_loader(recorder *r)
{
    return (cm_loader *)r;
}

cm_context *cmi_loader_context(const cm_loader *loader)
{
    return ((const recorder *)loader)->ctx;
}

cm_status cmi_loader_enter(cm_loader *loader, cm_error *err)
{
    recorder *r = (recorder *)loader;
    if (r->busy) return cmi_fail(err, CM_ERR_BUSY, "busy");
    r->busy = true;
    return CM_OK;
}

void cmi_loader_leave(cm_loader *loader)
{
    assert_true(((recorder *)loader)->busy);
    ((recorder *)loader)->busy = false;
}

cm_status cmi_add_begin(cm_loader *loader, const char *table, int32_t n_columns,
                        const char *const *names, const cm_mapping *mapping, const cmi_job *job,
                        cmi_add **out, cm_error *err)
{
    recorder *r = (recorder *)loader;
    (void)mapping;
    assert_true(r->busy);
    assert_true(job->threads >= 1);
    if (strcmp(table, "nowhere") == 0) return cmi_fail(err, CM_ERR_NOT_FOUND, "no such table");
    r->stream = open_memstream(&r->pending, &r->pending_size);
    assert_non_null(r->stream);
    for (int32_t c = 0; c < n_columns; c++) fprintf(r->stream, "%s%s", c ? " " : "", names[c]);
    fprintf(r->stream, "\n");
    r->n_begun++;
    r->expected_first = 1;
    *out = (cmi_add *)r;
    return CM_OK;
}

bool cmi_add_skips(const cmi_add *add, int32_t column)
{
    return ((const recorder *)add)->skip == column;
}

void cmi_add_progress(cmi_add *add, double done)
{
    (void)add;
    assert_true(done >= 0 && done <= 1);
}

static void record_cell(recorder *r, const cmi_source_column *c, int64_t i)
{
    static const char LETTERS[] = { [CMI_SOURCE_I64] = 'i',
                                    [CMI_SOURCE_INSTANT] = 'I',
                                    [CMI_SOURCE_LOCAL] = 'L',
                                    [CMI_SOURCE_DATE] = 'D',
                                    [CMI_SOURCE_BOOL] = 'B' };
    char text[80];
    bool null = c->kind == CMI_SOURCE_NULL || (c->validity && !c->validity[i]);
    if (c->kind == CMI_SOURCE_TEXT) null = c->length[i] < 0;
    if (null) {
        fputc('-', r->stream);
    } else if (c->kind == CMI_SOURCE_TEXT) {
        fputc('t', r->stream);
        fwrite(c->text[i], 1, (size_t)c->length[i], r->stream);
    } else if (c->kind == CMI_SOURCE_F64) {
        fprintf(r->stream, "f%.17g", c->f64[i]);
    } else if (c->kind == CMI_SOURCE_U64) {
        fprintf(r->stream, "u%llu", (unsigned long long)c->i64[i]);
    } else if (c->kind == CMI_SOURCE_DECIMAL) {
        cmi_print_i128(c->decimal[i], c->scale, text);
        fprintf(r->stream, "d%s", text);
    } else {
        fprintf(r->stream, "%c%lld", LETTERS[c->kind], (long long)c->i64[i]);
    }
}

typedef struct recorded {
    cmi_scratch scratch;
    cmi_batch batch;
} recorded;

static void record_batch(recorder *r, const cmi_batch *b)
{
    assert_int_equal(b->first_row, r->expected_first);
    r->expected_first += b->n_rows;
    r->clean = r->clean && b->clean;
    for (int64_t i = 0; i < b->n_rows; i++) {
        for (int32_t c = 0; c < b->n_columns; c++) {
            if (c) fputc(' ', r->stream);
            record_cell(r, &b->columns[c], i);
        }
        fputc('\n', r->stream);
    }
}

static void drop_staged(recorder *r)
{
    for (int i = 0; i < r->n_staged; i++) cmi_scratch_destroy(&r->staged[i].scratch);
    free(r->staged);
    r->staged = NULL;
    r->n_staged = 0;
}

static void record_staged(recorder *r)
{
    for (int i = 0; i < r->n_staged; i++) record_batch(r, &r->staged[i].batch);
    drop_staged(r);
}

cm_status cmi_add_stage(cmi_add *add, const cmi_stage *stage, cm_error *err)
{
    recorder *r = (recorder *)add;
    r->n_stages++;
    if (r->fail_stage != CM_OK) return cmi_fail(err, r->fail_stage, "told to fail");
    recorded *made = calloc((size_t)stage->n_batches, sizeof *made);
    assert_non_null(made);
    cm_status status = CM_OK;
    int n = 0;
    while (n < stage->n_batches && status == CM_OK) {
        cmi_scratch_init(&made[n].scratch, r->ctx);
        status = stage->make(n, &made[n].scratch, &made[n].batch, stage->user, err);
        n++;
    }
    record_staged(r);
    r->staged = made;
    r->n_staged = n;
    return status;
}

cm_status cmi_add_commit(cmi_add *add, cm_error *err)
{
    recorder *r = (recorder *)add;
    (void)err;
    record_staged(r);
    fclose(r->stream);
    free(r->text);
    r->text = r->pending;
    r->size = r->pending_size;
    r->n_committed++;
    return CM_OK;
}

void cmi_add_abort(cmi_add *add)
{
    recorder *r = (recorder *)add;
    drop_staged(r);
    fclose(r->stream);
    free(r->pending);
    r->n_aborted++;
}
