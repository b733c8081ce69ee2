/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "core/error.h"
#include "data/collect.h"
#include "data/driver_rows.h"

/* The walk over owners. Two ways through it: the plain one, where all rows come from one table and
 * nothing but names decides, reads the sealed columns in place; the general one merges, filters and
 * splits in scratch. Both give the kernel the same span. */

typedef struct drive {
    const cmi_bound *b;
    const cmi_job *job;
    cmi_walk *walk;      /* one per thread */
    const int64_t *edge; /* owner ranges */
    bool plain;
} drive;

/* ---- spans ---- */

/* First and last instants of the selectors, over all rows, filtered or not. Returns the bits that
 * some row has. */
static uint64_t find_ends(cmi_span *span, uint64_t used, const int64_t *time, const uint64_t *sel,
                          int64_t n)
{
    uint64_t seen = 0;

    for (uint64_t m = used; m; m &= m - 1) {
        int bit = __builtin_ctzll(m);
        span->first[bit] = span->last[bit] = CMI_NULL;
    }
    for (int64_t i = 0; i < n; i++) {
        uint64_t fresh = sel[i] & ~seen;
        if (!fresh) continue;
        for (uint64_t m = fresh & used; m; m &= m - 1) span->first[__builtin_ctzll(m)] = time[i];
        seen |= fresh;
    }
    uint64_t left = used & seen;
    for (int64_t i = n - 1; left; i--) {
        for (uint64_t m = sel[i] & left; m; m &= m - 1) span->last[__builtin_ctzll(m)] = time[i];
        left &= ~sel[i];
    }
    return seen;
}

static uint64_t find_seen(const uint64_t *sel, int64_t n)
{
    uint64_t seen = 0;

    for (int64_t i = 0; i < n; i++) seen |= sel[i];
    return seen;
}

static void note_ends(cmi_walk *w, cmi_span *span, const int64_t *time, const uint64_t *sel,
                      int64_t n)
{
    if (w->b->plan->no_ends)
        w->seen |= find_seen(sel, n);
    else
        w->seen |= find_ends(span, w->b->used_bits, time, sel, n);
}

static void fill_customer(const cmi_bound *b, cmi_span *span, int64_t owner)
{
    if (!b->n_customer) return;
    int64_t row =
        owner < b->ds->n_known ? cmi_walk_customer_row(b, owner, b->plan->common.as_of - 1) : -1;
    for (int i = 0; i < b->n_customer; i++) {
        const cmi_column *c = b->customer_column[i];
        int64_t v = b->slot_dict[b->customer_slot[i]] ? 0 : CMI_NULL;
        if (c && row >= 0) v = c->u32 ? (int64_t)c->u32[row] : c->i64[row];
        span->customer[b->customer_slot[i]] = v;
    }
}

static void fill_owner(const cmi_walk *w, cmi_span *span, int64_t owner)
{
    span->anonymous = owner >= w->b->ds->n_known;
    span->owner = span->anonymous ? 0 : (uint32_t)(owner + 1);
    span->first_group = true;
    fill_customer(w->b, span, owner);
}

static void collect(const cmi_walk *w, const cmi_span *span)
{
    w->b->plan->kpi->collect(w->state, w->b->plan->options, span);
}

/* ---- the plain way ---- */

static bool walk_plain(cmi_walk *w, cmi_span *span, int64_t owner)
{
    const cmi_bound_table *t = &w->b->table[0];
    int64_t from = t->facts->offset[owner], to = t->facts->offset[owner + 1], n;

    while (to > from && t->facts->time[to - 1] >= w->b->plan->common.as_of) to--;
    n = to - from;
    if (n == 0) return true;
    if (!cmi_walk_reserve(w, n) || !cmi_plain_bits(w, from, n)) return false;
    span->n = n;
    span->time = t->facts->time + from;
    span->sel = w->sel;
    span->table = NULL;
    span->fact = t->fact;
    span->groups = NULL;
    cmi_plain_values(w, span, owner, from, n);
    note_ends(w, span, span->time, w->sel, n);
    fill_owner(w, span, owner);
    span->group = w->b->n_by ? cmi_walk_owner_group(w, owner) : 0;
    w->n_rows += n;
    collect(w, span);
    return true;
}

/* ---- the general way ---- */

static void whole_span(cmi_walk *w, cmi_span *span)
{
    span->n = w->n;
    span->time = w->time;
    span->sel = w->sel;
    span->table = w->fact;
    span->fact = (cmi_fact)w->fact[0];
    span->groups = NULL;
    for (int i = 0; i < w->n_used; i++) span->value[w->used[i]] = w->value[w->used[i]];
}

/* Rows of one group into the part arrays, in time order. Heads are found anew: an order counts in
 * each group that has a line of it. */
static void split_span(cmi_walk *w, cmi_span *span, uint32_t group)
{
    int64_t n = 0;

    for (int64_t i = 0; i < w->n; i++)
        if (w->group[i] == group) w->slice[n++] = (uint32_t)i;
    if (w->b->head_bits) cmi_walk_heads(w, w->slice, n, w->b->has_where);
    for (int64_t k = 0; k < n; k++) {
        uint32_t i = w->slice[k];
        w->part_time[k] = w->time[i];
        w->part_sel[k] = w->sel[i];
        w->part_fact[k] = w->fact[i];
    }
    for (int u = 0; u < w->n_used; u++) {
        int v = w->used[u];
        for (int64_t k = 0; k < n; k++) w->part_value[v][k] = w->value[v][w->slice[k]];
        span->value[v] = w->part_value[v];
    }
    span->n = n;
    span->time = w->part_time;
    span->sel = w->part_sel;
    span->table = w->part_fact;
    span->group = group;
    span->groups = NULL;
}

static bool seen_before(const cmi_walk *w, int64_t i)
{
    for (int64_t k = i - 1; k >= 0; k--)
        if (w->group[k] == w->group[i]) return true;
    return false;
}

static void collect_split(cmi_walk *w, cmi_span *span)
{
    for (int64_t i = 0; i < w->n; i++) {
        if (i && w->group[i] == w->group[i - 1]) continue;
        if (seen_before(w, i)) continue;
        split_span(w, span, w->group[i]);
        collect(w, span);
        span->first_group = false;
    }
}

static bool same_group(const cmi_walk *w)
{
    for (int64_t i = 1; i < w->n; i++)
        if (w->group[i] != w->group[0]) return false;
    return true;
}

static void collect_grouped(cmi_walk *w, cmi_span *span, int64_t owner)
{
    cmi_walk_groups(w, owner);
    if (same_group(w)) {
        if (w->b->head_bits && w->b->has_where) cmi_walk_heads(w, NULL, w->n, true);
        whole_span(w, span);
        span->group = w->group[0];
        if (w->b->plan->by_mode == CMI_BY_GIVEN) span->groups = w->group;
        collect(w, span);
    } else if (w->b->plan->by_mode == CMI_BY_GIVEN) {
        if (w->b->head_bits && w->b->has_where) cmi_walk_heads(w, NULL, w->n, true);
        whole_span(w, span);
        span->groups = w->group;
        collect(w, span);
    } else {
        collect_split(w, span);
    }
}

static bool walk_general(cmi_walk *w, cmi_span *span, int64_t owner)
{
    int64_t n = cmi_walk_gather(w, owner);

    if (n <= 0) return n == 0;
    cmi_walk_bits(w, owner);
    for (int i = 0; i < w->n_used; i++) cmi_walk_value(w, w->used[i], owner);
    if (w->b->head_bits) cmi_walk_heads(w, NULL, n, false);
    note_ends(w, span, w->time, w->sel, n);
    fill_owner(w, span, owner);
    w->n_rows += n;
    if (w->b->row_groups) {
        collect_grouped(w, span, owner);
        return true;
    }
    if (w->b->head_bits && w->b->has_where) cmi_walk_heads(w, NULL, n, true);
    whole_span(w, span);
    span->group = w->b->n_by ? cmi_walk_owner_group(w, owner) : 0;
    collect(w, span);
    return true;
}

/* ---- tasks ---- */

static cm_status bind_state(cmi_state *s, const cmi_bound *b);

static void list_slots(cmi_walk *w)
{
    uint32_t slots = 0;

    for (int i = 0; i < w->b->plan->n_values; i++)
        if (w->b->plan->value[i].kind != 2) slots |= UINT32_C(1) << w->b->plan->value[i].slot;
    for (; slots; slots &= slots - 1) w->used[w->n_used++] = __builtin_ctz(slots);
}

static cm_status open_walk(cmi_walk *w, const cmi_bound *b, cm_error *err)
{
    cm_status status = cmi_state_create(b->plan, &w->state, err);
    if (status != CM_OK) return status;
    w->b = b;
    list_slots(w);
    status = bind_state(w->state, b);
    return status == CM_OK ? CM_OK : cmi_no_memory(b->ds->ctx, err);
}

static cm_status drive_range(int64_t task, int32_t thread, void *user, cm_error *err)
{
    drive *d = user;
    cmi_walk *w = &d->walk[thread];
    int64_t end = d->edge[task + 1], before;
    cmi_span span;

    if (cmi_job_cancelled(d->job)) return cmi_fail(err, CM_ERR_CANCELLED, "the run was cancelled");
    if (!w->b) {
        cm_status status = open_walk(w, d->b, err);
        if (status != CM_OK) return status;
    }
    memset(&span, 0, sizeof span);
    if (!d->b->plan->kpi->anonymous && end > d->b->ds->n_known) end = d->b->ds->n_known;
    for (int64_t owner = d->edge[task]; owner < end; owner++) {
        before = w->n_rows;
        if (!(d->plain ? walk_plain(w, &span, owner) : walk_general(w, &span, owner)))
            return cmi_no_memory(d->b->ds->ctx, err);
        if (w->n_rows > before)
            *(owner < d->b->ds->n_known ? &w->n_customers : &w->n_anonymous) += 1;
    }
    return cmi_state_status(w->state, err);
}

/* ---- dictionaries of the state ---- */

static const cmi_dict *part_dict(const cmi_bound *b, const char *kind, size_t n)
{
    if (n == 8 && !memcmp(kind, "customer", 8)) return b->ds->customers;
    if (n > 1 && kind[0] == '@') { /* "@3": whatever codes slot 3 holds */
        int slot = kind[1] - '0';
        if (n == 3) slot = slot * 10 + (kind[2] - '0');
        return b->slot_dict[slot] ? b->slot_dict[slot] : b->empty;
    }
    for (int32_t i = 0; i < b->ds->n_dicts; i++)
        if (strlen(b->ds->dict_names[i]) == n && !memcmp(b->ds->dict_names[i], kind, n))
            return b->ds->dicts[i];
    return b->empty;
}

static cm_status bind_parts(cmi_state *s, const cmi_bound *b, int cells, const char *keys)
{
    int part = 0;

    for (const char *p = keys; *p; part++) {
        const char *end = p + strcspn(p, ","), *kind = memchr(p, ':', (size_t)(end - p));
        size_t n = kind ? (size_t)(end - kind - 1) : 0;
        bool integer = !kind || (n == 3 && !memcmp(kind + 1, "int", 3)) ||
                       (n == 3 && !memcmp(kind + 1, "own", 3));
        if (!integer && !cmi_state_bind_dict(s, cells, part, part_dict(b, kind + 1, n)))
            return CM_ERR_MEMORY;
        p = *end ? end + 1 : end;
    }
    return CM_OK;
}

static cm_status bind_state(cmi_state *s, const cmi_bound *b)
{
    const cmi_cells_def *defs = b->plan->kpi->cells;

    for (int c = 0; defs && defs[c].name; c++)
        if (bind_parts(s, b, c, defs[c].keys) != CM_OK) return CM_ERR_MEMORY;
    for (int i = 0; i < b->n_by; i++) {
        const cmi_dict *dict = b->by_dict[i] ? b->by_dict[i] : b->empty;
        bool ok = b->by_label[i] ? cmi_state_bind_bands(s, i, b->by_label[i], b->n_by_label[i])
                                 : cmi_state_bind_by(s, i, dict);
        if (!ok) return CM_ERR_MEMORY;
    }
    return CM_OK;
}

/* ---- the whole ---- */

/* The caller's thread collects the pooled side tables into the first state. */
static void collect_sides(const cmi_bound *b, cmi_state *s)
{
    for (int i = 0; i < CMI_N_SIDES && b->plan->kpi->collect_side; i++)
        if (b->plan->sides >> i & 1 && b->ds->sides[i].given)
            b->plan->kpi->collect_side(s, b->plan->options, &b->ds->sides[i], (cmi_side_id)i);
}

static const char *const ROWS_READ[CMI_N_FACTS] = { "read.customers", "read.events",
                                                    "read.orders",    "read.subscriptions",
                                                    "read.responses", "read.tickets",
                                                    "read.spend",     "read.assignments" };
static const char *const SELECTED[CMI_MAX_BITS] = {
    "select.0",  "select.1",  "select.2",  "select.3",  "select.4",  "select.5",  "select.6",
    "select.7",  "select.8",  "select.9",  "select.10", "select.11", "select.12", "select.13",
    "select.14", "select.15", "select.16", "select.17", "select.18", "select.19", "select.20",
    "select.21", "select.22", "select.23", "select.24", "select.25", "select.26", "select.27",
    "select.28", "select.29", "select.30", "select.31", "select.32", "select.33", "select.34",
    "select.35", "select.36", "select.37", "select.38", "select.39", "select.40", "select.41",
    "select.42", "select.43", "select.44", "select.45", "select.46", "select.47", "select.48",
    "select.49", "select.50", "select.51", "select.52", "select.53", "select.54", "select.55",
    "select.56", "select.57", "select.58", "select.59", "select.60", "select.61", "select.62",
    "select.63",
};

/* What the result's meta tells: rows, owners, ties, and which selectors matched anything (bit 0:
 * where). */
static void count_all(const drive *d, cmi_state *s, int32_t threads)
{
    uint64_t seen = 0;
    int64_t customers = 0, anonymous = 0, ties = 0;

    for (int32_t i = 0; i < threads; i++) {
        seen |= d->walk[i].seen;
        customers += d->walk[i].n_customers;
        anonymous += d->walk[i].n_anonymous;
    }
    for (int t = 0; t < d->b->n_tables; t++) {
        const cmi_facts *f = d->b->table[t].facts;
        cmi_state_count(s, ROWS_READ[d->b->table[t].fact], f->n_rows);
        ties += f->n_ties;
    }
    cmi_state_count(s, "n_customers", customers);
    cmi_state_count(s, "n_anonymous", anonymous);
    cmi_state_count(s, "ties", ties);
    for (uint64_t m = d->b->used_bits | 1; m; m &= m - 1) {
        int bit = __builtin_ctzll(m);
        cmi_state_count(s, SELECTED[bit], seen >> bit & 1);
    }
}

static cm_status merge_walks(drive *d, int32_t threads, cmi_state **out, cm_error *err)
{
    cm_status status = CM_OK;

    if (!d->walk[0].b) status = open_walk(&d->walk[0], d->b, err);
    for (int32_t i = 1; i < threads && status == CM_OK; i++)
        if (d->walk[i].b) status = cmi_state_merge(d->walk[0].state, d->walk[i].state, err);
    if (status != CM_OK) return status;
    collect_sides(d->b, d->walk[0].state);
    count_all(d, d->walk[0].state, threads);
    status = cmi_state_status(d->walk[0].state, err);
    if (status != CM_OK) return status;
    *out = d->walk[0].state;
    d->walk[0].state = NULL;
    return CM_OK;
}

/* Ranges of about 64 Ki rows, so that cancelling takes effect soon; smaller where threads would
 * idle. */
static int64_t count_ranges(const cmi_bound *b, const cmi_job *job)
{
    int64_t rows = 0, most;

    for (int t = 0; t < b->n_tables; t++) rows += b->table[t].facts->n_rows;
    most = rows / 65536 + 1;
    if (rows < 50000 && !(job->run && job->run->threads))
        return 1; /* threads pay only when asked for */
    if (job->threads > 1 && most < 4 * (int64_t)job->threads) most = 4 * (int64_t)job->threads;
    return most < b->ds->n_owners ? most : (b->ds->n_owners ? b->ds->n_owners : 1);
}

static cm_status drive_bound(const cmi_bound *b, const cmi_job *job, cmi_state **out, cm_error *err)
{
    cm_context *ctx = b->ds->ctx;
    drive d = { .b = b, .job = job, .plain = cmi_plain_fits(b) };
    int64_t n = count_ranges(b, job);
    int64_t *edge = cmi_calloc(ctx, (size_t)n + 1, sizeof *edge);
    cm_status status = CM_OK;

    d.walk = cmi_calloc(ctx, (size_t)job->threads, sizeof *d.walk);
    if (!edge || !d.walk) status = cmi_no_memory(ctx, err);
    if (status == CM_OK && b->n_tables && b->plan->kpi->collect) {
        cmi_dataset_ranges(b->ds, b->mask, n, edge);
        d.edge = edge;
        status = cmi_parallel(job, ctx, n, drive_range, &d, err);
    }
    if (status == CM_OK) status = merge_walks(&d, job->threads, out, err);
    for (int32_t i = 0; d.walk && i < job->threads; i++) {
        cmi_state_destroy(d.walk[i].state);
        cmi_walk_free(&d.walk[i]);
    }
    cmi_free(ctx, d.walk);
    cmi_free(ctx, edge);
    return status;
}

cm_status cmi_drive(const cmi_plan *plan, const cm_dataset *ds, const cmi_labels *labels,
                    const cmi_job *job, cmi_state **out, cm_error *err)
{
    cmi_bound b;
    cm_dataset *own = NULL;
    cm_status status = CM_OK;

    if (plan->unit && !(ds->owner && !strcmp(ds->owner, plan->unit))) {
        if (ds->n_partitions > 1) {
            cmi_fail(err, CM_ERR_MISMATCH,
                     "unit=%s: a partition must have been loaded with that owner", plan->unit);
            cmi_error_hint(err, "load every part with owner=%s", plan->unit);
            return CM_ERR_MISMATCH;
        }
        status = cmi_dataset_reown(ds, plan->unit, job, &own, err);
        if (status != CM_OK) return status;
        ds = own;
    }
    status = cmi_bind(plan, ds, labels, &b, err);
    if (status == CM_OK) {
        status = drive_bound(&b, job, out, err);
        cmi_bound_destroy(&b);
    }
    cm_dataset_destroy(own);
    return status;
}
