/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "kpi/acquisition/attribution.h"
#include "math/transcend.h"

/* What each touch of one path weighs under a rule. Weights are integers, so that shares of them are
 * exact; only time decay rounds, at 2^-52 of the largest. */

static void add_weight(cmi_weight *out, int64_t *n, int64_t channel, int64_t weight, bool once)
{
    int64_t at = 0;

    while (at < *n && out[at].channel < channel) at++;
    if (at < *n && out[at].channel == channel) {
        if (!once) out[at].weight += weight;
        return;
    }
    for (int64_t k = *n; k > at; k--) out[k] = out[k - 1];
    out[at] = (cmi_weight){ channel, weight };
    *n += 1;
}

int64_t cmi_distinct_channels(const cmi_touch *touch, int64_t n, cmi_weight *out)
{
    int64_t found = 0;
    for (int64_t i = 0; i < n; i++) add_weight(out, &found, touch[i].channel, 1, true);
    return found;
}

static int64_t last_non_direct(const cmi_touch *touch, int64_t n, int64_t direct)
{
    for (int64_t i = n - 1; i >= 0; i--)
        if (touch[i].channel != direct) return i;
    return n - 1;
}

/* First, middle and last share in millionths; of two touches the middle's part is given up, of one
 * all is its. The middle's part is shared by n - 2 touches, so the others are multiplied by that.
 */
static int64_t position_weight(const cmi_attribution_options *o, cmi_credit_model rule, int64_t i,
                               int64_t n)
{
    static const double POSITION[] = { .4, .2, .4 }, J[] = { .2, .2, .6 };
    const double *share = o->weights.n == 3 ? o->weights.v : rule == CMI_J ? J : POSITION;
    int64_t part[3];

    for (int k = 0; k < 3; k++) part[k] = (int64_t)rint(share[k] * 1e6);
    if (n == 1) return 1;
    if (n == 2) return part[0] + part[2] ? part[i ? 2 : 0] : 1;
    return i == 0 ? part[0] * (n - 2) : i == n - 1 ? part[2] * (n - 2) : part[1];
}

static int64_t decay_weight(const cmi_attribution_options *o, const cmi_touch *touch, int64_t i,
                            int64_t n)
{
    static const double LN2 = 0.69314718055994530942;
    double half_life = (double)cmi_duration_us(o->half_life);
    double age = (double)(touch[i].age_us - touch[n - 1].age_us); /* the newest weighs most */
    return (int64_t)rint(cmi_exp(-LN2 * (age / half_life)) * 4503599627370496.0 / (double)n);
}

int64_t cmi_rule_weights(const cmi_attribution_options *o, cmi_credit_model rule,
                         const cmi_touch *touch, int64_t n, int64_t direct, cmi_weight *out)
{
    int64_t found = 0;

    if (rule == CMI_PARTICIPATION) return cmi_distinct_channels(touch, n, out);
    if (rule == CMI_FIRST || rule == CMI_LAST || rule == CMI_LAST_NON_DIRECT) {
        int64_t at = rule == CMI_FIRST  ? 0
                     : rule == CMI_LAST ? n - 1
                                        : last_non_direct(touch, n, direct);
        add_weight(out, &found, touch[at].channel, 1, false);
        return found;
    }
    for (int64_t i = 0; i < n; i++) {
        int64_t weight = 1;
        if (rule == CMI_POSITION || rule == CMI_J) weight = position_weight(o, rule, i, n);
        if (rule == CMI_TIME_DECAY) weight = decay_weight(o, touch, i, n);
        add_weight(out, &found, touch[i].channel, weight, false);
    }
    return found;
}
