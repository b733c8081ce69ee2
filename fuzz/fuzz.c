/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include <stdio.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "facts.h"

static cm_context *make_context(int64_t limit)
{
    cm_context_options o = { .struct_size = sizeof o, .memory_limit = limit };
    cm_context *ctx;
    fuzz_must(cm_context_create(&o, &ctx, NULL) == CM_OK, "context");
    return ctx;
}

cm_context *fuzz_context(void)
{
    return make_context(INT64_C(64) << 20);
}

uint8_t *fuzz_envelope(int kind, const uint8_t *payload, size_t size, int64_t *whole)
{
    uint8_t *bytes = malloc(HEAD + size + TAIL);
    const uint32_t head[] = { (uint32_t)kind, 1 };
    const uint64_t n = size;
    memcpy(bytes, "CMET", 4);
    memcpy(bytes + 4, head, 8);
    memcpy(bytes + 12, &n, 8);
    if (size) memcpy(bytes + HEAD, payload, size);
    const uint64_t hash = XXH3_64bits(bytes, HEAD + size);
    memcpy(bytes + HEAD + size, &hash, 8);
    *whole = (int64_t)(HEAD + size + TAIL);
    return bytes;
}

static bool keep_few(const fact_table *t, int64_t row, const void *user)
{
    (void)t;
    (void)user;
    return row % 8 == 0;
}

static cm_dataset *shop;

static void free_shop(void)
{
    cm_dataset_destroy(shop);
}

const cm_dataset *fuzz_shop(void)
{
    if (shop) return shop;
    atexit(free_shop);
    fact_set *facts = facts_make(3);
    facts_keep(facts, keep_few, NULL);
    cm_context *ctx = make_context(0);
    fuzz_must(facts_load(ctx, facts, FACTS_AND_POOLED, NULL, &shop, NULL) == CM_OK, "shop");
    cm_context_destroy(ctx); /* lives on as long as the shop */
    facts_free(facts);
    return shop;
}

void fuzz_must(bool holds, const char *what)
{
    if (holds) return;
    fprintf(stderr, "does not hold: %s\n", what);
    abort();
}

void fuzz_read(const cm_result *result, cm_context *ctx)
{
    cm_buffer *json;
    if (cm_buffer_create(ctx, &json, NULL) != CM_OK) return;
    cm_result_json(result, json, NULL);
    cm_buffer_destroy(json);
}
