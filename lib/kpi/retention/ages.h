/* SPDX-License-Identifier: MIT */
#ifndef CMI_KPI_AGES_H
#define CMI_KPI_AGES_H

#include "kpi/kpi.h"

/* Ages of a member of a cohort: which cell an instant falls into, how far the member can be judged,
 * and whether he was retained. Shared by everything that speaks of retention (definitions 13 and
 * 14). */
typedef enum cmi_criterion {
    CMI_ON,
    CMI_ON_OR_AFTER,
    CMI_BRACKET,
    CMI_BY_AGE,
    CMI_EVERY
} cmi_criterion;
typedef enum cmi_age_grid { CMI_AGE_CALENDAR, CMI_AGE_ELAPSED, CMI_AGE_ANNIVERSARY } cmi_age_grid;
enum { CMI_MAX_AGE = 1023, CMI_AGE_WORDS = (CMI_MAX_AGE + 1) / 64 };

typedef struct cmi_ages {
    cmi_criterion criterion;
    cmi_age_grid kind;
    const cmi_grid *grid; /* periods from the window's start to as_of */
    const cmi_tz *tz;
    cmi_period period;
    int64_t as_of;
    int64_t unit_us;      /* elapsed: 24 h, 7 d, 30 d, 91 d, 365 d times the step */
    cmi_duration within;  /* anniversary: length of each window, from the anniversary's date */
    int64_t last;         /* last age that is reported */
    int64_t horizon;      /* on_or_after: last age that counts, inclusive; -1: open */
    cmi_list brackets;    /* ascending edges; bracket i is [v[i], v[i + 1]) */
    int64_t whole, began; /* calendar: periods that ended by as_of, that began before it */
    int64_t n;            /* columns: ages 0 .. last, or brackets */
    int64_t kept;         /* last age that some criterion asks for */
} cmi_ages;

/* A member: his anchor, the ages in which he was active, and how far he can be judged. */
typedef struct cmi_member {
    int64_t anchor, period;
    int64_t reach;       /* last age whose cell ended by as_of; -1: none */
    int64_t begun;       /* last age whose cell began before as_of */
    int64_t last_active; /* greatest age with an activity, be it beyond the bits; 0: none */
    uint64_t bits[CMI_AGE_WORDS]; /* up to `kept` */
} cmi_member;

/* Fills n and unit_us, and checks that the options fit together. */
cm_status cmi_ages_plan(cmi_ages *a, cmi_plan *p, const cmi_common *c);
void cmi_member_begin(const cmi_ages *a, cmi_member *m, int64_t anchor);
/* Ages from..to (inclusive) that hold the instant, which is not before the anchor; to < from: none.
 */
void cmi_ages_at(const cmi_ages *a, const cmi_member *m, int64_t time, int64_t *from, int64_t *to);
/* The member was active at an age, which is not negative; at the ages of an instant. */
static inline void cmi_member_note(const cmi_ages *a, cmi_member *m, int64_t age)
{
    if (age > m->last_active) m->last_active = age;
    if (age <= a->kept) m->bits[age >> 6] |= UINT64_C(1) << (age & 63);
}
void cmi_member_active(const cmi_ages *a, cmi_member *m, int64_t time);
/* Column of an age (its bracket where there are brackets); -1: none. And the age that names a
 * column. */
int64_t cmi_ages_column(const cmi_ages *a, int64_t age);
int64_t cmi_ages_name(const cmi_ages *a, int64_t column);
bool cmi_member_retained(const cmi_ages *a, const cmi_member *m, int64_t column);
/* The same for all columns, as bits of the words that hold n of them. */
void cmi_member_columns(const cmi_ages *a, const cmi_member *m, uint64_t *bits);
/* Last column in which the member can be judged; and last that began. -1: none. */
int64_t cmi_member_reach(const cmi_ages *a, const cmi_member *m);
int64_t cmi_member_begun(const cmi_ages *a, const cmi_member *m);

#endif
