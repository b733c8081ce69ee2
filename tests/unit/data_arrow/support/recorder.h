/* SPDX-License-Identifier: MIT */
#ifndef TEST_ARROW_RECORDER_H
#define TEST_ARROW_RECORDER_H

#include <stdio.h>

#include "data/batch.h"

/* Stands in for the loader's appender: what arrives is written down as text, one line a row, cells
 * separated by blanks, each with a letter for its kind: t text, i int64, u uint64, f double, d
 * decimal, I instant, L local, D date, B bool; "-" is null. Nothing is kept before commit. A stage
 * is written down when the next one is made. */
typedef struct recorder {
    cm_context *ctx;
    char *text; /* of committed adds */
    size_t size;
    bool busy;
    int n_begun, n_committed, n_aborted, n_stages;
    int32_t skip;           /* this column is left out; -1: none */
    cm_status fail_stage;   /* CM_OK: do not */
    int64_t expected_first; /* number that the next row must have */
    bool clean;             /* all batches so far were */
    int n_staged; /* batches of the last stage, not yet written down: their text must still be there
                   */
    struct recorded *staged;
    FILE *stream;
    char *pending;
    size_t pending_size;
} recorder;

void recorder_init(recorder *r, cm_context *ctx);
void recorder_free(recorder *r);
cm_loader *recorder_loader(recorder *r);

#endif
