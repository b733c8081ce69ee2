/* SPDX-License-Identifier: MIT */
#include "data/arrow_load.h"

#include <string.h>

/* ---- formats ---- */

static const struct {
    char format[4];
    cmi_arrow_type type;
} PLAIN[] = {
    { "n", { .code = CMI_ARROW_NULL } },
    { "b", { .code = CMI_ARROW_BOOL } },
    { "c", { .code = CMI_ARROW_I8, .width = 1 } },
    { "C", { .code = CMI_ARROW_U8, .width = 1 } },
    { "s", { .code = CMI_ARROW_I16, .width = 2 } },
    { "S", { .code = CMI_ARROW_U16, .width = 2 } },
    { "i", { .code = CMI_ARROW_I32, .width = 4 } },
    { "I", { .code = CMI_ARROW_U32, .width = 4 } },
    { "l", { .code = CMI_ARROW_I64, .width = 8 } },
    { "L", { .code = CMI_ARROW_U64, .width = 8 } },
    { "e", { .code = CMI_ARROW_F16, .width = 2 } },
    { "f", { .code = CMI_ARROW_F32, .width = 4 } },
    { "g", { .code = CMI_ARROW_F64, .width = 8 } },
    { "u", { .code = CMI_ARROW_TEXT32 } },
    { "z", { .code = CMI_ARROW_TEXT32 } },
    { "U", { .code = CMI_ARROW_TEXT64 } },
    { "Z", { .code = CMI_ARROW_TEXT64 } },
    { "vu", { .code = CMI_ARROW_VIEW, .width = 16 } },
    { "vz", { .code = CMI_ARROW_VIEW, .width = 16 } },
    { "tdD", { .code = CMI_ARROW_DATE32, .width = 4 } },
    { "tdm", { .code = CMI_ARROW_DATE64, .width = 8 } },
    { "tDs", { .code = CMI_ARROW_DURATION, .width = 8, .scale = 0 } },
    { "tDm", { .code = CMI_ARROW_DURATION, .width = 8, .scale = 3 } },
    { "tDu", { .code = CMI_ARROW_DURATION, .width = 8, .scale = 6 } },
    { "tDn", { .code = CMI_ARROW_DURATION, .width = 8, .scale = 9 } },
};

/* A whole number of at most six digits; moves *p behind it. */
static bool read_number(const char **p, int32_t *out)
{
    const char *s = *p;
    bool negative = *s == '-';
    int32_t value = 0, digits = 0;
    for (s += negative; *s >= '0' && *s <= '9' && digits < 7; s++, digits++) {
        value = value * 10 + (*s - '0');
    }
    *p = s;
    *out = negative ? -value : value;
    return digits > 0 && digits < 7;
}

/* "d:P,S" or "d:P,S,BITS" */
static bool parse_decimal(const char *p, cmi_arrow_type *out)
{
    int32_t precision, scale, bits = 128;
    if (!read_number(&p, &precision) || *p++ != ',' || !read_number(&p, &scale)) return false;
    if (*p == ',') {
        p++;
        if (!read_number(&p, &bits)) return false;
    }
    bool sized = bits == 32 || bits == 64 || bits == 128 || bits == 256;
    if (*p || !sized || precision < 1 || precision > 76 || scale < -38 || scale > 38) return false;
    *out = (cmi_arrow_type){ .code = CMI_ARROW_DECIMAL, .width = bits / 8, .scale = scale };
    return true;
}

/* "tsU:ZONE" with U one of s m u n; an empty zone is a wall clock. */
static bool parse_timestamp(const char *p, cmi_arrow_type *out)
{
    static const char UNITS[] = "smun";
    static const int64_t PER_SECOND[] = { 1, 1000, 1000000, 1000000000 };
    const char *unit = *p ? strchr(UNITS, *p) : NULL;
    if (!unit || p[1] != ':') return false;
    *out = (cmi_arrow_type){ .code = CMI_ARROW_TIME,
                             .width = 8,
                             .per_second = PER_SECOND[unit - UNITS],
                             .zoned = p[2] != '\0' };
    return true;
}

bool cmi_arrow_parse(const char *format, cmi_arrow_type *out)
{
    if (strncmp(format, "d:", 2) == 0) return parse_decimal(format + 2, out);
    if (strncmp(format, "ts", 2) == 0) return parse_timestamp(format + 2, out);
    if (strncmp(format, "w:", 2) == 0) {
        const char *p = format + 2;
        int32_t width;
        if (!read_number(&p, &width) || *p || width < 1) return false;
        *out = (cmi_arrow_type){ .code = CMI_ARROW_FIXED, .width = width };
        return true;
    }
    for (size_t i = 0; i < sizeof PLAIN / sizeof *PLAIN; i++) {
        if (strcmp(PLAIN[i].format, format) != 0) continue;
        *out = PLAIN[i].type;
        return true;
    }
    return false;
}

const char *cmi_arrow_read_column(const struct ArrowSchema *schema, cmi_arrow_column *out)
{
    const char *format = schema->format;
    *out = (cmi_arrow_column){ 0 };
    if (!format || !cmi_arrow_parse(format, &out->type) || schema->n_children != 0) {
        return format ? format : "(none)";
    }
    if (!schema->dictionary) return NULL;
    const struct ArrowSchema *values = schema->dictionary;
    out->has_dictionary = true;
    out->index = out->type;
    if (out->index.code < CMI_ARROW_I8 || out->index.code > CMI_ARROW_U64) return format;
    if (!values->release || !values->format) return "(none)";
    bool plain = values->n_children == 0 && !values->dictionary;
    return plain && cmi_arrow_parse(values->format, &out->type) ? NULL : values->format;
}

/* ---- arrays ---- */

static int64_t expected_buffers(const cmi_arrow_type *type)
{
    if (type->code == CMI_ARROW_NULL) return 0;
    return type->code == CMI_ARROW_TEXT32 || type->code == CMI_ARROW_TEXT64 ? 3 : 2;
}

static const char *check_counts(const cmi_arrow_type *type, const struct ArrowArray *a)
{
    if (!a || !a->release) return "its array is missing or was released";
    if (a->length < 0 || a->offset < 0 || a->length > CMI_ARROW_MAX_LENGTH ||
        a->offset > CMI_ARROW_MAX_LENGTH) {
        return "its length or offset is senseless";
    }
    if (a->null_count < -1 || a->null_count > a->length) return "its count of nulls is senseless";
    if (a->n_children != 0) return "its array has children, which its format has not";
    bool view = type->code == CMI_ARROW_VIEW;
    if (view ? a->n_buffers < 3 || a->n_buffers > INT32_MAX
             : a->n_buffers != expected_buffers(type)) {
        return "its array has a wrong number of buffers";
    }
    return a->n_buffers > 0 && !a->buffers ? "its array has no buffers" : NULL;
}

/* Views end with a buffer of the sizes of the buffers before it. */
static const char *view_variadic(const struct ArrowArray *a, cmi_arrow_view *out)
{
    out->n_variadic = a->n_buffers - 3;
    out->variadic = (const void *const *)a->buffers + 2;
    out->variadic_sizes = a->buffers[a->n_buffers - 1];
    if (out->n_variadic > 0 && !out->variadic_sizes) return "the sizes of its buffers are missing";
    for (int64_t i = 0; i < out->n_variadic; i++) {
        int64_t size = cmi_arrow_load_i64(out->variadic_sizes + i * 8);
        if (size < 0 || size > CMI_ARROW_MAX_LENGTH) return "the size of a buffer is senseless";
        if (size > 0 && !out->variadic[i]) return "a buffer of its bytes is missing";
    }
    return NULL;
}

const char *cmi_arrow_view_init(const cmi_arrow_type *type, const struct ArrowArray *array,
                                int64_t offset, int64_t length, cmi_arrow_view *out)
{
    const char *problem = check_counts(type, array);
    if (problem) return problem;
    if (offset > array->length || length > array->length - offset) {
        return "its array is shorter than the batch";
    }
    *out = (cmi_arrow_view){ .type = *type, .offset = array->offset + offset, .length = length };
    if (type->code == CMI_ARROW_NULL || length == 0) return NULL;
    if (out->offset + length > CMI_ARROW_MAX_LENGTH) return "its length or offset is senseless";
    out->validity = array->buffers[0];
    out->data = array->buffers[1];
    if (!out->validity && array->null_count > 0) return "it has nulls, but no bitmap of them";
    if (!out->data) return "the buffer of its values or offsets is missing";
    if (type->width && out->offset + length > (INT64_C(1) << 60) / type->width) {
        return "its length or offset is senseless";
    }
    if (type->code == CMI_ARROW_TEXT32 || type->code == CMI_ARROW_TEXT64) {
        out->bytes = array->buffers[2];
        out->bytes_end = cmi_arrow_load_offset(out, out->offset + length);
    }
    return type->code == CMI_ARROW_VIEW ? view_variadic(array, out) : NULL;
}
