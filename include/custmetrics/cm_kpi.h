/* SPDX-License-Identifier: MIT */
#ifndef CUSTMETRICS_KPI_H
#define CUSTMETRICS_KPI_H

#include <custmetrics/cm_dataset.h>

/** @file
 *  The generic door: introspection, params, run, and the algebra (plan, state, model).
 *  No KPI has calls of its own; what is registered last works through these at once. */

CM_BEGIN_DECLS

typedef struct cm_params cm_params;
typedef struct cm_plan cm_plan;
typedef struct cm_state cm_state;
typedef struct cm_model cm_model;
typedef struct cm_result cm_result;

/* ---- introspection: everything is constant for the life of the process ---- */

/** A KPI. All text is borrowed for ever and never NULL. */
typedef struct cm_kpi_info {
    uint32_t struct_size; /**< set by the caller: sizeof(cm_kpi_info) */
    int32_t version;
    const char *id;
    const char *family;
    const char *title;
    const char *definition;
    const char *formula;
    const char *edge_cases;
    const char *references;
    const char *facts;  /**< tables needed: "orders", alternatives with |, optional in [] */
    const char *stages; /**< acquire, activate, retain, revenue, satisfy, refer */
    const char *businesses;
    const char *goals;
    const char *levers;   /**< "what people do -> kpi that shows the effect", one a line */
    const char *headline; /**< the column that stands for the KPI */
    const char *factors;  /**< headline = product of these columns; "" where none */
    const char *detail;   /**< table of one row per owner; "" where none */
    const char *label;    /**< column of `detail` that names a segment; "" where none */
    const char *example;  /**< options of a run that shows every table, "name=value name=value" */
    int32_t direction;    /**< +1 more is better, -1 less is better, 0 neither */
    int32_t reads_anonymous;
    int32_t has_model;
    int32_t n_options;
    int32_t n_tables;
    int32_t reserved;
} cm_kpi_info;

typedef struct cm_option_info {
    uint32_t struct_size;
    int32_t reserved;
    const char *name;
    const char *type; /**< bool, int, number, text, choice, duration, date, list, selector, ... */
    const char
        *fallback; /**< the default as text; "" where the option is unset or resolved by the plan */
    const char *range; /**< "1..366", or the choices "a|b|c"; "" where any */
    const char *unit;
    const char *doc;
} cm_option_info;

typedef struct cm_table_info {
    uint32_t struct_size;
    int32_t n_columns;
    const char *name;
    const char *doc;
} cm_table_info;

typedef struct cm_column_info {
    uint32_t struct_size;
    int32_t is_key;
    const char *name;
    const char *type; /**< int64, float64, money, text, bool, date, timestamp */
    const char *unit;
    const char *additivity; /**< always, over_groups, never */
    const char *doc;
} cm_column_info;

/** Fact tables and side tables, and their roles. */
typedef struct cm_fact_info {
    uint32_t struct_size;
    int32_t n_roles;
    const char *name;
    const char *kind; /**< fact, pooled, shared */
    const char *doc;
} cm_fact_info;

typedef struct cm_role_info {
    uint32_t struct_size;
    int32_t required;
    const char *name;
    const char *type; /**< id, text, time, date, money, value, count, number, bool */
    const char *doc;
} cm_role_info;

typedef struct cm_measure_info {
    uint32_t struct_size;
    int32_t reserved;
    const char *name;
    const char *unit;
    const char *doc;
} cm_measure_info;

/** Counts and look-ups. Indices run from 0; an index out of range is CM_ERR_ARG. Thread-safe, O(1);
 *  find is O(number of KPIs). */
CM_API int32_t cm_kpi_count(void);
CM_API cm_status cm_kpi_get(int32_t kpi, cm_kpi_info *out, cm_error *err);
CM_API cm_status cm_kpi_find(const char *id, int32_t *out, cm_error *err);
CM_API cm_status cm_kpi_option(int32_t kpi, int32_t option, cm_option_info *out, cm_error *err);
CM_API cm_status cm_kpi_table(int32_t kpi, int32_t table, cm_table_info *out, cm_error *err);
CM_API cm_status cm_kpi_column(int32_t kpi, int32_t table, int32_t column, cm_column_info *out,
                               cm_error *err);
CM_API int32_t cm_fact_count(void);
CM_API cm_status cm_fact_get(int32_t fact, cm_fact_info *out, cm_error *err);
CM_API cm_status cm_fact_role(int32_t fact, int32_t role, cm_role_info *out, cm_error *err);
CM_API int32_t cm_measure_count(void);
CM_API cm_status cm_measure_get(int32_t measure, cm_measure_info *out, cm_error *err);

/* ---- params: options of one KPI, checked as they are set ---- */

/** Errors: CM_ERR_ARG, CM_ERR_NOT_FOUND (lists near names), CM_ERR_MEMORY. One thread at a time. */
CM_API cm_status cm_params_create(cm_context *ctx, const char *kpi, cm_params **out, cm_error *err);
CM_API cm_status cm_params_copy(const cm_params *params, cm_params **out, cm_error *err);
CM_API void cm_params_destroy(cm_params *params);
/** Sets an option. Each call is checked at once and the error names option, value and what is
 *  allowed; a failed set changes nothing. Textual form takes every option as the program does;
 *  text NULL puts the default back.
 *  Errors: CM_ERR_ARG, CM_ERR_NOT_FOUND, CM_ERR_OPTION, CM_ERR_UNSUPPORTED. */
CM_API cm_status cm_params_set_text(cm_params *params, const char *option, const char *text,
                                    cm_error *err);
CM_API cm_status cm_params_set_i64(cm_params *params, const char *option, int64_t value,
                                   cm_error *err);
CM_API cm_status cm_params_set_f64(cm_params *params, const char *option, double value,
                                   cm_error *err);
CM_API cm_status cm_params_set_bool(cm_params *params, const char *option, bool value,
                                    cm_error *err);
/** A list of texts that are taken as they are, whatever commas and quotes they hold. */
CM_API cm_status cm_params_set_list(cm_params *params, const char *option,
                                    const char *const *values, int32_t n_values, cm_error *err);
/** Adds one condition to `where`: dimension in values (n_values 0: is null), or not. */
CM_API cm_status cm_params_add_where(cm_params *params, const char *dimension,
                                     const char *const *values, int32_t n_values, bool negate,
                                     cm_error *err);
/** The option's text as it stands; borrowed until the next set. */
CM_API cm_status cm_params_get_text(const cm_params *params, const char *option, const char **out,
                                    cm_error *err);

/* ---- run ---- */

/** Runs a KPI over a dataset. `dataset` may be NULL for KPIs that need no facts.
 *  Errors: CM_ERR_ARG, CM_ERR_MISSING (table or role), CM_ERR_OPTION, CM_ERR_CURRENCY,
 * CM_ERR_LIMIT, CM_ERR_OVERFLOW, CM_ERR_CANCELLED, CM_ERR_MEMORY. */
CM_API cm_status cm_kpi_run(cm_context *ctx, const cm_dataset *dataset, const cm_params *params,
                            const cm_run *run, cm_result **out, cm_error *err);

/* ---- algebra ---- */

/** Resolves every default, also those that depend on data: `extent` NULL is an error where one
 * does.
 *
 *  `labels` is the model behind the segments that `by` or `where` names (by=rfm.segment,
 *  where=rfm.segment:Champions), NULL where none are named. cm_kpi_run fits it by itself; over
 *  several processes it takes two rounds. First the segmentation: a plan of it whose as_of is this
 *  plan's segment_at (`from` where it is given, else as_of), its states merged and finalized, the
 *  model taken by cm_result_model. Then this plan with that model: it travels in the plan and in
 *  its states, so the second round is as plain as any. Segments of several KPIs at once
 *  (by=rfm.segment,nps.class) need a model each: cm_plan_create_labelled.
 *  Errors: CM_ERR_ARG, CM_ERR_OPTION (also: a model is needed), CM_ERR_MISMATCH (a model of another
 *  KPI, or one that nothing asks for), CM_ERR_MISSING, CM_ERR_LIMIT, CM_ERR_MEMORY. */
CM_API cm_status cm_plan_create(cm_context *ctx, const cm_params *params, const cm_extent *extent,
                                const cm_model *labels, cm_plan **out, cm_error *err);
/** The same with any number of models, in any order; the plan takes each by its KPI. */
CM_API cm_status cm_plan_create_labelled(cm_context *ctx, const cm_params *params,
                                         const cm_extent *extent, const cm_model *const *labels,
                                         int32_t n_labels, cm_plan **out, cm_error *err);
CM_API void cm_plan_destroy(cm_plan *plan);
CM_API cm_status cm_plan_save(const cm_plan *plan, cm_buffer *out, cm_error *err);
CM_API cm_status cm_plan_load(cm_context *ctx, const void *bytes, int64_t size, cm_plan **out,
                              cm_error *err);
CM_API const char *cm_plan_kpi(const cm_plan *plan);
CM_API uint64_t cm_plan_hash(const cm_plan *plan);

CM_API cm_status cm_state_create(cm_plan *plan, cm_state **out, cm_error *err);
CM_API void cm_state_destroy(cm_state *state);
/** Collects a dataset (or partition) into the state; on failure the state is as before. */
CM_API cm_status cm_state_update(cm_state *state, const cm_dataset *dataset, const cm_run *run,
                                 cm_error *err);
/** Adds `from` to `into`. Refused: another plan, a partition that both have absorbed. */
CM_API cm_status cm_state_merge(cm_state *into, const cm_state *from, cm_error *err);
CM_API cm_status cm_state_save(const cm_state *state, cm_buffer *out, cm_error *err);
CM_API cm_status cm_state_load(cm_context *ctx, const void *bytes, int64_t size, cm_state **out,
                               cm_error *err);
CM_API cm_status cm_state_finalize(const cm_state *state, const cm_model *model, const cm_run *run,
                                   cm_result **out, cm_error *err);

/** The model of a result: plan and what was solved, or, of segments by fixed rules, the plan alone.
 *  CM_ERR_UNSUPPORTED where the KPI fits nothing and names no segments. */
CM_API cm_status cm_result_model(const cm_result *result, cm_model **out, cm_error *err);
CM_API void cm_model_destroy(cm_model *model);
CM_API const char *cm_model_kpi(const cm_model *model);
CM_API cm_status cm_model_save(const cm_model *model, cm_buffer *out, cm_error *err);
CM_API cm_status cm_model_load(cm_context *ctx, const void *bytes, int64_t size, cm_model **out,
                               cm_error *err);
/** Applies a model to a dataset: collect and present, solve skipped. `params` NULL, or options that
 *  may differ from the fit's: as_of, from, to, by, where, horizon, top. */
CM_API cm_status cm_model_apply(const cm_model *model, const cm_dataset *dataset,
                                const cm_params *params, const cm_run *run, cm_result **out,
                                cm_error *err);
/** Fresh params that hold the model's options, to change and give to apply. */
CM_API cm_status cm_model_params(const cm_model *model, cm_params **out, cm_error *err);

CM_END_DECLS

#endif
