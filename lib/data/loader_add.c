/* SPDX-License-Identifier: MIT */
/* An add from begin to commit or abort: the loader shows nothing of it before commit. */
#include <string.h>

#include "core/error.h"
#include "data/add.h"

static const char *get_table_name(int32_t index, const void *user)
{
    (void)user;
    return index < CMI_N_FACTS ? cmi_fact_get((cmi_fact)index)->name
                               : cmi_side_get((cmi_side_id)(index - CMI_N_FACTS))->name;
}

static cm_status find_table(cmi_add *add, const char *table, cm_error *err)
{
    cm_loader *l = add->loader;
    int32_t fact = cmi_fact_find(table), side = cmi_side_find(table);
    if (fact < 0 && side < 0) {
        cmi_fail(err, CM_ERR_NOT_FOUND, "there is no table '%s'", table);
        cmi_error_at(err, table, 0, NULL);
        cmi_error_suggest(err, table, CMI_N_FACTS + CMI_N_SIDES, get_table_name, NULL);
        return CM_ERR_NOT_FOUND;
    }
    add->is_fact = fact >= 0;
    add->table = add->is_fact ? fact : CMI_N_FACTS + side;
    add->def = add->is_fact ? cmi_fact_get((cmi_fact)fact) : cmi_side_get((cmi_side_id)side);
    add->staged = add->is_fact ? &l->facts[fact] : &l->sides[side];
    return CM_OK;
}

static cm_status copy_names(cmi_add *add, int32_t n, const char *const *names, cm_error *err)
{
    add->n_inputs = n;
    add->inputs = cmi_arena_alloc(&add->arena, (size_t)n * sizeof *add->inputs);
    if (!add->inputs) return cmi_no_memory(add->ctx, err);
    for (int32_t i = 0; i < n; i++) {
        const char *name = names[i] ? names[i] : "";
        for (int32_t j = 0; j < i && *name; j++) {
            if (strcmp(add->inputs[j], name) != 0) continue;
            cmi_fail(err, CM_ERR_FORMAT, "%s: two columns are called '%s'", add->def->name, name);
            cmi_error_at(err, add->def->name, 0, name);
            return CM_ERR_FORMAT;
        }
        add->inputs[i] = cmi_arena_text(&add->arena, name, strlen(name));
        if (!add->inputs[i]) return cmi_no_memory(add->ctx, err);
    }
    return CM_OK;
}

static void free_add(cmi_add *add)
{
    cm_context *ctx = add->ctx;
    cmi_add_free_rounds(add);
    cmi_free(ctx, add->chunks);
    cmi_free(ctx, add->rejects);
    cmi_free(ctx, add->diagnostics);
    cmi_free(ctx, add->repeat_log);
    cmi_arena_destroy(&add->arena);
    add->loader->adding = NULL;
    cmi_free(ctx, add);
}

cm_status cmi_add_begin(cm_loader *loader, const char *table, int32_t n_columns,
                        const char *const *names, const cm_mapping *mapping, const cmi_job *job,
                        cmi_add **out, cm_error *err)
{
    if (loader->adding) return cmi_fail(err, CM_ERR_BUSY, "another add to the loader is running");
    cmi_add *add = cmi_calloc(loader->ctx, 1, sizeof *add);
    if (!add) return cmi_no_memory(loader->ctx, err);
    add->loader = loader;
    add->ctx = loader->ctx;
    add->job = *job;
    add->job.phase = "load";
    add->reported = -1;
    add->base_from = job->from;
    add->base_to = job->to;
    add->job.to = job->from;
    add->min_time = add->max_time = add->first_time = add->last_time = CMI_NULL;
    add->in_order = true;
    cmi_arena_init(&add->arena, loader->ctx);
    loader->adding = add;
    cm_status s = find_table(add, table, err);
    if (!s) s = copy_names(add, n_columns, names, err);
    if (!s) s = cmi_add_bind(add, mapping, err);
    if (!s) s = cmi_add_open(add, err);
    if (s) {
        free_add(add);
        return s;
    }
    *out = add;
    return CM_OK;
}

bool cmi_add_skips(const cmi_add *add, int32_t column)
{
    return column < 0 || column >= add->n_inputs || add->skipped[column];
}

int64_t cmi_add_rows(const cmi_add *add)
{
    return add->n_read;
}

/* A shrunken copy may fail, and then the block stays as large as it was. */
static void *shrink(cm_context *ctx, void *p, size_t size)
{
    void *smaller = p ? cmi_realloc(ctx, p, size) : NULL;
    return smaller ? smaller : p;
}

static void shrink_chunk(cmi_add *add, cmi_chunk *c)
{
    size_t n = (size_t)c->n;
    c->owner = shrink(add->ctx, c->owner, n * sizeof *c->owner);
    c->entity = shrink(add->ctx, c->entity, n * sizeof *c->entity);
    c->time = shrink(add->ctx, c->time, n * sizeof *c->time);
    c->sequence = shrink(add->ctx, c->sequence, n * sizeof *c->sequence);
    for (int32_t i = 0; i < c->n_columns; i++) {
        bool codes = add->staged->columns[i].dict != -1;
        c->column[i] =
            shrink(add->ctx, c->column[i], n * (codes ? sizeof(uint32_t) : sizeof(int64_t)));
    }
}

static bool reserve_chunks(cmi_add *add)
{
    cmi_staged *staged = add->staged;
    size_t n = (size_t)(staged->n_chunks + add->n_chunks);
    cmi_chunk **chunks = cmi_realloc(add->ctx, staged->chunks, n * sizeof(cmi_chunk *));
    if (!chunks) return false;
    staged->chunks = chunks;
    return true;
}

static int64_t get_last_time(const cmi_staged *staged)
{
    for (int64_t i = staged->n_chunks - 1; i >= 0; i--)
        if (staged->chunks[i]->n > 0) return staged->chunks[i]->time[staged->chunks[i]->n - 1];
    return CMI_NULL;
}

static void attach_rows(cmi_add *add)
{
    cmi_staged *staged = add->staged;
    if (add->is_fact && add->n_rows > 0)
        staged->in_order =
            staged->in_order && add->in_order && get_last_time(staged) <= add->first_time;
    for (int64_t i = 0; i < add->n_chunks; i++) staged->chunks[staged->n_chunks++] = add->chunks[i];
    staged->given = true;
    staged->n_rows += add->n_rows;
    staged->n_read += add->n_read;
    staged->n_rejected += add->n_rejected;
    staged->n_rounded += add->n_rounded;
    if (add->min_time == CMI_NULL) return;
    if (staged->extent_min == CMI_NULL || add->min_time < staged->extent_min)
        staged->extent_min = add->min_time;
    if (staged->extent_max == CMI_NULL || add->max_time > staged->extent_max)
        staged->extent_max = add->max_time;
}

cm_status cmi_add_commit(cmi_add *add, cm_error *err)
{
    cm_status s = cmi_add_flush(add, err);
    if (!s && !(reserve_chunks(add) && cmi_add_reserve_notes(add) && cmi_add_reserve_report(add)))
        s = cmi_no_memory(add->ctx, err);
    if (s) {
        cmi_add_abort(add);
        return s;
    }
    if (add->n_chunks > 0) shrink_chunk(add, add->chunks[add->n_chunks - 1]);
    cmi_add_merge_notes(add);
    cmi_add_merge_report(add);
    attach_rows(add);
    free_add(add);
    return CM_OK;
}

void cmi_add_abort(cmi_add *add)
{
    for (int64_t i = 0; i < add->n_chunks; i++) cmi_chunk_destroy(add->ctx, add->chunks[i]);
    cmi_add_undo(add);
    free_add(add);
}
