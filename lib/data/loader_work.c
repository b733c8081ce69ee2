/* SPDX-License-Identifier: MIT */
/* What is left of a batch: usable rows, the times they span, the rows this partition keeps, moved
 * to the front. */
#include <string.h>

#include "core/error.h"
#include "data/add.h"

/* Customers without valid_from: before everything, yet no null. */
#define ALWAYS (CMI_NULL + 1)

static void see_time(cmi_work *w, int64_t time)
{
    if (time == ALWAYS) return;
    if (w->min_time == CMI_NULL || time < w->min_time) w->min_time = time;
    if (w->max_time == CMI_NULL || time > w->max_time) w->max_time = time;
}

/* Facts have a time each; only customers may lack one. */
static bool settle_times(cmi_add *add, cmi_work *w, int64_t **time)
{
    *time = NULL;
    if (!add->is_fact) return true;
    int32_t target = add->place[CMI_PLACE_TIME];
    if (target < 0) return true;
    *time = w->values[target].i64;
    for (int64_t i = 0; i < w->batch.n_rows; i++) {
        if ((*time)[i] == CMI_NULL) (*time)[i] = ALWAYS;
        if (!w->dropped[i]) see_time(w, (*time)[i]);
    }
    return true;
}

static void see_order(cmi_work *w, const int64_t *time, int64_t row)
{
    int64_t now = time ? time[row] : ALWAYS;
    if (w->first_time == CMI_NULL) w->first_time = now;
    if (w->last_time != CMI_NULL && now < w->last_time) w->in_order = false;
    w->last_time = now;
}

static bool select_rows(cmi_add *add, cmi_work *w, const int64_t *time)
{
    int64_t n = w->batch.n_rows;
    bool asks = add->is_fact && !add->keeps_all;
    w->kept = cmi_scratch_alloc(&w->scratch, (size_t)n, sizeof *w->kept);
    if (!w->kept) return false;
    for (int64_t i = 0; i < n; i++) {
        if (w->dropped[i] || (asks && !cmi_work_keeps(add, w, i))) continue;
        w->kept[w->n_kept++] = (int32_t)i;
        see_order(w, time, i);
    }
    if (w->n_kept == n) w->kept = NULL;
    return true;
}

static void move_to_front(cmi_add *add, cmi_work *w)
{
    for (int32_t t = 0; t < add->n_targets && w->kept; t++) {
        cmi_values *v = &w->values[t];
        for (int64_t k = 0; k < w->n_kept; k++) {
            if (v->i64) v->i64[k] = v->i64[w->kept[k]];
            if (v->f64) v->f64[k] = v->f64[w->kept[k]];
            if (v->entity) v->entity[k] = v->entity[w->kept[k]];
        }
    }
}

static void note_fault(cmi_work *w, const cmi_fault *f)
{
    if (f->long_field >= 0)
        cmi_work_note(w, f->row, -1, CMI_CELL_LONG, f->long_field);
    else
        cmi_work_note(w, f->row, -1, f->open_quote ? CMI_CELL_OPEN : CMI_CELL_FIELDS, f->n_fields);
}

static bool open_work(cmi_add *add, cmi_work *w)
{
    size_t n = (size_t)w->batch.n_rows;
    w->dropped = cmi_scratch_alloc(&w->scratch, n, 1);
    w->notes = cmi_scratch_alloc(&w->scratch, n, sizeof *w->notes);
    w->values = cmi_scratch_alloc(&w->scratch, (size_t)add->n_targets, sizeof *w->values);
    if (!w->dropped || !w->notes || !w->values) return false;
    memset(w->dropped, 0, n);
    memset(w->values, 0, (size_t)add->n_targets * sizeof *w->values);
    w->kept = NULL;
    w->n_kept = w->n_anonymous = w->n_notes = w->n_rounded = 0;
    w->min_time = w->max_time = w->first_time = w->last_time = CMI_NULL;
    w->in_order = true;
    for (int64_t i = 0; i < w->batch.n_faults; i++) note_fault(w, &w->batch.faults[i]);
    return true;
}

cm_status cmi_work_convert(cmi_add *add, cmi_work *w, cm_error *err)
{
    int64_t *time;
    bool ok = open_work(add, w) && cmi_work_read(add, w) && settle_times(add, w, &time) &&
              cmi_work_identify(add, w) && select_rows(add, w, time);
    if (!ok) return cmi_no_memory(add->ctx, err);
    ok = cmi_work_own(add, w);
    if (ok) move_to_front(add, w);
    ok = ok && cmi_work_encode(add, w);
    return ok ? CM_OK : cmi_no_memory(add->ctx, err);
}
