/* SPDX-License-Identifier: MIT */
/* Counter-based random numbers: a number is a pure function of (seed, stream, key, counter), so
 * that it does not depend on threads, order or what was drawn before.
 *
 * Generator   Philox4x32-10 (Salmon, Moraes, Dror, Shaw, Parallel random numbers: as easy as 1, 2,
 * 3, 2011, doi:10.1145/2063384.2063405); its 128-bit counter is (key, stream, counter), its key the
 * seed. stream      which purpose (a constant of the KPI);  key: which thing, such as a customer's
 * code.
 */
#ifndef CMI_MATH_RNG_H
#define CMI_MATH_RNG_H

#include <stdint.h>

/* The block function: out = Philox4x32-10(counter, key). */
void cmi_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* 64 random bits. */
uint64_t cmi_random_bits(uint64_t seed, uint32_t stream, uint64_t key, uint32_t counter);

/* Uniform in the open interval (0, 1): (whole number of 52 bits + 1/2) / 2^52. */
double cmi_random_uniform(uint64_t seed, uint32_t stream, uint64_t key, uint32_t counter);

/* Standard normal by the inverse of its distribution. */
double cmi_random_normal(uint64_t seed, uint32_t stream, uint64_t key, uint32_t counter);

/* A cursor for draws that need a varying number of numbers; counter says how many were taken. */
typedef struct cmi_random {
    uint64_t seed, key;
    uint32_t stream, counter;
} cmi_random;

uint64_t cmi_next_bits(cmi_random *r);
double cmi_next_uniform(cmi_random *r);
double cmi_next_normal(cmi_random *r);

/* Exponential with mean 1. */
double cmi_next_exponential(cmi_random *r);

/* Whole number in 0..n-1, n >= 1, without bias (Lemire 2019, doi:10.1145/3230636). */
uint64_t cmi_next_below(cmi_random *r, uint64_t n);

/* Gamma with shape > 0 and rate 1 (Marsaglia & Tsang 2000, doi:10.1145/358407.358414). */
double cmi_next_gamma(cmi_random *r, double shape);

/* Beta(a, b) as gamma(a) / (gamma(a) + gamma(b)). */
double cmi_next_beta(cmi_random *r, double a, double b);

/* Poisson, mean >= 0: products of uniforms below 10, else PTRS (Hoermann 1993,
 * doi:10.1016/0167-6687(93)90997-4). */
int64_t cmi_next_poisson(cmi_random *r, double mean);

#endif
