/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "core/error.h"
#include "core/hash.h"
#include "data/cells_merge.h"

/* ---- codes ---- */

static bool same_dict(const cmi_dict *a, const cmi_dict *b)
{
    if (a == b) return true;
    return a->n == b->n &&
           memcmp(a->offset, b->offset, sizeof *a->offset * (size_t)(a->n + 2)) == 0 &&
           memcmp(a->bytes, b->bytes, a->offset[a->n + 1]) == 0;
}

/* Lets a sealed space grow again: same texts, same codes. */
static cm_status reopen_space(cmi_merge *m, cmi_space *space)
{
    cmi_intern *intern = cmi_intern_create(m->into->ctx);
    int64_t n = cmi_space_count(space);

    for (int64_t code = 1; intern && code <= n; code++) {
        size_t length;
        const char *text = cmi_space_text(space, code, &length);
        if (cmi_intern_add(intern, text, length, cmi_hash(text, length)) != code) {
            cmi_intern_destroy(intern);
            intern = NULL;
        }
    }
    if (!intern) return cmi_no_memory(m->into->ctx, m->err);
    cmi_dict_release(space->dict);
    space->dict = NULL;
    space->intern = intern;
    return CM_OK;
}

static cm_status add_texts(cmi_merge *m, int i)
{
    cmi_space *into = &m->into->space[i];
    const cmi_space *from = &m->from->space[i];
    int64_t n = cmi_space_count(from);
    uint32_t *map = cmi_calloc(m->into->ctx, (size_t)n + 1, sizeof *map);

    m->code_map[i] = map;
    if (!map) return cmi_no_memory(m->into->ctx, m->err);
    if (!into->intern) {
        cm_status status = reopen_space(m, into);
        if (status != CM_OK) return status;
    }
    m->old_codes[i] = cmi_intern_count(into->intern);
    for (int64_t code = 1; code <= n; code++) {
        size_t length;
        const char *text = cmi_space_text(from, code, &length);
        map[code] = cmi_intern_add(into->intern, text, length, cmi_hash(text, length));
        if (map[code] == 0) return cmi_no_memory(m->into->ctx, m->err);
    }
    return CM_OK;
}

static cm_status map_space(cmi_merge *m, int i)
{
    cmi_space *into = &m->into->space[i];
    const cmi_space *from = &m->from->space[i];

    m->old_codes[i] = -1;
    if (!from->dict && !from->intern) return CM_OK;
    if (!into->dict && !into->intern && from->dict) {
        cmi_dict_retain(from->dict);
        into->dict = from->dict;
        into->bands = from->bands;
        m->bound[i] = true;
        return CM_OK;
    }
    if (into->dict && from->dict && same_dict(into->dict, from->dict)) return CM_OK;
    if (into->bands || from->bands)
        return cmi_fail(m->err, CM_ERR_MISMATCH, "the bands of by differ between the states");
    return add_texts(m, i);
}

/* ---- groups ---- */

static cm_status too_many_groups(cmi_merge *m, int64_t n)
{
    cmi_fail(m->err, CM_ERR_LIMIT, "by makes at least %lld groups; max_groups is %lld",
             (long long)n, (long long)m->into->plan->common.max_groups);
    cmi_error_option(m->err, "by");
    return CM_ERR_LIMIT;
}

static cm_status map_groups(cmi_merge *m)
{
    cmi_state *into = m->into;
    int64_t codes[CMI_MAX_KEYS];

    m->group_map = cmi_calloc(into->ctx, (size_t)m->from->n_groups + 1, sizeof *m->group_map);
    if (!m->group_map || !cmi_groups_reserve(into, into->n_groups + m->from->n_groups))
        return cmi_no_memory(into->ctx, m->err);
    for (int64_t g = 0; into->n_by && g < m->from->n_groups; g++) {
        for (int i = 0; i < into->n_by; i++)
            codes[i] = cmi_map_code(m, into->by_space[i], m->from->groups[g * into->n_by + i]);
        int64_t found = cmi_groups_find(into, codes);
        if (found < 0) {
            found = into->n_groups;
            if (found >= into->plan->common.max_groups) return too_many_groups(m, found + 1);
            cmi_groups_append(into, codes);
        }
        m->group_map[g] = (uint32_t)found;
    }
    return CM_OK;
}

cm_status cmi_merge_map(cmi_merge *m)
{
    cm_status status = CM_OK;

    for (int i = 0; i < m->into->n_spaces && status == CM_OK; i++) status = map_space(m, i);
    return status == CM_OK ? map_groups(m) : status;
}

void cmi_merge_unmap(cmi_merge *m)
{
    cmi_state *into = m->into;

    for (int i = 0; i < into->n_spaces; i++) {
        cmi_space *space = &into->space[i];
        if (m->bound[i]) {
            cmi_dict_release(space->dict);
            space->dict = NULL;
            space->bands = false;
        } else if (m->code_map[i] && space->intern && m->old_codes[i] >= 0) {
            cmi_intern_truncate(space->intern, m->old_codes[i]);
        }
    }
    cmi_groups_truncate(into, m->old_groups);
}
