/* SPDX-License-Identifier: MIT */
#ifndef PROGRAM_SECTIONS_H
#define PROGRAM_SECTIONS_H

/* What the report shows, as data: a new section is a new row of sections.c. */
typedef enum chart_kind {
    CHART_TABLE,   /* the data table alone */
    CHART_FIGURES, /* one row as large numbers */
    CHART_LINE,    /* y over x, a line per value of `series` */
    CHART_BARS,    /* y per x */
    CHART_HEAT     /* y as colour; x down, `series` across */
} chart_kind;

typedef struct chart_def {
    const char *title;
    chart_kind kind;
    const char *table;
    const char *x, *y; /* columns; FIGURES: y is a list */
    const char *series;
    const char *note; /* column printed behind a bar; NULL: none */
} chart_def;

enum { SECTION_CHARTS = 3 };

typedef struct section_def {
    const char *title;
    const char *kpi;
    const char *options;  /* "name=value name=value", under the command line's own */
    const char *fixed;    /* options that the command line may not change: they make the chart */
    const char *required; /* an option that the command line must give; NULL: none */
    chart_def charts[SECTION_CHARTS];
} section_def;

extern const section_def report_sections[];
extern const int n_report_sections;

#endif
