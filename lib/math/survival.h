/* SPDX-License-Identifier: MIT */
/* Kaplan-Meier and Nelson-Aalen curves from counts. */
#ifndef CMI_MATH_SURVIVAL_H
#define CMI_MATH_SURVIVAL_H

#include <stdbool.h>
#include <stdint.h>

#include "math/rates.h"

/* What happened at one time: events, withdrawals (censored after the events), and entries (joined
 * the set at risk just after this time; 0 without delayed entry). Times rise strictly. */
typedef struct cmi_life {
    int64_t time, events, censored, entered;
} cmi_life;

/* One point of the curve. at_risk is the number just before the time. */
typedef struct cmi_survival {
    int64_t time, at_risk, events;
    double survival;   /* product of (1 - d/n), Kaplan & Meier 1958,
                          doi:10.1080/01621459.1958.10501452 */
    double greenwood;  /* sum of d / (n (n - d)); infinite once S = 0 */
    double hazard;     /* plain Nelson-Aalen, sum of d/n */
    double hazard_var; /* sum of d/n^2 (Aalen 1978) */
    int against_half;  /* sign of S - 1/2, exact: products compared as fractions */
} cmi_survival;

/* The curve at every given time. at_risk = number under observation before the first time.
 * False, with nothing promised in out, if more leave than are at risk or a count is negative.
 * S = 1/2 is recognised exactly: 2 prod(n - d) = prod n is tested modulo two primes above 2^60 (a
 * false equality needs both to fail, chance 2^-122), strict order in double-double (relative error
 * n 2^-100). */
bool cmi_kaplan_meier(const cmi_life *lives, int64_t n, int64_t at_risk, cmi_survival *out);

/* The smallest time with S <= 1/2; false if the curve stays above. */
bool cmi_survival_median(const cmi_survival *curve, int64_t n, int64_t *time);

typedef enum cmi_survival_interval_kind {
    CMI_SURVIVAL_LOG_LOG, /* S^(e^(-+ z se / log S)), Kalbfleisch & Prentice */
    CMI_SURVIVAL_LOG,     /* S e^(-+ z se), cut at 1 */
    CMI_SURVIVAL_PLAIN    /* S -+ z S se, cut to [0, 1] */
} cmi_survival_interval_kind;

/* Interval of S at a point, se = sqrt(greenwood). False where S is 0 or 1. */
bool cmi_survival_interval(const cmi_survival *point, double confidence,
                           cmi_survival_interval_kind kind, cmi_interval *out);

/* Area under S from 0 to `until` (restricted mean survival time), S = 1 before the first time.
 * Reference  Royston & Parmar 2013, doi:10.1186/1471-2288-13-152. */
double cmi_survival_area(const cmi_survival *curve, int64_t n, int64_t until);

#endif
