# SPDX-License-Identifier: MIT
"""contract.py PROGRAM SHOP: what the program promises on the command line: exit statuses, one line on standard
error, formats, maps, packed files, standard input, parts and models. Knows as few KPIs as it can."""
import base64
import gzip
import html.parser
import json
import lzma
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM, SHOP = sys.argv.pop(1), sys.argv.pop(1)
ORDERS = """customer,time,order,amount
ada,2024-01-05,o1,12.50
ben,2024-01-20,o2,20.00
ada,2024-02-03,o3,7.25
cleo,2024-02-11,o4,3.10
ada,2024-02-12,o3,-1.00
"""


class Contract(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = cls.temporary.name
        cls.orders = cls.put("orders.csv", ORDERS)
        cls.shop = os.path.join(cls.folder, "shop")
        subprocess.run([SHOP, cls.shop, "customers=300", "days=200"], check=True)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    @classmethod
    def put(cls, name, content):
        path = os.path.join(cls.folder, name)
        with open(path, "wb") as f:
            f.write(content.encode() if isinstance(content, str) else content)
        return path

    def facts(self):
        words = []
        for name in ["customers", "events", "orders", "subscriptions", "responses", "tickets", "spend", "assignments"]:
            words += ["--" + name, os.path.join(self.shop, name + ".csv")]
        return words + ["--table-in", "products=" + os.path.join(self.shop, "products.csv")]

    def run_program(self, *words, status=0, stdin=None):
        done = subprocess.run([PROGRAM, *words], input=stdin, capture_output=True, timeout=120)
        self.assertEqual(done.returncode, status, f"{words}\n{done.stderr.decode()}")
        return done.stdout, done.stderr.decode()

    def run_json(self, *words, **more):
        return json.loads(self.run_program(*words, "--format", "json", **more)[0], parse_float=str)

    def purchase(self, *words, **more):
        return self.run_json("run", "purchase", *words, **more)["tables"]

    # ---- use ----

    def test_wrong_use_is_status_1_and_one_line(self):
        for words in [["frobnicate"], ["run"], ["run", "purchase", "--nonsense"], ["describe", "nonsense"],
                      ["run", "nonsense", "--orders", self.orders],
                      ["run", "purchase", "--orders", self.orders, "nonsense=1"],
                      ["run", "purchase", "--orders", self.orders, "period=nonsense"],
                      ["run", "purchase", "--orders", self.orders, "tz=Nowhere/Town"],
                      ["run", "purchase", "--orders", self.orders, "--table", "nonsense"],
                      ["check"], ["report", "--orders", self.orders], ["finalize"],
                      ["collect", "purchase", "--orders", self.orders],
                      ["run", "purchase", "--orders", self.orders, "--partition", "0/2"],
                      ["check", "--orders", self.orders, "--map", "events.time=x"],
                      ["check", "--orders", "-", "--events", "-"]]:
            out, err = self.run_program(*words, status=1, stdin=b"")
            self.assertEqual(out, b"", words)
            self.assertRegex(err, r"\Acustmetrics: [^\n]+\n\Z", words)

    def test_an_unknown_kpi_suggests_near_names(self):
        self.assertIn("purchase", self.run_program("describe", "purchas", status=1)[1])

    def test_help_and_version(self):
        out = self.run_program("--help")[0].decode()
        self.assertIn("orders", out)
        self.assertIn("products", out)
        self.assertRegex(self.run_program("--version")[0].decode(), r"^custmetrics \d+\.\d+\.\d+\n$")

    # ---- list, describe, check ----

    def test_list_knows_what_is_missing(self):
        all_kpis = json.loads(self.run_program("list", "--json")[0])["kpis"]
        self.assertIn("purchase", [k["id"] for k in all_kpis])
        self.assertNotIn("missing", all_kpis[0])
        with_orders = {k["id"]: k for k in json.loads(self.run_program("list", "--orders", self.orders, "--json")[0])["kpis"]}
        self.assertTrue(with_orders["purchase"]["computable"])
        for kpi in with_orders.values():
            self.assertEqual(kpi["computable"], kpi["missing"] == "")
        text = self.run_program("list")[0].decode()
        for kpi in all_kpis:
            self.assertRegex(text, rf"\b{kpi['id']}\b")

    def test_list_by_goal(self):
        kpis = json.loads(self.run_program("list", "--json")[0])["kpis"]
        goals = [g for k in kpis for g in re.split(r"[, ]+", k["goals"]) if g]
        if goals:
            chosen = json.loads(self.run_program("list", "goal=" + goals[0], "--json")[0])["kpis"]
            self.assertTrue(chosen)
            for kpi in chosen:
                self.assertIn(goals[0], kpi["goals"])
        self.run_program("list", "goal=nonsense", status=1)

    def test_describe_every_kpi(self):
        for kpi in json.loads(self.run_program("list", "--json")[0])["kpis"]:
            told = json.loads(self.run_program("describe", kpi["id"], "--json")[0])
            self.assertTrue(told["definition"] and told["tables"], kpi["id"])
            text = self.run_program("describe", kpi["id"])[0].decode()
            for table in told["tables"]:
                self.assertIn(table["name"], text)

    def test_check_tells_what_was_understood(self):
        tables = self.run_json("check", "--orders", self.orders)["tables"]
        columns = [c["name"] for c in tables["tables"]["columns"]]
        row = dict(zip(columns, tables["tables"]["rows"][0]))
        self.assertEqual((row["table"], row["n_read"], row["n_kept"]), ("orders", 5, 5))
        self.assertEqual({r[1]: r[2] for r in tables["columns"]["rows"]}["amount"], "amount")

    # ---- input ----

    def test_missing_file_is_status_2_and_named(self):
        err = self.run_program("check", "--orders", "/nonexistent.csv", status=2)[1]
        self.assertRegex(err, r"\Acustmetrics: /nonexistent\.csv: [^\n]+\n\Z")

    def test_a_missing_column_is_status_2(self):
        path = self.put("no_time.csv", "customer,amount\nada,1\n")
        err = self.run_program("check", "--orders", path, status=2)[1]
        self.assertIn("no_time.csv", err)
        self.assertIn("time", err)
        self.assertEqual(err.count("\n"), 1)

    def test_rejected_rows_are_summed_up_or_end_a_strict_run(self):
        path = self.put("bad.csv", "customer,time,amount\nada,2024-01-05,1.00\nben,yesterday,2.00\ncleo,2024-01-07,lots\n")
        out, err = self.run_program("run", "purchase", "--orders", path)
        self.assertRegex(err, r"\Acustmetrics: orders: 2 of 3 rows rejected: [^\n]+\n\Z")
        self.assertEqual(self.run_program("run", "purchase", "--orders", path, "--quiet")[1], "")
        out, err = self.run_program("run", "purchase", "--orders", path, "--strict", status=2)
        self.assertEqual(out, b"")
        self.assertRegex(err, r"\Acustmetrics: [^\n]+\n\Z")
        for word in [os.path.basename(path), "row 2", "time", "yesterday"]:
            self.assertIn(word, err)

    def test_packed_files_and_standard_input(self):
        expected = self.purchase("--orders", self.orders)
        packed = [self.put("o.csv.gz", gzip.compress(ORDERS.encode())), self.put("o.csv.xz", lzma.compress(ORDERS.encode())),
                  self.put("misnamed.csv", gzip.compress(ORDERS.encode()))]
        for path in packed:
            self.assertEqual(self.purchase("--orders", path), expected)
        self.assertEqual(self.purchase("--orders", "-", stdin=ORDERS.encode()), expected)
        self.assertEqual(self.purchase("--orders", "-", stdin=gzip.compress(ORDERS.encode())), expected)

    def test_a_damaged_packed_file_is_status_2(self):
        whole = bytearray(lzma.compress(ORDERS.encode() * 1000))
        whole[len(whole) // 2] ^= 255
        err = self.run_program("check", "--orders", self.put("damaged.xz", bytes(whole)), status=2)[1]
        self.assertRegex(err, r"\Acustmetrics: \S*damaged\.xz: [^\n]+\n\Z")

    def test_maps_constants_and_time_formats(self):
        path = self.put("other.csv", "Who,When,What,Secret\nada,01/05/2024,12.50,x\nben,01/20/2024,20.00,y\n")
        words = ["--orders", path, "--map", "orders.customer=Who", "--map", "orders.time=When", "--map", "orders.amount=What",
                 "--time-format", "orders.time=%m/%d/%Y"]
        periods = self.purchase(*words, "period=month")["periods"]
        names = [c["name"] for c in periods["columns"]]
        row = dict(zip(names, periods["rows"][0]))
        self.assertEqual((row["period"], row["n_orders"], float(row["revenue"])), ("2024-01-01", 2, 32.5))
        constant = self.purchase(*words, "--map", "orders.currency==EUR", "by=currency")["periods"]
        self.assertIn("EUR", constant["rows"][0])

    def test_two_files_of_one_table_append(self):
        lines = ORDERS.splitlines(True)
        first, second = self.put("a.csv", "".join(lines[:3])), self.put("b.csv", lines[0] + "".join(lines[3:]))
        self.assertEqual(self.purchase("--orders", first, "--orders", second), self.purchase("--orders", self.orders))

    # ---- output ----

    def test_json_has_its_shape(self):
        result = self.run_json("run", "purchase", "--orders", self.orders, "period=month")
        self.assertEqual(result["kpi"], "purchase")
        self.assertIsInstance(result["version"], int)
        self.assertEqual(result["meta"]["tz"], "UTC")
        for table in result["tables"].values():
            for column in table["columns"]:
                self.assertLessEqual({"name", "type", "unit"}, set(column))
            for row in table["rows"]:
                self.assertEqual(len(row), len(table["columns"]))

    def test_formats_agree(self):
        rows = self.purchase("--orders", self.orders, "period=month")["periods"]
        csv = self.run_program("run", "purchase", "--orders", self.orders, "period=month", "--format", "csv", "--table",
                               "periods")[0].decode().splitlines()
        self.assertEqual(csv[0].split(","), [c["name"] for c in rows["columns"]])
        self.assertEqual(len(csv) - 1, len(rows["rows"]))
        text = self.run_program("run", "purchase", "--orders", self.orders, "period=month")[0].decode()
        self.assertIn("n_orders", text)

    def test_one_table_of_json(self):
        whole = self.run_json("run", "purchase", "--orders", self.orders)
        one = self.run_json("run", "purchase", "--orders", self.orders, "--table", "periods")
        self.assertEqual(list(one["tables"]), ["periods"])
        self.assertEqual(one["tables"]["periods"], whole["tables"]["periods"])
        self.assertEqual(one["meta"]["plan_hash"], whole["meta"]["plan_hash"])

    def test_output_goes_to_a_file_only_when_it_is_whole(self):
        path = self.put("kept.json", "before")
        self.run_program("run", "purchase", "--orders", self.orders, "period=nonsense", "-o", path, status=1)
        with open(path, encoding="utf-8") as f:
            self.assertEqual(f.read(), "before")
        out = self.run_program("run", "purchase", "--orders", self.orders, "--format", "json", "-o", path)[0]
        self.assertEqual(out, b"")
        with open(path, encoding="utf-8") as f:
            self.assertEqual(json.load(f)["kpi"], "purchase")
        self.run_program("run", "purchase", "--orders", self.orders, "-o", "/nonexistent/out", status=2)

    # ---- the algebra ----

    def test_parts_give_the_same_answer_to_the_bit(self):
        orders = os.path.join(self.shop, "orders.csv")
        whole = self.run_program("run", "purchase", "--orders", orders, "period=month", "--format", "csv", "--table", "periods")[0]
        parts = []
        for i in range(3):
            parts.append(os.path.join(self.folder, f"part{i}"))
            self.run_program("collect", "purchase", "--orders", orders, "period=month", "--partition", f"{i}/3", "-o", parts[-1])
        for order in [parts, parts[::-1]]:
            self.assertEqual(self.run_program("finalize", *order, "--format", "csv", "--table", "periods")[0], whole)
        err = self.run_program("finalize", parts[0], parts[0], status=2)[1]
        self.assertIn("part0", err)
        self.run_program("finalize", self.orders, status=2)

    def test_segments_travel_in_two_rounds(self):
        facts = ["--orders", os.path.join(self.shop, "orders.csv")]
        ways = ["from=2023-06-01", "by=rfm.segment", "where=!rfm.segment:Lost"]
        printed = ["--format", "json"]
        whole = self.run_program("run", "purchase", *facts, *ways, *printed)[0]
        model = os.path.join(self.folder, "round1.cm")
        parts = [os.path.join(self.folder, f"round{i}") for i in range(2)]
        for i in range(2):
            self.run_program("collect", "rfm", *facts, "as_of=2023-06-01", "--partition", f"{i}/2", "-o", parts[i])
        self.run_program("finalize", *parts, "--save-model", model, "-o", os.path.join(self.folder, "rfm.txt"))
        self.run_program("collect", "purchase", *facts, *ways, "--partition", "0/2", "-o", parts[0], status=1)
        for i in range(2):
            self.run_program("collect", "purchase", *facts, *ways, "--partition", f"{i}/2", "--labels", model, "-o", parts[i])
        self.assertEqual(self.run_program("finalize", *parts, *printed)[0], whole)
        self.run_program("run", "purchase", *facts, "--labels", model, status=1)

    def test_threads_change_nothing(self):
        words = ["run", "purchase", "--orders", os.path.join(self.shop, "orders.csv"), "period=week", "--format", "json"]
        one = self.run_program(*words, "--threads", "1")[0]
        self.assertEqual(self.run_program(*words, "--threads", "3")[0], one)

    def test_a_model_is_saved_and_applied(self):
        kpis = json.loads(self.run_program("list", *self.facts(), "--json")[0])["kpis"]
        if "rfm" not in [k["id"] for k in kpis]:
            self.skipTest("no KPI with a model")
        model, orders = os.path.join(self.folder, "rfm.cm"), os.path.join(self.shop, "orders.csv")
        fitted = self.run_json("run", "rfm", "--orders", orders, "--save-model", model)
        applied = self.run_json("apply", model, "--orders", orders)
        self.assertEqual(applied["tables"]["customers"], fitted["tables"]["customers"])
        self.run_program("apply", self.orders, "--orders", orders, status=2)
        self.run_program("run", "purchase", "--orders", orders, "--save-model", model, status=1)

    # ---- report ----

    def test_report_is_one_file_that_agrees_with_json(self):
        path = os.path.join(self.folder, "report.html")
        self.run_program("report", *self.facts(), "steps=visit,add_to_cart,purchase", "-o", path)
        with open(path, encoding="utf-8") as f:
            page = f.read()
        self.assertIn("Content-Security-Policy", page)
        self.assertNotRegex(page, r"(?i)<script|src=|url\(['\"]?http|@import|<link")
        self.assertNotRegex(page, r"https?://(?!www\.w3\.org)")
        self.assertEqual(re.findall(r"Not computed: [^<]*", page), [])
        Balance().check(page)
        # The download of each table is that table as the CSV door prints it, and charts plot its rows.
        found = re.search(r'download="purchase_periods.csv"\s+href="data:text/csv;charset=utf-8;base64,([^"]+)"', page)
        shown = base64.b64decode(found.group(1))
        self.assertEqual(shown, self.run_program("run", "purchase", *self.facts(), "--format", "csv", "--table", "periods")[0])
        for figure in re.findall(r"<figure>.*?</figure>", page, re.S):
            points = set(re.findall(r'class="point[^"]*" data-row="(\d+)"', figure))
            n_rows = int(re.search(r"Data: \w+, (\d+) row", figure).group(1))
            self.assertLessEqual(len(points), n_rows)
            if "<svg" in figure:
                self.assertTrue(points)

    def test_report_escapes(self):
        evil = ORDERS.replace("o4,3.10", "o4,3.10").replace("customer,time", "customer,time")
        path = self.put("<b>evil.csv", evil)
        out = os.path.join(self.folder, "evil.html")
        self.run_program("report", "--orders", path, "-o", out)
        with open(out, encoding="utf-8") as f:
            self.assertNotIn("<b>evil", f.read())

    def test_report_refuses_what_no_section_takes(self):
        out = os.path.join(self.folder, "none.html")
        self.run_program("report", "--orders", self.orders, "nonsense=1", "-o", out, status=1)
        self.assertFalse(os.path.exists(out))

    # ---- ending early ----

    def test_interrupt_ends_cleanly(self):
        read, write = os.pipe()
        out = os.path.join(self.folder, "interrupted")
        with subprocess.Popen([PROGRAM, "run", "purchase", "--orders", "-", "-o", out], stdin=read,
                              stderr=subprocess.PIPE) as process:
            os.close(read)
            os.write(write, ORDERS.encode())
            time.sleep(0.3)
            process.send_signal(signal.SIGINT)
            err = process.stderr.read().decode()
            os.close(write)
        self.assertEqual(process.returncode, 130, err)
        self.assertFalse(os.path.exists(out))


class Balance(html.parser.HTMLParser):
    """Every element that is opened is closed, in order."""
    VOID = {"meta", "br", "img", "hr"}

    def check(self, page):
        self.open = []
        self.feed(page)
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (tag, self.open[-3:], self.getpos())
        self.open.pop()


unittest.main()
