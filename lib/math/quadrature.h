/* SPDX-License-Identifier: MIT */
/* Integrals by fixed nodes: no adaptive choice that could differ, the same bits everywhere. */
#ifndef CMI_MATH_QUADRATURE_H
#define CMI_MATH_QUADRATURE_H

#include <stdint.h>

/* Integral of f over [low, high] by the 32-point Gauss-Legendre rule on each of `panels` equal
 * parts; exact for polynomials of degree 63 (DLMF 3.5.18). f must be smooth; about 1e-15 of the
 * integral of |f|. */
typedef double (*cmi_integrand)(double x, const void *user);
double cmi_gauss_legendre(cmi_integrand f, const void *user, double low, double high,
                          int64_t panels);

/* log of the integral of e^f(u) over all u, for f that falls at both ends at least exponentially in
 * |u|: u = center + sinh(t), trapezoid sums, halved until two agree to 1e-14. Positive integrands
 * only, hence no cancellation. At most 2^14 evaluations. Reference  Takahasi, Mori, Double
 * exponential formulas, 1974, doi:10.2977/prims/1195192451. */
typedef double (*cmi_log_integrand)(double u, const void *user);
double cmi_log_integral(cmi_log_integrand f, const void *user, double center);

#endif
