/* SPDX-License-Identifier: MIT */
/* Facts in, numbers out: four orders of three customers, and what they come to. Every status is
 * looked at; one place says what went wrong. */
#include <custmetrics/custmetrics.h>
#include <stdio.h>

static int fail(const cm_error *err)
{
    fprintf(stderr, "quickstart: %s\n", cm_error_message(err));
    return 1;
}

static cm_status load_orders(cm_context *ctx, cm_dataset **shop, cm_error *err)
{
    static const char *const customers[] = { "ada", "ben", "ada", "cleo" };
    static const char *const times[] = { "2024-03-01", "2024-03-05", "2024-03-09", "2024-04-02" };
    static const char *const amounts[] = { "12.50", "20.00", "7.25", "3.10" };
    const cm_array columns[] = {
        { .name = "customer", .type = CM_ARRAY_TEXT, .data = customers },
        { .name = "time", .type = CM_ARRAY_TEXT, .data = times },
        { .name = "amount", .type = CM_ARRAY_TEXT, .data = amounts },
    };
    cm_loader *loader;
    cm_status status = cm_loader_create(ctx, NULL, NULL, &loader, err);
    if (status != CM_OK) return status;
    status = cm_loader_add_columns(loader, "orders", 4, columns, 3, NULL, NULL, err);
    if (status == CM_OK) status = cm_loader_seal(loader, NULL, shop, err);
    cm_loader_destroy(loader);
    return status;
}

static cm_status run_purchase(cm_context *ctx, const cm_dataset *shop, cm_result **result,
                              cm_error *err)
{
    cm_params *params;
    cm_status status = cm_params_create(ctx, "purchase", &params, err);
    if (status != CM_OK) return status;
    status = cm_params_set_text(params, "period", "month", err);
    if (status == CM_OK) status = cm_kpi_run(ctx, shop, params, NULL, result, err);
    cm_params_destroy(params);
    return status;
}

static cm_status print_periods(const cm_result *result, cm_error *err)
{
    static const char *const shown[] = { "period", "n_customers", "n_orders", "revenue" };
    const cm_table *periods;
    cm_status status = cm_result_table(result, "periods", &periods, err);
    for (int64_t row = 0; status == CM_OK && row < cm_table_n_rows(periods); row++) {
        for (int i = 0; status == CM_OK && i < 4; i++) {
            char cell[64];
            int32_t column;
            int64_t length;
            bool is_null = false;
            status = cm_table_find(periods, shown[i], &column, err);
            if (status == CM_OK) {
                status = cm_table_format(periods, row, column, cell, sizeof cell, &length, &is_null,
                                         err);
            }
            if (status == CM_OK) printf("%s%s", i ? "  " : "", is_null ? "-" : cell);
        }
        printf("\n");
    }
    return status;
}

int main(void)
{
    cm_error *err = cm_error_create();
    cm_context *ctx = NULL;
    cm_dataset *shop = NULL;
    cm_result *result = NULL;
    int code = 0;
    if (cm_context_create(NULL, &ctx, err) != CM_OK || load_orders(ctx, &shop, err) != CM_OK ||
        run_purchase(ctx, shop, &result, err) != CM_OK || print_periods(result, err) != CM_OK) {
        code = fail(err);
    }
    cm_result_destroy(result);
    cm_dataset_destroy(shop);
    cm_context_destroy(ctx);
    cm_error_destroy(err);
    return code;
}
