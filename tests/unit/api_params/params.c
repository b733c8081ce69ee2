/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <custmetrics/custmetrics.h>
#include "cm_test.h"

#include "data/catalog.h"
#include "data/params.h"

/* A KPI with an option of every type; registered by this program alone. */
typedef struct all_options {
    cmi_common common;
    bool flag;
    int64_t count;
    double share;
    const char *title;
    int32_t mode;
    cmi_duration window;
    cmi_durations windows;
    int64_t moment;
    cmi_list ages;
    cmi_flist weights;
    cmi_texts features;
    cmi_map parts;
    cmi_selector of;
    cmi_steps steps;
    cmi_nested nested;
} all_options;

static const cmi_option OPTIONS[] = {
    CMI_OPT_COMMON(all_options, common, CMI_HAS_PERIOD | CMI_HAS_BY | CMI_HAS_CONFIDENCE, "month"),
    CMI_OPT(BOOL, all_options, flag, "flag", "false", NULL, "", ""),
    CMI_OPT(INT, all_options, count, "count", "3", "1..9", "", ""),
    CMI_OPT(NUMBER, all_options, share, "share", NULL, "(0..1)", "", ""),
    CMI_OPT(TEXT, all_options, title, "title", NULL, NULL, "", ""),
    CMI_OPT(CHOICE, all_options, mode, "mode", "net", "net|gross|!both", "", ""),
    CMI_OPT(DURATION, all_options, window, "window", "7d", NULL, "", ""),
    CMI_OPT(DURATIONS, all_options, windows, "windows", NULL, NULL, "", ""),
    CMI_OPT(DATE, all_options, moment, "moment", NULL, NULL, "", ""),
    CMI_OPT(INTS, all_options, ages, "ages", "1,7", NULL, "", ""),
    CMI_OPT(NUMBERS, all_options, weights, "weights", NULL, NULL, "", ""),
    CMI_OPT(TEXTS, all_options, features, "features", NULL, NULL, "", ""),
    CMI_OPT(MAP, all_options, parts, "parts", NULL, NULL, "", ""),
    CMI_OPT(SELECTOR, all_options, of, "of", "any", NULL, "", ""),
    CMI_OPT(STEPS, all_options, steps, "steps", NULL, NULL, "", ""),
    CMI_OPT(NESTED, all_options, nested, "kpi", NULL, NULL, "", ""),
    CMI_OPT_END
};
static const cmi_kpi ALL = { .id = "all_test",
                             .version = 1,
                             .facts = "",
                             .label = "",
                             .options = OPTIONS,
                             .options_size = sizeof(all_options) };
extern const cmi_kpi *const cmi_extra_kpis[];
const cmi_kpi *const cmi_extra_kpis[] = { &ALL, NULL };

static cm_context *ctx;
static cm_error *err;
static cm_params *params;

static void text_is(const char *option, const char *expected)
{
    const char *text = NULL;
    assert_int_equal(cm_params_get_text(params, option, &text, err), CM_OK);
    assert_string_equal(text, expected);
}

static void refused(cm_status status, cm_status expected, const char *option, const char *part)
{
    assert_int_equal(status, expected);
    assert_int_equal(cm_error_status(err), expected);
    assert_string_equal(cm_error_option(err), option);
    if (!strstr(cm_error_message(err), part))
        print_error("no '%s' in: %s\n", part, cm_error_message(err));
    assert_non_null(strstr(cm_error_message(err), part));
}

static void test_create(void **state)
{
    cm_params *other = NULL;
    (void)state;
    assert_int_equal(cm_params_create(ctx, "all_tset", &other, err), CM_ERR_NOT_FOUND);
    assert_non_null(strstr(cm_error_hint(err), "all_test"));
    assert_int_equal(cm_params_create(NULL, "all_test", &other, err), CM_ERR_ARG);
    assert_int_equal(cm_params_create(ctx, NULL, &other, err), CM_ERR_ARG);
    assert_int_equal(cm_params_create(ctx, "all_test", NULL, err), CM_ERR_ARG);
    assert_null(other);
    cm_params_destroy(NULL);
}

static void test_text(void **state)
{
    (void)state;
    text_is("count", "3");
    text_is("share", "");
    text_is("period", "month");
    text_is("confidence", "0.95");
    text_is("as_of", "");
    assert_int_equal(cm_params_set_text(params, "count", "5", err), CM_OK);
    assert_string_equal(cm_error_message(err), "");
    text_is("count", "5");
    refused(cm_params_set_text(params, "count", "50", err), CM_ERR_OPTION, "count",
            "count=50: '50' is outside 1..9");
    text_is("count", "5");
    refused(cm_params_set_text(params, "count", "", err), CM_ERR_OPTION, "count",
            "the default is 3");
    assert_int_equal(cm_params_set_text(params, "count", NULL, err), CM_OK);
    text_is("count", "3");
    assert_int_equal(cm_params_set_text(params, "share", ".50", err), CM_OK);
    text_is("share", "0.5");
    assert_int_equal(cm_params_set_text(params, "share", "", err), CM_OK);
    text_is("share", "");
    refused(cm_params_set_text(params, "cuont", "5", err), CM_ERR_NOT_FOUND, "cuont",
            "no option 'cuont'");
    assert_non_null(strstr(cm_error_hint(err), "count"));
    refused(cm_params_set_text(params, "mode", "both", err), CM_ERR_UNSUPPORTED, "mode",
            "mode=both");
    refused(cm_params_set_text(params, "seed", "1", err), CM_ERR_NOT_FOUND, "seed", "seed");
    refused(cm_params_set_text(params, "tz", "Mars/Olympus", err), CM_ERR_NOT_FOUND, "tz",
            "tz=Mars/Olympus");
    assert_int_equal(cm_params_set_text(params, "kpi.period", "week", err), CM_OK);
    text_is("kpi.period", "week");
    text_is("kpi.other", "");
    refused(cm_params_set_text(params, "kpi", "week", err), CM_ERR_NOT_FOUND, "kpi",
            "no option 'kpi'");
    refused(cm_params_set_text(params, "kpi.", "week", err), CM_ERR_NOT_FOUND, "kpi.", "kpi.");
    assert_int_equal(cm_params_set_text(params, NULL, "1", err), CM_ERR_ARG);
    assert_int_equal(cm_params_get_text(params, "count", NULL, err), CM_ERR_ARG);
}

static void test_numbers(void **state)
{
    (void)state;
    assert_int_equal(cm_params_set_i64(params, "count", 7, err), CM_OK);
    text_is("count", "7");
    refused(cm_params_set_i64(params, "count", 77, err), CM_ERR_OPTION, "count", "outside 1..9");
    assert_int_equal(cm_params_set_i64(params, "moment", INT64_C(1711879200000000), err), CM_OK);
    text_is("moment", "2024-03-31T10:00:00Z");
    refused(cm_params_set_i64(params, "moment", INT64_MAX, err), CM_ERR_OPTION, "moment", "years");
    refused(cm_params_set_i64(params, "window", 7, err), CM_ERR_OPTION, "window", "whole number");
    assert_int_equal(cm_params_set_i64(params, "ages", 7, err), CM_OK);
    text_is("ages", "7");
    assert_int_equal(cm_params_set_f64(params, "share", 0.1, err), CM_OK);
    text_is("share", "0.1");
    assert_int_equal(cm_params_set_f64(params, "share", 1.0 / 3.0, err), CM_OK);
    text_is("share", "0.3333333333333333");
    refused(cm_params_set_f64(params, "share", 1, err), CM_ERR_OPTION, "share", "outside (0..1)");
    refused(cm_params_set_f64(params, "share", NAN, err), CM_ERR_OPTION, "share", "finite");
    assert_int_equal(cm_params_set_f64(params, "count", 4, err), CM_OK);
    text_is("count", "4");
    refused(cm_params_set_f64(params, "count", 4.5, err), CM_ERR_OPTION, "count", "fraction");
    assert_int_equal(cm_params_set_bool(params, "flag", true, err), CM_OK);
    text_is("flag", "true");
    refused(cm_params_set_bool(params, "count", true, err), CM_ERR_OPTION, "count",
            "true or false");
    assert_int_equal(cm_params_set_bool(params, "kpi.flag", false, err), CM_OK);
    text_is("kpi.flag", "false");
}

static void test_lists(void **state)
{
    const char *names[] = { "a,b", "say \"x\"", " c ", "" };
    const char *steps[] = { "visit", "trial_free|trial_paid", "\"a,b\"" };
    const char *two[] = { "a,b", "c" };
    const char *groups[] = { "age:18,25", "channel" };
    const char *ages[] = { "1", "30" };
    (void)state;
    assert_int_equal(cm_params_set_list(params, "features", names, 4, err), CM_OK);
    text_is("features", "\"a,b\",\"say \"\"x\"\"\",\" c \",\"\"");
    assert_int_equal(cm_params_set_list(params, "steps", steps, 3, err), CM_OK);
    text_is("steps", "visit,trial_free|trial_paid,\"a,b\"");
    refused(cm_params_set_list(params, "steps", two, 2, err), CM_ERR_OPTION, "steps",
            "'a,b' is more than one");
    text_is("steps", "visit,trial_free|trial_paid,\"a,b\"");
    assert_int_equal(cm_params_set_list(params, "by", groups, 2, err), CM_OK);
    text_is("by", "age:18,25,channel");
    assert_int_equal(cm_params_set_list(params, "ages", ages, 2, err), CM_OK);
    text_is("ages", "1,30");
    assert_int_equal(cm_params_set_list(params, "mode", (const char *[]){ "gross" }, 1, err),
                     CM_OK);
    text_is("mode", "gross");
    refused(cm_params_set_list(params, "mode", two, 2, err), CM_ERR_OPTION, "mode", "a list");
    refused(cm_params_set_list(params, "ages", NULL, 0, err), CM_ERR_OPTION, "ages",
            "the default is 1,7");
    assert_int_equal(cm_params_set_list(params, "features", NULL, 0, err), CM_OK);
    text_is("features", "");
    assert_int_equal(cm_params_set_list(params, "features", NULL, 2, err), CM_ERR_ARG);
    assert_int_equal(cm_params_set_list(params, "features", (const char *[]){ NULL }, 1, err),
                     CM_ERR_ARG);
}

static void test_where(void **state)
{
    const char *values[] = { "a,b", "null", NULL, "!x" };
    (void)state;
    assert_int_equal(cm_params_add_where(params, "channel", values, 4, true, err), CM_OK);
    text_is("where", "!channel:null|\"!x\"|\"a,b\"|\"null\"");
    assert_int_equal(cm_params_add_where(params, "age group", NULL, 0, false, err), CM_OK);
    assert_int_equal(cm_params_add_where(params, "a:b", values, 1, false, err), CM_OK);
    assert_int_equal(cm_params_add_where(params, "orders.channel", values + 1, 1, false, err),
                     CM_OK);
    assert_int_equal(cm_params_add_where(params, "my.name", values + 1, 1, false, err), CM_OK);
    text_is("where", "\"a:b\":\"a,b\",age group:null,!channel:null|\"!x\"|\"a,b\"|\"null\","
                     "orders.channel:\"null\",\"my.name\":\"null\"");
    assert_int_equal(cm_params_add_where(params, "", NULL, 0, false, err), CM_ERR_ARG);
    assert_int_equal(cm_params_add_where(params, NULL, NULL, 0, false, err), CM_ERR_ARG);
}

static void test_copy(void **state)
{
    cm_params *copy;
    const char *text;
    (void)state;
    assert_int_equal(cm_params_set_text(params, "kpi.z", "1", err), CM_OK);
    assert_int_equal(cm_params_set_text(params, "count", "8", err), CM_OK);
    assert_int_equal(cm_params_copy(params, &copy, err), CM_OK);
    assert_int_equal(cm_params_set_text(params, "count", "9", err), CM_OK);
    assert_int_equal(cm_params_get_text(copy, "count", &text, err), CM_OK);
    assert_string_equal(text, "8");
    assert_int_equal(cm_params_get_text(copy, "kpi.z", &text, err), CM_OK);
    assert_string_equal(text, "1");
    cm_params_destroy(copy);
    assert_int_equal(cm_params_copy(NULL, &copy, err), CM_ERR_ARG);
}

/* A failed set leaves the params as they were, whichever allocation failed: the limit is met. */
static void test_memory_limit(void **state)
{
    cm_context_options options = { .struct_size = sizeof options, .memory_limit = 6000 };
    cm_context *small;
    cm_params *p;
    const char *text;
    static char long_text[9000];
    (void)state;
    memset(long_text, 'x', sizeof long_text - 1);
    assert_int_equal(cm_context_create(&options, &small, err), CM_OK);
    assert_int_equal(cm_params_create(small, "all_test", &p, err), CM_OK);
    assert_int_equal(cm_params_set_text(p, "title", "short", err), CM_OK);
    assert_int_equal(cm_params_set_text(p, "title", long_text, err), CM_ERR_LIMIT);
    assert_int_equal(cm_params_get_text(p, "title", &text, err), CM_OK);
    assert_string_equal(text, "short");
    cm_params_destroy(p);
    assert_int_equal(cm_context_memory(small), 0);
    cm_context_destroy(small);
}

static int open_params(void **state)
{
    (void)state;
    err = cm_error_create();
    assert_int_equal(cm_context_create(NULL, &ctx, err), CM_OK);
    assert_int_equal(cm_params_create(ctx, "all_test", &params, err), CM_OK);
    return 0;
}

static int close_params(void **state)
{
    (void)state;
    cm_params_destroy(params);
    assert_int_equal(cm_context_memory(ctx), 0);
    cm_context_destroy(ctx);
    cm_error_destroy(err);
    return 0;
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, open_params, close_params)

int main(void)
{
    const struct CMUnitTest tests[] = { TEST(test_create),      TEST(test_text),
                                        TEST(test_numbers),     TEST(test_lists),
                                        TEST(test_where),       TEST(test_copy),
                                        TEST(test_memory_limit) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
