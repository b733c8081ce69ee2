/* SPDX-License-Identifier: MIT
 *
 * A vector file holds cases, separated by lines of three dashes. A case is made of these lines:
 *
 *   case: what it shows
 *   source: author, year, title, page   |   source: hand: recomputable by hand
 *   kpi: purchase
 *   options: period=month where='channel:"a b"'       single quotes go, double quotes stay
 *   dataset: tz=Europe/Paris scale=2 week_start=sunday owner=device strict=false
 *   orders:                              a fact or side table, CSV with header up to an empty line;
 *   orders: map=customer:CustomerID      with a mapping, as below
 *   file orders: clv/CDNOW.csv ; map=customer:id,currency==EUR ; format=time:%Y%m%d
 *                                        below CUSTMETRICS_DATA; skipped where that is not set
 *   expect periods:                      CSV up to an empty line: all rows in order, the columns
 * named expect-some steps: keys=step,name    rows found by their keys expect-error: CM_ERR_OPTION
 * window   instead of tables: the status and a part of the message tolerance: rate 1e-12 nps
 * 1e-9+1e-12 relative, relative plus absolute; all else is exact
 *
 * An empty field is null, "" is empty text. A strict dataset (the default for facts in the file
 * itself) fails on a row that cannot be used.
 */
#ifndef VECTOR_H
#define VECTOR_H

#include <custmetrics/custmetrics.h>

enum { MAX_BINDINGS = 32, MAX_BLOCKS = 16, MAX_OPTIONS = 48, MAX_TOLERANCES = 48 };

typedef struct setting {
    char *name, *value;
} setting;

typedef struct field {
    char *text;
    bool null;
} field;

typedef struct rows { /* of a CSV text */
    int n_columns, n_rows;
    field *header, *cell; /* row by row */
} rows;

typedef struct facts_block {
    char *table, *path, *csv; /* path or csv */
    size_t n_csv;
    int n_bindings;
    cm_binding binding[MAX_BINDINGS];
} facts_block;

typedef struct expect_block {
    char *table, *keys; /* keys NULL: all rows in order */
    char *csv;
    rows rows;
} expect_block;

typedef struct tolerance {
    char *column;
    double relative, absolute;
} tolerance;

typedef struct vector {
    const char *file;
    char *text; /* the case's own copy of its part of the file; all else points into it */
    int line;
    char *name, *source, *kpi;
    int n_options, n_dataset, n_facts, n_expect, n_tolerances;
    setting option[MAX_OPTIONS], dataset[8];
    facts_block facts[MAX_BLOCKS];
    expect_block expect[MAX_BLOCKS];
    tolerance tolerance[MAX_TOLERANCES];
    char *error;     /* "CM_ERR_OPTION part of the message" */
    char fault[160]; /* what is wrong with the file */
} vector;

/* Cuts a file into its cases; appended to *list. The file's text is copied. */
void vector_read_file(const char *path, const char *name, vector **list, size_t *n);
void vector_free(vector *v);

/* Compares a result with what the case expects; false after the first difference, which is printed.
 */
bool vector_compare(const vector *v, const cm_result *result);

#endif
