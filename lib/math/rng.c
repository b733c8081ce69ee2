/* SPDX-License-Identifier: MIT */
#include "math/rng.h"

#include "core/int128.h"
#include "math/dist.h"
#include "math/gamma.h"
#include "math/transcend.h"

void cmi_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++) {
        uint64_t a = (uint64_t)0xD2511F53u * c0, b = (uint64_t)0xCD9E8D57u * c2;
        c0 = (uint32_t)(b >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)b;
        c2 = (uint32_t)(a >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)a;
        k0 += 0x9E3779B9u; /* golden ratio */
        k1 += 0xBB67AE85u; /* sqrt(3) - 1 */
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

uint64_t cmi_random_bits(uint64_t seed, uint32_t stream, uint64_t key, uint32_t counter)
{
    const uint32_t at[4] = { counter, stream, (uint32_t)key, (uint32_t)(key >> 32) };
    const uint32_t seeds[2] = { (uint32_t)seed, (uint32_t)(seed >> 32) };
    uint32_t out[4];
    cmi_philox(at, seeds, out);
    return (uint64_t)out[1] << 32 | out[0];
}

static double uniform_of(uint64_t bits)
{
    return ((double)(bits >> 12) + 0.5) * 0x1p-52;
}

double cmi_random_uniform(uint64_t seed, uint32_t stream, uint64_t key, uint32_t counter)
{
    return uniform_of(cmi_random_bits(seed, stream, key, counter));
}

double cmi_random_normal(uint64_t seed, uint32_t stream, uint64_t key, uint32_t counter)
{
    return cmi_normal_quantile(cmi_random_uniform(seed, stream, key, counter));
}

uint64_t cmi_next_bits(cmi_random *r)
{
    return cmi_random_bits(r->seed, r->stream, r->key, r->counter++);
}

double cmi_next_uniform(cmi_random *r)
{
    return uniform_of(cmi_next_bits(r));
}

double cmi_next_normal(cmi_random *r)
{
    return cmi_normal_quantile(cmi_next_uniform(r));
}

double cmi_next_exponential(cmi_random *r)
{
    return -cmi_log(cmi_next_uniform(r));
}

uint64_t cmi_next_below(cmi_random *r, uint64_t n)
{
    uint64_t threshold = (0 - n) % n;
    cmi_u128 product;
    do product = (cmi_u128)cmi_next_bits(r) * n;
    while ((uint64_t)product < threshold);
    return (uint64_t)(product >> 64);
}

double cmi_next_gamma(cmi_random *r, double shape)
{
    if (!(shape > 0.0)) return (double)NAN;
    if (shape < 1.0) { /* gamma(shape + 1) * u^(1/shape) */
        double g = cmi_next_gamma(r, shape + 1.0);
        return g * cmi_exp(-cmi_next_exponential(r) / shape);
    }
    double d = shape - 1.0 / 3.0, c = 1.0 / sqrt(9.0 * d);
    for (;;) {
        double x = cmi_next_normal(r), v = 1.0 + c * x;
        if (v <= 0.0) continue;
        v = v * v * v;
        if (cmi_log(cmi_next_uniform(r)) < 0.5 * x * x + d - d * v + d * cmi_log(v)) return d * v;
    }
}

double cmi_next_beta(cmi_random *r, double a, double b)
{
    double x = cmi_next_gamma(r, a), y = cmi_next_gamma(r, b);
    return x + y > 0.0 ? x / (x + y) : a / (a + b);
}

static int64_t poisson_small(cmi_random *r, double mean)
{
    double limit = cmi_exp(-mean), product = cmi_next_uniform(r);
    int64_t k = 0;
    for (; product > limit; k++) product *= cmi_next_uniform(r);
    return k;
}

int64_t cmi_next_poisson(cmi_random *r, double mean)
{
    if (!(mean > 0.0) || !(mean < 1e15)) return 0;
    if (mean < 10.0) return poisson_small(r, mean);
    double log_mean = cmi_log(mean), b = 0.931 + 2.53 * sqrt(mean);
    double a = -0.059 + 0.02483 * b, inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
    double v_r = 0.9277 - 3.6224 / (b - 2.0);
    for (;;) {
        double u = cmi_next_uniform(r) - 0.5, v = cmi_next_uniform(r), us = 0.5 - fabs(u);
        double k = floor((2.0 * a / us + b) * u + mean + 0.43);
        if (us >= 0.07 && v <= v_r) return (int64_t)k;
        if (k < 0.0 || (us < 0.013 && v > us)) continue;
        double left = cmi_log(v) + cmi_log(inverse_alpha) - cmi_log(a / (us * us) + b);
        if (left <= -mean + k * log_mean - cmi_lgamma(k + 1.0)) return (int64_t)k;
    }
}
