/* SPDX-License-Identifier: MIT */
/* Plain arrays into the loader. */
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "data/batch.h"
#include "data/scratch.h"

/* Widening and measuring goes by stretches of rows, so that it takes little memory. */
enum { ROWS = 1 << 18 };

static size_t get_width(cm_array_type type)
{
    switch (type) {
    case CM_ARRAY_I32:
    case CM_ARRAY_DATE:
        return 4;
    default:
        return 8;
    }
}

static cmi_source_kind get_kind(cm_array_type type)
{
    switch (type) {
    case CM_ARRAY_F64:
        return CMI_SOURCE_F64;
    case CM_ARRAY_TEXT:
        return CMI_SOURCE_TEXT;
    case CM_ARRAY_TIME:
        return CMI_SOURCE_INSTANT;
    case CM_ARRAY_DATE:
        return CMI_SOURCE_DATE;
    default:
        return CMI_SOURCE_I64;
    }
}

static cm_status check_arrays(int64_t n_rows, const cm_array *columns, int32_t n_columns,
                              cm_error *err)
{
    if (n_rows < 0) return cmi_fail(err, CM_ERR_ARG, "n_rows is negative");
    if (n_columns < 0 || (n_columns > 0 && !columns))
        return cmi_fail(err, CM_ERR_ARG, "there are no columns");
    for (int32_t c = 0; c < n_columns; c++) {
        const cm_array *a = &columns[c];
        if (!a->name) return cmi_fail(err, CM_ERR_ARG, "column %d has no name", (int)c + 1);
        if (a->type < CM_ARRAY_I64 || a->type > CM_ARRAY_I32)
            return cmi_fail(err, CM_ERR_ARG, "column '%s': unknown type %d", a->name, (int)a->type);
        if (a->reserved)
            return cmi_fail(err, CM_ERR_ARG, "column '%s': reserved must be 0", a->name);
        if (!a->data && n_rows > 0)
            return cmi_fail(err, CM_ERR_ARG, "column '%s': data is NULL", a->name);
    }
    return CM_OK;
}

static bool measure_texts(cmi_scratch *scratch, const char *const *text, const uint8_t *validity,
                          int64_t n, cmi_source_column *out)
{
    int32_t *length = cmi_scratch_alloc(scratch, (size_t)n, sizeof *length);
    if (!length) return false;
    for (int64_t i = 0; i < n; i++) {
        bool null = !text[i] || (validity && !validity[i]);
        size_t size = null ? 0 : strlen(text[i]);
        length[i] = null ? -1 : size > INT32_MAX ? INT32_MAX : (int32_t)size;
    }
    out->text = text;
    out->length = length;
    return true;
}

static bool widen(cmi_scratch *scratch, const int32_t *from, int64_t n, cmi_source_column *out)
{
    int64_t *to = cmi_scratch_alloc(scratch, (size_t)n, sizeof *to);
    if (!to) return false;
    for (int64_t i = 0; i < n; i++) to[i] = from[i];
    out->i64 = to;
    return true;
}

static bool make_column(cmi_scratch *scratch, const cm_array *a, int64_t row, int64_t n,
                        cmi_source_column *out)
{
    const char *data = (const char *)a->data + (size_t)row * get_width(a->type);
    *out = (cmi_source_column){ .name = a->name, .kind = get_kind(a->type) };
    out->validity = a->validity ? a->validity + row : NULL;
    switch (a->type) {
    case CM_ARRAY_TEXT:
        return measure_texts(scratch, (const char *const *)(const void *)data, out->validity, n,
                             out);
    case CM_ARRAY_F64:
        out->f64 = (const double *)(const void *)data;
        return true;
    case CM_ARRAY_I32:
    case CM_ARRAY_DATE:
        return widen(scratch, (const int32_t *)(const void *)data, n, out);
    default:
        out->i64 = (const int64_t *)(const void *)data;
        return true;
    }
}

static cm_status append_rows(cmi_add *add, cmi_scratch *scratch, int64_t row, int64_t n,
                             const cm_array *columns, int32_t n_columns, cm_error *err)
{
    cmi_scratch_reset(scratch);
    cmi_source_column *sources = cmi_scratch_alloc(scratch, (size_t)n_columns, sizeof *sources);
    if (!sources) return cmi_no_memory(scratch->ctx, err);
    for (int32_t c = 0; c < n_columns; c++)
        if (!make_column(scratch, &columns[c], row, n, &sources[c]))
            return cmi_no_memory(scratch->ctx, err);
    cmi_batch batch = {
        .n_rows = n, .first_row = row + 1, .n_columns = n_columns, .columns = sources
    };
    return cmi_add_append(add, &batch, 1, err);
}

static cm_status add_columns(cm_loader *loader, const char *table, int64_t n_rows,
                             const cm_array *columns, int32_t n_columns, const cm_mapping *mapping,
                             const cm_run *run, cm_error *err)
{
    cm_context *ctx = cmi_loader_context(loader);
    cmi_job job;
    cm_status s = cmi_job_init(&job, run, err);
    if (s) return s;
    cmi_scratch scratch;
    cmi_scratch_init(&scratch, ctx);
    const char **names = cmi_scratch_alloc(&scratch, (size_t)n_columns, sizeof *names);
    cmi_add *add = NULL;
    if (!names) s = cmi_no_memory(ctx, err);
    for (int32_t c = 0; c < n_columns && !s; c++) names[c] = columns[c].name;
    if (!s) s = cmi_add_begin(loader, table, n_columns, names, mapping, &job, &add, err);
    for (int64_t row = 0; row < n_rows && !s; row += ROWS) {
        int64_t n = n_rows - row < ROWS ? n_rows - row : ROWS;
        s = append_rows(add, &scratch, row, n, columns, n_columns, err);
        cmi_add_progress(add, (double)(row + n) / (double)n_rows);
    }
    if (!s)
        s = cmi_add_commit(add, err);
    else if (add)
        cmi_add_abort(add);
    cmi_scratch_destroy(&scratch);
    return s;
}

cm_status cm_loader_add_columns(cm_loader *loader, const char *table, int64_t n_rows,
                                const cm_array *columns, int32_t n_columns,
                                const cm_mapping *mapping, const cm_run *run, cm_error *err)
{
    cmi_error_reset(err);
    if (!loader || !table)
        return cmi_fail(err, CM_ERR_ARG, "%s is NULL", loader ? "table" : "loader");
    cm_status s = check_arrays(n_rows, columns, n_columns, err);
    if (s) return s;
    if ((s = cmi_loader_enter(loader, err))) return s;
    s = add_columns(loader, table, n_rows, columns, n_columns, mapping, run, err);
    cmi_loader_leave(loader);
    return s;
}
