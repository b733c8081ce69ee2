/* SPDX-License-Identifier: MIT */
#include "vector.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cm_test.h"

enum { CELL = 512 };

static const tolerance *find_tolerance(const vector *v, const char *column)
{
    const tolerance *any = NULL;
    for (int i = 0; i < v->n_tolerances; i++) {
        if (strcmp(v->tolerance[i].column, column) == 0) return &v->tolerance[i];
        if (strcmp(v->tolerance[i].column, "*") == 0) any = &v->tolerance[i];
    }
    return any;
}

/* "12.50" and "12.5" are one number; "-0" is 0. */
static void normalise(const char *text, char out[CELL])
{
    snprintf(out, CELL, "%s", *text == '+' ? text + 1 : text);
    char *dot = strchr(out, '.'), *end = out + strlen(out);
    while (dot && end > dot && (end[-1] == '0' || end == dot + 1)) *--end = '\0';
    if (strcmp(out, "-0") == 0 || !*out) strcpy(out, "0");
}

static bool same_double(const vector *v, const char *column, const char *actual,
                        const char *expected)
{
    const tolerance *t = find_tolerance(v, column);
    char *end;
    double a = strtod(actual, NULL), e = strtod(expected, &end);
    if (end == expected || *end) return false;
    if (!t) return !(a < e) && !(a > e);
    return fabs(a - e) <= t->relative * fabs(e) + t->absolute;
}

static bool same_cell(const vector *v, const cm_table *t, int64_t row, int32_t column,
                      const field *expected, char actual[CELL])
{
    char a[CELL], e[CELL];
    bool null;
    int64_t length;
    *actual = '\0';
    if (cm_table_format(t, row, column, actual, CELL, &length, &null, NULL) != CM_OK) return false;
    if (null || expected->null) return null == expected->null;
    switch (cm_table_column_type(t, column)) {
    case CM_TYPE_F64:
        return same_double(v, cm_table_column_name(t, column), actual, expected->text);
    case CM_TYPE_I64:
    case CM_TYPE_MONEY:
        normalise(actual, a);
        normalise(expected->text, e);
        return strcmp(a, e) == 0;
    default:
        return strcmp(actual, expected->text) == 0;
    }
}

static void print_difference(const expect_block *e, const char *column, int row, const field *f,
                             const char *actual, bool null)
{
    print_error("%s, expected row %d, %s: is %s%s%s, expected %s%s%s\n", e->table, row + 1, column,
                null ? "" : "'", null ? "null" : actual, null ? "" : "'", f->null ? "" : "'",
                f->null ? "null" : f->text, f->null ? "" : "'");
}

static bool is_key(const char *keys, const char *column)
{
    size_t n = strlen(column);
    for (const char *p = keys; p && *p;) {
        size_t m = strcspn(p, ",");
        if (m == n && memcmp(p, column, n) == 0) return true;
        p += m + (p[m] == ',');
    }
    return false;
}

/* The only row whose keys are those of the expected one; -1: none, -2: several. */
static int64_t find_row(const vector *v, const expect_block *e, const cm_table *t,
                        const int32_t *column, const field *expected)
{
    char actual[CELL];
    int64_t found = -1;
    for (int64_t row = 0; row < cm_table_n_rows(t); row++) {
        bool same = true;
        for (int c = 0; c < e->rows.n_columns && same; c++)
            if (is_key(e->keys, e->rows.header[c].text))
                same = same_cell(v, t, row, column[c], &expected[c], actual);
        if (same && found >= 0) return -2;
        if (same) found = row;
    }
    return found;
}

static bool compare_row(const vector *v, const expect_block *e, const cm_table *t,
                        const int32_t *column, int row, int64_t at)
{
    const field *expected = e->rows.cell + (size_t)row * (size_t)e->rows.n_columns;
    bool fine = true;
    for (int c = 0; c < e->rows.n_columns; c++) {
        char actual[CELL];
        if (same_cell(v, t, at, column[c], &expected[c], actual)) continue;
        bool null = false;
        int64_t length;
        cm_table_format(t, at, column[c], actual, CELL, &length, &null, NULL);
        print_difference(e, e->rows.header[c].text, row, &expected[c], actual, null);
        fine = false;
    }
    return fine;
}

static bool compare_table(const vector *v, const expect_block *e, const cm_result *result)
{
    const cm_table *t;
    int32_t column[256];
    bool fine = true;
    cm_error *err = cm_error_create();
    cm_status status = cm_result_table(result, e->table, &t, err);
    for (int c = 0; c < e->rows.n_columns && c < 256 && status == CM_OK; c++)
        status = cm_table_find(t, e->rows.header[c].text, &column[c], err);
    if (status != CM_OK) print_error("%s: %s\n", e->table, cm_error_message(err));
    cm_error_destroy(err);
    if (status != CM_OK) return false;
    for (int row = 0; row < e->rows.n_rows; row++) {
        int64_t at = e->keys ? find_row(v, e, t, column,
                                        e->rows.cell + (size_t)row * (size_t)e->rows.n_columns)
                             : row;
        if (at < 0 || at >= cm_table_n_rows(t)) {
            print_error("%s: expected row %d is %s\n", e->table, row + 1,
                        at == -2 ? "there several times" : "not there");
            fine = false;
        } else if (!compare_row(v, e, t, column, row, at)) {
            fine = false;
        }
    }
    if (!e->keys && cm_table_n_rows(t) != e->rows.n_rows) {
        print_error("%s has %lld rows, expected %d\n", e->table, (long long)cm_table_n_rows(t),
                    e->rows.n_rows);
        fine = false;
    }
    return fine;
}

static void print_table(const expect_block *e, const cm_result *result)
{
    const cm_table *t;
    cm_context *ctx;
    cm_buffer *text;
    if (cm_result_table(result, e->table, &t, NULL) != CM_OK) return;
    if (cm_context_create(NULL, &ctx, NULL) != CM_OK) return;
    if (cm_buffer_create(ctx, &text, NULL) == CM_OK) {
        cm_table_csv(t, text, NULL);
        int n = (int)cm_buffer_size(text);
        print_error("%s is\n%.*s\n", e->table, n < 6000 ? n : 6000,
                    (const char *)cm_buffer_data(text));
        cm_buffer_destroy(text);
    }
    cm_context_destroy(ctx);
}

bool vector_compare(const vector *v, const cm_result *result)
{
    bool fine = true;
    for (int i = 0; i < v->n_expect; i++) {
        bool same = compare_table(v, &v->expect[i], result);
        if (!same) print_table(&v->expect[i], result);
        fine &= same;
    }
    return fine;
}
