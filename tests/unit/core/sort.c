/* SPDX-License-Identifier: MIT */
#include "core_test.h"
#include "core/sort.h"

static const int64_t sizes[] = { 0,  1,  2,   7,   8,   9,   31,   32,   33,
                                 64, 65, 100, 255, 256, 257, 1000, 4097, 20000 };
#define N_SIZES ((int)(sizeof sizes / sizeof *sizes))
#define MOST    20000

/* Families of keys: wide, few values, sorted, reversed, bytes that do not vary, both signs,
 * extremes. */
static int64_t make_key(int family, int64_t i, int64_t n, uint64_t *rng)
{
    uint64_t r = next_random(rng);
    switch (family) {
    case 0:
        return (int64_t)r;
    case 1:
        return (int64_t)(r % 5) - 2;
    case 2:
        return i * 3;
    case 3:
        return (n - i) * 1000003;
    case 4:
        return (int64_t)((r & 0xff00ff0000ff00u) | 0x0011000000000077u);
    case 5:
        return (int64_t)(r % 2000) - 1000;
    default:
        return r % 3 == 0 ? INT64_MIN : r % 3 == 1 ? INT64_MAX : 0;
    }
}

static void test_permutation(void **state)
{
    (void)state;
    static int64_t key[MOST];
    static uint32_t order[MOST], scratch[MOST];
    uint64_t rng = 1;
    for (int family = 0; family < 7; family++)
        for (int s = 0; s < N_SIZES; s++) {
            int64_t n = sizes[s];
            for (int64_t i = 0; i < n; i++) {
                key[i] = make_key(family, i, n, &rng);
                order[i] = (uint32_t)i;
            }
            cmi_sort_u32_by_i64(order, scratch, key, n);
            for (int64_t i = 1; i < n; i++) {
                int64_t a = key[order[i - 1]], b = key[order[i]];
                assert_true(a < b || (a == b && order[i - 1] < order[i]));
            }
        }
}

static int compare_i64(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int compare_u64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void test_words(void **state)
{
    (void)state;
    static int64_t key[MOST], want[MOST], scratch[MOST];
    uint64_t rng = 2;
    for (int family = 0; family < 7; family++)
        for (int s = 0; s < N_SIZES; s++) {
            size_t n = (size_t)sizes[s];
            for (size_t i = 0; i < n; i++) want[i] = make_key(family, (int64_t)i, sizes[s], &rng);
            memcpy(key, want, sizeof key);
            qsort(want, n, 8, compare_i64);
            cmi_sort_i64(key, scratch, sizes[s]);
            assert_memory_equal(key, want, n * 8);
            for (size_t i = n; i > 1; i--) {
                size_t j = next_random(&rng) % i;
                int64_t t = key[j];
                key[j] = key[i - 1];
                key[i - 1] = t;
            }
            memcpy(want, key, sizeof key);
            qsort(want, n, 8, compare_u64);
            cmi_sort_u64((uint64_t *)key, (uint64_t *)scratch, sizes[s]);
            assert_memory_equal(key, want, n * 8);
        }
}

static void test_pairs(void **state)
{
    (void)state;
    static uint64_t key[MOST], first[MOST], scratch[MOST];
    static uint32_t value[MOST], value_scratch[MOST];
    uint64_t rng = 3;
    for (int family = 0; family < 7; family++)
        for (int s = 0; s < N_SIZES; s++) {
            int64_t n = sizes[s];
            for (int64_t i = 0; i < n; i++) {
                first[i] = key[i] = (uint64_t)make_key(family, i, n, &rng);
                value[i] = (uint32_t)i;
            }
            cmi_sort_u64_pairs(key, value, scratch, value_scratch, n);
            for (int64_t i = 0; i < n; i++) {
                assert_true(key[i] == first[value[i]]);
                assert_true(i == 0 || key[i - 1] < key[i] ||
                            (key[i - 1] == key[i] && value[i - 1] < value[i]));
            }
        }
}

typedef struct row {
    int32_t key, position;
    char pad[5];
} row;

static int compare_rows(const void *a, const void *b, void *user)
{
    ++*(int64_t *)user;
    return ((const row *)a)->key - ((const row *)b)->key;
}

static void test_any(void **state)
{
    (void)state;
    static row rows[MOST], scratch[MOST];
    uint64_t rng = 4;
    for (int s = 0; s < N_SIZES; s++)
        for (int range = 1; range < 100000; range *= 17) {
            int64_t n = sizes[s], calls = 0;
            for (int64_t i = 0; i < n; i++)
                rows[i] =
                    (row){ (int32_t)(next_random(&rng) % (uint64_t)range), (int32_t)i, "abcd" };
            cmi_sort(rows, scratch, n, sizeof *rows, compare_rows, &calls);
            for (int64_t i = 1; i < n; i++) {
                assert_true(
                    rows[i - 1].key < rows[i].key ||
                    (rows[i - 1].key == rows[i].key && rows[i - 1].position < rows[i].position));
                assert_string_equal(rows[i].pad, "abcd");
            }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_permutation),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_any),
    };
    return cmocka_run_group_tests_name("sort", tests, NULL, NULL);
}
