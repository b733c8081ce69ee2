/* SPDX-License-Identifier: MIT */
/* Roots of one increasing function: Newton's steps kept inside a bracket. */
#ifndef CMI_MATH_ROOT_H
#define CMI_MATH_ROOT_H

/* f(u), and its derivative through *slope (0 or NaN: unknown, the bracket is halved instead). */
typedef double (*cmi_root_fn)(double u, double *slope, const void *user);

/* The u in [low, high] where the increasing f crosses 0; low or high where it does not cross
 * inside. Stops when a step is below 2 ulp of u (or 2^-53 near 0); at most 200 evaluations.
 * Reference  Press et al., Numerical Recipes, 9.4 (safeguarded Newton). */
double cmi_find_root(cmi_root_fn f, const void *user, double low, double high, double start);

#endif
