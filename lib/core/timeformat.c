/* SPDX-License-Identifier: MIT
 *
 * A strptime that knows no locale. It reads one field after the other into one struct. */
#include "core/timetext.h"

#include <string.h>

typedef struct reading {
    const char *p, *end;
    cmi_time_fields f;
    int32_t day_of_year; /* %j; 0: not given */
    int32_t half;        /* %p: 0 not given, 1 AM, 2 PM */
    bool has_epoch;      /* %s */
    int64_t epoch;
} reading;

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static void skip_blanks(reading *r)
{
    while (r->p < r->end && is_blank(*r->p)) r->p++;
}

static bool take_digits(reading *r, int most, int32_t *out)
{
    int32_t v = 0;
    const char *start = r->p;
    while (r->p < r->end && r->p - start < most && is_digit(*r->p)) v = v * 10 + (*r->p++ - '0');
    *out = v;
    return r->p > start;
}

static bool take_in(reading *r, int most, int32_t least, int32_t greatest, int32_t *out)
{
    return take_digits(r, most, out) && *out >= least && *out <= greatest;
}

static bool take_word(reading *r, const char *word, size_t n)
{
    if ((size_t)(r->end - r->p) < n) return false;
    for (size_t i = 0; i < n; i++)
        if (lower(r->p[i]) != word[i]) return false;
    r->p += n;
    return true;
}

/* The full English name or its first three letters. */
static bool take_month(reading *r)
{
    static const char *const names[12] = { "january",   "february", "march",    "april",
                                           "may",       "june",     "july",     "august",
                                           "september", "october",  "november", "december" };
    for (int32_t i = 0; i < 12; i++) {
        if (!take_word(r, names[i], strlen(names[i])) && !take_word(r, names[i], 3)) continue;
        r->f.month = i + 1;
        return true;
    }
    return false;
}

static bool take_half(reading *r)
{
    r->half = take_word(r, "am", 2) ? 1 : take_word(r, "pm", 2) ? 2 : 0;
    return r->half != 0;
}

static bool take_fraction(reading *r)
{
    size_t n = cmi_fraction_read(r->p, (size_t)(r->end - r->p), 9, &r->f.micro);
    r->p += n;
    r->f.has_time = true;
    return n > 0;
}

static bool take_zone(reading *r, bool names_only)
{
    bool sign = r->p < r->end && (*r->p == '+' || *r->p == '-');
    if (names_only && sign) return false;
    size_t n = cmi_zone_read(r->p, (size_t)(r->end - r->p), &r->f.offset);
    r->p += n;
    r->f.has_zone = true;
    return n > 0;
}

static bool take_epoch(reading *r)
{
    bool negative = r->p < r->end && *r->p == '-';
    r->p += negative;
    const char *start = r->p;
    int64_t v = 0;
    while (r->p < r->end && r->p - start < 13 && is_digit(*r->p)) v = v * 10 + (*r->p++ - '0');
    r->epoch = negative ? -v : v;
    r->has_epoch = true;
    return r->p > start && v < INT64_C(1000000000000);
}

static bool take_short_year(reading *r)
{
    int32_t y;
    if (!take_in(r, 2, 0, 99, &y)) return false;
    r->f.year = y + (y < 69 ? 2000 : 1900);
    return true;
}

static bool take_year(reading *r)
{
    int32_t y;
    if (!take_in(r, 4, 1, 9999, &y)) return false;
    r->f.year = y;
    return true;
}

static bool take_time_field(reading *r, char field)
{
    r->f.has_time = true;
    switch (field) {
    case 'H':
        return take_in(r, 2, 0, 23, &r->f.hour);
    case 'I':
        return take_in(r, 2, 1, 12, &r->f.hour);
    case 'M':
        return take_in(r, 2, 0, 59, &r->f.minute);
    default:
        return take_in(r, 2, 0, 60, &r->f.second);
    }
}

static bool read_format(reading *r, const char *format);

static bool take_field(reading *r, char field)
{
    switch (field) {
    case 'Y':
        return take_year(r);
    case 'y':
        return take_short_year(r);
    case 'm':
        return take_in(r, 2, 1, 12, &r->f.month);
    case 'e':
        skip_blanks(r);
        return take_in(r, 2, 1, 31, &r->f.day);
    case 'd':
        return take_in(r, 2, 1, 31, &r->f.day);
    case 'j':
        return take_in(r, 3, 1, 366, &r->day_of_year);
    case 'b':
    case 'B':
        return take_month(r);
    case 'H':
    case 'I':
    case 'M':
    case 'S':
        return take_time_field(r, field);
    case 'f':
        return take_fraction(r);
    case 'p':
        return take_half(r);
    case 'z':
        return take_zone(r, false);
    case 'Z':
        return take_zone(r, true);
    case 's':
        return take_epoch(r);
    case 'T':
        return read_format(r, "%H:%M:%S");
    case 'F':
        return read_format(r, "%Y-%m-%d");
    case 'D':
        return read_format(r, "%m/%d/%y");
    case '%':
        return r->p < r->end && *r->p++ == '%';
    default:
        return false;
    }
}

static bool read_format(reading *r, const char *format)
{
    for (; *format; format++) {
        if (*format == '%') {
            if (!*++format || !take_field(r, *format)) return false;
        } else if (is_blank(*format)) {
            skip_blanks(r);
        } else if (r->p == r->end || *r->p++ != *format) {
            return false;
        }
    }
    return true;
}

bool cmi_time_parse_format(const char *p, size_t n, const char *format, int32_t *kind,
                           int64_t *value)
{
    reading r = { .p = p, .end = p + n };
    if (!read_format(&r, format) || r.p != r.end) return false;
    if (r.has_epoch) {
        int64_t us = r.epoch * CMI_SECOND + r.f.micro;
        if (us < CMI_TIME_MIN || us >= CMI_TIME_MAX) return false;
        *kind = 2;
        *value = us;
        return true;
    }
    if (r.half) r.f.hour = r.f.hour % 12 + (r.half == 2 ? 12 : 0);
    if (r.day_of_year) {
        int64_t y, days = cmi_days_from_civil(r.f.year, 1, 1) + r.day_of_year - 1;
        cmi_civil_from_days(days, &y, &r.f.month, &r.f.day);
        if (y != r.f.year) return false;
    }
    /* A zone says nothing about a date alone. */
    if (!r.f.has_time) r.f.has_zone = false;
    return cmi_time_assemble(&r.f, kind, value);
}

/* Marks the fields that a format has; false: an unknown one. */
static bool list_fields(const char *format, bool has[256])
{
    for (; *format; format++) {
        if (*format != '%') continue;
        format++;
        if (!*format || !strchr("YymdHIMSfpbBzZTFDejs%", *format)) return false;
        has[(unsigned char)*format] = true;
    }
    return true;
}

bool cmi_time_format_valid(const char *format)
{
    bool has[256] = { false };
    if (!format || !list_fields(format, has)) return false;
    if (has['I'] != has['p'] || (has['I'] && has['H'])) return false;
    bool year = has['Y'] || has['y'], month = has['m'] || has['b'] || has['B'];
    bool day = has['d'] || has['e'];
    return has['s'] || has['F'] || has['D'] || (year && ((month && day) || has['j']));
}
