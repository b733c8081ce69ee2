/* SPDX-License-Identifier: MIT */
/* What is left of a batch: usable rows, the times they span, the rows this partition keeps, moved
 * to the front. */
#include <string.h>

#include "core/error.h"
#include "data/add.h"

/* Customers without valid_from: before everything, yet no null. */
#define ALWAYS (CMI_NULL + 1)

/* Earliest and latest of usable rows. */
static void see_times(cmi_work *w, const int64_t *time)
{
    int64_t min = INT64_MAX, max = ALWAYS;
    for (int64_t i = 0; i < w->batch.n_rows; i++) {
        bool counts = !w->dropped[i] && time[i] != ALWAYS;
        int64_t low = counts ? time[i] : INT64_MAX, high = counts ? time[i] : ALWAYS;
        min = low < min ? low : min;
        max = high > max ? high : max;
    }
    if (min == INT64_MAX) return;
    w->min_time = min;
    w->max_time = max;
}

/* Facts have a time each; only customers may lack one. */
static const int64_t *settle_times(cmi_add *add, cmi_work *w)
{
    int32_t target = add->is_fact ? add->place[CMI_PLACE_TIME] : -1;
    if (target < 0) return NULL;
    int64_t *time = w->values[target].i64;
    for (int64_t i = 0; i < w->batch.n_rows; i++)
        if (time[i] == CMI_NULL) time[i] = ALWAYS;
    see_times(w, time);
    return time;
}

static bool select_rows(cmi_add *add, cmi_work *w)
{
    int64_t n = w->batch.n_rows;
    bool asks = add->is_fact && !add->keeps_all;
    if (w->n_notes == 0 && !asks) {
        w->n_kept = n;
        return true;
    }
    w->kept = cmi_scratch_alloc(&w->scratch, (size_t)n, sizeof *w->kept);
    if (!w->kept) return false;
    for (int64_t i = 0; i < n; i++)
        if (!w->dropped[i] && (!asks || cmi_work_keeps(add, w, i)))
            w->kept[w->n_kept++] = (int32_t)i;
    if (w->n_kept == n) w->kept = NULL;
    return true;
}

/* After the kept rows were moved to the front. */
static void see_order(cmi_work *w, const int64_t *time)
{
    if (w->n_kept == 0) return;
    w->first_time = time ? time[0] : ALWAYS;
    w->last_time = time ? time[w->n_kept - 1] : ALWAYS;
    for (int64_t i = 1; time && i < w->n_kept; i++) w->in_order &= time[i] >= time[i - 1];
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
    bool ok = open_work(add, w) && cmi_work_read(add, w);
    const int64_t *time = ok ? settle_times(add, w) : NULL;
    ok = ok && cmi_work_identify(add, w) && select_rows(add, w) && cmi_work_own(add, w);
    if (ok) move_to_front(add, w);
    if (ok) see_order(w, time);
    return ok && cmi_work_encode(add, w) ? CM_OK : cmi_no_memory(add->ctx, err);
}
