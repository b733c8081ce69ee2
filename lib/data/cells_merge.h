/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_CELLS_MERGE_H
#define CMI_DATA_CELLS_MERGE_H

#include "data/cells_private.h"

/* Between cells_merge.c and cells_map.c only: one merge at work. */
typedef struct cmi_merge {
    cmi_state *into;
    const cmi_state *from;
    cm_error *err;
    uint32_t *code_map[CMI_MAX_SPACES]; /* code of from -> code of into; NULL: the same */
    int64_t old_codes[CMI_MAX_SPACES];
    bool bound[CMI_MAX_SPACES]; /* took over a dictionary where there was none */
    uint32_t *group_map;
    int64_t old_groups;
    int64_t old_chunks[CMI_MAX_CELLS];
    uint32_t *found[CMI_MAX_CELLS]; /* row of from -> row of into + 1, or 0 */
    int64_t *key;                   /* a mapped key */
} cmi_merge;

/* Codes and groups of `from` into those of `into`. What was appended before a failure is taken back
 * by cmi_merge_unmap. */
cm_status cmi_merge_map(cmi_merge *m);
void cmi_merge_unmap(cmi_merge *m);

static inline int64_t cmi_map_code(const cmi_merge *m, int space, int64_t code)
{
    return space >= 0 && m->code_map[space] && code > 0 ? m->code_map[space][code] : code;
}

#endif
