/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_DESCRIPTOR_H
#define CMI_DATA_DESCRIPTOR_H

#include "core/parallel.h"
#include "data/cells.h"
#include "data/driver.h"
#include "data/emit.h"
#include "data/model.h"
#include "data/options.h"

/* A KPI: four small functions and what the world may know of it. */
typedef struct cm_plan cmi_plan;
typedef struct cmi_children cmi_children;

/* What solve and present see. */
typedef struct cmi_input {
    cm_context *ctx;
    const cmi_plan *plan;
    const cmi_state *state;
    const cmi_fit *model; /* in present, where the KPI solves; else NULL */
    bool applied; /* in present: the model was fitted elsewhere (apply, or given to finalize) */
    int n_children;
    const struct cm_result *const
        *child; /* results of the children, in the order they were added */
    const cmi_job *job;
    cm_error *err;
} cmi_input;

typedef struct cmi_kpi {
    const char *id, *family, *title;
    int32_t version;
    int32_t direction; /* +1, -1, 0 */
    const char *definition, *formula, *edge_cases, *references;
    const char *facts; /* "orders", "events|orders", "spend [orders]"; "paths" for side tables */
    const char *stages, *businesses, *goals, *levers;
    const char *headline, *factors; /* column of the first table; product of columns */
    const char *detail,
        *label;          /* table of one row per customer; its segment column (by=id.label) */
    const char *example; /* options of a run on the random facts that shows every table */
    bool anonymous;      /* collect sees anonymous owners too */
    const cmi_option *options;
    size_t options_size;
    const cmi_cells_def *cells;
    const cmi_table_def *tables;
    cm_status (*plan)(cmi_plan *p, void *options);
    void (*collect)(cmi_state *s, const void *options, const cmi_span *rows);
    void (*collect_side)(cmi_state *s, const void *options, const cmi_side *side, cmi_side_id id);
    cm_status (*children)(cmi_children *list, const void *options);
    cm_status (*solve)(const cmi_input *in, const void *options, cmi_fit *model);
    cm_status (*present)(const cmi_input *in, const void *options, cmi_output *out);
    const char *apply_free; /* further options that may differ from the fit's: "horizon top" */
} cmi_kpi;

/* What was solved, or by which plan segments are named, can be kept and applied to other facts. */
static inline bool cmi_has_model(const cmi_kpi *kpi)
{
    return kpi->solve || (kpi->label && *kpi->label);
}

/* Children: a KPI by id with options as text; common options (from, to, as_of, tz, week_start,
 * where) are inherited as resolved unless set. Returns the child's index; negative after an error,
 * which sticks. */
int cmi_child(cmi_children *list, const char *kpi);
void cmi_child_set(cmi_children *list, int child, const char *option, const char *text);
/* The child's from and to are its own, not inherited: for children that stand at another as_of. */
void cmi_child_own_window(cmi_children *list, int child);
/* Whether the facts that a KPI declares as needed (or one table) were given; true where that is not
 * known. */
bool cmi_child_possible(const cmi_children *list, const char *kpi);
bool cmi_children_have(const cmi_children *list, cmi_fact fact);

#endif
