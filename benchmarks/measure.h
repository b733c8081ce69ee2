/* SPDX-License-Identifier: MIT */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdint.h>

enum { MAX_REPEATS = 99 };

/* The times of one step, repeated, and the memory that the process held at most meanwhile. */
typedef struct measure {
    const char *name;
    int n;
    double seconds[MAX_REPEATS];
    double cpu[MAX_REPEATS]; /* processor time of all threads: what a busy machine changes least */
    int64_t peak;            /* KiB */
    double begun, cpu_begun;
} measure;

void measure_begin(measure *m);
void measure_end(measure *m);
double measure_median(const measure *m);
double measure_cpu(const measure *m); /* median */
/* One line: name, threads, median, least, repeats, peak. */
void measure_print(const measure *m, int threads);

#endif
