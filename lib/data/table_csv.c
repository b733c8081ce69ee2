/* SPDX-License-Identifier: MIT */
#include "data/table.h"

#include <string.h>

#include "core/buffer.h"
#include "core/error.h"

/* CSV as RFC 4180 has it: commas, double quotes, CRLF. Null is an empty field, empty text is "".
 * Money prints exactly, zeros behind the second decimal trimmed.
 *
 * A spreadsheet takes a cell that begins with one of = + - @ tab CR for a formula (CWE-1236), also
 * behind blanks and quotes. Such a text gets an apostrophe in front, which spreadsheets swallow; a
 * text that is a plain number (a customer id -12) does not. */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* [+-]digits[.digits][e[+-]digits], nothing around it */
static bool is_number(const char *p, size_t n)
{
    size_t i = 0, digits = 0;
    if (i < n && (p[i] == '+' || p[i] == '-')) i++;
    for (; i < n && is_digit(p[i]); i++) digits++;
    if (i < n && p[i] == '.') i++;
    for (; i < n && is_digit(p[i]); i++) digits++;
    if (digits == 0) return false;
    if (i < n && (p[i] == 'e' || p[i] == 'E')) {
        i++;
        if (i < n && (p[i] == '+' || p[i] == '-')) i++;
        digits = 0;
        for (; i < n && is_digit(p[i]); i++) digits++;
    }
    return i == n && digits > 0;
}

static bool is_formula(const char *p, size_t n)
{
    size_t i = 0;
    while (i < n && (p[i] == ' ' || p[i] == '"')) i++;
    return i < n && p[i] && strchr("=+-@\t\r", p[i]) && !is_number(p, n);
}

static bool needs_quotes(const char *p, size_t n)
{
    if (n == 0 || p[0] == ' ' || p[n - 1] == ' ') return true;
    for (size_t i = 0; i < n; i++) {
        if (p[i] == ',' || p[i] == '"' || p[i] == '\n' || p[i] == '\r') return true;
    }
    return false;
}

/* Pieces of a text field one after another, so that a buffer and a fixed array can both take them.
 */
typedef void (*put_fn)(void *to, const char *p, size_t n);

static void put_text_field(const char *p, size_t n, put_fn put, void *to)
{
    bool quotes = needs_quotes(p, n);
    if (quotes) put(to, "\"", 1);
    if (is_formula(p, n)) put(to, "'", 1);
    while (n) {
        const char *quote = memchr(p, '"', n);
        size_t run = quote ? (size_t)(quote - p) + 1 : n;
        put(to, p, run);
        if (quote) put(to, "\"", 1);
        p += run;
        n -= run;
    }
    if (quotes) put(to, "\"", 1);
}

static void put_field(const cmi_table_column *c, int64_t row, put_fn put, void *to)
{
    if (cmi_table_is_null(c, row)) return;
    if (c->type == CM_TYPE_TEXT) {
        size_t length;
        const char *p = cmi_table_text(c, row, &length);
        put_text_field(p, length, put, to);
    } else {
        char text[CMI_CELL_TEXT];
        put(to, text, (size_t)cmi_table_cell_text(c, row, text));
    }
}

static void put_to_buffer(void *to, const char *p, size_t n)
{
    cmi_put_bytes(to, p, n);
}

cm_status cm_table_csv(const cm_table *table, cm_buffer *out, cm_error *err)
{
    cmi_error_reset(err);
    if (!table || !out)
        return cmi_fail(err, CM_ERR_ARG, "cm_table_csv: table and out must not be NULL");
    int64_t before = cm_buffer_size(out);
    for (int32_t c = 0; c < table->n_columns; c++) {
        if (c) cmi_put_bytes(out, ",", 1);
        const char *name = table->columns[c].name;
        put_text_field(name, strlen(name), put_to_buffer, out);
    }
    cmi_put_bytes(out, "\r\n", 2);
    for (int64_t row = 0; row < table->n_rows; row++) {
        for (int32_t c = 0; c < table->n_columns; c++) {
            if (c) cmi_put_bytes(out, ",", 1);
            put_field(&table->columns[c], row, put_to_buffer, out);
        }
        cmi_put_bytes(out, "\r\n", 2);
        if (!cmi_buffer_ok(out)) break;
    }
    if (cmi_buffer_ok(out)) return CM_OK;
    cmi_buffer_truncate(out, before);
    return cmi_no_memory(cmi_buffer_context(out), err);
}

typedef struct room {
    char *text;
    size_t capacity, length;
} room;

static void put_to_room(void *to, const char *p, size_t n)
{
    room *r = to;
    size_t free = r->length + 1 < r->capacity ? r->capacity - 1 - r->length : 0;
    size_t taken = n < free ? n : free;
    if (taken) memcpy(r->text + r->length, p, taken);
    r->length += n;
}

cm_status cm_table_format(const cm_table *table, int64_t row, int32_t column, char *text,
                          int64_t capacity, int64_t *length, bool *is_null, cm_error *err)
{
    cmi_error_reset(err);
    if (!table || capacity < 0 || (capacity > 0 && !text)) {
        return cmi_fail(err, CM_ERR_ARG, "cm_table_format: table or text is NULL");
    }
    if (row < 0 || row >= table->n_rows || column < 0 || column >= table->n_columns) {
        return cmi_fail(err, CM_ERR_ARG, "table %s has no cell in row %lld, column %d", table->name,
                        (long long)row, (int)column);
    }
    room r = { text, (size_t)capacity, 0 };
    put_field(&table->columns[column], row, put_to_room, &r);
    if (capacity > 0) text[r.length < r.capacity ? r.length : r.capacity - 1] = '\0';
    if (length) *length = (int64_t)r.length;
    if (is_null) *is_null = cmi_table_is_null(&table->columns[column], row);
    return CM_OK;
}
