/* SPDX-License-Identifier: MIT */
#ifndef CMI_API_VIEW_H
#define CMI_API_VIEW_H

#include "data/result.h"

/* What the typed views share: they read tables of one KPI's results by name. */

/* CM_ERR_ARG unless the result is that KPI's and has no `by`. */
cm_status cmi_view_check(const cm_result *result, const char *kpi, cm_error *err);

typedef struct cmi_view_column {
    const char *name;
    cm_type type; /* 0: any */
    const cmi_table_column **out;
} cmi_view_column;

/* A table and its columns. A table without rows is not in the result: *out is NULL then, and so are
 * the columns. The library made the table, so a column that is missing is CM_ERR_INTERNAL. */
cm_status cmi_view_open(const cm_result *result, const char *table, const cmi_view_column *columns,
                        int n_columns, const cm_table **out, cm_error *err);

/* NaN where null. */
double cmi_view_f64(const cmi_table_column *column, int64_t row);
int64_t cmi_view_i64(const cmi_table_column *column, int64_t row, int64_t null);

#endif
