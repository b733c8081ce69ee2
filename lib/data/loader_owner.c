/* SPDX-License-Identifier: MIT */
/* Who owns a row: its customer, else its entity, else the row itself. The latter two are known by
 * 128-bit fingerprints that depend on what the row says only, not on where or how it was read. */
#include <string.h>

#include "core/error.h"
#include "core/hash.h"
#include "data/add.h"

/* 64-bit fingerprints of order, session, ticket and respondent ids; 0 is none. */
bool cmi_work_identify(cmi_add *add, cmi_work *w)
{
    int32_t target = add->is_fact ? add->place[CMI_PLACE_ENTITY] : -1;
    if (target < 0) return true;
    cmi_values *v = &w->values[target];
    v->entity = cmi_scratch_alloc(&w->scratch, (size_t)w->batch.n_rows, sizeof *v->entity);
    if (!v->entity) return false;
    for (int64_t i = 0; i < w->batch.n_rows; i++) {
        uint64_t h = v->length[i] < 0 ? 0 : cmi_hash(v->text[i], (size_t)v->length[i]);
        v->entity[i] = h || v->length[i] < 0 ? h : 1;
    }
    return true;
}

static bool has_owner(const cmi_add *add, const cmi_work *w, int64_t row)
{
    int32_t target = add->place[CMI_PLACE_OWNER];
    return target >= 0 && w->values[target].length[row] >= 0;
}

static void print_entity(const cmi_target *t, const cmi_values *v, int64_t row, uint64_t out[2])
{
    uint64_t parts[3] = { 0, 0, t->name_hash };
    cmi_hash128(v->text[row], (size_t)v->length[row], parts);
    cmi_hash128(parts, sizeof parts, out);
}

/* The sum over the columns does not depend on their order; a null adds nothing, so that a missing
 * column is a column of nulls. */
static void print_row(const cmi_add *add, const cmi_work *w, int64_t row, uint64_t out[2])
{
    uint64_t sum[3] = { 0, 0, (uint64_t)add->table };
    for (int32_t i = 0; i < add->n_targets; i++) {
        const cmi_target *t = &add->targets[i];
        const cmi_values *v = &w->values[i];
        if (t->place == CMI_PLACE_OWNER) continue;
        if (v->i64 ? v->i64[row] == CMI_NULL : v->length[row] < 0) continue;
        uint64_t pair[2] = { t->name_hash, 0 }, h[2];
        pair[1] = v->i64 ? (uint64_t)v->i64[row] : cmi_hash(v->text[row], (size_t)v->length[row]);
        cmi_hash128(pair, sizeof pair, h);
        sum[0] += h[0];
        sum[1] += h[1];
    }
    cmi_hash128(sum, sizeof sum, out);
}

/* Returns whether it is the row's own fingerprint. */
static bool print_owner(const cmi_add *add, const cmi_work *w, int64_t row, uint64_t out[2])
{
    int32_t entity = add->place[CMI_PLACE_ENTITY];
    if (entity >= 0 && w->values[entity].length[row] >= 0) {
        print_entity(&add->targets[entity], &w->values[entity], row, out);
        return false;
    }
    print_row(add, w, row, out);
    return true;
}

bool cmi_work_keeps(cmi_add *add, const cmi_work *w, int64_t row)
{
    const cm_loader *l = add->loader;
    if (!has_owner(add, w, row)) {
        uint64_t print[2];
        print_owner(add, w, row, print);
        return cmi_partition_keeps(cmi_anonymous_hash((const char *)print), l->partition,
                                   l->n_partitions);
    }
    const cmi_values *v = &w->values[add->place[CMI_PLACE_OWNER]];
    size_t n = (size_t)v->length[row];
    uint64_t hash = cmi_hash(v->text[row], n);
    if (cmi_partition_keeps(hash, l->partition, l->n_partitions)) return true;
    return add->aliases && cmi_intern_find(add->aliases, v->text[row], n, hash) != 0;
}

bool cmi_work_own(cmi_add *add, cmi_work *w)
{
    if (!add->is_fact) return true;
    int32_t owner = add->place[CMI_PLACE_OWNER];
    if (owner >= 0 && w->values[owner].n_null == 0) return true;
    int64_t n = 0;
    for (int64_t k = 0; k < w->n_kept; k++) n += !has_owner(add, w, w->kept ? w->kept[k] : k);
    w->anonymous = cmi_scratch_alloc(&w->scratch, (size_t)n, sizeof *w->anonymous);
    w->print = cmi_scratch_alloc(&w->scratch, 2 * (size_t)n, sizeof *w->print);
    w->print_is_row = cmi_scratch_alloc(&w->scratch, (size_t)n, sizeof *w->print_is_row);
    if (!w->anonymous || !w->print || !w->print_is_row) return false;
    for (int64_t k = 0; k < w->n_kept; k++) {
        int64_t row = w->kept ? w->kept[k] : k;
        if (has_owner(add, w, row)) continue;
        int64_t a = w->n_anonymous++;
        w->anonymous[a] = (uint32_t)k;
        w->print_is_row[a] = print_owner(add, w, row, w->print + 2 * a);
    }
    return true;
}

/* ---- interning the fingerprints; in the input's order ---- */

/* How many equal rows came before. Only rows that come again cost a place in `repeats`. */
static cm_status count_repeat(cmi_add *add, const uint64_t print[2], uint32_t **count,
                              cm_error *err)
{
    cm_loader *l = add->loader;
    uint32_t code = cmi_intern_add(l->repeats, (const char *)print, 16, print[0]);
    if (!code) return cmi_no_memory(add->ctx, err);
    int64_t before = l->repeats_capacity;
    if (!cmi_grow(add->ctx, (void **)&l->n_repeats, &l->repeats_capacity, (int64_t)code + 1,
                  sizeof *l->n_repeats) ||
        !cmi_grow(add->ctx, (void **)&add->repeat_log, &add->repeat_log_capacity,
                  add->n_repeat_log + 1, sizeof *add->repeat_log))
        return cmi_no_memory(add->ctx, err);
    for (int64_t i = before; i < l->repeats_capacity; i++) l->n_repeats[i] = 0;
    l->n_repeats[code]++;
    add->repeat_log[add->n_repeat_log++] = code;
    *count = &l->n_repeats[code];
    return CM_OK;
}

static cm_status add_print(cmi_add *add, const uint64_t print[2], uint32_t *code, bool *fresh,
                           cm_error *err)
{
    cmi_intern *in = add->loader->anonymous;
    int64_t before = cmi_intern_count(in);
    *code = cmi_intern_add(in, (const char *)print, 16, cmi_hash(print, 16));
    *fresh = cmi_intern_count(in) != before;
    if (!*code) return cmi_no_memory(add->ctx, err);
    if (*code >= CMI_ANONYMOUS)
        return cmi_fail(err, CM_ERR_LIMIT, "more than %u owners without customer",
                        CMI_ANONYMOUS - 1);
    return CM_OK;
}

/* Identical rows are told apart by their number, which need not say which is which. */
static cm_status add_row_print(cmi_add *add, const uint64_t print[2], uint32_t *code, cm_error *err)
{
    bool fresh;
    cm_status s = add_print(add, print, code, &fresh, err);
    while (!s && !fresh) {
        uint32_t *count = NULL;
        if ((s = count_repeat(add, print, &count, err))) break;
        uint64_t parts[3] = { print[0], print[1], *count }, next[2];
        cmi_hash128(parts, sizeof parts, next);
        next[0] = print[0]; /* which decides the partition: identical rows share one */
        s = add_print(add, next, code, &fresh, err);
    }
    return s;
}

cm_status cmi_intern_anonymous(cmi_add *add, cmi_work *w, cm_error *err)
{
    cmi_span span = { 0 };
    int64_t a = 0;
    while (cmi_next_span(add, w, &span)) {
        for (; a < w->n_anonymous && w->anonymous[a] < span.to; a++) {
            uint32_t code;
            bool fresh;
            const uint64_t *print = w->print + 2 * a;
            cm_status s = w->print_is_row[a] ? add_row_print(add, print, &code, err)
                                             : add_print(add, print, &code, &fresh, err);
            if (s) return s;
            span.chunk->owner[span.at + w->anonymous[a] - span.from] = CMI_ANONYMOUS | code;
        }
    }
    return CM_OK;
}
