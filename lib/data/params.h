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
/* The KPIs whose segments by and where ask for (rfm of by=rfm.segment), those of other KPIs in
 * nested options too (kpi.by): each once. */
enum { CMI_MAX_LABELS = 4 };
typedef struct cmi_label_list {
    int n;
    const cmi_kpi *kpi[CMI_MAX_LABELS];
    const char *option[CMI_MAX_LABELS]; /* that asks first; borrowed from the params */
} cmi_label_list;
cm_status cmi_params_labels(const struct cm_params *params, cmi_label_list *out, cm_error *err);
/* Takes all by and where out. */
void cmi_params_forget_groups(struct cm_params *params);

#endif
