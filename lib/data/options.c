/* SPDX-License-Identifier: MIT */
#include "data/options.h"

#include <math.h>
#include <string.h>

#include "core/error.h"
#include "data/descriptor.h"

/* The options that are spelled the same in every KPI. */

#define COMMON(TYPE, FIELD, NAME, FALLBACK, RANGE, UNIT, DOC, HAS)                                 \
    {                                                                                              \
        NAME, CMI_T_##TYPE, offsetof(cmi_common_values, FIELD), FALLBACK, RANGE, UNIT, DOC,        \
            CMI_HAS_##HAS                                                                          \
    }

static const cmi_option COMMON_OPTIONS[] = {
    COMMON(DATE, from, "from", NULL, NULL, "",
           "start of the window, inclusive; default: the first fact", WINDOW),
    COMMON(DATE, to, "to", NULL, NULL, "", "end of the window, exclusive; default: as_of", WINDOW),
    COMMON(DATE, as_of, "as_of", NULL, NULL, "",
           "nothing from this instant on is seen; default: the first local midnight after the last "
           "fact",
           WINDOW),
    COMMON(ZONE, tz, "tz", NULL, NULL, "", "zone of the calendar; default: the dataset's", WINDOW),
    COMMON(CHOICE, week_start, "week_start", NULL,
           "monday|tuesday|wednesday|thursday|friday|saturday|sunday", "",
           "day on which weeks begin; default: the dataset's", WINDOW),
    COMMON(PERIOD, period, "period", "all", NULL, "",
           "hour, day, week, month, quarter, year, 14d, or all: one period", PERIOD),
    COMMON(BY, by, "by", NULL, NULL, "",
           "dimensions, bands (age:18,25,35) or labels (rfm.segment) that split the result", BY),
    COMMON(CHOICE, segment_at, "segment_at", NULL, "start|as_of|!each_period", "",
           "when ages, tenures and labels of by are taken; default: start, or as_of without from",
           BY),
    COMMON(WHERE, where, "where", NULL, NULL, "",
           "conditions on dimensions: comma is and, | is or, ! is not, a..b a half-open band",
           WINDOW),
    COMMON(TEXT, unit, "unit", NULL, NULL, "",
           "what is counted: a dimension such as device; default: the customer", UNIT),
    COMMON(NUMBER, confidence, "confidence", "0.95", "(0..1)", "", "level of intervals and tests",
           CONFIDENCE),
    COMMON(INT, seed, "seed", "0", "0..", "", "seed of the random numbers", SEED),
    COMMON(CHOICE, detail, "detail", "all", "all|none", "",
           "none: without the table of one row per customer", DETAIL),
    COMMON(INT, max_groups, "max_groups", "10000", "1..100000000", "groups",
           "more groups of by than this are an error", WINDOW),
    COMMON(CHOICE, compat, "compat", NULL,
           "mixpanel|amplitude|posthog|clickhouse|chartmogul|profitwell|stripe", "",
           "defaults of another system", COMPAT),
    COMMON(CHOICE, business, "business", NULL, "shop|community|app|subscription", "",
           "defaults of a kind of business: what counts as activity, and the usual period",
           BUSINESS),
};
enum { N_COMMON = sizeof COMMON_OPTIONS / sizeof *COMMON_OPTIONS };

static bool offers(const cmi_option *common, const cmi_option *option)
{
    return (option->has | CMI_HAS_WINDOW) & common->has;
}

static int32_t count_common(const cmi_option *option)
{
    int32_t n = 0;
    for (int i = 0; i < N_COMMON; i++) n += offers(&COMMON_OPTIONS[i], option);
    return n;
}

int32_t cmi_option_count(const cmi_kpi *kpi)
{
    int32_t n = 0;
    for (const cmi_option *o = kpi->options; o && o->name; o++)
        n += o->type == CMI_T_COMMON ? count_common(o) : 1;
    return n;
}

static void take_common(const cmi_option *option, int32_t index, cmi_option *out)
{
    for (int i = 0; i < N_COMMON; i++) {
        if (!offers(&COMMON_OPTIONS[i], option) || index--) continue;
        *out = COMMON_OPTIONS[i];
        if (out->type == CMI_T_PERIOD && option->fallback) out->fallback = option->fallback;
        return;
    }
}

bool cmi_option_at(const cmi_kpi *kpi, int32_t index, cmi_option *out)
{
    if (index < 0) return false;
    for (const cmi_option *o = kpi->options; o && o->name; o++) {
        int32_t n = o->type == CMI_T_COMMON ? count_common(o) : 1;
        if (index >= n) {
            index -= n;
            continue;
        }
        if (o->type == CMI_T_COMMON)
            take_common(o, index, out);
        else
            *out = *o;
        return true;
    }
    return false;
}

bool cmi_option_is_nested(const cmi_option *o, const char *name)
{
    size_t n = strlen(o->name);
    return o->type == CMI_T_NESTED && strncmp(name, o->name, n) == 0 && name[n] == '.' &&
           name[n + 1];
}

bool cmi_option_find(const cmi_kpi *kpi, const char *name, cmi_option *out)
{
    for (int32_t i = 0; cmi_option_at(kpi, i, out); i++) {
        if (out->type != CMI_T_NESTED && strcmp(out->name, name) == 0) return true;
        if (cmi_option_is_nested(out, name)) return true;
    }
    return false;
}

static const char *name_at(int32_t index, const void *user)
{
    cmi_option o;
    return cmi_option_at(user, index, &o) ? o.name : NULL;
}

cm_status cmi_option_unknown(const cmi_kpi *kpi, const char *name, cm_error *err)
{
    cmi_fail(err, CM_ERR_NOT_FOUND, "%s has no option '%s'", kpi->id, name);
    cmi_error_option(err, name);
    cmi_error_suggest(err, name, cmi_option_count(kpi), name_at, kpi);
    return CM_ERR_NOT_FOUND;
}

cmi_common *cmi_options_common(const cmi_kpi *kpi, void *options)
{
    for (const cmi_option *o = kpi->options; o && o->name; o++)
        if (o->type == CMI_T_COMMON) return (cmi_common *)((char *)options + o->offset);
    return NULL;
}

static const struct {
    const char *name;
    size_t size;
} TYPES[] = {
    [CMI_T_BOOL] = { "bool", sizeof(bool) },
    [CMI_T_INT] = { "int", sizeof(int64_t) },
    [CMI_T_NUMBER] = { "number", sizeof(double) },
    [CMI_T_TEXT] = { "text", sizeof(char *) },
    [CMI_T_CHOICE] = { "choice", sizeof(int32_t) },
    [CMI_T_DURATION] = { "duration", sizeof(cmi_duration) },
    [CMI_T_DURATIONS] = { "list", sizeof(cmi_durations) },
    [CMI_T_DATE] = { "date", sizeof(int64_t) },
    [CMI_T_INTS] = { "list", sizeof(cmi_list) },
    [CMI_T_NUMBERS] = { "list", sizeof(cmi_flist) },
    [CMI_T_TEXTS] = { "list", sizeof(cmi_texts) },
    [CMI_T_MAP] = { "map", sizeof(cmi_map) },
    [CMI_T_SELECTOR] = { "selector", sizeof(cmi_selector) },
    [CMI_T_STEPS] = { "list", sizeof(cmi_steps) },
    [CMI_T_NESTED] = { "options", sizeof(cmi_nested) },
    [CMI_T_WHERE] = { "where", sizeof(cmi_where) },
    [CMI_T_BY] = { "list", sizeof(cmi_by) },
    [CMI_T_PERIOD] = { "period", sizeof(cmi_period) },
    [CMI_T_ZONE] = { "zone", sizeof(char *) },
    [CMI_T_COMMON] = { "common", sizeof(cmi_common) },
};

const char *cmi_option_type_name(cmi_option_type type)
{
    return TYPES[type].name;
}

size_t cmi_option_size(cmi_option_type type)
{
    return TYPES[type].size;
}

void cmi_option_unset(const cmi_option *o, void *value)
{
    static const int64_t no_int = INT64_MIN;
    static const int32_t no_choice = -1;
    static const double no_number = NAN;

    memset(value, 0, cmi_option_size(o->type));
    if (o->type == CMI_T_INT || o->type == CMI_T_DATE) memcpy(value, &no_int, sizeof no_int);
    if (o->type == CMI_T_CHOICE) memcpy(value, &no_choice, sizeof no_choice);
    if (o->type == CMI_T_NUMBER) memcpy(value, &no_number, sizeof no_number);
}
