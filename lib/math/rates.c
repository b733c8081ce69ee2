/* SPDX-License-Identifier: MIT */
#include "math/rates.h"

#include "math/dist.h"
#include "math/ieee.h"

#define LOG10_E 0.43429448190325182765
#define LOG_2   0.69314718055994530942

static bool finish(double lower, double upper, cmi_interval *out)
{
    if (!isfinite(lower) || !isfinite(upper)) return false;
    *out = (cmi_interval){ lower, upper };
    return true;
}

static bool ordered(int64_t k, int64_t n)
{
    return n > 0 && k >= 0 && k <= n;
}

static double tail_of(double confidence)
{
    return confidence > 0.0 && confidence < 1.0 ? 0.5 * (1.0 - confidence) : (double)NAN;
}

static double clip(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

bool cmi_wilson_share(double p, double n, double confidence, cmi_interval *out)
{
    double z = cmi_normal_two_sided(confidence), z2 = z * z;
    if (!(p >= 0.0 && p <= 1.0) || !(n > 0.0) || isinf(n)) return false;
    double center = p + z2 / (2.0 * n);
    double half = z * sqrt(p * (1.0 - p) / n + z2 / (4.0 * n * n));
    double lower = p == 0.0 ? 0.0 : (center - half) / (1.0 + z2 / n);
    double upper = p == 1.0 ? 1.0 : (center + half) / (1.0 + z2 / n);
    return finish(lower, upper, out);
}

bool cmi_wilson(int64_t k, int64_t n, double confidence, cmi_interval *out)
{
    return ordered(k, n) && cmi_wilson_share((double)k / (double)n, (double)n, confidence, out);
}

bool cmi_clopper_pearson(int64_t k, int64_t n, double confidence, cmi_interval *out)
{
    double tail = tail_of(confidence), a = (double)k, b = (double)(n - k);
    if (!ordered(k, n) || isnan(tail)) return false;
    double lower = k == 0 ? 0.0 : cmi_beta_inverse_lower(a, b + 1.0, tail, NULL);
    double upper = k == n ? 1.0 : cmi_beta_inverse_upper(a + 1.0, b, tail, NULL);
    return finish(lower, upper, out);
}

bool cmi_newcombe(int64_t k1, int64_t n1, int64_t k2, int64_t n2, double confidence,
                  cmi_interval *out)
{
    cmi_interval a, b;
    if (!cmi_wilson(k1, n1, confidence, &a) || !cmi_wilson(k2, n2, confidence, &b)) return false;
    double p1 = (double)k1 / (double)n1, p2 = (double)k2 / (double)n2, d = p1 - p2;
    double down1 = p1 - a.lower, up1 = a.upper - p1, down2 = p2 - b.lower, up2 = b.upper - p2;
    return finish(d - sqrt(down1 * down1 + up2 * up2), d + sqrt(up1 * up1 + down2 * down2), out);
}

static bool z_test(double z, cmi_significance *out)
{
    if (!isfinite(z)) return false;
    *out = (cmi_significance){ z, 2.0 * cmi_normal_sf(fabs(z)), cmi_normal_log10_p(z),
                               (double)INFINITY };
    return true;
}

bool cmi_two_proportions(int64_t k1, int64_t n1, int64_t k2, int64_t n2, cmi_significance *out)
{
    if (!ordered(k1, n1) || !ordered(k2, n2)) return false;
    double a = (double)n1, b = (double)n2, pooled = ((double)k1 + (double)k2) / (a + b);
    double variance = pooled * (1.0 - pooled) * (1.0 / a + 1.0 / b);
    if (!(variance > 0.0)) return false;
    return z_test(((double)k1 / a - (double)k2 / b) / sqrt(variance), out);
}

bool cmi_chi2_goodness(const int64_t *count, const double *share, int64_t n, cmi_significance *out)
{
    double total = 0.0, whole = 0.0, sum = 0.0;
    for (int64_t i = 0; i < n; i++) {
        if (count[i] < 0 || !(share[i] > 0.0)) return false;
        total += (double)count[i];
        whole += share[i];
    }
    if (n < 2 || !(total > 0.0) || isinf(whole)) return false;
    for (int64_t i = 0; i < n; i++) {
        double expected = total * (share[i] / whole), difference = (double)count[i] - expected;
        sum += difference * difference / expected;
    }
    cmi_tails tails = cmi_chi2_tails(sum, (double)(n - 1));
    *out = (cmi_significance){ sum, tails.upper, tails.log_upper * LOG10_E, (double)(n - 1) };
    return true;
}

/* Variance of the difference of the means and Welch-Satterthwaite's degrees of freedom. */
static bool welch_parts(cmi_moments a, cmi_moments b, double *variance, double *df)
{
    if (!(a.n >= 2.0) || !(b.n >= 2.0) || !(a.variance >= 0.0) || !(b.variance >= 0.0))
        return false;
    double va = a.variance / a.n, vb = b.variance / b.n;
    *variance = va + vb;
    if (!(*variance > 0.0) || isinf(*variance)) return false;
    double wa = va / *variance, wb = vb / *variance;
    *df = 1.0 / (wa * wa / (a.n - 1.0) + wb * wb / (b.n - 1.0));
    return isfinite(a.mean) && isfinite(b.mean);
}

bool cmi_welch(cmi_moments a, cmi_moments b, cmi_significance *out)
{
    double variance, df;
    if (!welch_parts(a, b, &variance, &df)) return false;
    double t = (a.mean - b.mean) / sqrt(variance);
    cmi_tails tails = cmi_t_tails(fabs(t), df);
    *out = (cmi_significance){ t, 2.0 * tails.upper, (tails.log_upper + LOG_2) * LOG10_E, df };
    return true;
}

bool cmi_welch_interval(cmi_moments a, cmi_moments b, double confidence, cmi_interval *out)
{
    double variance, df;
    if (!welch_parts(a, b, &variance, &df)) return false;
    double half = cmi_t_quantile_upper(tail_of(confidence), df) * sqrt(variance);
    double d = a.mean - b.mean;
    return finish(d - half, d + half, out);
}

bool cmi_mean_interval(cmi_moments m, double confidence, cmi_interval *out)
{
    if (!(m.n >= 2.0) || !(m.variance >= 0.0)) return false;
    double half = cmi_t_quantile_upper(tail_of(confidence), m.n - 1.0) * sqrt(m.variance / m.n);
    return finish(m.mean - half, m.mean + half, out);
}

bool cmi_wald(double estimate, double standard_error, double confidence, cmi_interval *out)
{
    double half = cmi_normal_two_sided(confidence) * standard_error;
    return standard_error >= 0.0 && finish(estimate - half, estimate + half, out);
}

bool cmi_ratio_delta(double x, double y, double var_x, double var_y, double cov, double confidence,
                     double *variance, cmi_interval *out)
{
    if (y == 0.0) return false;
    double r = x / y, v = (var_x - 2.0 * r * cov + r * r * var_y) / (y * y);
    if (v < 0.0 && v > -1e-12 * (var_x + r * r * var_y) / (y * y)) v = 0.0; /* rounding */
    if (!(v >= 0.0) || !cmi_wald(r, sqrt(v), confidence, out)) return false;
    if (variance) *variance = v;
    return true;
}

/* The r with (x - r y)^2 = z^2 (var_x - 2 r cov + r^2 var_y): a r^2 - 2 b r + c = 0. */
bool cmi_ratio_fieller(double x, double y, double var_x, double var_y, double cov,
                       double confidence, cmi_interval *out)
{
    double z = cmi_normal_two_sided(confidence), z2 = z * z;
    double a = y * y - z2 * var_y, b = x * y - z2 * cov, c = x * x - z2 * var_x;
    double d = b * b - a * c;
    if (!(a > 0.0) || !(var_x >= 0.0) || !(var_y >= 0.0) || isnan(d)) return false;
    double root = sqrt(d > 0.0 ? d : 0.0);
    double far = b < 0.0 ? b - root : b + root; /* the other root as c / far: no cancellation */
    if (far == 0.0) return finish(0.0, 0.0, out);
    double r1 = far / a, r2 = c / far;
    return r1 < r2 ? finish(r1, r2, out) : finish(r2, r1, out);
}

bool cmi_quantile_ranks(int64_t n, double p, double confidence, int64_t *lower, int64_t *upper)
{
    double tail = tail_of(confidence);
    if (n < 1 || !(p > 0.0 && p < 1.0) || isnan(tail)) return false;
    int64_t below = -1, above = n; /* the least k with P(X <= k) > tail, by bisection */
    while (above - below > 1) {
        int64_t k = below + (above - below) / 2;
        if (cmi_binomial_tails(k, n, p).lower > tail)
            above = k;
        else
            below = k;
    }
    int64_t low = above; /* P(X <= low - 1) <= tail */
    below = -1;
    above = n; /* the least k with P(X > k) <= tail */
    while (above - below > 1) {
        int64_t k = below + (above - below) / 2;
        if (cmi_binomial_tails(k, n, p).upper <= tail)
            above = k;
        else
            below = k;
    }
    if (low < 1 || above + 1 > n) return false;
    *lower = low;
    *upper = above + 1;
    return true;
}

bool cmi_net_score(int64_t promoters, int64_t passives, int64_t detractors, double *score,
                   double *standard_error)
{
    if (promoters < 0 || passives < 0 || detractors < 0) return false;
    double p = (double)promoters, d = (double)detractors, n = p + (double)passives + d;
    if (!(n > 0.0)) return false;
    double s = (p - d) / n, variance = ((p + d) / n - s * s) / n;
    *score = s;
    *standard_error = sqrt(variance > 0.0 ? variance : 0.0);
    return true;
}

bool cmi_net_score_interval(int64_t promoters, int64_t passives, int64_t detractors,
                            double confidence, cmi_net_method method, cmi_interval *out)
{
    double score, error, factor = cmi_normal_two_sided(confidence);
    if (isnan(factor) || !cmi_net_score(promoters, passives, detractors, &score, &error))
        return false;
    if (method == CMI_NET_GOODMAN) factor = sqrt(cmi_chi2_quantile_upper(1.0 - confidence, 2.0));
    if (method == CMI_NET_ADJUSTED_WALD) {
        double p = (double)promoters + 0.75, d = (double)detractors + 0.75;
        double n = p + (double)passives + 1.5 + d;
        score = (p - d) / n;
        error = sqrt(((p + d) / n - score * score) / n);
    }
    return finish(clip(score - factor * error, -1.0, 1.0), clip(score + factor * error, -1.0, 1.0),
                  out);
}
