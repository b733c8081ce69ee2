/* SPDX-License-Identifier: MIT */
#include "data/dataset.h"

#include <string.h>

#include "core/error.h"
#include "data/loader.h"

cm_dataset *cmi_dataset_create(cm_context *ctx)
{
    cm_dataset *ds = cmi_calloc(ctx, 1, sizeof *ds);
    if (!ds) return NULL;
    cmi_context_retain(ctx);
    ds->ctx = ctx;
    ds->refs = 1;
    ds->n_partitions = 1;
    cmi_arena_init(&ds->arena, ctx);
    for (int f = 0; f < CMI_N_FACTS; f++) {
        cmi_facts *t = &ds->facts[f];
        t->min_time = t->max_time = CMI_NULL;
        ds->extent_min[f] = ds->extent_max[f] = CMI_NULL;
        for (int r = 0; r < CMI_MAX_ROLES; r++) t->role_column[r] = -1;
    }
    for (int s = 0; s < CMI_N_SIDES; s++)
        for (int r = 0; r < CMI_MAX_ROLES; r++) ds->sides[s].role_column[r] = -1;
    return ds;
}

void cm_dataset_retain(cm_dataset *dataset)
{
    if (dataset) __atomic_fetch_add(&dataset->refs, 1, __ATOMIC_RELAXED);
}

static void free_moved(cm_context *ctx, cmi_moved *m)
{
    cmi_free(ctx, m->row);
    cmi_free(ctx, m->from);
}

static void free_facts(cm_dataset *ds, cmi_facts *t)
{
    for (int32_t c = 0; c < t->n_columns; c++) {
        cmi_free(ds->ctx, t->columns[c].i64);
        cmi_free(ds->ctx, t->columns[c].u32);
        free_moved(ds->ctx, &t->columns[c].moved);
    }
    cmi_free(ds->ctx, t->columns);
    if (t->offset != ds->no_rows) cmi_free(ds->ctx, t->offset);
    cmi_free(ds->ctx, t->time);
    cmi_free(ds->ctx, t->entity);
    free_moved(ds->ctx, &t->moved);
}

static void free_side(cm_context *ctx, cmi_side *t)
{
    for (int32_t c = 0; c < t->n_columns; c++) {
        cmi_free(ctx, t->columns[c].i64);
        cmi_free(ctx, t->columns[c].f64);
        cmi_free(ctx, t->columns[c].u32);
        cmi_dict_release(t->columns[c].dict);
    }
    cmi_free(ctx, t->columns);
}

void cm_dataset_destroy(cm_dataset *ds)
{
    if (!ds || __atomic_fetch_sub(&ds->refs, 1, __ATOMIC_ACQ_REL) != 1) return;
    cm_context *ctx = ds->ctx;
    for (int f = 0; f < CMI_N_FACTS; f++) free_facts(ds, &ds->facts[f]);
    for (int s = 0; s < CMI_N_SIDES; s++) free_side(ctx, &ds->sides[s]);
    for (int32_t i = 0; i < ds->n_dicts && ds->dicts; i++) cmi_dict_release(ds->dicts[i]);
    cmi_free(ctx, ds->dicts);
    cmi_free(ctx, ds->dict_names);
    cmi_dict_release(ds->customers);
    cmi_dict_release(ds->origins);
    free_moved(ctx, &ds->copies);
    cmi_free(ctx, ds->anonymous);
    cmi_free(ctx, ds->origin_anonymous);
    cmi_free(ctx, ds->no_rows);
    cmi_free(ctx, ds->rejects);
    cmi_free(ctx, ds->diagnostics);
    cmi_free(ctx, ds->report);
    if (ds->tz) cmi_tz_release(ds->tz);
    cmi_arena_destroy(&ds->arena);
    cmi_free(ctx, ds);
    cmi_context_release(ctx);
}

/* ---- columns ---- */

const cmi_column *cmi_dataset_role(const cm_dataset *ds, cmi_fact f, const char *role)
{
    int32_t r = cmi_role_find(cmi_fact_get(f), role);
    int32_t c = r < 0 ? -1 : ds->facts[f].role_column[r];
    return c < 0 ? NULL : &ds->facts[f].columns[c];
}

const cmi_column *cmi_dataset_dimension(const cm_dataset *ds, cmi_fact f, const char *name)
{
    const cmi_facts *t = &ds->facts[f];
    for (int32_t c = 0; c < t->n_columns; c++)
        if (strcmp(t->columns[c].name, name) == 0) return &t->columns[c];
    return NULL;
}

int32_t cmi_dataset_dict(const cm_dataset *ds, const char *name)
{
    for (int32_t i = 0; i < ds->n_dicts; i++)
        if (strcmp(ds->dict_names[i], name) == 0) return i;
    return -1;
}

const cmi_column *cmi_dataset_entity(const cm_dataset *ds, cmi_fact f)
{
    int32_t role = cmi_fact_get(f)->entity_role;
    int32_t c = role < 0 ? -1 : ds->facts[f].role_column[role];
    return c < 0 ? NULL : &ds->facts[f].columns[c];
}

void cmi_dataset_entity_ids(const cm_dataset *ds, cmi_fact f, uint64_t *ids)
{
    const cmi_facts *t = &ds->facts[f];
    const uint32_t *ordinal = cmi_dataset_entity(ds, f)->u32;
    const uint64_t *of_owner = t->entity;
    for (int64_t o = 0; o < ds->n_owners; o++) {
        uint32_t n = 0;
        for (uint32_t i = t->offset[o]; i < t->offset[o + 1]; i++) {
            ids[i] = ordinal[i] == CMI_NO_ENTITY ? 0 : of_owner[ordinal[i]];
            if (ordinal[i] != CMI_NO_ENTITY && ordinal[i] >= n) n = ordinal[i] + 1;
        }
        of_owner += n;
    }
}

/* ---- ranges of owners ---- */

/* Rows of the tables in the mask that belong to owners before o. */
static uint64_t count_rows_before(const cm_dataset *ds, uint32_t mask, int64_t o)
{
    uint64_t n = 0;
    for (int f = 0; f < CMI_N_FACTS; f++)
        if (mask & CMI_FACT_BIT(f) && ds->facts[f].n_rows) n += ds->facts[f].offset[o];
    return n;
}

void cmi_dataset_ranges(const cm_dataset *ds, uint32_t mask, int64_t n, int64_t *edge)
{
    uint64_t total = count_rows_before(ds, mask, ds->n_owners);
    edge[0] = 0;
    for (int64_t k = 1; k < n; k++) {
        /* Without rows, equal numbers of owners. Both products fit: n is a number of tasks. */
        uint64_t target =
            total / (uint64_t)n * (uint64_t)k + total % (uint64_t)n * (uint64_t)k / (uint64_t)n;
        int64_t low = edge[k - 1], high = ds->n_owners;
        if (total == 0) low = high = ds->n_owners / n * k + ds->n_owners % n * k / n;
        while (low < high) {
            int64_t middle = low + (high - low) / 2;
            if (count_rows_before(ds, mask, middle) < target)
                low = middle + 1;
            else
                high = middle;
        }
        edge[k] = low;
    }
    edge[n] = ds->n_owners;
}

void cmi_offset_ranges(const uint32_t *offset, int64_t n_owners, int64_t n, int64_t *edge)
{
    uint64_t total = offset[n_owners];
    edge[0] = 0;
    for (int64_t k = 1; k < n; k++) {
        uint64_t target = total * (uint64_t)k / (uint64_t)n;
        int64_t low = edge[k - 1], high = n_owners;
        while (low < high) {
            int64_t middle = low + (high - low) / 2;
            if (offset[middle] < target)
                low = middle + 1;
            else
                high = middle;
        }
        edge[k] = low;
    }
    edge[n] = n_owners;
}

/* ---- what follows from a table's rows ---- */

typedef struct scan {
    bool sorted; /* by time, then sequence (null first) */
    int64_t n_ties, min_time, max_time;
} scan;

static scan scan_owners(const cmi_facts *t, const int64_t *sequence, int64_t first, int64_t end)
{
    scan out = { .sorted = true, .min_time = INT64_MAX, .max_time = INT64_MIN };
    for (int64_t o = first; o < end; o++) {
        int64_t begin = t->offset[o], stop = t->offset[o + 1];
        for (int64_t i = begin; i < stop; i++) {
            int64_t time = t->time[i];
            if (time != CMI_ALWAYS_VALID && time < out.min_time) out.min_time = time;
            if (time != CMI_ALWAYS_VALID && time > out.max_time) out.max_time = time;
            if (i == begin || time > t->time[i - 1]) continue;
            bool same = time == t->time[i - 1] && (!sequence || sequence[i] == sequence[i - 1]);
            out.n_ties += same;
            if (time < t->time[i - 1] || (!same && sequence && sequence[i] < sequence[i - 1]))
                out.sorted = false;
        }
    }
    return out;
}

static void join_scans(scan *into, const scan *from)
{
    into->sorted &= from->sorted;
    into->n_ties += from->n_ties;
    if (from->min_time < into->min_time) into->min_time = from->min_time;
    if (from->max_time > into->max_time) into->max_time = from->max_time;
}

enum { SCANS = 32 };
typedef struct scan_work {
    const cmi_facts *t;
    const int64_t *sequence;
    int64_t edge[SCANS + 1];
    scan scan[SCANS];
} scan_work;

static cm_status scan_range(int64_t task, int32_t thread, void *user, cm_error *err)
{
    scan_work *w = user;
    (void)thread;
    (void)err;
    w->scan[task] = scan_owners(w->t, w->sequence, w->edge[task], w->edge[task + 1]);
    return CM_OK;
}

cm_status cmi_facts_summarise(cm_dataset *ds, cmi_fact f, const cmi_job *job, cm_error *err)
{
    cmi_facts *t = &ds->facts[f];
    const cmi_column *sequence = cmi_dataset_role(ds, f, "sequence");
    scan_work w = { .t = t, .sequence = sequence ? sequence->i64 : NULL };
    cmi_offset_ranges(t->offset, ds->n_owners, SCANS, w.edge);
    cm_status status = cmi_parallel(job, ds->ctx, SCANS, scan_range, &w, err);
    if (status) return status;
    for (int i = 1; i < SCANS; i++) join_scans(&w.scan[0], &w.scan[i]);
    t->n_ties = w.scan[0].n_ties;
    bool timed = w.scan[0].min_time <= w.scan[0].max_time;
    t->min_time = timed ? w.scan[0].min_time : CMI_NULL;
    t->max_time = timed ? w.scan[0].max_time : CMI_NULL;
    return w.scan[0].sorted ? CM_OK : cmi_fail(err, CM_ERR_FORMAT, "rows are not in order of time");
}

/* ---- the public door ---- */

static const char *const WEEKDAYS[7] = { "monday", "tuesday",  "wednesday", "thursday",
                                         "friday", "saturday", "sunday" };

int64_t cm_dataset_n_customers(const cm_dataset *dataset)
{
    return dataset ? dataset->n_known : -1;
}

int64_t cm_dataset_n_anonymous(const cm_dataset *dataset)
{
    return dataset ? dataset->n_owners - dataset->n_known : -1;
}

int64_t cm_dataset_n_rows(const cm_dataset *dataset, const char *table)
{
    if (!dataset || !table) return -1;
    int32_t f = cmi_fact_find(table), s = cmi_side_find(table);
    if (f >= 0) return dataset->facts[f].n_rows;
    return s >= 0 ? dataset->sides[s].n_rows : -1;
}

const char *cm_dataset_tz(const cm_dataset *dataset)
{
    return dataset ? cmi_tz_name(dataset->tz) : NULL;
}

const char *cm_dataset_week_start(const cm_dataset *dataset)
{
    return dataset ? WEEKDAYS[dataset->week_start] : NULL;
}

int32_t cm_dataset_scale(const cm_dataset *dataset)
{
    return dataset ? dataset->scale : -1;
}
