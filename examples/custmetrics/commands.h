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

typedef struct command {
    const char *name, *usage, *doc;
    int (*run)(session *s);
    int words_least, words_most; /* -1: any number */
    const char *word;
    bool needs_facts, takes_facts, takes_settings;
} command;

/* NULL behind the last. */
const command *command_at(int i);
/* NULL: there is none of that name. */
const command *command_find(const char *name);

#endif
