/* SPDX-License-Identifier: MIT */
#include "planning.h"
#include "plan_kpis.h"

#include <stdlib.h>

#include "core/hash.h"

static planning k;
static cm_buffer *bytes;

static void save(const char *kpi, const char *options)
{
    PLANS(&k, kpi, options);
    cm_buffer_destroy(bytes);
    assert_int_equal(cm_buffer_create(k.ctx, &bytes, k.err), CM_OK);
    assert_int_equal(cm_plan_save(k.plan, bytes, k.err), CM_OK);
}

static cm_status load(const void *p, int64_t n, cm_plan **out)
{
    return cm_plan_load(k.ctx, p, n, out, k.err);
}

static void assert_same_plan(const cm_plan *a, const cm_plan *b)
{
    assert_string_equal(cm_plan_kpi(a), cm_plan_kpi(b));
    assert_true(cm_plan_hash(a) == cm_plan_hash(b));
    assert_int_equal(a->n_text, b->n_text);
    for (int i = 0; i < a->n_text; i++) {
        assert_string_equal(a->name[i], b->name[i]);
        assert_string_equal(a->text[i], b->text[i]);
        assert_int_equal(a->given[i], b->given[i]);
    }
    assert_int_equal(a->common.from, b->common.from);
    assert_int_equal(a->common.to, b->common.to);
    assert_int_equal(a->common.as_of, b->common.as_of);
    assert_int_equal(a->common.segment_at, b->common.segment_at);
    assert_int_equal(a->common.from_given, b->common.from_given);
    assert_int_equal(a->common.as_of_given, b->common.as_of_given);
    assert_int_equal(a->common.period_given, b->common.period_given);
    assert_int_equal(a->first_fact, b->first_fact);
    assert_int_equal(a->tables, b->tables);
    assert_int_equal(a->by.n, b->by.n);
    assert_int_equal(a->where.n, b->where.n);
    assert_int_equal(a->n_children, b->n_children);
    for (int i = 0; i < a->n_children; i++) assert_same_plan(a->child[i], b->child[i]);
}

static const char *const CASES[][2] = {
    { "plain_test", "" },
    { "plain_test", "from=2024-01-10 period=week by=channel,age:18,25 where=a:1|\"x,y\",b:..5" },
    { "plain_test", "tz=+05:30 as_of=2024-02-02 of=a|b;c:d unit=device" },
    { "plain_test", "business=shop compat= windows=3 moment=2024-02-02T10:00" },
    { "monthly_test", "" },
    { "parent_test", "kpi.of=events|orders kpi.windows=2,3" },
    { "bare_test", "power=0.123456789012345678" },
};

static void test_round_trip(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        cm_plan *loaded;
        save(CASES[i][0], CASES[i][1]);
        cm_status status = load(cm_buffer_data(bytes), cm_buffer_size(bytes), &loaded);
        if (status != CM_OK) print_error("%s\n", cm_error_message(k.err));
        assert_int_equal(status, CM_OK);
        assert_same_plan(k.plan, loaded);
        cm_plan_destroy(loaded);
    }
}

static void test_damage(void **state)
{
    cm_plan *loaded = NULL;
    (void)state;
    save("plain_test", "where=a:1 by=channel");
    int64_t n = cm_buffer_size(bytes);
    uint8_t *copy = malloc((size_t)n + 1);
    memcpy(copy, cm_buffer_data(bytes), (size_t)n);
    for (int64_t i = 0; i < n; i++) {
        copy[i] ^= 0x41;
        assert_int_not_equal(load(copy, n, &loaded), CM_OK);
        copy[i] ^= 0x41;
        assert_int_not_equal(load(copy, i, &loaded), CM_OK);
    }
    assert_null(loaded);
    free(copy);
}

static void seal(uint8_t *p, int64_t n)
{
    uint64_t hash = cmi_hash(p, (size_t)n - 8);
    for (int i = 0; i < 8; i++) p[n - 8 + i] = (uint8_t)(hash >> 8 * i);
}

/* Behind a right checksum every byte may lie. What loads must be a plan that saves and loads. */
static void test_hostile_bytes(void **state)
{
    static const uint8_t lies[] = { 0, 1, 2, 0x20, 0x2c, 0x3a, 0x7f, 0x80, 0xff };
    int64_t loaded_n = 0, refused = 0;
    (void)state;
    for (size_t c = 0; c < sizeof CASES / sizeof *CASES; c++) {
        save(CASES[c][0], CASES[c][1]);
        int64_t n = cm_buffer_size(bytes);
        uint8_t *copy = malloc((size_t)n);
        memcpy(copy, cm_buffer_data(bytes), (size_t)n);
        for (int64_t i = 20; i < n - 8; i++) {
            uint8_t right = copy[i];
            for (size_t l = 0; l < sizeof lies; l++) {
                cm_plan *plan = NULL;
                copy[i] = lies[l];
                seal(copy, n);
                cm_status status = load(copy, n, &plan);
                if (status == CM_OK) {
                    loaded_n++;
                    cm_plan_destroy(plan);
                } else {
                    refused++;
                    assert_null(plan);
                    assert_string_not_equal(cm_error_message(k.err), "");
                }
            }
            copy[i] = right;
        }
        free(copy);
    }
    assert_true(refused > loaded_n);
}

static void test_foreign_plans(void **state)
{
    cm_plan *loaded;
    (void)state;
    save("monthly_test", "");
    int64_t n = cm_buffer_size(bytes);
    uint8_t *copy = malloc((size_t)n + 1);
    memcpy(copy, cm_buffer_data(bytes), (size_t)n);
    uint8_t *id = memchr(copy, 'm', (size_t)n);
    assert_memory_equal(id, "monthly_test", 12);
    id[12] = 4; /* a later version of the KPI */
    seal(copy, n);
    assert_int_equal(load(copy, n, &loaded), CM_ERR_VERSION);
    id[12] = 3;
    id[0] = 'M';
    seal(copy, n);
    assert_int_equal(load(copy, n, &loaded), CM_ERR_NOT_FOUND);
    free(copy);
    assert_int_equal(load("CMET", 4, &loaded), CM_ERR_FORMAT);
    assert_int_equal(load(NULL, 4, &loaded), CM_ERR_ARG);
    assert_int_equal(cm_plan_save(NULL, bytes, k.err), CM_ERR_ARG);
    assert_int_equal(cm_plan_create(k.ctx, NULL, NULL, NULL, &loaded, k.err), CM_ERR_ARG);
    assert_string_equal(cm_plan_kpi(NULL), "");
    assert_true(cm_plan_hash(NULL) == 0);
    cm_plan_destroy(NULL);
}

static int open_planning(void **state)
{
    (void)state;
    planning_open(&k);
    give(&k, CMI_ORDERS, "2024-01-05T10:00", "2024-03-04T23:59");
    give(&k, CMI_EVENTS, "2024-01-07T10:00", "2024-03-05T00:00");
    return 0;
}

static int close_planning(void **state)
{
    (void)state;
    cm_buffer_destroy(bytes);
    bytes = NULL;
    planning_close(&k);
    return 0;
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, open_planning, close_planning)

int main(void)
{
    const struct CMUnitTest tests[] = { TEST(test_round_trip), TEST(test_damage),
                                        TEST(test_hostile_bytes), TEST(test_foreign_plans) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
