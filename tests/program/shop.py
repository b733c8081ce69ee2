# SPDX-License-Identifier: MIT
"""shop.py SHOP: the simulated shop has the same bytes everywhere, and the parameters that its README states."""
import csv
import hashlib
import os
import subprocess
import sys
import tempfile
import unittest
from collections import Counter, defaultdict

SHOP = sys.argv.pop(1)
# Pinned: another compiler, machine or C library that gives other bytes gives everybody other facts.
DIGEST = "6775336fc561ac08b001a248e1e46a8c0a27442dd0b165046d5e423a9ca77df9"


class Shop(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        subprocess.run([SHOP, cls.folder.name], check=True)
        cls.table = {}
        for name in os.listdir(cls.folder.name):
            with open(os.path.join(cls.folder.name, name), encoding="utf-8") as f:
                cls.table[name[:-4]] = list(csv.DictReader(f))

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def near(self, part, whole, share, sds=4):
        """A binomial count within so many standard deviations of its expectation."""
        self.assertLess(abs(part - whole * share), sds * (whole * share * (1 - share)) ** 0.5,
                        f"{part} of {whole}, expected {share}")

    def test_bytes_are_pinned(self):
        digest = hashlib.sha256()
        for name in sorted(os.listdir(self.folder.name)):
            with open(os.path.join(self.folder.name, name), "rb") as f:
                digest.update(f.read())
        self.assertEqual(digest.hexdigest(), DIGEST)

    def test_more_customers_leave_the_first_as_they_were(self):
        with tempfile.TemporaryDirectory() as more:
            subprocess.run([SHOP, more, "customers=2100"], check=True)
            with open(os.path.join(more, "customers.csv"), encoding="utf-8") as f:
                self.assertEqual(list(csv.DictReader(f))[:2000], self.table["customers"])

    def test_funnel_has_its_rates(self):
        steps = defaultdict(set)
        known = {row["session"] for row in self.table["events"] if row["customer"]}
        for row in self.table["events"]:
            if row["session"] in known:
                steps[row["name"]].add(row["session"])
        order = ["visit", "product_view", "add_to_cart", "checkout"]
        for before, after, share in zip(order, order[1:], [.8, .4, .6]):
            self.assertLessEqual(steps[after], steps[before])
            self.near(len(steps[after]), len(steps[before]), share)
        self.assertTrue(.69 < len(steps["purchase"]) / len(steps["checkout"]) < .74)

    def test_every_purchase_is_an_order(self):
        orders = {row["order"] for row in self.table["orders"]}
        purchases = sum(row["name"] == "purchase" for row in self.table["events"])
        self.assertEqual(len(orders), purchases)
        guests = {row["order"] for row in self.table["orders"] if not row["customer"]}
        self.assertGreater(len(guests), 0)

    def test_refunds_and_coupons(self):
        orders, refunds, coupons = set(), set(), set()
        for row in self.table["orders"]:
            orders.add(row["order"])
            if row["amount"].startswith("-"):
                refunds.add(row["order"])
            if row["coupon"]:
                coupons.add(row["order"])
        self.near(len(coupons), len(orders), .15)
        self.assertLess(len(refunds), len(orders) * .05)
        self.assertGreater(len(refunds), len(orders) * .03)

    def test_amounts_are_price_times_quantity_less_discount(self):
        for row in self.table["orders"]:
            cents = {k: round(float(row[k]) * 100) for k in ("price", "discount", "amount")}
            self.assertEqual(cents["amount"], cents["price"] * int(row["quantity"]) - cents["discount"])

    def test_answers(self):
        nps = [row for row in self.table["responses"] if row["survey"] == "nps"]
        scores = [int(row["score"]) for row in nps if row["score"]]
        self.near(len(scores), len(nps), .3)
        self.near(sum(s >= 9 for s in scores), len(scores), .5)
        self.near(sum(s < 7 for s in scores), len(scores), .2)

    def test_experiment_is_even_and_once_per_customer(self):
        variants = Counter(row["variant"] for row in self.table["assignments"])
        self.near(variants["B"], sum(variants.values()), .5)
        customers = [row["customer"] for row in self.table["assignments"]]
        self.assertEqual(len(customers), len(set(customers)))

    def test_times_lie_in_the_window(self):
        for name, column in [("events", "time"), ("orders", "time"), ("tickets", "opened"),
                             ("responses", "time"), ("assignments", "time"), ("customers", "signed_up"),
                             ("subscriptions", "start"), ("subscriptions", "end")]:
            times = [row[column] for row in self.table[name] if row[column]]
            self.assertGreaterEqual(min(times), "2023-01-01")
            self.assertLess(max(times), "2024-06-24")

    def test_wrong_words_are_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            for word in ["days=1", "customers=x", "start=soon", "colour=red"]:
                self.assertEqual(subprocess.run([SHOP, folder, word], capture_output=True).returncode, 1)


unittest.main()
