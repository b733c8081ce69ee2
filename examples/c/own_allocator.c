/* SPDX-License-Identifier: MIT */
/* Memory in the host's hands: an allocator of one's own, and a limit. A run that would need more
 * than the limit fails by its status; what was there before stays whole, and every byte comes
 * back. */
#include "common.h"

#include <stdatomic.h>

/* Functions of an allocator may be called by several threads at once. */
typedef struct ledger {
    atomic_llong n_live, n_calls;
} ledger;

static void *ledger_alloc(size_t size, void *user)
{
    ledger *l = user;
    void *p = malloc(size);
    if (p) atomic_fetch_add(&l->n_live, 1);
    atomic_fetch_add(&l->n_calls, 1);
    return p;
}

static void *ledger_realloc(void *pointer, size_t old_size, size_t new_size, void *user)
{
    ledger *l = user;
    (void)old_size; /* for allocators that do not remember it themselves */
    void *p = realloc(pointer, new_size);
    if (p && !pointer) atomic_fetch_add(&l->n_live, 1);
    atomic_fetch_add(&l->n_calls, 1);
    return p;
}

static void ledger_free(void *pointer, size_t size, void *user)
{
    ledger *l = user;
    (void)size;
    if (pointer) atomic_fetch_sub(&l->n_live, 1);
    free(pointer);
}

/* Loads the orders into a context of `limit` bytes and counts them. */
static cm_status try_within(int64_t limit, const char *path, ledger *l, cm_error *err)
{
    const cm_allocator own = { ledger_alloc, ledger_realloc, ledger_free, l };
    const cm_context_options options = {
        .struct_size = sizeof options,
        .allocator = &own,
        .memory_limit = limit,
    };
    cm_context *ctx = NULL;
    cm_loader *loader = NULL;
    cm_dataset *shop = NULL;
    cm_status status = cm_context_create(&options, &ctx, err);
    if (status == CM_OK) status = cm_loader_create(ctx, NULL, NULL, &loader, err);
    if (status == CM_OK) status = cm_loader_add_csv(loader, "orders", path, NULL, NULL, err);
    if (status == CM_OK) status = cm_loader_seal(loader, NULL, &shop, err);
    if (status == CM_OK) {
        printf("%d orders within the limit: %s\n", (int)cm_dataset_n_rows(shop, "orders"),
               cm_context_memory_peak(ctx) <= limit ? "yes" : "no");
    }
    cm_dataset_destroy(shop);
    cm_loader_destroy(loader);
    cm_context_destroy(ctx);
    return status;
}

int main(int argc, char **argv)
{
    const char *path = orders_file(argc, argv);
    cm_error *err = cm_error_create();
    ledger l;
    atomic_init(&l.n_live, 0);
    atomic_init(&l.n_calls, 0);

    cm_status status = try_within(20000, path, &l, err);
    printf("20 kB: %s\n", cm_status_name(status));
    need(try_within(INT64_C(64) << 20, path, &l, err), err);
    printf("the allocator was asked: %s, blocks not given back: %d\n",
           atomic_load(&l.n_calls) > 0 ? "yes" : "no", (int)atomic_load(&l.n_live));
    cm_error_destroy(err);
    return 0;
}
