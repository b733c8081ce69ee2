/* SPDX-License-Identifier: MIT */
#include "data/cells_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/hash.h"

/* Making states: definitions, code spaces, groups, failures, counters. */

/* ---- failures ---- */

void cmi_state_fail(cmi_state *s, cm_status status, const char *format, ...)
{
    char text[400];
    va_list args;

    if (s->status != CM_OK) return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    s->status = cmi_fail(s->err, status, "%s", text);
}

cm_status cmi_state_no_memory(cmi_state *s)
{
    if (s->status == CM_OK) s->status = cmi_no_memory(s->ctx, s->err);
    return s->status;
}

cm_status cmi_state_status(const cmi_state *s, cm_error *err)
{
    if (s->status != CM_OK) cmi_error_copy(err, s->err);
    return s->status;
}

/* ---- definitions ---- */

typedef struct piece {
    const char *name, *kind; /* kind NULL: none given */
    size_t name_length, kind_length;
} piece;

/* Cuts "name:kind" off a comma list; returns what follows. */
static const char *cut_piece(const char *list, piece *out)
{
    size_t n = strcspn(list, ",");
    const char *colon = memchr(list, ':', n);

    out->name = list;
    out->name_length = colon ? (size_t)(colon - list) : n;
    out->kind = colon ? colon + 1 : NULL;
    out->kind_length = colon ? n - out->name_length - 1 : 0;
    return list + n + (list[n] == ',');
}

static bool is_kind(const piece *p, const char *kind)
{
    return p->kind && strlen(kind) == p->kind_length && memcmp(p->kind, kind, p->kind_length) == 0;
}

static int add_space(cmi_state *s, const char *kind, size_t length)
{
    cmi_space *space = &s->space[s->n_spaces];
    space->kind = kind;
    space->kind_length = length;
    return s->n_spaces++;
}

static int find_space(cmi_state *s, const piece *p)
{
    if (!p->kind || is_kind(p, "int")) return -1;
    for (int i = 0; i < s->n_spaces && !is_kind(p, "own"); i++)
        if (s->space[i].kind_length == p->kind_length &&
            memcmp(s->space[i].kind, p->kind, p->kind_length) == 0)
            return i;
    return add_space(s, p->kind, p->kind_length);
}

static bool read_keys(cmi_state *s, cmi_layout *l, const char *keys)
{
    while (*keys) {
        piece p;
        if (l->n_parts == CMI_MAX_KEYS || l->sequence) return false;
        keys = cut_piece(keys, &p);
        if (p.name_length > 3 && memcmp(p.name + p.name_length - 3, "...", 3) == 0) {
            p.name_length -= 3;
            l->sequence = true;
        }
        l->part[l->n_parts++] = (cmi_key_part){ p.name, p.name_length, find_space(s, &p) };
    }
    return true;
}

static bool read_columns(cmi_layout *l, const char *columns)
{
    static const struct {
        const char *name;
        cmi_cell_type type;
    } types[] = { { "n", CMI_SUM64 },       { "sum64", CMI_SUM64 }, { "sum128", CMI_SUM128 },
                  { "fix128", CMI_FIX128 }, { "once", CMI_ONCE },   { "once_f64", CMI_ONCE_F64 } };

    l->all_once = true;
    while (*columns) {
        piece p;
        size_t i = 0;
        if (l->n_columns == CMI_MAX_CELL_COLUMNS) return false;
        columns = cut_piece(columns, &p);
        while (p.kind && i < sizeof types / sizeof *types && !is_kind(&p, types[i].name)) i++;
        if (i == sizeof types / sizeof *types) return false;
        cmi_cell_type type = types[i].type;
        l->type[l->n_columns] = type;
        l->word[l->n_columns++] = l->n_words;
        l->n_words += cmi_column_words(type);
        l->all_once = l->all_once && (type == CMI_ONCE || type == CMI_ONCE_F64);
    }
    return true;
}

static cm_status define_table(cmi_state *s, int cells, const cmi_cells_def *def, cm_error *err)
{
    cmi_cells *t = &s->table[cells];
    cmi_layout *l = &t->layout;

    l->name = def->name;
    if (!read_keys(s, l, def->keys) || !read_columns(l, def->columns))
        return cmi_fail(err, CM_ERR_INTERNAL, "cells '%s': the definition cannot be read",
                        def->name);
    const cmi_space *first =
        l->n_parts == 1 && l->part[0].space >= 0 ? &s->space[l->part[0].space] : NULL;
    t->log = l->log = l->all_once && !l->sequence && first && first->kind_length == 8 &&
                      memcmp(first->kind, "customer", 8) == 0;
    t->key_words = l->sequence ? 2 : l->n_parts;
    t->stride = 1 + t->key_words + l->n_words;
    t->dense = s->plan->n_dense[cells] > 0;
    return t->dense ? cmi_dense_init(s, cells, err) : CM_OK;
}

static cm_status define_all(cmi_state *s, cm_error *err)
{
    const cmi_cells_def *defs = s->plan->kpi->cells;
    int64_t words = 2 * CMI_MAX_CELL_COLUMNS;

    s->n_by = (int)s->plan->by.n;
    if (s->plan->by.n > CMI_MAX_KEYS)
        return cmi_fail(err, CM_ERR_LIMIT, "by has %d items; at most %d are possible", s->n_by,
                        (int)CMI_MAX_KEYS);
    for (int i = 0; i < s->n_by; i++) s->by_space[i] = add_space(s, "", 0);
    for (int i = 0; defs && defs[i].name; i++) {
        if (i == CMI_MAX_CELLS) return cmi_fail(err, CM_ERR_INTERNAL, "too many tables of cells");
        s->n_tables++;
        cm_status status = define_table(s, i, &defs[i], err);
        if (status != CM_OK) return status;
        if (s->table[i].dense && 2 * s->table[i].row_cells > words)
            words = 2 * s->table[i].row_cells;
    }
    s->scratch = cmi_calloc(s->ctx, (size_t)words, sizeof *s->scratch);
    if (!s->scratch || (s->n_by == 0 && !cmi_groups_reserve(s, 1)))
        return cmi_no_memory(s->ctx, err);
    if (s->n_by == 0) cmi_groups_append(s, NULL);
    return CM_OK;
}

cm_status cmi_state_create(const cmi_plan *plan, cmi_state **out, cm_error *err)
{
    cmi_state *s = cmi_calloc(plan->ctx, 1, sizeof *s);
    if (!s) return cmi_no_memory(plan->ctx, err);
    s->ctx = plan->ctx;
    cmi_context_retain(s->ctx);
    s->plan = plan;
    s->head.dense = s->dense;
    s->seed = cmi_random_seed(s);
    cmi_arena_init(&s->arena, s->ctx);
    s->err = cmi_calloc(s->ctx, 1, cmi_error_size());
    cm_status status = s->err ? define_all(s, err) : cmi_no_memory(s->ctx, err);
    if (status != CM_OK) {
        cmi_state_destroy(s);
        return status;
    }
    *out = s;
    return CM_OK;
}

static void free_table(cm_context *ctx, cmi_cells *t)
{
    for (int64_t i = 0; i < t->n_chunks; i++) cmi_free(ctx, t->chunk[i].words);
    cmi_free(ctx, t->chunk);
    cmi_free(ctx, t->block);
    cmi_free(ctx, t->zero);
    cmi_free(ctx, t->rows);
    cmi_free(ctx, t->pool);
    cmi_free(ctx, t->from);
    cmi_slots_free(ctx, &t->slots);
}

void cmi_state_drop_cells(cmi_state *s)
{
    for (int i = 0; i < s->n_tables; i++) free_table(s->ctx, &s->table[i]);
    s->n_tables = 0;
}

void cmi_state_destroy(cmi_state *s)
{
    if (!s) return;
    cm_context *ctx = s->ctx;
    for (int i = 0; i < s->n_tables; i++) free_table(ctx, &s->table[i]);
    for (int i = 0; i < s->n_spaces; i++) {
        cmi_dict_release(s->space[i].dict);
        if (s->space[i].intern) cmi_intern_destroy(s->space[i].intern);
    }
    cmi_free(ctx, s->groups);
    cmi_slots_free(ctx, &s->group_slots);
    cmi_free(ctx, s->scratch);
    cmi_free(ctx, s->lent);
    cmi_free(ctx, s->counter);
    cmi_free(ctx, s->err);
    cmi_arena_destroy(&s->arena);
    cmi_free(ctx, s);
    cmi_context_release(ctx);
}

/* ---- code spaces ---- */

static bool bind_space(cmi_state *s, int space, const cmi_dict *dict)
{
    cmi_space *to = &s->space[space];
    cmi_dict *shared = (cmi_dict *)dict; /* only the count of references changes */

    if (to->dict == dict) return true;
    if (to->dict || to->intern) {
        cmi_state_fail(s, CM_ERR_INTERNAL, "two dictionaries for one part of a key");
        return false;
    }
    cmi_dict_retain(shared);
    to->dict = shared;
    return true;
}

bool cmi_state_bind_dict(cmi_state *s, int cells, int part, const cmi_dict *dict)
{
    const cmi_layout *l = cells >= 0 && cells < s->n_tables ? &s->table[cells].layout : NULL;

    if (!l || part < 0 || part >= l->n_parts || l->part[part].space < 0) {
        cmi_state_fail(s, CM_ERR_INTERNAL, "no code part %d in cells %d", part, cells);
        return false;
    }
    return bind_space(s, l->part[part].space, dict);
}

bool cmi_state_bind_by(cmi_state *s, int item, const cmi_dict *dict)
{
    if (item >= 0 && item < s->n_by) return bind_space(s, s->by_space[item], dict);
    cmi_state_fail(s, CM_ERR_INTERNAL, "by has no item %d", item);
    return false;
}

bool cmi_state_bind_bands(cmi_state *s, int item, const char *const *label, int64_t n)
{
    size_t *length = cmi_malloc_n(s->ctx, (size_t)n, sizeof *length);
    cmi_dict *dict = NULL;

    if (length) {
        for (int64_t i = 0; i < n; i++) length[i] = strlen(label[i]);
        dict = cmi_dict_from_sorted(s->ctx, n, label, length);
    }
    cmi_free(s->ctx, length);
    if (!dict) {
        cmi_state_no_memory(s);
        return false;
    }
    bool ok = cmi_state_bind_by(s, item, dict);
    if (ok) s->space[s->by_space[item]].bands = true;
    cmi_dict_release(dict);
    return ok;
}

int64_t cmi_space_count(const cmi_space *space)
{
    return space->dict ? space->dict->n : space->intern ? cmi_intern_count(space->intern) : 0;
}

const char *cmi_space_text(const cmi_space *space, int64_t code, size_t *length)
{
    *length = 0;
    if (code <= 0 || code > cmi_space_count(space)) return NULL;
    return space->dict ? cmi_dict_text(space->dict, (uint32_t)code, length)
                       : cmi_intern_text(space->intern, (uint32_t)code, length);
}

uint32_t cmi_state_intern(cmi_state *s, int cells, int part, const char *text, size_t n)
{
    cmi_space *space = &s->space[s->table[cells].layout.part[part].space];
    uint32_t code = 0;

    if (s->status != CM_OK) return 0;
    if (!space->intern && !space->dict) space->intern = cmi_intern_create(s->ctx);
    if (space->intern) code = cmi_intern_add(space->intern, text, n, cmi_hash(text, n));
    if (code == 0) cmi_state_no_memory(s);
    return code;
}

void *cmi_state_scratch(cmi_state *s, int64_t n, size_t size)
{
    if (s->status != CM_OK) return NULL;
    bool ok = n >= 0 && n <= INT64_MAX / 2 / (int64_t)size &&
              cmi_grow(s->ctx, &s->lent, &s->lent_size, n * (int64_t)size + 1, 1);
    if (!ok) cmi_state_no_memory(s);
    return ok ? s->lent : NULL;
}

int32_t cmi_state_scale(const cmi_state *s)
{
    return cmi_plan_scale(s->plan);
}

const cmi_grid *cmi_state_grid(const cmi_state *s)
{
    return s->plan->grid[0];
}

/* ---- counters ---- */

static cmi_counter *find_counter(const cmi_state *s, const char *what)
{
    for (int64_t i = 0; i < s->n_counters; i++)
        if (s->counter[i].what == what) return &s->counter[i];
    for (int64_t i = 0; i < s->n_counters; i++)
        if (strcmp(s->counter[i].what, what) == 0) return &s->counter[i];
    return NULL;
}

void cmi_state_count(cmi_state *s, const char *what, int64_t n)
{
    cmi_counter *found = find_counter(s, what);

    if (s->status != CM_OK) return;
    if (!found) {
        if (!cmi_grow(s->ctx, (void **)&s->counter, &s->counter_capacity, s->n_counters + 1,
                      sizeof *s->counter)) {
            cmi_state_no_memory(s);
            return;
        }
        found = &s->counter[s->n_counters++];
        *found = (cmi_counter){ what, 0 };
    }
    if (__builtin_add_overflow(found->n, n, &found->n))
        cmi_state_fail(s, CM_ERR_OVERFLOW, "the counter %s does not fit 64 bits", what);
}

void cmi_state_count_copy(cmi_state *s, const char *what, int64_t n)
{
    cmi_counter *found = find_counter(s, what);
    const char *name = found ? found->what : cmi_arena_text(&s->arena, what, strlen(what));

    if (!name)
        cmi_state_no_memory(s);
    else
        cmi_state_count(s, name, n);
}

void cmi_state_pending(cmi_state *s, int64_t n)
{
    cmi_state_count(s, "pending", n);
}

int64_t cmi_state_counter(const cmi_state *s, const char *what)
{
    const cmi_counter *found = find_counter(s, what);
    return found ? found->n : 0;
}

const char *cmi_state_counter_at(const cmi_state *s, int64_t index, int64_t *n)
{
    if (index < 0 || index >= s->n_counters) return NULL;
    *n = s->counter[index].n;
    return s->counter[index].what;
}
