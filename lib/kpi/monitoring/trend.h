/* SPDX-License-Identifier: MIT */
#ifndef CMI_KPI_TREND_H
#define CMI_KPI_TREND_H

#include "data/table.h"
#include "kpi/kpi.h"

/* Between trend.c (descriptor, children, rows), trend_series.c (one column of another KPI's results
 * as series over periods) and trend_slopes.c (lines through them). */

/* Where a column of another KPI is found, and how it comes to stand in periods. */
typedef struct cmi_trend_source {
    const cmi_kpi *kpi;
    const char *table, *column;
    const char *axis; /* the table's period key; NULL: the KPI runs once per period */
    bool as_of;       /* of those: looks back from as_of and knows no window */
} cmi_trend_source;

/* Chooses the table: one that stands in periods before others, `periods` before those. column:
 * NULL (the headline), "name" or "table.name". false: `why` says what is missing. */
bool cmi_trend_find(const cmi_kpi *kpi, const char *column, cmi_trend_source *out,
                    const char **why);

typedef struct cmi_trend_options {
    cmi_common common;
    const char *kpi, *column;
    cmi_nested nested;
    int64_t moving_average;
    int32_t slopes;
    /* from the plan */
    const cmi_grid *grid;
    const char *period;
    cmi_trend_source source;
} cmi_trend_options;

/* One series per combination of the table's further keys, in order of first appearance. */
typedef struct cmi_trend_series {
    cm_context *ctx;
    int64_t n, n_periods;
    double *value; /* n x n_periods; NaN: none */
    int n_keys;
    char key_name[CMI_MAX_OUT_KEYS][64];
    const char *key_names[CMI_MAX_OUT_KEYS];       /* the same, as cmi_out_keys takes them */
    const cmi_table_column *key[CMI_MAX_OUT_KEYS]; /* of the first result; for the types */
    struct cmi_trend_place {
        const cm_table *table;
        int64_t row;
    } * place; /* where each series showed first */
    int64_t value_capacity, place_capacity;
} cmi_trend_series;

cm_status cmi_trend_read(const cmi_input *in, const cmi_trend_options *o, cmi_trend_series *out);
void cmi_trend_clear(cmi_trend_series *s);
/* The k-th further key of a series. */
const cmi_table_column *cmi_trend_key(const cmi_trend_series *s, int64_t series, int k);

typedef struct cmi_trend_line {
    int64_t n;                  /* points */
    double slope, lower, upper; /* NaN: not defined */
} cmi_trend_line;

/* x rises strictly. scratch: room for n (n - 1) doubles, Theil-Sen only. */
cmi_trend_line cmi_trend_ols(const double *x, const double *y, int64_t n, double confidence);
cmi_trend_line cmi_trend_theil_sen(const double *x, const double *y, int64_t n, double confidence,
                                   double *scratch);

#endif
