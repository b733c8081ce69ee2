/* SPDX-License-Identifier: MIT */
#include "core/context.h"

#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"

static void *alloc_default(size_t size, void *user)
{
    (void)user;
    return malloc(size);
}

static void *realloc_default(void *pointer, size_t old_size, size_t new_size, void *user)
{
    (void)old_size;
    (void)user;
    return realloc(pointer, new_size);
}

static void free_default(void *pointer, size_t size, void *user)
{
    (void)size;
    (void)user;
    free(pointer);
}

/* There is one size so far; a later version also takes the shorter ones of its past. */
static cm_status read_options(const cm_context_options *given, cm_context_options *o, cm_error *err)
{
    memset(o, 0, sizeof *o);
    if (!given) return CM_OK;
    if (given->struct_size != sizeof *o)
        return cmi_fail(err, CM_ERR_ARG,
                        "cm_context_options has struct_size %u; this version knows %u",
                        (unsigned)given->struct_size, (unsigned)sizeof *o);
    memcpy(o, given, sizeof *o);
    if (o->flags) return cmi_fail(err, CM_ERR_ARG, "flags of cm_context_options must be 0");
    if (o->memory_limit < 0) return cmi_fail(err, CM_ERR_ARG, "memory_limit is negative");
    const cm_allocator *a = o->allocator;
    if (a && (!a->alloc || !a->realloc || !a->free))
        return cmi_fail(err, CM_ERR_ARG, "the allocator lacks alloc, realloc or free");
    return CM_OK;
}

/* The context's own few bytes are not counted, so that its memory reads 0 when all objects are
 * gone. */
static void free_context(cm_context *ctx)
{
    cm_allocator a = ctx->allocator;
    if (ctx->tz_directory) a.free(ctx->tz_directory, strlen(ctx->tz_directory) + 1, a.user);
    a.free(ctx, sizeof *ctx, a.user);
}

cm_status cm_context_create(const cm_context_options *options, cm_context **out, cm_error *err)
{
    cmi_error_reset(err);
    if (!out) return cmi_fail(err, CM_ERR_ARG, "out is NULL");
    cm_context_options o;
    cm_status s = read_options(options, &o, err);
    if (s) return s;
    cm_allocator a = { alloc_default, realloc_default, free_default, NULL };
    if (o.allocator) a = *o.allocator;
    cm_context *ctx = a.alloc(sizeof *ctx, a.user);
    if (!ctx) return cmi_no_memory(NULL, err);
    memset(ctx, 0, sizeof *ctx);
    ctx->allocator = a;
    ctx->default_allocator = !o.allocator;
    ctx->limit = o.memory_limit;
    ctx->log = o.log;
    ctx->log_user = o.log_user;
    atomic_init(&ctx->refs, 1);
    atomic_init(&ctx->bytes, 0);
    atomic_init(&ctx->peak, 0);
    atomic_init(&ctx->refused, 0);
    if (o.tz_directory) {
        size_t n = strlen(o.tz_directory) + 1;
        ctx->tz_directory = a.alloc(n, a.user);
        if (!ctx->tz_directory) {
            free_context(ctx);
            return cmi_no_memory(NULL, err);
        }
        memcpy(ctx->tz_directory, o.tz_directory, n);
    }
    *out = ctx;
    return CM_OK;
}

void cm_context_destroy(cm_context *ctx)
{
    cmi_context_release(ctx);
}

void cmi_context_retain(cm_context *ctx)
{
    atomic_fetch_add_explicit(&ctx->refs, 1, memory_order_relaxed);
}

void cmi_context_release(cm_context *ctx)
{
    if (ctx && atomic_fetch_sub_explicit(&ctx->refs, 1, memory_order_acq_rel) == 1)
        free_context(ctx);
}

int64_t cm_context_memory(const cm_context *ctx)
{
    return ctx ? atomic_load_explicit(&ctx->bytes, memory_order_relaxed) : 0;
}

int64_t cm_context_memory_peak(const cm_context *ctx)
{
    return ctx ? atomic_load_explicit(&ctx->peak, memory_order_relaxed) : 0;
}

const char *cmi_context_tz_directory(const cm_context *ctx)
{
    return ctx->tz_directory;
}

void cmi_context_log(const cm_context *ctx, int32_t level, const char *message)
{
    if (ctx->log) ctx->log(level, message, ctx->log_user);
}
