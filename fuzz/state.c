/* SPDX-License-Identifier: MIT
 *
 * Saved states. One that is taken is saved, merged with itself (refused) and finalized.
 */
#include "fuzz.h"

static void use(cm_state *state, cm_context *ctx)
{
    cm_buffer *saved;
    cm_state *again;
    cm_result *result;
    if (cm_buffer_create(ctx, &saved, NULL) != CM_OK) return;
    if (cm_state_save(state, saved, NULL) == CM_OK &&
        cm_state_load(ctx, cm_buffer_data(saved), cm_buffer_size(saved), &again, NULL) == CM_OK) {
        cm_state_merge(state, again, NULL);
        cm_state_destroy(again);
    }
    cm_buffer_destroy(saved);
    if (cm_state_finalize(state, NULL, NULL, &result, NULL) != CM_OK) return;
    fuzz_read(result, ctx);
    cm_result_destroy(result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t whole;
    uint8_t *bytes = fuzz_envelope(KIND_STATE, data, size, &whole);
    cm_context *ctx = fuzz_context();
    cm_state *state;
    if (cm_state_load(ctx, bytes, whole, &state, NULL) == CM_OK) {
        use(state, ctx);
        cm_state_destroy(state);
    }
    fuzz_must(cm_context_memory(ctx) == 0, "nothing is leaked");
    cm_context_destroy(ctx);
    free(bytes);
    return 0;
}
