/* SPDX-License-Identifier: MIT */
#ifndef BENCH_ANSWERS_H
#define BENCH_ANSWERS_H

#include <custmetrics/custmetrics.h>

/* What a result says, as members of a JSON object: few numbers, to be compared with what other
 * programs find in the same files. */
enum { MAX_ANSWER = 256 };
typedef cm_status (*answer_fn)(const cm_result *result, char *text, cm_error *err);

cm_status answer_rfm(const cm_result *result, char *text, cm_error *err);
cm_status answer_cohort(const cm_result *result, char *text, cm_error *err);
cm_status answer_active(const cm_result *result, char *text, cm_error *err);
cm_status answer_funnel(const cm_result *result, char *text, cm_error *err);
cm_status answer_bgnbd(const cm_result *result, char *text, cm_error *err);
cm_status answer_purchase(const cm_result *result, char *text, cm_error *err);

#endif
