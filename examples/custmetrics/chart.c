/* SPDX-License-Identifier: MIT */
#include "plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void cell_short(const cm_table *t, int64_t row, int32_t column, text *out)
{
    double v;
    text exact = { 0 };
    cm_type type = cm_table_column_type(t, column);
    if (!table_cell_at(t, row, column, &exact)) {
        text_puts(out, "–");
    } else if (type == CM_TYPE_F64 && table_number(t, row, column, &v)) {
        text_printf(out, fabs(v) < 1000 ? "%.4g" : "%.0f", v);
    } else if (type == CM_TYPE_MONEY && table_number(t, row, column, &v)) {
        text_printf(out, "%.2f", v);
    } else {
        text_puts(out, text_c(&exact));
    }
    text_free(&exact);
}

static bool draw_figures(const chart_def *def, const cm_table *t, text *out)
{
    bool any = false;
    if (cm_table_n_rows(t) != 1) return false;
    text_puts(out, "<div class=\"figures\">\n");
    for (const char *p = def->y; *p;) {
        size_t n = strcspn(p, ",");
        char *name = copy_text(p, n);
        int32_t column = table_column(t, name);
        if (column >= 0) {
            text value = { 0 }, exact = { 0 };
            cell_short(t, 0, column, &value);
            table_cell_at(t, 0, column, &exact);
            text_puts(out, "<div class=\"point\" data-row=\"0\"><b title=\"");
            text_html(out, text_c(&exact), exact.n);
            text_puts(out, "\">");
            text_html(out, text_c(&value), value.n);
            text_puts(out, "</b><span>");
            text_html_c(out, name);
            text_puts(out, "</span></div>\n");
            text_free(&value);
            text_free(&exact);
            any = true;
        }
        free(name);
        p += n + (p[n] == ',');
    }
    text_puts(out, "</div>\n");
    return any;
}

bool chart_draw(const chart_def *def, const cm_table *t, text *out)
{
    plot p;
    if (def->kind == CHART_TABLE) return false;
    if (def->kind == CHART_FIGURES) return draw_figures(def, t, out);
    if (!plot_prepare(&p, def, t)) return false;
    if (def->kind == CHART_LINE) draw_lines(def, &p, out);
    if (def->kind == CHART_BARS) draw_bars(def, &p, out);
    if (def->kind == CHART_HEAT) draw_heat(def, &p, out);
    return true;
}
