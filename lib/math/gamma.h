/* SPDX-License-Identifier: MIT */
/* The logarithm of the gamma function, its derivatives, and what is built from it (DLMF chapter 5).
 */
#ifndef CMI_MATH_GAMMA_H
#define CMI_MATH_GAMMA_H

/* log Gamma(x) for x > 0; infinity at 0, NaN below. Error at most 2.5 ulp, also near the zeros
 * 1 and 2. */
double cmi_lgamma(double x);

/* log Gamma(1 + x) for x > -1, without rounding 1 + x where x is small. */
double cmi_lgamma1p(double x);

/* log Gamma(x) - ((x - 1/2) log x - x + log(2 pi)/2) for x > 0 (DLMF 5.11.1). Absolute error below
 * 1e-14. */
double cmi_stirling_error(double x);

/* log(Gamma(x + n) / Gamma(x)), the rising factorial's logarithm (DLMF 5.2.4), for x > 0 and x + n
 * > 0; no cancellation for large x. */
double cmi_lpoch(double x, double n);

/* log B(a, b) for a, b > 0 (DLMF 5.12.1); no cancellation for large a, b. Relative error about
 * 1e-15. */
double cmi_lbeta(double a, double b);

/* psi(x) = d/dx log Gamma(x) for x > 0 (DLMF 5.2.2), by recurrence and 5.11.2.
 * Absolute error below 2e-15 + 4 ulp of the result. */
double cmi_digamma(double x);

/* psi'(x) for x > 0 (DLMF 5.15.1), by recurrence and 5.15.8. Error at most 4.5 ulp. */
double cmi_trigamma(double x);

#endif
