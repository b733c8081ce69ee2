/* SPDX-License-Identifier: MIT */
#ifndef CMI_CORE_BUFFER_H
#define CMI_CORE_BUFFER_H

#include <custmetrics/cm_context.h>
#include "core/int128.h"

/* Writing into a cm_buffer. The first failure sticks: check cmi_buffer_ok() once at the end. */
void cmi_put_bytes(cm_buffer *b, const void *p, size_t n);
void cmi_put_text(cm_buffer *b, const char *text); /* without NUL */
void cmi_put_format(cm_buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void cmi_put_u8(cm_buffer *b, uint8_t v);
void cmi_put_u32(cm_buffer *b, uint32_t v); /* little-endian, as all below */
void cmi_put_u64(cm_buffer *b, uint64_t v);
void cmi_put_i64(cm_buffer *b, int64_t v);
void cmi_put_f64(cm_buffer *b, double v);
void cmi_put_i128(cm_buffer *b, cmi_i128 v);
void cmi_put_string(cm_buffer *b, const char *p, size_t n); /* u32 length, bytes */
void cmi_put_u64_at(cm_buffer *b, int64_t offset, uint64_t v);
bool cmi_buffer_ok(const cm_buffer *b);
cm_context *cmi_buffer_context(const cm_buffer *b);
void cmi_buffer_truncate(cm_buffer *b, int64_t size); /* also clears a failure */

/* Reading bytes that may be hostile: every get checks the bounds; the first failure sticks and
 * gives zeros from then on. */
typedef struct cmi_reader {
    const uint8_t *p, *end;
    bool failed;
    int32_t depth; /* of plans within models within plans: who nests counts it up and refuses too
                      much */
} cmi_reader;
void cmi_reader_init(cmi_reader *r, const void *bytes, int64_t size);
uint8_t cmi_get_u8(cmi_reader *r);
uint32_t cmi_get_u32(cmi_reader *r);
uint64_t cmi_get_u64(cmi_reader *r);
int64_t cmi_get_i64(cmi_reader *r);
double cmi_get_f64(cmi_reader *r);
cmi_i128 cmi_get_i128(cmi_reader *r);
const char *cmi_get_string(cmi_reader *r, size_t *length); /* borrowed; NULL on failure */
const void *cmi_get_bytes(cmi_reader *r, size_t n);        /* borrowed; NULL on failure */
/* Reads a count and checks that count * element bytes can still follow. */
int64_t cmi_get_count(cmi_reader *r, size_t element);
int64_t cmi_reader_left(const cmi_reader *r);

/* Envelope of everything saved: magic "CMET", u32 kind, u32 format version, u64 payload size,
 * payload, XXH3-64 of all before. */
typedef enum cmi_envelope_kind {
    CMI_ENVELOPE_DATASET = 1,
    CMI_ENVELOPE_PLAN,
    CMI_ENVELOPE_STATE,
    CMI_ENVELOPE_MODEL,
    CMI_ENVELOPE_EXTENT
} cmi_envelope_kind;
void cmi_envelope_begin(cm_buffer *b, cmi_envelope_kind kind, uint32_t version, int64_t *mark);
void cmi_envelope_end(cm_buffer *b, int64_t mark);
/* Errors: CM_ERR_FORMAT, CM_ERR_VERSION, CM_ERR_CHECKSUM. */
cm_status cmi_envelope_open(const void *bytes, int64_t size, cmi_envelope_kind kind,
                            uint32_t newest, uint32_t *version, cmi_reader *payload, cm_error *err);

#endif
