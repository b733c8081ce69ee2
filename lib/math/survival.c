/* SPDX-License-Identifier: MIT */
#include "math/survival.h"

#include "core/int128.h"
#include "math/dist.h"
#include "math/transcend.h"

/* S as double-double, and both products of the fraction S = prod(n - d) / prod n modulo two primes.
 */
typedef struct product {
    cmi_pair value;
    uint64_t up[2], down[2];
} product;

static const uint64_t PRIMES[2] = { (UINT64_C(1) << 61) - 1, (UINT64_C(1) << 63) - 25 };

static uint64_t multiply_mod(uint64_t a, uint64_t b, uint64_t m)
{
    return (uint64_t)((cmi_u128)a * b % m);
}

static cmi_pair pair_of(int64_t x)
{
    double hi = (double)x;
    return cmi_fast_two_sum(hi, (double)((cmi_i128)x - (cmi_i128)hi));
}

/* s *= (n - d) / n */
static void multiply_fraction(product *s, int64_t n, int64_t d)
{
    cmi_pair below = pair_of(n);
    cmi_pair up = cmi_pair_multiply(s->value, pair_of(n - d));
    double q = up.hi / below.hi; /* long division, two digits */
    cmi_pair part = cmi_pair_multiply(below, (cmi_pair){ q, 0.0 });
    double rest = (up.hi - part.hi) + (up.lo - part.lo);
    s->value = cmi_fast_two_sum(q, rest / below.hi);
    for (int i = 0; i < 2; i++) {
        s->up[i] = multiply_mod(s->up[i], (uint64_t)(n - d), PRIMES[i]);
        s->down[i] = multiply_mod(s->down[i], (uint64_t)n, PRIMES[i]);
    }
}

static int sign_against_half(const product *s)
{
    bool equal = true;
    for (int i = 0; i < 2; i++) equal = equal && multiply_mod(2, s->up[i], PRIMES[i]) == s->down[i];
    if (equal && fabs(s->value.hi - 0.5) < 1e-9) return 0;
    double difference = (s->value.hi - 0.5) + s->value.lo;
    return difference > 0.0 ? 1 : -1;
}

bool cmi_kaplan_meier(const cmi_life *lives, int64_t n, int64_t at_risk, cmi_survival *out)
{
    product s = { { 1.0, 0.0 }, { 1, 1 }, { 1, 1 } };
    double greenwood = 0.0, hazard = 0.0, hazard_var = 0.0;
    for (int64_t i = 0; i < n; i++) {
        const cmi_life *l = &lives[i];
        int64_t d = l->events;
        if (d < 0 || l->censored < 0 || l->entered < 0) return false;
        if (d > at_risk || l->censored > at_risk - d) return false;
        if (d > 0) {
            double risk = (double)at_risk, left = (double)(at_risk - d);
            multiply_fraction(&s, at_risk, d);
            greenwood += left > 0.0 ? (double)d / risk / left : (double)INFINITY;
            hazard += (double)d / risk;
            hazard_var += (double)d / risk / risk;
        }
        double survival = s.value.hi + s.value.lo;
        out[i] = (cmi_survival){ l->time,   at_risk, d,          survival,
                                 greenwood, hazard,  hazard_var, sign_against_half(&s) };
        at_risk += l->entered - d - l->censored;
    }
    return true;
}

bool cmi_survival_median(const cmi_survival *curve, int64_t n, int64_t *time)
{
    for (int64_t i = 0; i < n; i++) {
        if (curve[i].against_half > 0) continue;
        *time = curve[i].time;
        return true;
    }
    return false;
}

bool cmi_survival_interval(const cmi_survival *point, double confidence,
                           cmi_survival_interval_kind kind, cmi_interval *out)
{
    double s = point->survival, half = cmi_normal_two_sided(confidence) * sqrt(point->greenwood);
    if (!(s > 0.0 && s < 1.0) || !isfinite(half)) return false;
    cmi_interval i = { s - s * half, s + s * half };
    if (kind == CMI_SURVIVAL_LOG) {
        i = (cmi_interval){ s * cmi_exp(-half), s * cmi_exp(half) };
    } else if (kind == CMI_SURVIVAL_LOG_LOG) {
        double log_s = cmi_log(s), step = half / log_s; /* negative */
        i = (cmi_interval){ cmi_exp(log_s * cmi_exp(-step)), cmi_exp(log_s * cmi_exp(step)) };
    }
    out->lower = i.lower < 0.0 ? 0.0 : i.lower;
    out->upper = i.upper > 1.0 ? 1.0 : i.upper;
    return true;
}

double cmi_survival_area(const cmi_survival *curve, int64_t n, int64_t until)
{
    double area = 0.0, height = 1.0;
    int64_t from = 0;
    for (int64_t i = 0; i < n && curve[i].time < until; i++) {
        area += height * (double)(curve[i].time - from);
        from = curve[i].time;
        height = curve[i].survival;
    }
    return until > from ? area + height * (double)(until - from) : area;
}
