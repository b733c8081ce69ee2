/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include <custmetrics/custmetrics.h>

#include "cm_test.h"
#include "facts.h"

/* Segments and ages as groups and as filters, on random facts of every table: what `where` chooses
 * is what `by` shows apart, for one process and for parts. */

typedef struct fixture {
    cm_context *ctx;
    fact_set *facts;
    cm_dataset *dataset;
    cm_error *err;
} fixture;

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    assert_int_equal(cm_context_create(NULL, &f->ctx, NULL), CM_OK);
    f->err = cm_error_create();
    f->facts = facts_make(77);
    assert_int_equal(facts_load(f->ctx, f->facts, FACTS_ONLY, NULL, &f->dataset, NULL), CM_OK);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    cm_dataset_destroy(f->dataset);
    facts_free(f->facts);
    cm_error_destroy(f->err);
    assert_int_equal(cm_context_memory(f->ctx), 0);
    cm_context_destroy(f->ctx);
    free(f);
    return 0;
}

static void expect(const fixture *f, cm_status status, cm_status wanted, const char *what)
{
    if (status != wanted)
        print_error("%s: %s: %s\n", what, cm_status_name(status), cm_error_message(f->err));
    assert_int_equal(status, wanted);
}

/* Options with blanks between; a blank within is written ~. */
static cm_params *make_params(const fixture *f, const char *kpi, const char *options)
{
    cm_params *params;
    char copy[512], *rest = copy, *word;
    expect(f, cm_params_create(f->ctx, kpi, &params, f->err), CM_OK, kpi);
    snprintf(copy, sizeof copy, "%s", options);
    while ((word = strtok_r(rest, " ", &rest))) {
        char *value = strchr(word, '=');
        *value++ = '\0';
        for (char *p = value; (p = strchr(p, '~'));) *p = ' ';
        expect(f, cm_params_set_text(params, word, value, f->err), CM_OK, options);
    }
    return params;
}

static cm_result *run(const fixture *f, const char *kpi, const char *options)
{
    cm_result *result;
    cm_params *params = make_params(f, kpi, options);
    expect(f, cm_kpi_run(f->ctx, f->dataset, params, NULL, &result, f->err), CM_OK, options);
    cm_params_destroy(params);
    return result;
}

static void refuse(const fixture *f, const char *kpi, const char *options, cm_status wanted,
                   const char *message)
{
    cm_result *result;
    cm_params *params = make_params(f, kpi, options);
    expect(f, cm_kpi_run(f->ctx, f->dataset, params, NULL, &result, f->err), wanted, options);
    if (!strstr(cm_error_message(f->err), message))
        fail_msg("'%s' does not say '%s'", cm_error_message(f->err), message);
    cm_params_destroy(params);
}

/* A table without its header, as text to free. */
static char *rows_of(const fixture *f, const cm_result *result, const char *table)
{
    const cm_table *t;
    cm_buffer *csv;
    expect(f, cm_result_table(result, table, &t, f->err), CM_OK, table);
    expect(f, cm_buffer_create(f->ctx, &csv, f->err), CM_OK, table);
    expect(f, cm_table_csv(t, csv, f->err), CM_OK, table);
    size_t size = (size_t)cm_buffer_size(csv);
    char *text = calloc(1, size + 1);
    memcpy(text, cm_buffer_data(csv), size);
    cm_buffer_destroy(csv);
    char *body = strdup(strchr(text, '\n') + 1);
    free(text);
    return body;
}

static char *run_rows(const fixture *f, const char *kpi, const char *options, const char *table)
{
    cm_result *result = run(f, kpi, options);
    char *rows = rows_of(f, result, table);
    cm_result_destroy(result);
    return rows;
}

/* Rows whose first cell is `key`, without that cell; to free. */
static char *rows_with(const char *rows, const char *key)
{
    char *out = calloc(strlen(rows) + 1, 1);
    size_t n = strlen(key), used = 0;
    for (const char *p = rows; *p;) {
        size_t line = strcspn(p, "\n") + 1;
        if (strncmp(p, key, n) == 0 && p[n] == ',') {
            memcpy(out + used, p + n + 1, line - n - 1);
            used += line - n - 1;
        }
        p += line;
    }
    return out;
}

/* Rows of groups that have no customer but the one asked for stand in a filtered result as zeros.
 */
static void assert_chosen(const fixture *f, const char *by, const char *key, const char *where,
                          const char *more)
{
    char options[300];
    snprintf(options, sizeof options, "by=%s %s", by, more);
    char *all = run_rows(f, "purchase", options, "periods"), *wanted = rows_with(all, key);
    snprintf(options, sizeof options, "where=%s %s", where, more);
    char *rows = run_rows(f, "purchase", options, "periods");
    if (!*wanted) fail_msg("by=%s %s has no '%s'", by, more, key);
    assert_string_equal(rows, wanted);
    snprintf(options, sizeof options, "by=%s where=%s %s", by, where, more);
    char *both = run_rows(f, "purchase", options, "periods"), *same = rows_with(both, key);
    assert_string_equal(same, wanted);
    free(all);
    free(wanted);
    free(rows);
    free(both);
    free(same);
}

static void where_chooses_what_by_shows(void **state)
{
    const fixture *f = *state;
    static const char *const windows[] = { "from=2024-02-01 to=2024-05-01", "as_of=2024-06-01",
                                           "from=2024-02-01 segment_at=as_of period=month" };
    for (int i = 0; i < 3; i++) {
        assert_chosen(f, "rfm.segment", "Champions", "rfm.segment:Champions", windows[i]);
        assert_chosen(f, "rfm.segment", "", "rfm.segment:null", windows[i]);
        assert_chosen(f, "nps.class", "promoter", "nps.class:promoter", windows[i]);
        assert_chosen(f, "age:25,35", "25..35", "age:25..35", windows[i]);
        assert_chosen(f, "age:25,35", "<25", "age:..25", windows[i]);
        assert_chosen(f, "age:25,35", ">=35", "customers.age:35..", windows[i]);
        assert_chosen(f, "age:25,35", "", "age:null", windows[i]);
        assert_chosen(f, "signed_up:1d,44w", "1d..44w", "signed_up:1d..44w", windows[i]);
    }
}

static void several_segments_at_once(void **state)
{
    const fixture *f = *state;
    const char *window = "from=2024-02-01 segment_at=as_of";
    char options[200];
    snprintf(options, sizeof options, "by=rfm.segment,nps.class %s", window);
    char *all = run_rows(f, "purchase", options, "periods"), *part = rows_with(all, "At Risk"),
         *wanted = rows_with(part, "passive");
    snprintf(options, sizeof options, "where=rfm.segment:At~Risk,nps.class:passive %s", window);
    char *rows = run_rows(f, "purchase", options, "periods");
    assert_true(*wanted != '\0');
    assert_string_equal(rows, wanted);
    free(rows);
    snprintf(options, sizeof options, "where=nps.class:passive by=rfm.segment %s", window);
    char *mixed = run_rows(f, "purchase", options, "periods");
    rows = rows_with(mixed, "At Risk");
    assert_string_equal(rows, wanted);
    free(rows);
    free(mixed);
    free(wanted);
    free(part);
    free(all);
}

static void children_take_segments_from_their_parent(void **state)
{
    const fixture *f = *state;
    const char *window = "period=month from=2024-02-01 to=2024-06-01";
    char options[200];
    snprintf(options, sizeof options, "kpi=purchase kpi.by=rfm.segment %s", window);
    char *all = run_rows(f, "trend", options, "series"), *rows = rows_with(all, "revenue"),
         *wanted = rows_with(rows, "Champions");
    free(rows);
    snprintf(options, sizeof options, "kpi=purchase where=rfm.segment:Champions %s", window);
    char *chosen = run_rows(f, "trend", options, "series");
    rows = rows_with(chosen, "revenue");
    assert_true(*wanted != '\0');
    assert_string_equal(rows, wanted);
    free(rows);
    free(chosen);
    free(wanted);
    free(all);
}

static void what_cannot_be_is_refused(void **state)
{
    const fixture *f = *state;
    cm_params *params = make_params(f, "purchase", "");
    expect(f, cm_params_set_text(params, "segment_at", "each_period", f->err), CM_ERR_UNSUPPORTED,
           "each_period");
    assert_non_null(strstr(cm_error_message(f->err), "each_period"));
    expect(f, cm_params_set_text(params, "where", "rfm.cluster:1", f->err), CM_ERR_OPTION, "label");
    assert_non_null(strstr(cm_error_message(f->err), "rfm.segment"));
    expect(f, cm_params_set_text(params, "where", "purchase.segment:1", f->err), CM_ERR_OPTION,
           "none");
    cm_params_destroy(params);
    params = make_params(f, "active_users", "");
    expect(f, cm_params_set_text(params, "of", "any;rfm.segment:Lost", f->err), CM_ERR_UNSUPPORTED,
           "selector");
    assert_non_null(strstr(cm_error_message(f->err), "where and by only"));
    cm_params_destroy(params);
    refuse(f, "purchase", "where=age:young..old", CM_ERR_OPTION, "age:18..35");
    refuse(f, "purchase", "where=age:18", CM_ERR_OPTION, "age:18..35");
    refuse(f, "purchase", "where=orders.age:1..2", CM_ERR_NOT_FOUND, "age");
    refuse(f, "purchase", "where=rfm.segment:Lost unit=device", CM_ERR_UNSUPPORTED, "unit=device");
}

/* add_where takes names as they are, yet knows segments. */
static void a_condition_may_be_added(void **state)
{
    const fixture *f = *state;
    static const char *const champions[] = { "Champions", "Can't Lose Them" };
    const char *text;
    cm_params *params = make_params(f, "purchase", "");
    expect(f, cm_params_add_where(params, "rfm.segment", champions, 2, false, f->err), CM_OK,
           "add");
    expect(f, cm_params_add_where(params, "rfm.other", champions, 1, false, f->err), CM_OK, "add");
    expect(f, cm_params_get_text(params, "where", &text, f->err), CM_OK, "text");
    assert_string_equal(text, "\"rfm.other\":Champions,rfm.segment:Can't Lose Them|Champions");
    cm_params_destroy(params);
}

/* ---- parts ---- */

static cm_plan *plan_with(const fixture *f, const char *kpi, const char *options,
                          const cm_model *const *labels, int32_t n)
{
    cm_params *params = make_params(f, kpi, options);
    cm_extent *extent;
    cm_plan *plan;
    expect(f, cm_extent_create(f->dataset, &extent, f->err), CM_OK, kpi);
    expect(f, cm_plan_create_labelled(f->ctx, params, extent, labels, n, &plan, f->err), CM_OK,
           options);
    cm_extent_destroy(extent);
    cm_params_destroy(params);
    return plan;
}

/* Both halves of the customers, each collected and saved for itself. */
static cm_result *run_parts(const fixture *f, cm_plan *plan)
{
    cm_state *sum = NULL;
    cm_result *result;
    for (int32_t i = 0; i < 2; i++) {
        cm_dataset_options options = {
            .struct_size = sizeof options, .scale = -1, .partition = i, .n_partitions = 2
        };
        cm_dataset *part;
        cm_state *s, *loaded;
        cm_buffer *bytes;
        expect(f, facts_load(f->ctx, f->facts, FACTS_ONLY, &options, &part, f->err), CM_OK, "part");
        expect(f, cm_state_create(plan, &s, f->err), CM_OK, "state");
        expect(f, cm_state_update(s, part, NULL, f->err), CM_OK, "update");
        expect(f, cm_buffer_create(f->ctx, &bytes, f->err), CM_OK, "buffer");
        expect(f, cm_state_save(s, bytes, f->err), CM_OK, "save");
        expect(f,
               cm_state_load(f->ctx, cm_buffer_data(bytes), cm_buffer_size(bytes), &loaded, f->err),
               CM_OK, "load");
        if (sum) expect(f, cm_state_merge(sum, loaded, f->err), CM_OK, "merge");
        if (sum) cm_state_destroy(loaded);
        if (!sum) sum = loaded;
        cm_buffer_destroy(bytes);
        cm_state_destroy(s);
        cm_dataset_destroy(part);
    }
    expect(f, cm_state_finalize(sum, NULL, NULL, &result, f->err), CM_OK, "finalize");
    cm_state_destroy(sum);
    return result;
}

/* Round one: the segmentation at segment_at of round two. */
static cm_model *fit_parts(const fixture *f, const char *kpi)
{
    cm_model *model;
    cm_plan *plan = plan_with(f, kpi, "as_of=2024-03-01", NULL, 0);
    cm_result *result = run_parts(f, plan);
    expect(f, cm_result_model(result, &model, f->err), CM_OK, kpi);
    cm_result_destroy(result);
    cm_plan_destroy(plan);
    return model;
}

static void a_cluster_takes_two_rounds(void **state)
{
    const fixture *f = *state;
    const char *options = "from=2024-03-01 period=month by=nps.class where=rfm.segment:Champions";
    cm_model *rfm = fit_parts(f, "rfm"), *nps = fit_parts(f, "nps");
    const cm_model *both[] = { rfm, nps };
    char *wanted = run_rows(f, "purchase", options, "periods");
    cm_plan *plan = plan_with(f, "purchase", options, both, 2), *unmade = NULL;
    cm_result *result = run_parts(f, plan);
    char *rows = rows_of(f, result, "periods");
    assert_string_equal(rows, wanted);
    cm_result_destroy(result);
    cm_params *params = make_params(f, "purchase", options);
    expect(f, cm_plan_create_labelled(f->ctx, params, NULL, both, -1, &unmade, f->err), CM_ERR_ARG,
           "negative");
    expect(f, cm_plan_create_labelled(f->ctx, params, NULL, NULL, 1, &unmade, f->err), CM_ERR_ARG,
           "NULL");
    cm_params_destroy(params);
    params = make_params(f, "purchase", "from=2024-03-01 as_of=2024-05-01");
    expect(f, cm_plan_create(f->ctx, params, NULL, rfm, &unmade, f->err), CM_ERR_MISMATCH,
           "nobody asks");
    cm_params_destroy(params);
    params = make_params(f, "purchase", "from=2024-03-01 as_of=2024-05-01 where=nps.class:passive");
    expect(f, cm_plan_create(f->ctx, params, NULL, NULL, &unmade, f->err), CM_ERR_OPTION, "none");
    assert_string_equal(cm_error_option(f->err), "where");
    expect(f, cm_plan_create(f->ctx, params, NULL, rfm, &unmade, f->err), CM_ERR_MISMATCH, "other");
    cm_params_destroy(params);
    assert_null(unmade);
    free(rows);
    free(wanted);
    cm_plan_destroy(plan);
    cm_model_destroy(rfm);
    cm_model_destroy(nps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_chooses_what_by_shows),
        cmocka_unit_test(several_segments_at_once),
        cmocka_unit_test(children_take_segments_from_their_parent),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(a_condition_may_be_added),
        cmocka_unit_test(a_cluster_takes_two_rounds),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
