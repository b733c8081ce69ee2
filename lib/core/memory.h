/* SPDX-License-Identifier: MIT */
#ifndef CMI_CORE_MEMORY_H
#define CMI_CORE_MEMORY_H

#include <stddef.h>
#include <custmetrics/cm_context.h>

/* Every allocation goes through the context: it counts bytes and keeps the limit. Thread-safe.
 * A failed call returns NULL; cmi_no_memory() then tells limit from shortage in the error.
 * Blocks remember their size (16 bytes in front). Blocks of 4 MiB and more are advised to huge
 * pages. */
void *cmi_alloc(cm_context *ctx, size_t size); /* not cleared; size 0 gives a block too */
void *cmi_calloc(cm_context *ctx, size_t n, size_t size);   /* cleared; n * size checked */
void *cmi_malloc_n(cm_context *ctx, size_t n, size_t size); /* not cleared; n * size checked */
void *cmi_realloc(cm_context *ctx, void *p, size_t size);   /* p may be NULL */
void cmi_free(cm_context *ctx, void *p);                    /* p may be NULL */
/* Frees a large block and gives its pages back to the system at once: malloc keeps what lies
 * between other blocks, and sealing would then hold its rows twice. */
void cmi_free_pages(cm_context *ctx, void *p);
char *cmi_strndup(cm_context *ctx, const char *text, size_t length);

void cmi_context_retain(cm_context *ctx);
void cmi_context_release(cm_context *ctx);
const char *cmi_context_tz_directory(const cm_context *ctx); /* NULL: none was given */
void cmi_context_log(const cm_context *ctx, int32_t level,
                     const char *message); /* 0 debug, 1 info, 2 warning */

/* An arena: many small blocks, freed together. 8-byte aligned. */
typedef struct cmi_arena {
    cm_context *ctx;
    struct cmi_arena_block *head;
    size_t used, size;
} cmi_arena;
void cmi_arena_init(cmi_arena *arena, cm_context *ctx);
void *cmi_arena_alloc(cmi_arena *arena, size_t size);                    /* cleared */
char *cmi_arena_text(cmi_arena *arena, const char *text, size_t length); /* NUL added */
void cmi_arena_destroy(cmi_arena *arena);

/* A growing array: doubles; *p is reallocated so that it holds `need` elements. false: no memory.
 */
bool cmi_grow(cm_context *ctx, void **p, int64_t *capacity, int64_t need, size_t element);

#endif
