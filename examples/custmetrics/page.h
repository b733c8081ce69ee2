/* SPDX-License-Identifier: MIT */
#ifndef PROGRAM_PAGE_H
#define PROGRAM_PAGE_H

#include "sections.h"
#include "session.h"
#include "text.h"

/* The parts of the report's HTML. One file, no scripts, nothing from the network. */
void page_begin(const char *title, text *out);
void page_end(text *out);
/* Title, definition, and what the numbers hold for. `info` may be of another section's KPI too. */
void page_section_begin(const section_def *def, const cm_kpi_info *info, const cm_result *result,
                        text *out);
void page_section_end(const cm_kpi_info *info, text *out);
/* A section that could not be computed says so. */
void page_section_failed(const section_def *def, const char *message, text *out);
/* The chart, its data table and the download of that table as CSV. False: see s->err. */
bool page_chart(const session *s, const chart_def *def, const char *kpi, const cm_table *t,
                text *out);

#endif
