# SPDX-License-Identifier: MIT
"""Naive oracle of funnel: every chain of rows is tried, or one attempt is walked row by row."""
from bisect import bisect_right
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from itertools import groupby
from zoneinfo import ZoneInfo

BASE = {"steps": "view,cart,buy", "as_of": "2024-03-12", "from": "2024-03-01"}
CASES = [dict(BASE, **more) for more in [
    {},
    {"window": "1h", "confidence": ".8"},
    {"window": "1h", "entry": "first_entry"},
    {"window": "6h", "entry": "last_entry"},
    {"window": "2h", "counting": "totals"},
    {"window": "2h", "counting": "totals", "entry": "last_entry"},
    {"window": "2h", "counting": "totals", "entry": "each_entry"},
    {"window": "2d", "counting": "sessions"},
    {"window": "2d", "counting": "sessions", "gap": "3h", "entry": "first_entry", "by": "device"},
    {"window": "2d", "counting": "sessions", "sessions": "given", "entry": "last_entry"},
    {"window": "1d", "ties": "strictly_later"},
    {"window": "1h", "ties": "strictly_later", "entry": "first_entry", "exclude": "err between:1-2"},
    {"window": "1h", "ties": "any_order_within", "tie_window": "0s"},
    {"window": "1h", "ties": "any_order_within", "tie_window": "5min"},
    {"window": "2h", "ties": "any_order_within", "tie_window": "10min", "steps": "view,view|cart,cart|buy,buy"},
    {"window": "2h", "ties": "any_order_within", "tie_window": "2min", "counting": "totals", "exclude": "err"},
    {"window": "2h", "ties": "any_order_within", "tie_window": "5min", "entry": "last_entry"},
    {"window": "2h", "ties": "any_order_within", "tie_window": "5min", "step_windows": "20min,1h", "exclude": "err between:2-3"},
    {"window": "2h", "ties": "any_order_within", "tie_window": "5min", "exclude": "err between:2-3", "exclusion": "disqualify"},
    {"window": "2h", "ties": "any_order_within", "tie_window": "2min", "order": "strict"},
    {"window": "6h", "step_windows": "1h"},
    {"window": "6h", "step_windows": "10min,4h", "entry": "first_entry"},
    {"window": "6h", "step_windows": "10min,4h", "exclude": "err between:2-3"},
    {"window": "6h", "order": "strict"},
    {"window": "6h", "order": "strict", "strict_scope": "all"},
    {"window": "6h", "order": "strict", "ties": "strictly_later"},
    {"window": "6h", "order": "strict", "optional": "2", "counting": "totals"},
    {"window": "6h", "exclude": "err"},
    {"window": "6h", "exclude": "err between:2-3,home;between:1-2", "exclusion": "disqualify"},
    {"window": "6h", "exclude": "err between:1-2", "exclusion": "disqualify", "entry": "first_entry"},
    {"window": "6h", "exclude": "err", "exclusion": "disqualify", "counting": "totals"},
    {"window": "6h", "exclude": "err between:2-3", "entry": "last_entry"},
    {"window": "6h", "hold": "item"},
    {"window": "6h", "hold": "item,device", "entry": "first_entry"},
    {"window": "6h", "hold": "item", "counting": "totals"},
    {"window": "6h", "hold": "value", "entry": "last_entry"},
    {"window": "2d", "hold": "item", "counting": "sessions"},
    {"window": "6h", "by": "device"},
    {"window": "6h", "by": "device", "touch": "last"},
    {"window": "6h", "by": "device", "touch": "step:2"},
    {"window": "6h", "by": "device", "touch": "all"},
    {"window": "6h", "by": "device", "counting": "totals", "touch": "last"},
    {"window": "6h", "by": "item,device", "detail": "none"},
    {"window": "6h", "steps": "view,cart,home,buy", "optional": "2,3"},
    {"window": "6h", "steps": "view,cart,home,buy", "optional": "3", "ties": "strictly_later", "touch": "step:3", "by": "device"},
    {"window": "6h", "steps": "view,cart,home,buy", "optional": "2", "step_windows": "1h,30min,2h", "entry": "first_entry"},
    {"window": "6h", "steps": "view,cart,home,buy", "order": "any"},
    {"window": "6h", "steps": "view,cart,home,buy", "order": "any", "anchors": "4"},
    {"window": "6h", "steps": "view,cart,home,buy", "order": "any", "anchors": "1", "entry": "first_entry", "exclude": "err between:2-4"},
    {"window": "2h", "steps": "view|cart,cart|buy,view,buy", "order": "any", "counting": "totals"},
    {"window": "2h", "steps": "view|cart,cart|buy,view,buy", "order": "any", "ties": "strictly_later", "anchors": "2"},
    {"window": "2h", "steps": "view,cart,buy", "order": "any", "counting": "totals", "entry": "last_entry"},
    {"window": "6h", "steps": "view,view,view|home,buy"},
    {"window": "6h", "steps": "view;device:phone,cart|home,orders"},
    {"window": "6h", "where": "device:phone"},
    {"window": "6h", "where": "device:phone", "order": "strict", "strict_scope": "all"},
    {"window": "1d", "to": "2024-03-06", "from": "2024-03-03"},
    {"window": "1d", "to": "2024-03-06", "from": "2024-03-03", "counting": "totals", "tz": "America/New_York"},
    {"window": "1m", "as_of": "2024-04-05", "tz": "America/New_York"},
    {"window": "1m", "as_of": "2024-04-05", "tz": "Europe/Paris", "entry": "first_entry"},
    {"window": "6h", "bins": "1min,30min,2h"},
    {"window": "6h", "bins": "7", "entry": "first_entry"},
    {"window": "6h", "bins": "log"},
    {"window": "6h", "bins": "quantile:4"},
    {"window": "6h", "steps": "view,cart,view,cart,view,cart,home,view,home,buy"},
    {"window": "30min", "compat": "mixpanel"},
    {"compat": "posthog", "as_of": "2024-03-20"},
    {"window": "30min", "unit": "device"},
]]
CASES += [dict(BASE, steps="view"), dict(BASE, entry="each_entry"), dict(BASE, touch="step:9"), dict(BASE, anchors="1"),
          dict(BASE, exclude="err between:3-2"), dict(BASE, bins="1h,1min"), dict(BASE, optional="3")]
REFUSED = 7
COMPAT = {"mixpanel": {"entry": "first_entry", "ties": "any_order_within", "tie_window": "2s"},
          "posthog": {"window": "14d", "exclusion": "disqualify"}}
UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86400, "w": 604800}
HEADERS = {"events": "customer,time,name,device,item,session,value", "orders": "customer,time,amount,device"}


def facts(rng):
    events, orders = [], []
    start = datetime(2024, 3, 1)
    for customer in ["a", "b", "10", "9", "e", "f", ""]:
        time = start - timedelta(days=1) + timedelta(minutes=rng.randint(0, 2880))
        for _ in range(rng.randint(0, 22)):
            time += timedelta(seconds=rng.choice([0, 0, 1, 2, 60, 120, 300, 600, 1800, 1801, 3600, 7200, 90000]))
            row = {"customer": customer, "time": time.isoformat() + "Z", "device": rng.choice(["phone", "web", ""])}
            if rng.random() < .1:
                orders.append(dict(row, amount=rng.choice(["1.5", "-1", "0"])))
                continue
            events.append(dict(row, name=rng.choice(["view", "view", "view", "cart", "cart", "buy", "home", "err"]),
                               item=rng.choice(["x", "y", ""]), session=f"s{rng.randint(1, 3)}{customer}",
                               value=rng.choice(["0", "1", ""])))
    return {"events": events, "orders": orders}


def seconds(text):
    unit = text.lstrip("0123456789")
    return int(text[:len(text) - len(unit)]) * UNITS[unit] * 10**6


def micros(moment):
    return (moment - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(microseconds=1)


class Run:
    def __init__(self, facts, options):
        o = {"window": "7d", "order": "ordered", "entry": "any_entry", "ties": "stable", "tie_window": "0s",
             "exclusion": "truncate", "counting": "uniques", "sessions": "derived", "gap": "30min", "touch": "first",
             "strict_scope": "steps"}
        o.update(COMPAT.get(options.get("compat"), {}))
        o.update(options)
        self.o, self.zone = o, ZoneInfo(o.get("tz", "UTC"))
        instant = lambda text: micros(datetime.fromisoformat(text).replace(tzinfo=self.zone))
        self.low, self.as_of = instant(o["from"]), instant(o["as_of"])
        self.high = instant(o["to"]) if "to" in o else self.as_of
        self.steps = o["steps"].split(",")
        self.n = len(self.steps)
        self.optional = [int(k) - 1 for k in o.get("optional", "").split(",") if k]
        self.levels = [k for k in range(self.n) if k not in self.optional]
        windows = [seconds(w) for w in o.get("step_windows", "").split(",") if w]
        if len(windows) == 1:
            windows *= self.n - 1
        self.step_window = [None] + [sum(windows[a:b]) if windows else None for a, b in zip(self.levels, self.levels[1:])]
        self.any, self.strict = o["order"] == "any", o["order"] == "strict"
        self.later, self.within = o["ties"] == "strictly_later", o["ties"] == "any_order_within" and not self.any
        self.slack = seconds(o["tie_window"]) if self.within else 0
        anchors = [int(k) - 1 for k in o.get("anchors", "").split(",") if k]
        self.blocks = []
        for k in range(self.n):
            if not self.blocks or k in anchors or k - 1 in anchors:
                self.blocks.append([])
            self.blocks[-1].append(k)
        self.exclusions = []
        for item in o.get("exclude", "").replace(";between", " between").split(","):
            name, _, span = item.partition(" between:")
            i, j = map(int, span.split("-")) if span else (1, self.n)
            if name:
                self.exclusions.append((name, [l for l, k in enumerate(self.levels) if i <= k + 1 < j]))
        self.read(facts)

    def fits(self, row, selector):
        selector, _, condition = selector.partition(";")
        if condition and row["device"] != condition.split(":")[1]:
            return False
        if row["table"] == "orders":
            return selector == "orders" and float(row["amount"]) > 0
        return row["name"] in selector.split("|")

    def read(self, facts):
        owner = self.o.get("unit", "customer")
        read_orders = "orders" in self.steps
        self.customers = {}
        for number, table in enumerate(["events", "orders"] if read_orders else ["events"]):
            for place, fact in enumerate(facts[table]):
                time = micros(datetime.fromisoformat(fact["time"].replace("Z", "+00:00")))
                if time >= self.as_of or not fact[owner]:
                    continue
                row = {"item": "", "value": "", "session": "", **fact, "table": table, "time": time, "order": (time, number, place)}
                row["ok"] = self.o.get("where", "device:" + row["device"]) == "device:" + row["device"]
                row["steps"] = {k for k in range(self.n) if row["ok"] and self.fits(row, self.steps[k])}
                row["out"] = {l for name, levels in self.exclusions if row["ok"] and self.fits(row, name) for l in levels}
                self.customers.setdefault(fact[owner], []).append(row)
        for rows in self.customers.values():
            rows.sort(key=lambda r: r["order"])
            for place, row in enumerate(rows):
                row["place"] = place

    # ---- rules ----

    def deadline(self, time):
        if not self.o["window"].endswith("m"):
            return time + seconds(self.o["window"])
        local = (datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(microseconds=time)).astimezone(self.zone).replace(tzinfo=None)
        months = local.year * 12 + local.month - 1 + int(self.o["window"][:-1])
        day = local.day
        while True:
            try:
                end = local.replace(year=months // 12, month=months % 12 + 1, day=day)
                break
            except ValueError:
                day -= 1
        return micros(end.replace(tzinfo=self.zone))

    def mature(self, row):
        return self.deadline(row["time"]) < self.as_of

    def inside(self, row):
        return self.low <= row["time"] < self.high

    def is_entry(self, row):
        return bool(row["steps"] & set(self.blocks[0])) if self.any else self.levels[0] in row["steps"]

    def interrupts(self, row, level):
        if not self.strict or not row["ok"]:
            return False
        free = set(range(self.levels[level] + 1, self.levels[level + 1])) if level + 1 < len(self.levels) else set()
        return (bool(row["steps"]) or self.o["strict_scope"] == "all") and not row["steps"] & free

    def between(self, rows, a, b, used):
        """Rows strictly between two rows of a chain."""
        if self.later or self.within:
            return [r for r in rows if a["time"] < r["time"] < b["time"] and r not in used]
        return [r for r in rows if a["place"] < r["place"] < b["place"]]

    def may_follow(self, rows, chain, row):
        a, level = chain[-1], len(chain) - 1
        if self.levels[level + 1] not in row["steps"] or row in chain:
            return False
        if self.within and row["time"] < a["time"] - self.slack or not self.within and row["place"] <= a["place"]:
            return False
        if self.later and row["time"] <= a["time"] or row["time"] > self.deadline(chain[0]["time"]):
            return False
        window = self.step_window[level + 1]
        if window is not None and row["time"] - a["time"] > window:
            return False
        return not any(level in r["out"] or self.interrupts(r, level) for r in self.between(rows, a, row, chain))

    def when(self, chain):
        return max(r["time"] for r in chain)

    # ---- one attempt from a given entry: (rows, ended at row, disqualified) ----

    def limit(self, chain):
        limit, window = self.deadline(chain[0]["time"]), self.step_window[len(chain)] if not self.any else None
        return limit if window is None else min(limit, chain[-1]["time"] + window)

    def assignable(self, moments, block):
        """Whether the moments can stand for distinct steps of the block."""
        if not moments:
            return True
        return any(self.assignable(moments[1:], block - {k}) for k in moments[0] & block)

    def follow(self, rows, entry, restart=False):
        totals = self.o["counting"] == "totals"
        top = self.n if self.any else len(self.levels)
        moments = [list(g) for _, g in groupby(rows, key=lambda r: r["time"] if self.later else r["place"])]
        moments = [m for m in moments if m[-1]["place"] > entry["place"] and entry not in m] if not self.within else []
        own = [r for r in rows if r["time"] == entry["time"]] if self.later else [entry]
        chain, sets = [entry], [set().union(*(r["steps"] for r in own))]
        if self.within:
            return self.follow_within(rows, chain, restart)
        for m in moments:
            steps, first = set().union(*(r["steps"] for r in m)), m[0]
            if first["time"] > self.limit(chain):
                return chain, first, False
            block = None
            if self.any:
                block = next(b for b in self.blocks if len(chain) <= b[-1])
                done = sets[block[0]:]
                fits = self.assignable(done + [steps], set(block))
                wanted = set(block)
            else:
                wanted = {self.levels[len(chain)]}
                fits = bool(steps & wanted)
            if fits:
                chain.append(next(r for r in m if r["steps"] & wanted))
                sets.append(steps)
                if len(chain) == top:
                    return chain, self.after(rows, m[-1]), False
            elif any(len(chain) - 1 in r["out"] for r in m):
                return chain, first, self.o["exclusion"] == "disqualify"
            elif restart and len(chain) == 1 and any(self.is_entry(r) for r in m) and (
                    totals or self.inside(first) and self.mature(first)):
                chain, sets = [next(r for r in m if self.is_entry(r))], [steps]
            elif any(self.interrupts(r, len(chain) - 1) for r in m):
                return chain, first, False
        return chain, None, False

    def follow_within(self, rows, chain, restart):
        totals = self.o["counting"] == "totals"
        while len(chain) < len(self.levels):
            last, level = chain[-1], len(chain) - 1
            limit = self.limit(chain)
            walls = [r for r in rows if last["time"] < r["time"] <= limit and r not in chain
                     and (level in r["out"] or self.interrupts(r, level))]
            wall = walls[0]["time"] if walls else None
            for row in rows:
                if row["time"] < last["time"] - self.slack or row["time"] > limit or wall is not None and row["time"] > wall:
                    continue
                if self.levels[level + 1] in row["steps"] and row not in chain:
                    chain.append(row)
                    break
                if restart and level == 0 and row["place"] > last["place"] and self.is_entry(row) and (
                        totals or self.inside(row) and self.mature(row)):
                    chain = [row]
                    break
            else:
                if wall is not None:
                    return chain, next(r for r in rows if r["time"] >= wall), \
                        self.o["exclusion"] == "disqualify" and level in walls[0]["out"]
                return chain, next((r for r in rows if r["time"] > limit), None), False
        return chain, self.after(rows, max(chain, key=lambda r: r["place"])), False

    def after(self, rows, row):
        return next((r for r in rows if r["place"] > row["place"]), None)

    # ---- the attempt that counts ----

    def chains(self, rows, chain):
        yield chain
        if len(chain) < len(self.levels):
            for row in rows:
                if self.may_follow(rows, chain, row):
                    yield from self.chains(rows, chain + [row])

    def rank(self, chain):
        places = [r["place"] for r in chain]
        if self.any or self.within:
            return -len(chain), self.when(chain), -chain[0]["time"], places
        if self.later:
            rest = [-chain[0]["time"], places[-1]]
            head = [-len(chain), chain[-1]["time"]]
        else:
            rest = [-chain[0]["time"]]
            head = [-len(chain), places[-1]]
        if self.o.get("step_windows"):
            times = [-r["time"] if self.later else -r["place"] for r in reversed(chain[1:-1])]
            return head + rest + times + places
        return head + rest + places

    def longest(self, rows):
        entries = [r for r in rows if self.is_entry(r) and self.inside(r) and self.mature(r)]
        if self.later and not self.any:  # one row of an instant is as good as another: the first
            entries = [r for r in entries if not any(e["time"] == r["time"] and e["place"] < r["place"] for e in entries)]
        if self.any:
            best = min((self.follow(rows, e)[0] for e in entries), key=self.rank, default=None)
        else:
            best = min((c for e in entries for c in self.chains(rows, [e])), key=self.rank, default=None)
        out = False
        if self.o["exclusion"] == "disqualify" and best:
            top = self.n if self.any else len(self.levels)
            for e in entries:
                _, end, hit = self.follow(rows, e)
                if self.within or self.any or self.later:
                    out |= hit and (len(best) < top or end["time"] <= self.when(best))
                else:
                    out |= hit and (len(best) < top or end["place"] < best[-1]["place"])
        return best, out

    def counted(self, rows):
        """(chain or None, disqualified, first entry that pends or None)"""
        entries = [r for r in rows if self.is_entry(r) and self.inside(r)]
        chain, out = None, False
        if self.o["entry"] == "first_entry":
            if entries and self.mature(entries[0]):
                chain, _, out = self.follow(rows, entries[0])
        elif self.o["entry"] == "last_entry":
            place = -1
            while chain is None or len(chain) < 2 and not out:
                entry = next((e for e in entries if e["place"] >= place and self.mature(e)), None)
                if entry is None:
                    break
                chain, end, out = self.follow(rows, entry, True)
                if end is None:
                    break
                place = max(end["place"], entry["place"] + 1)
        else:
            chain, out = self.longest(rows)
        return chain, out, entries[0] if entries and not chain else None

    def best_of(self, tracks):
        found = [self.counted(rows) for rows in tracks]
        out = any(f[1] for f in found)
        chains = [(f[0], rows) for f, rows in zip(found, tracks) if f[0]]
        if self.o["entry"] == "first_entry":
            chains.sort(key=lambda c: c[0][0]["place"])
        else:
            chains.sort(key=lambda c: (-len(c[0]), self.when(c[0]), -c[0][0]["time"]))
        pending = min((f[2]["place"] for f in found if f[2]), default=None)
        return (chains[0] if chains else None), out, pending

    def optional_rows(self, rows, chain):
        """step -> row, of all steps found"""
        found = dict(zip(self.levels if not self.any else range(self.n), chain))
        if not self.optional:
            return found
        last, last_time, level = -1, None, 0
        for row in rows:
            while level < len(chain) and chain[level]["place"] <= row["place"]:
                last, last_time, level = self.levels[level], row["time"], level + 1
            if not level or row in chain:
                continue
            if level == len(chain):
                if level == len(self.levels) or row["time"] > self.limit_of_best(chain):
                    break
                if level - 1 in row["out"] or self.interrupts(row, level - 1):
                    break
            if self.later and (row["time"] <= last_time or level < len(chain) and row["time"] == chain[level]["time"]):
                continue
            for k in range(last + 1, self.levels[level]):
                if k in row["steps"]:
                    found[k], last, last_time = row, k, row["time"]
                    break
        return found

    def limit_of_best(self, chain):
        limit, window = self.deadline(chain[0]["time"]), self.step_window[len(chain)]
        return limit if window is None else min(limit, self.when(chain) + window)

    # ---- customers ----

    def tracks(self, rows):
        held = self.o.get("hold", "").split(",") if self.o.get("hold") else []
        keys = lambda r: tuple(r[h] for h in held)
        return [[r for r in rows if keys(r) == key] for key in sorted({keys(r) for r in rows if all(keys(r))})]

    def sessions(self, rows):
        if self.o["sessions"] == "given":
            return [[r for r in rows if r["session"] == s] for s in sorted({r["session"] for r in rows if r["session"]})]
        out = []
        for r in rows:
            if not out or r["time"] - out[-1][-1]["time"] > seconds(self.o["gap"]):
                out.append([])
            out[-1].append(r)
        return out

    def totals(self, rows):
        place = -1
        for entry in [r for r in rows if self.is_entry(r)]:
            each = self.o["entry"] == "each_entry"
            if entry["place"] < place or each and not self.inside(entry):
                continue
            chain, end, out = self.follow(rows, entry, self.o["entry"] == "last_entry")
            if not each:
                place = max(end["place"], entry["place"] + 1) if end else len(self.customers) * 10**6
            yield chain, rows, out

    def group_of(self, row):
        return tuple(row[d] for d in self.o["by"].split(",")) if "by" in self.o else ()

    def run(self):
        counting, touch = self.o["counting"], self.o["touch"]
        groups = {() if "by" not in self.o else self.group_of(r) for rows in self.customers.values() for r in rows}
        if "by" not in self.o:
            groups = {()}
        self.result = {g: {"customers": [0] * self.n, "attempts": [0] * self.n, "pending": 0, "out": 0, "times": {}} for g in groups}
        for rows in self.customers.values():
            parts = [[r for r in rows if self.group_of(r) == g] for g in groups] if touch == "all" else [rows]
            for part in parts:
                self.customer(part, counting, touch)
        return self.tables()

    def customer(self, rows, counting, touch):
        outcomes, seen = [], set()  # (chain with its rows or None, disqualified, pending row or None)
        if counting == "totals":
            for track in self.tracks(rows):
                for chain, own, out in self.totals(track):
                    if self.inside(chain[0]):
                        mature = self.mature(chain[0])
                        outcomes.append(((chain, own), out and mature, None if mature else chain[0]["place"]))
        else:
            for unit in self.sessions(rows) if counting == "sessions" else [rows]:
                best, out, pending = self.best_of(self.tracks(unit))
                outcomes.append((best, out, None if best else pending))
        every = {r["place"]: r for r in rows}
        for best, out, pending in outcomes:
            if out:
                self.result[self.group_of(best[0][0])]["out"] += 1
            elif pending is not None:
                self.result[self.group_of(every[pending])]["pending"] += 1
            elif best:
                self.count(best, touch, seen)

    def count(self, best, touch, seen):
        chain, rows = best
        found = self.optional_rows(rows, chain)
        if touch.startswith("step:"):
            if int(touch[5:]) - 1 not in found:
                return
            row = found[int(touch[5:]) - 1]
        else:
            row = chain[-1] if touch == "last" else chain[0]
        cell = self.result[self.group_of(row)]
        for k in found:
            cell["attempts"][k] += 1
            cell["customers"][k] += (self.group_of(row), k) not in seen
            seen.add((self.group_of(row), k))
        times, last = {}, None
        for k in sorted(found):
            last = found[k]["time"] if last is None else max(last, found[k]["time"])
            times[k] = last
        for i in times:
            for j in times:
                if i < j:
                    cell["times"].setdefault((i, j), []).append(times[j] - times[i])

    # ---- tables ----

    def edges(self, values):
        bins, window = self.o.get("bins"), self.o["window"]
        total = int(window[:-1]) * 30 * 86400 * 10**6 if window.endswith("m") else seconds(window)
        if bins is None:
            default = [10, 60, 600, 3600, 21600] + [86400 * d for d in (1, 2, 3, 7, 14, 30, 90, 365)]
            return [e * 10**6 for e in default if e * 10**6 < total]
        if bins == "log":
            return [f * 10**e for e in range(6, 20) for f in (1, 2, 5) if f * 10**e <= total]
        if bins.startswith("quantile:"):
            n, count = int(bins[9:]), len(values)
            return sorted({values[max(1, -(-count * k // n)) - 1] for k in range(1, n)} - {0})
        if bins.isdigit():
            return [total * k // int(bins) for k in range(1, int(bins))]
        return [seconds(b) for b in bins.split(",")]

    def tables(self):
        out = {"summary": [], "steps": [], "times": [], "histogram": []}
        for group in sorted(self.result):
            cell, by = self.result[group], dict(zip(self.o.get("by", "").split(","), [g or None for g in group])) if group else {}
            base = cell["customers"] if self.o["counting"] == "uniques" else cell["attempts"]
            out["summary"].append({**by, "n_entered": base[0], "n_converted": base[-1], "n_pending": cell["pending"],
                                   "n_disqualified": cell["out"], "conversion": Fraction(base[-1], base[0]) if base[0] else None,
                                   "conversion_state": "complete" if base[0] else "pending" if cell["pending"] else "undefined"})
            before = None
            for k in range(self.n):
                level = k not in self.optional
                out["steps"].append({**by, "step": k + 1, "n_customers": cell["customers"][k],
                                     "n_attempts": None if self.o["counting"] == "uniques" else base[k],
                                     "n_reached": base[k], "n_entered": base[0],
                                     "n_dropped": base[before] - base[k] if level and before is not None else None,
                                     "n_previous": None if before is None else base[before],
                                     "of_entry": Fraction(base[k], base[0]) if base[0] else None,
                                     "of_previous": Fraction(base[k], base[before]) if before is not None and base[before] else None})
                if not self.any:
                    out["steps"][-1]["name"] = self.steps[k]
                before = k if level else before
            for i in range(self.n):
                for j in range(i + 1, self.n):
                    self.distribution(out, by, cell["times"].get((i, j), []), i, j)
        if self.o.get("detail") == "none":
            del out["times"], out["histogram"]
        return out

    def distribution(self, out, by, values, i, j):
        values = sorted(values)
        key = {**by, "from_step": i + 1, "to_step": j + 1}

        def quantile(p):
            if not values:
                return None
            at = (len(values) - 1) * p
            k = int(at)
            return (values[k] + (at - k) * (values[min(k + 1, len(values) - 1)] - values[k])) / 10**6

        out["times"].append({**key, "n": len(values), "mean_seconds": Fraction(sum(values), len(values) * 10**6) if values else None,
                             **{f"{name}_seconds": quantile(p) for name, p in
                                (("p10", Fraction(1, 10)), ("p25", Fraction(1, 4)), ("median", Fraction(1, 2)),
                                 ("p75", Fraction(3, 4)), ("p90", Fraction(9, 10)))}})
        if not values:
            return
        edges = self.edges(values)
        counts = [0] * (len(edges) + 1)
        for v in values:
            counts[bisect_right(edges, v)] += 1
        for k, n in enumerate(counts):
            out["histogram"].append({**key, "bucket": k + 1, "lower_edge": Fraction(edges[k - 1], 10**6) if k else 0,
                                     "upper_edge": Fraction(edges[k], 10**6) if k < len(edges) else None, "n": n})


def expect(facts, options):
    if options in CASES[-REFUSED:]:
        return None
    return Run(facts, options).run()
