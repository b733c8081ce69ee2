/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_DRIVER_H
#define CMI_DATA_DRIVER_H

#include "data/cells.h"
#include "data/dataset.h"

/* What collect sees: one owner's rows of the asked tables, merged in time order (tables tie in §5's
 * order), all of them before as_of, filtered or not: bit 0 of sel[i] says whether row i passes
 * `where`, further bits are the KPI's selectors. Rows are never removed, so "first ever" stays
 * true. */
enum { CMI_MAX_BITS = 64, CMI_MAX_VALUES = 24 };

typedef struct cmi_span {
    int64_t n;
    const int64_t *time;
    const uint64_t *sel;
    const uint8_t *table; /* cmi_fact of each row; NULL: all rows of one table (`fact`) */
    cmi_fact fact;
    const int64_t *value[CMI_MAX_VALUES]; /* by slot; CMI_NULL where null or the table lacks it.
                                             Codes of dimensions as integers (0 null) */
    const uint32_t *
        groups; /* CMI_BY_GIVEN with row-level by: group of each row; else NULL and `group` holds */
    uint32_t group;
    int64_t
        first[CMI_MAX_BITS]; /* per selector, over all rows, groups and filters; CMI_NULL: none */
    int64_t last[CMI_MAX_BITS];
    int64_t customer[CMI_MAX_VALUES]; /* by slot of cmi_plan_customer; CMI_NULL or 0 */
    uint32_t owner;                   /* code for key parts of kind customer; 0 if anonymous */
    bool anonymous;
    bool first_group; /* of an owner split into several spans: this is the first; per-owner counts
                         belong here */
} cmi_span;

static inline uint32_t cmi_span_group(const cmi_span *r, int64_t i)
{
    return r->groups ? r->groups[i] : r->group;
}
static inline bool cmi_span_has(const cmi_span *r, int64_t i, int bit)
{
    uint64_t want = UINT64_C(1) | UINT64_C(1) << bit;
    return (r->sel[i] & want) == want;
}
static inline cmi_fact cmi_span_table(const cmi_span *r, int64_t i)
{
    return r->table ? (cmi_fact)r->table[i] : r->fact;
}

#endif
