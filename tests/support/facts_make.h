/* SPDX-License-Identifier: MIT
 *
 * How random facts are made: between facts_make.c (the fact tables) and facts_side.c.
 */
#ifndef TEST_FACTS_MAKE_H
#define TEST_FACTS_MAKE_H

#include "facts.h"

#define SECOND INT64_C(1000000)
#define DAY    (86400 * SECOND)
#define FIRST  (INT64_C(19662) * DAY) /* 2023-11-01 */

typedef struct making {
    fact_set *set;
    uint64_t seed;
    int64_t tick; /* sequence of the table at hand; also the microseconds that tell times apart */
} making;

/* `columns`: names, commas between. */
fact_table *add_table(making *m, const char *name, bool pooled, const char *columns);
/* A row of nulls; the setters below fill cells of the last row. */
void add_row(fact_table *t);
void set_cell(fact_table *t, const char *column, fact_kind kind, int64_t v);
void set_text(fact_table *t, const char *column, const char *text); /* NULL, "": null */
void set_number(fact_table *t, const char *column, double v);

int64_t below(making *m, int64_t n);
bool chance(making *m, int64_t percent);
const char *customer_id(int64_t i, char out[24]);

extern const char *const PRODUCTS[7];

void make_side_tables(making *m);

#endif
