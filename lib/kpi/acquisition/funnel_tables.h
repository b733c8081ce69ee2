/* SPDX-License-Identifier: MIT */
#ifndef CMI_KPI_FUNNEL_TABLES_H
#define CMI_KPI_FUNNEL_TABLES_H

#include "kpi/acquisition/funnel.h"

/* Between funnel_tables.c and funnel_times.c. */

enum {
    CMI_FUNNEL_T_BY,
    CMI_FUNNEL_T_FROM,
    CMI_FUNNEL_T_TO,
    CMI_FUNNEL_T_N,
    CMI_FUNNEL_T_MEAN,
    CMI_FUNNEL_T_P10,
    CMI_FUNNEL_T_P25,
    CMI_FUNNEL_T_MEDIAN,
    CMI_FUNNEL_T_P75,
    CMI_FUNNEL_T_P90
};
enum {
    CMI_FUNNEL_H_BY,
    CMI_FUNNEL_H_FROM,
    CMI_FUNNEL_H_TO,
    CMI_FUNNEL_H_BUCKET,
    CMI_FUNNEL_H_LOWER,
    CMI_FUNNEL_H_UPPER,
    CMI_FUNNEL_H_N
};

/* Rows of one group. false: no memory. */
bool cmi_funnel_emit_times(const cmi_input *in, const cmi_funnel *o, uint32_t group,
                           cmi_rows *times, cmi_rows *histogram);

#endif
