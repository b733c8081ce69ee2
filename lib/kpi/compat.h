/* SPDX-License-Identifier: MIT */
#ifndef CMI_KPI_COMPAT_H
#define CMI_KPI_COMPAT_H

#include <stdint.h>

#include "data/catalog.h"

/* Presets as data: what compat= and business= put in the place of defaults. An option that the user
 * sets, and a KPI or option that does not exist, are untouched. cmi_preset_text is in
 * data/catalog.h. */
typedef struct cmi_preset {
    const char *preset;
    const char *kpi; /* NULL: every KPI that has the option */
    const char *option;
    const char *text; /* NULL: the KPI keeps its own default although a row for every KPI follows */
    const char *source; /* where the other system says so; NULL for businesses */
} cmi_preset;

int32_t cmi_preset_count(void);
const cmi_preset *cmi_preset_get(int32_t index);

#endif
