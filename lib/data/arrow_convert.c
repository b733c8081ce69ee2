/* SPDX-License-Identifier: MIT */
#include "data/arrow_types.h"

#include <string.h>

#include "core/memory.h"
#include "data/arrow_load.h"
#include "data/utf8.h"

/* Rows of an Arrow column to a source column of a batch, in two steps: where each row's value lies
 * (nulls and dictionary indices resolved and checked), then the values themselves. So the second
 * step never reads what lies under a null and does not know dictionaries. */

enum { WHERE, VALIDITY, TEXT, LENGTH, I64, F64, DECIMAL };

void cmi_arrow_cells_free(cm_context *ctx, cmi_arrow_cells *cells)
{
    cmi_free(ctx, cells->where);
    cmi_free(ctx, cells->validity);
    cmi_free(ctx, (void *)cells->text);
    cmi_free(ctx, cells->length);
    cmi_free(ctx, cells->i64);
    cmi_free(ctx, cells->f64);
    cmi_free(ctx, cells->decimal);
    *cells = (cmi_arrow_cells){ 0 };
}

/* Grows one of the arrays of the cells, whose pointer stands at `array`. */
static bool reserve(cm_context *ctx, cmi_arrow_cells *cells, int which, void *array, int64_t n,
                    size_t size)
{
    void *p;
    memcpy(&p, array, sizeof p); /* pointers of different type share this call */
    bool ok = cmi_grow(ctx, &p, &cells->capacity[which], n ? n : 1, size);
    memcpy(array, &p, sizeof p);
    return ok;
}

/* ---- step one: where ---- */

static const char *locate(const cmi_arrow_view *v, const cmi_arrow_view *dictionary, int64_t from,
                          int64_t n, int64_t *where, int64_t *bad_row)
{
    for (int64_t i = 0; i < n; i++) {
        int64_t at = v->offset + from + i;
        bool null =
            v->type.code == CMI_ARROW_NULL || (v->validity && !cmi_arrow_load_bit(v->validity, at));
        where[i] = null ? -1 : at;
        if (null || !dictionary) continue;
        int64_t index = cmi_arrow_load_integer(v, at); /* beyond INT64_MAX: negative */
        if (index < 0 || index >= dictionary->length) {
            *bad_row = i;
            return "a dictionary index is out of range";
        }
        index += dictionary->offset;
        bool none = dictionary->type.code == CMI_ARROW_NULL ||
                    (dictionary->validity && !cmi_arrow_load_bit(dictionary->validity, index));
        where[i] = none ? -1 : index;
    }
    return NULL;
}

/* ---- step two: values ---- */

typedef struct task {
    cm_context *ctx;
    const cmi_arrow_view *values;
    int64_t n;
    cmi_arrow_cells *cells;
    cmi_source_column *out;
    bool clean; /* all text is UTF-8 without NUL bytes; the loader rejects rows where it is not */
    int64_t bad_row;
    const char *problem;
} task;

static bool fail_row(task *t, int64_t row, const char *problem)
{
    t->bad_row = row;
    t->problem = problem;
    return false;
}

static bool convert_text(task *t)
{
    cmi_arrow_cells *cells = t->cells;
    if (!reserve(t->ctx, cells, TEXT, &cells->text, t->n, sizeof *cells->text) ||
        !reserve(t->ctx, cells, LENGTH, &cells->length, t->n, sizeof *cells->length)) {
        return false;
    }
    for (int64_t i = 0; i < t->n; i++) {
        const char *text = NULL;
        int64_t length = -1;
        if (cells->where[i] >= 0) {
            const char *problem = cmi_arrow_load_text(t->values, cells->where[i], &text, &length);
            if (problem) return fail_row(t, i, problem);
            if (length > INT32_MAX) return fail_row(t, i, "a text is longer than 2 GiB");
            t->clean = t->clean && cmi_utf8_valid(text, (size_t)length) &&
                       (length == 0 || !memchr(text, '\0', (size_t)length));
        }
        cells->text[i] = text;
        cells->length[i] = (int32_t)length;
    }
    t->out->kind = CMI_SOURCE_TEXT;
    t->out->text = cells->text;
    t->out->length = cells->length;
    return true;
}

static bool convert_double(task *t)
{
    cmi_arrow_cells *cells = t->cells;
    if (!reserve(t->ctx, cells, F64, &cells->f64, t->n, sizeof *cells->f64)) return false;
    for (int64_t i = 0; i < t->n; i++) {
        int64_t at = cells->where[i];
        cells->f64[i] = at < 0 ? 0 : cmi_arrow_load_float(t->values, at);
    }
    t->out->kind = CMI_SOURCE_F64;
    t->out->f64 = cells->f64;
    return true;
}

static bool convert_decimal(task *t)
{
    cmi_arrow_cells *cells = t->cells;
    if (!reserve(t->ctx, cells, DECIMAL, &cells->decimal, t->n, sizeof *cells->decimal))
        return false;
    for (int64_t i = 0; i < t->n; i++) {
        cells->decimal[i] = 0;
        if (cells->where[i] < 0) continue;
        if (!cmi_arrow_load_decimal(t->values, cells->where[i], &cells->decimal[i])) {
            return fail_row(t, i, "a decimal has more than 128 bits");
        }
    }
    t->out->kind = CMI_SOURCE_DECIMAL;
    t->out->scale = t->values->type.scale > 0 ? t->values->type.scale : 0;
    t->out->decimal = cells->decimal;
    return true;
}

static int64_t load_whole(const cmi_arrow_view *v, int64_t at)
{
    switch (v->type.code) {
    case CMI_ARROW_BOOL:
        return cmi_arrow_load_bit(v->data, at);
    case CMI_ARROW_DATE64:
        return cmi_floor_div(cmi_arrow_load_i64(v->data + at * 8), CMI_DAY / 1000);
    case CMI_ARROW_TIME:
        return cmi_arrow_load_time(v, at);
    default:
        return cmi_arrow_load_integer(v, at);
    }
}

static cmi_source_kind whole_kind(const cmi_arrow_type *type, bool beyond_i64)
{
    switch (type->code) {
    case CMI_ARROW_BOOL:
        return CMI_SOURCE_BOOL;
    case CMI_ARROW_DATE32:
    case CMI_ARROW_DATE64:
        return CMI_SOURCE_DATE;
    case CMI_ARROW_TIME:
        return type->zoned ? CMI_SOURCE_INSTANT : CMI_SOURCE_LOCAL;
    case CMI_ARROW_U64:
        /* rows that an int64 holds are as good as int64, also as amounts */
        return beyond_i64 ? CMI_SOURCE_U64 : CMI_SOURCE_I64;
    default:
        return CMI_SOURCE_I64;
    }
}

static bool convert_whole(task *t)
{
    cmi_arrow_cells *cells = t->cells;
    bool negative = false;
    if (!reserve(t->ctx, cells, I64, &cells->i64, t->n, sizeof *cells->i64)) return false;
    for (int64_t i = 0; i < t->n; i++) {
        cells->i64[i] = cells->where[i] < 0 ? 0 : load_whole(t->values, cells->where[i]);
        negative |= cells->i64[i] < 0;
    }
    t->out->kind = whole_kind(&t->values->type, negative);
    t->out->i64 = cells->i64;
    return true;
}

static bool mark_nulls(task *t)
{
    cmi_arrow_cells *cells = t->cells;
    if (!reserve(t->ctx, cells, VALIDITY, &cells->validity, t->n, 1)) return false;
    uint8_t all = 1;
    for (int64_t i = 0; i < t->n; i++) {
        cells->validity[i] = cells->where[i] >= 0;
        all &= cells->validity[i];
    }
    t->out->validity = all ? NULL : cells->validity;
    return true;
}

static bool convert_values(task *t)
{
    switch (t->values->type.code) {
    case CMI_ARROW_NULL:
        t->out->kind = CMI_SOURCE_NULL;
        return true;
    case CMI_ARROW_TEXT32:
    case CMI_ARROW_TEXT64:
    case CMI_ARROW_VIEW:
    case CMI_ARROW_FIXED:
        return convert_text(t);
    case CMI_ARROW_F16:
    case CMI_ARROW_F32:
    case CMI_ARROW_F64:
        return mark_nulls(t) && convert_double(t);
    case CMI_ARROW_DECIMAL:
    case CMI_ARROW_DURATION:
        return mark_nulls(t) && convert_decimal(t);
    default:
        return mark_nulls(t) && convert_whole(t);
    }
}

bool cmi_arrow_convert(cm_context *ctx, const cmi_arrow_view *view,
                       const cmi_arrow_view *dictionary, int64_t from, int64_t n,
                       cmi_arrow_cells *cells, cmi_source_column *out, bool *clean,
                       const char **problem, int64_t *bad_row)
{
    task t = { .ctx = ctx,
               .values = dictionary ? dictionary : view,
               .n = n,
               .cells = cells,
               .out = out,
               .clean = true };
    *problem = NULL;
    *bad_row = 0;
    out->validity = NULL;
    if (!reserve(ctx, cells, WHERE, &cells->where, n, sizeof *cells->where)) return false;
    *problem = locate(view, dictionary, from, n, cells->where, bad_row);
    if (*problem) return false;
    if (convert_values(&t)) {
        *clean = *clean && t.clean;
        return true;
    }
    *problem = t.problem;
    *bad_row = t.bad_row;
    return false;
}
