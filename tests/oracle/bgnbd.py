# SPDX-License-Identifier: MIT
"""Naive oracle of bgnbd: the paper's likelihood by lgamma, means over the dropout probability by the trapezoid rule,
fits by Newton with differences of the likelihood itself. Fits have a penalty, so that there is a maximum."""
import math
from functools import lru_cache

from _clv import UNIT_DAYS, histories, make_orders, make_summary

GIVEN = "r:.243,alpha:4.414,a:.793,b:2.426"
NAMES = ["r", "alpha", "a", "b"]
CASES = [
    {"parameters": GIVEN, "calibration_end": "2024-04-01", "as_of": "2024-06-01", "discount": ".0027"},
    {"parameters": "r:.6,alpha:30,a:1,b:1.5", "as_of": "2024-06-01", "time_unit": "day", "horizon": "13w", "max_count": "25"},
    {"parameters": "r:1.5,alpha:.8,a:.4,b:.6", "time_unit": "month", "horizon": "2.5", "discount": ".1",
     "discount_unit": "annual", "tz": "Europe/Paris"},
    {"parameters": "r:2,alpha:.2,a:3,b:.5", "as_of": "2024-05-01T13:00:00", "time_unit": "year", "horizon": "9m",
     "discount": ".05", "discount_unit": "month", "zeros": "excluded"},
    {"parameters": GIVEN, "as_of": "2024-06-01", "by": "channel", "from": "2024-02-01", "to": "2024-04-01",
     "discount": ".001", "discount_unit": "day"},
    {"parameters": GIVEN, "as_of": "2024-06-01", "where": "channel:web", "detail": "none", "discount": ".02",
     "discount_unit": "week"},
    {"parameters": GIVEN, "as_of": "2024-06-01", "unit": "device", "tz": "America/New_York", "discount": ".2",
     "discount_unit": "year", "horizon": "90d"},
    {"penalty": ".5", "calibration_end": "2024-05-01", "as_of": "2024-06-01"},
    {"penalty": "2", "as_of": "2024-06-01", "time_unit": "day", "starts": "1", "confidence": ".8", "by": "channel"},
    {"penalty": ".3", "as_of": "2024-01-01", "starts": "12"},
    {"penalty": ".3", "as_of": "2024-06-01", "covariates": "age"},
    {"parameters": "r:1,alpha:2", "as_of": "2024-06-01"},
    {"horizon": "soon", "as_of": "2024-06-01"},
]
TOLERANCE = {"value": 1e-6, "standard_error": 1e-4, "lower": 1e-4, "upper": 1e-4, "covariance": (1e-3, 1e-6),
             "log_likelihood": (1e-9, 1e-12), "aic": 1e-9, "bic": 1e-9, "p_alive": 1e-6, "expected_purchases": 1e-6,
             "p_no_purchase": 1e-6, "dert": 1e-6, "probability": (1e-6, 1e-13), "purchases": 1e-6, "n_alive": 1e-6}
DURATION_DAYS = {"d": 1, "w": 7, "m": 365 / 12, "y": 365}


def is_side(options):
    return options["as_of"] == "2024-01-01" if "as_of" in options else False


def facts(rng, options):
    if is_side(options):
        return {"summary": make_summary(rng) or [{"customer": "m", "frequency": 0, "recency": 0, "tenure": 1}]}
    return {"orders": make_orders(rng)}


# ---- the model, as the papers print it ----

def log_beta(a, b):
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def log_likelihood(p, x, t, T):
    r, alpha, a, b = p
    front = math.lgamma(r + x) - math.lgamma(r) + r * math.log(alpha)
    alive = front + log_beta(a, b + x) - log_beta(a, b) - (r + x) * math.log(alpha + T)
    if x == 0:
        return alive
    gone = front + log_beta(a + 1, b + x - 1) - log_beta(a, b) - (r + x) * math.log(alpha + t)
    top = max(alive, gone)
    return top + math.log(math.exp(alive - top) + math.exp(gone - top))


def p_alive(p, x, t, T):
    r, alpha, a, b = p
    return 1.0 if x == 0 else 1 / (1 + a / (b + x - 1) * ((alpha + T) / (alpha + t)) ** (r + x))


@lru_cache(maxsize=None)
def dropout_nodes(a, b, step):
    """Dropout probabilities and weights of Beta(a, b): the trapezoid rule in the log odds."""
    nodes, scale = [], log_beta(a, b)
    for i in range(-int(min(60 / a, 690) / step), int(min(60 / b, 690) / step) + 1):
        v = i * step
        log_p, log_q = -math.log1p(math.exp(-v)), -math.log1p(math.exp(v))
        weight = a * log_p + b * log_q - scale
        if weight > -700:
            nodes.append((math.exp(log_p), step * math.exp(weight)))
    return nodes


@lru_cache(maxsize=None)
def purchases_while_alive(p, x, T, h):
    r, alpha, a, b = p
    k, u = r + x, h / (alpha + T)
    return sum(w * -math.expm1(-k * math.log1p(q * u)) / q for q, w in dropout_nodes(a, b + x, 0.1)) if h else 0.0


@lru_cache(maxsize=None)
def rates(p, x):
    r, alpha, a, b = p
    nodes = dropout_nodes(a, b + x, 0.25)
    table = []
    for j in range(-160, 100):
        u = math.exp(j * 0.25)
        rate = sum(w * math.exp(-(r + x + 1) * math.log1p(q * u)) for q, w in nodes)
        table.append((u, 0.25 * u * (r + x) * rate))
    return table


def discounted_while_alive(p, x, T, delta):
    size = delta * (p[1] + T)
    return sum(w * math.exp(-size * u) for u, w in rates(p, x))


def count_probability(p, n, h):
    r, alpha, a, b = p
    nb = lambda j: math.exp(math.lgamma(r + j) - math.lgamma(r) - math.lgamma(j + 1) + r * math.log(alpha / (alpha + h))
                            + j * math.log(h / (alpha + h)))
    alive = math.exp(log_beta(a, b + n) - log_beta(a, b)) * nb(n)
    if n == 0:
        return alive
    tail = 1 - math.fsum(nb(j) for j in range(n))
    return alive + math.exp(log_beta(a + 1, b + n - 1) - log_beta(a, b)) * tail


# ---- fitting ----

def objective(theta, rows, unit, penalty):
    p = [u * math.exp(v) for u, v in zip(unit, theta)]
    return -math.fsum(n * log_likelihood(p, x, t, T) for x, t, T, n in rows) + 0.5 * penalty * sum(v * v for v in theta)


def moved(theta, *steps):
    out = list(theta)
    for i, d in steps:
        out[i] += d
    return out


def derivatives(f, theta, h=2e-4, hh=2e-3):
    n = len(theta)
    g = [(8 * (f(moved(theta, (i, h))) - f(moved(theta, (i, -h))))
          - (f(moved(theta, (i, 2 * h))) - f(moved(theta, (i, -2 * h))))) / (12 * h) for i in range(n)]
    H = [[(f(moved(theta, (i, hh), (j, hh))) - f(moved(theta, (i, hh), (j, -hh))) - f(moved(theta, (i, -hh), (j, hh)))
           + f(moved(theta, (i, -hh), (j, -hh)))) / (4 * hh * hh) for j in range(n)] for i in range(n)]
    return g, H


def solve(A, b):
    n, M = len(A), [row[:] + [v] for row, v in zip(A, b)]
    for i in range(n):
        k = max(range(i, n), key=lambda r: abs(M[r][i]))
        M[i], M[k] = M[k], M[i]
        for r in range(n):
            if r != i:
                f = M[r][i] / M[i][i]
                M[r] = [x - f * y for x, y in zip(M[r], M[i])]
    return [M[i][n] / M[i][i] for i in range(n)]


def fit(rows, penalty):
    total = sum(n for *_, n in rows)
    unit = [1.0, sum(n * T for *_, T, n in rows) / total or 1.0, 1.0, 1.0]
    f = lambda theta: objective(theta, rows, unit, penalty)
    theta, ridge = [-0.5, -0.5, -0.5, 0.5], 1.0
    for _ in range(200):
        g, H = derivatives(f, theta)
        step = solve([[v + ridge * (i == j) for j, v in enumerate(row)] for i, row in enumerate(H)], g)
        new = [v - s for v, s in zip(theta, step)]
        if max(map(abs, step)) < 3e-9 and ridge < 1e-6:
            break
        if max(map(abs, step)) < 3 and f(new) <= f(theta) + 1e-11:
            theta, ridge = new, ridge * 0.2 if ridge > 1e-9 else 0.0
        else:
            ridge = max(ridge, 1e-3) * 5
    g, H = derivatives(f, theta)
    cov = [solve(H, [float(i == j) for j in range(4)]) for i in range(4)]
    return tuple(u * math.exp(v) for u, v in zip(unit, theta)), cov


# ---- tables ----

def horizon_of(options, unit):
    text = options.get("horizon", "39")
    if text[-1] in DURATION_DAYS:
        return float(text[:-1]) * DURATION_DAYS[text[-1]] / unit
    return float(text)


def rate_of(options, unit):
    if "discount" not in options:
        return None
    rate, per = float(options["discount"]), options.get("discount_unit", "time_unit")
    if per == "annual":
        return math.log1p(rate) * unit / 365
    return rate if per == "time_unit" else rate * unit / UNIT_DAYS[per]


def z_of(confidence):
    from statistics import NormalDist
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def histories_of(facts, options):
    unit = UNIT_DAYS[options.get("time_unit", "week")]
    if "summary" in facts:
        rows = [(r["customer"], r["frequency"], float(r["recency"]), float(r["tenure"]), r.get("count", 1), None)
                for r in facts["summary"]]
        return [(None, sorted(rows, key=lambda r: r[0].encode()))], unit
    groups, frame = histories(facts, options)
    return [(g, [(c, h["x"], h["t"] / unit, h["T"] / unit, 1, h["x_holdout"] if frame.holdout else None)
                 for c, h in found]) for g, found in groups], unit


def show_group(key, found, options, unit, out):
    rows = [(x, t, T, n) for _, x, t, T, n, _ in found]
    total, h, delta = sum(n for *_, n in rows), horizon_of(options, unit), rate_of(options, unit)
    given = "parameters" in options
    cov = None
    if given:
        p = tuple(float(v.split(":")[1]) for v in options["parameters"].split(","))
    elif total:
        p, cov = fit(rows, float(options["penalty"]))
    else:
        p = None
    ll = math.fsum(n * log_likelihood(p, x, t, T) for x, t, T, n in rows) if p else None
    values = [(p_alive(p, x, t, T), purchases_while_alive(p, x, T, h)) for x, t, T, _ in rows] if p else []
    held = [h for *_, h in found if h is not None]
    line = {**key, "log_likelihood": ll, "n": total, "converged": None if given else p is not None,
            "aic": 8 - 2 * ll if cov else None, "bic": 4 * math.log(total) - 2 * ll if cov else None,
            "n_alive": math.fsum(n * v[0] for (*_, n), v in zip(rows, values)) if p else None,
            "expected_purchases": math.fsum(n * v[0] * v[1] for (*_, n), v in zip(rows, values)) if p else None,
            "n_purchases_holdout": sum(held) if held else None}
    out["fit"].append(line)
    z = z_of(float(options.get("confidence", ".95")))
    for i, name in enumerate(NAMES):
        error = math.sqrt(cov[i][i]) if cov else None
        out["parameters"].append({**key, "parameter": name, "value": p[i] if p else None,
                                  "standard_error": p[i] * error if cov else None,
                                  "lower": p[i] * math.exp(-z * error) if cov else None,
                                  "upper": p[i] * math.exp(z * error) if cov else None})
        for j, other in enumerate(NAMES):
            out["covariance"].append({**key, "parameter": name, "other": other,
                                      "covariance": cov[i][j] * p[i] * p[j] if cov else None})
    for (customer, x, t, T, n, _), (alive, purchases) in zip(found, values):
        k = p[0] + x
        out["customers"].append({**key, "customer": customer, "frequency": x, "recency": t, "tenure": T, "p_alive": alive,
                                 "expected_purchases": alive * purchases,
                                 "p_no_purchase": 1 - alive + alive * ((p[1] + T) / (p[1] + T + h)) ** k,
                                 "dert": alive * discounted_while_alive(p, x, T, delta) if delta else None,
                                 "log_likelihood": log_likelihood(p, x, t, T)})
    for n in range(int(options.get("max_count", "10")) + 1):
        out["probabilities"].append({**key, "n": n, "probability": count_probability(p, n, h) if p else None})
    for age in range(int(h) + 1):
        out["expected"].append({**key, "age": age, "purchases": purchases_while_alive(p, 0, 0.0, float(age)) if p else None})


def expect(facts, options):
    if "covariates" in options or options.get("horizon") == "soon" or options.get("parameters") == "r:1,alpha:2":
        return None
    out = {name: [] for name in ("fit", "parameters", "covariance", "customers", "probabilities", "expected")}
    groups, unit = histories_of(facts, options)
    for group, found in groups:
        show_group({options["by"]: group} if options.get("by") else {}, found, options, unit, out)
    if options.get("detail") == "none":
        out["customers"] = []
    return out
