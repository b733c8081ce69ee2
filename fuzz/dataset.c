/* SPDX-License-Identifier: MIT
 *
 * Saved datasets. One that is taken is checked, and every KPI is run on it with its example.
 */
#include "fuzz.h"

static void run_kpi(int32_t kpi, const cm_dataset *ds, cm_context *ctx)
{
    cm_kpi_info info = { .struct_size = sizeof info };
    cm_run run = { .struct_size = sizeof run, .threads = 1 };
    cm_params *params;
    cm_result *result;
    char name[64], value[256];
    if (cm_kpi_get(kpi, &info, NULL) != CM_OK) return;
    if (cm_params_create(ctx, info.id, &params, NULL) != CM_OK) return;
    for (const char *p = info.example; *p; p += strspn(p, " ")) {
        size_t n = strcspn(p, "="), m = strcspn(p + n + 1, " ");
        memcpy(name, p, n);
        name[n] = '\0';
        memcpy(value, p + n + 1, m);
        value[m] = '\0';
        cm_params_set_text(params, name, value, NULL);
        p += n + 1 + m;
    }
    if (cm_kpi_run(ctx, ds, params, &run, &result, NULL) == CM_OK) {
        fuzz_read(result, ctx);
        cm_result_destroy(result);
    }
    cm_params_destroy(params);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t whole;
    uint8_t *bytes = fuzz_envelope(KIND_DATASET, data, size, &whole);
    cm_context *ctx = fuzz_context();
    cm_dataset *ds;
    cm_result *result;
    if (cm_dataset_load(ctx, bytes, whole, &ds, NULL) == CM_OK) {
        if (cm_dataset_check(ds, &result, NULL) == CM_OK) cm_result_destroy(result);
        for (int32_t k = 0; k < cm_kpi_count(); k++) run_kpi(k, ds, ctx);
        cm_dataset_destroy(ds);
    }
    fuzz_must(cm_context_memory(ctx) == 0, "nothing is leaked");
    cm_context_destroy(ctx);
    free(bytes);
    return 0;
}
