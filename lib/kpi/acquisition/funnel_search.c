/* SPDX-License-Identifier: MIT */
#include "kpi/acquisition/funnel.h"

/* Attempts that begin with a given entry, and the longest of them by looking at each: what one pass
 * cannot do. */

/* So many rows that fit several steps within the ties' window are no log but a loop. */
enum { MAX_NODES = 1000000 };

static void begin(const cmi_funnel_track *t, int64_t at, cmi_funnel_attempt *a)
{
    a->level = 1;
    a->out = false;
    a->when = cmi_funnel_time(t, at);
    a->deadline = cmi_funnel_deadline(t->o, a->when);
    a->row[0] = (uint32_t)cmi_funnel_row(t, at);
}

static void climb(const cmi_funnel_track *t, int64_t at, cmi_funnel_attempt *a)
{
    a->row[a->level++] = (uint32_t)cmi_funnel_row(t, at);
    if (cmi_funnel_time(t, at) > a->when) a->when = cmi_funnel_time(t, at);
}

/* The last instant at which the next level may come. */
static int64_t limit_of(const cmi_funnel *o, const cmi_funnel_attempt *a, int64_t last)
{
    int64_t window = o->has_step_windows ? o->step_window[a->level] : INT64_MAX;
    return window < a->deadline - last ? last + window : a->deadline;
}

static bool can_begin(const cmi_funnel *o, int64_t time)
{
    return o->counting == CMI_FUNNEL_TOTALS ||
           (cmi_funnel_in_window(o, time) && cmi_funnel_is_mature(o, time));
}

/* ---- order=any: which rows can stand for which steps ---- */

typedef struct matching {
    int from, to;                        /* levels of the block */
    uint64_t bits[CMI_FUNNEL_MAX_STEPS]; /* of the moments taken, by level */
    int taker[CMI_FUNNEL_MAX_STEPS];     /* level whose moment stands for a step; -1 */
} matching;

static void open_block(const cmi_funnel *o, matching *x, int level)
{
    x->from = level;
    x->to = level < o->n_levels ? o->block_end[level] : level;
    for (int k = x->from; k < x->to; k++) x->taker[k] = -1;
}

/* Kuhn's augmenting path; `tried` has a bit for each step. */
static bool assign(matching *x, int level, uint64_t *tried)
{
    for (int k = x->from; k < x->to; k++) {
        uint64_t bit = UINT64_C(1) << k;
        if (!(x->bits[level] >> (CMI_FUNNEL_STEP + k) & 1) || *tried & bit) continue;
        *tried |= bit;
        if (x->taker[k] >= 0 && !assign(x, x->taker[k], tried)) continue;
        x->taker[k] = level;
        return true;
    }
    return false;
}

static uint64_t block_bits(const matching *x)
{
    return ((UINT64_C(1) << x->to) - (UINT64_C(1) << x->from)) << CMI_FUNNEL_STEP;
}

static bool fits_any(const cmi_funnel *o, matching *x, uint64_t bits, int level)
{
    uint64_t tried = 0;

    x->bits[level] = bits;
    if (!(bits & block_bits(x)) || !assign(x, level, &tried)) return false;
    if (level + 1 == x->to) open_block(o, x, level + 1);
    return true;
}

/* ---- moment by moment ---- */

static bool interrupted(const cmi_funnel_track *t, const cmi_funnel_moment *m, int level)
{
    for (int64_t i = m->from; i < m->to && t->o->order == CMI_FUNNEL_STRICT; i++)
        if (cmi_funnel_interrupts(t->o, cmi_funnel_bits(t, i), level - 1)) return true;
    return false;
}

static bool fits_next(const cmi_funnel *o, matching *x, uint64_t bits, int level, uint64_t *wanted)
{
    if (o->order != CMI_FUNNEL_ANY) {
        *wanted = UINT64_C(1) << (CMI_FUNNEL_STEP + o->step[level]);
        return bits & *wanted;
    }
    *wanted = block_bits(x);
    return fits_any(o, x, bits, level);
}

static void enter(const cmi_funnel_track *t, const cmi_funnel_moment *m, matching *x,
                  cmi_funnel_attempt *a)
{
    begin(t, cmi_funnel_pick(t, m, cmi_funnel_entry_bits(t->o)), a);
    a->end = m->to;
    if (t->o->order != CMI_FUNNEL_ANY) return;
    open_block(t->o, x, 0);
    fits_any(t->o, x, m->bits, 0);
}

static void follow_moments(const cmi_funnel_track *t, int64_t at, bool restart,
                           cmi_funnel_attempt *a)
{
    const cmi_funnel *o = t->o;
    uint64_t entries = cmi_funnel_entry_bits(o), wanted;
    matching x;
    cmi_funnel_moment m;

    x.from = x.to = 0;
    cmi_funnel_next(t, &at, &m);
    enter(t, &m, &x, a);
    int64_t last = m.time;
    while (cmi_funnel_next(t, &at, &m)) {
        a->end = m.from;
        if (m.time > limit_of(o, a, last)) return;
        if (fits_next(o, &x, m.bits, a->level, &wanted)) {
            climb(t, cmi_funnel_pick(t, &m, wanted), a);
            last = m.time;
            a->end = m.to;
            if (a->level == o->n_levels) return;
        } else if (cmi_funnel_is_excluded(o, m.bits, a->level - 1)) {
            a->out = o->exclusion == CMI_FUNNEL_DISQUALIFY;
            return;
        } else if (restart && a->level == 1 && m.bits & entries && can_begin(o, m.time)) {
            enter(t, &m, &x, a);
            last = m.time;
        } else if (interrupted(t, &m, a->level)) {
            return;
        }
    }
    a->end = t->n;
}

/* ---- ties=any_order_within: a row may lie up to tie_us before the step that it follows ---- */

static bool is_used(const cmi_funnel_track *t, int64_t i, const cmi_funnel_attempt *a)
{
    for (int k = 0; k < a->level; k++)
        if (a->row[k] == (uint32_t)cmi_funnel_row(t, i)) return true;
    return false;
}

/* First place not before the instant, near `at`. */
static int64_t seek(const cmi_funnel_track *t, int64_t at, int64_t time)
{
    while (at > 0 && cmi_funnel_time(t, at - 1) >= time) at--;
    while (at < t->n && cmi_funnel_time(t, at) < time) at++;
    return at;
}

/* The instant behind which nothing may follow: that of the first row later than `last` that is
 * excluded or interrupts; INT64_MAX: none so far. */
static int64_t barrier_at(const cmi_funnel_track *t, int64_t i, int64_t last,
                          const cmi_funnel_attempt *a, bool *excluded)
{
    uint64_t bits = cmi_funnel_bits(t, i);

    if (cmi_funnel_time(t, i) <= last) return INT64_MAX;
    *excluded = cmi_funnel_is_excluded(t->o, bits, a->level - 1);
    if (!*excluded && !cmi_funnel_interrupts(t->o, bits, a->level - 1)) return INT64_MAX;
    return is_used(t, i, a) ? INT64_MAX : cmi_funnel_time(t, i);
}

/* The first row that fits the next level; the track's n: none, and a->end and a->out say why. */
static int64_t next_within(const cmi_funnel_track *t, int64_t at, bool restart,
                           cmi_funnel_attempt *a)
{
    const cmi_funnel *o = t->o;
    int64_t last = cmi_funnel_time(t, at), limit = limit_of(o, a, last), barrier = INT64_MAX;
    uint64_t bit = UINT64_C(1) << (CMI_FUNNEL_STEP + o->step[a->level]);
    bool excluded = false;

    for (int64_t i = seek(t, at, last - o->tie_us); i < t->n; i++) {
        int64_t time = cmi_funnel_time(t, i);
        a->end = i;
        if (time > limit || time > barrier) break;
        if (cmi_funnel_bits(t, i) & bit && !is_used(t, i, a)) return i;
        if (restart && a->level == 1 && i > at &&
            cmi_funnel_bits(t, i) & cmi_funnel_entry_bits(o) && can_begin(o, time)) {
            begin(t, i, a);
            return next_within(t, i, restart, a);
        }
        if (barrier == INT64_MAX) barrier = barrier_at(t, i, last, a, &excluded);
        if (i + 1 == t->n) a->end = t->n;
    }
    if (barrier != INT64_MAX) {
        a->end = seek(t, a->end < t->n ? a->end : t->n - 1, barrier);
        a->out = excluded && o->exclusion == CMI_FUNNEL_DISQUALIFY;
    }
    return t->n;
}

/* Behind the last row used; those of the last instant may stand in any order. */
static int64_t end_of(const cmi_funnel_track *t, int64_t at, const cmi_funnel_attempt *a)
{
    int64_t end = 0;

    for (int64_t i = seek(t, at, a->when); i < t->n && cmi_funnel_time(t, i) == a->when; i++)
        if (is_used(t, i, a)) end = i + 1;
    return end;
}

static void follow_within(const cmi_funnel_track *t, int64_t at, bool restart,
                          cmi_funnel_attempt *a)
{
    begin(t, at, a);
    while (a->level < t->o->n_levels) {
        at = next_within(t, at, restart, a);
        if (at == t->n) return;
        climb(t, at, a);
    }
    a->end = end_of(t, at, a);
}

void cmi_funnel_follow(const cmi_funnel_track *t, int64_t at, bool restart, cmi_funnel_attempt *a)
{
    if (t->o->ties == CMI_FUNNEL_WITHIN && t->o->order != CMI_FUNNEL_ANY)
        follow_within(t, at, restart, a);
    else
        follow_moments(t, at, restart, a);
}

/* ---- the longest, entry by entry ---- */

typedef struct search {
    const cmi_funnel_track *t;
    cmi_funnel_attempt a, *best;
    uint8_t *seen; /* levels x places: nothing new can be found from there */
    int64_t nodes;
    bool plain;    /* the first row that fits a step and no other is as good as any */
    bool overlaps; /* some row fits two steps: what can follow depends on the whole way there */
} search;

/* Longer, else earlier, else shorter; of equals the first found. */
static bool is_better(const cmi_span *rows, const cmi_funnel_attempt *a,
                      const cmi_funnel_attempt *b)
{
    if (a->level != b->level || !b->level) return a->level > b->level;
    if (a->when != b->when) return a->when < b->when;
    return rows->time[a->row[0]] > rows->time[b->row[0]];
}

static bool fits_only(const cmi_funnel *o, uint64_t bits)
{
    uint64_t steps = bits & o->step_bits;
    return !(steps & (steps - 1));
}

static void extend(search *q, int64_t at)
{
    const cmi_funnel_track *t = q->t;
    const cmi_funnel *o = t->o;
    int64_t last = cmi_funnel_time(t, at), when = q->a.when, barrier = INT64_MAX;
    bool excluded;

    if (is_better(t->rows, &q->a, q->best)) *q->best = q->a;
    if (q->a.level == o->n_levels) return;
    int64_t limit = limit_of(o, &q->a, last);
    uint64_t bit = UINT64_C(1) << (CMI_FUNNEL_STEP + o->step[q->a.level]);
    for (int64_t i = seek(t, at, last - o->tie_us); i < t->n && q->nodes < MAX_NODES; i++) {
        int64_t time = cmi_funnel_time(t, i);
        if (time > limit || time > barrier) return;
        uint8_t *seen = &q->seen[q->a.level * t->n + i];
        bool only = fits_only(o, cmi_funnel_bits(t, i));
        if (cmi_funnel_bits(t, i) & bit && !*seen && !is_used(t, i, &q->a)) {
            *seen = !q->overlaps;
            q->nodes += q->overlaps;
            climb(t, i, &q->a);
            extend(q, i);
            q->a.level--;
            q->a.when = when;
            if (q->plain && only) return;
        }
        if (barrier == INT64_MAX) barrier = barrier_at(t, i, last, &q->a, &excluded);
    }
}

static bool overlaps(const cmi_funnel_track *t)
{
    for (int64_t i = 0; i < t->n; i++)
        if (!fits_only(t->o, cmi_funnel_bits(t, i))) return true;
    return false;
}

/* Whether an excluded row took the attempt out before another one arrived. */
static bool is_out(const search *q)
{
    return q->a.out &&
           (q->best->level < q->t->o->n_levels || cmi_funnel_time(q->t, q->a.end) <= q->best->when);
}

static bool search_entry(search *q, int64_t at)
{
    const cmi_funnel_track *t = q->t;

    cmi_funnel_follow(t, at, false, &q->a);
    if (is_out(q)) {
        *q->best = q->a;
        return true;
    }
    if (t->o->order == CMI_FUNNEL_ANY) {
        if (is_better(t->rows, &q->a, q->best)) *q->best = q->a;
        q->best->out = false;
        return true;
    }
    memset(q->seen, 0, (size_t)(t->n * t->o->n_levels));
    begin(t, at, &q->a);
    extend(q, at);
    return q->nodes < MAX_NODES;
}

bool cmi_funnel_search(const cmi_funnel_track *t, uint8_t *seen, cmi_funnel_attempt *best)
{
    const cmi_funnel *o = t->o;
    uint64_t entries = cmi_funnel_entry_bits(o);
    search q = { .t = t, .best = best, .seen = seen, .overlaps = overlaps(t) };

    q.plain = !o->has_step_windows && !o->n_excluded && o->order == CMI_FUNNEL_ORDERED;
    best->level = 0;
    best->out = false;
    for (int64_t i = 0; i < t->n && !best->out; i++) {
        int64_t time = cmi_funnel_time(t, i);
        if (best->level == o->n_levels && time > best->when) return true;
        if (!(cmi_funnel_bits(t, i) & entries) || !cmi_funnel_in_window(o, time) ||
            !cmi_funnel_is_mature(o, time))
            continue;
        if (!search_entry(&q, i)) return false;
    }
    return true;
}
