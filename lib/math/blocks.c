/* SPDX-License-Identifier: MIT */
#include "math/blocks.h"

#include <math.h>

enum { LANES = 8 };

int64_t cmi_blocks_count(int64_t n_rows)
{
    return n_rows / CMI_BLOCK_ROWS + (n_rows % CMI_BLOCK_ROWS != 0);
}

static int64_t block_end(int64_t block, int64_t n_rows)
{
    int64_t begin = block * CMI_BLOCK_ROWS;
    return n_rows - begin < CMI_BLOCK_ROWS ? n_rows : begin + CMI_BLOCK_ROWS;
}

void cmi_blocks_run(cmi_block_fn fn, void *user, int64_t n_rows, int64_t width, int64_t first,
                    int64_t last, double *partials)
{
    for (int64_t b = first; b < last; b++) {
        fn(user, b * CMI_BLOCK_ROWS, block_end(b, n_rows), partials + b * width);
    }
}

/* *sum + x, its rounding error added to *lost. */
static void add_compensated(double *sum, double *lost, double x)
{
    double next = *sum + x;
    if (isfinite(next)) *lost += fabs(*sum) >= fabs(x) ? (*sum - next) + x : (x - next) + *sum;
    *sum = next;
}

void cmi_blocks_fold(const double *partials, int64_t n_blocks, int64_t width, double *sums)
{
    for (int64_t j = 0; j < width; j++) {
        double sum = 0.0, lost = 0.0;
        for (int64_t b = 0; b < n_blocks; b++)
            add_compensated(&sum, &lost, partials[b * width + j]);
        sums[j] = sum + lost;
    }
}

void cmi_blocks_total(cmi_block_fn fn, void *user, int64_t n_rows, int64_t width, double *sums,
                      double *scratch)
{
    double *lost = scratch, *partial = scratch + width;
    for (int64_t j = 0; j < width; j++) sums[j] = lost[j] = 0.0;
    for (int64_t b = 0; b < cmi_blocks_count(n_rows); b++) {
        fn(user, b * CMI_BLOCK_ROWS, block_end(b, n_rows), partial);
        for (int64_t j = 0; j < width; j++) add_compensated(&sums[j], &lost[j], partial[j]);
    }
    for (int64_t j = 0; j < width; j++) sums[j] += lost[j];
}

static double add_lanes(const double *lane)
{
    return ((lane[0] + lane[1]) + (lane[2] + lane[3])) +
           ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}

typedef struct vectors {
    const double *x, *y;
} vectors;

static void sum_block(void *user, int64_t begin, int64_t end, double *sums)
{
    const vectors *v = user;
    double lane[LANES] = { 0 };
    int64_t i = begin;
    for (; i + LANES <= end; i += LANES) {
        for (int j = 0; j < LANES; j++) lane[j] += v->x[i + j];
    }
    for (int j = 0; i < end; i++, j++) lane[j] += v->x[i];
    *sums = add_lanes(lane);
}

static void dot_block(void *user, int64_t begin, int64_t end, double *sums)
{
    const vectors *v = user;
    double lane[LANES] = { 0 };
    int64_t i = begin;
    for (; i + LANES <= end; i += LANES) {
        for (int j = 0; j < LANES; j++) lane[j] += v->x[i + j] * v->y[i + j];
    }
    for (int j = 0; i < end; i++, j++) lane[j] += v->x[i] * v->y[i];
    *sums = add_lanes(lane);
}

double cmi_block_sum(const double *x, int64_t n)
{
    vectors v = { x, x };
    double sum, scratch[2];
    cmi_blocks_total(sum_block, &v, n, 1, &sum, scratch);
    return sum;
}

double cmi_block_dot(const double *x, const double *y, int64_t n)
{
    vectors v = { x, y };
    double sum, scratch[2];
    cmi_blocks_total(dot_block, &v, n, 1, &sum, scratch);
    return sum;
}
