# SPDX-License-Identifier: MIT
"""Naive oracle of trend over numbers that are easy to count: revenue and orders per month or week (a KPI
that knows periods), new customers per window, and the share of repeat buyers known at each month's end."""
import math
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from statistics import NormalDist

BASE = {"as_of": "2024-06-01", "from": "2023-01-01"}
CASES = [
    {"kpi": "purchase", "column": "revenue", **BASE},
    {"kpi": "purchase", "column": "n_orders", "kpi.by": "product", "slopes": "ols", **BASE},
    {"kpi": "purchase", "column": "n_orders", "period": "week", "moving_average": "5", **BASE},
    {"kpi": "purchase", "column": "aov", "period": "week", "slopes": "theil_sen", "confidence": ".8", **BASE},
    {"kpi": "purchase", "period": "quarter", "where": "channel:web", "confidence": ".5", **BASE},
    {"kpi": "clv_summary", "column": "repeat_rate", **BASE},
    {"kpi": "clv_summary", "column": "repeat_rate", "as_of": "2024-05-17", "from": "2023-12-10"},
    {"kpi": "cac", "column": "summary.n_new", **BASE},
    {"kpi": "cac", "column": "summary.n_new", "period": "week", "from": "2024-01-10", "as_of": "2024-05-17"},
]
TOLERANCE = {"slope": (1e-9, 1e-12), "lower": (1e-8, 1e-10), "upper": (1e-8, 1e-10), "moving_average": (1e-12, 1e-12),
             "change": (1e-12, 1e-12), "growth": (1e-12, 1e-12), "year_over_year": (1e-12, 1e-12)}


def facts(rng):
    orders = [{"customer": rng.choice("abcdefghij"), "time": (datetime(2023, 1, 1) + timedelta(minutes=rng.randint(0, 520 * 1440))).isoformat() + "Z",
               "amount": str(Decimal(rng.randint(1, 9000)) / 100), "product": rng.choice("xyz"), "channel": rng.choice(["web", "shop"])}
              for _ in range(rng.choice([1, 5, 60, 300]))]
    orders.append({"customer": "a", "time": "2023-01-01T00:00:00Z", "amount": "5", "product": "x", "channel": "web"})
    return {"orders": orders, "spend": [{"start": "2023-01-01", "end": "2024-06-01", "amount": "1000", "channel": "web"}]}


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def midnight(text):
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def start_of(t, period):
    day = t.replace(hour=0, minute=0, second=0, microsecond=0)
    if period == "week":
        return day - timedelta(days=day.weekday())
    if period == "quarter":
        return day.replace(day=1, month=(day.month - 1) // 3 * 3 + 1)
    return day.replace(day=1)


def following(t, period):
    if period == "week":
        return t + timedelta(days=7)
    return start_of(t + timedelta(days=32 if period == "month" else 95), period)


def periods(options):
    """Start as printed, then the part inside the window, and whether it is whole."""
    low, high, period = midnight(options["from"]), midnight(options["as_of"]), options.get("period", "month")
    out, t = [], start_of(low, period)
    while t < high:
        after = following(t, period)
        out.append((t, max(t, low), min(after, high), t >= low and after <= high))
        t = after
    return out


def value_of(orders, options, begin, end):
    column = options.get("column", "revenue").split(".")[-1]
    inside = [r for r in orders if begin <= r["t"] < end]
    if options["kpi"] == "clv_summary":
        days = {}
        for r in orders:
            if r["t"] < end:
                days.setdefault(r["customer"], set()).add(r["t"].date())
        return Fraction(sum(len(d) > 1 for d in days.values()), len(days)) if days else None
    if column == "n_new":
        first = {}
        for r in orders:
            first[r["customer"]] = min(first.get(r["customer"], r["t"]), r["t"])
        return Fraction(sum(begin <= t < end for t in first.values()))
    if column == "n_orders":
        return Fraction(len(inside))
    total = sum((Fraction(r["amount"]) for r in inside), Fraction(0))
    if column == "aov":  # rounded half-even to the scale of 4
        return Fraction(round(total / len(inside) * 10000), 10000) if inside else None
    return total


def t_cdf(t, df):
    """Abramowitz and Stegun 26.7.3 and 26.7.4: closed forms for whole df."""
    theta = math.atan2(t, math.sqrt(df))
    c, s = math.cos(theta), math.sin(theta)
    if df % 2:
        term, total = c, 0.0
        for k in range(1, (df - 1) // 2 + 1):
            total += term
            term *= c * c * 2 * k / (2 * k + 1)
        a = 2 / math.pi * (theta + s * total)
    else:
        term, total = 1.0, 0.0
        for k in range(1, df // 2 + 1):
            total += term
            term *= c * c * (2 * k - 1) / (2 * k)
        a = s * total
    return (1 + a) / 2


def t_quantile(p, df):
    low, high = 0.0, 1e9
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if t_cdf(middle, df) < p else (low, middle)
    return (low + high) / 2


def ols(points, confidence):
    n = len(points)
    if n < 2:
        return None, None, None
    mx, my = sum(Fraction(x) for x, _ in points) / n, sum(y for _, y in points) / n
    sxx, sxy = sum((x - mx) ** 2 for x, _ in points), sum((x - mx) * (y - my) for x, y in points)
    slope = sxy / sxx
    if n < 3:
        return slope, None, None
    rest = sum((y - my - slope * (x - mx)) ** 2 for x, y in points)
    width = t_quantile(.5 + confidence / 2, n - 2) * math.sqrt(rest / (n - 2) / sxx)
    return slope, float(slope) - width, float(slope) + width


def theil_sen(points, confidence):
    n = len(points)
    if n < 2:
        return None, None, None
    slopes = sorted((b[1] - a[1]) / (b[0] - a[0]) for i, a in enumerate(points) for b in points[i + 1:])
    m = len(slopes)
    middle = (slopes[(m - 1) // 2] + slopes[m // 2]) / 2
    if n < 3:
        return middle, None, None
    variance = n * (n - 1) * (2 * n + 5)
    values = [y for _, y in points]
    for y in set(values):
        k = values.count(y)
        variance -= k * (k - 1) * (2 * k + 5)
    z = NormalDist().inv_cdf(.5 + confidence / 2) * math.sqrt(variance / 18)
    low, high = round((m - z) / 2) - 1, round((m + z) / 2)
    return middle, slopes[max(low, 0)], slopes[min(high, m - 1)]


def grow(value, before):
    return None if value is None or before is None or before == 0 else (value - before) / abs(before)


def series_rows(values, spans, options, key):
    window, rows = int(options.get("moving_average", 3)), []
    starts = [s[0].date() for s in spans]
    for p, (start, _, _, whole) in enumerate(spans):
        last = values[max(0, p + 1 - window):p + 1]
        year = start.date() - timedelta(days=364) if options.get("period") == "week" else start.date().replace(year=start.year - 1)
        before = values[p - 1] if p else None
        rows.append({"measure": options.get("column", "revenue").split(".")[-1], **key, "period": start.date().isoformat(), "value": values[p],
                     "value_state": "complete" if whole else "partial",
                     "change": None if not p or values[p] is None or before is None else values[p] - before,
                     "growth": grow(values[p], before) if p else None,
                     "moving_average": sum(last) / window if len(last) == window and None not in last else None,
                     "year_over_year": grow(values[p], values[starts.index(year)]) if year in starts else None})
    return rows


def expect(facts, options):
    wanted = options.get("where")
    orders = [{**r, "t": instant(r["time"])} for r in facts["orders"] if not wanted or r["channel"] == "web"]
    spans = periods(options)
    known = {r["product"] for r in facts["orders"] if instant(r["time"]) < midnight(options["as_of"])}
    groups = [({"product": g}, [r for r in orders if r["product"] == g]) for g in sorted(known)] if "kpi.by" in options else [({}, orders)]
    series, slopes = [], []
    for key, rows in groups:
        values = [value_of(rows, options, begin, end) for _, begin, end, _ in spans]
        series += series_rows(values, spans, options, key)
        points = [(p, v) for p, v in enumerate(values) if v is not None and spans[p][3]]
        for method, line in (("ols", ols), ("theil_sen", theil_sen)):
            if options.get("slopes", "both") in ("both", method):
                slope, lower, upper = line(points, float(options.get("confidence", ".95")))
                slopes.append({**key, "method": method, "n": len(points), "slope": slope, "lower": lower, "upper": upper})
    return {"series": series, "slopes": slopes}
