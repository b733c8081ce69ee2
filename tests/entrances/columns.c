/* SPDX-License-Identifier: MIT */
#include "entrances.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- values as text ---- */

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static void print_date(int64_t days, char out[CELL_TEXT])
{
    int64_t z = days + 719468, era = floor_div(z, 146097), doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    int64_t month = mp < 10 ? mp + 3 : mp - 9, year = yoe + era * 400 + (month <= 2);
    snprintf(out, CELL_TEXT, "%04d-%02d-%02d", (int)year, (int)month,
             (int)(doy - (153 * mp + 2) / 5 + 1));
}

/* Hours that Paris is ahead, in the years of the facts. */
static int paris_hours(int64_t us)
{
    static const int64_t summers[][2] = { { 1711846800, 1729990800 },   /* 2024 */
                                          { 1743296400, 1761440400 } }; /* 2025 */
    for (int i = 0; i < 2; i++)
        if (us >= summers[i][0] * 1000000 && us < summers[i][1] * 1000000) return 2;
    return 1;
}

/* Instants as the library writes them: in the dataset's zone. */
static void print_time(int64_t us, spelling how, bool paris, char out[CELL_TEXT])
{
    int hours = paris && how != AS_WALL_CLOCKS ? paris_hours(us) : 0;
    us += hours * INT64_C(3600000000);
    int64_t day = floor_div(us, INT64_C(86400000000)), rest = us - day * INT64_C(86400000000);
    int second = (int)(rest / 1000000);
    print_date(day, out);
    int n = (int)strlen(out);
    n += snprintf(out + n, (size_t)(CELL_TEXT - n), "T%02d:%02d:%02d", second / 3600,
                  second / 60 % 60, second % 60);
    if (rest % 1000000)
        n += snprintf(out + n, (size_t)(CELL_TEXT - n), ".%06d", (int)(rest % 1000000));
    if (hours) snprintf(out + n, (size_t)(CELL_TEXT - n), "+%02d:00", hours);
    if (!hours && how != AS_WALL_CLOCKS) snprintf(out + n, (size_t)(CELL_TEXT - n), "Z");
}

/* The shortest text that reads back. */
static void print_double(double v, char out[CELL_TEXT])
{
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(out, CELL_TEXT, "%.*g", digits, v);
        if (strtod(out, NULL) >= v && strtod(out, NULL) <= v) break;
    }
    if (strchr(out, 'e')) snprintf(out, CELL_TEXT, "%.0f", v); /* these are large and whole */
}

static void print_cents(int64_t v, char out[CELL_TEXT])
{
    uint64_t a = v < 0 ? -(uint64_t)v : (uint64_t)v;
    snprintf(out, CELL_TEXT, "%s%llu.%02d", v < 0 ? "-" : "", (unsigned long long)(a / 100),
             (int)(a % 100));
}

static void print_cell(const fact_cell *c, spelling how, bool paris, char out[CELL_TEXT])
{
    *out = '\0';
    if (c->kind == FACT_TEXT) snprintf(out, CELL_TEXT, "%s", c->text);
    if (c->kind == FACT_INT) snprintf(out, CELL_TEXT, "%lld", (long long)c->v);
    if (c->kind == FACT_NUMBER) print_double(c->number, out);
    if (c->kind == FACT_DATE) print_date(c->v, out);
    if (c->kind == FACT_TIME) print_time(c->v, how, paris, out);
    if (c->kind == FACT_MONEY && how == AS_DOUBLES) print_double((double)c->v / 100, out);
    if (c->kind == FACT_MONEY && how != AS_DOUBLES) print_cents(c->v, out);
}

/* ---- columns ---- */

static void fill(const fact_table *t, int index, spelling how, bool paris, column *c)
{
    size_t n = (size_t)t->n_rows + 1;
    c->name = t->column[index];
    c->kind = FACT_NULL;
    c->valid = calloc(n, 1);
    c->text = calloc(n, sizeof *c->text);
    c->cell = calloc(n, sizeof *c->cell);
    for (int64_t row = 0; row < t->n_rows; row++) {
        const fact_cell *cell = &t->cell[row * t->n_columns + index];
        c->cell[row] = cell;
        c->valid[row] = cell->kind != FACT_NULL;
        print_cell(cell, how, paris, c->text[row]);
        if (cell->kind == FACT_NULL) continue;
        c->kind = c->kind == FACT_NULL || c->kind == cell->kind ? cell->kind : FACT_TEXT;
    }
    if (c->kind == FACT_NULL) c->kind = FACT_TEXT;
    c->as_text = c->kind == FACT_TEXT || (c->kind == FACT_MONEY && how != AS_DOUBLES) ||
                 (c->kind == FACT_TIME && how == AS_WALL_CLOCKS);
}

columns *columns_make(const fact_table *t, spelling how, bool paris)
{
    columns *c = calloc(1, sizeof *c);
    c->n_rows = t->n_rows;
    c->n_columns = t->n_columns;
    for (int i = 0; i < t->n_columns; i++) fill(t, i, how, paris, &c->column[i]);
    return c;
}

void columns_free(columns *c)
{
    for (int i = 0; i < c->n_columns; i++) {
        free(c->column[i].valid);
        free(c->column[i].text);
        free(c->column[i].cell);
    }
    free(c);
}

/* ---- CSV ---- */

static void put_field(FILE *f, const column *c, int64_t row)
{
    const char *text = c->text[row];
    if (!c->valid[row]) return;
    if (*text && !strpbrk(text, ",\"\n")) {
        fputs(text, f);
        return;
    }
    fputc('"', f); /* empty text is not null */
    for (const char *p = text; *p; p++) fprintf(f, *p == '"' ? "\"\"" : "%c", *p);
    fputc('"', f);
}

char *columns_csv(const columns *c, int64_t from, int64_t to, size_t *n)
{
    char *out = NULL;
    FILE *f = open_memstream(&out, n);
    for (int i = 0; i < c->n_columns; i++) fprintf(f, "%s%s", i ? "," : "", c->column[i].name);
    fputs("\r\n", f);
    for (int64_t row = from; row < to; row++) {
        for (int i = 0; i < c->n_columns; i++) {
            if (i) fputc(',', f);
            put_field(f, &c->column[i], row);
        }
        fputs("\r\n", f);
    }
    fclose(f);
    return out;
}

/* ---- arrays ---- */

static void *make_texts(const column *c, int64_t from, int64_t n)
{
    const char **v = calloc((size_t)n + 1, sizeof *v);
    for (int64_t i = 0; i < n; i++) v[i] = c->valid[from + i] ? c->text[from + i] : NULL;
    return v;
}

static void *make_doubles(const column *c, int64_t from, int64_t n)
{
    double *v = calloc((size_t)n + 1, sizeof *v);
    for (int64_t i = 0; i < n; i++) {
        const fact_cell *cell = c->cell[from + i];
        v[i] = c->kind == FACT_MONEY ? (double)cell->v / 100 : cell->number;
        if (!c->valid[from + i]) v[i] = (double)NAN;
    }
    return v;
}

static void *make_days(const column *c, int64_t from, int64_t n)
{
    int32_t *v = calloc((size_t)n + 1, sizeof *v);
    for (int64_t i = 0; i < n; i++) v[i] = (int32_t)c->cell[from + i]->v;
    return v;
}

static void *make_wholes(const column *c, int64_t from, int64_t n)
{
    int64_t *v = calloc((size_t)n + 1, sizeof *v);
    for (int64_t i = 0; i < n; i++) v[i] = c->cell[from + i]->v;
    return v;
}

static void make_array(const column *c, int64_t from, int64_t n, cm_array *out)
{
    *out = (cm_array){ .name = c->name, .validity = c->valid + from };
    if (c->as_text) {
        out->type = CM_ARRAY_TEXT;
        out->data = make_texts(c, from, n);
    } else if (c->kind == FACT_MONEY || c->kind == FACT_NUMBER) {
        out->type = CM_ARRAY_F64;
        out->data = make_doubles(c, from, n);
        out->validity = NULL; /* NaN says it */
    } else if (c->kind == FACT_DATE) {
        out->type = CM_ARRAY_DATE;
        out->data = make_days(c, from, n);
    } else {
        out->type = c->kind == FACT_TIME ? CM_ARRAY_TIME : CM_ARRAY_I64;
        out->data = make_wholes(c, from, n);
    }
}

cm_status columns_add(cm_loader *loader, const char *table, const columns *c, int64_t from,
                      int64_t to, const cm_run *run, cm_error *err)
{
    cm_array array[FACT_COLUMNS];
    for (int i = 0; i < c->n_columns; i++) make_array(&c->column[i], from, to - from, &array[i]);
    cm_status status = cm_loader_add_columns(loader, table, to - from, array, (int32_t)c->n_columns,
                                             NULL, run, err);
    for (int i = 0; i < c->n_columns; i++) free((void *)(uintptr_t)array[i].data);
    return status;
}
