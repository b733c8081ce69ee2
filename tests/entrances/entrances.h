/* SPDX-License-Identifier: MIT
 *
 * The same facts through all entrances. A table of facts becomes columns of one type each, and the
 * columns become CSV, plain arrays or an Arrow stream; a spelling says in which of the types that
 * mean the same. What may differ is only how a value is written where it is kept as text, so the
 * CSV writes it as the typed value prints.
 */
#ifndef ENTRANCES_H
#define ENTRANCES_H

#include <custmetrics/custmetrics.h>

#include "cm_test.h"
#include "facts.h"

typedef enum spelling {
    AS_DOUBLES,    /* money as doubles, times as instants in microseconds, plain text */
    AS_DECIMALS,   /* money as decimals, instants in nanoseconds, dictionaries, 64-bit dates */
    AS_WALL_CLOCKS /* times without zone, narrow decimals, string views */
} spelling;

enum { CELL_TEXT = 64 };

typedef struct column {
    const char *name;
    fact_kind kind; /* of all values; FACT_TEXT where they are mixed, or text */
    bool as_text;   /* arrays have no type for it */
    uint8_t *valid; /* a byte a row */
    char (*text)[CELL_TEXT];
    const fact_cell **cell;
} column;

typedef struct columns {
    int n_columns;
    int64_t n_rows;
    column column[FACT_COLUMNS];
} columns;

/* ---- columns.c ---- */
/* paris: the dataset's zone is Europe/Paris; else it is UTC. */
columns *columns_make(const fact_table *t, spelling how, bool paris);
void columns_free(columns *c);
/* Rows [from, to) as CSV; n bytes; free() it. */
char *columns_csv(const columns *c, int64_t from, int64_t to, size_t *n);
/* The same through cm_loader_add_columns. */
cm_status columns_add(cm_loader *loader, const char *table, const columns *c, int64_t from,
                      int64_t to, const cm_run *run, cm_error *err);

/* ---- arrow.c ---- */
/* A stream of rows [from, to) in several batches, slices of longer arrays; must be closed after the
 * library has released it. */
typedef struct arrow_stream arrow_stream;
arrow_stream *arrow_open(const columns *c, spelling how, int64_t from, int64_t to,
                         struct ArrowArrayStream *out);
void arrow_close(arrow_stream *s); /* fails unless all was released */

/* ---- spoil.c ---- */
/* Further rows that cannot be used, for every column of every table: without a value, with a number
 * that does not fit, with bytes that are no text, ending before they begin. */
void spoil_values(fact_set *facts);
/* And with a word where a number or time should be: these columns become text. */
void spoil_types(fact_set *facts);
/* All tables that the library knows, with all their roles; facts_free() it. */
fact_set *facts_of_every_role(void);

#endif
