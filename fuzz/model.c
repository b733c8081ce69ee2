/* SPDX-License-Identifier: MIT
 *
 * Saved models. One that is taken is applied to a shop.
 */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t whole;
    uint8_t *bytes = fuzz_envelope(KIND_MODEL, data, size, &whole);
    const cm_dataset *shop = fuzz_shop();
    cm_context *ctx = fuzz_context();
    cm_model *model;
    cm_result *result;
    cm_run run = { .struct_size = sizeof run, .threads = 1 };
    if (cm_model_load(ctx, bytes, whole, &model, NULL) == CM_OK) {
        if (cm_model_apply(model, shop, NULL, &run, &result, NULL) == CM_OK) {
            fuzz_read(result, ctx);
            cm_result_destroy(result);
        }
        cm_model_destroy(model);
    }
    fuzz_must(cm_context_memory(ctx) == 0, "nothing is leaked");
    cm_context_destroy(ctx);
    free(bytes);
    return 0;
}
