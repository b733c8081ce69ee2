#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py PROGRAM [-n SETS] [--seed SEED] [KPI...]: naive oracles against the program.

An oracle is a file KPI.py beside this one. It imports nothing of the library and defines

  CASES                     list of dicts: options as the program takes them; a key that begins with -- is
                            a flag (with its value, or None), so "--scale": "2" is given as --scale 2
  facts(rng)                dict: table -> list of dict rows; a table may be a side table; an empty list
                            is a file with a header where HEADERS[table] names its columns, else no file
  facts(rng, options)       the same, where the facts depend on the case
  expect(facts, options)    dict: table -> list of dict rows, all of them, in order; None: the program must
                            refuse. Columns that a row does not have are not compared
  KPI                       id, where it is not the file's name
  TOLERANCE                 dict: column of doubles -> relative tolerance, or (relative, absolute); 1e-12
                            where nothing is said

Counts, money, text, dates and states are compared exactly; money as Decimal, int or Fraction. One case
of CASES, over all its data sets, is one test. Every failure prints what repeats it: seed and options."""
import argparse
import concurrent.futures
import csv
import hashlib
import importlib.util
import inspect
import json
import math
import os
import pathlib
import random
import subprocess
import sys
import tempfile
from decimal import Decimal
from fractions import Fraction

HERE = pathlib.Path(__file__).parent
FACTS = ["customers", "events", "orders", "subscriptions", "responses", "tickets", "spend", "assignments"]


class Wrong(Exception):
    pass


def load(path):
    spec = importlib.util.spec_from_file_location("oracle_" + path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write_table(folder, table, rows, header):
    columns = list(dict.fromkeys(c for row in rows for c in row)) or list(header or [])
    if not columns:
        return None
    path = folder / f"{table}.csv"
    with open(path, "w", newline="", encoding="utf-8") as f:
        out = csv.writer(f)
        out.writerow(columns)
        out.writerows([["" if row.get(c) is None else row[c] for c in columns] for row in rows])
    return path


def command(program, kpi, folder, facts, options, headers):
    words = [str(program), "run", kpi, "--format", "json", "--quiet"]
    for table, rows in facts.items():
        header = headers.get(table)
        path = write_table(folder, table, rows, header.split(",") if isinstance(header, str) else header)
        if path and table in FACTS:
            words += [f"--{table}", str(path)]
        elif path:
            words += ["--table-in", f"{table}={path}"]
    for name, value in options.items():
        if name.startswith("--"):
            words += [name] if value is None else [name, str(value)]
        elif value is not None:
            words.append(f"{name}={value}")
    return words


def same_double(actual, expected, tolerance):
    relative, absolute = tolerance if isinstance(tolerance, tuple) else (tolerance, 0.0)
    a, e = float(actual), float(expected)
    if math.isnan(e):
        return False
    return a == e or abs(a - e) <= relative * abs(e) + absolute


def same(kind, actual, expected, tolerance):
    if actual is None or expected is None:
        return actual is None and expected is None
    if kind == "float64":
        return same_double(actual, expected, tolerance)
    if kind in ("int64", "money"):
        if isinstance(expected, float):
            raise Wrong(f"the oracle gives the double {expected!r} for a column that is exact")
        return Fraction(actual) == Fraction(expected)
    if kind == "bool":
        return bool(actual) == bool(expected)
    return str(actual) == str(expected)


def compare_table(name, table, expected, tolerances):
    columns = {c["name"]: (i, c["type"]) for i, c in enumerate(table["columns"])}
    rows = table["rows"]
    for at, want in enumerate(expected):
        if at >= len(rows):
            break
        for column, value in want.items():
            if column not in columns:
                raise Wrong(f"{name} has no column {column}; it has {', '.join(columns)}")
            index, kind = columns[column]
            if not same(kind, rows[at][index], value, tolerances.get(column, 1e-12)):
                raise Wrong(f"{name} row {at + 1}, {column}: is {rows[at][index]!r}, the oracle says {value!r}"
                            f"\n  row: {dict(zip(columns, rows[at]))}\n  oracle's: {want}")
    if len(rows) != len(expected):
        extra = rows[len(expected)] if len(rows) > len(expected) else expected[len(rows)]
        raise Wrong(f"{name} has {len(rows)} rows, the oracle {len(expected)}; the first that is too many: {extra}")


def compare(result, expected, tolerances):
    for name, rows in expected.items():
        table = result["tables"].get(name)
        if table is None and rows:
            raise Wrong(f"there is no table {name}; there are {', '.join(result['tables'])}")
        if table is not None:
            compare_table(name, table, rows, tolerances)


def seed_of(base, kpi, case, number):
    text = f"{base}:{kpi}:{case}:{number}".encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:6], "big")


def run_set(program, oracle, kpi, options, seed):
    rng = random.Random(seed)
    takes_options = len(inspect.signature(oracle.facts).parameters) > 1
    facts = oracle.facts(rng, options) if takes_options else oracle.facts(rng)
    expected = oracle.expect(facts, {k: v for k, v in options.items() if v is not None})
    with tempfile.TemporaryDirectory(prefix="oracle-") as folder:
        words = command(program, kpi, pathlib.Path(folder), facts, options, getattr(oracle, "HEADERS", {}))
        done = subprocess.run(words, capture_output=True, text=True, timeout=300)
    if expected is None:
        if done.returncode not in (1, 2):
            raise Wrong(f"should have been refused, but ended with {done.returncode}")
        return
    if done.returncode != 0:
        raise Wrong(f"ended with {done.returncode}: {done.stderr.strip()[-2000:]}")
    compare(json.loads(done.stdout, parse_float=Decimal), expected, getattr(oracle, "TOLERANCE", {}))


def run_case(program, oracle, kpi, number, options, arguments):
    for n in range(arguments.n):
        seed = arguments.only_seed if arguments.only_seed is not None else seed_of(arguments.seed, kpi, number, n)
        try:
            run_set(program, oracle, kpi, options, seed)
        except Exception as error:  # noqa: BLE001 - an oracle may break in any way; all are failures of the case
            kind = "" if isinstance(error, Wrong) else f"{type(error).__name__}: "
            text = " ".join(f"{k}={v}" for k, v in options.items())
            return f"{kpi} case {number} ({text}), --only-seed {seed}:\n  {kind}{error}"
        if arguments.only_seed is not None:
            break
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("kpi", nargs="*")
    parser.add_argument("-n", type=int, default=int(os.environ.get("ORACLE_SETS", "8")), help="data sets a case")
    parser.add_argument("--seed", default="1", help="of the whole run")
    parser.add_argument("--only-seed", type=int, help="one data set, as a failure printed it")
    parser.add_argument("--case", type=int)
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    paths = sorted(p for p in HERE.glob("*.py") if p.name != "run.py" and not p.name.startswith("_"))
    paths = [p for p in paths if not arguments.kpi or p.stem in arguments.kpi]
    sys.path.insert(0, str(HERE))
    print(f"oracles: {len(paths)}, data sets a case: {arguments.n}, --seed {arguments.seed}")
    failures, passed = [], 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        work = []
        for path in paths:
            oracle = load(path)
            kpi = getattr(oracle, "KPI", path.stem)
            work += [(kpi, i, pool.submit(run_case, arguments.program, oracle, kpi, i, options, arguments))
                     for i, options in enumerate(oracle.CASES) if arguments.case in (None, i)]
        for kpi, number, future in work:
            wrong = future.result()
            print(f"[ {'FAILED' if wrong else '    OK'} ] {kpi} case {number}", flush=True)
            if wrong:
                failures.append(wrong)
            passed += not wrong
    for wrong in failures:
        print(wrong)
    print(f"[  PASSED  ] {passed} test(s).")
    if failures:
        print(f"[  FAILED  ] {len(failures)} test(s)")
    return 1 if failures or not work else 0


sys.exit(main())
