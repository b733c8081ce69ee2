/* SPDX-License-Identifier: MIT */
#ifndef CMI_KPI_RFM_SCORES_H
#define CMI_KPI_RFM_SCORES_H

#include <stdbool.h>
#include <stdint.h>

/* Pure kernels of rfm: classes of integers by cuts or by rank, and the map from scores to segments.
 */

/* Cuts are exact: cut j is at[j] / den. */
typedef struct cmi_cuts {
    int64_t n; /* cuts; classes are n + 1 */
    int64_t den;
    int64_t at[15];
} cmi_cuts;

/* Type 7 cuts of n sorted values into k classes: cut j of 1..k-1 lies at position (n - 1) j / k.
 * false: a cut times k leaves int64. */
bool cmi_rfm_quantile_cuts(const int64_t *sorted, int64_t n, int64_t k, cmi_cuts *out);
/* 1 + number of cuts strictly below v; with high: at or below v. */
int64_t cmi_rfm_class(const cmi_cuts *cuts, int64_t v, bool high);
/* The same for n values, none of them null. */
void cmi_rfm_classes(const cmi_cuts *cuts, const int64_t *value, int64_t n, bool high,
                     int64_t *out);
/* Class of rank i of n from worst to best: 1 + floor(k i / n); or as NTILE(k) in SQL. */
int64_t cmi_rfm_rank_class(int64_t i, int64_t n, int64_t k, bool ntile);
/* Classes by rank; order[] and scratch[] hold n. descending: the largest value is worst. */
void cmi_rfm_rank(const int64_t *value, int64_t n, int64_t k, bool ntile, bool descending,
                  int64_t *key, uint32_t *order, uint32_t *scratch, int64_t *out);

enum { CMI_RFM_SEGMENTS = 11 };
extern const char *const cmi_rfm_name[CMI_RFM_SEGMENTS];
extern const char *const cmi_rfm_strategy[CMI_RFM_SEGMENTS];
/* Segment of scores where 5 (k) is best, by definition of the map: FM is the mean of F and M
 * rounded half up; a class c of k counts as ceil(5 c / k). The cell is row (5 - R) * 5 + FM - 1. */
int64_t cmi_rfm_cell(int64_t r, int64_t f, int64_t m, int64_t k_r, int64_t k_f, int64_t k_m);
extern const int8_t cmi_rfm_map[25];

#endif
