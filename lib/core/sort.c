/* SPDX-License-Identifier: MIT */
#include "core/sort.h"

#include <string.h>

#define SMALL 32

static void insert_u32_by_i64(uint32_t *order, const int64_t *key, int64_t n)
{
    for (int64_t i = 1; i < n; i++) {
        uint32_t moving = order[i];
        int64_t k = key[moving], j = i;
        for (; j > 0 && key[order[j - 1]] > k; j--) order[j] = order[j - 1];
        order[j] = moving;
    }
}

static void merge_u32_by_i64(uint32_t *out, const uint32_t *a, const uint32_t *a_end,
                             const uint32_t *b, const uint32_t *b_end, const int64_t *key)
{
    while (a < a_end && b < b_end) *out++ = key[*b] < key[*a] ? *b++ : *a++;
    if (a < a_end) memcpy(out, a, (size_t)(a_end - a) * sizeof *a);
    if (b < b_end) memcpy(out, b, (size_t)(b_end - b) * sizeof *b);
}

void cmi_sort_u32_by_i64(uint32_t *order, uint32_t *scratch, const int64_t *key, int64_t n)
{
    for (int64_t i = 0; i < n; i += SMALL)
        insert_u32_by_i64(order + i, key, n - i < SMALL ? n - i : SMALL);
    uint32_t *from = order, *to = scratch;
    for (int64_t width = SMALL; width < n; width *= 2) {
        for (int64_t i = 0; i < n; i += 2 * width) {
            int64_t middle = i + width < n ? i + width : n;
            int64_t end = i + 2 * width < n ? i + 2 * width : n;
            /* Runs in order already, as with sorted input, are only copied. */
            if (middle == end || key[from[middle - 1]] <= key[from[middle]])
                memcpy(to + i, from + i, (size_t)(end - i) * sizeof *to);
            else
                merge_u32_by_i64(to + i, from + i, from + middle, from + middle, from + end, key);
        }
        uint32_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != order) memcpy(order, from, (size_t)n * sizeof *order);
}

/* ---- radix ---- */

#define RADIX_MIN 256

static void insert_u64(uint64_t *keys, int64_t n, uint64_t flip)
{
    for (int64_t i = 1; i < n; i++) {
        uint64_t k = keys[i];
        int64_t j = i;
        for (; j > 0 && (keys[j - 1] ^ flip) > (k ^ flip); j--) keys[j] = keys[j - 1];
        keys[j] = k;
    }
}

static void merge_u64(uint64_t *keys, uint64_t *scratch, int64_t n, uint64_t flip)
{
    for (int64_t i = 0; i < n; i += SMALL)
        insert_u64(keys + i, n - i < SMALL ? n - i : SMALL, flip);
    for (int64_t width = SMALL; width < n; width *= 2) {
        for (int64_t i = 0; i + width < n; i += 2 * width) {
            int64_t end = i + 2 * width < n ? i + 2 * width : n;
            memcpy(scratch, keys + i, (size_t)width * sizeof *keys);
            const uint64_t *a = scratch, *a_end = scratch + width;
            const uint64_t *b = keys + i + width, *b_end = keys + end;
            uint64_t *out = keys + i;
            while (a < a_end && b < b_end) *out++ = (*b ^ flip) < (*a ^ flip) ? *b++ : *a++;
            if (a < a_end) memcpy(out, a, (size_t)(a_end - a) * sizeof *a);
        }
    }
}

/* Bits in which some keys differ: a byte without any needs no pass. */
static uint64_t find_varying(const uint64_t *keys, int64_t n)
{
    uint64_t varying = 0;
    for (int64_t i = 1; i < n; i++) varying |= keys[i] ^ keys[0];
    return varying;
}

static void count_starts(const uint64_t *keys, int64_t n, int shift, uint64_t flip,
                         int64_t start[256])
{
    int64_t count[256] = { 0 };
    for (int64_t i = 0; i < n; i++) count[((keys[i] ^ flip) >> shift) & 255]++;
    int64_t sum = 0;
    for (int b = 0; b < 256; b++) {
        start[b] = sum;
        sum += count[b];
    }
}

static void sort_words(uint64_t *keys, uint64_t *scratch, int64_t n, uint64_t flip)
{
    if (n <= RADIX_MIN) {
        merge_u64(keys, scratch, n, flip);
        return;
    }
    uint64_t varying = find_varying(keys, n);
    uint64_t *from = keys, *to = scratch;
    for (int shift = 0; shift < 64; shift += 8) {
        if (!(varying >> shift & 255)) continue;
        int64_t start[256];
        count_starts(from, n, shift, flip, start);
        for (int64_t i = 0; i < n; i++) to[start[((from[i] ^ flip) >> shift) & 255]++] = from[i];
        uint64_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != keys) memcpy(keys, from, (size_t)n * sizeof *keys);
}

void cmi_sort_u64(uint64_t *keys, uint64_t *scratch, int64_t n)
{
    sort_words(keys, scratch, n, 0);
}

void cmi_sort_i64(int64_t *keys, int64_t *scratch, int64_t n)
{
    sort_words((uint64_t *)keys, (uint64_t *)scratch, n, UINT64_C(1) << 63);
}

static void insert_pairs(uint64_t *keys, uint32_t *values, int64_t n)
{
    for (int64_t i = 1; i < n; i++) {
        uint64_t k = keys[i];
        uint32_t v = values[i];
        int64_t j = i;
        for (; j > 0 && keys[j - 1] > k; j--) {
            keys[j] = keys[j - 1];
            values[j] = values[j - 1];
        }
        keys[j] = k;
        values[j] = v;
    }
}

void cmi_sort_u64_pairs(uint64_t *keys, uint32_t *values, uint64_t *key_scratch,
                        uint32_t *value_scratch, int64_t n)
{
    if (n <= 2 * SMALL) {
        insert_pairs(keys, values, n);
        return;
    }
    uint64_t varying = find_varying(keys, n);
    uint64_t *from = keys, *to = key_scratch;
    uint32_t *value_from = values, *value_to = value_scratch;
    for (int shift = 0; shift < 64; shift += 8) {
        if (!(varying >> shift & 255)) continue;
        int64_t start[256];
        count_starts(from, n, shift, 0, start);
        for (int64_t i = 0; i < n; i++) {
            int64_t at = start[from[i] >> shift & 255]++;
            to[at] = from[i];
            value_to[at] = value_from[i];
        }
        uint64_t *swap = from;
        from = to;
        to = swap;
        uint32_t *value_swap = value_from;
        value_from = value_to;
        value_to = value_swap;
    }
    if (from != keys) {
        memcpy(keys, from, (size_t)n * sizeof *keys);
        memcpy(values, value_from, (size_t)n * sizeof *values);
    }
}

/* ---- any elements ---- */

static void merge_any(char *out, const char *a, const char *a_end, const char *b, const char *b_end,
                      size_t size, cmi_compare_fn compare, void *user)
{
    while (a < a_end && b < b_end) {
        bool second = compare(b, a, user) < 0;
        memcpy(out, second ? b : a, size);
        if (second)
            b += size;
        else
            a += size;
        out += size;
    }
    if (a < a_end) memcpy(out, a, (size_t)(a_end - a));
    if (b < b_end) memcpy(out, b, (size_t)(b_end - b));
}

/* Runs of 8 by insertion; the scratch holds the element that moves. */
static void insert_any(char *base, char *scratch, int64_t n, size_t size, cmi_compare_fn compare,
                       void *user)
{
    for (int64_t i = 1; i < n; i++) {
        char *at = base + (size_t)i * size;
        if (compare(at - size, at, user) <= 0) continue;
        memcpy(scratch, at, size);
        do {
            memcpy(at, at - size, size);
            at -= size;
        } while (at > base && compare(at - size, scratch, user) > 0);
        memcpy(at, scratch, size);
    }
}

void cmi_sort(void *base, void *scratch, int64_t n, size_t size, cmi_compare_fn compare, void *user)
{
    const int64_t run = 8;
    for (int64_t i = 0; i < n; i += run)
        insert_any((char *)base + (size_t)i * size, scratch, n - i < run ? n - i : run, size,
                   compare, user);
    char *from = base, *to = scratch;
    for (int64_t width = run; width < n; width *= 2) {
        for (int64_t i = 0; i < n; i += 2 * width) {
            size_t middle = (size_t)(i + width < n ? i + width : n) * size;
            size_t end = (size_t)(i + 2 * width < n ? i + 2 * width : n) * size;
            size_t begin = (size_t)i * size;
            if (middle == end || compare(from + middle - size, from + middle, user) <= 0)
                memcpy(to + begin, from + begin, end - begin);
            else
                merge_any(to + begin, from + begin, from + middle, from + middle, from + end, size,
                          compare, user);
        }
        char *swap = from;
        from = to;
        to = swap;
    }
    if (from != (char *)base) memcpy(base, from, (size_t)n * size);
}
