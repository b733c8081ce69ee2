/* SPDX-License-Identifier: MIT */
#ifndef CMI_API_RUN_H
#define CMI_API_RUN_H

#include "api/node.h"
#include "data/bind.h"
#include "data/params.h"

/* A plan of the params for that dataset: its own extent, and the models of the labels that `by`
 * asks for, fitted on it. ds NULL: none. */
cm_status cmi_plan_for(cm_context *ctx, const struct cm_params *params, const cm_dataset *ds,
                       const cmi_job *job, cmi_plan **out, cm_error *err);

/* Collects and presents a plan and its children; solves unless a fit is given. */
cm_status cmi_run_plan(cmi_plan *plan, const cm_dataset *ds, cmi_fit *fit, const cmi_job *job,
                       cm_result **out, cm_error *err);
/* Presents what was collected, in canonical order. */
cm_status cmi_node_present(const cmi_node *node, cmi_fit *fit, const cmi_job *job, cm_result **out,
                           cm_error *err);

/* model_api.c: CM_ERR_OPTION unless the plan differs from the model's in what may differ only. */
cm_status cmi_check_free(const struct cm_model *model, const cmi_plan *plan, cm_error *err);

/* meta.c: what made the result. */
void cmi_put_meta(const cmi_node *node, cm_result *result);

/* labels.c: models of the labels needed, fitted at segment_at of `plan`, which is the plan but for
 * groups and filters. The caller releases them. */
cm_status cmi_labels_fit(const cmi_label_list *needed, const cmi_plan *plan, const cm_dataset *ds,
                         const cmi_job *job, struct cm_model *models[CMI_MAX_LABELS], int *n_models,
                         cm_error *err);
/* Label of every owner by each of the label models that the plan itself (not a child of it) uses;
 * NULL where it has none. */
cm_status cmi_labels_create(const cmi_plan *plan, const cm_dataset *ds, const cmi_job *job,
                            cmi_labels **out, cm_error *err);
void cmi_labels_destroy(cm_context *ctx, cmi_labels *labels, int n);

#endif
