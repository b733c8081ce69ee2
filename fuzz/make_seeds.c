/* SPDX-License-Identifier: MIT
 *
 * make_seeds FOLDER: writes what the fuzzer starts from, FOLDER/fuzz_NAME/...: tables of random
 * facts, and the payload of the plan, state, model and dataset of every KPI.
 */
#include <stdio.h>
#include <sys/stat.h>

#include "facts.h"
#include "fuzz.h"

static const char *folder;

static void write_seed(const char *target, const char *name, const void *bytes, size_t n)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/fuzz_%s", folder, target);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/fuzz_%s/%s", folder, target, name);
    FILE *f = fopen(path, "wb");
    fuzz_must(f && fwrite(bytes, 1, n, f) == n && fclose(f) == 0, path);
}

static void write_payload(const char *target, const char *name, const cm_buffer *saved)
{
    const char *bytes = cm_buffer_data(saved);
    write_seed(target, name, bytes + HEAD, (size_t)cm_buffer_size(saved) - HEAD - TAIL);
}

static bool keep_few(const fact_table *t, int64_t row, const void *user)
{
    (void)t;
    (void)user;
    return row % 16 == 0;
}

/* Options one a line, behind the KPI's number; what holds of the example is set in params. */
static void write_options(cm_context *ctx, int32_t kpi, const cm_kpi_info *info, cm_params *params)
{
    char text[1024] = { (char)kpi };
    snprintf(text + 1, sizeof text - 1, "%s", info->example);
    for (char *p = text + 1; *p; p++)
        if (*p == ' ') *p = '\n';
    write_seed("params", info->id, text, 1 + strlen(text + 1));
    for (char *line = text + 1, *end; line && *line; line = end ? end + 1 : NULL) {
        end = strchr(line, '\n');
        if (end) *end = '\0';
        char *equals = strchr(line, '=');
        if (!equals) continue;
        *equals = '\0';
        cm_params_set_text(params, line, equals + 1, NULL);
    }
    (void)ctx;
}

static void write_kpi(cm_context *ctx, int32_t kpi, const cm_dataset *ds)
{
    cm_kpi_info info = { .struct_size = sizeof info };
    cm_params *params;
    cm_extent *extent;
    cm_plan *plan = NULL;
    cm_state *state = NULL;
    cm_result *result = NULL;
    cm_model *model = NULL;
    cm_buffer *out[3];
    cm_kpi_get(kpi, &info, NULL);
    for (int i = 0; i < 3; i++) fuzz_must(cm_buffer_create(ctx, &out[i], NULL) == CM_OK, "buffer");
    fuzz_must(cm_params_create(ctx, info.id, &params, NULL) == CM_OK, "params");
    write_options(ctx, kpi, &info, params);
    fuzz_must(cm_extent_create(ds, &extent, NULL) == CM_OK, "extent");
    if (cm_plan_create(ctx, params, extent, NULL, &plan, NULL) == CM_OK &&
        cm_plan_save(plan, out[0], NULL) == CM_OK)
        write_payload("plan", info.id, out[0]);
    if (plan && cm_state_create(plan, &state, NULL) == CM_OK &&
        cm_state_update(state, ds, NULL, NULL) == CM_OK &&
        cm_state_save(state, out[1], NULL) == CM_OK)
        write_payload("state", info.id, out[1]);
    if (cm_kpi_run(ctx, ds, params, NULL, &result, NULL) == CM_OK &&
        cm_result_model(result, &model, NULL) == CM_OK &&
        cm_model_save(model, out[2], NULL) == CM_OK)
        write_payload("model", info.id, out[2]);
    cm_model_destroy(model);
    cm_result_destroy(result);
    cm_state_destroy(state);
    cm_plan_destroy(plan);
    cm_extent_destroy(extent);
    cm_params_destroy(params);
    for (int i = 0; i < 3; i++) cm_buffer_destroy(out[i]);
}

static void write_tables(const fact_set *facts)
{
    for (int32_t i = 0; i < cm_fact_count(); i++) {
        cm_fact_info info = { .struct_size = sizeof info };
        cm_fact_get(i, &info, NULL);
        const fact_table *t = facts_find(facts, info.name);
        if (!t) continue;
        size_t n;
        char *csv = facts_csv(t, &n), *seed = malloc(n + 3);
        memcpy(seed + 3, csv, n);
        seed[0] = (char)i;
        seed[1] = seed[2] = 0;
        write_seed("csv", info.name, seed, n + 3);
        free(csv);
        free(seed);
    }
}

int main(int argc, char **argv)
{
    cm_context *ctx;
    cm_dataset *ds;
    cm_buffer *saved;
    if (argc < 2) return 1;
    folder = argv[1];
    mkdir(folder, 0777);
    fact_set *facts = facts_make(9);
    facts_keep(facts, keep_few, NULL);
    fuzz_must(cm_context_create(NULL, &ctx, NULL) == CM_OK, "context");
    fuzz_must(facts_load(ctx, facts, FACTS_AND_POOLED, NULL, &ds, NULL) == CM_OK, "load");
    write_tables(facts);
    for (int32_t k = 0; k < cm_kpi_count(); k++) write_kpi(ctx, k, ds);
    fuzz_must(cm_buffer_create(ctx, &saved, NULL) == CM_OK, "buffer");
    fuzz_must(cm_dataset_save(ds, saved, NULL) == CM_OK, "save");
    write_payload("dataset", "shop", saved);
    for (int i = 0; i < 8; i++) {
        uint8_t seed[1500];
        uint64_t random = (uint64_t)i;
        for (size_t k = 0; k < sizeof seed; k++) seed[k] = (uint8_t)facts_random(&random);
        char name[16];
        snprintf(name, sizeof name, "random%d", i);
        write_seed("arrow", name, seed, sizeof seed);
    }
    cm_buffer_destroy(saved);
    cm_dataset_destroy(ds);
    facts_free(facts);
    cm_context_destroy(ctx);
    return 0;
}
