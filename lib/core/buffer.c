/* SPDX-License-Identifier: MIT */
#include "core/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"

struct cm_buffer {
    cm_context *ctx;
    void *bytes;
    int64_t size, capacity;
    bool failed;
};

cm_status cm_buffer_create(cm_context *ctx, cm_buffer **out, cm_error *err)
{
    cmi_error_reset(err);
    if (!ctx || !out) return cmi_fail(err, CM_ERR_ARG, "%s is NULL", ctx ? "out" : "context");
    cm_buffer *b = cmi_calloc(ctx, 1, sizeof *b);
    if (!b) return cmi_no_memory(ctx, err);
    b->ctx = ctx;
    cmi_context_retain(ctx);
    *out = b;
    return CM_OK;
}

void cm_buffer_destroy(cm_buffer *buffer)
{
    if (!buffer) return;
    cm_context *ctx = buffer->ctx;
    cmi_free(ctx, buffer->bytes);
    cmi_free(ctx, buffer);
    cmi_context_release(ctx);
}

const void *cm_buffer_data(const cm_buffer *buffer)
{
    return buffer ? buffer->bytes : NULL;
}

int64_t cm_buffer_size(const cm_buffer *buffer)
{
    return buffer ? buffer->size : 0;
}

cm_context *cmi_buffer_context(const cm_buffer *b)
{
    return b->ctx;
}

bool cmi_buffer_ok(const cm_buffer *b)
{
    return !b->failed;
}

void cmi_buffer_truncate(cm_buffer *b, int64_t size)
{
    if (size < b->size) b->size = size;
    b->failed = false;
}

/* ---- writing ---- */

static bool reserve(cm_buffer *b, size_t n)
{
    if (b->failed) return false;
    if (n > (size_t)INT64_MAX / 4 ||
        !cmi_grow(b->ctx, &b->bytes, &b->capacity, b->size + (int64_t)n, 1))
        b->failed = true;
    return !b->failed;
}

void cmi_put_bytes(cm_buffer *b, const void *p, size_t n)
{
    if (n == 0 || !reserve(b, n)) return;
    memcpy((char *)b->bytes + b->size, p, n);
    b->size += (int64_t)n;
}

void cmi_put_text(cm_buffer *b, const char *text)
{
    cmi_put_bytes(b, text, strlen(text));
}

void cmi_put_format(cm_buffer *b, const char *format, ...)
{
    char small[256];
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    if (n < 0)
        b->failed = true;
    else if ((size_t)n < sizeof small)
        cmi_put_bytes(b, small, (size_t)n);
    else if (reserve(b, (size_t)n + 1)) {
        vsnprintf((char *)b->bytes + b->size, (size_t)n + 1, format, again);
        b->size += n;
    }
    va_end(again);
}

static void store_u64(uint8_t *p, uint64_t v)
{
    for (int i = 0; i < 8; i++) p[i] = (uint8_t)(v >> 8 * i);
}

void cmi_put_u8(cm_buffer *b, uint8_t v)
{
    cmi_put_bytes(b, &v, 1);
}

void cmi_put_u32(cm_buffer *b, uint32_t v)
{
    uint8_t p[4] = { (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24) };
    cmi_put_bytes(b, p, 4);
}

void cmi_put_u64(cm_buffer *b, uint64_t v)
{
    uint8_t p[8];
    store_u64(p, v);
    cmi_put_bytes(b, p, 8);
}

void cmi_put_i64(cm_buffer *b, int64_t v)
{
    cmi_put_u64(b, (uint64_t)v);
}

void cmi_put_f64(cm_buffer *b, double v)
{
    uint64_t bits;
    memcpy(&bits, &v, 8);
    cmi_put_u64(b, bits);
}

void cmi_put_i128(cm_buffer *b, cmi_i128 v)
{
    cmi_put_u64(b, (uint64_t)(cmi_u128)v);
    cmi_put_u64(b, (uint64_t)((cmi_u128)v >> 64));
}

void cmi_put_string(cm_buffer *b, const char *p, size_t n)
{
    if (n > UINT32_MAX) {
        b->failed = true;
        return;
    }
    cmi_put_u32(b, (uint32_t)n);
    cmi_put_bytes(b, p, n);
}

void cmi_put_u64_at(cm_buffer *b, int64_t offset, uint64_t v)
{
    if (b->failed || offset < 0 || offset > b->size - 8) return;
    store_u64((uint8_t *)b->bytes + offset, v);
}

/* ---- reading ---- */

void cmi_reader_init(cmi_reader *r, const void *bytes, int64_t size)
{
    static const uint8_t none[1] = { 0 };
    r->failed = size < 0 || (size > 0 && !bytes);
    r->p = r->failed || size == 0 ? none : bytes;
    r->end = r->p + (r->failed ? 0 : size);
    r->depth = 0;
}

int64_t cmi_reader_left(const cmi_reader *r)
{
    return r->failed ? 0 : r->end - r->p;
}

const void *cmi_get_bytes(cmi_reader *r, size_t n)
{
    if (r->failed || n > (size_t)(r->end - r->p)) {
        r->failed = true;
        return NULL;
    }
    const void *p = r->p;
    r->p += n;
    return p;
}

static uint64_t load_little(cmi_reader *r, size_t n)
{
    const uint8_t *p = cmi_get_bytes(r, n);
    uint64_t v = 0;
    for (size_t i = 0; p && i < n; i++) v |= (uint64_t)p[i] << 8 * i;
    return v;
}

uint8_t cmi_get_u8(cmi_reader *r)
{
    return (uint8_t)load_little(r, 1);
}

uint32_t cmi_get_u32(cmi_reader *r)
{
    return (uint32_t)load_little(r, 4);
}

uint64_t cmi_get_u64(cmi_reader *r)
{
    return load_little(r, 8);
}

int64_t cmi_get_i64(cmi_reader *r)
{
    return (int64_t)load_little(r, 8);
}

double cmi_get_f64(cmi_reader *r)
{
    uint64_t bits = load_little(r, 8);
    double v;
    memcpy(&v, &bits, 8);
    return v;
}

cmi_i128 cmi_get_i128(cmi_reader *r)
{
    const uint8_t *p = cmi_get_bytes(r, 16);
    cmi_u128 v = 0;
    for (int i = 15; p && i >= 0; i--) v = v << 8 | p[i];
    return (cmi_i128)v;
}

const char *cmi_get_string(cmi_reader *r, size_t *length)
{
    size_t n = cmi_get_u32(r);
    const char *p = cmi_get_bytes(r, n);
    *length = p ? n : 0;
    return p;
}

int64_t cmi_get_count(cmi_reader *r, size_t element)
{
    uint64_t n = cmi_get_u64(r);
    uint64_t left = (uint64_t)cmi_reader_left(r);
    if (r->failed || n > INT64_MAX || (element > 0 && n > left / element)) {
        r->failed = true;
        return 0;
    }
    return (int64_t)n;
}
