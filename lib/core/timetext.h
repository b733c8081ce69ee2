/* SPDX-License-Identifier: MIT */
#ifndef CMI_CORE_TIMETEXT_H
#define CMI_CORE_TIMETEXT_H

#include "core/calendar.h"

/* Between timetext.c and timeformat.c: the fields that a text gave, and what they come to. */
typedef struct cmi_time_fields {
    int64_t year;
    int32_t month, day;
    int32_t hour, minute, second, micro;
    bool has_time, has_zone;
    int32_t offset; /* seconds east of UTC */
} cmi_time_fields;

/* Checks the ranges (second 60 and 24:00:00 roll over) and fills kind and value. */
bool cmi_time_assemble(const cmi_time_fields *f, int32_t *kind, int64_t *value);
/* "Z", "UTC", "GMT", "+hh", "+hhmm", "+hh:mm", "+hh:mm:ss"; returns the length, 0: none there. */
size_t cmi_zone_read(const char *p, size_t n, int32_t *offset);
/* 1 to `most` digits of a fraction of a second, read to microseconds; returns the length, 0: none.
 */
size_t cmi_fraction_read(const char *p, size_t n, size_t most, int32_t *micro);

#endif
