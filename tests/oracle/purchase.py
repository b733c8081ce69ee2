# SPDX-License-Identifier: MIT
"""Naive oracle of purchase: order lines grouped by hand, money as decimals, calendars by zoneinfo."""
from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal, ROUND_HALF_EVEN
from zoneinfo import ZoneInfo

CASES = [
    {"period": "month", "as_of": "2024-06-01", "from": "2024-01-01"},
    {"period": "week", "as_of": "2024-06-01", "from": "2024-01-01", "week_start": "sunday"},
    {"period": "day", "as_of": "2024-06-01", "from": "2024-03-01", "tz": "Europe/Paris"},
    {"period": "month", "as_of": "2024-06-01", "from": "2024-01-01", "by": "product"},
    {"period": "month", "as_of": "2024-06-01", "from": "2024-01-01", "amount": "gross"},
    {"period": "quarter", "as_of": "2024-06-01", "from": "2023-11-15", "to": "2024-05-17"},
    {"period": "month", "as_of": "2024-06-01", "from": "2024-01-01", "where": "channel:web"},
    {"period": "month", "as_of": "2024-06-01", "from": "2024-01-01", "activity": "orders", "tz": "Asia/Kolkata"},
]


def facts(rng):
    orders, events = [], []
    for _ in range(rng.randint(0, 120)):
        time = datetime(2023, 11, 1) + timedelta(minutes=rng.randint(0, 220 * 1440))
        customer = rng.choice(["a", "b", "10", "9", "e", ""])
        order = rng.choice(["", f"o{rng.randint(1, 40)}-{customer}"])
        for _ in range(rng.randint(1, 3)):
            orders.append({"customer": customer, "order": order, "time": time.isoformat() + "Z",
                           "amount": str(Decimal(rng.randint(-300, 1500)) / 100), "product": rng.choice(["x", "y", ""]),
                           "channel": rng.choice(["web", "shop"])})
            time += timedelta(seconds=rng.choice([0, 0, 1, 86400 * 20]))
    orders.append({"customer": "a", "order": "last", "time": "2024-01-31T23:30:00Z", "amount": "1", "product": "x", "channel": "web"})
    for _ in range(rng.randint(1, 40)):
        time = datetime(2023, 11, 1) + timedelta(minutes=rng.randint(0, 220 * 1440))
        events.append({"customer": rng.choice("abcf"), "time": time.isoformat() + "Z", "name": "visit", "channel": rng.choice(["web", "shop"])})
    return {"orders": orders, "events": events}


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def start_of(local, period, week_start):
    day = local.date()
    if period == "day":
        return day
    if period == "week":
        return day - timedelta(days=(day.weekday() - {"monday": 0, "sunday": 6}[week_start]) % 7)
    if period == "month":
        return day.replace(day=1)
    return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)


def following(day, period):
    if period == "day":
        return day + timedelta(days=1)
    if period == "week":
        return day + timedelta(days=7)
    months = 1 if period == "month" else 3
    month = day.month - 1 + months
    return day.replace(year=day.year + month // 12, month=month % 12 + 1)


def divide(money, n):
    return None if n == 0 else (money / n).quantize(Decimal("0.0001"), rounding=ROUND_HALF_EVEN)


def expect(facts, options):
    zone = ZoneInfo(options.get("tz", "UTC"))
    midnight = lambda text: datetime.fromisoformat(text).replace(tzinfo=zone)
    low, as_of = midnight(options["from"]), midnight(options["as_of"])
    high = midnight(options["to"]) if "to" in options else as_of
    period, by_product = options["period"], options.get("by") == "product"
    wanted = options.get("where")

    groups = sorted({r["product"] for r in facts["orders"] if instant(r["time"]) < as_of}) if by_product else [None]
    if by_product and any(instant(r["time"]) < as_of for r in facts["events"]):
        groups = sorted(set(groups) | {""})  # events have no product: they belong to the group null
    rows = []
    for group in groups:
        cell = defaultdict(lambda: {"lines": 0, "gross": Decimal(0), "refunds": Decimal(0), "guests": Decimal(0), "guests_gross": Decimal(0),
                                    "orders": 0, "guest_orders": 0, "no_sale": 0, "buyers": set(), "active": set()})
        inside = []
        for index, r in enumerate(facts["orders"]):
            if by_product and r["product"] != group:
                continue
            if instant(r["time"]) < as_of:
                inside.append((instant(r["time"]), index, r))
        inside.sort(key=lambda x: x[:2])
        key_of = lambda t: start_of(t.astimezone(zone), period, options.get("week_start", "monday"))
        passes = lambda r: not wanted or r["channel"] == "web"
        ids = defaultdict(list)
        for t, index, r in inside:
            ids[(r["customer"], r["order"] or f"row {index}")].append((t, r))
            if not passes(r) or not low <= t < high:
                continue
            c, amount = cell[key_of(t)], Decimal(r["amount"])
            c["lines"] += 1
            c["gross"] += max(amount, 0)
            c["refunds"] += max(-amount, 0)
            if not r["customer"]:
                c["guests"] += amount
                c["guests_gross"] += max(amount, 0)
        for (customer, _), lines in ids.items():
            sales = [(t, r) for t, r in lines if Decimal(r["amount"]) > 0]
            passing = [x for x in (sales or lines) if passes(x[1])]
            if not passing or not low <= passing[0][0] < high:
                continue
            c = cell[key_of(passing[0][0])]
            if not sales:
                c["no_sale"] += 1
                continue
            c["orders"] += 1
            c["guest_orders"] += not customer
            if customer:
                c["buyers"].add(customer)
                c["active"].add(customer)
        if options.get("activity") != "orders" and (not by_product or group == ""):
            for r in facts["events"]:
                if low <= instant(r["time"]) < high and passes(r):
                    cell[key_of(instant(r["time"]))]["active"].add(r["customer"])
        day = start_of(low.astimezone(zone), period, options.get("week_start", "monday"))
        while datetime(day.year, day.month, day.day, tzinfo=zone) < high:
            c = cell[day]
            revenue = c["gross"] - c["refunds"]
            base = c["gross"] if options.get("amount") == "gross" else revenue
            known = base - (c["guests_gross"] if options.get("amount") == "gross" else c["guests"])
            row = {"period": day.isoformat(), "n_customers": len(c["buyers"]),
                   "n_active": len(c["active"]), "n_orders": c["orders"], "n_guest_orders": c["guest_orders"],
                   "n_no_sale": c["no_sale"], "n_lines": c["lines"], "revenue": revenue, "revenue_gross": c["gross"],
                   "refunds": c["refunds"], "revenue_guests": c["guests"], "aov": divide(base, c["orders"]),
                   "arpu": divide(known, len(c["active"])), "arppu": divide(known, len(c["buyers"]))}
            if by_product:
                row["product"] = group or None
            rows.append(row)
            day = following(day, period)
    return {"periods": rows}
