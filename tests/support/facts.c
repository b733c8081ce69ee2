/* SPDX-License-Identifier: MIT */
#include "facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY INT64_C(86400000000)

/* ---- sets ---- */

uint64_t facts_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

fact_set *facts_copy(const fact_set *facts)
{
    fact_set *copy = malloc(sizeof *copy);
    *copy = *facts;
    for (int i = 0; i < copy->n_tables; i++) {
        fact_table *t = &copy->table[i];
        size_t bytes = (size_t)(t->n_rows * t->n_columns) * sizeof *t->cell;
        t->cell = malloc(bytes + 1);
        t->capacity = t->n_rows;
        memcpy(t->cell, facts->table[i].cell, bytes);
    }
    return copy;
}

void facts_free(fact_set *facts)
{
    if (!facts) return;
    for (int i = 0; i < facts->n_tables; i++) free(facts->table[i].cell);
    free(facts);
}

fact_table *facts_find(const fact_set *facts, const char *table)
{
    for (int i = 0; i < facts->n_tables; i++)
        if (strcmp(facts->table[i].name, table) == 0)
            return (fact_table *)(uintptr_t)&facts->table[i];
    return NULL;
}

const fact_cell *facts_cell(const fact_table *t, int64_t row, const char *column)
{
    for (int c = 0; c < t->n_columns; c++)
        if (strcmp(t->column[c], column) == 0) return &t->cell[row * t->n_columns + c];
    return NULL;
}

static fact_cell *row_at(const fact_table *t, int64_t row)
{
    return t->cell + row * t->n_columns;
}

void facts_keep(fact_set *facts, bool (*keep)(const fact_table *t, int64_t row, const void *user),
                const void *user)
{
    for (int i = 0; i < facts->n_tables; i++) {
        fact_table *t = &facts->table[i];
        int64_t n = 0;
        for (int64_t row = 0; row < t->n_rows; row++)
            if (keep(t, row, user))
                memmove(row_at(t, n++), row_at(t, row), sizeof *t->cell * (size_t)t->n_columns);
        t->n_rows = n;
    }
}

void facts_shuffle(fact_set *facts, uint64_t seed)
{
    fact_cell held[FACT_COLUMNS];
    for (int i = 0; i < facts->n_tables; i++) {
        fact_table *t = &facts->table[i];
        size_t bytes = sizeof *t->cell * (size_t)t->n_columns;
        for (int64_t row = t->n_rows - 1; row > 0; row--) {
            int64_t other = facts_below(&seed, row + 1);
            memcpy(held, row_at(t, row), bytes);
            memmove(row_at(t, row), row_at(t, other), bytes);
            memcpy(row_at(t, other), held, bytes);
        }
    }
}

void facts_shift(fact_set *facts, int64_t days)
{
    for (int i = 0; i < facts->n_tables; i++) {
        fact_table *t = &facts->table[i];
        for (int64_t k = 0; k < t->n_rows * t->n_columns; k++) {
            if (t->cell[k].kind == FACT_TIME) t->cell[k].v += days * DAY;
            if (t->cell[k].kind == FACT_DATE &&
                strcmp(t->column[k % t->n_columns], "birth_date") != 0)
                t->cell[k].v += days;
        }
    }
}

void facts_scale(fact_set *facts, int64_t factor)
{
    for (int i = 0; i < facts->n_tables; i++) {
        fact_table *t = &facts->table[i];
        for (int64_t k = 0; k < t->n_rows * t->n_columns; k++)
            if (t->cell[k].kind == FACT_MONEY) t->cell[k].v *= factor;
    }
}

void facts_add_inactive(fact_set *facts)
{
    fact_table *t = facts_find(facts, "customers");
    t->cell = realloc(t->cell, (size_t)((t->n_rows + 1) * t->n_columns) * sizeof *t->cell);
    fact_cell *row = row_at(t, t->n_rows++);
    memset(row, 0, sizeof *row * (size_t)t->n_columns);
    row[0].kind = FACT_TEXT;
    strcpy(row[0].text, "nobody");
}

/* ---- CSV ---- */

typedef struct text {
    char *p;
    size_t n, capacity, at;
} text;

static void put(text *out, const char *p)
{
    size_t n = strlen(p);
    if (out->n + n + 1 > out->capacity) {
        out->capacity = 2 * out->capacity + n + 4096;
        out->p = realloc(out->p, out->capacity);
    }
    memcpy(out->p + out->n, p, n + 1);
    out->n += n;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Howard Hinnant's days to civil date: the tests take no calendar from the library. */
static void print_date(int64_t days, char *out, size_t n)
{
    int64_t z = days + 719468, era = floor_div(z, 146097), doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    int64_t month = mp < 10 ? mp + 3 : mp - 9, year = yoe + era * 400 + (month <= 2);
    snprintf(out, n, "%04d-%02d-%02d", (int)year, (int)month, (int)(doy - (153 * mp + 2) / 5 + 1));
}

static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = floor_div(year, 400), yoe = year - era * 400;
    int64_t doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

void facts_shift_text(char *line, int64_t days)
{
    char date[16];
    int y, m, d, n;
    for (char *p = line; *p; p++) {
        n = 0;
        if (sscanf(p, "%4d-%2d-%2d%n", &y, &m, &d, &n) != 3 || n != 10) continue;
        print_date(days_of(y, m, d) + days, date, sizeof date);
        memcpy(p, date, 10);
        p += 9;
    }
}

static void print_cell(const fact_cell *c, char *out, size_t n)
{
    int64_t day = floor_div(c->v, DAY), rest = c->v - day * DAY;
    *out = '\0';
    if (c->kind == FACT_TEXT) snprintf(out, n, "%s", c->text);
    if (c->kind == FACT_INT) snprintf(out, n, "%lld", (long long)c->v);
    if (c->kind == FACT_NUMBER) snprintf(out, n, "%.17g", c->number);
    if (c->kind == FACT_DATE || c->kind == FACT_TIME)
        print_date(c->kind == FACT_DATE ? c->v : day, out, n);
    if (c->kind == FACT_MONEY)
        snprintf(out, n, "%s%lld.%02d", c->v < 0 ? "-" : "", (long long)llabs(c->v) / 100,
                 (int)(llabs(c->v) % 100));
    if (c->kind != FACT_TIME) return;
    size_t used = strlen(out);
    int seconds = (int)(rest / 1000000);
    snprintf(out + used, n - used, "T%02d:%02d:%02d.%06dZ", seconds / 3600, seconds / 60 % 60,
             seconds % 60, (int)(rest % 1000000));
}

static void print_table(const fact_table *t, text *out)
{
    char cell[64];
    for (int c = 0; c < t->n_columns; c++) {
        put(out, c ? "," : "");
        put(out, t->column[c]);
    }
    put(out, "\n");
    for (int64_t k = 0; k < t->n_rows * t->n_columns; k++) {
        print_cell(&t->cell[k], cell, sizeof cell);
        put(out, cell);
        put(out, k % t->n_columns == t->n_columns - 1 ? "\n" : ",");
    }
}

static int64_t read_text(void *buffer, int64_t capacity, void *user)
{
    text *in = user;
    size_t n = in->n - in->at < (size_t)capacity ? in->n - in->at : (size_t)capacity;
    memcpy(buffer, in->p + in->at, n);
    in->at += n;
    return (int64_t)n;
}

static bool is_used(const fact_table *t, fact_use use)
{
    return use == FACTS_AND_POOLED || t->pooled == (use == FACTS_POOLED_ONLY);
}

cm_status facts_load(cm_context *ctx, const fact_set *facts, fact_use use,
                     const cm_dataset_options *options, cm_dataset **out, cm_error *err)
{
    cm_loader *loader;
    cm_status status = cm_loader_create(ctx, NULL, options, &loader, err);
    if (status != CM_OK) return status;
    for (int i = facts->n_tables - 1; i >= 0 && status == CM_OK; i--) {
        text csv = { NULL, 0, 0, 0 };
        if (!is_used(&facts->table[i], use)) continue;
        print_table(&facts->table[i], &csv);
        status = cm_loader_add_csv_reader(loader, facts->table[i].name, read_text, &csv, NULL, NULL,
                                          err);
        free(csv.p);
    }
    if (status == CM_OK) status = cm_loader_seal(loader, NULL, out, err);
    cm_loader_destroy(loader);
    return status;
}

char *facts_csv(const fact_table *t, size_t *n)
{
    text csv = { NULL, 0, 0, 0 };
    print_table(t, &csv);
    *n = csv.n;
    return csv.p;
}

bool facts_write(const fact_set *facts, const char *folder)
{
    bool fine = true;
    for (int i = 0; i < facts->n_tables; i++) {
        char path[512];
        text csv = { NULL, 0, 0, 0 };
        print_table(&facts->table[i], &csv);
        snprintf(path, sizeof path, "%s/%s.csv", folder, facts->table[i].name);
        FILE *f = fopen(path, "wb");
        fine &= f && fwrite(csv.p, 1, csv.n, f) == csv.n;
        if (f) fine &= fclose(f) == 0;
        free(csv.p);
    }
    return fine;
}
