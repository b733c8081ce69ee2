/* SPDX-License-Identifier: MIT */
#include "kpi/acquisition/funnel.h"

/* The steps of an attempt: its levels, and the optional steps that it took between them. */

static bool is_core(const cmi_funnel_attempt *a, uint32_t row)
{
    for (int k = 0; k < a->level; k++)
        if (a->row[k] == row) return true;
    return false;
}

/* Behind its last level an attempt goes on until something ends it. */
static bool is_over(const cmi_funnel *o, const cmi_funnel_attempt *a, int64_t time, uint64_t bits)
{
    if (a->level == o->n_levels || time > a->deadline) return true;
    if (o->has_step_windows && time - a->when > o->step_window[a->level]) return true;
    return cmi_funnel_is_excluded(o, bits, a->level - 1) ||
           cmi_funnel_interrupts(o, bits, a->level - 1);
}

/* Where the attempt begins in the track, whose rows rise. */
static int64_t place_of(const cmi_funnel_track *t, uint32_t row)
{
    int64_t low = 0, high = t->n;

    if (!t->index) return row - t->from;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (t->index[middle] < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* A row counts for an optional step behind the last step that was found, if it lies between its
 * neighbours; rows are taken as they come. */
static uint32_t find_optional(const cmi_funnel_track *t, const cmi_funnel_attempt *a, uint32_t *row)
{
    const cmi_funnel *o = t->o;
    bool later = o->ties == CMI_FUNNEL_STRICTLY_LATER;
    int64_t last_time = 0;
    int level = 0, last = -1;
    uint32_t found = 0;

    for (int64_t i = place_of(t, a->row[0]); i < t->n; i++) {
        uint32_t at = (uint32_t)cmi_funnel_row(t, i);
        int64_t time = t->rows->time[at];
        uint64_t bits = cmi_funnel_bits(t, i);
        for (; level < a->level && a->row[level] <= at; level++) {
            last = o->step[level];
            last_time = time;
        }
        if (is_core(a, at)) continue;
        if (level == a->level && is_over(o, a, time, bits)) break;
        if (later &&
            (time <= last_time || (level < a->level && time == t->rows->time[a->row[level]])))
            continue;
        for (int k = last + 1; k < o->step[level]; k++) {
            if (!(bits >> (CMI_FUNNEL_STEP + k) & 1)) continue;
            found |= UINT32_C(1) << k;
            row[last = k] = at;
            last_time = time;
            break;
        }
    }
    return found;
}

uint32_t cmi_funnel_steps(const cmi_funnel_track *t, const cmi_funnel_attempt *a, uint32_t *row)
{
    const cmi_funnel *o = t->o;
    uint32_t found = 0;

    for (int k = 0; k < a->level; k++) {
        found |= UINT32_C(1) << o->step[k];
        row[o->step[k]] = a->row[k];
    }
    return o->n_levels == o->n ? found : found | find_optional(t, a, row);
}
