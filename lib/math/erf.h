/* SPDX-License-Identifier: MIT */
/* The error function and its relatives (DLMF 7.2). */
#ifndef CMI_MATH_ERF_H
#define CMI_MATH_ERF_H

/* erf(x) = 2/sqrt(pi) * integral of exp(-t^2) from 0 to x. Error at most 1.2 ulp. */
double cmi_erf(double x);

/* 1 - erf(x) without cancellation. Error at most 3.5 ulp where the result is normal. */
double cmi_erfc(double x);

/* exp(x^2) erfc(x), which never underflows; for x >= 0 (NaN below). Error at most 3.8 ulp. */
double cmi_erfcx(double x);

#endif
