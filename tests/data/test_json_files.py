"""JSON files: lists of objects, one object per line, and an object with one list in it."""

import gzip
import json
from datetime import datetime

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from clientela.data.readers import read_source
from clientela.errors import InvalidData


def read(path, content):
    path.write_bytes(content)
    with duckdb.connect() as connection:
        source = read_source(connection, str(path))
        names = [name for name, *_ in connection.execute("describe source").fetchall()]
        rows = [dict(zip(names, row, strict=True)) for row in connection.execute("select * from source").fetchall()]
    assert source.rows == len(rows)
    assert source.has_cells
    return rows


LINES = '{"id": "007", "paid": 1.5}\n{"id": 12345678901234567890123, "paid": null, "day": "2024-01-05"}\n'
ROWS = [
    {"id": "007", "paid": "1.5", "day": None},
    {"id": "12345678901234567890123", "paid": None, "day": "2024-01-05"},
]
LIST = "[" + LINES.strip().replace("\n", ",\n") + "]"


@pytest.mark.parametrize("name", ["sales.jsonl", "sales.ndjson", "sales.json"])
@pytest.mark.parametrize("text", [LINES, LIST, '{"count": 2, "orders": ' + LIST + "}"])
def test_values_are_texts(tmp_path, name, text):
    assert read(tmp_path / name, text.encode()) == ROWS


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_other_encodings(tmp_path, encoding):
    assert read(tmp_path / "sales.json", '[{"id": "José"}]'.encode(encoding)) == [{"id": "José"}]


def test_compressed_lines(tmp_path):
    assert read(tmp_path / "sales.jsonl.gz", gzip.compress(LINES.encode())) == ROWS


def test_keys_with_any_sign(tmp_path):
    text = '{"orders": [{"a/b": 1, "c~d": 2, "e \\"f\\"": 3}]}'
    assert read(tmp_path / "sales.json", text.encode()) == [{"a/b": "1", "c~d": "2", 'e "f"': "3"}]


ORDERS = [
    {
        "id": 1,
        "buyer": {"id": "007", "home": {"city": "Porto"}},
        "items": [{"sku": "a"}, {"sku": "b"}],
        "taxes": [{"x": 1}],
    },
    {"id": 2, "buyer": [], "items": [], "taxes": [{"x": 1}, {"x": 2}, {"x": 3}]},
    {"id": 3, "buyer": {"id": None}, "items": [{"sku": "c", "price": 2}], "tags": ["red"]},
]
FLAT = [
    ("1", "007", "Porto", "a", None),
    ("1", "007", "Porto", "b", None),
    ("2",) + (None,) * 4,
    ("3", None, None, "c", "2"),
]


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda orders: orders,
        lambda orders: {"orders": orders},
        lambda orders: {"data": {"orders": {"edges": [{"node": order} for order in orders]}, "page": 1}},
        lambda orders: [{"payload": order} for order in orders],
    ],
)
def test_objects_become_columns_and_items_become_rows(tmp_path, wrapped):
    rows = read(tmp_path / "sales.json", json.dumps(wrapped(ORDERS), indent=2).encode())
    names = ("id", "buyer.id", "buyer.home.city", "items.sku", "items.price")
    assert [tuple(row[name] for name in names) for row in rows] == FLAT
    assert rows[0]["taxes"].replace(" ", "").replace("\n", "") == '[{"x":1}]'
    assert rows[3]["tags"].replace(" ", "").replace("\n", "") == '["red"]'


def test_a_file_of_one_large_object_is_read(tmp_path):
    orders = [{"id": number, "note": "x" * 5_000} for number in range(4_000)]
    assert len(read(tmp_path / "sales.json", json.dumps({"orders": orders}).encode())) == 4_000


def test_objects_with_ids_as_keys_stay_texts(tmp_path):
    lines = "".join(json.dumps({"id": n, "stock": {f"sku {n}": 1}}) + "\n" for n in range(300))
    assert set(read(tmp_path / "sales.jsonl", lines.encode())[0]) == {"id", "stock"}


def test_several_tables_in_one_object_are_refused(tmp_path):
    with pytest.raises(InvalidData, match=r"one list of objects\. Got 'orders', 'customers'"):
        read(tmp_path / "sales.json", b'{"orders": [{"id": 1}], "customers": [{"id": 7}]}')


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("sales.jsonl", b'{"name": "Gute"}\n\n{"name": "Gute"\n{"name": "x"}\n', "one object per line. Line 3 is not."),
        ("sales.json", b'[{"name": "Gute"},\n{"name": "Gute"]', "one object per line. Line 2 is not."),
        ("sales.json", b"[1, 2]", "must be a list of JSON objects"),
        ("sales.json", b"[]", "must be a list of JSON objects"),
        ("sales.json", b"[" * 5_000, "must be a list of JSON objects"),
    ],
)
def test_what_is_not_a_table_is_refused(tmp_path, name, content, says):
    with pytest.raises(InvalidData, match=says) as caught:
        read(tmp_path / name, content)
    assert "Gute" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_nested_columns_of_parquet_become_columns_and_rows(tmp_path):
    day = datetime(2024, 1, 5, 10)
    orders = [
        {"id": 1, "at": day, "buyer": {"id": "007"}, "items": [{"sku": "a", "price": 1.5}, {"sku": "b", "price": 2.0}]},
        {"id": 2, "at": day, "buyer": None, "items": []},
    ]
    pq.write_table(pa.Table.from_pylist(orders), tmp_path / "orders.parquet")
    with duckdb.connect() as connection:
        assert read_source(connection, str(tmp_path / "orders.parquet")).rows == 3
        rows = connection.execute('select id, "at", "buyer.id", "items.sku", "items.price" from source').fetchall()
    assert rows == [(1, day, "007", "a", "1.5"), (1, day, "007", "b", "2.0"), (2, day, None, None, None)]
