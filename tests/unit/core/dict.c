/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include "core_test.h"
#include "core/hash.h"
#include "core/intern.h"
#include "core/memory.h"

typedef struct word {
    const char *p;
    size_t n;
} word;

#define W(text)                                                                                    \
    {                                                                                              \
        text, sizeof text - 1                                                                      \
    }

/* In canonical order. */
static const word ordered[] = {
    W("-100000000000000000000000"),
    W("-99999999999999999999999"),
    W("-1000000000000000000"),
    W("-999999999999999999"),
    W("-10"),
    W("-9"),
    W("-1"),
    W("0"),
    W("1"),
    W("2"),
    W("9"),
    W("10"),
    W("999999999999999999"),
    W("1000000000000000000"),
    W("9223372036854775807"),
    W("9223372036854775808"),
    W("99999999999999999999999"),
    W("100000000000000000000000"),
    W(""),
    W("\0"),
    W("\0\0"),
    W("\0\0\0\0\0\0\0\0\0"),
    W("\1"),
    W(" 1"),
    W("+1"),
    W("-"),
    W("--1"),
    W("-0"),
    W("-01"),
    W("00"),
    W("01"),
    W("1.0"),
    W("1e5"),
    W("1x"),
    W("A"),
    W("a"),
    W("a\0"),
    W("a\0b"),
    W("aa"),
    W("b"),
    W("customer-1"),
    W("customer-10"),
    W("customer-2"),
    W("\x7f"),
    W("\xc3\xa9"),
    W("\xff"),
};
#define N_ORDERED ((int)(sizeof ordered / sizeof *ordered))

static int sign(int x)
{
    return (x > 0) - (x < 0);
}

static void test_compare(void **state)
{
    (void)state;
    for (int i = 0; i < N_ORDERED; i++)
        for (int j = 0; j < N_ORDERED; j++)
            assert_int_equal(
                sign(cmi_text_compare(ordered[i].p, ordered[i].n, ordered[j].p, ordered[j].n)),
                sign(i - j));
}

static uint32_t add(cmi_intern *in, const char *p, size_t n)
{
    return cmi_intern_add(in, p, n, cmi_hash(p, n));
}

static void check_sealed(const cmi_dict *d)
{
    for (uint32_t c = 1; c <= d->n; c++) {
        size_t n, m;
        const char *p = cmi_dict_text(d, c, &n);
        assert_int_equal(cmi_dict_find(d, p, n), c);
        if (c == d->n) break;
        const char *q = cmi_dict_text(d, c + 1, &m);
        assert_true(cmi_text_compare(p, n, q, m) < 0);
    }
    size_t n = 9;
    cmi_dict_text(d, 0, &n);
    assert_int_equal(n, 0);
}

static bool seal_words(cm_context *ctx, bool expect)
{
    (void)expect;
    cmi_intern *in = cmi_intern_create(ctx);
    if (!in) return false;
    for (int i = 0; i < N_ORDERED; i++) {
        int k = i * 29 % N_ORDERED;
        if (add(in, ordered[k].p, ordered[k].n) == 0) {
            cmi_intern_destroy(in);
            return false;
        }
    }
    uint32_t *renumber = NULL;
    cmi_dict *d = cmi_dict_from_intern(in, &renumber);
    if (!d) {
        assert_null(renumber);
        return false;
    }
    assert_int_equal(d->n, N_ORDERED);
    assert_int_equal(renumber[0], 0);
    for (int i = 0; i < N_ORDERED; i++) {
        assert_int_equal(renumber[i + 1], i * 29 % N_ORDERED + 1);
        assert_int_equal(cmi_dict_find(d, ordered[i].p, ordered[i].n), i + 1);
    }
    check_sealed(d);
    assert_int_equal(cmi_dict_find(d, "nobody", 6), 0);
    cmi_dict_retain(d);
    cmi_dict_release(d);
    cmi_dict_release(d);
    cmi_dict_release(NULL);
    cmi_free(ctx, renumber);
    return true;
}

static void test_order(void **state)
{
    (void)state;
    fail_each_allocation(seal_words);
}

/* Many texts of one shape, in an order that has nothing to do with the canonical one. */
static size_t make_text(int family, uint64_t i, char *p)
{
    uint64_t r = i;
    uint64_t a = next_random(&r);
    switch (family) {
    case 0:
        return (size_t)sprintf(p, "C%08llu", (unsigned long long)(i * 7919 % 50021));
    case 1:
        return (size_t)sprintf(p, "%lld", (long long)a >> (a & 63));
    case 2:
        return (size_t)sprintf(p, "user.%llu@example.com", (unsigned long long)a);
    case 3:
        return (size_t)sprintf(p, "https://shop.example.com/a/%llu/b/%llu",
                               (unsigned long long)(a % 50), (unsigned long long)i);
    case 4:
        return (size_t)sprintf(p, "%016llx%016llx", (unsigned long long)a, (unsigned long long)i);
    case 5: /* prefixes of each other */
        memset(p, 'x', 600);
        return i % 600;
    case 6: /* NULs and lengths */
        memset(p, 0, 64);
        p[a % 40] = (char)(a >> 32 & 1);
        return a >> 40 & 63;
    case 7: /* common prefixes that grow with the number: deep recursion */
        memset(p, 'a', 1000);
        p[i % 900] = 'b';
        p[i % 900 + 1] = (char)('0' + i / 900 % 60);
        return i % 900 + 2;
    default:
        return (size_t)sprintf(p, "%llu%030llu", (unsigned long long)(a % 3),
                               (unsigned long long)(a >> 8));
    }
}

static void test_families(void **state)
{
    (void)state;
    cm_context *ctx = make_context(NULL, 0);
    static char text[2000];
    for (int family = 0; family < 9; family++) {
        cmi_intern *in = cmi_intern_create(ctx);
        for (uint64_t i = 0; i < 50000; i++) {
            size_t n = make_text(family, i, text);
            assert_int_not_equal(add(in, text, n), 0);
        }
        int64_t n = cmi_intern_count(in);
        uint32_t *map;
        cmi_dict *d = cmi_dict_from_intern(in, &map);
        assert_int_equal(d->n, n);
        check_sealed(d);
        cmi_free(ctx, map);
        cmi_dict_release(d);
    }
    assert_int_equal(cm_context_memory(ctx), 0);
    cm_context_destroy(ctx);
}

/* Texts chosen so that all fall on one slot of the index: it must take another hash. */
static void test_flood(void **state)
{
    (void)state;
    cm_context *ctx = make_context(NULL, 0);
    cmi_intern *in = cmi_intern_create(ctx);
    char text[32];
    for (uint64_t i = 0; cmi_intern_count(in) < 1000; i++) {
        size_t n = (size_t)sprintf(text, "x%llu", (unsigned long long)i);
        if (cmi_hash(text, n) % 2048 == 0) add(in, text, n);
    }
    cmi_dict *d = cmi_dict_from_intern(in, NULL);
    assert_int_equal(d->n_slots, 2048);
    assert_true(d->seed != 0);
    check_sealed(d);
    cmi_dict_release(d);
    cm_context_destroy(ctx);
}

static cmi_dict *make_range(cm_context *ctx, int first, int last, int step)
{
    cmi_intern *in = cmi_intern_create(ctx);
    char text[32];
    if (!in) return NULL;
    for (int i = last; i >= first; i -= step)
        if (!add(in, text, (size_t)sprintf(text, i % 3 ? "%d" : "k%d", i))) {
            cmi_intern_destroy(in);
            return NULL;
        }
    return cmi_dict_from_intern(in, NULL);
}

static void check_union(cmi_dict *a, cmi_dict *u, const uint32_t *map)
{
    assert_int_equal(map[0], 0);
    for (uint32_t c = 1; c <= a->n; c++) {
        size_t n;
        const char *p = cmi_dict_text(a, c, &n);
        assert_int_equal(cmi_dict_find(u, p, n), map[c]);
    }
}

static bool unite(cm_context *ctx, bool expect)
{
    (void)expect;
    cmi_dict *a = make_range(ctx, 1, 100, 1), *b = make_range(ctx, 50, 200, 3), *u = NULL;
    uint32_t *ma = NULL, *mb = NULL;
    bool ok = a && b && (u = cmi_dict_union(a, b, &ma, &mb)) != NULL;
    if (ok) {
        check_sealed(u);
        check_union(a, u, ma);
        check_union(b, u, mb);
        assert_int_equal(u->n, 100 + 34);
    } else {
        assert_null(ma);
        assert_null(mb);
    }
    cmi_free(ctx, ma);
    cmi_free(ctx, mb);
    cmi_dict_release(a);
    cmi_dict_release(b);
    cmi_dict_release(u);
    return ok;
}

static void test_union(void **state)
{
    (void)state;
    fail_each_allocation(unite);
    cm_context *ctx = make_context(NULL, 0);
    cmi_dict *a = make_range(ctx, 1, 100, 1), *b = make_range(ctx, 10, 90, 2),
             *none = make_range(ctx, 2, 1, 1);
    uint32_t *mb = NULL;
    assert_int_equal(none->n, 0);
    cmi_dict *u = cmi_dict_union(a, b, NULL, &mb);
    assert_ptr_equal(u, a);
    check_union(b, a, mb);
    cmi_free(ctx, mb);
    cmi_dict_release(u);
    u = cmi_dict_union(a, none, NULL, NULL);
    assert_ptr_equal(u, a);
    cmi_dict_release(u);
    u = cmi_dict_union(none, a, NULL, NULL);
    assert_int_equal(u->n, 100);
    check_sealed(u);
    cmi_dict_release(u);
    cmi_dict_release(a);
    cmi_dict_release(b);
    cmi_dict_release(none);
    assert_int_equal(cm_context_memory(ctx), 0);
    cm_context_destroy(ctx);
}

static bool take_subset(cm_context *ctx, bool expect)
{
    (void)expect;
    cmi_dict *d = make_range(ctx, 1, 50, 1), *s = NULL;
    uint8_t keep[51] = { 0 };
    uint32_t *map = NULL;
    for (int c = 1; c <= 50; c += 4) keep[c] = 1;
    bool ok = d && (s = cmi_dict_subset(d, keep, &map)) != NULL;
    if (ok) {
        check_sealed(s);
        assert_int_equal(s->n, 13);
        for (uint32_t c = 0; c <= 50; c++) {
            assert_int_equal(map[c] != 0, keep[c]);
            size_t n, m;
            if (!keep[c]) continue;
            const char *p = cmi_dict_text(d, c, &n), *q = cmi_dict_text(s, map[c], &m);
            assert_int_equal(n, m);
            assert_memory_equal(p, q, n);
        }
    }
    cmi_free(ctx, map);
    cmi_dict_release(s);
    cmi_dict_release(d);
    return ok;
}

static void test_subset(void **state)
{
    (void)state;
    fail_each_allocation(take_subset);
}

static bool from_sorted(cm_context *ctx, bool expect)
{
    (void)expect;
    const char *text[N_ORDERED];
    size_t length[N_ORDERED];
    for (int i = 0; i < N_ORDERED; i++) {
        text[i] = ordered[i].p;
        length[i] = ordered[i].n;
    }
    cmi_dict *d = cmi_dict_from_sorted(ctx, N_ORDERED, text, length);
    if (!d) return false;
    check_sealed(d);
    cmi_dict_release(d);
    d = cmi_dict_from_sorted(ctx, 0, NULL, NULL);
    if (!d) return false;
    assert_int_equal(cmi_dict_find(d, "", 0), 0);
    cmi_dict_release(d);
    return true;
}

static void test_from_sorted(void **state)
{
    (void)state;
    fail_each_allocation(from_sorted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compare),     cmocka_unit_test(test_order),
        cmocka_unit_test(test_families),    cmocka_unit_test(test_flood),
        cmocka_unit_test(test_union),       cmocka_unit_test(test_subset),
        cmocka_unit_test(test_from_sorted),
    };
    return cmocka_run_group_tests_name("dict", tests, NULL, NULL);
}
