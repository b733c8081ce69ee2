/* SPDX-License-Identifier: MIT */
#ifndef CMI_KPI_MEASURES_H
#define CMI_KPI_MEASURES_H

#include "data/driver.h"
#include "data/plan.h"

/* Measures: a number per customer, by name. Values are integers in units of 10^-decimals, so that
 * they are exact and the same everywhere; CMI_NULL where there is none (no order: no recency of
 * orders).
 *
 * A KPI plans the measures it was asked for, and takes them in collect:
 *
 *     plan:     cmi_measures_plan(p, "measures", &o->measures, &o->of, FIRST_SLOT, FIRST_BIT,
 * &o->set); cmi_plan_stream(p, o->set.tables, CMI_BY_SPLIT); collect:  int64_t v =
 * cmi_measure_value(&o->set, i, s, rows, from, to); present:  cmi_measure_f64(&o->set, i, v)
 *
 * Rows count from `from` (inclusive; CMI_NULL: from the beginning) to `to` (exclusive), and only
 * where they pass `where`. */
enum { CMI_MAX_MEASURES = 48 };
enum { CMI_MEASURE_SLOTS = 13, CMI_MEASURE_BITS = 2 }; /* at most, beside one slot per dimension */

typedef struct cmi_measure_set cmi_measure_set;
typedef struct cmi_measuring cmi_measuring;

typedef struct cmi_measure {
    const char *name, *unit, *doc;
    uint32_t tables;  /* CMI_FACT_BIT of those it reads; 0: those of the activity */
    uint32_t columns; /* 1 << cmi_measure_column of the value slots it reads */
    int32_t decimals; /* CMI_DECIMALS_SCALE: the dataset's scale */
    int64_t (*value)(cmi_measuring *m);
} cmi_measure;
#define CMI_DECIMALS_SCALE (-1)

typedef enum cmi_measure_column {
    CMI_M_AMOUNT,
    CMI_M_PRODUCT,
    CMI_M_QUANTITY,
    CMI_M_TERM,
    CMI_M_END,
    CMI_M_DURATION,
    CMI_M_PAGES,
    CMI_M_VALUE,
    CMI_M_COUNT,
    CMI_M_SCORE,
    CMI_M_ITEM,
    CMI_M_OTHER,
    CMI_M_DIMENSION,
    CMI_M_COLUMNS
} cmi_measure_column;

/* The measures of one plan. */
struct cmi_measure_set {
    int n;
    const cmi_measure *measure[CMI_MAX_MEASURES];
    const char *name[CMI_MAX_MEASURES]; /* a dimension's name where the measure is one */
    int dimension_slot[CMI_MAX_MEASURES];
    int slot[CMI_M_COLUMNS]; /* -1: not asked for */
    int head, active;        /* selector bits: head of an order, activity */
    int n_slots, n_bits;     /* taken, from the first on */
    uint32_t tables;         /* to stream */
    int32_t scale;
    const cmi_tz *tz;
};

/* A value being taken. */
struct cmi_measuring {
    const cmi_measure_set *set;
    const cmi_span *rows;
    int64_t first, end; /* rows of the window */
    int64_t from, to;
    int dimension_slot;
    bool overflow;
};

int32_t cmi_measure_count(void);
const cmi_measure *cmi_measure_at(int32_t index);      /* NULL: out of range */
const cmi_measure *cmi_measure_find(const char *name); /* NULL: none; a dimension then */

/* names: measures, or "all", or any numeric dimension, as table.dimension where it is not of
 * events, orders or subscriptions: the customer's own number where customers have it, else the sum
 * over his rows. activity: what counts for recency, tenure and active days; NULL: any. */
cm_status cmi_measures_plan(cmi_plan *p, const char *option, const cmi_texts *names,
                            const cmi_selector *activity, int first_slot, int first_bit,
                            cmi_measure_set *out);
/* No allocation. An overflow fails the state (which may be NULL in tests) and gives CMI_NULL. */
int64_t cmi_measure_value(const cmi_measure_set *set, int i, cmi_state *s, const cmi_span *rows,
                          int64_t from, int64_t to);
int32_t cmi_measure_decimals(const cmi_measure_set *set, int i);
const char *cmi_measure_unit(const cmi_measure_set *set, int i);
double cmi_measure_f64(const cmi_measure_set *set, int i, int64_t value); /* NaN: null */

#endif
