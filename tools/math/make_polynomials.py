#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Print the polynomial coefficients of lib/math (needs mpmath).

Each polynomial is the Chebyshev interpolant of its function in 60-digit arithmetic, rewritten in powers, each
coefficient rounded once to a double. The relative error printed beside it is that of the polynomial before rounding.
"""
import mpmath as mp

mp.mp.dps = 60


def show(name, function, low, high, n):
    """n coefficients of `function` on [low, high], constant first."""
    coefficients, error = mp.chebyfit(function, [mp.mpf(low), mp.mpf(high)], n, error=True)
    print(f"/* {name}: [{low}, {high}], error {mp.nstr(error, 3)} */")
    for c in reversed(coefficients):
        print(f"    {float(c).hex()}, /* {float(c)!r} */")
    print()


def exp_tail(r):
    """(e^r - 1 - r) / r^2"""
    return mp.nsum(lambda k: r**k / mp.factorial(k + 2), [0, 40]) if abs(r) < 1e-3 else (mp.exp(r) - 1 - r) / r**2


def log_tail(z):
    """(log((1+s)/(1-s)) - 2s) / s^3 with z = s^2"""
    if z < mp.mpf("1e-3"):
        return sum(2 * z**k / (2 * k + 3) for k in range(30))
    s = mp.sqrt(z)
    return (mp.log((1 + s) / (1 - s)) - 2 * s) / s**3


def log_tail2(z):
    """the same after the first term, for the double-double logarithm"""
    if z < mp.mpf("1e-3"):
        return sum(2 * z**k / (2 * k + 5) for k in range(30))
    return (log_tail(z) - mp.mpf(2) / 3) / z


def erf_small(z):
    """erf(x) / x - 1 with z = x^2"""
    if z < mp.mpf("1e-20"):
        return 2 / mp.sqrt(mp.pi) * (1 - z / 3) - 1
    x = mp.sqrt(z)
    return mp.erf(x) / x - 1


def erfcx_scaled(t):
    """(1 + 2x) exp(x^2) erfc(x) with t = (x - 3) / (x + 3)"""
    if t > 1 - mp.mpf("1e-4"):
        x = 3 * (1 + t) / (1 - t) if t < 1 else mp.inf
        if x == mp.inf:
            return 2 / mp.sqrt(mp.pi)
        tail = mp.mpf(1)
        term = mp.mpf(1)
        for k in range(1, 12):
            term *= -(2 * k - 1) / (2 * x * x)
            tail += term
        return (1 + 2 * x) * tail / (x * mp.sqrt(mp.pi))
    x = 3 * (1 + t) / (1 - t)
    return (1 + 2 * x) * mp.exp(x * x) * mp.erfc(x)


def lgamma_at(n):
    """log Gamma(n + t) / t for n = 1, 2"""
    series = mp.taylor(mp.loggamma, n, 60)
    return lambda t: sum(c * t**k for k, c in enumerate(series[1:]))


def show_gauss_legendre(n):
    """Positive nodes and weights of the n-point rule (DLMF 3.5.vi)."""
    print(f"/* Gauss-Legendre, {n} points */")
    for k in range(n // 2, 0, -1):
        x = mp.findroot(lambda t: mp.legendre(n, t), mp.cos(mp.pi * (k - mp.mpf(1) / 4) / (n + mp.mpf(1) / 2)))
        slope = n * (x * mp.legendre(n, x) - mp.legendre(n - 1, x)) / (x * x - 1)
        print(f"    {{ {float(x)!r}, {float(2 / ((1 - x * x) * slope**2))!r} }},")


if __name__ == "__main__":
    show_gauss_legendre(32)
    show("exp: (e^r - 1 - r) / r^2", exp_tail, "-0.3468", "0.3468", 11)
    show("log: (log((1+s)/(1-s)) - 2s) / s^3 in s^2", log_tail, "0", "0.0295", 8)
    show("log, after two terms", log_tail2, "0", "0.0295", 8)
    show("erf: erf(x)/x - 1 in x^2", erf_small, "0", "0.81", 12)
    show("erfcx: (1+2x) exp(x^2) erfc(x) in (x-3)/(x+3)", erfcx_scaled, "-0.5625", "1", 22)
    show("lgamma about 1", lgamma_at(1), "-0.25", "0.25", 20)
    show("lgamma about 2", lgamma_at(2), "-0.25", "0.25", 15)
    show("lgamma about 3/2", lambda t: mp.loggamma(mp.mpf("1.5") + t), "-0.25", "0.25", 18)
