/* SPDX-License-Identifier: MIT */
#include "kpi/measures.h"

#include <math.h>
#include <string.h>

#include "kpi/measure_values.h"

#define EVENTS        CMI_FACT_BIT(CMI_EVENTS)
#define ORDERS        CMI_FACT_BIT(CMI_ORDERS)
#define SUBSCRIPTIONS CMI_FACT_BIT(CMI_SUBSCRIPTIONS)
#define RESPONSES     CMI_FACT_BIT(CMI_RESPONSES)
#define TICKETS       CMI_FACT_BIT(CMI_TICKETS)
#define COLUMN(c)     (1u << CMI_M_##c)
#define SCALE         CMI_DECIMALS_SCALE
#define MEASURE(NAME, UNIT, TABLES, COLUMNS, DECIMALS, DOC)                                        \
    {                                                                                              \
#NAME, UNIT, DOC, TABLES, COLUMNS, DECIMALS, cmi_m_##NAME                                  \
    }

static const cmi_measure MEASURES[] = {
    MEASURE(n_orders, "orders", ORDERS, 0, 0, "orders with a line above 0"),
    MEASURE(revenue, "money", ORDERS, COLUMN(AMOUNT), SCALE,
            "sum of order lines, refunds taken off"),
    MEASURE(refunds, "money", ORDERS, COLUMN(AMOUNT), SCALE,
            "sum of order lines below 0, as a positive amount"),
    MEASURE(aov, "money", ORDERS, COLUMN(AMOUNT), SCALE, "revenue / n_orders; null without orders"),
    MEASURE(recency_days, "days", 0, 0, 0,
            "local dates from the last activity to the end; null without one"),
    MEASURE(tenure_days, "days", 0, 0, 0,
            "local dates from the first activity of all to the end; null without one"),
    MEASURE(mean_gap_days, "days", ORDERS, 0, 6,
            "mean time between orders; null with fewer than two"),
    MEASURE(n_products, "products", ORDERS, COLUMN(PRODUCT) | COLUMN(AMOUNT), 0,
            "distinct products on order lines above 0"),
    MEASURE(n_events, "events", EVENTS, COLUMN(COUNT), 0,
            "events; one that happened several times at once counts as often"),
    MEASURE(n_active_days, "days", 0, 0, 0, "local dates with an activity"),
    MEASURE(n_sessions, "sessions", EVENTS, 0, 0,
            "visits: events with gaps of at most 30 minutes, within 24 hours"),
    MEASURE(duration_seconds, "seconds", EVENTS, COLUMN(DURATION) | COLUMN(END), 6,
            "sum of the events' durations, or of end less time"),
    MEASURE(n_pages, "pages", EVENTS, COLUMN(PAGES), 0, "sum of the events' pages"),
    MEASURE(value, "value", EVENTS, COLUMN(VALUE), SCALE, "sum of the events' values"),
    MEASURE(n_tickets, "tickets", TICKETS, 0, 0, "tickets opened"),
    MEASURE(n_responses, "responses", RESPONSES, COLUMN(SCORE), 0,
            "answers with a score; invitations without one do not count"),
    MEASURE(mean_score, "score", RESPONSES, COLUMN(SCORE), SCALE,
            "mean score of the answers; null without one"),
    MEASURE(mrr, "money", SUBSCRIPTIONS,
            COLUMN(AMOUNT) | COLUMN(QUANTITY) | COLUMN(TERM) | COLUMN(END), SCALE,
            "monthly recurring revenue of the subscriptions in force just before the end"),
    MEASURE(n_items, "items", EVENTS, COLUMN(ITEM), 0,
            "distinct pieces of content that the events are about"),
    MEASURE(n_approvals, "approvals", EVENTS, COLUMN(ITEM) | COLUMN(OTHER), 0,
            "events about a piece of content that name another customer; oneself does not count"),
    MEASURE(n_referred, "customers", EVENTS, COLUMN(ITEM) | COLUMN(OTHER), 0,
            "distinct other customers named in events about no piece of content: invitations"),
};

static const cmi_measure DIMENSION = {
    "", "", "a numeric dimension", EVENTS | ORDERS | SUBSCRIPTIONS, 0, SCALE, cmi_m_dimension
};

static const cmi_alternative ANY_TABLES[] = { { .fact = CMI_EVENTS },
                                              { .fact = CMI_ORDERS },
                                              { .fact = CMI_SUBSCRIPTIONS } };
static const cmi_selector ANY = { "any", EVENTS | ORDERS | SUBSCRIPTIONS, 3, ANY_TABLES };

/* Names of the columns, as roles. */
static const char *const COLUMNS[CMI_M_COLUMNS] = {
    [CMI_M_AMOUNT] = "amount", [CMI_M_PRODUCT] = "product", [CMI_M_QUANTITY] = "quantity",
    [CMI_M_TERM] = "term",     [CMI_M_END] = "end",         [CMI_M_DURATION] = "duration",
    [CMI_M_PAGES] = "pages",   [CMI_M_VALUE] = "value",     [CMI_M_COUNT] = "count",
    [CMI_M_SCORE] = "score",   [CMI_M_ITEM] = "item",       [CMI_M_OTHER] = "other",
};

int32_t cmi_measure_count(void)
{
    return (int32_t)(sizeof MEASURES / sizeof *MEASURES);
}

const cmi_measure *cmi_measure_at(int32_t index)
{
    return index >= 0 && index < cmi_measure_count() ? &MEASURES[index] : NULL;
}

const cmi_measure *cmi_measure_find(const char *name)
{
    for (int32_t i = 0; i < cmi_measure_count(); i++)
        if (strcmp(MEASURES[i].name, name) == 0) return &MEASURES[i];
    return NULL;
}

/* ---- plan ---- */

static cm_status add(cmi_plan *p, const char *option, const cmi_measure *measure, const char *name,
                     cmi_measure_set *set)
{
    if (set->n == CMI_MAX_MEASURES)
        return cmi_plan_fail(p, CM_ERR_LIMIT, option, "more than %d measures", CMI_MAX_MEASURES);
    for (int i = 0; i < set->n; i++)
        if (strcmp(set->name[i], name) == 0)
            return cmi_plan_fail(p, CM_ERR_OPTION, option, "'%s' stands there twice", name);
    set->measure[set->n] = measure;
    set->name[set->n] = name;
    set->dimension_slot[set->n++] = -1;
    set->tables |= measure->tables;
    return CM_OK;
}

/* "responses.weight": the table narrows what is read, the rest is the name. */
static cm_status add_dimension(cmi_plan *p, const char *option, const char *text, int first_slot,
                               cmi_measure_set *set)
{
    const char *dot = strchr(text, '.'), *name = text;
    uint32_t tables = DIMENSION.tables;
    size_t n = dot ? (size_t)(dot - text) : 0;
    for (int f = 0; f < CMI_N_FACTS && n; f++) {
        const char *table = cmi_fact_get((cmi_fact)f)->name;
        if (strncmp(table, text, n) != 0 || table[n]) continue;
        if (f != CMI_CUSTOMERS) tables = CMI_FACT_BIT(f);
        name = dot + 1;
    }
    cm_status status = add(p, option, &DIMENSION, text, set);
    if (status != CM_OK) return status;
    int slot = first_slot + set->n_slots++;
    set->dimension_slot[set->n - 1] = slot;
    set->tables |= tables;
    cmi_plan_quantity(p, slot, name);
    cmi_plan_customer(p, slot, name);
    return cmi_plan_status(p);
}

static cm_status take_names(cmi_plan *p, const char *option, const cmi_texts *names, int first_slot,
                            cmi_measure_set *set)
{
    cm_status status = CM_OK;
    for (int64_t k = 0; k < names->n && status == CM_OK; k++) {
        const cmi_measure *measure = cmi_measure_find(names->v[k]);
        if (measure)
            status = add(p, option, measure, measure->name, set);
        else if (strcmp(names->v[k], "all") != 0)
            status = add_dimension(p, option, names->v[k], first_slot, set);
        else
            for (int32_t i = 0; i < cmi_measure_count() && status == CM_OK; i++)
                status = add(p, option, &MEASURES[i], MEASURES[i].name, set);
    }
    return status;
}

cm_status cmi_measures_plan(cmi_plan *p, const char *option, const cmi_texts *names,
                            const cmi_selector *activity, int first_slot, int first_bit,
                            cmi_measure_set *out)
{
    uint32_t columns = 0;
    bool of_activity = false;

    memset(out, 0, sizeof *out);
    out->scale = cmi_plan_scale(p);
    out->tz = p->tz;
    for (int c = 0; c < CMI_M_COLUMNS; c++) out->slot[c] = -1;
    cm_status status = take_names(p, option, names, first_slot, out);
    if (status != CM_OK) return status;
    for (int i = 0; i < out->n; i++) {
        columns |= out->measure[i]->columns;
        of_activity |= !out->measure[i]->tables;
    }
    for (int c = 0; c < CMI_M_COLUMNS; c++) {
        if (!(columns & 1u << c)) continue;
        out->slot[c] = first_slot + out->n_slots++;
        cmi_plan_value(p, out->slot[c], COLUMNS[c]);
    }
    out->head = first_bit;
    out->active = first_bit + 1;
    out->n_bits = CMI_MEASURE_BITS;
    cmi_plan_select_head(p, out->head);
    if (!activity || !activity->n) activity = &ANY;
    if (of_activity) {
        cmi_plan_select(p, out->active, activity);
        out->tables |= activity->tables;
    }
    return cmi_plan_status(p);
}

/* ---- values ---- */

int64_t cmi_measure_value(const cmi_measure_set *set, int i, cmi_state *s, const cmi_span *rows,
                          int64_t from, int64_t to)
{
    cmi_measuring m = { .set = set, .rows = rows, .from = from, .to = to };
    m.dimension_slot = set->dimension_slot[i];
    m.end = rows->n;
    while (m.end > 0 && rows->time[m.end - 1] >= to) m.end--;
    while (m.first < m.end && from != CMI_NULL && rows->time[m.first] < from) m.first++;
    int64_t v = set->measure[i]->value(&m);
    if (!m.overflow) return v;
    if (s) cmi_state_fail(s, CM_ERR_OVERFLOW, "%s of one customer does not fit", set->name[i]);
    return CMI_NULL;
}

int32_t cmi_measure_decimals(const cmi_measure_set *set, int i)
{
    int32_t decimals = set->measure[i]->decimals;
    return decimals == CMI_DECIMALS_SCALE ? set->scale : decimals;
}

const char *cmi_measure_unit(const cmi_measure_set *set, int i)
{
    return set->measure[i]->unit;
}

double cmi_measure_f64(const cmi_measure_set *set, int i, int64_t value)
{
    double unit = 1;
    if (value == CMI_NULL) return NAN;
    for (int32_t k = cmi_measure_decimals(set, i); k > 0; k--) unit *= 10;
    return (double)value / unit;
}
