/* SPDX-License-Identifier: MIT */
#ifndef CMI_CORE_CALENDAR_H
#define CMI_CORE_CALENDAR_H

#include <custmetrics/cm_context.h>

#define CMI_SECOND   INT64_C(1000000)
#define CMI_MINUTE   (60 * CMI_SECOND)
#define CMI_HOUR     (3600 * CMI_SECOND)
#define CMI_DAY      (86400 * CMI_SECOND)
#define CMI_NULL     INT64_MIN                            /* null of every int64 column */
#define CMI_TIME_MIN (INT64_C(-62135596800) * CMI_SECOND) /* 0001-01-01T00:00:00Z */
#define CMI_TIME_MAX (INT64_C(253402300800) * CMI_SECOND) /* 10000-01-01T00:00:00Z, exclusive */

/* Proleptic Gregorian; days since 1970-01-01. */
int64_t cmi_days_from_civil(int64_t y, int32_t m, int32_t d);
void cmi_civil_from_days(int64_t days, int64_t *y, int32_t *m, int32_t *d);
int32_t cmi_days_in_month(int64_t y, int32_t m);
int32_t cmi_weekday(int64_t days);                    /* 0 Monday .. 6 Sunday */
int64_t cmi_add_months(int64_t days, int64_t months); /* day clamped to the month's end */
static inline int64_t cmi_floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

/* ---- zones: TZif v1-v3 files and their POSIX footer (RFC 8536/9636) ---- */
/* Immutable, reference-counted. NULL is UTC for every function but load. */
typedef struct cmi_tz cmi_tz;
/* "UTC" and fixed offsets "+05:30" need no file. CM_ERR_NOT_FOUND names the folders searched. Path
 * tricks ("../x", absolute) are refused. Searches the context's folder, else $TZDIR,
 * /usr/share/zoneinfo, /usr/lib/zoneinfo, /usr/share/lib/zoneinfo, /etc/zoneinfo. */
cm_status cmi_tz_load(cm_context *ctx, const char *name, cmi_tz **out, cm_error *err);
void cmi_tz_retain(cmi_tz *tz);
void cmi_tz_release(cmi_tz *tz);
const char *cmi_tz_name(const cmi_tz *tz);
/* "2026a" from the folder's tzdata.zi or +VERSION, else "unknown"; "builtin" for UTC. */
const char *cmi_tz_version(const cmi_tz *tz);
int32_t cmi_tz_offset(const cmi_tz *tz, int64_t us); /* seconds east of UTC at the instant */
/* Local wall clock (microseconds as if UTC) -> instant. In a gap: the instant that the clock would
 * show had it not jumped (moved forward by the gap). In an overlap: the earlier instant. */
int64_t cmi_tz_from_local(const cmi_tz *tz, int64_t local_us);
static inline int64_t cmi_tz_to_local(const cmi_tz *tz, int64_t us)
{
    return us + cmi_tz_offset(tz, us) * CMI_SECOND;
}
/* Days since 1970-01-01 of the local date. */
int64_t cmi_tz_local_day(const cmi_tz *tz, int64_t us);
/* First instant of the local date (its midnight, or the end of the gap that swallows it). */
int64_t cmi_tz_midnight(const cmi_tz *tz, int64_t day);

/* ---- durations ---- */
typedef enum cmi_unit {
    CMI_UNIT_SECOND = 1,
    CMI_UNIT_MINUTE,
    CMI_UNIT_HOUR,
    CMI_UNIT_DAY,
    CMI_UNIT_WEEK,
    CMI_UNIT_MONTH,
    CMI_UNIT_QUARTER,
    CMI_UNIT_YEAR
} cmi_unit;
typedef struct cmi_duration {
    int64_t n;
    cmi_unit unit;
} cmi_duration;
/* "30min" "24h" "7d" "4w" "3m" (months) "1y" "45s" and "day", "week", ... ; false: unreadable or
 * overflow. */
bool cmi_duration_parse(const char *text, cmi_duration *out);
void cmi_duration_format(cmi_duration d, char *text, size_t capacity);
/* Exact length for units up to week (day = 24 h); months, quarters, years: 30, 91, 365 days only
 * where a grid calls them elapsed. */
int64_t cmi_duration_us(cmi_duration d);
/* Instant + n durations: calendar months and years by the local date (clamped, local time kept),
 * days and weeks by local date too when `calendar`, else exact. */
int64_t cmi_time_add(const cmi_tz *tz, int64_t us, cmi_duration d, int64_t times, bool calendar);

/* ---- text to time ---- */
/* ISO 8601 date, or date and time with T or space, seconds and fraction optional (digits behind the
 * sixth are cut off), Z, UTC, GMT or offset optional; also YYYYMMDD and 24:00. kind: 0 date, 1
 * local date-time, 2 instant. Returns false if unreadable or outside years 1..9999. `value` is days
 * (kind 0), local microseconds (1), UTC microseconds (2). 23:59:60 is read as :59 + 1 s. */
bool cmi_time_parse(const char *p, size_t n, int32_t *kind, int64_t *value);
/* A format is valid if it knows all its fields and they make a date: %F, %D, %s, or a year with
 * month and day or with %j; %I only with %p and %p only with %I. %y: 69..99 are 1969..1999. Blanks
 * match any blanks. strptime subset: %Y %y %m %d %H %I %M %S %f %p %b %B %z %Z(UTC, GMT, Z) %T %F
 * %D %e %j %s %% ; locale-free. */
bool cmi_time_parse_format(const char *p, size_t n, const char *format, int32_t *kind,
                           int64_t *value);
bool cmi_time_format_valid(const char *format);
/* ISO 8601 with offset, in the zone; "Z" in UTC. */
void cmi_time_print(const cmi_tz *tz, int64_t us, char *text, size_t capacity);
void cmi_date_print(int64_t days, char *text, size_t capacity);

#endif
