/* SPDX-License-Identifier: MIT */
#include "core/sort.h"
#include "kpi/acquisition/attribution.h"
#include "math/linalg.h"

/* Removal effects of a Markov chain of order k, by one exact solve a channel.
 *
 * States are the last k touches, the start standing for those that were not yet. From each state
 * the walk goes on to a touch, converts, or ends in nothing, with the frequencies of the paths.
 * x(s) = probability of a conversion from s (or its expected value) solves x = Q x + r. Without
 * channel c a step to c ends in nothing, so the states whose last touch is c fall away and x is
 * solved on the rest. */
enum { MAX_ORDER = 4, MAX_STATES = 4000 };

typedef struct step {
    int64_t state[MAX_ORDER]; /* oldest first; -1 is the start */
    int64_t next;             /* channel; -1 converted, -2 nothing */
    double weight, value;
} step;

typedef struct chain {
    cm_context *ctx;
    int64_t order, n_steps, capacity, n_states;
    step *steps;
    int64_t *last;   /* last touch of each state; -1: the start */
    int64_t *from;   /* steps of state s are from[s] .. from[s + 1] */
    int64_t *target; /* state that each step leads to; -1: none */
    double *total;   /* weight of all steps of a state */
    double *matrix, *x;
    int64_t *pivot, *place;
} chain;

static int compare_steps(const void *a, const void *b, void *user)
{
    const step *x = a, *y = b;
    (void)user;
    for (int k = 0; k < MAX_ORDER; k++)
        if (x->state[k] != y->state[k]) return x->state[k] < y->state[k] ? -1 : 1;
    return (x->next > y->next) - (x->next < y->next);
}

static bool same_state(const step *a, const step *b)
{
    return !memcmp(a->state, b->state, sizeof a->state);
}

static bool push(chain *c, const int64_t *state, int64_t next, double weight, double value)
{
    if (weight == 0) return true;
    if (!cmi_grow(c->ctx, (void **)&c->steps, &c->capacity, c->n_steps + 1, sizeof *c->steps))
        return false;
    step *s = &c->steps[c->n_steps++];
    memcpy(s->state, state, sizeof s->state);
    s->next = next;
    s->weight = weight;
    s->value = value;
    return true;
}

static bool push_path(chain *c, const cmi_walk_path *p)
{
    int64_t state[MAX_ORDER];

    for (int k = 0; k < MAX_ORDER; k++) state[k] = -1;
    for (int64_t i = 0; i < p->n; i++) {
        if (!push(c, state, p->step[i], p->conversions + p->nulls, 0)) return false;
        for (int64_t k = MAX_ORDER - c->order; k < MAX_ORDER - 1; k++) state[k] = state[k + 1];
        state[MAX_ORDER - 1] = p->step[i];
    }
    return push(c, state, -1, p->conversions, p->value) && push(c, state, -2, p->nulls, 0);
}

/* Equal steps become one, in canonical order, so that sums do not depend on the order of paths. */
static cm_status sort_steps(chain *c, cm_error *err)
{
    step *scratch = cmi_malloc_n(c->ctx, (size_t)c->n_steps + 1, sizeof *scratch);
    int64_t n = 0;

    if (!scratch) return cmi_no_memory(c->ctx, err);
    cmi_sort(c->steps, scratch, c->n_steps, sizeof *c->steps, compare_steps, NULL);
    cmi_free(c->ctx, scratch);
    for (int64_t i = 0; i < c->n_steps; i++) {
        if (n && !compare_steps(&c->steps[n - 1], &c->steps[i], NULL)) {
            c->steps[n - 1].weight += c->steps[i].weight;
            c->steps[n - 1].value += c->steps[i].value;
        } else {
            c->steps[n++] = c->steps[i];
        }
    }
    c->n_steps = n;
    return CM_OK;
}

static int64_t find_state(const chain *c, const step *s)
{
    step want = *s;
    int64_t lo = 0, hi = c->n_states - 1;

    if (s->next < 0) return -1;
    for (int64_t k = MAX_ORDER - c->order; k < MAX_ORDER - 1; k++) want.state[k] = s->state[k + 1];
    want.state[MAX_ORDER - 1] = s->next;
    while (lo <= hi) {
        int64_t mid = lo + (hi - lo) / 2;
        const step *at = &c->steps[c->from[mid]];
        if (same_state(at, &want)) return mid;
        want.next = INT64_MIN;
        if (compare_steps(at, &want, NULL) < 0)
            lo = mid + 1;
        else
            hi = mid - 1;
    }
    return -1;
}

static cm_status make_states(chain *c, cm_error *err)
{
    size_t most = (size_t)c->n_steps + 2;

    c->from = cmi_calloc(c->ctx, most, sizeof *c->from);
    c->last = cmi_calloc(c->ctx, most, sizeof *c->last);
    c->total = cmi_calloc(c->ctx, most, sizeof *c->total);
    c->target = cmi_calloc(c->ctx, most, sizeof *c->target);
    if (!c->from || !c->last || !c->total || !c->target) return cmi_no_memory(c->ctx, err);
    for (int64_t i = 0; i < c->n_steps; i++) {
        if (!i || !same_state(&c->steps[i - 1], &c->steps[i])) {
            c->last[c->n_states] = c->steps[i].state[MAX_ORDER - 1];
            c->from[c->n_states++] = i;
        }
        c->total[c->n_states - 1] += c->steps[i].weight;
    }
    c->from[c->n_states] = c->n_steps;
    if (c->n_states > MAX_STATES)
        return cmi_fail(err, CM_ERR_LIMIT,
                        "the chain of order %d has %lld states; up to %d are solved", (int)c->order,
                        (long long)c->n_states, MAX_STATES);
    for (int64_t i = 0; i < c->n_steps; i++) c->target[i] = find_state(c, &c->steps[i]);
    return CM_OK;
}

/* Expected conversions and value of a walk from the start, without channel `removed` (-2: all
 * there). */
static cm_status solve_without(chain *c, int64_t removed, double *conversions, double *value,
                               cm_error *err)
{
    int64_t n = 0;
    double *a = c->matrix, *r = c->x, *v = c->x + c->n_states;

    for (int64_t s = 0; s < c->n_states; s++)
        c->place[s] = removed >= 0 && c->last[s] == removed ? -1 : n++;
    memset(a, 0, (size_t)(n * n) * sizeof *a);
    memset(c->x, 0, (size_t)(2 * c->n_states) * sizeof *c->x);
    for (int64_t s = 0; s < c->n_states; s++) {
        int64_t row = c->place[s];
        if (row < 0) continue;
        a[row * n + row] += 1;
        for (int64_t i = c->from[s]; i < c->from[s + 1]; i++) {
            const step *t = &c->steps[i];
            if (t->next == -1) {
                r[row] += t->weight / c->total[s];
                v[row] += t->value / c->total[s];
            } else if (c->target[i] >= 0 && c->place[c->target[i]] >= 0) {
                a[row * n + c->place[c->target[i]]] -= t->weight / c->total[s];
            }
        }
    }
    if (!cmi_lu_factor(a, n, c->pivot))
        return cmi_fail(err, CM_ERR_INTERNAL, "the chain of paths has no end");
    cmi_lu_solve(a, n, c->pivot, r);
    cmi_lu_solve(a, n, c->pivot, v);
    *conversions = r[0]; /* the start is the first state: -1 sorts before every channel */
    *value = v[0];
    return CM_OK;
}

static cm_status solve_all(chain *c, int64_t n_channels, double *effect, double *value_effect,
                           cm_error *err)
{
    size_t n = (size_t)c->n_states;
    double base, base_value, without, value;

    c->matrix = cmi_malloc_n(c->ctx, n * n + 1, sizeof *c->matrix);
    c->x = cmi_malloc_n(c->ctx, 2 * n + 1, sizeof *c->x);
    c->pivot = cmi_malloc_n(c->ctx, n + 1, sizeof *c->pivot);
    c->place = cmi_malloc_n(c->ctx, n + 1, sizeof *c->place);
    if (!c->matrix || !c->x || !c->pivot || !c->place) return cmi_no_memory(c->ctx, err);
    cm_status status = solve_without(c, -2, &base, &base_value, err);
    for (int64_t k = 0; k < n_channels && status == CM_OK; k++) {
        status = solve_without(c, k, &without, &value, err);
        if (status != CM_OK) break;
        effect[k] = base > 0 ? 1 - without / base : 0;
        value_effect[k] = base_value > 0 || base_value < 0 ? 1 - value / base_value : 0;
    }
    return status;
}

cm_status cmi_markov_removal(cm_context *ctx, const cmi_walk_path *paths, int64_t n_paths,
                             int64_t n_channels, int64_t order, double *effect,
                             double *value_effect, cm_error *err)
{
    chain c = { .ctx = ctx, .order = order };
    cm_status status = CM_OK;

    for (int64_t k = 0; k < n_channels; k++) effect[k] = value_effect[k] = 0;
    for (int64_t i = 0; i < n_paths && status == CM_OK; i++)
        if (!push_path(&c, &paths[i])) status = cmi_no_memory(ctx, err);
    if (status == CM_OK && c.n_steps) {
        status = sort_steps(&c, err);
        if (status == CM_OK) status = make_states(&c, err);
        if (status == CM_OK) status = solve_all(&c, n_channels, effect, value_effect, err);
    }
    void *all[] = { c.steps, c.last, c.from, c.target, c.total, c.matrix, c.x, c.pivot, c.place };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) cmi_free(ctx, all[i]);
    return status;
}
