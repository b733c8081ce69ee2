/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_ARROW_TYPES_H
#define CMI_DATA_ARROW_TYPES_H

#include <custmetrics/cm_arrow.h>
#include "data/batch.h"

/* Reading of Arrow columns from a producer that may be wrong or hostile: formats by a whitelist,
 * every count, offset and index checked before it is used, every load by memcpy (buffers need not
 * be aligned). What can not be checked is whether a buffer has the size that its array claims. */

typedef enum cmi_arrow_code {
    CMI_ARROW_NULL = 1,
    CMI_ARROW_BOOL,
    CMI_ARROW_I8,
    CMI_ARROW_U8,
    CMI_ARROW_I16,
    CMI_ARROW_U16,
    CMI_ARROW_I32,
    CMI_ARROW_U32,
    CMI_ARROW_I64,
    CMI_ARROW_U64,
    CMI_ARROW_F16,
    CMI_ARROW_F32,
    CMI_ARROW_F64,
    CMI_ARROW_DECIMAL,
    CMI_ARROW_TEXT32, /* utf8, binary */
    CMI_ARROW_TEXT64, /* large utf8, large binary */
    CMI_ARROW_VIEW,   /* utf8 view, binary view */
    CMI_ARROW_FIXED,  /* fixed-size binary */
    CMI_ARROW_DATE32,
    CMI_ARROW_DATE64,
    CMI_ARROW_TIME,    /* timestamp */
    CMI_ARROW_DURATION /* read as a decimal number of seconds */
} cmi_arrow_code;

typedef struct cmi_arrow_type {
    cmi_arrow_code code;
    int32_t width;      /* bytes of an element; 0: bits, offsets, none */
    int32_t scale;      /* DECIMAL; may be negative */
    int64_t per_second; /* TIME */
    bool zoned;         /* TIME */
} cmi_arrow_type;

/* false: a format that is not read (nested, union, map, interval, run-end, unknown). */
bool cmi_arrow_parse(const char *format, cmi_arrow_type *out);

/* The type of a whole column: the values' type and, where it is dictionary-coded, the indices'. */
typedef struct cmi_arrow_column {
    cmi_arrow_type type;
    bool has_dictionary;
    cmi_arrow_type index;
} cmi_arrow_column;

/* Reads a child schema. Returns the format that is at fault, or NULL if the column can be read. */
const char *cmi_arrow_read_column(const struct ArrowSchema *schema, cmi_arrow_column *out);

/* An array as it is read: its buffers, checked against its type. */
typedef struct cmi_arrow_view {
    cmi_arrow_type type;
    int64_t offset, length;  /* rows [offset, offset + length) of the buffers may be read */
    const uint8_t *validity; /* NULL: no nulls */
    const uint8_t *data;     /* elements, or offsets of text */
    const uint8_t *bytes;    /* TEXT32, TEXT64 */
    int64_t bytes_end;       /* TEXT32, TEXT64: the last offset */
    int64_t n_variadic;      /* VIEW */
    const void *const *variadic;
    const uint8_t *variadic_sizes;
} cmi_arrow_view;

/* Views rows [offset, offset + length) of the array, whose own offset comes on top. Returns what is
 * wrong with it, or NULL. */
const char *cmi_arrow_view_init(const cmi_arrow_type *type, const struct ArrowArray *array,
                                int64_t offset, int64_t length, cmi_arrow_view *out);

/* Longest array that is believed. */
#define CMI_ARROW_MAX_LENGTH (INT64_C(1) << 48)

/* ---- converting ---- */

struct cmi_scratch;

/* Converts n rows from row `from` of the view. `dictionary` NULL, or the values that the view's
 * integers point at. *problem says what is wrong (NULL: nothing, or no memory if false is returned)
 * and *bad_row in which row, from 0. *clean becomes false if some text is no UTF-8 or holds NUL
 * bytes: the loader rejects such rows. On success `out` borrows from the scratch memory and from
 * the producer's buffers. Any thread. */
bool cmi_arrow_convert(struct cmi_scratch *scratch, const cmi_arrow_view *view,
                       const cmi_arrow_view *dictionary, int64_t from, int64_t n,
                       cmi_source_column *out, bool *clean, const char **problem, int64_t *bad_row);

#endif
