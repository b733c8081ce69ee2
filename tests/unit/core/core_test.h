/* SPDX-License-Identifier: MIT */
#ifndef CORE_TEST_H
#define CORE_TEST_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "cm_test.h"
#include <custmetrics/cm_context.h>

/* An allocator that counts its calls, fails the k-th, and knows what is still out. */
typedef struct flaky {
    int64_t calls, fail_at; /* fail_at 0: never */
    int64_t blocks, bytes;
    cm_allocator functions;
} flaky;

static inline bool flaky_fails(flaky *f)
{
    return ++f->calls == f->fail_at;
}

static inline void *flaky_alloc(size_t size, void *user)
{
    flaky *f = user;
    if (flaky_fails(f)) return NULL;
    void *p = malloc(size);
    f->blocks += p != NULL;
    f->bytes += (int64_t)size;
    return p;
}

static inline void *flaky_realloc(void *p, size_t old_size, size_t new_size, void *user)
{
    flaky *f = user;
    if (flaky_fails(f)) return NULL;
    f->bytes += (int64_t)new_size - (int64_t)old_size;
    return realloc(p, new_size);
}

static inline void flaky_free(void *p, size_t size, void *user)
{
    flaky *f = user;
    f->blocks--;
    f->bytes -= (int64_t)size;
    free(p);
}

static inline cm_context *make_context(flaky *f, int64_t limit)
{
    cm_context *ctx = NULL;
    cm_context_options o = { .struct_size = sizeof o, .memory_limit = limit };
    if (f) {
        f->functions = (cm_allocator){ flaky_alloc, flaky_realloc, flaky_free, f };
        o.allocator = &f->functions;
    }
    assert_int_equal(cm_context_create(&o, &ctx, NULL), CM_OK);
    return ctx;
}

/* Runs `body` with the k-th allocation failing, for every k until none fails. The body returns true
 * if it got through; whatever happens, nothing may be left behind. */
static inline void fail_each_allocation(bool (*body)(cm_context *ctx, bool expect_success))
{
    for (int64_t k = 1;; k++) {
        flaky f = { 0 };
        cm_context *ctx = make_context(&f, 0);
        f.fail_at = f.calls + k;
        bool through = body(ctx, false);
        bool failed = f.calls >= f.fail_at;
        assert_true(through || failed);
        assert_int_equal(cm_context_memory(ctx), 0);
        cm_context_destroy(ctx);
        assert_int_equal(f.blocks, 0);
        assert_int_equal(f.bytes, 0);
        if (!failed) return;
    }
}

/* Numbers that look random and are the same everywhere. */
static inline uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

#endif
