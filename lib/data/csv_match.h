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

/* Written out: compilers at -O2 leave such loops rolled. */
static inline cmi_bytes64 cmi_load64(const char *p)
{
    const __m128i *v = (const __m128i *)(const void *)p;
    return (cmi_bytes64){ { _mm_loadu_si128(v), _mm_loadu_si128(v + 1), _mm_loadu_si128(v + 2),
                            _mm_loadu_si128(v + 3) } };
}

static inline uint64_t cmi_gather64(__m128i a, __m128i b, __m128i c, __m128i d)
{
    uint64_t low = (uint32_t)_mm_movemask_epi8(a) | (uint32_t)_mm_movemask_epi8(b) << 16;
    uint64_t high = (uint32_t)_mm_movemask_epi8(c) | (uint32_t)_mm_movemask_epi8(d) << 16;
    return low | high << 32;
}

static inline uint64_t cmi_match64(cmi_bytes64 b, char c)
{
    __m128i x = _mm_set1_epi8(c);
    return cmi_gather64(_mm_cmpeq_epi8(b.v[0], x), _mm_cmpeq_epi8(b.v[1], x),
                        _mm_cmpeq_epi8(b.v[2], x), _mm_cmpeq_epi8(b.v[3], x));
}

/* Bytes above 0x7f. */
static inline uint64_t cmi_high64(cmi_bytes64 b)
{
    return cmi_gather64(b.v[0], b.v[1], b.v[2], b.v[3]);
}

/* How many bytes are c. */
static inline int64_t cmi_count64(cmi_bytes64 b, char c)
{
    __m128i x = _mm_set1_epi8(c);
    __m128i sum = _mm_add_epi8(_mm_add_epi8(_mm_cmpeq_epi8(b.v[0], x), _mm_cmpeq_epi8(b.v[1], x)),
                               _mm_add_epi8(_mm_cmpeq_epi8(b.v[2], x), _mm_cmpeq_epi8(b.v[3], x)));
    sum = _mm_sad_epu8(_mm_sub_epi8(_mm_setzero_si128(), sum), _mm_setzero_si128());
    return _mm_cvtsi128_si32(sum) + _mm_extract_epi16(sum, 4);
}

/* Is any byte c, 0, or above 0x7f? Bits of the answer: 1 c, 2 the others. */
static inline int cmi_survey64(cmi_bytes64 b, char c)
{
    __m128i x = _mm_set1_epi8(c), zero = _mm_setzero_si128();
    __m128i least = _mm_min_epu8(_mm_min_epu8(b.v[0], b.v[1]), _mm_min_epu8(b.v[2], b.v[3]));
    __m128i any = _mm_or_si128(_mm_or_si128(b.v[0], b.v[1]), _mm_or_si128(b.v[2], b.v[3]));
    __m128i same = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(b.v[0], x), _mm_cmpeq_epi8(b.v[1], x)),
                                _mm_or_si128(_mm_cmpeq_epi8(b.v[2], x), _mm_cmpeq_epi8(b.v[3], x)));
    int dirty = _mm_movemask_epi8(_mm_or_si128(any, _mm_cmpeq_epi8(least, zero)));
    return (_mm_movemask_epi8(same) != 0) | (dirty != 0) << 1;
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

static inline int64_t cmi_count64(cmi_bytes64 b, char c)
{
    return __builtin_popcountll(cmi_match64(b, c));
}

static inline int cmi_survey64(cmi_bytes64 b, char c)
{
    return (cmi_match64(b, c) != 0) | ((cmi_high64(b) | cmi_match64(b, '\0')) != 0) << 1;
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
