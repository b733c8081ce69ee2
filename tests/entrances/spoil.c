/* SPDX-License-Identifier: MIT */
#include "entrances.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows that cannot be used, or that look as if: copies of good rows with one cell changed. Which of
 * them are rejects is the loader's to say; the entrances must only agree. */

static fact_cell *copy_row(fact_table *t, int64_t row)
{
    size_t width = (size_t)t->n_columns;
    t->cell = realloc(t->cell, (size_t)(t->n_rows + 1) * width * sizeof *t->cell);
    t->capacity = t->n_rows + 1;
    fact_cell *to = t->cell + (size_t)t->n_rows * width;
    memcpy(to, t->cell + (size_t)row * width, width * sizeof *to);
    t->n_rows++;
    /* One id is the alias of one customer only: anything else fails the whole seal. */
    if (strcmp(t->name, "aliases") == 0) sprintf(to[0].text, "z%d", (int)t->n_rows);
    return to;
}

/* A good row in which the column has a value of that kind; -1: none. */
static int64_t find_row(const fact_table *t, int at, fact_kind kind, int64_t n_rows)
{
    for (int64_t i = 0; i < n_rows; i++) {
        int64_t row = (i + 7 * at) % n_rows;
        if (t->cell[row * t->n_columns + at].kind == kind) return row;
    }
    return -1;
}

static void set(fact_cell *c, fact_kind kind, int64_t v, const char *text)
{
    memset(c, 0, sizeof *c);
    c->kind = kind;
    c->v = v;
    if (text) strcpy(c->text, text);
}

static void spoil_text(fact_table *t, int at, int64_t n_rows)
{
    static const char *const texts[] = { "bad \xff", "", " ", "a,\"b\"\nc", "\xc3\xa9t\xc3\xa9" };
    int64_t row = find_row(t, at, FACT_TEXT, n_rows);
    for (size_t i = 0; row >= 0 && i < sizeof texts / sizeof *texts; i++)
        set(&copy_row(t, row)[at], FACT_TEXT, 0, texts[i]);
}

static void spoil_number(fact_table *t, int at, int64_t n_rows)
{
    static const int64_t far[] = { INT64_MIN, INT64_MAX, -1, 0 };
    int64_t row = find_row(t, at, FACT_INT, n_rows);
    for (size_t i = 0; row >= 0 && i < sizeof far / sizeof *far; i++)
        set(&copy_row(t, row)[at], FACT_INT, far[i], NULL);
    row = find_row(t, at, FACT_MONEY, n_rows); /* as doubles: 2^53 is the end of exactness */
    if (row >= 0) set(&copy_row(t, row)[at], FACT_MONEY, INT64_C(900000000000000000), NULL);
    if (row >= 0) set(&copy_row(t, row)[at], FACT_MONEY, INT64_C(-900719925474099), NULL);
}

/* Whoever ends before he begins. */
static void swap_times(fact_table *t, int a, int b, int64_t n_rows)
{
    for (int64_t row = 0; row < n_rows; row++) {
        const fact_cell *c = t->cell + row * t->n_columns;
        if (c[a].kind != FACT_TIME || c[b].kind != FACT_TIME || c[a].v == c[b].v) continue;
        fact_cell *spoilt = copy_row(t, row), held = spoilt[a];
        spoilt[a] = spoilt[b];
        spoilt[b] = held;
        return;
    }
}

void spoil_values(fact_set *facts)
{
    for (int i = 0; i < facts->n_tables; i++) {
        fact_table *t = &facts->table[i];
        int64_t n_rows = t->n_rows;
        copy_row(t, 0); /* the same row twice */
        for (int c = 0; c < t->n_columns; c++) {
            set(&copy_row(t, (5 * c) % n_rows)[c], FACT_NULL, 0, NULL);
            spoil_text(t, c, n_rows);
            spoil_number(t, c, n_rows);
            for (int k = 0; k < c; k++) swap_times(t, k, c, n_rows);
        }
    }
}

void spoil_types(fact_set *facts)
{
    for (int i = 0; i < facts->n_tables; i++) {
        fact_table *t = &facts->table[i];
        int64_t n_rows = t->n_rows;
        for (int c = 0; c < t->n_columns; c++)
            set(&copy_row(t, (3 * c) % n_rows)[c], FACT_TEXT, 0, c % 2 ? "soon" : "12,5 or so");
    }
}

/* ---- every role ---- */

static fact_kind kind_of(const char *type)
{
    static const struct {
        const char *type;
        fact_kind kind;
    } kinds[] = { { "id", FACT_TEXT },   { "text", FACT_TEXT },    { "time", FACT_TIME },
                  { "date", FACT_DATE }, { "money", FACT_MONEY },  { "value", FACT_NUMBER },
                  { "count", FACT_INT }, { "number", FACT_NUMBER } };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].type, type) == 0) return kinds[i].kind;
    return FACT_INT; /* terms, durations, truths */
}

static void fill_role(fact_cell *c, const cm_role_info *role, int r, int64_t row)
{
    int64_t day = 19700 + row + r;
    if (!role->required && (row + r) % 5 == 0) return;
    c->kind = kind_of(role->type);
    c->v = c->kind == FACT_TIME ? day * INT64_C(86400000000) + row : c->kind == FACT_DATE ? day : 1;
    if (c->kind == FACT_MONEY) c->v = 1000 + 37 * row - r;
    c->number = (double)(row + r) / 4;
    snprintf(c->text, sizeof c->text, "%s%d", role->name, (int)(row % 6));
    if (strcmp(role->name, "weekday") == 0) strcpy(c->text, "monday");
}

fact_set *facts_of_every_role(void)
{
    enum { ROWS = 12 };
    fact_set *set = calloc(1, sizeof *set);
    for (int32_t i = 0; i < cm_fact_count(); i++) {
        cm_fact_info fact = { .struct_size = sizeof fact };
        fact_table *t = &set->table[set->n_tables++];
        if (cm_fact_get(i, &fact, NULL) != CM_OK || fact.n_roles > FACT_COLUMNS) abort();
        t->name = fact.name;
        t->n_columns = fact.n_roles;
        t->n_rows = t->capacity = ROWS;
        t->cell = calloc((size_t)(ROWS * fact.n_roles), sizeof *t->cell);
        for (int32_t r = 0; r < fact.n_roles; r++) {
            cm_role_info role = { .struct_size = sizeof role };
            if (cm_fact_role(i, r, &role, NULL) != CM_OK) abort();
            t->column[r] = role.name;
            for (int64_t row = 0; row < ROWS; row++)
                fill_role(&t->cell[row * fact.n_roles + r], &role, r, row);
        }
    }
    return set;
}
