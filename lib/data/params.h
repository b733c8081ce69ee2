/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_PARAMS_H
#define CMI_DATA_PARAMS_H

#include "data/descriptor.h"

/* Params are texts by option, checked against the descriptor as they are set. */
typedef struct cmi_param {
    const char *name; /* option, or prefix.NAME of a nested one; lies in front of the text */
    char *text;       /* canonical text as set */
    bool given;       /* by the user; false in a saved plan: it was a default */
} cmi_param;

struct cm_params {
    cm_context *ctx;
    const cmi_kpi *kpi;
    int64_t n, capacity;
    cmi_param *v; /* only options that were set, by name */
};

const char *cmi_params_text(const struct cm_params *params, const char *option); /* NULL: not set */
bool cmi_params_given(const struct cm_params *params, const char *option);

cm_status cmi_params_create(cm_context *ctx, const cmi_kpi *kpi, struct cm_params **out,
                            cm_error *err);
cm_status cmi_params_copy(const struct cm_params *params, struct cm_params **out, cm_error *err);
void cmi_params_destroy(struct cm_params *params); /* NULL ok */
/* Checks a text and keeps its canonical form; NULL, or an empty text where the default is unset,
 * puts the default back. On failure nothing changes. Errors: CM_ERR_NOT_FOUND, CM_ERR_OPTION,
 * CM_ERR_UNSUPPORTED, CM_ERR_MEMORY. */
cm_status cmi_params_set(struct cm_params *params, const char *option, const char *text, bool given,
                         cm_error *err);
/* The groups that `by` asks for, read into the arena; which labels a plan needs shows in them. */
cm_status cmi_params_by(const struct cm_params *params, cmi_arena *arena, cmi_by *out,
                        cm_error *err);

#endif
