/* SPDX-License-Identifier: MIT */
#include "reading.h"

#include "data/descriptor.h"
#include "data/grammar.h"

static reading r;

/* A segmentation and a KPI without labels, for by. */
static const cmi_kpi SEGMENTS = { .id = "bands_test", .label = "segment", .facts = "orders" };
static const cmi_kpi PLAIN = { .id = "plain_test", .label = "", .facts = "orders" };
extern const cmi_kpi *const cmi_extra_kpis[];
const cmi_kpi *const cmi_extra_kpis[] = { &SEGMENTS, &PLAIN, NULL };

#define SELECTS(TEXT, CANONICAL) READS(&r, CMI_T_SELECTOR, NULL, TEXT, CANONICAL, &s)

static void test_selectors(void **state)
{
    cmi_selector s;
    (void)state;
    SELECTS("any", "any");
    assert_int_equal(s.n, 3);
    assert_int_equal(s.tables, CMI_FACT_BIT(CMI_EVENTS) | CMI_FACT_BIT(CMI_ORDERS) |
                                   CMI_FACT_BIT(CMI_SUBSCRIPTIONS));
    SELECTS("subscriptions|events|orders", "any");
    SELECTS("orders", "orders");
    assert_int_equal(s.v[0].fact, CMI_ORDERS);
    assert_int_equal(s.v[0].names.n, 0);
    SELECTS(" launch | open ", "launch|open");
    assert_int_equal(s.n, 1);
    assert_int_equal(s.v[0].fact, CMI_EVENTS);
    assert_int_equal(s.v[0].names.n, 2);
    assert_string_equal(s.v[0].names.v[1], "open");
    assert_string_equal(s.text, "launch|open");
    SELECTS("events:launch|open|launch", "launch|open");
    SELECTS("visit|responses:nps|csat|orders:apple", "visit|orders:apple|responses:nps|csat");
    assert_int_equal(s.n, 3);
    assert_int_equal(s.v[1].fact, CMI_ORDERS);
    assert_int_equal(s.v[2].names.n, 2);
    SELECTS("visit|tickets", "tickets|visit");
    SELECTS("\"orders\"", "\"orders\"");
    assert_int_equal(s.v[0].fact, CMI_EVENTS);
    SELECTS("events:any|\"a:b\"", "\"any\"|\"a:b\"");
    SELECTS("orders|orders:apple", "orders");
    SELECTS("visit; channel:email|ads ;page:!/home", "visit;channel:ads|email;!page:/home");
    assert_int_equal(s.v[0].where.n, 2);
    assert_string_equal(s.v[0].where.v[0].dimension, "channel");
    assert_int_equal(s.v[0].where.v[0].values.n, 2);
    assert_true(s.v[0].where.v[1].negate);
    REFUSES(&r, CMI_T_SELECTOR, NULL, "a,b", CM_ERR_OPTION, "one selector");
    REFUSES(&r, CMI_T_SELECTOR, NULL, "page:view", CM_ERR_OPTION, "no fact table");
    REFUSES(&r, CMI_T_SELECTOR, NULL, "a||b", CM_ERR_OPTION, "name is missing");
    REFUSES(&r, CMI_T_SELECTOR, NULL, "events:", CM_ERR_OPTION, "name is missing");
    REFUSES(&r, CMI_T_SELECTOR, NULL, "customers:x", CM_ERR_OPTION, "customers");
    REFUSES(&r, CMI_T_SELECTOR, NULL, "a;b", CM_ERR_OPTION, "dimension:value");
}

static void test_steps(void **state)
{
    cmi_steps steps;
    (void)state;
    READS(&r, CMI_T_STEPS, NULL, "visit, account,trial_free|trial_paid, \"a,b\",orders",
          "visit,account,trial_free|trial_paid,\"a,b\",orders", &steps);
    assert_int_equal(steps.n, 5);
    assert_int_equal(steps.v[2].v[0].names.n, 2);
    assert_string_equal(steps.v[3].v[0].names.v[0], "a,b");
    assert_string_equal(steps.v[3].text, "\"a,b\"");
    READS(&r, CMI_T_STEPS, NULL, "a;c:\"x,y\",b", "a;c:\"x,y\",b", &steps);
    assert_int_equal(steps.n, 2);
    assert_string_equal(steps.v[0].v[0].where.v[0].values.v[0], "x,y");
    REFUSES(&r, CMI_T_STEPS, NULL, "a,", CM_ERR_OPTION, "name is missing");
}

#define FILTERS(TEXT, CANONICAL) READS(&r, CMI_T_WHERE, NULL, TEXT, CANONICAL, &w)

static void test_where(void **state)
{
    cmi_where w;
    (void)state;
    FILTERS("channel:email", "channel:email");
    assert_int_equal(w.v[0].kind, CMI_IN);
    FILTERS("channel:\"a,b\"", "channel:\"a,b\"");
    assert_string_equal(w.v[0].values.v[0], "a,b");
    FILTERS("z:1, a:2|1|2", "a:1|2,z:1");
    assert_int_equal(w.n, 2);
    assert_int_equal(w.v[0].values.n, 2);
    FILTERS("channel:null", "channel:null");
    assert_int_equal(w.v[0].kind, CMI_IS_NULL);
    FILTERS("channel:\"null\"", "channel:\"null\"");
    assert_int_equal(w.v[0].kind, CMI_IN);
    assert_string_equal(w.v[0].values.v[0], "null");
    FILTERS("channel:email|null", "channel:null|email");
    assert_int_equal(w.v[0].kind, CMI_IN);
    assert_null(w.v[0].values.v[0]);
    FILTERS("!channel:email|ads", "!channel:ads|email");
    FILTERS("channel:!email", "!channel:email");
    FILTERS("!channel:!email", "channel:email");
    assert_false(w.v[0].negate);
    FILTERS("amount:10..20", "amount:10..20");
    assert_int_equal(w.v[0].kind, CMI_BAND);
    assert_string_equal(w.v[0].lower, "10");
    assert_string_equal(w.v[0].upper, "20");
    FILTERS("!amount:..20,amount:10..", "amount:10..,!amount:..20");
    FILTERS("birth_date:1980-01-01..1990-01-01", "birth_date:1980-01-01..1990-01-01");
    FILTERS("orders.channel:web", "orders.channel:web");
    assert_string_equal(w.v[0].table, "orders");
    assert_string_equal(w.v[0].dimension, "channel");
    FILTERS("\"orders.channel\":web,a.b:c", "\"a.b\":c,\"orders.channel\":web");
    assert_null(w.v[1].table);
    FILTERS("page:http://x/y?z=1", "page:http://x/y?z=1");
    FILTERS("\"bands_test.segment\":a", "\"bands_test.segment\":a");
    assert_null(w.v[0].label);
    REFUSES(&r, CMI_T_WHERE, NULL, "bands_test.segment:a", CM_ERR_UNSUPPORTED, "where and by");
    REFUSES(&r, CMI_T_WHERE, NULL, "plain_test.x:1", CM_ERR_OPTION, "gives no segments");
    REFUSES(&r, CMI_T_WHERE, NULL, "bands_test.x:1", CM_ERR_OPTION, "bands_test.segment");
    FILTERS("a:1,a:1", "a:1");
    FILTERS("a:\"1..2\"|\"!x\"", "a:\"!x\"|\"1..2\"");
    FILTERS("", "");
    assert_int_equal(w.n, 0);
    REFUSES(&r, CMI_T_WHERE, NULL, "channel", CM_ERR_OPTION, "'channel' is not of the form");
    REFUSES(&r, CMI_T_WHERE, NULL, "channel:", CM_ERR_OPTION, "no value");
    REFUSES(&r, CMI_T_WHERE, NULL, "channel:a|!b", CM_ERR_OPTION, "first value");
    REFUSES(&r, CMI_T_WHERE, NULL, "channel:a,", CM_ERR_OPTION, "dimension:value");
    REFUSES(&r, CMI_T_WHERE, NULL, "a:1..2|5", CM_ERR_UNSUPPORTED, "stands alone");
    REFUSES(&r, CMI_T_WHERE, NULL, "a:..", CM_ERR_OPTION, "edge");
}

/* Only the option `where` itself knows segments. */
static void test_where_segment(void **state)
{
    cmi_where w;
    cmi_option_reader reader = {
        .ctx = r.ctx, .arena = &r.arena, .canonical = r.buffer, .option = "where", .err = r.err
    };
    (void)state;
    cmi_buffer_truncate(r.buffer, 0);
    assert_int_equal(cmi_where_read(&reader, "!bands_test.segment:a|null,a:1", &w), CM_OK);
    assert_int_equal(w.n, 2);
    assert_null(w.v[0].label);
    assert_string_equal(w.v[1].label, "bands_test");
    assert_string_equal(w.v[1].dimension, "segment");
    cmi_put_u8(r.buffer, 0);
    assert_string_equal(cm_buffer_data(r.buffer), "a:1,!bands_test.segment:null|a");
}

#define GROUPS(TEXT, CANONICAL) READS(&r, CMI_T_BY, NULL, TEXT, CANONICAL, &b)

static void test_by(void **state)
{
    cmi_by b;
    (void)state;
    GROUPS("channel", "channel");
    assert_int_equal(b.v[0].kind, CMI_BY_DIMENSION);
    assert_string_equal(b.v[0].output, "channel");
    GROUPS("channel,age:18,25,35,50", "channel,age:18,25,35,50");
    assert_int_equal(b.n, 2);
    assert_int_equal(b.v[1].kind, CMI_BY_BANDS);
    assert_int_equal(b.v[1].edges.n, 4);
    assert_string_equal(b.v[1].output, "age_band");
    GROUPS("age:18, 25,35 ; channel", "age:18,25,35,channel");
    assert_int_equal(b.n, 2);
    GROUPS("age:18,25,channel,country", "age:18,25,channel,country");
    assert_int_equal(b.n, 3);
    GROUPS("age:18,25;\"30\"", "age:18,25,\"30\"");
    assert_int_equal(b.n, 2);
    assert_string_equal(b.v[1].name, "30");
    GROUPS("signed_up:3y,5y,plan", "signed_up:3y,5y,plan");
    assert_int_equal(b.v[0].edges.n, 2);
    GROUPS("signed_up:2020-01-01,2021-01-01", "signed_up:2020-01-01,2021-01-01");
    GROUPS("age:18,weight:50,80", "age:18,weight:50,80");
    assert_int_equal(b.v[1].edges.n, 2);
    GROUPS("orders.channel", "orders.channel");
    assert_string_equal(b.v[0].table, "orders");
    assert_string_equal(b.v[0].name, "channel");
    assert_string_equal(b.v[0].output, "orders.channel");
    GROUPS("orders.amount:10,20", "orders.amount:10,20");
    assert_string_equal(b.v[0].output, "orders.amount_band");
    GROUPS("bands_test.segment,channel", "bands_test.segment,channel");
    assert_int_equal(b.v[0].kind, CMI_BY_LABEL);
    assert_string_equal(b.v[0].name, "bands_test");
    assert_string_equal(b.v[0].column, "segment");
    assert_string_equal(b.v[0].output, "bands_test.segment");
    GROUPS("my.dimension", "\"my.dimension\"");
    assert_int_equal(b.v[0].kind, CMI_BY_DIMENSION);
    REFUSES(&r, CMI_T_BY, NULL, "bands_test.class", CM_ERR_OPTION, "bands_test.segment");
    REFUSES(&r, CMI_T_BY, NULL, "plain_test.x", CM_ERR_OPTION, "no segments");
    REFUSES(&r, CMI_T_BY, NULL, "channel,channel", CM_ERR_OPTION, "twice");
    REFUSES(&r, CMI_T_BY, NULL, "channel:email", CM_ERR_OPTION, "'email' is no edge");
    REFUSES(&r, CMI_T_BY, NULL, "age:25,18", CM_ERR_OPTION, "do not ascend");
    REFUSES(&r, CMI_T_BY, NULL, "age:18,3y", CM_ERR_OPTION, "different kinds");
    REFUSES(&r, CMI_T_BY, NULL, "a,,b", CM_ERR_OPTION, "missing");
    REFUSES(&r, CMI_T_BY, NULL, "a,b,c,d,e,f,g,h,i", CM_ERR_OPTION, "more than 8");
}

static int open_reading(void **state)
{
    (void)state;
    reading_open(&r);
    return 0;
}

static int close_reading(void **state)
{
    (void)state;
    reading_close(&r);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_selectors, open_reading, close_reading),
        cmocka_unit_test_setup_teardown(test_steps, open_reading, close_reading),
        cmocka_unit_test_setup_teardown(test_where, open_reading, close_reading),
        cmocka_unit_test_setup_teardown(test_where_segment, open_reading, close_reading),
        cmocka_unit_test_setup_teardown(test_by, open_reading, close_reading),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
