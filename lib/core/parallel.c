/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* sigset_t */
#include "core/parallel.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/cpus.h"
#include "core/error.h"
#include "core/memory.h"

#define MAX_THREADS 64

struct cm_cancel {
    atomic_int set; /* lock-free, so a signal handler may set it */
};

cm_status cm_cancel_create(cm_cancel **out, cm_error *err)
{
    cmi_error_reset(err);
    if (!out) return cmi_fail(err, CM_ERR_ARG, "out is NULL");
    cm_cancel *c = malloc(sizeof *c);
    if (!c) return cmi_no_memory(NULL, err);
    atomic_init(&c->set, 0);
    *out = c;
    return CM_OK;
}

void cm_cancel_destroy(cm_cancel *cancel)
{
    free(cancel);
}

void cm_cancel_set(cm_cancel *cancel)
{
    if (cancel) atomic_store(&cancel->set, 1);
}

void cm_cancel_reset(cm_cancel *cancel)
{
    if (cancel) atomic_store(&cancel->set, 0);
}

/* ---- job ---- */

static int32_t choose_threads(void)
{
    int32_t n = cmi_cpus_allowed();
    const char *text = getenv("CUSTMETRICS_NUM_THREADS");
    int32_t cap = 0;
    for (; text && *text >= '0' && *text <= '9' && cap <= MAX_THREADS; text++)
        cap = cap * 10 + (*text - '0');
    if (text && !*text && cap > 0 && cap < n) n = cap;
    return n;
}

cm_status cmi_job_init(cmi_job *job, const cm_run *run, cm_error *err)
{
    *job = (cmi_job){ .threads = 1, .run = run, .phase = "", .from = 0, .to = 1 };
    if (run && run->struct_size != sizeof *run)
        return cmi_fail(err, CM_ERR_ARG, "cm_run has struct_size %u; this version knows %u",
                        (unsigned)run->struct_size, (unsigned)sizeof *run);
    if (run && run->threads < 0) return cmi_fail(err, CM_ERR_ARG, "threads of cm_run is negative");
    int32_t n = run ? run->threads : 0;
    if (n == 0) n = choose_threads();
    job->threads = n < MAX_THREADS ? n : MAX_THREADS;
    return CM_OK;
}

bool cmi_job_cancelled(const cmi_job *job)
{
    if (__atomic_load_n(&job->stopped, __ATOMIC_RELAXED)) return true;
    const cm_cancel *c = job->run ? job->run->cancel : NULL;
    return c && atomic_load_explicit(&c->set, memory_order_relaxed);
}

bool cmi_job_progress(const cmi_job *job, double fraction, const char *phase)
{
    const cm_run *run = job->run;
    /* Jobs are never const objects; only their users promise not to change them. */
    if (run && run->progress && run->progress(fraction, phase ? phase : "", run->user) != 0)
        __atomic_store_n((int32_t *)&job->stopped, 1, __ATOMIC_RELAXED);
    return !cmi_job_cancelled(job);
}

/* ---- loop ---- */

typedef struct loop {
    const cmi_job *job;
    int64_t n_tasks;
    cmi_task_fn fn;
    void *user;
    double reported;
    atomic_int_least64_t next;
    atomic_int_least64_t done;
    atomic_bool stop;
} loop;

typedef struct worker {
    loop *shared;
    int32_t index;
    bool started;
    pthread_t thread;
    cm_status status;
    int64_t failed_task;
    cm_error *err;
} worker;

/* At most about a hundred calls for the whole run, whatever number of tasks a loop has. */
static bool report_progress(loop *l)
{
    const cmi_job *job = l->job;
    if (!job->run || !job->run->progress) return true;
    double share =
        (double)atomic_load_explicit(&l->done, memory_order_relaxed) / (double)l->n_tasks;
    double now = job->from + (job->to - job->from) * share;
    if (now < l->reported + 0.01) return true;
    l->reported = now;
    return cmi_job_progress(job, now, job->phase);
}

/* The stop flag is read before a task is taken and not after: tasks are handed out in ascending
 * order, so every task below a failing one runs, and the least failing task does not depend on
 * luck. */
static void work(worker *w)
{
    loop *l = w->shared;
    while (!atomic_load_explicit(&l->stop, memory_order_relaxed) && !cmi_job_cancelled(l->job)) {
        int64_t task = atomic_fetch_add_explicit(&l->next, 1, memory_order_relaxed);
        if (task >= l->n_tasks) return;
        cm_status s = l->fn(task, w->index, l->user, w->err);
        if (s) {
            w->status = s;
            w->failed_task = task;
            atomic_store_explicit(&l->stop, true, memory_order_relaxed);
            return;
        }
        atomic_fetch_add_explicit(&l->done, 1, memory_order_relaxed);
        if (w->index == 0 && !report_progress(l)) return;
    }
}

static void *run_worker(void *argument)
{
    work(argument);
    return NULL;
}

/* Signals belong to the program's own threads. A thread that cannot be had is done without. */
static void start_workers(worker *w, int32_t n)
{
    sigset_t all, old;
    sigfillset(&all);
    bool masked = pthread_sigmask(SIG_SETMASK, &all, &old) == 0;
    for (int32_t i = 1; i < n; i++)
        w[i].started = pthread_create(&w[i].thread, NULL, run_worker, &w[i]) == 0;
    if (masked) pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static worker *find_first_failure(worker *w, int32_t n)
{
    worker *first = NULL;
    for (int32_t i = 0; i < n; i++)
        if (w[i].status && (!first || w[i].failed_task < first->failed_task)) first = &w[i];
    return first;
}

static cm_status fail_cancelled(cm_error *err)
{
    return cmi_fail(err, CM_ERR_CANCELLED, "the run was cancelled");
}

static cm_status finish(loop *l, worker *w, int32_t n, cm_error *err)
{
    worker *failed = find_first_failure(w, n);
    if (failed) {
        cmi_error_copy(err, failed->err);
        /* Another thread's text is in the way, or the task set none: keep status and text in step.
         */
        if (cm_error_status(err) != failed->status && err)
            cmi_fail(err, failed->status, "%s", cm_status_name(failed->status));
        return failed->status;
    }
    return cmi_job_cancelled(l->job) ? fail_cancelled(err) : CM_OK;
}

cm_status cmi_parallel(const cmi_job *job, cm_context *ctx, int64_t n_tasks, cmi_task_fn fn,
                       void *user, cm_error *err)
{
    if (cmi_job_cancelled(job)) return fail_cancelled(err);
    if (n_tasks <= 0) return CM_OK;
    loop l = { .job = job, .n_tasks = n_tasks, .fn = fn, .user = user, .reported = job->from };
    int32_t n = job->threads < MAX_THREADS ? job->threads : MAX_THREADS;
    if (n > n_tasks) n = (int32_t)n_tasks;
    worker alone = { .shared = &l, .err = err };
    if (n <= 1) {
        work(&alone);
        return finish(&l, &alone, 1, err);
    }
    /* One block: the workers, then their error objects. */
    size_t each = sizeof(worker) + (err ? cmi_error_size() : 0);
    worker *w = cmi_calloc(ctx, (size_t)n, each);
    if (!w) return cmi_no_memory(ctx, err);
    char *errors = (char *)(w + n);
    for (int32_t i = 0; i < n; i++) {
        w[i].shared = &l;
        w[i].index = i;
        if (err) w[i].err = (cm_error *)(void *)(errors + (size_t)i * cmi_error_size());
    }
    start_workers(w, n);
    work(&w[0]);
    for (int32_t i = 1; i < n; i++)
        if (w[i].started) pthread_join(w[i].thread, NULL);
    cm_status s = finish(&l, w, n, err);
    cmi_free(ctx, w);
    return s;
}
