# SPDX-License-Identifier: MIT
"""What the oracles of the customer-lifetime KPIs share: order lines to purchase days, naively."""
from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

UNIT_DAYS = {"day": 1.0, "week": 7.0, "month": 365 / 12, "year": 365.0}
START = datetime(2024, 1, 1)
N_DAYS = 180


def make_orders(rng, n_customers=25):
    """Lines of orders with refunds, free orders, guests, ties and midnights."""
    rows, number = [], 0
    customers = [str(i) for i in range(1, n_customers - 5)] + ["a", "b", "C", "a b", "é", ""]
    for customer in customers:
        time = START + timedelta(minutes=rng.randint(0, 120 * 1440))
        for _ in range(rng.choice([0, 1, 1, 1, 2, 3, 5, 9])):
            number += 1
            order = rng.choice(["", f"o{number}"])
            for _ in range(rng.choice([1, 1, 1, 2, 3])):
                amount = rng.choice([rng.randint(1, 9000), rng.randint(1, 9000), 0, -rng.randint(1, 500)])
                rows.append({"customer": customer, "order": order, "time": time.isoformat() + "Z",
                             "amount": str(Decimal(amount) / 100), "channel": rng.choice(["web", "shop"]),
                             "device": rng.choice(["d1", "d2", "d3", ""])})
                time += timedelta(seconds=rng.choice([0, 0, 1, 3600, 86400 * 2]))
            time += timedelta(minutes=rng.choice([rng.randint(0, 3000), rng.randint(0, 60 * 1440)]))
            if rng.random() < 0.2:
                time = time.replace(hour=rng.choice([0, 22, 23]), minute=0, second=0)
            if time > START + timedelta(days=N_DAYS):
                break
    rng.shuffle(rows)
    rows.sort(key=lambda r: r["time"])  # stable: ties stay in the order of the file
    return rows


def make_summary(rng):
    rows = []
    for i in range(rng.randint(0, 40)):
        x = rng.choice([0, 0, 1, 2, 3, 7])
        t = round(rng.uniform(0.1, 30), 2) if x else 0
        rows.append({"customer": f"m{i}", "frequency": x, "recency": t, "tenure": round(t + rng.uniform(0, 10), 2),
                     "monetary": round(rng.uniform(1, 90), 2) if x else None, "count": rng.choice([1, 1, 1, 5])})
    return rows


def canonical(text):
    digits = text[1:] if text.startswith("-") else text
    number = digits.isascii() and digits.isdigit() and (digits == "0" or digits[0] != "0") and text != "-0"
    return (0, int(text), b"") if number else (1, 0, text.encode())


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


class Frame:
    """The options that say which days count."""

    def __init__(self, facts, options):
        self.zone = zone = ZoneInfo(options.get("tz", "UTC"))
        read = lambda text: datetime.fromisoformat(text).replace(tzinfo=zone)
        if "as_of" in options:
            self.as_of = read(options["as_of"])
        else:
            last = max(instant(r["time"]) for r in facts["orders"]).astimezone(zone)
            self.as_of = datetime.combine(last.date() + timedelta(days=1), datetime.min.time(), zone)
        self.low = read(options["from"]) if "from" in options else None
        self.high = read(options["to"]) if "to" in options else None
        self.last_day = self.as_of.date()
        self.holdout = "calibration_end" in options
        self.end_day = read(options["calibration_end"]).date() if self.holdout else self.last_day
        self.unit = UNIT_DAYS[options.get("time_unit", "week")]


def heads(lines, zeros, passes):
    """The lines that are purchases: each order's first line above 0 among those that pass, or its first that passes
    if that is 0 and no line of the order, passing or not, is above."""
    ids = defaultdict(list)
    for i, line in enumerate(lines):
        ids[line["order"] or f"row {i}"].append(line)
    for members in ids.values():
        good = [line for line in members if Decimal(line["amount"]) > 0]
        passing = [line for line in good or members if passes(line)]
        if passing and (good or (zeros and Decimal(passing[0]["amount"]) == 0)):
            yield passing[0]


def history(lines, frame, options):
    """x, days, revenue of one owner's lines; None: not in it."""
    gross = options.get("amount") == "gross"
    key, _, value = options.get("where", "").partition(":")
    passes = lambda line: not key or line[key] == value
    bought = list(heads(lines, options.get("zeros") != "excluded", passes))
    lines = [line for line in lines if passes(line)]
    day_of = lambda line: instant(line["time"]).astimezone(frame.zone).date()
    days = sorted({day_of(line) for line in bought if day_of(line) < frame.last_day})
    if not days or days[0] >= frame.end_day:
        return None
    first = min(instant(line["time"]) for line in bought)
    if (frame.low and first < frame.low) or (frame.high and first >= frame.high):
        return None
    money = lambda day: sum((Decimal(l["amount"]) for l in lines if day_of(l) == day
                             and (Decimal(l["amount"]) > 0 or not gross)), Decimal(0))
    repeat = [d for d in days[1:] if d < frame.end_day]
    later = [d for d in days[1:] if d >= frame.end_day]
    last = repeat[-1] if repeat else days[0]
    return {"x": len(repeat), "t": (last - days[0]).days, "T": (frame.end_day - timedelta(days=1) - days[0]).days,
            "revenue": sum((money(d) for d in repeat), Decimal(0)),
            "x_holdout": len(later), "revenue_holdout": sum((money(d) for d in later), Decimal(0))}


def histories(facts, options):
    """List of (group, [(customer, history)]) in canonical order, and the frame."""
    frame = Frame(facts, options)
    by, owner = options.get("by"), options.get("unit", "customer")
    groups = defaultdict(lambda: defaultdict(list))
    if not by:
        groups[None]
    for line in facts["orders"]:
        if line[owner] == "" or instant(line["time"]) >= frame.as_of:
            continue
        group = line[by] if by else None
        groups[group][line[owner]].append(line)
    out = []
    for group in sorted(groups, key=lambda g: canonical(g or "")):
        found = [(c, history(lines, frame, options)) for c, lines in groups[group].items()]
        out.append((group, sorted(((c, h) for c, h in found if h), key=lambda f: canonical(f[0]))))
    return out, frame
