/* SPDX-License-Identifier: MIT
 *
 * Options as text: the first byte chooses the KPI, lines "name=value" follow. A plan that comes of
 * them must come of its own bytes again.
 */
#include "fuzz.h"

static void set_lines(cm_params *params, char *text)
{
    for (char *line = text, *end; line && *line; line = end ? end + 1 : NULL) {
        end = strchr(line, '\n');
        if (end) *end = '\0';
        char *equals = strchr(line, '=');
        if (!equals) continue;
        *equals = '\0';
        cm_params_set_text(params, line, equals + 1, NULL);
    }
}

static void round_trip(cm_plan *plan, cm_context *ctx)
{
    cm_buffer *bytes;
    cm_plan *again;
    if (cm_buffer_create(ctx, &bytes, NULL) != CM_OK) return;
    if (cm_plan_save(plan, bytes, NULL) == CM_OK) {
        cm_status status =
            cm_plan_load(ctx, cm_buffer_data(bytes), cm_buffer_size(bytes), &again, NULL);
        fuzz_must(status == CM_OK || status == CM_ERR_MEMORY || status == CM_ERR_LIMIT,
                  "a saved plan can be loaded");
        if (status == CM_OK) {
            fuzz_must(cm_plan_hash(again) == cm_plan_hash(plan), "with the same hash");
            cm_plan_destroy(again);
        }
    }
    cm_buffer_destroy(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cm_kpi_info info = { .struct_size = sizeof info };
    cm_params *params;
    cm_extent *extent;
    cm_plan *plan;
    if (size < 1 || cm_kpi_get(data[0] % cm_kpi_count(), &info, NULL) != CM_OK) return 0;
    char *text = calloc(1, size);
    memcpy(text, data + 1, size - 1);
    fuzz_must(cm_extent_create(fuzz_shop(), &extent, NULL) == CM_OK, "extent");
    cm_context *ctx = fuzz_context();
    if (cm_params_create(ctx, info.id, &params, NULL) == CM_OK) {
        set_lines(params, text);
        if (cm_plan_create(ctx, params, extent, NULL, &plan, NULL) == CM_OK) {
            round_trip(plan, ctx);
            cm_plan_destroy(plan);
        }
        cm_params_destroy(params);
    }
    fuzz_must(cm_context_memory(ctx) == 0, "nothing is leaked");
    cm_extent_destroy(extent);
    cm_context_destroy(ctx);
    free(text);
    return 0;
}
