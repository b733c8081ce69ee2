/* SPDX-License-Identifier: MIT */
/* Gauss's hypergeometric function and Tricomi's U for real arguments, with logarithmic scale. */
#ifndef CMI_MATH_HYPER_H
#define CMI_MATH_HYPER_H

/* 2F1(a, b; c; z) = sign * e^log_size. */
typedef struct cmi_scaled {
    double log_size;
    int sign; /* -1, 0, +1; 0 with log_size NaN where the function is not defined */
} cmi_scaled;

/* 2F1(a, b; c; z) for real a, b, c > 0 (c <= 0 undefined), z in [-infinity, 1) (DLMF 15.2.1).
 * one_minus_z = 1 - z is given too: near z = 1 it holds the digits that z cannot.
 * z < 0: Pfaff (15.8.1); then the power series of 2F1 or of its Euler transform (15.8.1), whichever
 * has terms of one sign; above z = 0.9 Euler's integral (15.6.1), raising c by 15.5.18 where it
 * diverges. Relative error about 1e-14 (1 + |log_size|) for terms of one sign. */
cmi_scaled cmi_hyp2f1(double a, double b, double c, double z, double one_minus_z);

/* log U(a, b, z) for a > 0, z > 0 (DLMF 13.4.4); NaN elsewhere. Relative error of U about 1e-13. */
double cmi_log_tricomi_u(double a, double b, double z);

#endif
