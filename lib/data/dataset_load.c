/* SPDX-License-Identifier: MIT */
/* Bytes back to a dataset. They may be hostile: every count is bounded by the bytes that are left,
 * and what the bytes mean is checked by dataset_verify.c before anybody sees it. */
#include "data/dataset_io.h"

#include <string.h>

#include "core/error.h"
#include "data/loader.h"

typedef struct loading {
    cm_context *ctx;
    cm_dataset *ds;
    cmi_reader r;
    bool no_memory;
} loading;

/* ---- pieces ---- */

static bool is_fine(const loading *l)
{
    return !l->r.failed && !l->no_memory;
}

static void *take(loading *l, void *p)
{
    if (!p) l->no_memory = true;
    return p;
}

static void refuse(loading *l)
{
    l->r.failed = true;
}

/* Text with a NUL behind it; "" after a failure. */
static const char *get_text(loading *l)
{
    size_t n;
    const char *p = cmi_get_string(&l->r, &n);
    if (p && n && memchr(p, 0, n)) refuse(l);
    if (!p || l->r.failed) return "";
    const char *copy = take(l, cmi_arena_text(&l->ds->arena, p, n));
    return copy ? copy : "";
}

/* A number below `limit`. */
static int32_t get_small(loading *l, uint32_t limit)
{
    uint32_t v = cmi_get_u32(&l->r);
    if (v < limit) return (int32_t)v;
    refuse(l);
    return 0;
}

static uint32_t *get_u32s(loading *l, int64_t n)
{
    const void *p = cmi_get_bytes(&l->r, (size_t)n * 4);
    if (l->r.failed) return NULL;
    uint32_t *v = take(l, cmi_malloc_n(l->ctx, (size_t)n, 4));
    if (!v || n == 0) return v;
    memcpy(v, p, (size_t)n * 4);
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    for (int64_t i = 0; i < n; i++) v[i] = __builtin_bswap32(v[i]);
#endif
    return v;
}

static void *get_u64s(loading *l, int64_t n)
{
    const void *p = cmi_get_bytes(&l->r, (size_t)n * 8);
    if (l->r.failed) return NULL;
    uint64_t *v = take(l, cmi_malloc_n(l->ctx, (size_t)n, 8));
    if (!v || n == 0) return v;
    memcpy(v, p, (size_t)n * 8);
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    for (int64_t i = 0; i < n; i++) v[i] = __builtin_bswap64(v[i]);
#endif
    return v;
}

static int64_t get_rows(loading *l, size_t element)
{
    int64_t n = cmi_get_count(&l->r, element);
    if (n > CMI_MAX_ROWS) refuse(l);
    return l->r.failed ? 0 : n;
}

static cmi_dict *read_texts(loading *l, const char **text, size_t *length, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        text[i] = cmi_get_string(&l->r, &length[i]);
        if (!text[i] ||
            (i > 0 && cmi_text_compare(text[i - 1], length[i - 1], text[i], length[i]) >= 0)) {
            refuse(l);
            return NULL;
        }
    }
    return take(l, cmi_dict_from_sorted(l->ctx, n, text, length));
}

static cmi_dict *get_dict(loading *l)
{
    int64_t n = get_rows(l, 4);
    if (!is_fine(l)) return NULL;
    const char **text = take(l, cmi_malloc_n(l->ctx, (size_t)n + 1, sizeof *text));
    size_t *length = take(l, cmi_malloc_n(l->ctx, (size_t)n + 1, sizeof *length));
    cmi_dict *d = text && length ? read_texts(l, text, length, n) : NULL;
    cmi_free(l->ctx, text);
    cmi_free(l->ctx, length);
    return d;
}

static uint8_t *get_fingerprints(loading *l, int64_t *n)
{
    *n = get_rows(l, 16);
    const void *p = cmi_get_bytes(&l->r, 16 * (size_t)*n);
    if (l->r.failed) return NULL;
    uint8_t *v = take(l, cmi_malloc_n(l->ctx, (size_t)*n, 16));
    if (v && *n) memcpy(v, p, 16 * (size_t)*n);
    return v;
}

static void get_moved(loading *l, cmi_moved *m)
{
    int64_t n = get_rows(l, 8);
    m->row = get_u32s(l, n);
    m->from = get_u32s(l, n);
    if (is_fine(l)) m->n = n;
}

/* ---- sections ---- */

static cm_status get_options(loading *l, cm_error *err)
{
    cm_dataset *ds = l->ds;
    const char *tz = get_text(l);
    ds->week_start = get_small(l, 7);
    ds->scale = get_small(l, 10);
    ds->partition = get_small(l, INT32_MAX);
    ds->n_partitions = get_small(l, INT32_MAX);
    ds->max_diagnostics = get_small(l, INT32_MAX);
    ds->max_field = cmi_get_i64(&l->r);
    ds->strict = cmi_get_u8(&l->r) != 0;
    bool owned = cmi_get_u8(&l->r);
    const char *owner = get_text(l);
    if (owned) ds->owner = owner;
    if (ds->partition >= ds->n_partitions || ds->max_diagnostics < 1 || ds->max_field < 1 ||
        ds->max_field > INT32_MAX || (owned && !*owner))
        refuse(l);
    return is_fine(l) ? cmi_tz_load(l->ctx, tz, &ds->tz, err) : CM_OK;
}

static void get_owners(loading *l)
{
    cm_dataset *ds = l->ds;
    int64_t n_anonymous;
    ds->customers = get_dict(l);
    ds->anonymous = get_fingerprints(l, &n_anonymous);
    ds->origins = get_dict(l);
    ds->origin_anonymous = get_fingerprints(l, &ds->n_origin_anonymous);
    int32_t n = get_small(l, INT32_MAX);
    if (n > cmi_reader_left(&l->r) / 4) refuse(l);
    if (!is_fine(l)) return;
    ds->n_known = ds->customers->n;
    ds->n_owners = ds->n_known + n_anonymous;
    if (ds->n_owners > CMI_MAX_ROWS) refuse(l);
    ds->dicts = take(l, cmi_calloc(l->ctx, (size_t)n + 1, sizeof *ds->dicts));
    ds->dict_names = take(l, cmi_calloc(l->ctx, (size_t)n + 1, sizeof *ds->dict_names));
    for (int32_t i = 0; i < n && is_fine(l); i++) {
        ds->dict_names[i] = get_text(l);
        ds->dicts[i] = get_dict(l);
        if (ds->dicts[i]) ds->n_dicts = i + 1;
        if (i > 0 && strcmp(ds->dict_names[i - 1], ds->dict_names[i]) >= 0) refuse(l);
    }
    ds->no_rows = take(l, cmi_calloc(l->ctx, (size_t)ds->n_owners + 1, sizeof *ds->no_rows));
    for (int f = 0; f < CMI_N_FACTS; f++) ds->facts[f].offset = ds->no_rows;
}

/* Roles ascend, then dimensions by name: so no column comes twice. */
static bool follows(const cmi_column *before, const cmi_column *c)
{
    if (c->role >= 0) return before->role >= 0 && before->role < c->role;
    return before->role >= 0 || strcmp(before->name, c->name) < 0;
}

static void get_column(loading *l, cmi_fact f, cmi_column *c)
{
    const cmi_fact_def *def = cmi_fact_get(f);
    cmi_facts *t = &l->ds->facts[f];
    c->name = get_text(l);
    c->role = cmi_get_u8(&l->r) ? cmi_role_find(def, c->name) : -1;
    c->type = c->role >= 0 ? def->roles[c->role].type : CMI_ROLE_TEXT;
    bool customer = c->type == CMI_ROLE_CUSTOMER && l->ds->owner;
    bool coded = c->type == CMI_ROLE_TEXT || customer;
    c->dict = coded ? cmi_dataset_dict(l->ds, customer ? "customer" : c->name) : -1;
    /* Where a dimension owns the rows, the customer is a dimension. */
    int32_t named = cmi_role_find(def, c->name);
    bool no_role = c->role < 0 && named >= 0 && named != def->owner_role;
    bool no_dict = coded && c->dict < 0;
    bool elsewhere = c->role >= 0 && (c->role == def->owner_role || c->role == def->time_role);
    if (no_role || no_dict || elsewhere || (c > t->columns && !follows(c - 1, c))) refuse(l);
    if (!is_fine(l)) return;
    bool codes =
        c->type == CMI_ROLE_TEXT || c->type == CMI_ROLE_CUSTOMER || c->type == CMI_ROLE_ENTITY;
    if (codes)
        c->u32 = get_u32s(l, t->n_rows);
    else
        c->i64 = get_u64s(l, t->n_rows);
    if (c->type == CMI_ROLE_CUSTOMER) get_moved(l, &c->moved);
    if (c->role >= 0) t->role_column[c->role] = (int32_t)(c - t->columns);
}

static void get_columns(loading *l, cmi_fact f)
{
    cmi_facts *t = &l->ds->facts[f];
    int32_t n = get_small(l, INT32_MAX);
    if (n > cmi_reader_left(&l->r) / 5) refuse(l);
    if (!is_fine(l)) return;
    t->columns = take(l, cmi_calloc(l->ctx, (size_t)n + 1, sizeof *t->columns));
    for (int32_t c = 0; c < n && is_fine(l); c++) {
        t->n_columns = c + 1;
        get_column(l, f, &t->columns[c]);
    }
}

static void get_facts(loading *l, cmi_fact f)
{
    cm_dataset *ds = l->ds;
    cmi_facts *t = &ds->facts[f];
    t->given = cmi_get_u8(&l->r) != 0;
    t->n_read = cmi_get_i64(&l->r);
    t->n_rejected = cmi_get_i64(&l->r);
    t->n_rounded = cmi_get_i64(&l->r);
    ds->extent_min[f] = cmi_get_i64(&l->r);
    ds->extent_max[f] = cmi_get_i64(&l->r);
    if (!t->given) return;
    t->n_rows = get_rows(l, 8);
    if (t->n_rows && is_fine(l)) {
        uint32_t *offset = get_u32s(l, ds->n_owners + 1);
        if (offset) t->offset = offset;
    }
    t->time = get_u64s(l, t->n_rows);
    get_moved(l, &t->moved);
    int64_t n_entities = get_rows(l, 8);
    t->entity = get_u64s(l, n_entities);
    if (is_fine(l)) t->n_entities = n_entities;
    get_columns(l, f);
}

static void get_side_column(loading *l, cmi_side_id id, cmi_side_column *c)
{
    const cmi_fact_def *def = cmi_side_get(id);
    cmi_side *t = &l->ds->sides[id];
    c->name = get_text(l);
    c->role = cmi_get_u8(&l->r) ? cmi_role_find(def, c->name) : -1;
    c->type = (cmi_role_type)cmi_get_u8(&l->r);
    uint32_t dict = cmi_get_u32(&l->r);
    bool codes = c->type == CMI_ROLE_TEXT || c->type == CMI_ROLE_CUSTOMER;
    bool other_type = c->role >= 0 ? c->type != def->roles[c->role].type
                                   : c->type != CMI_ROLE_NUMBER && c->type != CMI_ROLE_TEXT;
    bool no_dict =
        codes ? dict != CMI_NO_DICT && dict >= (uint32_t)l->ds->n_dicts : dict != CMI_NO_DICT;
    if (other_type || no_dict || c->type == CMI_ROLE_ENTITY) refuse(l);
    if (!is_fine(l)) return;
    if (c->role >= 0) t->role_column[c->role] = (int32_t)(c - t->columns);
    if (codes) {
        c->dict = dict == CMI_NO_DICT ? l->ds->customers : l->ds->dicts[dict];
        cmi_dict_retain(c->dict);
        c->u32 = get_u32s(l, t->n_rows);
    } else if (c->type == CMI_ROLE_NUMBER) {
        c->f64 = get_u64s(l, t->n_rows);
    } else {
        c->i64 = get_u64s(l, t->n_rows);
    }
}

static void get_side(loading *l, cmi_side_id id)
{
    cmi_side *t = &l->ds->sides[id];
    t->given = cmi_get_u8(&l->r) != 0;
    if (!t->given) return;
    t->n_read = cmi_get_i64(&l->r);
    t->n_rejected = cmi_get_i64(&l->r);
    t->n_rows = get_rows(l, 1);
    int32_t n = get_small(l, INT32_MAX);
    if (n > cmi_reader_left(&l->r) / 10 || (n == 0 && t->n_rows)) refuse(l);
    if (!is_fine(l)) return;
    t->columns = take(l, cmi_calloc(l->ctx, (size_t)n + 1, sizeof *t->columns));
    for (int32_t c = 0; c < n && is_fine(l); c++) {
        t->n_columns = c + 1;
        get_side_column(l, id, &t->columns[c]);
    }
}

static void get_rejects(loading *l)
{
    cm_dataset *ds = l->ds;
    int64_t n = get_rows(l, 16);
    ds->rejects = take(l, cmi_calloc(l->ctx, (size_t)n + 1, sizeof *ds->rejects));
    for (int64_t i = 0; i < n && is_fine(l); i++) {
        cmi_reject *r = &ds->rejects[i];
        r->table = get_small(l, CMI_N_FACTS + CMI_N_SIDES);
        r->reason = get_text(l);
        r->n = cmi_get_i64(&l->r);
        ds->n_rejects = (int32_t)(i + 1);
    }
}

static void get_diagnostics(loading *l)
{
    cm_dataset *ds = l->ds;
    int64_t n = get_rows(l, 24);
    ds->diagnostics = take(l, cmi_calloc(l->ctx, (size_t)n + 1, sizeof *ds->diagnostics));
    for (int64_t i = 0; i < n && is_fine(l); i++) {
        cmi_diagnostic *d = &ds->diagnostics[i];
        d->table = get_small(l, CMI_N_FACTS + CMI_N_SIDES);
        d->row = cmi_get_i64(&l->r);
        d->column = get_text(l);
        d->value = get_text(l);
        d->reason = get_text(l);
        ds->n_diagnostics = i + 1;
    }
}

static void get_report(loading *l)
{
    cm_dataset *ds = l->ds;
    int64_t n = get_rows(l, 28);
    ds->report = take(l, cmi_calloc(l->ctx, (size_t)n + 1, sizeof *ds->report));
    for (int64_t i = 0; i < n && is_fine(l); i++) {
        cmi_report_column *r = &ds->report[i];
        r->table = get_small(l, CMI_N_FACTS + CMI_N_SIDES);
        r->column = get_text(l);
        r->role = get_text(l);
        r->type = get_text(l);
        r->n_null = cmi_get_i64(&l->r);
        r->note = get_text(l);
        r->example = "";
        ds->n_report = (int32_t)(i + 1);
    }
}

static cm_status load_sections(loading *l, cm_error *err)
{
    cm_status status = get_options(l, err);
    if (status) return status;
    if (is_fine(l)) get_owners(l);
    for (int f = 0; f < CMI_N_FACTS && is_fine(l); f++) get_facts(l, (cmi_fact)f);
    for (int s = 0; s < CMI_N_SIDES && is_fine(l); s++) get_side(l, (cmi_side_id)s);
    if (is_fine(l)) get_moved(l, &l->ds->copies);
    if (is_fine(l)) get_rejects(l);
    if (is_fine(l)) get_diagnostics(l);
    if (is_fine(l)) get_report(l);
    if (l->no_memory) return cmi_no_memory(l->ctx, err);
    if (l->r.failed || cmi_reader_left(&l->r) != 0)
        return cmi_fail(err, CM_ERR_FORMAT, "a saved dataset is not what it should be");
    return cmi_dataset_verify(l->ds, err);
}

/* What follows from the rows and is not saved. */
static cm_status complete(cm_dataset *ds, cm_error *err)
{
    cmi_job job = { .threads = 1 };
    cm_status status = CM_OK;
    if (ds->origins->n == 0 && ds->n_origin_anonymous == 0) {
        cmi_dict_release(ds->origins);
        ds->origins = NULL;
    }
    for (int f = 0; f < CMI_N_FACTS && !status; f++)
        status = cmi_facts_summarise(ds, (cmi_fact)f, &job, err);
    for (int s = CMI_SIDE_PRODUCTS; s < CMI_N_SIDES && !status; s++)
        if (ds->sides[s].given) status = cmi_side_hash(ds->ctx, &ds->sides[s], err);
    return status;
}

cm_status cm_dataset_load(cm_context *ctx, const void *bytes, int64_t size, cm_dataset **out,
                          cm_error *err)
{
    cmi_error_reset(err);
    if (!ctx || !out || (!bytes && size) || size < 0)
        return cmi_fail(err, CM_ERR_ARG, "%s",
                        !ctx   ? "ctx is NULL"
                        : !out ? "out is NULL"
                               : "no bytes");
    loading l = { .ctx = ctx };
    uint32_t version;
    cm_status status = cmi_envelope_open(bytes, size, CMI_ENVELOPE_DATASET, CMI_DATASET_VERSION,
                                         &version, &l.r, err);
    if (status) return status;
    l.ds = cmi_dataset_create(ctx);
    if (!l.ds) return cmi_no_memory(ctx, err);
    status = load_sections(&l, err);
    if (!status) status = complete(l.ds, err);
    if (status) {
        cm_dataset_destroy(l.ds);
        return status;
    }
    *out = l.ds;
    return CM_OK;
}
