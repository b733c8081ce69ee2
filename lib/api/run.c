/* SPDX-License-Identifier: MIT */
#include "api/run.h"

#include <string.h>

#include "core/error.h"
#include "data/catalog.h"
#include "data/emit.h"
#include "data/result.h"

/* From params to result: plan, collect, solve, present. */

/* ---- solve and present ---- */

static cm_status cancelled(const cmi_job *job, cm_error *err)
{
    return cmi_job_cancelled(job) ? cmi_fail(err, CM_ERR_CANCELLED, "the run was cancelled")
                                  : CM_OK;
}

static cm_status solve(const cmi_input *in, cmi_fit **out, cm_error *err)
{
    const cmi_kpi *kpi = in->plan->kpi;
    cmi_fit *fit = cmi_fit_create(in->ctx);

    if (!fit) return cmi_no_memory(in->ctx, err);
    cm_status status = kpi->solve(in, in->plan->options, fit);
    if (status == CM_OK && !cmi_fit_ok(fit)) status = cmi_no_memory(in->ctx, err);
    if (status == CM_OK) status = cancelled(in->job, err);
    if (status == CM_OK)
        *out = fit;
    else
        cmi_fit_destroy(fit);
    return status;
}

static void release_model(void *model)
{
    cmi_model_release(model);
}

static cm_status attach_model(cmi_plan *plan, cmi_fit *fit, cm_result *result, cm_error *err)
{
    struct cm_model *model;
    cm_status status = cmi_model_create(plan, fit, &model, err);
    if (status == CM_OK) cmi_result_set_model(result, model, release_model);
    return status;
}

static cm_status fill_tables(const cmi_input *in, cm_result *result, cm_error *err)
{
    cmi_output *out;
    cm_status status = cmi_output_create(in->plan, in->state, in->job, result, &out, err);

    if (status != CM_OK) return status;
    status = in->plan->kpi->present(in, in->plan->options, out);
    /* What stopped a table is told first; a kernel only passes its status on. */
    if (cmi_output_status(out) != CM_OK || status == CM_OK)
        status = cmi_output_finish(out, err);
    else if (cm_error_status(err) == CM_OK)
        cmi_fail(err, status, "%s: the result could not be made", in->plan->kpi->id);
    cmi_output_destroy(out);
    return status == CM_OK ? cancelled(in->job, err) : status;
}

static cm_status fill_result(cmi_input *in, const cmi_node *node, cmi_fit *given, cm_result *result,
                             cm_error *err)
{
    const cmi_kpi *kpi = in->plan->kpi;
    cmi_fit *fit = given;
    cm_status status = CM_OK;

    if (kpi->solve && !given) {
        cmi_job_progress(in->job, 0.9, "solve");
        status = solve(in, &fit, err);
    } else if (cmi_has_model(kpi) && !given) {
        fit = cmi_fit_create(in->ctx);
        if (!fit) status = cmi_no_memory(in->ctx, err);
    }
    if (status != CM_OK) return status;
    in->model = kpi->solve ? fit : NULL;
    if (cmi_has_model(kpi)) status = attach_model(node->plan, fit, result, err);
    cmi_job_progress(in->job, 0.95, "present");
    if (status == CM_OK) status = fill_tables(in, result, err);
    if (status == CM_OK) {
        cmi_put_meta(node, result);
        status = cmi_result_finish(result, err);
    }
    if (fit != given) cmi_fit_destroy(fit);
    return status;
}

/* The node itself; its children's results are there. */
static cm_status present_own(const cmi_node *node, cm_result *const *child, cmi_fit *fit,
                             const cmi_job *job, cm_result **out, cm_error *err)
{
    const cmi_plan *plan = node->plan;
    cmi_input in = { .ctx = plan->ctx,
                     .plan = plan,
                     .state = node->state,
                     .n_children = node->n_children,
                     .child = (const cm_result *const *)child,
                     .job = job,
                     .err = err };
    cm_result *result;
    cm_status status = cancelled(job, err);

    if (status == CM_OK)
        status = cmi_result_create(plan->ctx, plan->kpi->id, plan->kpi->version, &result, err);
    if (status != CM_OK) return status;
    status = fill_result(&in, node, fit, result, err);
    if (status == CM_OK)
        *out = result;
    else
        cm_result_destroy(result);
    return status;
}

static void destroy_results(cm_context *ctx, cm_result **child, int n)
{
    for (int i = 0; child && i < n; i++) cm_result_destroy(child[i]);
    cmi_free(ctx, child);
}

cm_status cmi_node_present(const cmi_node *node, cmi_fit *fit, const cmi_job *job, cm_result **out,
                           cm_error *err)
{
    cm_context *ctx = node->plan->ctx;
    cm_result **child = cmi_calloc(ctx, (size_t)node->n_children + 1, sizeof *child);
    cm_status status = child ? CM_OK : cmi_no_memory(ctx, err);

    for (int i = 0; i < node->n_children && status == CM_OK; i++) {
        int twin = node->child[i]->twin;
        if (twin >= 0)
            cm_result_retain(child[i] = child[twin]);
        else
            status = cmi_node_present(node->child[i], NULL, job, &child[i], err);
        if (status != CM_OK) cmi_error_prefix(err, "%s: ", node->plan->child[i]->kpi->id);
    }
    if (status == CM_OK) status = present_own(node, child, fit, job, out, err);
    destroy_results(ctx, child, node->n_children);
    return status;
}

/* ---- run ---- */

static cm_status run_node(cmi_plan *plan, const cm_dataset *ds, cmi_fit *fit, const cmi_job *job,
                          cmi_node **kept, cm_result **out, cm_error *err);

/* The i-th of n + 1 equal parts of the job: the children and the plan itself. */
static cmi_job part_of(const cmi_job *job, int i, int n)
{
    cmi_job part = *job;
    double width = (job->to - job->from) / (n + 1);
    part.from = job->from + width * i;
    part.to = part.from + width;
    return part;
}

static cm_status run_children(cmi_node *node, const cm_dataset *ds, const cmi_job *job,
                              cm_result **child, cm_error *err)
{
    cm_status status = CM_OK;

    for (int i = 0; i < node->n_children && status == CM_OK; i++) {
        cmi_job part = part_of(job, i, node->n_children);
        int twin = cmi_node_twin(node->plan, i);
        if (twin < 0) {
            status =
                run_node(node->plan->child[i], ds, NULL, &part, &node->child[i], &child[i], err);
        } else {
            status = cmi_node_create(node->plan->child[i], &node->child[i], err);
            if (status == CM_OK) cm_result_retain(child[i] = child[twin]);
        }
        if (status != CM_OK) cmi_error_prefix(err, "%s: ", node->plan->child[i]->kpi->id);
    }
    return status;
}

/* Children are presented one after the other, and their cells go at once; what they counted stays.
 */
static cm_status run_node(cmi_plan *plan, const cm_dataset *ds, cmi_fit *fit, const cmi_job *job,
                          cmi_node **kept, cm_result **out, cm_error *err)
{
    cmi_node *node;
    cmi_job own = part_of(job, plan->n_children, plan->n_children);
    cm_result *result, **child = cmi_calloc(plan->ctx, (size_t)plan->n_children + 1, sizeof *child);
    cm_status status =
        child ? cmi_node_create_bare(plan, &node, err) : cmi_no_memory(plan->ctx, err);

    if (status == CM_OK) {
        status = run_children(node, ds, job, child, err);
        if (status == CM_OK) status = cmi_collect(plan, ds, &own, &node->state, err);
        if (status == CM_OK) status = present_own(node, child, fit, &own, &result, err);
        if (status == CM_OK) {
            cmi_state_drop_cells(node->state);
            *kept = node;
            *out = result;
        } else {
            cmi_node_destroy(node);
        }
    }
    destroy_results(plan->ctx, child, plan->n_children);
    return status;
}

cm_status cmi_run_plan(cmi_plan *plan, const cm_dataset *ds, cmi_fit *fit, const cmi_job *job,
                       cm_result **out, cm_error *err)
{
    cmi_node *node;
    cm_status status = run_node(plan, ds, fit, job, &node, out, err);
    if (status == CM_OK) cmi_node_destroy(node);
    return status;
}

/* ---- plan ---- */

static cm_status plan_with_labels(cm_context *ctx, const struct cm_params *params,
                                  const cm_extent *extent, const cm_dataset *ds,
                                  const cmi_label_list *needed, const cmi_job *job, cmi_plan **out,
                                  cm_error *err)
{
    struct cm_model *models[CMI_MAX_LABELS];
    struct cm_params *plain;
    cmi_plan *first;
    int n = 0;
    /* The plan without groups and filters tells the instant at which the segments are taken. */
    cm_status status = cmi_params_copy(params, &plain, err);
    if (status != CM_OK) return status;
    cmi_params_forget_groups(plain);
    status = cmi_plan_build(ctx, plain, extent, NULL, 0, &first, err);
    cmi_params_destroy(plain);
    if (status != CM_OK) return status;
    status = cmi_labels_fit(needed, first, ds, job, models, &n, err);
    cmi_plan_release(first);
    if (status == CM_OK)
        status = cmi_plan_build(ctx, params, extent, (const struct cm_model *const *)models, n, out,
                                err);
    for (int i = 0; i < n; i++) cmi_model_release(models[i]);
    return status;
}

cm_status cmi_plan_for(cm_context *ctx, const struct cm_params *params, const cm_dataset *ds,
                       const cmi_job *job, cmi_plan **out, cm_error *err)
{
    cm_extent *extent = NULL;
    cmi_label_list needed;
    cm_status status = ds ? cm_extent_create(ds, &extent, err) : CM_OK;

    if (status != CM_OK) return status;
    status = cmi_params_labels(params, &needed, err);
    if (status == CM_OK && ds && needed.n)
        status = plan_with_labels(ctx, params, extent, ds, &needed, job, out, err);
    else if (status == CM_OK)
        status = cmi_plan_build(ctx, params, extent, NULL, 0, out, err);
    cm_extent_destroy(extent);
    return status;
}

static cm_status need_facts(const cmi_kpi *kpi, cm_error *err)
{
    if (!kpi->facts || !*kpi->facts || *kpi->facts == '[') return CM_OK;
    cmi_fail(err, CM_ERR_MISSING, "%s needs facts: %s", kpi->id, kpi->facts);
    cmi_error_at(err, kpi->facts, 0, NULL);
    return CM_ERR_MISSING;
}

cm_status cm_kpi_run(cm_context *ctx, const cm_dataset *dataset, const cm_params *params,
                     const cm_run *run, cm_result **out, cm_error *err)
{
    cmi_job job;
    cmi_plan *plan;

    cmi_error_reset(err);
    if (!ctx || !params || !out)
        return cmi_fail(err, CM_ERR_ARG, "%s is NULL", !ctx ? "ctx" : !params ? "params" : "out");
    cm_status status = cmi_job_init(&job, run, err);
    if (status == CM_OK && !dataset) status = need_facts(params->kpi, err);
    if (status == CM_OK) status = cmi_plan_for(ctx, params, dataset, &job, &plan, err);
    if (status != CM_OK) return status;
    cm_result *result;
    status = cmi_run_plan(plan, dataset, NULL, &job, &result, err);
    cmi_plan_release(plan);
    if (status == CM_OK) *out = result;
    return status;
}
