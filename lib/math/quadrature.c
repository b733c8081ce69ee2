/* SPDX-License-Identifier: MIT */
#include "math/quadrature.h"

#include "math/transcend.h"

#define T_MAX 10.0 /* sinh(10) = 11013 */

/* Positive nodes of the 32-point rule and their weights, from 50 digits
 * (tools/math/make_polynomials.py). */
static const double NODES[16][2] = {
    { 0.04830766568773832, 0.0965400885147278 },  { 0.1444719615827965, 0.09563872007927486 },
    { 0.23928736225213706, 0.09384439908080457 }, { 0.33186860228212767, 0.09117387869576389 },
    { 0.42135127613063533, 0.08765209300440381 }, { 0.5068999089322294, 0.08331192422694675 },
    { 0.5877157572407623, 0.07819389578707031 },  { 0.6630442669302152, 0.0723457941088485 },
    { 0.7321821187402897, 0.06582222277636185 },  { 0.7944837959679424, 0.058684093478535544 },
    { 0.84936761373257, 0.050998059262376175 },   { 0.8963211557660521, 0.04283589802222668 },
    { 0.9349060759377397, 0.03427386291302143 },  { 0.9647622555875064, 0.02539206530926206 },
    { 0.9856115115452684, 0.01627439473090567 },  { 0.9972638618494816, 0.007018610009470096 }
};

double cmi_gauss_legendre(cmi_integrand f, const void *user, double low, double high,
                          int64_t panels)
{
    double total = 0.0, half = 0.5 * (high - low) / (double)panels;
    for (int64_t p = 0; p < panels; p++) {
        double middle = low + half * (double)(2 * p + 1), sum = 0.0;
        for (int i = 15; i >= 0; i--) {
            double step = half * NODES[i][0];
            sum += NODES[i][1] * (f(middle - step, user) + f(middle + step, user));
        }
        total += half * sum;
    }
    return total;
}

static double sinh_of(double t)
{
    double e = cmi_expm1(fabs(t)), s = 0.5 * (e + e / (e + 1.0));
    return t < 0.0 ? -s : s;
}

/* log of e^f du/dt at t */
static double log_height(cmi_log_integrand f, const void *user, double center, double t)
{
    double e = cmi_exp(t);
    return f(center + sinh_of(t), user) + cmi_log(0.5 * (e + 1.0 / e));
}

/* Adds the points first, first + step, ... of [-T_MAX, T_MAX] to e^*top * *sum, in rising order. */
static void add_points(cmi_log_integrand f, const void *user, double center, double first,
                       double step, double *top, double *sum)
{
    for (double t = first; t <= T_MAX; t += step) {
        double height = log_height(f, user, center, t);
        if (!(height > -(double)INFINITY)) continue;
        if (height > *top) {
            *sum *= cmi_exp(*top - height);
            *top = height;
        }
        *sum += cmi_exp(height - *top);
    }
}

double cmi_log_integral(cmi_log_integrand f, const void *user, double center)
{
    double step = 0.125, top = -(double)INFINITY, sum = 0.0, last = -(double)INFINITY;
    add_points(f, user, center, -T_MAX, step, &top, &sum);
    for (int level = 0; level < 8; level++) {
        double now = top + cmi_log(sum * step);
        if (level > 0 && fabs(now - last) <= 1e-14 * (1.0 + 0.01 * fabs(now))) return now;
        last = now;
        add_points(f, user, center, -T_MAX + 0.5 * step, step, &top, &sum);
        step *= 0.5;
    }
    return top + cmi_log(sum * step);
}
