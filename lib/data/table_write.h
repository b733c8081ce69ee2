/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_TABLE_WRITE_H
#define CMI_DATA_TABLE_WRITE_H

#include "data/table.h"

/* What the files that write a table share. */

/* The column, if a cell of that type (0: any) may be written now; else NULL, and the misuse sticks.
 */
cmi_table_column *cmi_table_open_cell(cm_table *table, int32_t column, cm_type type);
void cmi_table_mark_valid(cm_table *table, cmi_table_column *column);
void cmi_table_fail(cm_table *table, cm_status status);
/* Brings a text column into its final shape, offsets and bytes. false: no memory. */
bool cmi_table_finish_text(cm_table *table, cmi_table_column *column);

#endif
