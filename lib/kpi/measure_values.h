/* SPDX-License-Identifier: MIT */
#ifndef CMI_KPI_MEASURE_VALUES_H
#define CMI_KPI_MEASURE_VALUES_H

#include "kpi/measures.h"

/* Between measures.c, which names the measures, and measure_*.c, which take them. */
int64_t cmi_m_n_orders(cmi_measuring *m);
int64_t cmi_m_revenue(cmi_measuring *m);
int64_t cmi_m_refunds(cmi_measuring *m);
int64_t cmi_m_aov(cmi_measuring *m);
int64_t cmi_m_recency_days(cmi_measuring *m);
int64_t cmi_m_tenure_days(cmi_measuring *m);
int64_t cmi_m_mean_gap_days(cmi_measuring *m);
int64_t cmi_m_n_products(cmi_measuring *m);
int64_t cmi_m_n_events(cmi_measuring *m);
int64_t cmi_m_n_active_days(cmi_measuring *m);
int64_t cmi_m_n_sessions(cmi_measuring *m);
int64_t cmi_m_duration_seconds(cmi_measuring *m);
int64_t cmi_m_n_pages(cmi_measuring *m);
int64_t cmi_m_value(cmi_measuring *m);
int64_t cmi_m_n_tickets(cmi_measuring *m);
int64_t cmi_m_n_responses(cmi_measuring *m);
int64_t cmi_m_mean_score(cmi_measuring *m);
int64_t cmi_m_mrr(cmi_measuring *m);
int64_t cmi_m_n_items(cmi_measuring *m);
int64_t cmi_m_n_approvals(cmi_measuring *m);
int64_t cmi_m_n_referred(cmi_measuring *m);
int64_t cmi_m_dimension(cmi_measuring *m);

/* ---- walking the rows ---- */

/* A row of that table that passes `where`. */
static inline bool cmi_m_row(const cmi_measuring *m, int64_t i, cmi_fact f)
{
    return (m->rows->sel[i] & 1) && cmi_span_table(m->rows, i) == f;
}
/* The row's number; CMI_NULL where there is none. */
static inline int64_t cmi_m_cell(const cmi_measuring *m, cmi_measure_column c, int64_t i)
{
    const int64_t *v = m->set->slot[c] < 0 ? NULL : m->rows->value[m->set->slot[c]];
    return v ? v[i] : CMI_NULL;
}
static inline void cmi_m_add(cmi_measuring *m, int64_t *sum, int64_t v)
{
    if (v != CMI_NULL && __builtin_add_overflow(*sum, v, sum)) m->overflow = true;
}
/* n / d rounded half to even; d > 0. */
int64_t cmi_m_divide(cmi_measuring *m, cmi_i128 n, cmi_i128 d);
/* Distinct codes (not 0, not null, not `except`) in a column of the rows of a table for which
 * `wanted` says yes (NULL: all). */
int64_t cmi_m_distinct(cmi_measuring *m, cmi_fact f, cmi_measure_column c, int64_t except,
                       bool (*wanted)(const cmi_measuring *m, int64_t row));

#endif
