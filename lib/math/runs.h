/* SPDX-License-Identifier: MIT */
/* Statistics of a multiset of whole numbers, given as runs (value, count) with rising values and
 * counts >= 0.
 *
 * Every definition is that of the expanded multiset: a run of count c is c equal values. Counts and
 * sums are exact (128 bits); a double appears only at the end. The total count must fit in int64.
 * Functions of type bool return false, and write nothing, where the answer is not defined (no
 * values).
 */
#ifndef CMI_MATH_RUNS_H
#define CMI_MATH_RUNS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/int128.h"

typedef struct cmi_run {
    int64_t value, count;
} cmi_run;

/* Sum of the counts; the exact sum of the values. */
int64_t cmi_runs_count(const cmi_run *runs, int64_t n);
cmi_i128 cmi_runs_sum(const cmi_run *runs, int64_t n);

/* Joins equal neighbours of a sorted array in place and drops counts of 0; returns the new length.
 */
int64_t cmi_runs_compact(cmi_run *runs, int64_t n);

/* The value of rank k, 1 <= k <= count: the k-th smallest. */
bool cmi_runs_rank(const cmi_run *runs, int64_t n, int64_t k, int64_t *out);

/* Quantiles, p in [0, 1] (Hyndman & Fan 1996, doi:10.2307/2684934). Type 1: the value of rank
 * max(1, ceil(N p)), with N p rounded once to a double, which turns decimal p into the rank meant.
 * Type 7: between the ranks around (N - 1) p + 1, linear. */
bool cmi_runs_quantile1(const cmi_run *runs, int64_t n, double p, int64_t *out);
bool cmi_runs_quantile7(const cmi_run *runs, int64_t n, double p, double *out);

bool cmi_runs_mean(const cmi_run *runs, int64_t n, double *out);

/* Sample variance (divisor N - 1), two passes about the mean; N >= 2. */
bool cmi_runs_variance(const cmi_run *runs, int64_t n, double *out);

/* bins[0] counts values < edges[0], bins[i] those in [edges[i-1], edges[i]), bins[n_edges] those >=
 * the last. Edges rise strictly; bins has n_edges + 1 places. */
void cmi_runs_histogram(const cmi_run *runs, int64_t n, const int64_t *edges, int64_t n_edges,
                        int64_t *bins);

/* Gini coefficient without small-sample factor: sum over pairs |xi - xj| / (2 N^2 mean)
 * = sum (2 rank - N - 1) x / (N sum x). False if a value is negative, the sum is 0, or 128 bits
 * overflow. */
bool cmi_runs_gini(const cmi_run *runs, int64_t n, double *out);

/* Lorenz curve: share of the sum held by the poorest share p of all, linear between the points
 * (cumulated count, cumulated sum). False as for Gini. */
bool cmi_runs_lorenz(const cmi_run *runs, int64_t n, double p, double *out);

/* Exact sum of the k largest values, 0 <= k <= count. */
bool cmi_runs_top_sum(const cmi_run *runs, int64_t n, int64_t k, cmi_i128 *out);

/* Largest |F1(x) - F2(x)|, compared exactly as fractions, and the two-sided p-value of Kolmogorov's
 * limit law with its log10 (any may be NULL). Smirnov 1939. */
bool cmi_runs_ks(const cmi_run *a, int64_t n_a, const cmi_run *b, int64_t n_b, double *d,
                 double *p_value, double *log10_p);

/* First Wasserstein distance, the integral of |F1 - F2|. */
bool cmi_runs_wasserstein(const cmi_run *a, int64_t n_a, const cmi_run *b, int64_t n_b,
                          double *out);

#endif
