/* SPDX-License-Identifier: MIT */
/* A session's events belong to its first known customer: a visitor who logs in half way has one
 * session, not two. */
#include "data/seal.h"

#include "core/hash.h"

enum { AHEAD = 12 }; /* rows whose slots are on their way to the cache */

typedef struct session {
    uint64_t id;    /* 0: empty */
    uint32_t owner; /* customer of the first row that has one */
    uint32_t row;   /* that row, over all segments */
} session;

typedef struct sessions {
    cmi_sealing *s;
    const cmi_seal_table *t;
    session *slots;
    uint64_t mask;
    int64_t n;
    bool mixed; /* some session has rows of several owners, or of none known */
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

/* Rows come in input order, so at equal time and sequence the earlier one is there already. */
static bool is_earlier(const sessions *x, const cmi_segment *g, int64_t i, uint32_t than)
{
    const cmi_segment *h = cmi_seal_find_segment(x->t, than);
    int64_t k = than - h->first;
    if (g->time[i] != h->time[k]) return g->time[i] < h->time[k];
    int64_t sequence = g->sequence ? g->sequence[i] : CMI_NULL;
    return sequence < (h->sequence ? h->sequence[k] : CMI_NULL);
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
        if (!id) continue;
        if (g->dest[i] & CMI_ANONYMOUS) {
            x->mixed = true;
            continue;
        }
        session *e = find(x, id);
        bool fresh = e->id == 0;
        x->mixed |= !fresh && e->owner != g->dest[i];
        /* Where times never fall the first row to be seen is the first. */
        if (!fresh && !(x->t->may_be_unsorted && is_earlier(x, g, i, e->row))) continue;
        *e = (session){ .id = id, .owner = g->dest[i], .row = (uint32_t)(g->first + i) };
        if (fresh && ++x->n > (int64_t)((x->mask + 1) / 8 * 5) && !grow(x)) return false;
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
    /* Of devices or households a session may have several, and each keeps its rows. */
    if (!t->has_entity || s->ds->owner) return CM_OK;
    sessions x = { .s = s, .t = t };
    bool ok = grow(&x), cancelled = false;
    for (int pass = 0; pass < 2 && (pass == 0 || (x.mixed && x.n)); pass++) {
        for (int64_t k = 0; k < t->n_segments && ok && !cancelled; k++) {
            const cmi_segment *g = &t->segments[k];
            cancelled = cmi_job_cancelled(&s->job);
            if (!g->entity || cancelled) continue;
            ok = pass == 0 ? collect_known(&x, g) : move_rows(&x, g, &t->moves);
        }
    }
    cmi_free(s->ctx, x.slots);
    if (cancelled) return cmi_fail(err, CM_ERR_CANCELLED, "the run was cancelled");
    return ok ? CM_OK : cmi_no_memory(s->ctx, err);
}
