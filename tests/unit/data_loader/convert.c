/* SPDX-License-Identifier: MIT */
#include "cm_test.h"

#include <stdio.h>
#include <stdlib.h>

#include "data/batch.h"
#include "data/convert.h"

static int64_t parse(const char *text, int32_t scale, bool *rounded)
{
    int64_t v = -1;
    assert_true(cmi_parse_decimal(text, (int64_t)strlen(text), scale, &v, rounded));
    return v;
}

static void test_decimals_are_exact(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int32_t scale;
        int64_t value;
        bool rounded;
    } CASES[] = {
        { "2.55", 4, 25500, false },
        { "-2.55", 4, -25500, false },
        { "+7", 0, 7, false },
        { ".5", 1, 5, false },
        { "5.", 1, 50, false },
        { "1e3", 4, 10000000, false },
        { "12.5E-1", 2, 125, false },
        { "0.00005", 4, 0, true },
        { "0.00015", 4, 2, true },
        { "-0.00015", 4, -2, true },
        { "0.00025", 4, 2, true },
        { "0.000250000000000000000000000000000000000000000000000001", 4, 3, true },
        { "0", 9, 0, false },
        { "-0", 9, 0, false },
        { "0e999999999999999999", 9, 0, false },
        { "1e-400", 4, 0, true },
        { "922337203685477.5807", 4, INT64_MAX, false },
        { "-922337203685477.5807", 4, -INT64_MAX, false },
        { "0000000000000000000000000000000000000000000000000012.5", 1, 125, false },
        { "12345678901234567890123456789012345678901234567890e-40", 4, 12345678901235, true },
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        bool rounded;
        assert_true(parse(CASES[i].text, CASES[i].scale, &rounded) == CASES[i].value);
        assert_int_equal(rounded, CASES[i].rounded);
    }
}

static void test_what_is_no_decimal_is_refused(void **state)
{
    (void)state;
    static const char *const CASES[] = { "",
                                         "-",
                                         ".",
                                         "1.2.3",
                                         "0x1",
                                         "1e",
                                         "1e+",
                                         " 1",
                                         "1 ",
                                         "1,5",
                                         "1 000",
                                         "nan",
                                         "inf",
                                         "--1",
                                         "1-",
                                         "€5",
                                         "922337203685477.5808",
                                         "-922337203685477.5808",
                                         "1e400" };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        int64_t v;
        bool rounded;
        assert_false(cmi_parse_decimal(CASES[i], (int64_t)strlen(CASES[i]), 4, &v, &rounded));
    }
}

static void test_rescaling_rounds_half_to_even(void **state)
{
    (void)state;
    int64_t v;
    bool rounded;
    assert_true(cmi_decimal_rescale(125, 2, 1, &v, &rounded));
    assert_true(v == 12 && rounded);
    assert_true(cmi_decimal_rescale(-135, 2, 1, &v, &rounded));
    assert_true(v == -14 && rounded);
    assert_true(cmi_decimal_rescale(7, 0, 4, &v, &rounded));
    assert_true(v == 70000 && !rounded);
    assert_true(cmi_decimal_rescale(7, -3, 0, &v, &rounded));
    assert_true(v == 7000 && !rounded);
    assert_false(cmi_decimal_rescale(CMI_I128_MAX, 0, 4, &v, &rounded));
    assert_true(cmi_decimal_rescale(CMI_I128_MIN, 38, 4, &v, &rounded));
    assert_true(v == -17014 && rounded);
}

static void assert_text(double v, const char *expected)
{
    char text[32];
    int32_t n = cmi_f64_shortest(v, text);
    assert_string_equal(text, expected);
    assert_int_equal(n, strlen(expected));
}

static void test_shortest_text(void **state)
{
    (void)state;
    assert_text(22.09, "22.09");
    assert_text(17850, "17850");
    assert_text(-0.0, "-0");
    assert_text(0.1 + 0.2, "0.30000000000000004");
    assert_text(5e-324, "5e-324");
    assert_text(1.7976931348623157e308, "1.7976931348623157e+308");
    assert_text(2.2250738585072014e-308, "2.2250738585072014e-308");
    assert_text(9007199254740993.0, "9007199254740992");
    assert_text(1e21, "1e+21");
    assert_text(123456789012345680.0, "123456789012345680");
    assert_text(0x1p-44, "5.684341886080802e-14"); /* the nearest of 16 digits lies outside */
    assert_text(9.5e-6, "0.0000095");
}

static uint64_t next_random(uint64_t *s)
{
    *s ^= *s << 13;
    *s ^= *s >> 7;
    return *s ^= *s << 17;
}

static double make_double(uint64_t *seed, int i)
{
    uint64_t bits = next_random(seed);
    double v;
    if (i % 4 == 1) return (double)(int64_t)(bits >> 24) / 1e4;
    if (i % 4 == 2) return (double)(bits >> 11) * 0x1p-53;
    if (i % 40 == 3) bits &= 0x000fffffffffffffu >> (i % 50); /* subnormal */
    if (i % 40 == 7) bits &= 0x7ff0000000000000u;             /* power of two */
    memcpy(&v, &bits, sizeof v);
    return isfinite(v) ? v : 1;
}

static void test_doubles_come_back(void **state)
{
    (void)state;
    uint64_t seed = 88172645463325252u;
    for (int i = 0; i < 20000; i++) {
        double v = make_double(&seed, i), back;
        char text[32], other[40];
        int32_t n = cmi_f64_shortest(v, text);
        assert_true(cmi_parse_f64(text, n, &back));
        CM_ASSERT_SAME(back, v);
        /* Nobody is shorter: one digit less does not come back. */
        int digits = 0, zeros = 0;
        for (int k = 0; k < n && text[k] != 'e'; k++) {
            if (text[k] < '0' || text[k] > '9' || (digits == 0 && text[k] == '0')) continue;
            digits++;
            zeros = text[k] == '0' ? zeros + 1 : 0;
        }
        digits -= zeros;
        if (digits < 2) continue;
        snprintf(other, sizeof other, "%.*e", digits - 2, v);
        assert_true(strtod(other, NULL) != v);
    }
}

static void test_reading_rounds_correctly(void **state)
{
    (void)state;
    uint64_t seed = 42;
    for (int i = 0; i < 20000; i++) {
        char text[900];
        int n = 0, length = 1 + (int)(next_random(&seed) % (i % 50 == 0 ? 800 : 25));
        for (int k = 0; k < length; k++) {
            text[n++] = (char)('0' + next_random(&seed) % 10);
            if (k == length / 3) text[n++] = '.';
        }
        n += snprintf(text + n, 10, "e%d", (int)(next_random(&seed) % 60) - 30 - (i % 3) * 280);
        double v;
        assert_true(cmi_parse_f64(text, n, &v));
        CM_ASSERT_SAME(v, strtod(text, NULL));
    }
    double v;
    /* Halfway between two doubles, and a little more far behind. */
    assert_true(cmi_parse_f64("9007199254740993", 16, &v));
    CM_ASSERT_SAME(v, 9007199254740992.0);
    const char *more = "9007199254740993.00000000000000000000000000000000000000000000000001";
    assert_true(cmi_parse_f64(more, (int64_t)strlen(more), &v));
    CM_ASSERT_SAME(v, 9007199254740994.0);
    assert_true(cmi_parse_f64("2.4703282292062327e-324", 23, &v));
    CM_ASSERT_SAME(v, 0.0);
    assert_true(cmi_parse_f64("2.4703282292062328e-324", 23, &v));
    CM_ASSERT_SAME(v, 5e-324);
    assert_false(cmi_parse_f64("1.7976931348623159e308", 22, &v));
    assert_false(cmi_parse_f64("nan", 3, &v));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decimals_are_exact),
        cmocka_unit_test(test_what_is_no_decimal_is_refused),
        cmocka_unit_test(test_rescaling_rounds_half_to_even),
        cmocka_unit_test(test_shortest_text),
        cmocka_unit_test(test_doubles_come_back),
        cmocka_unit_test(test_reading_rounds_correctly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
