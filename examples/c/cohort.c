/* SPDX-License-Identifier: MIT */
/* Cohorts: of those whose first order was in a month, how many order again one, two, three months
 * later? Read through the view cm_cohort, which finds cells without searching the table. */
#include "common.h"

#include <string.h>

/* A retention that is not a number yet says why. */
static void print_cell(const cm_cohort_cell *cell)
{
    if (cell->retention >= 0) {
        printf("  %5.1f%%", 100 * cell->retention);
    } else {
        printf("  %6s", strcmp(cell->state, "undefined") ? "..." : "-");
    }
}

int main(int argc, char **argv)
{
    static const option options[] = {
        { "period", "month" },  { "periods", "5" },        { "of", "orders" },
        { "to", "2024-04-01" }, { "as_of", "2024-07-01" }, { NULL, NULL },
    };
    cm_error *err = cm_error_create();
    cm_context *ctx;
    cm_cohort *cohort;
    need(cm_context_create(NULL, &ctx, err), err);
    cm_dataset *shop = load_orders(ctx, orders_file(argc, argv), err);
    cm_result *result = run_kpi(ctx, shop, "cohort", options, err);
    need(cm_cohort_create(result, &cohort, err), err);

    int64_t n_ages = cm_cohort_n_ages(cohort);
    printf("%-10s  %4s", "cohort", "size");
    for (int64_t age = 0; age < n_ages; age++) printf("  %5s%d", "+", (int)age);
    printf("\n");
    for (int64_t i = 0; i < cm_cohort_n_cohorts(cohort); i++) {
        cm_cohort_cell cell = { .struct_size = sizeof cell };
        for (int64_t age = 0; age < n_ages; age++) {
            need(cm_cohort_cell_get(cohort, i, age, &cell, err), err);
            if (!age) printf("%-10s  %4d", cm_cohort_name(cohort, i), (int)cell.n_customers);
            print_cell(&cell);
        }
        printf("\n");
    }

    double *pooled = malloc((size_t)n_ages * sizeof *pooled);
    if (!pooled) return 2;
    need(cm_cohort_pooled(cohort, pooled, n_ages, err), err);
    printf("%-16s", "all together");
    for (int64_t age = 0; age < n_ages; age++) printf("  %5.1f%%", 100 * pooled[age]);
    printf("\n");

    free(pooled);
    cm_cohort_destroy(cohort);
    cm_result_destroy(result);
    cm_dataset_destroy(shop);
    cm_context_destroy(ctx);
    cm_error_destroy(err);
    return 0;
}
