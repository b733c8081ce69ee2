/* SPDX-License-Identifier: MIT */
#ifndef CMI_KPI_CLV_FIT_H
#define CMI_KPI_CLV_FIT_H

/* Maximum likelihood of a customer-lifetime model with few positive parameters: in logarithms of
 * the parameters, from several starts, L-BFGS and then Newton; standard errors by the observed
 * information; and what to say where there is no maximum. What a model has to bring is its
 * likelihood with derivatives, its starts, and words. */
#include "kpi/kpi.h"

enum { CMI_CLV_MAX_PARAMETERS = 4, CMI_CLV_REASON = 200 };

/* Log-likelihood at the parameters p, its gradient, and, where asked for (not NULL), its Hessian
 * (n x n), all in p itself. Not finite: out of the question. A failure goes into *status. */
typedef double (*cmi_clv_likelihood)(void *user, const double *p, double *gradient, double *hessian,
                                     cm_status *status);

typedef struct cmi_clv_problem {
    int n_parameters;
    const char *const *name;
    const double *unit; /* natural size of each parameter: the mean tenure for a time, else 1 */
    const double *most; /* each parameter lies in [1/most, most]; beyond is no maximum */
    cmi_clv_likelihood likelihood;
    void *user;
    int64_t n_customers;
    int64_t n_starts;
    void (*start)(const void *user, int64_t k, double *p); /* starting point k */
    /* What it means that the likelihood rises for ever: +1, -1, 0 for each parameter that grows,
     * falls, stays. NULL: nothing better than the names is known. */
    const char *(*explain)(const int *direction);
    double penalty; /* times half the sum of squared log(p / unit) is taken off the likelihood */
} cmi_clv_problem;

/* What was found, or given. */
typedef struct cmi_clv_fit {
    int64_t n, n_iterations;
    bool given, converged;
    double value[CMI_CLV_MAX_PARAMETERS];
    double covariance[CMI_CLV_MAX_PARAMETERS * CMI_CLV_MAX_PARAMETERS]; /* of log parameters */
    double log_likelihood, gradient_norm;
    char reason[CMI_CLV_REASON]; /* why not converged; "" */
} cmi_clv_fit;

/* CM_OK also where there is no maximum (definition 12). Errors: CM_ERR_CANCELLED, CM_ERR_MEMORY. */
cm_status cmi_clv_maximise(const cmi_clv_problem *problem, cm_context *ctx, cmi_clv_fit *out,
                           cm_error *err);

/* Reads `parameters=name:value,...`: each name once, values in [1/most, most]. */
void cmi_clv_plan_parameters(cmi_plan *p, const cmi_map *map, const char *const *name,
                             const double *most, int n, double *out);
/* A number of time units, or a duration, as time units; `option` is named in errors. */
void cmi_clv_plan_time(cmi_plan *p, const char *option, const char *text, double unit_days,
                       double *out);

/* Fits of all groups of the state, into the model and out of it. get: CM_ERR_FORMAT where the
 * model's bytes make no sense; *found is false where the fit had no such group. */
cm_status cmi_clv_fit_put(const cmi_input *in, const cmi_clv_fit *fits, cmi_fit *model);
cm_status cmi_clv_fit_get(const cmi_input *in, uint32_t group, const double *most, int n,
                          cmi_clv_fit *out, bool *found);

/* The tables that all models share: the house's rows parameters (parameter, value, standard_error,
 * lower, upper), covariance (parameter, other, covariance, correlation) and the first columns of
 * fit, in this order. */
enum {
    CMI_CLV_P_BY,
    CMI_CLV_P_PARAMETER,
    CMI_CLV_P_VALUE,
    CMI_CLV_P_ERROR,
    CMI_CLV_P_LOWER,
    CMI_CLV_P_UPPER
};
enum {
    CMI_CLV_C_BY,
    CMI_CLV_C_PARAMETER,
    CMI_CLV_C_OTHER,
    CMI_CLV_C_COVARIANCE,
    CMI_CLV_C_CORRELATION
};
enum {
    CMI_CLV_F_BY,
    CMI_CLV_F_LOG_LIKELIHOOD,
    CMI_CLV_F_AIC,
    CMI_CLV_F_BIC,
    CMI_CLV_F_N,
    CMI_CLV_F_ITERATIONS,
    CMI_CLV_F_GRADIENT,
    CMI_CLV_F_CONVERGED,
    CMI_CLV_F_MORE
};
extern const cmi_column_def cmi_clv_parameter_columns[];
extern const cmi_column_def cmi_clv_covariance_columns[];
#define CMI_CLV_FIT_COLUMNS                                                                        \
    [CMI_CLV_F_BY] = CMI_COL_BY,                                                                   \
    [CMI_CLV_F_LOG_LIKELIHOOD] =                                                                   \
        CMI_COL_F64("log_likelihood", "", "natural logarithm of the likelihood, without penalty"), \
    [CMI_CLV_F_AIC] = CMI_COL_F64("aic", "", "2 k - 2 log_likelihood"),                            \
    [CMI_CLV_F_BIC] = CMI_COL_F64("bic", "", "k log(n) - 2 log_likelihood"),                       \
    [CMI_CLV_F_N] = CMI_COL_COUNT("n", CMI_ALWAYS, "customers"),                                   \
    [CMI_CLV_F_ITERATIONS] = CMI_COL_COUNT("n_iterations", CMI_NEVER, "steps of the optimiser"),   \
    [CMI_CLV_F_GRADIENT] = CMI_COL_F64(                                                            \
        "gradient_norm", "", "largest slope in log parameters / max(1, |log_likelihood|)"),        \
    [CMI_CLV_F_CONVERGED] = CMI_COL_BOOL("converged", "whether a maximum was found")

void cmi_clv_emit_parameters(cmi_rows *t, uint32_t group, const cmi_clv_fit *fit,
                             const char *const *name, int n, double confidence);
void cmi_clv_emit_covariance(cmi_rows *t, uint32_t group, const cmi_clv_fit *fit,
                             const char *const *name, int n);
/* Fills the shared columns of a row of `fit` that was begun. */
void cmi_clv_emit_fit(cmi_rows *t, const cmi_clv_fit *fit, int n);
/* Whether there are parameters to compute with. */
static inline bool cmi_clv_fit_usable(const cmi_clv_fit *fit)
{
    return fit->given || fit->converged;
}

#endif
