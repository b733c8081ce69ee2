/* SPDX-License-Identifier: MIT */
#ifndef CMI_CORE_TZ_H
#define CMI_CORE_TZ_H

#include "core/calendar.h"

/* Between tz.c (look-up), tz_file.c (bytes of a TZif file), tz_rule.c (footer) and tz_load.c. */

/* "Mm.w.d/time", "Jn/time", "n/time" of POSIX TZ, time from -167 to 167 hours. */
typedef struct cmi_tz_change {
    char kind; /* 'M', 'J' or '0' */
    int32_t month, week, day;
    int32_t time; /* seconds after local midnight */
} cmi_tz_change;

typedef struct cmi_tz_rule {
    bool given; /* false: the last offset of the table holds for ever */
    bool has_dst;
    int32_t standard, daylight; /* seconds east of UTC */
    cmi_tz_change start, end;
} cmi_tz_rule;

/* The stretch of time around an instant in which the offset does not change. Seconds since 1970. */
typedef struct cmi_tz_span {
    int64_t begin, end; /* INT64_MIN and INT64_MAX where there is no change */
    int32_t offset;
} cmi_tz_span;

#define CMI_TZ_MAX_OFFSET 93599 /* 25:59:59, RFC 9636; west -24:59:59 lies within */

struct cmi_tz {
    cm_context *ctx;
    int32_t refs;     /* atomic */
    int32_t first;    /* offset before the first change */
    int64_t n;        /* changes */
    int64_t *at;      /* seconds since 1970, ascending */
    int32_t *offset;  /* from that change on */
    cmi_tz_rule rule; /* from the last change on */
    char name[256];
    char version[32];
};

/* Reads "CET-1CEST,M3.5.0,M10.5.0/3"; false: not one. */
bool cmi_tz_rule_parse(const char *p, size_t n, cmi_tz_rule *out);
cmi_tz_span cmi_tz_rule_span(const cmi_tz_rule *rule, int64_t seconds);

/* Fills first, n, at, offset, rule of a cleared zone. Errors: CM_ERR_FORMAT, CM_ERR_UNSUPPORTED
 * (leap seconds), CM_ERR_MEMORY. Never reads outside the bytes. */
cm_status cmi_tz_parse(cmi_tz *tz, const uint8_t *bytes, size_t size, cm_error *err);
/* A zone from the bytes of a file; for tests and fuzzing too. */
cm_status cmi_tz_from_bytes(cm_context *ctx, const char *name, const void *bytes, size_t size,
                            cmi_tz **out, cm_error *err);

#endif
