/* SPDX-License-Identifier: MIT
 *
 * The footer of a TZif file: a POSIX TZ text with the extensions of RFC 9636 (hours -167..167). */
#include "core/tz.h"

#define DAY_SECONDS 86400

typedef struct cursor {
    const char *p, *end;
} cursor;

static bool at_char(cursor *c, char wanted)
{
    if (c->p == c->end || *c->p != wanted) return false;
    c->p++;
    return true;
}

static bool take_number(cursor *c, int32_t max, int32_t *out)
{
    int32_t v = 0;
    const char *start = c->p;
    for (; c->p < c->end && *c->p >= '0' && *c->p <= '9'; c->p++) {
        v = v * 10 + (*c->p - '0');
        if (v > max) return false;
    }
    *out = v;
    return c->p > start;
}

static bool is_letter(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z');
}

/* "CET" or "<+0330>"; the abbreviation itself is of no use here. */
static bool skip_name(cursor *c)
{
    const char *start = c->p;
    if (at_char(c, '<')) {
        while (c->p < c->end && *c->p != '>') c->p++;
        return c->p - start > 1 && at_char(c, '>');
    }
    while (c->p < c->end && is_letter(*c->p)) c->p++;
    return c->p - start >= 3;
}

/* [+-]hh[:mm[:ss]] */
static bool take_time(cursor *c, int32_t max_hours, int32_t *seconds)
{
    bool negative = at_char(c, '-');
    if (!negative) (void)at_char(c, '+');
    int32_t h, m = 0, s = 0;
    if (!take_number(c, max_hours, &h)) return false;
    if (at_char(c, ':') && !take_number(c, 59, &m)) return false;
    if (c->p[-1] != ':' && at_char(c, ':') && !take_number(c, 59, &s)) return false;
    *seconds = h * 3600 + m * 60 + s;
    if (negative) *seconds = -*seconds;
    return true;
}

static bool take_change(cursor *c, cmi_tz_change *out)
{
    *out = (cmi_tz_change){ .kind = '0', .time = 2 * 3600 };
    if (at_char(c, 'M')) {
        out->kind = 'M';
        if (!take_number(c, 12, &out->month) || out->month < 1 || !at_char(c, '.')) return false;
        if (!take_number(c, 5, &out->week) || out->week < 1 || !at_char(c, '.')) return false;
        if (!take_number(c, 6, &out->day)) return false;
    } else if (at_char(c, 'J')) {
        out->kind = 'J';
        if (!take_number(c, 365, &out->day) || out->day < 1) return false;
    } else if (!take_number(c, 365, &out->day)) {
        return false;
    }
    return !at_char(c, '/') || take_time(c, 167, &out->time);
}

bool cmi_tz_rule_parse(const char *p, size_t n, cmi_tz_rule *out)
{
    cursor c = { p, p + n };
    cmi_tz_rule r = { .given = true };
    if (!skip_name(&c) || !take_time(&c, 24, &r.standard)) return false;
    r.standard = -r.standard; /* POSIX counts west of Greenwich */
    r.daylight = r.standard + 3600;
    if (c.p < c.end) {
        r.has_dst = true;
        if (!skip_name(&c)) return false;
        if (c.p < c.end && *c.p != ',') {
            if (!take_time(&c, 24, &r.daylight)) return false;
            r.daylight = -r.daylight;
        }
        if (!at_char(&c, ',') || !take_change(&c, &r.start)) return false;
        if (!at_char(&c, ',') || !take_change(&c, &r.end)) return false;
    }
    if (c.p != c.end) return false;
    *out = r;
    return true;
}

static int64_t find_day(const cmi_tz_change *c, int64_t year)
{
    int64_t new_year = cmi_days_from_civil(year, 1, 1);
    bool leap = cmi_days_in_month(year, 2) == 29;
    if (c->kind == 'J') return new_year + c->day - 1 + (leap && c->day >= 60);
    if (c->kind == '0') return new_year + c->day;
    int64_t first = cmi_days_from_civil(year, c->month, 1);
    int32_t sunday_based = (cmi_weekday(first) + 1) % 7;
    int32_t day = (c->day - sunday_based + 7) % 7 + (c->week - 1) * 7;
    if (day >= cmi_days_in_month(year, c->month)) day -= 7; /* week 5 is the last */
    return first + day;
}

/* Instants of both changes of a year; each is told in the local time that it ends. */
static int64_t find_start(const cmi_tz_rule *r, int64_t year)
{
    return find_day(&r->start, year) * DAY_SECONDS + r->start.time - r->standard;
}

static int64_t find_end(const cmi_tz_rule *r, int64_t year)
{
    return find_day(&r->end, year) * DAY_SECONDS + r->end.time - r->daylight;
}

/* Times of up to a week before or after midnight may carry a change into a neighbouring year, so
 * the years around are looked at too. Where an end meets the next start ("DST all year"), DST goes
 * on. */
cmi_tz_span cmi_tz_rule_span(const cmi_tz_rule *r, int64_t seconds)
{
    cmi_tz_span span = { INT64_MIN, INT64_MAX, r->standard };
    if (!r->has_dst) return span;
    int64_t year;
    int32_t m, d;
    cmi_civil_from_days(cmi_floor_div(seconds, DAY_SECONDS), &year, &m, &d);
    for (int64_t y = year - 2; y <= year + 2; y++) {
        int64_t end = find_end(r, y), start = find_start(r, y);
        if (end <= seconds && end > span.begin) {
            span.begin = end;
            span.offset = r->standard;
        }
        if (start <= seconds && start >= span.begin) {
            span.begin = start;
            span.offset = r->daylight;
        }
        if (end > seconds && end < span.end) span.end = end;
        if (start > seconds && start < span.end) span.end = start;
    }
    return span;
}
