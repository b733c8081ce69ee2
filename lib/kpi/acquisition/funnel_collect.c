/* SPDX-License-Identifier: MIT */
#include "core/sort.h"
#include "kpi/acquisition/funnel.h"

/* From a customer's rows to cells: sessions and held values cut the rows into tracks, the kernels
 * find the attempts, and what they reached is counted. */

/* What stands for a customer or session: the attempt that counts. */
typedef struct outcome {
    cmi_funnel_attempt a;
    cmi_funnel_track t; /* of the attempt */
    bool out;
    int64_t pending; /* row of the first entry that is not mature; -1: none */
} outcome;

typedef struct seen_group {
    uint32_t group, steps;
} seen_group;

typedef struct owner {
    cmi_state *s;
    const cmi_funnel *o;
    const cmi_span *rows;
    uint32_t *index, *index_scratch; /* rows by session and held values; NULL: as they come */
    int64_t n_indexed;
    uint8_t *found;    /* of the search */
    seen_group *group; /* groups in which steps of the customer were counted */
    int64_t n_groups;
} owner;

/* ---- scratch ---- */

static bool is_split(const cmi_funnel *o)
{
    return o->hold.n || (o->counting == CMI_FUNNEL_SESSIONS && o->sessions == CMI_FUNNEL_GIVEN);
}

static bool needs_search(const cmi_funnel *o)
{
    return o->entry == CMI_FUNNEL_ANY_ENTRY && o->counting != CMI_FUNNEL_TOTALS &&
           (o->order == CMI_FUNNEL_ANY || o->ties == CMI_FUNNEL_WITHIN);
}

static bool open_owner(owner *x)
{
    const cmi_funnel *o = x->o;
    int64_t n = x->rows->n;
    bool groups = x->rows->groups && o->counting != CMI_FUNNEL_UNIQUES;
    int64_t size = (groups ? (int64_t)sizeof(seen_group) : 0) +
                   (is_split(o) ? 2 * (int64_t)sizeof(uint32_t) : 0) +
                   (needs_search(o) ? o->n_levels : 0);
    char *p = size ? cmi_state_scratch(x->s, n + 1, (size_t)size) : NULL;

    if (size && !p) return false;
    if (!p) return true;
    x->group = groups ? (seen_group *)(void *)p : NULL;
    p += groups ? (n + 1) * (int64_t)sizeof(seen_group) : 0;
    x->index = is_split(o) ? (uint32_t *)(void *)p : NULL;
    x->index_scratch = x->index ? x->index + n : NULL;
    p += is_split(o) ? 2 * n * (int64_t)sizeof(uint32_t) : 0;
    x->found = (uint8_t *)p;
    return true;
}

/* ---- tracks ---- */

static bool is_null(const cmi_funnel *o, int slot, int64_t v)
{
    return v == CMI_NULL || v == UINT32_MAX || (!v && !o->number[slot]);
}

static int compare_keys(const owner *x, uint32_t a, uint32_t b, int from, int to)
{
    for (int k = from; k < to; k++) {
        int64_t va = x->rows->value[k][a], vb = x->rows->value[k][b];
        if (va != vb) return va < vb ? -1 : 1;
    }
    return 0;
}

static int compare_sessions(const owner *x, uint32_t a, uint32_t b)
{
    if (x->o->counting != CMI_FUNNEL_SESSIONS || x->o->sessions == CMI_FUNNEL_DERIVED) return 0;
    return compare_keys(x, a, b, CMI_FUNNEL_SESSION, CMI_FUNNEL_SESSION + 1);
}

static int compare_held(const owner *x, uint32_t a, uint32_t b)
{
    return compare_keys(x, a, b, 0, (int)x->o->hold.n);
}

static int compare_rows(const void *a, const void *b, void *user)
{
    uint32_t ra = *(const uint32_t *)a, rb = *(const uint32_t *)b;
    int order = compare_sessions(user, ra, rb);
    return order ? order : compare_held(user, ra, rb);
}

/* Rows from .. to by session and held values; those that lack one are in no track. */
static void index_rows(owner *x, int64_t from, int64_t to)
{
    const cmi_funnel *o = x->o;
    bool given = o->counting == CMI_FUNNEL_SESSIONS && o->sessions == CMI_FUNNEL_GIVEN;

    x->n_indexed = 0;
    for (int64_t i = from; i < to; i++) {
        bool null = given && is_null(o, CMI_FUNNEL_SESSION, x->rows->value[CMI_FUNNEL_SESSION][i]);
        for (int k = 0; k < o->hold.n && !null; k++) null = is_null(o, k, x->rows->value[k][i]);
        if (!null) x->index[x->n_indexed++] = (uint32_t)i;
    }
    cmi_sort(x->index, x->index_scratch, x->n_indexed, sizeof *x->index, compare_rows, x);
}

/* ---- the attempt that counts ---- */

static int64_t first_entry(const cmi_funnel_track *t, int64_t at, bool mature)
{
    uint64_t bits = cmi_funnel_entry_bits(t->o);

    for (; at < t->n; at++) {
        int64_t time = cmi_funnel_time(t, at);
        if (cmi_funnel_bits(t, at) & bits && cmi_funnel_in_window(t->o, time) &&
            (!mature || cmi_funnel_is_mature(t->o, time)))
            return at;
    }
    return -1;
}

static void follow_first(const cmi_funnel_track *t, cmi_funnel_attempt *a)
{
    int64_t at = first_entry(t, 0, false);
    if (at >= 0 && cmi_funnel_is_mature(t->o, cmi_funnel_time(t, at)))
        cmi_funnel_follow(t, at, false, a);
}

/* Entry after entry, until one leaves its first level. */
static void follow_last(const cmi_funnel_track *t, cmi_funnel_attempt *a)
{
    for (int64_t at = 0; a->level < 2 && !a->out; at = a->end > at ? a->end : at + 1) {
        at = first_entry(t, at, true);
        if (at < 0) return;
        cmi_funnel_follow(t, at, true, a);
    }
}

static void choose(owner *x, const cmi_funnel_track *t, cmi_funnel_attempt *a)
{
    a->level = 0;
    a->out = false;
    if (t->o->entry == CMI_FUNNEL_FIRST_ENTRY)
        follow_first(t, a);
    else if (t->o->entry == CMI_FUNNEL_LAST_ENTRY)
        follow_last(t, a);
    else if (!needs_search(t->o))
        cmi_funnel_longest(t, a);
    else if (!cmi_funnel_search(t, x->found, a))
        cmi_state_fail(x->s, CM_ERR_LIMIT,
                       "funnel: the rows of a customer fit the steps in too many ways within the "
                       "ties' window");
}

static bool is_better(const outcome *r, const cmi_funnel_track *t, const cmi_funnel_attempt *a)
{
    const int64_t *time = t->rows->time;

    if (!r->a.level || !a->level) return a->level > r->a.level;
    if (t->o->entry == CMI_FUNNEL_FIRST_ENTRY) return a->row[0] < r->a.row[0];
    if (a->level != r->a.level) return a->level > r->a.level;
    if (a->when != r->a.when) return a->when < r->a.when;
    return time[a->row[0]] > time[r->a.row[0]];
}

/* One more track of a customer or session; first_entry asks for the first entry of all tracks. */
static void consider(owner *x, const cmi_funnel_track *t, outcome *r)
{
    cmi_funnel_attempt a;

    choose(x, t, &a);
    r->out |= a.out;
    if (is_better(r, t, &a)) {
        r->a = a;
        r->t = *t;
    }
    int64_t entry = a.level ? -1 : first_entry(t, 0, false);
    if (entry < 0) return;
    int64_t row = cmi_funnel_row(t, entry);
    if (r->pending < 0 || row < r->pending) r->pending = row;
}

/* ---- cells ---- */

static uint32_t group_of(const owner *x, int64_t row)
{
    return cmi_span_group(x->rows, row);
}

/* Steps that this customer is counted at for the first time in the group. */
static uint32_t new_steps(owner *x, uint32_t group, uint32_t found, uint32_t *plain)
{
    int64_t i = 0;

    while (x->group && i < x->n_groups && x->group[i].group != group) i++;
    uint32_t *seen = x->group ? &x->group[i].steps : plain;
    if (x->group && i == x->n_groups) x->group[x->n_groups++] = (seen_group){ group, 0 };
    found &= ~*seen;
    *seen |= found;
    return found;
}

/* Time from the step before that was found, plus 1; 0: not found. */
static void count_times(owner *x, uint32_t group, uint32_t found, const uint32_t *row)
{
    const cmi_funnel *o = x->o;
    int64_t key[CMI_FUNNEL_MAX_STEPS] = { 0 }, last = x->rows->time[row[0]];
    bool is_short = o->n <= CMI_FUNNEL_SHORT;
    int cells = is_short ? CMI_FUNNEL_TIMES : CMI_FUNNEL_LONG_TIMES;

    if (!(found & (found - 1)) || !o->common.detail) return;
    for (int k = 1; k < o->n; k++) {
        if (!(found >> k & 1)) continue;
        int64_t time = x->rows->time[row[k]];
        if (time < last) time = last;
        key[k - 1] = time - last + 1;
        last = time;
    }
    cmi_add64(x->s, cells,
              cmi_at(x->s, cells, group, key, is_short ? CMI_FUNNEL_SHORT - 1 : o->n - 1), 0, 1);
}

static void count_attempt(owner *x, const cmi_funnel_track *t, const cmi_funnel_attempt *a,
                          uint32_t *plain)
{
    const cmi_funnel *o = x->o;
    uint32_t row[CMI_FUNNEL_MAX_STEPS], found = cmi_funnel_steps(t, a, row);
    uint32_t at = o->touch == CMI_FUNNEL_TOUCH_LAST ? a->row[a->level - 1] : a->row[0];

    if (o->touch >= 0 && !(found >> o->touch & 1)) return;
    uint32_t group = group_of(x, o->touch >= 0 ? row[o->touch] : at);
    uint32_t fresh = new_steps(x, group, found, plain);
    int64_t *customers = cmi_cell_column(x->s, CMI_FUNNEL_REACHED, CMI_FUNNEL_CUSTOMERS, group, 0);
    int64_t *attempts = cmi_cell_column(x->s, CMI_FUNNEL_REACHED, CMI_FUNNEL_ATTEMPTS, group, 0);
    for (int k = 0; k < o->n; k++) {
        customers[k] += fresh >> k & 1;
        attempts[k] += found >> k & 1;
    }
    count_times(x, group, found, row);
}

static void leave(owner *x, int column, int64_t row)
{
    cmi_cell_column(x->s, CMI_FUNNEL_LEFT, column, group_of(x, row), 0)[0]++;
    if (column == CMI_FUNNEL_PENDING) cmi_state_pending(x->s, 1);
}

/* ---- counting ---- */

static void count_outcome(owner *x, const outcome *r, uint32_t *plain)
{
    if (r->out)
        leave(x, CMI_FUNNEL_DISQUALIFIED, r->a.level ? r->a.row[0] : r->pending);
    else if (r->a.level)
        count_attempt(x, &r->t, &r->a, plain);
    else if (r->pending >= 0)
        leave(x, CMI_FUNNEL_PENDING, r->pending);
}

static void count_totals(owner *x, const cmi_funnel_track *t, uint32_t *plain)
{
    const cmi_funnel *o = t->o;
    uint64_t entries = cmi_funnel_entry_bits(o);
    cmi_funnel_attempt a;

    for (int64_t at = 0; at < t->n; at++) {
        if (!(cmi_funnel_bits(t, at) & entries)) continue;
        if (o->entry == CMI_FUNNEL_EACH_ENTRY && !cmi_funnel_in_window(o, cmi_funnel_time(t, at)))
            continue;
        cmi_funnel_follow(t, at, o->entry == CMI_FUNNEL_LAST_ENTRY, &a);
        int64_t begun = x->rows->time[a.row[0]];
        if (o->entry != CMI_FUNNEL_EACH_ENTRY && a.end > at + 1) at = a.end - 1;
        if (!cmi_funnel_in_window(o, begun)) continue;
        if (!cmi_funnel_is_mature(o, begun))
            leave(x, CMI_FUNNEL_PENDING, a.row[0]);
        else if (a.out)
            leave(x, CMI_FUNNEL_DISQUALIFIED, a.row[0]);
        else
            count_attempt(x, t, &a, plain);
    }
}

/* The rows of one track, or of the session that is one. */
static void count_rows(owner *x, int64_t from, int64_t to, uint32_t *plain)
{
    cmi_funnel_track t = { .rows = x->rows, .o = x->o, .from = from, .n = to - from };
    outcome r = { .pending = -1 };

    if (x->o->counting == CMI_FUNNEL_TOTALS) {
        count_totals(x, &t, plain);
        return;
    }
    consider(x, &t, &r);
    count_outcome(x, &r, plain);
}

/* Rows in a given order: one track after the other, one session after the other. */
static void count_indexed(owner *x, uint32_t *plain)
{
    outcome r = { .pending = -1 };

    for (int64_t from = 0, to; from < x->n_indexed; from = to) {
        const uint32_t *row = x->index;
        for (to = from + 1; to < x->n_indexed && !compare_rows(&row[from], &row[to], x);) to++;
        cmi_funnel_track t = { .rows = x->rows, .o = x->o, .index = row + from, .n = to - from };
        if (x->o->counting == CMI_FUNNEL_TOTALS) {
            count_totals(x, &t, plain);
            continue;
        }
        consider(x, &t, &r);
        if (to < x->n_indexed && !compare_sessions(x, row[from], row[to])) continue;
        count_outcome(x, &r, plain);
        r = (outcome){ .pending = -1 };
    }
}

static void count_span(owner *x, int64_t from, int64_t to, uint32_t *plain)
{
    if (!x->index) {
        count_rows(x, from, to, plain);
        return;
    }
    index_rows(x, from, to);
    count_indexed(x, plain);
}

void cmi_funnel_collect(cmi_state *s, const void *options, const cmi_span *rows)
{
    owner x = { .s = s, .o = options, .rows = rows };
    uint32_t plain = 0;
    bool derived = x.o->counting == CMI_FUNNEL_SESSIONS && x.o->sessions == CMI_FUNNEL_DERIVED;

    if (!open_owner(&x)) return;
    for (int64_t from = 0, to; from < rows->n; from = to) {
        to = derived ? from + 1 : rows->n;
        while (to < rows->n && rows->time[to] - rows->time[to - 1] <= x.o->gap_us) to++;
        count_span(&x, from, to, &plain);
    }
}
