/* SPDX-License-Identifier: MIT */
/* The command list: every KPI by family; with facts, which of them these facts allow. */
#include "commands.h"
#include "needs.h"
#include "output.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

typedef struct listing {
    const session *s;
    const cm_table *columns; /* NULL: no facts were given */
    const char *goal;
} listing;

static bool is_listed(const listing *l, const cm_kpi_info *info)
{
    return !l->goal || list_has(info->goals, l->goal);
}

static void add_json_member(text *out, const char *name, const char *value)
{
    text_printf(out, ", \"%s\": ", name);
    text_json(out, value, strlen(value));
}

static void add_json_kpi(const listing *l, const cm_kpi_info *info, text *out)
{
    text_puts(out, "{\"id\": ");
    text_json(out, info->id, strlen(info->id));
    add_json_member(out, "family", info->family);
    add_json_member(out, "title", info->title);
    add_json_member(out, "definition", info->definition);
    add_json_member(out, "facts", info->facts);
    add_json_member(out, "stages", info->stages);
    add_json_member(out, "businesses", info->businesses);
    add_json_member(out, "goals", info->goals);
    if (l->columns) {
        text missing = { 0 };
        needs_missing(l->s, l->columns, info->facts, &missing);
        text_printf(out, ", \"computable\": %s", missing.n ? "false" : "true");
        add_json_member(out, "missing", text_c(&missing));
        text_free(&missing);
    }
    text_puts(out, "}");
}

static void add_text_kpi(const listing *l, const cm_kpi_info *info, text *out)
{
    text missing = { 0 };
    if (l->columns) needs_missing(l->s, l->columns, info->facts, &missing);
    const char *mark = !l->columns ? "" : missing.n ? "- " : "+ ";
    text_printf(out, "  %s%-20s %s\n", mark, info->id, info->title);
    if (missing.n) text_printf(out, "    %-20s missing: %s\n", "", text_c(&missing));
    text_free(&missing);
}

/* Families in the order in which their first KPI is registered. */
static int add_kpis(const listing *l, bool json, text *out)
{
    int n_listed = 0;
    int32_t n = cm_kpi_count();
    bool *done = allocate((size_t)n, sizeof *done);
    for (int32_t i = 0; i < n; i++) {
        cm_kpi_info first = { .struct_size = sizeof first };
        if (done[i] || cm_kpi_get(i, &first, NULL) != CM_OK) continue;
        bool headed = false;
        for (int32_t j = i; j < n; j++) {
            cm_kpi_info info = { .struct_size = sizeof info };
            if (cm_kpi_get(j, &info, NULL) != CM_OK || strcmp(info.family, first.family)) continue;
            done[j] = true;
            if (!is_listed(l, &info)) continue;
            if (json) {
                if (n_listed) text_puts(out, ",\n");
                add_json_kpi(l, &info, out);
            } else {
                if (!headed) text_printf(out, "%s%s\n", n_listed ? "\n" : "", info.family);
                add_text_kpi(l, &info, out);
            }
            headed = true;
            n_listed++;
        }
    }
    free(done);
    return n_listed;
}

static int check_settings(const args *a)
{
    for (int i = 0; i < a->n_settings; i++) {
        if (strcmp(a->settings[i].name, "goal")) {
            return usage_error("list takes goal=G only, not '%s'", a->settings[i].name);
        }
    }
    return EXIT_FINE;
}

int command_list(session *s)
{
    listing l = { .s = s, .goal = args_setting(s->a, "goal") };
    cm_result *check = NULL;
    text out = { 0 };
    int code = check_settings(s->a);
    if (code == EXIT_FINE && session_has_facts(s)) {
        code = session_load(s);
        if (code == EXIT_FINE && (cm_dataset_check(s->dataset, &check, s->err) != CM_OK ||
                                  cm_result_table(check, "columns", &l.columns, s->err) != CM_OK)) {
            code = session_fail(s, NULL);
        }
    }
    if (code == EXIT_FINE) {
        bool json = s->a->format == FORMAT_JSON;
        if (json) text_puts(&out, "{\"kpis\": [\n");
        int n = add_kpis(&l, json, &out);
        if (json) text_puts(&out, "\n]}\n");
        if (!n && l.goal) code = usage_error("no KPI serves the goal '%s'", l.goal);
        if (code == EXIT_FINE && !write_file(s->a->out, text_c(&out), out.n)) code = EXIT_INPUT;
    }
    cm_result_destroy(check);
    text_free(&out);
    return code;
}
