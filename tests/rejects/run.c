/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include <custmetrics/custmetrics.h>

#include "cm_test.h"

/* One file per fact table lists what is a reject and what is not: the column `expect` says for each
 * row why it cannot be used, as "column: reason", and is empty where it can. Refunds, guests, open
 * tickets, invitations and rows that come twice are facts. */

static const char *folder;

typedef struct fixture {
    const char *table;
    int64_t n_read, n_rejected;
    int64_t n_customers, n_anonymous;
} fixture;

static const fixture FIXTURES[] = {
    { "customers", 23, 8, 14, 0 },     { "events", 24, 15, 2, 1 },    { "orders", 28, 16, 2, 3 },
    { "subscriptions", 23, 13, 3, 0 }, { "responses", 19, 9, 2, 3 },  { "tickets", 17, 11, 1, 1 },
    { "spend", 13, 8, 1, 4 },          { "assignments", 9, 5, 2, 0 },
};

/* ---- what is expected ---- */

typedef struct wanted {
    int64_t n_rows, n_rejected;
    char *why[64]; /* by row; "": kept */
} wanted;

static void read_wanted(const char *path, wanted *w)
{
    char line[1024];
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    memset(w, 0, sizeof *w);
    assert_non_null(fgets(line, sizeof line, f));
    while (fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = '\0';
        const char *why = strrchr(line, ',') + 1;
        assert_true(w->n_rows < 64);
        w->n_rejected += *why != '\0';
        w->why[w->n_rows++] = strdup(why);
    }
    fclose(f);
}

/* ---- what is told ---- */

static void read_cell(const cm_table *t, int64_t row, const char *column, char text[128])
{
    int32_t c;
    int64_t length;
    bool null;
    assert_int_equal(cm_table_find(t, column, &c, NULL), CM_OK);
    assert_int_equal(cm_table_format(t, row, c, text, 128, &length, &null, NULL), CM_OK);
}

/* The row that the diagnostic stands for: its number, or, where sealing found it, the first that
 * still waits for this reason. */
static int64_t find_row(const wanted *w, const char *number, const char *why)
{
    if (*number) return strtoll(number, NULL, 10) - 1;
    for (int64_t row = 0; row < w->n_rows; row++)
        if (strcmp(w->why[row], why) == 0) return row;
    return -1;
}

static void assert_diagnostics(const cm_result *check, wanted *w)
{
    const cm_table *t;
    int64_t n_wrong = 0;
    assert_int_equal(cm_result_table(check, "diagnostics", &t, NULL), CM_OK);
    for (int64_t i = 0; i < cm_table_n_rows(t); i++) {
        char number[128], column[128], reason[128], why[280];
        read_cell(t, i, "row", number);
        read_cell(t, i, "column", column);
        read_cell(t, i, "reason", reason);
        snprintf(why, sizeof why, "%s: %s", column, reason);
        int64_t row = find_row(w, number, why);
        if (row < 0 || strcmp(w->why[row], why) != 0) {
            print_error("row %s is rejected for '%s'\n", number, why);
            n_wrong++;
        } else {
            *w->why[row] = '\0';
        }
    }
    for (int64_t row = 0; row < w->n_rows; row++) {
        if (!*w->why[row]) continue;
        print_error("row %d is not rejected for '%s'\n", (int)row + 1, w->why[row]);
        n_wrong++;
    }
    assert_int_equal(n_wrong, 0);
}

static void assert_counts(const cm_dataset *ds, const cm_result *check, const fixture *f)
{
    const cm_table *tables, *rejects;
    char text[128];
    int64_t n = 0;
    assert_int_equal(cm_result_table(check, "tables", &tables, NULL), CM_OK);
    assert_int_equal(cm_table_n_rows(tables), 1);
    read_cell(tables, 0, "n_read", text);
    assert_int_equal(atoi(text), f->n_read);
    read_cell(tables, 0, "n_rejected", text);
    assert_int_equal(atoi(text), f->n_rejected);
    read_cell(tables, 0, "n_kept", text);
    assert_int_equal(atoi(text), f->n_read - f->n_rejected);
    assert_int_equal(cm_dataset_n_rows(ds, f->table), f->n_read - f->n_rejected);
    assert_int_equal(cm_dataset_n_customers(ds), f->n_customers);
    assert_int_equal(cm_dataset_n_anonymous(ds), f->n_anonymous);
    assert_int_equal(cm_result_table(check, "rejects", &rejects, NULL), CM_OK);
    for (int64_t i = 0; i < cm_table_n_rows(rejects); i++) {
        read_cell(rejects, i, "n", text);
        n += atoi(text);
    }
    assert_int_equal(n, f->n_rejected);
}

static cm_status load(cm_context *ctx, const char *table, const char *path, uint32_t flags,
                      cm_dataset **out, cm_error *err)
{
    const cm_binding hidden = { .role = "", .column = "expect" };
    const cm_mapping mapping = { .struct_size = sizeof mapping,
                                 .n_bindings = 1,
                                 .bindings = &hidden };
    const cm_dataset_options options = { .struct_size = sizeof options,
                                         .flags = flags,
                                         .scale = -1 };
    cm_loader *loader;
    assert_int_equal(cm_loader_create(ctx, NULL, &options, &loader, err), CM_OK);
    cm_status status = cm_loader_add_csv(loader, table, path, &mapping, NULL, err);
    if (status == CM_OK) status = cm_loader_seal(loader, NULL, out, err);
    cm_loader_destroy(loader);
    return status;
}

static void test_table(void **state)
{
    const fixture *f = *state;
    char path[512];
    wanted w;
    cm_context *ctx;
    cm_dataset *ds;
    cm_result *check;
    cm_error *err = cm_error_create();
    snprintf(path, sizeof path, "%s/%s.csv", folder, f->table);
    read_wanted(path, &w);
    assert_int_equal(cm_context_create(NULL, &ctx, NULL), CM_OK);
    if (load(ctx, f->table, path, 0, &ds, err) != CM_OK) fail_msg("%s", cm_error_message(err));
    assert_int_equal(cm_dataset_check(ds, &check, NULL), CM_OK);
    assert_int_equal(w.n_rejected, f->n_rejected);
    assert_counts(ds, check, f);
    assert_diagnostics(check, &w);
    cm_result_destroy(check);
    cm_dataset_destroy(ds);
    assert_int_equal(load(ctx, f->table, path, CM_DATASET_STRICT, &ds, err), CM_ERR_DATA);
    assert_string_equal(cm_error_table(err), f->table);
    cm_error_destroy(err);
    cm_context_destroy(ctx);
    for (int64_t row = 0; row < w.n_rows; row++) free(w.why[row]);
}

int main(int argc, char **argv)
{
    enum { N = sizeof FIXTURES / sizeof *FIXTURES };
    struct CMUnitTest tests[N];
    if (argc != 2) return 1;
    folder = argv[1];
    for (int i = 0; i < N; i++)
        tests[i] = (struct CMUnitTest){ .name = FIXTURES[i].table,
                                        .test_func = test_table,
                                        .initial_state = (void *)(uintptr_t)&FIXTURES[i] };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
