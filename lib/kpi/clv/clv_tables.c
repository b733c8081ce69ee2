/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "data/batch.h"
#include "kpi/clv/clv_fit.h"
#include "math/dist.h"
#include "math/transcend.h"

/* What all fitted models do around the fit: options, the model's bytes, the shared tables. */

enum { MAX = CMI_CLV_MAX_PARAMETERS };

/* ---- options ---- */

static bool is_parameter(double v, double most)
{
    return v >= 1.0 / most && v <= most;
}

void cmi_clv_plan_parameters(cmi_plan *p, const cmi_map *map, const char *const *name,
                             const double *most, int n, double *out)
{
    int seen = 0;

    for (int64_t i = 0; i < map->n; i++) {
        int k = 0;
        while (k < n && strcmp(map->name[i], name[k])) k++;
        if (k == n || seen >> k & 1) {
            cmi_plan_fail(p, CM_ERR_OPTION, "parameters", "'%s' %s", map->name[i],
                          k == n ? "is no parameter of this model" : "is given twice");
            return;
        }
        if (!is_parameter(map->v[i], most[k])) {
            cmi_plan_fail(p, CM_ERR_OPTION, "parameters", "%s must lie between %g and %g", name[k],
                          1.0 / most[k], most[k]);
            return;
        }
        seen |= 1 << k;
        out[k] = map->v[i];
    }
    for (int k = 0; k < n && map->n; k++)
        if (!(seen >> k & 1))
            cmi_plan_fail(p, CM_ERR_OPTION, "parameters", "%s is missing: give all of them",
                          name[k]);
}

static double duration_days(cmi_duration d)
{
    static const double DAYS[] = { [CMI_UNIT_SECOND] = 1.0 / 86400.0,
                                   [CMI_UNIT_MINUTE] = 1.0 / 1440.0,
                                   [CMI_UNIT_HOUR] = 1.0 / 24.0,
                                   [CMI_UNIT_DAY] = 1.0,
                                   [CMI_UNIT_WEEK] = 7.0,
                                   [CMI_UNIT_MONTH] = 365.0 / 12.0,
                                   [CMI_UNIT_QUARTER] = 365.0 / 4.0,
                                   [CMI_UNIT_YEAR] = 365.0 };
    return (double)d.n * DAYS[d.unit];
}

void cmi_clv_plan_time(cmi_plan *p, const char *option, const char *text, double unit_days,
                       double *out)
{
    cmi_duration d;
    double v;

    if (cmi_parse_f64(text, (int64_t)strlen(text), &v))
        *out = v;
    else if (cmi_duration_parse(text, &d))
        *out = duration_days(d) / unit_days;
    else
        *out = (double)NAN;
    if (!(*out >= 0.0) || *out > 1e6)
        cmi_plan_fail(p, CM_ERR_OPTION, option,
                      "%s=%s is neither a number of time units up to 1e6 nor such a duration",
                      option, text);
}

/* ---- the model ---- */

enum { W_N, W_ITERATIONS, W_GIVEN, W_CONVERGED, W_LOG_LIKELIHOOD, W_GRADIENT, W_VALUE };
enum { W_COVARIANCE = W_VALUE + MAX, N_WORDS = W_COVARIANCE + MAX * MAX };

static void write_words(const cmi_clv_fit *fit, double *w)
{
    w[W_N] = (double)fit->n;
    w[W_ITERATIONS] = (double)fit->n_iterations;
    w[W_GIVEN] = fit->given;
    w[W_CONVERGED] = fit->converged;
    w[W_LOG_LIKELIHOOD] = fit->log_likelihood;
    w[W_GRADIENT] = fit->gradient_norm;
    memcpy(w + W_VALUE, fit->value, sizeof fit->value);
    memcpy(w + W_COVARIANCE, fit->covariance, sizeof fit->covariance);
}

cm_status cmi_clv_fit_put(const cmi_input *in, const cmi_clv_fit *fits, cmi_fit *model)
{
    uint32_t n = cmi_state_n_groups(in->state);
    double *words = cmi_calloc(in->ctx, (size_t)n + 1, N_WORDS * sizeof *words);
    char *reasons = cmi_calloc(in->ctx, (size_t)n + 1, CMI_CLV_REASON + 1), *p = reasons;

    if (words && reasons) {
        for (uint32_t g = 0; g < n; g++) {
            size_t length = strlen(fits[g].reason);
            write_words(&fits[g], words + (size_t)g * N_WORDS);
            memcpy(p, fits[g].reason, length);
            p[length] = '\n';
            p += length + 1;
        }
        cmi_fit_put_f64(model, "fits", words, (int64_t)n * N_WORDS);
        cmi_fit_put_text(model, "reasons", reasons);
    }
    bool ok = words && reasons;
    cmi_free(in->ctx, words);
    cmi_free(in->ctx, reasons);
    if (!ok) return cmi_no_memory(in->ctx, in->err);
    return cmi_fit_put_groups(model, in->state, (int)in->plan->by.n, in->err);
}

static void read_reason(const char *text, int64_t index, char *out)
{
    for (; text && index > 0; index--) {
        text = strchr(text, '\n');
        if (text) text++;
    }
    size_t n = text ? strcspn(text, "\n") : 0;
    if (n >= CMI_CLV_REASON) n = CMI_CLV_REASON - 1;
    if (n) memcpy(out, text, n);
    out[n] = '\0';
}

/* A model's bytes may be anybody's: only numbers that a fit can have are computed with. */
static bool words_are_sane(const double *w, const double *most, int n)
{
    bool used = w[W_GIVEN] == 1.0 || w[W_CONVERGED] == 1.0;

    if (!(w[W_N] >= 0.0 && w[W_N] < 0x1p62 && w[W_ITERATIONS] >= 0.0 && w[W_ITERATIONS] < 0x1p62))
        return false;
    if (isinf(w[W_LOG_LIKELIHOOD]) || isinf(w[W_GRADIENT])) return false;
    for (int i = 0; i < n; i++)
        if (used && !is_parameter(w[W_VALUE + i], most[i])) return false;
    for (int i = 0; i < n * n; i++)
        if (!isfinite(w[W_COVARIANCE + i])) return false;
    return true;
}

cm_status cmi_clv_fit_get(const cmi_input *in, uint32_t group, const double *most, int n_parameters,
                          cmi_clv_fit *out, bool *found)
{
    int64_t n;
    const double *w = cmi_fit_f64(in->model, "fits", &n);
    int64_t at = cmi_fit_find_group(in->model, in->state, group, (int)in->plan->by.n);

    memset(out, 0, sizeof *out);
    *found = at >= 0;
    if (at == -2) return cmi_no_memory(in->ctx, in->err);
    if (at < 0) return CM_OK;
    if (at >= n / N_WORDS || !words_are_sane(w + at * N_WORDS, most, n_parameters))
        return cmi_fail(in->err, CM_ERR_FORMAT, "the model holds no fit that makes sense");
    w += at * N_WORDS;
    out->n = (int64_t)w[W_N];
    out->n_iterations = (int64_t)w[W_ITERATIONS];
    out->given = w[W_GIVEN] == 1.0;
    out->converged = w[W_CONVERGED] == 1.0;
    out->log_likelihood = w[W_LOG_LIKELIHOOD];
    out->gradient_norm = w[W_GRADIENT];
    memcpy(out->value, w + W_VALUE, sizeof out->value);
    memcpy(out->covariance, w + W_COVARIANCE, sizeof out->covariance);
    read_reason(cmi_fit_text(in->model, "reasons"), at, out->reason);
    return CM_OK;
}

/* ---- tables ---- */

const cmi_column_def cmi_clv_parameter_columns[] = {
    [CMI_CLV_P_BY] = CMI_COL_BY,
    [CMI_CLV_P_PARAMETER] = CMI_COL_KEY_TEXT("parameter", "name as in the papers"),
    [CMI_CLV_P_VALUE] = CMI_COL_F64("value", "", "estimate; null where there is no maximum"),
    [CMI_CLV_P_ERROR] = CMI_COL_F64(
        "standard_error", "", "by the observed information, delta method from log parameters"),
    [CMI_CLV_P_LOWER] = CMI_COL_F64("lower", "", "bound of the interval, made in logarithms"),
    [CMI_CLV_P_UPPER] = CMI_COL_F64("upper", "", "bound of the interval, made in logarithms"),
    CMI_COL_END
};
const cmi_column_def cmi_clv_covariance_columns[] = {
    [CMI_CLV_C_BY] = CMI_COL_BY,
    [CMI_CLV_C_PARAMETER] = CMI_COL_KEY_TEXT("parameter", "name as in the papers"),
    [CMI_CLV_C_OTHER] = CMI_COL_KEY_TEXT("other", "name of the other parameter"),
    [CMI_CLV_C_COVARIANCE] = CMI_COL_F64("covariance", "", "of the two estimates"),
    [CMI_CLV_C_CORRELATION] = CMI_COL_F64("correlation", "", "of the two estimates"),
    CMI_COL_END
};

void cmi_clv_emit_parameters(cmi_rows *t, uint32_t group, const cmi_clv_fit *fit,
                             const char *const *name, int n, double confidence)
{
    double z = cmi_normal_two_sided(confidence);

    for (int i = 0; i < n; i++) {
        cmi_row(t, group);
        cmi_emit_text_z(t, CMI_CLV_P_PARAMETER, name[i]);
        if (cmi_clv_fit_usable(fit)) cmi_emit_f64(t, CMI_CLV_P_VALUE, fit->value[i]);
        if (!fit->converged) continue;
        double error = sqrt(fit->covariance[i * n + i]), factor = cmi_exp(z * error);
        cmi_emit_f64(t, CMI_CLV_P_ERROR, fit->value[i] * error);
        cmi_emit_f64(t, CMI_CLV_P_LOWER, fit->value[i] / factor);
        if (isfinite(fit->value[i] * factor))
            cmi_emit_f64(t, CMI_CLV_P_UPPER, fit->value[i] * factor);
    }
}

void cmi_clv_emit_covariance(cmi_rows *t, uint32_t group, const cmi_clv_fit *fit,
                             const char *const *name, int n)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            double c = fit->covariance[i * n + j];
            double size = sqrt(fit->covariance[i * n + i] * fit->covariance[j * n + j]);
            cmi_row(t, group);
            cmi_emit_text_z(t, CMI_CLV_C_PARAMETER, name[i]);
            cmi_emit_text_z(t, CMI_CLV_C_OTHER, name[j]);
            if (!fit->converged) continue;
            cmi_emit_f64(t, CMI_CLV_C_COVARIANCE, c * fit->value[i] * fit->value[j]);
            cmi_emit_f64(t, CMI_CLV_C_CORRELATION, i == j ? 1.0 : c / size);
        }
    }
}

void cmi_clv_emit_fit(cmi_rows *t, const cmi_clv_fit *fit, int n)
{
    cmi_emit_f64(t, CMI_CLV_F_LOG_LIKELIHOOD, fit->log_likelihood);
    cmi_emit_i64(t, CMI_CLV_F_N, fit->n);
    if (fit->given) return;
    cmi_emit_i64(t, CMI_CLV_F_ITERATIONS, fit->n_iterations);
    cmi_emit_f64(t, CMI_CLV_F_GRADIENT, fit->gradient_norm);
    cmi_emit_bool(t, CMI_CLV_F_CONVERGED, fit->converged);
    if (!fit->converged) return;
    cmi_emit_f64(t, CMI_CLV_F_AIC, 2.0 * n - 2.0 * fit->log_likelihood);
    cmi_emit_f64(t, CMI_CLV_F_BIC, n * cmi_log((double)fit->n) - 2.0 * fit->log_likelihood);
}
