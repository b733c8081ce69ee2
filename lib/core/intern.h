/* SPDX-License-Identifier: MIT */
#ifndef CMI_CORE_INTERN_H
#define CMI_CORE_INTERN_H

#include <custmetrics/cm_context.h>

/* Interner: bytes -> code 1, 2, ... in order of first sight (0 is null and never given). One
 * thread. */
typedef struct cmi_intern cmi_intern;
cmi_intern *cmi_intern_create(cm_context *ctx);
void cmi_intern_destroy(cmi_intern *in);
/* 0: no memory. `hash` is cmi_hash of the bytes, or any good hash used consistently for this
 * interner. */
uint32_t cmi_intern_add(cmi_intern *in, const char *p, size_t n, uint64_t hash);
void cmi_intern_prefetch(const cmi_intern *in, uint64_t hash);
/* 0: not there. */
uint32_t cmi_intern_find(const cmi_intern *in, const char *p, size_t n, uint64_t hash);
int64_t cmi_intern_count(const cmi_intern *in);
/* Valid until the next add. */
const char *cmi_intern_text(const cmi_intern *in, uint32_t code, size_t *length);
/* Mean slots looked at to find what is in it; for tests. */
double cmi_intern_probes(const cmi_intern *in);
/* Forgets codes above count (undo of a failed add). */
void cmi_intern_truncate(cmi_intern *in, int64_t count);

/* Dictionary: sealed, immutable, shared by reference. Code 0 is null; codes 1..n stand in canonical
 * order: canonical decimal integers (-?[1-9][0-9]* or 0, any length) first, by value, then other
 * text by bytes. */
typedef struct cmi_dict {
    cm_context *ctx;
    int64_t n;        /* codes 1..n */
    uint64_t *offset; /* n + 2: code c is bytes[offset[c] .. offset[c+1]); the first two are 0 */
    char *bytes;
    int32_t refs;   /* atomic */
    uint32_t *slot; /* hash index for find; built with the dictionary */
    uint64_t n_slots;
    uint64_t seed; /* of the index's hash; 0 unless the texts were made to collide */
} cmi_dict;

/* A seed that an attacker cannot know, never 0. Results do not depend on it, only running time
 * does. */
uint64_t cmi_random_seed(const void *anything);

/* Canonical comparison of two texts: <0, 0, >0. */
int cmi_text_compare(const char *a, size_t na, const char *b, size_t nb);
/* Consumes the interner's content (the interner is destroyed, also on failure). renumber[old] = new
 * for old 0..count; the caller frees it; may be NULL if not wanted. Radix sort inside; NULL: no
 * memory. */
cmi_dict *cmi_dict_from_intern(cmi_intern *in, uint32_t **renumber);
/* From n texts that are already in canonical order and distinct. */
cmi_dict *cmi_dict_from_sorted(cm_context *ctx, int64_t n, const char *const *text,
                               const size_t *length);
void cmi_dict_retain(cmi_dict *d);
void cmi_dict_release(cmi_dict *d); /* NULL ok */
static inline const char *cmi_dict_text(const cmi_dict *d, uint32_t code, size_t *length)
{
    *length = (size_t)(d->offset[code + 1] - d->offset[code]);
    return d->bytes + d->offset[code];
}
uint32_t cmi_dict_find(const cmi_dict *d, const char *p, size_t n); /* 0: not there */
/* Union of two; map_a[code], map_b[code] (n + 1 entries, caller frees; either may be NULL). Returns
 * a itself (retained) if b adds nothing. */
cmi_dict *cmi_dict_union(cmi_dict *a, cmi_dict *b, uint32_t **map_a, uint32_t **map_b);
/* Only the codes with keep[code] != 0; map[code] = new code or 0. */
cmi_dict *cmi_dict_subset(cmi_dict *d, const uint8_t *keep, uint32_t **map);

#endif
