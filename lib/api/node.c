/* SPDX-License-Identifier: MIT */
#include "api/node.h"

#include <string.h>

#include "api/run.h"
#include "core/error.h"
#include "data/collect.h"

/* ---- making ---- */

void cmi_node_destroy(cmi_node *node)
{
    if (!node) return;
    cm_context *ctx = node->plan->ctx;
    for (int i = 0; node->child && i < node->n_children; i++) cmi_node_destroy(node->child[i]);
    cmi_free(ctx, node->child);
    cmi_state_destroy(node->state);
    cmi_free(ctx, node);
}

int cmi_node_twin(const cmi_plan *plan, int i)
{
    for (int k = 0; k < i; k++)
        if (plan->child[k]->hash == plan->child[i]->hash &&
            plan->child[k]->kpi == plan->child[i]->kpi)
            return k;
    return -1;
}

cm_status cmi_node_create_bare(cmi_plan *plan, cmi_node **out, cm_error *err)
{
    cmi_node *node = cmi_calloc(plan->ctx, 1, sizeof *node);
    if (!node) return cmi_no_memory(plan->ctx, err);
    node->plan = plan;
    node->twin = -1;
    node->n_children = plan->n_children;
    node->child = cmi_calloc(plan->ctx, (size_t)plan->n_children + 1, sizeof(cmi_node *));
    if (!node->child) {
        cmi_node_destroy(node);
        return cmi_no_memory(plan->ctx, err);
    }
    *out = node;
    return CM_OK;
}

/* How a node gets its state: empty, collected, read, or copied. */
typedef struct source {
    const cm_dataset *ds;
    const cmi_job *job;
    cmi_reader *in;
    const cmi_node *copy;
} source;

static cm_status fill_state(const source *from, cmi_node *node, cm_error *err);

static cm_status create_from(const source *from, cmi_plan *plan, cmi_node **out, cm_error *err)
{
    cmi_node *node;
    cm_status status = cmi_node_create_bare(plan, &node, err);

    if (status == CM_OK)
        status = fill_state(from, node, err);
    else
        return status;
    for (int i = 0; i < plan->n_children && status == CM_OK; i++) {
        int twin = cmi_node_twin(plan, i);
        source empty = { NULL, NULL, NULL, NULL }, own = *from;
        if (from->copy) own.copy = from->copy->child[i];
        status = create_from(twin < 0 ? &own : &empty, plan->child[i], &node->child[i], err);
        if (status == CM_OK)
            node->child[i]->twin = twin;
        else
            cmi_error_prefix(err, "%s: ", plan->child[i]->kpi->id);
    }
    if (status == CM_OK)
        *out = node;
    else
        cmi_node_destroy(node);
    return status;
}

/* ---- collecting ---- */

static const char *name_table(int32_t table)
{
    return table < CMI_N_FACTS ? cmi_fact_get((cmi_fact)table)->name
                               : cmi_side_get((cmi_side_id)(table - CMI_N_FACTS))->name;
}

/* Counts under "prefix.table" or "prefix.table.reason". */
static void count_rows(cmi_state *s, const char *prefix, int32_t table, const char *reason,
                       int64_t n)
{
    const char *parts[] = { prefix, name_table(table), reason ? "." : "", reason ? reason : "" };
    char what[120];
    size_t length = 0;

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        size_t more = strlen(parts[i]);
        if (more > sizeof what - 1 - length) more = sizeof what - 1 - length;
        memcpy(what + length, parts[i], more);
        length += more;
    }
    what[length] = '\0';
    cmi_state_count_copy(s, what, n);
}

static bool reads_side(const cmi_plan *plan, int32_t side)
{
    return plan->sides >> side & 1 && cmi_side_get((cmi_side_id)side)->kind == CMI_KIND_POOLED;
}

/* Side tables are not the driver's. Rows that the loader refused belong to no owner: the first part
 * of a partition carries them. */
static void count_further(cmi_state *s, const cmi_plan *plan, const cm_dataset *ds)
{
    for (int32_t i = 0; i < CMI_N_SIDES; i++)
        if (reads_side(plan, i) && ds->sides[i].given)
            count_rows(s, "read.", CMI_N_FACTS + i, NULL, ds->sides[i].n_rows);
    for (int32_t i = 0; i < ds->n_rejects && (ds->n_partitions <= 1 || ds->partition == 0); i++) {
        const cmi_reject *r = &ds->rejects[i];
        bool fact = r->table >= 0 && r->table < CMI_N_FACTS;
        if (fact ? !(plan->tables & CMI_FACT_BIT(r->table))
                 : r->table < 0 || r->table >= CMI_N_FACTS + CMI_N_SIDES ||
                       !reads_side(plan, r->table - CMI_N_FACTS))
            continue;
        count_rows(s, "rejected.", r->table, r->reason, r->n);
    }
}

static cm_status collect_facts(cmi_plan *plan, const cm_dataset *ds, const cmi_job *job,
                               cmi_state **out, cm_error *err)
{
    cmi_labels *labels = NULL;
    cm_status status = cmi_labels_create(plan, ds, job, &labels, err);

    if (status == CM_OK) status = cmi_drive(plan, ds, labels, job, out, err);
    cmi_labels_destroy(plan->ctx, labels, plan->n_labels);
    return status;
}

cm_status cmi_collect(cmi_plan *plan, const cm_dataset *ds, const cmi_job *job, cmi_state **out,
                      cm_error *err)
{
    bool reads = ds && (plan->kpi->collect || plan->kpi->collect_side);
    cmi_state *s;
    cm_status status =
        reads ? collect_facts(plan, ds, job, &s, err) : cmi_state_create(plan, &s, err);

    if (status != CM_OK) return status;
    if (reads) count_further(s, plan, ds);
    status = cmi_state_order(s, job, err);
    if (status == CM_OK)
        *out = s;
    else
        cmi_state_destroy(s);
    return status;
}

static cm_status fill_state(const source *from, cmi_node *node, cm_error *err)
{
    if (from->in) return cmi_state_read(node->plan, from->in, &node->state, err);
    if (!from->copy) return cmi_collect(node->plan, from->ds, from->job, &node->state, err);
    cm_status status = cmi_state_create(node->plan, &node->state, err);
    return status == CM_OK ? cmi_state_merge(node->state, from->copy->state, err) : status;
}

cm_status cmi_node_create(cmi_plan *plan, cmi_node **out, cm_error *err)
{
    source from = { NULL, NULL, NULL, NULL };
    return create_from(&from, plan, out, err);
}

cm_status cmi_node_collect(cmi_plan *plan, const cm_dataset *ds, const cmi_job *job, cmi_node **out,
                           cm_error *err)
{
    source from = { ds, job, NULL, NULL };
    return create_from(&from, plan, out, err);
}

cm_status cmi_node_read(cmi_plan *plan, cmi_reader *in, cmi_node **out, cm_error *err)
{
    source from = { NULL, NULL, in, NULL };
    return create_from(&from, plan, out, err);
}

/* ---- algebra ---- */

static cm_status merge_tree(cmi_node *into, const cmi_node *from, cm_error *err)
{
    cm_status status = cmi_state_merge_checked(into->state, from->state, err);
    for (int i = 0; i < into->n_children && status == CM_OK; i++)
        status = merge_tree(into->child[i], from->child[i], err);
    return status;
}

cm_status cmi_node_merge(cmi_node **into, const cmi_node *from, cm_error *err)
{
    cmi_node *copy;
    source old_parts = { NULL, NULL, NULL, *into };

    /* One state is merged all or nothing; several are merged into copies first. */
    if ((*into)->n_children == 0) return merge_tree(*into, from, err);
    cm_status status = create_from(&old_parts, (*into)->plan, &copy, err);
    if (status == CM_OK) {
        status = merge_tree(copy, from, err);
        if (status == CM_OK) {
            cmi_node *old = *into;
            *into = copy;
            copy = old;
        }
        cmi_node_destroy(copy);
    }
    return status;
}

cm_status cmi_node_order(cmi_node *node, const cmi_job *job, cm_error *err)
{
    cm_status status = cmi_state_order(node->state, job, err);
    for (int i = 0; i < node->n_children && status == CM_OK; i++)
        status = cmi_node_order(node->child[i], job, err);
    return status;
}

cm_status cmi_node_write(const cmi_node *node, cm_buffer *out, cm_error *err)
{
    cm_status status = cmi_state_write(node->state, out, err);
    for (int i = 0; i < node->n_children && status == CM_OK; i++)
        if (node->child[i]->twin < 0) status = cmi_node_write(node->child[i], out, err);
    return status;
}
