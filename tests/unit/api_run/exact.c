/* SPDX-License-Identifier: MIT */
#include "cm_test.h"

#include <stdlib.h>

#include "core/hash.h"
#include "data/emit.h"

static uint64_t next_random(uint64_t *x)
{
    *x = *x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return cmi_mix(*x);
}

static cmi_i128 random128(uint64_t *x, int bits)
{
    cmi_u128 v = (cmi_u128)next_random(x) << 64 | next_random(x);
    return (cmi_i128)(v >> (128 - bits));
}

/* ---- a little exact arithmetic of its own: 256 bits as four words ---- */

typedef struct wide {
    uint64_t w[4];
} wide;

static wide multiply(cmi_u128 a, cmi_u128 b)
{
    wide r = { { 0 } };
    uint64_t x[2] = { (uint64_t)a, (uint64_t)(a >> 64) },
             y[2] = { (uint64_t)b, (uint64_t)(b >> 64) };
    for (int i = 0; i < 2; i++) {
        uint64_t carry = 0;
        for (int k = 0; k < 2; k++) {
            cmi_u128 t = (cmi_u128)x[i] * y[k] + r.w[i + k] + carry;
            r.w[i + k] = (uint64_t)t;
            carry = (uint64_t)(t >> 64);
        }
        r.w[i + 2] += carry;
    }
    return r;
}

static wide add(wide a, cmi_u128 b)
{
    cmi_u128 t = (cmi_u128)a.w[0] + (uint64_t)b;
    a.w[0] = (uint64_t)t;
    t = (cmi_u128)a.w[1] + (uint64_t)(b >> 64) + (uint64_t)(t >> 64);
    a.w[1] = (uint64_t)t;
    t = (cmi_u128)a.w[2] + (uint64_t)(t >> 64);
    a.w[2] = (uint64_t)t;
    a.w[3] += (uint64_t)(t >> 64);
    return a;
}

static int compare(wide a, wide b)
{
    for (int i = 3; i >= 0; i--)
        if (a.w[i] != b.w[i]) return a.w[i] < b.w[i] ? -1 : 1;
    return 0;
}

/* total * weight - part * all must lie in [0, all), or in (-all, 0] where the part was rounded up;
 * whoever was rounded up has no smaller remainder than whoever was not. */
static void check_split(cmi_u128 total, const int64_t *weight, int64_t n, const cmi_i128 *share)
{
    cmi_u128 all = 0, sum = 0, *remainder = calloc((size_t)n, sizeof *remainder);
    bool *up = calloc((size_t)n, sizeof *up);
    for (int64_t i = 0; i < n; i++) all += (uint64_t)weight[i];
    for (int64_t i = 0; i < n; i++) {
        cmi_u128 part = (cmi_u128)share[i];
        wide whole = multiply(total, (uint64_t)weight[i]);
        sum += part;
        up[i] = compare(multiply(part, all), whole) > 0;
        if (up[i]) part--;
        wide low = multiply(part, all);
        assert_true(compare(low, whole) <= 0);
        assert_true(compare(add(low, all), whole) > 0);
        /* whole - low fits 128 bits. */
        remainder[i] =
            ((cmi_u128)whole.w[1] << 64 | whole.w[0]) - ((cmi_u128)low.w[1] << 64 | low.w[0]);
    }
    assert_true(sum == total);
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < n; k++)
            if (up[i] && !up[k])
                assert_true(remainder[i] > remainder[k] || (remainder[i] == remainder[k] && i < k));
    free(remainder);
    free(up);
}

static void splits_are_exact(void **state)
{
    (void)state;
    uint64_t x = 11;
    int64_t weight[40];
    cmi_i128 share[40], negative[40];
    for (int round = 0; round < 3000; round++) {
        int64_t n = 1 + (int64_t)(next_random(&x) % 40);
        int bits = 1 + (int)(next_random(&x) % 63), total_bits = 1 + (int)(next_random(&x) % 127);
        for (int64_t i = 0; i < n; i++) weight[i] = (int64_t)(next_random(&x) >> (64 - bits));
        weight[next_random(&x) % (uint64_t)n] |= 1;
        cmi_i128 total = random128(&x, total_bits);
        cmi_split(total, weight, n, share);
        check_split((cmi_u128)total, weight, n, share);
        cmi_split(-total, weight, n, negative);
        for (int64_t i = 0; i < n; i++) assert_true(negative[i] == -share[i]);
    }
    cmi_split(CMI_I128_MAX, (int64_t[]){ INT64_MAX, INT64_MAX, INT64_MAX }, 3, share);
    check_split((cmi_u128)CMI_I128_MAX, (int64_t[]){ INT64_MAX, INT64_MAX, INT64_MAX }, 3, share);
    cmi_split(100, (int64_t[]){ 1, 1, 1 }, 3, share);
    assert_true(share[0] == 34 && share[1] == 33 && share[2] == 33);
    cmi_split(-100, (int64_t[]){ 0, 1, 2 }, 3, share);
    assert_true(share[0] == 0 && share[1] == -33 && share[2] == -67);
}

static void ratios_are_rounded_once(void **state)
{
    (void)state;
    uint64_t x = 5;
    CM_ASSERT_SAME(cmi_ratio128(1, 3), 1.0 / 3.0);
    CM_ASSERT_SAME(cmi_ratio128(-7, 2), -3.5);
    CM_ASSERT_SAME(cmi_ratio128(0, 5), 0.0);
    CM_ASSERT_SAME(cmi_ratio128(CMI_I128_MIN, 1), -0x1p127);
    CM_ASSERT_SAME(cmi_ratio128(1, CMI_I128_MIN), -0x1p-127);
    CM_ASSERT_SAME(cmi_ratio128(CMI_I128_MIN, CMI_I128_MIN), 1.0);
    CM_ASSERT_SAME(cmi_ratio128(((cmi_i128)1 << 53) + 1, 1), 0x1p53); /* half: to even */
    CM_ASSERT_SAME(cmi_ratio128(((cmi_i128)1 << 53) + 3, 1), 0x1p53 + 4.0);
    CM_ASSERT_SAME(cmi_ratio128(((cmi_i128)1 << 100) + 1, (cmi_i128)1 << 47), 0x1p53);
    for (int round = 0; round < 20000; round++) {
        cmi_i128 a = random128(&x, 1 + (int)(next_random(&x) % 127)) | 1,
                 b = random128(&x, 1 + (int)(next_random(&x) % 127)) | 1;
        double r = cmi_ratio128(a, b);
        /* The neighbours of the result are no nearer: (2m +- 1) / 2^k compared exactly with a / b.
         */
        int e;
        double f = frexp(r, &e);
        cmi_u128 m = (cmi_u128)ldexp(f, 53);
        int k = 53 - e + 1; /* r = 2m / 2^k */
        for (int side = -1; side <= 1; side += 2) {
            cmi_u128 edge = side > 0 ? 2 * m + 1 : 2 * m - 1;
            wide left = multiply((cmi_u128)b, edge), right = multiply((cmi_u128)a, 1);
            /* edge / 2^k against a / b: b * edge against a * 2^k. */
            for (int s = k; s > 0; s--) {
                for (int i = 3; i > 0; i--) right.w[i] = right.w[i] << 1 | right.w[i - 1] >> 63;
                right.w[0] <<= 1;
            }
            for (int s = k; s < 0; s++) {
                for (int i = 3; i > 0; i--) left.w[i] = left.w[i] << 1 | left.w[i - 1] >> 63;
                left.w[0] <<= 1;
            }
            if (m == (cmi_u128)1 << 52 && side < 0)
                continue; /* below a power of two the grid is finer */
            int c = compare(left, right);
            assert_true(side > 0 ? c >= 0 : c <= 0);
            if (c == 0) assert_true((m & 1) == 0);
        }
        CM_ASSERT_SAME(cmi_ratio128(-a, b), -r);
    }
}

static void quotients_round_half_even(void **state)
{
    (void)state;
    static const int64_t cases[][3] = { { 5, 2, 2 },   { 7, 2, 4 },  { -5, 2, -2 }, { -7, 2, -4 },
                                        { 5, -2, -2 }, { 1, 3, 0 },  { 2, 3, 1 },   { -2, 3, -1 },
                                        { 0, 9, 0 },   { 10, 4, 2 }, { 14, 4, 4 },  { -6, 4, -2 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_true(cmi_divide_half_even(cases[i][0], cases[i][1]) == cases[i][2]);
    assert_true(cmi_divide_half_even(CMI_I128_MIN, 1) == CMI_I128_MIN);
    assert_true(cmi_divide_half_even(CMI_I128_MAX, CMI_I128_MAX) == 1);
    assert_true(cmi_divide_half_even(CMI_I128_MIN, CMI_I128_MIN) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_are_exact),
        cmocka_unit_test(ratios_are_rounded_once),
        cmocka_unit_test(quotients_round_half_even),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
