/* SPDX-License-Identifier: MIT */
#ifndef CMI_KPI_FUNNEL_H
#define CMI_KPI_FUNNEL_H

#include "kpi/kpi.h"

/* Between the files of funnel: options and plan, kernel, search, tables. */

enum {
    CMI_FUNNEL_MAX_STEPS = 32,
    CMI_FUNNEL_MAX_EXCLUSIONS = 16,
    CMI_FUNNEL_MAX_HOLD = 8,
    CMI_FUNNEL_SHORT = 9,      /* steps whose times fit the key of CMI_FUNNEL_TIMES */
    CMI_FUNNEL_MAX_EDGES = 400 /* of a histogram */
};

/* Selector bits: step k (from 0) is bit 1 + k. */
enum { CMI_FUNNEL_STEP = 1, CMI_FUNNEL_EXCLUDED = 1 + CMI_FUNNEL_MAX_STEPS };
/* Value slots: the held dimensions, then the session. */
enum { CMI_FUNNEL_SESSION = CMI_FUNNEL_MAX_HOLD };

enum { CMI_FUNNEL_REACHED, CMI_FUNNEL_LEFT, CMI_FUNNEL_TIMES, CMI_FUNNEL_LONG_TIMES }; /* cells */
enum { CMI_FUNNEL_CUSTOMERS, CMI_FUNNEL_ATTEMPTS };   /* of REACHED */
enum { CMI_FUNNEL_PENDING, CMI_FUNNEL_DISQUALIFIED }; /* of LEFT */

enum { CMI_FUNNEL_ORDERED, CMI_FUNNEL_STRICT, CMI_FUNNEL_ANY };
enum { CMI_FUNNEL_SCOPE_STEPS, CMI_FUNNEL_SCOPE_ALL };
enum { CMI_FUNNEL_ANY_ENTRY, CMI_FUNNEL_FIRST_ENTRY, CMI_FUNNEL_LAST_ENTRY, CMI_FUNNEL_EACH_ENTRY };
enum { CMI_FUNNEL_STABLE, CMI_FUNNEL_STRICTLY_LATER, CMI_FUNNEL_WITHIN };
enum { CMI_FUNNEL_TRUNCATE, CMI_FUNNEL_DISQUALIFY };
enum { CMI_FUNNEL_UNIQUES, CMI_FUNNEL_TOTALS, CMI_FUNNEL_SESSIONS };
enum { CMI_FUNNEL_DERIVED, CMI_FUNNEL_GIVEN };
enum { CMI_FUNNEL_TOUCH_FIRST = -1, CMI_FUNNEL_TOUCH_LAST = -2, CMI_FUNNEL_TOUCH_ALL = -3 };
enum { CMI_FUNNEL_EDGES, CMI_FUNNEL_QUANTILES };

typedef struct cmi_funnel_exclusion {
    cmi_selector selector;
    uint32_t levels; /* at which its rows stop an attempt */
} cmi_funnel_exclusion;

/* A level is a step that is not optional; an attempt climbs from level 0. */
typedef struct cmi_funnel {
    cmi_common common;
    cmi_steps steps;
    cmi_duration window, tie_window, gap;
    cmi_durations step_windows;
    cmi_list anchors, optional;
    cmi_texts hold;
    const char *exclude, *touch_text, *bins_text;
    int32_t order, strict_scope, entry, ties, exclusion, counting, sessions;

    /* what plan makes of them */
    int n, n_levels;
    int step[CMI_FUNNEL_MAX_STEPS];            /* of a level */
    int block_end[CMI_FUNNEL_MAX_STEPS];       /* order=any: end of the block of a level */
    uint64_t between[CMI_FUNNEL_MAX_STEPS];    /* bits of the optional steps before a level */
    int64_t step_window[CMI_FUNNEL_MAX_STEPS]; /* from the level before, or INT64_MAX */
    int64_t window_us;                         /* 0: calendar months */
    int64_t tie_us, gap_us;
    int n_excluded;
    const cmi_funnel_exclusion *excluded;
    uint64_t step_bits, excluded_bits;
    bool has_step_windows, simple;
    int touch;                            /* a step, or CMI_FUNNEL_TOUCH_... */
    bool number[CMI_FUNNEL_MAX_HOLD + 1]; /* the slot holds numbers, not codes */
    int bins;
    int64_t n_edges; /* CMI_FUNNEL_QUANTILES: buckets */
    const int64_t *edge;
} cmi_funnel;

/* ---- kernel ---- */

/* Rows of one customer that are looked at together: all, or those of a session, of equal held
 * values. */
typedef struct cmi_funnel_track {
    const cmi_span *rows;
    const cmi_funnel *o;
    const uint32_t *index; /* NULL: rows from .. from + n - 1 */
    int64_t from, n;
} cmi_funnel_track;

/* An attempt: the row of each level it reached. */
typedef struct cmi_funnel_attempt {
    int level;        /* how many levels; 0: none */
    bool out;         /* an excluded row took it out */
    int64_t deadline; /* the window's last instant */
    int64_t when;     /* instant of the last level */
    int64_t end;      /* first place in the track behind it */
    uint32_t row[CMI_FUNNEL_MAX_STEPS];
} cmi_funnel_attempt;

/* Rows that are taken together: one, or with ties=strictly_later all of an instant. */
typedef struct cmi_funnel_moment {
    int64_t time, from, to; /* places in the track */
    uint64_t bits;          /* of its rows that pass `where` */
} cmi_funnel_moment;

static inline int64_t cmi_funnel_row(const cmi_funnel_track *t, int64_t i)
{
    return t->index ? (int64_t)t->index[i] : t->from + i;
}
static inline int64_t cmi_funnel_time(const cmi_funnel_track *t, int64_t i)
{
    return t->rows->time[cmi_funnel_row(t, i)];
}
/* Selector bits of a row; 0 where it does not pass `where`. */
static inline uint64_t cmi_funnel_bits(const cmi_funnel_track *t, int64_t i)
{
    uint64_t bits = t->rows->sel[cmi_funnel_row(t, i)];
    return bits & 1 ? bits : 0;
}

int64_t cmi_funnel_deadline(const cmi_funnel *o, int64_t entry);
/* Bits that begin an attempt. */
uint64_t cmi_funnel_entry_bits(const cmi_funnel *o);
bool cmi_funnel_is_excluded(const cmi_funnel *o, uint64_t bits, int level);
/* Whether a row with these bits stands in the way of order=strict. */
bool cmi_funnel_interrupts(const cmi_funnel *o, uint64_t bits, int level);
bool cmi_funnel_next(const cmi_funnel_track *t, int64_t *at, cmi_funnel_moment *m);
int64_t cmi_funnel_pick(const cmi_funnel_track *t, const cmi_funnel_moment *m, uint64_t bits);
/* The longest attempt that begins with a mature entry, then the earliest, then the shortest. */
void cmi_funnel_longest(const cmi_funnel_track *t, cmi_funnel_attempt *best);

/* ---- search: attempts from a given entry ---- */

/* The attempt from the entry at a place of the track. `restart`: until it has left its first level,
 * a later entry begins it anew. */
void cmi_funnel_follow(const cmi_funnel_track *t, int64_t at, bool restart, cmi_funnel_attempt *a);
/* As cmi_funnel_longest, entry by entry: order=any and ties=any_order_within. `seen` holds n x
 * n_levels bytes. false: too many ways. */
bool cmi_funnel_search(const cmi_funnel_track *t, uint8_t *seen, cmi_funnel_attempt *best);

/* The entry lies in the window asked for; its own window has ended by as_of. */
bool cmi_funnel_in_window(const cmi_funnel *o, int64_t entry);
bool cmi_funnel_is_mature(const cmi_funnel *o, int64_t entry);

/* Steps of the attempt, as bits, and their rows; optional ones too. */
uint32_t cmi_funnel_steps(const cmi_funnel_track *t, const cmi_funnel_attempt *a, uint32_t *row);

void cmi_funnel_collect(cmi_state *s, const void *options, const cmi_span *rows);

/* ---- tables ---- */

extern const cmi_table_def cmi_funnel_tables[];
/* The option bins into edges. */
cm_status cmi_funnel_read_bins(cmi_plan *p, cmi_funnel *o);
cm_status cmi_funnel_present(const cmi_input *in, const void *options, cmi_output *out);

#endif
