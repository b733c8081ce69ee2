/* SPDX-License-Identifier: MIT */
#ifndef PROGRAM_NEEDS_H
#define PROGRAM_NEEDS_H

#include "session.h"
#include "text.h"

/* Appends what a KPI's `facts` ("orders, events|subscriptions [spend]") needs and the command line
 * does not give. `columns` is the table of that name of cm_dataset_check: it knows the roles. */
void needs_missing(const session *s, const cm_table *columns, const char *facts, text *out);

#endif
