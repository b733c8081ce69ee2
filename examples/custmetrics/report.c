/* SPDX-License-Identifier: MIT */
/* The command report: one page of all sections that the given facts allow. It knows KPIs only by
 * running them through the generic door; what it shows is the list in sections.c. */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "needs.h"
#include "page.h"
#include "table.h"

typedef struct report {
    session *s;
    const cm_table *columns; /* of the check: which roles there are */
    bool *taken;             /* per setting of the command line: some section took it */
    text page;
    int n_sections;
} report;

/* "name=value name=value" of a section. */
static bool set_all(const session *s, cm_params *params, const char *options)
{
    bool fine = true;
    while (*options && fine) {
        size_t n = strcspn(options, " ");
        char *pair = copy_text(options, n);
        char *equals = strchr(pair, '=');
        if (equals) {
            *equals = '\0';
            fine = cm_params_set_text(params, pair, equals + 1, s->err) == CM_OK;
        }
        free(pair);
        options += n;
        options += strspn(options, " ");
    }
    return fine;
}

/* The command line's options hold wherever a KPI has them. */
static bool set_from_command_line(report *r, cm_params *params, const section_def *def)
{
    const args *a = r->s->a;
    for (int i = 0; i < a->n_settings; i++) {
        if (list_has(def->fixed, a->settings[i].name)) continue;
        cm_status status =
            cm_params_set_text(params, a->settings[i].name, a->settings[i].value, r->s->err);
        if (status == CM_ERR_NOT_FOUND) continue;
        if (status != CM_OK) return false;
        r->taken[i] = true;
    }
    return true;
}

static bool is_shown(const report *r, const section_def *def, cm_kpi_info *info)
{
    int32_t kpi;
    if (def->required && !args_setting(r->s->a, def->required)) return false;
    if (cm_kpi_find(def->kpi, &kpi, NULL) != CM_OK) return false;
    if (cm_kpi_get(kpi, info, NULL) != CM_OK) return false;
    text missing = { 0 };
    needs_missing(r->s, r->columns, info->facts, &missing);
    bool all_there = missing.n == 0;
    text_free(&missing);
    return all_there;
}

static bool add_charts(report *r, const section_def *def, const cm_result *result)
{
    for (int i = 0; i < SECTION_CHARTS && def->charts[i].title; i++) {
        const cm_table *t;
        if (cm_result_table(result, def->charts[i].table, &t, NULL) != CM_OK) continue;
        if (cm_table_n_rows(t) == 0) continue;
        if (!page_chart(r->s, &def->charts[i], def->kpi, t, &r->page)) return false;
    }
    return true;
}

/* Facts that one KPI cannot use (a window in which nothing happened) spoil its section, not the
 * page; an interruption and shortage of memory end it. */
static int add_section(report *r, const section_def *def)
{
    session *s = r->s;
    cm_kpi_info info = { .struct_size = sizeof info };
    cm_params *params = NULL;
    cm_result *result = NULL;
    int code = EXIT_FINE;
    if (!is_shown(r, def, &info)) return EXIT_FINE;
    if (cm_params_create(s->ctx, def->kpi, &params, s->err) != CM_OK ||
        !set_all(s, params, def->options) || !set_from_command_line(r, params, def)) {
        code = session_fail(s, def->kpi);
    } else if (cm_kpi_run(s->ctx, s->dataset, params, &s->run, &result, s->err) != CM_OK) {
        cm_status status = cm_error_status(s->err);
        if (status == CM_ERR_CANCELLED || status == CM_ERR_MEMORY) {
            code = session_fail(s, def->kpi);
        } else {
            page_section_failed(def, cm_error_message(s->err), &r->page);
        }
    } else {
        page_section_begin(def, &info, result, &r->page);
        if (!add_charts(r, def, result)) code = session_fail(s, def->kpi);
        page_section_end(&info, &r->page);
        r->n_sections++;
    }
    cm_result_destroy(result);
    cm_params_destroy(params);
    return code;
}

static void add_sources(report *r, const cm_result *check)
{
    static const chart_def sources = {
        "Facts read", CHART_TABLE, "tables", NULL, NULL, NULL, NULL
    };
    static const chart_def rejects = {
        "Rows rejected", CHART_TABLE, "rejects", NULL, NULL, NULL, NULL
    };
    const cm_table *t;
    text_puts(&r->page, "<section id=\"facts\">\n<h2>Facts</h2>\n<p class=\"note\">");
    for (int i = 0; i < r->s->a->n_inputs; i++) {
        const input *in = &r->s->a->inputs[i];
        const char *slash = strrchr(in->path, '/');
        text_puts(&r->page, i ? " · " : "");
        text_html_c(&r->page, in->table);
        text_puts(&r->page, ": ");
        text_html_c(&r->page, slash ? slash + 1 : in->path);
    }
    text_puts(&r->page, "</p>\n");
    if (cm_result_table(check, "tables", &t, NULL) == CM_OK) {
        page_chart(r->s, &sources, "check", t, &r->page);
    }
    if (cm_result_table(check, "rejects", &t, NULL) == CM_OK && cm_table_n_rows(t) > 0) {
        page_chart(r->s, &rejects, "check", t, &r->page);
    }
    text_puts(&r->page, "</section>\n");
}

/* An option that only a section would take whose facts are missing is no mistake. */
static bool is_known(const report *r, int at)
{
    bool known = r->taken[at];
    for (int i = 0; i < n_report_sections && !known; i++) {
        const char *required = report_sections[i].required;
        known = required && !strcmp(required, r->s->a->settings[at].name);
    }
    return known;
}

static int check_taken(const report *r)
{
    for (int i = 0; i < r->s->a->n_settings; i++) {
        if (!is_known(r, i)) {
            return usage_error("no section of this report takes the option '%s'",
                               r->s->a->settings[i].name);
        }
    }
    return EXIT_FINE;
}

static int build_page(report *r)
{
    session *s = r->s;
    cm_result *check = NULL;
    int code = EXIT_FINE;
    if (cm_dataset_check(s->dataset, &check, s->err) != CM_OK ||
        cm_result_table(check, "columns", &r->columns, s->err) != CM_OK) {
        code = session_fail(s, NULL);
    } else {
        page_begin("Customer report", &r->page);
        for (int i = 0; code == EXIT_FINE && i < n_report_sections; i++) {
            code = add_section(r, &report_sections[i]);
        }
        add_sources(r, check);
        page_end(&r->page);
        if (code == EXIT_FINE) code = check_taken(r);
    }
    cm_result_destroy(check);
    return code;
}

int command_report(session *s)
{
    report r = { .s = s };
    int code = session_load(s);
    if (code != EXIT_FINE) return code;
    r.taken = allocate((size_t)s->a->n_settings, sizeof *r.taken);
    code = build_page(&r);
    progress_clear();
    if (code == EXIT_FINE && !write_file(s->a->out, text_c(&r.page), r.page.n)) code = EXIT_INPUT;
    if (code == EXIT_FINE && s->run.progress) {
        fprintf(stderr, "custmetrics: %d sections in %s\n", r.n_sections, s->a->out);
    }
    text_free(&r.page);
    free(r.taken);
    return code;
}
