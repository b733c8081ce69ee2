/* SPDX-License-Identifier: MIT */
/* Who owns rows: customers in canonical order, then the anonymous by fingerprint. */
#include "data/seal.h"

#include <string.h>

#include "core/hash.h"
#include "core/sort.h"

bool cmi_partition_keeps(uint64_t hash, int32_t partition, int32_t n_partitions)
{
    return n_partitions <= 1 || hash % (uint64_t)n_partitions == (uint64_t)partition;
}

uint64_t cmi_anonymous_hash(const char *fingerprint)
{
    return cmi_hash(fingerprint, 8);
}

/* ---- partitions ---- */

static bool keeps_owner(const cmi_sealing *s, uint32_t code)
{
    const cm_dataset *ds = s->ds;
    size_t n;
    const char *p = code & CMI_ANONYMOUS ? cmi_intern_text(*s->anonymous, code & ~CMI_ANONYMOUS, &n)
                                         : cmi_seal_text(&s->customers, code, &n);
    uint64_t hash = code & CMI_ANONYMOUS ? cmi_anonymous_hash(p) : cmi_hash(p, n);
    return cmi_partition_keeps(hash, ds->partition, ds->n_partitions);
}

/* A base holds the rows of its partition only; a row that new facts give to an owner of another
 * partition would be in none. */
cm_status cmi_seal_check_partition(cmi_sealing *s, cm_error *err)
{
    if (s->ds->n_partitions <= 1 || !s->base) return CM_OK;
    for (int f = 0; f < CMI_N_FACTS; f++) {
        const cmi_seal_table *t = &s->tables[f];
        for (int64_t i = 0; i < t->moves.n; i++) {
            uint32_t row = t->moves.row[i];
            if (row >= t->n_base || keeps_owner(s, t->base_owner[row])) continue;
            cmi_fail(err, CM_ERR_MISMATCH,
                     "%s: new facts give rows of the base to a customer of another partition",
                     cmi_fact_get((cmi_fact)f)->name);
            cmi_error_at(err, cmi_fact_get((cmi_fact)f)->name, 0, NULL);
            cmi_error_hint(err, "load all facts of the partition again");
            return CM_ERR_MISMATCH;
        }
    }
    return CM_OK;
}

static cm_status drop_other_partitions(int64_t task, int32_t thread, void *user, cm_error *err)
{
    const cmi_segment_task *job = user;
    const cmi_segment *g = &job->table->segments[task];
    const uint8_t *const *foreign = job->user;
    (void)thread;
    (void)err;
    for (int64_t i = 0; i < g->n; i++) {
        uint32_t code = g->dest[i];
        if (code == CMI_DROPPED) continue;
        bool anonymous = code & CMI_ANONYMOUS;
        if (foreign[anonymous][code & ~CMI_ANONYMOUS]) g->dest[i] = CMI_DROPPED;
    }
    return CM_OK;
}

static cm_status keep_partition(cmi_sealing *s, cm_error *err)
{
    if (s->ds->n_partitions <= 1 || !s->loader) return CM_OK;
    uint8_t *foreign[2] = { cmi_calloc(s->ctx, (size_t)s->customers.n + 1, 1),
                            cmi_calloc(s->ctx, (size_t)s->n_anonymous + 1, 1) };
    cm_status status = foreign[0] && foreign[1] ? CM_OK : cmi_no_memory(s->ctx, err);
    for (int64_t c = 1; c <= s->customers.n && !status; c++)
        foreign[0][c] = !keeps_owner(s, (uint32_t)c);
    for (int64_t c = 1; c <= s->n_anonymous && !status; c++)
        foreign[1][c] = !keeps_owner(s, CMI_ANONYMOUS | (uint32_t)c);
    for (int f = 0; f < CMI_N_FACTS && !status; f++)
        status = cmi_seal_each(s, &s->tables[f], drop_other_partitions, foreign, err);
    cmi_free(s->ctx, foreign[0]);
    cmi_free(s->ctx, foreign[1]);
    return status;
}

/* ---- marks: which codes stand in kept rows ---- */

/* Several threads set the same bytes; reading first keeps the lines shared. */
static void mark(uint8_t *used, uint32_t code)
{
    if (!__atomic_load_n(&used[code], __ATOMIC_RELAXED))
        __atomic_store_n(&used[code], 1, __ATOMIC_RELAXED);
}

static void mark_column(uint8_t *used, const uint32_t *codes, const cmi_segment *g)
{
    for (int64_t i = 0; i < g->n; i++)
        if (g->dest[i] != CMI_DROPPED) mark(used, codes[i]);
}

static cm_status mark_segment(int64_t task, int32_t thread, void *user, cm_error *err)
{
    const cmi_segment_task *job = user;
    cmi_sealing *s = job->sealing;
    const cmi_segment *g = &job->table->segments[task];
    (void)thread;
    for (int64_t i = 0; i < g->n; i++) {
        uint32_t code = g->dest[i];
        if (code == CMI_DROPPED) continue;
        if (!code) return cmi_fail(err, CM_ERR_INTERNAL, "a row has no owner");
        if (!(code & CMI_ANONYMOUS))
            mark(s->customers.used, code);
        else
            mark(s->anonymous_used, code & ~CMI_ANONYMOUS);
    }
    for (int32_t c = 0; c < job->table->n_columns; c++) {
        const cmi_seal_column *column = &job->table->columns[c];
        const void *codes = column->dict == -1 ? NULL : cmi_seal_values(column, g);
        if (!codes) continue;
        mark_column(column->dict < 0 ? s->customers.used : s->dims[column->dict].used, codes, g);
    }
    return CM_OK;
}

static void mark_side(cmi_sealing *s, const cmi_staged *t)
{
    for (int32_t c = 0; c < t->n_columns; c++) {
        if (t->columns[c].dict == -1) continue;
        bool customers = t->columns[c].dict < 0;
        uint8_t *used = customers ? s->customers.used : s->dims[t->columns[c].dict].used;
        for (int64_t k = 0; k < t->n_chunks; k++) {
            const cmi_chunk *chunk = t->chunks[k];
            const uint32_t *codes = c < chunk->n_columns ? chunk->column[c] : NULL;
            for (int64_t i = 0; codes && i < chunk->n; i++) used[codes[i]] = 1;
        }
    }
}

static cm_status mark_all(cmi_sealing *s, cm_error *err)
{
    s->customers.used = cmi_calloc(s->ctx, (size_t)s->customers.n + 1, 1);
    s->anonymous_used = cmi_calloc(s->ctx, (size_t)s->n_anonymous + 1, 1);
    bool ok = s->customers.used && s->anonymous_used;
    for (int32_t i = 0; i < s->n_dims && ok; i++) {
        s->dims[i].used = cmi_calloc(s->ctx, (size_t)s->dims[i].n + 1, 1);
        ok = s->dims[i].used != NULL;
    }
    if (!ok) return cmi_no_memory(s->ctx, err);
    cm_status status = CM_OK;
    for (int f = 0; f < CMI_N_FACTS && !status; f++)
        status = cmi_seal_each(s, &s->tables[f], mark_segment, NULL, err);
    for (int side = 0; side < CMI_N_SIDES && !status && s->loader; side++) {
        mark_side(s, &s->loader->sides[side]);
        if (s->base) cmi_seal_mark_base_side(s, (cmi_side_id)side);
    }
    /* Re-owning leaves no row out. */
    for (int32_t i = 0; i < s->n_dims && !s->loader; i++)
        memset(s->dims[i].used, 1, (size_t)s->dims[i].n + 1);
    return status;
}

/* ---- the anonymous, by fingerprint ---- */

static uint64_t read_big_endian(const char *p)
{
    uint64_t v = 0;
    for (int i = 0; i < 8; i++) v = v << 8 | (uint8_t)p[i];
    return v;
}

/* Stable sort by one half of the fingerprints; keys and codes have room for as many again. */
static void sort_by_half(const cmi_intern *in, uint64_t *keys, uint32_t *codes, int64_t n, int at)
{
    size_t length;
    for (int64_t i = 0; i < n; i++)
        keys[i] = read_big_endian(cmi_intern_text(in, codes[i], &length) + at);
    cmi_sort_u64_pairs(keys, codes, keys + n, codes + n, n);
}

/* One pass is enough but where identical rows share their first halves. */
static void sort_fingerprints(const cmi_intern *in, uint64_t *keys, uint32_t *codes, int64_t n)
{
    bool ties = false;
    sort_by_half(in, keys, codes, n, 0);
    for (int64_t i = 1; i < n; i++) ties |= keys[i] == keys[i - 1];
    if (!ties) return;
    sort_by_half(in, keys, codes, n, 8);
    sort_by_half(in, keys, codes, n, 0);
}

static cm_status fill_anonymous(cmi_sealing *s, uint64_t *keys, uint32_t *codes, int64_t n,
                                cm_error *err)
{
    const cmi_intern *in = *s->anonymous;
    cm_dataset *ds = s->ds;
    size_t length;
    int64_t k = 0;
    for (int64_t c = 1; c <= s->n_anonymous; c++)
        if (s->anonymous_used[c]) codes[k++] = (uint32_t)c;
    sort_fingerprints(in, keys, codes, n);
    ds->anonymous = cmi_malloc_n(s->ctx, (size_t)n, 16);
    s->anonymous_map = cmi_calloc(s->ctx, (size_t)s->n_anonymous + 1, sizeof *s->anonymous_map);
    if (!ds->anonymous || !s->anonymous_map) return cmi_no_memory(s->ctx, err);
    for (int64_t i = 0; i < n; i++) {
        memcpy(ds->anonymous + 16 * i, cmi_intern_text(in, codes[i], &length), 16);
        s->anonymous_map[codes[i]] = (uint32_t)(ds->n_known + i);
    }
    return CM_OK;
}

static cm_status build_anonymous(cmi_sealing *s, cm_error *err)
{
    int64_t n = 0;
    for (int64_t c = 1; c <= s->n_anonymous; c++) n += s->anonymous_used[c];
    s->ds->n_owners = s->ds->n_known + n;
    if (s->ds->n_owners > CMI_MAX_ROWS)
        return cmi_fail(err, CM_ERR_LIMIT, "%lld owners of rows; a dataset takes %lld",
                        (long long)s->ds->n_owners, (long long)CMI_MAX_ROWS);
    uint64_t *keys = cmi_malloc_n(s->ctx, 2 * (size_t)n, sizeof *keys);
    uint32_t *codes = cmi_malloc_n(s->ctx, 2 * (size_t)n, sizeof *codes);
    cm_status status =
        keys && codes ? fill_anonymous(s, keys, codes, n, err) : cmi_no_memory(s->ctx, err);
    cmi_free(s->ctx, keys);
    cmi_free(s->ctx, codes);
    cmi_intern_destroy(*s->anonymous);
    *s->anonymous = NULL;
    return status;
}

cm_status cmi_seal_build_owners(cmi_sealing *s, cm_error *err)
{
    const cmi_seal_table *t = &s->tables[CMI_CUSTOMERS];
    for (int64_t i = 0; i < t->n_drops; i++) {
        const cmi_segment *g = cmi_seal_find_segment(t, t->drops[i].row);
        g->dest[t->drops[i].row - g->first] = CMI_DROPPED;
    }
    cm_status status = keep_partition(s, err);
    if (!status) status = mark_all(s, err);
    if (!status) status = cmi_seal_build_origins(s, err);
    if (!status) status = cmi_seal_build_codes(s, &s->customers, err);
    if (status) return status;
    cmi_dict_retain(s->customers.dict);
    s->ds->customers = s->customers.dict;
    s->ds->n_known = s->customers.dict->n;
    return build_anonymous(s, err);
}
