"""The customer index: right rows for every id, also if checksums collide, and no copy of the files."""

from pathlib import Path
from zlib import crc32

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.lookup import index_file
from clientela.lookup.customer_index import CustomerIndex
from clientela.lookup.id_lookup import MANY
from clientela.lookup.index_file import write_arrow, write_index


def opened(folder: Path, ids: list[str]) -> CustomerIndex:
    write_arrow(folder / "customers.arrow", pa.table({"customer_id": pa.array(ids, pa.string())}))
    write_index(folder / "index.arrow", pa.array(ids, pa.string()))
    return CustomerIndex(str(folder / "customers.arrow"), str(folder / "index.arrow"))


def padded(ids: list[str | None]) -> list[str | None]:
    """The ids, and enough others that all are looked up in arrays."""
    return ids + [None] * MANY


@pytest.mark.parametrize("ask", [list, padded], ids=["few", "many"])
def test_rows_are_in_the_order_of_the_ids_and_unknown_ids_are_minus_one(tmp_path, ask):
    found = opened(tmp_path, ["17850", "017850", "José", "CS5295"])
    ids = ["CS5295", "nobody", "17850", None, "017850", "José", "17850", "", "\ud800", "17850 "]
    assert found.rows(ask(ids))[: len(ids)].tolist() == [3, -1, 0, -1, 1, 2, 0, -1, -1, -1]
    assert [found.row(id_) for id_ in ids] == [3, -1, 0, -1, 1, 2, 0, -1, -1, -1]


@pytest.mark.parametrize("ask", [list, padded], ids=["few", "many"])
def test_ids_with_the_same_checksum_are_distinguished(tmp_path, ask):
    assert crc32(b"plumless") == crc32(b"buckeroo")
    both = opened(tmp_path, ["buckeroo", "x", "plumless"])
    assert both.rows(ask(["plumless", "buckeroo", "x"]))[:3].tolist() == [2, 0, 1]
    one = opened(tmp_path, ["x", "plumless"])
    assert one.rows(ask(["buckeroo", "plumless"]))[:2].tolist() == [-1, 1]


@pytest.mark.parametrize("ask", [list, padded], ids=["few", "many"])
def test_an_empty_index_knows_no_ids(tmp_path, ask):
    nobody = opened(tmp_path, [])
    assert len(nobody) == 0
    assert set(nobody.rows(ask(["17850"])).tolist()) == {-1}


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=12), unique=True, max_size=60), st.data())
def test_random_ids_have_the_same_rows_as_in_a_dict(tmp_path_factory, known, data):
    found = opened(tmp_path_factory.mktemp("index"), known)
    asked = data.draw(st.lists(st.sampled_from([*known, "never", "NEVER"]), max_size=40))
    row_of = {id_: row for row, id_ in enumerate(known)}
    expected = [row_of.get(id_, -1) for id_ in asked]
    assert found.rows(asked).tolist() == expected
    assert found.rows(padded(asked))[: len(asked)].tolist() == expected


def test_an_index_written_in_pieces_is_complete(tmp_path, monkeypatch):
    monkeypatch.setattr(index_file, "PIECE", 7)
    ids = [f"C{i:05d}" for i in range(100)]
    assert opened(tmp_path, ids).rows(ids).tolist() == list(range(100))


def test_opening_copies_no_data(tmp_path):
    ids = [f"C{i:09d}" for i in np.random.default_rng(0).permutation(200_000)]
    opened(tmp_path, ids)
    before = pa.total_allocated_bytes()
    again = CustomerIndex(str(tmp_path / "customers.arrow"), str(tmp_path / "index.arrow"))
    assert again.row(ids[77]) == 77
    assert pa.total_allocated_bytes() - before < 10_000
    assert not again._sums.flags.owndata


def damaged(path: Path, old: bytes, new: bytes) -> None:
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new, 1))


def test_an_offset_outside_of_the_file_is_refused(tmp_path):
    opened(tmp_path, ["17850", "017850"])
    # The offsets of the two ids: 0, 5, 11.
    offsets = np.array([0, 5, 11], np.int32).tobytes()
    damaged(tmp_path / "customers.arrow", offsets, np.array([0, 2_000_000_000, 11], np.int32).tobytes())
    with pytest.raises(ValueError, match="offset"):
        CustomerIndex(str(tmp_path / "customers.arrow"), str(tmp_path / "index.arrow"))


@pytest.mark.parametrize(
    ("sums", "rows", "message"),
    [
        ([1, 2], [0, 4_000_000_000], "must name each row of the customers once"),
        ([1, 2], [0, 0], "must name each row of the customers once"),
        ([2, 1], [0, 1], "must be in ascending order"),
        ([1], [0], "one entry for each of the 2 customers"),
    ],
)
def test_an_index_that_does_not_belong_to_the_customers_is_refused(tmp_path, sums, rows, message):
    opened(tmp_path, ["a", "b"])
    write_arrow(
        tmp_path / "index.arrow", pa.table({"sum": pa.array(sums, pa.uint32()), "row": pa.array(rows, pa.uint32())})
    )
    with pytest.raises(ValueError, match=message):
        CustomerIndex(str(tmp_path / "customers.arrow"), str(tmp_path / "index.arrow"))


def test_ids_of_another_type_are_refused(tmp_path):
    opened(tmp_path, ["a"])
    write_arrow(tmp_path / "customers.arrow", pa.table({"customer_id": pa.array([1], pa.int64())}))
    with pytest.raises(ValueError, match="must have the type string"):
        CustomerIndex(str(tmp_path / "customers.arrow"), str(tmp_path / "index.arrow"))
