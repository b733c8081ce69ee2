/* SPDX-License-Identifier: MIT */
#include "plot.h"

#include <math.h>

enum { N_COLOURS = 8 };

/* 1, 2 or 5 times a power of ten, about a quarter of the span. */
static double tick_step(double span)
{
    double power = 1;
    while (power * 10 <= span / 4) power *= 10;
    while (power > span / 4) power /= 10;
    double many = span / 4 / power;
    return many >= 5 ? 5 * power : many >= 2 ? 2 * power : power;
}

static double y_at(const plot *p, double v)
{
    return HEIGHT - BOTTOM - (v - p->least) / (p->most - p->least) * (HEIGHT - TOP - BOTTOM);
}

static double x_at(int at, int n)
{
    double width = WIDTH - LEFT - RIGHT;
    return n < 2 ? LEFT + width / 2 : LEFT + width * at / (n - 1);
}

static void add_axes(const plot *p, const values *x, text *out)
{
    double step = tick_step(p->most - p->least);
    for (double v = ceil(p->least / step) * step; v <= p->most + step / 1000; v += step) {
        double y = y_at(p, v);
        text_printf(out,
                    "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>"
                    "<text class=\"end\" x=\"%d\" y=\"%.1f\">%.6g</text>\n",
                    LEFT, WIDTH - RIGHT, y, y, LEFT - 6, y + 4, fabs(v) < step / 1000 ? 0 : v);
    }
    int every = (x->n + 7) / 8;
    for (int i = 0; i < x->n; i += every) {
        text_printf(out, "<text class=\"mid\" x=\"%.1f\" y=\"%d\">", x_at(i, x->n), HEIGHT - 12);
        text_html(out, text_c(&x->of[i]), x->of[i].n);
        text_puts(out, "</text>\n");
    }
}

static void add_line(const plot *p, const values *x, const values *s, int series, text *out)
{
    text path = { 0 }, marks = { 0 };
    bool pen_down = false;
    int colour = series % N_COLOURS;
    for (int64_t i = 0; i < cm_table_n_rows(p->t); i++) {
        double v;
        if (s->at[i] != series) continue;
        if (!table_number(p->t, i, p->y, &v)) {
            pen_down = false;
            continue;
        }
        double px = x_at(x->at[i], x->n), py = y_at(p, v), low, high;
        text_printf(&path, "%c%.1f %.1f", pen_down ? 'L' : 'M', px, py);
        pen_down = true;
        if (table_number(p->t, i, p->lower, &low) && table_number(p->t, i, p->upper, &high)) {
            text_printf(&marks,
                        "<line class=\"bound s%d\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" "
                        "y2=\"%.1f\"/>",
                        colour, px, px, y_at(p, low), y_at(p, high));
        }
        text_printf(&marks,
                    "<circle class=\"point s%d%s\" data-row=\"%lld\" cx=\"%.1f\" "
                    "cy=\"%.1f\" r=\"%s\">",
                    colour, plot_incomplete(p, i) ? " open" : "", (long long)i, px, py,
                    x->n > 60 ? "1.5" : "3");
        plot_title(p, i, &marks);
        text_puts(&marks, "</circle>\n");
    }
    text_printf(out, "<path class=\"line s%d\" d=\"%s\"/>\n%s", colour, text_c(&path),
                text_c(&marks));
    text_free(&path);
    text_free(&marks);
}

static void add_legend(const plot *p, const values *s, text *out)
{
    if (p->series < 0) return;
    text_puts(out, "<p class=\"legend\">");
    text_html_c(out, cm_table_column_name(p->t, p->series));
    text_puts(out, ":");
    for (int i = 0; i < s->n; i++) {
        text_printf(out, " <span class=\"key k%d\"></span>", i % N_COLOURS);
        text_html(out, text_c(&s->of[i]), s->of[i].n);
    }
    text_puts(out, "</p>\n");
}

void draw_lines(const chart_def *def, const plot *p, text *out)
{
    values x = values_of(p->t, p->x), s = values_of(p->t, p->series);
    plot_open(def, HEIGHT, out);
    add_axes(p, &x, out);
    for (int i = 0; i < s.n; i++) add_line(p, &x, &s, i, out);
    text_puts(out, "</svg>\n");
    add_legend(p, &s, out);
    values_free(&x);
    values_free(&s);
}
