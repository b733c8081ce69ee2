/* SPDX-License-Identifier: MIT */
#include "staged.h"

static const cmi_report_column *find_report(const house *h, const char *column)
{
    for (int32_t i = 0; i < h->loader->n_report; i++)
        if (strcmp(h->loader->report[i].column, column) == 0) return &h->loader->report[i];
    fail_msg("no report of %s", column);
    return NULL;
}

static void test_well_known_headers_bind(void **state)
{
    (void)state;
    house h = open_house(NULL);
    const char *csv =
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        "536365,85123A,WHITE HOLDER,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom\n";
    assert_int_equal(add_text(&h, "orders", csv, NULL), CM_OK);
    const cmi_staged *s = find_staged_table(h.loader, "orders");
    assert_int_equal(s->n_rows, 1);
    char expected[300];
    snprintf(expected, sizeof expected,
             "'17850.0' @1291191960000000 e%lld amount=153000 product='85123A' quantity=60000 "
             "price=25500"
             " Description='WHITE HOLDER' Country='United Kingdom'\n",
             (long long)s->chunks[0]->entity[0]);
    assert_dump(&h, "orders", expected);
    assert_string_equal(find_report(&h, "CustomerID")->role, "customer");
    assert_string_equal(find_report(&h, "CustomerID")->note, "ids end in .0, kept as written");
    assert_string_equal(find_report(&h, "InvoiceDate")->note, "local times, read in UTC");
    assert_string_equal(find_report(&h, "Country")->role, "Country");
    assert_string_equal(find_report(&h, "")->note, "quantity x price");
    close_house(&h);
}

static void test_a_role_s_own_name_wins(void **state)
{
    (void)state;
    house h = open_house(NULL);
    const char *csv =
        "order_date,Customer ID,user_id,TIME,revenue,amount\n2020-01-01,a,b,2021-01-01,1,2\n";
    assert_int_equal(add_text(&h, "orders", csv, NULL), CM_OK);
    assert_dump(
        &h, "orders",
        "'a' @1609459200000000 amount=20000 order_date='2020-01-01' user_id='b' revenue='1'\n");
    close_house(&h);
}

static void test_the_mapping_wins_over_all(void **state)
{
    (void)state;
    house h = open_house(NULL);
    const char *csv =
        "time,when,customer,who,amount,secret,shop\n2020-01-01,01.02.2021,a,b,1,x,s\n";
    const cm_binding bindings[] = {
        { "time", "when", NULL, "%d.%m.%Y" }, { "customer", "who", NULL, NULL },
        { "", "secret", NULL, NULL },         { "store", "shop", NULL, NULL },
        { "currency", NULL, "EUR", NULL },    { "source", NULL, "web", NULL }
    };
    assert_int_equal(add_bound(&h, "orders", csv, bindings, 6), CM_OK);
    /* A second `customer` would stand twice: it is left out, and the report says so. */
    assert_dump(&h, "orders",
                "'b' @1612137600000000 amount=10000 currency='EUR' store='s' source='web'\n");
    assert_string_equal(find_report(&h, "customer")->note, "left out");
    assert_string_equal(find_report(&h, "secret")->note, "left out");
    assert_string_equal(find_report(&h, "time")->role, "");
    close_house(&h);
}

static void test_constants_are_roles_too(void **state)
{
    (void)state;
    house h = open_house(NULL);
    const char *csv = "customer,start,amount\na,2024-01-01,9.99\nb,2024-02-01,19.99\n";
    const cm_binding term[] = { { "term", NULL, "1", NULL }, { "kind", NULL, "plan", NULL } };
    assert_int_equal(add_bound(&h, "subscriptions", csv, term, 2), CM_OK);
    assert_dump(&h, "subscriptions",
                "'a' @1704067200000000 amount=99900 term=4 kind='plan'\n"
                "'b' @1706745600000000 amount=199900 term=4 kind='plan'\n");
    close_house(&h);
}

static void assert_refused(const char *table, const char *csv, const cm_binding *b, int n,
                           cm_status status, const char *part)
{
    house h = open_house(NULL);
    assert_int_equal(add_bound(&h, table, csv, b, n), status);
    if (!strstr(cm_error_message(h.err), part)) print_error("%s\n", cm_error_message(h.err));
    assert_non_null(strstr(cm_error_message(h.err), part));
    assert_int_equal(h.loader->n_dims, 0);
    close_house(&h);
}

static void test_what_does_not_fit_is_refused(void **state)
{
    (void)state;
    const char *csv = "time,customer,amount\n2020-01-01,a,1\n";
    const cm_binding wrong_column[] = { { "time", "tme", NULL, NULL } };
    const cm_binding twice[] = { { "time", "time", NULL, NULL }, { "time", "amount", NULL, NULL } };
    const cm_binding one_column[] = { { "time", "time", NULL, NULL },
                                      { "customer", "time", NULL, NULL } };
    const cm_binding both[] = { { "time", "time", "2020-01-01", NULL } };
    const cm_binding format[] = { { "time", "time", NULL, "%Q" } };
    const cm_binding nothing[] = { { NULL, NULL, NULL, NULL } };
    const cm_binding closed[] = { { "amount", "", NULL, NULL } };
    assert_refused("oders", csv, NULL, 0, CM_ERR_NOT_FOUND, "oders");
    assert_refused("orders", csv, wrong_column, 1, CM_ERR_NOT_FOUND, "tme");
    assert_refused("orders", csv, twice, 2, CM_ERR_ARG, "bound twice");
    assert_refused("orders", csv, one_column, 2, CM_ERR_ARG, "bound twice");
    assert_refused("orders", csv, both, 1, CM_ERR_ARG, "both given");
    assert_refused("orders", csv, format, 1, CM_ERR_OPTION, "%Q");
    assert_refused("orders", csv, nothing, 1, CM_ERR_ARG, "neither");
    assert_refused("orders", csv, closed, 1, CM_ERR_MISSING, "amount (or quantity and price)");
    assert_refused("orders", "time,customer,price\n", NULL, 0, CM_ERR_MISSING,
                   "amount (or quantity and price)");
    assert_refused("orders", "customer,amount\n", NULL, 0, CM_ERR_MISSING,
                   "no column for time among customer, amount");
    assert_refused("events", "time,name\n", NULL, 0, CM_ERR_MISSING, "customer or session");
    cm_mapping m = { .struct_size = sizeof m - 1 };
    house h = open_house(NULL);
    assert_int_equal(add_text(&h, "orders", csv, &m), CM_ERR_ARG);
    m = (cm_mapping){ .struct_size = sizeof m, .reserved = { 1 } };
    assert_int_equal(add_text(&h, "orders", csv, &m), CM_ERR_ARG);
    close_house(&h);
}

static void test_columns_may_come_later(void **state)
{
    (void)state;
    house h = open_house(NULL);
    assert_int_equal(add_text(&h, "orders", "time,customer,amount,shop\n2020-01-01,a,1,x\n", NULL),
                     CM_OK);
    assert_int_equal(
        add_text(&h, "orders", "time,customer,amount,product\n2020-01-02,b,2,p\n", NULL), CM_OK);
    assert_dump(&h, "orders",
                "'a' @1577836800000000 amount=10000 shop='x' product=null\n"
                "'b' @1577923200000000 amount=20000 shop=null product='p'\n");
    assert_true(find_staged_table(h.loader, "orders")->in_order);
    assert_int_equal(add_text(&h, "orders", "time,customer,amount\n2019-01-02,b,2\n", NULL), CM_OK);
    assert_false(find_staged_table(h.loader, "orders")->in_order);
    close_house(&h);
}

static void test_side_tables(void **state)
{
    (void)state;
    house h = open_house(NULL);
    const char *paths =
        "path;total_conversions;total_conversion_value;total_null\neta > iota;1;0.244;3\n";
    assert_int_equal(add_text(&h, "paths", paths, NULL), CM_OK);
    assert_dump(&h, "paths",
                " path='eta > iota' conversions=1 value=0.24399999999999999 nulls=3\n");
    const char *features = "customer,target,age,height\na,1,33,1.8\nb,0,,x\nc,,44,\n";
    assert_int_equal(add_text(&h, "features", features, NULL), CM_OK);
    assert_dump(
        &h, "features",
        " customer='a' target=1 age=33 height=1.8\n customer='c' target=nan age=44 height=nan\n");
    assert_int_equal(count_rejects(&h, "height is not a number"), 1);
    const char *schedules = "schedule,weekday,opens,closes\nmain,monday,9:00,17:30\n";
    assert_int_equal(add_text(&h, "schedules", schedules, NULL), CM_OK);
    assert_dump(&h, "schedules",
                " schedule='main' weekday='monday' opens=32400000000 closes=63000000000\n");
    const char *summary = "ID,x,t_x,T,zbar\n1,2,30.43,38.86,22.35\n";
    assert_int_equal(add_text(&h, "summary", summary, NULL), CM_OK);
    assert_dump(&h, "summary",
                " customer='1' frequency=2 recency=30.43 tenure=38.859999999999999 "
                "monetary=22.350000000000001\n");
    close_house(&h);
}

static void test_every_definition_is_sound(void **state)
{
    (void)state;
    for (int32_t i = 0; i < CMI_N_FACTS + CMI_N_SIDES; i++) {
        const cmi_fact_def *d = i < CMI_N_FACTS ? cmi_fact_get((cmi_fact)i)
                                                : cmi_side_get((cmi_side_id)(i - CMI_N_FACTS));
        assert_true(d->n_roles > 0 && d->n_roles <= CMI_MAX_ROLES);
        assert_int_equal(d->kind == CMI_KIND_FACT, i < CMI_N_FACTS);
        for (int32_t r = 0; r < d->n_roles; r++) {
            assert_int_equal(cmi_role_find(d, d->roles[r].name), r);
            assert_true(d->roles[r].doc && *d->roles[r].doc);
        }
        if (d->kind != CMI_KIND_FACT) continue;
        assert_string_equal(d->roles[d->owner_role].name, "customer");
        assert_int_equal(d->roles[d->owner_role].type, CMI_ROLE_CUSTOMER);
        assert_int_equal(d->roles[d->time_role].type, CMI_ROLE_TIME);
        if (d->entity_role >= 0) assert_int_equal(d->roles[d->entity_role].type, CMI_ROLE_ENTITY);
    }
    assert_int_equal(cmi_fact_find("orders"), CMI_ORDERS);
    assert_int_equal(cmi_side_find("aliases"), CMI_SIDE_ALIASES);
    assert_int_equal(cmi_fact_find("aliases"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_well_known_headers_bind),
        cmocka_unit_test(test_a_role_s_own_name_wins),
        cmocka_unit_test(test_the_mapping_wins_over_all),
        cmocka_unit_test(test_constants_are_roles_too),
        cmocka_unit_test(test_what_does_not_fit_is_refused),
        cmocka_unit_test(test_columns_may_come_later),
        cmocka_unit_test(test_side_tables),
        cmocka_unit_test(test_every_definition_is_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
