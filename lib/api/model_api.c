/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "api/run.h"
#include "core/error.h"
#include "data/model.h"
#include "data/result.h"

/* Models: what was fitted, kept apart from what it is applied to. */

#define MODEL_VERSION 1

cm_status cm_result_model(const cm_result *result, cm_model **out, cm_error *err)
{
    cmi_error_reset(err);
    if (!result || !out) return cmi_fail(err, CM_ERR_ARG, "%s is NULL", result ? "out" : "result");
    cm_model *model = cmi_result_get_model(result);
    if (!model)
        return cmi_fail(err, CM_ERR_UNSUPPORTED, "%s fits nothing, so it has no model",
                        cm_result_kpi(result));
    cmi_model_retain(model);
    *out = model;
    return CM_OK;
}

void cm_model_destroy(cm_model *model)
{
    cmi_model_release(model);
}

const char *cm_model_kpi(const cm_model *model)
{
    return model ? model->plan->kpi->id : "";
}

/* ---- bytes ---- */

cm_status cm_model_save(const cm_model *model, cm_buffer *out, cm_error *err)
{
    int64_t mark;

    cmi_error_reset(err);
    if (!model || !out) return cmi_fail(err, CM_ERR_ARG, "%s is NULL", model ? "out" : "model");
    cmi_envelope_begin(out, CMI_ENVELOPE_MODEL, MODEL_VERSION, &mark);
    cmi_model_write(model, out);
    cmi_envelope_end(out, mark);
    if (cmi_buffer_ok(out)) return CM_OK;
    cmi_buffer_truncate(out, mark);
    return cmi_no_memory(model->ctx, err);
}

cm_status cm_model_load(cm_context *ctx, const void *bytes, int64_t size, cm_model **out,
                        cm_error *err)
{
    cmi_reader in;
    uint32_t version;
    cm_model *model;

    cmi_error_reset(err);
    if (!ctx || !bytes || !out || size < 0)
        return cmi_fail(err, CM_ERR_ARG, "%s",
                        !ctx     ? "ctx is NULL"
                        : !bytes ? "bytes is NULL"
                        : !out   ? "out is NULL"
                                 : "size is negative");
    cm_status status =
        cmi_envelope_open(bytes, size, CMI_ENVELOPE_MODEL, MODEL_VERSION, &version, &in, err);
    if (status == CM_OK) status = cmi_model_read(ctx, &in, &model, err);
    if (status != CM_OK) return status;
    if (in.failed || cmi_reader_left(&in) != 0 || !cmi_has_model(model->plan->kpi)) {
        cmi_model_release(model);
        return cmi_fail(err, CM_ERR_FORMAT, "the bytes of the model are not what they should be");
    }
    *out = model;
    return CM_OK;
}

/* ---- apply ---- */

static bool is_word(const char *list, const char *word)
{
    size_t n = strlen(word);

    for (const char *p = list; p && *p; p += strcspn(p, " "), p += *p == ' ')
        if (strcspn(p, " ") == n && memcmp(p, word, n) == 0) return true;
    return false;
}

/* What chooses the facts looked at, or how much is shown, but did not shape the fit. */
static bool is_free(const cmi_kpi *kpi, const char *option)
{
    return is_word("as_of from to by where horizon top segment_at max_groups detail", option) ||
           is_word(kpi->apply_free, option);
}

static cm_status check_option(const cm_model *model, const cmi_plan *plan, const char *option,
                              const char *text, cm_error *err)
{
    const char *own = cmi_plan_text(plan, option);

    if (is_free(plan->kpi, option) || (own && strcmp(own, text) == 0)) return CM_OK;
    cmi_fail(err, CM_ERR_OPTION, "%s: %s is '%s' here, but the model of %s was fitted with '%s'",
             plan->kpi->id, option, own ? own : "", model->plan->kpi->id, text);
    cmi_error_option(err, option);
    cmi_error_hint(err,
                   "only as_of, from, to, by, where, horizon and top may differ from the fit's");
    return CM_ERR_OPTION;
}

cm_status cmi_check_free(const cm_model *model, const cmi_plan *plan, cm_error *err)
{
    cm_status status = CM_OK;

    if (model->plan->kpi != plan->kpi)
        return cmi_fail(err, CM_ERR_MISMATCH, "a model of %s cannot be applied by %s",
                        model->plan->kpi->id, plan->kpi->id);
    if (model->plan->extent.scale != plan->extent.scale)
        return cmi_fail(err, CM_ERR_MISMATCH,
                        "the model counts money in units of 10^-%d, the facts in 10^-%d",
                        (int)model->plan->extent.scale, (int)plan->extent.scale);
    for (int i = 0; i < model->plan->n_text && status == CM_OK; i++)
        status = check_option(model, plan, model->plan->name[i], model->plan->text[i], err);
    /* Nested options (kpi.NAME) may stand in one plan only. */
    for (int i = 0; i < plan->n_text && status == CM_OK; i++)
        if (!cmi_plan_text(model->plan, plan->name[i]) && plan->text[i] && *plan->text[i])
            status = check_option(model, plan, plan->name[i], "", err);
    return status;
}

/* Options that the data gave the fit are found anew in other data, unless they were set. */
static bool is_resolved(const char *option)
{
    return is_word("as_of from to", option);
}

cm_status cm_model_params(const cm_model *model, cm_params **out, cm_error *err)
{
    cm_params *params;

    cmi_error_reset(err);
    if (!model || !out) return cmi_fail(err, CM_ERR_ARG, "%s is NULL", model ? "out" : "model");
    const cmi_plan *plan = model->plan;
    cm_status status = cmi_params_create(model->ctx, plan->kpi, &params, err);
    if (status != CM_OK) return status;
    for (int i = 0; i < plan->n_text && status == CM_OK; i++) {
        const char *text = plan->text[i];
        if (!text || !*text || (!plan->given[i] && is_resolved(plan->name[i]))) continue;
        status = cmi_params_set(params, plan->name[i], text, plan->given[i], err);
    }
    if (status == CM_OK)
        *out = params;
    else
        cmi_params_destroy(params);
    return status;
}

static cm_status apply_params(const cm_model *model, const cm_dataset *ds, const cm_params *params,
                              const cmi_job *job, cm_result **out, cm_error *err)
{
    cmi_plan *plan;
    cm_status status = cmi_plan_for(model->ctx, params, ds, job, &plan, err);

    if (status != CM_OK) return status;
    status = cmi_check_free(model, plan, err);
    if (status == CM_OK) status = cmi_run_plan(plan, ds, model->fit, job, out, err);
    cmi_plan_release(plan);
    return status;
}

cm_status cm_model_apply(const cm_model *model, const cm_dataset *dataset, const cm_params *params,
                         const cm_run *run, cm_result **out, cm_error *err)
{
    cmi_job job;
    cm_params *own = NULL;
    cm_result *result;

    cmi_error_reset(err);
    if (!model || !dataset || !out)
        return cmi_fail(err, CM_ERR_ARG, "%s is NULL",
                        !model     ? "model"
                        : !dataset ? "dataset"
                                   : "out");
    cm_status status = cmi_job_init(&job, run, err);
    if (status == CM_OK && !params) status = cm_model_params(model, &own, err);
    if (status == CM_OK)
        status = apply_params(model, dataset, params ? params : own, &job, &result, err);
    cmi_params_destroy(own);
    if (status == CM_OK) *out = result;
    return status;
}
