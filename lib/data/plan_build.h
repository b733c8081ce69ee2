/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_PLAN_BUILD_H
#define CMI_DATA_PLAN_BUILD_H

#include "data/params.h"
#include "data/plan.h"
#include "data/words.h"

/* Between plan_build.c (the order of things), plan_options.c (texts to values), plan_window.c
 * (tables, then from, to, as_of) and plan_children.c. */

enum { CMI_MAX_NESTING = 8 }; /* children of children, models of models */

typedef struct cmi_building {
    cm_context *ctx;
    const struct cm_params *params;
    const cm_extent *extent; /* NULL: unknown */
    int depth;
    cm_error *err;
    cmi_plan *p;
    cmi_common_values values;
    bool has_common; /* the KPI has the common options */
} cmi_building;

/* plan_options.c */
cm_status cmi_building_open(cmi_building *b); /* makes b->p with its options read */
cm_status cmi_building_settle(
    cmi_building *b); /* what the window resolved, into options and texts */
void cmi_building_put_common(const cmi_building *b, void *options);

/* plan_window.c */
cm_status cmi_building_window(cmi_building *b);
/* Tables that the plan and its children read. An error other than want of memory is left to the
 * plan itself. */
cm_status cmi_building_scan(cmi_building *b, uint32_t *tables);
void cmi_plan_reset(cmi_plan *p); /* forgets what a plan function did */

/* plan_children.c */
struct cmi_children {
    cm_context *ctx;
    const cm_extent *extent; /* NULL: unknown */
    int n;
    struct cm_params *v[CMI_MAX_CHILDREN];
    bool own_window[CMI_MAX_CHILDREN];
    cm_status status;
    cm_error *err;
};
/* The children that the descriptor lists for these options. */
cm_status cmi_children_list(const cmi_building *b, const void *options, cmi_children *list);
void cmi_children_clear(cmi_children *list);
cm_status cmi_building_children(cmi_building *b);

/* plan_build.c: models among which labels are looked for; a child's are its parent's. */
cm_status cmi_building_run(cmi_building *b, const struct cm_model *const *labels, int n_labels);

/* plan_io.c: the plan's hash. */
cm_status cmi_plan_sign(cmi_plan *p, cm_error *err);

#endif
