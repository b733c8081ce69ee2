/* SPDX-License-Identifier: MIT
 *
 * What must not change a bit: threads, parts, order of rows, saving and loading.
 */
#include <stdio.h>
#include <stdlib.h>

#include "walk.h"

/* ---- every table shows something ---- */

static bool is_zero(const cm_table *t, int64_t row, int32_t column)
{
    char text[64];
    int64_t length;
    bool null = false;
    if (cm_table_format(t, row, column, text, sizeof text, &length, &null, NULL) != CM_OK)
        return true;
    if (null || !length) return true;
    return strspn(text, "-0.") == strlen(text) || strcmp(text, "false") == 0;
}

/* A measure that is neither null nor zero; a table of keys only shows itself by its rows. */
static bool shows(const cm_result *result, const char *name)
{
    const cm_table *t;
    if (cm_result_table(result, name, &t, NULL) != CM_OK) return false;
    bool keys_only = true;
    for (int32_t c = 0; c < cm_table_n_columns(t); c++) {
        const char *column = cm_table_column_name(t, c);
        size_t n = strlen(column);
        bool is_state = n > 6 && strcmp(column + n - 6, "_state") == 0;
        if (cm_table_column_is_key(t, c) || is_state) continue;
        keys_only = false;
        for (int64_t row = 0; row < cm_table_n_rows(t); row++)
            if (!is_zero(t, row, c)) return true;
    }
    return keys_only && cm_table_n_rows(t) > 0;
}

void check_shows(void **state)
{
    const walk_kpi *k = *state;
    bool shown[64] = { false }, fine = true;
    cm_table_info t = { .struct_size = sizeof t };
    for (int use = FACTS_ONLY; use <= FACTS_POOLED_ONLY; use++) {
        cm_result *result = NULL;
        cm_error *err = cm_error_create();
        cm_params *params = walk_params(k, NULL);
        cm_status status = cm_kpi_run(walk.ctx, walk.dataset[use], params, NULL, &result, err);
        cm_params_destroy(params);
        if (status != CM_OK && use == (int)k->use) walk_ok(status, err, k->info.id);
        cm_error_destroy(err);
        for (int32_t i = 0; i < k->info.n_tables && status == CM_OK; i++) {
            assert_int_equal(cm_kpi_table(k->index, i, &t, NULL), CM_OK);
            shown[i] |= shows(result, t.name);
        }
        cm_result_destroy(result);
    }
    for (int32_t i = 0; i < k->info.n_tables; i++) {
        cm_kpi_table(k->index, i, &t, NULL);
        if (shown[i] || strcmp(t.name, "diagnostics") == 0 || walk_excuse(k->info.id, t.name))
            continue;
        print_error("%s: nothing in table %s with the example '%s'\n", k->info.id, t.name,
                    k->info.example);
        fine = false;
    }
    if (!fine) fail();
}

/* ---- threads ---- */

void check_threads(void **state)
{
    const walk_kpi *k = *state;
    static const int32_t threads[] = { 2, 3, 40 }; /* 40: more tasks than owners, so one each */
    cm_params *params = walk_params(k, NULL);
    cm_result *result = walk_run(k, walk.dataset[k->use], params, 1);
    walk_hook_reset();
    cm_result_destroy(walk_run(k, walk.dataset[k->use], params, 1));
    int64_t alone = walk_states_made();
    char *expected = walk_json(result, true);
    cm_result_destroy(result);
    bool several = false;
    for (int i = 0; i < 3; i++) {
        char what[64];
        snprintf(what, sizeof what, "%d threads", (int)threads[i]);
        walk_hook_reset();
        walk_slow_states(true);
        result = walk_run(k, walk.dataset[k->use], params, threads[i]);
        several |= walk_states_made() > alone;
        walk_hook_reset();
        char *actual = walk_json(result, true);
        cm_result_destroy(result);
        walk_same(actual, expected, what);
        free(actual);
    }
    /* Where nothing is collected by owner, one thread is all there is. */
    if (!several && !walk_excuse(k->info.id, "one thread")) {
        print_error("no second thread worked\n");
        fail();
    }
    cm_params_destroy(params);
    free(expected);
}

/* ---- partitions ---- */

static cm_state *reload(const cm_state *state)
{
    cm_buffer *bytes;
    cm_state *out;
    cm_error *err = cm_error_create();
    walk_ok(cm_buffer_create(walk.ctx, &bytes, err), err, "buffer");
    walk_ok(cm_state_save(state, bytes, err), err, "save state");
    walk_ok(cm_state_load(walk.ctx, cm_buffer_data(bytes), cm_buffer_size(bytes), &out, err), err,
            "load state");
    cm_buffer_destroy(bytes);
    cm_error_destroy(err);
    return out;
}

/* A plan that went through bytes, as it does on its way to other machines. */
static cm_plan *plan_of(const walk_kpi *k, cm_dataset *const *part, int n)
{
    cm_extent *extent, *other;
    cm_plan *plan, *loaded;
    cm_buffer *bytes;
    cm_error *err = cm_error_create();
    walk_ok(cm_extent_create(part[0], &extent, err), err, "extent");
    for (int i = 1; i < n; i++) {
        walk_ok(cm_extent_create(part[i], &other, err), err, "extent");
        walk_ok(cm_extent_merge(extent, other, err), err, "merge extents");
        cm_extent_destroy(other);
    }
    cm_params *params = walk_params(k, NULL);
    walk_ok(cm_plan_create(walk.ctx, params, extent, NULL, &plan, err), err, "plan");
    walk_ok(cm_buffer_create(walk.ctx, &bytes, err), err, "buffer");
    walk_ok(cm_plan_save(plan, bytes, err), err, "save plan");
    walk_ok(cm_plan_load(walk.ctx, cm_buffer_data(bytes), cm_buffer_size(bytes), &loaded, err), err,
            "load plan");
    assert_true(cm_plan_hash(plan) == cm_plan_hash(loaded));
    cm_buffer_destroy(bytes);
    cm_params_destroy(params);
    cm_extent_destroy(extent);
    cm_plan_destroy(plan);
    cm_error_destroy(err);
    return loaded;
}

static char *merge_parts(cm_state *const *part, const int *order, int n)
{
    cm_result *result;
    cm_error *err = cm_error_create();
    cm_state *sum = reload(part[order[0]]);
    for (int i = 1; i < n; i++) {
        walk_ok(cm_state_merge(sum, part[order[i]], err), err, "merge");
        cm_state *again = reload(sum);
        cm_state_destroy(sum);
        sum = again;
    }
    assert_int_not_equal(cm_state_merge(sum, part[0], err), CM_OK); /* a part that comes twice */
    walk_ok(cm_state_finalize(sum, NULL, NULL, &result, err), err, "finalize");
    char *json = walk_json(result, true);
    cm_result_destroy(result);
    cm_state_destroy(sum);
    cm_error_destroy(err);
    return json;
}

static void run_parts(const walk_kpi *k, int n, const char *expected)
{
    static const int orders[][4] = {
        { 0, 1, 2, 3 }, { 3, 2, 1, 0 }, { 2, 0, 3, 1 }, { 1, 3, 0, 2 }
    };
    cm_dataset *dataset[4];
    cm_state *part[4];
    cm_error *err = cm_error_create();
    for (int i = 0; i < n; i++) {
        cm_dataset_options o = {
            .struct_size = sizeof o, .scale = -1, .partition = i, .n_partitions = n
        };
        dataset[i] = walk_load(walk.facts, k->use, &o);
    }
    cm_plan *plan = plan_of(k, dataset, n);
    for (int i = 0; i < n; i++) {
        cm_state *collected;
        walk_ok(cm_state_create(plan, &collected, err), err, "state");
        walk_ok(cm_state_update(collected, dataset[i], NULL, err), err, "update");
        part[i] = reload(collected);
        cm_state_destroy(collected);
        cm_dataset_destroy(dataset[i]);
    }
    for (int k_order = 0; k_order < (n > 1 ? 4 : 1); k_order++) {
        int order[4], m = 0;
        char what[64];
        for (int i = 0; i < 4; i++)
            if (orders[k_order][i] < n) order[m++] = orders[k_order][i];
        snprintf(what, sizeof what, "%d parts in order %d", n, k_order);
        char *actual = merge_parts(part, order, n);
        walk_same(actual, expected, what);
        free(actual);
    }
    for (int i = 0; i < n; i++) cm_state_destroy(part[i]);
    cm_plan_destroy(plan);
    cm_error_destroy(err);
}

void check_partitions(void **state)
{
    const walk_kpi *k = *state;
    cm_params *params = walk_params(k, NULL);
    cm_result *result = walk_run(k, walk.dataset[k->use], params, 0);
    char *expected = walk_json(result, true);
    cm_result_destroy(result);
    cm_params_destroy(params);
    for (int n = 1; n <= 4; n++) run_parts(k, n, expected);
    free(expected);
}

/* ---- order of rows, bytes ---- */

static void compare_dataset(const walk_kpi *k, const cm_dataset *other, const char *what)
{
    cm_params *params = walk_params(k, NULL);
    cm_result *result = walk_run(k, walk.dataset[k->use], params, 0);
    char *expected = walk_json(result, true);
    cm_result_destroy(result);
    result = walk_run(k, other, params, 0);
    char *actual = walk_json(result, true);
    cm_result_destroy(result);
    walk_same(actual, expected, what);
    free(actual);
    free(expected);
    cm_params_destroy(params);
}

void check_permuted(void **state)
{
    const walk_kpi *k = *state;
    for (uint64_t seed = 1; seed <= 2; seed++) {
        fact_set *facts = facts_copy(walk.facts);
        facts_shuffle(facts, seed);
        cm_dataset *dataset = walk_load(facts, k->use, NULL);
        compare_dataset(k, dataset, "rows permuted");
        cm_dataset_destroy(dataset);
        facts_free(facts);
    }
}

void check_saved(void **state)
{
    const walk_kpi *k = *state;
    cm_buffer *bytes;
    cm_dataset *loaded;
    cm_error *err = cm_error_create();
    walk_ok(cm_buffer_create(walk.ctx, &bytes, err), err, "buffer");
    walk_ok(cm_dataset_save(walk.dataset[k->use], bytes, err), err, "save dataset");
    walk_ok(cm_dataset_load(walk.ctx, cm_buffer_data(bytes), cm_buffer_size(bytes), &loaded, err),
            err, "load dataset");
    compare_dataset(k, loaded, "dataset saved and loaded");
    cm_dataset_destroy(loaded);
    cm_buffer_destroy(bytes);
    cm_error_destroy(err);
}

/* ---- model ---- */

void check_model(void **state)
{
    const walk_kpi *k = *state;
    cm_model *model = NULL, *loaded;
    cm_buffer *bytes;
    cm_error *err = cm_error_create();
    cm_params *params = walk_params(k, NULL);
    cm_result *result = walk_run(k, walk.dataset[k->use], params, 0), *again;
    cm_status status = cm_result_model(result, &model, err);
    if (!k->info.has_model) {
        assert_int_equal(status, CM_ERR_UNSUPPORTED);
    } else {
        walk_ok(status, err, "model");
        walk_ok(cm_buffer_create(walk.ctx, &bytes, err), err, "buffer");
        walk_ok(cm_model_save(model, bytes, err), err, "save model");
        walk_ok(cm_model_load(walk.ctx, cm_buffer_data(bytes), cm_buffer_size(bytes), &loaded, err),
                err, "load model");
        cm_buffer_destroy(bytes);
        walk_ok(cm_model_apply(loaded, walk.dataset[k->use], NULL, NULL, &again, err), err,
                "apply");
        char *expected = walk_json(result, false), *actual = walk_json(again, false);
        if (!walk_excuse(k->info.id, "model")) walk_same(actual, expected, "model applied");
        free(actual);
        free(expected);
        cm_result_destroy(again);
        cm_model_destroy(loaded);
        cm_model_destroy(model);
    }
    cm_result_destroy(result);
    cm_params_destroy(params);
    cm_error_destroy(err);
}

/* ---- cancel ---- */

void check_cancel(void **state)
{
    const walk_kpi *k = *state;
    cm_run run = { .struct_size = sizeof run, .threads = 1 };
    cm_params *params = walk_params(k, NULL);
    cm_error *err = cm_error_create();
    cm_result *result = NULL;
    walk_hook_reset();
    walk_ok(cm_kpi_run(walk.ctx, walk.dataset[k->use], params, &run, &result, err), err, "run");
    cm_result_destroy(result);
    int64_t n = walk_polls();
    assert_true(n > 0);
    for (int64_t at = 1; at <= n; at += at < 40 ? 1 : n / 40 + 1) {
        int64_t held = cm_context_memory(walk.ctx);
        result = (cm_result *)(uintptr_t)8;
        walk_hook_reset();
        walk_cancel_at(at);
        cm_status status = cm_kpi_run(walk.ctx, walk.dataset[k->use], params, &run, &result, err);
        walk_hook_reset();
        if (status != CM_ERR_CANCELLED || result != (cm_result *)(uintptr_t)8) {
            print_error("poll %d of %d: %s %s\n", (int)at, (int)n, cm_status_name(status),
                        cm_error_message(err));
            fail();
        }
        assert_true(cm_context_memory(walk.ctx) == held);
    }
    cm_error_destroy(err);
    cm_params_destroy(params);
}
