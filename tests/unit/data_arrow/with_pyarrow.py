# SPDX-License-Identifier: MIT
"""Exported tables read by pyarrow, pyarrow's arrays read by the importer.

usage: with_pyarrow.py MODULE    (exit status 77: pyarrow is not there)
"""
import ctypes
import datetime
import decimal
import sys

try:
    import pyarrow as pa
except ImportError:
    sys.exit(77)

module = ctypes.CDLL(sys.argv[1])
module.export_demo.argtypes = [ctypes.c_void_p, ctypes.c_int64]
module.export_demo.restype = None
module.import_stream.argtypes = [ctypes.c_void_p]
module.import_stream.restype = ctypes.c_void_p
libc = ctypes.CDLL(None)
libc.free.argtypes = [ctypes.c_void_p]


class Stream(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p)
                for name in ("get_schema", "get_next", "get_last_error", "release", "private_data")]


def exported(batch_rows):
    stream = Stream()
    module.export_demo(ctypes.addressof(stream), batch_rows)
    return pa.RecordBatchReader._import_from_c(ctypes.addressof(stream)).read_all()


def imported(batches, schema):
    stream = Stream()
    pa.RecordBatchReader.from_batches(schema, batches)._export_to_c(ctypes.addressof(stream))
    text = module.import_stream(ctypes.addressof(stream))
    lines = ctypes.string_at(text).decode()
    libc.free(text)
    assert not stream.release
    return lines


def check_export():
    for batch_rows in (1, 2, 1 << 30):
        table = exported(batch_rows)
        table.validate(full=True)
        assert table.column_names == ["customer", "n_orders", "share", "revenue", "active", "period", "hour"]
        assert table.schema.field("revenue").type == pa.decimal128(38, 4)
        assert table.schema.field("share").metadata[b"unit"] == b"ratio"
        assert table.schema.metadata[b"name"] == b"customers"
        rows = table.drop_columns(["hour"]).to_pylist()
        assert rows[0] == {"customer": "anna", "n_orders": 42, "share": 0.1, "active": True,
                           "revenue": decimal.Decimal("12.5000"), "period": datetime.date(2024, 2, 29)}
        assert set(rows[1].values()) == {None}
        assert rows[2]["revenue"] == decimal.Decimal("-0.3333")
        assert rows[2]["n_orders"] == -2**63
        assert rows[2]["active"] is False
        hour = table.column("hour")
        assert hour.type == pa.timestamp("us", tz="+05:30")
        assert hour.cast(pa.int64()).to_pylist() == [1709164800 * 10**6, None, -1]


def check_import():
    table = pa.table({
        "id": pa.array(["a", None, "c", "dd"]).dictionary_encode(),
        "view": pa.array(["", "short", None, "a text that is long enough"], pa.string_view()),
        "wide": pa.array([decimal.Decimal("1.25"), None, decimal.Decimal("-3"), 0], pa.decimal256(60, 2)),
        "at": pa.array([0, 1_500, None, -1], pa.timestamp("ns", tz="UTC")),
        "day": pa.array([0, None, 1, -1], pa.date32()),
        "ok": pa.array([True, None, False, True]),
        "n": pa.nulls(4),
        "u": pa.array([2**64 - 1, 1, None, 2], pa.uint64()),
        "half": pa.array([1.5, None, -2.0, 0.0], pa.float32()).cast(pa.float16()),
    })
    assert imported(table.to_batches(max_chunksize=3), table.schema) == (
        "id view wide at day ok n u half\n"
        "ta t d1.25 I0 D0 B1 - u18446744073709551615 f1.5\n"
        "- tshort - I1 - - - u1 -\n"
        "tc - d-3.00 - D1 B0 - - f-2\n"
        "tdd ta text that is long enough d0.00 I-1 D-1 B1 - i2 f0\n")
    sliced = table.slice(1, 2).select(["view", "ok"])
    assert imported(sliced.to_batches(), sliced.schema) == "view ok\ntshort -\n- B0\n"
    nested = pa.table({"a": [1], "list": [[1, 2]]})
    assert '"list" has format "+l"' in imported(nested.to_batches(), nested.schema)


check_export()
check_import()
