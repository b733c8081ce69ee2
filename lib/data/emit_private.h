/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_EMIT_PRIVATE_H
#define CMI_DATA_EMIT_PRIVATE_H

#include "data/emit.h"
#include "data/table.h"

/* Between emit.c and emit_rows.c only. */

struct cmi_rows {
    cmi_output *out;
    cm_table *table;                 /* NULL: nothing is written any more */
    int32_t *column;                 /* of the definition -> of the table */
    int32_t by_column[CMI_MAX_KEYS]; /* -1: the KPI has that column itself */
    int64_t n;
};

typedef struct cmi_diagnostic_row {
    struct cmi_diagnostic_row *next;
    const char *code, *message;
} cmi_diagnostic_row;

struct cmi_output {
    cm_context *ctx;
    const struct cm_plan *plan;
    const cmi_state *state; /* NULL: no facts, no by */
    const struct cmi_job *job;
    struct cm_result *result;
    cm_status status;
    int n_by;
    int n_tables;
    cmi_rows **rows;                  /* by table of the descriptor; NULL: not asked for yet */
    cmi_rows none;                    /* what a failed call gives */
    const cmi_column_def *as_text[8]; /* periods that are text in this result */
    int n_as_text;
    struct cmi_out_keys {
        const cmi_table_def *table;
        const char *const *name;
        const cmi_table_column *const *like;
        int n;
    } keys[4];
    int n_keys;
    const char **by_text;
    cmi_diagnostic_row *first_diagnostic, *last_diagnostic;
    cmi_arena arena;
};

void cmi_output_fail(cmi_output *out, cm_status status); /* the first sticks */

#endif
