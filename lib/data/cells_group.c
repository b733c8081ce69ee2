/* SPDX-License-Identifier: MIT */
#include "data/cells_private.h"

#include <string.h>

#include "core/error.h"

/* Groups: tuples of codes of by, numbered in order of arrival until cmi_state_order(). */

static uint64_t hash_group(const cmi_state *s, const int64_t *codes)
{
    return cmi_key_hash(s->seed, 0, codes, s->n_by);
}

static void index_groups(cmi_state *s)
{
    for (int64_t i = 0; s->n_by && i < s->n_groups; i++)
        cmi_slots_insert(&s->group_slots, hash_group(s, s->groups + i * s->n_by), i);
}

bool cmi_groups_reserve(cmi_state *s, int64_t n)
{
    bool rebuilt = false;
    size_t element = sizeof(int64_t) * (size_t)(s->n_by ? s->n_by : 1);

    if (n > (int64_t)UINT32_MAX - 1) return false;
    if (!cmi_grow(s->ctx, (void **)&s->groups, &s->group_capacity, n, element)) return false;
    if (!cmi_slots_reserve(s->ctx, &s->group_slots, n, &rebuilt)) return false;
    if (rebuilt) index_groups(s);
    return true;
}

int64_t cmi_groups_find(const cmi_state *s, const int64_t *codes)
{
    if (s->n_by == 0) return s->n_groups ? 0 : -1;
    if (!s->group_slots.slot) return -1;
    uint64_t hash = hash_group(s, codes);
    for (uint64_t i = hash & s->group_slots.mask;; i = (i + 1) & s->group_slots.mask) {
        cmi_slot slot = s->group_slots.slot[i];
        if (slot.row == 0) return -1;
        if (slot.tag == (uint32_t)(hash >> 32) &&
            memcmp(s->groups + (int64_t)(slot.row - 1) * s->n_by, codes,
                   sizeof *codes * (size_t)s->n_by) == 0)
            return (int64_t)slot.row - 1;
    }
}

void cmi_groups_append(cmi_state *s, const int64_t *codes)
{
    if (s->n_by) {
        memcpy(s->groups + s->n_groups * s->n_by, codes, sizeof *codes * (size_t)s->n_by);
        cmi_slots_insert(&s->group_slots, hash_group(s, codes), s->n_groups);
    }
    s->n_groups++;
}

void cmi_groups_reindex(cmi_state *s)
{
    if (!s->group_slots.slot) return;
    memset(s->group_slots.slot, 0, sizeof(cmi_slot) * (size_t)(s->group_slots.mask + 1));
    index_groups(s);
}

void cmi_groups_truncate(cmi_state *s, int64_t n)
{
    if (n == s->n_groups) return;
    s->n_groups = n;
    cmi_groups_reindex(s);
}

uint32_t cmi_state_group(cmi_state *s, const int64_t *codes, int n_by)
{
    int64_t most = s->plan->common.max_groups;

    if (s->status != CM_OK || s->n_by == 0) return 0;
    if (n_by != s->n_by) {
        cmi_state_fail(s, CM_ERR_INTERNAL, "%d codes for %d items of by", n_by, s->n_by);
        return 0;
    }
    int64_t found = cmi_groups_find(s, codes);
    if (found >= 0) return (uint32_t)found;
    if (s->n_groups >= most) {
        cmi_state_fail(s, CM_ERR_LIMIT, "by makes at least %lld groups; max_groups is %lld",
                       (long long)s->n_groups + 1, (long long)most);
        cmi_error_option(s->err, "by");
        cmi_error_hint(s->err, "group by fewer values, or raise max_groups");
        return 0;
    }
    if (!cmi_groups_reserve(s, s->n_groups + 1)) {
        cmi_state_no_memory(s);
        return 0;
    }
    cmi_groups_append(s, codes);
    s->ordered = false;
    return (uint32_t)(s->n_groups - 1);
}

uint32_t cmi_state_n_groups(const cmi_state *s)
{
    return (uint32_t)s->n_groups;
}

const char *cmi_state_by_text(const cmi_state *s, uint32_t group, int item, size_t *length)
{
    return cmi_space_text(&s->space[s->by_space[item]], s->groups[(int64_t)group * s->n_by + item],
                          length);
}

const cmi_dict *cmi_state_by_code(const cmi_state *s, uint32_t group, int item, uint32_t *code)
{
    *code = (uint32_t)s->groups[(int64_t)group * s->n_by + item];
    return s->space[s->by_space[item]].dict;
}
