/* SPDX-License-Identifier: MIT */
/* RFM: who bought lately, often and for much? Segments from the result's table; one customer, the
 * cuts and the members of a segment from the view cm_rfm. */
#include "common.h"

#include <string.h>

static void print_segments(const cm_result *result, cm_error *err)
{
    const cm_table *segments = table_of(result, "segments", err);
    int32_t name = column_of(segments, "segment", err);
    int32_t count = column_of(segments, "n_customers", err);
    int32_t revenue = column_of(segments, "revenue", err);
    for (int64_t row = 0; row < cm_table_n_rows(segments); row++) {
        char segment[64], money[64];
        int64_t n, length;
        need(cm_table_format(segments, row, name, segment, sizeof segment, &length, NULL, err),
             err);
        need(cm_table_get_i64(segments, row, count, &n, NULL, err), err);
        need(cm_table_format(segments, row, revenue, money, sizeof money, &length, NULL, err), err);
        printf("%-20s %4d %9s\n", segment, (int)n, money);
    }
}

static void print_customer(const cm_rfm *rfm, const char *customer, cm_error *err)
{
    cm_rfm_scores s = { .struct_size = sizeof s };
    need(cm_rfm_customer(rfm, customer, (int64_t)strlen(customer), &s, err), err);
    printf("%s: R%d F%d M%d, %s; %d days ago, %d orders, %.2f\n", customer, (int)s.r, (int)s.f,
           (int)s.m, s.segment, (int)s.recency_days, (int)s.frequency, s.monetary);
}

static void print_members(const cm_result *result, const cm_rfm *rfm, const char *segment,
                          cm_error *err)
{
    const cm_table *customers = table_of(result, "customers", err);
    int32_t column = column_of(customers, "customer", err);
    const int64_t *rows;
    int64_t n_rows;
    need(cm_rfm_members(rfm, segment, &rows, &n_rows, err), err);
    printf("%s:", segment);
    for (int64_t i = 0; i < n_rows; i++) {
        const char *id; /* borrowed, and not NUL-terminated */
        int64_t length;
        need(cm_table_get_text(customers, rows[i], column, &id, &length, NULL, err), err);
        printf(" %.*s", (int)length, id);
    }
    printf("\n");
}

int main(int argc, char **argv)
{
    static const option options[] = { { "as_of", "2024-07-01" }, { NULL, NULL } };
    cm_error *err = cm_error_create();
    cm_context *ctx;
    cm_rfm *rfm;
    need(cm_context_create(NULL, &ctx, err), err);
    cm_dataset *shop = load_orders(ctx, orders_file(argc, argv), err);
    cm_result *result = run_kpi(ctx, shop, "rfm", options, err);
    need(cm_rfm_create(result, &rfm, err), err);

    print_segments(result, err);
    print_customer(rfm, "c067", err);
    double lower, upper;
    int64_t n;
    need(cm_rfm_threshold(rfm, "m", 3, &lower, &upper, &n, err), err);
    printf("M3 is above %.2f, up to %.2f: %d customers\n", lower, upper, (int)n);
    print_members(result, rfm, "Can't Lose Them", err);

    cm_rfm_destroy(rfm);
    cm_result_destroy(result);
    cm_dataset_destroy(shop);
    cm_context_destroy(ctx);
    cm_error_destroy(err);
    return 0;
}
