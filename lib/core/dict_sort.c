/* SPDX-License-Identifier: MIT
 *
 * Canonical order of many texts. Ids share prefixes ("C00", "customer-"), so the prefix is skipped
 * and the next 8 bytes are sorted by radix; what ties there is taken up again behind them. */
#include "core/dict.h"

#include <string.h>

#include "core/memory.h"
#include "core/sort.h"

#define SMALL_RUN 24 /* insertion sort below */
#define MAX_DEPTH 48 /* of prefixes; deeper ties are left to a merge sort */

typedef struct sorter {
    cmi_texts t;
    uint64_t *key, *key_scratch;
    uint32_t *scratch;
} sorter;

static const char *text_of(const cmi_texts *t, uint32_t i, size_t *n)
{
    *n = t->end[i + 1] - t->end[i];
    return t->bytes + t->end[i];
}

int cmi_text_class(const char *p, size_t n, size_t *digits)
{
    size_t i = n > 0 && p[0] == '-';
    *digits = i;
    if (i == n) return 2;
    if (p[i] == '0') return n == 1 ? 0 : 2;
    for (size_t k = i; k < n; k++)
        if (p[k] < '0' || p[k] > '9') return 2;
    return i ? -1 : 1;
}

static int compare_bytes(const char *a, size_t na, const char *b, size_t nb)
{
    size_t n = na < nb ? na : nb;
    int c = n ? memcmp(a, b, n) : 0;
    return c ? c : (na > nb) - (na < nb);
}

int cmi_text_compare(const char *a, size_t na, const char *b, size_t nb)
{
    size_t da, db;
    int ca = cmi_text_class(a, na, &da), cb = cmi_text_class(b, nb, &db);
    if (ca != cb) return ca < cb ? -1 : 1;
    if (ca == 2) return compare_bytes(a, na, b, nb);
    /* Same sign: the longer number is the greater one, then the digits decide. */
    int c = na != nb ? (na > nb ? 1 : -1) : na ? memcmp(a, b, na) : 0;
    return ca < 0 ? -c : c;
}

/* ---- texts that are no integers ---- */

/* Up to 8 bytes behind `skip`, big-endian, so that numbers compare as bytes do. */
static uint64_t load_key(const cmi_texts *t, uint32_t i, size_t skip)
{
    size_t n;
    const char *p = text_of(t, i, &n);
    if (n <= skip) return 0;
    uint64_t word = 0;
    size_t rest = n - skip;
    if (rest >= 8) {
        memcpy(&word, p + skip, 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        word = __builtin_bswap64(word);
#endif
        return word;
    }
    for (size_t k = 0; k < rest; k++) word |= (uint64_t)(unsigned char)p[skip + k] << (56 - 8 * k);
    return word;
}

static size_t extend_prefix(const cmi_texts *t, const uint32_t *order, int64_t n, size_t skip)
{
    size_t length, prefix;
    const char *first = text_of(t, order[0], &prefix);
    for (int64_t i = 1; i < n && prefix > skip; i++) {
        const char *p = text_of(t, order[i], &length);
        size_t k = skip, limit = length < prefix ? length : prefix;
        while (k < limit && p[k] == first[k]) k++;
        prefix = k;
    }
    return prefix > skip ? prefix : skip;
}

static int compare_behind(const cmi_texts *t, uint32_t a, uint32_t b, size_t skip)
{
    size_t na, nb;
    const char *pa = text_of(t, a, &na), *pb = text_of(t, b, &nb);
    if (na < skip || nb < skip) skip = 0; /* an ended text with NULs in its place in another */
    return compare_bytes(pa + skip, na - skip, pb + skip, nb - skip);
}

static void insert_run(const cmi_texts *t, uint32_t *order, int64_t n, size_t skip)
{
    for (int64_t i = 1; i < n; i++) {
        uint32_t moving = order[i];
        int64_t j = i;
        for (; j > 0 && compare_behind(t, order[j - 1], moving, skip) > 0; j--)
            order[j] = order[j - 1];
        order[j] = moving;
    }
}

static int compare_numbers(const void *a, const void *b, void *user)
{
    return compare_behind(user, *(const uint32_t *)a, *(const uint32_t *)b, 0);
}

/* The run's keys are sorted along with it and stay valid behind the ties that are taken up again,
 * because each of those uses only its own part of `key`. */
static void sort_run(sorter *s, uint32_t *order, uint64_t *key, int64_t n, size_t skip, int depth)
{
    if (n <= SMALL_RUN) {
        insert_run(&s->t, order, n, skip);
        return;
    }
    if (depth == MAX_DEPTH) {
        cmi_sort(order, s->scratch, n, sizeof *order, compare_numbers, &s->t);
        return;
    }
    skip = extend_prefix(&s->t, order, n, skip);
    for (int64_t i = 0; i < n; i++) key[i] = load_key(&s->t, order[i], skip);
    cmi_sort_u64_pairs(key, order, s->key_scratch, s->scratch, n);
    for (int64_t i = 0; i < n;) {
        int64_t end = i + 1;
        while (end < n && key[end] == key[i]) end++;
        if (end - i > 1) sort_run(s, order + i, key + i, end - i, skip + 8, depth + 1);
        i = end;
    }
}

/* ---- canonical integers ---- */

#define MAX_DIGITS 18 /* fits an int64 */

/* Longer integers: by length, then digits; `direction` -1 turns negative ones around. */
static int compare_long(const void *a, const void *b, void *user)
{
    const cmi_texts *t = user;
    size_t na, nb;
    const char *pa = text_of(t, *(const uint32_t *)a, &na);
    const char *pb = text_of(t, *(const uint32_t *)b, &nb);
    return cmi_text_compare(pa, na, pb, nb);
}

static uint64_t read_value(const cmi_texts *t, uint32_t i)
{
    size_t n;
    const char *p = text_of(t, i, &n);
    bool negative = p[0] == '-';
    int64_t v = 0;
    for (size_t k = negative; k < n; k++) v = v * 10 + (p[k] - '0');
    return (uint64_t)(negative ? -v : v) ^ UINT64_C(1) << 63;
}

static void sort_short_integers(sorter *s, uint32_t *order, int64_t n)
{
    for (int64_t i = 0; i < n; i++) s->key[i] = read_value(&s->t, order[i]);
    cmi_sort_u64_pairs(s->key, order, s->key_scratch, s->scratch, n);
}

/* ---- all ---- */

enum { GROUP_LONG_NEGATIVE, GROUP_INTEGER, GROUP_LONG_POSITIVE, GROUP_TEXT, N_GROUPS };

static int group_of(const cmi_texts *t, uint32_t i)
{
    size_t n, digits;
    const char *p = text_of(t, i, &n);
    int class = cmi_text_class(p, n, &digits);
    if (class == 2) return GROUP_TEXT;
    if (n - digits <= MAX_DIGITS) return GROUP_INTEGER;
    return class < 0 ? GROUP_LONG_NEGATIVE : GROUP_LONG_POSITIVE;
}

static void sort_groups(sorter *s, uint32_t *order)
{
    int64_t start[N_GROUPS + 1] = { 0 }, at[N_GROUPS];
    uint8_t *group = (uint8_t *)s->key_scratch; /* free until the first radix sort */
    for (int64_t i = 0; i < s->t.n; i++) {
        group[i] = (uint8_t)group_of(&s->t, (uint32_t)i);
        start[group[i] + 1]++;
    }
    for (int g = 0; g < N_GROUPS; g++) {
        start[g + 1] += start[g];
        at[g] = start[g];
    }
    for (int64_t i = 0; i < s->t.n; i++) order[at[group[i]]++] = (uint32_t)i;
    for (int g = 0; g < N_GROUPS; g++) {
        uint32_t *run = order + start[g];
        int64_t n = start[g + 1] - start[g];
        if (n < 2) continue;
        if (g == GROUP_TEXT)
            sort_run(s, run, s->key, n, 0, 0);
        else if (g == GROUP_INTEGER)
            sort_short_integers(s, run, n);
        else
            cmi_sort(run, s->scratch, n, sizeof *run, compare_long, &s->t);
    }
}

bool cmi_texts_sort(cm_context *ctx, cmi_texts t, uint32_t *order)
{
    size_t n = (size_t)t.n;
    sorter s = { .t = t };
    s.key = cmi_malloc_n(ctx, n, sizeof *s.key);
    s.key_scratch = cmi_malloc_n(ctx, n, sizeof *s.key_scratch);
    s.scratch = cmi_malloc_n(ctx, n, sizeof *s.scratch);
    bool ok = s.key && s.key_scratch && s.scratch;
    if (ok) sort_groups(&s, order);
    cmi_free(ctx, s.key);
    cmi_free(ctx, s.key_scratch);
    cmi_free(ctx, s.scratch);
    return ok;
}
