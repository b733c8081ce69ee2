/* SPDX-License-Identifier: MIT */
#ifndef CMI_KPI_CAC_TABLES_H
#define CMI_KPI_CAC_TABLES_H

#include "kpi/kpi.h"

/* Between the collecting and the presenting half of cac. */
typedef struct cmi_cac_options {
    cmi_common common;
    cmi_selector of;
    int64_t lag;
    cmi_texts paid;
    bool cumulate;
    const char *steps;
} cmi_cac_options;

extern const cmi_table_def cmi_cac_tables[];
cm_status cmi_cac_present(const cmi_input *in, const void *options, cmi_output *out);

#endif
