/* SPDX-License-Identifier: MIT */
#include "kpi/acquisition/funnel.h"

/* The longest attempt in one pass.
 *
 * For every level the attempt with the latest start is kept: whatever an earlier one can still
 * reach, this one can, so a row costs at most one step per level that it fits, and nothing
 * otherwise. Levels are taken from the last to the first, so that a row climbs once. The attempt
 * that first reaches the highest level is the earliest, and of those the shortest. */

/* ---- rules that all kernels share ---- */

int64_t cmi_funnel_deadline(const cmi_funnel *o, int64_t entry)
{
    if (o->window_us) return entry + o->window_us;
    return cmi_time_add(o->common.tz, entry, o->window, 1, false);
}

bool cmi_funnel_in_window(const cmi_funnel *o, int64_t entry)
{
    return entry >= o->common.from && entry < o->common.to;
}

bool cmi_funnel_is_mature(const cmi_funnel *o, int64_t entry)
{
    return cmi_funnel_deadline(o, entry) < o->common.as_of;
}

uint64_t cmi_funnel_entry_bits(const cmi_funnel *o)
{
    if (o->order != CMI_FUNNEL_ANY) return UINT64_C(1) << (CMI_FUNNEL_STEP + o->step[0]);
    return ((UINT64_C(1) << o->block_end[0]) - 1) << CMI_FUNNEL_STEP;
}

bool cmi_funnel_is_excluded(const cmi_funnel *o, uint64_t bits, int level)
{
    if (!(bits & o->excluded_bits)) return false;
    for (int i = 0; i < o->n_excluded; i++)
        if (bits >> (CMI_FUNNEL_EXCLUDED + i) & 1 && o->excluded[i].levels >> level & 1)
            return true;
    return false;
}

bool cmi_funnel_interrupts(const cmi_funnel *o, uint64_t bits, int level)
{
    bool counts = o->strict_scope == CMI_FUNNEL_SCOPE_ALL ? bits & 1 : (bits & o->step_bits) != 0;
    return o->order == CMI_FUNNEL_STRICT && counts &&
           !(level + 1 < o->n_levels && bits & o->between[level + 1]);
}

bool cmi_funnel_next(const cmi_funnel_track *t, int64_t *at, cmi_funnel_moment *m)
{
    if (*at >= t->n) return false;
    m->from = *at;
    m->time = cmi_funnel_time(t, *at);
    m->bits = 0;
    do {
        m->bits |= cmi_funnel_bits(t, (*at)++);
    } while (t->o->ties == CMI_FUNNEL_STRICTLY_LATER && *at < t->n &&
             cmi_funnel_time(t, *at) == m->time);
    m->to = *at;
    return true;
}

int64_t cmi_funnel_pick(const cmi_funnel_track *t, const cmi_funnel_moment *m, uint64_t bits)
{
    for (int64_t i = m->from; i < m->to; i++)
        if (cmi_funnel_bits(t, i) & bits) return i;
    return m->from;
}

/* ---- the simple case: nothing but steps and a window of fixed length ---- */

static void take(cmi_funnel_attempt *best, const uint32_t *row, int level, int64_t time)
{
    best->level = level;
    best->when = time;
    for (int k = 0; k < level; k++) best->row[k] = row[k];
}

static void longest_simple(const cmi_funnel_track *t, cmi_funnel_attempt *best)
{
    const cmi_funnel *o = t->o;
    const int64_t *time = t->rows->time + t->from;
    const uint64_t *sel = t->rows->sel + t->from, mask = o->step_bits;
    int64_t from = o->common.from, to = o->common.to, mature = o->common.as_of - o->window_us;
    int64_t deadline[CMI_FUNNEL_MAX_STEPS];
    uint32_t row[CMI_FUNNEL_MAX_STEPS][CMI_FUNNEL_MAX_STEPS];

    if (mature < to) to = mature;
    for (int k = 0; k < o->n_levels; k++) deadline[k] = INT64_MIN;
    for (int64_t i = 0; i < t->n; i++) {
        uint64_t left = sel[i] & 1 ? (sel[i] & mask) >> CMI_FUNNEL_STEP : 0;
        for (; left > 1; left &= ~(UINT64_C(1) << (63 - __builtin_clzll(left)))) {
            int k = 63 - __builtin_clzll(left);
            if (deadline[k - 1] < time[i] || deadline[k - 1] <= deadline[k]) continue;
            deadline[k] = deadline[k - 1];
            for (int j = 0; j < k; j++) row[k][j] = row[k - 1][j];
            row[k][k] = (uint32_t)(t->from + i);
            if (k >= best->level) take(best, row[k], k + 1, time[i]);
            if (best->level == o->n_levels) return;
        }
        if (!left || time[i] < from || time[i] >= to || deadline[0] >= time[i] + o->window_us)
            continue;
        deadline[0] = time[i] + o->window_us;
        row[0][0] = (uint32_t)(t->from + i);
        if (!best->level) take(best, row[0], 1, time[i]);
    }
}

/* ---- everything else ---- */

typedef struct chain {
    int64_t deadline, start, last; /* deadline INT64_MIN: none */
    uint32_t row[CMI_FUNNEL_MAX_STEPS];
} chain;

typedef struct climb {
    const cmi_funnel_track *t;
    const cmi_funnel_moment *m;
    chain level[CMI_FUNNEL_MAX_STEPS];
    cmi_funnel_attempt *best;
} climb;

static bool is_alive(const cmi_funnel *o, const chain *c, int level, int64_t time)
{
    if (c->deadline < time) return false;
    return !o->has_step_windows || level + 1 == o->n_levels ||
           time - c->last <= o->step_window[level + 1];
}

/* Whether an excluded row takes the customer out: it meets an attempt that has not gone further. */
static bool is_out(const climb *x, int k)
{
    const cmi_funnel *o = x->t->o;
    const chain *c = &x->level[k];

    if (o->exclusion != CMI_FUNNEL_DISQUALIFY || !is_alive(o, c, k, x->m->time)) return false;
    if (!cmi_funnel_is_excluded(o, x->m->bits, k)) return false;
    return k + 1 == o->n_levels || x->level[k + 1].deadline == INT64_MIN ||
           x->level[k + 1].row[0] != c->row[0];
}

static bool is_later(const chain *a, const chain *b)
{
    return a->deadline != b->deadline ? a->deadline > b->deadline : a->start > b->start;
}

static void reach(climb *x, int k, const chain *from)
{
    chain *to = &x->level[k];
    const cmi_funnel_moment *m = x->m;
    uint64_t bit = UINT64_C(1) << (CMI_FUNNEL_STEP + x->t->o->step[k]);

    to->deadline = from->deadline;
    to->start = from->start;
    to->last = m->time;
    for (int j = 0; j < k; j++) to->row[j] = from->row[j];
    to->row[k] = (uint32_t)cmi_funnel_row(x->t, cmi_funnel_pick(x->t, m, bit));
    if (k >= x->best->level) take(x->best, to->row, k + 1, m->time);
}

static void enter(climb *x, bool fits)
{
    const cmi_funnel *o = x->t->o;
    int64_t time = x->m->time;

    if (!fits || !cmi_funnel_in_window(o, time)) return;
    chain entry = { .deadline = cmi_funnel_deadline(o, time), .start = time };
    if (entry.deadline < o->common.as_of && is_later(&entry, &x->level[0])) reach(x, 0, &entry);
}

/* One level at one moment; false: an excluded row has taken the customer out. */
static bool climb_level(climb *x, int k)
{
    const cmi_funnel *o = x->t->o;
    uint64_t bits = x->m->bits;
    bool fits = bits >> (CMI_FUNNEL_STEP + o->step[k]) & 1;
    const chain *below = k ? &x->level[k - 1] : NULL;
    chain *own = &x->level[k];

    if (is_out(x, k)) return false;
    if (cmi_funnel_is_excluded(o, bits, k)) own->deadline = INT64_MIN;
    for (int64_t i = x->m->from; i < x->m->to && o->order == CMI_FUNNEL_STRICT; i++)
        if (cmi_funnel_interrupts(o, cmi_funnel_bits(x->t, i), k)) own->deadline = INT64_MIN;
    if (!k)
        enter(x, fits);
    else if (fits && is_alive(o, below, k - 1, x->m->time) &&
             (is_later(below, own) || (o->has_step_windows && !is_later(own, below))))
        reach(x, k, below);
    return true;
}

static void longest_general(const cmi_funnel_track *t, cmi_funnel_attempt *best)
{
    /* Other rows change nothing, but that strict may mind any of them. */
    uint64_t relevant = t->o->step_bits | t->o->excluded_bits;
    cmi_funnel_moment m;
    climb x;

    if (t->o->order == CMI_FUNNEL_STRICT) relevant |= 1;
    x.t = t;
    x.m = &m;
    x.best = best;
    for (int k = 0; k < t->o->n_levels; k++) x.level[k].deadline = INT64_MIN;
    for (int64_t at = 0; cmi_funnel_next(t, &at, &m);) {
        if (!(m.bits & relevant)) continue;
        for (int k = t->o->n_levels - 1; k >= 0; k--) {
            best->out = !climb_level(&x, k);
            if (best->out || best->level == t->o->n_levels) return;
        }
    }
}

void cmi_funnel_longest(const cmi_funnel_track *t, cmi_funnel_attempt *best)
{
    best->level = 0;
    best->out = false;
    if (t->o->simple && !t->index)
        longest_simple(t, best);
    else
        longest_general(t, best);
    if (best->level) best->deadline = cmi_funnel_deadline(t->o, t->rows->time[best->row[0]]);
}
