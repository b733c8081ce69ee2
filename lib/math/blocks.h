/* SPDX-License-Identifier: MIT */
/* Sums of doubles with the same bits for any number of threads.
 *
 * Rows are cut into blocks of CMI_BLOCK_ROWS. A block is summed by one thread in a written order,
 * and the partial sums are added in block order (compensated: Neumaier 1974,
 * doi:10.1002/zamm.19740540106). Who computes a block, and when, changes nothing.
 */
#ifndef CMI_MATH_BLOCKS_H
#define CMI_MATH_BLOCKS_H

#include <stdint.h>

enum { CMI_BLOCK_ROWS = 1024 };

/* Adds nothing, but stores in sums[0..width-1] the sums over rows begin..end-1 (at most
 * CMI_BLOCK_ROWS). */
typedef void (*cmi_block_fn)(void *user, int64_t begin, int64_t end, double *sums);

int64_t cmi_blocks_count(int64_t n_rows);

/* Computes blocks first..last-1 into partials[block * width + j]. Several threads may share
 * `partials`, each with blocks of its own. */
void cmi_blocks_run(cmi_block_fn fn, void *user, int64_t n_rows, int64_t width, int64_t first,
                    int64_t last, double *partials);

/* Adds the partial sums of all blocks in block order. */
void cmi_blocks_fold(const double *partials, int64_t n_blocks, int64_t width, double *sums);

/* Both steps on this thread, without room for all partials: scratch holds 2 * width doubles. The
 * bits are those of run + fold. */
void cmi_blocks_total(cmi_block_fn fn, void *user, int64_t n_rows, int64_t width, double *sums,
                      double *scratch);

/* Sum of x; sum of x * y. Inside a block 8 lanes, added at its end in pairs. */
double cmi_block_sum(const double *x, int64_t n);
double cmi_block_dot(const double *x, const double *y, int64_t n);

#endif
