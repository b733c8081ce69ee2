/* SPDX-License-Identifier: MIT */
#include "data/arrow_types.h"

#include <string.h>

#include "data/arrow_load.h"
#include "data/scratch.h"
#include "data/utf8.h"

/* Rows of an Arrow column to a source column of a batch, in two steps: where each row's value lies
 * (nulls and dictionary indices resolved and checked), then the values themselves. So the second
 * step never reads what lies under a null and does not know dictionaries. Columns with neither
 * nulls nor dictionary skip the first step: their values lie one behind the other. */

typedef struct task {
    cmi_scratch *scratch;
    const cmi_arrow_view *values;
    int64_t base;   /* place of the first row's value, if where is NULL */
    int64_t *where; /* place of each row's value in the values' buffers, -1 null; NULL: one after
                       another */
    int64_t n;
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

static inline int64_t place_of(const task *t, int64_t i)
{
    return t->where ? t->where[i] : t->base + i;
}

/* ---- step one: where ---- */

static bool is_null(const cmi_arrow_view *v, int64_t at)
{
    if (v->type.code == CMI_ARROW_NULL) return true;
    return v->validity && !cmi_arrow_load_bit(v->validity, at);
}

static bool locate(task *t, const cmi_arrow_view *v, const cmi_arrow_view *dictionary, int64_t from)
{
    t->base = v->offset + from;
    if (!dictionary && !v->validity) return true;
    t->where = cmi_scratch_alloc(t->scratch, (size_t)t->n, sizeof *t->where);
    if (!t->where) return false;
    for (int64_t i = 0; i < t->n; i++) {
        int64_t at = t->base + i;
        t->where[i] = is_null(v, at) ? -1 : at;
        if (!dictionary || t->where[i] < 0) continue;
        int64_t index = cmi_arrow_load_integer(v, at); /* beyond INT64_MAX: negative */
        if (index < 0 || index >= dictionary->length) {
            return fail_row(t, i, "a dictionary index is out of range");
        }
        index += dictionary->offset;
        t->where[i] = is_null(dictionary, index) ? -1 : index;
    }
    return true;
}

static bool mark_nulls(task *t)
{
    if (!t->where) return true;
    uint8_t *validity = cmi_scratch_alloc(t->scratch, (size_t)t->n, 1);
    if (!validity) return false;
    uint8_t all = 1;
    for (int64_t i = 0; i < t->n; i++) {
        validity[i] = t->where[i] >= 0;
        all &= validity[i];
    }
    t->out->validity = all ? NULL : validity;
    return true;
}

/* ---- step two: values ---- */

static bool convert_text(task *t)
{
    const char **texts = cmi_scratch_alloc(t->scratch, (size_t)t->n, sizeof *texts);
    int32_t *lengths = cmi_scratch_alloc(t->scratch, (size_t)t->n, sizeof *lengths);
    if (!texts || !lengths) return false;
    for (int64_t i = 0; i < t->n; i++) {
        const char *text = NULL;
        int64_t length = -1, at = place_of(t, i);
        if (at >= 0) {
            const char *problem = cmi_arrow_load_text(t->values, at, &text, &length);
            if (problem) return fail_row(t, i, problem);
            if (length > INT32_MAX) return fail_row(t, i, "a text is longer than 2 GiB");
            t->clean = t->clean && cmi_utf8_clean(text, (size_t)length);
        }
        texts[i] = text;
        lengths[i] = (int32_t)length;
    }
    t->out->kind = CMI_SOURCE_TEXT;
    t->out->text = texts;
    t->out->length = lengths;
    return true;
}

static bool convert_double(task *t)
{
    double *f64 = cmi_scratch_alloc(t->scratch, (size_t)t->n, sizeof *f64);
    if (!f64 || !mark_nulls(t)) return false;
    for (int64_t i = 0; i < t->n; i++) {
        int64_t at = place_of(t, i);
        f64[i] = at < 0 ? 0 : cmi_arrow_load_float(t->values, at);
    }
    t->out->kind = CMI_SOURCE_F64;
    t->out->f64 = f64;
    return true;
}

static bool convert_decimal(task *t)
{
    cmi_i128 *decimal = cmi_scratch_alloc(t->scratch, (size_t)t->n, sizeof *decimal);
    if (!decimal || !mark_nulls(t)) return false;
    for (int64_t i = 0; i < t->n; i++) {
        int64_t at = place_of(t, i);
        decimal[i] = 0;
        if (at >= 0 && !cmi_arrow_load_decimal(t->values, at, &decimal[i])) {
            return fail_row(t, i, "a decimal has more than 128 bits");
        }
    }
    t->out->kind = CMI_SOURCE_DECIMAL;
    t->out->scale = t->values->type.scale > 0 ? t->values->type.scale : 0;
    t->out->decimal = decimal;
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
    const cmi_arrow_type *type = &t->values->type;
    int64_t *i64 = cmi_scratch_alloc(t->scratch, (size_t)t->n, sizeof *i64);
    bool negative = false;
    if (!i64 || !mark_nulls(t)) return false;
    bool as_stored = type->code == CMI_ARROW_I64 ||
                     (type->code == CMI_ARROW_TIME && type->per_second == CMI_SECOND);
    if (as_stored && !t->where) {
        memcpy(i64, t->values->data + t->base * 8, (size_t)t->n * sizeof *i64);
    } else {
        for (int64_t i = 0; i < t->n; i++) {
            int64_t at = place_of(t, i);
            i64[i] = at < 0 ? 0 : load_whole(t->values, at);
            negative |= i64[i] < 0;
        }
    }
    t->out->kind = whole_kind(type, negative);
    t->out->i64 = i64;
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
        return convert_double(t);
    case CMI_ARROW_DECIMAL:
    case CMI_ARROW_DURATION:
        return convert_decimal(t);
    default:
        return convert_whole(t);
    }
}

bool cmi_arrow_convert(cmi_scratch *scratch, const cmi_arrow_view *view,
                       const cmi_arrow_view *dictionary, int64_t from, int64_t n,
                       cmi_source_column *out, bool *clean, const char **problem, int64_t *bad_row)
{
    task t = { .scratch = scratch,
               .values = dictionary ? dictionary : view,
               .n = n,
               .out = out,
               .clean = true };
    bool ok = locate(&t, view, dictionary, from) && convert_values(&t);
    *clean = *clean && t.clean;
    *problem = t.problem;
    *bad_row = t.bad_row;
    return ok;
}
