/* SPDX-License-Identifier: MIT */
/* For clock_gettime, which C11 does not have. */
#define _POSIX_C_SOURCE 200809L
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Linux only: elsewhere the peak reads 0. */
static int64_t read_peak(void)
{
    char line[256];
    long long kib = 0;
    FILE *f = fopen("/proc/self/status", "r");

    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "VmHWM: %lld", &kib) == 1) break;
    if (f) fclose(f);
    return kib;
}

static void reset_peak(void)
{
    FILE *f = fopen("/proc/self/clear_refs", "w");

    if (!f) return;
    fputs("5", f);
    fclose(f);
}

void measure_begin(measure *m)
{
    reset_peak();
    m->begun = now(CLOCK_MONOTONIC);
    m->cpu_begun = now(CLOCK_PROCESS_CPUTIME_ID);
}

void measure_end(measure *m)
{
    double seconds = now(CLOCK_MONOTONIC) - m->begun;
    double cpu = now(CLOCK_PROCESS_CPUTIME_ID) - m->cpu_begun;
    int64_t peak = read_peak();

    if (m->n < MAX_REPEATS) {
        m->cpu[m->n] = cpu;
        m->seconds[m->n++] = seconds;
    }
    if (peak > m->peak) m->peak = peak;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const double *all, int n)
{
    double s[MAX_REPEATS];

    if (!n) return 0;
    memcpy(s, all, (size_t)n * sizeof *s);
    qsort(s, (size_t)n, sizeof *s, compare);
    return (s[(n - 1) / 2] + s[n / 2]) / 2;
}

double measure_median(const measure *m)
{
    return median(m->seconds, m->n);
}

double measure_cpu(const measure *m)
{
    return median(m->cpu, m->n);
}

void measure_print(const measure *m, int threads)
{
    double least = m->n ? m->seconds[0] : 0;

    for (int i = 1; i < m->n; i++)
        if (m->seconds[i] < least) least = m->seconds[i];
    printf("%-14s %d threads  median %8.4f s  least %8.4f s  cpu %8.4f s  n %d  peak %lld MiB\n",
           m->name, threads, measure_median(m), least, measure_cpu(m), m->n,
           (long long)(m->peak / 1024));
}
