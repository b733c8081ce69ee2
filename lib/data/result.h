/* SPDX-License-Identifier: MIT */
#ifndef CMI_DATA_RESULT_H
#define CMI_DATA_RESULT_H

#include "data/meta.h"
#include "data/table.h"

/* A result in the making: create, add tables and fill them, put meta, finish. cm_result_destroy()
 * gives it up at any time. */
cm_status cmi_result_create(cm_context *ctx, const char *kpi, int32_t version, cm_result **out,
                            cm_error *err);
/* Appends an empty table; borrowed from the result until it is destroyed. NULL on failure, which
 * sticks in the result (the writers of table.h take NULL), so one check at finish is enough. */
cm_table *cmi_result_add_table(cm_result *result, const char *name, const char *doc,
                               const cmi_column_spec *columns, int32_t n_columns);
/* The meta, to put keys into; "kpi", "version" and "library" are there already. NULL after a
 * failure. */
cmi_meta *cmi_result_open_meta(cm_result *result);
/* Finishes all tables and the meta; the result is immutable then. Returns the first failure. */
cm_status cmi_result_finish(cm_result *result, cm_error *err);

/* A model that goes with the result: opaque here; `release` gives up the result's reference.
 * Replaces (and releases) an earlier one. */
void cmi_result_set_model(cm_result *result, void *model, void (*release)(void *model));
void *cmi_result_get_model(const cm_result *result); /* NULL: none */

cm_context *cmi_result_context(const cm_result *result);
int32_t cmi_result_version(const cm_result *result);
/* A table by name, NULL if there is none: for children's results in present. */
const cm_table *cmi_result_find(const cm_result *result, const char *name);

#endif
