/* SPDX-License-Identifier: MIT */
#ifndef PROGRAM_SESSION_H
#define PROGRAM_SESSION_H

#include <signal.h>

#include "args.h"

/* What every command needs: the library's objects, how to run, and the exit status so far. */
typedef struct session {
    const args *a;
    cm_context *ctx;
    cm_error *err;
    cm_run run;
    cm_dataset *dataset; /* NULL until session_load */
} session;

/* False: said on stderr, *status is set. */
bool session_open(session *s, const args *a, int *status);
void session_close(session *s);

/* Loads all inputs of the command line into s->dataset and says on stderr which rows were rejected.
 * Returns an exit status. */
int session_load(session *s);
bool session_has_facts(const session *s);

/* Prints the error in one line on stderr ("what" first, if given) and returns the exit status that
 * its kind stands for: wrong use 1, an interruption 130, anything else 2. */
int session_fail(const session *s, const char *what);
/* A wrong use: one line on stderr, status 1. */
int usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Params of a KPI with the command line's settings. Returns an exit status. */
int session_params(const session *s, const char *kpi, cm_params **out);
int session_apply_settings(const session *s, cm_params *params);

void progress_clear(void);
/* Not 0 after Ctrl-C. */
extern volatile sig_atomic_t session_interrupted;

#endif
