/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "api/run.h"
#include "core/error.h"
#include "core/hash.h"
#include "data/catalog.h"
#include "data/result.h"

/* Segments as groups and filters (by=rfm.segment): the segmentation is fitted once, its model
 * travels inside the outer plan, and wherever that plan is collected the model is applied to find
 * each owner's label. */

/* ---- fitting ---- */

static bool is_given(const cmi_plan *plan, const char *option)
{
    for (int i = 0; i < plan->n_text; i++)
        if (strcmp(plan->name[i], option) == 0) return plan->given[i];
    return false;
}

/* Calendar and instant of the outer plan, everything else the segmentation's own defaults: the plan
 * that a cluster makes for its first round. */
static cm_status set_options(struct cm_params *params, const cmi_plan *outer, cm_error *err)
{
    char as_of[48];
    const char *week_start = cmi_plan_text(outer, "week_start");

    cmi_time_print(outer->tz, outer->common.segment_at, as_of, sizeof as_of);
    cm_status status = cmi_params_set(params, "as_of", as_of, true, err);
    if (status == CM_OK)
        status = cmi_params_set(params, "tz", cmi_tz_name(outer->tz), is_given(outer, "tz"), err);
    if (status == CM_OK && week_start && *week_start)
        status =
            cmi_params_set(params, "week_start", week_start, is_given(outer, "week_start"), err);
    return status;
}

static cm_status plan_label(const cmi_kpi *kpi, const cmi_plan *outer, cmi_plan **out,
                            cm_error *err)
{
    struct cm_params *params;
    cm_status status = cmi_params_create(outer->ctx, kpi, &params, err);

    if (status != CM_OK) return status;
    status = set_options(params, outer, err);
    if (status == CM_OK)
        status = cmi_plan_build(outer->ctx, params, &outer->extent, NULL, 0, out, err);
    cmi_params_destroy(params);
    return status;
}

/* A segmentation by fixed rules solves nothing; its model is the plan alone. */
static cm_status fit_label(cmi_plan *plan, const cm_dataset *ds, const cmi_job *job,
                           struct cm_model **out, cm_error *err)
{
    cm_result *result;

    if (!plan->kpi->solve) {
        cmi_fit *none = cmi_fit_create(plan->ctx);
        cm_status status =
            none ? cmi_model_create(plan, none, out, err) : cmi_no_memory(plan->ctx, err);
        cmi_fit_destroy(none);
        return status;
    }
    cm_status status = cmi_run_plan(plan, ds, NULL, job, &result, err);
    if (status != CM_OK) return status;
    *out = cmi_result_get_model(result);
    cmi_model_retain(*out);
    cm_result_destroy(result);
    return CM_OK;
}

cm_status cmi_labels_fit(const cmi_label_list *needed, const cmi_plan *plan, const cm_dataset *ds,
                         const cmi_job *job, struct cm_model *models[CMI_MAX_LABELS], int *n_models,
                         cm_error *err)
{
    cm_status status = CM_OK;

    *n_models = 0;
    for (int i = 0; i < needed->n && status == CM_OK; i++) {
        cmi_plan *label;
        status = plan_label(needed->kpi[i], plan, &label, err);
        if (status != CM_OK) continue;
        status = fit_label(label, ds, job, &models[*n_models], err);
        if (status == CM_OK) (*n_models)++;
        cmi_plan_release(label);
        if (status != CM_OK) cmi_error_prefix(err, "%s: ", needed->kpi[i]->id);
    }
    if (status == CM_OK) return CM_OK;
    for (int i = 0; i < *n_models; i++) cmi_model_release(models[i]);
    *n_models = 0;
    return status;
}

/* ---- applying ---- */

typedef struct columns {
    const cm_table *table;
    int32_t customer, label;
} columns;

static cm_status find_columns(const cm_result *result, const cmi_kpi *kpi, columns *out,
                              cm_error *err)
{
    cm_status status = cm_result_table(result, kpi->detail ? kpi->detail : "", &out->table, err);

    if (status == CM_OK) status = cm_table_find(out->table, "customer", &out->customer, err);
    if (status == CM_OK) status = cm_table_find(out->table, kpi->label, &out->label, err);
    if (status == CM_OK && cm_table_column_type(out->table, out->customer) == CM_TYPE_TEXT &&
        cm_table_column_type(out->table, out->label) == CM_TYPE_TEXT)
        return CM_OK;
    return cmi_fail(err, CM_ERR_UNSUPPORTED, "%s names no segment of a customer", kpi->id);
}

static cm_status read_labels(const columns *c, const cm_dataset *ds, cmi_intern *in, uint32_t *code,
                             cm_error *err)
{
    const cmi_table_column *customer = &c->table->columns[c->customer],
                           *label = &c->table->columns[c->label];

    for (int64_t row = 0; row < c->table->n_rows; row++) {
        size_t n;
        if (cmi_table_is_null(customer, row) || cmi_table_is_null(label, row)) continue;
        const char *id = cmi_table_text(customer, row, &n);
        uint32_t owner = cmi_dict_find(ds->customers, id, n);
        const char *text = cmi_table_text(label, row, &n);
        uint32_t found = cmi_intern_add(in, text, n, cmi_hash(text, n));
        if (!found) return cmi_no_memory(ds->ctx, err);
        if (owner) code[owner - 1] = found;
    }
    return CM_OK;
}

/* Consumes the interner. */
static cm_status seal_labels(const cm_dataset *ds, cmi_intern *in, uint32_t *code, cmi_labels *out,
                             cm_error *err)
{
    uint32_t *renumber;
    cmi_dict *dict = cmi_dict_from_intern(in, &renumber);

    if (!dict) return cmi_no_memory(ds->ctx, err);
    for (int64_t owner = 0; owner < ds->n_known; owner++) code[owner] = renumber[code[owner]];
    cmi_free(dict->ctx, renumber);
    *out = (cmi_labels){ dict, code };
    return CM_OK;
}

static cm_status label_owners(const struct cm_model *model, const cm_dataset *ds,
                              const cmi_job *job, cmi_labels *out, cm_error *err)
{
    cm_context *ctx = model->ctx;
    cm_result *result;
    columns c;
    cm_status status = cmi_run_plan(model->plan, ds, model->plan->kpi->solve ? model->fit : NULL,
                                    job, &result, err);

    if (status != CM_OK) return status;
    uint32_t *code = cmi_calloc(ctx, (size_t)ds->n_owners + 1, sizeof *code);
    cmi_intern *in = code ? cmi_intern_create(ctx) : NULL;
    status = in ? find_columns(result, model->plan->kpi, &c, err) : cmi_no_memory(ctx, err);
    if (status == CM_OK) status = read_labels(&c, ds, in, code, err);
    if (status == CM_OK) {
        status = seal_labels(ds, in, code, out, err);
        in = NULL;
    }
    if (in) cmi_intern_destroy(in);
    if (status != CM_OK) cmi_free(ctx, code);
    cm_result_destroy(result);
    return status;
}

void cmi_labels_destroy(cm_context *ctx, cmi_labels *labels, int n)
{
    for (int i = 0; labels && i < n; i++) {
        cmi_dict_release(labels[i].dict);
        cmi_free(ctx, labels[i].code);
    }
    cmi_free(ctx, labels);
}

static bool uses_label(const cmi_plan *plan, const char *kpi)
{
    for (int64_t i = 0; i < plan->by.n; i++)
        if (plan->by.v[i].kind == CMI_BY_LABEL && strcmp(plan->by.v[i].name, kpi) == 0) return true;
    for (int64_t i = 0; i < plan->where.n; i++)
        if (plan->where.v[i].label && strcmp(plan->where.v[i].label, kpi) == 0) return true;
    return false;
}

static cm_status refuse_unit(const cmi_plan *plan, cm_error *err)
{
    cmi_fail(err, CM_ERR_UNSUPPORTED, "segments of customers cannot group or choose by unit=%s",
             plan->unit);
    cmi_error_option(err, "unit");
    return CM_ERR_UNSUPPORTED;
}

cm_status cmi_labels_create(const cmi_plan *plan, const cm_dataset *ds, const cmi_job *job,
                            cmi_labels **out, cm_error *err)
{
    cmi_labels *labels;
    cm_status status = CM_OK;

    *out = NULL;
    if (!plan->n_labels) return CM_OK;
    labels = cmi_calloc(plan->ctx, (size_t)plan->n_labels, sizeof *labels);
    if (!labels) return cmi_no_memory(plan->ctx, err);
    for (int i = 0; i < plan->n_labels && status == CM_OK; i++) {
        const char *kpi = plan->label[i]->plan->kpi->id;
        if (!uses_label(plan, kpi)) continue;
        status = plan->unit ? refuse_unit(plan, err)
                            : label_owners(plan->label[i], ds, job, &labels[i], err);
        if (status != CM_OK) cmi_error_prefix(err, "segments of %s: ", kpi);
    }
    if (status == CM_OK)
        *out = labels;
    else
        cmi_labels_destroy(plan->ctx, labels, plan->n_labels);
    return status;
}
