/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_MODEL_H
#define CMI_DATA_MODEL_H

#include "core/buffer.h"
#include "core/memory.h"

/* What solve returned: named arrays. Saved, loaded and checked by the house. Names are literals.
 * put copies; the first failure sticks. get returns NULL and n = 0 where there is none. */
typedef struct cmi_fit cmi_fit;
void cmi_fit_put_f64(cmi_fit *m, const char *name, const double *v, int64_t n);
void cmi_fit_put_i64(cmi_fit *m, const char *name, const int64_t *v, int64_t n);
void cmi_fit_put_text(cmi_fit *m, const char *name, const char *text);
const double *cmi_fit_f64(const cmi_fit *m, const char *name, int64_t *n);
const int64_t *cmi_fit_i64(const cmi_fit *m, const char *name, int64_t *n);
const char *cmi_fit_text(const cmi_fit *m, const char *name);

/* A model that was fitted group by group names the state's groups, in their order, and finds them
 * again in other facts: the index at the fit; -1: it had no such group; -2: no memory. */
struct cmi_state;
cm_status cmi_fit_put_groups(cmi_fit *m, const struct cmi_state *s, int n_by, cm_error *err);
int64_t cmi_fit_find_group(const cmi_fit *m, const struct cmi_state *s, uint32_t group, int n_by);

cm_context *cmi_fit_context(const cmi_fit *m);
cmi_fit *cmi_fit_create(cm_context *ctx); /* one reference; NULL: no memory */
void cmi_fit_retain(cmi_fit *m);
void cmi_fit_destroy(cmi_fit *m); /* gives up a reference; NULL ok */
bool cmi_fit_ok(const cmi_fit *m);
void cmi_fit_write(const cmi_fit *m, cm_buffer *out);

cm_status cmi_fit_read(cm_context *ctx, cmi_reader *in, cmi_fit **out, cm_error *err);

/* The public cm_model: the plan that was fitted and what was solved. Immutable, reference-counted.
 */
struct cm_plan;
struct cm_model {
    cm_context *ctx;
    int32_t refs; /* atomic */
    struct cm_plan *plan;
    cmi_fit *fit;
};
/* Retains plan and fit. */
cm_status cmi_model_create(struct cm_plan *plan, cmi_fit *fit, struct cm_model **out,
                           cm_error *err);
void cmi_model_retain(const struct cm_model *m);
void cmi_model_release(const struct cm_model *m); /* NULL ok */
/* Plan, then fit; bytes without envelope. */
void cmi_model_write(const struct cm_model *m, cm_buffer *out);
cm_status cmi_model_read(cm_context *ctx, cmi_reader *in, struct cm_model **out, cm_error *err);

#endif
