/* SPDX-License-Identifier: MIT
 *
 * libcustmetrics: every customer-analytics KPI from raw facts, exact and explained.
 *
 * This is the only header to include. The others organise it:
 *
 *   cm_base.h     status codes, visibility, version
 *   cm_error.h    the caller-owned error object
 *   cm_context.h  context, run options, cancel flag, buffer
 *   cm_arrow.h    the Arrow C data and stream structs
 *   cm_dataset.h  loader and sealed dataset: facts in
 *   cm_kpi.h      registry, params, run, plan, state, model
 *   cm_result.h   results and tables: numbers out
 *   cm_views.h    cm_rfm and cm_cohort, indexed views of a result
 *
 * Conventions (docs/conventions.md has them at length):
 *   create, load, retain give a reference that its destroy takes back; destroy(NULL) does nothing.
 *   get, find, name, table borrow from the object named first and live as long as it.
 *   Every fallible call returns a cm_status and takes a nullable cm_error last. Checks come before
 *   writes: a failed call leaves its out-parameters untouched.
 *   Text that the library takes is UTF-8 and NUL-terminated unless a length stands beside it.
 *   Counts and sizes are int64_t. Times are microseconds since 1970-01-01 UTC.
 */
#ifndef CUSTMETRICS_H
#define CUSTMETRICS_H

#include <custmetrics/cm_base.h>
#include <custmetrics/cm_error.h>
#include <custmetrics/cm_context.h>
#include <custmetrics/cm_arrow.h>
#include <custmetrics/cm_dataset.h>
#include <custmetrics/cm_kpi.h>
#include <custmetrics/cm_result.h>
#include <custmetrics/cm_views.h>

#endif
