/* SPDX-License-Identifier: MIT */
#include "staged.h"

#include "core/hash.h"

static char *make_rows(int n, bool session)
{
    text t = { 0 };
    put_text(&t, session ? "time,name,customer,session\n" : "time,customer,order,amount\n");
    for (int i = 0; i < n; i++) {
        char row[100];
        if (session)
            snprintf(row, sizeof row, "2024-01-01,x,%s%d,s%d\n", i % 3 ? "c" : "", i % 50, i % 20);
        else
            snprintf(row, sizeof row, "2024-01-%02d,%s%d,%s,%d\n", 1 + i % 28, i % 3 ? "c" : "d",
                     i % 50, i % 5 ? "" : "9", i % 10);
        put_text(&t, row);
    }
    return t.p;
}

static void test_partitions_share_the_rows(void **state)
{
    (void)state;
    char *csv = make_rows(900, false);
    int64_t n_rows = 0, n_whole = 0, min = 0;
    for (int n = 1; n <= 3; n += 2) {
        for (int i = 0; i < n; i++) {
            cm_dataset_options o = make_options();
            o.partition = i;
            o.n_partitions = n;
            house h = open_house(&o);
            assert_int_equal(add_text(&h, "orders", csv, NULL), CM_OK);
            const cmi_staged *s = find_staged_table(h.loader, "orders");
            if (n == 1) n_whole = s->n_rows;
            if (n == 1) min = s->extent_min;
            if (n > 1) n_rows += s->n_rows;
            assert_true(s->extent_min == min && s->n_read == 900);
            for (int64_t k = 0; k < s->n_chunks; k++) {
                for (int64_t r = 0; r < s->chunks[k]->n; r++) {
                    uint32_t code = s->chunks[k]->owner[r];
                    size_t length;
                    const char *id = cmi_intern_text(h.loader->customers, code, &length);
                    assert_true(cmi_partition_keeps(cmi_hash(id, length), i, n));
                }
            }
            close_house(&h);
        }
    }
    assert_true(n_whole == 900 && n_rows == 900);
    free(csv);
}

static void test_partitions_keep_what_sealing_may_move(void **state)
{
    (void)state;
    cm_dataset_options o = make_options();
    o.n_partitions = 4;
    house h = open_house(&o);
    char *csv = make_rows(100, true);
    assert_int_equal(add_text(&h, "events", csv, NULL), CM_OK);
    assert_int_equal(find_staged_table(h.loader, "events")->n_rows, 100);
    assert_int_equal(add_text(&h, "aliases", "alias,customer\na,b\n", NULL), CM_ERR_DATA);
    assert_non_null(strstr(cm_error_message(h.err), "before events"));
    free(csv);
    close_house(&h);
    h = open_house(&o);
    assert_int_equal(add_text(&h, "aliases", "alias,customer\nd0,c1\nd3,c1\n", NULL), CM_OK);
    csv = make_rows(900, false);
    assert_int_equal(add_text(&h, "orders", csv, NULL), CM_OK);
    assert_true(cmi_intern_find(h.loader->customers, "d0", 2, cmi_hash("d0", 2)) != 0);
    assert_true(cmi_intern_find(h.loader->customers, "d3", 2, cmi_hash("d3", 2)) != 0);
    assert_true(find_staged_table(h.loader, "orders")->n_rows < 900);
    free(csv);
    close_house(&h);
}

static void test_a_dimension_may_own_the_rows(void **state)
{
    (void)state;
    cm_dataset_options o = make_options();
    o.owner = "device";
    house h = open_house(&o);
    const char *csv = "time,name,customer,device,other\n2024-01-01,x,a,phone,b\n2024-01-02,x,a,,"
                      "\n2024-01-03,x,b,phone,a\n";
    assert_int_equal(add_text(&h, "events", csv, NULL), CM_OK);
    char *is = dump(h.loader, "events");
    assert_non_null(
        strstr(is, "'phone' @1704067200000000 name='x' customer='a' other='b' device='phone'\n#"));
    assert_non_null(
        strstr(is, " @1704153600000000 name='x' customer='a' other=null device=null\n'phone' "));
    free(is);
    assert_int_equal(cmi_intern_count(h.loader->customers), 1);
    close_house(&h);
}

/* More rows than a chunk holds, in several adds and on several threads. */
static void test_many_rows(void **state)
{
    (void)state;
    enum { ROWS = 150000 };
    int64_t *time = malloc(ROWS * sizeof *time), *id = malloc(ROWS * sizeof *id);
    uint8_t *known = malloc(ROWS);
    const char **name = malloc(ROWS * sizeof *name);
    for (int i = 0; i < ROWS; i++) {
        time[i] = i < 10 ? -1 : i;
        id[i] = i % 1000;
        known[i] = i % 7 != 0;
        name[i] = i % 50 ? "view" : "buy";
    }
    const cm_array columns[] = { { "time", CM_ARRAY_TIME, 0, time, NULL },
                                 { "customer", CM_ARRAY_I64, 0, id, known },
                                 { "session", CM_ARRAY_I64, 0, id, NULL },
                                 { "name", CM_ARRAY_TEXT, 0, name, NULL } };
    char *expected = NULL;
    for (int threads = 1; threads <= 3; threads++) {
        house h = open_house(NULL);
        cm_run run = { .struct_size = sizeof run, .threads = threads };
        for (int k = 0; k < 2; k++)
            assert_int_equal(cm_loader_add_columns(h.loader, "events", k ? ROWS : 5, columns, 4,
                                                   NULL, &run, h.err),
                             CM_OK);
        const cmi_staged *s = find_staged_table(h.loader, "events");
        assert_int_equal(s->n_rows, ROWS + 5);
        assert_int_equal(s->n_chunks, 4);
        assert_int_equal(s->chunks[1]->n, CMI_CHUNK_ROWS);
        for (int i = 0; i < ROWS; i++)
            assert_true(s->chunks[1 + i / CMI_CHUNK_ROWS]->time[i % CMI_CHUNK_ROWS] == time[i]);
        char *is = dump(h.loader, "events");
        if (!expected)
            expected = is;
        else
            assert_int_equal(strcmp(is, expected), 0);
        if (is != expected) free(is);
        close_house(&h);
    }
    free(expected);
    free(name);
    free(known);
    free(id);
    free(time);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_partitions_share_the_rows),
        cmocka_unit_test(test_partitions_keep_what_sealing_may_move),
        cmocka_unit_test(test_a_dimension_may_own_the_rows),
        cmocka_unit_test(test_many_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
