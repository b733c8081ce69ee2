/* SPDX-License-Identifier: MIT */
#include "math/linalg.h"

#include <math.h>

#include "math/transcend.h"

/* y -= factor * x */
static void subtract_row(double *y, const double *x, double factor, int64_t n)
{
    for (int64_t i = 0; i < n; i++) y[i] -= factor * x[i];
}

static void swap_rows(double *x, double *y, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        double t = x[i];
        x[i] = y[i];
        y[i] = t;
    }
}

bool cmi_lu_factor(double *a, int64_t n, int64_t *pivot)
{
    for (int64_t k = 0; k < n; k++) {
        int64_t best = k;
        for (int64_t i = k + 1; i < n; i++) {
            if (fabs(a[i * n + k]) > fabs(a[best * n + k])) best = i;
        }
        pivot[k] = best;
        double head = a[best * n + k];
        if (head == 0.0 || !isfinite(head)) return false;
        if (best != k) swap_rows(a + k * n, a + best * n, n);
        for (int64_t i = k + 1; i < n; i++) {
            double *row = a + i * n;
            if (row[k] == 0.0) continue;
            row[k] /= head;
            subtract_row(row + k + 1, a + k * n + k + 1, row[k], n - k - 1);
        }
    }
    return true;
}

static double dot(const double *x, const double *y, int64_t n)
{
    double sum = 0.0;
    for (int64_t i = 0; i < n; i++) sum += x[i] * y[i];
    return sum;
}

void cmi_lu_solve(const double *lu, int64_t n, const int64_t *pivot, double *b)
{
    for (int64_t k = 0; k < n; k++) swap_rows(b + k, b + pivot[k], 1);
    for (int64_t i = 0; i < n; i++) b[i] -= dot(lu + i * n, b, i);
    for (int64_t i = n - 1; i >= 0; i--) {
        const double *row = lu + i * n;
        b[i] = (b[i] - dot(row + i + 1, b + i + 1, n - i - 1)) / row[i];
    }
}

/* A^T = U^T L^T P: forwards with U^T, backwards with L^T, then the exchanges undone. Columns are
 * walked as rows, each row subtracted from what follows. */
void cmi_lu_solve_transposed(const double *lu, int64_t n, const int64_t *pivot, double *b)
{
    for (int64_t i = 0; i < n; i++) {
        const double *row = lu + i * n;
        b[i] /= row[i];
        subtract_row(b + i + 1, row + i + 1, b[i], n - i - 1);
    }
    for (int64_t i = n - 1; i >= 0; i--) subtract_row(b, lu + i * n, b[i], i);
    for (int64_t k = n - 1; k >= 0; k--) swap_rows(b + k, b + pivot[k], 1);
}

void cmi_lu_invert(const double *lu, int64_t n, const int64_t *pivot, double *out, double *scratch)
{
    for (int64_t j = 0; j < n; j++) {
        for (int64_t i = 0; i < n; i++) scratch[i] = i == j ? 1.0 : 0.0;
        cmi_lu_solve_transposed(lu, n, pivot, scratch); /* row j of the inverse */
        for (int64_t i = 0; i < n; i++) out[j * n + i] = scratch[i];
    }
}

bool cmi_cholesky_factor(double *a, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        double *row = a + i * n;
        for (int64_t j = 0; j < i; j++) {
            const double *other = a + j * n;
            row[j] = (row[j] - dot(row, other, j)) / other[j];
        }
        double square = row[i] - dot(row, row, i);
        if (!(square > 0.0) || isinf(square)) return false;
        row[i] = sqrt(square);
    }
    return true;
}

void cmi_cholesky_solve(const double *l, int64_t n, double *b)
{
    for (int64_t i = 0; i < n; i++) b[i] = (b[i] - dot(l + i * n, b, i)) / l[i * n + i];
    for (int64_t i = n - 1; i >= 0; i--) {
        b[i] /= l[i * n + i];
        subtract_row(b, l + i * n, b[i], i);
    }
}

void cmi_cholesky_invert(const double *l, int64_t n, double *out)
{
    for (int64_t j = 0; j < n; j++) {
        double *row = out + j * n;
        for (int64_t i = 0; i < n; i++) row[i] = i == j ? 1.0 : 0.0;
        cmi_cholesky_solve(l, n, row);
    }
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j < i; j++) out[j * n + i] = out[i * n + j];
    }
}

double cmi_cholesky_log_det(const double *l, int64_t n)
{
    double sum = 0.0;
    for (int64_t i = 0; i < n; i++) sum += cmi_log(l[i * n + i]);
    return 2.0 * sum;
}

/* Turns rows p and q of m: (p, q) -> (c p - s q, s p + c q). */
static void rotate(double *p, double *q, int64_t n, int64_t stride, double c, double s)
{
    for (int64_t i = 0; i < n; i++) {
        double x = p[i * stride], y = q[i * stride];
        p[i * stride] = c * x - s * y;
        q[i * stride] = s * x + c * y;
    }
}

/* One sweep over all pairs; true while something off the diagonal counts. */
static bool jacobi_sweep(double *a, int64_t n, double *vectors)
{
    bool turned = false;
    for (int64_t p = 0; p < n; p++) {
        for (int64_t q = p + 1; q < n; q++) {
            double off = a[p * n + q], d = a[q * n + q] - a[p * n + p];
            if (fabs(off) <= 1e-17 * sqrt(fabs(a[p * n + p])) * sqrt(fabs(a[q * n + q]))) continue;
            if (fabs(off) < 1e-300) continue;
            double theta = 0.5 * d / off;
            double t = 1.0 / (fabs(theta) + sqrt(1.0 + theta * theta));
            if (theta < 0.0) t = -t;
            double c = 1.0 / sqrt(1.0 + t * t), s = t * c;
            rotate(a + p, a + q, n, n, c, s);         /* columns */
            rotate(a + p * n, a + q * n, n, 1, c, s); /* rows */
            if (vectors) rotate(vectors + p * n, vectors + q * n, n, 1, c, s);
            turned = true;
        }
    }
    return turned;
}

void cmi_symmetric_eigen(double *a, int64_t n, double *values, double *vectors)
{
    for (int64_t i = 0; vectors && i < n * n; i++) vectors[i] = i / n == i % n ? 1.0 : 0.0;
    int sweep = 0;
    while (sweep < 60 && jacobi_sweep(a, n, vectors)) sweep++;
    for (int64_t i = 0; i < n; i++) values[i] = a[i * n + i];
    for (int64_t i = 0; i < n; i++) { /* largest first */
        int64_t best = i;
        for (int64_t j = i + 1; j < n; j++) {
            if (values[j] > values[best]) best = j;
        }
        swap_rows(values + i, values + best, 1);
        if (vectors && best != i) swap_rows(vectors + i * n, vectors + best * n, n);
    }
}

void cmi_matrix_vector(const double *a, int64_t m, int64_t n, const double *x, double *y)
{
    for (int64_t i = 0; i < m; i++) y[i] = dot(a + i * n, x, n);
}
