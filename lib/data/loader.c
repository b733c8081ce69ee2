/* SPDX-License-Identifier: MIT */
#include "data/loader.h"

#include <string.h>

#include "core/error.h"

static const char *const WEEKDAYS[] = { "monday", "tuesday",  "wednesday", "thursday",
                                        "friday", "saturday", "sunday" };

static cm_status fail_option(cm_error *err, const char *option, const char *what)
{
    cm_status s = cmi_fail(err, CM_ERR_OPTION, "%s %s", option, what);
    cmi_error_option(err, option);
    return s;
}

static cm_status read_week_start(const char *name, int32_t *out, cm_error *err)
{
    *out = 0;
    if (!name) return CM_OK;
    for (int32_t d = 0; d < 7; d++) {
        if (strcmp(name, WEEKDAYS[d]) != 0) continue;
        *out = d;
        return CM_OK;
    }
    cm_status s =
        cmi_fail(err, CM_ERR_OPTION, "week_start '%s' is no weekday: monday .. sunday", name);
    cmi_error_option(err, "week_start");
    return s;
}

static cm_status check_options(const cm_dataset_options *o, cm_error *err)
{
    if (o->struct_size != sizeof *o)
        return cmi_fail(err, CM_ERR_ARG,
                        "cm_dataset_options has struct_size %u; this version knows %u",
                        (unsigned)o->struct_size, (unsigned)sizeof *o);
    if (o->flags & ~CM_DATASET_STRICT) return cmi_fail(err, CM_ERR_ARG, "unknown flags");
    if (o->scale < -1 || o->scale > 9) return fail_option(err, "scale", "must lie in -1..9");
    if (o->n_partitions < 0) return fail_option(err, "n_partitions", "is negative");
    int32_t n = o->n_partitions ? o->n_partitions : 1;
    if (o->partition < 0 || o->partition >= n)
        return fail_option(err, "partition", "must lie in 0 .. n_partitions - 1");
    if (o->max_diagnostics < 0) return fail_option(err, "max_diagnostics", "is negative");
    if (o->max_field < 0) return fail_option(err, "max_field", "is negative");
    if (o->max_field > INT32_MAX / 2) return fail_option(err, "max_field", "must be below 1 GiB");
    if (o->owner && !*o->owner) return fail_option(err, "owner", "is empty");
    return CM_OK;
}

static cm_status apply_options(cm_loader *l, const cm_dataset_options *given, cm_error *err)
{
    static const cm_dataset_options DEFAULTS = { .struct_size = sizeof DEFAULTS, .scale = -1 };
    const cm_dataset_options *o = given ? given : &DEFAULTS;
    cm_status s = check_options(o, err);
    if (s) return s;
    if ((s = read_week_start(o->week_start, &l->week_start, err))) return s;
    l->strict = o->flags & CM_DATASET_STRICT;
    l->scale = o->scale < 0 ? 4 : o->scale;
    l->partition = o->partition;
    l->n_partitions = o->n_partitions ? o->n_partitions : 1;
    l->max_diagnostics = o->max_diagnostics ? o->max_diagnostics : 100;
    l->max_field = o->max_field ? o->max_field : INT64_C(1) << 20;
    /* The customer owns the rows unless told otherwise. */
    if (o->owner && strcmp(o->owner, "customer") != 0) {
        l->owner = cmi_strndup(l->ctx, o->owner, strlen(o->owner));
        if (!l->owner) return cmi_no_memory(l->ctx, err);
    }
    s = cmi_tz_load(l->ctx, o->tz ? o->tz : "UTC", &l->tz, err);
    if (s) cmi_error_option(err, "tz");
    return s;
}

static cm_status create_interners(cm_loader *l, cm_error *err)
{
    l->customers = cmi_intern_create(l->ctx);
    l->anonymous = cmi_intern_create(l->ctx);
    if (!l->customers || !l->anonymous) return cmi_no_memory(l->ctx, err);
    return CM_OK;
}

static void reset_staged(cmi_staged *staged)
{
    *staged = (cmi_staged){ .extent_min = CMI_NULL, .extent_max = CMI_NULL, .in_order = true };
}

static cm_status take_base(cm_loader *l, const cm_dataset *base, cm_error *err)
{
    /* Retaining is all that is done to it. */
    cm_dataset_retain((cm_dataset *)(uintptr_t)base);
    l->base = (cm_dataset *)(uintptr_t)base;
    cmi_tz_retain(base->tz);
    l->tz = base->tz;
    l->week_start = base->week_start;
    l->scale = base->scale;
    l->partition = base->partition;
    l->n_partitions = base->n_partitions;
    l->strict = base->strict;
    l->max_diagnostics = base->max_diagnostics;
    l->max_field = base->max_field;
    if (base->owner && !(l->owner = cmi_strndup(l->ctx, base->owner, strlen(base->owner))))
        return cmi_no_memory(l->ctx, err);
    return cmi_loader_from_base(l, err);
}

cm_status cm_loader_create(cm_context *ctx, const cm_dataset *base,
                           const cm_dataset_options *options, cm_loader **out, cm_error *err)
{
    cmi_error_reset(err);
    if (!ctx || !out) return cmi_fail(err, CM_ERR_ARG, "%s is NULL", ctx ? "out" : "ctx");
    if (base && options)
        return cmi_fail(err, CM_ERR_ARG, "the options of the base hold: options must be NULL");
    cm_loader *l = cmi_calloc(ctx, 1, sizeof *l);
    if (!l) return cmi_no_memory(ctx, err);
    cmi_context_retain(ctx);
    l->ctx = ctx;
    cmi_arena_init(&l->arena, ctx);
    for (int32_t f = 0; f < CMI_N_FACTS; f++) reset_staged(&l->facts[f]);
    for (int32_t i = 0; i < CMI_N_SIDES; i++) reset_staged(&l->sides[i]);
    cm_status s = create_interners(l, err);
    if (!s) s = base ? take_base(l, base, err) : apply_options(l, options, err);
    if (s) {
        cm_loader_destroy(l);
        return s;
    }
    *out = l;
    return CM_OK;
}

static void clear_staged(cm_context *ctx, cmi_staged *staged)
{
    for (int64_t i = 0; i < staged->n_chunks; i++) cmi_chunk_destroy(ctx, staged->chunks[i]);
    cmi_free(ctx, staged->chunks);
    cmi_free(ctx, staged->columns);
    reset_staged(staged);
}

void cmi_chunk_destroy(cm_context *ctx, cmi_chunk *chunk)
{
    if (!chunk) return;
    cmi_free(ctx, chunk->owner);
    cmi_free(ctx, chunk->entity);
    cmi_free(ctx, chunk->time);
    cmi_free(ctx, chunk->sequence);
    for (int32_t c = 0; chunk->column && c < chunk->n_columns; c++) cmi_free(ctx, chunk->column[c]);
    cmi_free(ctx, chunk->column);
    cmi_free(ctx, chunk);
}

void cmi_loader_clear(cm_loader *l)
{
    for (int32_t f = 0; f < CMI_N_FACTS; f++) clear_staged(l->ctx, &l->facts[f]);
    for (int32_t i = 0; i < CMI_N_SIDES; i++) clear_staged(l->ctx, &l->sides[i]);
    for (int32_t d = 0; d < l->n_dims; d++) {
        cmi_intern_destroy(l->dims[d]);
        cmi_free(l->ctx, l->dim_names[d]);
    }
    cmi_free(l->ctx, l->dims);
    cmi_free(l->ctx, l->dim_names);
    l->dims = NULL;
    l->dim_names = NULL;
    l->n_dims = 0;
    cmi_intern_destroy(l->customers);
    cmi_intern_destroy(l->anonymous);
    cmi_intern_destroy(l->repeats);
    l->customers = l->anonymous = l->repeats = NULL;
    cmi_free(l->ctx, l->n_repeats);
    l->n_repeats = NULL;
    l->repeats_capacity = 0;
    cmi_free(l->ctx, l->rejects);
    cmi_free(l->ctx, l->diagnostics);
    cmi_free(l->ctx, l->report);
    l->rejects = NULL;
    l->diagnostics = NULL;
    l->report = NULL;
    l->n_rejects = l->n_report = 0;
    l->n_diagnostics = 0;
    cmi_arena_destroy(&l->arena);
    cmi_arena_init(&l->arena, l->ctx);
}

void cm_loader_destroy(cm_loader *l)
{
    if (!l) return;
    cm_context *ctx = l->ctx;
    cmi_loader_clear(l);
    cmi_tz_release(l->tz);
    cm_dataset_destroy(l->base);
    cmi_free(ctx, l->owner);
    cmi_free(ctx, l);
    cmi_context_release(ctx);
}

cm_status cmi_loader_enter(cm_loader *l, cm_error *err)
{
    if (l->busy)
        return cmi_fail(err, CM_ERR_BUSY, "the loader is in use by a call that is running");
    l->busy = true;
    return CM_OK;
}

void cmi_loader_leave(cm_loader *l)
{
    l->busy = false;
}

cm_context *cmi_loader_context(const cm_loader *l)
{
    return l->ctx;
}

int64_t cmi_loader_max_field(const cm_loader *l)
{
    return l->max_field;
}
