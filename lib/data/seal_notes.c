/* SPDX-License-Identifier: MIT */
/* What is told about the rows besides the rows: rejects, diagnostics, columns understood. */
#include "data/seal.h"

#include <string.h>

#include "core/sort.h"

static const char *copy_text(cm_dataset *ds, const char *text)
{
    return cmi_arena_text(&ds->arena, text ? text : "", text ? strlen(text) : 0);
}

static int compare_rejects(const void *a, const void *b, void *user)
{
    const cmi_reject *x = a, *y = b;
    (void)user;
    if (x->table != y->table) return x->table < y->table ? -1 : 1;
    return strcmp(x->reason, y->reason);
}

static int compare_diagnostics(const void *a, const void *b, void *user)
{
    const cmi_diagnostic *x = a, *y = b;
    (void)user;
    if (x->table != y->table) return x->table < y->table ? -1 : 1;
    if (x->row != y->row) return x->row < y->row ? -1 : 1;
    int order = strcmp(x->column, y->column);
    if (!order) order = strcmp(x->value, y->value);
    return order ? order : strcmp(x->reason, y->reason);
}

static int compare_reports(const void *a, const void *b, void *user)
{
    const cmi_report_column *x = a, *y = b;
    (void)user;
    return (x->table > y->table) - (x->table < y->table);
}

static bool add_reject(cm_dataset *ds, int32_t table, const char *reason, int64_t n)
{
    cmi_reject *r = &ds->rejects[ds->n_rejects];
    for (int32_t i = 0; i < ds->n_rejects; i++) {
        if (ds->rejects[i].table != table || strcmp(ds->rejects[i].reason, reason) != 0) continue;
        ds->rejects[i].n += n;
        return true;
    }
    *r = (cmi_reject){ .table = table, .reason = copy_text(ds, reason), .n = n };
    if (r->reason) ds->n_rejects++;
    return r->reason != NULL;
}

static bool add_diagnostic(cm_dataset *ds, const cmi_diagnostic *d)
{
    cmi_diagnostic *to = &ds->diagnostics[ds->n_diagnostics];
    *to = (cmi_diagnostic){ .table = d->table,
                            .row = d->row,
                            .column = copy_text(ds, d->column),
                            .value = copy_text(ds, d->value),
                            .reason = copy_text(ds, d->reason) };
    if (!to->column || !to->value || !to->reason) return false;
    ds->n_diagnostics++;
    return true;
}

static bool add_reports(cm_dataset *ds, const cmi_report_column *from, int32_t n)
{
    for (int32_t i = 0; i < n; i++) {
        cmi_report_column *to = &ds->report[i];
        *to = from[i];
        to->column = copy_text(ds, from[i].column);
        to->role = copy_text(ds, from[i].role);
        to->type = copy_text(ds, from[i].type);
        to->example = copy_text(ds, from[i].example);
        to->note = copy_text(ds, from[i].note);
        if (!to->column || !to->role || !to->type || !to->example || !to->note) return false;
        ds->n_report = i + 1;
    }
    return true;
}

static bool reserve(cm_dataset *ds, int64_t n_rejects, int64_t n_diagnostics, int64_t n_report)
{
    ds->rejects = cmi_calloc(ds->ctx, 2 * (size_t)n_rejects + 1, sizeof *ds->rejects);
    ds->diagnostics = cmi_calloc(ds->ctx, 2 * (size_t)n_diagnostics + 1, sizeof *ds->diagnostics);
    ds->report = cmi_calloc(ds->ctx, 2 * (size_t)n_report + 1, sizeof *ds->report);
    return ds->rejects && ds->diagnostics && ds->report;
}

static void sort_notes(cm_dataset *ds)
{
    cmi_sort(ds->rejects, ds->rejects + ds->n_rejects, ds->n_rejects, sizeof *ds->rejects,
             compare_rejects, NULL);
    cmi_sort(ds->diagnostics, ds->diagnostics + ds->n_diagnostics, ds->n_diagnostics,
             sizeof *ds->diagnostics, compare_diagnostics, NULL);
    cmi_sort(ds->report, ds->report + ds->n_report, ds->n_report, sizeof *ds->report,
             compare_reports, NULL);
}

static int compare_drops(const void *a, const void *b, void *user)
{
    const cmi_seal_drop *x = a, *y = b;
    int order = strcmp(x->id, y->id);
    (void)user;
    return order ? order : x->duplicate - y->duplicate;
}

/* By customer, so that the first few, which become diagnostics, do not depend on the order of
 * input. */
static bool sort_drops(cmi_sealing *s)
{
    cmi_seal_table *t = &s->tables[CMI_CUSTOMERS];
    if (t->n_drops < 2) return true;
    cmi_seal_drop *scratch = cmi_malloc_n(s->ctx, (size_t)t->n_drops, sizeof *scratch);
    if (scratch) cmi_sort(t->drops, scratch, t->n_drops, sizeof *scratch, compare_drops, NULL);
    cmi_free(s->ctx, scratch);
    return scratch != NULL;
}

static const char *const REASON[2] = { "contradicts another row", "duplicate row" };

/* Rows that a base took for duplicates contradict the row that has come since. */
static bool turn_copies(cmi_sealing *s, const cmi_seal_drop *d)
{
    cm_dataset *ds = s->ds;
    if (!d->copies) return true;
    uint32_t left = d->copies;
    for (int64_t i = 0; i < ds->n_diagnostics && left; i++) {
        cmi_diagnostic *told = &ds->diagnostics[i];
        if (told->table != CMI_CUSTOMERS || strcmp(told->reason, REASON[1]) != 0) continue;
        if (strcmp(told->value, d->id) != 0) continue;
        told->reason = REASON[0];
        left--;
    }
    return add_reject(ds, CMI_CUSTOMERS, REASON[1], -(int64_t)d->copies) &&
           add_reject(ds, CMI_CUSTOMERS, REASON[0], d->copies);
}

static void drop_empty_rejects(cm_dataset *ds)
{
    int32_t n = 0;
    for (int32_t i = 0; i < ds->n_rejects; i++)
        if (ds->rejects[i].n != 0) ds->rejects[n++] = ds->rejects[i];
    ds->n_rejects = n;
}

/* Of those that the sealing itself rejects the row's number in the input is no longer known. */
static bool add_drops(cmi_sealing *s)
{
    const cmi_seal_table *t = &s->tables[CMI_CUSTOMERS];
    cm_dataset *ds = s->ds;
    int64_t n = 0;
    bool ok = true;
    for (int64_t i = 0; i < s->loader->n_diagnostics; i++)
        n += s->loader->diagnostics[i].table == CMI_CUSTOMERS;
    for (int64_t i = 0; i < t->n_drops && ok; i++) {
        const cmi_seal_drop *d = &t->drops[i];
        /* In a partition the row may not have been this one's to reject. */
        if (!s->customers.map[d->owner]) continue;
        ds->facts[CMI_CUSTOMERS].n_rejected++;
        ok = add_reject(ds, CMI_CUSTOMERS, REASON[d->duplicate], 1) && turn_copies(s, d);
        if (!ok || n++ >= ds->max_diagnostics) continue;
        cmi_diagnostic told = { .table = CMI_CUSTOMERS,
                                .column = "customer",
                                .value = d->id,
                                .reason = REASON[d->duplicate] };
        ok = add_diagnostic(ds, &told);
    }
    return ok;
}

cm_status cmi_seal_build_notes(cmi_sealing *s, cm_error *err)
{
    cm_loader *l = s->loader;
    int64_t n_drops = s->tables[CMI_CUSTOMERS].n_drops;
    bool ok = reserve(s->ds, l->n_rejects + 2, l->n_diagnostics + n_drops, l->n_report);
    for (int32_t i = 0; i < l->n_rejects && ok; i++)
        ok = add_reject(s->ds, l->rejects[i].table, l->rejects[i].reason, l->rejects[i].n);
    for (int64_t i = 0; i < l->n_diagnostics && ok; i++)
        ok = add_diagnostic(s->ds, &l->diagnostics[i]);
    if (ok) ok = add_reports(s->ds, l->report, l->n_report) && sort_drops(s) && add_drops(s);
    if (!ok) return cmi_no_memory(s->ctx, err);
    drop_empty_rejects(s->ds);
    sort_notes(s->ds);
    return CM_OK;
}

bool cmi_copy_notes(cm_dataset *to, const cm_dataset *from)
{
    if (!reserve(to, from->n_rejects, from->n_diagnostics, from->n_report)) return false;
    bool ok = true;
    for (int32_t i = 0; i < from->n_rejects && ok; i++)
        ok = add_reject(to, from->rejects[i].table, from->rejects[i].reason, from->rejects[i].n);
    for (int64_t i = 0; i < from->n_diagnostics && ok; i++)
        ok = add_diagnostic(to, &from->diagnostics[i]);
    return ok && add_reports(to, from->report, from->n_report);
}
