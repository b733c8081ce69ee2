/* SPDX-License-Identifier: MIT */
#include <custmetrics/custmetrics.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "data/batch.h"
#include "data/catalog.h"
#include "data/params.h"
#include "data/words.h"

/* The public calls of params. Numbers, flags and lists become texts, so that all doors go one way.
 */

static cm_status fail_null(cm_error *err, const char *what)
{
    return cmi_fail(err, CM_ERR_ARG, "%s is NULL", what);
}

cm_status cm_params_create(cm_context *ctx, const char *kpi, cm_params **out, cm_error *err)
{
    cmi_error_reset(err);
    if (!ctx || !kpi || !out) return fail_null(err, !ctx ? "ctx" : !kpi ? "kpi" : "out");
    const cmi_kpi *found = cmi_registry_find(kpi);
    if (!found) return cmi_registry_unknown(kpi, err);
    return cmi_params_create(ctx, found, out, err);
}

cm_status cm_params_copy(const cm_params *params, cm_params **out, cm_error *err)
{
    cmi_error_reset(err);
    if (!params || !out) return fail_null(err, !params ? "params" : "out");
    return cmi_params_copy(params, out, err);
}

void cm_params_destroy(cm_params *params)
{
    cmi_params_destroy(params);
}

cm_status cm_params_set_text(cm_params *params, const char *option, const char *text, cm_error *err)
{
    cmi_error_reset(err);
    if (!params || !option) return fail_null(err, !params ? "params" : "option");
    return cmi_params_set(params, option, text, true, err);
}

static cm_status find_option(const cm_params *params, const char *option, cmi_option *o,
                             cm_error *err)
{
    cmi_error_reset(err);
    if (!params || !option) return fail_null(err, !params ? "params" : "option");
    if (!cmi_option_find(params->kpi, option, o))
        return cmi_option_unknown(params->kpi, option, err);
    return CM_OK;
}

static cm_status fail_type(const cmi_option *o, const char *what, cm_error *err)
{
    cmi_fail(err, CM_ERR_OPTION, "%s: %s is given, but the option takes a %s", o->name, what,
             cmi_option_type_name(o->type));
    cmi_error_option(err, o->name);
    return CM_ERR_OPTION;
}

cm_status cm_params_set_i64(cm_params *params, const char *option, int64_t value, cm_error *err)
{
    char text[64];
    cmi_option o;
    cm_status status = find_option(params, option, &o, err);
    if (status != CM_OK) return status;
    switch (o.type) {
    case CMI_T_DATE: /* an instant */
        if (value < CMI_TIME_MIN || value >= CMI_TIME_MAX)
            return fail_type(&o, "an instant outside the years 1 to 9999", err);
        cmi_time_print(NULL, value, text, sizeof text);
        break;
    case CMI_T_BOOL:
    case CMI_T_INT:
    case CMI_T_NUMBER:
    case CMI_T_INTS:
    case CMI_T_NUMBERS:
    case CMI_T_TEXT:
    case CMI_T_TEXTS:
    case CMI_T_NESTED:
        snprintf(text, sizeof text, "%lld", (long long)value);
        break;
    default:
        return fail_type(&o, "a whole number", err);
    }
    return cmi_params_set(params, option, text, true, err);
}

cm_status cm_params_set_f64(cm_params *params, const char *option, double value, cm_error *err)
{
    char text[40];
    cmi_option o;
    cm_status status = find_option(params, option, &o, err);
    if (status != CM_OK) return status;
    if (!isfinite(value)) return fail_type(&o, "no finite number", err);
    bool number = o.type == CMI_T_NUMBER || o.type == CMI_T_NUMBERS || o.type == CMI_T_TEXT ||
                  o.type == CMI_T_NESTED;
    bool whole = value > -9e15 && value < 9e15 && value >= (double)(int64_t)value &&
                 value <= (double)(int64_t)value;
    if (!number && whole) return cm_params_set_i64(params, option, (int64_t)value, err);
    if (!number) return fail_type(&o, "a fraction", err);
    text[cmi_f64_shortest(value, text)] = '\0';
    return cmi_params_set(params, option, text, true, err);
}

cm_status cm_params_set_bool(cm_params *params, const char *option, bool value, cm_error *err)
{
    cmi_option o;
    cm_status status = find_option(params, option, &o, err);
    if (status != CM_OK) return status;
    if (o.type != CMI_T_BOOL && o.type != CMI_T_NESTED) return fail_type(&o, "true or false", err);
    return cmi_params_set(params, option, value ? "true" : "false", true, err);
}

/* ---- lists ---- */

/* Texts are taken literally; items of a grammar are items of that grammar. */
static bool is_literal(const cmi_option *o)
{
    return o->type == CMI_T_TEXTS || o->type == CMI_T_NESTED;
}

/* The only item of a list may hold commas where the option is a single value. */
static bool takes_list(const cmi_option *o)
{
    switch (o->type) {
    case CMI_T_DURATIONS:
    case CMI_T_INTS:
    case CMI_T_NUMBERS:
    case CMI_T_TEXTS:
    case CMI_T_MAP:
    case CMI_T_STEPS:
    case CMI_T_BY:
    case CMI_T_WHERE:
    case CMI_T_NESTED:
        return true;
    default:
        return false;
    }
}

/* An item with a comma of its own outside quotes would come back as two. Bands have them by nature.
 */
static bool is_one_item(const cmi_option *o, const char *text)
{
    const char *start;
    size_t n;
    int64_t items = 0;
    while (cmi_slice_next(&text, o->type == CMI_T_BY ? ";" : ",", &start, &n)) items++;
    return items == 1;
}

static cm_status join_items(const cmi_option *o, const char *const *values, int32_t n,
                            cm_buffer *out, cm_error *err)
{
    for (int32_t i = 0; i < n; i++) {
        if (!values[i]) return fail_null(err, "a value of the list");
        if (i) cmi_put_u8(out, o->type == CMI_T_BY ? ';' : ',');
        if (is_literal(o)) {
            cmi_word_put(out, values[i], ",");
        } else if (is_one_item(o, values[i])) {
            cmi_put_text(out, values[i]);
        } else {
            cmi_fail(err, CM_ERR_OPTION, "%s: '%s' is more than one item", o->name, values[i]);
            cmi_error_option(err, o->name);
            return CM_ERR_OPTION;
        }
    }
    cmi_put_u8(out, '\0');
    return cmi_buffer_ok(out) ? CM_OK : cmi_no_memory(cmi_buffer_context(out), err);
}

cm_status cm_params_set_list(cm_params *params, const char *option, const char *const *values,
                             int32_t n_values, cm_error *err)
{
    cm_buffer *text;
    cmi_option o;
    cm_status status = find_option(params, option, &o, err);
    if (status != CM_OK) return status;
    if (n_values < 0 || (n_values && !values)) return fail_null(err, "values");
    if (n_values == 1 && !takes_list(&o)) return cm_params_set_text(params, option, *values, err);
    if (!takes_list(&o)) return fail_type(&o, "a list", err);
    status = cm_buffer_create(params->ctx, &text, err);
    if (status != CM_OK) return status;
    status = join_items(&o, values, n_values, text, err);
    if (status == CM_OK) status = cmi_params_set(params, option, cm_buffer_data(text), true, err);
    cm_buffer_destroy(text);
    return status;
}

static void put_condition(cm_buffer *out, const char *dimension, const char *const *values,
                          int32_t n_values, bool negate)
{
    const char *dot = strchr(dimension, '.');
    if (negate) cmi_put_u8(out, '!');
    /* "orders.channel" names a table, "rfm.segment" a segment; any other point belongs to the name.
     */
    if (dot) {
        char prefix[48] = "";
        if ((size_t)(dot - dimension) < sizeof prefix)
            memcpy(prefix, dimension, (size_t)(dot - dimension));
        const cmi_kpi *kpi = cmi_registry_find(prefix);
        bool label = kpi && kpi->label && strcmp(kpi->label, dot + 1) == 0;
        if (label || cmi_fact_find(prefix) >= 0) {
            cmi_put_format(out, "%s.", prefix);
            dimension = dot + 1;
        }
    }
    cmi_word_put(out, dimension, ",|;:.");
    cmi_put_u8(out, ':');
    if (!n_values) cmi_put_text(out, "null");
    for (int32_t i = 0; i < n_values; i++) {
        if (i) cmi_put_u8(out, '|');
        if (values[i])
            cmi_word_put(out, values[i], ",|;");
        else
            cmi_put_text(out, "null");
    }
    cmi_put_u8(out, '\0');
}

cm_status cm_params_add_where(cm_params *params, const char *dimension, const char *const *values,
                              int32_t n_values, bool negate, cm_error *err)
{
    cm_buffer *text;
    cmi_option o;
    cm_status status = find_option(params, "where", &o, err);
    if (status != CM_OK) return status;
    if (!dimension || n_values < 0 || (n_values && !values))
        return fail_null(err, !dimension ? "dimension" : "values");
    if (!*dimension) return cmi_fail(err, CM_ERR_ARG, "dimension is empty");
    status = cm_buffer_create(params->ctx, &text, err);
    if (status != CM_OK) return status;
    const char *before = cmi_params_text(params, "where");
    if (before) {
        cmi_put_text(text, before);
        cmi_put_u8(text, ',');
    }
    put_condition(text, dimension, values, n_values, negate);
    if (!cmi_buffer_ok(text))
        status = cmi_no_memory(params->ctx, err);
    else
        status = cmi_params_set(params, "where", cm_buffer_data(text), true, err);
    cm_buffer_destroy(text);
    return status;
}

cm_status cm_params_get_text(const cm_params *params, const char *option, const char **out,
                             cm_error *err)
{
    cmi_option o;
    cm_status status = find_option(params, option, &o, err);
    if (status != CM_OK) return status;
    if (!out) return fail_null(err, "out");
    const char *text = cmi_params_text(params, option);
    *out = text ? text : o.fallback ? o.fallback : "";
    return CM_OK;
}
