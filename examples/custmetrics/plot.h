/* SPDX-License-Identifier: MIT */
#ifndef PROGRAM_PLOT_H
#define PROGRAM_PLOT_H

#include "chart.h"

/* What the kinds of chart share. */
enum { WIDTH = 760, HEIGHT = 260, LEFT = 70, RIGHT = 20, TOP = 14, BOTTOM = 34 };

/* One chart's columns, found once. */
typedef struct plot {
    const cm_table *t;
    int32_t x, y, series, note, lower, upper, state;
    double least, most; /* of y and its bounds, with 0 */
} plot;

/* Finds the columns and the range of y. False: a column is missing, or no row has a value. */
bool plot_prepare(plot *p, const chart_def *def, const cm_table *t);
bool plot_incomplete(const plot *p, int64_t row);
/* What a row is about: all its keys. */
void plot_label(const plot *p, int64_t row, text *out);
/* The tooltip of a row's mark. */
void plot_title(const plot *p, int64_t row, text *out);
void plot_open(const chart_def *def, double height, text *out);

/* Distinct values of a column (all the same for column -1), in order of appearance. */
typedef struct values {
    int n;
    text *of;
    int *at; /* per row */
} values;

values values_of(const cm_table *t, int32_t column);
void values_free(values *v);

void draw_lines(const chart_def *def, const plot *p, text *out);
void draw_bars(const chart_def *def, const plot *p, text *out);
void draw_heat(const chart_def *def, const plot *p, text *out);

#endif
