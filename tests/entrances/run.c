/* SPDX-License-Identifier: MIT */
#include "entrances.h"

#include <stdlib.h>
#include <string.h>

/* The same facts through CSV, Arrow and plain arrays: the saved bytes of the sealed datasets are
 * equal, rejects and diagnostics included. */

enum { BY_CSV, BY_ARROW, BY_ARRAYS, N_ENTRANCES };
static const char *const ENTRANCE[] = { "CSV", "Arrow", "arrays" };

typedef struct fixture {
    cm_context *ctx;
    fact_set *plain, *values, *types; /* as they are, and spoilt */
} fixture;

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    assert_int_equal(cm_context_create(NULL, &f->ctx, NULL), CM_OK);
    f->plain = facts_make(2024);
    f->values = facts_copy(f->plain);
    spoil_values(f->values);
    f->types = facts_copy(f->values);
    spoil_types(f->types);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    facts_free(f->plain);
    facts_free(f->values);
    facts_free(f->types);
    cm_context_destroy(f->ctx);
    free(f);
    return 0;
}

static void require(cm_status status, const cm_error *err, const char *what)
{
    if (status == CM_OK) return;
    print_error("%s: %s\n", what, cm_error_message(err));
    fail();
}

/* ---- one dataset ---- */

typedef struct reading {
    const char *text;
    size_t n, at, step;
} reading;

static int64_t read_some(void *buffer, int64_t capacity, void *user)
{
    reading *r = user;
    size_t n = r->n - r->at, most = r->step < (size_t)capacity ? r->step : (size_t)capacity;
    if (n > most) n = most;
    memcpy(buffer, r->text + r->at, n);
    r->at += n;
    return (int64_t)n;
}

typedef struct way {
    int entrance;
    spelling how;
    cm_dataset_options options;
    bool in_two;   /* each table in two adds */
    bool extended; /* the second halves extend a sealed dataset of the first */
    cm_run run;
} way;

static cm_status add_rows(cm_loader *loader, const way *w, const char *table, const columns *c,
                          int64_t from, int64_t to, cm_error *err)
{
    cm_status status;
    if (w->entrance == BY_ARRAYS) return columns_add(loader, table, c, from, to, &w->run, err);
    if (w->entrance == BY_ARROW) {
        struct ArrowArrayStream stream;
        arrow_stream *s = arrow_open(c, w->how, from, to, &stream);
        status = cm_loader_add_arrow(loader, table, &stream, NULL, &w->run, err);
        arrow_close(s);
        return status;
    }
    reading csv = { .step = 4096 };
    char *text = columns_csv(c, from, to, &csv.n);
    csv.text = text;
    status = cm_loader_add_csv_reader(loader, table, read_some, &csv, NULL, &w->run, err);
    free(text);
    return status;
}

/* half 0: everything; 1 and 2: the first and second half of every table. */
static void add_tables(cm_loader *loader, const way *w, const fact_set *facts, int half,
                       cm_error *err)
{
    for (int i = facts->n_tables - 1; i >= 0; i--) { /* aliases decide about all others */
        const fact_table *t = &facts->table[i];
        columns *c = columns_make(t, w->how, w->options.tz != NULL);
        int64_t middle = half == 0 && !w->in_two ? 0 : t->n_rows / 2;
        if (half != 2 && middle)
            require(add_rows(loader, w, t->name, c, 0, middle, err), err, t->name);
        if (half != 1)
            require(add_rows(loader, w, t->name, c, middle, t->n_rows, err), err, t->name);
        columns_free(c);
    }
}

static cm_dataset *seal(cm_loader *loader, cm_error *err)
{
    cm_dataset *ds = NULL;
    require(cm_loader_seal(loader, NULL, &ds, err), err, "seal");
    cm_loader_destroy(loader);
    return ds;
}

static cm_dataset *load(const fixture *f, const way *w, const fact_set *facts)
{
    cm_error *err;
    cm_loader *loader;
    err = cm_error_create();
    require(cm_loader_create(f->ctx, NULL, &w->options, &loader, err), err, "loader");
    add_tables(loader, w, facts, w->extended ? 1 : 0, err);
    cm_dataset *ds = seal(loader, err);
    if (w->extended) {
        cm_dataset *base = ds;
        require(cm_loader_create(f->ctx, base, NULL, &loader, err), err, "extension");
        add_tables(loader, w, facts, 2, err);
        ds = seal(loader, err);
        cm_dataset_destroy(base);
    }
    cm_error_destroy(err);
    return ds;
}

/* ---- comparing ---- */

static char *check_text(const cm_dataset *ds)
{
    cm_result *result;
    cm_context *ctx;
    cm_buffer *b;
    assert_int_equal(cm_context_create(NULL, &ctx, NULL), CM_OK);
    assert_int_equal(cm_dataset_check(ds, &result, NULL), CM_OK);
    assert_int_equal(cm_buffer_create(ctx, &b, NULL), CM_OK);
    for (int i = 0; i < cm_result_n_tables(result); i++)
        assert_int_equal(cm_table_csv(cm_result_table_at(result, i), b, NULL), CM_OK);
    char *text = strndup(cm_buffer_data(b), (size_t)cm_buffer_size(b));
    cm_buffer_destroy(b);
    cm_context_destroy(ctx);
    cm_result_destroy(result);
    return text;
}

/* Says where two reports part, to be found sooner than in bytes. */
static void print_difference(const cm_dataset *a, const cm_dataset *b)
{
    char *x = check_text(a), *y = check_text(b), *p = x, *q = y;
    while (*p && *q) {
        size_t n = strcspn(p, "\n"), m = strcspn(q, "\n");
        if (n != m || memcmp(p, q, n) != 0) print_error("  %.*s\n  %.*s\n", (int)n, p, (int)m, q);
        p += n + (p[n] != '\0');
        q += m + (q[m] != '\0');
    }
    free(x);
    free(y);
}

static void assert_same(const fixture *f, const cm_dataset *a, const cm_dataset *b,
                        const char *name)
{
    cm_buffer *x, *y;
    assert_int_equal(cm_buffer_create(f->ctx, &x, NULL), CM_OK);
    assert_int_equal(cm_buffer_create(f->ctx, &y, NULL), CM_OK);
    assert_int_equal(cm_dataset_save(a, x, NULL), CM_OK);
    assert_int_equal(cm_dataset_save(b, y, NULL), CM_OK);
    bool same = cm_buffer_size(x) == cm_buffer_size(y) &&
                memcmp(cm_buffer_data(x), cm_buffer_data(y), (size_t)cm_buffer_size(x)) == 0;
    if (!same) {
        print_error("%s differs from CSV\n", name);
        print_difference(a, b);
    }
    cm_buffer_destroy(x);
    cm_buffer_destroy(y);
    assert_true(same);
}

static void compare(const fixture *f, const fact_set *facts, way w)
{
    cm_dataset *ds[N_ENTRANCES];
    w.run.struct_size = sizeof w.run;
    w.options.struct_size = sizeof w.options;
    for (w.entrance = 0; w.entrance < N_ENTRANCES; w.entrance++)
        ds[w.entrance] = load(f, &w, facts);
    for (int i = 1; i < N_ENTRANCES; i++) assert_same(f, ds[BY_CSV], ds[i], ENTRANCE[i]);
    for (int i = 0; i < N_ENTRANCES; i++) cm_dataset_destroy(ds[i]);
}

static const cm_dataset_options PLAIN = { .scale = -1 };
static const cm_dataset_options PARIS = {
    .tz = "Europe/Paris", .week_start = "sunday", .scale = 2, .max_diagnostics = 1000
};

/* ---- cases ---- */

static void test_good_facts(void **state)
{
    const fixture *f = *state;
    for (spelling how = AS_DOUBLES; how <= AS_WALL_CLOCKS; how++) {
        compare(f, f->plain, (way){ .how = how, .options = PLAIN });
        compare(f, f->plain, (way){ .how = how, .options = PARIS, .run.threads = 2 });
    }
}

static void test_spoilt_values(void **state)
{
    const fixture *f = *state;
    for (spelling how = AS_DOUBLES; how <= AS_WALL_CLOCKS; how++) {
        compare(f, f->values, (way){ .how = how, .options = PARIS });
        compare(f, f->values, (way){ .how = how, .options = PLAIN, .run.threads = 3 });
    }
}

static void test_spoilt_types(void **state)
{
    const fixture *f = *state;
    for (spelling how = AS_DOUBLES; how <= AS_WALL_CLOCKS; how++)
        compare(f, f->types, (way){ .how = how, .options = PARIS, .run.threads = 2 });
}

static void test_several_adds(void **state)
{
    const fixture *f = *state;
    compare(f, f->values, (way){ .how = AS_DOUBLES, .options = PLAIN, .in_two = true });
    compare(f, f->values, (way){ .how = AS_DECIMALS, .options = PARIS, .extended = true });
}

static void test_partitions_and_owners(void **state)
{
    const fixture *f = *state;
    for (int32_t part = 0; part < 3; part++) {
        way w = { .how = AS_DECIMALS, .options = PLAIN };
        w.options.partition = part;
        w.options.n_partitions = 3;
        compare(f, f->values, w);
    }
    way by_device = { .how = AS_WALL_CLOCKS, .options = PARIS };
    by_device.options.owner = "device";
    compare(f, f->values, by_device);
}

static void test_every_role(void **state)
{
    const fixture *f = *state;
    fact_set *facts = facts_of_every_role();
    assert_int_equal(facts->n_tables, f->plain->n_tables); /* the others lack no table */
    for (spelling how = AS_DOUBLES; how <= AS_WALL_CLOCKS; how++)
        compare(f, facts, (way){ .how = how, .options = PARIS });
    spoil_values(facts);
    for (spelling how = AS_DOUBLES; how <= AS_WALL_CLOCKS; how++)
        compare(f, facts, (way){ .how = how, .options = PLAIN });
    facts_free(facts);
}

/* The fixtures do hold what the cases are about. */
static void test_something_is_rejected(void **state)
{
    const fixture *f = *state;
    way w = { .how = AS_DOUBLES, .options = PARIS };
    w.run.struct_size = sizeof w.run;
    w.options.struct_size = sizeof w.options;
    cm_dataset *ds = load(f, &w, f->types);
    cm_result *check;
    const cm_table *tables;
    int32_t rejected;
    assert_int_equal(cm_dataset_check(ds, &check, NULL), CM_OK);
    assert_int_equal(cm_result_table(check, "tables", &tables, NULL), CM_OK);
    assert_int_equal(cm_table_find(tables, "n_rejected", &rejected, NULL), CM_OK);
    assert_int_equal(cm_table_n_rows(tables), f->types->n_tables);
    for (int64_t row = 0; row < cm_table_n_rows(tables); row++) {
        int64_t n;
        bool null;
        assert_int_equal(cm_table_get_i64(tables, row, rejected, &n, &null, NULL), CM_OK);
        assert_true(n > 0);
    }
    cm_result_destroy(check);
    cm_dataset_destroy(ds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_facts),
        cmocka_unit_test(test_spoilt_values),
        cmocka_unit_test(test_spoilt_types),
        cmocka_unit_test(test_several_adds),
        cmocka_unit_test(test_partitions_and_owners),
        cmocka_unit_test(test_every_role),
        cmocka_unit_test(test_something_is_rejected),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
