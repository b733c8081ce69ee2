/* SPDX-License-Identifier: MIT */
#ifndef PROGRAM_OUTPUT_H
#define PROGRAM_OUTPUT_H

#include "session.h"
#include "text.h"

/* Prints a result in the form that the command line asks for, to -o or standard output, and saves
 * its model where --save-model asks for it. Returns an exit status. */
int output_result(const session *s, const cm_result *result);

/* Of a result's JSON, the same object with one of its tables only. False: there is no such table.
 */
bool pick_json_table(const char *json, const char *table, text *out);

#endif
