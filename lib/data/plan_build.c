/* SPDX-License-Identifier: MIT */
#include "data/plan_build.h"

#include <string.h>

#include "core/error.h"
#include "data/catalog.h"

/* Params and extent to a plan:
 *
 *   1  texts to values: what was set, else a preset, else the default (plan_options.c)
 *   2  a first call of the KPI's plan function tells which tables it and its children read
 *   3  their facts tell as_of, to and from where these were not given (plan_window.c)
 *   4  the plan function again, with everything resolved
 *   5  children, labels, hash
 */

/* ---- labels ---- */

static const struct cm_model *find_model(const struct cm_model *const *models, int n,
                                         const cmi_kpi *kpi)
{
    for (int i = 0; i < n; i++)
        if (models[i] && models[i]->plan->kpi == kpi) return models[i];
    return NULL;
}

static cm_status need_label(const cmi_building *b, const cmi_kpi *kpi, const char *option,
                            const struct cm_model *other)
{
    if (other)
        return cmi_fail(b->err, CM_ERR_MISMATCH, "%s=%s.%s: the model given is of %s", option,
                        kpi->id, kpi->label, other->plan->kpi->id);
    cmi_fail(b->err, CM_ERR_OPTION, "%s=%s.%s: a model of %s is needed that names the segments",
             option, kpi->id, kpi->label, kpi->id);
    cmi_error_option(b->err, option);
    return CM_ERR_OPTION;
}

/* A plan keeps the models of its own labels and of its children's, who take theirs from it. */
static cm_status take_labels(cmi_building *b, const struct cm_model *const *labels, int n_labels)
{
    cmi_plan *p = b->p;
    cmi_label_list needed;
    cm_status status = cmi_params_labels(b->params, &needed, b->err);
    if (status != CM_OK) return status;
    for (int i = 0; i < needed.n; i++) {
        const struct cm_model *model = find_model(labels, n_labels, needed.kpi[i]);
        if (!model)
            return need_label(b, needed.kpi[i], needed.option[i], n_labels ? labels[0] : NULL);
        cmi_model_retain(model);
        p->label[p->n_labels++] = model;
    }
    if (b->depth || p->n_labels == n_labels) return CM_OK;
    return cmi_fail(b->err, CM_ERR_MISMATCH,
                    "%s: models of segments are given that neither by nor where asks for",
                    p->kpi->id);
}

int cmi_plan_label(const cmi_plan *p, const char *kpi)
{
    for (int i = 0; i < p->n_labels; i++)
        if (strcmp(p->label[i]->plan->kpi->id, kpi) == 0) return i;
    return -1;
}

/* ---- the whole ---- */

static cm_status plan_kpi(cmi_building *b)
{
    cmi_plan *p = b->p;
    cm_status status = p->kpi->plan ? p->kpi->plan(p, p->options) : CM_OK;
    if (p->status != CM_OK) status = p->status;
    if (status != CM_OK || !(p->tables & ~p->read)) return status;
    return cmi_fail(b->err, CM_ERR_INTERNAL, "%s: which tables are read depends on the window",
                    p->kpi->id);
}

cm_status cmi_building_run(cmi_building *b, const struct cm_model *const *labels, int n_labels)
{
    cm_status status = cmi_building_open(b);
    if (status == CM_OK) status = cmi_building_window(b);
    if (status == CM_OK) status = cmi_building_settle(b);
    if (status == CM_OK) status = take_labels(b, labels, n_labels);
    if (status == CM_OK) status = plan_kpi(b);
    if (status == CM_OK) status = cmi_building_children(b);
    if (status == CM_OK) status = cmi_plan_sign(b->p, b->err);
    if (b->p) b->p->err = NULL;
    if (status != CM_OK) {
        cmi_plan_release(b->p);
        b->p = NULL;
    }
    return status;
}

cm_status cmi_plan_build(cm_context *ctx, const struct cm_params *params, const cm_extent *extent,
                         const struct cm_model *const *labels, int n_labels, cmi_plan **out,
                         cm_error *err)
{
    cmi_building b = { .ctx = ctx, .params = params, .extent = extent, .err = err };
    cm_status status = cmi_building_run(&b, labels, n_labels);
    if (status == CM_OK) *out = b.p;
    return status;
}

void cmi_plan_retain(cmi_plan *p)
{
    __atomic_add_fetch(&p->refs, 1, __ATOMIC_RELAXED);
}

void cmi_plan_release(cmi_plan *p)
{
    if (!p || __atomic_sub_fetch(&p->refs, 1, __ATOMIC_ACQ_REL) > 0) return;
    cm_context *ctx = p->ctx;
    for (int i = 0; i < p->n_children; i++) cmi_plan_release(p->child[i]);
    for (int i = 0; i < p->n_labels; i++) cmi_model_release(p->label[i]);
    cmi_plan_reset(p);
    cmi_tz_release(p->tz);
    cmi_arena_destroy(&p->arena);
    cmi_free(ctx, p);
    cmi_context_release(ctx);
}
