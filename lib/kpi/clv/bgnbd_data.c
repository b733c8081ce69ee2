/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "core/sort.h"
#include "kpi/clv/bgnbd_kernel.h"
#include "math/blocks.h"
#include "math/ieee.h"
#include "math/transcend.h"

/* What the likelihood needs to know of the data before the first evaluation: which frequencies and
 * times there are, where to start, and what it means if there is no end. */

/* ---- what the data look like ---- */

static bool rank_times(cm_context *ctx, const cmi_clv_rows *rows, cmi_bgnbd_data *d)
{
    int64_t n = 2 * rows->n;
    uint64_t *key = cmi_malloc_n(ctx, (size_t)n + 1, 2 * sizeof *key);
    uint32_t *order = cmi_malloc_n(ctx, (size_t)n + 1, 2 * sizeof *order);

    if (key && order) {
        for (int64_t i = 0; i < n; i++) { /* from 0 the bits of doubles ascend with them */
            key[i] = cmi_bits_of(i < rows->n ? rows->recency[i] : rows->tenure[i - rows->n]);
            order[i] = (uint32_t)i;
        }
        cmi_sort_u64_pairs(key, order, key + n, order + n, n);
        for (int64_t i = 0; i < n; i++) {
            if (!i || key[i] != key[i - 1]) d->time[d->n_t++] = cmi_from_bits(key[i]);
            uint32_t *place = order[i] < rows->n ? d->recency + order[i]
                                                 : d->tenure + (order[i] - (uint32_t)rows->n);
            *place = (uint32_t)(d->n_t - 1);
        }
    }
    bool ok = key && order;
    cmi_free(ctx, key);
    cmi_free(ctx, order);
    return ok;
}

static void rank_frequencies(const cmi_clv_rows *rows, cmi_bgnbd_data *d)
{
    for (int64_t i = 0; i < rows->n; i++) {
        if (!i || rows->frequency[i] != rows->frequency[i - 1]) {
            d->first[d->n_x] = i;
            d->frequency[d->n_x++] = (double)rows->frequency[i];
        }
        d->x[i] = (uint32_t)(d->n_x - 1);
        d->customers[d->n_x - 1] += rows->count[i];
    }
    d->first[d->n_x] = rows->n;
}

cm_status cmi_bgnbd_open(const cmi_input *in, const cmi_clv_rows *rows, cmi_bgnbd_data *out)
{
    cmi_bgnbd_data d = { .rows = rows, .job = in->job };
    size_t n = (size_t)rows->n;
    size_t words = 3 * (n + 1) + 2 * n + 3 * (n / 2 + 1) + CMI_BGNBD_X_TABLES * n +
                   CMI_BGNBD_T_TABLES * 2 * n + (size_t)cmi_blocks_count(rows->n) * CMI_BGNBD_SUMS +
                   4;

    if (rows->n > UINT32_MAX / 2)
        return cmi_fail(in->err, CM_ERR_LIMIT, "more than 2^31 distinct purchase histories");
    double *p = cmi_calloc(in->ctx, words, sizeof *p);
    if (!p) return cmi_no_memory(in->ctx, in->err);
    d.block = p;
    d.frequency = p;
    d.customers = d.frequency + n + 1;
    d.first = (int64_t *)(void *)(d.customers + n + 1);
    d.time = d.customers + 2 * (n + 1);
    d.x = (uint32_t *)(void *)(d.time + 2 * n);
    d.recency = d.x + n;
    d.tenure = d.recency + n;
    d.x_table = d.time + 2 * n + 3 * (n / 2 + 1);
    d.t_table = d.x_table + CMI_BGNBD_X_TABLES * n;
    d.partial = d.t_table + CMI_BGNBD_T_TABLES * 2 * n;
    *out = d;
    rank_frequencies(rows, out);
    if (rank_times(in->ctx, rows, out)) return CM_OK;
    cmi_bgnbd_close(out);
    return cmi_no_memory(in->ctx, in->err);
}

void cmi_bgnbd_close(cmi_bgnbd_data *d)
{
    if (d->rows) cmi_free(d->rows->ctx, d->block);
    memset(d, 0, sizeof *d);
}

/* ---- starts ---- */

/* Fraction k * step modulo 1: spread evenly for any number of points. */
static double spread(int64_t k, double step)
{
    double v = (double)k * step + 0.5;
    return v - floor(v);
}

void cmi_bgnbd_start(const void *user, int64_t k, double *p)
{
    /* Powers of the plastic number's relative in three dimensions (Roberts, R3 sequence). */
    static const double STEP[] = { 0.8191725133961645, 0.6710436067037893, 0.5497004779019703 };
    const cmi_bgnbd_data *d = user;
    const cmi_clv_rows *rows = d->rows;
    double n = (double)rows->n_customers,
           exposure = cmi_block_dot(rows->count, rows->tenure, rows->n);
    double total = cmi_block_dot(d->customers, d->frequency, d->n_x), square = 0.0;

    for (int64_t i = 0; i < d->n_x; i++)
        square += d->customers[i] * d->frequency[i] * d->frequency[i];
    double mean = total / n, excess = square / n - mean * mean - mean;
    double shape = excess > 0.0 ? mean * mean / excess : 5.0;
    double tenure = exposure > 0.0 ? exposure / n : 1.0, gone = 0.2, size = 3.0;
    shape = fmin(fmax(shape, 0.02), 20.0);
    double rate = 1.3 * fmax(mean, 0.5 / n) / tenure; /* while alive: more than on the whole */
    if (k > 0) {
        shape *= cmi_exp(3.0 * (spread(k, STEP[0]) - 0.5));
        gone = 0.02 + 0.7 * spread(k, STEP[1]);
        size = cmi_exp(4.0 * (spread(k, STEP[2]) - 0.4));
        rate *= 0.8 + 4.0 * gone;
    }
    p[0] = shape;
    p[1] = shape / rate;
    p[2] = size * gone;
    p[3] = size * (1.0 - gone);
}

const char *cmi_bgnbd_explain(const int *direction)
{
    const int r = direction[0], alpha = direction[1], a = direction[2], b = direction[3];

    if (r > 0 && alpha > 0) return "customers do not differ in how often they buy";
    if (a > 0 && b > 0) return "customers do not differ in how soon they leave";
    if (a < 0 && b < 0) return "customers either leave at once or never";
    if (a > 0 || b < 0) return "everybody seems to leave at once";
    if (a < 0 || b > 0) return "nobody seems to leave";
    if (r < 0 || alpha > 0) return "there is hardly any repeat purchase";
    return NULL;
}
