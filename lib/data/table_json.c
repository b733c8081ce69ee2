/* SPDX-License-Identifier: MIT */
#include "data/table.h"

#include <string.h>

#include "core/buffer.h"
#include "data/utf8.h"

/* \uXXXX */
static size_t write_code(unsigned code, char text[6])
{
    static const char HEX[] = "0123456789abcdef";
    text[0] = '\\';
    text[1] = 'u';
    for (unsigned i = 0; i < 4; i++) text[2 + i] = HEX[code >> (12 - 4 * i) & 15];
    return 6;
}

static size_t write_short(char letter, char text[6])
{
    text[0] = '\\';
    text[1] = letter;
    return 2;
}

/* What stands for the character of `length` bytes at p (0: no UTF-8) where neither JSON nor a
 * script that JSON is pasted into can hold it as it is; 0: it may stay. `before` is the byte before
 * it. */
static size_t escape(const char *p, size_t length, char before, char text[6])
{
    unsigned char c = (unsigned char)*p;
    if (length == 0) return write_code(0xfffd, text);
    if (c == '"' || c == '\\' || (c == '/' && before == '<')) return write_short(*p, text);
    if (c == '\n') return write_short('n', text);
    if (c == '\t') return write_short('t', text);
    if (c == '\r') return write_short('r', text);
    if (c < 0x20 || c == 0x7f) return write_code(c, text);
    if (length == 3 && (memcmp(p, "\xe2\x80\xa8", 3) == 0 || memcmp(p, "\xe2\x80\xa9", 3) == 0)) {
        return write_code(0x2000u | ((unsigned char)p[2] & 0x3fu), text);
    }
    return 0;
}

void cmi_put_json_text(cm_buffer *out, const char *text, size_t length)
{
    size_t plain = 0, i = 0; /* text[plain .. i) goes out as it is */
    cmi_put_bytes(out, "\"", 1);
    while (i < length) {
        char instead[6];
        size_t n = cmi_utf8_length(text + i, length - i);
        size_t n_instead = escape(text + i, n, i ? text[i - 1] : '\0', instead);
        if (n_instead) {
            cmi_put_bytes(out, text + plain, i - plain);
            cmi_put_bytes(out, instead, n_instead);
            plain = i + (n ? n : 1);
        }
        i += n ? n : 1;
    }
    cmi_put_bytes(out, text + plain, length - plain);
    cmi_put_bytes(out, "\"", 1);
}

static void put_cell(const cmi_table_column *c, int64_t row, cm_buffer *out)
{
    char text[CMI_CELL_TEXT];
    if (cmi_table_is_null(c, row)) {
        cmi_put_bytes(out, "null", 4);
        return;
    }
    if (c->type == CM_TYPE_TEXT) {
        size_t length;
        const char *p = cmi_table_text(c, row, &length);
        cmi_put_json_text(out, p, length);
        return;
    }
    size_t length = (size_t)cmi_table_cell_text(c, row, text);
    bool quoted = c->type == CM_TYPE_DATE || c->type == CM_TYPE_TIMESTAMP;
    if (quoted) cmi_put_bytes(out, "\"", 1);
    cmi_put_bytes(out, text, length);
    if (quoted) cmi_put_bytes(out, "\"", 1);
}

static void put_member(cm_buffer *out, const char *key, const char *value)
{
    cmi_put_text(out, key);
    cmi_put_json_text(out, value, strlen(value));
}

void cmi_table_put_json(const cm_table *table, cm_buffer *out)
{
    cmi_put_text(out, "{\"columns\":[");
    for (int32_t c = 0; c < table->n_columns; c++) {
        const cmi_table_column *column = &table->columns[c];
        put_member(out, c ? ",{\"name\":" : "{\"name\":", column->name);
        put_member(out, ",\"type\":", cmi_type_name(column->type));
        put_member(out, ",\"unit\":", column->unit);
        cmi_put_text(out, "}");
    }
    cmi_put_text(out, "],\"rows\":[");
    for (int64_t row = 0; row < table->n_rows; row++) {
        cmi_put_text(out, row ? ",\n[" : "\n[");
        for (int32_t c = 0; c < table->n_columns; c++) {
            if (c) cmi_put_bytes(out, ",", 1);
            put_cell(&table->columns[c], row, out);
        }
        cmi_put_bytes(out, "]", 1);
    }
    cmi_put_text(out, "]}");
}
