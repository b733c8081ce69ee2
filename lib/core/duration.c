/* SPDX-License-Identifier: MIT */
#include "core/calendar.h"

#include <stdio.h>
#include <string.h>

typedef struct unit_name {
    const char *name; /* a plural s may follow the long ones */
    cmi_unit unit;
} unit_name;

static const unit_name names[] = {
    { "s", CMI_UNIT_SECOND },    { "sec", CMI_UNIT_SECOND },    { "second", CMI_UNIT_SECOND },
    { "min", CMI_UNIT_MINUTE },  { "minute", CMI_UNIT_MINUTE }, { "h", CMI_UNIT_HOUR },
    { "hour", CMI_UNIT_HOUR },   { "d", CMI_UNIT_DAY },         { "day", CMI_UNIT_DAY },
    { "w", CMI_UNIT_WEEK },      { "week", CMI_UNIT_WEEK },     { "m", CMI_UNIT_MONTH },
    { "month", CMI_UNIT_MONTH }, { "q", CMI_UNIT_QUARTER },     { "quarter", CMI_UNIT_QUARTER },
    { "y", CMI_UNIT_YEAR },      { "year", CMI_UNIT_YEAR },
};

static bool find_unit(const char *text, cmi_unit *unit)
{
    size_t n = strlen(text);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t m = strlen(names[i].name);
        bool plural = m > 3 || strcmp(names[i].name, "day") == 0;
        if (strncmp(text, names[i].name, m) != 0) continue;
        if (n != m && !(plural && n == m + 1 && text[m] == 's')) continue;
        *unit = names[i].unit;
        return true;
    }
    return false;
}

static int64_t unit_us(cmi_unit unit)
{
    switch (unit) {
    case CMI_UNIT_SECOND:
        return CMI_SECOND;
    case CMI_UNIT_MINUTE:
        return CMI_MINUTE;
    case CMI_UNIT_HOUR:
        return CMI_HOUR;
    case CMI_UNIT_DAY:
        return CMI_DAY;
    case CMI_UNIT_WEEK:
        return 7 * CMI_DAY;
    case CMI_UNIT_MONTH:
        return 30 * CMI_DAY;
    case CMI_UNIT_QUARTER:
        return 91 * CMI_DAY;
    case CMI_UNIT_YEAR:
        return 365 * CMI_DAY;
    }
    return 0;
}

bool cmi_duration_parse(const char *text, cmi_duration *out)
{
    cmi_duration d = { .n = 0 };
    const char *p = text;
    for (; p && *p >= '0' && *p <= '9'; p++)
        if (__builtin_mul_overflow(d.n, 10, &d.n) || __builtin_add_overflow(d.n, *p - '0', &d.n))
            return false;
    if (!p) return false;
    if (p == text)
        d.n = 1; /* "week" */
    else if (*p == ' ')
        p++;
    if (!find_unit(p, &d.unit) || (p == text && strlen(p) < 3)) return false;
    int64_t us;
    if (__builtin_mul_overflow(d.n, unit_us(d.unit), &us)) return false;
    *out = d;
    return true;
}

void cmi_duration_format(cmi_duration d, char *text, size_t capacity)
{
    static const char *const symbol[] = { "?", "s", "min", "h", "d", "w", "m", "q", "y" };
    size_t i = d.unit >= CMI_UNIT_SECOND && d.unit <= CMI_UNIT_YEAR ? (size_t)d.unit : 0;
    snprintf(text, capacity, "%lld%s", (long long)d.n, symbol[i]);
}

int64_t cmi_duration_us(cmi_duration d)
{
    int64_t us;
    if (__builtin_mul_overflow(d.n, unit_us(d.unit), &us))
        return d.n < 0 ? INT64_MIN + 1 : INT64_MAX;
    return us;
}

/* Sums beyond the years 1..9999 stop at their edge: nothing lies behind it. */
static int64_t clamp_time(int64_t us)
{
    return us < CMI_TIME_MIN ? CMI_TIME_MIN : us > CMI_TIME_MAX ? CMI_TIME_MAX : us;
}

static int64_t add_exact(int64_t us, cmi_duration d, int64_t times)
{
    int64_t each = unit_us(d.unit), sum;
    if (__builtin_mul_overflow(d.n, times, &sum) || __builtin_mul_overflow(sum, each, &sum) ||
        __builtin_add_overflow(us, sum, &sum))
        return (d.n < 0) == (times < 0) ? CMI_TIME_MAX : CMI_TIME_MIN;
    return clamp_time(sum);
}

/* Units of days (1, 7) or months (1, 3, 12) in a calendar unit. */
static int64_t count_parts(cmi_unit unit)
{
    switch (unit) {
    case CMI_UNIT_WEEK:
        return 7;
    case CMI_UNIT_QUARTER:
        return 3;
    case CMI_UNIT_YEAR:
        return 12;
    default:
        return 1;
    }
}

int64_t cmi_time_add(const cmi_tz *tz, int64_t us, cmi_duration d, int64_t times, bool calendar)
{
    bool by_day = d.unit == CMI_UNIT_DAY || d.unit == CMI_UNIT_WEEK;
    if (d.unit < CMI_UNIT_DAY || (by_day && !calendar)) return add_exact(us, d, times);
    const int64_t most = 4000000; /* days; more leaves the years 1..9999 from anywhere in them */
    int64_t n;
    bool forward = (d.n < 0) == (times < 0);
    if (__builtin_mul_overflow(d.n, times, &n) ||
        __builtin_mul_overflow(n, count_parts(d.unit), &n) || n > most || n < -most)
        return forward ? CMI_TIME_MAX : CMI_TIME_MIN;
    us = clamp_time(us);
    int64_t local = cmi_tz_to_local(tz, us), day = cmi_floor_div(local, CMI_DAY);
    int64_t moved = by_day ? day + n : cmi_add_months(day, n);
    if (moved > CMI_TIME_MAX / CMI_DAY + 1) return CMI_TIME_MAX;
    if (moved < CMI_TIME_MIN / CMI_DAY - 1) return CMI_TIME_MIN;
    return clamp_time(cmi_tz_from_local(tz, moved * CMI_DAY + (local - day * CMI_DAY)));
}
