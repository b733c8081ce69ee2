/* SPDX-License-Identifier: MIT */
/* A loader with a base starts as if it had just read the base's facts: codes 1..n of its interners
 * are the base's, in the base's order, and rows, counts and notes go on from there. */
#include "data/seal.h"

#include <string.h>

#include "core/hash.h"

/* 0: no memory. */
static uint32_t add_text(cmi_intern *in, const char *p, size_t n)
{
    return cmi_intern_add(in, p, n, cmi_hash(p, n));
}

static bool add_dict(cmi_intern *in, const cmi_dict *d)
{
    for (int64_t c = 1; d && c <= d->n; c++) {
        size_t n;
        const char *p = cmi_dict_text(d, (uint32_t)c, &n);
        if (!add_text(in, p, n)) return false;
    }
    return true;
}

static bool add_fingerprints(cmi_intern *in, const uint8_t *all, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if (!add_text(in, (const char *)all + 16 * i, 16)) return false;
    return true;
}

uint32_t cmi_base_origin(const cm_loader *loader, const cm_dataset *base, uint32_t from)
{
    if (from & CMI_ORIGIN_ANONYMOUS) {
        const char *p =
            (const char *)base->origin_anonymous + 16 * (size_t)(from & ~CMI_ORIGIN_ANONYMOUS);
        return CMI_ANONYMOUS | cmi_intern_find(loader->anonymous, p, 16, cmi_hash(p, 16));
    }
    size_t n;
    const char *p = cmi_dict_text(base->origins, from, &n);
    return cmi_intern_find(loader->customers, p, n, cmi_hash(p, n));
}

static bool fill_dims(cm_loader *l)
{
    const cm_dataset *base = l->base;
    l->dims = cmi_calloc(l->ctx, (size_t)base->n_dicts + 1, sizeof *l->dims);
    l->dim_names = cmi_calloc(l->ctx, (size_t)base->n_dicts + 1, sizeof *l->dim_names);
    if (!l->dims || !l->dim_names) return false;
    for (int32_t i = 0; i < base->n_dicts; i++) {
        const char *name = base->dict_names[i];
        l->dims[i] = cmi_intern_create(l->ctx);
        l->dim_names[i] = cmi_strndup(l->ctx, name, strlen(name));
        l->n_dims = i + 1;
        if (!l->dims[i] || !l->dim_names[i] || !add_dict(l->dims[i], base->dicts[i])) return false;
    }
    return true;
}

/* ---- tables ---- */

static bool add_column(cm_loader *l, cmi_staged *t, const char *name, int32_t role,
                       cmi_role_type type, int32_t dict)
{
    const char *copy = cmi_arena_text(&l->arena, name, strlen(name));
    if (!copy) return false;
    t->columns[t->n_columns++] =
        (cmi_staged_column){ .name = copy, .role = role, .type = type, .dict = dict };
    return true;
}

static bool fill_facts(cm_loader *l, cmi_fact f)
{
    const cmi_fact_def *def = cmi_fact_get(f);
    const cmi_facts *from = &l->base->facts[f];
    cmi_staged *t = &l->facts[f];
    int32_t sequence = cmi_role_find(def, "sequence");
    t->given = from->given;
    t->n_read = from->n_read;
    t->n_rejected = from->n_rejected;
    t->n_rounded = from->n_rounded;
    t->extent_min = l->base->extent_min[f];
    t->extent_max = l->base->extent_max[f];
    if (!from->n_columns) return true;
    t->columns = cmi_calloc(l->ctx, (size_t)from->n_columns, sizeof *t->columns);
    for (int32_t c = 0; t->columns && c < from->n_columns; c++) {
        const cmi_column *column = &from->columns[c];
        if (column->role >= 0 && (column->role == def->entity_role || column->role == sequence))
            continue;
        bool owner_code = column->type == CMI_ROLE_CUSTOMER && column->dict < 0;
        int32_t dict = owner_code ? CMI_DICT_CUSTOMERS : column->dict;
        if (!add_column(l, t, column->name, column->role, column->type, dict)) return false;
    }
    return t->columns != NULL;
}

static int32_t find_dict(const cm_dataset *ds, const cmi_dict *dict)
{
    for (int32_t i = 0; i < ds->n_dicts; i++)
        if (ds->dicts[i] == dict) return i;
    return CMI_DICT_CUSTOMERS;
}

static bool fill_side(cm_loader *l, cmi_side_id id)
{
    const cmi_side *from = &l->base->sides[id];
    cmi_staged *t = &l->sides[id];
    t->given = from->given;
    t->n_read = from->n_read;
    t->n_rejected = from->n_rejected;
    if (!from->n_columns) return true;
    t->columns = cmi_calloc(l->ctx, (size_t)from->n_columns, sizeof *t->columns);
    for (int32_t c = 0; t->columns && c < from->n_columns; c++) {
        const cmi_side_column *column = &from->columns[c];
        int32_t dict = column->dict ? find_dict(l->base, column->dict) : -1;
        if (!add_column(l, t, column->name, column->role, column->type, dict)) return false;
    }
    return t->columns != NULL;
}

/* ---- notes ---- */

static const char *copy_text(cm_loader *l, const char *text)
{
    return cmi_arena_text(&l->arena, text, strlen(text));
}

static bool fill_report(cm_loader *l)
{
    const cm_dataset *base = l->base;
    l->report = cmi_calloc(l->ctx, (size_t)base->n_report + 1, sizeof *l->report);
    for (int32_t i = 0; l->report && i < base->n_report; i++) {
        cmi_report_column *to = &l->report[i];
        *to = base->report[i];
        to->column = copy_text(l, to->column);
        to->role = copy_text(l, to->role);
        to->type = copy_text(l, to->type);
        to->example = copy_text(l, to->example);
        to->note = copy_text(l, to->note);
        if (!to->column || !to->role || !to->type || !to->example || !to->note) return false;
        l->n_report = i + 1;
    }
    return l->report != NULL;
}

static bool fill_rejects(cm_loader *l)
{
    const cm_dataset *base = l->base;
    l->rejects = cmi_calloc(l->ctx, (size_t)base->n_rejects + 1, sizeof *l->rejects);
    for (int32_t i = 0; l->rejects && i < base->n_rejects; i++) {
        l->rejects[i] = base->rejects[i];
        l->rejects[i].reason = copy_text(l, base->rejects[i].reason);
        if (!l->rejects[i].reason) return false;
        l->n_rejects = i + 1;
    }
    return l->rejects != NULL;
}

static bool fill_diagnostics(cm_loader *l)
{
    const cm_dataset *base = l->base;
    l->diagnostics = cmi_calloc(l->ctx, (size_t)base->n_diagnostics + 1, sizeof *l->diagnostics);
    for (int64_t i = 0; l->diagnostics && i < base->n_diagnostics; i++) {
        cmi_diagnostic *to = &l->diagnostics[i];
        *to = base->diagnostics[i];
        to->column = copy_text(l, to->column);
        to->value = copy_text(l, to->value);
        to->reason = copy_text(l, to->reason);
        if (!to->column || !to->value || !to->reason) return false;
        l->n_diagnostics = i + 1;
    }
    return l->diagnostics != NULL;
}

cm_status cmi_loader_from_base(cm_loader *l, cm_error *err)
{
    const cm_dataset *base = l->base;
    bool ok = add_dict(l->customers, base->customers) && add_dict(l->customers, base->origins) &&
              add_fingerprints(l->anonymous, base->anonymous, base->n_owners - base->n_known) &&
              add_fingerprints(l->anonymous, base->origin_anonymous, base->n_origin_anonymous) &&
              fill_dims(l);
    for (int f = 0; f < CMI_N_FACTS && ok; f++) ok = fill_facts(l, (cmi_fact)f);
    for (int s = 0; s < CMI_N_SIDES && ok; s++) ok = fill_side(l, (cmi_side_id)s);
    ok = ok && fill_report(l) && fill_rejects(l) && fill_diagnostics(l);
    return ok ? CM_OK : cmi_no_memory(l->ctx, err);
}
