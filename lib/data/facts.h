/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_FACTS_H
#define CMI_DATA_FACTS_H

#include <custmetrics/cm_base.h>

/* The eight fact tables and the side tables: names, roles, types. Data only; everything else is
 * driven by it. Ties in time between tables go in this order. */
typedef enum cmi_fact {
    CMI_CUSTOMERS,
    CMI_EVENTS,
    CMI_ORDERS,
    CMI_SUBSCRIPTIONS,
    CMI_RESPONSES,
    CMI_TICKETS,
    CMI_SPEND,
    CMI_ASSIGNMENTS,
    CMI_N_FACTS
} cmi_fact;
#define CMI_FACT_BIT(f) (1u << (f))

typedef enum cmi_side_id {
    CMI_SIDE_PATHS,
    CMI_SIDE_SUMMARY,
    CMI_SIDE_SURVIVORS,
    CMI_SIDE_MOMENTS,
    CMI_SIDE_DURATIONS,
    CMI_SIDE_PRICES,
    CMI_SIDE_BASKETS,
    CMI_SIDE_SERIES,
    CMI_SIDE_FEATURES, /* pooled */
    CMI_SIDE_PRODUCTS,
    CMI_SIDE_SCHEDULES,
    CMI_SIDE_HOLIDAYS,
    CMI_SIDE_TARGETS,
    CMI_SIDE_ALIASES, /* shared */
    CMI_N_SIDES
} cmi_side_id;

/* How a role is kept in a sealed column. */
typedef enum cmi_role_type {
    CMI_ROLE_CUSTOMER, /* the owner; in `other`, `referred_by`: u32 code in the customers dictionary
                        */
    CMI_ROLE_ENTITY,  /* order, session, ticket, respondent: u32 ordinal within the owner, from 0 */
    CMI_ROLE_TEXT,    /* u32 code in the dictionary of that name */
    CMI_ROLE_TIME,    /* i64 microseconds UTC */
    CMI_ROLE_DATE,    /* i64 days since 1970-01-01 (birth_date, holidays) */
    CMI_ROLE_MONEY,   /* i64 in units of 10^-scale */
    CMI_ROLE_VALUE,   /* i64 in units of 10^-scale: scores, weights, quantities, values */
    CMI_ROLE_COUNT,   /* i64 */
    CMI_ROLE_SECONDS, /* i64 microseconds; input in seconds, or a duration such as 5min */
    CMI_ROLE_BOOL,    /* i64 0 or 1; true/false, yes/no, t/f, 1/0 */
    CMI_ROLE_TERM,    /* i64: a whole number with a unit, n * 4 + unit (0 months, 1 weeks, 2 days);
                         text "12", "1m", "1y", "1w", "30d" */
    CMI_ROLE_NUMBER   /* double: side tables only */
} cmi_role_type;

typedef struct cmi_role {
    const char *name;
    cmi_role_type type;
    bool required;
    const char *headers; /* well-known column names that bind by themselves, '|' between; lower
                            case, NULL: only the role's name */
    const char *doc;
} cmi_role;

typedef enum cmi_fact_kind { CMI_KIND_FACT, CMI_KIND_POOLED, CMI_KIND_SHARED } cmi_fact_kind;

typedef struct cmi_fact_def {
    const char *name;
    cmi_fact_kind kind;
    const char *doc;
    const cmi_role *roles;
    int32_t n_roles;
    int32_t owner_role;  /* customer; -1 none */
    int32_t entity_role; /* order, session, ticket, respondent; -1 none */
    int32_t time_role;   /* valid_from, time, time, start, time, opened, start, time */
} cmi_fact_def;

#define CMI_MAX_ROLES 40

const cmi_fact_def *cmi_fact_get(cmi_fact f);
const cmi_fact_def *cmi_side_get(cmi_side_id s);
int32_t cmi_fact_find(const char *name);                          /* -1 */
int32_t cmi_side_find(const char *name);                          /* -1 */
int32_t cmi_role_find(const cmi_fact_def *def, const char *name); /* -1 */

#endif
