/* SPDX-License-Identifier: MIT */
#ifndef CUSTMETRICS_ERROR_H
#define CUSTMETRICS_ERROR_H

#include <custmetrics/cm_base.h>

/** @file
 *  The error object: owned by the caller, passed last, never needed.
 *
 *  One object serves one thread at a time. Every fallible call resets it on entry, so it never
 *  shows the text of an earlier call. Setting it allocates nothing. Text is valid until the next
 *  call that is given the object. */

CM_BEGIN_DECLS

typedef struct cm_error cm_error;

/** Creates an empty error object. Returns NULL only if memory is short. */
CM_API cm_error *cm_error_create(void);
CM_API void cm_error_destroy(cm_error *err);

CM_API cm_status cm_error_status(const cm_error *err);
/** One line that says what happened, with table, row, column and value where known; "" if nothing
 * did. */
CM_API const char *cm_error_message(const cm_error *err);
/** The fact table, side table, KPI, or option that the error is about; "" where none. */
CM_API const char *cm_error_table(const cm_error *err);
CM_API const char *cm_error_column(const cm_error *err);
CM_API const char *cm_error_option(const cm_error *err);
/** The row, from 1 (a CSV file's header is no row); 0 where none. */
CM_API int64_t cm_error_row(const cm_error *err);
/** What to do about it; "" where nothing comes to mind. */
CM_API const char *cm_error_hint(const cm_error *err);

CM_END_DECLS

#endif
