/* SPDX-License-Identifier: MIT
 *
 * What the tests share: cmocka with its own includes, and one macro that compares doubles.
 *
 * cmocka's float assertions compare in single precision (.79292200001 passes for .792922 at 1e-15),
 * so they are forbidden and tools/check_style looks for them.
 */
#ifndef CM_TEST_H
#define CM_TEST_H

/* clang-format off: cmocka.h needs these four before it */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <math.h>
#include <string.h>

/* Fails unless |actual - expected| <= absolute + relative * |expected|, or both are the same
 * infinity, or both are NaN. Prints 17 digits, enough to read the very double. */
static inline void cm_assert_close_at(double actual, double expected, double relative,
                                      double absolute, const char *what, const char *file, int line)
{
    if (isnan(actual) && isnan(expected)) return;
    if (isinf(actual) && isinf(expected) && signbit(actual) == signbit(expected)) return;
    double distance = fabs(actual - expected);
    if (isfinite(actual) && isfinite(expected) &&
        distance <= absolute + relative * fabs(expected)) {
        return;
    }
    print_error("%s is %.17g, expected %.17g (off by %.3g; relative %.3g, absolute %.3g allowed)\n",
                what, actual, expected, distance, relative, absolute);
    _fail(file, line);
}

#define CM_ASSERT_CLOSE(actual, expected, relative, absolute)                                      \
    cm_assert_close_at((actual), (expected), (relative), (absolute), #actual, __FILE__, __LINE__)

/* The same double, bit for bit in value (0 and -0 are told apart, NaN equals NaN). */
static inline void cm_assert_same_at(double actual, double expected, const char *what,
                                     const char *file, int line)
{
    if (isnan(actual) && isnan(expected)) return;
    if (!(actual < expected) && !(actual > expected) && !isnan(actual) && !isnan(expected) &&
        signbit(actual) == signbit(expected)) {
        return;
    }
    print_error("%s is %.17g, expected exactly %.17g\n", what, actual, expected);
    _fail(file, line);
}

#define CM_ASSERT_SAME(actual, expected)                                                           \
    cm_assert_same_at((actual), (expected), #actual, __FILE__, __LINE__)

#endif
