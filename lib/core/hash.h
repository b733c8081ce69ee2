/* SPDX-License-Identifier: MIT */
#ifndef CMI_CORE_HASH_H
#define CMI_CORE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* XXH3 of the bytes, seed 0 (definition 42 fixes it for partitions). */
uint64_t cmi_hash(const void *p, size_t n);
uint64_t cmi_hash_seeded(const void *p, size_t n, uint64_t seed); /* for tables under attack */
void cmi_hash128(const void *p, size_t n, uint64_t out[2]);
/* Full-avalanche mix of one or two words for hash tables. */
static inline uint64_t cmi_mix(uint64_t x)
{
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    return x ^ x >> 32;
}

#endif
