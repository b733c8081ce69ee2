/* SPDX-License-Identifier: MIT */
#ifndef CUSTMETRICS_VIEWS_H
#define CUSTMETRICS_VIEWS_H

#include <custmetrics/cm_result.h>

/** @file
 *  Typed views: indices over a result, which they retain. They never compute a number.
 *  Views are immutable and may be read from many threads. */

CM_BEGIN_DECLS

typedef struct cm_rfm cm_rfm;
typedef struct cm_cohort cm_cohort;

typedef struct cm_rfm_scores {
    uint32_t struct_size; /**< set by the caller */
    int32_t r;
    int32_t f;
    int32_t m;
    int64_t recency_days;
    int64_t frequency;
    double monetary;     /**< money, rounded to the nearest double */
    const char *segment; /**< borrowed from the view, NUL-terminated */
} cm_rfm_scores;

/** From a result of `rfm` without `by`. O(n log n).
 *  Errors: CM_ERR_ARG (NULL, another KPI's result, or one with `by`), CM_ERR_MEMORY, CM_ERR_LIMIT.
 */
CM_API cm_status cm_rfm_create(cm_result *result, cm_rfm **out, cm_error *err);
CM_API void cm_rfm_destroy(cm_rfm *rfm);
CM_API int64_t cm_rfm_n_customers(const cm_rfm *rfm);
/** A customer's scores by id, `length` bytes long. O(log n).
 *  Errors: CM_ERR_ARG (NULL, length below 0, struct_size unknown), CM_ERR_NOT_FOUND. */
CM_API cm_status cm_rfm_customer(const cm_rfm *rfm, const char *customer, int64_t length,
                                 cm_rfm_scores *out, cm_error *err);
/** Half-open edges of a class (1 = lowest value, up) of "r", "f" or "m", and the customers in it;
 *  NaN where an edge is open. A class holds lower < value <= upper, with ties=high lower <= value <
 *  upper; of nested and rank scorings the edges are the least and the greatest value in it, NaN
 *  where it is empty. The score of a class c of k is c, but k + 1 - c for "r" with best=high and
 * for "f" and "m" with best=low. Any out may be NULL. Errors: CM_ERR_ARG (NULL, no such class),
 * CM_ERR_NOT_FOUND (measure). */
CM_API cm_status cm_rfm_threshold(const cm_rfm *rfm, const char *measure, int32_t class_number,
                                  double *lower, double *upper, int64_t *n, cm_error *err);
/** Rows of the `customers` table that belong to a segment, ascending; borrowed from the view.
 *  Errors: CM_ERR_ARG (NULL), CM_ERR_NOT_FOUND (no such segment on the map). */
CM_API cm_status cm_rfm_members(const cm_rfm *rfm, const char *segment, const int64_t **rows,
                                int64_t *n_rows, cm_error *err);

typedef struct cm_cohort_cell {
    uint32_t struct_size; /**< set by the caller */
    int32_t reserved;
    int64_t n_customers;
    int64_t n_eligible;
    int64_t n_active;
    int64_t n_orders;  /**< -1 where null: pending, or there are no orders among the facts */
    double retention;  /**< NaN where null: pending, undefined, or partial with nobody eligible */
    const char *state; /**< complete, partial, pending, undefined; lives for ever */
} cm_cohort_cell;

/** From a result of `cohort` without `by`.
 *  Errors: CM_ERR_ARG (NULL, another KPI's result, or one with `by`), CM_ERR_MEMORY, CM_ERR_LIMIT.
 */
CM_API cm_status cm_cohort_create(cm_result *result, cm_cohort **out, cm_error *err);
CM_API void cm_cohort_destroy(cm_cohort *cohort);
CM_API int64_t cm_cohort_n_cohorts(const cm_cohort *cohort);
CM_API int64_t cm_cohort_n_ages(const cm_cohort *cohort);
/** Start of a cohort as it prints ("2011-01-01"), or its key ("" where that is null); borrowed from
 *  the view; NULL if out of range. */
CM_API const char *cm_cohort_name(const cm_cohort *cohort, int64_t index);
/** A cell; both indices run from 0. With criterion=bracket, `age` counts the brackets. O(1).
 *  Errors: CM_ERR_ARG (NULL, out of range, struct_size unknown). */
CM_API cm_status cm_cohort_cell_get(const cm_cohort *cohort, int64_t index, int64_t age,
                                    cm_cohort_cell *out, cm_error *err);
/** Retention of one cohort over ages 0..n_ages-1 into `values` (n_ages doubles, NaN where null).
 *  Errors: CM_ERR_ARG (NULL, out of range, n_values below n_ages). */
CM_API cm_status cm_cohort_curve(const cm_cohort *cohort, int64_t index, double *values,
                                 int64_t n_values, cm_error *err);
/** The pooled curve, likewise. */
CM_API cm_status cm_cohort_pooled(const cm_cohort *cohort, double *values, int64_t n_values,
                                  cm_error *err);

CM_END_DECLS

#endif
