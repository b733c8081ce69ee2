/* SPDX-License-Identifier: MIT */
#include "kpi/clv/bgnbd_tables.h"

#include <math.h>

#include "math/blocks.h"

/* The showing half of bgnbd: every pattern of (frequency, recency, tenure) is computed once. */

const char *const cmi_bgnbd_names[CMI_BGNBD_N_PARAMETERS] = { "r", "alpha", "a", "b" };
const double cmi_bgnbd_most[CMI_BGNBD_N_PARAMETERS] = { 1e6, 1e30, 1e6, 1e6 };

enum { V_ALIVE, V_EXPECTED, V_NO_PURCHASE, V_DERT, V_LOG_LIKELIHOOD, N_VALUES };

typedef struct view { /* of one group while it is shown */
    const cmi_bgnbd_options *o;
    const cmi_clv_rows *rows;
    const cmi_bgnbd_data *data;
    cmi_bgnbd model;
    double *value[N_VALUES]; /* of each pattern */
    cmi_bgnbd_tenure *memo;  /* per thread: of each time */
    uint32_t *seen;          /* per thread: the frequency for which they were computed, plus 1 */
} view;

static void fill_tenure(const view *v, double x, double T, const double *rate, cmi_bgnbd_tenure *at)
{
    cmi_bgnbd_of_tenure(&v->model, x, T, v->o->horizon, at);
    at->expected = cmi_bgnbd_expected(&v->model, x, T, v->o->horizon);
    at->discounted = (double)NAN;
    if (!isnan(v->o->delta)) at->discounted = cmi_bgnbd_discounted(&v->model, T, v->o->delta, rate);
}

/* All patterns of one frequency: what does not depend on recency is computed once per tenure. */
static cm_status predict(int64_t task, int32_t thread, void *user, cm_error *err)
{
    view *v = user;
    const cmi_bgnbd_data *d = v->data;
    cmi_bgnbd_tenure *memo = v->memo + (int64_t)thread * d->n_t;
    double rate[CMI_BGNBD_NODES], x = d->frequency[task];
    uint32_t *seen = v->seen + (int64_t)thread * d->n_t;
    cmi_bgnbd_frequency f = cmi_bgnbd_of_frequency(&v->model, x);

    (void)err;
    if (!isnan(v->o->delta)) cmi_bgnbd_rates(&v->model, x, v->o->delta * v->model.alpha, rate);
    for (int64_t p = d->first[task]; p < d->first[task + 1]; p++) {
        double T = v->rows->tenure[p];
        cmi_bgnbd_tenure *at = &memo[d->tenure[p]];
        if (seen[d->tenure[p]] != (uint32_t)task + 1) {
            seen[d->tenure[p]] = (uint32_t)task + 1;
            fill_tenure(v, x, T, rate, at);
        }
        double gone = cmi_bgnbd_gone(&v->model, &f, v->rows->recency[p], T);
        double alive = cmi_bgnbd_alive(gone);
        v->value[V_ALIVE][p] = alive;
        v->value[V_EXPECTED][p] = alive * at->expected;
        v->value[V_NO_PURCHASE][p] = cmi_bgnbd_no_purchase(at, alive);
        v->value[V_DERT][p] = alive * at->discounted;
        v->value[V_LOG_LIKELIHOOD][p] = cmi_bgnbd_log_likelihood(&f, at, gone);
    }
    return CM_OK;
}

static cm_status predict_all(const cmi_input *in, view *v)
{
    size_t n = (size_t)v->rows->n, n_memo = (size_t)in->job->threads * (size_t)v->data->n_t;
    double *block = cmi_malloc_n(in->ctx, n * N_VALUES + 1, sizeof *block);

    v->value[0] = block;
    v->memo = cmi_malloc_n(in->ctx, n_memo + 1, sizeof *v->memo);
    v->seen = cmi_calloc(in->ctx, n_memo + 1, sizeof *v->seen);
    if (!block || !v->memo || !v->seen) return cmi_no_memory(in->ctx, in->err);
    for (int i = 1; i < N_VALUES; i++) v->value[i] = v->value[i - 1] + n;
    return cmi_parallel(in->job, in->ctx, v->data->n_x, predict, v, in->err);
}

static void emit_customers(const view *v, cmi_rows *t, uint32_t group)
{
    for (int64_t i = 0; i < v->rows->n_rows; i++) {
        uint32_t p = v->rows->pattern[i];
        cmi_row(t, group);
        cmi_clv_emit_customer(t, CMI_BGNBD_U_CUSTOMER, v->rows, i);
        cmi_emit_i64(t, CMI_BGNBD_U_FREQUENCY, v->rows->frequency[p]);
        cmi_emit_f64(t, CMI_BGNBD_U_RECENCY, v->rows->recency[p]);
        cmi_emit_f64(t, CMI_BGNBD_U_TENURE, v->rows->tenure[p]);
        for (int k = 0; v->value[0] && k < N_VALUES; k++)
            if (isfinite(v->value[k][p])) cmi_emit_f64(t, CMI_BGNBD_U_ALIVE + k, v->value[k][p]);
    }
}

static void emit_fit(const view *v, const cmi_clv_fit *fit, cmi_rows *t, uint32_t group)
{
    int64_t sum = 0, n = 0;
    cmi_i128 revenue;
    bool holdout = false;

    cmi_row(t, group);
    cmi_clv_emit_fit(t, fit, CMI_BGNBD_N_PARAMETERS);
    for (int64_t i = 0; i < v->rows->n_rows; i++) {
        if (!cmi_clv_rows_holdout(v->rows, i, &n, &revenue)) break;
        holdout = true;
        sum += n;
    }
    if (holdout) cmi_emit_i64(t, CMI_BGNBD_F_HOLDOUT, sum);
    if (!v->value[0]) return;
    cmi_emit_f64(t, CMI_BGNBD_F_ALIVE,
                 cmi_block_dot(v->rows->count, v->value[V_ALIVE], v->rows->n));
    cmi_emit_f64(t, CMI_BGNBD_F_PURCHASES,
                 cmi_block_dot(v->rows->count, v->value[V_EXPECTED], v->rows->n));
}

/* Whole ages up to the horizon, at most about a thousand. */
static cm_status emit_expected(const cmi_input *in, const view *v, bool usable, cmi_rows *t,
                               uint32_t group)
{
    int64_t last = (int64_t)floor(v->o->horizon), step = last / 1000 + 1;

    for (int64_t age = 0; age <= last; age += step) {
        if (cmi_job_cancelled(in->job))
            return cmi_fail(in->err, CM_ERR_CANCELLED, "the run was cancelled");
        cmi_row(t, group);
        cmi_emit_i64(t, CMI_BGNBD_E_AGE, age);
        if (usable)
            cmi_emit_f64(t, CMI_BGNBD_E_PURCHASES,
                         cmi_bgnbd_expected(&v->model, 0.0, 0.0, (double)age));
    }
    return CM_OK;
}

static cm_status emit_probabilities(const cmi_input *in, const view *v, bool usable, cmi_rows *t,
                                    uint32_t group)
{
    int64_t n = v->o->max_count;
    double *p = cmi_malloc_n(in->ctx, (size_t)n + 1, sizeof *p);

    if (!p) return cmi_no_memory(in->ctx, in->err);
    if (usable) cmi_bgnbd_counts(&v->model, v->o->horizon, n, p);
    for (int64_t i = 0; i <= n; i++) {
        cmi_row(t, group);
        cmi_emit_i64(t, CMI_BGNBD_N_N, i);
        if (usable) cmi_emit_f64(t, CMI_BGNBD_N_PROBABILITY, p[i]);
    }
    cmi_free(in->ctx, p);
    return CM_OK;
}

static cm_status emit_group(const cmi_input *in, view *v, const cmi_clv_fit *fit, uint32_t group,
                            cmi_output *out)
{
    bool usable = cmi_clv_fit_usable(fit);
    cm_status status = CM_OK;

    v->model = (cmi_bgnbd){ fit->value[0], fit->value[1], fit->value[2], fit->value[3] };
    if (usable) status = predict_all(in, v);
    if (status == CM_OK) {
        emit_fit(v, fit, cmi_out(out, CMI_BGNBD_FIT), group);
        cmi_clv_emit_parameters(cmi_out(out, CMI_BGNBD_PARAMETERS), group, fit, cmi_bgnbd_names,
                                CMI_BGNBD_N_PARAMETERS, cmi_output_confidence(out));
        if (cmi_clv_rows_named(v->rows))
            emit_customers(v, cmi_out(out, CMI_BGNBD_CUSTOMERS), group);
        status = emit_probabilities(in, v, usable, cmi_out(out, CMI_BGNBD_PROBABILITIES), group);
        if (status == CM_OK)
            status = emit_expected(in, v, usable, cmi_out(out, CMI_BGNBD_EXPECTED), group);
        cmi_clv_emit_covariance(cmi_out(out, CMI_BGNBD_COVARIANCE), group, fit, cmi_bgnbd_names,
                                CMI_BGNBD_N_PARAMETERS);
    }
    cmi_free(in->ctx, v->value[0]);
    cmi_free(in->ctx, v->memo);
    cmi_free(in->ctx, v->seen);
    return status;
}

static cm_status present_group(const cmi_input *in, const cmi_bgnbd_options *o, uint32_t group,
                               cmi_output *out)
{
    cmi_clv_rows rows = { 0 };
    cmi_bgnbd_data data = { 0 };
    cmi_clv_fit fit;
    bool found;
    cm_status status =
        cmi_clv_fit_get(in, group, cmi_bgnbd_most, CMI_BGNBD_N_PARAMETERS, &fit, &found);

    if (status != CM_OK) return status;
    if (!found) {
        cmi_diagnose(out, "new_group", "a group that the fit did not have is left out");
        return CM_OK;
    }
    if (!cmi_clv_fit_usable(&fit)) cmi_diagnose(out, "no_maximum", "%s", fit.reason);
    status = cmi_clv_rows_open(in, &o->days, group, &rows);
    if (status == CM_OK) status = cmi_bgnbd_open(in, &rows, &data);
    view v = { .o = o, .rows = &rows, .data = &data };
    if (status == CM_OK) status = emit_group(in, &v, &fit, group, out);
    cmi_bgnbd_close(&data);
    cmi_clv_rows_close(&rows);
    return status;
}

cm_status cmi_bgnbd_present(const cmi_input *in, const void *opt, cmi_output *out)
{
    cm_status status = CM_OK;

    cmi_clv_diagnose(in, out);
    for (uint32_t g = 0; g < cmi_state_n_groups(in->state) && status == CM_OK; g++)
        status = present_group(in, opt, g, out);
    return status == CM_OK ? cmi_output_status(out) : status;
}
