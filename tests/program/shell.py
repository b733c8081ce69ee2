# SPDX-License-Identifier: MIT
"""shell.py PROGRAM PAGE COMPLETION: the man page names what --help and the registry name, and its examples run;
completion in bash offers commands, flags, KPIs, options and choices."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM, PAGE, COMPLETION = (os.path.abspath(sys.argv.pop(1)) for _ in range(3))
ORDERS = "customer,time,amount\nada,2024-01-05,12.50\nben,2024-01-20,20.00\nada,2024-02-03,7.25\n"


def ask(*words):
    return subprocess.run([PROGRAM, *words], check=True, capture_output=True, text=True).stdout


KPIS = [k["id"] for k in json.loads(ask("list", "--json"))["kpis"]]


class ManPage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(PAGE, encoding="utf-8") as f:
            cls.page = f.read()
        cls.terms = cls.terms_of(cls.page)

    @staticmethod
    def terms_of(roff):
        return [t.replace("\\-", "-") for t in re.findall(r"^\.TP\n\\fB(.*)\\fR$", roff, re.M)]

    def test_it_has_the_parts_of_a_man_page(self):
        self.assertRegex(self.page, r'\A\.TH CUSTMETRICS 1 "" "custmetrics \d+\.\d+\.\d+"')
        for part in ["NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "FLAGS", "EXIT STATUS", "EXAMPLES"]:
            self.assertIn(f'.SH "{part}"\n', self.page)

    def test_it_says_what_help_says(self):
        said = re.findall(r"^  (\S.*?)(?:  .*)?$", ask("--help"), re.M)
        self.assertGreater(len(said), 30)
        for term in said:
            self.assertTrue(any(t == term or term.startswith(t + " ") for t in self.terms), term)

    def test_it_names_every_kpi(self):
        self.assertLessEqual(set(KPIS), set(self.terms))

    def test_its_examples_run(self):
        examples = [t.split() for t in self.terms_of(self.page.split('.SH "EXAMPLES"')[1])]
        self.assertGreater(len(examples), 4)
        with tempfile.TemporaryDirectory() as folder:
            for name in ["orders.csv", "next_year.csv", "sales.csv.gz"]:
                with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
                    f.write(ORDERS.replace("customer", "CustomerID") if "sales" in name else ORDERS)
            for words in examples:
                done = subprocess.run([PROGRAM, *words[1:]], cwd=folder, capture_output=True, text=True, check=False)
                self.assertEqual((done.returncode, done.stderr), (0, ""), words)

    def test_roff_has_nothing_to_say_against_it(self):
        if not shutil.which("groff"):
            self.skipTest("no groff")
        done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", PAGE], capture_output=True, text=True, check=False)
        if "can't find" in done.stderr or "cannot open" in done.stderr:
            self.skipTest("groff without its macros")
        self.assertEqual((done.returncode, done.stderr), (0, ""))


@unittest.skipUnless(shutil.which("bash"), "no bash")
class Completion(unittest.TestCase):
    def complete(self, typed, breaks=True, cwd=None):
        """What bash would offer behind `typed`."""
        script = '. "$1"; COMP_LINE=$2; COMP_POINT=${#2}; COMP_WORDBREAKS=$3; _custmetrics "$4"; printf "%s\\n" "${COMPREPLY[@]}"'
        done = subprocess.run(["bash", "-u", "-c", script, "bash", COMPLETION, "custmetrics " + typed, " =:" if breaks else " ", PROGRAM],
                              capture_output=True, text=True, check=True, cwd=cwd)
        self.assertEqual(done.stderr, "", typed)
        return done.stdout.split()

    def test_commands(self):
        everything = self.complete("")
        self.assertEqual(everything, re.findall(r"^  custmetrics (\w+)", ask("--help"), re.M))
        self.assertIn("describe", everything)
        self.assertEqual(self.complete("des"), ["describe"])
        self.assertEqual(self.complete("nothing"), [])

    def test_flags(self):
        everything = self.complete("run -")
        self.assertLessEqual({"--orders", "--map", "--format", "--strict", "-o", "--version"}, set(everything))
        for flag in everything:
            self.assertRegex(ask("--help"), rf"(?m)^  {flag} ")
        self.assertEqual(self.complete("run --ord"), ["--orders"])
        self.assertEqual(self.complete("run purchase --format "), ["text", "csv", "json"])
        self.assertEqual(self.complete("run purchase --format j"), ["json"])
        self.assertEqual(self.complete("run purchase --threads "), [])
        self.assertIn("segments", self.complete("run rfm --table "))
        self.assertEqual(self.complete("run rfm --map ord"), ["orders."])
        self.assertEqual(self.complete("run rfm --table-in prod"), ["products="])

    def test_kpis(self):
        for command in ["run", "describe", "collect"]:
            self.assertEqual(sorted(self.complete(command + " ")), sorted(KPIS))
        self.assertEqual(self.complete("run --strict --threads 2 purch"), ["purchase"])

    def test_options_of_every_kpi(self):
        seen = set()  # most options are alike in all that have them
        for kpi in KPIS:
            options = json.loads(ask("describe", kpi, "--json"))["options"]
            self.assertEqual(self.complete(f"run {kpi} --orders orders.csv "), [o["name"] + "=" for o in options])
            for option in options:
                if (option["name"], option["range"]) in seen:
                    continue
                seen.add((option["name"], option["range"]))
                choices = option["range"].replace("!", "").split("|") if "|" in option["range"] else []
                if option["type"] == "bool":
                    choices = ["true", "false"]
                self.assertEqual(self.complete(f"run {kpi} {option['name']}="), choices)

    def test_choices(self):
        self.assertEqual(self.complete("run rfm scoring=quan"), ["quantile"])
        self.assertEqual(self.complete("run rfm scoring=quan", breaks=False), ["scoring=quantile"])
        self.assertEqual(self.complete("list "), ["goal="])
        self.assertIn("loyalty", self.complete("list goal=lo"))

    def test_files(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ["orders.csv", "part0", "part1"]:
                with open(os.path.join(folder, name), "w", encoding="utf-8"):
                    pass
            self.assertEqual(self.complete("run purchase --orders ord", cwd=folder), ["orders.csv"])
            self.assertEqual(sorted(self.complete("finalize part0 pa", cwd=folder)), ["part0", "part1"])
            self.assertEqual(self.complete("run purchase --table-in products=ord", cwd=folder), ["orders.csv"])
            self.assertEqual(self.complete("run purchase -o o", cwd=folder), ["orders.csv"])

    def test_odd_words_do_no_harm(self):
        for typed in ["run 'a/b", "run --a/b ", "run purchase a/b=", "run nonsense x", "$(date) ", "describe purchase "]:
            self.complete(typed)


unittest.main()
