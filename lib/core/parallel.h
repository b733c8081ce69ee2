/* SPDX-License-Identifier: MIT */
#ifndef CMI_CORE_PARALLEL_H
#define CMI_CORE_PARALLEL_H

#include <custmetrics/cm_context.h>

/* A run in progress: threads, progress and cancel of one call. No thread exists between calls. */
typedef struct cmi_job {
    int32_t threads;
    const cm_run *run; /* NULL: defaults */
    const char *phase;
    double from, to; /* the part of the whole that the next loop stands for; init sets 0 and 1 */
    int32_t stopped; /* atomic, set when the progress callback asked to stop; init sets 0 */
} cmi_job;

/* Checks struct_size and resolves threads: affinity, cgroup v1/v2 quota, CUSTMETRICS_NUM_THREADS,
 * at most 64. */
cm_status cmi_job_init(cmi_job *job, const cm_run *run, cm_error *err);
bool cmi_job_cancelled(const cmi_job *job); /* cheap: one atomic load; any thread */
/* Calls progress on the caller's thread; false: cancelled. */
bool cmi_job_progress(const cmi_job *job, double fraction, const char *phase);

/* Runs task 0..n_tasks-1, each once, on up to job->threads threads, the caller's among them.
 * `thread` is 0..threads-1. The first failing status (least task index among those that ran) is
 * returned; later tasks are then skipped. Returns CM_ERR_CANCELLED when the flag was set. The
 * caller's thread reports progress between its tasks. */
typedef cm_status (*cmi_task_fn)(int64_t task, int32_t thread, void *user, cm_error *err);
cm_status cmi_parallel(const cmi_job *job, cm_context *ctx, int64_t n_tasks, cmi_task_fn fn,
                       void *user, cm_error *err);

#endif
