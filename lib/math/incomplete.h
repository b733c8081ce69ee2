/* SPDX-License-Identifier: MIT */
/* Regularised incomplete gamma and beta functions, both tails with their logarithms, and inverses.
 */
#ifndef CMI_MATH_INCOMPLETE_H
#define CMI_MATH_INCOMPLETE_H

/* The two tails of a distribution at one point: lower + upper = 1. Each is computed where it is
 * small, and its logarithm does not underflow. */
typedef struct cmi_tails {
    double lower, upper;
    double log_lower, log_upper;
} cmi_tails;

/* Tails from the logarithm of one of them. */
cmi_tails cmi_tails_from_log_lower(double log_lower);
cmi_tails cmi_tails_from_log_upper(double log_upper);
cmi_tails cmi_tails_swap(cmi_tails tails);
/* What tails are where there is no distribution: all NaN. */
cmi_tails cmi_tails_undefined(void);

/* P(a, x) = lower, Q(a, x) = upper, for a > 0, x >= 0 (DLMF 8.2.4). Power series 8.7.1, continued
 * fraction 8.9.2; the factor in front by Loader's saddle-point form, so that large a loses nothing.
 * Relative error of each tail about 1e-14 for a <= 1e6 (|log of the tail| * 2^-52 where it is
 * tiny). Reference  Loader, Fast and Accurate Computation of Binomial Probabilities, 2000. */
cmi_tails cmi_gamma_tails(double a, double x);

/* log of x^(a-1) e^-x / Gamma(a). */
double cmi_gamma_log_density(double a, double x);

/* The x with P(a, x) = p (or Q(a, x) = q). p in [0, 1], a > 0; NaN outside. Relative error about
 * 1e-14 (1 + |log x|). */
double cmi_gamma_inverse_lower(double a, double p);
double cmi_gamma_inverse_upper(double a, double q);

/* I_x(a, b) = lower and 1 - I = upper, for a, b > 0; y = 1 - x is given too, so that neither end
 * loses digits (DLMF 8.17.2; continued fraction 8.17.22). Relative error of each tail about 1e-14
 * for a, b <= 1e6. */
cmi_tails cmi_beta_tails(double a, double b, double x, double y);

/* log of x^(a-1) y^(b-1) / B(a, b). */
double cmi_beta_log_density(double a, double b, double x, double y);

/* The x with I_x(a, b) = p (or 1 - I = q); *y, if not NULL, is 1 - x to full relative precision. */
double cmi_beta_inverse_lower(double a, double b, double p, double *y);
double cmi_beta_inverse_upper(double a, double b, double q, double *y);

#endif
