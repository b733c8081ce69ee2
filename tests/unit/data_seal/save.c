/* SPDX-License-Identifier: MIT */
#include "stage.h"

#include <custmetrics/cm_result.h>

static cm_dataset *make_shop(cm_context *ctx)
{
    cm_loader *l = make_loader(ctx, NULL);
    rows_per_chunk = 4;
    for (int i = 0; i < 30; i++) {
        char id[16], entity[16], text[16];
        snprintf(id, sizeof id, "c%d", i % 7);
        snprintf(entity, sizeof entity, "e%d", i % 11);
        snprintf(text, sizeof text, "v%d", i % 4);
        stage_row(l, CMI_ORDERS, i % 5 ? id : NULL, entity, DAY(i % 13), i,
                  (cell[]){ { "amount", NULL, i }, { "product", text, 0 }, { "country", text, 0 } },
                  3);
        stage_row(l, CMI_EVENTS, i % 3 ? id : NULL, entity, DAY(i), NONE,
                  (cell[]){ { "name", text, 0 },
                            { "other", id, 0 },
                            { "end", NULL, i % 2 ? DAY(i + 1) : NONE } },
                  3);
        stage_row(l, CMI_CUSTOMERS, id, NULL, i % 2 ? DAY(i % 3) : NONE, NONE,
                  (cell[]){ { "channel", text, 0 }, { "birth_date", NULL, i * 365 } }, 2);
        stage_row(l, CMI_SUBSCRIPTIONS, id, NULL, DAY(i), NONE,
                  (cell[]){ { "amount", NULL, 100 }, { "term", NULL, 4 * (1 + i % 12) + i % 3 } },
                  2);
    }
    stage_row(l, CMI_N_FACTS + CMI_SIDE_ALIASES, NULL, NULL, NONE, NONE,
              (cell[]){ { "alias", "c1", 0 }, { "customer", "c2", 0 }, { "since", NULL, DAY(4) } },
              3);
    stage_row(
        l, CMI_N_FACTS + CMI_SIDE_PATHS, NULL, NULL, NONE, NONE,
        (cell[]){ { "path", "a > b", 0 }, { "conversions", NULL, 3 }, { "value", NULL, NONE } }, 3);
    cm_dataset *ds = seal(l);
    cm_loader_destroy(l);
    return ds;
}

static cm_status load(cm_context *ctx, const void *bytes, int64_t n, cm_dataset **out)
{
    return cm_dataset_load(ctx, bytes, n, out, NULL);
}

static void test_round_trip(void **state)
{
    (void)state;
    cm_context *ctx = make_context();
    cm_dataset *ds = make_shop(ctx), *copy = NULL;
    cm_buffer *bytes = save(ds);
    assert_int_equal(load(ctx, cm_buffer_data(bytes), cm_buffer_size(bytes), &copy), CM_OK);
    assert_same_bytes(ds, copy);
    for (int f = 0; f < CMI_N_FACTS; f++) {
        assert_int_equal(ds->facts[f].n_ties, copy->facts[f].n_ties);
        assert_int_equal(ds->facts[f].min_time, copy->facts[f].min_time);
        assert_int_equal(ds->facts[f].max_time, copy->facts[f].max_time);
    }
    for (int s = 0; s < CMI_N_SIDES; s++) assert_true(ds->sides[s].hash == copy->sides[s].hash);
    assert_string_equal(cm_dataset_tz(copy), "UTC");
    assert_string_equal(cm_dataset_week_start(copy), "monday");
    assert_int_equal(cm_dataset_scale(copy), 4);
    cm_buffer_destroy(bytes);
    cm_dataset_destroy(copy);
    cm_dataset_destroy(ds);
    assert_int_equal(cm_context_memory(ctx), 0);
    cm_context_destroy(ctx);
}

static void repair_checksum(uint8_t *bytes, int64_t n)
{
    uint64_t hash = cmi_hash(bytes, (size_t)n - 8);
    for (int i = 0; i < 8; i++) bytes[n - 8 + i] = (uint8_t)(hash >> (8 * i));
}

/* Uses a dataset as a kernel would: whatever load takes must be safe to walk. */
static void walk(const cm_dataset *ds)
{
    volatile int64_t sum = 0; /* keeps the walk from being optimised away */
    for (int f = 0; f < CMI_N_FACTS; f++) {
        const cmi_facts *t = &ds->facts[f];
        for (int64_t o = 0; o < ds->n_owners; o++)
            for (uint32_t i = t->offset[o]; i < t->offset[o + 1]; i++) sum += t->time[i] / CMI_DAY;
        for (int32_t c = 0; c < t->n_columns; c++) {
            const cmi_column *x = &t->columns[c];
            for (int64_t i = 0; i < t->n_rows; i++) {
                size_t n;
                const cmi_dict *d = x->dict >= 0 ? ds->dicts[x->dict] : ds->customers;
                if (x->i64) sum += x->i64[i] & 1;
                if (x->u32 && x->type != CMI_ROLE_ENTITY && x->u32[i])
                    sum += *cmi_dict_text(d, x->u32[i], &n);
                if (x->type == CMI_ROLE_TERM) sum += 12 / (x->i64[i] >> 2);
            }
        }
        if (cmi_dataset_entity(ds, (cmi_fact)f)) {
            uint64_t *ids = malloc((size_t)t->n_rows * 8 + 8);
            cmi_dataset_entity_ids(ds, (cmi_fact)f, ids);
            free(ids);
        }
    }
    (void)sum;
    cm_result *result = NULL;
    assert_int_equal(cm_dataset_check(ds, &result, NULL), CM_OK);
    cm_result_destroy(result);
}

static void try_bytes(cm_context *ctx, uint8_t *bytes, int64_t n)
{
    cm_dataset *ds = NULL;
    repair_checksum(bytes, n);
    cm_status status = load(ctx, bytes, n, &ds);
    if (status) {
        assert_null(ds);
        return;
    }
    walk(ds);
    cm_loader *l = make_loader(ctx, ds); /* and to grow */
    cm_dataset *more = NULL;
    if (seal_with(l, 1, &more, NULL) == CM_OK) cm_dataset_destroy(more);
    cm_loader_destroy(l);
    cm_dataset_destroy(ds);
}

static void test_every_byte_flipped(void **state)
{
    (void)state;
    cm_context *ctx = make_context();
    cm_dataset *ds = make_shop(ctx);
    cm_buffer *saved = save(ds);
    int64_t n = cm_buffer_size(saved);
    uint8_t *bytes = malloc((size_t)n);
    static const uint8_t flips[3] = { 0x01, 0x80, 0xff };
    for (int k = 0; k < 3; k++) {
        for (int64_t i = 0; i < n - 8; i++) {
            memcpy(bytes, cm_buffer_data(saved), (size_t)n);
            bytes[i] ^= flips[k];
            try_bytes(ctx, bytes, n);
        }
    }
    free(bytes);
    cm_buffer_destroy(saved);
    cm_dataset_destroy(ds);
    assert_int_equal(cm_context_memory(ctx), 0);
    cm_context_destroy(ctx);
}

static void test_damage_is_found(void **state)
{
    (void)state;
    cm_context *ctx = make_context();
    cm_dataset *ds = make_shop(ctx), *copy = NULL;
    cm_buffer *saved = save(ds);
    int64_t n = cm_buffer_size(saved);
    uint8_t *bytes = malloc((size_t)n);
    memcpy(bytes, cm_buffer_data(saved), (size_t)n);
    bytes[n / 2] ^= 1;
    assert_int_equal(load(ctx, bytes, n, &copy), CM_ERR_CHECKSUM);
    for (int64_t cut = 0; cut < n; cut += 97)
        assert_int_equal(load(ctx, bytes, cut, &copy), CM_ERR_FORMAT);
    assert_int_equal(load(NULL, bytes, n, &copy), CM_ERR_ARG);
    assert_null(copy);
    free(bytes);
    cm_buffer_destroy(saved);
    cm_dataset_destroy(ds);
    cm_context_destroy(ctx);
}

static void test_extents(void **state)
{
    (void)state;
    cm_context *ctx = make_context();
    cm_dataset *ds = make_shop(ctx);
    cm_extent *a = NULL, *b = NULL;
    assert_int_equal(cm_extent_create(ds, &a, NULL), CM_OK);
    assert_int_equal(a->min[CMI_ORDERS], 0);
    assert_int_equal(a->max[CMI_ORDERS], DAY(12));
    assert_int_equal(a->min[CMI_TICKETS], CMI_NULL);
    cm_buffer *bytes = NULL;
    assert_int_equal(cm_buffer_create(ctx, &bytes, NULL), CM_OK);
    assert_int_equal(cm_extent_save(a, bytes, NULL), CM_OK);
    assert_int_equal(cm_extent_load(ctx, cm_buffer_data(bytes), cm_buffer_size(bytes), &b, NULL),
                     CM_OK);
    b->min[CMI_ORDERS] = -5;
    b->max[CMI_TICKETS] = b->min[CMI_TICKETS] = 7;
    assert_int_equal(cm_extent_merge(a, b, NULL), CM_OK);
    assert_int_equal(a->min[CMI_ORDERS], -5);
    assert_int_equal(a->max[CMI_ORDERS], DAY(12));
    assert_int_equal(a->min[CMI_TICKETS], 7);
    b->shared_hash[CMI_SIDE_ALIASES]++;
    assert_int_equal(cm_extent_merge(a, b, NULL), CM_ERR_MISMATCH);
    b->shared_hash[CMI_SIDE_ALIASES]--;
    b->scale = 2;
    assert_int_equal(cm_extent_merge(a, b, NULL), CM_ERR_MISMATCH);
    cm_extent_destroy(a);
    cm_extent_destroy(b);
    cm_extent_destroy(NULL);
    cm_buffer_destroy(bytes);
    cm_dataset_destroy(ds);
    assert_int_equal(cm_context_memory(ctx), 0);
    cm_context_destroy(ctx);
}

static void test_check_tables(void **state)
{
    (void)state;
    cm_context *ctx = make_context();
    cm_dataset *ds = make_shop(ctx);
    cm_result *result = NULL;
    const cm_table *t = NULL;
    int64_t kept = 0;
    assert_int_equal(cm_dataset_check(ds, &result, NULL), CM_OK);
    assert_int_equal(cm_result_table(result, "tables", &t, NULL), CM_OK);
    assert_int_equal(cm_table_n_rows(t), 6);
    assert_int_equal(cm_table_get_i64(t, 0, 2, &kept, NULL, NULL), CM_OK);
    assert_int_equal(kept, ds->facts[CMI_CUSTOMERS].n_rows);
    assert_int_equal(cm_result_table(result, "rejects", &t, NULL), CM_OK);
    assert_int_equal(cm_table_n_rows(t), ds->n_rejects);
    assert_int_equal(cm_result_table(result, "diagnostics", &t, NULL), CM_OK);
    assert_int_equal(cm_table_n_rows(t), ds->n_diagnostics);
    assert_int_equal(cm_result_table(result, "columns", &t, NULL), CM_OK);
    cm_dataset_destroy(ds); /* the result stands alone */
    cm_result_destroy(result);
    assert_int_equal(cm_context_memory(ctx), 0);
    cm_context_destroy(ctx);
}

/* ---- short memory ---- */

static int64_t allocations_left;

static void *alloc_some(size_t size, void *user)
{
    (void)user;
    return allocations_left-- > 0 ? malloc(size) : NULL;
}

static void *realloc_some(void *p, size_t old, size_t size, void *user)
{
    (void)user;
    (void)old;
    return allocations_left-- > 0 ? realloc(p, size) : NULL;
}

static void free_any(void *p, size_t size, void *user)
{
    (void)size;
    (void)user;
    free(p);
}

static void test_short_memory(void **state)
{
    (void)state;
    const cm_allocator allocator = { alloc_some, realloc_some, free_any, NULL };
    cm_context_options options = { .struct_size = sizeof options, .allocator = &allocator };
    for (int64_t n = 0;; n++) {
        cm_context *ctx = NULL;
        allocations_left = INT64_MAX;
        assert_int_equal(cm_context_create(&options, &ctx, NULL), CM_OK);
        cm_dataset *ds = make_shop(ctx), *whole = NULL, *copy = NULL, *other = NULL;
        cm_buffer *bytes = save(ds);
        cm_loader *l = make_loader(ctx, ds);
        cmi_job job = { .threads = 1 };
        allocations_left = n;
        bool done = cm_dataset_load(ctx, cm_buffer_data(bytes), cm_buffer_size(bytes), &copy,
                                    NULL) == CM_OK;
        if (!done) assert_null(copy);
        allocations_left = n;
        done &= cmi_dataset_reown(ds, "country", &job, &other, NULL) == CM_OK;
        allocations_left = n;
        done &= seal_with(l, 1, &whole, NULL) == CM_OK;
        allocations_left = n;
        cm_loader *grown = NULL;
        done &= cm_loader_create(ctx, ds, NULL, &grown, NULL) == CM_OK;
        allocations_left = INT64_MAX;
        /* An emptied loader is one that can be filled again. */
        stage_row(l, CMI_ORDERS, "x", NULL, DAY(1), NONE, (cell[]){ { "amount", NULL, 1 } }, 1);
        cm_loader_destroy(l);
        cm_loader_destroy(grown);
        cm_dataset_destroy(other);
        cm_dataset_destroy(whole);
        cm_dataset_destroy(copy);
        cm_dataset_destroy(ds);
        cm_buffer_destroy(bytes);
        assert_int_equal(cm_context_memory(ctx), 0);
        cm_context_destroy(ctx);
        if (done) break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),      cmocka_unit_test(test_every_byte_flipped),
        cmocka_unit_test(test_damage_is_found), cmocka_unit_test(test_extents),
        cmocka_unit_test(test_check_tables),    cmocka_unit_test(test_short_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
