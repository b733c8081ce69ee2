/* SPDX-License-Identifier: MIT */
/* Commands that compute: check, run, apply, collect, finalize. */
#include "commands.h"
#include "output.h"

#include <stdlib.h>
#include <string.h>

int command_check(session *s)
{
    cm_result *result = NULL;
    int code = session_load(s);
    if (code != EXIT_FINE) return code;
    if (cm_dataset_check(s->dataset, &result, s->err) != CM_OK) return session_fail(s, NULL);
    code = output_result(s, result);
    cm_result_destroy(result);
    return code;
}

/* Has the KPI the table that --table asks for? Diagnostics appear in any result. */
static int check_table(const session *s, const char *kpi_id)
{
    int32_t kpi;
    cm_kpi_info info = { .struct_size = sizeof info };
    if (!s->a->table || !strcmp(s->a->table, "diagnostics")) return EXIT_FINE;
    if (cm_kpi_find(kpi_id, &kpi, s->err) != CM_OK || cm_kpi_get(kpi, &info, s->err) != CM_OK) {
        return session_fail(s, NULL);
    }
    text names = { 0 };
    for (int32_t i = 0; i < info.n_tables; i++) {
        cm_table_info t = { .struct_size = sizeof t };
        if (cm_kpi_table(kpi, i, &t, NULL) == CM_OK) {
            text_printf(&names, "%s%s", names.n ? ", " : "", t.name);
        }
    }
    int code = EXIT_FINE;
    if (!list_has(text_c(&names), s->a->table)) {
        code = usage_error("%s has no table '%s'; it has %s", kpi_id, s->a->table, text_c(&names));
    }
    text_free(&names);
    return code;
}

/* A misspelt name should not cost the reading of a large file, so facts come last. */
int command_run(session *s)
{
    cm_params *params = NULL;
    cm_result *result = NULL;
    int code = session_params(s, s->a->words[0], &params);
    if (code == EXIT_FINE) code = check_table(s, s->a->words[0]);
    if (code == EXIT_FINE && session_has_facts(s)) code = session_load(s);
    if (code == EXIT_FINE) {
        if (cm_kpi_run(s->ctx, s->dataset, params, &s->run, &result, s->err) != CM_OK) {
            code = session_fail(s, s->a->words[0]);
        } else {
            code = output_result(s, result);
        }
    }
    cm_result_destroy(result);
    cm_params_destroy(params);
    return code;
}

/* Damaged bytes are bad input whatever is wrong. */
static int load_model(const session *s, const char *path, cm_model **model)
{
    text bytes = { 0 };
    if (!read_whole_file(path, &bytes)) return EXIT_INPUT;
    cm_status status = cm_model_load(s->ctx, text_c(&bytes), (int64_t)bytes.n, model, s->err);
    text_free(&bytes);
    if (status == CM_OK) return EXIT_FINE;
    session_fail(s, path);
    return EXIT_INPUT;
}

int command_apply(session *s)
{
    const char *path = s->a->words[0];
    cm_model *model = NULL;
    cm_params *params = NULL;
    cm_result *result = NULL;
    int code = load_model(s, path, &model);
    if (code == EXIT_FINE && cm_model_params(model, &params, s->err) != CM_OK) {
        code = session_fail(s, path);
    }
    if (code == EXIT_FINE) code = session_apply_settings(s, params);
    if (code == EXIT_FINE) code = session_load(s);
    if (code == EXIT_FINE) {
        if (cm_model_apply(model, s->dataset, params, &s->run, &result, s->err) != CM_OK) {
            code = session_fail(s, path);
        } else {
            code = output_result(s, result);
        }
    }
    cm_result_destroy(result);
    cm_params_destroy(params);
    cm_model_destroy(model);
    return code;
}

static int save_state(const session *s, const cm_state *state)
{
    cm_buffer *buffer = NULL;
    int code = EXIT_FINE;
    if (cm_buffer_create(s->ctx, &buffer, s->err) != CM_OK ||
        cm_state_save(state, buffer, s->err) != CM_OK) {
        code = session_fail(s, NULL);
    } else if (!write_file(s->a->out, cm_buffer_data(buffer), (size_t)cm_buffer_size(buffer))) {
        code = EXIT_INPUT;
    }
    cm_buffer_destroy(buffer);
    return code;
}

/* The plan of one part, with the models that --labels gives. */
static int plan_part(const session *s, const cm_params *params, const cm_extent *extent,
                     cm_plan **plan)
{
    int n = s->a->n_labels, code = EXIT_FINE;
    cm_model **models = allocate((size_t)n + 1, sizeof *models);
    for (int i = 0; i < n && code == EXIT_FINE; i++) {
        code = load_model(s, s->a->labels[i], &models[i]);
    }
    if (code == EXIT_FINE &&
        cm_plan_create_labelled(s->ctx, params, extent, (const cm_model *const *)models, n, plan,
                                s->err) != CM_OK) {
        code = session_fail(s, s->a->words[0]);
    }
    for (int i = 0; i < n; i++) cm_model_destroy(models[i]);
    free(models);
    return code;
}

/* The loader keeps the owners of one part, but its extent covers every row that it read: so each
 * part resolves the defaults that depend on data alike, and all parts have one plan. */
int command_collect(session *s)
{
    cm_params *params = NULL;
    cm_extent *extent = NULL;
    cm_plan *plan = NULL;
    cm_state *state = NULL;
    int code = session_params(s, s->a->words[0], &params);
    if (code == EXIT_FINE) code = session_load(s);
    if (code == EXIT_FINE && cm_extent_create(s->dataset, &extent, s->err) != CM_OK) {
        code = session_fail(s, s->a->words[0]);
    }
    if (code == EXIT_FINE) code = plan_part(s, params, extent, &plan);
    if (code == EXIT_FINE) {
        if (cm_state_create(plan, &state, s->err) != CM_OK ||
            cm_state_update(state, s->dataset, &s->run, s->err) != CM_OK) {
            code = session_fail(s, s->a->words[0]);
        } else {
            progress_clear();
            code = save_state(s, state);
        }
    }
    cm_state_destroy(state);
    cm_plan_destroy(plan);
    cm_extent_destroy(extent);
    cm_params_destroy(params);
    return code;
}

/* Adds one saved state; the first becomes the sum. Damaged bytes are bad input whatever is wrong.
 */
static int absorb_state(session *s, const char *path, cm_state **sum)
{
    text bytes = { 0 };
    cm_state *state = NULL;
    if (!read_whole_file(path, &bytes)) return EXIT_INPUT;
    cm_status status = cm_state_load(s->ctx, text_c(&bytes), (int64_t)bytes.n, &state, s->err);
    text_free(&bytes);
    if (status == CM_OK && *sum) status = cm_state_merge(*sum, state, s->err);
    if (status != CM_OK) {
        session_fail(s, path);
        cm_state_destroy(state);
        return EXIT_INPUT;
    }
    if (*sum) {
        cm_state_destroy(state);
    } else {
        *sum = state;
    }
    return EXIT_FINE;
}

int command_finalize(session *s)
{
    cm_state *sum = NULL;
    cm_result *result = NULL;
    int code = EXIT_FINE;
    for (int i = 0; code == EXIT_FINE && i < s->a->n_words; i++) {
        code = absorb_state(s, s->a->words[i], &sum);
    }
    if (code == EXIT_FINE) {
        if (cm_state_finalize(sum, NULL, &s->run, &result, s->err) != CM_OK) {
            code = session_fail(s, NULL);
        } else {
            code = output_result(s, result);
        }
    }
    cm_result_destroy(result);
    cm_state_destroy(sum);
    return code;
}
