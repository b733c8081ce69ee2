/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <custmetrics/custmetrics.h>
#include "cm_test.h"

#include "data/catalog.h"
#include "data/dataset.h"
#include "data/params.h"
#include "kpi/compat.h"

/* Presets and descriptors fit each other, for every KPI that is registered. */

static cm_context *ctx;
static cm_error *err;

static bool offers(const cmi_kpi *kpi, const char *option, const char *preset)
{
    cmi_option o;
    if (!cmi_option_find(kpi, option, &o)) return false;
    const char *at = strstr(o.range, preset);
    size_t n = strlen(preset);
    return at && (at == o.range || at[-1] == '|') && (at[n] == '|' || !at[n]);
}

static void test_every_row_can_be_read(void **state)
{
    (void)state;
    for (int32_t i = 0; i < cmi_preset_count(); i++) {
        const cmi_preset *p = cmi_preset_get(i);
        for (int32_t k = 0; k < cmi_registry_count(); k++) {
            const cmi_kpi *kpi = cmi_registry_get(k);
            cmi_option o;
            bool chosen = offers(kpi, "compat", p->preset) || offers(kpi, "business", p->preset);
            const char *text = cmi_preset_text(p->preset, kpi->id, p->option);
            if (!chosen || !text || !cmi_option_find(kpi, p->option, &o)) continue;
            cm_params *params;
            assert_int_equal(cm_params_create(ctx, kpi->id, &params, err), CM_OK);
            cm_status status = cm_params_set_text(params, p->option, text, err);
            if (status != CM_OK)
                print_error("%s %s: %s\n", p->preset, kpi->id, cm_error_message(err));
            assert_int_equal(status, CM_OK);
            cm_params_destroy(params);
        }
    }
    assert_null(cmi_preset_get(-1));
    assert_null(cmi_preset_get(cmi_preset_count()));
}

static void test_every_preset_can_be_chosen(void **state)
{
    static const char *const common[] = { "compat", "business" };
    static const cmi_option options[] = { { "common", CMI_T_COMMON, 0, "all", NULL, "", "",
                                            CMI_HAS_COMPAT | CMI_HAS_BUSINESS },
                                          CMI_OPT_END };
    const cmi_kpi kpi = { .id = "x", .options = options };
    (void)state;
    for (int32_t i = 0; i < cmi_preset_count(); i++) {
        const cmi_preset *p = cmi_preset_get(i);
        assert_true(offers(&kpi, common[0], p->preset) != offers(&kpi, common[1], p->preset));
        assert_int_equal(p->source != NULL, offers(&kpi, "compat", p->preset));
    }
}

static void test_lookup(void **state)
{
    (void)state;
    assert_string_equal(cmi_preset_text("shop", "churn_rate", "of"), "orders");
    assert_null(cmi_preset_text("shop", "metric", "of"));
    assert_string_equal(cmi_preset_text("stripe", "churn_rate", "denominator"), "start_plus_new");
    assert_null(cmi_preset_text("stripe", "funnel", "window"));
    assert_null(cmi_preset_text("nobody", "funnel", "window"));
}

/* Defaults are texts too: each must read as what it is. */
static void test_every_default_can_be_read(void **state)
{
    cmi_option o;
    (void)state;
    for (int32_t k = 0; k < cmi_registry_count(); k++) {
        const cmi_kpi *kpi = cmi_registry_get(k);
        cm_params *params;
        assert_int_equal(cm_params_create(ctx, kpi->id, &params, err), CM_OK);
        for (int32_t i = 0; cmi_option_at(kpi, i, &o); i++) {
            cmi_option same;
            if (o.type == CMI_T_NESTED) continue;
            assert_true(cmi_option_find(kpi, o.name, &same));
            if (same.type != o.type) print_error("%s: '%s' is there twice\n", kpi->id, o.name);
            assert_int_equal(same.type, o.type);
            if (!o.fallback) continue;
            cm_status status = cm_params_set_text(params, o.name, o.fallback, err);
            if (status != CM_OK) print_error("%s: %s\n", kpi->id, cm_error_message(err));
            assert_int_equal(status, CM_OK);
        }
        cm_params_destroy(params);
    }
}

/* "name=value name=\"a b\"": the options of a descriptor's example. */
static cm_status set_example(cm_params *params, const char *example)
{
    char name[64], value[256];
    while (*example) {
        size_t n = strcspn(example, "="), length = 0;
        bool quoted = false;
        assert_true(n < sizeof name && example[n]);
        memcpy(name, example, n);
        name[n] = '\0';
        for (example += n + 1; *example && (quoted || *example != ' '); example++) {
            quoted ^= *example == '"';
            assert_true(length + 1 < sizeof value);
            value[length++] = *example;
        }
        value[length] = '\0';
        while (*example == ' ') example++;
        cm_status status = cm_params_set_text(params, name, value, err);
        if (status != CM_OK) return status;
    }
    return CM_OK;
}

static cm_status plan_example(const cmi_kpi *kpi, cm_params *params, const cm_extent *extent)
{
    cm_plan *plan = NULL, *loaded = NULL;
    cm_buffer *bytes;
    cm_status status = set_example(params, kpi->example);
    if (status == CM_OK) status = cm_plan_create(ctx, params, extent, NULL, &plan, err);
    if (status != CM_OK) return status;
    assert_int_equal(cm_buffer_create(ctx, &bytes, err), CM_OK);
    assert_int_equal(cm_plan_save(plan, bytes, err), CM_OK);
    status = cm_plan_load(ctx, cm_buffer_data(bytes), cm_buffer_size(bytes), &loaded, err);
    if (status == CM_OK) assert_true(cm_plan_hash(loaded) == cm_plan_hash(plan));
    cm_plan_destroy(loaded);
    cm_plan_destroy(plan);
    cm_buffer_destroy(bytes);
    return status;
}

/* Every registered KPI's example can be planned, saved and loaded to the same hash. */
static void test_every_example_can_be_planned(void **state)
{
    cm_extent extent = { .scale = 4, .tz = "UTC" };
    (void)state;
    for (int f = 0; f < CMI_N_FACTS; f++) {
        extent.given[f] = true;
        extent.min[f] = INT64_C(1704103200000000);
        extent.max[f] = extent.min[f] + 180 * CMI_DAY;
    }
    for (int32_t k = 0; k < cmi_registry_count(); k++) {
        const cmi_kpi *kpi = cmi_registry_get(k);
        cm_params *params;
        assert_int_equal(cm_params_create(ctx, kpi->id, &params, err), CM_OK);
        cm_status status = plan_example(kpi, params, &extent);
        cm_params_destroy(params);
        /* Labels need a model, which only a run makes. */
        if (status == CM_ERR_OPTION && strcmp(cm_error_option(err), "by") == 0) continue;
        if (status != CM_OK) print_error("%s: %s\n", kpi->id, cm_error_message(err));
        assert_int_equal(status, CM_OK);
    }
    assert_int_equal(cm_context_memory(ctx), 0);
}

static int open_context(void **state)
{
    (void)state;
    err = cm_error_create();
    return cm_context_create(NULL, &ctx, err) != CM_OK;
}

static int close_context(void **state)
{
    (void)state;
    cm_context_destroy(ctx);
    cm_error_destroy(err);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_every_row_can_be_read),
                                        cmocka_unit_test(test_every_preset_can_be_chosen),
                                        cmocka_unit_test(test_lookup),
                                        cmocka_unit_test(test_every_default_can_be_read),
                                        cmocka_unit_test(test_every_example_can_be_planned) };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
