/* SPDX-License-Identifier: MIT */
#include "data/table.h"

#include <string.h>

#include "data/batch.h"

/* Text of single values, the same in CSV, JSON and text for people. */

const char *cmi_type_name(cm_type type)
{
    switch (type) {
    case CM_TYPE_I64:
        return "int64";
    case CM_TYPE_F64:
        return "float64";
    case CM_TYPE_MONEY:
        return "money";
    case CM_TYPE_TEXT:
        return "text";
    case CM_TYPE_BOOL:
        return "bool";
    case CM_TYPE_DATE:
        return "date";
    case CM_TYPE_TIMESTAMP:
        return "timestamp";
    case CM_TYPE_FORCE_32:
        break;
    }
    return "";
}

/* Digits of the magnitude, at least `least` of them, at the end of `room`; returns where they
 * begin. */
static char *put_digits(cmi_u128 magnitude, int32_t least, char *end)
{
    char *p = end;
    while (magnitude || least > 0) {
        *--p = (char)('0' + (int)(magnitude % 10));
        magnitude /= 10;
        least--;
    }
    return p;
}

int32_t cmi_money_text(cmi_i128 value, int32_t scale, char text[CMI_CELL_TEXT])
{
    char room[CMI_CELL_TEXT], *end = room + sizeof room;
    cmi_u128 magnitude = value < 0 ? -(cmi_u128)value : (cmi_u128)value;
    const char *digits = put_digits(magnitude, scale + 1, end);
    size_t n_whole = (size_t)(end - digits) - (size_t)scale, n_fraction = (size_t)scale;
    while (n_fraction > 2 && digits[n_whole + n_fraction - 1] == '0') n_fraction--;
    char *p = text;
    if (value < 0) *p++ = '-';
    memcpy(p, digits, n_whole);
    p += n_whole;
    if (n_fraction) {
        *p++ = '.';
        memcpy(p, digits + n_whole, n_fraction);
        p += n_fraction;
    }
    *p = '\0';
    return (int32_t)(p - text);
}

int32_t cmi_i64_text(int64_t value, char text[CMI_CELL_TEXT])
{
    return cmi_money_text(value, 0, text);
}

static int32_t copy_literal(const char *literal, char text[CMI_CELL_TEXT])
{
    size_t length = strlen(literal);
    memcpy(text, literal, length + 1);
    return (int32_t)length;
}

int32_t cmi_table_cell_text(const cmi_table_column *column, int64_t row, char text[CMI_CELL_TEXT])
{
    int32_t length;
    switch (column->type) {
    case CM_TYPE_I64:
        return cmi_i64_text(((const int64_t *)column->data)[row], text);
    case CM_TYPE_F64:
        length = cmi_f64_shortest(((const double *)column->data)[row], text);
        text[length] = '\0';
        return length;
    case CM_TYPE_MONEY:
        return cmi_money_text(cmi_table_money(column, row), column->scale, text);
    case CM_TYPE_BOOL:
        return copy_literal(((const uint8_t *)column->data)[row] ? "true" : "false", text);
    case CM_TYPE_DATE:
        cmi_date_print(((const int32_t *)column->data)[row], text, CMI_CELL_TEXT);
        return (int32_t)strlen(text);
    case CM_TYPE_TIMESTAMP:
        cmi_time_print(column->tz, ((const int64_t *)column->data)[row], text, CMI_CELL_TEXT);
        return (int32_t)strlen(text);
    case CM_TYPE_TEXT:
    case CM_TYPE_FORCE_32:
        break;
    }
    text[0] = '\0';
    return 0;
}
