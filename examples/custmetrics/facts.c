/* SPDX-License-Identifier: MIT */
/* Facts in: every input of the command line goes through the loader into one sealed dataset. */
#include "reader.h"
#include "session.h"
#include "table.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

bool session_has_facts(const session *s)
{
    return s->a->n_inputs > 0;
}

static cm_mapping mapping_of(const args *a, const char *table, cm_binding **bindings)
{
    cm_mapping mapping = { .struct_size = sizeof mapping };
    *bindings = allocate((size_t)a->n_bindings, sizeof **bindings);
    for (int i = 0; i < a->n_bindings; i++) {
        const binding *b = &a->bindings[i];
        if (strcmp(b->table, table)) continue;
        (*bindings)[mapping.n_bindings++] =
            (cm_binding){ b->role, b->column, b->constant, b->format };
    }
    mapping.bindings = *bindings;
    return mapping;
}

/* Packed files and standard input come through a reader; plain files the library reads by itself,
 * which is faster. */
static int load_packed(session *s, cm_loader *loader, const input *in, const cm_mapping *mapping)
{
    char why[256];
    const char *name = strcmp(in->path, "-") ? in->path : "standard input";
    reader *r = reader_open(in->path, &session_interrupted, why, sizeof why);
    if (!r) {
        fprintf(stderr, "custmetrics: %s: %s\n", name, why);
        return session_interrupted ? EXIT_INTERRUPTED : EXIT_INPUT;
    }
    int code = EXIT_FINE;
    cm_status status =
        cm_loader_add_csv_reader(loader, in->table, reader_read, r, mapping, &s->run, s->err);
    if (status != CM_OK && *reader_problem(r)) {
        progress_clear();
        fprintf(stderr, "custmetrics: %s: %s\n", name, reader_problem(r));
        code = session_interrupted ? EXIT_INTERRUPTED : EXIT_INPUT;
    } else if (status != CM_OK) {
        code = session_fail(s, name);
    }
    reader_close(r);
    return code;
}

static int load_input(session *s, cm_loader *loader, const input *in)
{
    cm_binding *bindings;
    cm_mapping mapping = mapping_of(s->a, in->table, &bindings);
    int code = EXIT_FINE;
    if (!strcmp(in->path, "-") || is_packed(in->path)) {
        code = load_packed(s, loader, in, &mapping);
    } else if (cm_loader_add_csv(loader, in->table, in->path, &mapping, &s->run, s->err) != CM_OK) {
        code = session_fail(s, in->path);
    }
    free(bindings);
    return code;
}

/* A binding for a table that is not given would be dropped in silence. */
static int check_inputs(const args *a)
{
    int n_standard = 0;
    for (int i = 0; i < a->n_inputs; i++) n_standard += !strcmp(a->inputs[i].path, "-");
    if (n_standard > 1) return usage_error("standard input (-) can be read once only");
    for (int i = 0; i < a->n_bindings; i++) {
        bool given = false;
        for (int j = 0; j < a->n_inputs; j++) {
            given = given || !strcmp(a->inputs[j].table, a->bindings[i].table);
        }
        if (!given) {
            return usage_error("--map or --time-format names '%s', but no file is given for it",
                               a->bindings[i].table);
        }
    }
    return EXIT_FINE;
}

/* ": no amount (2), unreadable time (1)" */
static void say_reasons(const cm_table *rejects, const char *table)
{
    const char *before = ":";
    for (int64_t i = 0; i < cm_table_n_rows(rejects); i++) {
        text of = { 0 }, reason = { 0 }, n = { 0 };
        table_cell(rejects, i, "table", &of);
        if (!strcmp(text_c(&of), table)) {
            table_cell(rejects, i, "reason", &reason);
            table_cell(rejects, i, "n", &n);
            fprintf(stderr, "%s %s (%s)", before, text_c(&reason), text_c(&n));
            before = ",";
        }
        text_free(&of);
        text_free(&reason);
        text_free(&n);
    }
    fputc('\n', stderr);
}

/* One line per table that lost rows. */
static void say_rejected(const session *s)
{
    cm_result *check = NULL;
    const cm_table *tables, *rejects;
    if (cm_dataset_check(s->dataset, &check, s->err) != CM_OK) return;
    bool fine = cm_result_table(check, "tables", &tables, NULL) == CM_OK &&
                cm_result_table(check, "rejects", &rejects, NULL) == CM_OK;
    for (int64_t i = 0; fine && i < cm_table_n_rows(tables); i++) {
        text name = { 0 }, n_read = { 0 }, n_rejected = { 0 };
        table_cell(tables, i, "table", &name);
        table_cell(tables, i, "n_read", &n_read);
        table_cell(tables, i, "n_rejected", &n_rejected);
        if (n_rejected.n && strcmp(text_c(&n_rejected), "0")) {
            fprintf(stderr, "custmetrics: %s: %s of %s rows rejected", text_c(&name),
                    text_c(&n_rejected), text_c(&n_read));
            say_reasons(rejects, text_c(&name));
        }
        text_free(&name);
        text_free(&n_read);
        text_free(&n_rejected);
    }
    cm_result_destroy(check);
}

/* What is the same for all parts of the facts, such as aliases, decides about other rows. */
static bool is_shared(const char *table)
{
    for (int32_t i = 0; i < cm_fact_count(); i++) {
        cm_fact_info info = { .struct_size = sizeof info };
        if (cm_fact_get(i, &info, NULL) == CM_OK && !strcmp(info.name, table)) {
            return !strcmp(info.kind, "shared");
        }
    }
    return false;
}

/* Shared tables come first, wherever they stand on the command line. */
static int load_inputs(session *s, cm_loader *loader)
{
    const args *a = s->a;
    int code = EXIT_FINE;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; code == EXIT_FINE && i < a->n_inputs; i++) {
            if (is_shared(a->inputs[i].table) != (round == 0)) continue;
            code = load_input(s, loader, &a->inputs[i]);
        }
    }
    return code;
}

int session_load(session *s)
{
    const args *a = s->a;
    int code = check_inputs(a);
    if (code != EXIT_FINE) return code;
    cm_dataset_options options = { .struct_size = sizeof options,
                                   .flags = a->strict ? CM_DATASET_STRICT : 0,
                                   .tz = a->tz,
                                   .week_start = a->week_start,
                                   .scale = a->scale,
                                   .partition = a->partition,
                                   .n_partitions = a->n_partitions,
                                   .owner = a->owner };
    cm_loader *loader = NULL;
    if (cm_loader_create(s->ctx, NULL, &options, &loader, s->err) != CM_OK) {
        return session_fail(s, NULL);
    }
    code = load_inputs(s, loader);
    if (code == EXIT_FINE && cm_loader_seal(loader, &s->run, &s->dataset, s->err) != CM_OK) {
        code = session_fail(s, NULL);
    }
    cm_loader_destroy(loader);
    progress_clear();
    if (code == EXIT_FINE && !a->quiet) say_rejected(s);
    return code;
}
