/* SPDX-License-Identifier: MIT */
#include "api/introspect.h"

#include "core/error.h"
#include "data/facts.h"
#include "kpi/measures.h"

/* What the world may know of fact tables, side tables and measures. */

int32_t cm_fact_count(void)
{
    return CMI_N_FACTS + CMI_N_SIDES;
}

static cm_status find_fact(int32_t fact, const cmi_fact_def **out, cm_error *err)
{
    cmi_error_reset(err);
    cm_status status = cmi_info_range("table", fact, cm_fact_count(), err);
    if (status != CM_OK) return status;
    *out = fact < CMI_N_FACTS ? cmi_fact_get((cmi_fact)fact)
                              : cmi_side_get((cmi_side_id)(fact - CMI_N_FACTS));
    return CM_OK;
}

cm_status cm_fact_get(int32_t fact, cm_fact_info *out, cm_error *err)
{
    static const char *const kinds[] = {
        [CMI_KIND_FACT] = "fact", [CMI_KIND_POOLED] = "pooled", [CMI_KIND_SHARED] = "shared"
    };
    const cmi_fact_def *def;
    cm_status status = find_fact(fact, &def, err);
    if (status != CM_OK) return status;
    cm_fact_info info = { .n_roles = def->n_roles,
                          .name = def->name,
                          .kind = kinds[def->kind],
                          .doc = cmi_info_text(def->doc) };
    return cmi_info_fill(out, &info, sizeof info, err);
}

cm_status cm_fact_role(int32_t fact, int32_t role, cm_role_info *out, cm_error *err)
{
    static const char *const types[] = {
        [CMI_ROLE_CUSTOMER] = "id", [CMI_ROLE_ENTITY] = "id",   [CMI_ROLE_TEXT] = "text",
        [CMI_ROLE_TIME] = "time",   [CMI_ROLE_DATE] = "date",   [CMI_ROLE_MONEY] = "money",
        [CMI_ROLE_VALUE] = "value", [CMI_ROLE_COUNT] = "count", [CMI_ROLE_SECONDS] = "seconds",
        [CMI_ROLE_BOOL] = "bool",   [CMI_ROLE_TERM] = "term",   [CMI_ROLE_NUMBER] = "number",
    };
    const cmi_fact_def *def;
    cm_status status = find_fact(fact, &def, err);
    if (status == CM_OK) status = cmi_info_range("role", role, def->n_roles, err);
    if (status != CM_OK) return status;
    cm_role_info info = { .required = def->roles[role].required,
                          .name = def->roles[role].name,
                          .type = types[def->roles[role].type],
                          .doc = cmi_info_text(def->roles[role].doc) };
    return cmi_info_fill(out, &info, sizeof info, err);
}

int32_t cm_measure_count(void)
{
    return cmi_measure_count();
}

cm_status cm_measure_get(int32_t measure, cm_measure_info *out, cm_error *err)
{
    cmi_error_reset(err);
    cm_status status = cmi_info_range("measure", measure, cmi_measure_count(), err);
    if (status != CM_OK) return status;
    const cmi_measure *m = cmi_measure_at(measure);
    cm_measure_info info = { .name = m->name, .unit = m->unit, .doc = m->doc };
    return cmi_info_fill(out, &info, sizeof info, err);
}
