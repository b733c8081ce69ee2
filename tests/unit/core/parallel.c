/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "core_test.h"
#include "core/cpus.h"
#include "core/error.h"
#include "core/parallel.h"

typedef struct counting {
    atomic_int ran[1000];
    atomic_int bad_thread;
    int32_t threads;
    int64_t fail_from;
    cm_cancel *cancel;
    int64_t cancel_at;
} counting;

static cm_status count_task(int64_t task, int32_t thread, void *user, cm_error *err)
{
    counting *c = user;
    atomic_fetch_add(&c->ran[task], 1);
    if (thread < 0 || thread >= c->threads) atomic_fetch_add(&c->bad_thread, 1);
    if (c->cancel && task == c->cancel_at) cm_cancel_set(c->cancel);
    if (c->fail_from >= 0 && task >= c->fail_from)
        return cmi_fail(err, CM_ERR_DATA, "task %d", (int)task);
    return CM_OK;
}

static cmi_job make_job(cm_run *run, int32_t threads)
{
    cmi_job job;
    run->struct_size = sizeof *run;
    run->threads = threads;
    assert_int_equal(cmi_job_init(&job, run, NULL), CM_OK);
    return job;
}

static void test_each_task_once(void **state)
{
    (void)state;
    cm_context *ctx = make_context(NULL, 0);
    static const int32_t threads[] = { 1, 2, 3, 8, 64, 500 };
    for (int t = 0; t < 6; t++)
        for (int64_t n = 0; n <= 1000; n = n * 3 + 1) {
            cm_run run = { 0 };
            cmi_job job = make_job(&run, threads[t]);
            assert_true(job.threads <= 64);
            counting c = { .threads = job.threads, .fail_from = -1 };
            assert_int_equal(cmi_parallel(&job, ctx, n, count_task, &c, NULL), CM_OK);
            for (int64_t i = 0; i < 1000; i++) assert_int_equal(c.ran[i], i < n);
            assert_int_equal(c.bad_thread, 0);
        }
    assert_int_equal(cm_context_memory(ctx), 0);
    cm_context_destroy(ctx);
}

static void test_least_failure_wins(void **state)
{
    (void)state;
    cm_context *ctx = make_context(NULL, 0);
    cm_error *err = cm_error_create();
    for (int round = 0; round < 200; round++) {
        cm_run run = { 0 };
        cmi_job job = make_job(&run, 1 + round % 8);
        counting c = { .threads = 8, .fail_from = 100 };
        assert_int_equal(cmi_parallel(&job, ctx, 1000, count_task, &c, err), CM_ERR_DATA);
        assert_int_equal(cm_error_status(err), CM_ERR_DATA);
        assert_string_equal(cm_error_message(err), "task 100");
        for (int i = 0; i <= 100; i++) assert_int_equal(c.ran[i], 1);
        assert_int_equal(c.ran[999], 0);
        assert_int_equal(cmi_parallel(&job, ctx, 1000, count_task, &c, NULL), CM_ERR_DATA);
    }
    cm_error_destroy(err);
    cm_context_destroy(ctx);
}

static void test_cancel(void **state)
{
    (void)state;
    cm_context *ctx = make_context(NULL, 0);
    cm_error *err = cm_error_create();
    cm_cancel *cancel;
    assert_int_equal(cm_cancel_create(&cancel, err), CM_OK);
    assert_int_equal(cm_cancel_create(NULL, err), CM_ERR_ARG);
    for (int32_t threads = 1; threads <= 4; threads++) {
        cm_run run = { .cancel = cancel };
        cmi_job job = make_job(&run, threads);
        counting c = { .threads = 4, .fail_from = -1, .cancel = cancel, .cancel_at = 10 };
        assert_false(cmi_job_cancelled(&job));
        assert_int_equal(cmi_parallel(&job, ctx, 1000, count_task, &c, err), CM_ERR_CANCELLED);
        assert_int_equal(cm_error_status(err), CM_ERR_CANCELLED);
        assert_true(cmi_job_cancelled(&job));
        assert_int_equal(c.ran[999], 0);
        counting none = { .threads = 4, .fail_from = -1 };
        assert_int_equal(cmi_parallel(&job, ctx, 5, count_task, &none, err), CM_ERR_CANCELLED);
        assert_int_equal(none.ran[0], 0);
        cm_cancel_reset(cancel);
        assert_int_equal(cmi_parallel(&job, ctx, 5, count_task, &none, err), CM_OK);
    }
    cm_cancel_set(NULL);
    cm_cancel_reset(NULL);
    cm_cancel_destroy(cancel);
    cm_cancel_destroy(NULL);
    cm_error_destroy(err);
    cm_context_destroy(ctx);
}

typedef struct watch {
    double last;
    int calls;
    double stop_at;
} watch;

static int32_t note_progress(double done, const char *phase, void *user)
{
    watch *w = user;
    assert_true(done > w->last && done <= 1);
    assert_string_equal(phase, "scan");
    w->last = done;
    w->calls++;
    return done >= w->stop_at;
}

static void test_progress(void **state)
{
    (void)state;
    cm_context *ctx = make_context(NULL, 0);
    watch w = { 0, 0, 2 };
    cm_run run = { .progress = note_progress, .user = &w };
    cmi_job job = make_job(&run, 1);
    job.phase = "scan";
    counting c = { .threads = 1, .fail_from = -1 };
    job.to = 0.5;
    assert_int_equal(cmi_parallel(&job, ctx, 1000, count_task, &c, NULL), CM_OK);
    assert_true(w.calls >= 40 && w.calls <= 50);
    CM_ASSERT_CLOSE(w.last, 0.5, 0, 0.01);
    w.last = 0.5;
    job.from = 0.5;
    job.to = 1;
    assert_int_equal(cmi_parallel(&job, ctx, 1000, count_task, &c, NULL), CM_OK);
    assert_true(w.calls <= 100);
    cmi_job quiet = make_job(&run, 4);
    quiet.phase = "scan";
    w = (watch){ 0, 0, 0.2 };
    counting d = { .threads = 4, .fail_from = -1 };
    /* with threads the caller's may get few tasks; alone it gets all of them */
    quiet.threads = 1;
    assert_int_equal(cmi_parallel(&quiet, ctx, 1000, count_task, &d, NULL), CM_ERR_CANCELLED);
    assert_int_equal(d.ran[500], 0);
    assert_true(cmi_job_cancelled(&quiet));
    assert_false(cmi_job_progress(&quiet, 1, "scan"));
    cm_context_destroy(ctx);
}

static void test_init(void **state)
{
    (void)state;
    cmi_job job;
    cm_run run = { .struct_size = 3 };
    assert_int_equal(cmi_job_init(&job, &run, NULL), CM_ERR_ARG);
    run.struct_size = sizeof run;
    run.threads = -1;
    assert_int_equal(cmi_job_init(&job, &run, NULL), CM_ERR_ARG);
    assert_int_equal(cmi_job_init(&job, NULL, NULL), CM_OK);
    assert_true(job.threads >= 1 && job.threads <= 64);
    assert_true(cmi_job_progress(&job, 0.5, NULL));
    int32_t usual = job.threads;
    setenv("CUSTMETRICS_NUM_THREADS", "1", 1);
    assert_int_equal(cmi_job_init(&job, NULL, NULL), CM_OK);
    assert_int_equal(job.threads, 1);
    static const char *const ignored[] = { "", "0", "-1", "x", "2x", "99999999999999999999" };
    for (int i = 0; i < 6; i++) {
        setenv("CUSTMETRICS_NUM_THREADS", ignored[i], 1);
        assert_int_equal(cmi_job_init(&job, NULL, NULL), CM_OK);
        assert_int_equal(job.threads, usual);
    }
    unsetenv("CUSTMETRICS_NUM_THREADS");
    cpu_set_t old, one;
    sched_getaffinity(0, sizeof old, &old);
    CPU_ZERO(&one);
    for (size_t i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; i++)
        if (CPU_ISSET(i, &old)) CPU_SET(i, &one);
    sched_setaffinity(0, sizeof one, &one);
    assert_int_equal(cmi_cpus_allowed(), 1);
    sched_setaffinity(0, sizeof old, &old);
}

static void test_quota_texts(void **state)
{
    (void)state;
    assert_int_equal(cmi_cpus_from_v2("max 100000\n"), 0);
    assert_int_equal(cmi_cpus_from_v2("100000 100000\n"), 1);
    assert_int_equal(cmi_cpus_from_v2("100001 100000"), 2);
    assert_int_equal(cmi_cpus_from_v2("1000 100000"), 1);
    assert_int_equal(cmi_cpus_from_v2("0 100000"), 0);
    assert_int_equal(cmi_cpus_from_v2("5"), 0);
    assert_int_equal(cmi_cpus_from_v2(""), 0);
    assert_int_equal(cmi_cpus_from_v2("99999999999999999999 1"), 0);
    assert_int_equal(cmi_cpus_from_v1("-1\n", "100000\n"), 0);
    assert_int_equal(cmi_cpus_from_v1("250000\n", "100000\n"), 3);
    char path[16];
    const char *text = "12:cpuset:/x\n4:cpu,cpuacct:/docker/a\n0::/user.slice\n";
    assert_true(cmi_cgroup_path(text, "cpu", path, sizeof path));
    assert_string_equal(path, "/docker/a");
    assert_true(cmi_cgroup_path(text, "cpuacct", path, sizeof path));
    assert_true(cmi_cgroup_path(text, "", path, sizeof path));
    assert_string_equal(path, "/user.slice");
    assert_false(cmi_cgroup_path(text, "memory", path, sizeof path));
    assert_false(cmi_cgroup_path("4:cpu:/a-path-that-is-too-long", "cpu", path, sizeof path));
    assert_false(cmi_cgroup_path("nonsense\n1:\n\n::", "cpu", path, sizeof path));
    assert_false(cmi_cgroup_path("", "cpu", path, sizeof path));
}

static void write_text(const char *folder, const char *file, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

/* The least quota on the way up counts, also when the group itself cannot be seen. */
static void test_quota_trees(void **state)
{
    (void)state;
    char root[] = "/tmp/cm-cgroup-XXXXXX", path[128], group[64];
    assert_non_null(mkdtemp(root));
    snprintf(path, sizeof path, "%s/a", root);
    assert_int_equal(mkdir(path, 0700), 0);
    write_text(root, "cpu.max", "max 100000\n");
    write_text(root, "a/cpu.max", "300000 100000\n");
    write_text(root, "a/cpu.cfs_quota_us", "150000\n");
    write_text(root, "a/cpu.cfs_period_us", "100000\n");
    write_text(root, "cpu.cfs_quota_us", "-1\n");
    static const char *const groups[] = { "/a/hidden/deeper", "/a/", "/a", "/", "" };
    for (int i = 0; i < 5; i++) {
        strcpy(group, groups[i]);
        assert_int_equal(cmi_cpus_from_groups(root, group, true), i < 3 ? 3 : 0);
        strcpy(group, groups[i]);
        assert_int_equal(cmi_cpus_from_groups(root, group, false), i < 3 ? 2 : 0);
    }
    static const char *const files[] = { "cpu.max", "a/cpu.max", "a/cpu.cfs_quota_us",
                                         "a/cpu.cfs_period_us", "cpu.cfs_quota_us" };
    for (int i = 0; i < 5; i++) {
        snprintf(path, sizeof path, "%s/%s", root, files[i]);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/a", root);
    rmdir(path);
    rmdir(root);
}

static cm_status fail_without_text(int64_t task, int32_t thread, void *user, cm_error *err)
{
    (void)thread;
    (void)user;
    (void)err;
    return task == 3 ? CM_ERR_IO : CM_OK;
}

static void test_failure_without_text(void **state)
{
    (void)state;
    cm_context *ctx = make_context(NULL, 0);
    cm_error *err = cm_error_create();
    for (int32_t threads = 1; threads <= 2; threads++) {
        cm_run run = { 0 };
        cmi_job job = make_job(&run, threads);
        cmi_fail(err, CM_ERR_DATA, "an older failure");
        assert_int_equal(cmi_parallel(&job, ctx, 10, fail_without_text, NULL, err), CM_ERR_IO);
        assert_int_equal(cm_error_status(err), CM_ERR_IO);
        assert_string_equal(cm_error_message(err), "CM_ERR_IO");
    }
    cm_error_destroy(err);
    cm_context_destroy(ctx);
}

/* A child that forks between calls has every thread it needs. */
static void test_fork(void **state)
{
    (void)state;
    cm_context *ctx = make_context(NULL, 0);
    cm_run run = { 0 };
    cmi_job job = make_job(&run, 4);
    counting c = { .threads = 4, .fail_from = -1 };
    assert_int_equal(cmi_parallel(&job, ctx, 100, count_task, &c, NULL), CM_OK);
    pid_t child = fork();
    if (child == 0) {
        counting d = { .threads = 4, .fail_from = -1 };
        cm_status s = cmi_parallel(&job, ctx, 100, count_task, &d, NULL);
        _exit(s == CM_OK && d.ran[99] == 1 ? 0 : 1);
    }
    int code = -1;
    waitpid(child, &code, 0);
    assert_true(WIFEXITED(code) && WEXITSTATUS(code) == 0);
    cm_context_destroy(ctx);
}

static bool run_once(cm_context *ctx, bool expect)
{
    (void)expect;
    cm_run run = { 0 };
    cmi_job job = make_job(&run, 3);
    counting c = { .threads = 3, .fail_from = -1 };
    cm_status s = cmi_parallel(&job, ctx, 50, count_task, &c, NULL);
    assert_true(s == CM_OK || s == CM_ERR_MEMORY);
    return s == CM_OK;
}

static void test_no_memory(void **state)
{
    (void)state;
    fail_each_allocation(run_once);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_task_once), cmocka_unit_test(test_least_failure_wins),
        cmocka_unit_test(test_cancel),         cmocka_unit_test(test_progress),
        cmocka_unit_test(test_init),           cmocka_unit_test(test_quota_texts),
        cmocka_unit_test(test_quota_trees),    cmocka_unit_test(test_failure_without_text),
        cmocka_unit_test(test_fork),           cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests_name("parallel", tests, NULL, NULL);
}
