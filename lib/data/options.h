/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_OPTIONS_H
#define CMI_DATA_OPTIONS_H

#include <stddef.h>

#include "core/calendar.h"
#include "core/grid.h"
#include "core/memory.h"
#include "data/facts.h"

/* Option values as a KPI's private struct holds them. The struct is filled by the plan from text,
 * so that every door, saved plans and defaults go one way. All memory belongs to the plan's arena.
 */
typedef struct cmi_list {
    int64_t n;
    const int64_t *v;
} cmi_list; /* CMI_T_INTS */
typedef struct cmi_flist {
    int64_t n;
    const double *v;
} cmi_flist; /* CMI_T_NUMBERS */
typedef struct cmi_texts {
    int64_t n;
    const char *const *v;
} cmi_texts; /* CMI_T_TEXTS */
typedef struct cmi_durations {
    int64_t n;
    const cmi_duration *v;
} cmi_durations;
typedef struct cmi_map {
    int64_t n;
    const char *const *name;
    const double *v;
} cmi_map; /* a:1,b:2.5 */
typedef struct cmi_nested {
    int64_t n;
    const char *const *name;
    const char *const *text;
} cmi_nested; /* kpi.NAME=TEXT */

/* One condition on a dimension: where, and the `;dimension:value|value` of a selector. */
typedef enum cmi_condition_kind { CMI_IN, CMI_IS_NULL, CMI_BAND } cmi_condition_kind;
typedef struct cmi_condition {
    const char
        *table; /* "orders" of orders.channel; NULL: wherever the row or its customer has it */
    const char *label; /* the KPI whose segments these are (rfm of rfm.segment); NULL */
    const char *dimension;
    cmi_condition_kind kind;
    bool negate;
    cmi_texts
        values; /* CMI_IN; any of them; may hold null as NULL pointer ("channel:email|null") */
    const char *lower, *upper; /* CMI_BAND: half-open text edges, NULL: open */
} cmi_condition;
typedef struct cmi_where {
    int64_t n;
    const cmi_condition *v;
} cmi_where; /* all must hold */

/* Selector grammar (definition 33): [table:]name|name[;dimension:value|value], alternatives with |
 * between names; a bare word is an event name unless it is a fact table's name. `any` = events,
 * orders and subscription starts. A row of `orders` matches only where it is the head of its order
 * (definition 6). */
typedef struct cmi_alternative {
    cmi_fact fact;
    cmi_texts names; /* n 0: every row. The table's name column: events.name, responses.survey,
                        orders.product, subscriptions.plan, tickets.channel, spend.campaign,
                        assignments.experiment */
    cmi_where where;
} cmi_alternative;
typedef struct cmi_selector {
    const char *text; /* as written */
    uint32_t tables;  /* CMI_FACT_BIT of its alternatives */
    int64_t n;
    const cmi_alternative *v;
} cmi_selector;
typedef struct cmi_steps {
    int64_t n;
    const cmi_selector *v;
} cmi_steps; /* a list of selectors */

/* One item of `by`. */
typedef enum cmi_by_kind { CMI_BY_DIMENSION, CMI_BY_BANDS, CMI_BY_LABEL } cmi_by_kind;
typedef struct cmi_by_item {
    cmi_by_kind kind;
    const char *text;   /* as written */
    const char *table;  /* "orders" of orders.channel; NULL */
    const char *name;   /* dimension; or the segmentation KPI of a label (rfm) */
    const char *column; /* label column (segment) */
    const char *output; /* name of the result column: channel, age_band, rfm.segment */
    cmi_texts edges;    /* bands: as written: numbers, dates, or durations (signed_up:3y,5y) */
} cmi_by_item;
typedef struct cmi_by {
    int64_t n;
    const cmi_by_item *v;
} cmi_by;

/* The options spelled the same everywhere (kpis.md). A KPI that offers them has one cmi_common. */
typedef enum cmi_common_has {
    CMI_HAS_PERIOD = 1,
    CMI_HAS_BY = 2,
    CMI_HAS_UNIT = 4,
    CMI_HAS_CONFIDENCE = 8,
    CMI_HAS_SEED = 16,
    CMI_HAS_COMPAT = 32,
    CMI_HAS_BUSINESS = 64,
    CMI_HAS_DETAIL = 128,
    CMI_HAS_WINDOW = 256 /* set by the house: the options that every KPI with a cmi_common has */
} cmi_common_has; /* from, to, as_of, tz, week_start, where, max_groups always; segment_at with BY
                   */

typedef struct cmi_common {
    int64_t from, to,
        as_of; /* instants, resolved by the plan; from <= to <= as_of unless the user says else */
    bool from_given, to_given, as_of_given, period_given;
    const cmi_tz *tz; /* of the calendar */
    int32_t week_start;
    cmi_period period;
    double confidence;
    uint64_t seed;
    int64_t max_groups;
    bool detail;        /* detail=none is false */
    int64_t segment_at; /* instant at which ages, tenures and labels of `by` are taken */
} cmi_common;

typedef enum cmi_option_type {
    CMI_T_BOOL,      /* bool */
    CMI_T_INT,       /* int64_t; INT64_MIN unset */
    CMI_T_NUMBER,    /* double; NaN unset */
    CMI_T_TEXT,      /* const char *; NULL unset */
    CMI_T_CHOICE,    /* int32_t: index in `range`, those with ! counted; -1 unset */
    CMI_T_DURATION,  /* cmi_duration, never negative; unit 0 unset */
    CMI_T_DURATIONS, /* cmi_durations */
    CMI_T_DATE,      /* int64_t instant (local midnight of a date); CMI_NULL unset */
    CMI_T_INTS,
    CMI_T_NUMBERS,
    CMI_T_TEXTS,
    CMI_T_MAP,
    CMI_T_SELECTOR, /* cmi_selector; n 0 unset */
    CMI_T_STEPS,    /* cmi_steps; n 0 unset */
    CMI_T_NESTED,   /* cmi_nested: every option that starts with "name." */
    CMI_T_WHERE,    /* cmi_where; n 0 unset: holdout=dimension:value and the like */
    CMI_T_BY,       /* cmi_by; n 0 unset */
    CMI_T_PERIOD,   /* cmi_period; unit 0 is "all" */
    CMI_T_ZONE,     /* const char *: name of a zone; NULL unset */
    CMI_T_COMMON    /* cmi_common; `range` is unused, `has` and `fallback` (default period) count */
} cmi_option_type;

typedef struct cmi_option {
    const char *name;
    cmi_option_type type;
    size_t offset;
    const char *fallback; /* default as text; NULL unset */
    const char *range;    /* "1..366" inclusive, "(0..1)" exclusive, "1.." half-open; of durations
                             "1d..1y";    choices "a|b|!c" where !c is known but not offered yet
                             (CM_ERR_UNSUPPORTED    names it), of texts too; NULL any */
    const char *unit;
    const char *doc;
    uint32_t has; /* CMI_T_COMMON */
} cmi_option;

#define CMI_OPT_COMMON(S, M, HAS, PERIOD)                                                          \
    {                                                                                              \
        "common", CMI_T_COMMON, offsetof(S, M), PERIOD, NULL, "", "", HAS                          \
    }
#define CMI_OPT(TYPE, S, M, NAME, FALLBACK, RANGE, UNIT, DOC)                                      \
    {                                                                                              \
        NAME, CMI_T_##TYPE, offsetof(S, M), FALLBACK, RANGE, UNIT, DOC, 0                          \
    }
#define CMI_OPT_END                                                                                \
    {                                                                                              \
        NULL, CMI_T_BOOL, 0, NULL, NULL, NULL, NULL, 0                                             \
    }

struct cmi_kpi;
/* The options of a KPI as users see them, in the descriptor's order, with the common ones in the
 * place of CMI_T_COMMON. A common option has `has` set and lives in a cmi_common_values, the others
 * in the KPI's struct. */
int32_t cmi_option_count(const struct cmi_kpi *kpi);
bool cmi_option_at(const struct cmi_kpi *kpi, int32_t index, cmi_option *out);
/* By name; "kpi.period" finds the nested option "kpi". */
bool cmi_option_find(const struct cmi_kpi *kpi, const char *name, cmi_option *out);
bool cmi_option_is_nested(const cmi_option *o, const char *name);
/* CM_ERR_NOT_FOUND with the nearest names. */
cm_status cmi_option_unknown(const struct cmi_kpi *kpi, const char *name, cm_error *err);
/* The cmi_common of a KPI's struct; NULL where it has none. */
cmi_common *cmi_options_common(const struct cmi_kpi *kpi, void *options);
const char *cmi_option_type_name(cmi_option_type type);
size_t cmi_option_size(cmi_option_type type);

/* The common options as they are read, before the plan resolves them. */
enum { CMI_SEGMENT_START, CMI_SEGMENT_AS_OF, CMI_SEGMENT_EACH };
typedef struct cmi_common_values {
    int64_t from, to, as_of; /* CMI_NULL: resolved by the plan */
    const char *tz;
    int32_t week_start, segment_at, compat, business, detail; /* -1 unset */
    cmi_period period;
    cmi_by by;
    cmi_where where;
    const char *unit;
    double confidence;
    int64_t seed, max_groups;
} cmi_common_values;

struct cmi_option_reader;
/* Reads a text into `value` (of cmi_option_size; NULL: only checks it) and appends its canonical
 * text. Errors: CM_ERR_OPTION, CM_ERR_UNSUPPORTED, CM_ERR_NOT_FOUND (zone), CM_ERR_MEMORY. */
cm_status cmi_option_read(struct cmi_option_reader *r, const cmi_option *o, const char *text,
                          void *value);
void cmi_option_unset(const cmi_option *o, void *value);

/* An empty text means unset wherever the default is unset. Numbers and texts of an option read as:
 * words between commas; double quotes protect whatever a word holds, "" is a quote inside quotes.
 */

#endif
