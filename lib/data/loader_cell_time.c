/* SPDX-License-Identifier: MIT */
/* Cells as instants, local dates and text. */
#include <string.h>

#include "core/calendar.h"
#include "data/add.h"

/* A local wall clock of the day in the cache. Days without a change of the clock, almost all, need
 * no look at the zone. */
static int64_t get_instant(const cmi_cell_reader *r, int64_t local)
{
    if (r->day.even) return local + r->day.shift;
    return cmi_tz_from_local(r->loader->tz, local);
}

static bool open_day(cmi_cell_reader *r, const char *p)
{
    int32_t kind;
    int64_t day;
    cmi_day_cache *c = &r->day;
    c->known = false;
    if (!cmi_time_parse(p, 10, &kind, &day) || kind != 0) return false;
    c->local = day * CMI_DAY;
    const cmi_tz *tz = r->loader->tz;
    int64_t first = cmi_tz_from_local(tz, c->local),
            last = cmi_tz_from_local(tz, c->local + CMI_DAY);
    c->shift = first - c->local;
    c->even = last - first == CMI_DAY && cmi_tz_offset(tz, first) == cmi_tz_offset(tz, last) &&
              cmi_tz_offset(tz, first + CMI_DAY / 2) == cmi_tz_offset(tz, first);
    memcpy(c->text, p, sizeof c->text);
    c->known = true;
    return true;
}

static int64_t read_two(const char *p)
{
    unsigned a = (unsigned)(p[0] - '0'), b = (unsigned)(p[1] - '0');
    return a <= 9 && b <= 9 ? (int64_t)(a * 10 + b) : 99;
}

/* 2024-01-31 10:20:30, what most logs have; the date is looked up, as neighbours often share it. */
static bool read_plain(cmi_cell_reader *r, const char *p, int64_t n, int64_t *out)
{
    if (n != 19 || (p[10] != ' ' && p[10] != 'T') || p[13] != ':' || p[16] != ':') return false;
    int64_t hour = read_two(p + 11), minute = read_two(p + 14), second = read_two(p + 17);
    if (hour > 23 || minute > 59 || second > 59) return false;
    if (!r->day.known || memcmp(p, r->day.text, 10) != 0) {
        if (p[4] != '-' || p[7] != '-' || !open_day(r, p)) return false;
    }
    *out =
        get_instant(r, r->day.local + hour * CMI_HOUR + minute * CMI_MINUTE + second * CMI_SECOND);
    return true;
}

static bool in_range(int64_t us)
{
    return us >= CMI_TIME_MIN && us < CMI_TIME_MAX;
}

static bool is_day(int64_t days)
{
    return days >= CMI_TIME_MIN / CMI_DAY && days < CMI_TIME_MAX / CMI_DAY;
}

static cmi_cell settle(int64_t us, int64_t *out)
{
    if (!in_range(us)) return CMI_CELL_RANGE;
    *out = us;
    return CMI_CELL_OK;
}

/* Text, and whole numbers as their text: 20240131. Empty text is null. */
static cmi_cell read_text(cmi_cell_reader *r, int64_t row, int32_t *kind, int64_t *value)
{
    char buffer[80];
    int32_t n;
    const char *p = cmi_cell_text(r->loader, r->source, row, buffer, &n);
    while (n > 0 && (*p == ' ' || *p == '\t')) p++, n--;
    while (n > 0 && (p[n - 1] == ' ' || p[n - 1] == '\t')) n--;
    if (n <= 0) return CMI_CELL_NULL;
    return cmi_time_read(r->target, p, (size_t)n, kind, value) ? CMI_CELL_OK : CMI_CELL_BAD;
}

cmi_cell cmi_cell_time(cmi_cell_reader *r, int64_t row, int64_t *out)
{
    const cmi_source_column *s = r->source;
    const cmi_tz *tz = r->loader->tz;
    int32_t kind;
    int64_t value;
    switch (s->kind) {
    case CMI_SOURCE_INSTANT:
        return settle(s->i64[row], out);
    case CMI_SOURCE_LOCAL:
        if (!in_range(s->i64[row])) return CMI_CELL_RANGE;
        return settle(cmi_tz_from_local(tz, s->i64[row]), out);
    case CMI_SOURCE_DATE:
        if (!is_day(s->i64[row])) return CMI_CELL_RANGE;
        return settle(cmi_tz_midnight(tz, s->i64[row]), out);
    case CMI_SOURCE_TEXT:
    case CMI_SOURCE_I64:
        break;
    default:
        return CMI_CELL_BAD;
    }
    const cmi_target *t = r->target;
    if (s->kind == CMI_SOURCE_TEXT && !t->format && t->layout == CMI_LAYOUT_ISO &&
        read_plain(r, s->text[row], s->length[row], &value))
        return settle(value, out);
    cmi_cell c = read_text(r, row, &kind, &value);
    if (c != CMI_CELL_OK) return c;
    if (kind == 0) value = cmi_tz_midnight(tz, value);
    if (kind == 1) value = cmi_tz_from_local(tz, value);
    return settle(value, out);
}

int64_t cmi_cells_plain_time(cmi_cell_reader *r, int64_t row, int64_t n_rows, int64_t *out)
{
    const cmi_source_column *s = r->source;
    if (r->target->format || r->target->layout != CMI_LAYOUT_ISO) return row;
    while (row < n_rows && read_plain(r, s->text[row], s->length[row], &out[row]) &&
           in_range(out[row]))
        row++;
    return row;
}

cmi_cell cmi_cell_date(cmi_cell_reader *r, int64_t row, int64_t *out)
{
    const cmi_source_column *s = r->source;
    int32_t kind = 0;
    int64_t value = 0;
    switch (s->kind) {
    case CMI_SOURCE_INSTANT:
        kind = 2;
        break;
    case CMI_SOURCE_LOCAL:
        kind = 1;
        break;
    case CMI_SOURCE_DATE:
        break;
    case CMI_SOURCE_TEXT:
    case CMI_SOURCE_I64: {
        cmi_cell c = read_text(r, row, &kind, &value);
        if (c != CMI_CELL_OK) return c;
        break;
    }
    default:
        return CMI_CELL_BAD;
    }
    if (s->kind != CMI_SOURCE_TEXT && s->kind != CMI_SOURCE_I64) value = s->i64[row];
    if (kind == 0 ? !is_day(value) : !in_range(value)) return CMI_CELL_RANGE;
    if (kind == 1) value = cmi_floor_div(value, CMI_DAY);
    if (kind == 2) value = cmi_tz_local_day(r->loader->tz, value);
    *out = value;
    return CMI_CELL_OK;
}

/* ---- text ---- */

static int32_t print_local(int64_t local, char *buffer)
{
    int64_t day = cmi_floor_div(local, CMI_DAY), us = local - day * CMI_DAY;
    cmi_date_print(day, buffer, 40);
    size_t n = strlen(buffer);
    const int64_t part[3] = { us / CMI_HOUR, us / CMI_MINUTE % 60, us / CMI_SECOND % 60 };
    for (int i = 0; i < 3; i++) {
        buffer[n++] = i ? ':' : 'T';
        buffer[n++] = (char)('0' + part[i] / 10);
        buffer[n++] = (char)('0' + part[i] % 10);
    }
    int64_t fraction = us % CMI_SECOND;
    if (fraction) buffer[n++] = '.';
    for (int64_t unit = CMI_SECOND / 10; fraction; unit /= 10) {
        buffer[n++] = (char)('0' + fraction / unit);
        fraction %= unit;
    }
    buffer[n] = '\0';
    return (int32_t)n;
}

/* What lies outside the calendar is shown as its number. */
static int32_t print_time(const cm_loader *loader, cmi_source_kind kind, int64_t value,
                          char *buffer)
{
    if (kind == CMI_SOURCE_DATE ? !is_day(value) : !in_range(value))
        return cmi_print_i128(value, 0, buffer);
    if (kind == CMI_SOURCE_LOCAL) return print_local(value, buffer);
    if (kind == CMI_SOURCE_DATE)
        cmi_date_print(value, buffer, 80);
    else
        cmi_time_print(loader->tz, value, buffer, 80);
    return (int32_t)strlen(buffer);
}

const char *cmi_cell_text(const cm_loader *loader, const cmi_source_column *s, int64_t row,
                          char buffer[80], int32_t *length)
{
    *length = -1;
    if (s->kind == CMI_SOURCE_TEXT) {
        *length = s->length[row];
        return s->text[row];
    }
    if (s->kind == CMI_SOURCE_NULL || (s->validity && !s->validity[row])) return "";
    switch (s->kind) {
    case CMI_SOURCE_I64:
        *length = cmi_print_i128(s->i64[row], 0, buffer);
        break;
    case CMI_SOURCE_U64:
        *length = cmi_print_i128((uint64_t)s->i64[row], 0, buffer);
        break;
    case CMI_SOURCE_DECIMAL:
        *length = cmi_print_i128(s->decimal[row], s->scale, buffer);
        break;
    case CMI_SOURCE_F64:
        if (s->f64[row] == s->f64[row]) *length = cmi_f64_shortest(s->f64[row], buffer);
        break;
    case CMI_SOURCE_BOOL:
        memcpy(buffer, s->i64[row] ? "true\0" : "false", 6);
        *length = s->i64[row] ? 4 : 5;
        break;
    default:
        *length = print_time(loader, s->kind, s->i64[row], buffer);
        break;
    }
    return buffer;
}
