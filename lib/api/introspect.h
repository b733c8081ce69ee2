/* SPDX-License-Identifier: MIT */
#ifndef CMI_API_INTROSPECT_H
#define CMI_API_INTROSPECT_H

#include <custmetrics/custmetrics.h>

/* Fills a caller's info struct, whose first member is its struct_size: a newer caller's further
 * members become 0. CM_ERR_ARG: out is NULL or its size is unknown. */
cm_status cmi_info_fill(void *out, const void *info, size_t size, cm_error *err);
cm_status cmi_info_range(const char *what, int32_t index, int32_t n, cm_error *err);
static inline const char *cmi_info_text(const char *text)
{
    return text ? text : "";
}

#endif
