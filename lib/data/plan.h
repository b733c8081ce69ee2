/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_PLAN_H
#define CMI_DATA_PLAN_H

#include "core/buffer.h"
#include "data/cells.h"
#include "data/dataset.h"
#include "data/descriptor.h"
#include "data/options.h"
#include "data/params.h"

/* How row-level `by` reaches the kernel. Customer-level dimensions and labels are the same for all
 * rows. */
typedef enum cmi_by_mode {
    CMI_BY_NONE,  /* the KPI has no by */
    CMI_BY_SPLIT, /* the driver gives one span per group of the owner */
    CMI_BY_GIVEN  /* one span per owner with span->groups; the kernel chooses (first, last, anchor,
                     step k) */
} cmi_by_mode;

/* ---- what a KPI's plan function calls; the first error sticks and is returned by each and at the
 * end ---- */
void cmi_plan_stream(
    cmi_plan *p, uint32_t tables,
    cmi_by_mode by); /* CMI_FACT_BIT mask; absent tables are empty unless required */
void cmi_plan_require(cmi_plan *p, cmi_fact fact,
                      const char *role); /* role NULL: the table; else CM_ERR_MISSING names it */
void cmi_plan_select(cmi_plan *p, int bit,
                     const cmi_selector *s); /* bits 1..63; adds its tables to the stream */
/* Orders' first positive line, per definition 6 (head), and the first line of an id without one (no
 * sale). */
void cmi_plan_select_head(cmi_plan *p, int bit);
void cmi_plan_select_no_sale(cmi_plan *p, int bit);
/* The kernel reads neither span->first nor span->last, so they need not be sought. */
void cmi_plan_no_ends(cmi_plan *p);
/* A column for span->value[slot]: role or dimension by name, of any table of the stream that has
 * it. "@ordinal": the entity's ordinal within the owner (row index where no id is given). */
void cmi_plan_value(cmi_plan *p, int slot, const char *name);
/* quantity= : count (NULL or "count"), or a role / numeric dimension summed: duration, amount,
 * value, pages, quantity ... */
void cmi_plan_quantity(cmi_plan *p, int slot, const char *name);
/* A column of `customers` for span->customer[slot] (the latest row in force at as_of): signed_up,
 * birth_date, channel ... */
void cmi_plan_customer(cmi_plan *p, int slot, const char *name);
/* A key column of the KPI's own: named in by, it is shown once and groups nothing. */
void cmi_plan_builtin_key(cmi_plan *p, const char *name);
void cmi_plan_side(cmi_plan *p, cmi_side_id side); /* collect_side gets it, if given */
/* Grid of local days from `from` to `to`, `lead` days before; or of the option's periods. */
void cmi_plan_days(cmi_plan *p, const cmi_common *c, int64_t lead);
void cmi_plan_periods(cmi_plan *p, const cmi_common *c, int64_t lead);
/* Any further grid of the KPI's own; owned by the plan; NULL after an error. */
const cmi_grid *cmi_plan_grid(cmi_plan *p, const cmi_common *c, cmi_period period, int64_t from,
                              int64_t to, int64_t lead);
/* Makes cells dense with these extents, one per key part. An extent of CMI_GRID stands for the
 * plan's grid n. */
#define CMI_GRID      INT64_C(-1)
#define CMI_MAX_DENSE (INT64_C(1) << 28) /* cells a group; more is CM_ERR_LIMIT */
void cmi_plan_dense(cmi_plan *p, int cells, const int64_t *extents, int n);
/* Integer parts of sparse cells lie in 0 .. extent - 1 (0: anywhere; CMI_GRID as above). collect
 * keeps to it; a saved state that does not is refused, so present may use them as indices. */
void cmi_plan_bound(cmi_plan *p, int cells, const int64_t *extents, int n);
cm_status cmi_plan_fail(cmi_plan *p, cm_status status, const char *option, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
cm_status cmi_plan_status(const cmi_plan *p);
const cmi_grid *cmi_plan_main_grid(const cmi_plan *p);
int32_t cmi_plan_scale(const cmi_plan *p);
void *cmi_plan_alloc(cmi_plan *p, size_t size);      /* arena of the plan, cleared */
bool cmi_plan_has(const cmi_plan *p, cmi_fact fact); /* given in the extent */
/* A selector out of a text of the KPI's own grammar (an item of a list, the name of a map);
 * `option` is named in errors. */
cm_status cmi_plan_selector(cmi_plan *p, const char *option, const char *text, cmi_selector *out);
/* A KPI's plan function is called twice: first on a copy of its options with a window of one day,
 * only to learn which tables it and its children read, on which as_of and from depend; then with
 * everything resolved. So it has no effects but on the plan and the options struct, and asks for
 * streams and selectors before what depends on the window. An error of the first call is not
 * reported: the second repeats it. */

/* ---- the plan itself ---- */
enum { CMI_MAX_GRIDS = 8, CMI_MAX_CHILDREN = 400 };

typedef struct cmi_select {
    int bit;
    int kind;
    const cmi_selector *selector;
} cmi_select; /* kind 0 selector, 1 head, 2 no sale */
typedef struct cmi_value {
    int slot;
    int kind;
    const char *name;
} cmi_value; /* kind 0 value, 1 quantity, 2 customer */

struct cm_plan { /* the public handle is the plan itself */
    cm_context *ctx;
    int32_t refs;
    cmi_arena arena;
    const cmi_kpi *kpi;
    void *options;     /* the KPI's struct, filled */
    cmi_common common; /* copy of the KPI's, or the defaults where it has none */
    cmi_tz *tz;        /* of the calendar (option tz, else the dataset's) */
    cm_extent extent;  /* what it was resolved against; scale, tz, week start of the dataset */
    cmi_by by;
    cmi_where where;
    const char *unit; /* NULL: customer */
    uint32_t tables, required;
    cmi_by_mode by_mode;
    bool no_ends;
    int n_select;
    cmi_select select[CMI_MAX_BITS];
    int n_values;
    cmi_value value[2 * CMI_MAX_VALUES];
    uint32_t sides; /* mask of cmi_side_id */
    int n_grids;
    cmi_grid *grid[CMI_MAX_GRIDS]; /* grid[0]: the main one, NULL if none */
    int n_dense[CMI_MAX_CELLS];
    int64_t dense[CMI_MAX_CELLS][CMI_MAX_KEYS]; /* n_dense 0: sparse */
    int64_t bound[CMI_MAX_CELLS][CMI_MAX_KEYS]; /* of parts of sparse cells: extent + 1; 0: none */
    int n_children;
    cmi_plan *child[CMI_MAX_CHILDREN];
    int n_labels;
    const struct cm_model
        *label[CMI_MAX_LABELS]; /* retained models of the segments that by, where or children use */
    int n_text;
    const char **name,
        **text;  /* every option after defaults, canonical text, in descriptor order; "" unset */
    bool *given; /* of each option: set by the user (a preset's period counts as set) */
    bool has_extent;    /* false: planned without one */
    bool dry;           /* only the tables are wanted */
    int64_t first_fact; /* local midnight of the first fact in the tables read; INT64_MIN unknown */
    uint32_t read; /* tables that this plan and its children read: what as_of and from were resolved
                      from */
    uint64_t hash;
    cm_status status;
    cm_error *err; /* while planning */
    const char *require_role[16];
    cmi_fact require_fact[16];
    int n_require;
};

/* Params -> plan. `params` hold texts; see data/params.h. */
struct cm_params;
cm_status cmi_plan_build(cm_context *ctx, const struct cm_params *params, const cm_extent *extent,
                         const struct cm_model *const *labels, int n_labels, cmi_plan **out,
                         cm_error *err);
/* Index of the model of a KPI among the plan's labels; -1: none. */
int cmi_plan_label(const cmi_plan *p, const char *kpi);
void cmi_plan_retain(cmi_plan *p);
void cmi_plan_release(cmi_plan *p);
void cmi_plan_write(const cmi_plan *p, cm_buffer *out); /* bytes without envelope */

/* Rebuilds the plan from its texts. Errors: those of building it, CM_ERR_FORMAT, CM_ERR_VERSION (a
 * newer KPI), CM_ERR_MISMATCH (other time-zone data, or a library that plans otherwise). */
cm_status cmi_plan_read(cm_context *ctx, cmi_reader *in, cmi_plan **out, cm_error *err);
/* Text of an option after defaults; NULL: the KPI has no such option. */
const char *cmi_plan_text(const cmi_plan *p, const char *option);

#endif
