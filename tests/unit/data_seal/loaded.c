/* SPDX-License-Identifier: MIT */
/* Sealing behind the real loader: CSV in, datasets out. */
#include "stage.h"

typedef struct source {
    const char *text;
    size_t n;
} source;

static int64_t read_some(void *buffer, int64_t capacity, void *user)
{
    source *s = user;
    size_t n = s->n < (size_t)capacity ? s->n : (size_t)capacity;
    memcpy(buffer, s->text, n);
    s->text += n;
    s->n -= n;
    return (int64_t)n;
}

static void add_csv(cm_loader *l, const char *table, const char *csv)
{
    source s = { csv, strlen(csv) };
    cm_error *err = cm_error_create();
    cm_status status = cm_loader_add_csv_reader(l, table, read_some, &s, NULL, NULL, err);
    if (status) print_error("%s: %s\n", table, cm_error_message(err));
    assert_int_equal(status, CM_OK);
    cm_error_destroy(err);
}

static cm_dataset *seal_publicly(cm_loader *l)
{
    cm_dataset *ds = NULL;
    assert_int_equal(cm_loader_seal(l, NULL, &ds, NULL), CM_OK);
    return ds;
}

/* A CSV of rows first .. end-1 of a shop that has everything: guests, shared sessions, aliases,
 * identical rows without any id, rejects. */
static char *write_csv(const char *table, int first, int end)
{
    char *csv = malloc(1 << 20), *p = csv;
    bool orders = strcmp(table, "orders") == 0, events = strcmp(table, "events") == 0;
    bool spend = strcmp(table, "spend") == 0, customers = strcmp(table, "customers") == 0;
    if (orders) p += sprintf(p, "order,customer,time,amount,product,country\n");
    if (events) p += sprintf(p, "session,customer,time,sequence,name,device\n");
    if (spend) p += sprintf(p, "start,end,amount,channel\n");
    if (customers) p += sprintf(p, "customer,channel,valid_from\n");
    for (int i = first; i < end; i++) {
        int c = i * 7 % 23, day = 1 + i * 5 % 28, hour = i % 24, minute = i * 11 % 60;
        char who[16] = "";
        if (i % 4) snprintf(who, sizeof who, c % 3 ? "%d" : "visitor-%d", c);
        if (orders)
            p += sprintf(p, "o%d,%s,2024-03-%02d %02d:%02d:%02d,%s%d.5,p%d,%s\n", i * 3 % 50, who,
                         day, hour, minute, i % 60, i % 17 ? "" : "x", i, i % 9, i % 5 ? "fr" : "");
        if (events)
            p += sprintf(p, "s%d,%s,2024-03-%02d,%d,e%d,d%d\n", i * 13 % 40, who, day, i, i % 4,
                         i % 6);
        if (spend)
            p += sprintf(p, "2024-03-%02d,2024-04-01,10,%s\n", 1 + i % 3, i % 2 ? "tv" : "web");
        if (customers)
            p +=
                sprintf(p, "%d,%s,%s\n", i % 15, i % 7 ? "web" : "shop", i % 2 ? "2024-01-01" : "");
    }
    return csv;
}

static const char *const TABLES[4] = { "customers", "events", "orders", "spend" };

static void add_rows(cm_loader *l, int first, int end)
{
    for (int t = 0; t < 4; t++) {
        char *csv = write_csv(TABLES[t], first, end);
        add_csv(l, TABLES[t], csv);
        free(csv);
    }
}

static const char ALIASES[] =
    "alias,customer,since\nvisitor-0,1,\nvisitor-3,visitor-6,2024-03-10\nvisitor-6,2,\n";

/* Which diagnostics are kept where there are too many depends on what came first; here none are. */
static cm_loader *make_talkative_loader(cm_context *ctx)
{
    cm_dataset_options options = { .struct_size = sizeof options,
                                   .scale = -1,
                                   .max_diagnostics = 1000 };
    cm_loader *l = NULL;
    assert_int_equal(cm_loader_create(ctx, NULL, &options, &l, NULL), CM_OK);
    return l;
}

static void test_base_of_files(void **state)
{
    (void)state;
    cm_context *ctx = make_context();
    for (int cut = 0; cut <= 200; cut += 25) {
        cm_loader *l = make_talkative_loader(ctx);
        add_csv(l, "aliases", ALIASES);
        add_rows(l, 0, cut);
        add_rows(l, cut, 200);
        cm_dataset *whole = seal_publicly(l);
        cm_loader_destroy(l);
        l = make_talkative_loader(ctx);
        if (cut % 2) add_csv(l, "aliases", ALIASES);
        add_rows(l, 0, cut);
        cm_dataset *base = seal_publicly(l);
        cm_loader_destroy(l);
        l = make_loader(ctx, base);
        if (cut % 2 == 0) add_csv(l, "aliases", ALIASES);
        add_rows(l, cut, 200);
        cm_dataset *grown = seal_publicly(l);
        cm_loader_destroy(l);
        assert_int_equal(whole->facts[CMI_SPEND].n_rows, 200);
        assert_true(whole->n_owners - whole->n_known >= 200);
        assert_true(whole->facts[CMI_ORDERS].n_rejected > 0);
        /* Notes of sealing tell the same, in the order in which inputs came. */
        assert_int_equal(whole->n_rejects, grown->n_rejects);
        for (int f = 0; f < CMI_N_FACTS; f++)
            assert_int_equal(whole->facts[f].n_ties, grown->facts[f].n_ties);
        assert_same_bytes(whole, grown);
        cm_dataset_destroy(base);
        cm_dataset_destroy(whole);
        cm_dataset_destroy(grown);
    }
    assert_int_equal(cm_context_memory(ctx), 0);
    cm_context_destroy(ctx);
}

static cm_dataset *load_part(cm_context *ctx, int32_t part, int32_t n)
{
    cm_dataset_options options = {
        .struct_size = sizeof options, .scale = -1, .partition = part, .n_partitions = n
    };
    cm_loader *l = NULL;
    assert_int_equal(cm_loader_create(ctx, NULL, &options, &l, NULL), CM_OK);
    add_csv(l, "aliases", ALIASES);
    add_rows(l, 0, 200);
    cm_dataset *ds = seal_publicly(l);
    cm_loader_destroy(l);
    return ds;
}

static void test_partitions_of_files(void **state)
{
    (void)state;
    cm_context *ctx = make_context();
    cm_dataset *whole = load_part(ctx, 0, 1);
    for (int32_t n = 2; n < 8; n++) {
        int64_t owners = 0, rows[CMI_N_FACTS] = { 0 };
        for (int32_t part = 0; part < n; part++) {
            cm_dataset *ds = load_part(ctx, part, n);
            owners += ds->n_owners;
            for (int f = 0; f < CMI_N_FACTS; f++) {
                rows[f] += ds->facts[f].n_rows;
                assert_int_equal(ds->extent_min[f], whole->extent_min[f]);
                assert_int_equal(ds->extent_max[f], whole->extent_max[f]);
            }
            /* An owner is whole or not there. */
            for (int64_t o = 0; o < ds->n_known; o++) {
                size_t length;
                const char *id = cmi_dict_text(ds->customers, (uint32_t)o + 1, &length);
                int64_t w = (int64_t)cmi_dict_find(whole->customers, id, length) - 1;
                for (int f = 0; f < CMI_N_FACTS; f++)
                    assert_int_equal(ds->facts[f].offset[o + 1] - ds->facts[f].offset[o],
                                     whole->facts[f].offset[w + 1] - whole->facts[f].offset[w]);
            }
            assert_true(ds->sides[CMI_SIDE_ALIASES].hash == whole->sides[CMI_SIDE_ALIASES].hash);
            cm_dataset_destroy(ds);
        }
        assert_int_equal(owners, whole->n_owners);
        for (int f = 0; f < CMI_N_FACTS; f++) assert_int_equal(rows[f], whole->facts[f].n_rows);
    }
    cm_dataset_destroy(whole);
    assert_int_equal(cm_context_memory(ctx), 0);
    cm_context_destroy(ctx);
}

static void test_owner_as_option_or_afterwards(void **state)
{
    (void)state;
    static const char ORDERS[] =
        "order,customer,time,amount,household\n1,a,2024-01-01,1,x\n2,b,2024-01-02,2,x\n"
        "3,b,2024-01-03,3,y\n4,,2024-01-04,4,y\n4,,2024-01-04,4,y\n";
    cm_context *ctx = make_context();
    cm_dataset_options options = { .struct_size = sizeof options,
                                   .scale = -1,
                                   .owner = "household" };
    cm_loader *l = NULL;
    cmi_job job = { .threads = 1 };
    assert_int_equal(cm_loader_create(ctx, NULL, &options, &l, NULL), CM_OK);
    add_csv(l, "orders", ORDERS);
    cm_dataset *direct = seal_publicly(l), *later = NULL;
    cm_loader_destroy(l);
    l = make_loader(ctx, NULL);
    add_csv(l, "orders", ORDERS);
    cm_dataset *ds = seal_publicly(l);
    cm_loader_destroy(l);
    assert_int_equal(cmi_dataset_reown(ds, "household", &job, &later, NULL), CM_OK);
    assert_int_equal(direct->n_known, later->n_known);
    assert_int_equal(direct->n_owners, later->n_owners);
    const cmi_facts *x = &direct->facts[CMI_ORDERS], *y = &later->facts[CMI_ORDERS];
    assert_int_equal(x->n_rows, y->n_rows);
    assert_memory_equal(x->offset, y->offset, 4 * (size_t)(direct->n_owners + 1));
    assert_memory_equal(x->time, y->time, 8 * (size_t)x->n_rows);
    const cmi_column *c = cmi_dataset_dimension(direct, CMI_ORDERS, "customer");
    const cmi_column *d = cmi_dataset_dimension(later, CMI_ORDERS, "customer");
    assert_non_null(c);
    assert_non_null(d);
    assert_memory_equal(c->u32, d->u32, 4 * (size_t)x->n_rows);
    cm_dataset_destroy(direct);
    cm_dataset_destroy(later);
    cm_dataset_destroy(ds);
    cm_context_destroy(ctx);
}

static int32_t cancel_at_once(double done, const char *phase, void *user)
{
    (void)done;
    (void)phase;
    (void)user;
    return 1;
}

static void test_cancelled_seal(void **state)
{
    (void)state;
    cm_context *ctx = make_context();
    cm_cancel *cancel = NULL;
    cm_loader *l = make_loader(ctx, NULL);
    cm_dataset *ds = NULL, *again = NULL, *other = NULL;
    add_csv(l, "aliases", ALIASES);
    add_rows(l, 0, 200);
    assert_int_equal(cm_cancel_create(&cancel, NULL), CM_OK);
    cm_cancel_set(cancel);
    cm_run run = {
        .struct_size = sizeof run, .threads = 1, .cancel = cancel, .progress = cancel_at_once
    };
    assert_int_equal(cm_loader_seal(l, &run, &ds, NULL), CM_ERR_CANCELLED);
    assert_null(ds);
    /* Nothing was lost. */
    again = seal_publicly(l);
    cm_loader_destroy(l);
    other = load_part(ctx, 0, 1);
    assert_same_bytes(again, other);
    assert_int_equal(cm_loader_seal(NULL, NULL, &ds, NULL), CM_ERR_ARG);
    cm_dataset_destroy(again);
    cm_dataset_destroy(other);
    cm_cancel_destroy(cancel);
    cm_context_destroy(ctx);
}

/* Wherever the limit strikes, the loader is either as it was or, after CM_ERR_MEMORY, empty. */
static void test_memory_limit(void **state)
{
    (void)state;
    cm_context *ctx = make_context();
    cm_dataset *whole = load_part(ctx, 0, 1), *ds = NULL;
    for (int64_t extra = 0; !ds; extra += 20000) {
        cm_context_options options = { .struct_size = sizeof options, .memory_limit = 64 << 20 };
        cm_context *small = NULL;
        cm_loader *l = NULL;
        assert_int_equal(cm_context_create(&options, &small, NULL), CM_OK);
        l = make_loader(small, NULL);
        add_csv(l, "aliases", ALIASES);
        add_rows(l, 0, 200);
        int64_t room = (64 << 20) - cm_context_memory(small) - extra;
        void *taken = cmi_alloc(small, room > 0 ? (size_t)room : 0);
        cm_status status = cm_loader_seal(l, NULL, &ds, NULL);
        cmi_free(small, taken);
        if (status == CM_ERR_LIMIT) assert_int_equal(cm_loader_seal(l, NULL, &ds, NULL), CM_OK);
        if (status == CM_ERR_MEMORY) assert_int_equal(l->facts[CMI_ORDERS].n_rows, 0);
        if (status != CM_ERR_MEMORY) assert_same_bytes(whole, ds);
        cm_loader_destroy(l);
        cm_dataset_destroy(ds);
        if (status != CM_OK) ds = NULL;
        cm_context_destroy(small);
    }
    cm_dataset_destroy(whole);
    cm_context_destroy(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base_of_files),
        cmocka_unit_test(test_partitions_of_files),
        cmocka_unit_test(test_owner_as_option_or_afterwards),
        cmocka_unit_test(test_cancelled_seal),
        cmocka_unit_test(test_memory_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
