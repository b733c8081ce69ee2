/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "core/sort.h"
#include "kpi/monitoring/trend.h"
#include "math/blocks.h"
#include "math/dist.h"

/* ---- least squares ---- */

static void center(const double *v, int64_t n, double *mean)
{
    *mean = cmi_block_sum(v, n) / (double)n;
}

/* slope = Sxy / Sxx; interval by Student's t with n - 2 degrees of freedom. */
cmi_trend_line cmi_trend_ols(const double *x, const double *y, int64_t n, double confidence)
{
    cmi_trend_line out = { n, NAN, NAN, NAN };
    double mx, my, sxx = 0, sxy = 0, rest = 0;

    if (n < 2) return out;
    center(x, n, &mx);
    center(y, n, &my);
    for (int64_t i = 0; i < n; i++) {
        sxx += (x[i] - mx) * (x[i] - mx);
        sxy += (x[i] - mx) * (y[i] - my);
    }
    out.slope = sxy / sxx;
    if (n < 3) return out;
    for (int64_t i = 0; i < n; i++) {
        double e = y[i] - my - out.slope * (x[i] - mx);
        rest += e * e;
    }
    double t = cmi_t_quantile(.5 + confidence / 2, (double)(n - 2));
    double width = t * sqrt(rest / (double)(n - 2) / sxx);
    out.lower = out.slope - width;
    out.upper = out.slope + width;
    return out;
}

/* ---- Theil-Sen ---- */

static int compare_doubles(const void *a, const void *b, void *user)
{
    double x = *(const double *)a, y = *(const double *)b;
    (void)user;
    return (x > y) - (x < y);
}

/* Variance of Kendall's S, with the correction for ties in y (Kendall 1955; x has none). `sorted`
 * is y in order. */
static double kendall_variance(const double *sorted, int64_t n)
{
    double v = (double)n * (double)(n - 1) * (double)(2 * n + 5);

    for (int64_t i = 0, k; i < n; i += k) {
        for (k = 1; i + k < n && !(sorted[i] < sorted[i + k]); k++) continue;
        v -= (double)k * (double)(k - 1) * (double)(2 * k + 5);
    }
    return v / 18;
}

/* The median of all slopes of two points; the interval between the slopes of ranks
 * (N - z sigma) / 2 and (N + z sigma) / 2 of N, rounded half to even (Sen 1968, section 6). */
cmi_trend_line cmi_trend_theil_sen(const double *x, const double *y, int64_t n, double confidence,
                                   double *scratch)
{
    cmi_trend_line out = { n, NAN, NAN, NAN };
    int64_t m = 0, most = n * (n - 1) / 2;

    if (n < 2) return out;
    memcpy(scratch, y, (size_t)n * sizeof *y);
    cmi_sort(scratch, scratch + n, n, sizeof *scratch, compare_doubles, NULL);
    double sigma = sqrt(kendall_variance(scratch, n));
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = i + 1; k < n; k++) scratch[m++] = (y[k] - y[i]) / (x[k] - x[i]);
    cmi_sort(scratch, scratch + most, m, sizeof *scratch, compare_doubles, NULL);
    out.slope = m % 2 ? scratch[m / 2] : (scratch[m / 2 - 1] + scratch[m / 2]) / 2;
    if (n < 3) return out;
    double z = cmi_normal_two_sided(confidence), half = (double)m / 2;
    double low = rint(half - z * sigma / 2) - 1, high = rint(half + z * sigma / 2);
    out.lower = scratch[low < 0 ? 0 : (int64_t)low];
    out.upper = scratch[high > (double)(m - 1) ? m - 1 : (int64_t)high];
    return out;
}
