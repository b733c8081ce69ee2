/* SPDX-License-Identifier: MIT
 *
 * Saved plans. One that is taken must save to bytes that are taken again.
 */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t whole;
    uint8_t *bytes = fuzz_envelope(KIND_PLAN, data, size, &whole);
    cm_context *ctx = fuzz_context();
    cm_plan *plan, *again;
    cm_buffer *saved;
    if (cm_plan_load(ctx, bytes, whole, &plan, NULL) == CM_OK) {
        if (cm_buffer_create(ctx, &saved, NULL) == CM_OK) {
            if (cm_plan_save(plan, saved, NULL) == CM_OK &&
                cm_plan_load(ctx, cm_buffer_data(saved), cm_buffer_size(saved), &again, NULL) ==
                    CM_OK) {
                fuzz_must(cm_plan_hash(again) == cm_plan_hash(plan), "the same plan");
                cm_plan_destroy(again);
            }
            cm_buffer_destroy(saved);
        }
        cm_plan_destroy(plan);
    }
    fuzz_must(cm_context_memory(ctx) == 0, "nothing is leaked");
    cm_context_destroy(ctx);
    free(bytes);
    return 0;
}
