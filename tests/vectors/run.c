/* SPDX-License-Identifier: MIT
 *
 * Walks a folder of vectors (vector.h says what they look like) and runs each case through the
 * public door. Usage: run FOLDER [PART OF A NAME]
 */
#include "vector.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cm_test.h"

#define CHECK(call)                                                                                \
    do {                                                                                           \
        if ((call) != CM_OK) return cm_error_status(err);                                          \
    } while (0)

typedef struct feed {
    const char *at;
    size_t left;
} feed;

static int64_t read_feed(void *buffer, int64_t capacity, void *user)
{
    feed *f = user;
    size_t n = f->left < (size_t)capacity ? f->left : (size_t)capacity;
    memcpy(buffer, f->at, n);
    f->at += n;
    f->left -= n;
    return (int64_t)n;
}

static bool needs_data(const vector *v)
{
    for (int i = 0; i < v->n_facts; i++)
        if (v->facts[i].path) return true;
    return false;
}

static const char *dataset_setting(const vector *v, const char *name)
{
    for (int i = 0; i < v->n_dataset; i++)
        if (strcmp(v->dataset[i].name, name) == 0) return v->dataset[i].value;
    return NULL;
}

static cm_status add_facts(cm_loader *loader, const facts_block *f, cm_error *err)
{
    cm_mapping mapping = { .struct_size = sizeof mapping,
                           .n_bindings = f->n_bindings,
                           .bindings = f->binding };
    char path[1024];
    feed text = { f->csv, f->n_csv };
    if (!f->path)
        return cm_loader_add_csv_reader(loader, f->table, read_feed, &text, &mapping, NULL, err);
    snprintf(path, sizeof path, "%s/%s", getenv("CUSTMETRICS_DATA"), f->path);
    return cm_loader_add_csv(loader, f->table, path, &mapping, NULL, err);
}

static cm_status load(const vector *v, cm_context *ctx, cm_dataset **out, cm_error *err)
{
    const char *scale = dataset_setting(v, "scale"), *strict = dataset_setting(v, "strict");
    cm_dataset_options o = { .struct_size = sizeof o,
                             .tz = dataset_setting(v, "tz"),
                             .week_start = dataset_setting(v, "week_start"),
                             .owner = dataset_setting(v, "owner"),
                             .scale = scale ? atoi(scale) : -1 };
    bool lenient = strict ? strcmp(strict, "false") == 0 : needs_data(v);
    o.flags = lenient ? 0 : CM_DATASET_STRICT;
    cm_loader *loader;
    CHECK(cm_loader_create(ctx, NULL, &o, &loader, err));
    cm_status status = CM_OK;
    for (int i = 0; i < v->n_facts && status == CM_OK; i++)
        status = add_facts(loader, &v->facts[i], err);
    if (status == CM_OK) status = cm_loader_seal(loader, NULL, out, err);
    cm_loader_destroy(loader);
    return status;
}

static cm_status compute(const vector *v, cm_context *ctx, cm_dataset *dataset, cm_result **out,
                         cm_error *err)
{
    cm_params *params;
    CHECK(cm_params_create(ctx, v->kpi, &params, err));
    cm_status status = CM_OK;
    for (int i = 0; i < v->n_options && status == CM_OK; i++)
        status = cm_params_set_text(params, v->option[i].name, v->option[i].value, err);
    if (status == CM_OK) status = cm_kpi_run(ctx, dataset, params, NULL, out, err);
    cm_params_destroy(params);
    return status;
}

static bool is_error_expected(const vector *v, cm_status status, const cm_error *err)
{
    char wanted[64] = "";
    size_t n = strcspn(v->error, " ");
    if (n < sizeof wanted) memcpy(wanted, v->error, n);
    const char *part = v->error + n + strspn(v->error + n, " ");
    bool same = strcmp(cm_status_name(status), wanted) == 0 && strstr(cm_error_message(err), part);
    if (!same)
        print_error("got %s '%s', expected %s\n", cm_status_name(status), cm_error_message(err),
                    v->error);
    return same;
}

static void run_case(void **state)
{
    const vector *v = *state;
    cm_context *ctx = NULL;
    cm_dataset *dataset = NULL;
    cm_result *result = NULL;
    bool fine = false;

    if (*v->fault) {
        print_error("%s:%d: %s\n", v->file, v->line, v->fault);
        fail();
    }
    if (needs_data(v) && !getenv("CUSTMETRICS_DATA")) skip();
    cm_error *err = cm_error_create();
    cm_status status = cm_context_create(NULL, &ctx, err);
    if (status == CM_OK && v->n_facts) status = load(v, ctx, &dataset, err);
    if (status == CM_OK) status = compute(v, ctx, dataset, &result, err);
    if (v->error)
        fine = is_error_expected(v, status, err);
    else if (status != CM_OK)
        print_error("%s: %s\n", cm_status_name(status), cm_error_message(err));
    else
        fine = vector_compare(v, result);
    cm_result_destroy(result);
    cm_dataset_destroy(dataset);
    cm_context_destroy(ctx);
    cm_error_destroy(err);
    if (!fine) {
        print_error("%s:%d\n", v->file, v->line);
        fail();
    }
}

/* ---- the folder ---- */

typedef struct paths {
    char **v;
    size_t n;
} paths;

static void collect_paths(const char *folder, paths *out)
{
    DIR *dir = opendir(folder);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        char path[1024];
        struct stat about;
        size_t n = strlen(e->d_name);
        if (e->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (stat(path, &about) != 0) continue;
        if (S_ISDIR(about.st_mode)) collect_paths(path, out);
        if (!S_ISREG(about.st_mode) || n < 4 || strcmp(e->d_name + n - 4, ".cmv") != 0) continue;
        out->v = realloc(out->v, (out->n + 1) * sizeof *out->v);
        out->v[out->n++] = strdup(path);
    }
    if (dir) closedir(dir);
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int main(int argc, char **argv)
{
    paths files = { NULL, 0 };
    vector *cases = NULL;
    size_t n = 0, n_tests = 0;
    if (argc < 2) return 1;
    collect_paths(argv[1], &files);
    if (files.n) qsort(files.v, files.n, sizeof *files.v, compare_paths);
    for (size_t i = 0; i < files.n; i++)
        vector_read_file(files.v[i], files.v[i] + strlen(argv[1]) + 1, &cases, &n);
    struct CMUnitTest *tests = calloc(n + 1, sizeof *tests);
    for (size_t i = 0; i < n; i++) {
        char name[256];
        snprintf(name, sizeof name, "%s: %s", cases[i].file, cases[i].name ? cases[i].name : "?");
        if (argc > 2 && !strstr(name, argv[2])) continue;
        tests[n_tests++] = (struct CMUnitTest){ .name = strdup(name),
                                                .test_func = run_case,
                                                .initial_state = &cases[i] };
        if (needs_data(&cases[i]) && !getenv("CUSTMETRICS_DATA"))
            print_message("skipped without CUSTMETRICS_DATA: %s\n", name);
    }
    int failed = n_tests ? _cmocka_run_group_tests("vectors", tests, n_tests, NULL, NULL) : 1;
    for (size_t i = 0; i < n_tests; i++) free((void *)(uintptr_t)tests[i].name);
    for (size_t i = 0; i < n; i++) vector_free(&cases[i]);
    for (size_t i = 0; i < files.n; i++) free(files.v[i]);
    free(files.v);
    free(cases);
    free(tests);
    return failed ? 1 : 0;
}
