/* SPDX-License-Identifier: MIT */
#include "core/timetext.h"

#include <stdio.h>
#include <string.h>

/* ---- fields ---- */

bool cmi_time_assemble(const cmi_time_fields *f, int32_t *kind, int64_t *value)
{
    if (f->year < 1 || f->year > 9999 || f->month < 1 || f->month > 12 || f->day < 1) return false;
    if (f->day > 28 && f->day > cmi_days_in_month(f->year, f->month)) return false;
    int64_t days = cmi_days_from_civil(f->year, f->month, f->day);
    if (!f->has_time) {
        *kind = 0;
        *value = days;
        return true;
    }
    bool end_of_day = f->hour == 24 && f->minute == 0 && f->second == 0 && f->micro == 0;
    if ((f->hour > 23 && !end_of_day) || f->minute > 59 || f->second > 60) return false;
    int64_t seconds = f->hour * 3600 + f->minute * 60 + f->second - f->offset;
    int64_t us = days * CMI_DAY + seconds * CMI_SECOND + f->micro;
    if (us < CMI_TIME_MIN || us >= CMI_TIME_MAX) return false;
    *kind = f->has_zone ? 2 : 1;
    *value = us;
    return true;
}

static int digit_at(const char *p, size_t i)
{
    return (unsigned char)p[i] - '0';
}

static bool is_digit(const char *p, size_t i)
{
    return digit_at(p, i) >= 0 && digit_at(p, i) <= 9;
}

static bool read_two(const char *p, int32_t *out)
{
    if (!is_digit(p, 0) || !is_digit(p, 1)) return false;
    *out = digit_at(p, 0) * 10 + digit_at(p, 1);
    return true;
}

size_t cmi_fraction_read(const char *p, size_t n, size_t most, int32_t *micro)
{
    int32_t v = 0, scale = 100000;
    size_t i = 0;
    for (; i < n && i < most && is_digit(p, i); i++, scale /= 10) v += digit_at(p, i) * scale;
    *micro = v;
    return i;
}

size_t cmi_zone_read(const char *p, size_t n, int32_t *offset)
{
    *offset = 0;
    if (n >= 1 && (p[0] == 'Z' || p[0] == 'z')) return 1;
    if (n >= 3 && (memcmp(p, "UTC", 3) == 0 || memcmp(p, "GMT", 3) == 0)) return 3;
    int32_t h, m = 0, s = 0;
    if (n < 3 || (p[0] != '+' && p[0] != '-') || !read_two(p + 1, &h)) return 0;
    size_t used = 3;
    if (n >= 6 && p[3] == ':' && read_two(p + 4, &m))
        used = 6;
    else if (n >= 5 && read_two(p + 3, &m))
        used = 5;
    if (used == 6 && n >= 9 && p[6] == ':' && read_two(p + 7, &s)) used = 9;
    if (h > 23 || m > 59 || s > 59) return 0;
    *offset = (h * 3600 + m * 60 + s) * (p[0] == '-' ? -1 : 1);
    return used;
}

/* ---- ISO 8601 ---- */

/* "2024-03-31" or "20240331"; returns the length. */
static size_t read_date(const char *p, size_t n, cmi_time_fields *f)
{
    int32_t century, year;
    if (n < 8 || !read_two(p, &century) || !read_two(p + 2, &year)) return 0;
    f->year = century * 100 + year;
    if (p[4] == '-' && n >= 10)
        return read_two(p + 5, &f->month) && p[7] == '-' && read_two(p + 8, &f->day) ? 10 : 0;
    return read_two(p + 4, &f->month) && read_two(p + 6, &f->day) ? 8 : 0;
}

/* "hh:mm", "hh:mm:ss", "hh:mm:ss.ffffff", or without colons; returns the length. */
static size_t read_clock(const char *p, size_t n, cmi_time_fields *f)
{
    if (n < 4 || !read_two(p, &f->hour)) return 0;
    size_t colon = p[2] == ':', at = 2 + colon;
    if (n < at + 2 || !read_two(p + at, &f->minute)) return 0;
    at += 2;
    if (colon ? n <= at || p[at] != ':' : n <= at || !is_digit(p, at)) return at;
    at += colon;
    if (n < at + 2 || !read_two(p + at, &f->second)) return 0;
    at += 2;
    if (at < n && (p[at] == '.' || p[at] == ',')) {
        size_t digits = cmi_fraction_read(p + at + 1, n - at - 1, n, &f->micro);
        if (digits == 0) return 0;
        at += 1 + digits;
    }
    return at;
}

bool cmi_time_parse(const char *p, size_t n, int32_t *kind, int64_t *value)
{
    cmi_time_fields f = { .has_time = false };
    size_t at = read_date(p, n, &f);
    if (at == 0) return false;
    if (at < n) {
        if (p[at] != 'T' && p[at] != ' ' && p[at] != 't') return false;
        at++;
        size_t used = read_clock(p + at, n - at, &f);
        if (used == 0) return false;
        f.has_time = true;
        at += used;
    }
    if (at < n) {
        at += p[at] == ' ';
        size_t used = cmi_zone_read(p + at, n - at, &f.offset);
        f.has_zone = true;
        if (used == 0 || at + used != n) return false;
    }
    return cmi_time_assemble(&f, kind, value);
}

/* ---- printing ---- */

void cmi_date_print(int64_t days, char *text, size_t capacity)
{
    int64_t y;
    int32_t m, d;
    cmi_civil_from_days(days, &y, &m, &d);
    const char *sign = y < 0 ? "-" : "";
    snprintf(text, capacity, "%s%04lld-%02d-%02d", sign, (long long)(y < 0 ? -y : y), (int)m,
             (int)d);
}

static void print_offset(int32_t offset, char *text, size_t capacity)
{
    int o = offset < 0 ? -offset : offset;
    char sign = offset < 0 ? '-' : '+';
    if (o % 60)
        snprintf(text, capacity, "%c%02d:%02d:%02d", sign, o / 3600, o / 60 % 60, o % 60);
    else
        snprintf(text, capacity, "%c%02d:%02d", sign, o / 3600, o / 60 % 60);
}

void cmi_time_print(const cmi_tz *tz, int64_t us, char *text, size_t capacity)
{
    char date[40], zone[16], micro[16] = "";
    if (us < INT64_MIN / 2 ||
        us > INT64_MAX / 2) { /* null, or so far that the local time overflows */
        if (capacity) text[0] = '\0';
        return;
    }
    int32_t offset = cmi_tz_offset(tz, us);
    int64_t local = us + offset * CMI_SECOND, day = cmi_floor_div(local, CMI_DAY);
    int64_t rest = local - day * CMI_DAY;
    int second = (int)(rest / CMI_SECOND);
    cmi_date_print(day, date, sizeof date);
    print_offset(offset, zone, sizeof zone);
    if (strcmp(cmi_tz_name(tz), "UTC") == 0) memcpy(zone, "Z", 2);
    if (rest % CMI_SECOND) snprintf(micro, sizeof micro, ".%06d", (int)(rest % CMI_SECOND));
    snprintf(text, capacity, "%sT%02d:%02d:%02d%s%s", date, second / 3600, second / 60 % 60,
             second % 60, micro, zone);
}
