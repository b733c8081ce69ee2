/* SPDX-License-Identifier: MIT */
/* Texts of kept rows on their way to codes. Columns of few values are encoded within the batch, on
 * any thread, so that the interner, which takes one batch after the other, sees each value once.
 * Columns where most values differ, ids mostly, are only hashed. */
#include <string.h>

#include "core/error.h"
#include "core/hash.h"
#include "core/int128.h"
#include "data/add.h"

enum {
    MAX_LOCAL = 12000, /* values; above, looking them up here costs more than it saves */
    TRIAL_ROWS = 1024, /* after so many rows it is decided */
    TRIAL_LOCAL = 600,
    AHEAD = 32 /* rows whose slots are on their way to the cache */
};

typedef struct local_dict {
    uint16_t *slots; /* index + 1 */
    uint64_t mask;
    int64_t n;
    const char **text;
    int32_t *length;
    uint64_t *hash;
} local_dict;

static uint64_t load_8(const char *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static uint64_t load_4(const char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* Good enough for a table of one batch. */
static inline uint64_t hash_short(const char *p, size_t n)
{
    uint64_t a, b;
    if (n > 16) return cmi_hash(p, n);
    if (n >= 8) {
        a = load_8(p);
        b = load_8(p + n - 8);
    } else if (n >= 4) {
        a = load_4(p);
        b = load_4(p + n - 4);
    } else {
        a = n ? (uint64_t)(unsigned char)p[0] << 8 | (unsigned char)p[n - 1] : 0;
        b = n ? (unsigned char)p[n / 2] : 0;
    }
    cmi_u128 product = (cmi_u128)(a ^ (0xa0761d6478bd642fu + n)) * (b ^ 0xe7037ed1a0b428dbu);
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline bool is_same(const char *a, const char *b, size_t n)
{
    if (n >= 8) {
        if (load_8(a) != load_8(b) || load_8(a + n - 8) != load_8(b + n - 8)) return false;
        return n <= 16 || memcmp(a, b, n) == 0;
    }
    if (n >= 4) return load_4(a) == load_4(b) && load_4(a + n - 4) == load_4(b + n - 4);
    for (size_t i = 0; i < n; i++)
        if (a[i] != b[i]) return false;
    return true;
}

static bool open_local(cmi_scratch *scratch, local_dict *d, int64_t n_rows)
{
    int64_t room = n_rows < MAX_LOCAL ? n_rows : MAX_LOCAL;
    uint64_t n_slots = 16;
    while (n_slots < (uint64_t)room * 2) n_slots *= 2;
    d->slots = cmi_scratch_alloc(scratch, n_slots, sizeof *d->slots);
    d->text = cmi_scratch_alloc(scratch, (size_t)room, sizeof *d->text);
    d->length = cmi_scratch_alloc(scratch, (size_t)room, sizeof *d->length);
    d->hash = cmi_scratch_alloc(scratch, (size_t)room, sizeof *d->hash);
    d->mask = n_slots - 1;
    d->n = 0;
    if (!d->slots || !d->text || !d->length || !d->hash) return false;
    memset(d->slots, 0, n_slots * sizeof *d->slots);
    return true;
}

/* Index + 1 of the text; the caller has seen to room. */
static inline uint16_t add_local(local_dict *d, const char *p, int32_t length)
{
    size_t n = (size_t)length;
    uint64_t hash = hash_short(p, n), i = hash & d->mask;
    for (; d->slots[i]; i = (i + 1) & d->mask) {
        int64_t k = d->slots[i] - 1;
        if (d->hash[k] == hash && d->length[k] == length && is_same(d->text[k], p, n))
            return d->slots[i];
    }
    int64_t k = d->n++;
    d->text[k] = p;
    d->length[k] = length;
    d->hash[k] = hash;
    return d->slots[i] = (uint16_t)(k + 1);
}

static inline int64_t get_row(const cmi_work *w, int64_t k)
{
    return w->kept ? w->kept[k] : k;
}

/* false: too many different values. */
static bool encode_locally(const cmi_work *w, const cmi_values *v, local_dict *d, uint16_t *local)
{
    for (int64_t k = 0; k < w->n_kept; k++) {
        if (d->n >= MAX_LOCAL || (k == TRIAL_ROWS && d->n > TRIAL_LOCAL)) return false;
        int64_t row = get_row(w, k);
        local[k] = v->length[row] < 0 ? 0 : add_local(d, v->text[row], v->length[row]);
    }
    return true;
}

/* One text a row, in the order of kept rows. */
static bool gather(cmi_work *w, cmi_values *v)
{
    cmi_pending *p = &v->pending;
    p->local = NULL;
    p->n = w->n_kept;
    p->text = v->text;
    p->length = v->length;
    p->hash = cmi_scratch_alloc(&w->scratch, (size_t)p->n, sizeof *p->hash);
    if (!p->hash) return false;
    if (w->kept) {
        const char **text = cmi_scratch_alloc(&w->scratch, (size_t)p->n, sizeof *text);
        int32_t *length = cmi_scratch_alloc(&w->scratch, (size_t)p->n, sizeof *length);
        if (!text || !length) return false;
        for (int64_t k = 0; k < p->n; k++) {
            text[k] = v->text[w->kept[k]];
            length[k] = v->length[w->kept[k]];
        }
        p->text = text;
        p->length = length;
    }
    for (int64_t k = 0; k < p->n; k++)
        p->hash[k] = p->length[k] < 0 ? 0 : cmi_hash(p->text[k], (size_t)p->length[k]);
    return true;
}

static bool encode(cmi_work *w, cmi_values *v)
{
    local_dict d;
    uint16_t *local = cmi_scratch_alloc(&w->scratch, (size_t)w->n_kept, sizeof *local);
    if (!local || !open_local(&w->scratch, &d, w->n_kept)) return false;
    if (!encode_locally(w, v, &d, local)) return gather(w, v);
    for (int64_t i = 0; i < d.n; i++) d.hash[i] = cmi_hash(d.text[i], (size_t)d.length[i]);
    /* Taken now: later several tasks share the scratch memory. */
    uint32_t *code = cmi_scratch_alloc(&w->scratch, (size_t)d.n + 1, sizeof *code);
    v->pending = (cmi_pending){
        .local = local, .n = d.n, .text = d.text, .length = d.length, .hash = d.hash, .code = code
    };
    return code != NULL;
}

bool cmi_work_encode(cmi_add *add, cmi_work *w)
{
    for (int32_t t = 0; t < add->n_targets && w->n_kept > 0; t++)
        if (add->targets[t].dict != -1 && !encode(w, &w->values[t])) return false;
    return true;
}

/* ---- codes ---- */

static uint32_t *get_codes(const cmi_target *t, cmi_chunk *chunk)
{
    return t->place == CMI_PLACE_OWNER ? chunk->owner : chunk->column[t->column];
}

static cm_status fail_codes(cmi_add *add, const cmi_target *t, uint32_t code, cm_error *err)
{
    if (!code) return cmi_no_memory(add->ctx, err);
    return cmi_fail(err, CM_ERR_LIMIT, "%s.%s: more than %u different values", add->def->name,
                    t->name, CMI_ANONYMOUS - 1);
}

/* Owners of rows without customer are another task's: their places are left alone. */
static cm_status intern_local(cmi_add *add, cmi_work *w, const cmi_target *t, cmi_values *v,
                              cmi_intern *in, cm_error *err)
{
    const cmi_pending *p = &v->pending;
    uint32_t *code = p->code;
    code[0] = 0;
    for (int64_t i = 0; i < p->n; i++) {
        code[i + 1] = cmi_intern_add(in, p->text[i], (size_t)p->length[i], p->hash[i]);
        if (!code[i + 1] || code[i + 1] >= CMI_ANONYMOUS)
            return fail_codes(add, t, code[i + 1], err);
    }
    bool owner = t->place == CMI_PLACE_OWNER;
    cmi_span s = { 0 };
    while (cmi_next_span(add, w, &s)) {
        uint32_t *out = get_codes(t, s.chunk) + s.at;
        for (int64_t k = s.from; k < s.to; k++)
            if (!owner || p->local[k]) out[k - s.from] = code[p->local[k]];
    }
    return CM_OK;
}

static cm_status intern_direct(cmi_add *add, cmi_work *w, const cmi_target *t, cmi_values *v,
                               cmi_intern *in, cm_error *err)
{
    const cmi_pending *p = &v->pending;
    bool owner = t->place == CMI_PLACE_OWNER;
    cmi_span s = { 0 };
    while (cmi_next_span(add, w, &s)) {
        uint32_t *out = get_codes(t, s.chunk) + s.at;
        for (int64_t k = s.from; k < s.to; k++) {
            if (k + AHEAD < p->n) cmi_intern_prefetch(in, p->hash[k + AHEAD]);
            if (p->length[k] < 0) {
                if (!owner) out[k - s.from] = 0;
                continue;
            }
            uint32_t code = cmi_intern_add(in, p->text[k], (size_t)p->length[k], p->hash[k]);
            if (!code || code >= CMI_ANONYMOUS) return fail_codes(add, t, code, err);
            out[k - s.from] = code;
        }
    }
    return CM_OK;
}

cm_status cmi_intern_group(cmi_add *add, cmi_work *w, int32_t dict, cm_error *err)
{
    cm_loader *l = add->loader;
    cmi_intern *in = dict == CMI_DICT_CUSTOMERS ? l->customers : l->dims[dict];
    for (int32_t i = 0; i < add->n_targets; i++) {
        const cmi_target *t = &add->targets[i];
        cmi_values *v = &w->values[i];
        if (t->dict != dict || w->n_kept == 0) continue;
        cm_status s = v->pending.local ? intern_local(add, w, t, v, in, err)
                                       : intern_direct(add, w, t, v, in, err);
        if (s) return s;
    }
    return CM_OK;
}

/* ---- everything that is no code ---- */

static void *get_numbers(const cmi_target *t, cmi_chunk *chunk)
{
    switch (t->place) {
    case CMI_PLACE_TIME:
        return chunk->time;
    case CMI_PLACE_SEQUENCE:
        return chunk->sequence;
    case CMI_PLACE_ENTITY:
        return chunk->entity;
    default:
        return chunk->column[t->column];
    }
}

void cmi_copy_values(cmi_add *add, cmi_work *w)
{
    cmi_span s = { 0 };
    while (cmi_next_span(add, w, &s)) {
        size_t n = (size_t)(s.to - s.from);
        for (int32_t i = 0; i < add->n_targets; i++) {
            const cmi_target *t = &add->targets[i];
            const cmi_values *v = &w->values[i];
            if (t->dict != -1) continue;
            const char *from = (const char *)v->i64;
            if (v->f64) from = (const char *)v->f64;
            if (v->entity) from = (const char *)v->entity;
            /* All of them are 8 bytes wide. */
            memcpy((char *)get_numbers(t, s.chunk) + s.at * 8, from + s.from * 8, n * 8);
        }
        for (int64_t i = 0; add->is_fact && add->place[CMI_PLACE_TIME] < 0 && i < (int64_t)n; i++)
            s.chunk->time[s.at + i] = CMI_NULL + 1;
    }
}
