/* SPDX-License-Identifier: MIT */
#ifndef CMI_CORE_GRID_H
#define CMI_CORE_GRID_H

#include "core/calendar.h"

/* A period grid: edges computed once by the calendar, look-up branch-free. Period p is
 * [edge[p], edge[p+1]). The first `lead` periods lie before `from` (for windows that reach back).
 */
typedef enum cmi_period_state {
    CMI_COMPLETE,
    CMI_PARTIAL,
    CMI_PENDING,
    CMI_UNDEFINED
} cmi_period_state;

typedef struct cmi_grid {
    cm_context *ctx;
    int64_t n; /* periods, lead included */
    int64_t lead;
    int64_t *edge;    /* n + 1, plus a sentinel INT64_MAX behind */
    int64_t *day;     /* n + 1: local date of each edge, for printing (hour grids: local date) */
    cmi_unit unit;    /* unit of a period */
    int64_t step;     /* how many units a period has */
    int64_t from, to; /* the window asked for: edge[lead] <= from, to <= edge[n] */
    int64_t as_of;
    int64_t first_fact; /* windows that reach back before it are partial; INT64_MIN: unknown */
    bool cut_first, cut_last; /* see cmi_grid_cut */
    int64_t t0;               /* look-up table */
    int32_t shift;
    int64_t n_table;
    int32_t *table;
} cmi_grid;

typedef struct cmi_period {
    cmi_unit unit; /* 0: one period over the whole window */
    int64_t step;  /* n days etc. */
} cmi_period;
/* "hour" "day" "week" "month" "quarter" "year" "14d" "all"; false: unreadable */
bool cmi_period_parse(const char *text, cmi_period *out);

/* Edges from the period that holds `from` to the one that holds the last instant before `to`; weeks
 * start on week_start (0 Monday); n-day periods are counted from `from`'s local date. With unit 0
 * one period [from, to), and lead must be 0. from == to gives no period but the lead (with unit 0:
 * one of no length); from > to: CM_ERR_OPTION. A date that the zone skips whole is a period of no
 * length. First and last edges are not cut: a period that reaches over `from` or past as_of is
 * partial. More than 10,000,000 periods: CM_ERR_LIMIT. */
cm_status cmi_grid_create(cm_context *ctx, const cmi_tz *tz, int32_t week_start, cmi_period period,
                          int64_t from, int64_t to, int64_t as_of, int64_t lead, cmi_grid **out,
                          cm_error *err);
void cmi_grid_destroy(cmi_grid *g);
/* Period of an instant: -1 before the grid, n after it. */
static inline int64_t cmi_grid_find(const cmi_grid *g, int64_t us)
{
    if (us < g->edge[0]) return -1;
    if (us >= g->edge[g->n]) return g->n;
    int64_t p = g->table[(us - g->t0) >> g->shift];
    p += us >= g->edge[p + 1];
    /* Never taken but for a day that a zone skipped whole (a period of no length) and for grids so
     * long that their table would not fit; us < edge[n] ends it. */
    while (__builtin_expect(us >= g->edge[p + 1], 0)) p++;
    return p;
}
/* Cuts the first edge to `from` (without lead) and the last to `to`, so that facts outside the
 * window are outside the grid. A period that loses something is partial. */
void cmi_grid_cut(cmi_grid *g);
static inline int64_t cmi_grid_n(const cmi_grid *g)
{
    return g->n;
}
static inline int64_t cmi_grid_lead(const cmi_grid *g)
{
    return g->lead;
}
/* State of the window of w periods that ends with period p: partial where it ends after as_of or
 * reaches back before the first fact (w = 1: or over `from`), pending where it starts at or after
 * as_of. */
cmi_period_state cmi_grid_state(const cmi_grid *g, int64_t p, int64_t w);
const char *cmi_state_name(cmi_period_state s);

#endif
