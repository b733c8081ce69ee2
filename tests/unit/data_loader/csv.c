/* SPDX-License-Identifier: MIT */
#include "staged.h"

/* name is the only text that shows what was read; time and customer are the same everywhere. */
static void assert_names(const char *csv, const char *expected)
{
    house h = open_house(NULL);
    cm_status s = add_text(&h, "baskets", csv, NULL);
    if (s) print_error("%s\n", cm_error_message(h.err));
    assert_int_equal(s, CM_OK);
    assert_dump(&h, "baskets", expected);
    close_house(&h);
}

static void test_rfc_4180(void **state)
{
    (void)state;
    assert_names("basket,product\n1,a\n2,b\n",
                 " basket='1' product='a'\n basket='2' product='b'\n");
    assert_names("basket,product\r\n1,a\r\n2,b",
                 " basket='1' product='a'\n basket='2' product='b'\n");
    assert_names("basket,product\r1,a\r2,b\r",
                 " basket='1' product='a'\n basket='2' product='b'\n");
    assert_names("basket,product\n1,\"a,\"\"b\"\"\r\nc\"\n",
                 " basket='1' product='a,\"b\"\r\nc'\n");
    assert_names("\"basket\",\"product\"\n\"1\",\"\"\"\"\n", " basket='1' product='\"'\n");
    assert_names("\xef\xbb\xbf"
                 "basket,product\n1,\xc3\xa4\n",
                 " basket='1' product='\xc3\xa4'\n");
    assert_names("basket,product\n", "");
    assert_names("basket,product", "");
    assert_names("\n\r\nbasket,product\n\n1,a\n\r\n\n2,b\n\n",
                 " basket='1' product='a'\n basket='2' product='b'\n");
    assert_names("sep=;\r\nbasket;product\r\n1;a\r\n", " basket='1' product='a'\n");
}

static void test_wild_quotes(void **state)
{
    (void)state;
    assert_names("basket,product\n1,5\" pipe\n2,b\n",
                 " basket='1' product='5\" pipe'\n basket='2' product='b'\n");
    assert_names("basket,product\n1,\"a\"b\n2,\"c\"\"\"d\n",
                 " basket='1' product='ab'\n basket='2' product='c\"d'\n");
    assert_names("basket,product\n1, \"a\"\n", " basket='1' product=' \"a\"'\n");
    assert_names("basket,product\n1,a\"\n\"2\",\"b\"\n",
                 " basket='1' product='a\"'\n basket='2' product='b'\n");
}

static void test_delimiters_are_sniffed(void **state)
{
    (void)state;
    assert_names("basket;product\n1;a,b\n2;c,d,e\n",
                 " basket='1' product='a,b'\n basket='2' product='c,d,e'\n");
    assert_names("basket\tproduct\n1\ta;b\n", " basket='1' product='a;b'\n");
    assert_names("basket|product\n1|a,b\n", " basket='1' product='a,b'\n");
    assert_names("basket,product\n1,a;b;c\n2,d;e\n",
                 " basket='1' product='a;b;c'\n basket='2' product='d;e'\n");
    assert_names("\"basket\";\"product;x,y\";product\n1;q;a\n",
                 " basket='1' product='a' product;x,y='q'\n");
    house h = open_house(NULL);
    cm_mapping m = { .struct_size = sizeof m, .delimiter = '\x01', .quote = '\'' };
    assert_int_equal(add_text(&h, "baskets", "basket\x01product\n'1'\x01'a''b'\n", &m), CM_OK);
    assert_dump(&h, "baskets", " basket='1' product='a'b'\n");
    m.delimiter = '\'';
    assert_int_equal(add_text(&h, "baskets", "basket,product\n", &m), CM_ERR_OPTION);
    close_house(&h);
}

static void test_empty_is_null_and_quoted_empty_is_not(void **state)
{
    (void)state;
    house h = open_house(NULL);
    assert_int_equal(add_text(&h, "holidays",
                              "date,name\n2024-01-01,\n2024-01-02,\"\"\n2024-01-03,NULL\n", NULL),
                     CM_OK);
    assert_dump(&h, "holidays",
                " date=19723 name=null\n date=19724 name=''\n date=19725 name='NULL'\n");
    close_house(&h);
}

static void test_ragged_rows_are_rejected(void **state)
{
    (void)state;
    house h = open_house(NULL);
    const char *csv = "basket,product\n1,a\n2\n3,b,c\n4,d\n5,\"e\nf\",g\n";
    assert_int_equal(add_text(&h, "baskets", csv, NULL), CM_OK);
    assert_dump(&h, "baskets", " basket='1' product='a'\n basket='4' product='d'\n");
    assert_int_equal(count_rejects(&h, "row has 1 field, header has 2"), 1);
    assert_int_equal(count_rejects(&h, "row has 3 fields, header has 2"), 2);
    assert_int_equal(h.loader->n_diagnostics, 3);
    assert_int_equal(h.loader->diagnostics[0].row, 2);
    assert_int_equal(h.loader->diagnostics[2].row, 5);
    assert_int_equal(find_staged_table(h.loader, "baskets")->n_read, 5);
    close_house(&h);
}

static void assert_fails_with(const char *csv, int64_t n, cm_status status, const char *part)
{
    cm_dataset_options o = make_options();
    o.max_field = 10;
    house h = open_house(&o);
    for (int64_t piece = 0; piece < 60; piece += 13) {
        assert_int_equal(add_bytes(&h, "baskets", csv, n, NULL, piece, 7, 2), status);
        if (!strstr(cm_error_message(h.err), part)) print_error("%s\n", cm_error_message(h.err));
        assert_non_null(strstr(cm_error_message(h.err), part));
    }
    assert_false(find_staged_table(h.loader, "baskets")->given);
    assert_int_equal(h.loader->n_dims, 0);
    assert_int_equal(h.loader->n_rejects, 0);
    close_house(&h);
}

#define FAILS(csv, status, part) assert_fails_with(csv, (int64_t)sizeof(csv) - 1, status, part)

static void test_what_cannot_be_read(void **state)
{
    (void)state;
    FAILS("", CM_ERR_FORMAT, "empty");
    FAILS("\n\r\n\n", CM_ERR_FORMAT, "empty");
    FAILS("\xff\xfe"
          "b\0a\0",
          CM_ERR_FORMAT, "UTF-16");
    FAILS("b\0a\0s\0", CM_ERR_FORMAT, "UTF-16");
    FAILS("\x1f\x8b\x08", CM_ERR_FORMAT, "gzip");
    FAILS("basket,product,basket\n1,2,3\n", CM_ERR_FORMAT, "two columns");
    FAILS("basket,product,\xff\n1,2,3\n", CM_ERR_FORMAT, "UTF-8");
    FAILS("basket,product\n1,a\n2,\"b\n3,c\n", CM_ERR_FORMAT, "row 2: a quote is never closed");
    FAILS("basket,product\n1,a\n2,\"b\n3,c\n4,d\n5,e\n", CM_ERR_LIMIT, "row 2, column 'product'");
    FAILS("basket,product\n1,a\n2,12345678901\n", CM_ERR_LIMIT, "row 2, column 'product'");
    FAILS("basket,product\n1,\"123456\"\"8901\"\n", CM_ERR_LIMIT, "row 1, column 'product'");
    FAILS("basket,product\n1,1234567890\n2,\"\n", CM_ERR_FORMAT, "row 2");
}

static void test_bytes_that_are_no_text_are_rejected(void **state)
{
    (void)state;
    house h = open_house(NULL);
    static const char CSV[] = "basket,product\n1,a\n2,\xff\xfe\n3,x\0y\n4,\xc3\xa9\n";
    assert_int_equal(add_bytes(&h, "baskets", CSV, sizeof CSV - 1, NULL, 0, 100, 1), CM_OK);
    assert_dump(&h, "baskets", " basket='1' product='a'\n basket='4' product='\xc3\xa9'\n");
    assert_int_equal(count_rejects(&h, "text is not valid UTF-8"), 1);
    assert_int_equal(count_rejects(&h, "text has a NUL byte"), 1);
    assert_string_equal(h.loader->diagnostics[0].value, "??");
    assert_string_equal(h.loader->diagnostics[1].value, "x?y");
    close_house(&h);
}

/* Orders with all that is nasty: quotes, line ends in fields, guests, rejects, refunds. */
static char *make_orders(int n_rows, int64_t *length)
{
    char *csv = malloc(200 * (size_t)n_rows + 200);
    int64_t n = sprintf(csv, "customer_id,ts,amount,product_id,order_id,note\r\n");
    uint32_t x = 12345;
    for (int i = 0; i < n_rows; i++) {
        x = x * 1664525 + 1013904223;
        uint32_t r = x >> 8;
        char customer[20] = "";
        if (r % 7) sprintf(customer, "c%u", r % 83);
        n += sprintf(csv + n, "%s,2024-%02u-%02u %02u:%02u:%02u,", customer, 1 + r % 12, 1 + r % 28,
                     r % 24, r % 60, r / 7 % 60);
        n += sprintf(csv + n, r % 31 ? "%d.%02u" : "x%d.%u", (int)(r % 500) - 50, r % 100);
        n += sprintf(csv + n, ",\"p%u\",%.*s,", r % 13, r % 3 ? 3 : 0, r % 2 ? "o17" : "o18");
        n += sprintf(csv + n, "%s%s", r % 5 ? "" : "\"a \"\"quoted\"\", long\nnote \xc3\xa4\"",
                     i % 2 ? "\n" : "\r\n");
        if (r % 101 == 0) n += sprintf(csv + n, "too,few\n\n");
    }
    *length = n;
    return csv;
}

static void test_pieces_threads_and_portions_change_nothing(void **state)
{
    (void)state;
    int64_t n;
    char *csv = make_orders(400, &n), *expected = NULL;
    static const struct {
        int64_t piece, portion;
        int threads;
    } RUNS[] = { { 0, INT64_MAX, 1 }, { 1, INT64_MAX, 1 },    { 17, 1, 2 },     { 64, 13, 3 },
                 { 200, 1000, 2 },    { 1000, INT64_MAX, 3 }, { 5000, 4096, 2 } };
    for (size_t i = 0; i < sizeof RUNS / sizeof RUNS[0]; i++) {
        cm_dataset_options o = make_options();
        o.tz = "Europe/Paris";
        house h = open_house(&o);
        assert_int_equal(
            add_bytes(&h, "orders", csv, n, NULL, RUNS[i].piece, RUNS[i].portion, RUNS[i].threads),
            CM_OK);
        char *is = dump(h.loader, "orders");
        if (!expected) {
            expected = is;
            assert_true(strlen(is) > 10000);
        } else {
            assert_string_equal(is, expected);
            free(is);
        }
        const cmi_staged *s = find_staged_table(h.loader, "orders");
        assert_true(s->n_rejected > 10 && s->n_rows + s->n_rejected == s->n_read);
        assert_int_equal(count_rejects(&h, "row has 2 fields, header has 6") +
                             count_rejects(&h, "amount is not a number"),
                         s->n_rejected);
        close_house(&h);
    }
    free(expected);
    free(csv);
}

static int64_t fail_reading(void *buffer, int64_t capacity, void *user)
{
    int *calls = user;
    (void)capacity;
    if (++*calls > 1) return -7;
    memcpy(buffer, "basket,product\n1,a\n", 19);
    return 19;
}

typedef struct nested {
    cm_loader *loader;
    cm_status status;
    int calls;
} nested;

static int64_t call_back_in(void *buffer, int64_t capacity, void *user)
{
    nested *x = user;
    (void)buffer;
    (void)capacity;
    source s = { "basket,product\n1,a\n", 19, 0, 19 };
    x->status = cm_loader_add_csv_reader(x->loader, "baskets", read_portion, &s, NULL, NULL, NULL);
    return 0;
}

static void test_readers_that_fail(void **state)
{
    (void)state;
    house h = open_house(NULL);
    int calls = 0;
    assert_int_equal(
        cm_loader_add_csv_reader(h.loader, "baskets", fail_reading, &calls, NULL, NULL, h.err),
        CM_ERR_IO);
    assert_non_null(strstr(cm_error_message(h.err), "-7"));
    nested x = { .loader = h.loader };
    assert_int_equal(
        cm_loader_add_csv_reader(h.loader, "baskets", call_back_in, &x, NULL, NULL, h.err),
        CM_ERR_FORMAT);
    assert_int_equal(x.status, CM_ERR_BUSY);
    assert_int_equal(
        cm_loader_add_csv(h.loader, "baskets", "/nowhere/at/all.csv", NULL, NULL, h.err),
        CM_ERR_IO);
    assert_non_null(strstr(cm_error_message(h.err), "/nowhere/at/all.csv"));
    assert_int_equal(cm_loader_add_csv(h.loader, "baskets", "/", NULL, NULL, h.err), CM_ERR_IO);
    assert_int_equal(cm_loader_add_csv(h.loader, "baskets", NULL, NULL, NULL, h.err), CM_ERR_ARG);
    assert_int_equal(cm_loader_add_csv_fd(h.loader, "baskets", -1, NULL, NULL, h.err), CM_ERR_ARG);
    close_house(&h);
}

static int32_t stop_at_once(double done, const char *phase, void *user)
{
    (void)done;
    (void)phase;
    (void)user;
    return 1;
}

static void test_a_cancelled_add_leaves_nothing(void **state)
{
    (void)state;
    house h = open_house(NULL);
    assert_int_equal(add_text(&h, "baskets", "basket,product\n1,a\n1,b\n", NULL), CM_OK);
    cm_cancel *cancel;
    assert_int_equal(cm_cancel_create(&cancel, NULL), CM_OK);
    cm_cancel_set(cancel);
    cm_run run = { .struct_size = sizeof run, .cancel = cancel };
    source s = { "basket,product,more\n2,c,x\n", 25, 0, 25 };
    assert_int_equal(
        cm_loader_add_csv_reader(h.loader, "baskets", read_portion, &s, NULL, &run, h.err),
        CM_ERR_CANCELLED);
    run = (cm_run){ .struct_size = sizeof run, .progress = stop_at_once };
    int64_t n;
    char *csv = make_orders(5000, &n);
    cmi_csv_source from = {
        .fd = -1, .read = read_portion, .user = &(source){ csv, n, 0, INT64_MAX }, .size = n
    };
    assert_int_equal(cmi_csv_add(h.loader, "orders", &from, NULL, &run, 1000, h.err),
                     CM_ERR_CANCELLED);
    assert_dump(&h, "baskets", " basket='1' product='a'\n basket='1' product='b'\n");
    assert_false(find_staged_table(h.loader, "orders")->given);
    assert_int_equal(cmi_intern_count(h.loader->customers), 0);
    assert_int_equal(cmi_intern_count(h.loader->anonymous), 0);
    assert_int_equal(h.loader->n_dims, 2);
    free(csv);
    cm_cancel_destroy(cancel);
    close_house(&h);
}

static void test_a_memory_limit_is_an_error(void **state)
{
    (void)state;
    int64_t n;
    char *csv = make_orders(3000, &n);
    bool passed = false;
    for (int64_t limit = 200000; !passed && limit < 100000000; limit += limit / 3) {
        cm_context_options o = { .struct_size = sizeof o, .memory_limit = limit };
        house h = { .err = cm_error_create() };
        assert_int_equal(cm_context_create(&o, &h.ctx, h.err), CM_OK);
        assert_int_equal(cm_loader_create(h.ctx, NULL, NULL, &h.loader, h.err), CM_OK);
        cm_status s = add_bytes(&h, "orders", csv, n, NULL, 3000, INT64_MAX, 2);
        passed = s == CM_OK;
        if (!passed) assert_int_equal(s, CM_ERR_LIMIT);
        if (!passed) assert_int_equal(cmi_intern_count(h.loader->customers), 0);
        close_house(&h);
    }
    assert_true(passed);
    free(csv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc_4180),
        cmocka_unit_test(test_wild_quotes),
        cmocka_unit_test(test_delimiters_are_sniffed),
        cmocka_unit_test(test_empty_is_null_and_quoted_empty_is_not),
        cmocka_unit_test(test_ragged_rows_are_rejected),
        cmocka_unit_test(test_what_cannot_be_read),
        cmocka_unit_test(test_bytes_that_are_no_text_are_rejected),
        cmocka_unit_test(test_pieces_threads_and_portions_change_nothing),
        cmocka_unit_test(test_readers_that_fail),
        cmocka_unit_test(test_a_cancelled_add_leaves_nothing),
        cmocka_unit_test(test_a_memory_limit_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
