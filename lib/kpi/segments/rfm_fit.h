/* SPDX-License-Identifier: MIT */
#ifndef CMI_KPI_RFM_FIT_H
#define CMI_KPI_RFM_FIT_H

#include "kpi/kpi.h"
#include "kpi/segments/rfm_scores.h"

/* Between the files of rfm: options, and the solving and presenting half. */
enum { CMI_RFM_QUANTILE, CMI_RFM_RANK_EQUAL, CMI_RFM_NESTED, CMI_RFM_FIXED, CMI_RFM_NTILE };
enum { CMI_RFM_SEGMENTS_TABLE, CMI_RFM_CUSTOMERS_TABLE, CMI_RFM_THRESHOLDS_TABLE };
enum {
    CMI_RFM_U_BY,
    CMI_RFM_U_CUSTOMER,
    CMI_RFM_U_RECENCY,
    CMI_RFM_U_FREQUENCY,
    CMI_RFM_U_MONETARY,
    CMI_RFM_U_R,
    CMI_RFM_U_F,
    CMI_RFM_U_M,
    CMI_RFM_U_SCORE,
    CMI_RFM_U_SEGMENT
};
enum {
    CMI_RFM_S_BY,
    CMI_RFM_S_SEGMENT,
    CMI_RFM_S_N,
    CMI_RFM_S_SHARE,
    CMI_RFM_S_REVENUE,
    CMI_RFM_S_REVENUE_SHARE,
    CMI_RFM_S_RECENCY,
    CMI_RFM_S_FREQUENCY,
    CMI_RFM_S_MONETARY,
    CMI_RFM_S_STRATEGY
};
enum {
    CMI_RFM_T_BY,
    CMI_RFM_T_MEASURE,
    CMI_RFM_T_CLASS,
    CMI_RFM_T_LOWER,
    CMI_RFM_T_UPPER,
    CMI_RFM_T_N
};

typedef struct cmi_rfm_names {
    int n; /* distinct segments, in the order in which they are shown */
    const char *name[25];
    const char *strategy[25];
    int8_t cell[25]; /* index of the segment of each cell of the 5 x 5 map */
} cmi_rfm_names;

typedef struct cmi_rfm_options {
    cmi_common common;
    cmi_selector of;
    const char *quantity;
    int32_t scoring, ties, best;
    int64_t classes;
    cmi_flist cuts[3]; /* r, f, m */
    const char *map;
    cmi_rfm_names *names; /* from map */
    bool all_lines;       /* monetary sums refunds and further lines too */
} cmi_rfm_options;

/* `scratch` holds a copy of the text, which the names then point into. */
bool cmi_rfm_read_map(const char *text, char *scratch, cmi_rfm_names *out);
cm_status cmi_rfm_solve(const cmi_input *in, const void *options, cmi_fit *model);
cm_status cmi_rfm_present(const cmi_input *in, const void *options, cmi_output *out);

#endif
