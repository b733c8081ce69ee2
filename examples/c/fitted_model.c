/* SPDX-License-Identifier: MIT */
/* A model that is fitted once, kept in a file, and applied later to newer facts: BG/NBD fitted on
 * the orders until April says in July who is still a customer, without another fit. */
#include "common.h"

static void fit_and_save(cm_context *ctx, const cm_dataset *shop, FILE *file, cm_error *err)
{
    static const option options[] = { { "as_of", "2024-04-01" }, { NULL, NULL } };
    cm_result *result = run_kpi(ctx, shop, "bgnbd", options, err);
    const cm_table *parameters = table_of(result, "parameters", err);
    int32_t name = column_of(parameters, "parameter", err);
    int32_t value = column_of(parameters, "value", err);
    printf("fitted:");
    for (int64_t row = 0; row < cm_table_n_rows(parameters); row++) {
        char parameter[16];
        int64_t length;
        double x;
        bool is_null; /* where the likelihood has no maximum */
        need(
            cm_table_format(parameters, row, name, parameter, sizeof parameter, &length, NULL, err),
            err);
        need(cm_table_get_f64(parameters, row, value, &x, &is_null, err), err);
        if (!is_null) printf("  %s %.3f", parameter, x);
    }
    printf("\n");

    cm_model *model;
    cm_buffer *bytes;
    need(cm_result_model(result, &model, err), err);
    need(cm_buffer_create(ctx, &bytes, err), err);
    need(cm_model_save(model, bytes, err), err);
    size_t size = (size_t)cm_buffer_size(bytes);
    if (fwrite(cm_buffer_data(bytes), 1, size, file) != size) exit(2);
    cm_buffer_destroy(bytes);
    cm_model_destroy(model);
    cm_result_destroy(result);
}

static cm_model *load_model(cm_context *ctx, FILE *file, cm_error *err)
{
    static char bytes[65536];
    cm_model *model;
    rewind(file);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    need(cm_model_load(ctx, bytes, (int64_t)size, &model, err), err);
    return model;
}

/* The model's own options, but for the day and how far to look ahead. */
static cm_result *apply(const cm_model *model, const cm_dataset *shop, cm_error *err)
{
    cm_params *params;
    cm_result *result;
    need(cm_model_params(model, &params, err), err);
    need(cm_params_set_text(params, "as_of", "2024-07-01", err), err);
    need(cm_params_set_text(params, "horizon", "13", err), err);
    need(cm_model_apply(model, shop, params, NULL, &result, err), err);
    cm_params_destroy(params);
    return result;
}

static void print_customers(const cm_result *result, int64_t n_shown, cm_error *err)
{
    const cm_table *customers = table_of(result, "customers", err);
    int32_t id = column_of(customers, "customer", err);
    int32_t alive = column_of(customers, "p_alive", err);
    int32_t expected = column_of(customers, "expected_purchases", err);
    for (int64_t row = 0; row < n_shown && row < cm_table_n_rows(customers); row++) {
        char customer[32];
        int64_t length;
        double p, purchases;
        need(cm_table_format(customers, row, id, customer, sizeof customer, &length, NULL, err),
             err);
        need(cm_table_get_f64(customers, row, alive, &p, NULL, err), err);
        need(cm_table_get_f64(customers, row, expected, &purchases, NULL, err), err);
        printf("%s  still a customer: %.3f  purchases in 13 weeks: %.3f\n", customer, p, purchases);
    }
}

int main(int argc, char **argv)
{
    FILE *file = tmpfile();
    if (!file) return 2;
    cm_error *err = cm_error_create();
    cm_context *ctx;
    need(cm_context_create(NULL, &ctx, err), err);
    cm_dataset *shop = load_orders(ctx, orders_file(argc, argv), err);
    fit_and_save(ctx, shop, file, err);

    cm_model *model = load_model(ctx, file, err);
    cm_result *result = apply(model, shop, err);
    print_customers(result, 5, err);

    cm_result_destroy(result);
    cm_model_destroy(model);
    cm_dataset_destroy(shop);
    cm_context_destroy(ctx);
    cm_error_destroy(err);
    fclose(file);
    return 0;
}
