/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_CSV_MATCH_H
#define CMI_DATA_CSV_MATCH_H

#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* 64 bytes at a time: bit i of a mask stands for byte i. */
typedef struct cmi_bytes64 {
#if defined(__SSE2__)
    __m128i v[4];
#else
    uint64_t v[8];
#endif
} cmi_bytes64;

#if defined(__SSE2__)

static inline cmi_bytes64 cmi_load64(const char *p)
{
    cmi_bytes64 b;
    for (int i = 0; i < 4; i++)
        b.v[i] = _mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i));
    return b;
}

static inline uint64_t cmi_match64(cmi_bytes64 b, char c)
{
    __m128i pattern = _mm_set1_epi8(c);
    uint64_t mask = 0;
    for (int i = 0; i < 4; i++)
        mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(b.v[i], pattern)) << (16 * i);
    return mask;
}

/* Bytes above 0x7f. */
static inline uint64_t cmi_high64(cmi_bytes64 b)
{
    uint64_t mask = 0;
    for (int i = 0; i < 4; i++) mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(b.v[i]) << (16 * i);
    return mask;
}

#else

static inline cmi_bytes64 cmi_load64(const char *p)
{
    cmi_bytes64 b;
    memcpy(b.v, p, sizeof b.v);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    for (int i = 0; i < 8; i++) b.v[i] = __builtin_bswap64(b.v[i]);
#endif
    return b;
}

/* The high bits of 8 bytes, gathered. */
static inline uint64_t cmi_gather8(uint64_t x)
{
    return ((x & 0x8080808080808080u) >> 7) * 0x0102040810204080u >> 56;
}

static inline uint64_t cmi_match64(cmi_bytes64 b, char c)
{
    uint64_t pattern = 0x0101010101010101u * (unsigned char)c, mask = 0;
    for (int i = 0; i < 8; i++) {
        uint64_t x = b.v[i] ^ pattern;
        uint64_t nonzero = ((x & 0x7f7f7f7f7f7f7f7fu) + 0x7f7f7f7f7f7f7f7fu) | x;
        mask |= cmi_gather8(~nonzero) << (8 * i);
    }
    return mask;
}

static inline uint64_t cmi_high64(cmi_bytes64 b)
{
    uint64_t mask = 0;
    for (int i = 0; i < 8; i++) mask |= cmi_gather8(b.v[i]) << (8 * i);
    return mask;
}

#endif

/* The bytes at p, of which n may be read; what is behind them must not count: cmi_mask64. */
static inline cmi_bytes64 cmi_load64_part(const char *p, int64_t n)
{
    if (n >= 64) return cmi_load64(p);
    char padded[64] = { 0 };
    memcpy(padded, p, (size_t)n);
    return cmi_load64(padded);
}

static inline uint64_t cmi_mask64(int64_t n)
{
    return n >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << n) - 1;
}

#endif
