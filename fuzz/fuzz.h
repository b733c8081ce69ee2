/* SPDX-License-Identifier: MIT
 *
 * What the fuzz targets share. Saved things are fuzzed as their payload: the envelope is put around
 * it here with the checksum that belongs to it, so that the fuzzer gets past the checksum.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdlib.h>
#include <string.h>

#include <custmetrics/custmetrics.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 20, TAIL = 8, KIND_DATASET = 1, KIND_PLAN, KIND_STATE, KIND_MODEL };

/* A context with little memory, so that hostile counts end soon. */
cm_context *fuzz_context(void);
/* magic, kind, version, size, payload, checksum; free() it. */
uint8_t *fuzz_envelope(int kind, const uint8_t *payload, size_t size, int64_t *whole);
/* A small sealed shop, made once in a context of its own. */
const cm_dataset *fuzz_shop(void);
/* Ends the process: what must hold does not. */
void fuzz_must(bool holds, const char *what);
/* Looks at every cell of a result. */
void fuzz_read(const cm_result *result, cm_context *ctx);

#endif
