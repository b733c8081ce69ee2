/* SPDX-License-Identifier: MIT
 *
 * Fails the 1st, 2nd, ... allocation on the whole path of each KPI, through the allocator of the
 * context: a clean error, outputs untouched, nothing leaked. Nobody names a KPI.
 *
 * Usage: run [--full] [PART OF A NAME]; without --full (or CUSTMETRICS_FULL in the environment) a
 * sample of the allocations.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include <custmetrics/custmetrics.h>

#include "cm_test.h"
#include "facts.h"

enum { SAMPLE = 120 };

typedef struct counting {
    _Atomic int64_t calls, fail_at; /* fail_at 0: never; the loader has threads of its own */
    _Atomic int64_t blocks;
} counting;

typedef struct alloc_case {
    const char *kpi, *example; /* kpi NULL: loading and saving facts */
} alloc_case;

static counting memory;
static cm_context *ctx;
static fact_set *facts;
static cm_dataset *dataset[3];
static bool full;

static bool fails(void)
{
    return atomic_fetch_add(&memory.calls, 1) + 1 == atomic_load(&memory.fail_at);
}

static void *count_alloc(size_t size, void *user)
{
    (void)user;
    if (fails()) return NULL;
    void *p = malloc(size);
    memory.blocks += p != NULL;
    return p;
}

static void *count_realloc(void *p, size_t old_size, size_t new_size, void *user)
{
    (void)old_size;
    (void)user;
    if (fails()) return NULL;
    memory.blocks += !p;
    return realloc(p, new_size);
}

static void count_free(void *p, size_t size, void *user)
{
    (void)size;
    (void)user;
    memory.blocks -= p != NULL;
    free(p);
}

/* ---- one step: an output that a failed call wrote is a fault ---- */

#define POISON ((void *)(uintptr_t)16)
#define STEP(out, call)                                                                            \
    do {                                                                                           \
        (out) = POISON;                                                                            \
        status = (call);                                                                           \
        if (status != CM_OK && (void *)(out) != POISON) {                                          \
            print_error("%s wrote its output although it failed\n", #call);                        \
            fail();                                                                                \
        }                                                                                          \
        if (status != CM_OK) {                                                                     \
            (out) = NULL;                                                                          \
            goto end;                                                                              \
        }                                                                                          \
    } while (0)

#define PLAIN(call)                                                                                \
    do {                                                                                           \
        status = (call);                                                                           \
        if (status != CM_OK) goto end;                                                             \
    } while (0)

typedef struct held {
    cm_params *params;
    cm_extent *extent;
    cm_plan *plan;
    cm_state *state, *other;
    cm_result *result, *merged, *applied;
    cm_model *model, *loaded;
    cm_buffer *json, *bytes, *model_bytes;
} held;

static void release(held *h)
{
    cm_params_destroy(h->params);
    cm_extent_destroy(h->extent);
    cm_plan_destroy(h->plan);
    cm_state_destroy(h->state);
    cm_state_destroy(h->other);
    cm_result_destroy(h->result);
    cm_result_destroy(h->merged);
    cm_result_destroy(h->applied);
    cm_model_destroy(h->model);
    cm_model_destroy(h->loaded);
    cm_buffer_destroy(h->json);
    cm_buffer_destroy(h->bytes);
    cm_buffer_destroy(h->model_bytes);
}

static cm_status set_example(cm_params *params, const char *example, cm_error *err)
{
    char name[256], value[512];
    cm_status status = CM_OK;
    for (const char *p = example + strspn(example, " "); *p && status == CM_OK;) {
        size_t n = strcspn(p, "="), m = 0;
        memcpy(name, p, n);
        name[n] = '\0';
        for (p += n + 1; *p && *p != ' '; p++) value[m++] = *p;
        value[m] = '\0';
        p += strspn(p, " ");
        status = cm_params_set_text(params, name, value, err);
    }
    return status;
}

static const cm_run ALONE = { .struct_size = sizeof(cm_run), .threads = 1 };

static cm_status fit_path(held *h, const cm_dataset *ds, cm_error *err)
{
    cm_status status = cm_result_model(h->result, &h->model, err);
    if (status == CM_ERR_UNSUPPORTED) return CM_OK;
    if (status != CM_OK) {
        h->model = NULL;
        return status;
    }
    STEP(h->model_bytes, cm_buffer_create(ctx, &h->model_bytes, err));
    PLAIN(cm_model_save(h->model, h->model_bytes, err));
    STEP(h->loaded, cm_model_load(ctx, cm_buffer_data(h->model_bytes),
                                  cm_buffer_size(h->model_bytes), &h->loaded, err));
    STEP(h->applied, cm_model_apply(h->loaded, ds, NULL, &ALONE, &h->applied, err));
end:
    return status;
}

/* Params, run, JSON; plan, state, saved, loaded, merged into an empty one, finalized; model. */
static cm_status kpi_path(const alloc_case *c, const cm_dataset *ds, held *h, cm_error *err)
{
    cm_status status;
    STEP(h->params, cm_params_create(ctx, c->kpi, &h->params, err));
    PLAIN(set_example(h->params, c->example, err));
    STEP(h->result, cm_kpi_run(ctx, ds, h->params, &ALONE, &h->result, err));
    STEP(h->json, cm_buffer_create(ctx, &h->json, err));
    PLAIN(cm_result_json(h->result, h->json, err));
    STEP(h->extent, cm_extent_create(ds, &h->extent, err));
    STEP(h->plan, cm_plan_create(ctx, h->params, h->extent, NULL, &h->plan, err));
    STEP(h->state, cm_state_create(h->plan, &h->state, err));
    PLAIN(cm_state_update(h->state, ds, &ALONE, err));
    STEP(h->bytes, cm_buffer_create(ctx, &h->bytes, err));
    PLAIN(cm_state_save(h->state, h->bytes, err));
    STEP(h->other,
         cm_state_load(ctx, cm_buffer_data(h->bytes), cm_buffer_size(h->bytes), &h->other, err));
    cm_state_destroy(h->state);
    STEP(h->state, cm_state_create(h->plan, &h->state, err));
    PLAIN(cm_state_merge(h->state, h->other, err));
    STEP(h->merged, cm_state_finalize(h->state, NULL, &ALONE, &h->merged, err));
    status = fit_path(h, ds, err);
end:
    return status;
}

static cm_status facts_path(held *h, cm_error *err)
{
    cm_dataset *made = NULL, *loaded = NULL;
    cm_status status;
    STEP(made, facts_load(ctx, facts, FACTS_AND_POOLED, NULL, &made, err));
    STEP(h->bytes, cm_buffer_create(ctx, &h->bytes, err));
    PLAIN(cm_dataset_save(made, h->bytes, err));
    STEP(loaded,
         cm_dataset_load(ctx, cm_buffer_data(h->bytes), cm_buffer_size(h->bytes), &loaded, err));
    STEP(h->result, cm_dataset_check(loaded, &h->result, err));
    STEP(h->json, cm_buffer_create(ctx, &h->json, err));
    PLAIN(cm_result_json(h->result, h->json, err));
end:
    cm_dataset_destroy(made);
    cm_dataset_destroy(loaded);
    return status;
}

static cm_status walk_path(const alloc_case *c, fact_use use, held *h, cm_error *err)
{
    memset(h, 0, sizeof *h);
    return c->kpi ? kpi_path(c, dataset[use], h, err) : facts_path(h, err);
}

/* ---- each allocation ---- */

static char *text_of(const held *h)
{
    size_t n = h->json ? (size_t)cm_buffer_size(h->json) : 0;
    char *text = calloc(1, n + 1);
    if (n) memcpy(text, cm_buffer_data(h->json), n);
    return text;
}

/* One allocation failed: either the path says so, or it did without and the answer is the same. */
static void check_one(const alloc_case *c, fact_use use, int64_t at, const char *expected)
{
    held h;
    cm_error *err = cm_error_create();
    int64_t blocks = memory.blocks, bytes = cm_context_memory(ctx);
    memory.calls = 0;
    memory.fail_at = at;
    cm_status status = walk_path(c, use, &h, err);
    memory.fail_at = 0;
    char *text = text_of(&h);
    release(&h);
    bool fine = status == CM_ERR_MEMORY || (status == CM_OK && strcmp(text, expected) == 0);
    free(text);
    if (!fine || memory.blocks != blocks || cm_context_memory(ctx) != bytes) {
        print_error("allocation %d: %s '%s', %d blocks left\n", (int)at, cm_status_name(status),
                    cm_error_message(err), (int)(memory.blocks - blocks));
        fail();
    }
    cm_error_destroy(err);
}

static void check_case(void **state)
{
    const alloc_case *c = *state;
    held h;
    fact_use use = FACTS_ONLY;
    cm_error *err = cm_error_create();
    memory.fail_at = memory.calls = 0;
    cm_status status = walk_path(c, use, &h, err);
    while (status == CM_ERR_MISSING && use < FACTS_POOLED_ONLY) {
        release(&h);
        memory.calls = 0;
        status = walk_path(c, use = (fact_use)(use + 1), &h, err);
    }
    if (status != CM_OK) print_error("%s\n", cm_error_message(err));
    assert_int_equal(status, CM_OK);
    int64_t n = memory.calls;
    char *expected = text_of(&h);
    release(&h);
    cm_error_destroy(err);
    int64_t step = full || n <= SAMPLE ? 1 : n / SAMPLE + 1;
    for (int64_t at = 1; at <= n; at += at < SAMPLE / 4 ? 1 : step) check_one(c, use, at, expected);
    print_message("%d allocations\n", (int)n);
    free(expected);
}

int main(int argc, char **argv)
{
    const cm_allocator allocator = { count_alloc, count_realloc, count_free, NULL };
    const cm_context_options options = { .struct_size = sizeof options, .allocator = &allocator };
    const char *part = NULL;
    int32_t n = cm_kpi_count();
    size_t n_tests = 0;
    alloc_case *cases = calloc((size_t)n + 1, sizeof *cases);
    struct CMUnitTest *tests = calloc((size_t)n + 1, sizeof *tests);

    full = getenv("CUSTMETRICS_FULL") != NULL;
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--full") == 0)
            full = true;
        else
            part = argv[i];
    if (cm_context_create(&options, &ctx, NULL) != CM_OK) return 1;
    facts = facts_make(5);
    for (int use = 0; use < 3; use++)
        if (facts_load(ctx, facts, (fact_use)use, NULL, &dataset[use], NULL) != CM_OK) return 1;
    for (int32_t i = -1; i < n; i++) {
        cm_kpi_info info = { .struct_size = sizeof info, .id = "facts" };
        alloc_case *c = &cases[i + 1];
        if (i >= 0) cm_kpi_get(i, &info, NULL);
        if (i >= 0) *c = (alloc_case){ info.id, info.example };
        if (part && !strstr(info.id, part)) continue;
        tests[n_tests++] =
            (struct CMUnitTest){ .name = info.id, .test_func = check_case, .initial_state = c };
    }
    int failed = _cmocka_run_group_tests("allocations", tests, n_tests, NULL, NULL);
    for (int use = 0; use < 3; use++) cm_dataset_destroy(dataset[use]);
    facts_free(facts);
    int64_t left = cm_context_memory(ctx);
    cm_context_destroy(ctx);
    if (left || memory.blocks) print_error("%d blocks are left\n", (int)memory.blocks);
    free(tests);
    free(cases);
    return failed || left || memory.blocks ? 1 : 0;
}
