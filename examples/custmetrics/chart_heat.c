/* SPDX-License-Identifier: MIT */
#include "plot.h"

static void add_cell(const plot *p, int64_t row, double x, double y, double width, text *out)
{
    double v = 0;
    bool known = table_number(p->t, row, p->y, &v), incomplete = plot_incomplete(p, row);
    if (!known && p->state >= 0) incomplete = true;
    double share = known ? (v - p->least) / (p->most - p->least) : 0;
    text_printf(out,
                "<rect class=\"point heat\" data-row=\"%lld\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
                "height=\"20\" fill-opacity=\"%.3f\">",
                (long long)row, x, y, width - 1, share);
    plot_title(p, row, out);
    text_puts(out, "</rect>");
    if (incomplete) {
        text_printf(out,
                    "<rect class=\"hatch\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"20\" "
                    "fill=\"url(#hatch)\"/>",
                    x, y, width - 1);
    }
    if (known && width >= 26) {
        text_printf(out, "<text class=\"mid%s\" x=\"%.1f\" y=\"%.1f\">%.0f</text>",
                    share > 0.6 ? " light" : "", x + width / 2, y + 14, 100 * v);
    }
    text_puts(out, "\n");
}

static void add_heat_labels(const values *rows, const values *columns, double width, text *out)
{
    for (int i = 0; i < rows->n; i++) {
        text_printf(out, "<text class=\"end\" x=\"94\" y=\"%d\">", 36 + i * 21);
        text_html(out, text_c(&rows->of[i]), rows->of[i].n);
        text_puts(out, "</text>");
    }
    int every = width < 24 ? 3 : 1;
    for (int i = 0; i < columns->n; i += every) {
        text_printf(out, "<text class=\"mid\" x=\"%.1f\" y=\"16\">", 100 + (i + 0.5) * width);
        text_html(out, text_c(&columns->of[i]), columns->of[i].n);
        text_puts(out, "</text>");
    }
}

void draw_heat(const chart_def *def, const plot *p, text *out)
{
    values rows = values_of(p->t, p->x), columns = values_of(p->t, p->series);
    double width = (WIDTH - 100.0) / columns.n;
    if (width > 48) width = 48;
    plot_open(def, 26 + rows.n * 21, out);
    text_puts(out, "<defs><pattern id=\"hatch\" width=\"5\" height=\"5\" "
                   "patternUnits=\"userSpaceOnUse\"><path class=\"hatching\" "
                   "d=\"M0 5L5 0\"/></pattern></defs>\n");
    add_heat_labels(&rows, &columns, width, out);
    for (int64_t i = 0; i < cm_table_n_rows(p->t); i++) {
        add_cell(p, i, 100 + columns.at[i] * width, 22 + rows.at[i] * 21.0, width, out);
    }
    text_puts(out,
              "</svg>\n<p class=\"legend\">Percent. Hatched cells are incomplete: their period "
              "has not ended, or not for every customer.</p>\n");
    values_free(&rows);
    values_free(&columns);
}
