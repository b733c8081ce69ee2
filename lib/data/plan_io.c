/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "core/error.h"
#include "core/hash.h"
#include "data/catalog.h"
#include "data/plan_build.h"

/* Saved plans: the texts of all options after defaults, the extent, the models behind labels.
 * Loading plans again, so bytes can do no more than option texts can. */

/* ---- writing ---- */

static void put_name(cm_buffer *out, const char *text)
{
    cmi_put_string(out, text, strlen(text));
}

static void put_extent(cm_buffer *out, const cmi_plan *p)
{
    const cm_extent *e = &p->extent;
    cmi_put_u8(out, p->has_extent);
    for (int f = 0; f < CMI_N_FACTS; f++) {
        cmi_put_u8(out, e->given[f]);
        cmi_put_i64(out, e->min[f]);
        cmi_put_i64(out, e->max[f]);
    }
    cmi_put_u32(out, (uint32_t)e->scale);
    cmi_put_u32(out, (uint32_t)e->week_start);
    put_name(out, e->tz);
    for (int s = 0; s < CMI_N_SIDES; s++) cmi_put_u64(out, e->shared_hash[s]);
}

/* What makes two plans the same: the hash is over these bytes. The instants stand beside their
 * texts because other time-zone data would read the texts otherwise. */
static void put_identity(const cmi_plan *p, cm_buffer *out)
{
    put_name(out, p->kpi->id);
    cmi_put_u32(out, (uint32_t)p->kpi->version);
    cmi_put_i64(out, p->n_text);
    for (int i = 0; i < p->n_text; i++) {
        put_name(out, p->name[i]);
        put_name(out, p->text[i]);
    }
    put_extent(out, p);
    cmi_put_i64(out, p->common.from);
    cmi_put_i64(out, p->common.to);
    cmi_put_i64(out, p->common.as_of);
    cmi_put_u8(out, (uint8_t)(p->common.from_given | p->common.period_given << 1));
    cmi_put_u32(out, (uint32_t)p->n_labels);
    for (int i = 0; i < p->n_labels; i++) cmi_model_write(p->label[i], out);
}

cm_status cmi_plan_sign(cmi_plan *p, cm_error *err)
{
    cm_buffer *bytes;
    cm_status status = cm_buffer_create(p->ctx, &bytes, err);
    if (status != CM_OK) return status;
    put_identity(p, bytes);
    if (cmi_buffer_ok(bytes))
        p->hash = cmi_hash(cm_buffer_data(bytes), (size_t)cm_buffer_size(bytes));
    else
        status = cmi_no_memory(p->ctx, err);
    cm_buffer_destroy(bytes);
    return status;
}

void cmi_plan_write(const cmi_plan *p, cm_buffer *out)
{
    put_identity(p, out);
    for (int i = 0; i < p->n_text; i++) cmi_put_u8(out, p->given[i]);
    cmi_put_u64(out, p->hash);
}

/* ---- reading ---- */

typedef struct saved_text {
    char *name, *text;
} saved_text;

typedef struct plan_reading {
    cm_context *ctx;
    cmi_reader *in;
    cm_error *err;
    cmi_arena arena;
    const cmi_kpi *kpi;
    int64_t n_text;
    saved_text *text;
    bool has_extent;
    cm_extent extent;
    int n_labels;
    struct cm_model *label[CMI_MAX_LABELS];
} plan_reading;

static cm_status fail_bytes(const plan_reading *k)
{
    return cmi_fail(k->err, CM_ERR_FORMAT, "the bytes of the plan are not what they should be");
}

static char *get_name(plan_reading *k)
{
    size_t n;
    const char *p = cmi_get_string(k->in, &n);
    if (!p || memchr(p, 0, n)) {
        k->in->failed = true;
        return NULL;
    }
    return cmi_arena_text(&k->arena, p, n);
}

static cm_status read_kpi(plan_reading *k)
{
    const char *id = get_name(k);
    uint32_t version = cmi_get_u32(k->in);
    if (k->in->failed) return fail_bytes(k);
    if (!id) return cmi_no_memory(k->ctx, k->err);
    k->kpi = cmi_registry_find(id);
    if (!k->kpi) return cmi_registry_unknown(id, k->err);
    if (version == (uint32_t)k->kpi->version) return CM_OK;
    return cmi_fail(k->err, CM_ERR_VERSION, "the plan is of version %u of %s, this library has %d",
                    version, id, (int)k->kpi->version);
}

static cm_status read_texts(plan_reading *k)
{
    k->n_text = cmi_get_count(k->in, 8);
    k->text = cmi_arena_alloc(&k->arena, sizeof *k->text * (size_t)(k->n_text + 1));
    if (!k->text) return cmi_no_memory(k->ctx, k->err);
    for (int64_t i = 0; i < k->n_text && !k->in->failed; i++) {
        k->text[i].name = get_name(k);
        k->text[i].text = get_name(k);
        if (!k->in->failed && (!k->text[i].name || !k->text[i].text))
            return cmi_no_memory(k->ctx, k->err);
    }
    return k->in->failed ? fail_bytes(k) : CM_OK;
}

static bool is_instant(int64_t us)
{
    return us == CMI_NULL || us == CMI_ALWAYS_VALID || (us >= CMI_TIME_MIN && us < CMI_TIME_MAX);
}

static cm_status read_extent(plan_reading *k)
{
    cm_extent *e = &k->extent;
    bool sound = true;
    k->has_extent = cmi_get_u8(k->in);
    for (int f = 0; f < CMI_N_FACTS; f++) {
        e->given[f] = cmi_get_u8(k->in);
        e->min[f] = cmi_get_i64(k->in);
        e->max[f] = cmi_get_i64(k->in);
        sound &= is_instant(e->min[f]) && is_instant(e->max[f]);
    }
    uint32_t scale = cmi_get_u32(k->in), week_start = cmi_get_u32(k->in);
    e->scale = (int32_t)scale;
    e->week_start = (int32_t)week_start;
    const char *tz = get_name(k);
    if (!tz && !k->in->failed) return cmi_no_memory(k->ctx, k->err);
    size_t n = tz ? strlen(tz) : sizeof e->tz;
    for (int s = 0; s < CMI_N_SIDES; s++) e->shared_hash[s] = cmi_get_u64(k->in);
    if (k->in->failed || !sound || scale > 9 || week_start > 6 || n >= sizeof e->tz)
        return fail_bytes(k);
    memcpy(e->tz, tz, n + 1);
    /* from, to, as_of and two flags: they show in the hash. */
    cmi_get_bytes(k->in, 25);
    return k->in->failed ? fail_bytes(k) : CM_OK;
}

static cm_status read_labels(plan_reading *k)
{
    uint32_t n = cmi_get_u32(k->in);
    if (k->in->failed || n > CMI_MAX_LABELS || (n && k->in->depth >= CMI_MAX_NESTING))
        return fail_bytes(k);
    k->in->depth++;
    cm_status status = CM_OK;
    while (status == CM_OK && k->n_labels < (int)n) {
        status = cmi_model_read(k->ctx, k->in, &k->label[k->n_labels], k->err);
        k->n_labels += status == CM_OK;
    }
    k->in->depth--;
    return status;
}

static cm_status rebuild(plan_reading *k, cmi_plan **out)
{
    struct cm_params *params;
    cm_status status = cmi_params_create(k->ctx, k->kpi, &params, k->err);
    if (status != CM_OK) return status;
    const uint8_t *given = cmi_get_bytes(k->in, (size_t)k->n_text);
    uint64_t hash = cmi_get_u64(k->in);
    if (k->in->failed || (!given && k->n_text)) status = fail_bytes(k);
    for (int64_t i = 0; i < k->n_text && status == CM_OK; i++)
        status = cmi_params_set(params, k->text[i].name, k->text[i].text, given[i] != 0, k->err);
    if (status == CM_OK)
        status = cmi_plan_build(k->ctx, params, k->has_extent ? &k->extent : NULL,
                                (const struct cm_model *const *)k->label, k->n_labels, out, k->err);
    cmi_params_destroy(params);
    if (status != CM_OK || (*out)->hash == hash) return status;
    cmi_plan_release(*out);
    return cmi_fail(k->err, CM_ERR_MISMATCH,
                    "the plan reads otherwise here: other time-zone data, or another library");
}

cm_status cmi_plan_read(cm_context *ctx, cmi_reader *in, cmi_plan **out, cm_error *err)
{
    plan_reading k = { .ctx = ctx, .in = in, .err = err };
    cmi_plan *plan = NULL;
    cmi_arena_init(&k.arena, ctx);
    cm_status status = read_kpi(&k);
    if (status == CM_OK) status = read_texts(&k);
    if (status == CM_OK) status = read_extent(&k);
    if (status == CM_OK) status = read_labels(&k);
    if (status == CM_OK) status = rebuild(&k, &plan);
    for (int i = 0; i < k.n_labels; i++) cmi_model_release(k.label[i]);
    cmi_arena_destroy(&k.arena);
    if (status == CM_OK) *out = plan;
    return status;
}
