/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* madvise */
#include "core/memory.h"

#include <stdalign.h>
#include <string.h>
#include <sys/mman.h>

#include "core/context.h"

/* In front of every block; 16 bytes keep what follows aligned as malloc aligns. */
typedef struct header {
    alignas(16) size_t size;
} header;

#define HEADER     sizeof(header)
#define HUGE_BLOCK ((size_t)4 << 20)
#define HUGE_PAGE  ((uintptr_t)2 << 20)

/* Takes `size` bytes out of the budget; false: the limit forbids it. */
static bool charge(cm_context *ctx, size_t size)
{
    int64_t now = atomic_fetch_add_explicit(&ctx->bytes, (int64_t)size, memory_order_relaxed);
    now += (int64_t)size;
    if (ctx->limit && now > ctx->limit) {
        atomic_fetch_sub_explicit(&ctx->bytes, (int64_t)size, memory_order_relaxed);
        atomic_store_explicit(&ctx->refused, now, memory_order_relaxed);
        return false;
    }
    int_least64_t peak = atomic_load_explicit(&ctx->peak, memory_order_relaxed);
    while (now > peak && !atomic_compare_exchange_weak_explicit(
                             &ctx->peak, &peak, now, memory_order_relaxed, memory_order_relaxed)) {}
    return true;
}

static void discharge(cm_context *ctx, size_t size)
{
    atomic_fetch_sub_explicit(&ctx->bytes, (int64_t)size, memory_order_relaxed);
}

/* A size that no machine has is refused before the sum with the header could wrap. */
static bool is_absurd(cm_context *ctx, size_t size)
{
    if (size < (size_t)INT64_MAX / 4) return false;
    atomic_store_explicit(&ctx->refused, ctx->limit ? INT64_MAX : 0, memory_order_relaxed);
    return true;
}

/* Random access to tables of hundreds of megabytes costs a third less with huge pages. */
static void advise_huge(const cm_context *ctx, void *block, size_t size)
{
#ifdef MADV_HUGEPAGE
    if (!ctx->default_allocator || size < HUGE_BLOCK) return;
    uintptr_t begin = ((uintptr_t)block + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
    uintptr_t end = ((uintptr_t)block + size) & ~(HUGE_PAGE - 1);
    if (end > begin) (void)madvise((void *)begin, end - begin, MADV_HUGEPAGE);
#else
    (void)ctx;
    (void)block;
    (void)size;
#endif
}

void *cmi_alloc(cm_context *ctx, size_t size)
{
    if (is_absurd(ctx, size)) return NULL;
    size_t whole = size + HEADER;
    if (!charge(ctx, whole)) return NULL;
    header *h = ctx->allocator.alloc(whole, ctx->allocator.user);
    if (!h) {
        discharge(ctx, whole);
        atomic_store_explicit(&ctx->refused, 0, memory_order_relaxed);
        return NULL;
    }
    h->size = size;
    advise_huge(ctx, h, whole);
    return (char *)h + HEADER;
}

void *cmi_malloc_n(cm_context *ctx, size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes)) bytes = SIZE_MAX;
    return cmi_alloc(ctx, bytes);
}

void *cmi_calloc(cm_context *ctx, size_t n, size_t size)
{
    void *p = cmi_malloc_n(ctx, n, size);
    if (p) memset(p, 0, n * size);
    return p;
}

void *cmi_realloc(cm_context *ctx, void *p, size_t size)
{
    if (!p) return cmi_alloc(ctx, size);
    if (is_absurd(ctx, size)) return NULL;
    header *h = (header *)(void *)((char *)p - HEADER);
    size_t old = h->size;
    if (size > old && !charge(ctx, size - old)) return NULL;
    header *moved = ctx->allocator.realloc(h, old + HEADER, size + HEADER, ctx->allocator.user);
    if (!moved) {
        if (size > old) discharge(ctx, size - old);
        atomic_store_explicit(&ctx->refused, 0, memory_order_relaxed);
        return NULL;
    }
    if (size < old) discharge(ctx, old - size);
    moved->size = size;
    if (size > old) advise_huge(ctx, moved, size + HEADER);
    return (char *)moved + HEADER;
}

void cmi_free(cm_context *ctx, void *p)
{
    if (!p) return;
    header *h = (header *)(void *)((char *)p - HEADER);
    size_t whole = h->size + HEADER;
    discharge(ctx, whole);
    ctx->allocator.free(h, whole, ctx->allocator.user);
}

void cmi_free_pages(cm_context *ctx, void *p)
{
#ifdef MADV_DONTNEED
    const uintptr_t page = 4096;
    if (p && ctx->default_allocator) {
        const header *h = (const header *)(const void *)((const char *)p - HEADER);
        uintptr_t begin = ((uintptr_t)p + page - 1) & ~(page - 1);
        uintptr_t end = ((uintptr_t)p + h->size) & ~(page - 1);
        if (end > begin) (void)madvise((void *)begin, end - begin, MADV_DONTNEED);
    }
#endif
    cmi_free(ctx, p);
}

char *cmi_strndup(cm_context *ctx, const char *text, size_t length)
{
    char *copy = cmi_malloc_n(ctx, length < SIZE_MAX ? length + 1 : SIZE_MAX, 1);
    if (!copy) return NULL;
    if (length) memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

bool cmi_grow(cm_context *ctx, void **p, int64_t *capacity, int64_t need, size_t element)
{
    if (need <= *capacity) return true;
    int64_t room = *capacity < 8 ? 8 : *capacity;
    while (room < need) room = room > INT64_MAX / 2 ? need : room * 2;
    size_t bytes;
    if (__builtin_mul_overflow((uint64_t)room, element, &bytes)) bytes = SIZE_MAX;
    void *moved = cmi_realloc(ctx, *p, bytes);
    if (!moved) return false;
    *p = moved;
    *capacity = room;
    return true;
}

/* ---- arena ---- */

struct cmi_arena_block {
    struct cmi_arena_block *next;
    alignas(8) char bytes[];
};

#define FIRST_BLOCK ((size_t)1024)
#define LAST_BLOCK  ((size_t)1 << 20)

void cmi_arena_init(cmi_arena *arena, cm_context *ctx)
{
    *arena = (cmi_arena){ .ctx = ctx };
}

static bool add_block(cmi_arena *arena, size_t need)
{
    size_t size = arena->size ? arena->size * 2 : FIRST_BLOCK;
    if (size > LAST_BLOCK) size = LAST_BLOCK;
    if (size < need) size = need;
    struct cmi_arena_block *block = cmi_alloc(arena->ctx, sizeof *block + size);
    if (!block) return false;
    block->next = arena->head;
    arena->head = block;
    arena->size = size;
    arena->used = 0;
    return true;
}

void *cmi_arena_alloc(cmi_arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2) return NULL;
    size = (size + 7) & ~(size_t)7;
    if ((!arena->head || size > arena->size - arena->used) && !add_block(arena, size)) return NULL;
    void *p = arena->head->bytes + arena->used;
    arena->used += size;
    return memset(p, 0, size);
}

char *cmi_arena_text(cmi_arena *arena, const char *text, size_t length)
{
    if (length > SIZE_MAX / 4) return NULL;
    char *copy = cmi_arena_alloc(arena, length + 1);
    if (copy && length) memcpy(copy, text, length);
    return copy;
}

void cmi_arena_destroy(cmi_arena *arena)
{
    while (arena->head) {
        struct cmi_arena_block *next = arena->head->next;
        cmi_free(arena->ctx, arena->head);
        arena->head = next;
    }
    arena->used = arena->size = 0;
}
