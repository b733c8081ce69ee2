/* SPDX-License-Identifier: MIT
 *
 * CSV of any table: the first byte chooses the table, the second how many bytes a read gives, the
 * third strictness and delimiter. What is kept must be sound: it is saved, loaded and looked at.
 */
#include "fuzz.h"

typedef struct feed {
    const uint8_t *at;
    size_t left;
    int64_t most;
} feed;

static int64_t read_feed(void *buffer, int64_t capacity, void *user)
{
    feed *f = user;
    int64_t n = (int64_t)f->left < capacity ? (int64_t)f->left : capacity;
    if (n > f->most) n = f->most;
    if (n) memcpy(buffer, f->at, (size_t)n);
    f->at += n;
    f->left -= (size_t)n;
    return n;
}

static void look_at(const cm_dataset *ds, cm_context *ctx)
{
    cm_result *result;
    cm_buffer *bytes;
    cm_dataset *again;
    if (cm_dataset_check(ds, &result, NULL) == CM_OK) {
        fuzz_read(result, ctx);
        cm_result_destroy(result);
    }
    if (cm_buffer_create(ctx, &bytes, NULL) != CM_OK) return;
    if (cm_dataset_save(ds, bytes, NULL) == CM_OK) {
        cm_status status =
            cm_dataset_load(ctx, cm_buffer_data(bytes), cm_buffer_size(bytes), &again, NULL);
        fuzz_must(status == CM_OK || status == CM_ERR_MEMORY || status == CM_ERR_LIMIT,
                  "what was saved can be loaded");
        if (status == CM_OK) cm_dataset_destroy(again);
    }
    cm_buffer_destroy(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char delimiters[] = { 0, ',', ';', '\t' };
    cm_fact_info table = { .struct_size = sizeof table };
    cm_loader *loader;
    cm_dataset *ds;
    if (size < 3) return 0;
    if (cm_fact_get(data[0] % cm_fact_count(), &table, NULL) != CM_OK) return 0;
    cm_context *ctx = fuzz_context();
    cm_dataset_options o = { .struct_size = sizeof o,
                             .flags = data[2] & 1 ? CM_DATASET_STRICT : 0,
                             .scale = -1,
                             .max_field = data[2] & 2 ? 64 : 0 };
    cm_mapping m = { .struct_size = sizeof m, .delimiter = delimiters[data[2] >> 2 & 3] };
    feed f = { data + 3, size - 3, data[1] ? data[1] : INT64_MAX };
    if (cm_loader_create(ctx, NULL, &o, &loader, NULL) == CM_OK) {
        cm_loader_add_csv_reader(loader, table.name, read_feed, &f, &m, NULL, NULL);
        if (cm_loader_seal(loader, NULL, &ds, NULL) == CM_OK) {
            look_at(ds, ctx);
            cm_dataset_destroy(ds);
        }
        cm_loader_destroy(loader);
    }
    fuzz_must(cm_context_memory(ctx) == 0, "nothing is leaked");
    cm_context_destroy(ctx);
    return 0;
}
