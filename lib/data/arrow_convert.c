/* SPDX-License-Identifier: MIT */
#include "data/arrow_types.h"

#include <string.h>

#include "core/calendar.h"
#include "core/memory.h"
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

/* ---- loads ---- */

static int64_t load_i32(const uint8_t *p)
{
    int32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static int64_t load_i64(const uint8_t *p)
{
    int64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static bool load_bit(const uint8_t *bits, int64_t i)
{
    return bits[i >> 3] >> (i & 7) & 1;
}

/* Any integer; 64-bit unsigned ones as their bits. */
static int64_t load_integer(const cmi_arrow_view *v, int64_t at)
{
    const uint8_t *p = v->data + at * v->type.width;
    uint16_t u16;
    uint32_t u32;
    switch (v->type.code) {
    case CMI_ARROW_I8:
        return (int8_t)*p;
    case CMI_ARROW_U8:
        return *p;
    case CMI_ARROW_I16:
        memcpy(&u16, p, sizeof u16);
        return (int16_t)u16;
    case CMI_ARROW_U16:
        memcpy(&u16, p, sizeof u16);
        return u16;
    case CMI_ARROW_U32:
        memcpy(&u32, p, sizeof u32);
        return u32;
    case CMI_ARROW_I32:
    case CMI_ARROW_DATE32:
        return load_i32(p);
    default:
        return load_i64(p);
    }
}

static double load_half(const uint8_t *p)
{
    uint16_t bits;
    memcpy(&bits, p, sizeof bits);
    uint64_t sign = (uint64_t)(bits >> 15) << 63, exponent = bits >> 10 & 31,
             fraction = bits & 1023;
    if (exponent == 0) { /* zero and subnormal: units of 2^-24 */
        double v = (double)fraction * 0x1p-24;
        return sign ? -v : v;
    }
    uint64_t wide = exponent == 31 ? UINT64_C(2047) : exponent - 15 + 1023;
    uint64_t all = sign | wide << 52 | fraction << 42;
    double v;
    memcpy(&v, &all, sizeof v);
    return v;
}

static double load_float(const cmi_arrow_view *v, int64_t at)
{
    const uint8_t *p = v->data + at * v->type.width;
    if (v->type.code == CMI_ARROW_F16) return load_half(p);
    if (v->type.code == CMI_ARROW_F32) {
        float f;
        memcpy(&f, p, sizeof f);
        return (double)f;
    }
    double d;
    memcpy(&d, p, sizeof d);
    return d;
}

/* false: does not fit into 128 bits, as units of 10^-max(scale, 0). */
static bool load_decimal(const cmi_arrow_view *v, int64_t at, cmi_i128 *out)
{
    const uint8_t *p = v->data + at * v->type.width;
    cmi_i128 value;
    if (v->type.width == 4) {
        value = load_i32(p);
    } else if (v->type.width == 8) {
        value = load_i64(p);
    } else {
        memcpy(&value, p, sizeof value);
    }
    if (v->type.width == 32) { /* the upper half must be nothing but sign */
        int64_t sign = value < 0 ? -1 : 0;
        if (load_i64(p + 16) != sign || load_i64(p + 24) != sign) return false;
    }
    for (int32_t s = v->type.scale; s < 0; s++) {
        if (value > CMI_I128_MAX / 10 || value < CMI_I128_MIN / 10) return false;
        value *= 10;
    }
    *out = value;
    return true;
}

/* Microseconds; what does not fit goes to the ends, which the loader rejects as out of range. */
static int64_t load_time(const cmi_arrow_view *v, int64_t at)
{
    int64_t t = load_i64(v->data + at * 8), per_second = v->type.per_second;
    if (per_second >= CMI_SECOND) return cmi_floor_div(t, per_second / CMI_SECOND);
    int64_t factor = CMI_SECOND / per_second;
    if (t > INT64_MAX / factor) return INT64_MAX;
    return t < -(INT64_MAX / factor) ? -INT64_MAX : t * factor;
}

/* ---- text ---- */

static const char *load_view(const cmi_arrow_view *v, int64_t at, const char **text,
                             int64_t *length)
{
    const uint8_t *p = v->data + at * 16;
    *length = load_i32(p);
    if (*length < 0) return "a text has a negative length";
    if (*length <= 12) {
        *text = (const char *)p + 4;
        return NULL;
    }
    int64_t buffer = load_i32(p + 8), offset = load_i32(p + 12);
    if (buffer < 0 || buffer >= v->n_variadic) return "a text lies in a buffer that is not there";
    int64_t size = load_i64(v->variadic_sizes + buffer * 8);
    if (offset < 0 || offset > size || *length > size - offset) {
        return "a text reaches over the end of its buffer";
    }
    *text = (const char *)v->variadic[buffer] + offset;
    return NULL;
}

static const char *load_text(const cmi_arrow_view *v, int64_t at, const char **text,
                             int64_t *length)
{
    if (v->type.code == CMI_ARROW_VIEW) return load_view(v, at, text, length);
    if (v->type.code == CMI_ARROW_FIXED) {
        *text = (const char *)v->data + at * v->type.width;
        *length = v->type.width;
        return NULL;
    }
    bool wide = v->type.code == CMI_ARROW_TEXT64;
    int64_t last = v->offset + v->length, size = wide ? 8 : 4;
    int64_t from = wide ? load_i64(v->data + at * size) : load_i32(v->data + at * size);
    int64_t to = wide ? load_i64(v->data + (at + 1) * size) : load_i32(v->data + (at + 1) * size);
    int64_t end = wide ? load_i64(v->data + last * size) : load_i32(v->data + last * size);
    if (from < 0 || to < from || to > end) return "its offsets do not ascend";
    if (to > from && !v->bytes) return "the buffer of its bytes is missing";
    *text = to > from ? (const char *)v->bytes + from : "";
    *length = to - from;
    return NULL;
}

/* ---- step one: where ---- */

static const char *locate(const cmi_arrow_view *v, const cmi_arrow_view *dictionary, int64_t from,
                          int64_t n, int64_t *where, int64_t *bad_row)
{
    for (int64_t i = 0; i < n; i++) {
        int64_t at = v->offset + from + i;
        bool null = v->type.code == CMI_ARROW_NULL || (v->validity && !load_bit(v->validity, at));
        where[i] = null ? -1 : at;
        if (null || !dictionary) continue;
        int64_t index = load_integer(v, at); /* beyond INT64_MAX: negative */
        if (index < 0 || index >= dictionary->length) {
            *bad_row = i;
            return "a dictionary index is out of range";
        }
        index += dictionary->offset;
        bool none = dictionary->type.code == CMI_ARROW_NULL ||
                    (dictionary->validity && !load_bit(dictionary->validity, index));
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
            const char *problem = load_text(t->values, cells->where[i], &text, &length);
            if (problem) return fail_row(t, i, problem);
            if (length > INT32_MAX) return fail_row(t, i, "a text is longer than 2 GiB");
            if (!cmi_utf8_valid(text, (size_t)length)) return fail_row(t, i, "a text is not UTF-8");
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
        cells->f64[i] = at < 0 ? 0 : load_float(t->values, at);
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
        if (!load_decimal(t->values, cells->where[i], &cells->decimal[i])) {
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
        return load_bit(v->data, at);
    case CMI_ARROW_DATE64:
        return cmi_floor_div(load_i64(v->data + at * 8), CMI_DAY / 1000);
    case CMI_ARROW_TIME:
        return load_time(v, at);
    default:
        return load_integer(v, at);
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
                       cmi_arrow_cells *cells, cmi_source_column *out, const char **problem,
                       int64_t *bad_row)
{
    task t = { ctx, dictionary ? dictionary : view, n, cells, out, 0, NULL };
    *problem = NULL;
    *bad_row = 0;
    out->validity = NULL;
    if (!reserve(ctx, cells, WHERE, &cells->where, n, sizeof *cells->where)) return false;
    *problem = locate(view, dictionary, from, n, cells->where, bad_row);
    if (*problem) return false;
    if (convert_values(&t)) return true;
    *problem = t.problem;
    *bad_row = t.bad_row;
    return false;
}
