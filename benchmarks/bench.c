/* SPDX-License-Identifier: MIT */
/* bench TASK FOLDER [THREADS [REPEATS]]
 *
 * Times one task on the files o10.csv (orders) and e20.csv (events) of a folder, through the public
 * calls only. Prints a line per step and, last, one JSON object. */
#include "answers.h"
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct task {
    const char *letter, *name, *table, *kpi; /* kpi NULL: loading itself */
    const char *options[10];                 /* name, value, ... */
    answer_fn answer;
} task;

static const task TASKS[] = {
    { "a", "load orders", "orders", NULL, { NULL }, NULL },
    { "v", "load events", "events", NULL, { NULL }, NULL },
    { "b", "rfm", "orders", "rfm", { NULL }, answer_rfm },
    { "c",
      "cohort",
      "orders",
      "cohort",
      { "period", "month", "periods", "35", "of", "orders" },
      answer_cohort },
    { "d", "active_users", "events", "active_users", { "windows", "1,7,30" }, answer_active },
    /* as_of: so that the last week's entries are not pending; below, so that the last day counts
     * whole, as other programs do. */
    { "e",
      "funnel",
      "events",
      "funnel",
      { "steps", "view,cart,checkout,purchase", "window", "7d", "as_of", "2023-02-01", "detail",
        "none" },
      answer_funnel },
    { "h",
      "bgnbd",
      "orders",
      "bgnbd",
      { "detail", "none", "starts", "1", "as_of", "2025-01-02" },
      answer_bgnbd },
    { "p", "purchase", "orders", "purchase", { "period", "month" }, answer_purchase },
};
enum { N_TASKS = sizeof TASKS / sizeof *TASKS };

typedef struct bench {
    const task *task;
    const char *folder;
    int threads, repeats;
    cm_run run;
    cm_context *ctx;
    cm_dataset *facts;
    measure load, seal, whole;
    char answer[MAX_ANSWER];
} bench;

static const cm_binding ORDERS[] = {
    { .role = "customer", .column = "customer_id" },
    { .role = "time", .column = "ts" },
};
static const cm_binding EVENTS[] = {
    { .role = "customer", .column = "user_id" },
    { .role = "time", .column = "ts" },
    { .role = "name", .column = "event" },
};

static cm_status load_once(bench *b, cm_error *err)
{
    bool orders = !strcmp(b->task->table, "orders");
    cm_mapping mapping = { .struct_size = sizeof mapping,
                           .n_bindings = orders ? 2 : 3,
                           .bindings = orders ? ORDERS : EVENTS };
    char path[4096];
    cm_loader *loader;
    cm_status status = cm_loader_create(b->ctx, NULL, NULL, &loader, err);

    if (status != CM_OK) return status;
    snprintf(path, sizeof path, "%s/%s", b->folder, orders ? "o10.csv" : "e20.csv");
    measure_begin(&b->whole);
    measure_begin(&b->load);
    status = cm_loader_add_csv(loader, b->task->table, path, &mapping, &b->run, err);
    measure_end(&b->load);
    measure_begin(&b->seal);
    if (status == CM_OK) status = cm_loader_seal(loader, &b->run, &b->facts, err);
    measure_end(&b->seal);
    measure_end(&b->whole);
    if (b->load.peak > b->whole.peak) b->whole.peak = b->load.peak;
    cm_loader_destroy(loader);
    return status;
}

static cm_status time_load(bench *b, cm_error *err)
{
    cm_status status = CM_OK;

    for (int i = 0; i < b->repeats && status == CM_OK; i++) {
        cm_dataset_destroy(b->facts);
        b->facts = NULL;
        status = load_once(b, err);
    }
    if (status != CM_OK) return status;
    snprintf(b->answer, sizeof b->answer, "\"rows\": %lld, \"customers\": %lld",
             (long long)cm_dataset_n_rows(b->facts, b->task->table),
             (long long)cm_dataset_n_customers(b->facts));
    measure_print(&b->load, b->threads);
    measure_print(&b->seal, b->threads);
    return CM_OK;
}

static cm_status time_kpi(bench *b, cm_error *err)
{
    cm_params *params;
    cm_status status = cm_params_create(b->ctx, b->task->kpi, &params, err);

    if (status != CM_OK) return status;
    for (int i = 0; b->task->options[i] && status == CM_OK; i += 2)
        status = cm_params_set_text(params, b->task->options[i], b->task->options[i + 1], err);
    if (status == CM_OK) status = load_once(b, err);
    memset(&b->whole, 0, sizeof b->whole);
    b->whole.name = b->task->name;
    for (int i = 0; i < b->repeats && status == CM_OK; i++) {
        cm_result *result = NULL;
        measure_begin(&b->whole);
        status = cm_kpi_run(b->ctx, b->facts, params, &b->run, &result, err);
        measure_end(&b->whole);
        if (status == CM_OK && !i) status = b->task->answer(result, b->answer, err);
        cm_result_destroy(result);
    }
    cm_params_destroy(params);
    return status;
}

static cm_status run_task(bench *b, cm_error *err)
{
    cm_status status = cm_context_create(NULL, &b->ctx, err);

    b->run = (cm_run){ .struct_size = sizeof b->run, .threads = b->threads };
    b->load.name = "load";
    b->seal.name = "seal";
    b->whole.name = b->task->name;
    if (status == CM_OK) status = b->task->kpi ? time_kpi(b, err) : time_load(b, err);
    if (status == CM_OK) {
        measure_print(&b->whole, b->threads);
        printf(
            "{\"task\": \"%s\", \"threads\": %d, \"seconds\": %.6f, \"cpu\": %.6f, \"load\": %.6f, "
            "\"seal\": %.6f, \"peak_mib\": %lld, \"version\": \"%s\", \"answer\": {%s}}\n",
            b->task->name, b->threads, measure_median(&b->whole), measure_cpu(&b->whole),
            measure_median(&b->load), measure_median(&b->seal), (long long)(b->whole.peak / 1024),
            cm_version(), b->answer);
    }
    cm_dataset_destroy(b->facts);
    cm_context_destroy(b->ctx);
    return status;
}

static int tell_use(void)
{
    fprintf(stderr, "bench TASK FOLDER [THREADS [REPEATS]]\nTASK is one of\n");
    for (int i = 0; i < N_TASKS; i++) fprintf(stderr, "  %s  %s\n", TASKS[i].letter, TASKS[i].name);
    return 1;
}

static int read_number(const char *text, int most)
{
    long n = strtol(text, NULL, 10);
    return n < 1 ? 1 : n > most ? most : (int)n;
}

int main(int argc, char **argv)
{
    static bench b;
    cm_error *err = cm_error_create();
    int code = 0;

    for (int i = 0; argc > 2 && i < N_TASKS; i++)
        if (!strcmp(argv[1], TASKS[i].letter) || !strcmp(argv[1], TASKS[i].name))
            b.task = &TASKS[i];
    if (!b.task) {
        code = tell_use();
    } else {
        b.folder = argv[2];
        b.threads = argc > 3 ? read_number(argv[3], 64) : 2;
        b.repeats = argc > 4 ? read_number(argv[4], MAX_REPEATS) : 5;
        if (run_task(&b, err) != CM_OK) {
            fprintf(stderr, "bench: %s\n", cm_error_message(err));
            code = 2;
        }
    }
    cm_error_destroy(err);
    return code;
}
