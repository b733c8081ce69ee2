/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_PARAMS_H
#define CMI_DATA_PARAMS_H

#include "data/descriptor.h"

/* Params are texts by option, checked against the descriptor as they are set. */
typedef struct cmi_param {
    const char *name;  /* option, or prefix.NAME of a nested one */
    char *text;        /* canonical text as set */
    bool given;
} cmi_param;

struct cm_params {
    cm_context *ctx;
    const cmi_kpi *kpi;
    int64_t n, capacity;
    cmi_param *v;      /* only options that were set */
};

const char *cmi_params_text(const struct cm_params *params, const char *option); /* NULL: not set */

#endif
