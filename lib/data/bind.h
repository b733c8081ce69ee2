/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_BIND_H
#define CMI_DATA_BIND_H

#include "data/plan.h"

/* A plan bound to one dataset: every name of the plan has become a column, a table of bytes by
 * code, or a pair of edges, so that the driver's inner loops look nothing up but codes. */

/* Labels of a segmentation (by=rfm.segment): one code per owner of the dataset. */
typedef struct cmi_labels {
    cmi_dict *dict;
    uint32_t *code; /* n_owners; 0 null */
} cmi_labels;

/* Where a dimension's value is found for a row of one table. */
typedef enum cmi_place { CMI_NOWHERE, CMI_ROW, CMI_CUSTOMER_ROW, CMI_LABEL } cmi_place;

typedef struct cmi_test { /* one condition, for rows of one table */
    cmi_place place;
    const cmi_column *column;
    const uint32_t *label; /* code of each known owner, where it is a segment */
    const uint8_t *pass;   /* by code, where there are codes */
    int64_t lower, upper;  /* half-open, where it has integers; CMI_NULL: open */
    const int64_t *values; /* or any of these */
    int64_t n_values;
    bool null_passes, negate;
} cmi_test;

typedef struct cmi_bound_alternative { /* of a selector, for one table, where a look-up by name is
                                          not enough */
    uint64_t bits;
    const uint8_t *names; /* by code of the name column; NULL: every row */
    int n_tests;
    cmi_test *tests;
} cmi_bound_alternative;

typedef struct cmi_bound_group { /* one item of by, for rows of one table */
    cmi_place place;
    const cmi_column *column;
    const uint32_t *map;  /* code -> band; NULL: the code itself */
    const int64_t *edges; /* integers: bands by these ascending edges */
    int64_t n_edges;
    bool descending;       /* ages and tenures: later dates are lower bands */
    const uint32_t *label; /* by owner */
} cmi_bound_group;

typedef struct cmi_bound_value {
    cmi_place place;
    const cmi_column *column;
    const int64_t *map;       /* code -> number (quantity of a numeric dimension) */
    int64_t multiply, divide; /* quantity: to units of 10^-scale; 0: as it is */
    bool ordinal, one, code;  /* "@ordinal"; count; the slot holds codes */
} cmi_bound_value;

typedef struct cmi_bound_table {
    cmi_fact fact;
    const cmi_facts *facts;
    const uint32_t *names; /* codes of the name column */
    const uint64_t *bits;  /* bits by code of the name; NULL */
    uint64_t all_bits;     /* bits that every row has */
    uint64_t order_bits;   /* bits that only the head of an order has */
    uint64_t no_sale_bits;
    const int64_t *amount;   /* orders */
    const uint32_t *ordinal; /* orders with ids */
    int n_alternatives;
    cmi_bound_alternative *alternative;
    int n_where;
    cmi_test *where;
    cmi_bound_group group[CMI_MAX_KEYS];
    cmi_bound_value value[CMI_MAX_VALUES];
} cmi_bound_table;

typedef struct cmi_bound {
    const cmi_plan *plan;
    const cm_dataset *ds;
    const cmi_labels *labels; /* by label of the plan; NULL */
    cmi_arena arena;
    int n_tables;
    cmi_bound_table table[CMI_N_FACTS];
    uint32_t mask;
    int n_by;
    bool row_groups; /* some item of by is not the same for all rows of an owner */
    const cmi_dict *by_dict[CMI_MAX_KEYS];     /* NULL: bands */
    const char *const *by_label[CMI_MAX_KEYS]; /* of bands: label of code 1.. */
    int64_t n_by_label[CMI_MAX_KEYS];
    bool by_fixed; /* all items of by are of the customer: grouped per owner */
    cmi_bound_group by_owner[CMI_MAX_KEYS];
    int n_customer; /* slots of cmi_plan_customer */
    int customer_slot[CMI_MAX_VALUES];
    const cmi_column *customer_column[CMI_MAX_VALUES]; /* NULL: not given */
    bool several_rows; /* some customer has several rows (valid_from) */
    bool head_bits, has_where;
    uint64_t used_bits;
    const cmi_dict *slot_dict[CMI_MAX_VALUES]; /* of slots that hold codes */
    cmi_dict *empty;
} cmi_bound;

cm_status cmi_bind(const cmi_plan *plan, const cm_dataset *ds, const cmi_labels *labels,
                   cmi_bound *out, cm_error *err);
void cmi_bound_destroy(cmi_bound *b);

/* bind_by.c */
cm_status cmi_bind_by(cmi_bound *b, cm_error *err);
/* bind_test.c */
cm_status cmi_bind_condition(cmi_bound *b, const cmi_bound_table *t, const cmi_condition *c,
                             cmi_test *out, cm_error *err);
const cmi_dict *cmi_bound_dict(const cmi_bound *b, const cmi_column *column);
cmi_place cmi_bound_find(const cmi_bound *b, const cmi_bound_table *t, const char *table,
                         const char *name, const cmi_column **column);
/* The same, with `age` for the years since birth_date where nothing else is called so. */
cmi_place cmi_bound_dimension(const cmi_bound *b, const cmi_bound_table *t, const char *table,
                              const char *name, const cmi_column **column);
bool cmi_bound_is_age(const char *name, const cmi_column *column);
/* Segments of a KPI; an error where the plan has no model of it. */
cm_status cmi_bound_labels(const cmi_bound *b, const char *kpi, const cmi_labels **out,
                           cm_error *err);
/* First birth date of who is younger than so many years at segment_at; first instant of what is
 * younger than a duration. */
bool cmi_bound_birth_edge(const cmi_bound *b, const char *years, int64_t *out);
bool cmi_bound_tenure_edge(const cmi_bound *b, const char *duration, int64_t *out);
/* Number or date text -> the integer that a column of that type holds. false: unreadable. */
bool cmi_bound_number(const cmi_bound *b, cmi_role_type type, const char *text, size_t n,
                      int64_t *out);
cm_status cmi_bound_unknown(const cmi_bound *b, const char *what, const char *name, cm_error *err);

#endif
