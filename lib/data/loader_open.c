/* SPDX-License-Identifier: MIT */
/* Staged columns and dictionaries of an add, and taking them back. */
#include <string.h>

#include "core/error.h"
#include "data/add.h"

static int32_t find_dim(const cm_loader *l, const char *name)
{
    for (int32_t d = 0; d < l->n_dims; d++)
        if (strcmp(l->dim_names[d], name) == 0) return d;
    return -1;
}

/* Index of the dictionary of that name, made where there is none; -1: no memory. */
static int32_t open_dim(cm_loader *l, const char *name)
{
    int32_t d = find_dim(l, name);
    if (d >= 0) return d;
    size_t n = (size_t)l->n_dims + 1;
    cmi_intern **dims = cmi_realloc(l->ctx, l->dims, n * sizeof *dims);
    if (dims) l->dims = dims;
    char **names = cmi_realloc(l->ctx, l->dim_names, n * sizeof *names);
    if (names) l->dim_names = names;
    if (!dims || !names) return -1;
    char *copy = cmi_strndup(l->ctx, name, strlen(name));
    cmi_intern *intern = copy ? cmi_intern_create(l->ctx) : NULL;
    if (!intern) {
        cmi_free(l->ctx, copy);
        return -1;
    }
    l->dims[l->n_dims] = intern;
    l->dim_names[l->n_dims] = copy;
    return l->n_dims++;
}

static int32_t find_staged(const cmi_staged *staged, const cmi_target *t)
{
    for (int32_t c = 0; c < staged->n_columns; c++) {
        const cmi_staged_column *s = &staged->columns[c];
        if (s->role == t->role && (t->role >= 0 || strcmp(s->name, t->name) == 0)) return c;
    }
    return -1;
}

/* The name outlives the add: it is the role's, or kept by the loader. */
static const char *keep_name(cmi_add *add, const cmi_target *t)
{
    if (t->role >= 0) return t->name;
    return cmi_arena_text(&add->loader->arena, t->name, strlen(t->name));
}

static bool choose_dict(cmi_add *add, cmi_target *t)
{
    cm_loader *l = add->loader;
    if (t->type != CMI_ROLE_TEXT && t->type != CMI_ROLE_CUSTOMER) return true;
    if (t->type == CMI_ROLE_TEXT || !add->is_fact)
        t->dict = open_dim(l, t->name);
    else
        t->dict = l->owner ? open_dim(l, "customer") : CMI_DICT_CUSTOMERS;
    return t->dict != -1;
}

static bool open_column(cmi_add *add, cmi_target *t)
{
    cm_loader *l = add->loader;
    cmi_staged *staged = add->staged;
    t->column = find_staged(staged, t);
    if (t->column >= 0) {
        t->dict = staged->columns[t->column].dict;
        return true;
    }
    if (!choose_dict(add, t)) return false;
    size_t n = (size_t)staged->n_columns + 1;
    cmi_staged_column *columns = cmi_realloc(l->ctx, staged->columns, n * sizeof *columns);
    if (!columns) return false;
    staged->columns = columns;
    const char *name = keep_name(add, t);
    if (!name) return false;
    t->column = staged->n_columns++;
    columns[t->column] = (cmi_staged_column){ name, t->role, t->type, t->dict };
    return true;
}

static bool add_group(cmi_add *add, int32_t dict)
{
    for (int32_t g = 0; g < add->n_groups; g++)
        if (add->groups[g] == dict) return true;
    add->groups[add->n_groups++] = dict;
    return true;
}

static bool open_targets(cmi_add *add)
{
    add->groups = cmi_arena_alloc(&add->arena, ((size_t)add->n_targets + 1) * sizeof *add->groups);
    if (!add->groups) return false;
    for (int32_t i = 0; i < add->n_targets; i++) {
        cmi_target *t = &add->targets[i];
        if (t->place == CMI_PLACE_OWNER) t->dict = CMI_DICT_CUSTOMERS;
        if (t->place == CMI_PLACE_COLUMN && !open_column(add, t)) return false;
        /* The owners' interner is the longest task: it goes first. */
        if (t->dict == CMI_DICT_CUSTOMERS) add_group(add, t->dict);
    }
    for (int32_t i = 0; i < add->n_targets; i++)
        if (add->targets[i].dict >= 0) add_group(add, add->targets[i].dict);
    return true;
}

static bool remember(cmi_add *add)
{
    cm_loader *l = add->loader;
    if (!l->customers) l->customers = cmi_intern_create(l->ctx);
    if (!l->anonymous) l->anonymous = cmi_intern_create(l->ctx);
    if (!l->repeats) l->repeats = cmi_intern_create(l->ctx);
    size_t n = (size_t)l->n_dims;
    add->n_codes_before = cmi_arena_alloc(&add->arena, n * sizeof *add->n_codes_before);
    if (!l->customers || !l->anonymous || !l->repeats || !add->n_codes_before) return false;
    add->n_dims_before = l->n_dims;
    add->n_columns_before = add->staged->n_columns;
    add->n_customers_before = cmi_intern_count(l->customers);
    add->n_anonymous_before = cmi_intern_count(l->anonymous);
    add->n_repeats_before = cmi_intern_count(l->repeats);
    for (int32_t d = 0; d < l->n_dims; d++) add->n_codes_before[d] = cmi_intern_count(l->dims[d]);
    return true;
}

/* Rows that sealing may still give to another owner are staged in every partition: it drops those
 * that are not kept. */
static void settle_partitions(cmi_add *add)
{
    cm_loader *l = add->loader;
    add->keeps_all = l->n_partitions <= 1 ||
                     (add->table == CMI_EVENTS && add->place[CMI_PLACE_ENTITY] >= 0) ||
                     (l->base && l->base->sides[CMI_SIDE_ALIASES].given);
    const cmi_staged *aliases = &l->sides[CMI_SIDE_ALIASES];
    for (int32_t c = 0; aliases->given && c < aliases->n_columns; c++) {
        if (strcmp(aliases->columns[c].name, "alias") != 0) continue;
        int32_t dict = aliases->columns[c].dict;
        add->aliases = l->dims[dict];
        for (int32_t i = 0; i < add->n_targets; i++)
            if (add->targets[i].dict == dict) add->keeps_all = true;
    }
}

static cm_status check_order_of_aliases(const cmi_add *add, cm_error *err)
{
    const cm_loader *l = add->loader;
    if (l->n_partitions <= 1 || add->table != CMI_N_FACTS + CMI_SIDE_ALIASES) return CM_OK;
    for (int32_t f = 0; f < CMI_N_FACTS; f++) {
        if (!l->facts[f].given) continue;
        cmi_fail(err, CM_ERR_DATA,
                 "aliases must be added before %s: they decide which rows a partition keeps",
                 cmi_fact_get((cmi_fact)f)->name);
        cmi_error_at(err, "aliases", 0, NULL);
        return CM_ERR_DATA;
    }
    return CM_OK;
}

cm_status cmi_add_open(cmi_add *add, cm_error *err)
{
    cm_status s = check_order_of_aliases(add, err);
    if (s) return s;
    if (!remember(add)) return cmi_no_memory(add->ctx, err);
    if (!open_targets(add)) {
        cmi_add_undo(add);
        return cmi_no_memory(add->ctx, err);
    }
    settle_partitions(add);
    return CM_OK;
}

void cmi_add_undo(cmi_add *add)
{
    cm_loader *l = add->loader;
    for (int32_t d = add->n_dims_before; d < l->n_dims; d++) {
        cmi_intern_destroy(l->dims[d]);
        cmi_free(l->ctx, l->dim_names[d]);
    }
    l->n_dims = add->n_dims_before;
    for (int32_t d = 0; d < l->n_dims; d++) cmi_intern_truncate(l->dims[d], add->n_codes_before[d]);
    cmi_intern_truncate(l->customers, add->n_customers_before);
    cmi_intern_truncate(l->anonymous, add->n_anonymous_before);
    add->staged->n_columns = add->n_columns_before;
    for (int64_t i = 0; i < add->n_repeat_log; i++) l->n_repeats[add->repeat_log[i]]--;
    cmi_intern_truncate(l->repeats, add->n_repeats_before);
}
