/* SPDX-License-Identifier: MIT */
#include "data/scratch.h"

#include <string.h>

struct cmi_scratch_block {
    struct cmi_scratch_block *next;
    size_t size;
};

#define HEADER    ((sizeof(struct cmi_scratch_block) + 15) & ~(size_t)15)
#define MIN_BLOCK ((size_t)256 << 10)

void cmi_scratch_init(cmi_scratch *s, cm_context *ctx)
{
    *s = (cmi_scratch){ .ctx = ctx };
}

/* The next block that is large enough, of those that are there or a fresh one. */
static bool open_block(cmi_scratch *s, size_t need)
{
    struct cmi_scratch_block *next = s->current ? s->current->next : s->first;
    if (!next || next->size < need) {
        size_t size = need > MIN_BLOCK ? need : MIN_BLOCK;
        struct cmi_scratch_block *fresh = cmi_alloc(s->ctx, HEADER + size);
        if (!fresh) return false;
        fresh->next = next;
        fresh->size = size;
        if (s->current)
            s->current->next = fresh;
        else
            s->first = fresh;
        next = fresh;
    }
    s->current = next;
    s->used = 0;
    return true;
}

static void *take(cmi_scratch *s, size_t bytes)
{
    if ((!s->current || bytes > s->current->size - s->used) && !open_block(s, bytes)) return NULL;
    char *p = (char *)s->current + HEADER + s->used;
    s->used += bytes;
    return p;
}

void *cmi_scratch_alloc(cmi_scratch *s, size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes) || bytes > SIZE_MAX / 2) return NULL;
    s->used = (s->used + 15) & ~(size_t)15;
    if (s->current && s->used > s->current->size) s->used = s->current->size;
    return take(s, (bytes + 15) & ~(size_t)15);
}

char *cmi_scratch_text(cmi_scratch *s, const char *p, size_t n)
{
    char *copy = take(s, n);
    if (copy && n) memcpy(copy, p, n);
    return copy;
}

void cmi_scratch_reset(cmi_scratch *s)
{
    s->current = NULL;
    s->used = 0;
}

void cmi_scratch_destroy(cmi_scratch *s)
{
    while (s->first) {
        struct cmi_scratch_block *next = s->first->next;
        cmi_free(s->ctx, s->first);
        s->first = next;
    }
    s->current = NULL;
}
