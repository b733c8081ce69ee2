/* SPDX-License-Identifier: MIT */
#ifndef CMI_KPI_CLV_DAYS_H
#define CMI_KPI_CLV_DAYS_H

/* What every customer-lifetime model reads: purchases of one local day are one; repeat days,
 * recency and tenure of each customer before the calibration's end, and what came after it. Shared
 * by clv_summary and the models, so that all of them see the same customers. */
#include "kpi/kpi.h"

/* The first member of each of their option structs. */
typedef struct cmi_clv_days {
    cmi_common common;
    int32_t time_unit, amount, zeros;
    int64_t calibration_end; /* CMI_NULL: none */
    /* resolved by cmi_clv_plan */
    int64_t end_day, last_day; /* local dates: purchases before them count, or are the holdout's */
    bool has_holdout, has_by;
} cmi_clv_days;

#define CMI_CLV_DAYS_OPTIONS(S, M)                                                                 \
    CMI_OPT(CHOICE, S, M.time_unit, "time_unit", "week", "day|week|month|year", "",                \
            "unit of recency, tenure, horizon and rates: 1, 7, 365/12 or 365 days"),               \
        CMI_OPT(DATE, S, M.calibration_end, "calibration_end", NULL, NULL, "",                     \
                "facts from here on are the holdout; unset: as_of"),                               \
        CMI_OPT(CHOICE, S, M.zeros, "zeros", "included", "included|excluded", "",                  \
                "whether an order of amount 0 is a purchase")

/* Of those that speak of money. */
#define CMI_CLV_AMOUNT_OPTION(S, M)                                                                \
    CMI_OPT(CHOICE, S, M.amount, "amount", "net", "net|gross", "",                                 \
            "value of a purchase day: all its lines, or those above 0")

/* Cells: the first three tables of each of them. With detail=none customers are counted by their
 * numbers; GIVEN holds the rows of the side table `summary`, doubles as bits. */
enum { CMI_CLV_CUSTOMERS, CMI_CLV_PATTERNS, CMI_CLV_GIVEN };
enum {
    CMI_CLV_FREQUENCY,
    CMI_CLV_RECENCY,
    CMI_CLV_TENURE,
    CMI_CLV_REVENUE,
    CMI_CLV_FREQUENCY_HOLDOUT,
    CMI_CLV_REVENUE_HOLDOUT
}; /* columns of CUSTOMERS */
#define CMI_CLV_CELLS                                                                              \
    [CMI_CLV_CUSTOMERS] = CMI_CELLS("customers", "customer:customer",                              \
                                    "frequency:once,recency:once,tenure:once,revenue:once,"        \
                                    "frequency_holdout:once,revenue_holdout:once"),                \
    [CMI_CLV_PATTERNS] = CMI_CELLS("patterns", "frequency,recency,tenure",                         \
                                   "n,revenue:sum128,frequency_holdout,revenue_holdout:sum128"),   \
    [CMI_CLV_GIVEN] = CMI_CELLS("given", "customer:own,frequency,recency,tenure,monetary", "n")

/* Streams, selectors and values; checks the options and finds the days. */
void cmi_clv_plan(cmi_plan *p, cmi_clv_days *o);
void cmi_clv_collect(cmi_state *s, const cmi_clv_days *o, const cmi_span *rows);
void cmi_clv_collect_side(cmi_state *s, const cmi_clv_days *o, const cmi_side *side);
double cmi_clv_unit_days(const cmi_clv_days *o);

/* The customers of one group, and the distinct (frequency, recency, tenure) among them: the models
 * compute once per pattern. Patterns ascend by frequency, recency, tenure. */
typedef struct cmi_clv_rows {
    cm_context *ctx;
    const cmi_state *state;
    const cmi_clv_days *days;
    int cells;                /* which table the rows stand in */
    int64_t from, n_rows;     /* its rows of the group */
    uint32_t *pattern;        /* of each row */
    int64_t n;                /* patterns */
    int64_t *frequency;       /* of each pattern */
    double *recency, *tenure; /* in time units */
    double *count;            /* customers, whole numbers */
    int64_t n_customers;
    void *block;
} cmi_clv_rows;
/* Where the table `summary` was given, its rows stand in place of the orders'. */
cm_status cmi_clv_rows_open(const cmi_input *in, const cmi_clv_days *o, uint32_t group,
                            cmi_clv_rows *out);
void cmi_clv_rows_close(cmi_clv_rows *r); /* of cleared memory too */
/* Whether rows have a customer's name (not with detail=none). */
bool cmi_clv_rows_named(const cmi_clv_rows *r);
int64_t cmi_clv_rows_count(const cmi_clv_rows *r, int64_t row);
void cmi_clv_emit_customer(cmi_rows *t, int column, const cmi_clv_rows *r, int64_t row);
/* Revenue of the repeat purchase days and their number, over the customers of the row; false where
 * the row was given as a mean. */
bool cmi_clv_rows_revenue(const cmi_clv_rows *r, int64_t row, cmi_i128 *revenue, int64_t *n);
/* Mean value of a repeat purchase as a double in money; NaN without one. */
double cmi_clv_rows_monetary(const cmi_clv_rows *r, int64_t row);
/* The holdout's purchases and revenue; false where there is none. */
bool cmi_clv_rows_holdout(const cmi_clv_rows *r, int64_t row, int64_t *n, cmi_i128 *revenue);
/* What a reader of every such KPI must know: no customers, or orders that `summary` displaced. */
void cmi_clv_diagnose(const cmi_input *in, cmi_output *out);

#endif
