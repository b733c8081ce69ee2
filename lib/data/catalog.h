/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_CATALOG_H
#define CMI_DATA_CATALOG_H

#include "data/descriptor.h"

/* What planning must ask of the rooms that lie above this one: they define these functions, the
 * linker brings them together, and no file here includes a header of theirs. */

/* ---- the registry (api/registry.c) ---- */
int32_t cmi_registry_count(void);
const cmi_kpi *cmi_registry_get(int32_t index);   /* NULL: out of range */
const cmi_kpi *cmi_registry_find(const char *id); /* NULL: none */
/* CM_ERR_NOT_FOUND with the nearest ids. */
cm_status cmi_registry_unknown(const char *id, cm_error *err);

/* ---- presets (kpi/compat.c) ---- */
/* What a vendor's or business's preset puts in the place of an option's default; NULL: nothing. */
const char *cmi_preset_text(const char *preset, const char *kpi, const char *option);

#endif
