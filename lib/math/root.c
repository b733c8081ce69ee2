/* SPDX-License-Identifier: MIT */
#include "math/root.h"

#include "math/ieee.h"

double cmi_find_root(cmi_root_fn f, const void *user, double low, double high, double start)
{
    double u = start > low && start < high ? start : 0.5 * low + 0.5 * high;
    double last_step = high - low;
    for (int i = 0; i < 200; i++) {
        double slope = 0.0, value = f(u, &slope, user);
        if (value == 0.0) return u;
        if (value > 0.0) {
            high = u;
        } else {
            low = u;
        }
        double next = u - value / slope;
        /* A step out of the bracket, or not half of the last one, halves the bracket instead. */
        if (!(next > low && next < high) || !(fabs(next - u) < 0.5 * last_step)) {
            next = 0.5 * low + 0.5 * high;
        }
        last_step = fabs(next - u);
        u = next;
        if (last_step <= 4.4e-16 * (fabs(u) > 0.25 ? fabs(u) : 0.25)) break;
    }
    return u;
}
