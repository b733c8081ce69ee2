/* SPDX-License-Identifier: MIT */
/* The same facts give the same bytes: in any order, in any chunks, on any number of threads, at
 * once or on top of a base. Facts are random, with aliases, sessions, repeats and all tables. */
#include "stage.h"

enum { N_FACTS = 400, N_CUSTOMERS = 25 };

typedef struct fact {
    int32_t table;
    char customer[16], entity[16];
    int64_t time, sequence;
    int n_cells;
    cell cells[4];
    char text[4][16];
} fact;

static uint64_t seed;

static int64_t draw(int64_t n)
{
    seed += 0x9e3779b97f4a7c15u;
    return (int64_t)(cmi_mix(seed) % (uint64_t)n);
}

static void add_cell(fact *f, const char *column, const char *prefix, int64_t number)
{
    cell *c = &f->cells[f->n_cells];
    *c = (cell){ .column = column, .number = number };
    if (prefix) {
        snprintf(f->text[f->n_cells], 16, "%s%d", prefix, (int)number);
        c->text = f->text[f->n_cells];
    }
    f->n_cells++;
}

static void name_customer(char out[16])
{
    int64_t id = draw(N_CUSTOMERS);
    snprintf(out, 16, id % 3 ? "%d" : "c%d", (int)id);
}

static void make_fact(fact *f, int64_t i)
{
    static const int32_t tables[6] = { CMI_ORDERS, CMI_ORDERS,    CMI_EVENTS,
                                       CMI_EVENTS, CMI_CUSTOMERS, CMI_TICKETS };
    *f = (fact){ .table = tables[draw(6)], .sequence = NONE };
    /* Half of the times are shared by two facts, which the sequence tells apart. */
    f->time = CMI_HOUR * (i / 2 * 7919 % 1000);
    if (f->table == CMI_EVENTS || f->table == CMI_ORDERS) f->sequence = i;
    if (f->table != CMI_EVENTS || draw(3)) name_customer(f->customer);
    if (f->table == CMI_ORDERS && !draw(5)) f->customer[0] = 0;
    snprintf(f->entity, 16, "%c%d", f->table == CMI_ORDERS ? 'o' : 's', (int)draw(60));
    if (f->table == CMI_TICKETS) {
        f->time += i;
        snprintf(f->entity, 16, "t%d", (int)i);
    }
    if (f->table == CMI_ORDERS) add_cell(f, "amount", NULL, draw(1000));
    if (f->table == CMI_ORDERS && draw(4)) add_cell(f, "product", "p", draw(12));
    if (f->table == CMI_EVENTS) add_cell(f, "name", "e", draw(5));
    if (f->table == CMI_EVENTS && !draw(4)) {
        f->cells[f->n_cells] = (cell){ .column = "other", .text = f->text[f->n_cells] };
        name_customer(f->text[f->n_cells]);
        f->n_cells++;
    }
    if (f->table == CMI_CUSTOMERS) {
        f->entity[0] = 0;
        f->time = draw(2) ? DAY(draw(3)) : NONE;
        add_cell(f, "channel", "c", draw(2));
    }
    if (draw(2)) add_cell(f, i % 3 ? "country" : "device", "d", draw(6));
}

static void make_alias(fact *f, int64_t i)
{
    *f = (fact){ .table = CMI_N_FACTS + CMI_SIDE_ALIASES, .sequence = NONE, .time = NONE };
    /* From higher to lower numbers: no circles. */
    add_cell(f, "alias", "", 5 + i * 3 + 2);
    add_cell(f, "customer", "", 1 + i % 5);
    add_cell(f, "since", NULL, i % 2 ? NONE : DAY(draw(40)));
}

static fact *make_facts(int64_t n_aliases)
{
    fact *all = calloc(N_FACTS, sizeof *all);
    assert_non_null(all);
    for (int64_t i = 0; i < N_FACTS; i++) {
        if (i < n_aliases)
            make_alias(&all[i], i);
        else
            make_fact(&all[i], i);
    }
    return all;
}

static void stage_fact(cm_loader *l, const fact *f)
{
    cell cells[4];
    for (int i = 0; i < f->n_cells; i++) {
        cells[i] = f->cells[i];
        if (cells[i].text) cells[i].text = f->text[i];
    }
    stage_row(l, f->table, f->customer[0] ? f->customer : NULL, f->entity[0] ? f->entity : NULL,
              f->time, f->sequence, cells, f->n_cells);
}

/* The columns of all tables, in the same order everywhere, so that a part has those of the whole.
 */
static cm_dataset *seal_facts(cm_context *ctx, const cm_dataset *base, const fact *all,
                              const int *order, int64_t from, int64_t to, int32_t threads)
{
    cm_loader *l = make_loader(ctx, base);
    cm_dataset *ds = NULL;
    for (int64_t i = from; i < to; i++) stage_fact(l, &all[order[i]]);
    assert_int_equal(seal_with(l, threads, &ds, NULL), CM_OK);
    cm_loader_destroy(l);
    return ds;
}

static void shuffle(int *order)
{
    for (int i = 0; i < N_FACTS; i++) order[i] = i;
    for (int i = N_FACTS - 1; i > 0; i--) {
        int k = (int)draw(i + 1), swap = order[i];
        order[i] = order[k];
        order[k] = swap;
    }
}

static void test_any_order(void **state)
{
    (void)state;
    for (int round = 0; round < 20; round++) {
        seed = (uint64_t)round;
        cm_context *ctx = make_context();
        fact *all = make_facts(round % 2 ? 6 : 0);
        int order[N_FACTS];
        for (int i = 0; i < N_FACTS; i++) order[i] = i;
        rows_per_chunk = CMI_CHUNK_ROWS;
        cm_dataset *ds = seal_facts(ctx, NULL, all, order, 0, N_FACTS, 1);
        for (int again = 0; again < 3; again++) {
            shuffle(order);
            rows_per_chunk = 1 + draw(40);
            cm_dataset *other = seal_facts(ctx, NULL, all, order, 0, N_FACTS, 1 + again);
            assert_same_bytes(ds, other);
            cm_dataset_destroy(other);
        }
        cm_dataset_destroy(ds);
        free(all);
        assert_int_equal(cm_context_memory(ctx), 0);
        cm_context_destroy(ctx);
    }
}

static void test_base_and_more(void **state)
{
    (void)state;
    for (int round = 0; round < 40; round++) {
        seed = (uint64_t)round + 1000;
        cm_context *ctx = make_context();
        fact *all = make_facts(round % 2 ? 6 : 0);
        int order[N_FACTS];
        shuffle(order);
        rows_per_chunk = 1 + draw(40);
        cm_dataset *whole = seal_facts(ctx, NULL, all, order, 0, N_FACTS, 1);
        cm_dataset *grown = NULL;
        int64_t from = 0;
        while (from < N_FACTS) {
            int64_t to = from + 1 + draw(N_FACTS - from);
            cm_dataset *next = seal_facts(ctx, grown, all, order, from, to, 2);
            cm_dataset_destroy(grown);
            grown = next;
            from = to;
            if (!draw(2)) continue; /* now and then by way of bytes */
            cm_buffer *bytes = save(grown);
            cm_dataset_destroy(grown);
            cm_error *err = cm_error_create();
            cm_status status =
                cm_dataset_load(ctx, cm_buffer_data(bytes), cm_buffer_size(bytes), &grown, err);
            if (status) print_error("%s\n", cm_error_message(err));
            assert_int_equal(status, CM_OK);
            cm_error_destroy(err);
            cm_buffer_destroy(bytes);
        }
        assert_same_bytes(whole, grown);
        cm_dataset_destroy(whole);
        cm_dataset_destroy(grown);
        free(all);
        assert_int_equal(cm_context_memory(ctx), 0);
        cm_context_destroy(ctx);
    }
}

static void test_base_alone(void **state)
{
    (void)state;
    seed = 5;
    cm_context *ctx = make_context();
    fact *all = make_facts(6);
    int order[N_FACTS];
    shuffle(order);
    rows_per_chunk = 7;
    cm_dataset *ds = seal_facts(ctx, NULL, all, order, 0, N_FACTS, 1);
    cm_dataset *same = seal_facts(ctx, ds, all, order, 0, 0, 1);
    assert_same_bytes(ds, same);
    cm_dataset_destroy(ds);
    cm_dataset_destroy(same);
    free(all);
    cm_context_destroy(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_order),
        cmocka_unit_test(test_base_and_more),
        cmocka_unit_test(test_base_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
