/* SPDX-License-Identifier: MIT */
#include "stage.h"

static void test_owners_and_order(void **state)
{
    (void)state;
    cm_context *ctx = make_context();
    cm_loader *l = make_loader(ctx, NULL);
    rows_per_chunk = 2;
    stage_row(l, CMI_ORDERS, "20", "o1", DAY(5), NONE,
              (cell[]){ { "amount", NULL, 5 }, { "product", "pear", 0 } }, 2);
    stage_row(l, CMI_ORDERS, "anna", "o2", DAY(3), NONE,
              (cell[]){ { "amount", NULL, 3 }, { "product", "fig", 0 } }, 2);
    stage_row(l, CMI_ORDERS, "20", "o3", DAY(1), NONE,
              (cell[]){ { "amount", NULL, 1 }, { "product", "10", 0 } }, 2);
    stage_row(l, CMI_ORDERS, NULL, "guest", DAY(2), NONE, (cell[]){ { "amount", NULL, 2 } }, 1);
    stage_row(l, CMI_ORDERS, "3", "o4", DAY(9), NONE,
              (cell[]){ { "amount", NULL, 9 }, { "product", "9", 0 } }, 2);
    stage_row(l, CMI_ORDERS, "20", "o1", DAY(5), NONE,
              (cell[]){ { "amount", NULL, -5 }, { "product", "pear", 0 } }, 2);
    stage_row(l, CMI_CUSTOMERS, "silent", NULL, NONE, NONE,
              (cell[]){ { "referred_by", "sponsor", 0 } }, 1);
    cm_dataset *ds = seal(l);
    assert_int_equal(ds->n_known, 5); /* 3, 20, anna, silent, sponsor */
    assert_int_equal(cm_dataset_n_customers(ds), 5);
    assert_int_equal(cm_dataset_n_anonymous(ds), 1);
    assert_int_equal(owner_of(ds, "3"), 0);
    assert_int_equal(owner_of(ds, "20"), 1);
    assert_int_equal(owner_of(ds, "anna"), 2);
    const cmi_facts *t = &ds->facts[CMI_ORDERS];
    const int64_t amounts[6] = { 9, 1, 5, -5, 3, 2 };
    const uint32_t ordinals[6] = { 0, 0, 1, 1, 0, 0 };
    const char *products[6] = { "9", "10", "pear", "pear", "fig", "-" };
    const cmi_column *amount = cmi_dataset_role(ds, CMI_ORDERS, "amount");
    const cmi_column *order = cmi_dataset_entity(ds, CMI_ORDERS);
    const cmi_column *product = cmi_dataset_dimension(ds, CMI_ORDERS, "product");
    assert_int_equal(t->n_rows, 6);
    for (int i = 0; i < 6; i++) {
        char text[64];
        assert_int_equal(amount->i64[i], amounts[i]);
        assert_int_equal(order->u32[i], ordinals[i]);
        assert_string_equal(text_at(ds, product, i, text), products[i]);
    }
    assert_int_equal(t->offset[5], 5); /* silent and sponsor own nothing */
    assert_int_equal(t->offset[6], 6);
    assert_int_equal(t->n_ties, 1);
    assert_int_equal(t->n_entities, 5);
    assert_int_equal(t->min_time, DAY(1));
    assert_int_equal(t->max_time, DAY(9));
    assert_int_equal(ds->facts[CMI_CUSTOMERS].time[0], CMI_ALWAYS_VALID);
    assert_int_equal(ds->facts[CMI_CUSTOMERS].min_time, CMI_NULL);
    assert_non_null(ds->facts[CMI_SPEND].offset);
    assert_int_equal(cm_dataset_n_rows(ds, "orders"), 6);
    assert_int_equal(cm_dataset_n_rows(ds, "nonsense"), -1);
    cm_dataset_destroy(ds);
    cm_loader_destroy(l);
    assert_int_equal(cm_context_memory(ctx), 0);
    cm_context_destroy(ctx);
}

static void test_sequence_settles_ties(void **state)
{
    (void)state;
    cm_context *ctx = make_context();
    cm_loader *l = make_loader(ctx, NULL);
    rows_per_chunk = 3;
    const char *names[5] = { "d", "b", "c", "a", "e" };
    const int64_t sequence[5] = { 3, 1, 2, NONE, 3 };
    for (int i = 0; i < 5; i++)
        stage_row(l, CMI_EVENTS, "x", NULL, DAY(1), sequence[i],
                  (cell[]){ { "name", names[i], 0 } }, 1);
    cm_dataset *ds = seal(l);
    const cmi_column *name = cmi_dataset_role(ds, CMI_EVENTS, "name");
    for (int i = 0; i < 5; i++) {
        char text[64];
        assert_string_equal(text_at(ds, name, i, text),
                            ((const char *[]){ "a", "b", "c", "d", "e" })[i]);
    }
    assert_int_equal(ds->facts[CMI_EVENTS].n_ties, 1);
    cm_dataset_destroy(ds);
    cm_loader_destroy(l);
    cm_context_destroy(ctx);
}

static void test_orders_without_id(void **state)
{
    (void)state;
    cm_context *ctx = make_context();
    cm_loader *l = make_loader(ctx, NULL);
    rows_per_chunk = 8;
    const char *ids[5] = { "(1)", "o", "(2)", "o", "(3)" };
    for (int i = 0; i < 5; i++) {
        stage_row(l, CMI_ORDERS, "x", ids[i], DAY(i), NONE, (cell[]){ { "amount", NULL, 1 } }, 1);
        stage_row(l, CMI_EVENTS, "x", ids[i], DAY(i), NONE, (cell[]){ { "name", "view", 0 } }, 1);
    }
    cm_dataset *ds = seal(l);
    const uint32_t *order = cmi_dataset_entity(ds, CMI_ORDERS)->u32;
    const uint32_t *session = cmi_dataset_entity(ds, CMI_EVENTS)->u32;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(order[i], ((const uint32_t[]){ 0, 1, 2, 1, 3 })[i]);
        assert_int_equal(session[i], ids[i][0] == '(' ? CMI_NO_ENTITY : 0);
    }
    assert_int_equal(ds->facts[CMI_ORDERS].n_entities, 4);
    assert_int_equal(ds->facts[CMI_EVENTS].n_entities, 1);
    cm_dataset_destroy(ds);
    cm_loader_destroy(l);
    cm_context_destroy(ctx);
}

static void test_sessions_belong_to_first_customer(void **state)
{
    (void)state;
    cm_context *ctx = make_context();
    cm_loader *l = make_loader(ctx, NULL);
    rows_per_chunk = 2;
    const cell view = { "name", "view", 0 };
    stage_row(l, CMI_EVENTS, NULL, "s1", DAY(1), NONE, &view, 1);
    stage_row(l, CMI_EVENTS, "late", "s1", DAY(4), NONE, &view, 1);
    stage_row(l, CMI_EVENTS, "early", "s1", DAY(3), NONE, &view, 1);
    stage_row(l, CMI_EVENTS, NULL, "s1", DAY(2), NONE, &view, 1);
    stage_row(l, CMI_EVENTS, NULL, "s2", DAY(2), NONE, &view, 1);
    cm_dataset *ds = seal(l);
    assert_int_equal(ds->n_known, 1);
    assert_int_equal(n_rows_of(ds, CMI_EVENTS, "early"), 4);
    assert_int_equal(ds->n_owners, 2);
    assert_int_equal(ds->facts[CMI_EVENTS].moved.n, 3);
    cm_dataset_destroy(ds);
    cm_loader_destroy(l);
    cm_context_destroy(ctx);
}

static void stage_alias(cm_loader *l, const char *alias, const char *customer, int64_t since)
{
    /* Both stand in the dictionary "customer". */
    stage_row(
        l, CMI_N_FACTS + CMI_SIDE_ALIASES, NULL, NULL, NONE, NONE,
        (cell[]){ { "alias", alias, 0 }, { "customer", customer, 0 }, { "since", NULL, since } },
        3);
}

static void stage_order(cm_loader *l, const char *customer, int64_t day, int64_t amount)
{
    stage_row(l, CMI_ORDERS, customer, NULL, DAY(day), NONE, (cell[]){ { "amount", NULL, amount } },
              1);
}

static void test_aliases(void **state)
{
    (void)state;
    cm_context *ctx = make_context();
    cm_loader *l = make_loader(ctx, NULL);
    rows_per_chunk = 2;
    stage_alias(l, "cookie", "mail", NONE);
    stage_alias(l, "mail", "person", DAY(10));
    stage_alias(l, "phone", "other person", DAY(5));
    stage_alias(l, "phone", "person", DAY(7));
    stage_order(l, "cookie", 9, 1);  /* mail: not yet the person */
    stage_order(l, "cookie", 10, 2); /* person, along the chain */
    stage_order(l, "phone", 4, 3);   /* before since: phone */
    stage_order(l, "phone", 5, 4);   /* other person */
    stage_order(l, "phone", 8, 5);   /* person */
    stage_row(l, CMI_EVENTS, "person", NULL, DAY(20), NONE,
              (cell[]){ { "name", "invite", 0 }, { "other", "cookie", 0 } }, 2);
    cm_dataset *ds = seal(l);
    assert_int_equal(n_rows_of(ds, CMI_ORDERS, "mail"), 1);
    assert_int_equal(n_rows_of(ds, CMI_ORDERS, "person"), 2);
    assert_int_equal(n_rows_of(ds, CMI_ORDERS, "phone"), 1);
    assert_int_equal(n_rows_of(ds, CMI_ORDERS, "other person"), 1);
    assert_int_equal(ds->n_known, 4); /* cookie is nobody any more */
    char text[64];
    assert_string_equal(text_at(ds, cmi_dataset_role(ds, CMI_EVENTS, "other"), 0, text), "person");
    assert_int_equal(ds->sides[CMI_SIDE_ALIASES].n_rows, 4);
    assert_true(ds->sides[CMI_SIDE_ALIASES].hash != 0);
    cm_dataset_destroy(ds);
    cm_loader_destroy(l);
    cm_context_destroy(ctx);
}

static void test_alias_circle(void **state)
{
    (void)state;
    cm_context *ctx = make_context();
    cm_loader *l = make_loader(ctx, NULL);
    cm_error *err = cm_error_create();
    rows_per_chunk = 2;
    stage_alias(l, "a", "b", NONE);
    stage_alias(l, "c", "a", NONE);
    stage_order(l, "a", 1, 1);
    stage_order(l, "c", 1, 1);
    stage_alias(l, "b", "a", DAY(100));
    cm_dataset *ds = NULL;
    assert_int_equal(seal_with(l, 1, &ds, err), CM_ERR_DATA);
    assert_non_null(strstr(cm_error_message(err), "\"a\""));
    assert_non_null(strstr(cm_error_message(err), "\"b\""));
    assert_null(ds);
    /* The loader is as it was. */
    assert_int_equal(cmi_intern_count(l->customers), 2);
    assert_int_equal(l->facts[CMI_ORDERS].chunks[0]->owner[0], 1);
    assert_int_equal(l->facts[CMI_ORDERS].chunks[0]->owner[1], 2);
    cm_loader_destroy(l);
    l = make_loader(ctx, NULL);
    stage_alias(l, "a", "b", DAY(1));
    stage_alias(l, "a", "c", DAY(1));
    assert_int_equal(seal_with(l, 1, &ds, err), CM_ERR_DATA);
    cm_loader_destroy(l);
    cm_error_destroy(err);
    assert_int_equal(cm_context_memory(ctx), 0);
    cm_context_destroy(ctx);
}

static void test_customers_contradict(void **state)
{
    (void)state;
    for (int order = 0; order < 2; order++) {
        cm_context *ctx = make_context();
        cm_loader *l = make_loader(ctx, NULL);
        rows_per_chunk = 2;
        const char *channels[4] = { "zoo", "ad", "ad", NULL };
        for (int i = 0; i < 4; i++) {
            const char *channel = channels[order ? 3 - i : i];
            stage_row(l, CMI_CUSTOMERS, "x", NULL, NONE, NONE,
                      (cell[]){ { "channel", channel, 0 } }, 1);
            if (channel)
                stage_row(l, CMI_CUSTOMERS, "y", NULL, DAY(1), NONE,
                          (cell[]){ { "channel", "ad", 0 } }, 1);
        }
        stage_row(l, CMI_CUSTOMERS, "y", NULL, DAY(2), NONE, (cell[]){ { "channel", "zoo", 0 } },
                  1);
        cm_dataset *ds = seal(l);
        const cmi_column *channel = cmi_dataset_role(ds, CMI_CUSTOMERS, "channel");
        char text[64];
        assert_int_equal(ds->facts[CMI_CUSTOMERS].n_rows, 3);
        assert_string_equal(text_at(ds, channel, 0, text), "-");
        assert_string_equal(text_at(ds, channel, 1, text), "ad");
        assert_string_equal(text_at(ds, channel, 2, text), "zoo");
        assert_int_equal(ds->facts[CMI_CUSTOMERS].n_rejected, 5);
        assert_int_equal(ds->n_rejects, 2);
        assert_string_equal(ds->rejects[0].reason, "contradicts another row");
        assert_int_equal(ds->rejects[0].n, 3);
        assert_string_equal(ds->rejects[1].reason, "duplicate row");
        assert_int_equal(ds->rejects[1].n, 2);
        assert_int_equal(ds->n_diagnostics, 5);
        cm_dataset_destroy(ds);
        cm_loader_destroy(l);
        assert_int_equal(cm_context_memory(ctx), 0);
        cm_context_destroy(ctx);
    }
}

static void test_strict_customers(void **state)
{
    (void)state;
    cm_context *ctx = make_context();
    cm_loader *l = make_loader(ctx, NULL);
    cm_dataset *ds = NULL;
    l->strict = true;
    stage_row(l, CMI_CUSTOMERS, "x", NULL, NONE, NONE, NULL, 0);
    stage_row(l, CMI_CUSTOMERS, "x", NULL, NONE, NONE, NULL, 0);
    assert_int_equal(seal_with(l, 1, &ds, NULL), CM_ERR_DATA);
    cm_loader_destroy(l);
    cm_context_destroy(ctx);
}

static void test_side_tables(void **state)
{
    (void)state;
    uint64_t hash[2];
    for (int order = 0; order < 2; order++) {
        cm_context *ctx = make_context();
        cm_loader *l = make_loader(ctx, NULL);
        rows_per_chunk = 2;
        const char *products[3] = { "tea", "9", "10" };
        for (int i = 0; i < 3; i++) {
            int k = order ? 2 - i : i;
            stage_row(l, CMI_N_FACTS + CMI_SIDE_PRODUCTS, NULL, NULL, NONE, NONE,
                      (cell[]){ { "product", products[k], 0 }, { "cost", NULL, k } }, 2);
        }
        stage_row(l, CMI_ORDERS, "x", NULL, DAY(1), NONE,
                  (cell[]){ { "amount", NULL, 1 }, { "product", order ? "apple" : "tea", 0 } }, 2);
        cm_dataset *ds = seal(l);
        const cmi_side *t = &ds->sides[CMI_SIDE_PRODUCTS];
        assert_int_equal(t->n_rows, 3);
        for (int i = 0; i < 3; i++) assert_int_equal(t->columns[1].i64[i], (i + 1) % 3);
        hash[order] = t->hash;
        cm_dataset_destroy(ds);
        cm_loader_destroy(l);
        cm_context_destroy(ctx);
    }
    assert_true(hash[0] == hash[1]); /* codes differ, texts do not */
}

static void test_partitions(void **state)
{
    (void)state;
    cm_context *ctx = make_context();
    int64_t n = 0, known = 0;
    for (int part = 0; part < 3; part++) {
        cm_loader *l = make_loader(ctx, NULL);
        l->partition = part;
        l->n_partitions = 3;
        rows_per_chunk = 5;
        for (int i = 0; i < 60; i++) {
            char id[16], session[16];
            snprintf(id, sizeof id, "c%d", i % 20);
            snprintf(session, sizeof session, "s%d", i / 2);
            stage_row(l, CMI_EVENTS, i % 2 ? id : NULL, session, DAY(i), NONE,
                      (cell[]){ { "name", id, 0 } }, 1);
        }
        cm_dataset *ds = seal(l);
        n += ds->facts[CMI_EVENTS].n_rows;
        known += ds->n_known;
        assert_int_equal(ds->n_owners, ds->n_known); /* every session is somebody's */
        cm_dataset_destroy(ds);
        cm_loader_destroy(l);
    }
    assert_int_equal(n, 60);
    assert_int_equal(known, 10);
    cm_context_destroy(ctx);
}

static void test_empty(void **state)
{
    (void)state;
    cm_context *ctx = make_context();
    cm_loader *l = make_loader(ctx, NULL);
    l->facts[CMI_ORDERS].given = true;
    stage_column(l, CMI_ORDERS, "amount");
    cm_dataset *ds = seal(l);
    assert_int_equal(ds->n_owners, 0);
    assert_true(ds->facts[CMI_ORDERS].given);
    assert_non_null(cmi_dataset_role(ds, CMI_ORDERS, "amount"));
    cm_dataset_destroy(ds);
    /* The emptied loader takes facts again. */
    stage_order(l, "x", 1, 1);
    ds = seal(l);
    assert_int_equal(ds->n_owners, 1);
    cm_dataset_destroy(ds);
    cm_loader_destroy(l);
    assert_int_equal(cm_context_memory(ctx), 0);
    cm_context_destroy(ctx);
}

static void test_ranges(void **state)
{
    (void)state;
    cm_context *ctx = make_context();
    cm_loader *l = make_loader(ctx, NULL);
    rows_per_chunk = 64;
    for (int i = 0; i < 100; i++) {
        char id[16];
        snprintf(id, sizeof id, "%d", i);
        stage_order(l, id, 1, 1);
        for (int k = 0; k < 10 && i < 10; k++) stage_order(l, id, 1, 1);
    }
    cm_dataset *ds = seal(l);
    int64_t edge[5];
    cmi_dataset_ranges(ds, CMI_FACT_BIT(CMI_ORDERS), 4, edge);
    assert_int_equal(edge[0], 0);
    assert_int_equal(edge[1], 5);
    assert_int_equal(edge[2], 10);
    assert_int_equal(edge[3], 50);
    assert_int_equal(edge[4], 100);
    cmi_dataset_ranges(ds, CMI_FACT_BIT(CMI_EVENTS), 4, edge);
    assert_int_equal(edge[1], 25);
    assert_int_equal(edge[4], 100);
    cm_dataset_destroy(ds);
    cm_loader_destroy(l);
    cm_context_destroy(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_owners_and_order),
        cmocka_unit_test(test_sequence_settles_ties),
        cmocka_unit_test(test_orders_without_id),
        cmocka_unit_test(test_sessions_belong_to_first_customer),
        cmocka_unit_test(test_aliases),
        cmocka_unit_test(test_alias_circle),
        cmocka_unit_test(test_customers_contradict),
        cmocka_unit_test(test_strict_customers),
        cmocka_unit_test(test_side_tables),
        cmocka_unit_test(test_partitions),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
