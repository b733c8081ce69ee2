/* SPDX-License-Identifier: MIT */
#include "data/model.h"

#include <stdatomic.h>
#include <string.h>

#include "core/error.h"

typedef enum fit_kind { FIT_F64 = 1, FIT_I64, FIT_TEXT } fit_kind;

typedef struct fit_entry {
    char *name;
    fit_kind kind;
    int64_t n; /* values; of a text, bytes */
    void *v;
} fit_entry;

struct cmi_fit {
    cm_context *ctx;
    atomic_int refs;
    bool failed;
    int64_t n, capacity;
    fit_entry *entry;
};

cmi_fit *cmi_fit_create(cm_context *ctx)
{
    cmi_fit *m = cmi_calloc(ctx, 1, sizeof *m);
    if (!m) return NULL;
    cmi_context_retain(ctx);
    m->ctx = ctx;
    atomic_init(&m->refs, 1);
    return m;
}

void cmi_fit_retain(cmi_fit *m)
{
    atomic_fetch_add_explicit(&m->refs, 1, memory_order_relaxed);
}

static void free_entry(cm_context *ctx, fit_entry *e)
{
    cmi_free(ctx, e->name);
    cmi_free(ctx, e->v);
}

void cmi_fit_destroy(cmi_fit *m)
{
    if (!m || atomic_fetch_sub_explicit(&m->refs, 1, memory_order_acq_rel) > 1) return;
    cm_context *ctx = m->ctx;
    for (int64_t i = 0; i < m->n; i++) free_entry(ctx, &m->entry[i]);
    cmi_free(ctx, m->entry);
    cmi_free(ctx, m);
    cmi_context_release(ctx);
}

cm_context *cmi_fit_context(const cmi_fit *m)
{
    return m->ctx;
}

bool cmi_fit_ok(const cmi_fit *m)
{
    return !m->failed;
}

/* ---- putting ---- */

static fit_entry *find_entry(const cmi_fit *m, const char *name)
{
    for (int64_t i = 0; i < m->n; i++)
        if (strcmp(m->entry[i].name, name) == 0) return &m->entry[i];
    return NULL;
}

/* A name that is there already gets the new value. */
static void put(cmi_fit *m, const char *name, size_t name_length, fit_kind kind, const void *v,
                int64_t n)
{
    size_t element = kind == FIT_TEXT ? 1 : 8;

    if (m->failed) return;
    fit_entry e = { cmi_strndup(m->ctx, name, name_length), kind, n,
                    cmi_malloc_n(m->ctx, (size_t)n + 1, element) };
    if (!e.name || !e.v ||
        !cmi_grow(m->ctx, (void **)&m->entry, &m->capacity, m->n + 1, sizeof *m->entry)) {
        free_entry(m->ctx, &e);
        m->failed = true;
        return;
    }
    if (n) memcpy(e.v, v, (size_t)n * element);
    memset((char *)e.v + (size_t)n * element, 0, element); /* ends a text */
    fit_entry *old = find_entry(m, e.name);
    if (old)
        free_entry(m->ctx, old);
    else
        old = &m->entry[m->n++];
    *old = e;
}

void cmi_fit_put_f64(cmi_fit *m, const char *name, const double *v, int64_t n)
{
    put(m, name, strlen(name), FIT_F64, v, n);
}

void cmi_fit_put_i64(cmi_fit *m, const char *name, const int64_t *v, int64_t n)
{
    put(m, name, strlen(name), FIT_I64, v, n);
}

void cmi_fit_put_text(cmi_fit *m, const char *name, const char *text)
{
    put(m, name, strlen(name), FIT_TEXT, text, (int64_t)strlen(text));
}

/* ---- getting ---- */

static const void *get(const cmi_fit *m, const char *name, fit_kind kind, int64_t *n)
{
    const fit_entry *e = m ? find_entry(m, name) : NULL;
    bool found = e && e->kind == kind;

    *n = found ? e->n : 0;
    return found ? e->v : NULL;
}

const double *cmi_fit_f64(const cmi_fit *m, const char *name, int64_t *n)
{
    return get(m, name, FIT_F64, n);
}

const int64_t *cmi_fit_i64(const cmi_fit *m, const char *name, int64_t *n)
{
    return get(m, name, FIT_I64, n);
}

const char *cmi_fit_text(const cmi_fit *m, const char *name)
{
    int64_t n;
    return get(m, name, FIT_TEXT, &n);
}

/* ---- bytes ---- */

void cmi_fit_write(const cmi_fit *m, cm_buffer *out)
{
    cmi_put_u32(out, (uint32_t)m->n);
    for (int64_t i = 0; i < m->n; i++) {
        const fit_entry *e = &m->entry[i];
        cmi_put_string(out, e->name, strlen(e->name));
        cmi_put_u8(out, (uint8_t)e->kind);
        cmi_put_u64(out, (uint64_t)e->n);
        for (int64_t k = 0; k < e->n; k++) {
            if (e->kind == FIT_F64) cmi_put_f64(out, ((const double *)e->v)[k]);
            if (e->kind == FIT_I64) cmi_put_i64(out, ((const int64_t *)e->v)[k]);
        }
        if (e->kind == FIT_TEXT) cmi_put_bytes(out, e->v, (size_t)e->n);
    }
}

static bool read_values(cmi_fit *m, cmi_reader *in, const char *name, size_t length, fit_kind kind)
{
    int64_t n = cmi_get_count(in, kind == FIT_TEXT ? 1 : 8);
    const void *bytes =
        in->failed ? NULL : cmi_get_bytes(in, (size_t)n * (kind == FIT_TEXT ? 1 : 8));
    cmi_reader r;

    if (!bytes || (kind == FIT_TEXT && memchr(bytes, 0, (size_t)n))) return false;
    int64_t before = m->n;
    put(m, name, length, kind, bytes, n);
    if (m->failed) return true;
    if (m->n == before) return false; /* the name stood there already */
    if (kind == FIT_TEXT) return true;
    /* The bytes are little-endian, whatever this machine is. */
    fit_entry *e = &m->entry[m->n - 1];
    cmi_reader_init(&r, bytes, n * 8);
    for (int64_t k = 0; k < n; k++) {
        if (kind == FIT_F64)
            ((double *)e->v)[k] = cmi_get_f64(&r);
        else
            ((int64_t *)e->v)[k] = cmi_get_i64(&r);
    }
    return true;
}

static bool read_entry(cmi_fit *m, cmi_reader *in)
{
    size_t length;
    const char *name = cmi_get_string(in, &length);
    uint8_t kind = cmi_get_u8(in);

    if (!name || length == 0 || memchr(name, 0, length) || kind < FIT_F64 || kind > FIT_TEXT)
        return false;
    return read_values(m, in, name, length, (fit_kind)kind);
}

cm_status cmi_fit_read(cm_context *ctx, cmi_reader *in, cmi_fit **out, cm_error *err)
{
    cmi_fit *m = cmi_fit_create(ctx);
    uint32_t n = cmi_get_u32(in);
    bool good = !in->failed;

    if (!m) return cmi_no_memory(ctx, err);
    for (uint32_t i = 0; good && !m->failed && i < n; i++) good = read_entry(m, in);
    if (good && !m->failed) {
        *out = m;
        return CM_OK;
    }
    cmi_fit_destroy(m);
    return good ? cmi_no_memory(ctx, err)
                : cmi_fail(err, CM_ERR_FORMAT, "the fit of a model cannot be read");
}
