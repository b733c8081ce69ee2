/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_SCRATCH_H
#define CMI_DATA_SCRATCH_H

#include "core/memory.h"

/* Memory of one batch: taken piece by piece, given back all at once and used again for the next
 * batch, so that a long load touches no fresh pages. Not cleared. */
typedef struct cmi_scratch {
    cm_context *ctx;
    struct cmi_scratch_block *first, *current;
    size_t used;
} cmi_scratch;

void cmi_scratch_init(cmi_scratch *s, cm_context *ctx);
void *cmi_scratch_alloc(cmi_scratch *s, size_t n,
                        size_t size); /* 16-byte aligned; NULL: no memory */
char *cmi_scratch_text(cmi_scratch *s, const char *p, size_t n); /* a copy, without NUL */
void cmi_scratch_reset(cmi_scratch *s);
void cmi_scratch_destroy(cmi_scratch *s);

#endif
