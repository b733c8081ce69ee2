/* SPDX-License-Identifier: MIT */
#include "data/model.h"

#include "core/error.h"
#include "data/plan.h"

cm_status cmi_model_create(cmi_plan *plan, cmi_fit *fit, struct cm_model **out, cm_error *err)
{
    struct cm_model *m = cmi_calloc(plan->ctx, 1, sizeof *m);
    if (!m) return cmi_no_memory(plan->ctx, err);
    cmi_context_retain(plan->ctx);
    m->ctx = plan->ctx;
    m->refs = 1;
    cmi_plan_retain(plan);
    m->plan = plan;
    cmi_fit_retain(fit);
    m->fit = fit;
    *out = m;
    return CM_OK;
}

void cmi_model_retain(const struct cm_model *m)
{
    struct cm_model *counted = (struct cm_model *)(uintptr_t)m;
    __atomic_add_fetch(&counted->refs, 1, __ATOMIC_RELAXED);
}

void cmi_model_release(const struct cm_model *m)
{
    struct cm_model *counted = (struct cm_model *)(uintptr_t)m;

    if (!m || __atomic_sub_fetch(&counted->refs, 1, __ATOMIC_ACQ_REL) > 0) return;
    cm_context *ctx = m->ctx;
    cmi_plan_release(counted->plan);
    cmi_fit_destroy(counted->fit);
    cmi_free(ctx, counted);
    cmi_context_release(ctx);
}

void cmi_model_write(const struct cm_model *m, cm_buffer *out)
{
    cmi_plan_write(m->plan, out);
    cmi_fit_write(m->fit, out);
}

cm_status cmi_model_read(cm_context *ctx, cmi_reader *in, struct cm_model **out, cm_error *err)
{
    cmi_plan *plan;
    cmi_fit *fit;
    cm_status status = cmi_plan_read(ctx, in, &plan, err);

    if (status != CM_OK) return status;
    status = cmi_fit_read(ctx, in, &fit, err);
    if (status == CM_OK) {
        status = cmi_model_create(plan, fit, out, err);
        cmi_fit_destroy(fit);
    }
    cmi_plan_release(plan);
    return status;
}
