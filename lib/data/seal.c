/* SPDX-License-Identifier: MIT */
/* Sealing: staged rows become timelines. First everything that may be refused, then what cannot be
 * taken back, during which chunks are freed as their columns are permuted. */
#include "data/seal.h"

#include <string.h>

/* ---- tables ---- */

static void want(cmi_sealing *s, int32_t dict)
{
    if (dict >= 0) s->dims[dict].index = 0;
}

/* Dictionaries that some column has, in the order of their names. */
static void order_dims(cmi_sealing *s)
{
    for (int f = 0; f < CMI_N_FACTS; f++)
        for (int32_t c = 0; c < s->tables[f].n_columns; c++) want(s, s->tables[f].columns[c].dict);
    for (int side = 0; side < CMI_N_SIDES && s->loader; side++)
        for (int32_t c = 0; c < s->loader->sides[side].n_columns; c++)
            want(s, s->loader->sides[side].columns[c].dict);
    /* Re-owning leaves side tables as they are, with all they refer to. */
    for (int32_t i = 0; i < s->n_dims && !s->loader; i++) want(s, i);
    for (int32_t i = 0; i < s->n_dims; i++) {
        if (s->dims[i].index < 0) continue;
        s->dims[i].index = s->ds->n_dicts++;
        for (int32_t k = 0; k < i; k++) {
            if (s->dims[k].index < 0) continue;
            bool before = strcmp(s->dims[i].name, s->dims[k].name) < 0;
            s->dims[before ? k : i].index += before ? 1 : 0;
            s->dims[i].index -= before ? 1 : 0;
        }
    }
}

static cm_status build_dims(cmi_sealing *s, cm_error *err)
{
    cm_dataset *ds = s->ds;
    order_dims(s);
    ds->dicts = cmi_calloc(s->ctx, (size_t)ds->n_dicts + 1, sizeof *ds->dicts);
    ds->dict_names = cmi_calloc(s->ctx, (size_t)ds->n_dicts + 1, sizeof *ds->dict_names);
    if (!ds->dicts || !ds->dict_names) return cmi_no_memory(s->ctx, err);
    for (int32_t i = 0; i < s->n_dims; i++) {
        cmi_seal_codes *d = &s->dims[i];
        if (d->index < 0) continue;
        cm_status status = cmi_seal_build_codes(s, d, err);
        if (status) return status;
        cmi_dict_retain(d->dict);
        ds->dicts[d->index] = d->dict;
        ds->dict_names[d->index] = cmi_arena_text(&ds->arena, d->name, strlen(d->name));
        if (!ds->dict_names[d->index]) return cmi_no_memory(s->ctx, err);
    }
    return CM_OK;
}

static cm_status build_table(cmi_sealing *s, cmi_fact f, cm_error *err)
{
    cmi_facts *out = &s->ds->facts[f];
    cm_status status = cmi_seal_shape(s, f, err);
    if (!status) status = cmi_seal_place_rows(s, f, err);
    if (!status) status = cmi_seal_move_columns(s, f, err);
    if (!status) status = cmi_facts_summarise(s->ds, f, &s->job, err);
    if (status || !s->loader) return status;
    const cmi_staged *staged = &s->loader->facts[f];
    out->n_read = staged->n_read;
    out->n_rejected += staged->n_rejected;
    out->n_rounded = staged->n_rounded;
    s->ds->extent_min[f] = staged->extent_min;
    s->ds->extent_max[f] = staged->extent_max;
    return CM_OK;
}

cm_status cmi_seal_build_tables(cmi_sealing *s, cm_error *err)
{
    cm_status status = cmi_seal_build_owners(s, err);
    if (!status) status = build_dims(s, err);
    if (status) return status;
    s->ds->no_rows = cmi_calloc(s->ctx, (size_t)s->ds->n_owners + 1, sizeof *s->ds->no_rows);
    if (!s->ds->no_rows) return cmi_no_memory(s->ctx, err);
    for (int f = 0; f < CMI_N_FACTS; f++) s->ds->facts[f].offset = s->ds->no_rows;
    for (int f = 0; f < CMI_N_FACTS && !status; f++) status = build_table(s, (cmi_fact)f, err);
    for (int side = 0; side < CMI_N_SIDES && !status && s->loader; side++)
        status = cmi_seal_build_side(s, (cmi_side_id)side, err);
    return status;
}

/* ---- the loader ---- */

static void undo_moves(const cmi_seal_table *t, const cmi_moves *moves, const cmi_seal_column *c)
{
    for (int64_t i = moves->n - 1; i >= 0; i--) {
        const cmi_segment *g = cmi_seal_find_segment(t, moves->row[i]);
        uint32_t *codes = c ? (uint32_t *)(uintptr_t)cmi_seal_values(c, g) : g->dest;
        codes[moves->row[i] - g->first] = moves->from[i];
    }
}

void cmi_seal_undo(cmi_sealing *s)
{
    for (int f = 0; f < CMI_N_FACTS; f++) {
        const cmi_seal_table *t = &s->tables[f];
        undo_moves(t, &t->moves, NULL);
        for (int32_t c = 0; c < t->n_columns; c++)
            undo_moves(t, &t->columns[c].moves, &t->columns[c]);
    }
    cmi_intern_truncate(s->loader->customers, s->n_customers_before);
}

/* What a new dataset takes from the loader's options. */
static cm_status take_options(cmi_sealing *s, cm_error *err)
{
    const cm_loader *l = s->loader;
    cm_dataset *ds = s->ds;
    ds->tz = l->tz;
    cmi_tz_retain(ds->tz);
    ds->week_start = l->week_start;
    ds->scale = l->scale;
    ds->partition = l->partition;
    ds->n_partitions = l->n_partitions < 1 ? 1 : l->n_partitions;
    ds->strict = l->strict;
    ds->max_diagnostics = l->max_diagnostics;
    ds->max_field = l->max_field;
    if (!l->owner) return CM_OK;
    ds->owner = cmi_arena_text(&ds->arena, l->owner, strlen(l->owner));
    return ds->owner ? CM_OK : cmi_no_memory(s->ctx, err);
}

static cm_status prepare(cmi_sealing *s, cm_error *err)
{
    cm_status status = take_options(s, err);
    if (!status) status = cmi_seal_open(s, err);
    if (!status) status = cmi_seal_merge_aliases(s, err);
    if (!status) status = cmi_seal_join_sessions(s, err);
    if (!status) status = cmi_seal_match_customers(s, err);
    if (!status) status = cmi_seal_check_partition(s, err);
    if (status) cmi_seal_undo(s);
    return status;
}

static cm_status build(cmi_sealing *s, cm_error *err)
{
    s->job.run = NULL; /* nothing can be taken back: a cancel comes too late */
    cm_status status = cmi_seal_build_tables(s, err);
    if (!status) status = cmi_seal_build_notes(s, err);
    if (status != CM_ERR_LIMIT) return status;
    /* The memory limit. CM_ERR_MEMORY is the status after which a loader is known to be empty. */
    char text[256] = "";
    const char *message = err ? cm_error_message(err) : "";
    size_t n = strlen(message) < sizeof text ? strlen(message) : sizeof text - 1;
    memcpy(text, message, n);
    return cmi_fail(err, CM_ERR_MEMORY, "%s", text);
}

/* The base goes too: what comes next is a dataset of its own. */
static void empty_loader(cm_loader *l, cmi_intern *customers, cmi_intern *anonymous)
{
    cmi_loader_clear(l);
    l->customers = customers;
    l->anonymous = anonymous;
    cm_dataset_destroy(l->base);
    l->base = NULL;
}

/* A loader that was emptied for want of memory has none until they are needed. */
static bool has_interners(cm_loader *l)
{
    if (!l->customers) l->customers = cmi_intern_create(l->ctx);
    if (!l->anonymous) l->anonymous = cmi_intern_create(l->ctx);
    return l->customers && l->anonymous;
}

cm_status cmi_seal(cm_loader *loader, const cmi_job *job, cm_dataset **out, cm_error *err)
{
    cmi_sealing s = { .ctx = loader->ctx, .job = *job, .loader = loader, .base = loader->base };
    if (!has_interners(loader)) return cmi_no_memory(s.ctx, err);
    s.n_customers_before = cmi_intern_count(loader->customers);
    /* The loader goes on empty; what it then needs is at hand before anything is given up. */
    cmi_intern *customers = cmi_intern_create(s.ctx), *anonymous = cmi_intern_create(s.ctx);
    s.ds = cmi_dataset_create(s.ctx);
    cm_status status =
        s.ds && customers && anonymous ? prepare(&s, err) : cmi_no_memory(s.ctx, err);
    bool given_up = status == CM_OK || status == CM_ERR_MEMORY;
    if (!status) status = build(&s, err);
    cmi_seal_close(&s);
    if (given_up) {
        empty_loader(loader, customers, anonymous);
    } else {
        cmi_intern_destroy(customers);
        cmi_intern_destroy(anonymous);
    }
    if (status) {
        cm_dataset_destroy(s.ds);
        return status;
    }
    *out = s.ds;
    return CM_OK;
}

cm_status cm_loader_seal(cm_loader *loader, const cm_run *run, cm_dataset **out, cm_error *err)
{
    cmi_error_reset(err);
    if (!loader || !out) return cmi_fail(err, CM_ERR_ARG, "%s is NULL", loader ? "out" : "loader");
    cmi_job job;
    cm_status status = cmi_job_init(&job, run, err);
    if (status) return status;
    status = cmi_loader_enter(loader, err);
    if (status) return status;
    job.phase = "seal";
    status = cmi_seal(loader, &job, out, err);
    cmi_loader_leave(loader);
    return status;
}
