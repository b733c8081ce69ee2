/* SPDX-License-Identifier: MIT */
#include "core/dict.h"

#include <string.h>

#include "core/hash.h"
#include "core/memory.h"

#define TOO_MANY_PROBES 192

static cmi_dict *create_empty(cm_context *ctx, int64_t n, uint64_t n_bytes)
{
    cmi_dict *d = cmi_calloc(ctx, 1, sizeof *d);
    if (!d) return NULL;
    d->ctx = ctx;
    d->refs = 1;
    d->n = n;
    cmi_context_retain(ctx);
    d->n_slots = 8;
    while (d->n_slots / 8 * 5 < (uint64_t)n) d->n_slots *= 2;
    d->offset = cmi_malloc_n(ctx, (size_t)n + 2, sizeof *d->offset);
    d->bytes = cmi_malloc_n(ctx, n_bytes + 1, 1);
    d->slot = cmi_malloc_n(ctx, d->n_slots, sizeof *d->slot);
    if (!d->offset || !d->bytes || !d->slot) {
        cmi_dict_release(d);
        return NULL;
    }
    d->offset[0] = d->offset[1] = 0;
    d->bytes[n_bytes] = '\0';
    return d;
}

void cmi_dict_retain(cmi_dict *d)
{
    __atomic_fetch_add(&d->refs, 1, __ATOMIC_RELAXED);
}

void cmi_dict_release(cmi_dict *d)
{
    if (!d || __atomic_fetch_sub(&d->refs, 1, __ATOMIC_ACQ_REL) != 1) return;
    cm_context *ctx = d->ctx;
    cmi_free(ctx, d->offset);
    cmi_free(ctx, d->bytes);
    cmi_free(ctx, d->slot);
    cmi_free(ctx, d);
    cmi_context_release(ctx);
}

static void append(cmi_dict *d, uint32_t code, const char *p, size_t n)
{
    if (n) memcpy(d->bytes + d->offset[code], p, n);
    d->offset[code + 1] = d->offset[code] + n;
}

static uint64_t hash_text(const cmi_dict *d, const char *p, size_t n)
{
    return d->seed ? cmi_hash_seeded(p, n, d->seed) : cmi_hash(p, n);
}

/* false: too many texts share a hash. Hashes go ahead of the random writes by a block, so that the
 * slots are on their way to the cache. */
static bool fill_index(cmi_dict *d)
{
    enum { BLOCK = 16 };
    uint64_t mask = d->n_slots - 1, hash[BLOCK];
    memset(d->slot, 0, d->n_slots * sizeof *d->slot);
    for (int64_t first = 1; first <= d->n; first += BLOCK) {
        int64_t many = d->n - first + 1 < BLOCK ? d->n - first + 1 : BLOCK;
        for (int64_t k = 0; k < many; k++) {
            size_t n;
            const char *p = cmi_dict_text(d, (uint32_t)(first + k), &n);
            hash[k] = hash_text(d, p, n);
            __builtin_prefetch(&d->slot[hash[k] & mask], 1);
        }
        for (int64_t k = 0; k < many; k++) {
            uint64_t i = hash[k] & mask;
            int64_t probes = 1;
            for (; d->slot[i]; i = (i + 1) & mask)
                if (++probes > TOO_MANY_PROBES && !d->seed) return false;
            d->slot[i] = (uint32_t)(first + k);
        }
    }
    return true;
}

static void build_index(cmi_dict *d)
{
    if (fill_index(d)) return;
    d->seed = cmi_random_seed(d);
    (void)fill_index(d);
}

uint32_t cmi_dict_find(const cmi_dict *d, const char *p, size_t n)
{
    uint64_t mask = d->n_slots - 1, i = hash_text(d, p, n) & mask;
    for (; d->slot[i]; i = (i + 1) & mask) {
        size_t m;
        const char *text = cmi_dict_text(d, d->slot[i], &m);
        if (m == n && (n == 0 || memcmp(text, p, n) == 0)) return d->slot[i];
    }
    return 0;
}

/* ---- making ---- */

static cmi_dict *copy_ordered(cm_context *ctx, cmi_texts t, const uint32_t *order)
{
    cmi_dict *d = create_empty(ctx, t.n, t.end[t.n]);
    if (!d) return NULL;
    for (int64_t i = 0; i < t.n; i++) {
        /* In the new order the old texts lie anywhere in memory. */
        if (i + 16 < t.n) __builtin_prefetch(t.bytes + t.end[order[i + 16]]);
        if (i + 32 < t.n) __builtin_prefetch(&t.end[order[i + 32]]);
        uint64_t begin = t.end[order[i]];
        append(d, (uint32_t)(i + 1), t.bytes + begin, t.end[order[i] + 1] - begin);
    }
    build_index(d);
    return d;
}

cmi_dict *cmi_dict_from_intern(cmi_intern *in, uint32_t **renumber)
{
    cm_context *ctx = cmi_intern_context(in);
    cmi_context_retain(ctx);
    cmi_intern_drop_index(in);
    cmi_texts t = cmi_intern_texts(in);
    cmi_dict *d = NULL;
    uint32_t *map = NULL, *order = cmi_malloc_n(ctx, (size_t)t.n, sizeof *order);
    if (renumber) map = cmi_malloc_n(ctx, (size_t)t.n + 1, sizeof *map);
    if (order && (map || !renumber) && cmi_texts_sort(ctx, t, order))
        d = copy_ordered(ctx, t, order);
    if (d && map) {
        map[0] = 0;
        for (int64_t i = 0; i < t.n; i++) map[order[i] + 1] = (uint32_t)(i + 1);
        *renumber = map;
    } else {
        cmi_free(ctx, map);
    }
    cmi_free(ctx, order);
    cmi_intern_destroy(in);
    cmi_context_release(ctx);
    return d;
}

cmi_dict *cmi_dict_from_sorted(cm_context *ctx, int64_t n, const char *const *text,
                               const size_t *length)
{
    uint64_t total = 0;
    for (int64_t i = 0; i < n; i++) total += length[i];
    cmi_dict *d = n < UINT32_MAX ? create_empty(ctx, n, total) : NULL;
    if (!d) return NULL;
    for (int64_t i = 0; i < n; i++) append(d, (uint32_t)(i + 1), text[i], length[i]);
    build_index(d);
    return d;
}

/* ---- union and subset ---- */

/* One step of the merge: which of the two texts comes next, <0 a, >0 b, 0 both. */
static int compare_codes(const cmi_dict *a, uint32_t i, const cmi_dict *b, uint32_t j)
{
    if (i > a->n) return 1;
    if (j > b->n) return -1;
    size_t na, nb;
    const char *pa = cmi_dict_text(a, i, &na), *pb = cmi_dict_text(b, j, &nb);
    return cmi_text_compare(pa, na, pb, nb);
}

/* Fills both maps; returns the number of codes of the union and the bytes they need. */
static int64_t merge_codes(const cmi_dict *a, const cmi_dict *b, uint32_t *map_a, uint32_t *map_b,
                           uint64_t *n_bytes)
{
    int64_t n = 0;
    uint64_t bytes = 0;
    uint32_t i = 1, j = 1;
    map_a[0] = map_b[0] = 0;
    while (i <= a->n || j <= b->n) {
        int c = compare_codes(a, i, b, j);
        n++;
        bytes += c <= 0 ? a->offset[i + 1] - a->offset[i] : b->offset[j + 1] - b->offset[j];
        if (c <= 0) map_a[i++] = (uint32_t)n;
        if (c >= 0) map_b[j++] = (uint32_t)n;
    }
    *n_bytes = bytes;
    return n;
}

static cmi_dict *copy_union(cmi_dict *a, const cmi_dict *b, const uint32_t *map_a,
                            const uint32_t *map_b, int64_t n, uint64_t n_bytes)
{
    cmi_dict *d = create_empty(a->ctx, n, n_bytes);
    if (!d) return NULL;
    uint32_t i = 1, j = 1;
    for (uint32_t code = 1; code <= n; code++) {
        bool from_a = i <= a->n && map_a[i] == code, from_b = j <= b->n && map_b[j] == code;
        size_t length;
        const char *p = from_a ? cmi_dict_text(a, i, &length) : cmi_dict_text(b, j, &length);
        append(d, code, p, length);
        i += from_a;
        j += from_b;
    }
    build_index(d);
    return d;
}

cmi_dict *cmi_dict_union(cmi_dict *a, cmi_dict *b, uint32_t **map_a, uint32_t **map_b)
{
    cm_context *ctx = a->ctx;
    uint32_t *ma = cmi_malloc_n(ctx, (size_t)a->n + 1, sizeof *ma);
    uint32_t *mb = cmi_malloc_n(ctx, (size_t)b->n + 1, sizeof *mb);
    cmi_dict *d = NULL;
    if (ma && mb) {
        uint64_t n_bytes;
        int64_t n = merge_codes(a, b, ma, mb, &n_bytes);
        if (n == a->n) {
            cmi_dict_retain(a);
            d = a;
        } else if (n < UINT32_MAX) {
            d = copy_union(a, b, ma, mb, n, n_bytes);
        }
    }
    if (d && map_a)
        *map_a = ma;
    else
        cmi_free(ctx, ma);
    if (d && map_b)
        *map_b = mb;
    else
        cmi_free(ctx, mb);
    return d;
}

cmi_dict *cmi_dict_subset(cmi_dict *d, const uint8_t *keep, uint32_t **map)
{
    int64_t n = 0;
    uint64_t bytes = 0;
    for (int64_t c = 1; c <= d->n; c++) {
        if (!keep[c]) continue;
        n++;
        bytes += d->offset[c + 1] - d->offset[c];
    }
    uint32_t *m = cmi_malloc_n(d->ctx, (size_t)d->n + 1, sizeof *m);
    cmi_dict *small = m ? create_empty(d->ctx, n, bytes) : NULL;
    if (!small) {
        cmi_free(d->ctx, m);
        return NULL;
    }
    uint32_t code = 0;
    m[0] = 0;
    for (int64_t c = 1; c <= d->n; c++) {
        m[c] = keep[c] ? ++code : 0;
        if (!keep[c]) continue;
        append(small, code, d->bytes + d->offset[c], (size_t)(d->offset[c + 1] - d->offset[c]));
    }
    build_index(small);
    if (map)
        *map = m;
    else
        cmi_free(d->ctx, m);
    return small;
}
