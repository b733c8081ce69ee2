/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "fixture.h"

/* What kernels and presenters call, and what happens when memory or bytes are bad. */

static void dense_cells_are_arrays(void **state)
{
    (void)state;
    fixture f;
    cmi_state *s;
    open_fixture(&f, 0);
    assert_int_equal(cmi_state_create(&f.plan, &s, NULL), CM_OK);
    int64_t *row = cmi_cell(s, DAYS, 0, 2);
    for (int i = 0; i < 20; i++) assert_int_equal(row[i], 0);
    row[19] = 5;
    assert_ptr_equal(cmi_cell(s, DAYS, 0, 2), row);
    assert_int_equal((uintptr_t)cmi_cell_column128(s, DAYS, 1, 0, 1) % 16, 0);
    cmi_cell_column128(s, DAYS, 1, 0, 1)[3] = -7;
    cmi_cell(s, HUGE, 0, 99999999)[6] = 3;
    assert_int_equal(cmi_state_order(s, NULL, NULL), CM_OK);
    assert_int_equal(cmi_cell_get(s, DAYS, 0, 2)[19], 5);
    assert_true(cmi_cell_get_column128(s, DAYS, 1, 0, 1)[3] == -7);
    assert_int_equal(cmi_cell_get(s, DAYS, 0, 0)[0], 0);
    assert_int_equal(cmi_cell_get(s, HUGE, 0, 99999999)[6], 3);
    assert_int_equal(cmi_cell_get(s, HUGE, 0, 5)[6], 0);
    assert_int_equal(cmi_cell_get_column(s, HUGE, 1, 0, 5)[13], 0);
    cmi_state_destroy(s);
    close_fixture(&f);
}

static void wrong_cells_are_scratch(void **state)
{
    (void)state;
    fixture f;
    cm_error *err = cm_error_create();
    open_fixture(&f, 1);
    for (int kind = 0; kind < 6; kind++) {
        cmi_state *s;
        int64_t key[] = { 0, 0, 0 }, codes = 0;
        assert_int_equal(cmi_state_create(&f.plan, &s, NULL), CM_OK);
        uint32_t g = cmi_state_group(s, &codes, 1);
        if (kind == 0) cmi_cell(s, DAYS, g + 1, 0)[19] = 1;
        if (kind == 1) cmi_cell(s, DAYS, g, 3)[19] = 1;
        if (kind == 2) cmi_cell(s, DAYS, g, -1)[19] = 1;
        if (kind == 3) cmi_at(s, PAIRS, g, key, 2)[4] = 1;
        if (kind == 4) cmi_at(s, DAYS, g, key, 2)[0] = 1;
        if (kind == 5) {
            key[1] = 9; /* a code that no dictionary has */
            cmi_add64(s, PAIRS, cmi_at(s, PAIRS, g, key, 3), 0, 1);
            assert_int_equal(cmi_state_order(s, NULL, NULL), CM_ERR_INTERNAL);
        }
        assert_int_equal(cmi_state_status(s, err), CM_ERR_INTERNAL);
        assert_true(cm_error_message(err)[0] != 0);
        cmi_state_destroy(s);
    }
    cm_error_destroy(err);
    close_fixture(&f);
}

static void rows_are_in_canonical_order(void **state)
{
    (void)state;
    fixture f;
    dicts d;
    cmi_state *s;
    open_fixture(&f, 1);
    assert_true(make_dicts(f.ctx, &d, 0, 1));
    s = collect_part(&f, &d, 0, 1, true);
    assert_int_equal(cmi_state_order(s, NULL, NULL), CM_OK);
    assert_int_equal(cmi_state_n_groups(s), N_REGIONS + 1);
    size_t length;
    assert_null(cmi_state_by_text(s, 0, 0, &length));
    assert_memory_equal(cmi_state_by_text(s, 1, 0, &length), "r0", 2);
    assert_int_equal(cmi_cells_n(s, OWNERS), N_CUSTOMERS);
    int64_t from, to, all = 0;
    for (uint32_t g = 0; g < cmi_state_n_groups(s); g++) {
        cmi_cells_range(s, OWNERS, g, &from, &to);
        assert_int_equal(from, all);
        for (int64_t row = from; row < to; row++) {
            int n_key;
            const int64_t *key = cmi_cells_key(s, OWNERS, row, &n_key);
            assert_int_equal(n_key, 1);
            assert_int_equal(cmi_cells_group(s, OWNERS, row), g);
            if (row > from) assert_true(cmi_cells_key(s, OWNERS, row - 1, NULL)[0] < key[0]);
            const char *text = cmi_cells_text(s, OWNERS, 0, key[0], &length);
            int owner = atoi(text + 1);
            assert_int_equal(cmi_cells_i64(s, OWNERS, row, 0), owner * 1000);
            CM_ASSERT_SAME(cmi_cells_f64(s, OWNERS, row, 1), owner / 7.0);
        }
        all = to;
    }
    assert_int_equal(all, N_CUSTOMERS);
    for (int64_t row = 1; row < cmi_cells_n(s, PATHS); row++) {
        int n, before_n;
        const int64_t *before = cmi_cells_key(s, PATHS, row - 1, &before_n),
                      *key = cmi_cells_key(s, PATHS, row, &n);
        if (cmi_cells_group(s, PATHS, row) != cmi_cells_group(s, PATHS, row - 1)) continue;
        int i = 0;
        while (i < n && i < before_n && key[i] == before[i]) i++;
        assert_true(i == before_n || before[i] < key[i]);
        assert_true(i < n);
    }
    assert_memory_equal(cmi_cells_text(s, WORDS, 0, 1, &length), "w0", 2);
    assert_int_equal(cmi_cells_dict(s, WORDS, 0)->n, 13);
    assert_int_equal(cmi_cells_i64(s, WORDS, 0, 1), CMI_NULL);
    assert_int_equal(cmi_state_counter(s, "n_seen"), N_CUSTOMERS);
    assert_int_equal(cmi_state_counter(s, "nothing"), 0);
    cmi_state_destroy(s);
    free_dicts(&d);
    close_fixture(&f);
}

static void once_is_once(void **state)
{
    (void)state;
    fixture f;
    open_fixture(&f, 0);
    for (int column = 0; column < 2; column++) {
        cmi_state *s;
        int64_t key = 0;
        assert_int_equal(cmi_state_create(&f.plan, &s, NULL), CM_OK);
        cmi_cell_row row = cmi_at(s, OWNERS, 0, &key, 1);
        cmi_set(s, OWNERS, row, 0, CMI_NULL);
        cmi_set_f64(s, OWNERS, row, 1, NAN);
        cmi_set(s, OWNERS, row, 0, 4);
        cmi_set_f64(s, OWNERS, row, 1, 4);
        assert_int_equal(cmi_state_status(s, NULL), CM_OK);
        assert_ptr_equal(cmi_at(s, OWNERS, 0, &key, 1), row);
        if (column == 0)
            cmi_set(s, OWNERS, row, 0, 5);
        else
            cmi_set_f64(s, OWNERS, row, 1, 5);
        assert_int_equal(cmi_state_status(s, NULL), CM_ERR_MISMATCH);
        cmi_state_destroy(s);
    }
    close_fixture(&f);
}

static void sums_overflow(void **state)
{
    (void)state;
    fixture f;
    open_fixture(&f, 0);
    for (int kind = 0; kind < 4; kind++) {
        cmi_state *s;
        int64_t key[] = { 0, 0, 0 };
        assert_int_equal(cmi_state_create(&f.plan, &s, NULL), CM_OK);
        cmi_cell_row row = cmi_at(s, PAIRS, 0, key, 3);
        cmi_add64(s, PAIRS, row, 0, INT64_MAX);
        cmi_add128(s, PAIRS, row, 1, CMI_I128_MAX);
        cmi_add128(s, PAIRS, row, 0, 0);
        assert_int_equal(cmi_state_status(s, NULL), CM_OK);
        if (kind == 0) cmi_add64(s, PAIRS, row, 0, 1);
        if (kind == 1) cmi_add64(s, PAIRS, row, 1, 1);
        if (kind == 2) cmi_add128(s, PAIRS, row, 0, (cmi_i128)1 << 64);
        if (kind == 3) cmi_add_f64(s, PAIRS, row, 2, NAN);
        assert_int_equal(cmi_state_status(s, NULL), CM_ERR_OVERFLOW);
        cmi_state_destroy(s);
    }
    close_fixture(&f);
}

static void fixed_point_rounds_half_even(void **state)
{
    (void)state;
    assert_true(cmi_fix128(0x1p-40) == 1);
    assert_true(cmi_fix128(0x1p-41) == 0);
    assert_true(cmi_fix128(0x1.8p-40) == 2);
    assert_true(cmi_fix128(0x1.4p-39) == 2);
    assert_true(cmi_fix128(-0x1.8p-40) == -2);
    assert_true(cmi_fix128(-0x1p-41) == 0);
    assert_true(cmi_fix128(0x1.0000000001p-41) == 1);
    assert_true(cmi_fix128(0x1p85) == (cmi_i128)1 << 125);
    assert_true(cmi_fix128(0x1p86) == CMI_I128_MIN);
    assert_true(cmi_fix128(INFINITY) == CMI_I128_MIN);
    assert_true(cmi_fix128(-3) == -((cmi_i128)3 << 40));
    CM_ASSERT_SAME(cmi_fix128_f64(cmi_fix128(0.1)), 109951162778.0 / 1099511627776.0);
}

/* ---- shortage ---- */

typedef struct shortage {
    int64_t left; /* allocations until one fails; negative: never */
} shortage;

static bool refuse(shortage *s)
{
    return s->left >= 0 && s->left-- == 0;
}
static void *alloc_some(size_t size, void *user)
{
    return refuse(user) ? NULL : malloc(size);
}
static void *realloc_some(void *p, size_t old_size, size_t size, void *user)
{
    (void)old_size;
    return refuse(user) ? NULL : realloc(p, size);
}
static void free_some(void *p, size_t size, void *user)
{
    (void)size;
    (void)user;
    free(p);
}

static cm_status do_everything(fixture *f)
{
    dicts d[2];
    cmi_state *s[2] = { NULL, NULL };
    cm_status status = CM_ERR_MEMORY;
    bool ok = make_dicts(f->ctx, &d[0], 0, 2);
    ok = make_dicts(f->ctx, &d[1], 1, 2) && ok;
    for (int i = 0; ok && i < 2; i++) {
        s[i] = collect_part(f, &d[i], i, 2, i);
        ok = s[i] && cmi_state_status(s[i], NULL) == CM_OK;
    }
    if (ok) status = cmi_state_merge_checked(s[0], s[1], NULL);
    if (status == CM_OK) status = cmi_state_order(s[0], NULL, NULL);
    cm_buffer *b = NULL;
    if (status == CM_OK) status = cm_buffer_create(f->ctx, &b, NULL);
    if (status == CM_OK) status = cmi_state_write(s[0], b, NULL);
    cmi_state *loaded = NULL;
    if (status == CM_OK) {
        cmi_reader in;
        cmi_reader_init(&in, cm_buffer_data(b), cm_buffer_size(b));
        status = cmi_state_read(&f->plan, &in, &loaded, NULL);
    }
    cm_buffer_destroy(b);
    cmi_state_destroy(loaded);
    for (int i = 0; i < 2; i++) {
        cmi_state_destroy(s[i]);
        free_dicts(&d[i]);
    }
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    shortage user = { -1 };
    cm_allocator allocator = { alloc_some, realloc_some, free_some, &user };
    cm_context_options options = { .struct_size = sizeof options, .allocator = &allocator };
    fixture f;
    memset(&f, 0, sizeof f);
    assert_int_equal(cm_context_create(&options, &f.ctx, NULL), CM_OK);
    make_plan(&f, 1);
    int64_t failures = 0;
    for (int64_t n = 0;; n += n < 100 ? 1 : 7) {
        user.left = n;
        cm_status status = do_everything(&f);
        bool refused = user.left < 0;
        user.left = -1;
        if (!refused) {
            assert_int_equal(status, CM_OK);
            break;
        }
        assert_true(status == CM_ERR_MEMORY);
        assert_int_equal(cm_context_memory(f.ctx), 0);
        failures++;
    }
    assert_true(failures > 50);
    close_fixture(&f);
}

/* A merge that finds no memory changes nothing: its bytes are those of the state that was. */
static void failed_merges_change_nothing(void **state)
{
    (void)state;
    shortage user = { -1 };
    cm_allocator allocator = { alloc_some, realloc_some, free_some, &user };
    cm_context_options options = { .struct_size = sizeof options, .allocator = &allocator };
    fixture f;
    dicts d[2];
    memset(&f, 0, sizeof f);
    assert_int_equal(cm_context_create(&options, &f.ctx, NULL), CM_OK);
    make_plan(&f, 2);
    for (int i = 0; i < 2; i++) assert_true(make_dicts(f.ctx, &d[i], i, 2));
    cmi_state *from = collect_part(&f, &d[1], 1, 2, false),
              *before = collect_part(&f, &d[0], 0, 2, false);
    assert_int_equal(cmi_state_order(before, NULL, NULL), CM_OK);
    cm_buffer *expected = bytes_of(&f, before);
    for (int64_t n = 0; n < 400; n += 3) {
        cmi_state *into = collect_part(&f, &d[0], 0, 2, n % 2);
        user.left = n;
        cm_status status = cmi_state_merge_checked(into, from, NULL);
        user.left = -1;
        if (status == CM_OK) {
            cmi_state_destroy(into);
            break;
        }
        assert_int_equal(cmi_state_order(into, NULL, NULL), CM_OK);
        cm_buffer *b = bytes_of(&f, into);
        assert_same_bytes(b, expected);
        cm_buffer_destroy(b);
        cmi_state_destroy(into);
    }
    cm_buffer_destroy(expected);
    cmi_state_destroy(from);
    cmi_state_destroy(before);
    for (int i = 0; i < 2; i++) free_dicts(&d[i]);
    close_fixture(&f);
}

/* ---- hostile bytes: no checksum here, so every damage reaches the reader ---- */

static void hostile_bytes_are_refused(void **state)
{
    (void)state;
    fixture f;
    dicts d;
    cm_context_options options = { .struct_size = sizeof options, .memory_limit = 256 << 20 };
    memset(&f, 0, sizeof f);
    assert_int_equal(cm_context_create(&options, &f.ctx, NULL), CM_OK);
    make_plan(&f, 2);
    assert_true(make_dicts(f.ctx, &d, 0, 1));
    cmi_state *s = collect_part(&f, &d, 0, 9, false), *loaded;
    assert_int_equal(cmi_state_order(s, NULL, NULL), CM_OK);
    cm_buffer *b = bytes_of(&f, s);
    size_t size = (size_t)cm_buffer_size(b);
    uint8_t *copy = malloc(size);
    uint64_t x = 42;
    int64_t refused = 0;
    for (int round = 0; round < 6000; round++) {
        cmi_reader in;
        memcpy(copy, cm_buffer_data(b), size);
        size_t length = round % 3 == 0 ? next_random(&x) % size : size;
        for (int k = 0; round % 3 && k < 1 + round % 5; k++)
            copy[next_random(&x) % size] =
                round % 2 ? (uint8_t)next_random(&x) : (uint8_t)(next_random(&x) & 1 ? 0xff : 0);
        cmi_reader_init(&in, copy, (int64_t)length);
        cm_status status = cmi_state_read(&f.plan, &in, &loaded, NULL);
        assert_true(status == CM_OK || status == CM_ERR_FORMAT || status == CM_ERR_LIMIT ||
                    status == CM_ERR_MEMORY);
        if (status == CM_OK) {
            /* Then it is a state like any other. */
            cm_buffer *again = bytes_of(&f, loaded);
            cm_buffer_destroy(again);
            assert_true(cmi_state_merge_checked(loaded, s, NULL) <= CM_ERR_CANCELLED);
            cmi_state_destroy(loaded);
        } else {
            refused++;
        }
        if (length < size) assert_true(status != CM_OK);
    }
    assert_true(refused > 2000);
    free(copy);
    cm_buffer_destroy(b);
    cmi_state_destroy(s);
    free_dicts(&d);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dense_cells_are_arrays),
        cmocka_unit_test(wrong_cells_are_scratch),
        cmocka_unit_test(rows_are_in_canonical_order),
        cmocka_unit_test(once_is_once),
        cmocka_unit_test(sums_overflow),
        cmocka_unit_test(fixed_point_rounds_half_even),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(failed_merges_change_nothing),
        cmocka_unit_test(hostile_bytes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
