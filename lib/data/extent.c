/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "core/buffer.h"
#include "core/error.h"
#include "data/dataset.h"

#define EXTENT_VERSION 1

static cm_extent *create_empty(cm_context *ctx)
{
    cm_extent *e = cmi_calloc(ctx, 1, sizeof *e);
    if (!e) return NULL;
    cmi_context_retain(ctx);
    e->ctx = ctx;
    return e;
}

void cm_extent_destroy(cm_extent *extent)
{
    if (!extent) return;
    cm_context *ctx = extent->ctx;
    cmi_free(ctx, extent);
    cmi_context_release(ctx);
}

cm_status cm_extent_create(const cm_dataset *dataset, cm_extent **out, cm_error *err)
{
    cmi_error_reset(err);
    if (!dataset || !out)
        return cmi_fail(err, CM_ERR_ARG, "%s is NULL", dataset ? "out" : "dataset");
    const char *tz = cmi_tz_name(dataset->tz);
    cm_extent *e = create_empty(dataset->ctx);
    if (!e) return cmi_no_memory(dataset->ctx, err);
    if (strlen(tz) >= sizeof e->tz) {
        cm_extent_destroy(e);
        return cmi_fail(err, CM_ERR_LIMIT, "the name of zone %s is too long", tz);
    }
    memcpy(e->tz, tz, strlen(tz) + 1);
    e->scale = dataset->scale;
    e->week_start = dataset->week_start;
    for (int f = 0; f < CMI_N_FACTS; f++) {
        e->given[f] = dataset->facts[f].given;
        e->min[f] = dataset->extent_min[f];
        e->max[f] = dataset->extent_max[f];
    }
    for (int s = 0; s < CMI_N_SIDES; s++) e->shared_hash[s] = dataset->sides[s].hash;
    *out = e;
    return CM_OK;
}

static cm_status check_pair(const cm_extent *a, const cm_extent *b, cm_error *err)
{
    if (strcmp(a->tz, b->tz) != 0)
        return cmi_fail(err, CM_ERR_MISMATCH, "the parts have different zones: %s and %s", a->tz,
                        b->tz);
    if (a->scale != b->scale)
        return cmi_fail(err, CM_ERR_MISMATCH, "the parts have different scales: %d and %d",
                        (int)a->scale, (int)b->scale);
    if (a->week_start != b->week_start)
        return cmi_fail(err, CM_ERR_MISMATCH, "the parts have different week starts");
    for (int s = CMI_SIDE_PRODUCTS; s < CMI_N_SIDES; s++) {
        if (a->shared_hash[s] == b->shared_hash[s]) continue;
        const char *name = cmi_side_get((cmi_side_id)s)->name;
        cmi_fail(err, CM_ERR_MISMATCH, "the table %s must be equal in all parts, and is not", name);
        cmi_error_at(err, name, 0, NULL);
        return CM_ERR_MISMATCH;
    }
    return CM_OK;
}

cm_status cm_extent_merge(cm_extent *into, const cm_extent *from, cm_error *err)
{
    cmi_error_reset(err);
    if (!into || !from) return cmi_fail(err, CM_ERR_ARG, "%s is NULL", into ? "from" : "into");
    cm_status status = check_pair(into, from, err);
    if (status) return status;
    for (int f = 0; f < CMI_N_FACTS; f++) {
        into->given[f] |= from->given[f];
        if (from->min[f] == CMI_NULL) continue;
        if (into->min[f] == CMI_NULL || from->min[f] < into->min[f]) into->min[f] = from->min[f];
        if (into->max[f] == CMI_NULL || from->max[f] > into->max[f]) into->max[f] = from->max[f];
    }
    return CM_OK;
}

cm_status cm_extent_save(const cm_extent *extent, cm_buffer *out, cm_error *err)
{
    cmi_error_reset(err);
    if (!extent || !out) return cmi_fail(err, CM_ERR_ARG, "%s is NULL", extent ? "out" : "extent");
    int64_t before = cm_buffer_size(out), mark;
    cmi_envelope_begin(out, CMI_ENVELOPE_EXTENT, EXTENT_VERSION, &mark);
    cmi_put_string(out, extent->tz, strlen(extent->tz));
    cmi_put_u8(out, (uint8_t)extent->scale);
    cmi_put_u8(out, (uint8_t)extent->week_start);
    for (int f = 0; f < CMI_N_FACTS; f++) {
        cmi_put_u8(out, extent->given[f]);
        cmi_put_i64(out, extent->min[f]);
        cmi_put_i64(out, extent->max[f]);
    }
    for (int s = 0; s < CMI_N_SIDES; s++) cmi_put_u64(out, extent->shared_hash[s]);
    cmi_envelope_end(out, mark);
    if (cmi_buffer_ok(out)) return CM_OK;
    cmi_buffer_truncate(out, before);
    return cmi_no_memory(cmi_buffer_context(out), err);
}

static bool is_span(int64_t min, int64_t max)
{
    if (min == CMI_NULL || max == CMI_NULL) return min == max;
    return min >= CMI_TIME_MIN && min <= max && max < CMI_TIME_MAX;
}

static bool read_extent(cmi_reader *r, cm_extent *e)
{
    size_t n;
    const char *tz = cmi_get_string(r, &n);
    if (!tz || n == 0 || n >= sizeof e->tz || memchr(tz, 0, n)) return false;
    memcpy(e->tz, tz, n);
    e->scale = cmi_get_u8(r);
    e->week_start = cmi_get_u8(r);
    bool ok = e->scale <= 9 && e->week_start <= 6;
    for (int f = 0; f < CMI_N_FACTS; f++) {
        uint8_t given = cmi_get_u8(r);
        e->given[f] = given == 1;
        e->min[f] = cmi_get_i64(r);
        e->max[f] = cmi_get_i64(r);
        ok = ok && given <= 1 && is_span(e->min[f], e->max[f]);
    }
    for (int s = 0; s < CMI_N_SIDES; s++) e->shared_hash[s] = cmi_get_u64(r);
    return ok && !r->failed && cmi_reader_left(r) == 0;
}

cm_status cm_extent_load(cm_context *ctx, const void *bytes, int64_t size, cm_extent **out,
                         cm_error *err)
{
    cmi_error_reset(err);
    if (!ctx || !out || (!bytes && size) || size < 0)
        return cmi_fail(err, CM_ERR_ARG, "%s",
                        !ctx   ? "ctx is NULL"
                        : !out ? "out is NULL"
                               : "no bytes");
    cmi_reader r;
    uint32_t version;
    cm_status status =
        cmi_envelope_open(bytes, size, CMI_ENVELOPE_EXTENT, EXTENT_VERSION, &version, &r, err);
    if (status) return status;
    cm_extent *e = create_empty(ctx);
    if (!e) return cmi_no_memory(ctx, err);
    if (!read_extent(&r, e)) {
        cm_extent_destroy(e);
        return cmi_fail(err, CM_ERR_FORMAT, "a saved extent is not what it should be");
    }
    *out = e;
    return CM_OK;
}
