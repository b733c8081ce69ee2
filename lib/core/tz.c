/* SPDX-License-Identifier: MIT */
#include "core/tz.h"

/* NULL stands for UTC in every function here. */

static cmi_tz_span find_span(const cmi_tz *tz, int64_t seconds)
{
    cmi_tz_span span = { INT64_MIN, INT64_MAX, 0 };
    if (!tz) return span;
    /* lo = number of changes at or before the instant */
    int64_t lo = 0, hi = tz->n;
    while (lo < hi) {
        int64_t middle = lo + (hi - lo) / 2;
        if (tz->at[middle] <= seconds)
            lo = middle + 1;
        else
            hi = middle;
    }
    if (lo == tz->n && tz->rule.given && tz->rule.has_dst) {
        span = cmi_tz_rule_span(&tz->rule, seconds);
        if (tz->n && span.begin < tz->at[tz->n - 1]) span.begin = tz->at[tz->n - 1];
        return span;
    }
    span.offset = lo ? tz->offset[lo - 1] : tz->first;
    if (lo) span.begin = tz->at[lo - 1];
    if (lo < tz->n) span.end = tz->at[lo];
    return span;
}

int32_t cmi_tz_offset(const cmi_tz *tz, int64_t us)
{
    if (tz && !tz->n && !tz->rule.has_dst) return tz->first;
    return find_span(tz, cmi_floor_div(us, CMI_SECOND)).offset;
}

int64_t cmi_tz_local_day(const cmi_tz *tz, int64_t us)
{
    return cmi_floor_div(cmi_tz_to_local(tz, us), CMI_DAY);
}

/* The first stretch of constant offset whose local clock goes beyond local_us, and the offset
 * before it. Zones differ from UTC by less than 26 hours, so no earlier stretch can. */
static cmi_tz_span find_local(const cmi_tz *tz, int64_t local_us, int32_t *before)
{
    int64_t local = cmi_floor_div(local_us, CMI_SECOND);
    cmi_tz_span span = find_span(tz, local - 26 * 3600);
    *before = span.offset;
    while (span.end != INT64_MAX && local >= span.end + span.offset) {
        *before = span.offset;
        span = find_span(tz, span.end);
    }
    return span;
}

static bool is_in_gap(cmi_tz_span span, int64_t local_us)
{
    return span.begin != INT64_MIN &&
           cmi_floor_div(local_us, CMI_SECOND) < span.begin + span.offset;
}

int64_t cmi_tz_from_local(const cmi_tz *tz, int64_t local_us)
{
    int32_t before;
    cmi_tz_span span = find_local(tz, local_us, &before);
    return local_us - (is_in_gap(span, local_us) ? before : span.offset) * CMI_SECOND;
}

int64_t cmi_tz_midnight(const cmi_tz *tz, int64_t day)
{
    int32_t before;
    int64_t local_us = day * CMI_DAY;
    cmi_tz_span span = find_local(tz, local_us, &before);
    return is_in_gap(span, local_us) ? span.begin * CMI_SECOND
                                     : local_us - span.offset * CMI_SECOND;
}
