/* SPDX-License-Identifier: MIT */
/* Exponentials and logarithms with the same bits on every processor.
 *
 * The C library's own differ by version and CPU. These use only + - * / of IEEE doubles in a
 * written order. Error bounds are in units in the last place (ulp) of the exact result, measured
 * against 60-digit arithmetic by tools/math/measure_ulp.py over 150,000 random points each.
 */
#ifndef CMI_MATH_TRANSCEND_H
#define CMI_MATH_TRANSCEND_H

#include <stddef.h>

#include "math/ieee.h"

/* e^x for any double. Overflows to infinity above 709.782..., goes through the subnormals to 0.
 * Error at most 0.60 ulp (1 ulp where the result is subnormal). */
double cmi_exp(double x);

/* y[i] = cmi_exp(x[i]), bit for bit; the loop runs in vectors. y may be x. */
void cmi_exp_n(const double *x, double *y, size_t n);

/* e^x - 1 without cancellation near 0. Error at most 0.95 ulp. */
double cmi_expm1(double x);

/* Natural logarithm. 0 gives -infinity, negative numbers give NaN. Error at most 0.80 ulp. */
double cmi_log(double x);

/* y[i] = cmi_log(x[i]), bit for bit; the loop runs in vectors. y may be x. */
void cmi_log_n(const double *x, double *y, size_t n);

/* log(1 + x) without cancellation near 0, for x >= -1. Error at most 0.80 ulp. */
double cmi_log1p(double x);

/* Logarithms of base 10 and 2; exact where the result is a whole number.
 * Errors at most 0.501 and 0.501 ulp. */
double cmi_log10(double x);
double cmi_log2(double x);

/* x^y. For x < 0, y must be a whole number, else NaN; x^0 = 1^y = 1. Error at most 0.66 ulp. */
double cmi_pow(double x, double y);

/* log(1 - e^x) for x < 0, by log(-expm1(x)) or log1p(-exp(x)), whichever loses nothing (Maechler,
 * Accurately computing log(1 - exp(-|a|)), 2012). 0 gives -infinity. */
double cmi_log1mexp(double x);

/* log(e^a + e^b) without overflow. */
double cmi_logaddexp(double a, double b);

/* log of the sum of e^x[i] without overflow; -infinity for n = 0. */
double cmi_logsumexp(const double *x, size_t n);

/* log(x) as hi + lo for a positive finite x; relative error below 2^-64. For this floor's own use.
 */
cmi_pair cmi_log_pair(double x);

/* e^(hi + lo). For this floor's own use: powers and tails that would lose digits in a rounded
 * exponent. */
double cmi_exp_pair(cmi_pair x);

#endif
