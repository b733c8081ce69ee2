/* SPDX-License-Identifier: MIT */
#ifndef TEST_TABLE_FIXTURE_H
#define TEST_TABLE_FIXTURE_H

#include "cm_test.h"
#include "core/buffer.h"
#include "core/error.h"
#include "data/result.h"

/* Columns of the table of all types. */
enum { C_ID, C_N, C_X, C_MONEY, C_OK, C_DAY, C_TIME, N_COLUMNS };

/* Three rows: ordinary values, all null, and what is hard to print. */
cm_result *make_result(cm_context *ctx);
/* The same, stopping quietly where memory is short; NULL then. */
cm_result *try_result(cm_context *ctx);

/* A context whose n-th allocation (from 0) and all later ones fail; n < 0: none. */
typedef struct failing {
    int64_t left;
    bool armed;
} failing;
cm_context *make_context(failing *f);

/* The buffer's bytes as a C string, allocated by the C library. */
char *take_text(cm_buffer *buffer);

#endif
