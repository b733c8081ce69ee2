/* SPDX-License-Identifier: MIT */
#ifndef CMI_CORE_ERROR_H
#define CMI_CORE_ERROR_H

#include <custmetrics/cm_context.h>

/* All take err == NULL. Fixed inline text; too long a text is cut at a UTF-8 boundary. */
void cmi_error_reset(cm_error *err);
/* Sets status and message, and returns status: `return cmi_fail(err, CM_ERR_OPTION, "...", ...)`.
 */
cm_status cmi_fail(cm_error *err, cm_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Add where; the values are copied. Call after cmi_fail. */
void cmi_error_at(cm_error *err, const char *table, int64_t row, const char *column);
void cmi_error_option(cm_error *err, const char *option);
void cmi_error_hint(cm_error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Puts text in front of the message: "orders.csv: ...". */
void cmi_error_prefix(cm_error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* CM_ERR_MEMORY, or CM_ERR_LIMIT with both numbers. */
cm_status cmi_no_memory(const cm_context *ctx, cm_error *err);

void cmi_error_copy(cm_error *to, const cm_error *from);
size_t cmi_error_size(void); /* for arrays of error objects: cleared bytes are an empty one */

/* Sets the hint to the at most three candidates nearest to `name` ("did you mean a, b?"), if any is
 * near; the hint stays otherwise. */
typedef const char *(*cmi_name_fn)(int32_t index, const void *user);
void cmi_error_suggest(cm_error *err, const char *name, int32_t n, cmi_name_fn get,
                       const void *user);

#endif
