/* SPDX-License-Identifier: MIT */
#include "staged.h"

#include "core/hash.h"

static void test_what_is_no_fault_stays(void **state)
{
    (void)state;
    house h = open_house(NULL);
    const char *orders = "time,customer,order,amount\n"
                         "2024-01-01,a,1,10\n"
                         "2024-01-01,a,2,-10\n" /* a refund */
                         "2024-01-01,,3,0\n"    /* a guest, and nothing to pay */
                         "2024-01-01,,,5\n";
    assert_int_equal(add_text(&h, "orders", orders, NULL), CM_OK);
    assert_int_equal(add_text(&h, "tickets",
                              "ticket,opened,resolved\n1,2024-01-01,\n2,2024-01-02,2024-01-02\n",
                              NULL),
                     CM_OK);
    assert_int_equal(
        add_text(&h, "subscriptions", "customer,start,end,amount,term\na,2024-01-01,,1,1w\n", NULL),
        CM_OK);
    assert_int_equal(add_text(&h, "responses", "survey,time,score\nnps,2024-01-01,\n", NULL),
                     CM_OK);
    assert_int_equal(
        add_text(&h, "events",
                 "time,name,customer,session\n2024-01-01,visit,,s\n2024-01-01,visit,a,\n", NULL),
        CM_OK);
    assert_int_equal(h.loader->n_rejects, 0);
    const cmi_staged *s = find_staged_table(h.loader, "orders");
    assert_int_equal(s->n_rows, 4);
    assert_int_equal(cmi_intern_count(h.loader->customers), 1);
    const cmi_chunk *c = s->chunks[0];
    assert_int_equal(c->owner[0], c->owner[1]);
    assert_true(c->owner[2] & CMI_ANONYMOUS && c->owner[3] & CMI_ANONYMOUS &&
                c->owner[2] != c->owner[3]);
    assert_true(c->entity[0] == cmi_hash("1", 1) && c->entity[3] == 0);
    close_house(&h);
}

static void assert_rejected(const char *table, const char *header, const char *row,
                            const char *reason)
{
    house h = open_house(NULL);
    char csv[400];
    snprintf(csv, sizeof csv, "%s\n%s\n", header, row);
    cm_status s = add_text(&h, table, csv, NULL);
    if (s) print_error("%s\n", cm_error_message(h.err));
    assert_int_equal(s, CM_OK);
    if (h.loader->n_rejects) {
        assert_string_equal(h.loader->rejects[0].reason, reason);
    }
    assert_int_equal(h.loader->n_rejects, *reason != 0);
    assert_int_equal(find_staged_table(h.loader, table)->n_rows, !*reason);
    close_house(&h);
    if (!*reason) return;
    /* The same under strict is an error that says where. */
    cm_dataset_options o = make_options();
    o.flags = CM_DATASET_STRICT;
    h = open_house(&o);
    assert_int_equal(add_text(&h, table, csv, NULL), CM_ERR_DATA);
    assert_non_null(strstr(cm_error_message(h.err), reason));
    assert_int_equal(cm_error_row(h.err), 1);
    assert_string_equal(cm_error_table(h.err), table);
    assert_false(find_staged_table(h.loader, table)->given);
    close_house(&h);
}

static void test_rejects(void **state)
{
    (void)state;
    const char *orders = "time,customer,amount,cost,sequence";
    assert_rejected("orders", orders, ",a,1,1,1", "time is missing");
    assert_rejected("orders", orders, "2024-01-01,a,,1,1", "amount is missing");
    assert_rejected("orders", orders, "2024-01-01,a,1.2.3,1,1", "amount is not a number");
    assert_rejected("orders", orders, "2024-01-01,a,1,free,1", "cost is not a number");
    assert_rejected("orders", orders, "2024-01-01,a,1e30,1,1", "value does not fit");
    assert_rejected("orders", orders, "2024-01-01,a,-922337203685477.5808,1,1",
                    "value does not fit");
    assert_rejected("orders", orders, "2024-01-01,a,1,1,1.5", "sequence is not a whole number");
    assert_rejected("orders", orders, "2024-01-01,a,1,,1.0", "");
    assert_rejected("events", "time,name,customer,session", "2024-01-01,x,,",
                    "customer or session is missing");
    assert_rejected("events", "time,name,customer", "2024-01-01,,a", "name is missing");
    assert_rejected("events", "time,name,customer", "2024-01-01,\"\",a", "name is missing");
    assert_rejected("events", "time,name,customer,end", "2024-01-02,x,a,2024-01-01",
                    "start is after end");
    assert_rejected("events", "time,name,customer,duration", "2024-01-02,x,a,soon",
                    "duration is not a duration");
    assert_rejected("customers", "customer,birth_date", ",2000-01-01", "customer is missing");
    assert_rejected("customers", "customer,birth_date", "a,soon", "birth_date cannot be read");
    const char *subscriptions = "customer,start,end,amount,term";
    assert_rejected("subscriptions", subscriptions, "a,2024-01-02,2024-01-01,1,1",
                    "start is after end");
    assert_rejected("subscriptions", subscriptions, "a,2024-01-02,2024-01-02,1,1", "");
    assert_rejected("subscriptions", subscriptions, "a,2024-01-02,,1,0", "term is not a term");
    assert_rejected("subscriptions", subscriptions, "a,2024-01-02,,1,1.5", "term is not a term");
    assert_rejected("subscriptions", subscriptions, "a,2024-01-02,,1,soon", "term is not a term");
    assert_rejected("tickets", "ticket,opened,resolved", "1,2024-01-02,2024-01-01",
                    "opened is after resolved");
    assert_rejected("tickets", "ticket,opened", ",2024-01-02", "ticket is missing");
    const char *responses = "survey,time,score,scale_min,scale_max";
    assert_rejected("responses", responses, "nps,2024-01-01,11,0,10", "score outside scale");
    assert_rejected("responses", responses, "nps,2024-01-01,-1,0,10", "score outside scale");
    assert_rejected("responses", responses, "nps,2024-01-01,10,0,10", "");
    assert_rejected("responses", responses, "nps,2024-01-01,,0,10", "");
    assert_rejected("spend", "start,end,amount", "2024-01-02,2024-01-01,5", "start is after end");
}

static void test_terms_durations_and_bools(void **state)
{
    (void)state;
    house h = open_house(NULL);
    const char *csv =
        "customer,start,amount,term\na,2024-01-01,1,12\na,2024-01-01,1,1m\na,2024-01-01,1,1y\n"
        "a,2024-01-01,1,2w\na,2024-01-01,1,30d\na,2024-01-01,1,Monthly\na,2024-01-01,1,annual\n";
    assert_int_equal(add_text(&h, "subscriptions", csv, NULL), CM_OK);
    static const int64_t TERMS[] = { 48, 4, 48, 9, 122, 4, 48 };
    const cmi_staged *s = find_staged_table(h.loader, "subscriptions");
    for (int i = 0; i < 7; i++)
        assert_true(((const int64_t *)s->chunks[0]->column[1])[i] == TERMS[i]);
    csv = "time,name,customer,duration\n2024-01-01,x,a,1.5\n2024-01-01,x,a,5min\n2024-01-01,x,a,0:"
          "01:30\n";
    assert_int_equal(add_text(&h, "events", csv, NULL), CM_OK);
    static const int64_t DURATIONS[] = { 1500000, 300000000, 90000000 };
    s = find_staged_table(h.loader, "events");
    for (int i = 0; i < 3; i++)
        assert_true(((const int64_t *)s->chunks[0]->column[1])[i] == DURATIONS[i]);
    close_house(&h);
}

static void test_quantity_times_price_is_rounded_once(void **state)
{
    (void)state;
    cm_dataset_options o = make_options();
    o.scale = 2;
    house h = open_house(&o);
    const char *csv =
        "time,customer,quantity,price,amount\n"
        "2024-01-01,a,3,0.335,\n"  /* 1.005: to even; from the rounded price it would be 1.02 */
        "2024-01-01,a,1.5,0.35,\n" /* .525 */
        "2024-01-01,a,1000000000000,1000000000000,\n"
        "2024-01-01,a,3,5,14\n" /* what is given stays */
        "2024-01-01,a,3,,\n";
    assert_int_equal(add_text(&h, "orders", csv, NULL), CM_OK);
    assert_dump(&h, "orders",
                "'a' @1704067200000000 amount=100 quantity=300 price=34\n"
                "'a' @1704067200000000 amount=52 quantity=150 price=35\n"
                "'a' @1704067200000000 amount=1400 quantity=300 price=500\n");
    assert_int_equal(find_staged_table(h.loader, "orders")->n_rounded, 3);
    assert_int_equal(count_rejects(&h, "value does not fit"), 1);
    assert_int_equal(count_rejects(&h, "amount is missing"), 1);
    close_house(&h);
}

static void test_entrances_agree(void **state)
{
    (void)state;
    const char *csv =
        "time,customer,amount,shop,weight\n2024-01-01 00:00:00,17,22.09,x,0.1\n2024-01-01 "
        "00:00:01,,0.30000000000000004,,7\n"
        "2024-01-01 00:00:02,-5,-1.5,y,1e-7\n2024-01-01 00:00:03,,7,,\n2024-01-01 00:00:03,,7,,\n";
    const int64_t times[] = { 1704067200000000, 1704067201000000, 1704067202000000,
                              1704067203000000, 1704067203000000 };
    const int64_t ids[] = { 17, 0, -5, 0, 0 };
    const uint8_t known[] = { 1, 0, 1, 0, 0 };
    const double amounts[] = { 22.09, 0.30000000000000004, -1.5, 7, 7 };
    const char *const shops[] = { "x", NULL, "y", NULL, NULL };
    const char *const weights[] = { "0.1", "7", "1e-7", NULL, NULL };
    const cm_array columns[] = { { "shop", CM_ARRAY_TEXT, 0, shops, NULL },
                                 { "amount", CM_ARRAY_F64, 0, amounts, NULL },
                                 { "time", CM_ARRAY_TIME, 0, times, NULL },
                                 { "customer", CM_ARRAY_I64, 0, ids, known },
                                 { "weight", CM_ARRAY_TEXT, 0, weights, NULL } };
    house a = open_house(NULL), b = open_house(NULL);
    assert_int_equal(add_text(&a, "orders", csv, NULL), CM_OK);
    assert_int_equal(cm_loader_add_columns(b.loader, "orders", 5, columns, 5, NULL, NULL, b.err),
                     CM_OK);
    char *one = dump(a.loader, "orders"), *other = dump(b.loader, "orders");
    assert_string_equal(one, other);
    assert_int_equal(find_staged_table(a.loader, "orders")->n_rounded, 1);
    assert_int_equal(find_staged_table(b.loader, "orders")->n_rounded, 1);
    assert_int_equal(cmi_intern_count(a.loader->anonymous), 3); /* equal rows stay apart */
    free(one);
    free(other);
    close_house(&a);
    close_house(&b);
}

static void test_doubles_and_nulls_of_arrays(void **state)
{
    (void)state;
    house h = open_house(NULL);
    const int64_t times[] = { 1704067200000000, 1704067200000000, 1704067200000000,
                              1704067200000000 };
    const double amounts[] = { NAN, INFINITY, 0.00005, 1e300 };
    const double ids[] = { 1, 2, 17850, NAN };
    const cm_array columns[] = { { "amount", CM_ARRAY_F64, 0, amounts, NULL },
                                 { "time", CM_ARRAY_TIME, 0, times, NULL },
                                 { "customer", CM_ARRAY_F64, 0, ids, NULL } };
    assert_int_equal(cm_loader_add_columns(h.loader, "orders", 4, columns, 3, NULL, NULL, h.err),
                     CM_OK);
    assert_dump(&h, "orders", "'17850' @1704067200000000 amount=0\n");
    assert_int_equal(count_rejects(&h, "amount is missing"), 1);
    assert_int_equal(count_rejects(&h, "value does not fit"), 2);
    cm_array wrong = columns[0];
    wrong.type = (cm_array_type)99;
    assert_int_equal(cm_loader_add_columns(h.loader, "orders", 4, &wrong, 1, NULL, NULL, h.err),
                     CM_ERR_ARG);
    assert_int_equal(cm_loader_add_columns(h.loader, "orders", -1, columns, 3, NULL, NULL, h.err),
                     CM_ERR_ARG);
    close_house(&h);
}

static void test_diagnostics_are_kept_up_to_a_number(void **state)
{
    (void)state;
    cm_dataset_options o = make_options();
    o.max_diagnostics = 3;
    house h = open_house(&o);
    for (int i = 0; i < 2; i++)
        assert_int_equal(
            add_text(&h, "orders",
                     "time,customer,amount\nx,a,1\n2024-01-01,a,y\nz,a,1\n2024-01-01,a,1\n", NULL),
            CM_OK);
    assert_int_equal(h.loader->n_diagnostics, 3);
    assert_int_equal(h.loader->n_rejects, 2);
    assert_int_equal(count_rejects(&h, "time cannot be read"), 4);
    assert_int_equal(h.loader->diagnostics[1].row, 2);
    assert_string_equal(h.loader->diagnostics[1].column, "amount");
    assert_string_equal(h.loader->diagnostics[1].value, "y");
    assert_int_equal(find_staged_table(h.loader, "orders")->n_rejected, 6);
    close_house(&h);
}

/* A failed add takes back codes, columns, and how often a row was seen. */
static void test_a_failed_add_leaves_nothing(void **state)
{
    (void)state;
    cm_dataset_options o = make_options();
    o.flags = CM_DATASET_STRICT;
    house h = open_house(&o), fresh = open_house(&o);
    const char *good =
        "start,end,amount,channel\n2024-01-01,2024-01-02,1,a\n2024-01-01,2024-01-02,1,a\n";
    const char *bad = "start,end,amount,channel,extra\n2024-01-01,2024-01-02,1,a,\n2024-01-01,2024-"
                      "01-02,1,b,x\n,,,,\n";
    assert_int_equal(add_text(&h, "spend", good, NULL), CM_OK);
    assert_int_equal(add_text(&h, "spend", bad, NULL), CM_ERR_DATA);
    assert_int_equal(add_text(&h, "spend", good, NULL), CM_OK);
    assert_int_equal(add_text(&fresh, "spend", good, NULL), CM_OK);
    assert_int_equal(add_text(&fresh, "spend", good, NULL), CM_OK);
    char *one = dump(h.loader, "spend"), *other = dump(fresh.loader, "spend");
    assert_string_equal(one, other);
    assert_int_equal(cmi_intern_count(h.loader->anonymous), 4);
    assert_int_equal(h.loader->n_dims, 1);
    assert_int_equal(cmi_intern_count(h.loader->dims[0]), 1);
    free(one);
    free(other);
    close_house(&h);
    close_house(&fresh);
}

static void test_options_are_checked(void **state)
{
    (void)state;
    house h = open_house(NULL);
    cm_loader *l = NULL;
    cm_dataset_options o = make_options();
    o.scale = 10;
    assert_int_equal(cm_loader_create(h.ctx, NULL, &o, &l, h.err), CM_ERR_OPTION);
    assert_string_equal(cm_error_option(h.err), "scale");
    o = make_options();
    o.week_start = "caturday";
    assert_int_equal(cm_loader_create(h.ctx, NULL, &o, &l, h.err), CM_ERR_OPTION);
    o = make_options();
    o.tz = "Nowhere/Land";
    assert_int_equal(cm_loader_create(h.ctx, NULL, &o, &l, h.err), CM_ERR_NOT_FOUND);
    o = make_options();
    o.n_partitions = 2;
    o.partition = 2;
    assert_int_equal(cm_loader_create(h.ctx, NULL, &o, &l, h.err), CM_ERR_OPTION);
    o = make_options();
    o.struct_size--;
    assert_int_equal(cm_loader_create(h.ctx, NULL, &o, &l, h.err), CM_ERR_ARG);
    assert_int_equal(cm_loader_create(NULL, NULL, NULL, &l, h.err), CM_ERR_ARG);
    assert_null(l);
    cm_loader_destroy(NULL);
    close_house(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_no_fault_stays),
        cmocka_unit_test(test_rejects),
        cmocka_unit_test(test_terms_durations_and_bools),
        cmocka_unit_test(test_quantity_times_price_is_rounded_once),
        cmocka_unit_test(test_entrances_agree),
        cmocka_unit_test(test_doubles_and_nulls_of_arrays),
        cmocka_unit_test(test_diagnostics_are_kept_up_to_a_number),
        cmocka_unit_test(test_a_failed_add_leaves_nothing),
        cmocka_unit_test(test_options_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
