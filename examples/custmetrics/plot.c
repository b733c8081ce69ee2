/* SPDX-License-Identifier: MIT */
#include "plot.h"

#include <stdlib.h>
#include <string.h>

static int32_t find_suffixed(const cm_table *t, const char *name, const char *suffix)
{
    text full = { 0 };
    text_printf(&full, "%s%s", name, suffix);
    int32_t column = table_column(t, text_c(&full));
    text_free(&full);
    return column;
}

static void widen(plot *p, int64_t row, int32_t column)
{
    double v;
    if (!table_number(p->t, row, column, &v)) return;
    if (v < p->least) p->least = v;
    if (v > p->most) p->most = v;
}

bool plot_prepare(plot *p, const chart_def *def, const cm_table *t)
{
    *p = (plot){ .t = t, .x = table_column(t, def->x), .y = table_column(t, def->y) };
    p->series = def->series ? table_column(t, def->series) : -1;
    /* A table split by dimensions: the first of them tells the lines apart. */
    for (int32_t c = 0; c < cm_table_n_columns(t) && def->kind == CHART_LINE && p->series < 0;
         c++) {
        if (cm_table_column_is_key(t, c) && c != p->x) p->series = c;
    }
    p->note = def->note ? table_column(t, def->note) : -1;
    p->lower = find_suffixed(t, def->y, "_lower");
    p->upper = find_suffixed(t, def->y, "_upper");
    p->state = find_suffixed(t, def->y, "_state");
    if (p->x < 0 || p->y < 0 || (def->series && p->series < 0)) return false;
    bool any = false;
    double v;
    for (int64_t i = 0; i < cm_table_n_rows(t); i++) {
        any = any || table_number(t, i, p->y, &v);
        widen(p, i, p->y);
        widen(p, i, p->lower);
        widen(p, i, p->upper);
    }
    if (p->most <= p->least) p->most = p->least + 1;
    return any;
}

bool plot_incomplete(const plot *p, int64_t row)
{
    text state = { 0 };
    bool incomplete = p->state >= 0 && table_cell_at(p->t, row, p->state, &state) &&
                      strcmp(text_c(&state), "complete") != 0;
    text_free(&state);
    return incomplete;
}

void plot_label(const plot *p, int64_t row, text *out)
{
    for (int32_t c = 0; c < cm_table_n_columns(p->t); c++) {
        if (c != p->x && !cm_table_column_is_key(p->t, c)) continue;
        if (out->n) text_puts(out, " · ");
        if (!table_cell_at(p->t, row, c, out)) text_puts(out, "–");
    }
}

/* The tooltip of a mark: what stands where, exactly. */
void plot_title(const plot *p, int64_t row, text *out)
{
    text x = { 0 }, y = { 0 }, series = { 0 };
    table_cell_at(p->t, row, p->x, &x);
    table_cell_at(p->t, row, p->y, &y);
    if (p->series >= 0) table_cell_at(p->t, row, p->series, &series);
    text_puts(out, "<title>");
    text_html(out, text_c(&x), x.n);
    if (series.n) {
        text_puts(out, " · ");
        text_html(out, text_c(&series), series.n);
    }
    text_puts(out, ": ");
    text_html(out, text_c(&y), y.n);
    if (plot_incomplete(p, row)) text_puts(out, " (incomplete)");
    text_puts(out, "</title>");
    text_free(&x);
    text_free(&y);
    text_free(&series);
}

void plot_open(const chart_def *def, double height, text *out)
{
    text_printf(out, "<svg viewBox=\"0 0 %d %.0f\" role=\"img\" aria-label=\"", WIDTH, height);
    text_html_c(out, def->title);
    text_puts(out, "\">\n");
}

values values_of(const cm_table *t, int32_t column)
{
    int64_t rows = cm_table_n_rows(t);
    values v = { 0, NULL, allocate((size_t)rows, sizeof(int)) };
    for (int64_t i = 0; i < rows; i++) {
        text cell = { 0 };
        if (column >= 0 && !table_cell_at(t, i, column, &cell)) text_puts(&cell, "–");
        /* Rows of one key mostly lie together or repeat in order: look near the last one first. */
        int found = -1, start = i ? v.at[i - 1] : 0;
        for (int k = 0; k < v.n && found < 0; k++) {
            int j = (start + k) % v.n;
            if (v.of[j].n == cell.n && !memcmp(text_c(&v.of[j]), text_c(&cell), cell.n)) found = j;
        }
        if (found < 0) {
            v.of = grow(v.of, (size_t)v.n + 1, sizeof *v.of);
            v.of[v.n] = cell;
            found = v.n++;
        } else {
            text_free(&cell);
        }
        v.at[i] = found;
    }
    return v;
}

void values_free(values *v)
{
    for (int i = 0; i < v->n; i++) text_free(&v->of[i]);
    free(v->of);
    free(v->at);
}
