/* SPDX-License-Identifier: MIT */
#ifndef EXAMPLE_COMMON_H
#define EXAMPLE_COMMON_H

/* What the examples share. They end at the first failure; a program that has to go on would hand
 * the status up, as the quickstart does. */
#include <custmetrics/custmetrics.h>
#include <stdio.h>
#include <stdlib.h>

static inline void need(cm_status status, const cm_error *err)
{
    if (status == CM_OK) return;
    fprintf(stderr, "%s: %s\n", cm_status_name(status), cm_error_message(err));
    if (*cm_error_hint(err)) fprintf(stderr, "  %s\n", cm_error_hint(err));
    exit(2);
}

/* The file of the command line, else the one beside the sources. */
static inline const char *orders_file(int argc, char **argv)
{
    return argc > 1 ? argv[1] : "orders.csv";
}

static inline cm_dataset *load_orders(cm_context *ctx, const char *path, cm_error *err)
{
    cm_loader *loader;
    cm_dataset *shop;
    need(cm_loader_create(ctx, NULL, NULL, &loader, err), err);
    need(cm_loader_add_csv(loader, "orders", path, NULL, NULL, err), err);
    need(cm_loader_seal(loader, NULL, &shop, err), err);
    cm_loader_destroy(loader);
    return shop;
}

typedef struct option {
    const char *name, *text;
} option;

/* Runs a KPI with options up to one without a name. */
static inline cm_result *run_kpi(cm_context *ctx, const cm_dataset *shop, const char *kpi,
                                 const option *options, cm_error *err)
{
    cm_params *params;
    cm_result *result;
    need(cm_params_create(ctx, kpi, &params, err), err);
    for (; options->name; options++) {
        need(cm_params_set_text(params, options->name, options->text, err), err);
    }
    need(cm_kpi_run(ctx, shop, params, NULL, &result, err), err);
    cm_params_destroy(params);
    return result;
}

static inline const cm_table *table_of(const cm_result *result, const char *name, cm_error *err)
{
    const cm_table *table;
    need(cm_result_table(result, name, &table, err), err);
    return table;
}

static inline int32_t column_of(const cm_table *table, const char *name, cm_error *err)
{
    int32_t column;
    need(cm_table_find(table, name, &column, err), err);
    return column;
}

#endif
