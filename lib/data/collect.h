/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_COLLECT_H
#define CMI_DATA_COLLECT_H

#include "data/bind.h"

/* Walks the owners of a dataset and lets the plan's KPI collect them: each thread into its own
 * state, merged at the end. The result is not yet in canonical order. labels: one per label of the
 * plan's by. */
cm_status cmi_drive(const cmi_plan *plan, const cm_dataset *ds, const cmi_labels *labels,
                    const cmi_job *job, cmi_state **out, cm_error *err);

#endif
