/* SPDX-License-Identifier: MIT
 *
 * Every option, and every choice of it, changes some cell of the result, or tables.c says why not.
 */
#include <stdio.h>
#include <stdlib.h>

#include "walk.h"

/* What an option of a type is set to, where tables.c has nothing better. */
typedef struct candidate {
    const char *name, *type, *values; /* by name first, else by type; blanks between */
} candidate;

static const candidate CANDIDATES[] = {
    { "from", NULL, "2024-01-10" },
    { "to", NULL, "2024-03-05" },
    { "as_of", NULL, "2024-04-02T10:00:00" },
    { "tz", NULL, "Asia/Kolkata America/New_York" },
    { "by", NULL, "country device" },
    { "where", NULL, "country:FR device:phone" },
    { "unit", NULL, "device" },
    { "period", NULL, "week month quarter 10d" },
    { "confidence", NULL, ".5" },
    { NULL, "bool", "true false" },
    { NULL, "int", "1 2 3 7 100" },
    { NULL, "number", ".1 .5 2 50" },
    { NULL, "duration", "1d 7d 60d 10min 2m" },
    { NULL, "durations", "1d,2d 7d,8d" },
    { NULL, "date", "2024-02-01" },
    { NULL, "ints", "1,2 2,5 0,3,7" },
    { NULL, "numbers", ".1,.9 1,5,20" },
    { NULL, "selector", "orders events visit responses subscriptions" },
    { NULL, "steps", "visit,purchase view,cart" },
    { NULL, "texts", "visit,view ads,email" },
    { NULL, "where", "device:phone" },
    { NULL, "by", "device" },
    { NULL, "period", "week month" },
};

static const char *values_for(const walk_kpi *k, const cm_option_info *o)
{
    const char *own = walk_values(k->info.id, o->name);
    if (own) return own;
    for (size_t i = 0; i < sizeof CANDIDATES / sizeof *CANDIDATES; i++)
        if (CANDIDATES[i].name ? strcmp(CANDIDATES[i].name, o->name) == 0
                               : strcmp(CANDIDATES[i].type, o->type) == 0)
            return CANDIDATES[i].values;
    return "";
}

/* What is meant for every KPI may speak of options that this one lacks. */
static const char *setting_for(const walk_kpi *k, const char *what)
{
    const char *setting = walk_setting(k->info.id, what);
    return walk_fits(k, setting) ? setting : "";
}

/* The tables under the setting; NULL where the option cannot be set so. */
static char *tables_with(const walk_kpi *k, const char *setting, const char *option,
                         const char *value, char why[256])
{
    cm_result *result;
    cm_error *err = cm_error_create();
    cm_params *params = walk_params(k, setting);
    char *json = NULL;
    cm_status status = option ? cm_params_set_text(params, option, value, err) : CM_OK;
    if (status == CM_OK)
        status = cm_kpi_run(walk.ctx, walk.dataset[k->use], params, NULL, &result, err);
    if (status == CM_OK) {
        json = walk_json(result, false);
        cm_result_destroy(result);
    }
    snprintf(why, 256, "%s", cm_error_message(err));
    cm_params_destroy(params);
    cm_error_destroy(err);
    return json;
}

static bool changes(const walk_kpi *k, const char *setting, const char *option, const char *value,
                    char why[256])
{
    char *before = tables_with(k, setting, NULL, NULL, why);
    if (!before) {
        print_error("%s with '%s': %s\n", k->info.id, setting, why);
        return false;
    }
    char *after = tables_with(k, setting, option, value, why);
    bool differ = after && strcmp(before, after) != 0;
    if (after && !differ) snprintf(why, 256, "no cell changes");
    free(before);
    free(after);
    return differ;
}

static bool next_value(const char **list, char separator, char out[256])
{
    const char *p = *list;
    while (*p == separator) p++;
    const char *end = strchr(p, separator);
    size_t n = end ? (size_t)(end - p) : strlen(p);
    if (!n || n >= 256) return false;
    memcpy(out, p, n);
    out[n] = '\0';
    *list = p + n;
    return true;
}

static bool check_choices(const walk_kpi *k, const cm_option_info *o)
{
    char value[256], what[300], why[256];
    bool fine = true;
    for (const char *list = o->range; next_value(&list, '|', value);) {
        if (strcmp(value, o->fallback) == 0 || *value == '!') continue;
        snprintf(what, sizeof what, "%s=%.200s", o->name, value);
        if (walk_excuse(k->info.id, what)) continue;
        const char *setting = setting_for(k, what);
        if (!*setting) setting = setting_for(k, o->name);
        if (changes(k, setting, o->name, value, why)) continue;
        print_error("%s: %s: %s\n", k->info.id, what, why);
        fine = false;
    }
    return fine;
}

/* Options of another KPI: "NAME=value" stands for kpi.NAME=value. */
static bool check_nested(const walk_kpi *k, const cm_option_info *o)
{
    char value[256], name[300], why[256] = "no value to try";
    snprintf(name, sizeof name, "%s.", o->name);
    const char *list = walk_values(k->info.id, name);
    while (list && next_value(&list, ' ', value)) {
        char *equals = strchr(value, '=');
        assert_non_null(equals);
        *equals = '\0';
        snprintf(name, sizeof name, "%.20s.%.250s", o->name, value);
        if (changes(k, "", name, equals + 1, why)) return true;
    }
    print_error("%s: %s.NAME: %s\n", k->info.id, o->name, why);
    return false;
}

/* Weeks begin somewhere only where periods can be weeks. */
static bool is_without_weeks(const walk_kpi *k, const cm_option_info *o)
{
    return strcmp(o->name, "week_start") == 0 && !walk_has_option(k, "period");
}

static bool check_option(const walk_kpi *k, const cm_option_info *o)
{
    char value[256], why[256] = "no value to try";
    const char *setting = setting_for(k, o->name);
    if (walk_excuse(k->info.id, o->name) || is_without_weeks(k, o)) return true;
    if (strcmp(o->type, "options") == 0) return check_nested(k, o);
    if (strcmp(o->type, "choice") == 0) return check_choices(k, o);
    for (const char *list = values_for(k, o); next_value(&list, ' ', value);)
        if (changes(k, setting, o->name, value, why)) return true;
    print_error("%s: %s (%s, default '%s'): %s\n", k->info.id, o->name, o->type, o->fallback, why);
    return false;
}

void check_options(void **state)
{
    const walk_kpi *k = *state;
    bool fine = true;
    for (int32_t i = 0; i < k->info.n_options; i++) {
        cm_option_info o = { .struct_size = sizeof o };
        assert_int_equal(cm_kpi_option(k->index, i, &o, NULL), CM_OK);
        fine &= check_option(k, &o);
    }
    if (!fine) fail();
}
