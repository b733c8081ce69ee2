/* SPDX-License-Identifier: MIT
 *
 * What must change in a known way: filters and splits against facts that were filtered or split
 * before, later times, more money, one more customer.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "walk.h"

enum { SHIFT = 371 }; /* days: whole weeks, and over a leap day */
#define WINDOW "from=" FACTS_FROM " as_of=" FACTS_AS_OF

/* ---- facts of the customers of one country ---- */

typedef struct of_country {
    const fact_set *facts;
    const char *country;
} of_country;

/* An event without customer belongs to the customer of its session, where that has one. */
static const char *customer_of(const of_country *want, const fact_table *t, int64_t row)
{
    const fact_cell *own = facts_cell(t, row, "customer"), *session = facts_cell(t, row, "session");
    const fact_table *events = facts_find(want->facts, "events");
    if (own->kind != FACT_NULL || !session || session->kind == FACT_NULL) return own->text;
    for (int64_t i = 0; i < events->n_rows; i++)
        if (facts_cell(events, i, "customer")->kind != FACT_NULL &&
            strcmp(facts_cell(events, i, "session")->text, session->text) == 0)
            return facts_cell(events, i, "customer")->text;
    return own->text;
}

static bool is_of(const of_country *want, const char *customer)
{
    const fact_table *t = facts_find(want->facts, "customers");
    for (int64_t row = 0; row < t->n_rows; row++)
        if (strcmp(facts_cell(t, row, "customer")->text, customer) == 0)
            return strcmp(facts_cell(t, row, "country")->text, want->country) == 0;
    return false;
}

/* Shared side tables stay whole. */
static bool keep_country(const fact_table *t, int64_t row, const void *user)
{
    static const char *const facts[] = { "customers", "events",  "orders", "subscriptions",
                                         "responses", "tickets", "spend",  "assignments" };
    bool fact = false;
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        fact |= strcmp(facts[i], t->name) == 0;
    if (!fact) return true;
    return is_of(user, customer_of(user, t, row));
}

static bool keep_no_alias(const fact_table *t, int64_t row, const void *user)
{
    (void)row;
    (void)user;
    return strcmp(t->name, "aliases") != 0;
}

/* An alias would join customers of two countries. */
static cm_dataset *load_plain(fact_use use, const char *country)
{
    fact_set *facts = facts_copy(walk.facts);
    of_country want = { walk.facts, country };
    facts_keep(facts, keep_no_alias, NULL);
    if (country) facts_keep(facts, keep_country, &want);
    cm_dataset *dataset = walk_load(facts, use, NULL);
    facts_free(facts);
    return dataset;
}

static cm_result *run_with(const walk_kpi *k, const cm_dataset *dataset, const char *more)
{
    cm_params *params = walk_params(k, more);
    cm_result *result = walk_run(k, dataset, params, 0);
    cm_params_destroy(params);
    return result;
}

static void compare_tables(cm_result *actual, cm_result *expected, const char *what)
{
    char *a = walk_json(actual, false), *e = walk_json(expected, false);
    cm_result_destroy(actual);
    cm_result_destroy(expected);
    walk_same(a, e, what);
    free(a);
    free(e);
}

void check_where(void **state)
{
    const walk_kpi *k = *state;
    cm_dataset *all = load_plain(k->use, NULL), *some = load_plain(k->use, "FR");
    compare_tables(run_with(k, all, WINDOW " where=country:FR"), run_with(k, some, WINDOW),
                   "where=country:FR");
    cm_dataset_destroy(all);
    cm_dataset_destroy(some);
}

/* ---- by ---- */

static void format_cell(const cm_table *t, int64_t row, int32_t column, char text[256])
{
    int64_t length;
    bool null = false;
    assert_int_equal(cm_table_format(t, row, column, text, 256, &length, &null, NULL), CM_OK);
    if (null) strcpy(text, "null");
}

/* The next row of the group at or behind `row`; -1: none. */
static int64_t next_of(const cm_table *t, int32_t by, int64_t row, const char *group)
{
    char text[256];
    for (; row < cm_table_n_rows(t); row++) {
        format_cell(t, row, by, text);
        if (strcmp(text, group) == 0) return row;
    }
    return -1;
}

/* Only counts, sums and texts: a share of all groups is another number than one of its own. */
static void compare_group(const cm_table *split, const cm_table *own, const char *group)
{
    int32_t by;
    int64_t at = 0;
    assert_int_equal(cm_table_find(split, "country", &by, NULL), CM_OK);
    for (int64_t row = 0; row < cm_table_n_rows(own); row++, at++) {
        at = next_of(split, by, at, group);
        if (at < 0) {
            print_error("%s: row %d of %s is not there\n", cm_table_name(own), (int)row + 1, group);
            fail();
        }
        for (int32_t c = 0; c < cm_table_n_columns(own); c++) {
            char a[256], e[256];
            int32_t column;
            const char *name = cm_table_column_name(own, c);
            assert_int_equal(cm_table_find(split, name, &column, NULL), CM_OK);
            format_cell(split, at, column, a);
            format_cell(own, row, c, e);
            if (strcmp(a, e) == 0) continue;
            print_error("%s of %s, row %d, %s: is %s, alone %s\n", cm_table_name(own), group,
                        (int)row + 1, name, a, e);
            fail();
        }
    }
    if (next_of(split, by, at, group) < 0) return;
    print_error("%s: too many rows of %s\n", cm_table_name(own), group);
    fail();
}

void check_by(void **state)
{
    const walk_kpi *k = *state;
    static const char *const groups[] = { "FR", "DE", "US" };
    cm_dataset *all = load_plain(k->use, NULL);
    cm_result *split = run_with(k, all, WINDOW " by=country");
    for (int i = 0; i < 3; i++) {
        cm_dataset *some = load_plain(k->use, groups[i]);
        cm_result *own = run_with(k, some, WINDOW " by=");
        for (int32_t t = 0; t < cm_result_n_tables(own); t++) {
            const cm_table *expected = cm_result_table_at(own, t), *actual;
            const char *name = cm_table_name(expected);
            char excused[96];
            snprintf(excused, sizeof excused, "by %s", name);
            if (strcmp(name, "diagnostics") == 0 || walk_excuse(k->info.id, excused)) continue;
            assert_int_equal(cm_result_table(split, name, &actual, NULL), CM_OK);
            compare_group(actual, expected, groups[i]);
        }
        cm_result_destroy(own);
        cm_dataset_destroy(some);
    }
    cm_result_destroy(split);
    cm_dataset_destroy(all);
}

void check_unit(void **state)
{
    const walk_kpi *k = *state;
    cm_dataset_options o = { .struct_size = sizeof o, .scale = -1, .owner = "device" };
    fact_set *facts = facts_copy(walk.facts);
    facts_keep(facts, keep_no_alias, NULL);
    cm_dataset *plain = walk_load(facts, k->use, NULL), *owned = walk_load(facts, k->use, &o);
    facts_free(facts);
    compare_tables(run_with(k, plain, WINDOW " unit=device"),
                   run_with(k, owned, WINDOW " unit=device"), "unit=device");
    cm_dataset_destroy(plain);
    cm_dataset_destroy(owned);
}

/* ---- cell by cell ---- */

typedef bool (*cell_rule)(cm_type type, const char *actual, const char *expected);

static void compare_cells(const cm_result *actual, const cm_result *expected, cell_rule rule,
                          const char *kpi, const char *what)
{
    for (int32_t i = 0; i < cm_result_n_tables(expected); i++) {
        const cm_table *e = cm_result_table_at(expected, i), *a;
        char x[256], y[256], excused[128];
        if (strcmp(cm_table_name(e), "diagnostics") == 0) continue;
        assert_int_equal(cm_result_table(actual, cm_table_name(e), &a, NULL), CM_OK);
        snprintf(excused, sizeof excused, "%s %s", what, cm_table_name(e));
        if (walk_excuse(kpi, excused)) continue;
        assert_int_equal(cm_table_n_rows(a), cm_table_n_rows(e));
        for (int64_t row = 0; row < cm_table_n_rows(e); row++)
            for (int32_t c = 0; c < cm_table_n_columns(e); c++) {
                format_cell(a, row, c, x);
                format_cell(e, row, c, y);
                snprintf(excused, sizeof excused, "%s %s.%s", what, cm_table_name(e),
                         cm_table_column_name(e, c));
                if (rule(cm_table_column_type(e, c), x, y) || walk_excuse(kpi, excused)) continue;
                print_error("%s, %s row %d, %s: is %s, was %s\n", what, cm_table_name(e),
                            (int)row + 1, cm_table_column_name(e, c), x, y);
                fail();
            }
    }
}

/* Dates within texts, such as the period in the name of a group, are times too. */
static void mask_dates(const char *text, char out[256])
{
    size_t n = strlen(text);
    snprintf(out, 256, "%s", text);
    for (size_t i = 0; i + 10 <= n; i++)
        if (strspn(out + i, "0123456789") == 4 && out[i + 4] == '-' && out[i + 7] == '-')
            memset(out + i, '#', 10);
}

/* Times move; all else stays to the bit. */
static bool same_but_times(cm_type type, const char *actual, const char *expected)
{
    char a[256], e[256];
    if (type == CM_TYPE_DATE || type == CM_TYPE_TIMESTAMP)
        return (strcmp(actual, "null") == 0) == (strcmp(expected, "null") == 0);
    mask_dates(actual, a);
    mask_dates(expected, e);
    return strcmp(a, e) == 0;
}

/* Money is three times as much, but for the rounding of quotients and parts; numbers out of money
 * are three times as much or, where it cancels, the same. */
static bool thrice(cm_type type, const char *actual, const char *expected)
{
    double a = strtod(actual, NULL), e = strtod(expected, NULL);
    if (strcmp(actual, expected) == 0) return true;
    if (type == CM_TYPE_MONEY) return fabs(a - 3 * e) < 5e-3 + 1e-12 * fabs(e);
    if (type != CM_TYPE_F64) return false;
    return fabs(a - 3 * e) <= 1e-6 * fabs(e) || fabs(a - e) <= 1e-6 * fabs(e);
}

static void compare_changed(const walk_kpi *k, void (*change)(fact_set *), const char *more,
                            cell_rule rule, const char *what)
{
    fact_set *facts = facts_copy(walk.facts);
    change(facts);
    cm_dataset *changed = walk_load(facts, k->use, NULL);
    cm_result *actual = run_with(k, changed, more);
    cm_result *expected = run_with(k, walk.dataset[k->use], more);
    compare_cells(actual, expected, rule, k->info.id, what);
    cm_result_destroy(actual);
    cm_result_destroy(expected);
    cm_dataset_destroy(changed);
    facts_free(facts);
}

static void scale(fact_set *facts)
{
    facts_scale(facts, 3);
}

void check_shifted(void **state)
{
    const walk_kpi *k = *state;
    char more[128] = "";
    walk_kpi later = *k;
    if (walk_has_option(k, "as_of")) strcat(more, " from= to= as_of=");
    if (walk_has_option(k, "period")) strcat(more, " period=week");
    char *example = strdup(k->info.example);
    facts_shift_text(example, SHIFT);
    later.info.example = example;
    fact_set *facts = facts_copy(walk.facts);
    facts_shift(facts, SHIFT);
    cm_dataset *changed = walk_load(facts, k->use, NULL);
    cm_result *actual = run_with(&later, changed, more);
    cm_result *expected = run_with(k, walk.dataset[k->use], more);
    compare_cells(actual, expected, same_but_times, k->info.id, "shifted");
    cm_result_destroy(actual);
    cm_result_destroy(expected);
    cm_dataset_destroy(changed);
    facts_free(facts);
    free(example);
}

void check_scaled(void **state)
{
    compare_changed(*state, scale, NULL, thrice, "scaled");
}

static bool same(cm_type type, const char *actual, const char *expected)
{
    (void)type;
    return strcmp(actual, expected) == 0;
}

void check_inactive(void **state)
{
    compare_changed(*state, facts_add_inactive, NULL, same, "inactive");
}
