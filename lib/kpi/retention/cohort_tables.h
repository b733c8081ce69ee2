/* SPDX-License-Identifier: MIT */
#ifndef CMI_KPI_COHORT_TABLES_H
#define CMI_KPI_COHORT_TABLES_H

#include "kpi/retention/ages.h"

/* Between the collecting and the presenting half of cohort. */
enum {
    CMI_ANCHOR_FIRST_EVER,
    CMI_ANCHOR_FIRST_IN_RANGE,
    CMI_ANCHOR_EACH_PERIOD,
    CMI_ANCHOR_FIRST_MATCHING
};
enum { CMI_OVER_ELIGIBLE, CMI_OVER_COHORT, CMI_OVER_PREVIOUS };
enum { CMI_COHORT_DENSE, CMI_COHORT_DENSE_MONEY, CMI_COHORT_KEYED };
enum {
    CMI_COHORT_REACH,
    CMI_COHORT_BEGUN,
    CMI_COHORT_ACTIVE,
    CMI_COHORT_RETAINED,
    CMI_COHORT_PREVIOUS,
    CMI_COHORT_ORDERS,
    CMI_COHORT_REVENUE
};

typedef struct cmi_cohort_options {
    cmi_common common;
    cmi_selector of, start, back;
    cmi_ages ages;
    int32_t anchor, denominator;
    const char *key;
    bool by_period, orders;
} cmi_cohort_options;

extern const cmi_table_def cmi_cohort_tables[];
cm_status cmi_cohort_present(const cmi_input *in, const void *options, cmi_output *out);

#endif
