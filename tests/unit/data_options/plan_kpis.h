/* SPDX-License-Identifier: MIT */
#ifndef PLAN_KPIS_H
#define PLAN_KPIS_H

#include "data/descriptor.h"
#include "data/plan.h"

/* KPIs of the test programs alone: one of each shape that planning knows. */

enum {
    HAS_ALL = CMI_HAS_PERIOD | CMI_HAS_BY | CMI_HAS_UNIT | CMI_HAS_CONFIDENCE | CMI_HAS_SEED |
              CMI_HAS_COMPAT | CMI_HAS_BUSINESS | CMI_HAS_DETAIL
};

/* ---- a plain one: activity of any facts ---- */
typedef struct plain_options {
    cmi_common common;
    cmi_selector of;
    cmi_list windows;
    int64_t moment;
    const cmi_grid *days;
} plain_options;

static const cmi_option PLAIN_OPTIONS[] = {
    CMI_OPT_COMMON(plain_options, common, HAS_ALL, "all"),
    CMI_OPT(SELECTOR, plain_options, of, "of", "any", NULL, "", "activity"),
    CMI_OPT(INTS, plain_options, windows, "windows", "1,7", "1..366", "days", "windows"),
    CMI_OPT(DATE, plain_options, moment, "moment", NULL, NULL, "", "an instant"), CMI_OPT_END
};

static cm_status plan_plain(cmi_plan *p, void *options)
{
    plain_options *o = options;
    cmi_plan_stream(p, o->of.tables, CMI_BY_SPLIT);
    cmi_plan_select(p, 1, &o->of);
    cmi_plan_periods(p, &o->common, 0);
    o->days = cmi_plan_grid(p, &o->common, (cmi_period){ CMI_UNIT_DAY, 1 }, o->common.from,
                            o->common.to, 0);
    cmi_plan_dense(p, 0, (int64_t[]){ o->windows.n, CMI_GRID }, 2);
    return cmi_plan_status(p);
}

static const cmi_kpi PLAIN = { .id = "plain_test",
                               .version = 1,
                               .facts = "events|orders",
                               .label = "",
                               .options = PLAIN_OPTIONS,
                               .options_size = sizeof(plain_options),
                               .plan = plan_plain };

/* ---- one that needs orders, compared by month ---- */
typedef struct monthly_options {
    cmi_common common;
} monthly_options;

static const cmi_option MONTHLY_OPTIONS[] = {
    CMI_OPT_COMMON(monthly_options, common, CMI_HAS_PERIOD, "month"), CMI_OPT_END
};

static cm_status plan_monthly(cmi_plan *p, void *options)
{
    monthly_options *o = options;
    cmi_plan_require(p, CMI_ORDERS, "amount");
    cmi_plan_select_head(p, 1);
    cmi_plan_periods(p, &o->common, 0);
    return cmi_plan_status(p);
}

static const cmi_kpi MONTHLY = { .id = "monthly_test",
                                 .version = 3,
                                 .facts = "orders [spend]",
                                 .label = "segment",
                                 .options = MONTHLY_OPTIONS,
                                 .options_size = sizeof(monthly_options),
                                 .plan = plan_monthly };

/* ---- a parent, whose children are what the option says ---- */
typedef struct parent_options {
    cmi_common common;
    const char *kpi;
    cmi_nested nested;
    bool own_window;
} parent_options;

static const cmi_option PARENT_OPTIONS[] = {
    CMI_OPT_COMMON(parent_options, common, CMI_HAS_PERIOD | CMI_HAS_BY, "all"),
    CMI_OPT(TEXT, parent_options, kpi, "kpi", "plain_test", NULL, "", "the child"),
    CMI_OPT(NESTED, parent_options, nested, "kpi", NULL, NULL, "", "its options"),
    CMI_OPT(BOOL, parent_options, own_window, "own_window", "false", NULL, "",
            "the child has a window of its own"),
    CMI_OPT_END
};

static cm_status list_children(cmi_children *list, const void *options)
{
    const parent_options *o = options;
    int child = cmi_child(list, o->kpi);
    for (int64_t i = 0; i < o->nested.n; i++)
        cmi_child_set(list, child, o->nested.name[i], o->nested.text[i]);
    if (o->own_window) cmi_child_set(list, child, "as_of", "2020-02-02");
    if (o->own_window) cmi_child_set(list, child, "from", "2020-01-01");
    return CM_OK;
}

static const cmi_kpi PARENT = { .id = "parent_test",
                                .version = 1,
                                .facts = "",
                                .label = "",
                                .options = PARENT_OPTIONS,
                                .options_size = sizeof(parent_options),
                                .children = list_children };

/* ---- one without facts or common options ---- */
typedef struct bare_options {
    double power;
} bare_options;

static const cmi_option BARE_OPTIONS[] = {
    CMI_OPT(NUMBER, bare_options, power, "power", ".8", "(0..1)", "", "power"), CMI_OPT_END
};
static const cmi_kpi BARE = { .id = "bare_test",
                              .version = 1,
                              .facts = "",
                              .label = "",
                              .options = BARE_OPTIONS,
                              .options_size = sizeof(bare_options) };

/* The registry finds them by this name. */
extern const cmi_kpi *const cmi_extra_kpis[];
const cmi_kpi *const cmi_extra_kpis[] = { &PLAIN, &MONTHLY, &PARENT, &BARE, NULL };

#endif
