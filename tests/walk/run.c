/* SPDX-License-Identifier: MIT
 *
 * Usage: run [PART OF A NAME]: all checks of all KPIs, or those whose name ("kpi: check") has it;
 *        run --facts FOLDER: writes the random facts as CSV.
 */
#include <stdio.h>
#include <stdlib.h>

#include "walk.h"

walk_fixture walk;

static const struct {
    const char *name;
    void (*check)(void **state);
    const char *option; /* for KPIs that have it and read facts */
} CHECKS[] = {
    { "shows every table", check_shows, NULL },
    { "threads", check_threads, NULL },
    { "partitions", check_partitions, NULL },
    { "permuted", check_permuted, NULL },
    { "saved", check_saved, NULL },
    { "model", check_model, NULL },
    { "where", check_where, "where" },
    { "by", check_by, "by" },
    { "unit", check_unit, "unit" },
    { "options", check_options, NULL },
    { "cancel", check_cancel, NULL },
    { "shifted", check_shifted, NULL },
    { "scaled", check_scaled, NULL },
    { "inactive", check_inactive, NULL },
};
enum { N_CHECKS = sizeof CHECKS / sizeof *CHECKS };

/* Facts where its example runs; published numbers only where it does not. */
static fact_use choose_use(const walk_kpi *k)
{
    static const fact_use order[] = { FACTS_ONLY, FACTS_AND_POOLED, FACTS_POOLED_ONLY };
    for (int i = 0; i < 3; i++) {
        cm_params *params;
        cm_result *result = NULL;
        if (cm_params_create(walk.ctx, k->info.id, &params, NULL) != CM_OK) return FACTS_ONLY;
        cm_params_destroy(params);
        params = walk_params(k, NULL);
        cm_status status =
            cm_kpi_run(walk.ctx, walk.dataset[order[i]], params, NULL, &result, NULL);
        cm_params_destroy(params);
        cm_result_destroy(result);
        if (status != CM_ERR_MISSING) return order[i];
    }
    return FACTS_ONLY;
}

static bool applies(const walk_kpi *k, int check)
{
    const char *option = CHECKS[check].option;
    return !option || (walk_has_option(k, option) && k->use == FACTS_ONLY);
}

static void add_test(struct CMUnitTest *tests, size_t *n, walk_kpi *k, int check, const char *part)
{
    char name[128];
    snprintf(name, sizeof name, "%s: %s", k->info.id, CHECKS[check].name);
    if (!strstr(name, part)) return;
    tests[(*n)++] = (struct CMUnitTest){ .name = strdup(name),
                                         .test_func = CHECKS[check].check,
                                         .initial_state = k };
}

int main(int argc, char **argv)
{
    int32_t n = cm_kpi_count();
    walk_kpi *kpis = calloc((size_t)n, sizeof *kpis);
    struct CMUnitTest *tests = calloc((size_t)n * N_CHECKS + 1, sizeof *tests);
    size_t n_tests = 0;
    cm_error *err = cm_error_create();

    if (cm_context_create(NULL, &walk.ctx, err) != CM_OK) return 1;
    walk.facts = facts_make(11);
    if (argc > 2 && strcmp(argv[1], "--facts") == 0) return !facts_write(walk.facts, argv[2]);
    for (int use = 0; use < 3; use++)
        if (facts_load(walk.ctx, walk.facts, (fact_use)use, NULL, &walk.dataset[use], err) !=
            CM_OK) {
            print_error("%s\n", cm_error_message(err));
            return 1;
        }
    for (int32_t i = 0; i < n; i++) {
        kpis[i] = (walk_kpi){ .index = i, .info = { .struct_size = sizeof(cm_kpi_info) } };
        cm_kpi_get(i, &kpis[i].info, NULL);
        kpis[i].use = choose_use(&kpis[i]);
        for (int c = 0; c < N_CHECKS; c++)
            if (applies(&kpis[i], c))
                add_test(tests, &n_tests, &kpis[i], c, argc > 1 ? argv[1] : "");
    }
    tests[n_tests++] = (struct CMUnitTest){ .name = strdup("trend of a KPI of the test's own"),
                                            .test_func = check_probe_followed };
    int failed = _cmocka_run_group_tests("walk", tests, n_tests, NULL, NULL);
    for (size_t i = 0; i < n_tests; i++) free((void *)(uintptr_t)tests[i].name);
    for (int use = 0; use < 3; use++) cm_dataset_destroy(walk.dataset[use]);
    facts_free(walk.facts);
    cm_context_destroy(walk.ctx);
    cm_error_destroy(err);
    free(tests);
    free(kpis);
    return failed ? 1 : 0;
}
