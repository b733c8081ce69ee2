/* SPDX-License-Identifier: MIT */
#include "data/reown.h"

#include "core/hash.h"

uint32_t cmi_reown_in_force(const cmi_reowning *r, int64_t owner, int64_t time, uint32_t *next)
{
    const cmi_facts *t = &r->from->facts[CMI_CUSTOMERS];
    if (!r->of_customer || owner >= r->from->n_known) return 0;
    uint32_t begin = t->offset[owner], end = t->offset[owner + 1];
    if (*next < begin) *next = begin;
    while (*next < end && t->time[*next] <= time) ++*next;
    return *next > begin ? r->of_customer->u32[*next - 1] : 0;
}

/* Rows without a value: what the anonymous were owned by, else their order, session, ticket, else
 * themselves. 0: no memory. */
static uint32_t add_anonymous(cmi_reowning *r, cmi_fact f, int64_t owner, int64_t row)
{
    const cm_dataset *from = r->from;
    const uint64_t *entity = r->s.tables[f].base_entity;
    uint64_t print[2];
    if (owner >= from->n_known) {
        const char *p = (const char *)from->anonymous + 16 * (owner - from->n_known);
        return cmi_intern_add(r->anonymous, p, 16, cmi_hash(p, 16));
    }
    bool has_entity = entity && entity[row];
    uint64_t key[3] = { (uint64_t)f, has_entity, has_entity ? entity[row] : (uint64_t)row };
    cmi_hash128(key, sizeof key, print);
    return cmi_intern_add(r->anonymous, (const char *)print, 16, cmi_hash((const char *)print, 16));
}

cm_status cmi_reown_rows(cmi_reowning *r, cmi_fact f, cm_error *err)
{
    const cm_dataset *from = r->from;
    const cmi_facts *t = &from->facts[f];
    const cmi_column *own = cmi_dataset_dimension(from, f, r->dimension);
    uint32_t *owners = r->s.tables[f].base_owner;
    if (own && own->dict < 0) own = NULL;
    for (int64_t o = 0; o < from->n_owners; o++) {
        uint32_t next = 0;
        for (int64_t i = t->offset[o]; i < t->offset[o + 1]; i++) {
            uint32_t code = own ? own->u32[i] : 0;
            if (!code && f != CMI_CUSTOMERS) code = cmi_reown_in_force(r, o, t->time[i], &next);
            if (!code) {
                code = add_anonymous(r, f, o, i);
                if (!code) return cmi_no_memory(r->s.ctx, err);
                code |= CMI_ANONYMOUS;
            }
            owners[i] = code;
        }
    }
    return CM_OK;
}
