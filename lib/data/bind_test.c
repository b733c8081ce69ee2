/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "core/error.h"
#include "data/batch.h"
#include "data/bind.h"

/* Conditions on dimensions: where, and the part of a selector behind `;`. */

const cmi_dict *cmi_bound_dict(const cmi_bound *b, const cmi_column *column)
{
    if (column->type == CMI_ROLE_CUSTOMER) return b->ds->customers;
    return column->dict >= 0 ? b->ds->dicts[column->dict] : NULL;
}

static const cmi_column *find_column(const cm_dataset *ds, cmi_fact f, const char *name)
{
    const cmi_column *column = cmi_dataset_dimension(ds, f, name);
    return column ? column : cmi_dataset_role(ds, f, name);
}

/* The row's own table wins over its customer; a name with a table is looked for there only. */
cmi_place cmi_bound_find(const cmi_bound *b, const cmi_bound_table *t, const char *table,
                         const char *name, const cmi_column **column)
{
    cmi_fact wanted = table ? (cmi_fact)cmi_fact_find(table) : t->fact;

    *column = NULL;
    if (wanted == t->fact && t->fact != CMI_CUSTOMERS) {
        *column = find_column(b->ds, t->fact, name);
        if (*column) return CMI_ROW;
    }
    if (!table || wanted == CMI_CUSTOMERS) {
        *column = find_column(b->ds, CMI_CUSTOMERS, name);
        if (*column) return CMI_CUSTOMER_ROW;
    }
    return CMI_NOWHERE;
}

bool cmi_bound_is_age(const char *name, const cmi_column *column)
{
    return strcmp(name, "age") == 0 && column->type == CMI_ROLE_DATE;
}

cmi_place cmi_bound_dimension(const cmi_bound *b, const cmi_bound_table *t, const char *table,
                              const char *name, const cmi_column **column)
{
    cmi_place place = cmi_bound_find(b, t, table, name, column);
    if (place != CMI_NOWHERE || strcmp(name, "age") != 0) return place;
    return cmi_bound_find(b, t, table, "birth_date", column);
}

static const char *dimension_name(int32_t i, const void *user)
{
    const cm_dataset *ds = user;
    return ds->dict_names[i];
}

cm_status cmi_bound_unknown(const cmi_bound *b, const char *what, const char *name, cm_error *err)
{
    cmi_fail(err, CM_ERR_NOT_FOUND,
             "%s: no table that this KPI reads, and no customer, has a dimension '%s'", what, name);
    cmi_error_option(err, what);
    cmi_error_suggest(err, name, b->ds->n_dicts, dimension_name, b->ds);
    return CM_ERR_NOT_FOUND;
}

static bool read_time(const cmi_bound *b, const char *text, size_t n, int64_t *out)
{
    int32_t kind;
    if (!cmi_time_parse(text, n, &kind, out)) return false;
    if (kind == 0) *out = cmi_tz_midnight(b->plan->tz, *out);
    if (kind == 1) *out = cmi_tz_from_local(b->plan->tz, *out);
    return true;
}

static bool read_bool(const char *text, size_t n, int64_t *out)
{
    static const char *const NO[] = { "0", "false", "no", "f", "n" }, *const YES[] = { "1", "true",
                                                                                       "yes", "t",
                                                                                       "y" };
    for (int i = 0; i < 5; i++) {
        if (strlen(NO[i]) == n && !memcmp(NO[i], text, n)) return *out = 0, true;
        if (strlen(YES[i]) == n && !memcmp(YES[i], text, n)) return *out = 1, true;
    }
    return false;
}

bool cmi_bound_number(const cmi_bound *b, cmi_role_type type, const char *text, size_t n,
                      int64_t *out)
{
    int32_t kind;
    bool rounded = false;

    switch (type) {
    case CMI_ROLE_TIME:
        return read_time(b, text, n, out);
    case CMI_ROLE_DATE:
        return cmi_time_parse(text, n, &kind, out) && kind == 0;
    case CMI_ROLE_BOOL:
        return read_bool(text, n, out);
    case CMI_ROLE_COUNT:
        return cmi_parse_decimal(text, (int64_t)n, 0, out, &rounded);
    case CMI_ROLE_SECONDS:
        return cmi_parse_decimal(text, (int64_t)n, 6, out, &rounded);
    default:
        return cmi_parse_decimal(text, (int64_t)n, b->ds->scale, out, &rounded);
    }
}

/* Text codes against a band: a code whose text is no number (or date, where the edge is a date) is
 * outside. */
static bool text_in_band(const cmi_bound *b, const cmi_condition *c, const char *text, size_t n)
{
    static const cmi_role_type AS[] = { CMI_ROLE_VALUE, CMI_ROLE_TIME };
    for (int i = 0; i < 2; i++) {
        int64_t v, lower = INT64_MIN, upper = INT64_MAX;
        if (c->lower && !cmi_bound_number(b, AS[i], c->lower, strlen(c->lower), &lower)) continue;
        if (c->upper && !cmi_bound_number(b, AS[i], c->upper, strlen(c->upper), &upper)) continue;
        return cmi_bound_number(b, AS[i], text, n, &v) && v >= lower && v < upper;
    }
    return false;
}

static cm_status bind_codes(cmi_bound *b, const cmi_condition *c, const cmi_dict *dict,
                            cmi_test *out, cm_error *err)
{
    uint8_t *pass = cmi_arena_alloc(&b->arena, (size_t)dict->n + 1);
    if (!pass) return cmi_no_memory(b->ds->ctx, err);
    for (int64_t i = 0; c->kind == CMI_IN && i < c->values.n; i++)
        if (c->values.v[i]) pass[cmi_dict_find(dict, c->values.v[i], strlen(c->values.v[i]))] = 1;
    for (int64_t code = 1; c->kind == CMI_BAND && code <= dict->n; code++) {
        size_t n;
        const char *text = cmi_dict_text(dict, (uint32_t)code, &n);
        pass[code] = text_in_band(b, c, text, n);
    }
    pass[0] = out->null_passes;
    out->pass = pass;
    return CM_OK;
}

static cm_status bind_integers(cmi_bound *b, const cmi_condition *c, cmi_role_type type,
                               cmi_test *out, cm_error *err)
{
    const char *bad = NULL;
    int64_t *values = cmi_arena_alloc(&b->arena, sizeof(int64_t) * (size_t)(c->values.n + 1));

    if (!values) return cmi_no_memory(b->ds->ctx, err);
    out->lower = out->upper = CMI_NULL;
    if (c->kind == CMI_BAND) {
        if (c->lower && !cmi_bound_number(b, type, c->lower, strlen(c->lower), &out->lower))
            bad = c->lower;
        if (c->upper && !cmi_bound_number(b, type, c->upper, strlen(c->upper), &out->upper))
            bad = c->upper;
        out->n_values = -1;
    }
    for (int64_t i = 0; c->kind == CMI_IN && i < c->values.n; i++) {
        const char *text = c->values.v[i];
        if (!text) continue;
        if (!cmi_bound_number(b, type, text, strlen(text), &values[out->n_values++])) bad = text;
    }
    out->values = values;
    if (!bad) return CM_OK;
    cmi_fail(err, CM_ERR_OPTION, "where: '%s' cannot be read as a value of %s", bad, c->dimension);
    cmi_error_option(err, "where");
    return CM_ERR_OPTION;
}

/* ---- ages, tenures, segments ---- */

/* Ages in whole years: who turns a on the day itself is a. Born on or before at - a years: at least
 * a. */
bool cmi_bound_birth_edge(const cmi_bound *b, const char *years, int64_t *out)
{
    int64_t n, today = cmi_tz_local_day(b->plan->tz, b->plan->common.segment_at);
    if (!cmi_bound_number(b, CMI_ROLE_COUNT, years, strlen(years), &n) || n < 0 || n > 1000)
        return false;
    *out = cmi_add_months(today, -12 * n) + 1;
    return true;
}

bool cmi_bound_tenure_edge(const cmi_bound *b, const char *duration, int64_t *out)
{
    cmi_duration d;
    if (!cmi_duration_parse(duration, &d)) return false;
    *out = cmi_time_add(b->plan->tz, b->plan->common.segment_at, d, -1, true) + 1;
    return true;
}

/* The older lie below the younger: the band's upper edge is the lower one of the dates. */
static bool turn_edges(const cmi_bound *b, const cmi_condition *c, cmi_test *out,
                       bool (*edge)(const cmi_bound *, const char *, int64_t *))
{
    out->lower = out->upper = CMI_NULL;
    out->n_values = -1;
    return (!c->upper || edge(b, c->upper, &out->lower)) &&
           (!c->lower || edge(b, c->lower, &out->upper));
}

static cm_status bind_age(const cmi_bound *b, const cmi_condition *c, cmi_test *out, cm_error *err)
{
    if (c->kind == CMI_IS_NULL) return CM_OK;
    if (c->kind == CMI_BAND && turn_edges(b, c, out, cmi_bound_birth_edge)) return CM_OK;
    cmi_fail(err, CM_ERR_OPTION, "where: ages are chosen by bands of whole years: age:18..35");
    cmi_error_option(err, "where");
    return CM_ERR_OPTION;
}

cm_status cmi_bound_labels(const cmi_bound *b, const char *kpi, const cmi_labels **out,
                           cm_error *err)
{
    int i = cmi_plan_label(b->plan, kpi);
    if (i >= 0 && b->labels && b->labels[i].code) {
        *out = &b->labels[i];
        return CM_OK;
    }
    return cmi_fail(err, CM_ERR_MISMATCH, "segments of %s were not given", kpi);
}

static cm_status bind_label(cmi_bound *b, const cmi_condition *c, cmi_test *out, cm_error *err)
{
    const cmi_labels *l;
    cm_status status = cmi_bound_labels(b, c->label, &l, err);
    if (status != CM_OK) return status;
    out->place = CMI_LABEL;
    out->label = l->code;
    return bind_codes(b, c, l->dict, out, err);
}

cm_status cmi_bind_condition(cmi_bound *b, const cmi_bound_table *t, const cmi_condition *c,
                             cmi_test *out, cm_error *err)
{
    memset(out, 0, sizeof *out);
    out->negate = c->negate;
    out->null_passes = c->kind == CMI_IS_NULL;
    for (int64_t i = 0; c->kind == CMI_IN && i < c->values.n; i++)
        out->null_passes |= !c->values.v[i];
    if (c->label) return bind_label(b, c, out, err);
    out->place = cmi_bound_dimension(b, t, c->table, c->dimension, &out->column);
    if (out->place == CMI_NOWHERE) return CM_OK;
    const cmi_dict *dict = cmi_bound_dict(b, out->column);
    if (dict) return bind_codes(b, c, dict, out, err);
    if (out->column->type == CMI_ROLE_ENTITY)
        return cmi_fail(err, CM_ERR_UNSUPPORTED,
                        "where: ids of %s are not kept, so rows cannot be chosen by them",
                        c->dimension);
    if (cmi_bound_is_age(c->dimension, out->column)) return bind_age(b, c, out, err);
    if (c->kind == CMI_BAND && out->column->type == CMI_ROLE_TIME &&
        turn_edges(b, c, out, cmi_bound_tenure_edge))
        return CM_OK;
    return bind_integers(b, c, out->column->type, out, err);
}
