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

cmi_fit *cmi_fit_create(cm_context *ctx);
void cmi_fit_destroy(cmi_fit *m);
bool cmi_fit_ok(const cmi_fit *m);
void cmi_fit_write(const cmi_fit *m, cm_buffer *out);

cm_status cmi_fit_read(cm_context *ctx, cmi_reader *in, cmi_fit **out, cm_error *err);

#endif
