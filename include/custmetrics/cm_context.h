/* SPDX-License-Identifier: MIT */
#ifndef CUSTMETRICS_CONTEXT_H
#define CUSTMETRICS_CONTEXT_H

#include <custmetrics/cm_error.h>

/** @file
 *  Context, run options, cancel flag, byte buffer. */

CM_BEGIN_DECLS

typedef struct cm_context cm_context;
typedef struct cm_cancel cm_cancel;
typedef struct cm_buffer cm_buffer;

/** Memory functions of the caller's own; may be called from any thread. `size` and `old_size` are
 *  what was asked for. */
typedef struct cm_allocator {
    void *(*alloc)(size_t size, void *user);
    void *(*realloc)(void *pointer, size_t old_size, size_t new_size, void *user);
    void (*free)(void *pointer, size_t size, void *user);
    void *user;
} cm_allocator;

/** Called on any thread with one line of text; may not call the library. */
typedef void (*cm_log_fn)(int32_t level, const char *message, void *user);

typedef struct cm_context_options {
    uint32_t struct_size;          /**< sizeof(cm_context_options) */
    uint32_t flags;                /**< must be 0 */
    const cm_allocator *allocator; /**< NULL: malloc, realloc, free */
    int64_t memory_limit;     /**< bytes that all objects of the context may hold; 0: no limit */
    const char *tz_directory; /**< folder of TZif files; NULL: $TZDIR, then the system's folders */
    cm_log_fn log;            /**< NULL: silent */
    void *log_user;
} cm_context_options;

/** Creates a context. Immutable, shareable between threads, reference-counted by what it made, so
 *  results may outlive it. NULL options give the defaults.
 *  Errors: CM_ERR_ARG (out is NULL, struct_size unknown, flags set), CM_ERR_MEMORY. */
CM_API cm_status cm_context_create(const cm_context_options *options, cm_context **out,
                                   cm_error *err);
CM_API void cm_context_destroy(cm_context *ctx);
/** Bytes that objects of the context hold now, and held at most. */
CM_API int64_t cm_context_memory(const cm_context *ctx);
CM_API int64_t cm_context_memory_peak(const cm_context *ctx);

/** A flag that ends a run early; may be set from any thread and from a signal handler. */
CM_API cm_status cm_cancel_create(cm_cancel **out, cm_error *err);
CM_API void cm_cancel_destroy(cm_cancel *cancel);
CM_API void cm_cancel_set(cm_cancel *cancel);
CM_API void cm_cancel_reset(cm_cancel *cancel);

/** Progress from 0 to 1 on the caller's thread; a non-zero answer cancels the run. */
typedef int32_t (*cm_progress_fn)(double done, const char *phase, void *user);

/** How a long call runs. NULL is: default threads, no progress, no cancel. */
typedef struct cm_run {
    uint32_t struct_size;    /**< sizeof(cm_run) */
    int32_t threads;         /**< 0: as many as affinity and cgroup quota allow */
    cm_progress_fn progress; /**< NULL: none */
    void *user;
    const cm_cancel *cancel; /**< NULL: none; polled at least every 50 ms */
} cm_run;

/** Bytes that leave the library: saved states, models, plans, datasets, exported text. */
CM_API cm_status cm_buffer_create(cm_context *ctx, cm_buffer **out, cm_error *err);
CM_API void cm_buffer_destroy(cm_buffer *buffer);
CM_API const void *cm_buffer_data(const cm_buffer *buffer);
CM_API int64_t cm_buffer_size(const cm_buffer *buffer);

CM_END_DECLS

#endif
