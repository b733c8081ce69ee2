/* SPDX-License-Identifier: MIT */
/* Bytes of a dataset: one checksummed envelope, little-endian. Roles and dimensions go by name, so
 * that a later version may add roles. What follows from the rows (ties, first and last time) is
 * computed again on loading. */
#include "data/dataset_io.h"

#include <string.h>

#include "core/error.h"
#include "data/loader.h"

static void put_name(cm_buffer *b, const char *text)
{
    cmi_put_string(b, text, strlen(text));
}

void cmi_put_u32s(cm_buffer *b, const uint32_t *v, int64_t n)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (n) cmi_put_bytes(b, v, (size_t)n * sizeof *v);
#else
    for (int64_t i = 0; i < n; i++) cmi_put_u32(b, v[i]);
#endif
}

void cmi_put_u64s(cm_buffer *b, const void *v, int64_t n)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (n) cmi_put_bytes(b, v, (size_t)n * 8);
#else
    for (int64_t i = 0; i < n; i++) cmi_put_u64(b, ((const uint64_t *)v)[i]);
#endif
}

static void put_dict(cm_buffer *b, const cmi_dict *d)
{
    cmi_put_i64(b, d ? d->n : 0);
    for (int64_t c = 1; d && c <= d->n; c++) {
        size_t n;
        const char *p = cmi_dict_text(d, (uint32_t)c, &n);
        cmi_put_string(b, p, n);
    }
}

static void put_options(cm_buffer *b, const cm_dataset *ds)
{
    put_name(b, cmi_tz_name(ds->tz));
    cmi_put_u32(b, (uint32_t)ds->week_start);
    cmi_put_u32(b, (uint32_t)ds->scale);
    cmi_put_u32(b, (uint32_t)ds->partition);
    cmi_put_u32(b, (uint32_t)ds->n_partitions);
    cmi_put_u32(b, (uint32_t)ds->max_diagnostics);
    cmi_put_i64(b, ds->max_field);
    cmi_put_u8(b, ds->strict);
    cmi_put_u8(b, ds->owner != NULL);
    put_name(b, ds->owner ? ds->owner : "");
}

static void put_owners(cm_buffer *b, const cm_dataset *ds)
{
    int64_t n_anonymous = ds->n_owners - ds->n_known;
    put_dict(b, ds->customers);
    cmi_put_i64(b, n_anonymous);
    if (n_anonymous) cmi_put_bytes(b, ds->anonymous, 16 * (size_t)n_anonymous);
    put_dict(b, ds->origins);
    cmi_put_i64(b, ds->n_origin_anonymous);
    if (ds->n_origin_anonymous)
        cmi_put_bytes(b, ds->origin_anonymous, 16 * (size_t)ds->n_origin_anonymous);
    cmi_put_u32(b, (uint32_t)ds->n_dicts);
    for (int32_t i = 0; i < ds->n_dicts; i++) {
        put_name(b, ds->dict_names[i]);
        put_dict(b, ds->dicts[i]);
    }
}

static void put_moved(cm_buffer *b, const cmi_moved *m)
{
    cmi_put_i64(b, m->n);
    cmi_put_u32s(b, m->row, m->n);
    cmi_put_u32s(b, m->from, m->n);
}

static void put_facts(cm_buffer *b, const cm_dataset *ds, cmi_fact f)
{
    const cmi_facts *t = &ds->facts[f];
    cmi_put_u8(b, t->given);
    cmi_put_i64(b, t->n_read);
    cmi_put_i64(b, t->n_rejected);
    cmi_put_i64(b, t->n_rounded);
    cmi_put_i64(b, ds->extent_min[f]);
    cmi_put_i64(b, ds->extent_max[f]);
    if (!t->given) return;
    cmi_put_i64(b, t->n_rows);
    if (t->n_rows) cmi_put_u32s(b, t->offset, ds->n_owners + 1);
    cmi_put_u64s(b, t->time, t->n_rows);
    put_moved(b, &t->moved);
    cmi_put_i64(b, t->n_entities);
    cmi_put_u64s(b, t->entity, t->n_entities);
    cmi_put_u32(b, (uint32_t)t->n_columns);
    for (int32_t c = 0; c < t->n_columns; c++) {
        const cmi_column *column = &t->columns[c];
        put_name(b, column->name);
        cmi_put_u8(b, column->role >= 0);
        if (column->u32)
            cmi_put_u32s(b, column->u32, t->n_rows);
        else
            cmi_put_u64s(b, column->i64, t->n_rows);
        if (column->type == CMI_ROLE_CUSTOMER) put_moved(b, &column->moved);
    }
}

static void put_side(cm_buffer *b, const cm_dataset *ds, cmi_side_id id)
{
    const cmi_side *t = &ds->sides[id];
    cmi_put_u8(b, t->given);
    if (!t->given) return;
    cmi_put_i64(b, t->n_read);
    cmi_put_i64(b, t->n_rejected);
    cmi_put_i64(b, t->n_rows);
    cmi_put_u32(b, (uint32_t)t->n_columns);
    for (int32_t c = 0; c < t->n_columns; c++) {
        const cmi_side_column *column = &t->columns[c];
        put_name(b, column->name);
        cmi_put_u8(b, column->role >= 0);
        cmi_put_u8(b, (uint8_t)column->type);
        uint32_t dict = CMI_NO_DICT;
        for (int32_t i = 0; i < ds->n_dicts; i++)
            if (column->dict == ds->dicts[i]) dict = (uint32_t)i;
        cmi_put_u32(b, dict);
        if (column->u32)
            cmi_put_u32s(b, column->u32, t->n_rows);
        else
            cmi_put_u64s(b, column->f64 ? (const void *)column->f64 : (const void *)column->i64,
                         t->n_rows);
    }
}

/* Without the examples of the report: which value came first is no fact. */
static void put_notes(cm_buffer *b, const cm_dataset *ds)
{
    cmi_put_i64(b, ds->n_rejects);
    for (int32_t i = 0; i < ds->n_rejects; i++) {
        cmi_put_u32(b, (uint32_t)ds->rejects[i].table);
        put_name(b, ds->rejects[i].reason);
        cmi_put_i64(b, ds->rejects[i].n);
    }
    cmi_put_i64(b, ds->n_diagnostics);
    for (int64_t i = 0; i < ds->n_diagnostics; i++) {
        const cmi_diagnostic *d = &ds->diagnostics[i];
        cmi_put_u32(b, (uint32_t)d->table);
        cmi_put_i64(b, d->row);
        put_name(b, d->column);
        put_name(b, d->value);
        put_name(b, d->reason);
    }
    cmi_put_i64(b, ds->n_report);
    for (int32_t i = 0; i < ds->n_report; i++) {
        const cmi_report_column *r = &ds->report[i];
        cmi_put_u32(b, (uint32_t)r->table);
        put_name(b, r->column);
        put_name(b, r->role);
        put_name(b, r->type);
        cmi_put_i64(b, r->n_null);
        put_name(b, r->note);
    }
}

cm_status cm_dataset_save(const cm_dataset *dataset, cm_buffer *out, cm_error *err)
{
    cmi_error_reset(err);
    if (!dataset) return cmi_fail(err, CM_ERR_ARG, "dataset is NULL");
    if (!out) return cmi_fail(err, CM_ERR_ARG, "out is NULL");
    int64_t before = cm_buffer_size(out), mark;
    cmi_envelope_begin(out, CMI_ENVELOPE_DATASET, CMI_DATASET_VERSION, &mark);
    put_options(out, dataset);
    put_owners(out, dataset);
    for (int f = 0; f < CMI_N_FACTS; f++) put_facts(out, dataset, (cmi_fact)f);
    for (int s = 0; s < CMI_N_SIDES; s++) put_side(out, dataset, (cmi_side_id)s);
    put_moved(out, &dataset->copies);
    put_notes(out, dataset);
    cmi_envelope_end(out, mark);
    if (cmi_buffer_ok(out)) return CM_OK;
    cmi_buffer_truncate(out, before);
    return cmi_no_memory(cmi_buffer_context(out), err);
}
