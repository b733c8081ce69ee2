/* SPDX-License-Identifier: MIT */
#include "api/introspect.h"

#include <string.h>

#include "core/error.h"
#include "data/catalog.h"

/* What the world may know of KPIs: descriptors, with the common options, rates and diagnostics
 * written out. */

cm_status cmi_info_fill(void *out, const void *info, size_t size, cm_error *err)
{
    uint32_t given;
    if (!out) return cmi_fail(err, CM_ERR_ARG, "out is NULL");
    memcpy(&given, out, sizeof given);
    if (given < size)
        return cmi_fail(err, CM_ERR_ARG, "struct_size is %u, at least %u is known", given,
                        (unsigned)size);
    memcpy((char *)out + sizeof given, (const char *)info + sizeof given, size - sizeof given);
    memset((char *)out + size, 0, given - size);
    return CM_OK;
}

cm_status cmi_info_range(const char *what, int32_t index, int32_t n, cm_error *err)
{
    if (index >= 0 && index < n) return CM_OK;
    return cmi_fail(err, CM_ERR_ARG, "%s %d is outside 0..%d", what, (int)index, (int)n - 1);
}

/* ---- KPIs ---- */

static int32_t count_tables(const cmi_kpi *kpi)
{
    int32_t n = 0;
    while (kpi->tables && kpi->tables[n].name) n++;
    return n;
}

int32_t cm_kpi_count(void)
{
    return cmi_registry_count();
}

static cm_status find_kpi(int32_t index, const cmi_kpi **out, cm_error *err)
{
    cmi_error_reset(err);
    cm_status status = cmi_info_range("KPI", index, cmi_registry_count(), err);
    if (status == CM_OK) *out = cmi_registry_get(index);
    return status;
}

cm_status cm_kpi_get(int32_t kpi, cm_kpi_info *out, cm_error *err)
{
    const cmi_kpi *k;
    cm_status status = find_kpi(kpi, &k, err);
    if (status != CM_OK) return status;
    cm_kpi_info info = {
        .version = k->version,
        .id = k->id,
        .family = cmi_info_text(k->family),
        .title = cmi_info_text(k->title),
        .definition = cmi_info_text(k->definition),
        .formula = cmi_info_text(k->formula),
        .edge_cases = cmi_info_text(k->edge_cases),
        .references = cmi_info_text(k->references),
        .facts = cmi_info_text(k->facts),
        .stages = cmi_info_text(k->stages),
        .businesses = cmi_info_text(k->businesses),
        .goals = cmi_info_text(k->goals),
        .levers = cmi_info_text(k->levers),
        .headline = cmi_info_text(k->headline),
        .factors = cmi_info_text(k->factors),
        .detail = cmi_info_text(k->detail),
        .label = cmi_info_text(k->label),
        .example = cmi_info_text(k->example),
        .direction = k->direction,
        .reads_anonymous = k->anonymous,
        .has_model = cmi_has_model(k),
        .n_options = cmi_option_count(k),
        .n_tables = count_tables(k) + 1,
    };
    return cmi_info_fill(out, &info, sizeof info, err);
}

cm_status cm_kpi_find(const char *id, int32_t *out, cm_error *err)
{
    cmi_error_reset(err);
    if (!id || !out) return cmi_fail(err, CM_ERR_ARG, "%s is NULL", !id ? "id" : "out");
    for (int32_t i = 0; i < cmi_registry_count(); i++) {
        if (strcmp(cmi_registry_get(i)->id, id) != 0) continue;
        *out = i;
        return CM_OK;
    }
    return cmi_registry_unknown(id, err);
}

cm_status cm_kpi_option(int32_t kpi, int32_t option, cm_option_info *out, cm_error *err)
{
    const cmi_kpi *k;
    cmi_option o;
    cm_status status = find_kpi(kpi, &k, err);
    if (status == CM_OK) status = cmi_info_range("option", option, cmi_option_count(k), err);
    if (status != CM_OK) return status;
    cmi_option_at(k, option, &o);
    cm_option_info info = { .name = o.name,
                            .type = cmi_option_type_name(o.type),
                            .fallback = cmi_info_text(o.fallback),
                            .range = cmi_info_text(o.range),
                            .unit = cmi_info_text(o.unit),
                            .doc = cmi_info_text(o.doc) };
    return cmi_info_fill(out, &info, sizeof info, err);
}

/* ---- tables ---- */

static const cmi_column_def DIAGNOSTIC_COLUMNS[] = {
    CMI_COL_KEY_TEXT("code", "what kind of remark it is"),
    CMI_COL_TEXT("message", "the remark"),
    CMI_COL_END,
};
static const cmi_table_def DIAGNOSTICS =
    CMI_TABLE("diagnostics", DIAGNOSTIC_COLUMNS, "remarks on the computation, if there are any");

static int32_t count_columns(const cmi_table_def *table)
{
    int32_t n = 0;
    for (const cmi_column_def *c = table->columns; c->name; c++) n += c->kind == CMI_C_RATE ? 4 : 1;
    return n;
}

static cm_status find_table(int32_t kpi, int32_t table, const cmi_table_def **out, cm_error *err)
{
    const cmi_kpi *k;
    cm_status status = find_kpi(kpi, &k, err);
    if (status == CM_OK) status = cmi_info_range("table", table, count_tables(k) + 1, err);
    if (status == CM_OK) *out = table == count_tables(k) ? &DIAGNOSTICS : &k->tables[table];
    return status;
}

cm_status cm_kpi_table(int32_t kpi, int32_t table, cm_table_info *out, cm_error *err)
{
    const cmi_table_def *t;
    cm_status status = find_table(kpi, table, &t, err);
    if (status != CM_OK) return status;
    cm_table_info info = { .n_columns = count_columns(t),
                           .name = t->name,
                           .doc = cmi_info_text(t->doc) };
    return cmi_info_fill(out, &info, sizeof info, err);
}

/* ---- columns ---- */

static const char *const TYPES[] = {
    [CMI_C_BY] = "text",     [CMI_C_I64] = "int64",           [CMI_C_F64] = "float64",
    [CMI_C_MONEY] = "money", [CMI_C_TEXT] = "text",           [CMI_C_BOOL] = "bool",
    [CMI_C_DATE] = "date",   [CMI_C_TIMESTAMP] = "timestamp", [CMI_C_PERIOD] = "date",
    [CMI_C_KEYS] = "text",   [CMI_C_RATE] = "float64"
};
static const char *const ADDITIVITY[] = {
    [CMI_ALWAYS] = "always", [CMI_OVER_GROUPS] = "over_groups", [CMI_NEVER] = "never"
};

/* The definition that a written-out column belongs to, and which of a rate's four columns it is. */
static const cmi_column_def *find_column(const cmi_table_def *table, int32_t column, int32_t *part)
{
    const cmi_column_def *c = table->columns;
    for (;; c++) {
        int32_t n = c->kind == CMI_C_RATE ? 4 : 1;
        if (column < n) break;
        column -= n;
    }
    *part = column;
    return c;
}

static const char *name_part(const cmi_column_def *c, int32_t part)
{
    const char *name = part ? c->bounds : c->name;
    for (; part > 1; part--) name += strlen(name) + 1;
    return name;
}

static const char *describe_part(const cmi_column_def *c, int32_t part)
{
    static const char *const docs[] = { "", "lower bound of the interval",
                                        "upper bound of the interval",
                                        "complete, partial, pending or undefined" };
    return part ? docs[part] : cmi_info_text(c->doc);
}

cm_status cm_kpi_column(int32_t kpi, int32_t table, int32_t column, cm_column_info *out,
                        cm_error *err)
{
    const cmi_table_def *t;
    int32_t part;
    cm_status status = find_table(kpi, table, &t, err);
    if (status == CM_OK) status = cmi_info_range("column", column, count_columns(t), err);
    if (status != CM_OK) return status;
    const cmi_column_def *c = find_column(t, column, &part);
    cm_column_info info = { .is_key = c->key,
                            .name = name_part(c, part),
                            .type = part == 3 ? "text" : TYPES[c->kind],
                            .unit = part == 3 ? "" : cmi_info_text(c->unit),
                            .additivity = ADDITIVITY[c->additivity],
                            .doc = describe_part(c, part) };
    return cmi_info_fill(out, &info, sizeof info, err);
}
