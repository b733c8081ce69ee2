/* SPDX-License-Identifier: MIT */
#ifndef PROGRAM_CHART_H
#define PROGRAM_CHART_H

#include "sections.h"
#include "table.h"

/* Draws a table as the definition says, as inline SVG (FIGURES: as HTML). Every row with a value
 * becomes one mark. False: a column is missing, or there is nothing to draw. */
bool chart_draw(const chart_def *def, const cm_table *t, text *out);

/* A cell for people: rounded, shares as percent, money to two digits, null as a dash. */
void cell_short(const cm_table *t, int64_t row, int32_t column, text *out);

#endif
