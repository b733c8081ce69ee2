/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_CSV_BLOCKS_H
#define CMI_DATA_CSV_BLOCKS_H

#include "data/csv.h"

enum { CMI_CSV_PIECES = 64 };

/* What one round reads: whole records, cut into pieces, and the beginning of the record behind. */
typedef struct cmi_csv_block {
    char *bytes;
    int64_t capacity, n;
    int32_t n_pieces;
    int64_t
        edge[CMI_CSV_PIECES + 1]; /* piece i is [edge[i], edge[i + 1]); the rest is carried over */
    bool last;                    /* nothing follows */
} cmi_csv_block;

typedef struct cmi_csv_input {
    cm_context *ctx;
    const cmi_csv_source *source;
    const cmi_job *job;
    const cmi_csv_dialect *dialect;
    int64_t max_field;
    int64_t piece, round; /* bytes */
    int64_t n_read;
    bool at_end;
} cmi_csv_input;

/* Reads until the block holds `want` bytes or the input ends. */
cm_status cmi_csv_fill(cmi_csv_input *in, cmi_csv_block *b, int64_t want, cm_error *err);
/* The next block: what `before` left over, what the source gives, cut into pieces. */
cm_status cmi_csv_next(cmi_csv_input *in, const cmi_csv_block *before, cmi_csv_block *b,
                       cm_error *err);
/* Cuts what a block holds from `from` on; reads more where not even one record is whole. */
cm_status cmi_csv_cut(cmi_csv_input *in, cmi_csv_block *b, int64_t from, cm_error *err);

#endif
