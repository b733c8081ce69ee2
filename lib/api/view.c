/* SPDX-License-Identifier: MIT */
#include "api/view.h"

#include <math.h>
#include <string.h>

#include "core/error.h"

cm_status cmi_view_check(const cm_result *result, const char *kpi, cm_error *err)
{
    const char *by = "";
    if (!result) return cmi_fail(err, CM_ERR_ARG, "the result of a view must not be NULL");
    if (strcmp(cm_result_kpi(result), kpi) != 0)
        return cmi_fail(err, CM_ERR_ARG, "the view is of %s, the result of %s", kpi,
                        cm_result_kpi(result));
    if (cm_result_meta_get(result, "options.by", &by, NULL) == CM_OK && *by) {
        cm_status status = cmi_fail(err, CM_ERR_ARG, "the view takes no groups, the result has by");
        cmi_error_option(err, "by");
        cmi_error_hint(err, "read the tables, or run %s without by", kpi);
        return status;
    }
    return CM_OK;
}

cm_status cmi_view_open(const cm_result *result, const char *table, const cmi_view_column *columns,
                        int n_columns, const cm_table **out, cm_error *err)
{
    const cm_table *t = cmi_result_find(result, table);
    for (int i = 0; i < n_columns; i++) {
        const cmi_table_column *found = NULL;
        for (int32_t c = 0; c < cm_table_n_columns(t) && !found; c++)
            if (strcmp(t->columns[c].name, columns[i].name) == 0) found = &t->columns[c];
        if (t && (!found || (columns[i].type && found->type != columns[i].type)))
            return cmi_fail(err, CM_ERR_INTERNAL, "table %s of %s has no column %s of that type",
                            table, cm_result_kpi(result), columns[i].name);
        *columns[i].out = found;
    }
    *out = t;
    return CM_OK;
}

double cmi_view_f64(const cmi_table_column *column, int64_t row)
{
    return cmi_table_is_null(column, row) ? NAN : ((const double *)column->data)[row];
}

int64_t cmi_view_i64(const cmi_table_column *column, int64_t row, int64_t null)
{
    return cmi_table_is_null(column, row) ? null : ((const int64_t *)column->data)[row];
}
