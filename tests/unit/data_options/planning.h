/* SPDX-License-Identifier: MIT */
#ifndef PLANNING_H
#define PLANNING_H

#include <string.h>
#include <custmetrics/custmetrics.h>
#include "cm_test.h"
#include "core/buffer.h"
#include "core/calendar.h"
#include "data/catalog.h"
#include "data/dataset.h"
#include "data/params.h"
#include "data/plan.h"

/* Context, params and extents for tests of plans. */
typedef struct planning {
    cm_context *ctx;
    cm_error *err;
    cm_extent extent;
    cm_params *params;
    cm_plan *plan;
} planning;

static inline void planning_open(planning *k)
{
    memset(k, 0, sizeof *k);
    assert_int_equal(cm_context_create(NULL, &k->ctx, NULL), CM_OK);
    k->err = cm_error_create();
    k->extent.scale = 4;
    memcpy(k->extent.tz, "UTC", 4);
    for (int f = 0; f < CMI_N_FACTS; f++) k->extent.min[f] = k->extent.max[f] = CMI_NULL;
}

static inline void planning_clear(planning *k)
{
    cm_plan_destroy(k->plan);
    cm_params_destroy(k->params);
    k->plan = NULL;
    k->params = NULL;
}

static inline void planning_close(planning *k)
{
    planning_clear(k);
    assert_int_equal(cm_context_memory(k->ctx), 0);
    cm_context_destroy(k->ctx);
    cm_error_destroy(k->err);
}

/* Microseconds of "2024-01-05T10:00" in UTC. */
static inline int64_t instant(const char *text)
{
    int32_t kind;
    int64_t v;
    assert_true(cmi_time_parse(text, strlen(text), &kind, &v));
    return kind == 0 ? v * CMI_DAY : v;
}

static inline void give(planning *k, cmi_fact f, const char *first, const char *last)
{
    k->extent.given[f] = true;
    k->extent.min[f] = instant(first);
    k->extent.max[f] = instant(last);
}

/* Options as "name=value name=value" (no blanks in values). */
static inline cm_status set_options(planning *k, const char *kpi, const char *options)
{
    char text[512], *next = text;
    planning_clear(k);
    assert_int_equal(cm_params_create(k->ctx, kpi, &k->params, k->err), CM_OK);
    assert_true(strlen(options) < sizeof text);
    memcpy(text, options, strlen(options) + 1);
    while (*next) {
        char *name = next, *end = strchr(name, ' ');
        next = end ? end + 1 : name + strlen(name);
        if (end) *end = '\0';
        char *value = strchr(name, '=');
        assert_non_null(value);
        *value = '\0';
        cm_status status = cm_params_set_text(k->params, name, value + 1, k->err);
        if (status != CM_OK) return status;
    }
    return CM_OK;
}

static inline cm_status plan_with(planning *k, const cm_extent *extent, const char *kpi,
                                  const char *options)
{
    assert_int_equal(set_options(k, kpi, options), CM_OK);
    return cm_plan_create(k->ctx, k->params, extent, NULL, &k->plan, k->err);
}

#define PLANS(K, KPI, OPTIONS)                                                                     \
    do {                                                                                           \
        cm_status s_ = plan_with(K, &(K)->extent, KPI, OPTIONS);                                   \
        if (s_ != CM_OK) print_error("%s\n", cm_error_message((K)->err));                          \
        assert_int_equal(s_, CM_OK);                                                               \
    } while (0)

#define FAILS(K, KPI, OPTIONS, STATUS, PART)                                                       \
    do {                                                                                           \
        assert_int_equal(plan_with(K, &(K)->extent, KPI, OPTIONS), STATUS);                        \
        if (!strstr(cm_error_message((K)->err), PART))                                             \
            print_error("no '%s' in: %s\n", PART, cm_error_message((K)->err));                     \
        assert_non_null(strstr(cm_error_message((K)->err), PART));                                 \
        assert_null((K)->plan);                                                                    \
    } while (0)

#define TEXT_IS(K, OPTION, TEXT)                                                                   \
    assert_string_equal(                                                                           \
        cmi_plan_text((K)->plan, OPTION) ? cmi_plan_text((K)->plan, OPTION) : "(none)", TEXT)

#endif
