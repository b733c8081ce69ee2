/* SPDX-License-Identifier: MIT */
/* A session's events belong to its first known customer: a visitor who logs in half way has one
 * session, not two. */
#include "data/seal.h"

#include "core/hash.h"

enum { AHEAD = 12 }; /* rows whose slots are on their way to the cache */

typedef struct session {
    uint64_t id;    /* 0: empty */
    int64_t time;   /* of the first row with a known customer */
    uint32_t owner; /* that customer */
    uint32_t row;
} session;

typedef struct sessions {
    cmi_sealing *s;
    const cmi_seal_table *t;
    session *slots;
    uint64_t mask;
    int64_t n;
} sessions;

static session *find(const sessions *x, uint64_t id)
{
    uint64_t i = cmi_mix(id) & x->mask;
    while (x->slots[i].id && x->slots[i].id != id) i = (i + 1) & x->mask;
    return &x->slots[i];
}

static bool grow(sessions *x)
{
    uint64_t n_slots = x->slots ? (x->mask + 1) * 2 : 1024;
    session *old = x->slots, *fresh = cmi_calloc(x->s->ctx, n_slots, sizeof *fresh);
    uint64_t n_old = old ? x->mask + 1 : 0;
    if (!fresh) return false;
    x->slots = fresh;
    x->mask = n_slots - 1;
    for (uint64_t i = 0; i < n_old; i++)
        if (old[i].id) *find(x, old[i].id) = old[i];
    cmi_free(x->s->ctx, old);
    return true;
}

static int64_t get_sequence(const sessions *x, int64_t row)
{
    const cmi_segment *g = cmi_seal_find_segment(x->t, row);
    return g->sequence ? g->sequence[row - g->first] : CMI_NULL;
}

/* Rows come in input order, so at equal time and sequence the earlier one is there already. */
static void note_known(const sessions *x, session *e, uint32_t owner, int64_t time, int64_t row)
{
    bool earlier = time < e->time;
    if (time == e->time && x->t->has_sequence)
        earlier = get_sequence(x, row) < get_sequence(x, e->row);
    if (!earlier) return;
    e->time = time;
    e->owner = owner;
    e->row = (uint32_t)row;
}

static void prefetch(const sessions *x, const cmi_segment *g, int64_t i)
{
    if (i + AHEAD < g->n) __builtin_prefetch(&x->slots[cmi_mix(g->entity[i + AHEAD]) & x->mask]);
}

static bool collect_known(sessions *x, const cmi_segment *g)
{
    for (int64_t i = 0; i < g->n; i++) {
        prefetch(x, g, i);
        uint64_t id = g->entity[i];
        if (!id || g->dest[i] & CMI_ANONYMOUS) continue;
        session *e = find(x, id);
        if (e->id) {
            note_known(x, e, g->dest[i], g->time[i], g->first + i);
            continue;
        }
        *e = (session){
            .id = id, .time = g->time[i], .owner = g->dest[i], .row = (uint32_t)(g->first + i)
        };
        if (++x->n > (int64_t)(x->mask / 2) && !grow(x)) return false;
    }
    return true;
}

static bool move_rows(sessions *x, const cmi_segment *g, cmi_moves *moves)
{
    for (int64_t i = 0; i < g->n; i++) {
        prefetch(x, g, i);
        if (!g->entity[i]) continue;
        const session *e = find(x, g->entity[i]);
        if (!e->id || e->owner == g->dest[i]) continue;
        if (!cmi_seal_note_move(x->s->ctx, moves, g->first + i, g->dest[i])) return false;
        g->dest[i] = e->owner;
    }
    return true;
}

cm_status cmi_seal_join_sessions(cmi_sealing *s, cm_error *err)
{
    cmi_seal_table *t = &s->tables[CMI_EVENTS];
    if (!t->has_entity) return CM_OK;
    sessions x = { .s = s, .t = t };
    bool ok = grow(&x), cancelled = false;
    for (int pass = 0; pass < 2; pass++) {
        for (int64_t k = 0; k < t->n_segments && ok && !cancelled; k++) {
            const cmi_segment *g = &t->segments[k];
            cancelled = cmi_job_cancelled(&s->job);
            if (!g->entity || cancelled) continue;
            ok = pass == 0 ? collect_known(&x, g) : x.n == 0 || move_rows(&x, g, &t->moves);
        }
    }
    cmi_free(s->ctx, x.slots);
    if (cancelled) return cmi_fail(err, CM_ERR_CANCELLED, "the run was cancelled");
    return ok ? CM_OK : cmi_no_memory(s->ctx, err);
}
