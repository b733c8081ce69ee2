/* SPDX-License-Identifier: MIT
 *
 * Bytes of zone files, good and hostile, and the POSIX rules of their footers. */
#include <stdio.h>
#include "core_test.h"
#include "core/tz.h"

static cm_context *ctx;

static int64_t seconds(int64_t y, int32_t mo, int32_t d, int64_t h, int64_t mi)
{
    return cmi_days_from_civil(y, mo, d) * 86400 + h * 3600 + mi * 60;
}

static cmi_tz_rule parse(const char *text)
{
    cmi_tz_rule r;
    size_t n = strlen(text);
    char *copy = malloc(n ? n : 1); /* no NUL behind: reading past the end is seen */
    memcpy(copy, text, n);
    if (!cmi_tz_rule_parse(copy, n, &r)) fail_msg("%s", text);
    free(copy);
    return r;
}

static void test_rules(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int32_t y, mo, d, h, mi; /* UTC */
        int32_t offset;
    } cases[] = {
        { "CET-1CEST,M3.5.0,M10.5.0/3", 2024, 3, 31, 0, 59, 3600 },
        { "CET-1CEST,M3.5.0,M10.5.0/3", 2024, 3, 31, 1, 0, 7200 },
        { "CET-1CEST,M3.5.0,M10.5.0/3", 2024, 10, 27, 0, 59, 7200 },
        { "CET-1CEST,M3.5.0,M10.5.0/3", 2024, 10, 27, 1, 0, 3600 },
        { "EST5EDT,M3.2.0,M11.1.0", 2024, 3, 10, 6, 59, -18000 },
        { "EST5EDT,M3.2.0,M11.1.0", 2024, 3, 10, 7, 0, -14400 },
        { "AEST-10AEDT,M10.1.0,M4.1.0/3", 2024, 1, 1, 0, 0,
          39600 }, /* southern: DST over new year */
        { "AEST-10AEDT,M10.1.0,M4.1.0/3", 2024, 12, 31, 23, 0, 39600 },
        { "AEST-10AEDT,M10.1.0,M4.1.0/3", 2024, 7, 1, 0, 0, 36000 },
        { "<+0330>-3:30", 2024, 7, 1, 0, 0, 12600 },
        { "<-03>3<-02>,M3.5.0/-1,M10.5.0/0", 2024, 3, 31, 0, 59,
          -10800 }, /* Nuuk: 22:00 of the day before */
        { "<-03>3<-02>,M3.5.0/-1,M10.5.0/0", 2024, 3, 31, 2, 1, -7200 },
        { "IST-2IDT,M3.4.4/26,M10.5.0", 2024, 3, 28, 23, 59,
          7200 }, /* 26:00 on Thursday: Friday 02:00 */
        { "IST-2IDT,M3.4.4/26,M10.5.0", 2024, 3, 29, 0, 0, 10800 },
        { "IST-1GMT0,M10.5.0,M3.5.0/1", 2024, 7, 1, 0, 0, 3600 }, /* Dublin: winter is the "DST" */
        { "IST-1GMT0,M10.5.0,M3.5.0/1", 2024, 1, 1, 0, 0, 0 },
        { "LHST-10:30LHDT-11,M10.1.0,M4.1.0", 2024, 1, 1, 0, 0, 39600 },
        { "XXX3YYY2,J60/0,J305/0", 2024, 3, 1, 2, 59, -10800 }, /* J60 is 1 March in every year */
        { "XXX3YYY2,J60/0,J305/0", 2024, 3, 1, 3, 0, -7200 },
        { "XXX3YYY2,59/0,304/0", 2024, 2, 29, 3, 0, -7200 }, /* 59 is 29 February in leap years */
        { "XXX3YYY2,59/0,304/0", 2023, 3, 1, 2, 59, -10800 },
        { "XXX3EDT4,0/0,J365/23", 2024, 1, 1, 0, 0, -14400 }, /* DST all year */
        { "XXX3EDT4,0/0,J365/23", 2023, 12, 31, 23, 59, -14400 },
        { "XXX3EDT4,0/0,J365/23", 2024, 7, 1, 0, 0, -14400 },
        { "EST5EDT,0/0,J365/25", 2024, 1, 1, 5, 0, -14400 },
        { "EST5EDT,0/0,J365/25", 2024, 1, 1, 4, 59, -14400 },
        { "AAA0BBB,M1.1.1/-167,M6.1.1/167:59:59", 2023, 12, 25, 1, 0,
          3600 }, /* a change in the year before */
        { "AAA24BBB,M3.1.0,M10.1.0", 2024, 1, 1, 0, 0, -86400 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cmi_tz_rule r = parse(cases[i].text);
        int64_t s = seconds(cases[i].y, cases[i].mo, cases[i].d, cases[i].h, cases[i].mi);
        cmi_tz_span span = cmi_tz_rule_span(&r, s);
        if (span.offset != cases[i].offset)
            fail_msg("%s, case %d: %d", cases[i].text, (int)i, (int)span.offset);
        assert_true(span.begin <= s && s < span.end);
    }
}

static void test_bad_rules(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "CE",
        "CET",
        "CET-",
        "CET-25",
        "CET-1:60",
        "CET-1:",
        "CET-1:00:",
        "CET-1:00:60",
        "<>-1",
        "<CET-1",
        "CET-1CEST",
        "CET-1CEST,",
        "CET-1CEST,M3.5.0",
        "CET-1CEST,M3.5.0,",
        "CET-1CEST,M13.5.0,M10.5.0",
        "CET-1CEST,M0.5.0,M10.5.0",
        "CET-1CEST,M3.6.0,M10.5.0",
        "CET-1CEST,M3.0.0,M10.5.0",
        "CET-1CEST,M3.5.7,M10.5.0",
        "CET-1CEST,M3.5,M10.5.0",
        "CET-1CEST,M3.5.0/168,M10.5.0",
        "CET-1CEST,M3.5.0/,M10.5.0",
        "CET-1CEST,J0,J5",
        "CET-1CEST,J366,J5",
        "CET-1CEST,366,5",
        "CET-1CEST,M3.5.0,M10.5.0x",
        "CET-1x",
        "CET-1 ",
        "CET-1CEST-,M3.5.0,M10.5.0",
        "1CET",
        "CET99999999999999999999",
        "CET-1CEST,M3.5.0M10.5.0",
    };
    cmi_tz_rule r;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        size_t n = strlen(bad[i]);
        char *copy = malloc(n ? n : 1);
        memcpy(copy, bad[i], n);
        if (cmi_tz_rule_parse(copy, n, &r)) fail_msg("%s", bad[i]);
        free(copy);
    }
}

/* ---- files ---- */

typedef struct file {
    uint8_t bytes[4096];
    size_t n;
} file;

static void put(file *f, const void *p, size_t n)
{
    memcpy(f->bytes + f->n, p, n);
    f->n += n;
}

static void put_be(file *f, int64_t v, int width)
{
    for (int i = width - 1; i >= 0; i--) f->bytes[f->n++] = (uint8_t)((uint64_t)v >> 8 * i);
}

static void put_header(file *f, char version, uint32_t n_leap, uint32_t n_times, uint32_t n_types)
{
    put(f, "TZif", 4);
    f->bytes[f->n++] = (uint8_t)version;
    for (int i = 0; i < 15; i++) f->bytes[f->n++] = 0;
    const uint32_t counts[6] = { 0, 0, n_leap, n_times, n_types, 4 };
    for (int i = 0; i < 6; i++) put_be(f, counts[i], 4);
}

static void put_block(file *f, int width, const int64_t *at, const uint8_t *type, uint32_t n_times,
                      const int32_t *offset, uint32_t n_types)
{
    for (uint32_t i = 0; i < n_times; i++) put_be(f, at[i], width);
    put(f, type, n_times);
    for (uint32_t i = 0; i < n_types; i++) {
        put_be(f, offset[i], 4);
        put(f, "\0\0", 2);
    }
    put(f, "AAA", 4);
}

static const int64_t times[3] = { -2000000000, 0, 1000000000 };
static const uint8_t types[3] = { 1, 2, 1 };
static const int32_t offsets[3] = { -1172, 3600, 7200 };

static file make_file(char version, const char *footer)
{
    file f = { .n = 0 };
    put_header(&f, version, 0, 3, 3);
    put_block(&f, 4, times, types, 3, offsets, 3);
    if (!version) return f;
    put_header(&f, version, 0, 3, 3);
    put_block(&f, 8, times, types, 3, offsets, 3);
    put(&f, footer, strlen(footer));
    return f;
}

static cm_status try_bytes(const uint8_t *bytes, size_t n, cmi_tz **tz)
{
    uint8_t *copy = malloc(n ? n : 1);
    memcpy(copy, bytes, n);
    cm_status s = cmi_tz_from_bytes(ctx, "Test/Zone", copy, n, tz, NULL);
    free(copy);
    return s;
}

static void assert_offset(const cmi_tz *tz, int64_t s, int32_t offset)
{
    assert_int_equal(cmi_tz_offset(tz, s * CMI_SECOND), offset);
}

static void test_versions(void **state)
{
    (void)state;
    static const char versions[] = { 0, '2', '3', '4', '9' };
    for (int v = 0; v < 5; v++) {
        file f = make_file(versions[v], "\nCET-1CEST,M3.5.0,M10.5.0/3\n");
        cmi_tz *tz = NULL;
        assert_int_equal(try_bytes(f.bytes, f.n, &tz), CM_OK);
        assert_offset(tz, -2000000001, -1172);
        assert_offset(tz, -2000000000, 3600);
        assert_offset(tz, -1, 3600);
        assert_offset(tz, 0, 7200);
        assert_offset(tz, 999999999, 7200);
        bool rule = versions[v] != 0;
        assert_offset(tz, seconds(2024, 7, 1, 0, 0), rule ? 7200 : 3600);
        assert_offset(tz, seconds(3024, 7, 1, 0, 0), rule ? 7200 : 3600);
        assert_offset(tz, seconds(3024, 1, 1, 0, 0), 3600);
        cmi_tz_release(tz);
    }
}

static void test_footers(void **state)
{
    (void)state;
    cmi_tz *tz = NULL;
    file f = make_file('2', "\n\n");
    assert_int_equal(try_bytes(f.bytes, f.n, &tz), CM_OK);
    assert_offset(tz, seconds(2024, 7, 1, 0, 0), 3600);
    cmi_tz_release(tz);
    static const char *const bad[] = {
        "", "\n", "CET-1\n", "\nCET-1", "\nnonsense\n", "x\nCET-1\n"
    };
    for (int i = 0; i < 6; i++) {
        f = make_file('2', bad[i]);
        if (try_bytes(f.bytes, f.n, &tz) != CM_ERR_FORMAT) fail_msg("%s", bad[i]);
    }
    /* only a rule, no table */
    file g = { .n = 0 };
    put_header(&g, '2', 0, 0, 1);
    put_block(&g, 4, times, types, 0, offsets + 1, 1);
    put_header(&g, '2', 0, 0, 1);
    put_block(&g, 8, times, types, 0, offsets + 1, 1);
    size_t before = g.n;
    put(&g, "\nEST5EDT,M3.2.0,M11.1.0\n", 24);
    assert_int_equal(try_bytes(g.bytes, g.n, &tz), CM_OK);
    assert_offset(tz, seconds(1950, 7, 1, 0, 0), -14400);
    assert_offset(tz, seconds(1950, 1, 1, 0, 0), -18000);
    cmi_tz_release(tz);
    g.n = before;
    put(&g, "\nAAA+3\n", 7);
    assert_int_equal(try_bytes(g.bytes, g.n, &tz), CM_OK);
    assert_offset(tz, seconds(1, 1, 1, 0, 0), -10800);
    cmi_tz_release(tz);
}

/* The table that the rule was unrolled into and the rule itself say the same. */
static void test_expanded_rule(void **state)
{
    (void)state;
    static const char *const rules[] = { "\nCET-1CEST,M3.5.0,M10.5.0/3\n",
                                         "\nAEST-10AEDT,M10.1.0,M4.1.0/3\n",
                                         "\n<-03>3<-02>,M3.5.0/-1,M10.5.0/0\n",
                                         "\nIST-2IDT,M3.4.4/26,M10.5.0\n",
                                         "\nXXX3EDT4,0/0,J365/23\n",
                                         "\nAAA0BBB,M1.1.1/-167,M12.5.0/167\n" };
    uint64_t rng = 5;
    for (int i = 0; i < 6; i++) {
        file f = make_file('3', rules[i]);
        cmi_tz *tz = NULL;
        assert_int_equal(try_bytes(f.bytes, f.n, &tz), CM_OK);
        assert_true(tz->rule.given);
        for (int k = 0; k < 20000; k++) {
            int64_t s = 1000000000 + (int64_t)(next_random(&rng) % 9000000000u);
            assert_offset(tz, s, cmi_tz_rule_span(&tz->rule, s).offset);
        }
        cmi_tz_release(tz);
    }
}

static void test_damage(void **state)
{
    (void)state;
    cmi_tz *tz = NULL;
    file whole = make_file('2', "\nCET-1CEST,M3.5.0,M10.5.0/3\n");
    for (size_t n = 0; n < whole.n; n++)
        if (try_bytes(whole.bytes, n, &tz) != CM_ERR_FORMAT) fail_msg("cut to %d bytes", (int)n);
    file v1 = make_file(0, "");
    for (size_t n = 0; n < v1.n; n++) assert_int_equal(try_bytes(v1.bytes, n, &tz), CM_ERR_FORMAT);
    /* every byte changed, and then random ones: no matter what, no crash; what loads answers
     * anything asked */
    uint64_t rng = 9;
    for (int round = 0; round < 60000; round++) {
        file f = round % 3 ? whole : v1;
        int changes = round < 20000 ? 1 : 1 + round % 5;
        for (int k = 0; k < changes; k++)
            f.bytes[next_random(&rng) % f.n] = (uint8_t)next_random(&rng);
        cm_status s = try_bytes(f.bytes, f.n, &tz);
        assert_true(s == CM_OK || s == CM_ERR_FORMAT || s == CM_ERR_UNSUPPORTED);
        if (s) continue;
        for (int64_t y = 1; y < 10000; y += 317) {
            int64_t us = cmi_days_from_civil(y, 1 + (int32_t)(y % 12), 9) * CMI_DAY;
            int64_t u = cmi_tz_from_local(tz, us);
            assert_true(u > us - 27 * CMI_HOUR && u < us + 27 * CMI_HOUR);
            cmi_tz_midnight(tz, us / CMI_DAY);
        }
        cmi_tz_release(tz);
    }
}

static void expect_bad(const int64_t *at, const uint8_t *type, const int32_t *offset,
                       uint32_t n_types, uint32_t n_leap)
{
    file f = { .n = 0 };
    put_header(&f, 0, n_leap, 3, n_types);
    put_block(&f, 4, at, type, 3, offset, n_types);
    for (uint32_t i = 0; i < n_leap; i++) put_be(&f, 0, 8);
    cmi_tz *tz = NULL;
    assert_int_equal(try_bytes(f.bytes, f.n, &tz), n_leap ? CM_ERR_UNSUPPORTED : CM_ERR_FORMAT);
}

static void test_refused_tables(void **state)
{
    (void)state;
    const int64_t equal[3] = { 0, 5, 5 }, falling[3] = { 0, 5, 4 };
    const uint8_t beyond[3] = { 0, 3, 1 };
    const int32_t wild[3] = { 0, 93600, 0 }, wild_first[3] = { INT32_MIN, 0, 0 };
    expect_bad(equal, types, offsets, 3, 0);
    expect_bad(falling, types, offsets, 3, 0);
    expect_bad(times, beyond, offsets, 3, 0);
    expect_bad(times, types, wild, 3, 0);
    expect_bad(times, types, wild_first, 3, 0);
    expect_bad(times, types, offsets, 0, 0);
    expect_bad(times, types, offsets, 3, 2);
}

static void test_far_times(void **state)
{
    (void)state;
    const int64_t far[3] = { INT64_MIN, 0, INT64_MAX };
    file f = { .n = 0 };
    put_header(&f, '2', 0, 0, 1);
    put_block(&f, 4, far, types, 0, offsets, 1);
    put_header(&f, '2', 0, 3, 3);
    put_block(&f, 8, far, types, 3, offsets, 3);
    put(&f, "\nCET-1CEST,M3.5.0,M10.5.0/3\n", 28);
    cmi_tz *tz = NULL;
    assert_int_equal(try_bytes(f.bytes, f.n, &tz), CM_OK);
    assert_offset(tz, -5, 3600);
    assert_offset(tz, 5, 7200);
    cmi_tz_from_local(tz, CMI_TIME_MAX);
    cmi_tz_release(tz);
}

static bool load_once(cm_context *own, bool expect)
{
    (void)expect;
    file f = make_file('2', "\nCET-1CEST,M3.5.0,M10.5.0/3\n");
    cmi_tz *tz = NULL;
    cm_status s = cmi_tz_from_bytes(own, "Test/Zone", f.bytes, f.n, &tz, NULL);
    assert_true(s == CM_OK || s == CM_ERR_MEMORY);
    cmi_tz_release(tz);
    cm_status t = cmi_tz_load(own, "+05:30", &tz, NULL);
    if (t == CM_OK) cmi_tz_release(tz);
    return s == CM_OK && t == CM_OK;
}

static void test_no_memory(void **state)
{
    (void)state;
    fail_each_allocation(load_once);
}

static int open_context(void **state)
{
    (void)state;
    ctx = make_context(NULL, 0);
    return 0;
}

static int close_context(void **state)
{
    (void)state;
    assert_int_equal(cm_context_memory(ctx), 0);
    cm_context_destroy(ctx);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),          cmocka_unit_test(test_bad_rules),
        cmocka_unit_test(test_versions),       cmocka_unit_test(test_footers),
        cmocka_unit_test(test_expanded_rule),  cmocka_unit_test(test_damage),
        cmocka_unit_test(test_refused_tables), cmocka_unit_test(test_far_times),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests_name("time zone files", tests, open_context, close_context);
}
