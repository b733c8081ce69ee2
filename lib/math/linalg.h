/* SPDX-License-Identifier: MIT */
/* Dense linear algebra on the caller's memory: row-major n x n matrices of doubles, one written
 * order of operations (same bits everywhere), no blocking. n may be a few thousand; cost n^3/3
 * multiplications. Reference  Golub, Van Loan, Matrix Computations, 4th ed., 3.4 (LU), 4.2
 * (Cholesky), 8.5 (Jacobi).
 */
#ifndef CMI_MATH_LINALG_H
#define CMI_MATH_LINALG_H

#include <stdbool.h>
#include <stdint.h>

/* PA = LU with partial pivoting, in place. pivot[k] is the row exchanged with row k. False if a
 * pivot is 0 or not finite (singular); a is then half done. */
bool cmi_lu_factor(double *a, int64_t n, int64_t *pivot);

/* Solves A x = b in place of b, from cmi_lu_factor's result; and A^T x = b. */
void cmi_lu_solve(const double *lu, int64_t n, const int64_t *pivot, double *b);
void cmi_lu_solve_transposed(const double *lu, int64_t n, const int64_t *pivot, double *b);

/* The inverse into `out` (n x n, apart from lu), from cmi_lu_factor's result; scratch: n doubles.
 */
void cmi_lu_invert(const double *lu, int64_t n, const int64_t *pivot, double *out, double *scratch);

/* A = L L^T in place of the lower triangle of the symmetric A (the upper one is not read). False if
 * A is not positive definite. */
bool cmi_cholesky_factor(double *a, int64_t n);
void cmi_cholesky_solve(const double *l, int64_t n, double *b);

/* The inverse of A, full and symmetric, into out (n x n, apart from l). */
void cmi_cholesky_invert(const double *l, int64_t n, double *out);

/* log det A = 2 sum log L_ii. */
double cmi_cholesky_log_det(const double *l, int64_t n);

/* Eigenvalues of a symmetric matrix (destroyed), falling, by cyclic Jacobi; vectors, if not NULL,
 * gets them as rows. For small n. values[0]/values[n-1] is the condition number of a positive
 * definite matrix. */
void cmi_symmetric_eigen(double *a, int64_t n, double *values, double *vectors);

/* y = A x for m x n row-major A. */
void cmi_matrix_vector(const double *a, int64_t m, int64_t n, const double *x, double *y);

#endif
