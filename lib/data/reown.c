/* SPDX-License-Identifier: MIT */
/* The same facts owned by the values of a dimension: a household shared by two customers is one.
 * The dataset is sealed once more with other owners; who owned the rows becomes a dimension. */
#include "data/reown.h"

#include <string.h>

/* ---- columns ---- */

/* A copy of codes under a map; NULL: no memory. */
static uint32_t *translate(cm_context *ctx, const uint32_t *codes, int64_t n, const uint32_t *map)
{
    uint32_t *copy = cmi_malloc_n(ctx, (size_t)n, sizeof *copy);
    for (int64_t i = 0; copy && i < n; i++) copy[i] = map ? map[codes[i]] : codes[i];
    return copy;
}

static uint32_t *list_former_owners(const cmi_reowning *r, const cmi_facts *t)
{
    const cm_dataset *from = r->from;
    uint32_t *codes = cmi_malloc_n(r->s.ctx, (size_t)t->n_rows, sizeof *codes);
    for (int64_t o = 0; codes && o < from->n_owners; o++) {
        uint32_t code = o >= from->n_known ? 0 : (uint32_t)o + 1;
        if (r->owner_map) code = r->owner_map[code];
        for (uint32_t i = t->offset[o]; i < t->offset[o + 1]; i++) codes[i] = code;
    }
    return codes;
}

static cm_status take_column(cmi_reowning *r, const cmi_facts *t, const cmi_column *c,
                             cmi_seal_column *to, cm_error *err)
{
    *to = (cmi_seal_column){
        .name = c->name, .role = c->role, .type = c->type, .dict = c->dict, .staged = -1
    };
    to->base_i64 = c->i64;
    to->base_u32 = c->u32;
    bool renumbered = c->dict == r->former_dim && r->former_map;
    if (c->type == CMI_ROLE_CUSTOMER && c->dict < 0) {
        /* Customers of other, referred_by are a dimension now like those that owned the rows. */
        to->dict = r->former_dim;
        if (r->owner_map)
            to->base_u32 = to->base_copy = translate(r->s.ctx, c->u32, t->n_rows, r->owner_map);
    } else if (renumbered) {
        to->base_u32 = to->base_copy = translate(r->s.ctx, c->u32, t->n_rows, r->former_map);
    }
    return to->base_u32 || to->base_i64 ? CM_OK : cmi_no_memory(r->s.ctx, err);
}

static cm_status take_columns(cmi_reowning *r, cmi_fact f, cm_error *err)
{
    const cmi_facts *t = &r->from->facts[f];
    cmi_seal_table *to = &r->s.tables[f];
    const cmi_column *entity = cmi_dataset_entity(r->from, f);
    const cmi_column *sequence = cmi_dataset_role(r->from, f, "sequence");
    to->columns = cmi_calloc(r->s.ctx, 2 * (size_t)t->n_columns + 2, sizeof *to->columns);
    if (!to->columns) return cmi_no_memory(r->s.ctx, err);
    bool has_former = false;
    for (int32_t c = 0; c < t->n_columns; c++) {
        const cmi_column *column = &t->columns[c];
        if (column == entity || column == sequence) continue;
        has_former |= column->role < 0 && strcmp(column->name, r->former) == 0;
        cm_status status = take_column(r, t, column, &to->columns[to->n_columns++], err);
        if (status) return status;
    }
    if (!has_former && t->given) {
        cmi_seal_column *c = &to->columns[to->n_columns++];
        *c = (cmi_seal_column){ .name = r->former, .role = -1, .type = CMI_ROLE_TEXT };
        c->dict = r->former_dim;
        c->staged = -1;
        c->base_u32 = c->base_copy = list_former_owners(r, t);
        if (!c->base_copy) return cmi_no_memory(r->s.ctx, err);
    }
    cmi_seal_sort_columns(to);
    return CM_OK;
}

static cm_status take_table(cmi_reowning *r, cmi_fact f, cm_error *err)
{
    const cmi_facts *t = &r->from->facts[f];
    cm_context *ctx = r->s.ctx;
    cmi_seal_table *to = &r->s.tables[f];
    const cmi_column *entity = cmi_dataset_entity(r->from, f);
    const cmi_column *sequence = cmi_dataset_role(r->from, f, "sequence");
    to->given = t->given;
    to->has_entity = entity != NULL;
    to->has_sequence = sequence != NULL;
    to->may_be_unsorted = true;
    to->n_rows = t->n_rows;
    to->segments = cmi_calloc(ctx, (size_t)(t->n_rows / CMI_CHUNK_ROWS) + 1, sizeof *to->segments);
    to->base_owner = cmi_malloc_n(ctx, (size_t)t->n_rows, sizeof *to->base_owner);
    if (entity) to->base_entity = cmi_malloc_n(ctx, (size_t)t->n_rows, sizeof *to->base_entity);
    if (!to->segments || !to->base_owner || (entity && !to->base_entity))
        return cmi_no_memory(ctx, err);
    if (entity) cmi_dataset_entity_ids(r->from, f, to->base_entity);
    for (int64_t first = 0; first < t->n_rows; first += CMI_CHUNK_ROWS) {
        int64_t n = t->n_rows - first < CMI_CHUNK_ROWS ? t->n_rows - first : CMI_CHUNK_ROWS;
        to->segments[to->n_segments++] =
            (cmi_segment){ .n = n,
                           .first = first,
                           .dest = to->base_owner + first,
                           .time = t->time + first,
                           .sequence = sequence ? sequence->i64 + first : NULL,
                           .entity = entity ? to->base_entity + first : NULL };
    }
    cm_status status = take_columns(r, f, err);
    return status ? status : cmi_reown_rows(r, f, err);
}

/* ---- dictionaries ---- */

/* The owners so far, together with the codes that a dimension of that name may have already. */
static cm_status take_former(cmi_reowning *r, cm_error *err)
{
    const cm_dataset *from = r->from;
    cmi_seal_codes *d = &r->s.dims[r->former_dim];
    cmi_dict *together = from->customers;
    d->name = r->former;
    d->index = -1;
    if (d->dict) {
        together = cmi_dict_union(d->dict, from->customers, &r->former_map, &r->owner_map);
        if (!together) return cmi_no_memory(r->s.ctx, err);
        cmi_dict_release(d->dict);
    } else {
        cmi_dict_retain(together);
    }
    d->dict = together;
    d->n = together->n;
    return CM_OK;
}

static cm_status take_dicts(cmi_reowning *r, cm_error *err)
{
    const cm_dataset *from = r->from;
    cmi_sealing *s = &r->s;
    s->dims = cmi_calloc(s->ctx, (size_t)from->n_dicts + 1, sizeof *s->dims);
    if (!s->dims) return cmi_no_memory(s->ctx, err);
    s->n_dims = from->n_dicts;
    for (int32_t i = 0; i < from->n_dicts; i++) {
        s->dims[i] =
            (cmi_seal_codes){ .name = from->dict_names[i], .dict = from->dicts[i], .index = -1 };
        s->dims[i].n = from->dicts[i]->n;
        cmi_dict_retain(from->dicts[i]);
    }
    cmi_dict *owners = from->dicts[cmi_dataset_dict(from, r->dimension)];
    cmi_dict_retain(owners);
    s->customers = (cmi_seal_codes){ .name = r->dimension, .dict = owners, .n = owners->n };
    r->former_dim = cmi_dataset_dict(from, r->former);
    if (r->former_dim < 0) r->former_dim = s->n_dims++;
    return take_former(r, err);
}

/* ---- side tables ---- */

static cm_status copy_side_column(cmi_reowning *r, const cmi_side *t, const cmi_side_column *c,
                                  cmi_side_column *to, cm_error *err)
{
    cm_context *ctx = r->s.ctx;
    *to = (cmi_side_column){ .role = c->role, .type = c->type };
    to->name = cmi_arena_text(&r->s.ds->arena, c->name, strlen(c->name));
    void *values = NULL;
    if (c->u32) {
        bool former = r->former_dim < r->from->n_dicts && c->dict == r->from->dicts[r->former_dim];
        to->dict = former ? r->s.dims[r->former_dim].dict : c->dict;
        cmi_dict_retain(to->dict);
        values = to->u32 = translate(ctx, c->u32, t->n_rows, former ? r->former_map : NULL);
    } else {
        const void *old = c->f64 ? (const void *)c->f64 : (const void *)c->i64;
        values = cmi_malloc_n(ctx, (size_t)t->n_rows, 8);
        if (values && t->n_rows) memcpy(values, old, (size_t)t->n_rows * 8);
        if (c->f64)
            to->f64 = values;
        else
            to->i64 = values;
    }
    return values && to->name ? CM_OK : cmi_no_memory(ctx, err);
}

static cm_status copy_side(cmi_reowning *r, cmi_side_id id, cm_error *err)
{
    const cmi_side *t = &r->from->sides[id];
    cmi_side *to = &r->s.ds->sides[id];
    *to = *t;
    to->n_columns = 0;
    to->columns = cmi_calloc(r->s.ctx, (size_t)t->n_columns + 1, sizeof *to->columns);
    if (!to->columns) return cmi_no_memory(r->s.ctx, err);
    cm_status status = CM_OK;
    for (int32_t c = 0; c < t->n_columns && !status; c++)
        status = copy_side_column(r, t, &t->columns[c], &to->columns[to->n_columns++], err);
    return status;
}

/* ---- all together ---- */

static cm_status take_options(cmi_reowning *r, cm_error *err)
{
    const cm_dataset *from = r->from;
    cm_dataset *ds = r->s.ds;
    cmi_tz_retain(from->tz);
    ds->tz = from->tz;
    ds->week_start = from->week_start;
    ds->scale = from->scale;
    ds->partition = from->partition;
    ds->n_partitions = from->n_partitions;
    ds->strict = from->strict;
    ds->max_diagnostics = from->max_diagnostics;
    ds->max_field = from->max_field;
    ds->owner = cmi_arena_text(&ds->arena, r->dimension, strlen(r->dimension));
    return ds->owner && cmi_copy_notes(ds, from) ? CM_OK : cmi_no_memory(r->s.ctx, err);
}

static void take_counts(cmi_reowning *r)
{
    for (int f = 0; f < CMI_N_FACTS; f++) {
        const cmi_facts *t = &r->from->facts[f];
        cmi_facts *to = &r->s.ds->facts[f];
        to->n_read = t->n_read;
        to->n_rejected = t->n_rejected;
        to->n_rounded = t->n_rounded;
        r->s.ds->extent_min[f] = r->from->extent_min[f];
        r->s.ds->extent_max[f] = r->from->extent_max[f];
    }
}

static cm_status reown(cmi_reowning *r, cm_error *err)
{
    cmi_sealing *s = &r->s;
    s->ds = cmi_dataset_create(s->ctx);
    r->anonymous = cmi_intern_create(s->ctx);
    s->anonymous = &r->anonymous;
    if (!s->ds || !r->anonymous) return cmi_no_memory(s->ctx, err);
    cm_status status = take_options(r, err);
    if (!status) status = take_dicts(r, err);
    for (int f = 0; f < CMI_N_FACTS && !status; f++) status = take_table(r, (cmi_fact)f, err);
    s->n_anonymous = status ? 0 : cmi_intern_count(r->anonymous);
    if (!status) status = cmi_seal_build_tables(s, err);
    for (int side = 0; side < CMI_N_SIDES && !status; side++)
        status = copy_side(r, (cmi_side_id)side, err);
    take_counts(r);
    return status;
}

/* Whether some table has the dimension as codes of a dictionary. */
static bool has_dimension(const cm_dataset *ds, const char *name)
{
    for (int f = 0; f < CMI_N_FACTS; f++) {
        const cmi_column *c = cmi_dataset_dimension(ds, (cmi_fact)f, name);
        if (c && c->dict >= 0) return true;
    }
    return false;
}

static const char *name_dict(int32_t index, const void *user)
{
    return ((const cm_dataset *)user)->dict_names[index];
}

static cm_status check_dimension(const cm_dataset *ds, const char *dimension, cm_error *err)
{
    if (!has_dimension(ds, dimension)) {
        cmi_fail(err, CM_ERR_NOT_FOUND, "no table has a dimension %s", dimension);
        cmi_error_suggest(err, dimension, ds->n_dicts, name_dict, ds);
        return CM_ERR_NOT_FOUND;
    }
    if (ds->n_partitions <= 1) return CM_OK;
    cmi_fail(err, CM_ERR_MISMATCH, "a partition by %s cannot be counted by %s",
             ds->owner ? ds->owner : "customer", dimension);
    cmi_error_hint(err, "load the partitions with the owner %s", dimension);
    return CM_ERR_MISMATCH;
}

cm_status cmi_dataset_reown(const cm_dataset *ds, const char *dimension, const cmi_job *job,
                            cm_dataset **out, cm_error *err)
{
    const char *former = ds->owner ? ds->owner : "customer";
    if (strcmp(dimension, former) == 0) {
        /* Counting references is all that is done to it. */
        *out = (cm_dataset *)(uintptr_t)ds;
        cm_dataset_retain(*out);
        return CM_OK;
    }
    cm_status status = check_dimension(ds, dimension, err);
    if (status) return status;
    cmi_reowning r = {
        .s = { .ctx = ds->ctx, .job = *job }, .from = ds, .dimension = dimension, .former = former
    };
    const cmi_column *of_customer = cmi_dataset_dimension(ds, CMI_CUSTOMERS, dimension);
    if (of_customer && of_customer->dict >= 0) r.of_customer = of_customer;
    status = reown(&r, err);
    cmi_seal_close(&r.s);
    cmi_intern_destroy(r.anonymous);
    cmi_free(ds->ctx, r.former_map);
    cmi_free(ds->ctx, r.owner_map);
    if (status)
        cm_dataset_destroy(r.s.ds);
    else
        *out = r.s.ds;
    return status;
}
