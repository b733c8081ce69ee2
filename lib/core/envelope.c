/* SPDX-License-Identifier: MIT */
#include "core/buffer.h"

#include <string.h>

#include "core/error.h"
#include "core/hash.h"

/* magic 4, kind 4, version 4, payload size 8 | payload | hash 8 */
#define HEAD 20
#define TAIL 8

static const char magic[4] = { 'C', 'M', 'E', 'T' };

static const char *name_kind(uint32_t kind)
{
    switch (kind) {
    case CMI_ENVELOPE_DATASET:
        return "dataset";
    case CMI_ENVELOPE_PLAN:
        return "plan";
    case CMI_ENVELOPE_STATE:
        return "state";
    case CMI_ENVELOPE_MODEL:
        return "model";
    case CMI_ENVELOPE_EXTENT:
        return "extent";
    default:
        return "object of an unknown kind";
    }
}

void cmi_envelope_begin(cm_buffer *b, cmi_envelope_kind kind, uint32_t version, int64_t *mark)
{
    *mark = cm_buffer_size(b);
    cmi_put_bytes(b, magic, sizeof magic);
    cmi_put_u32(b, (uint32_t)kind);
    cmi_put_u32(b, version);
    cmi_put_u64(b, 0);
}

void cmi_envelope_end(cm_buffer *b, int64_t mark)
{
    if (!cmi_buffer_ok(b)) return;
    int64_t size = cm_buffer_size(b) - mark;
    cmi_put_u64_at(b, mark + HEAD - 8, (uint64_t)(size - HEAD));
    cmi_put_u64(b, cmi_hash((const char *)cm_buffer_data(b) + mark, (size_t)size));
}

cm_status cmi_envelope_open(const void *bytes, int64_t size, cmi_envelope_kind kind,
                            uint32_t newest, uint32_t *version, cmi_reader *payload, cm_error *err)
{
    cmi_reader r;
    cmi_reader_init(&r, bytes, size);
    const void *start = cmi_get_bytes(&r, sizeof magic);
    if (!start || memcmp(start, magic, sizeof magic) != 0)
        return cmi_fail(err, CM_ERR_FORMAT, "these bytes are no saved %s", name_kind(kind));
    uint32_t found = cmi_get_u32(&r), format = cmi_get_u32(&r);
    uint64_t inside = cmi_get_u64(&r);
    if (r.failed || size < HEAD + TAIL || inside != (uint64_t)(size - HEAD - TAIL))
        return cmi_fail(err, CM_ERR_FORMAT, "a saved %s is cut short or has bytes behind its end",
                        name_kind(found));
    const void *body = cmi_get_bytes(&r, (size_t)inside);
    /* The check comes before the version: damaged bytes may claim any. */
    if (cmi_get_u64(&r) != cmi_hash(bytes, (size_t)(size - TAIL)))
        return cmi_fail(err, CM_ERR_CHECKSUM, "a saved %s is damaged: its checksum differs",
                        name_kind(kind));
    if (found != (uint32_t)kind)
        return cmi_fail(err, CM_ERR_FORMAT, "these bytes hold a %s, not a %s", name_kind(found),
                        name_kind(kind));
    if (format > newest)
        return cmi_fail(err, CM_ERR_VERSION, "this %s has format %u; this library reads up to %u",
                        name_kind(kind), (unsigned)format, (unsigned)newest);
    *version = format;
    cmi_reader_init(payload, body, (int64_t)inside);
    return CM_OK;
}
