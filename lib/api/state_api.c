/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "api/run.h"
#include "core/error.h"
#include "core/hash.h"
#include "data/model.h"

/* States: what parts of the facts came to, merged in any order. A state knows which parts it has,
 * so that a part that comes twice (a retry) is refused. */

#define STATE_VERSION 1

/* Part `index` of `n`, or, with n = 1, a whole dataset known by the hash of its owners. */
typedef struct part {
    int32_t index, n;
    uint64_t owners;
} part;

struct cm_state {
    cm_context *ctx;
    cmi_plan *plan;
    cmi_node *node;
    int64_t n_parts, capacity;
    part *parts; /* ascending */
};

static cm_status create_state(cmi_plan *plan, cmi_node *node, cm_state **out, cm_error *err)
{
    cm_state *s = cmi_calloc(plan->ctx, 1, sizeof *s);
    if (!s) return cmi_no_memory(plan->ctx, err);
    s->ctx = plan->ctx;
    cmi_context_retain(s->ctx);
    cmi_plan_retain(plan);
    s->plan = plan;
    s->node = node;
    *out = s;
    return CM_OK;
}

cm_status cm_state_create(cm_plan *plan, cm_state **out, cm_error *err)
{
    cmi_node *node;

    cmi_error_reset(err);
    if (!plan || !out) return cmi_fail(err, CM_ERR_ARG, "%s is NULL", plan ? "out" : "plan");
    cm_status status = cmi_node_create(plan, &node, err);
    if (status != CM_OK) return status;
    status = create_state(plan, node, out, err);
    if (status != CM_OK) cmi_node_destroy(node);
    return status;
}

void cm_state_destroy(cm_state *state)
{
    if (!state) return;
    cm_context *ctx = state->ctx;
    cmi_node_destroy(state->node);
    cmi_plan_release(state->plan);
    cmi_free(ctx, state->parts);
    cmi_free(ctx, state);
    cmi_context_release(ctx);
}

/* ---- parts ---- */

static int compare_parts(const part *a, const part *b)
{
    if (a->index != b->index) return a->index < b->index ? -1 : 1;
    return (a->owners > b->owners) - (a->owners < b->owners);
}

static cm_status check_part(const cm_state *s, const part *p, cm_error *err)
{
    for (int64_t i = 0; i < s->n_parts; i++) {
        const part *own = &s->parts[i];
        if (own->n != p->n)
            return cmi_fail(err, CM_ERR_MISMATCH, "a part of %d cannot join parts of %d", (int)p->n,
                            (int)own->n);
        if (compare_parts(own, p) != 0) continue;
        if (p->n > 1)
            return cmi_fail(err, CM_ERR_MISMATCH, "part %d of %d is in the state already",
                            (int)p->index, (int)p->n);
        return cmi_fail(err, CM_ERR_MISMATCH, "these customers are in the state already");
    }
    return CM_OK;
}

static bool reserve_parts(cm_state *s, int64_t n)
{
    return cmi_grow(s->ctx, (void **)&s->parts, &s->capacity, s->n_parts + n, sizeof *s->parts);
}

static void add_part(cm_state *s, part p)
{
    int64_t at = s->n_parts++;
    for (; at > 0 && compare_parts(&s->parts[at - 1], &p) > 0; at--)
        s->parts[at] = s->parts[at - 1];
    s->parts[at] = p;
}

static part part_of(const cm_dataset *ds)
{
    part p = { ds->partition, ds->n_partitions > 1 ? ds->n_partitions : 1, 0 };
    const cmi_dict *d = ds->customers;

    if (p.n > 1) return p;
    p.index = 0;
    if (d) {
        p.owners = cmi_hash_seeded(d->bytes, d->offset[d->n + 1], p.owners);
        p.owners = cmi_hash_seeded(d->offset, sizeof *d->offset * (size_t)(d->n + 2), p.owners);
    }
    if (ds->anonymous)
        p.owners =
            cmi_hash_seeded(ds->anonymous, 16 * (size_t)(ds->n_owners - ds->n_known), p.owners);
    return p;
}

/* ---- update and merge ---- */

static cm_status check_dataset(const cmi_plan *plan, const cm_dataset *ds, cm_error *err)
{
    if (plan->extent.scale != ds->scale)
        return cmi_fail(err, CM_ERR_MISMATCH,
                        "the plan counts money in units of 10^-%d, the dataset in 10^-%d",
                        (int)plan->extent.scale, (int)ds->scale);
    if (!plan->has_extent) return CM_OK;
    if (strcmp(plan->extent.tz, cmi_tz_name(ds->tz)) != 0)
        return cmi_fail(err, CM_ERR_MISMATCH, "the plan is for the zone %s, the dataset has %s",
                        plan->extent.tz, cmi_tz_name(ds->tz));
    for (int i = CMI_SIDE_PRODUCTS; i < CMI_N_SIDES; i++)
        if (plan->extent.shared_hash[i] != ds->sides[i].hash)
            return cmi_fail(err, CM_ERR_MISMATCH, "the table '%s' is not the one of the plan",
                            cmi_side_get((cmi_side_id)i)->name);
    return CM_OK;
}

cm_status cm_state_update(cm_state *state, const cm_dataset *dataset, const cm_run *run,
                          cm_error *err)
{
    cmi_job job;
    cmi_node *node;

    cmi_error_reset(err);
    if (!state || !dataset)
        return cmi_fail(err, CM_ERR_ARG, "%s is NULL", state ? "dataset" : "state");
    part p = part_of(dataset);
    cm_status status = cmi_job_init(&job, run, err);
    if (status == CM_OK) status = check_dataset(state->plan, dataset, err);
    if (status == CM_OK) status = check_part(state, &p, err);
    if (status == CM_OK && !reserve_parts(state, 1)) status = cmi_no_memory(state->ctx, err);
    if (status == CM_OK) status = cmi_node_collect(state->plan, dataset, &job, &node, err);
    if (status != CM_OK) return status;
    if (state->n_parts ==
        0) { /* nothing to add to: the new cells, in order already, take the place */
        cmi_node *old = state->node;
        state->node = node;
        node = old;
    } else {
        status = cmi_node_merge(&state->node, node, err);
    }
    cmi_node_destroy(node);
    if (status == CM_OK) add_part(state, p);
    return status;
}

cm_status cm_state_merge(cm_state *into, const cm_state *from, cm_error *err)
{
    cmi_error_reset(err);
    if (!into || !from) return cmi_fail(err, CM_ERR_ARG, "%s is NULL", into ? "from" : "into");
    if (into == from) return cmi_fail(err, CM_ERR_MISMATCH, "a state cannot be merged with itself");
    if (into->plan->hash != from->plan->hash || into->plan->kpi != from->plan->kpi) {
        cmi_fail(err, CM_ERR_MISMATCH,
                 "the states were made by different plans: %016llx and %016llx",
                 (unsigned long long)into->plan->hash, (unsigned long long)from->plan->hash);
        cmi_error_hint(err, "make one plan of the merged extents and collect all parts by it");
        return CM_ERR_MISMATCH;
    }
    for (int64_t i = 0; i < from->n_parts; i++) {
        cm_status status = check_part(into, &from->parts[i], err);
        if (status != CM_OK) return status;
    }
    if (!reserve_parts(into, from->n_parts)) return cmi_no_memory(into->ctx, err);
    cm_status status = cmi_node_merge(&into->node, from->node, err);
    for (int64_t i = 0; status == CM_OK && i < from->n_parts; i++) add_part(into, from->parts[i]);
    return status;
}

/* ---- bytes ---- */

cm_status cm_state_save(const cm_state *state, cm_buffer *out, cm_error *err)
{
    int64_t mark;

    cmi_error_reset(err);
    if (!state || !out) return cmi_fail(err, CM_ERR_ARG, "%s is NULL", state ? "out" : "state");
    cm_status status = cmi_node_order(state->node, NULL, err);
    if (status != CM_OK) return status;
    cmi_envelope_begin(out, CMI_ENVELOPE_STATE, STATE_VERSION, &mark);
    cmi_plan_write(state->plan, out);
    cmi_put_u32(out, (uint32_t)state->n_parts);
    for (int64_t i = 0; i < state->n_parts; i++) {
        cmi_put_u32(out, (uint32_t)state->parts[i].index);
        cmi_put_u32(out, (uint32_t)state->parts[i].n);
        cmi_put_u64(out, state->parts[i].owners);
    }
    status =
        cmi_buffer_ok(out) ? cmi_node_write(state->node, out, err) : cmi_no_memory(state->ctx, err);
    if (status == CM_OK) {
        cmi_envelope_end(out, mark);
        if (!cmi_buffer_ok(out)) status = cmi_no_memory(state->ctx, err);
    }
    if (status != CM_OK) cmi_buffer_truncate(out, mark);
    return status;
}

static cm_status bad_bytes(cm_error *err)
{
    return cmi_fail(err, CM_ERR_FORMAT, "the bytes of the state are not what they should be");
}

static cm_status read_parts(cm_state *s, cmi_reader *in, cm_error *err)
{
    uint32_t n = cmi_get_u32(in);

    if (in->failed || n > cmi_reader_left(in) / 16) return bad_bytes(err);
    if (!reserve_parts(s, n)) return cmi_no_memory(s->ctx, err);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t index = cmi_get_u32(in), all = cmi_get_u32(in);
        part p = { (int32_t)index, (int32_t)all, cmi_get_u64(in) };
        if (p.n < 1 || p.index < 0 || p.index >= p.n || (p.n > 1 && p.owners))
            return bad_bytes(err);
        if (i && (s->parts[i - 1].n != p.n || compare_parts(&s->parts[i - 1], &p) >= 0))
            return bad_bytes(err);
        add_part(s, p);
    }
    return CM_OK;
}

static cm_status read_state(cmi_plan *plan, cmi_reader *in, cm_state **out, cm_error *err)
{
    cm_state *s = NULL;
    cm_status status = create_state(plan, NULL, &s, err);

    if (status != CM_OK) return status;
    status = read_parts(s, in, err);
    if (status == CM_OK) status = cmi_node_read(plan, in, &s->node, err);
    if (status == CM_OK && (in->failed || cmi_reader_left(in) != 0)) status = bad_bytes(err);
    if (status == CM_OK)
        *out = s;
    else
        cm_state_destroy(s);
    return status;
}

cm_status cm_state_load(cm_context *ctx, const void *bytes, int64_t size, cm_state **out,
                        cm_error *err)
{
    cmi_reader in;
    uint32_t version;
    cmi_plan *plan;

    cmi_error_reset(err);
    if (!ctx || !bytes || !out || size < 0)
        return cmi_fail(err, CM_ERR_ARG, "%s",
                        !ctx     ? "ctx is NULL"
                        : !bytes ? "bytes is NULL"
                        : !out   ? "out is NULL"
                                 : "size is negative");
    cm_status status =
        cmi_envelope_open(bytes, size, CMI_ENVELOPE_STATE, STATE_VERSION, &version, &in, err);
    if (status == CM_OK) status = cmi_plan_read(ctx, &in, &plan, err);
    if (status != CM_OK) return status;
    status = read_state(plan, &in, out, err);
    cmi_plan_release(plan);
    return status;
}

/* ---- finalize ---- */

cm_status cm_state_finalize(const cm_state *state, const cm_model *model, const cm_run *run,
                            cm_result **out, cm_error *err)
{
    cmi_job job;
    cm_result *result;

    cmi_error_reset(err);
    if (!state || !out) return cmi_fail(err, CM_ERR_ARG, "%s is NULL", state ? "out" : "state");
    cm_status status = cmi_job_init(&job, run, err);
    if (status == CM_OK && model) status = cmi_check_free(model, state->plan, err);
    if (status == CM_OK) status = cmi_node_order(state->node, NULL, err);
    if (status == CM_OK)
        status = cmi_node_present(state->node, model ? model->fit : NULL, &job, &result, err);
    if (status == CM_OK) *out = result;
    return status;
}
