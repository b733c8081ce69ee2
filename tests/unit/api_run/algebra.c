/* SPDX-License-Identifier: MIT */
#include "shop.h"

/* Plans, states and models: parts merged in any order equal the whole, and nothing is half done. */

static cm_context *open_context(void)
{
    cm_context *ctx;
    assert_int_equal(cm_context_create(NULL, &ctx, NULL), CM_OK);
    return ctx;
}

static void close_context(cm_context *ctx)
{
    assert_int_equal(cm_context_memory(ctx), 0);
    cm_context_destroy(ctx);
}

static void expect(cm_status status, cm_status wanted, const cm_error *err)
{
    if (status != wanted) print_error("%s: %s\n", cm_status_name(status), cm_error_message(err));
    assert_int_equal(status, wanted);
}

static cm_plan *make_plan(cm_context *ctx, const cm_dataset *ds, const char *kpi,
                          const char *options, const cm_model *labels)
{
    cm_params *p = make_params(ctx, kpi, options);
    cm_extent *extent;
    cm_plan *plan;
    cm_error *err = cm_error_create();
    expect(cm_extent_create(ds, &extent, err), CM_OK, err);
    expect(cm_plan_create(ctx, p, extent, labels, &plan, err), CM_OK, err);
    cm_extent_destroy(extent);
    cm_params_destroy(p);
    cm_error_destroy(err);
    return plan;
}

static cm_buffer *save_state(cm_context *ctx, const cm_state *s)
{
    cm_buffer *b;
    cm_error *err = cm_error_create();
    expect(cm_buffer_create(ctx, &b, err), CM_OK, err);
    expect(cm_state_save(s, b, err), CM_OK, err);
    cm_error_destroy(err);
    return b;
}

static void assert_same_bytes(const cm_buffer *a, const cm_buffer *b)
{
    assert_int_equal(cm_buffer_size(a), cm_buffer_size(b));
    assert_memory_equal(cm_buffer_data(a), cm_buffer_data(b), (size_t)cm_buffer_size(a));
}

static cm_state *collect(cm_plan *plan, const cm_dataset *ds)
{
    cm_state *s;
    cm_error *err = cm_error_create();
    expect(cm_state_create(plan, &s, err), CM_OK, err);
    expect(cm_state_update(s, ds, NULL, err), CM_OK, err);
    cm_error_destroy(err);
    return s;
}

/* Result of the state equals that of the whole but for what the meta says. */
static void assert_same_tables(cm_context *ctx, const cm_result *a, const cm_result *b)
{
    char *ta = text_of(ctx, a), *tb = text_of(ctx, b);
    const char *fa = strstr(ta, "\"tables\""), *fb = strstr(tb, "\"tables\"");
    assert_non_null(fa);
    assert_string_equal(fa, fb);
    free(ta);
    free(tb);
}

static const char *const RUNS[][2] = { { "tiny_counts", "" },
                                       { "tiny_counts", "by=channel period=week" },
                                       { "tiny_segment", "" },
                                       { "tiny_segment", "by=channel" },
                                       { "tiny_parent", "" } };
enum { N_RUNS = sizeof RUNS / sizeof *RUNS };

static void parts_make_the_whole(void **state)
{
    (void)state;
    cm_context *ctx = open_context();
    cm_dataset *whole = open_shop(ctx, 0, 1);
    cm_error *err = cm_error_create();
    for (int run = 0; run < N_RUNS; run++) {
        cm_result *expected = run_kpi(ctx, whole, RUNS[run][0], RUNS[run][1]);
        cm_buffer *bytes[2] = { NULL, NULL };
        for (int order = 0; order < 2; order++) {
            cm_state *into = NULL;
            for (int i = 0; i < 3; i++) {
                cm_dataset *ds = open_shop(ctx, order ? 2 - i : i, 3);
                cm_plan *plan = make_plan(ctx, ds, RUNS[run][0], RUNS[run][1], NULL);
                cm_state *s = collect(plan, ds), *loaded;
                cm_buffer *b = save_state(ctx, s);
                expect(cm_state_load(ctx, cm_buffer_data(b), cm_buffer_size(b), &loaded, err),
                       CM_OK, err);
                cm_buffer *again = save_state(ctx, loaded);
                assert_same_bytes(b, again);
                if (into) expect(cm_state_merge(into, order ? s : loaded, err), CM_OK, err);
                if (into) expect(cm_state_merge(into, s, err), CM_ERR_MISMATCH, err);
                cm_state_destroy(into ? loaded : s);
                if (!into)
                    into = loaded;
                else
                    cm_state_destroy(s);
                cm_buffer_destroy(again);
                cm_buffer_destroy(b);
                cm_plan_destroy(plan);
                cm_dataset_destroy(ds);
            }
            cm_result *result;
            expect(cm_state_finalize(into, NULL, NULL, &result, err), CM_OK, err);
            assert_same_results(ctx, expected, result);
            cm_result_destroy(result);
            bytes[order] = save_state(ctx, into);
            cm_state_destroy(into);
        }
        assert_same_bytes(bytes[0], bytes[1]);
        cm_buffer_destroy(bytes[0]);
        cm_buffer_destroy(bytes[1]);
        cm_result_destroy(expected);
    }
    cm_error_destroy(err);
    cm_dataset_destroy(whole);
    close_context(ctx);
}

static void labels_travel_in_the_plan(void **state)
{
    (void)state;
    cm_context *ctx = open_context();
    cm_dataset *whole = open_shop(ctx, 0, 1);
    cm_error *err = cm_error_create();
    cm_result *expected = run_kpi(ctx, whole, "tiny_counts", "by=tiny_segment.segment"), *fit,
              *result;
    cm_model *model;
    fit = run_kpi(ctx, whole, "tiny_segment", "");
    expect(cm_result_model(fit, &model, err), CM_OK, err);
    cm_plan *plan = make_plan(ctx, whole, "tiny_counts", "by=tiny_segment.segment", model);
    cm_state *into = NULL;
    for (int i = 0; i < 2; i++) {
        cm_dataset *ds = open_shop(ctx, i, 2);
        cm_state *s = collect(plan, ds), *loaded;
        cm_buffer *b = save_state(ctx, s);
        expect(cm_state_load(ctx, cm_buffer_data(b), cm_buffer_size(b), &loaded, err), CM_OK, err);
        if (into) expect(cm_state_merge(into, loaded, err), CM_OK, err);
        if (into)
            cm_state_destroy(loaded);
        else
            into = loaded;
        cm_buffer_destroy(b);
        cm_state_destroy(s);
        cm_dataset_destroy(ds);
    }
    expect(cm_state_finalize(into, NULL, NULL, &result, err), CM_OK, err);
    assert_same_tables(ctx, expected, result);
    cm_result_destroy(result);
    cm_result_destroy(fit);
    cm_result_destroy(expected);
    cm_state_destroy(into);
    cm_plan_destroy(plan);
    cm_model_destroy(model);
    cm_error_destroy(err);
    cm_dataset_destroy(whole);
    close_context(ctx);
}

static void wrong_parts_are_refused(void **state)
{
    (void)state;
    cm_context *ctx = open_context();
    cm_dataset *whole = open_shop(ctx, 0, 1), *half = open_shop(ctx, 0, 2),
               *third = open_shop(ctx, 1, 3);
    cm_error *err = cm_error_create();
    cm_plan *plan = make_plan(ctx, whole, "tiny_counts", "", NULL),
            *other = make_plan(ctx, whole, "tiny_counts", "period=day", NULL);
    cm_state *s = collect(plan, half), *t = collect(other, whole);
    cm_buffer *before = save_state(ctx, s);
    expect(cm_state_update(s, half, NULL, err), CM_ERR_MISMATCH, err);
    assert_non_null(strstr(cm_error_message(err), "part 0 of 2"));
    expect(cm_state_update(s, third, NULL, err), CM_ERR_MISMATCH, err);
    expect(cm_state_update(s, whole, NULL, err), CM_ERR_MISMATCH, err);
    expect(cm_state_merge(s, t, err), CM_ERR_MISMATCH, err);
    expect(cm_state_merge(s, s, err), CM_ERR_MISMATCH, err);
    expect(cm_state_update(t, whole, NULL, err), CM_ERR_MISMATCH, err);
    cm_buffer *after = save_state(ctx, s);
    assert_same_bytes(before, after);
    cm_buffer_destroy(before);
    cm_buffer_destroy(after);
    cm_state_destroy(s);
    cm_state_destroy(t);
    cm_plan_destroy(plan);
    cm_plan_destroy(other);
    cm_dataset_destroy(whole);
    cm_dataset_destroy(half);
    cm_dataset_destroy(third);
    cm_error_destroy(err);
    close_context(ctx);
}

static void models_are_applied(void **state)
{
    (void)state;
    cm_context *ctx = open_context();
    cm_dataset *ds = open_shop(ctx, 0, 1), *half = open_shop(ctx, 1, 2);
    cm_error *err = cm_error_create();
    cm_result *fit = run_kpi(ctx, ds, "tiny_segment", "factor=1.5"), *r, *none = NULL;
    cm_model *model, *loaded;
    cm_params *p;
    cm_buffer *b, *again;
    char cut[128], cell[128];
    expect(cm_result_model(fit, &model, err), CM_OK, err);
    assert_string_equal(cm_model_kpi(model), "tiny_segment");
    expect(cm_buffer_create(ctx, &b, err), CM_OK, err);
    expect(cm_buffer_create(ctx, &again, err), CM_OK, err);
    expect(cm_model_save(model, b, err), CM_OK, err);
    expect(cm_model_load(ctx, cm_buffer_data(b), cm_buffer_size(b), &loaded, err), CM_OK, err);
    expect(cm_model_save(loaded, again, err), CM_OK, err);
    assert_same_bytes(b, again);
    /* On the same facts: the same tables. */
    expect(cm_model_apply(loaded, ds, NULL, NULL, &r, err), CM_OK, err);
    assert_same_results(ctx, fit, r);
    cm_result_destroy(r);
    /* On others: the fit's cut, not theirs. */
    get_cell(fit, "cuts", 0, "cut", cut);
    expect(cm_model_apply(loaded, half, NULL, NULL, &r, err), CM_OK, err);
    get_cell(r, "cuts", 0, "cut", cell);
    assert_string_equal(cell, cut);
    assert_true(n_rows(r, "customers") < n_rows(fit, "customers"));
    cm_result_destroy(r);
    expect(cm_model_params(loaded, &p, err), CM_OK, err);
    const char *text;
    expect(cm_params_get_text(p, "factor", &text, err), CM_OK, err);
    assert_string_equal(text, "1.5");
    expect(cm_params_set_text(p, "top", "2", err), CM_OK, err);
    expect(cm_params_set_text(p, "by", "channel", err), CM_OK, err);
    expect(cm_params_set_text(p, "as_of", "2024-02-01", err), CM_OK, err);
    expect(cm_model_apply(loaded, ds, p, NULL, &r, err), CM_OK, err);
    assert_int_equal(n_rows(r, "customers"), 2);
    cm_result_destroy(r);
    expect(cm_params_set_text(p, "factor", "2", err), CM_OK, err);
    expect(cm_model_apply(loaded, ds, p, NULL, &none, err), CM_ERR_OPTION, err);
    assert_string_equal(cm_error_option(err), "factor");
    cm_params_destroy(p);
    p = make_params(ctx, "tiny_counts", "");
    expect(cm_model_apply(loaded, ds, p, NULL, &none, err), CM_ERR_MISMATCH, err);
    cm_params_destroy(p);
    assert_null(none);
    cm_result_destroy(fit);
    fit = run_kpi(ctx, ds, "tiny_counts", "");
    cm_model *no_model = NULL;
    expect(cm_result_model(fit, &no_model, err), CM_ERR_UNSUPPORTED, err);
    assert_null(no_model);
    cm_result_destroy(fit);
    cm_model_destroy(model);
    cm_model_destroy(loaded);
    cm_buffer_destroy(b);
    cm_buffer_destroy(again);
    cm_dataset_destroy(ds);
    cm_dataset_destroy(half);
    cm_error_destroy(err);
    close_context(ctx);
}

/* A frozen model finalizes a state, too. */
static void finalize_takes_a_model(void **state)
{
    (void)state;
    cm_context *ctx = open_context();
    cm_dataset *ds = open_shop(ctx, 0, 1), *half = open_shop(ctx, 1, 2);
    cm_error *err = cm_error_create();
    cm_result *fit = run_kpi(ctx, ds, "tiny_segment", ""), *applied, *final;
    cm_model *model;
    expect(cm_result_model(fit, &model, err), CM_OK, err);
    cm_plan *plan = make_plan(ctx, half, "tiny_segment", "", NULL);
    cm_state *s = collect(plan, half);
    expect(cm_model_apply(model, half, NULL, NULL, &applied, err), CM_OK, err);
    expect(cm_state_finalize(s, model, NULL, &final, err), CM_OK, err);
    assert_same_tables(ctx, applied, final);
    cm_result_destroy(applied);
    cm_result_destroy(final);
    cm_result_destroy(fit);
    cm_model_destroy(model);
    cm_state_destroy(s);
    cm_plan_destroy(plan);
    cm_dataset_destroy(ds);
    cm_dataset_destroy(half);
    cm_error_destroy(err);
    close_context(ctx);
}

/* Damaged bytes whose checksum was put right. */
static void sign_again(uint8_t *bytes, size_t size)
{
    uint64_t hash = cmi_hash(bytes, size - 8);
    for (int i = 0; i < 8; i++) bytes[size - 8 + (size_t)i] = (uint8_t)(hash >> (8 * i));
}

static void hostile_bytes_are_refused(void **state)
{
    (void)state;
    cm_context *ctx;
    cm_context_options options = { .struct_size = sizeof options, .memory_limit = 128 << 20 };
    assert_int_equal(cm_context_create(&options, &ctx, NULL), CM_OK);
    cm_dataset *ds = open_shop(ctx, 0, 1);
    uint64_t x = 3;
    for (int run = 0; run < N_RUNS; run++) {
        cm_plan *plan = make_plan(ctx, ds, RUNS[run][0], RUNS[run][1], NULL);
        cm_state *s = collect(plan, ds);
        cm_buffer *b = save_state(ctx, s);
        size_t size = (size_t)cm_buffer_size(b);
        uint8_t *copy = malloc(size);
        for (int round = 0; round < 400; round++) {
            cm_state *loaded = NULL;
            memcpy(copy, cm_buffer_data(b), size);
            /* Plans are small: half of the damage goes there. */
            size_t where = round % 2 ? size : (size < 600 ? size : 600);
            for (int k = 0; k <= round % 4; k++)
                copy[20 + shop_random(&x) % (where - 28)] = (uint8_t)shop_random(&x);
            sign_again(copy, size);
            if (cm_state_load(ctx, copy, (int64_t)size, &loaded, NULL) == CM_OK) {
                cm_result *r = NULL;
                if (cm_state_finalize(loaded, NULL, NULL, &r, NULL) == CM_OK) cm_result_destroy(r);
                cm_state_destroy(loaded);
            }
        }
        free(copy);
        cm_buffer_destroy(b);
        cm_state_destroy(s);
        cm_plan_destroy(plan);
    }
    cm_dataset_destroy(ds);
    close_context(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_make_the_whole),    cmocka_unit_test(labels_travel_in_the_plan),
        cmocka_unit_test(wrong_parts_are_refused), cmocka_unit_test(models_are_applied),
        cmocka_unit_test(finalize_takes_a_model),  cmocka_unit_test(hostile_bytes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
