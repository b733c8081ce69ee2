#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write tests/unit/math/reference_*.h: values of the special functions from mpmath in 60 digits.

usage: make_reference.py DIRECTORY
Arguments are doubles and exact; each value is rounded once. Rows are sorted, no randomness beyond a fixed seed.
"""
import pathlib
import random
import sys

import mpmath as mp

mp.mp.dps = 60
R = random.Random(20240229)


def number(x):
    x = float(x)
    return "INFINITY" if x == mp.inf else "-INFINITY" if x == -mp.inf else repr(x)


def table(name, function, rows):
    width = len(rows[0]) + 1
    lines = [f"static const double {name}[][{width}] = {{"]
    for row in sorted(set(rows)):
        value = function(*(mp.mpf(x) for x in row))
        lines.append("    { " + ", ".join(number(x) for x in row) + ", " + number(value) + " },")
    return "\n".join(lines + ["};", ""])


def spread(low, high, n):
    """n log-uniform numbers."""
    return [(low * (high / low) ** R.random(),) for _ in range(n)]


def ones(*xs):
    return [(x,) for x in xs]


def header(directory, name, tables):
    text = "/* SPDX-License-Identifier: MIT */\n"
    text += f"/* Made by tools/math/make_reference.py: mpmath {mp.__version__}, 60 digits, rounded once.\n"
    text += " * Each row: arguments, then the value. */\n/* clang-format off */\n"
    path = pathlib.Path(directory) / f"reference_{name}.h"
    path.write_text(text + "\n".join(tables) + "/* clang-format on */\n")


def pairs(n):
    """(a, x) with x near a, for the incomplete gamma function."""
    rows = [(0.5, 1e-10), (1e-3, 0.5), (1e-3, 30.0), (1.0, 1.0), (100.0, 300.0), (1e5, 1e5 + 1000), (1e5, 1e5 - 1000)]
    for _ in range(n):
        a = 10 ** R.uniform(-2, 4)
        rows.append((a, a * 10 ** R.uniform(-0.5, 0.35)))
    return rows


def triples(n):
    rows = [(0.5, 0.5, 0.25), (1.0, 1.0, 0.125), (50.0, 2.0, 0.5), (1e4, 1e4, 0.49), (0.01, 3.0, 1e-9), (500.0, 0.5, 0.999)]
    for _ in range(n):
        a, b = 10 ** R.uniform(-1, 3), 10 ** R.uniform(-1, 3)
        rows.append((a, b, min(0.9999, max(1e-6, R.betavariate(a, b)))))
    return rows


def beta_lower(a, b, x):
    """I_x(a, b) by DLMF 8.17.8, a series of positive terms."""
    factor = mp.exp(a * mp.log(x) + b * mp.log(1 - x) - mp.log(a)) / mp.beta(a, b)
    return factor * mp.hyp2f1(1, a + b, a + 1, x, maxterms=10**7)


def gauss_rows(n):
    rows = [(1.0, 1.0, 2.0, 0.5), (0.5, 0.5, 1.0, 0.99999), (2.5, 1.0, 1.25, 0.999), (7.0, 1.04, 1.0405, 0.9999999)]
    for _ in range(n):
        k, r = R.choice([0, 1, 5, 200]), 10 ** R.uniform(-1, 1)
        a, b = 10 ** R.uniform(-1, 1), 10 ** R.uniform(-1, 1.3)
        z = R.choice([R.random(), 1 - 10 ** R.uniform(-7, 0), -(10 ** R.uniform(-3, 4))])
        if z > 0 and R.random() < 0.5 and a + b + k > 1.01:
            rows.append((r + k, b + k, a + b + k - 1, z))  # BG/NBD conditional mean
        else:
            rows.append((r + k + a, a + 1, r + a + k + 1, z))  # Pareto/NBD likelihood
    return rows


def log_sf(z):
    return mp.log(mp.erfc(z / mp.sqrt(2)) / 2)


def transcend(directory):
    r = lambda low, high, n: [(R.uniform(low, high),) for _ in range(n)]
    near = [(s * 10.0**-k,) for k in range(1, 18) for s in (1, -1)]
    powers = [(R.uniform(0.1, 30), R.uniform(-40, 40)) for _ in range(80)]
    powers += [(1.0000001, 1e9), (0.9999999, -1e9), (2.0, 0.5), (10.0, -300.0), (1e-300, 0.01), (3.0, 5.0)]
    header(directory, "transcend", [
        table("REF_EXP", mp.exp, r(-745, 709.7, 100) + r(-1, 1, 50) + near + ones(0.0, 709.78, -708.3)),
        table("REF_EXPM1", mp.expm1, r(-40, 100, 50) + r(-1, 1, 50) + near),
        table("REF_LOG", mp.log, spread(1e-300, 1e300, 100) + r(0.5, 2, 50) + ones(5e-324, 1e-310, 1 + 2**-52, 1 - 2**-53, 1.7e308)),
        table("REF_LOG1P", mp.log1p, r(-0.99, 3, 80) + spread(1, 1e20, 30) + near),
        table("REF_LOG10", mp.log10, spread(1e-300, 1e300, 60) + r(0.5, 2, 30)),
        table("REF_POW", mp.power, powers),
    ])


def special(directory):
    r = lambda low, high, n: [(R.uniform(low, high),) for _ in range(n)]
    erfcx = lambda x: mp.exp(x * x) * mp.erfc(x)
    gamma_rows = spread(1e-12, 1e12, 60) + r(0, 12, 80) + ones(1 + 1e-9, 2 - 1e-9, 0.5, 3.0, 171.0)
    header(directory, "special", [
        table("REF_ERF", mp.erf, r(-4, 4, 40) + spread(1e-9, 1, 20)),
        table("REF_ERFC", mp.erfc, r(-2, 26, 60) + r(0, 2, 30)),
        table("REF_ERFCX", erfcx, r(0, 30, 30) + spread(1, 1e8, 20)),
        table("REF_LGAMMA", mp.loggamma, gamma_rows),
        table("REF_DIGAMMA", mp.digamma, gamma_rows),
        table("REF_TRIGAMMA", lambda x: mp.psi(1, x), gamma_rows),
        table("REF_GAMMA_LOWER", lambda a, x: mp.gammainc(a, 0, x, regularized=True), pairs(60)),
        table("REF_GAMMA_UPPER", lambda a, x: mp.gammainc(a, x, mp.inf, regularized=True), pairs(60)),
        table("REF_BETA_LOWER", beta_lower, triples(60)),
        table("REF_BETA_UPPER", lambda a, b, x: beta_lower(b, a, 1 - x), triples(60)),
        table("REF_LOG_2F1", lambda a, b, c, z: mp.log(mp.hyp2f1(a, b, c, z)), gauss_rows(80)),
        table("REF_LOG_U", lambda a, b, z: mp.log(mp.hyperu(a, b, z)),
              [(10 ** R.uniform(-1, 1.3), R.uniform(-8, 8), 10 ** R.uniform(-3, 1.5)) for _ in range(20)]),
    ])


def dist(directory):
    probit = lambda p: mp.sqrt(2) * mp.erfinv(2 * p - 1) if p > mp.mpf("1e-20") else \
        -mp.findroot(lambda z: log_sf(z) - mp.log(p), mp.sqrt(-2 * mp.log(p)) - 1)
    sums = lambda x: 2 * mp.nsum(lambda k: (-1) ** (int(k) - 1) * mp.exp(-2 * k * k * x * x), [1, 60], method="d")
    header(directory, "dist", [
        table("REF_NORMAL_LOG_SF", log_sf, ones(-8.0, -3.0, -0.5, 0.0, 0.3, 0.99, 1.01, 2.0, 5.0, 20.0, 38.0, 60.0, 300.0)),
        table("REF_NORMAL_QUANTILE", probit,
              ones(1e-300, 1e-100, 1e-30, 1e-12, 1e-5, 0.001, 0.025, 0.075, 0.3, 0.5, 0.6, 0.9, 0.975, 0.999999)),
        table("REF_KOLMOGOROV_SF", sums, ones(0.4, 0.7, 0.99, 1.01, 1.36, 2.0, 5.0)),
    ])


if __name__ == "__main__":
    transcend(sys.argv[1])
    special(sys.argv[1])
    dist(sys.argv[1])
