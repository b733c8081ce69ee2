/* SPDX-License-Identifier: MIT
 *
 * TZif, RFC 9636: a header, a block with 32-bit times, and from version 2 on the same once more
 * with 64-bit times and a footer. The bytes may be hostile. */
#include "core/tz.h"

#include <string.h>

#include "core/error.h"
#include "core/memory.h"

#define HEADER_SIZE   44
#define FAR_AWAY      INT64_C(1000000000000) /* seconds; times beyond would overflow microseconds */
#define LAST_EXPANDED 2200 /* the rule is unrolled into the table up to this year */

typedef struct header {
    uint8_t version;
    uint32_t n_isut, n_isstd, n_leap, n_times, n_types, n_chars;
} header;

static cm_status fail_file(const cmi_tz *tz, const char *why, cm_error *err)
{
    return cmi_fail(err, CM_ERR_FORMAT, "the file of time zone \"%s\" is damaged: %s", tz->name,
                    why);
}

static uint32_t load_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t load_time(const uint8_t *p, size_t width)
{
    if (width == 4) return (int32_t)load_u32(p);
    return (int64_t)((uint64_t)load_u32(p) << 32 | load_u32(p + 4));
}

static bool read_header(const uint8_t *p, size_t size, header *h)
{
    if (size < HEADER_SIZE || memcmp(p, "TZif", 4) != 0) return false;
    h->version = p[4];
    h->n_isut = load_u32(p + 20);
    h->n_isstd = load_u32(p + 24);
    h->n_leap = load_u32(p + 28);
    h->n_times = load_u32(p + 32);
    h->n_types = load_u32(p + 36);
    h->n_chars = load_u32(p + 40);
    return true;
}

/* 64-bit sums of 32-bit counts cannot wrap. */
static uint64_t measure_block(const header *h, size_t width)
{
    return (uint64_t)h->n_times * (width + 1) + (uint64_t)h->n_types * 6 + h->n_chars +
           (uint64_t)h->n_leap * (width + 4) + h->n_isstd + h->n_isut;
}

static bool read_type(const uint8_t *types, uint32_t index, int32_t *offset)
{
    *offset = (int32_t)load_u32(types + 6 * (size_t)index);
    return *offset >= -CMI_TZ_MAX_OFFSET && *offset <= CMI_TZ_MAX_OFFSET;
}

static bool add_change(cmi_tz *tz, int64_t *capacity, int64_t at, int32_t offset)
{
    int32_t last = tz->n ? tz->offset[tz->n - 1] : tz->first;
    if (offset == last) return true; /* only the abbreviation or the DST flag changes */
    int64_t room = *capacity;
    if (!cmi_grow(tz->ctx, (void **)&tz->at, &room, tz->n + 1, sizeof *tz->at)) return false;
    if (!cmi_grow(tz->ctx, (void **)&tz->offset, capacity, tz->n + 1, sizeof *tz->offset))
        return false;
    tz->at[tz->n] = at;
    tz->offset[tz->n++] = offset;
    return true;
}

static cm_status read_block(cmi_tz *tz, const uint8_t *p, const header *h, size_t width,
                            int64_t *capacity, int64_t *last, cm_error *err)
{
    const uint8_t *index = p + (size_t)h->n_times * width;
    const uint8_t *types = index + h->n_times;
    if (h->n_types == 0 || h->n_types > 256) return fail_file(tz, "no local time types", err);
    if (h->n_leap > 0)
        return cmi_fail(err, CM_ERR_UNSUPPORTED, "time zone \"%s\" counts leap seconds", tz->name);
    if (!read_type(types, 0, &tz->first)) return fail_file(tz, "offset out of range", err);
    for (uint32_t i = 0; i < h->n_times; i++) {
        int64_t at = load_time(p + (size_t)i * width, width);
        int32_t offset;
        if (i > 0 && at <= *last) return fail_file(tz, "times do not ascend", err);
        if (index[i] >= h->n_types) return fail_file(tz, "no such local time type", err);
        if (!read_type(types, index[i], &offset)) return fail_file(tz, "offset out of range", err);
        *last = at;
        if (at > FAR_AWAY) continue;
        if (at < -FAR_AWAY)
            tz->first = offset;
        else if (!add_change(tz, capacity, at, offset))
            return cmi_no_memory(tz->ctx, err);
    }
    return CM_OK;
}

/* Far times are answered by the rule itself; near ones from the table, which is ten times faster.
 */
static cm_status expand_rule(cmi_tz *tz, int64_t last, int64_t *capacity, cm_error *err)
{
    int64_t stop = cmi_days_from_civil(LAST_EXPANDED, 1, 1) * 86400;
    int64_t floor = cmi_days_from_civil(1800, 1, 1) * 86400;
    /* No change at all: the rule holds from the start; begin where clocks were not yet set by law.
     */
    if (last == INT64_MIN && !tz->rule.has_dst) tz->first = tz->rule.standard;
    if (last < floor) last = floor;
    if (last > FAR_AWAY) tz->rule.given = false; /* it would begin behind all time */
    if (last >= stop) return CM_OK;
    cmi_tz_span span = cmi_tz_rule_span(&tz->rule, last);
    if (!add_change(tz, capacity, last, span.offset)) return cmi_no_memory(tz->ctx, err);
    while (span.end < stop) {
        span = cmi_tz_rule_span(&tz->rule, span.end);
        if (!add_change(tz, capacity, span.begin, span.offset)) return cmi_no_memory(tz->ctx, err);
    }
    return CM_OK;
}

/* "\n" text "\n"; an empty text says that nothing is known of the time behind the table. */
static cm_status read_footer(cmi_tz *tz, const uint8_t *p, size_t size, int64_t last,
                             int64_t *capacity, cm_error *err)
{
    if (size < 2 || p[0] != '\n') return fail_file(tz, "no footer", err);
    const uint8_t *end = memchr(p + 1, '\n', size - 1);
    if (!end) return fail_file(tz, "the footer does not end", err);
    size_t n = (size_t)(end - (p + 1));
    if (n == 0) return CM_OK;
    if (!cmi_tz_rule_parse((const char *)p + 1, n, &tz->rule))
        return fail_file(tz, "its footer is no POSIX time zone", err);
    return expand_rule(tz, last, capacity, err);
}

cm_status cmi_tz_parse(cmi_tz *tz, const uint8_t *bytes, size_t size, cm_error *err)
{
    header h;
    size_t width = 4;
    if (!read_header(bytes, size, &h)) return fail_file(tz, "it does not begin with TZif", err);
    if (h.version >= '2') {
        uint64_t skip = HEADER_SIZE + measure_block(&h, 4);
        if (skip > size || !read_header(bytes + skip, size - (size_t)skip, &h) || h.version < '2')
            return fail_file(tz, "the second block is missing", err);
        bytes += skip;
        size -= (size_t)skip;
        width = 8;
    }
    uint64_t block = measure_block(&h, width);
    if (block > size - HEADER_SIZE) return fail_file(tz, "it is cut short", err);
    int64_t capacity = 0, last = INT64_MIN;
    cm_status s = read_block(tz, bytes + HEADER_SIZE, &h, width, &capacity, &last, err);
    if (s || width == 4) return s;
    size_t used = HEADER_SIZE + (size_t)block;
    return read_footer(tz, bytes + used, size - used, last, &capacity, err);
}
