/* SPDX-License-Identifier: MIT */
#include "api/registry.h"

#include <string.h>

#include "core/error.h"

/* One line a KPI, in the catalogue's order: family by family. */
#define KPIS(X)                                                                                    \
    X(attribution)                                                                                 \
    X(cac)                                                                                         \
    X(funnel)                                                                                      \
    X(active_users)                                                                                \
    X(cohort)                                                                                      \
    X(purchase)                                                                                    \
    X(clv_summary)                                                                                 \
    X(bgnbd)                                                                                       \
    X(nps)                                                                                         \
    X(rfm)                                                                                         \
    X(trend)

#define DECLARE(id) extern const cmi_kpi cmi_kpi_##id;
KPIS(DECLARE)

#define ENTER(id) &cmi_kpi_##id,
static const cmi_kpi *const OWN[] = { KPIS(ENTER) NULL };
enum { N_OWN = sizeof OWN / sizeof *OWN - 1 };

static int32_t count_extra(void)
{
    /* The address is not 0 where a program defines the list; the compiler cannot know. */
    const cmi_kpi *const *extra = cmi_extra_kpis;
    int32_t n = 0;
    while (extra && extra[n]) n++;
    return n;
}

int32_t cmi_registry_count(void)
{
    return N_OWN + count_extra();
}

const cmi_kpi *cmi_registry_get(int32_t index)
{
    if (index < 0 || index >= cmi_registry_count()) return NULL;
    return index < N_OWN ? OWN[index] : cmi_extra_kpis[index - N_OWN];
}

const cmi_kpi *cmi_registry_find(const char *id)
{
    for (int32_t i = 0, n = cmi_registry_count(); i < n; i++)
        if (strcmp(cmi_registry_get(i)->id, id) == 0) return cmi_registry_get(i);
    return NULL;
}

static const char *id_at(int32_t index, const void *user)
{
    (void)user;
    return cmi_registry_get(index)->id;
}

cm_status cmi_registry_unknown(const char *id, cm_error *err)
{
    cmi_fail(err, CM_ERR_NOT_FOUND, "there is no KPI '%s'", id);
    cmi_error_at(err, id, 0, NULL);
    cmi_error_suggest(err, id, cmi_registry_count(), id_at, NULL);
    return CM_ERR_NOT_FOUND;
}
