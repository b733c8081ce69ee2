#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measure the error of lib/math's elementary functions, in ulp of the exact result (needs mpmath).

usage: measure_ulp.py path/to/shared/object [points]
The shared object is any build of lib/math with its symbols visible.
"""
import ctypes
import math
import random
import sys

import mpmath as mp

mp.mp.prec = 200


def ulp(x):
    return mp.mpf(math.ulp(float(x)))


def log_uniform(r, low, high):
    return math.exp(r.uniform(math.log(low), math.log(high)))


def signed(r, low, high):
    return r.choice((-1, 1)) * log_uniform(r, low, high)


def pick(r, *choices):
    return r.choice(choices)()


CASES = {
    "exp": (mp.exp, lambda r: pick(r, lambda: r.uniform(-708, 709.7), lambda: r.uniform(-1, 1), lambda: signed(r, 1e-12, 1))),
    "expm1": (mp.expm1, lambda r: pick(r, lambda: r.uniform(-42, 42), lambda: r.uniform(-1.5, 1.5), lambda: signed(r, 1e-12, 1))),
    "log": (mp.log, lambda r: pick(r, lambda: log_uniform(r, 1e-300, 1e300), lambda: r.uniform(.3, 3), lambda: 1 + signed(r, 1e-12, .4))),
    "log1p": (mp.log1p, lambda r: pick(r, lambda: log_uniform(r, 1e-12, 1e30), lambda: r.uniform(-1, 3), lambda: signed(r, 1e-12, .9))),
    "log10": (mp.log10, lambda r: pick(r, lambda: log_uniform(r, 1e-300, 1e300), lambda: r.uniform(.3, 3))),
    "log2": (lambda x: mp.log(x, 2), lambda r: pick(r, lambda: log_uniform(r, 1e-300, 1e300), lambda: r.uniform(.3, 3))),
    "erf": (mp.erf, lambda r: pick(r, lambda: r.uniform(0, 6), lambda: signed(r, 1e-9, 1))),
    "erfc": (mp.erfc, lambda r: pick(r, lambda: r.uniform(-6, 26), lambda: r.uniform(-1, 3))),
    "erfcx": (lambda x: mp.exp(mp.mpf(x) ** 2) * mp.erfc(x), lambda r: pick(r, lambda: r.uniform(0, 26), lambda: log_uniform(r, 1e-3, 1e8))),
    "lgamma": (mp.loggamma, lambda r: pick(r, lambda: log_uniform(r, 1e-20, 1e15), lambda: r.uniform(0, 3), lambda: r.uniform(2, 12))),
    "digamma": (mp.digamma, lambda r: pick(r, lambda: log_uniform(r, 1e-8, 1e12), lambda: r.uniform(0, 8))),
    "trigamma": (lambda x: mp.psi(1, x), lambda r: pick(r, lambda: log_uniform(r, 1e-8, 1e12), lambda: r.uniform(0, 8))),
}


def pow_case(r):
    while True:
        x = pick(r, lambda: log_uniform(r, 1e-100, 1e100), lambda: r.uniform(.5, 2))
        y = pick(r, lambda: r.uniform(-50, 50), lambda: signed(r, 1e-3, 1e6))
        if abs(y * math.log(x)) < 700:
            return x, y


def worst(function, exact, points, seed):
    r, high, where = random.Random(seed), mp.mpf(0), None
    for _ in range(points):
        args = exact[1](r)
        args = args if isinstance(args, tuple) else (args,)
        want = exact[0](*map(mp.mpf, args))
        error = abs(mp.mpf(function(*args)) - want) / ulp(want)
        if error > high:
            high, where = error, args
    return high, where


def main():
    library = ctypes.CDLL(sys.argv[1])
    points = int(sys.argv[2]) if len(sys.argv) > 2 else 100000
    only = sys.argv[3:]
    cases = dict(CASES, pow=(mp.power, pow_case))
    for name, exact in cases.items():
        if only and name not in only:
            continue
        try:
            function = library["cmi_" + name]
        except AttributeError:
            continue
        function.restype, function.argtypes = ctypes.c_double, [ctypes.c_double] * (2 if name == "pow" else 1)
        high, where = worst(function, exact, points, 1)
        print(f"{name:10s} {mp.nstr(high, 5):>10s} ulp at {where}", flush=True)


if __name__ == "__main__":
    main()
