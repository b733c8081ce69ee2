/* SPDX-License-Identifier: MIT
 *
 * The walk over the registry: every KPI that is registered, named by nobody, is run with the
 * example options of its descriptor on random facts, in every way that must not change a bit, and
 * in ways that must change the right ones.
 */
#ifndef WALK_H
#define WALK_H

#include <custmetrics/custmetrics.h>

#include "cm_test.h"
#include "facts.h"

/* What all checks share: made once, read by all. */
typedef struct walk_fixture {
    cm_context *ctx;
    fact_set *facts;
    cm_dataset *dataset[3]; /* by fact_use */
} walk_fixture;
extern walk_fixture walk;

/* The KPI that a check is about. */
typedef struct walk_kpi {
    int32_t index;
    cm_kpi_info info;
    fact_use use; /* of which facts its example is run */
} walk_kpi;

/* Why a check, an option or a choice is not for a KPI; NULL: it is. `what` is the check's name,
 * an option's, or option=choice. */
const char *walk_excuse(const char *kpi, const char *what);
/* Further options under which an option or choice shows its effect; "" where none are needed. */
const char *walk_setting(const char *kpi, const char *what);
/* Values to try for an option that is no choice, blanks between; NULL: those of its type. */
const char *walk_values(const char *kpi, const char *option);

/* The example's options, then further ones ("name=value name=value"; NULL: none). Fails the test
 * where they cannot be set. */
cm_params *walk_params(const walk_kpi *k, const char *more);
cm_result *walk_run(const walk_kpi *k, const cm_dataset *dataset, const cm_params *params,
                    int32_t threads);
/* Whether the KPI has all the options that the settings name. */
bool walk_fits(const walk_kpi *k, const char *settings);
bool walk_has_option(const walk_kpi *k, const char *option);
/* Prints the error and fails unless status is CM_OK. */
void walk_ok(cm_status status, const cm_error *err, const char *what);

/* The result as JSON; free() it. `whole` false: the tables only. */
char *walk_json(const cm_result *result, bool whole);
/* Fails with the first line that differs. */
void walk_same(const char *actual, const char *expected, const char *what);

cm_dataset *walk_load(const fact_set *facts, fact_use use, const cm_dataset_options *options);

/* ---- the checks; the state is a walk_kpi ---- */
void check_shows(void **state);      /* every declared table shows something */
void check_threads(void **state);    /* 1, 2, 3 threads, and one owner a task */
void check_partitions(void **state); /* 1 to 4 parts, saved, loaded, merged in any order */
void check_permuted(void **state);   /* rows in another order */
void check_saved(void **state);      /* dataset and plan saved and loaded */
void check_model(void **state);      /* model saved, loaded, applied */
void check_where(void **state);      /* where against facts filtered before */
void check_by(void **state);         /* by against facts split before */
void check_unit(void **state);       /* unit against facts whose owner is that dimension */
void check_options(void **state);    /* every option and choice changes some cell */
void check_cancel(void **state);     /* at every poll */
void check_shifted(void **state);    /* all times later by whole weeks */
void check_scaled(void **state);     /* all money times three */
void check_inactive(void **state);   /* one more customer who did nothing */

void check_probe_followed(void **state); /* probe.c: trend of a KPI of the test's own */

/* hooks.c: the linker sends two calls of the library through here. */
void walk_hook_reset(void);
int64_t walk_states_made(void);
int64_t walk_polls(void);
void walk_cancel_at(int64_t poll); /* 0: never */
void walk_slow_states(bool slow);  /* lets other threads find work */

#endif
