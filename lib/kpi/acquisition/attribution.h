/* SPDX-License-Identifier: MIT */
#ifndef CMI_KPI_ATTRIBUTION_H
#define CMI_KPI_ATTRIBUTION_H

#include "kpi/kpi.h"

/* Between the files of attribution: options, the rules' kernel, the games, the presenting half. */
typedef enum cmi_credit_model {
    CMI_FIRST,
    CMI_LAST,
    CMI_LAST_NON_DIRECT,
    CMI_LINEAR,
    CMI_POSITION,
    CMI_TIME_DECAY,
    CMI_J,
    CMI_PARTICIPATION,
    CMI_MARKOV,
    CMI_SHAPLEY,
    CMI_ALL_MODELS
} cmi_credit_model;
enum { CMI_N_RULES = CMI_MARKOV };

/* Cells: whole paths from events and from the side table; what the rules credited to the former
 * (the latter have no times, so their paths say all). */
enum { CMI_PATHS_SEEN, CMI_PATHS_GIVEN, CMI_CREDIT };
enum { CMI_PATH_CONVERSIONS, CMI_PATH_VALUE, CMI_PATH_NULLS };
enum { CMI_CREDIT_CONVERSIONS, CMI_CREDIT_VALUE };

/* Conversions are kept in units of 2^-40, so that parts of one sum to it exactly. */
#define CMI_ONE_CONVERSION (INT64_C(1) << 40)

typedef struct cmi_attribution_options {
    cmi_common common;
    cmi_selector conversion;
    const char *channel;
    cmi_duration window, half_life;
    cmi_flist weights;
    const char *direct;
    int32_t model;
    int64_t order;
    bool null_paths;
} cmi_attribution_options;

/* ---- rules ---- */

/* One touch of a path, oldest first: its channel's code and its age at the conversion. */
typedef struct cmi_touch {
    int64_t channel, age_us;
} cmi_touch;

/* What a distinct channel of a path weighs; by code. */
typedef struct cmi_weight {
    int64_t channel, weight;
} cmi_weight;

/* Weights of the n >= 1 touches under a rule, summed by channel and sorted by code into out (room
 * for n); returns the number of channels. `direct` is the code of direct traffic, -1: none. */
int64_t cmi_rule_weights(const cmi_attribution_options *o, cmi_credit_model rule,
                         const cmi_touch *touch, int64_t n, int64_t direct, cmi_weight *out);
/* The distinct channels of a path with weight 1 each, by code. */
int64_t cmi_distinct_channels(const cmi_touch *touch, int64_t n, cmi_weight *out);

/* ---- Markov ---- */

/* A walk through codes 0..n_channels-1, with how often it ended in a conversion, in nothing, and
 * what the conversions were worth. */
typedef struct cmi_walk_path {
    const int64_t *step;
    int64_t n;
    double conversions, nulls, value;
} cmi_walk_path;

/* Removal effects of each channel on conversions and on value: 1 - (probability without) / (with).
 * Chain of the given order, padded with the start; a removed channel leads to nothing. */
cm_status cmi_markov_removal(cm_context *ctx, const cmi_walk_path *paths, int64_t n_paths,
                             int64_t n_channels, int64_t order, double *effect,
                             double *value_effect, cm_error *err);

/* ---- tables ---- */

extern const cmi_table_def cmi_attribution_tables[];
cm_status cmi_attribution_present(const cmi_input *in, const void *options, cmi_output *out);

#endif
