#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py PROGRAM [PART OF A NAME]: real data through the program, against numbers published or computed elsewhere.

The data lie in the folder that CUSTMETRICS_DATA names; each has a README that says where it is from and
which program made the reference numbers. Without the folder everything is skipped, and said so."""
import csv
import json
import lzma
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
from decimal import Decimal

PROGRAM = sys.argv[1]
DATA = pathlib.Path(os.environ["CUSTMETRICS_DATA"]) if os.environ.get("CUSTMETRICS_DATA") else None
SCRATCH = pathlib.Path(tempfile.mkdtemp(prefix="real-"))


def run(*words, code=0):
    done = subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True, timeout=600)
    if done.returncode != code:
        raise AssertionError(f"{' '.join(map(str, words))}: ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


class Table(list):
    """Rows as dicts; numbers as float or int, money as Decimal."""

    def __init__(self, table):
        self.types = {c["name"]: c["type"] for c in table["columns"]}
        names = list(self.types)
        super().__init__(dict(zip(names, row)) for row in table["rows"])
        for row in self:
            for name, kind in self.types.items():
                if kind == "float64" and row[name] is not None:
                    row[name] = float(row[name])

    def find(self, **keys):
        rows = [r for r in self if all(r[k] == v for k, v in keys.items())]
        if len(rows) != 1:
            raise AssertionError(f"{len(rows)} rows have {keys}")
        return rows[0]


def tables(*words):
    result = json.loads(run("run", *words, "--format", "json", "--quiet"), parse_float=Decimal)
    return {name: Table(table) for name, table in result["tables"].items()}, result["meta"]


def made_once(make):
    path = SCRATCH / make.__name__
    if not path.exists():
        make(path)
    return path


def retail_csv(path):
    with lzma.open(DATA / "behaviour/online_retail.csv.xz") as packed, open(path, "wb") as out:
        shutil.copyfileobj(packed, out)


def split_blanks(source, header, keep):
    """Fader's files are columns between blanks, with dates of eight digits."""
    def make(path):
        with open(DATA / source, encoding="ascii") as lines, open(path, "w", encoding="ascii") as out:
            out.write(header + "\n")
            for line in lines:
                words = line.split()
                if len(words) > 3 and words[-2].isdigit():
                    out.write(",".join(words[i] for i in keep) + "\n")
    return make


def cdnow_sample_csv(path):
    split_blanks("clv/CDNOW_sample.txt", "customer,time,amount", (1, 2, 4))(path)


def cdnow_master_csv(path):
    split_blanks("clv/CDNOW_master.txt", "customer,time,amount", (0, 1, 3))(path)


class Real(unittest.TestCase):
    def near(self, actual, expected, relative=0.0, absolute=0.0):
        self.assertLessEqual(abs(float(actual) - float(expected)), absolute + relative * abs(expected),
                             f"is {actual!r}, expected {expected!r}")


@unittest.skipUnless(DATA, "CUSTMETRICS_DATA is not set")
class OnlineRetail(Real):
    """Chen, Sain, Guo (2012), UCI Online Retail; counts by pandas."""

    def facts(self):
        return ["--orders", made_once(retail_csv), "--map", "orders.time=InvoiceDate"]

    def test_orders_guests_and_ids_without_a_sale(self):
        row = tables("purchase", *self.facts())[0]["periods"][0]
        self.assertEqual((row["n_orders"], row["n_no_sale"]), (19960, 5940))
        self.assertEqual(row["n_orders"] - row["n_guest_orders"], 18532)
        self.assertEqual(row["n_lines"], 541909)

    def test_lines_without_customer_are_guests_and_ids_stay_as_written(self):
        text = run("check", *self.facts())
        self.assertIn("135080", text.replace(",", ""))
        self.assertIn("17850.0", text)
        meta = tables("purchase", *self.facts())[1]
        self.assertEqual(meta["rows_rejected"], {})
        self.assertEqual(meta["rows_read"]["orders"], 541909)

    def test_revenue_to_the_cent(self):
        gross = refunds = Decimal(0)
        with open(made_once(retail_csv), newline="", encoding="utf-8") as f:
            for r in csv.DictReader(f):
                amount = Decimal(r["Quantity"]) * Decimal(r["UnitPrice"])
                gross, refunds = gross + max(amount, 0), refunds + max(-amount, 0)
        row = tables("purchase", *self.facts())[0]["periods"][0]
        self.near(row["revenue_gross"], float(gross), absolute=0.01)
        self.near(row["refunds"], float(refunds), absolute=0.01)


@unittest.skipUnless(DATA, "CUSTMETRICS_DATA is not set")
class ShopLog(Real):
    """retentioneering's shop log; users per step, actives and sessions by a program in plain Python."""

    def facts(self):
        return ["--events", DATA / "behaviour/retentioneering_ecom_events.csv", "--map", "events.customer=user_id"]

    def steps(self, *options):
        t = tables("funnel", *self.facts(), "steps=product_view,add_to_cart,purchase", *options)[0]
        return [r["n_customers"] for r in t["steps"]]

    def test_funnel_by_window_and_entry(self):
        later = "as_of=2024-07-07"
        self.assertEqual(self.steps(later, "window=7d", "entry=any_entry"), [598, 487, 228])
        self.assertEqual(self.steps(later, "window=7d", "entry=first_entry"), [598, 194, 62])
        self.assertEqual(self.steps(later, "window=1h", "entry=any_entry"), [598, 480, 207])
        self.assertEqual(self.steps(later, "window=1h", "entry=first_entry"), [598, 158, 44])

    def test_funnel_at_the_default_leaves_pending_entries_out(self):
        self.assertEqual(self.steps(), [598, 476, 212])

    def test_monthly_actives(self):
        t = tables("active_users", *self.facts(), "period=month")[0]["periods"]
        self.assertEqual([r["n_active"] for r in t], [63, 169, 309, 453, 468, 462])

    def test_trailing_actives(self):
        t = tables("active_users", *self.facts(), "windows=28,30")[0]["days"]
        self.assertEqual(t.find(window_days=30, period="2024-06-29")["n_active"], 469)
        self.assertEqual(t.find(window_days=28, period="2024-06-29")["n_active"], 457)

    def test_trend_of_monthly_actives(self):
        t = tables("trend", *self.facts(), "kpi=active_users", "kpi.windows=28")[0]["series"]
        self.assertEqual([r["value"] for r in t], [63, 169, 309, 453, 468, 462])

    def cell(self, age, *options):
        t = tables("cohort", *self.facts(), "period=day", "of=events", f"periods={age}", *options)[0]["curve"]
        row = t.find(age=age)
        return row["retention"]

    def test_day_n_retention_on_both_grids(self):
        self.near(self.cell(1), .0533, absolute=5e-5)
        self.near(self.cell(1, "grid=elapsed"), .0450, absolute=5e-5)
        self.near(self.cell(7), .0417, absolute=5e-5)
        self.near(self.cell(7, "grid=elapsed"), .0483, absolute=5e-5)
        self.near(self.cell(30), .0469, absolute=5e-5)
        self.near(self.cell(30, "grid=elapsed"), .0553, absolute=5e-5)


@unittest.skipUnless(DATA, "CUSTMETRICS_DATA is not set")
class Nps(Real):
    """testdata of CRAN's package NPS; counts and error by R."""

    def test_score_and_error(self):
        row = tables("nps", "--responses", DATA / "behaviour/nps_survey_responses.csv", "--map", "responses.score=REC",
                     "--map", "responses.time=DATE", "--map", "responses.survey==nps")[0]["groups"][0]
        self.assertEqual((row["n"], row["n_promoters"], row["n_passives"], row["n_detractors"]), (1000, 462, 176, 362))
        self.near(row["nps"], 10, absolute=1e-12)
        self.near(row["standard_error"], 2.853, absolute=5e-4)


@unittest.skipUnless(DATA, "CUSTMETRICS_DATA is not set")
class Attribution(Real):
    """ChannelAttribution's own data; removal effects in exact arithmetic, rules by counting."""

    def setUp(self):
        if '"attribution"' not in run("list", "--json"):
            self.skipTest("attribution is not registered")

    REMOVAL = {"alpha": .558399, "beta": .264039, "delta": .000482, "epsilon": .062639, "eta": .349026, "gamma": .017880,
               "iota": .405835, "kappa": .028663, "lambda": .134022, "mi": .000180, "theta": .206010, "zeta": .039811}

    def channels(self, model, *options):
        path = DATA / "behaviour/channelattribution_paths.csv"
        return tables("attribution", "--table-in", f"paths={path}", f"model={model}", *options)[0]["channels"]

    def test_rules(self):
        for model, expected in (("first", {"alpha": 6308, "iota": 4606, "eta": 3164}),
                                ("last", {"alpha": 8447, "eta": 4167, "iota": 3355}), ("linear", {"alpha": 7574.718594})):
            t = self.channels(model)
            self.near(sum(r["conversions"] for r in t), 19785, absolute=1e-8)
            for channel, value in expected.items():
                self.near(t.find(channel=channel)["conversions"], value, absolute=5e-7)

    def test_markov_removal_effects(self):
        t = self.channels("markov", "order=1")
        for channel, value in self.REMOVAL.items():
            self.near(t.find(channel=channel)["removal_effect"], value, absolute=5e-7)
        self.near(sum(r["conversions"] for r in t), 19785, absolute=1e-8)

    def test_value_is_credited_whole(self):
        for model in ("first", "linear", "markov", "shapley"):
            self.near(sum(r["value"] for r in self.channels(model)), 74802.97, absolute=5e-3)


@unittest.skipUnless(DATA, "CUSTMETRICS_DATA is not set")
class Cdnow(Real):
    """Fader and Hardie's CDNOW; predictions in 34-digit arithmetic (clv/README.md)."""

    def facts(self, make=cdnow_sample_csv):
        return ["--orders", made_once(make), "--time-format", "orders.time=%Y%m%d"]

    def test_summary_of_every_customer(self):
        t = tables("clv_summary", *self.facts(), "calibration_end=1997-10-01", "time_unit=day")[0]["customers"]
        got = {int(r["customer"]): r for r in t}
        with open(DATA / "clv/cdnow_cbs.csv", encoding="ascii") as f:
            rows = list(csv.DictReader(f))
        self.assertEqual(len(got), len(rows))
        for r in rows:
            own = got[int(r["id"])]
            self.assertEqual((own["frequency"], own["recency"], own["tenure"], own["frequency_holdout"]),
                             (int(r["x"]), float(r["tx_days"]), float(r["T_days"]), int(r["x_holdout"])))

    def test_bgnbd_fit(self):
        t = tables("bgnbd", *self.facts(), "calibration_end=1997-10-01")[0]
        # Published to the digits shown, one unit in the last place (4.413603 was read where the search
        # ended); then the maximum itself, by Newton's method in 30-digit arithmetic.
        for name, value, digit, best in (("r", .2425945, 1e-7, .24259452243), ("alpha", 4.413603, 1e-6, 4.41360201901),
                                         ("a", .792922, 1e-6, .792922017226), ("b", 2.425906, 1e-6, 2.42590677683)):
            found = t["parameters"].find(parameter=name)["value"]
            self.near(found, value, absolute=digit)
            self.near(found, best, relative=1e-8)
        self.near(t["fit"][0]["log_likelihood"], -9582.429207, relative=1e-9)

    def test_bgnbd_fit_of_the_whole(self):
        t = tables("bgnbd", *self.facts(cdnow_master_csv), "calibration_end=1997-10-01", "detail=none")[0]
        for name, value, digits in (("r", .2516240, 5e-7), ("alpha", 4.788945, 5e-6), ("a", .723433, 5e-6), ("b", 2.161086, 5e-6)):
            self.near(t["parameters"].find(parameter=name)["value"], value, absolute=digits)
        self.near(t["fit"][0]["log_likelihood"], -95368.44393, absolute=5e-5)

    def test_bgnbd_predictions_of_every_customer(self):
        t = tables("bgnbd", *self.facts(), "calibration_end=1997-10-01", "parameters=r:.243,alpha:4.414,a:.793,b:2.426")[0]
        got = {int(r["customer"]): r for r in t["customers"]}
        with open(DATA / "clv/cdnow_reference_predictions.csv", encoding="ascii") as f:
            for r in csv.DictReader(f):
                own = got[int(r["id"])]
                self.near(own["p_alive"], float(r["bgnbd_palive"]), relative=1e-10)
                self.near(own["expected_purchases"], float(r["bgnbd_cet39"]), relative=1e-10)
                self.near(own["log_likelihood"], float(r["bgnbd_ll"]), relative=1e-10)

    def test_purchases_of_the_whole(self):
        t, meta = tables("purchase", *self.facts(cdnow_master_csv))
        row = t["periods"][0]
        self.assertEqual((row["n_lines"], meta["n_customers"]), (69659, 23570))
        self.assertEqual(row["n_orders"] + row["n_no_sale"], 69659)  # 80 of them for nothing


@unittest.skipUnless(DATA, "CUSTMETRICS_DATA is not set")
class BgnbdAtTheEdges(Real):
    """clv/stress_reference.csv, in 40-digit arithmetic: where other programs return NaN or wrong numbers."""

    def test_every_row(self):
        with open(DATA / "clv/stress_reference.csv", encoding="ascii") as f:
            rows = [r for r in csv.DictReader(f) if r["model"] == "bgnbd"]
        self.assertGreater(len(rows), 5)
        for number, r in enumerate(rows):
            with self.subTest(row=number, quantity=r["quantity"], inputs=r["inputs"]):
                self.check_row(r, number)

    def check_row(self, r, number):
        given = dict(pair.split("=") for pair in r["inputs"].split(";"))
        parameters = ",".join(pair.replace("=", ":") for pair in r["params"].split(";"))
        path = SCRATCH / f"stress{number}.csv"
        path.write_text(f"customer,frequency,recency,tenure\na,{given.get('x', 0)},{given.get('tx', 0)},{given.get('T', 1)}\n", encoding="ascii")
        words = ["bgnbd", "--table-in", f"summary={path}", f"parameters={parameters}"]
        if "t" in given or "horizon" in given:
            words.append(f"horizon={given.get('t', given.get('horizon'))}")
        if r["quantity"] == "pmf":
            words.append(f"max_count={given['n']}")
        t, expected = tables(*words)[0], float(r["value"])
        column = {"ll": "log_likelihood", "palive": "p_alive", "cet": "expected_purchases", "p_no_purchase": "p_no_purchase"}.get(r["quantity"])
        if column:
            self.near(t["customers"][0][column], expected, relative=1e-10)
        elif r["quantity"] == "pmf":
            self.near(t["probabilities"].find(n=int(given["n"]))["probability"], expected, relative=1e-10)
        else:
            self.fail(f"nobody compares {r['quantity']}")


@unittest.skipUnless(DATA, "CUSTMETRICS_DATA is not set")
class Rfm(Real):
    """rsquaredacademy's orders; quantile cuts of type 7 by the standard library."""

    def test_cuts(self):
        path = DATA / "behaviour/rfm_orders.csv"
        t = tables("rfm", "--orders", path, "as_of=2006-12-31")[0]
        orders = {}
        with open(path, encoding="utf-8") as f:
            for r in csv.DictReader(f):
                if Decimal(r["revenue"]) > 0:
                    orders[r["customer_id"]] = orders.get(r["customer_id"], 0) + 1
        self.assertEqual({r["customer"]: r["frequency"] for r in t["customers"]}, orders)
        self.assertEqual(sum(r["n_customers"] for r in t["segments"]), len(orders))


if __name__ == "__main__":
    names = sys.argv[2:]
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__])
    if names:
        flat = [t for group in suite for t in group if any(n in t.id() for n in names)]
        suite = unittest.TestSuite(flat)
    try:
        result = unittest.TextTestRunner(verbosity=2).run(suite)
    finally:
        shutil.rmtree(SCRATCH)
    sys.exit(not result.wasSuccessful())
