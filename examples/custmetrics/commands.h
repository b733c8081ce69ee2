/* SPDX-License-Identifier: MIT */
#ifndef PROGRAM_COMMANDS_H
#define PROGRAM_COMMANDS_H

#include "session.h"

/* The commands. Each returns the program's exit status. */
int command_list(session *s);
int command_describe(session *s);
int command_check(session *s);
int command_run(session *s);
int command_apply(session *s);
int command_collect(session *s);
int command_finalize(session *s);
int command_report(session *s);

#endif
