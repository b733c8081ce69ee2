/* SPDX-License-Identifier: MIT */
#ifndef CMI_API_NODE_H
#define CMI_API_NODE_H

#include <custmetrics/cm_kpi.h>
#include "core/parallel.h"
#include "data/plan.h"

/* A plan with what was collected for it, and the same for its children: the whole algebra of a KPI
 * on KPIs walks this tree. */
typedef struct cmi_node {
    cmi_plan *plan; /* borrowed: of the root's owner */
    cmi_state *state;
    int n_children;
    struct cmi_node **child;
    int twin; /* an elder sibling of the same plan does this one's work; -1: none */
} cmi_node;

/* Without state and children, but with room for them. */
cm_status cmi_node_create_bare(cmi_plan *plan, cmi_node **out, cm_error *err);
/* Elder sibling of child i with the same plan; -1: none. */
int cmi_node_twin(const cmi_plan *plan, int i);
/* The state of one plan over a dataset's facts (NULL: none), in canonical order. */
cm_status cmi_collect(cmi_plan *plan, const cm_dataset *ds, const cmi_job *job, cmi_state **out,
                      cm_error *err);

/* Empty states of the plan and all its children. */
cm_status cmi_node_create(cmi_plan *plan, cmi_node **out, cm_error *err);
void cmi_node_destroy(cmi_node *node); /* NULL ok */
/* The states of a dataset's facts, in canonical order. */
cm_status cmi_node_collect(cmi_plan *plan, const cm_dataset *ds, const cmi_job *job, cmi_node **out,
                           cm_error *err);
/* Adds `from` to *into; all or nothing. */
cm_status cmi_node_merge(cmi_node **into, const cmi_node *from, cm_error *err);
cm_status cmi_node_order(cmi_node *node, const cmi_job *job, cm_error *err);
cm_status cmi_node_write(const cmi_node *node, cm_buffer *out, cm_error *err); /* ordered */
cm_status cmi_node_read(cmi_plan *plan, cmi_reader *in, cmi_node **out, cm_error *err);

#endif
