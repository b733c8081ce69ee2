/* SPDX-License-Identifier: MIT */
#ifndef CMI_CORE_CONTEXT_H
#define CMI_CORE_CONTEXT_H

#include <stdatomic.h>
#include <custmetrics/cm_context.h>

/* Only memory.c and context.c look inside. Everything but the counters is fixed at creation. */
struct cm_context {
    cm_allocator allocator;
    bool default_allocator; /* blocks come from malloc: large ones may be advised to huge pages */
    int64_t limit;          /* 0: none */
    char *tz_directory;
    cm_log_fn log;
    void *log_user;
    atomic_int_least64_t refs;
    atomic_int_least64_t bytes;
    atomic_int_least64_t peak;
    /* Bytes that the last refused request would have brought the total to; 0 when the refusal came
     * from the allocator. Only for the text of the error, so a race between threads does no harm.
     */
    atomic_int_least64_t refused;
};

#endif
