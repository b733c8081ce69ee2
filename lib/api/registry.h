/* SPDX-License-Identifier: MIT */
#ifndef CMI_API_REGISTRY_H
#define CMI_API_REGISTRY_H

#include "data/catalog.h"

/* All KPIs of the library, one line each in registry.c; the functions are declared in
 * data/catalog.h because planning needs them too.
 *
 * A program that links the static library (a test of the doors, say) registers further KPIs by
 * defining cmi_extra_kpis: a list that ends with NULL. They come behind the library's own. */
extern const cmi_kpi *const cmi_extra_kpis[] __attribute__((weak, visibility("hidden")));

#endif
