/* SPDX-License-Identifier: MIT */
#ifndef PROGRAM_TABLE_H
#define PROGRAM_TABLE_H

#include <custmetrics/custmetrics.h>

#include "text.h"

/* A cell as it would stand in CSV, unquoted, appended to `out`. False: null, or there is no such
 * column. */
bool table_cell_at(const cm_table *t, int64_t row, int32_t column, text *out);
bool table_cell(const cm_table *t, int64_t row, const char *column, text *out);
/* The number of a cell, for drawing. False: null or no finite number. */
bool table_number(const cm_table *t, int64_t row, int32_t column, double *out);
/* -1: there is no such column. */
int32_t table_column(const cm_table *t, const char *name);

#endif
