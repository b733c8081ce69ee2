/* SPDX-License-Identifier: MIT */
#include "answers.h"

#include <stdio.h>

static cm_status find_column(const cm_result *result, const char *name, const char *column,
                             const cm_table **table, int32_t *at, cm_error *err)
{
    cm_status status = cm_result_table(result, name, table, err);
    return status == CM_OK ? cm_table_find(*table, column, at, err) : status;
}

/* The numbers of a column at the given rows. */
static cm_status pick(const cm_result *result, const char *name, const char *column,
                      const int64_t *rows, int n, int64_t *out, cm_error *err)
{
    const cm_table *table;
    int32_t at;
    bool is_null;
    cm_status status = find_column(result, name, column, &table, &at, err);

    for (int i = 0; i < n && status == CM_OK; i++)
        status = cm_table_get_i64(table, rows[i], at, &out[i], &is_null, err);
    return status;
}

/* Sum and number of rows of a column of integers. */
static cm_status add_up(const cm_result *result, const char *name, const char *column, int64_t *sum,
                        int64_t *n, cm_error *err)
{
    const cm_table *table;
    int32_t at;
    int64_t x;
    bool is_null;
    cm_status status = find_column(result, name, column, &table, &at, err);

    *sum = *n = 0;
    for (int64_t i = 0; status == CM_OK && i < cm_table_n_rows(table); i++, ++*n) {
        status = cm_table_get_i64(table, i, at, &x, &is_null, err);
        if (status == CM_OK && !is_null) *sum += x;
    }
    return status;
}

cm_status answer_rfm(const cm_result *result, char *text, cm_error *err)
{
    int64_t orders, customers;
    cm_status status = add_up(result, "customers", "frequency", &orders, &customers, err);

    if (status == CM_OK)
        snprintf(text, MAX_ANSWER, "\"orders\": %lld, \"customers\": %lld", (long long)orders,
                 (long long)customers);
    return status;
}

cm_status answer_purchase(const cm_result *result, char *text, cm_error *err)
{
    int64_t orders, periods;
    cm_status status = add_up(result, "periods", "n_orders", &orders, &periods, err);

    if (status == CM_OK)
        snprintf(text, MAX_ANSWER, "\"orders\": %lld, \"periods\": %lld", (long long)orders,
                 (long long)periods);
    return status;
}

/* Ages 0 to 3 of the first cohort. */
cm_status answer_cohort(const cm_result *result, char *text, cm_error *err)
{
    static const int64_t rows[] = { 0, 1, 2, 3 };
    int64_t n[4] = { 0 };
    cm_status status = pick(result, "cells", "n_active", rows, 4, n, err);

    if (status == CM_OK)
        snprintf(text, MAX_ANSWER, "\"first\": [%lld, %lld, %lld, %lld]", (long long)n[0],
                 (long long)n[1], (long long)n[2], (long long)n[3]);
    return status;
}

/* All windows that end on the eighth day. */
cm_status answer_active(const cm_result *result, char *text, cm_error *err)
{
    const cm_table *table;
    int64_t n[3] = { 0 };
    cm_status status = cm_result_table(result, "days", &table, err);

    if (status != CM_OK) return status;
    int64_t days = cm_table_n_rows(table) / 3;
    const int64_t rows[] = { 7, days + 7, 2 * days + 7 };
    status = pick(result, "days", "n_active", rows, 3, n, err);
    if (status == CM_OK)
        snprintf(text, MAX_ANSWER, "\"day7\": [%lld, %lld, %lld]", (long long)n[0], (long long)n[1],
                 (long long)n[2]);
    return status;
}

/* How many got to each step and no further. */
cm_status answer_funnel(const cm_result *result, char *text, cm_error *err)
{
    static const int64_t rows[] = { 0, 1, 2, 3 };
    int64_t n[4] = { 0 };
    cm_status status = pick(result, "steps", "n_customers", rows, 4, n, err);

    if (status == CM_OK)
        snprintf(text, MAX_ANSWER, "\"levels\": [%lld, %lld, %lld, %lld]", (long long)(n[0] - n[1]),
                 (long long)(n[1] - n[2]), (long long)(n[2] - n[3]), (long long)n[3]);
    return status;
}

/* Minus the log likelihood of the mean customer. */
cm_status answer_bgnbd(const cm_result *result, char *text, cm_error *err)
{
    static const int64_t row = 0;
    const cm_table *table;
    int32_t at;
    int64_t n = 0;
    double likelihood = 0;
    bool is_null;
    cm_status status = find_column(result, "fit", "log_likelihood", &table, &at, err);

    if (status == CM_OK) status = cm_table_get_f64(table, 0, at, &likelihood, &is_null, err);
    if (status == CM_OK) status = pick(result, "fit", "n", &row, 1, &n, err);
    if (status == CM_OK && n > 0)
        snprintf(text, MAX_ANSWER, "\"nll\": %.9f", -likelihood / (double)n);
    return status;
}
