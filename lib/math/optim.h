/* SPDX-License-Identifier: MIT */
/* Minimising smooth functions: L-BFGS, and Newton for few variables, on the caller's memory.
 *
 * A value that is not finite counts as +infinity: the step is halved. The best point seen is always
 * in x at the end, whatever the reason for stopping; the report says what it is worth.
 */
#ifndef CMI_MATH_OPTIM_H
#define CMI_MATH_OPTIM_H

#include <stdbool.h>
#include <stdint.h>

/* Returns f(x) and stores its gradient. */
typedef double (*cmi_objective_fn)(void *user, const double *x, double *gradient);

/* The same with the n x n Hessian. */
typedef double (*cmi_objective2_fn)(void *user, const double *x, double *gradient, double *hessian);

typedef enum cmi_stop_reason {
    CMI_STOP_GRADIENT,    /* gradient small: converged */
    CMI_STOP_DECREMENT,   /* Newton decrement small: converged */
    CMI_STOP_NO_PROGRESS, /* no step lowers f any more; converged if the gradient is small for the
                             digits of f */
    CMI_STOP_ITERATIONS,
    CMI_STOP_EVALUATIONS,
    CMI_STOP_UNBOUNDED, /* f fell below -1e300, or x left 1e30 */
    CMI_STOP_BAD_START  /* f or its gradient is not finite at the start */
} cmi_stop_reason;

typedef struct cmi_fit_report {
    int64_t iterations, evaluations;
    double value; /* f at the returned x */
    double
        gradient_norm; /* max |g_i| max(1, |x_i|) / max(1, |f|): free of the scale of f and of x */
    bool converged;
    cmi_stop_reason reason;
} cmi_fit_report;

typedef struct cmi_fit_limits {
    int64_t iterations, evaluations;
    double gradient; /* converged when gradient_norm is at or below */
} cmi_fit_limits;

/* 500 iterations, 2000 evaluations, gradient 1e-9. */
cmi_fit_limits cmi_fit_defaults(void);

/* Doubles of scratch for n variables and `memory` correction pairs (5 to 10 do well). */
int64_t cmi_lbfgs_scratch(int64_t n, int64_t memory);

/* L-BFGS with a strong-Wolfe line search (Nocedal 1980, doi:10.1090/S0025-5718-1980-0572855-7;
 * Nocedal, Wright, Numerical Optimization, algorithms 7.4, 7.5, 3.5). x: start in, best point out.
 */
cmi_fit_report cmi_lbfgs(cmi_objective_fn f, void *user, double *x, int64_t n, int64_t memory,
                         const cmi_fit_limits *limits, double *scratch);

enum { CMI_NEWTON_MAX = 16 };

/* Newton's method for n <= CMI_NEWTON_MAX with a ridge until the Hessian is positive definite and
 * step halving: the polish after L-BFGS. Stops by gradient or by decrement g' H^-1 g <= 1e-18
 * max(1, |f|). */
cmi_fit_report cmi_newton(cmi_objective2_fn f, void *user, double *x, int64_t n,
                          const cmi_fit_limits *limits);

/* Hessian at x by central differences of the gradient, symmetrised; steps cbrt-like 6e-6 max(1,
 * |x_i|); scratch: 3 n. False if a gradient is not finite. Relative error about 1e-9 of the scale
 * of H. */
bool cmi_numeric_hessian(cmi_objective_fn f, void *user, const double *x, int64_t n,
                         double *hessian, double *scratch);

#endif
