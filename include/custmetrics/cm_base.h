/* SPDX-License-Identifier: MIT */
#ifndef CUSTMETRICS_BASE_H
#define CUSTMETRICS_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** @file
 *  Status codes, visibility, version. */

#if defined(__GNUC__)
#define CM_API __attribute__((visibility("default")))
#else
#define CM_API
#endif

#ifdef __cplusplus
#define CM_BEGIN_DECLS extern "C" {
#define CM_END_DECLS   }
#else
#define CM_BEGIN_DECLS
#define CM_END_DECLS
#endif

CM_BEGIN_DECLS

#define CM_VERSION_MAJOR  0
#define CM_VERSION_MINOR  1
#define CM_VERSION_PATCH  0
#define CM_VERSION_STRING "0.1.0"

/** What a call came to. Values are fixed for ever; new ones may be added, so a binding must accept
 *  values it does not know. Bands: argument 1-9, data 10-19, resource 20-29, numeric 30-39,
 *  control 40-49, internal 90. */
typedef enum cm_status {
    CM_OK = 0,
    CM_ERR_ARG = 1,         /**< a NULL or senseless argument */
    CM_ERR_NOT_FOUND = 2,   /**< no KPI, table, column, option or role of that name */
    CM_ERR_OPTION = 3,      /**< an option's value is out of range or cannot be read */
    CM_ERR_UNSUPPORTED = 4, /**< a choice that this version does not offer */
    CM_ERR_BUSY = 5,      /**< the object is in use by another call (re-entered from a callback) */
    CM_ERR_TYPE = 6,      /**< a column is read as a type that it is not */
    CM_ERR_DATA = 10,     /**< a row cannot be used (strict mode), or facts contradict each other */
    CM_ERR_MISSING = 11,  /**< a fact table or role that the KPI needs was not given */
    CM_ERR_FORMAT = 12,   /**< bytes are not what they should be: CSV, Arrow, state, model, plan */
    CM_ERR_CHECKSUM = 13, /**< saved bytes are damaged */
    CM_ERR_VERSION = 14,  /**< saved by a newer library */
    CM_ERR_MISMATCH = 15, /**< plans, partitions or datasets do not belong together */
    CM_ERR_CURRENCY = 16, /**< amounts of different currency would be added */
    CM_ERR_MEMORY = 20,   /**< an allocation failed */
    CM_ERR_LIMIT = 21,    /**< a limit was reached: memory, groups, field length */
    CM_ERR_IO = 22,       /**< a file or a read callback failed */
    CM_ERR_OVERFLOW = 30, /**< an exact sum does not fit */
    CM_ERR_CANCELLED = 40, /**< the run was cancelled */
    CM_ERR_INTERNAL = 90,  /**< a defect of the library */
    CM_STATUS_FORCE_32 = 0x7fffffff
} cm_status;

/** The name of a status, such as "CM_ERR_OPTION"; "CM_ERR_?" for a value it does not know. */
CM_API const char *cm_status_name(cm_status status);

/** The library's version, "0.1.0". */
CM_API const char *cm_version(void);

/** The version of the binary interface; equals the soname's number. A binding refuses another. */
CM_API int32_t cm_abi_version(void);

CM_END_DECLS

#endif
