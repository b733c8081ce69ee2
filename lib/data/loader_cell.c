/* SPDX-License-Identifier: MIT */
/* One cell of any source as the integer, double or text that its role keeps. */
#include <string.h>

#include "core/calendar.h"
#include "data/add.h"
#include "data/batch.h"

static bool is_null(const cmi_source_column *s, int64_t row)
{
    if (s->kind == CMI_SOURCE_NULL) return true;
    return s->validity && !s->validity[row];
}

/* Text without blanks around; false: null. */
static bool get_trimmed(const cmi_source_column *s, int64_t row, const char **text, int64_t *length)
{
    int64_t n = s->length[row];
    const char *p = s->text[row];
    while (n > 0 && (*p == ' ' || *p == '\t')) p++, n--;
    while (n > 0 && (p[n - 1] == ' ' || p[n - 1] == '\t')) n--;
    *text = p;
    *length = n;
    return n > 0;
}

/* ---- decimals ---- */

/* Up to 18 digits with at most `scale` behind the point: what almost every cell is. */
static bool read_plain(const char *p, int64_t n, int32_t scale, int64_t *out)
{
    bool negative = *p == '-';
    if (negative) p++, n--;
    if (n < 1 || n > 17) return false;
    int64_t value = 0, point = n;
    for (int64_t i = 0; i < n; i++) {
        unsigned digit = (unsigned)(p[i] - '0');
        if (digit <= 9) {
            value = value * 10 + digit;
        } else {
            if (p[i] != '.' || point != n) return false;
            point = i;
        }
    }
    int64_t n_fraction = point == n ? 0 : n - point - 1, n_digits = point + n_fraction;
    if (n_digits == 0 || n_fraction > scale || n_digits + scale - n_fraction > 18) return false;
    value *= cmi_pow10_i64[scale - n_fraction];
    *out = negative ? -value : value;
    return true;
}

/* A double that is a decimal of at most 15 digits at this scale: no other has so few (so it is the
 * shortest one, too). */
static bool scale_double(double v, int32_t scale, int64_t *out)
{
    double ten = (double)cmi_pow10_i64[scale], moved = v * ten;
    if (!(moved > -1e15 && moved < 1e15)) return false;
    int64_t whole = (int64_t)(moved < 0 ? moved - 0.5 : moved + 0.5);
    if ((double)whole / ten != v) return false;
    *out = whole;
    return true;
}

cmi_cell cmi_cell_decimal(const cmi_source_column *s, int64_t row, cmi_decimal *out)
{
    const char *p;
    int64_t n;
    char text[32];
    if (is_null(s, row)) return CMI_CELL_NULL;
    switch (s->kind) {
    case CMI_SOURCE_TEXT:
        if (!get_trimmed(s, row, &p, &n)) return CMI_CELL_NULL;
        return cmi_decimal_read(p, n, out) ? CMI_CELL_OK : CMI_CELL_BAD;
    case CMI_SOURCE_F64:
        if (s->f64[row] != s->f64[row]) return CMI_CELL_NULL;
        n = cmi_f64_shortest(s->f64[row], text);
        return cmi_decimal_read(text, n, out) ? CMI_CELL_OK : CMI_CELL_RANGE;
    case CMI_SOURCE_I64:
    case CMI_SOURCE_BOOL:
        *out = (cmi_decimal){ .value = s->i64[row] };
        return CMI_CELL_OK;
    case CMI_SOURCE_U64:
        *out = (cmi_decimal){ .value = (uint64_t)s->i64[row] };
        return CMI_CELL_OK;
    case CMI_SOURCE_DECIMAL:
        *out = (cmi_decimal){ .value = s->decimal[row], .exponent = -(int64_t)s->scale };
        return CMI_CELL_OK;
    default:
        return CMI_CELL_BAD;
    }
}

static cmi_cell read_scaled(cmi_cell_reader *r, int64_t row, int32_t scale, int64_t *out)
{
    const cmi_source_column *s = r->source;
    const char *p;
    int64_t n;
    if (s->kind == CMI_SOURCE_TEXT) {
        if (!get_trimmed(s, row, &p, &n)) return CMI_CELL_NULL;
        if (read_plain(p, n, scale, out)) return CMI_CELL_OK;
    }
    if (s->kind == CMI_SOURCE_F64 && !is_null(s, row) && scale_double(s->f64[row], scale, out))
        return CMI_CELL_OK;
    cmi_decimal d;
    bool rounded;
    cmi_cell c = cmi_cell_decimal(s, row, &d);
    if (c != CMI_CELL_OK) return c;
    if (!cmi_decimal_round(&d, scale, out, &rounded)) return CMI_CELL_RANGE;
    r->n_rounded += rounded;
    return CMI_CELL_OK;
}

static cmi_cell read_count(cmi_cell_reader *r, int64_t row, int64_t *out)
{
    int64_t before = r->n_rounded;
    cmi_cell c = read_scaled(r, row, 0, out);
    bool fraction = r->n_rounded != before;
    r->n_rounded = before;
    return c == CMI_CELL_OK && fraction ? CMI_CELL_BAD : c;
}

/* ---- words ---- */

static bool equals(const char *p, int64_t n, const char *word)
{
    int64_t i = 0;
    for (; i < n && word[i]; i++) {
        char c = p[i] >= 'A' && p[i] <= 'Z' ? (char)(p[i] + 32) : p[i];
        if (c != word[i]) return false;
    }
    return i == n && !word[i];
}

static cmi_cell read_bool(cmi_cell_reader *r, int64_t row, int64_t *out)
{
    static const char *const WORDS[2][5] = { { "false", "no", "f", "n", "0" },
                                             { "true", "yes", "t", "y", "1" } };
    const char *p;
    int64_t n;
    if (r->source->kind != CMI_SOURCE_TEXT) {
        cmi_cell c = read_count(r, row, out);
        return c == CMI_CELL_OK && *out != 0 && *out != 1 ? CMI_CELL_BAD : c;
    }
    if (!get_trimmed(r->source, row, &p, &n)) return CMI_CELL_NULL;
    for (int64_t v = 0; v < 2; v++) {
        for (int i = 0; i < 5; i++) {
            if (!equals(p, n, WORDS[v][i])) continue;
            *out = v;
            return CMI_CELL_OK;
        }
    }
    return CMI_CELL_BAD;
}

/* A duration's text with NUL, as the calendar reads it. */
static bool read_duration(const char *p, int64_t n, cmi_duration *out)
{
    char text[32];
    if (n >= (int64_t)sizeof text) return false;
    memcpy(text, p, (size_t)n);
    text[n] = '\0';
    return cmi_duration_parse(text, out);
}

/* 9:00, 09:00:30: a time of day, or hours and minutes that passed. */
static bool read_clock(const char *p, int64_t n, int64_t *out)
{
    int64_t part[3] = { 0 }, width = 0;
    int k = 0;
    for (int64_t i = 0; i < n; i++) {
        if (p[i] == ':' && width > 0 && k < 2) {
            k++;
            width = 0;
            continue;
        }
        if (p[i] < '0' || p[i] > '9' || ++width > (k ? 2 : 6)) return false;
        part[k] = part[k] * 10 + (p[i] - '0');
    }
    if (k == 0 || width != 2 || part[1] > 59 || part[2] > 59) return false;
    *out = (part[0] * 3600 + part[1] * 60 + part[2]) * CMI_SECOND;
    return true;
}

static cmi_cell read_seconds(cmi_cell_reader *r, int64_t row, int64_t *out)
{
    int64_t before = r->n_rounded, n;
    const char *p;
    cmi_cell c = read_scaled(r, row, 6, out);
    r->n_rounded = before; /* parts of a microsecond are no loss of money */
    if (c != CMI_CELL_BAD || r->source->kind != CMI_SOURCE_TEXT) return c;
    if (!get_trimmed(r->source, row, &p, &n)) return CMI_CELL_NULL;
    if (read_clock(p, n, out)) return CMI_CELL_OK;
    cmi_duration d;
    if (!read_duration(p, n, &d) || d.unit > CMI_UNIT_WEEK) return CMI_CELL_BAD;
    *out = cmi_duration_us(d);
    return CMI_CELL_OK;
}

enum { TERM_MONTHS, TERM_WEEKS, TERM_DAYS };

static bool read_term_word(const char *p, int64_t n, int64_t *out)
{
    static const struct word {
        const char *text;
        int64_t n, unit;
    } WORDS[] = {
        { "monthly", 1, TERM_MONTHS },    { "quarterly", 3, TERM_MONTHS },
        { "yearly", 12, TERM_MONTHS },    { "annual", 12, TERM_MONTHS },
        { "annually", 12, TERM_MONTHS },  { "weekly", 1, TERM_WEEKS },
        { "daily", 1, TERM_DAYS },        { "month", 1, TERM_MONTHS },
        { "quarter", 3, TERM_MONTHS },    { "year", 12, TERM_MONTHS },
        { "week", 1, TERM_WEEKS },        { "day", 1, TERM_DAYS },
        { "semiannual", 6, TERM_MONTHS },
    };
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
        if (!equals(p, n, WORDS[i].text)) continue;
        *out = WORDS[i].n * 4 + WORDS[i].unit;
        return true;
    }
    return false;
}

static cmi_cell pack_term(int64_t n, int64_t unit, int64_t *out)
{
    if (n < 1) return CMI_CELL_BAD;
    if (n > 1000000) return CMI_CELL_RANGE;
    *out = n * 4 + unit;
    return CMI_CELL_OK;
}

static cmi_cell read_term(cmi_cell_reader *r, int64_t row, int64_t *out)
{
    int64_t months, n;
    const char *p;
    cmi_cell c = read_count(r, row, &months);
    if (c == CMI_CELL_OK) return pack_term(months, TERM_MONTHS, out);
    if (c != CMI_CELL_BAD || r->source->kind != CMI_SOURCE_TEXT) return c;
    if (!get_trimmed(r->source, row, &p, &n)) return CMI_CELL_NULL;
    if (read_term_word(p, n, out)) return CMI_CELL_OK;
    cmi_duration d;
    if (!read_duration(p, n, &d)) return CMI_CELL_BAD;
    switch (d.unit) {
    case CMI_UNIT_DAY:
        return pack_term(d.n, TERM_DAYS, out);
    case CMI_UNIT_WEEK:
        return pack_term(d.n, TERM_WEEKS, out);
    case CMI_UNIT_MONTH:
        return pack_term(d.n, TERM_MONTHS, out);
    case CMI_UNIT_QUARTER:
        return d.n > 1000000 ? CMI_CELL_RANGE : pack_term(d.n * 3, TERM_MONTHS, out);
    case CMI_UNIT_YEAR:
        return d.n > 1000000 ? CMI_CELL_RANGE : pack_term(d.n * 12, TERM_MONTHS, out);
    default:
        return CMI_CELL_BAD;
    }
}

/* ---- by type ---- */

cmi_cell cmi_cell_f64(cmi_cell_reader *r, int64_t row, double *out)
{
    const cmi_source_column *s = r->source;
    const char *p;
    int64_t n;
    if (is_null(s, row)) return CMI_CELL_NULL;
    switch (s->kind) {
    case CMI_SOURCE_TEXT:
        if (!get_trimmed(s, row, &p, &n)) return CMI_CELL_NULL;
        return cmi_parse_f64(p, n, out) ? CMI_CELL_OK : CMI_CELL_BAD;
    case CMI_SOURCE_F64:
        *out = s->f64[row];
        if (*out != *out) return CMI_CELL_NULL;
        return *out - *out == 0 ? CMI_CELL_OK : CMI_CELL_RANGE;
    case CMI_SOURCE_I64:
    case CMI_SOURCE_BOOL:
        *out = (double)s->i64[row];
        return CMI_CELL_OK;
    case CMI_SOURCE_U64:
        *out = (double)(uint64_t)s->i64[row];
        return CMI_CELL_OK;
    case CMI_SOURCE_DECIMAL: {
        char text[80]; /* through text, so that it is rounded once */
        n = cmi_print_i128(s->decimal[row], s->scale, text);
        return cmi_parse_f64(text, n, out) ? CMI_CELL_OK : CMI_CELL_RANGE;
    }
    default:
        return CMI_CELL_BAD;
    }
}

cmi_cell cmi_cell_i64(cmi_cell_reader *r, int64_t row, int64_t *out)
{
    if (is_null(r->source, row)) return CMI_CELL_NULL;
    switch (r->target->type) {
    case CMI_ROLE_TIME:
        return cmi_cell_time(r, row, out);
    case CMI_ROLE_DATE:
        return cmi_cell_date(r, row, out);
    case CMI_ROLE_MONEY:
    case CMI_ROLE_VALUE:
        return r->source->kind == CMI_SOURCE_BOOL ? CMI_CELL_BAD
                                                  : read_scaled(r, row, r->loader->scale, out);
    case CMI_ROLE_COUNT:
        return read_count(r, row, out);
    case CMI_ROLE_SECONDS:
        return read_seconds(r, row, out);
    case CMI_ROLE_BOOL:
        return read_bool(r, row, out);
    case CMI_ROLE_TERM:
        return read_term(r, row, out);
    default:
        return CMI_CELL_BAD;
    }
}

int64_t cmi_cells_plain(cmi_cell_reader *r, int64_t row, int64_t n_rows, int64_t *out)
{
    const cmi_source_column *s = r->source;
    cmi_role_type type = r->target->type;
    if (s->kind != CMI_SOURCE_TEXT) return row;
    if (type == CMI_ROLE_TIME) return cmi_cells_plain_time(r, row, n_rows, out);
    if (type != CMI_ROLE_MONEY && type != CMI_ROLE_VALUE) return row;
    int32_t scale = r->loader->scale;
    while (row < n_rows && s->length[row] > 0 &&
           read_plain(s->text[row], s->length[row], scale, &out[row]))
        row++;
    return row;
}
