/* SPDX-License-Identifier: MIT */
#ifndef CMI_KPI_CLV_BGNBD_TABLES_H
#define CMI_KPI_CLV_BGNBD_TABLES_H

#include "kpi/clv/bgnbd_kernel.h"
#include "kpi/clv/clv_fit.h"

/* Tables of bgnbd and their columns. */
enum {
    CMI_BGNBD_FIT,
    CMI_BGNBD_PARAMETERS,
    CMI_BGNBD_CUSTOMERS,
    CMI_BGNBD_PROBABILITIES,
    CMI_BGNBD_EXPECTED,
    CMI_BGNBD_COVARIANCE
};
enum { CMI_BGNBD_F_ALIVE = CMI_CLV_F_MORE, CMI_BGNBD_F_PURCHASES, CMI_BGNBD_F_HOLDOUT };
enum {
    CMI_BGNBD_U_BY,
    CMI_BGNBD_U_CUSTOMER,
    CMI_BGNBD_U_FREQUENCY,
    CMI_BGNBD_U_RECENCY,
    CMI_BGNBD_U_TENURE,
    CMI_BGNBD_U_ALIVE,
    CMI_BGNBD_U_EXPECTED,
    CMI_BGNBD_U_NO_PURCHASE,
    CMI_BGNBD_U_DERT,
    CMI_BGNBD_U_LOG_LIKELIHOOD
};
enum { CMI_BGNBD_N_BY, CMI_BGNBD_N_N, CMI_BGNBD_N_PROBABILITY };
enum { CMI_BGNBD_E_BY, CMI_BGNBD_E_AGE, CMI_BGNBD_E_PURCHASES };
enum { CMI_BGNBD_N_PARAMETERS = 4 };
extern const char *const cmi_bgnbd_names[CMI_BGNBD_N_PARAMETERS];
extern const double cmi_bgnbd_most[CMI_BGNBD_N_PARAMETERS]; /* and 1/most is the least */

typedef struct cmi_bgnbd_options {
    cmi_clv_days days;
    const char *horizon_text;
    double penalty, discount;
    int64_t starts, max_count;
    cmi_map parameters;
    cmi_texts covariates;
    int32_t discount_unit;
    /* resolved by plan */
    double horizon, delta; /* in time units; continuous rate per time unit, NaN: none */
    double given[CMI_BGNBD_N_PARAMETERS];
} cmi_bgnbd_options;

cm_status cmi_bgnbd_present(const cmi_input *in, const void *options, cmi_output *out);

#endif
