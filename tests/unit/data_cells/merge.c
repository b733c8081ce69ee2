/* SPDX-License-Identifier: MIT */
#include "fixture.h"

/* Whatever way the owners are cut, ordered, threaded, saved and loaded: the same bytes. */

static cm_buffer *whole_bytes(fixture *f)
{
    dicts d;
    assert_true(make_dicts(f->ctx, &d, 0, 1));
    cmi_state *s = collect_part(f, &d, 0, 1, false);
    assert_non_null(s);
    assert_int_equal(cmi_state_order(s, NULL, NULL), CM_OK);
    cm_buffer *b = bytes_of(f, s);
    cmi_state_destroy(s);
    free_dicts(&d);
    return b;
}

static void check_bytes(fixture *f, cmi_state *s, const cm_buffer *expected)
{
    cm_error *err = cm_error_create();
    cm_status status = cmi_state_order(s, NULL, err);
    if (status != CM_OK) print_error("%s\n", cm_error_message(err));
    assert_int_equal(status, CM_OK);
    cm_buffer *b = bytes_of(f, s);
    assert_same_bytes(b, expected);
    cm_buffer_destroy(b);
    cm_error_destroy(err);
}

/* Threads of one run: the same dictionaries, other groups first. */
static void threads_agree(void **state)
{
    (void)state;
    for (int n_by = 0; n_by <= 2; n_by++) {
        fixture f;
        dicts d;
        open_fixture(&f, n_by);
        cm_buffer *expected = whole_bytes(&f);
        assert_true(make_dicts(f.ctx, &d, 0, 1));
        for (int n = 2; n <= 5; n++) {
            cmi_state *into = collect_part(&f, &d, n - 1, n, true);
            for (int i = 0; i < n - 1; i++) {
                cmi_state *s = collect_part(&f, &d, i, n, i % 2);
                assert_int_equal(cmi_state_merge(into, s, NULL), CM_OK);
                cmi_state_destroy(s);
            }
            check_bytes(&f, into, expected);
            cmi_state_destroy(into);
        }
        free_dicts(&d);
        cm_buffer_destroy(expected);
        close_fixture(&f);
    }
}

/* Partitions: other dictionaries, each ordered, saved and loaded, merged in any order. */
static void partitions_agree(void **state)
{
    (void)state;
    for (int n_by = 0; n_by <= 2; n_by++) {
        fixture f;
        open_fixture(&f, n_by);
        cm_buffer *expected = whole_bytes(&f);
        for (int n = 2; n <= 4; n++) {
            cmi_state *into;
            assert_int_equal(cmi_state_create(&f.plan, &into, NULL), CM_OK);
            for (int i = 0; i < n; i++) {
                dicts d;
                int part = (i + 1) % n;
                assert_true(make_dicts(f.ctx, &d, part, n));
                cmi_state *s = collect_part(&f, &d, part, n, false), *loaded;
                free_dicts(&d);
                assert_int_equal(cmi_state_order(s, NULL, NULL), CM_OK);
                cm_buffer *b = bytes_of(&f, s);
                cmi_reader in;
                cmi_reader_init(&in, cm_buffer_data(b), cm_buffer_size(b));
                assert_int_equal(cmi_state_read(&f.plan, &in, &loaded, NULL), CM_OK);
                assert_int_equal(cmi_reader_left(&in), 0);
                check_bytes(&f, loaded, b);
                assert_int_equal(cmi_state_merge_checked(into, i % 2 ? s : loaded, NULL), CM_OK);
                if (i == 1) assert_int_equal(cmi_state_order(into, NULL, NULL), CM_OK);
                cm_buffer_destroy(b);
                cmi_state_destroy(s);
                cmi_state_destroy(loaded);
            }
            check_bytes(&f, into, expected);
            cmi_state_destroy(into);
        }
        cm_buffer_destroy(expected);
        close_fixture(&f);
    }
}

/* The same customers twice: refused, and `into` is as it was. */
static void twice_is_refused(void **state)
{
    (void)state;
    fixture f;
    dicts d;
    open_fixture(&f, 2);
    cm_buffer *expected = whole_bytes(&f);
    assert_true(make_dicts(f.ctx, &d, 0, 1));
    cmi_state *a = collect_part(&f, &d, 0, 1, false), *b = collect_part(&f, &d, 7, 50, false);
    cm_error *err = cm_error_create();
    assert_int_equal(cmi_state_merge_checked(a, b, err), CM_ERR_MISMATCH);
    assert_non_null(strstr(cm_error_message(err), "owners"));
    check_bytes(&f, a, expected);
    assert_int_equal(cmi_state_merge_checked(a, a, err), CM_ERR_MISMATCH);
    cmi_state_destroy(a);
    cmi_state_destroy(b);
    /* Not checked, it comes out when the rows are ordered. */
    a = collect_part(&f, &d, 0, 2, false);
    b = collect_part(&f, &d, 0, 2, false);
    assert_int_equal(cmi_state_merge(a, b, NULL), CM_OK);
    assert_int_equal(cmi_state_order(a, NULL, err), CM_ERR_MISMATCH);
    assert_int_equal(cmi_state_status(a, NULL), CM_ERR_MISMATCH);
    cmi_state_destroy(a);
    cmi_state_destroy(b);
    free_dicts(&d);
    cm_buffer_destroy(expected);
    cm_error_destroy(err);
    close_fixture(&f);
}

static void overflow_leaves_all_as_it_was(void **state)
{
    (void)state;
    fixture f;
    dicts d;
    open_fixture(&f, 1);
    cm_buffer *expected = whole_bytes(&f);
    assert_true(make_dicts(f.ctx, &d, 0, 1));
    for (int kind = 0; kind < 4; kind++) {
        cmi_state *a = collect_part(&f, &d, 0, 1, false), *b;
        assert_int_equal(cmi_state_create(&f.plan, &b, NULL), CM_OK);
        assert_true(bind_dicts(b, &d, 1));
        /* A group of its own, too: it must be gone afterwards. */
        int64_t fresh = 0, old = d.region_code[1], key[] = { 1, 1, 0 };
        uint32_t g = cmi_state_group(b, &old, 1);
        cmi_cell_column128(b, DAYS, 1, cmi_state_group(b, &fresh, 1), 0)[0] = 5;
        uint32_t every[N_REGIONS];
        for (int i = 0; i < N_REGIONS; i++) {
            int64_t code = d.region_code[i];
            every[i] = cmi_state_group(b, &code, 1);
            if (kind == 0)
                for (int day = 0; day < 20; day++) cmi_cell(b, DAYS, every[i], 1)[day] = INT64_MAX;
            if (kind == 1)
                for (int day = 0; day < 20; day++)
                    cmi_cell_column128(b, DAYS, 1, every[i], 2)[day] = CMI_I128_MAX;
            if (kind == 1)
                for (int day = 0; day < 20; day++)
                    cmi_cell_column128(b, DAYS, 1, every[i], 1)[day] = CMI_I128_MIN;
            if (kind == 2)
                cmi_add64(b, PATHS, cmi_at(b, PATHS, every[i], (int64_t[]){ 0 }, 1), 0, INT64_MAX);
        }
        if (kind == 3) cmi_state_count(b, "n_seen", INT64_MAX);
        cmi_add64(b, PAIRS, cmi_at(b, PAIRS, g, key, 3), 0, 1);
        assert_int_equal(cmi_state_status(b, NULL), CM_OK);
        assert_int_equal(cmi_state_merge(a, b, NULL), CM_ERR_OVERFLOW);
        check_bytes(&f, a, expected);
        cmi_state_destroy(a);
        cmi_state_destroy(b);
    }
    free_dicts(&d);
    cm_buffer_destroy(expected);
    close_fixture(&f);
}

static void other_plans_are_refused(void **state)
{
    (void)state;
    fixture f, g;
    cmi_state *a, *b;
    open_fixture(&f, 0);
    open_fixture(&g, 0);
    g.plan.hash = 1;
    assert_int_equal(cmi_state_create(&f.plan, &a, NULL), CM_OK);
    assert_int_equal(cmi_state_create(&g.plan, &b, NULL), CM_OK);
    assert_int_equal(cmi_state_merge(a, b, NULL), CM_ERR_MISMATCH);
    cmi_state_destroy(a);
    cmi_state_destroy(b);
    close_fixture(&f);
    close_fixture(&g);
}

static void groups_have_a_limit(void **state)
{
    (void)state;
    fixture f;
    cmi_state *a, *b;
    cm_error *err = cm_error_create();
    open_fixture(&f, 1);
    f.plan.common.max_groups = 3;
    assert_int_equal(cmi_state_create(&f.plan, &a, NULL), CM_OK);
    assert_int_equal(cmi_state_create(&f.plan, &b, NULL), CM_OK);
    dicts d;
    assert_true(make_dicts(f.ctx, &d, 0, 1));
    assert_true(bind_dicts(a, &d, 1) && bind_dicts(b, &d, 1));
    for (int64_t code = 0; code < 3; code++) assert_int_equal(cmi_state_group(a, &code, 1), code);
    for (int64_t code = 0; code < 3; code++) assert_int_equal(cmi_state_group(a, &code, 1), code);
    int64_t code = 4;
    assert_int_equal(cmi_state_group(b, &code, 1), 0);
    assert_int_equal(cmi_state_merge(a, b, err), CM_ERR_LIMIT);
    assert_non_null(strstr(cm_error_message(err), "4"));
    assert_non_null(strstr(cm_error_message(err), "3"));
    assert_int_equal(cmi_state_n_groups(a), 3);
    assert_int_equal(cmi_state_status(a, NULL), CM_OK);
    cmi_state_group(a, &code, 1);
    assert_int_equal(cmi_state_status(a, err), CM_ERR_LIMIT);
    assert_string_equal(cm_error_option(err), "by");
    cmi_state_destroy(a);
    cmi_state_destroy(b);
    free_dicts(&d);
    cm_error_destroy(err);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_agree),           cmocka_unit_test(partitions_agree),
        cmocka_unit_test(twice_is_refused),        cmocka_unit_test(overflow_leaves_all_as_it_was),
        cmocka_unit_test(other_plans_are_refused), cmocka_unit_test(groups_have_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
