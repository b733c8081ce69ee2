/* SPDX-License-Identifier: MIT */
#include "plot.h"

/* Where bars begin and how long they may be: labels stand to the left, values behind. */
enum { BAR_LEFT = 180, BAR_RIGHT = 560, BAR_STEP = 24 };

static double bar_at(const plot *p, double v)
{
    return BAR_LEFT + (v - p->least) / (p->most - p->least) * (BAR_RIGHT - BAR_LEFT);
}

static void add_bar(const plot *p, int64_t row, double y, text *out)
{
    double v, low, high;
    text label = { 0 }, value = { 0 };
    plot_label(p, row, &label);
    cell_short(p->t, row, p->y, &value);
    if (p->note >= 0) {
        text_puts(&value, " · ");
        cell_short(p->t, row, p->note, &value);
    }
    text_printf(out, "<text class=\"end\" x=\"%d\" y=\"%.1f\">", BAR_LEFT - 6, y + 14);
    text_html(out, text_c(&label), label.n);
    text_puts(out, "</text>");
    if (table_number(p->t, row, p->y, &v)) {
        double from = bar_at(p, v < 0 ? v : 0), to = bar_at(p, v < 0 ? 0 : v);
        text_printf(out,
                    "<rect class=\"point s0%s\" data-row=\"%lld\" x=\"%.1f\" y=\"%.1f\" "
                    "width=\"%.1f\" height=\"18\">",
                    plot_incomplete(p, row) ? " open" : "", (long long)row, from, y, to - from);
        plot_title(p, row, out);
        text_puts(out, "</rect>");
        if (table_number(p->t, row, p->lower, &low) && table_number(p->t, row, p->upper, &high)) {
            text_printf(out,
                        "<line class=\"whisker\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" "
                        "y2=\"%.1f\"/>",
                        bar_at(p, low), bar_at(p, high), y + 9, y + 9);
        }
    }
    text_printf(out, "<text x=\"%d\" y=\"%.1f\">", BAR_RIGHT + 6, y + 14);
    text_html(out, text_c(&value), value.n);
    text_puts(out, "</text>\n");
    text_free(&label);
    text_free(&value);
}

void draw_bars(const chart_def *def, const plot *p, text *out)
{
    int64_t rows = cm_table_n_rows(p->t);
    plot_open(def, (double)rows * BAR_STEP + 8, out);
    for (int64_t i = 0; i < rows; i++) add_bar(p, i, 4 + (double)i * BAR_STEP, out);
    text_puts(out, "</svg>\n");
}
