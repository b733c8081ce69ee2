/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_ARROW_LOAD_H
#define CMI_DATA_ARROW_LOAD_H

#include <string.h>

#include "core/calendar.h"
#include "data/arrow_types.h"

/* Single values of a view; inline, for they are called once a cell. `at` counts from the start of
 * the buffers. */

static inline int64_t cmi_arrow_load_i32(const uint8_t *p)
{
    int32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline int64_t cmi_arrow_load_i64(const uint8_t *p)
{
    int64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline bool cmi_arrow_load_bit(const uint8_t *bits, int64_t i)
{
    return bits[i >> 3] >> (i & 7) & 1;
}

/* Any integer; 64-bit unsigned ones as their bits. */
static inline int64_t cmi_arrow_load_integer(const cmi_arrow_view *v, int64_t at)
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
        return cmi_arrow_load_i32(p);
    default:
        return cmi_arrow_load_i64(p);
    }
}

static inline double cmi_arrow_load_half(const uint8_t *p)
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

static inline double cmi_arrow_load_float(const cmi_arrow_view *v, int64_t at)
{
    const uint8_t *p = v->data + at * v->type.width;
    if (v->type.code == CMI_ARROW_F16) return cmi_arrow_load_half(p);
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
static inline bool cmi_arrow_load_decimal(const cmi_arrow_view *v, int64_t at, cmi_i128 *out)
{
    const uint8_t *p = v->data + at * v->type.width;
    cmi_i128 value;
    if (v->type.width == 4) {
        value = cmi_arrow_load_i32(p);
    } else if (v->type.width == 8) {
        value = cmi_arrow_load_i64(p);
    } else {
        memcpy(&value, p, sizeof value);
    }
    if (v->type.width == 32) { /* the upper half must be nothing but sign */
        int64_t sign = value < 0 ? -1 : 0;
        if (cmi_arrow_load_i64(p + 16) != sign || cmi_arrow_load_i64(p + 24) != sign) return false;
    }
    for (int32_t s = v->type.scale; s < 0; s++) {
        if (value > CMI_I128_MAX / 10 || value < CMI_I128_MIN / 10) return false;
        value *= 10;
    }
    *out = value;
    return true;
}

/* Microseconds; what does not fit goes to the ends, which the loader rejects as out of range. */
static inline int64_t cmi_arrow_load_time(const cmi_arrow_view *v, int64_t at)
{
    int64_t t = cmi_arrow_load_i64(v->data + at * 8), per_second = v->type.per_second;
    if (per_second >= CMI_SECOND) return cmi_floor_div(t, per_second / CMI_SECOND);
    int64_t factor = CMI_SECOND / per_second;
    if (t > INT64_MAX / factor) return INT64_MAX;
    return t < -(INT64_MAX / factor) ? -INT64_MAX : t * factor;
}

/* Texts: the problem, or NULL. */
static inline const char *cmi_arrow_load_view(const cmi_arrow_view *v, int64_t at,
                                              const char **text, int64_t *length)
{
    const uint8_t *p = v->data + at * 16;
    *length = cmi_arrow_load_i32(p);
    if (*length < 0) return "a text has a negative length";
    if (*length <= 12) {
        *text = (const char *)p + 4;
        return NULL;
    }
    int64_t buffer = cmi_arrow_load_i32(p + 8), offset = cmi_arrow_load_i32(p + 12);
    if (buffer < 0 || buffer >= v->n_variadic) return "a text lies in a buffer that is not there";
    int64_t size = cmi_arrow_load_i64(v->variadic_sizes + buffer * 8);
    if (offset < 0 || offset > size || *length > size - offset) {
        return "a text reaches over the end of its buffer";
    }
    *text = (const char *)v->variadic[buffer] + offset;
    return NULL;
}

static inline int64_t cmi_arrow_load_offset(const cmi_arrow_view *v, int64_t at)
{
    bool wide = v->type.code == CMI_ARROW_TEXT64;
    return wide ? cmi_arrow_load_i64(v->data + at * 8) : cmi_arrow_load_i32(v->data + at * 4);
}

static inline const char *cmi_arrow_load_text(const cmi_arrow_view *v, int64_t at,
                                              const char **text, int64_t *length)
{
    if (v->type.code == CMI_ARROW_VIEW) return cmi_arrow_load_view(v, at, text, length);
    if (v->type.code == CMI_ARROW_FIXED) {
        *text = (const char *)v->data + at * v->type.width;
        *length = v->type.width;
        return NULL;
    }
    int64_t from = cmi_arrow_load_offset(v, at), to = cmi_arrow_load_offset(v, at + 1);
    if (from < 0 || to < from || to > v->bytes_end) return "its offsets do not ascend";
    if (to > from && !v->bytes) return "the buffer of its bytes is missing";
    *text = to > from ? (const char *)v->bytes + from : "";
    *length = to - from;
    return NULL;
}

#endif
