/* SPDX-License-Identifier: MIT */
#ifndef CMI_CORE_SORT_H
#define CMI_CORE_SORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>

/* Stable sorts of a permutation: order[0..n) is rearranged so that key[order[i]] ascends; equal
 * keys keep their order. Scratch holds n elements. Insertion sort up to 32, merge sort above. */
void cmi_sort_u32_by_i64(uint32_t *order, uint32_t *scratch, const int64_t *key, int64_t n);
/* Sorts keys in place (LSD radix above 256 elements, skipping constant bytes). scratch: n elements.
 */
void cmi_sort_i64(int64_t *keys, int64_t *scratch, int64_t n);
void cmi_sort_u64(uint64_t *keys, uint64_t *scratch, int64_t n);
/* Pairs (key, value) by key, stable. */
void cmi_sort_u64_pairs(uint64_t *keys, uint32_t *values, uint64_t *key_scratch,
                        uint32_t *value_scratch, int64_t n);
/* Stable merge sort of n elements of `size` bytes by a comparison with user data; scratch n * size.
 */
typedef int (*cmi_compare_fn)(const void *a, const void *b, void *user);
void cmi_sort(void *base, void *scratch, int64_t n, size_t size, cmi_compare_fn compare,
              void *user);

#endif
