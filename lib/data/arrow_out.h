/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_ARROW_OUT_H
#define CMI_DATA_ARROW_OUT_H

#include <custmetrics/cm_arrow.h>
#include "data/table.h"

/* The schema of a table's batches: a struct of its columns. false: no memory, *out is untouched. */
bool cmi_arrow_export_schema(const cm_table *table, struct ArrowSchema *out);

#endif
