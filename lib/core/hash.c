/* SPDX-License-Identifier: MIT */
#include "core/hash.h"

/* Everything inline: no library to link, and the same code on every machine. */
#define XXH_INLINE_ALL
#define XXH_NO_XXH32 1
#include <xxhash.h>

uint64_t cmi_hash(const void *p, size_t n)
{
    return XXH3_64bits(n ? p : "", n);
}

uint64_t cmi_hash_seeded(const void *p, size_t n, uint64_t seed)
{
    return XXH3_64bits_withSeed(n ? p : "", n, seed);
}

void cmi_hash128(const void *p, size_t n, uint64_t out[2])
{
    XXH128_hash_t h = XXH3_128bits(n ? p : "", n);
    out[0] = h.low64;
    out[1] = h.high64;
}
