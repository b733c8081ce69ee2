/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "walk.h"

void walk_ok(cm_status status, const cm_error *err, const char *what)
{
    if (status == CM_OK) return;
    print_error("%s: %s: %s\n", what, cm_status_name(status), cm_error_message(err));
    fail();
}

/* Cuts "name=value" at a blank outside double quotes. */
static const char *next_setting(const char *p, char *name, char *value, size_t capacity)
{
    p += strspn(p, " ");
    if (!*p) return NULL;
    size_t n = strcspn(p, "="), m = 0;
    assert_true(n < capacity && p[n] == '=');
    memcpy(name, p, n);
    name[n] = '\0';
    bool quoted = false;
    for (p += n + 1; *p && (quoted || *p != ' '); p++) {
        quoted ^= *p == '"';
        assert_true(m + 1 < capacity);
        value[m++] = *p;
    }
    value[m] = '\0';
    return p;
}

static void set_all(cm_params *params, const char *settings)
{
    char name[512], value[512];
    cm_error *err = cm_error_create();
    for (const char *p = settings; p && (p = next_setting(p, name, value, sizeof value));) {
        cm_status status = cm_params_set_text(params, name, *value ? value : NULL, err);
        walk_ok(status, err, settings);
    }
    cm_error_destroy(err);
}

cm_params *walk_params(const walk_kpi *k, const char *more)
{
    cm_params *params;
    cm_error *err = cm_error_create();
    walk_ok(cm_params_create(walk.ctx, k->info.id, &params, err), err, k->info.id);
    cm_error_destroy(err);
    set_all(params, k->info.example);
    set_all(params, more);
    return params;
}

cm_result *walk_run(const walk_kpi *k, const cm_dataset *dataset, const cm_params *params,
                    int32_t threads)
{
    cm_run run = { .struct_size = sizeof run, .threads = threads };
    cm_result *result;
    cm_error *err = cm_error_create();
    walk_ok(cm_kpi_run(walk.ctx, dataset, params, &run, &result, err), err, k->info.id);
    cm_error_destroy(err);
    return result;
}

bool walk_fits(const walk_kpi *k, const char *settings)
{
    char name[512], value[512];
    bool fits = true;
    for (const char *p = settings; p && (p = next_setting(p, name, value, sizeof value));)
        fits &= strchr(name, '.') || walk_has_option(k, name);
    return fits;
}

bool walk_has_option(const walk_kpi *k, const char *option)
{
    cm_option_info o = { .struct_size = sizeof o };
    for (int32_t i = 0; i < k->info.n_options; i++)
        if (cm_kpi_option(k->index, i, &o, NULL) == CM_OK && strcmp(o.name, option) == 0)
            return true;
    return false;
}

char *walk_json(const cm_result *result, bool whole)
{
    cm_buffer *buffer;
    cm_error *err = cm_error_create();
    walk_ok(cm_buffer_create(walk.ctx, &buffer, err), err, "buffer");
    walk_ok(cm_result_json(result, buffer, err), err, "json");
    cm_error_destroy(err);
    size_t n = (size_t)cm_buffer_size(buffer);
    char *text = malloc(n + 1);
    memcpy(text, cm_buffer_data(buffer), n);
    text[n] = '\0';
    cm_buffer_destroy(buffer);
    char *tables = strstr(text, "\"tables\":{");
    assert_non_null(tables);
    if (!whole) memmove(text, tables, strlen(tables) + 1);
    return text;
}

void walk_same(const char *actual, const char *expected, const char *what)
{
    size_t at = 0, line = 0;
    if (strcmp(actual, expected) == 0) return;
    for (; actual[at] && actual[at] == expected[at]; at++)
        if (actual[at] == '\n') line = at + 1;
    size_t shown = at - line > 300 ? at - 200 : line;
    print_error("%s: differs at byte %zu\n  is       %.*s\n  expected %.*s\n", what, at, 500,
                actual + shown, 500, expected + shown);
    fail();
}

cm_dataset *walk_load(const fact_set *facts, fact_use use, const cm_dataset_options *options)
{
    cm_dataset *dataset;
    cm_error *err = cm_error_create();
    walk_ok(facts_load(walk.ctx, facts, use, options, &dataset, err), err, "load");
    cm_error_destroy(err);
    return dataset;
}
