/* SPDX-License-Identifier: MIT */
#include <custmetrics/custmetrics.h>

#include "core/error.h"
#include "data/params.h"
#include "data/plan.h"

enum { PLAN_FORMAT = 1 };

cm_status cm_plan_create(cm_context *ctx, const cm_params *params, const cm_extent *extent,
                         const cm_model *labels, cm_plan **out, cm_error *err)
{
    cmi_error_reset(err);
    if (!ctx || !params || !out)
        return cmi_fail(err, CM_ERR_ARG, "%s is NULL", !ctx ? "ctx" : !params ? "params" : "out");
    return cmi_plan_build(ctx, params, extent, &labels, labels != NULL, out, err);
}

cm_status cm_plan_create_labelled(cm_context *ctx, const cm_params *params, const cm_extent *extent,
                                  const cm_model *const *labels, int32_t n_labels, cm_plan **out,
                                  cm_error *err)
{
    cmi_error_reset(err);
    if (!ctx || !params || !out)
        return cmi_fail(err, CM_ERR_ARG, "%s is NULL", !ctx ? "ctx" : !params ? "params" : "out");
    if (n_labels < 0 || (n_labels && !labels))
        return cmi_fail(err, CM_ERR_ARG, n_labels < 0 ? "n_labels is negative" : "labels is NULL");
    for (int32_t i = 0; i < n_labels; i++)
        if (!labels[i]) return cmi_fail(err, CM_ERR_ARG, "label %d is NULL", (int)i + 1);
    return cmi_plan_build(ctx, params, extent, labels, n_labels, out, err);
}

void cm_plan_destroy(cm_plan *plan)
{
    cmi_plan_release(plan);
}

const char *cm_plan_kpi(const cm_plan *plan)
{
    return plan ? plan->kpi->id : "";
}

uint64_t cm_plan_hash(const cm_plan *plan)
{
    return plan ? plan->hash : 0;
}

cm_status cm_plan_save(const cm_plan *plan, cm_buffer *out, cm_error *err)
{
    int64_t mark;
    cmi_error_reset(err);
    if (!plan || !out) return cmi_fail(err, CM_ERR_ARG, "%s is NULL", !plan ? "plan" : "out");
    int64_t before = cm_buffer_size(out);
    cmi_envelope_begin(out, CMI_ENVELOPE_PLAN, PLAN_FORMAT, &mark);
    cmi_plan_write(plan, out);
    cmi_envelope_end(out, mark);
    if (cmi_buffer_ok(out)) return CM_OK;
    cmi_buffer_truncate(out, before);
    return cmi_no_memory(plan->ctx, err);
}

cm_status cm_plan_load(cm_context *ctx, const void *bytes, int64_t size, cm_plan **out,
                       cm_error *err)
{
    cmi_reader payload;
    uint32_t version;
    cm_plan *plan;
    cmi_error_reset(err);
    if (!ctx || !bytes || !out)
        return cmi_fail(err, CM_ERR_ARG, "%s is NULL", !ctx ? "ctx" : !bytes ? "bytes" : "out");
    cm_status status =
        cmi_envelope_open(bytes, size, CMI_ENVELOPE_PLAN, PLAN_FORMAT, &version, &payload, err);
    if (status == CM_OK) status = cmi_plan_read(ctx, &payload, &plan, err);
    if (status != CM_OK) return status;
    if (cmi_reader_left(&payload) > 0) {
        cm_plan_destroy(plan);
        return cmi_fail(err, CM_ERR_FORMAT, "bytes follow the plan that do not belong to it");
    }
    *out = plan;
    return CM_OK;
}
