/* SPDX-License-Identifier: MIT */
/* Times as text: ISO 8601, a given format, or slashed and dotted dates where the first rows of the
 * column leave no doubt which number is the month. */
#include <string.h>

#include "core/error.h"
#include "data/add.h"

enum { SAMPLE_VALUES = 20000 };

/* Up to `most` digits; the number of digits read, 0: none. */
static size_t read_number(const char *p, size_t n, size_t most, int64_t *out)
{
    size_t i = 0;
    *out = 0;
    while (i < n && i < most && p[i] >= '0' && p[i] <= '9') *out = *out * 10 + (p[i++] - '0');
    return i;
}

/* Three numbers with the same separator between: 1/31/2024. */
typedef struct triple {
    int64_t part[3];
    size_t width[3];
    char separator;
    size_t length;
} triple;

static bool read_triple(const char *p, size_t n, triple *t)
{
    size_t at = 0;
    for (int i = 0; i < 3; i++) {
        if (i > 0) {
            if (at == n ||
                (i == 1 ? p[at] != '/' && p[at] != '.' && p[at] != '-' : p[at] != t->separator))
                return false;
            t->separator = p[at++];
        }
        t->width[i] = read_number(p + at, n - at, 4, &t->part[i]);
        if (t->width[i] == 0) return false;
        at += t->width[i];
    }
    t->length = at;
    return true;
}

/* Behind the date: nothing, or H:MM, H:MM:SS, H:MM:SS.f, with AM or PM. Microseconds; -1: no time.
 */
static int64_t read_clock(const char *p, size_t n)
{
    int64_t hour, minute, second = 0, fraction = 0;
    size_t at = read_number(p, n, 2, &hour), width;
    if (at == 0 || at == n || p[at++] != ':') return -1;
    width = read_number(p + at, n - at, 2, &minute);
    at += width;
    if (width != 2) return -1;
    if (at < n && p[at] == ':') {
        width = read_number(p + at + 1, n - at - 1, 2, &second);
        at += width + 1;
        if (width != 2) return -1;
    }
    if (at < n && p[at] == '.') {
        width = read_number(p + at + 1, n - at - 1, 6, &fraction);
        if (width == 0) return -1;
        at += width + 1;
        for (; width < 6; width++) fraction *= 10;
    }
    if (at < n && p[at] == ' ') at++;
    if (n - at == 2 && (p[at + 1] == 'M' || p[at + 1] == 'm')) {
        bool pm = p[at] == 'P' || p[at] == 'p', am = p[at] == 'A' || p[at] == 'a';
        if ((!pm && !am) || hour < 1 || hour > 12) return -1;
        hour = hour % 12 + (pm ? 12 : 0);
        at += 2;
    }
    if (at != n || hour > 23 || minute > 59 || second > 59) return -1;
    return hour * CMI_HOUR + minute * CMI_MINUTE + second * CMI_SECOND + fraction;
}

static bool read_layout(cmi_layout layout, const char *p, size_t n, int32_t *kind, int64_t *value)
{
    static const int ORDER[][3] = { [CMI_LAYOUT_YMD] = { 0, 1, 2 },
                                    [CMI_LAYOUT_DMY] = { 2, 1, 0 },
                                    [CMI_LAYOUT_MDY] = { 2, 0, 1 } };
    triple t;
    if (!read_triple(p, n, &t)) return false;
    const int *order = ORDER[layout];
    int64_t y = t.part[order[0]], m = t.part[order[1]], d = t.part[order[2]];
    if (t.width[order[0]] != 4 || t.width[order[1]] > 2 || t.width[order[2]] > 2) return false;
    if (y < 1 || m < 1 || m > 12 || d < 1 || d > cmi_days_in_month(y, (int32_t)m)) return false;
    int64_t day = cmi_days_from_civil(y, (int32_t)m, (int32_t)d);
    *kind = 0;
    *value = day;
    if (t.length == n) return true;
    size_t at = t.length;
    if (p[at] != ' ' && p[at] != 'T' && p[at] != ',') return false;
    while (at < n && (p[at] == ' ' || p[at] == 'T' || p[at] == ',')) at++;
    int64_t clock = read_clock(p + at, n - at);
    *kind = 1;
    *value = day * CMI_DAY + clock;
    return clock >= 0;
}

bool cmi_time_read(const cmi_target *t, const char *p, size_t n, int32_t *kind, int64_t *value)
{
    if (t->format) return cmi_time_parse_format(p, n, t->format, kind, value);
    /* What ISO forbids but nobody can misread: 2024-1-31, 2024-01-31 3:00. */
    if (t->layout == CMI_LAYOUT_ISO)
        return cmi_time_parse(p, n, kind, value) || read_layout(CMI_LAYOUT_YMD, p, n, kind, value);
    return read_layout(t->layout, p, n, kind, value);
}

/* ---- which layout? ---- */

typedef struct votes {
    int64_t n, n_iso, n_ymd, n_day_first, n_month_first, n_either, n_dotted, n_short;
} votes;

static void vote(votes *v, const char *p, size_t n)
{
    int32_t kind;
    int64_t value;
    triple t;
    v->n++;
    if (cmi_time_parse(p, n, &kind, &value)) {
        v->n_iso++;
        return;
    }
    v->n_ymd += read_layout(CMI_LAYOUT_YMD, p, n, &kind, &value);
    bool dmy = read_layout(CMI_LAYOUT_DMY, p, n, &kind, &value);
    bool mdy = read_layout(CMI_LAYOUT_MDY, p, n, &kind, &value);
    v->n_day_first += dmy && !mdy;
    v->n_month_first += mdy && !dmy;
    v->n_either += dmy && mdy;
    if (!read_triple(p, n, &t)) return;
    v->n_dotted += t.separator == '.';
    v->n_short += t.width[0] <= 2 && t.width[2] <= 2;
}

static cm_status fail_ambiguous(const cmi_add *add, const cmi_target *t, const char *p, size_t n,
                                cm_error *err)
{
    if (n > 60) n = 60;
    cmi_fail(err, CM_ERR_FORMAT, "%s.%s: times such as '%.*s' can be read in more than one way",
             add->def->name, t->name, (int)n, p);
    cmi_error_at(err, add->def->name, 0, t->header);
    cmi_error_hint(err, "give the format: --time-format %s.%s=%%m/%%d/%%Y or %%d/%%m/%%Y",
                   add->def->name, t->name);
    return CM_ERR_FORMAT;
}

/* Dotted dates have the day first everywhere. Values that nobody can read are left to the rows:
 * they are rejected one by one. */
static cm_status decide(const cmi_add *add, cmi_target *t, const votes *v, const char *p, size_t n,
                        cm_error *err)
{
    t->layout_known = true;
    if (v->n_iso > 0) return CM_OK;
    if (v->n_ymd > 0) {
        t->layout = CMI_LAYOUT_YMD;
        t->note = "read as Y/M/D";
        return CM_OK;
    }
    bool day_first = v->n_day_first > 0 || (v->n_either > 0 && v->n_dotted > 0);
    bool month_first = v->n_month_first > 0;
    if (day_first && !month_first) {
        t->layout = CMI_LAYOUT_DMY;
        t->note = "read as D/M/Y";
    } else if (month_first && !day_first) {
        t->layout = CMI_LAYOUT_MDY;
        t->note = "read as M/D/Y";
    } else if (day_first || v->n_either > 0 || v->n_short > 0) {
        return fail_ambiguous(add, t, p, n, err);
    }
    return CM_OK;
}

static cm_status decide_target(const cmi_add *add, cmi_target *t, const cmi_source_column *s,
                               int64_t n_rows, cm_error *err)
{
    votes v = { 0 };
    const char *example = "";
    size_t length = 0;
    for (int64_t i = 0; i < n_rows && v.n < SAMPLE_VALUES; i++) {
        if (s->length[i] <= 0) continue;
        const char *p = s->text[i];
        size_t n = (size_t)s->length[i];
        while (n > 0 && *p == ' ') p++, n--;
        while (n > 0 && p[n - 1] == ' ') n--;
        if (n == 0) continue;
        vote(&v, p, n);
        if (!length) example = p;
        if (!length) length = n;
    }
    return v.n > 0 ? decide(add, t, &v, example, length, err) : CM_OK;
}

cm_status cmi_add_sample(cmi_add *add, const cmi_batch *batch, cm_error *err)
{
    for (int32_t i = 0; i < add->n_targets; i++) {
        cmi_target *t = &add->targets[i];
        bool time = t->type == CMI_ROLE_TIME || t->type == CMI_ROLE_DATE;
        if (!time || t->format || t->layout_known || t->source < 0) continue;
        const cmi_source_column *s = &batch->columns[t->source];
        if (s->kind != CMI_SOURCE_TEXT) continue;
        cm_status status = decide_target(add, t, s, batch->n_rows, err);
        if (status) return status;
    }
    return CM_OK;
}
