# SPDX-License-Identifier: MIT
"""Naive oracle of clv_summary: sets of dates per customer, money as decimals."""
from collections import Counter
from decimal import ROUND_HALF_EVEN, Decimal

from _clv import histories, make_orders, make_summary

CASES = [
    {},
    {"calibration_end": "2024-04-01", "as_of": "2024-06-01"},
    {"calibration_end": "2024-04-01", "as_of": "2024-06-01", "time_unit": "day", "tz": "America/New_York"},
    {"as_of": "2024-04-10T12:30:00", "time_unit": "month", "tz": "Europe/Paris"},
    {"calibration_end": "2024-04-01T05:00:00", "as_of": "2024-05-20", "time_unit": "year", "amount": "gross"},
    {"as_of": "2024-06-01", "zeros": "excluded", "by": "channel", "detail": "none"},
    {"as_of": "2024-06-01", "by": "channel", "calibration_end": "2024-05-01"},
    {"as_of": "2024-06-01", "where": "channel:web", "from": "2024-02-01", "to": "2024-03-15"},
    {"as_of": "2024-06-01", "unit": "device", "zeros": "excluded", "tz": "Asia/Kolkata"},
    {"as_of": "2024-06-01", "calibration_end": "2024-04-01", "detail": "none", "amount": "gross"},
    {"as_of": "2024-01-01", "time_unit": None},
]


def facts(rng, options):
    if "time_unit" in options and options["time_unit"] is None:
        return {"summary": make_summary(rng) or [{"customer": "m", "frequency": 0, "recency": 0, "tenure": 1}]}
    return {"orders": make_orders(rng)}


def divide(money, n):
    return None if n == 0 else (money / n).quantize(Decimal("0.0001"), rounding=ROUND_HALF_EVEN)


def key_of(group, options):
    return {options["by"]: group} if options.get("by") else {}


def expect(facts, options):
    if "summary" in facts:
        rows = facts["summary"]
        n = sum(r.get("count", 1) for r in rows)
        repeat = sum(r.get("count", 1) for r in rows if r["frequency"])
        return {"summary": [{"n_customers": n, "n_repeat": repeat, "repeat_rate": repeat / n}]}
    groups, frame = histories(facts, options)
    summary, customers, patterns = [], [], []
    duration = (frame.last_day - frame.end_day).days / frame.unit if frame.holdout else None
    for group, found in groups:
        key, n = key_of(group, options), len(found)
        mean = lambda name, unit=1.0: sum(h[name] / unit for _, h in found) / n if n else None
        x = sum(h["x"] for _, h in found)
        repeat = sum(h["x"] > 0 for _, h in found)
        held = frame.holdout and n > 0
        summary.append({**key, "n_customers": n, "n_repeat": repeat, "repeat_rate": repeat / n if n else None,
                        "mean_frequency": mean("x"), "mean_recency": mean("t", frame.unit),
                        "mean_tenure": mean("T", frame.unit), "n_purchases": x,
                        "monetary": divide(sum((h["revenue"] for _, h in found), Decimal(0)), x),
                        "n_purchases_holdout": sum(h["x_holdout"] for _, h in found) if held else None,
                        "duration_holdout": duration if held else None})
        for customer, h in found if options.get("detail") != "none" else []:
            customers.append({**key, "customer": customer, "frequency": h["x"], "recency": h["t"] / frame.unit,
                              "tenure": h["T"] / frame.unit, "monetary": divide(h["revenue"], h["x"]),
                              "revenue_repeat": h["revenue"],
                              "frequency_holdout": h["x_holdout"] if frame.holdout else None,
                              "monetary_holdout": divide(h["revenue_holdout"], h["x_holdout"]) if frame.holdout else None,
                              "duration_holdout": duration})
        for (x, t, T), count in sorted(Counter((h["x"], h["t"], h["T"]) for _, h in found).items()):
            patterns.append({**key, "frequency": x, "recency": t / frame.unit, "tenure": T / frame.unit,
                             "n_customers": count})
    return {"summary": summary, "customers": customers, "patterns": patterns}
