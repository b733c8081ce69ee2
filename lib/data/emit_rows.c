/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "core/parallel.h"
#include "data/emit_private.h"
#include "math/rates.h"

/* Rows and cells of result tables. */

static void begin_row(cmi_rows *t)
{
    /* Cancelling must take effect in a table of millions of rows, too. */
    if ((t->n++ & 1023) == 0 && t->out->job && cmi_job_cancelled(t->out->job))
        cmi_output_fail(t->out, CM_ERR_CANCELLED);
    if (t->out->status != CM_OK) t->table = NULL;
    cmi_table_row(t->table);
}

void cmi_row(cmi_rows *t, uint32_t group)
{
    begin_row(t);
    if (!t->table) return;
    for (int i = 0; i < t->out->n_by; i++) {
        uint32_t code;
        const cmi_dict *dict = cmi_state_by_code(t->out->state, group, i, &code);
        if (dict && t->by_column[i] >= 0) cmi_table_set_code(t->table, t->by_column[i], dict, code);
    }
}

void cmi_row_total(cmi_rows *t)
{
    begin_row(t);
}

void cmi_emit_i64(cmi_rows *t, int column, int64_t v)
{
    if (t->table && v != CMI_NULL) cmi_table_set_i64(t->table, t->column[column], v);
}

void cmi_emit_f64(cmi_rows *t, int column, double v)
{
    if (t->table) cmi_table_set_f64(t->table, t->column[column], v);
}

void cmi_emit_ratio(cmi_rows *t, int column, cmi_i128 numerator, cmi_i128 denominator)
{
    if (denominator != 0) cmi_emit_f64(t, column, cmi_ratio128(numerator, denominator));
}

void cmi_emit_bool(cmi_rows *t, int column, bool v)
{
    if (t->table) cmi_table_set_bool(t->table, t->column[column], v);
}

void cmi_emit_text_n(cmi_rows *t, int column, const char *p, size_t n)
{
    if (t->table && p) cmi_table_set_text(t->table, t->column[column], p, n);
}

void cmi_emit_text_z(cmi_rows *t, int column, const char *text)
{
    if (text) cmi_emit_text_n(t, column, text, strlen(text));
}

void cmi_emit_code(cmi_rows *t, int column, const cmi_state *s, int cells, int part, int64_t code)
{
    const cmi_dict *dict = cmi_cells_dict(s, cells, part);
    if (t->table && dict && code > 0 && code <= dict->n)
        cmi_table_set_code(t->table, t->column[column], dict, (uint32_t)code);
}

void cmi_emit_money(cmi_rows *t, int column, cmi_i128 v)
{
    if (t->table) cmi_table_set_money(t->table, t->column[column], v);
}

void cmi_emit_money_ratio(cmi_rows *t, int column, cmi_i128 sum, cmi_i128 n)
{
    if (n != 0) cmi_emit_money(t, column, cmi_divide_half_even(sum, n));
}

void cmi_emit_date(cmi_rows *t, int column, int64_t days)
{
    if (t->table && days != CMI_NULL) cmi_table_set_date(t->table, t->column[column], days);
}

void cmi_emit_time(cmi_rows *t, int column, int64_t us)
{
    if (t->table && us != CMI_NULL) cmi_table_set_time(t->table, t->column[column], us);
}

void cmi_emit_period(cmi_rows *t, int column, const cmi_grid *grid, int64_t period)
{
    if (!t->table || period < 0 || period > grid->n) return;
    if (t->table->columns[t->column[column]].type == CM_TYPE_TIMESTAMP)
        cmi_emit_time(t, column, grid->edge[period]);
    else
        cmi_emit_date(t, column, grid->day[period]);
}

void cmi_emit_key(cmi_rows *t, int column, int k, const cmi_table_column *from, int64_t row)
{
    size_t n;

    if (!t->table || cmi_table_is_null(from, row)) return;
    int32_t to = t->column[column] + k;
    switch (from->type) {
    case CM_TYPE_I64:
        cmi_table_set_i64(t->table, to, ((const int64_t *)from->data)[row]);
        break;
    case CM_TYPE_F64:
        cmi_table_set_f64(t->table, to, ((const double *)from->data)[row]);
        break;
    case CM_TYPE_MONEY:
        cmi_table_set_money(t->table, to, cmi_table_money(from, row));
        break;
    case CM_TYPE_BOOL:
        cmi_table_set_bool(t->table, to, ((const uint8_t *)from->data)[row] != 0);
        break;
    case CM_TYPE_DATE:
        cmi_table_set_date(t->table, to, ((const int32_t *)from->data)[row]);
        break;
    case CM_TYPE_TIMESTAMP:
        cmi_table_set_time(t->table, to, ((const int64_t *)from->data)[row]);
        break;
    default: {
        const char *text = cmi_table_text(from, row, &n);
        cmi_table_set_text(t->table, to, text, n);
    }
    }
}

static void put_interval(cmi_rows *t, int column, double value, double lower, double upper,
                         cmi_period_state state)
{
    const char *text = cmi_state_name(state);
    int32_t c = t->column[column];

    if (state == CMI_COMPLETE || state == CMI_PARTIAL) {
        if (!isnan(value)) cmi_table_set_f64(t->table, c, value);
        if (!isnan(lower)) cmi_table_set_f64(t->table, c + 1, lower);
        if (!isnan(upper)) cmi_table_set_f64(t->table, c + 2, upper);
    }
    cmi_table_set_text(t->table, c + 3, text, strlen(text));
}

void cmi_emit_rate(cmi_rows *t, int column, int64_t k, int64_t n, cmi_period_state state)
{
    cmi_interval i;

    if (!t->table) return;
    /* 0 / 0 of a window that is over is undefined; of one that is not, it is not known yet. */
    if (n == 0 && state == CMI_COMPLETE) state = CMI_UNDEFINED;
    if (n == 0 || state == CMI_PENDING || state == CMI_UNDEFINED) {
        put_interval(t, column, NAN, NAN, NAN, state);
        return;
    }
    if (!cmi_wilson(k, n, cmi_output_confidence(t->out), &i)) i = (cmi_interval){ NAN, NAN };
    put_interval(t, column, cmi_ratio128(k, n), i.lower, i.upper, state);
}

void cmi_emit_interval(cmi_rows *t, int column, double value, double lower, double upper,
                       cmi_period_state state)
{
    if (!t->table) return;
    if (isnan(value) && state != CMI_PENDING) state = CMI_UNDEFINED;
    put_interval(t, column, value, lower, upper, state);
}
