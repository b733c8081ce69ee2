/* SPDX-License-Identifier: MIT */
#include "data/table.h"

#include <string.h>

#include "core/buffer.h"
#include "core/error.h"
#include "data/utf8.h"

/* Aligned text for people: names, units, cells, notes. Doubles are cut to six significant digits
 * (all digits before the point stay), long texts to SHOWN characters but in the last column, and
 * control characters are shown as \xHH, so that no cell can steer a terminal. Whole values stand in
 * CSV, JSON and Arrow. */

enum { SHOWN = 60, SIGNIFICANT = 6, MAX_DIGITS = 24 };

/* ---- numbers ---- */

typedef struct decimal { /* 0.digits * 10^point */
    bool negative;
    int n, point;
    char digits[MAX_DIGITS];
} decimal;

/* Reads what cmi_f64_shortest writes. */
static decimal read_decimal(const char *p)
{
    decimal d = { .negative = *p == '-' };
    bool fraction = false;
    for (p += d.negative; *p && *p != 'e' && *p != 'E'; p++) {
        if (*p == '.') {
            fraction = true;
        } else if (d.n == 0 && *p == '0') {
            d.point -= fraction;
        } else {
            if (d.n < MAX_DIGITS) d.digits[d.n++] = *p;
            d.point += !fraction;
        }
    }
    if (!*p) return d;
    bool down = *++p == '-';
    int exponent = 0;
    for (p += *p == '-' || *p == '+'; *p; p++) exponent = exponent * 10 + (*p - '0');
    d.point += down ? -exponent : exponent;
    return d;
}

static void round_decimal(decimal *d, int keep)
{
    if (d->n > keep) {
        bool up = d->digits[keep] >= '5';
        d->n = keep;
        while (up && d->n > 0 && d->digits[d->n - 1] == '9') d->n--;
        if (up && d->n > 0) {
            d->digits[d->n - 1]++;
        } else if (up) {
            d->digits[d->n++] = '1';
            d->point++;
        }
    }
    while (d->n > 0 && d->digits[d->n - 1] == '0') d->n--;
}

/* Replaces the shortest text of a double by one for people; very large and small ones stay. */
static void shorten_number(char text[CMI_CELL_TEXT])
{
    decimal d = read_decimal(text);
    if (d.n == 0 || d.point > 15 || d.point < -5) return;
    round_decimal(&d, d.point > SIGNIFICANT ? d.point : SIGNIFICANT);
    char *p = text;
    if (d.negative) *p++ = '-';
    if (d.point <= 0) *p++ = '0';
    for (int i = 0; i < d.point; i++) *p++ = i < d.n ? d.digits[i] : '0';
    if (d.n > d.point) *p++ = '.';
    for (int i = d.point; i < 0; i++) *p++ = '0';
    for (int i = d.point > 0 ? d.point : 0; i < d.n; i++) *p++ = d.digits[i];
    *p = '\0';
}

/* ---- cells ---- */

/* Appends text as it is shown; returns how many characters wide that is. */
static int64_t put_shown(cm_buffer *out, const char *p, size_t n, int64_t limit)
{
    int64_t width = 0;
    for (size_t i = 0; i < n;) {
        size_t length = cmi_utf8_length(p + i, n - i);
        unsigned char c = (unsigned char)p[i];
        bool control =
            c < 0x20 || c == 0x7f || length == 0 || (c == 0xc2 && (unsigned char)p[i + 1] < 0xa0);
        if (width >= limit) {
            cmi_put_text(out, "…");
            return width + 1;
        }
        if (!control) {
            cmi_put_bytes(out, p + i, length);
            width++;
        }
        for (size_t b = 0; control && b < (length ? length : 1); b++) {
            cmi_put_format(out, "\\x%02x", (unsigned)(unsigned char)p[i + b]);
            width += 4;
        }
        i += length ? length : 1;
    }
    return width;
}

static int64_t put_cell(const cmi_table_column *c, int64_t row, int64_t limit, cm_buffer *out)
{
    char text[CMI_CELL_TEXT];
    if (cmi_table_is_null(c, row)) return put_shown(out, "-", 1, limit);
    if (c->type == CM_TYPE_TEXT) {
        size_t length;
        const char *p = cmi_table_text(c, row, &length);
        return put_shown(out, p, length, limit);
    }
    cmi_table_cell_text(c, row, text);
    if (c->type == CM_TYPE_F64) shorten_number(text);
    return put_shown(out, text, strlen(text), limit);
}

/* ---- lines ---- */

typedef struct page {
    const cm_table *table;
    cm_buffer *out, *scratch;
    int64_t n_rows; /* shown */
    int64_t *width; /* by column */
} page;

static int64_t limit_of(const page *p, int32_t column)
{
    bool last = column == p->table->n_columns - 1;
    return last && p->table->columns[column].type == CM_TYPE_TEXT ? INT64_MAX : SHOWN;
}

static void put_padded(const page *p, int32_t column, int64_t width, bool right)
{
    int64_t pad = p->width[column] - width;
    bool last = column == p->table->n_columns - 1;
    if (column) cmi_put_text(p->out, "  ");
    for (int64_t i = 0; right && i < pad; i++) cmi_put_bytes(p->out, " ", 1);
    cmi_put_bytes(p->out, cm_buffer_data(p->scratch), (size_t)cm_buffer_size(p->scratch));
    for (int64_t i = 0; !right && !last && i < pad; i++) cmi_put_bytes(p->out, " ", 1);
    if (last) cmi_put_bytes(p->out, "\n", 1);
    if (cmi_buffer_ok(p->scratch)) cmi_buffer_truncate(p->scratch, 0);
}

static bool stands_right(cm_type type)
{
    return type == CM_TYPE_I64 || type == CM_TYPE_F64 || type == CM_TYPE_MONEY;
}

static const char *heading(const cmi_table_column *c, bool unit)
{
    return unit ? c->unit : c->name;
}

static void put_heading(const page *p, bool unit)
{
    for (int32_t c = 0; c < p->table->n_columns; c++) {
        const char *text = heading(&p->table->columns[c], unit);
        int64_t width = put_shown(p->scratch, text, strlen(text), SHOWN);
        put_padded(p, c, width, stands_right(p->table->columns[c].type));
    }
}

static void put_rule(const page *p)
{
    for (int32_t c = 0; c < p->table->n_columns; c++) {
        for (int64_t i = 0; i < p->width[c]; i++) cmi_put_bytes(p->scratch, "-", 1);
        put_padded(p, c, p->width[c], false);
    }
}

static void put_row(const page *p, int64_t row)
{
    for (int32_t c = 0; c < p->table->n_columns; c++) {
        const cmi_table_column *column = &p->table->columns[c];
        put_padded(p, c, put_cell(column, row, limit_of(p, c), p->scratch),
                   stands_right(column->type));
    }
}

/* Sets the column's width; returns whether a null was seen. */
static bool measure_column(const page *p, int32_t c)
{
    const cmi_table_column *column = &p->table->columns[c];
    bool nulls = false;
    int64_t widest = 0;
    for (int unit = 0; unit < 2; unit++) {
        const char *text = heading(column, unit);
        int64_t width = put_shown(p->scratch, text, strlen(text), SHOWN);
        if (width > widest) widest = width;
    }
    for (int64_t row = 0; row < p->n_rows; row++) {
        int64_t width = put_cell(column, row, SHOWN, p->scratch);
        if (width > widest) widest = width;
        nulls |= cmi_table_is_null(column, row);
        if (cmi_buffer_ok(p->scratch)) cmi_buffer_truncate(p->scratch, 0);
    }
    if (cmi_buffer_ok(p->scratch)) cmi_buffer_truncate(p->scratch, 0);
    p->width[c] = widest;
    return nulls;
}

static void put_page(const page *p)
{
    const cm_table *table = p->table;
    bool nulls = false, units = false;
    for (int32_t c = 0; c < table->n_columns; c++) {
        nulls |= measure_column(p, c);
        units |= table->columns[c].unit[0] != '\0';
    }
    put_shown(p->out, table->name, strlen(table->name), INT64_MAX);
    if (table->doc[0]) cmi_put_text(p->out, ": ");
    put_shown(p->out, table->doc, strlen(table->doc), INT64_MAX);
    cmi_put_text(p->out, "\n");
    put_heading(p, false);
    if (units) put_heading(p, true);
    put_rule(p);
    for (int64_t row = 0; row < p->n_rows && cmi_buffer_ok(p->out); row++) put_row(p, row);
    if (p->n_rows < table->n_rows) {
        cmi_put_format(p->out, "(%lld of %lld rows)\n", (long long)p->n_rows,
                       (long long)table->n_rows);
    } else if (table->n_rows == 0) {
        cmi_put_text(p->out, "(no rows)\n");
    }
    if (nulls) cmi_put_text(p->out, "(- stands for no value)\n");
}

cm_status cm_table_text(const cm_table *table, int64_t max_rows, cm_buffer *out, cm_error *err)
{
    cmi_error_reset(err);
    if (!table || !out || max_rows < 0) {
        return cmi_fail(err, CM_ERR_ARG,
                        "cm_table_text: table and out must not be NULL, max_rows not "
                        "negative");
    }
    cm_context *ctx = cmi_buffer_context(out);
    int64_t before = cm_buffer_size(out);
    page p = { .table = table, .out = out, .n_rows = table->n_rows };
    if (max_rows > 0 && max_rows < p.n_rows) p.n_rows = max_rows;
    p.width = cmi_calloc(ctx, (size_t)table->n_columns, sizeof *p.width);
    bool ok = p.width && cm_buffer_create(ctx, &p.scratch, NULL) == CM_OK;
    if (ok) {
        put_page(&p);
        ok = cmi_buffer_ok(out) && cmi_buffer_ok(p.scratch);
    }
    cm_buffer_destroy(p.scratch);
    cmi_free(ctx, p.width);
    if (ok) return CM_OK;
    cmi_buffer_truncate(out, before);
    return cmi_no_memory(ctx, err);
}
