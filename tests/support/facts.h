/* SPDX-License-Identifier: MIT
 *
 * Random facts for tests that must not know any KPI: all eight fact tables and all side tables,
 * small, and as nasty as facts are in the wild. The same seed gives the same facts everywhere.
 *
 *   time     2023-11-01 .. 2024-06-30, on both sides of Europe's change to summer time, many at
 *            midnight; some facts of one customer at one instant (told apart by `sequence` where
 * the table has it, never at one instant where it has not) owners   60 customers (`c1` .., `007`,
 * `7`, with blanks, beyond ASCII), guests with and without ids, aliases events   names visit, view,
 * product_view, cart, add_to_cart, checkout, account, trial_free, trial_paid, invite, launch,
 * share, purchase, sent, opened, clicked; dimensions channel, campaign, device orders   lines,
 * refunds, zero amounts, ids without a sale, coupons; dimensions channel, device customers'
 * dimension country and vip (constant for a customer) surveys  nps (0-10), csat (1-5; questions
 * speed, price, overall), price (van Westendorp)
 */
#ifndef TEST_FACTS_H
#define TEST_FACTS_H

#include <custmetrics/custmetrics.h>

typedef enum fact_kind {
    FACT_NULL,
    FACT_TEXT,
    FACT_TIME,
    FACT_MONEY,
    FACT_INT,
    FACT_DATE,
    FACT_NUMBER
} fact_kind;

typedef struct fact_cell {
    fact_kind kind;
    int64_t v; /* TIME: microseconds, MONEY: hundredths, DATE: days */
    double number;
    char text[24];
} fact_cell;

enum { FACT_COLUMNS = 24, FACT_TABLES = 24 };

typedef struct fact_table {
    const char *name;
    bool pooled; /* a side table of observations: a KPI may read it instead of facts */
    int n_columns;
    const char *column[FACT_COLUMNS];
    int64_t n_rows, capacity;
    fact_cell *cell; /* row by row */
} fact_table;

typedef struct fact_set {
    int n_tables;
    fact_table table[FACT_TABLES];
} fact_set;

#define FACTS_FROM  "2023-11-01"
#define FACTS_AS_OF "2024-07-01"

fact_set *facts_make(uint64_t seed);
fact_set *facts_copy(const fact_set *facts);
void facts_free(fact_set *facts);

fact_table *facts_find(const fact_set *facts, const char *table);
/* NULL where the table has no such column. */
const fact_cell *facts_cell(const fact_table *t, int64_t row, const char *column);
/* Removes rows that `keep` refuses. */
void facts_keep(fact_set *facts, bool (*keep)(const fact_table *t, int64_t row, const void *user),
                const void *user);
void facts_shuffle(fact_set *facts, uint64_t seed);
void facts_shift(fact_set *facts, int64_t days); /* all times and dates but birth dates */
/* Every date YYYY-MM-DD in a text, as options hold them; in place. */
void facts_shift_text(char *text, int64_t days);
void facts_scale(fact_set *facts, int64_t factor); /* all money */
/* A customer row with no activity at all. */
void facts_add_inactive(fact_set *facts);

/* What a dataset is made of: pooled side tables or none. */
typedef enum fact_use { FACTS_ONLY, FACTS_AND_POOLED, FACTS_POOLED_ONLY } fact_use;
/* Through the CSV entrance. NULL options: UTC, defaults. */
cm_status facts_load(cm_context *ctx, const fact_set *facts, fact_use use,
                     const cm_dataset_options *options, cm_dataset **out, cm_error *err);

/* A table as CSV, n bytes without an end mark; free() it. */
char *facts_csv(const fact_table *t, size_t *n);
/* Writes TABLE.csv for all tables into a folder, to look at. */
bool facts_write(const fact_set *facts, const char *folder);

/* splitmix64: the tests' own random numbers. */
uint64_t facts_random(uint64_t *state);
static inline int64_t facts_below(uint64_t *state, int64_t n)
{
    return (int64_t)(facts_random(state) % (uint64_t)n);
}

#endif
