/* SPDX-License-Identifier: MIT */
#include "stage.h"

static cm_dataset *reown(const cm_dataset *ds, const char *dimension)
{
    cmi_job job = { .threads = 2 };
    cm_dataset *out = NULL;
    assert_int_equal(cmi_dataset_reown(ds, dimension, &job, &out, NULL), CM_OK);
    return out;
}

static cm_dataset *make_families(cm_context *ctx)
{
    cm_loader *l = make_loader(ctx, NULL);
    rows_per_chunk = 2;
    const cell smith = { "household", "smith", 0 }, jones = { "household", "jones", 0 };
    stage_row(l, CMI_CUSTOMERS, "ann", NULL, NONE, NONE, &smith, 1);
    stage_row(l, CMI_CUSTOMERS, "bob", NULL, DAY(1), NONE, &smith, 1);
    stage_row(l, CMI_CUSTOMERS, "bob", NULL, DAY(10), NONE, &jones, 1);
    stage_row(l, CMI_CUSTOMERS, "eve", NULL, NONE, NONE, (cell[]){ { "referred_by", "bob", 0 } },
              1);
    const struct {
        const char *customer, *order;
        int day;
    } orders[6] = { { "ann", "1", 5 }, { "bob", "2", 4 }, { "bob", "3", 12 },
                    { "eve", "4", 3 }, { "eve", "4", 3 }, { NULL, "5", 9 } };
    for (int i = 0; i < 6; i++)
        stage_row(l, CMI_ORDERS, orders[i].customer, orders[i].order, DAY(orders[i].day), NONE,
                  (cell[]){ { "amount", NULL, i } }, 1);
    stage_row(l, CMI_EVENTS, "bob", NULL, DAY(7), NONE,
              (cell[]){ { "name", "view", 0 }, { "device", "d1", 0 }, { "other", "ann", 0 } }, 3);
    stage_row(l, CMI_EVENTS, "ann", NULL, DAY(8), NONE,
              (cell[]){ { "name", "view", 0 }, { "device", "d1", 0 } }, 2);
    stage_row(l, CMI_N_FACTS + CMI_SIDE_SUMMARY, NULL, NULL, NONE, NONE,
              (cell[]){ { "customer", "zoe", 0 },
                        { "frequency", NULL, 1 },
                        { "recency", NULL, 1 },
                        { "tenure", NULL, 2 } },
              4);
    cm_dataset *ds = seal(l);
    cm_loader_destroy(l);
    return ds;
}

static void test_by_customer_dimension(void **state)
{
    (void)state;
    cm_context *ctx = make_context();
    cm_dataset *ds = make_families(ctx), *homes = reown(ds, "household");
    char text[64];
    assert_string_equal(homes->owner, "household");
    assert_int_equal(homes->n_known, 2);
    assert_int_equal(n_rows_of(homes, CMI_ORDERS, "smith"),
                     2); /* ann's, and bob's while he was one */
    assert_int_equal(n_rows_of(homes, CMI_ORDERS, "jones"), 1);
    assert_int_equal(homes->facts[CMI_ORDERS].n_rows, 6);
    assert_int_equal(homes->n_owners, 5); /* eve's row among customers, her order, the guest's */
    assert_int_equal(n_rows_of(homes, CMI_EVENTS, "smith"), 2);
    int64_t first = homes->facts[CMI_ORDERS].offset[owner_of(homes, "smith")];
    const cmi_column *customer = cmi_dataset_dimension(homes, CMI_ORDERS, "customer");
    assert_non_null(customer);
    assert_string_equal(text_at(homes, customer, first, text), "bob");
    assert_string_equal(text_at(homes, customer, first + 1, text), "ann");
    assert_int_equal(cmi_dataset_entity(homes, CMI_ORDERS)->u32[first + 1], 1);
    const cmi_column *other = cmi_dataset_role(homes, CMI_EVENTS, "other");
    first = homes->facts[CMI_EVENTS].offset[owner_of(homes, "smith")];
    assert_string_equal(text_at(homes, other, first, text), "ann");
    const cmi_side_column *id = &homes->sides[CMI_SIDE_SUMMARY].columns[0];
    size_t n;
    assert_memory_equal(cmi_dict_text(id->dict, id->u32[0], &n), "zoe", 3);
    assert_ptr_equal(id->dict, homes->dicts[cmi_dataset_dict(homes, "customer")]);
    /* What is re-owned can be saved, read and re-owned back. */
    cm_buffer *bytes = save(homes);
    cm_dataset *copy = NULL;
    assert_int_equal(
        cm_dataset_load(ctx, cm_buffer_data(bytes), cm_buffer_size(bytes), &copy, NULL), CM_OK);
    assert_same_bytes(homes, copy);
    cm_dataset *back = reown(copy, "customer");
    assert_int_equal(n_rows_of(back, CMI_ORDERS, "bob"), 2);
    assert_int_equal(n_rows_of(back, CMI_EVENTS, "ann"), 1);
    cm_dataset_destroy(back);
    cm_dataset_destroy(copy);
    cm_buffer_destroy(bytes);
    cm_dataset_destroy(homes);
    cm_dataset_destroy(ds);
    assert_int_equal(cm_context_memory(ctx), 0);
    cm_context_destroy(ctx);
}

static void test_by_row_dimension(void **state)
{
    (void)state;
    cm_context *ctx = make_context();
    cm_dataset *ds = make_families(ctx), *devices = reown(ds, "device");
    assert_int_equal(devices->n_known, 1);
    assert_int_equal(n_rows_of(devices, CMI_EVENTS, "d1"), 2);
    assert_int_equal(n_rows_of(devices, CMI_ORDERS, "d1"), 0);
    assert_int_equal(devices->facts[CMI_ORDERS].n_rows, 6);
    /* Lines of one order stay together. */
    assert_int_equal(devices->n_owners, 1 + 4 + 5);
    cm_dataset_destroy(devices);
    cm_dataset *same = reown(ds, "customer");
    assert_ptr_equal(same, ds);
    cm_dataset_destroy(same);
    cm_dataset_destroy(ds);
    cm_context_destroy(ctx);
}

static void test_refusals(void **state)
{
    (void)state;
    cm_context *ctx = make_context();
    cm_error *err = cm_error_create();
    cm_dataset *ds = make_families(ctx), *out = NULL;
    cmi_job job = { .threads = 1 };
    assert_int_equal(cmi_dataset_reown(ds, "amount", &job, &out, err), CM_ERR_NOT_FOUND);
    assert_int_equal(cmi_dataset_reown(ds, "hosehold", &job, &out, err), CM_ERR_NOT_FOUND);
    assert_non_null(strstr(cm_error_hint(err), "household"));
    ds->n_partitions = 4;
    assert_int_equal(cmi_dataset_reown(ds, "household", &job, &out, err), CM_ERR_MISMATCH);
    assert_null(out);
    cm_dataset_destroy(ds);
    cm_error_destroy(err);
    cm_context_destroy(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_customer_dimension),
        cmocka_unit_test(test_by_row_dimension),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
