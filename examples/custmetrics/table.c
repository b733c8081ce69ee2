/* SPDX-License-Identifier: MIT */
#include "table.h"

#include <math.h>

int32_t table_column(const cm_table *t, const char *name)
{
    int32_t column = -1;
    return cm_table_find(t, name, &column, NULL) == CM_OK ? column : -1;
}

bool table_cell_at(const cm_table *t, int64_t row, int32_t column, text *out)
{
    char small[128];
    int64_t n = 0;
    bool null = false;
    if (cm_table_column_type(t, column) == CM_TYPE_TEXT) {
        const char *bytes;
        if (cm_table_get_text(t, row, column, &bytes, &n, &null, NULL) != CM_OK || null)
            return false;
        text_add(out, bytes, (size_t)n);
        return true;
    }
    /* Other types have short texts; the formatting of text itself would quote it. */
    if (cm_table_format(t, row, column, small, sizeof small, &n, &null, NULL) != CM_OK || null) {
        return false;
    }
    text_puts(out, small);
    return true;
}

bool table_cell(const cm_table *t, int64_t row, const char *column, text *out)
{
    int32_t at = table_column(t, column);
    return at >= 0 && table_cell_at(t, row, at, out);
}

bool table_number(const cm_table *t, int64_t row, int32_t column, double *out)
{
    bool null = true;
    int64_t whole = 0;
    double value = 0;
    bool fine;
    if (column < 0) return false;
    if (cm_table_column_type(t, column) == CM_TYPE_I64) {
        fine = cm_table_get_i64(t, row, column, &whole, &null, NULL) == CM_OK;
        value = (double)whole;
    } else {
        fine = cm_table_get_f64(t, row, column, &value, &null, NULL) == CM_OK;
    }
    if (!fine || null || !isfinite(value)) return false;
    *out = value;
    return true;
}
