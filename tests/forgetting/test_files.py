"""Files without forgotten customers: rows, values and texts that name one are gone, all else stays."""

import gzip
import json
import zipfile

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from clientela.exports.files import write_file
from clientela.forgetting.files import names_customer, rewrite
from clientela.forgetting.wanted import Wanted
from clientela.lookup.index_file import write_arrow

WANTED = Wanted(frozenset({"17850", "00ff00ff00ff00ff"}))
FRAME = pd.DataFrame({"customer_id": ["17850", "12346", "178501"], "spend": [1.5, 17850.0, 3.0]})


@pytest.fixture(params=["list.csv", "list.csv.gz", "list.parquet", "list.xlsx", "list.arrow"])
def table(request, tmp_path):
    path = tmp_path / request.param
    if path.suffix == ".arrow":
        write_arrow(path, pa.Table.from_pandas(FRAME, preserve_index=False).replace_schema_metadata(None))
    else:
        write_file(FRAME, path, sheet="customers", key="customer_id")
    return path


def ids_in(path):
    if path.suffix == ".arrow":
        return pa.ipc.open_file(path).read_all()["customer_id"].to_pylist()
    if path.suffix == ".parquet":
        return pq.read_table(path)["customer_id"].to_pylist()
    read = pd.read_excel if path.suffix == ".xlsx" else pd.read_csv
    return read(path, dtype={"customer_id": str})["customer_id"].tolist()


def test_a_table_loses_the_rows_of_the_customer_and_no_figure(table, tmp_path):
    assert names_customer(table, WANTED)
    (tmp_path / "new").mkdir()
    new = tmp_path / "new" / table.name
    assert rewrite(table, new, WANTED)
    assert ids_in(new) == ["12346", "178501"]
    assert not names_customer(new, WANTED)


def test_figures_that_equal_an_id_are_no_customer(tmp_path):
    path = tmp_path / "figures.csv"
    path.write_text('rule,rows,note\nkept,17850,"17,850 rows of 0.17850"\n')
    assert not names_customer(path, WANTED)
    (tmp_path / "figures.json").write_text(json.dumps({"rows": 17850}))
    assert not names_customer(tmp_path / "figures.json", WANTED)


def test_json_loses_items_that_are_or_describe_the_customer(tmp_path):
    path, new = tmp_path / "report.json", tmp_path / "new.json"
    content = {"ids": ["17850", "12346"], "top": [{"customer_id": "17850", "spend": 3}], "note": "best: 17850.", "n": 2}
    path.write_text(json.dumps(content))
    assert names_customer(path, WANTED)
    assert rewrite(path, new, WANTED)
    assert json.loads(new.read_text()) == {"ids": ["12346"], "top": [], "note": "best: [forgotten].", "n": 2}


def test_a_page_loses_ids_in_its_data_and_text_and_keeps_its_figures(tmp_path):
    path, new = tmp_path / "report.html", tmp_path / "new.html"
    path.write_text(
        '<td data-v="17850">17,850</td><code>17850</code><p>17850 and 178501</p>'
        '<script type="application/json">{"ids":["12346","17850"],"rows":17850}</script>'
    )
    assert names_customer(path, WANTED)
    assert rewrite(path, new, WANTED)
    assert new.read_text() == (
        '<td data-v="17850">17,850</td><code>[forgotten]</code><p>[forgotten] and 178501</p>'
        '<script type="application/json">{"ids":["12346"],"rows":17850}</script>'
    )
    assert not names_customer(new, WANTED)


@pytest.mark.parametrize("id_", ["ann@shop.example", "K-77", "00ff00ff00ff00ff"])
def test_bytes_of_other_formats_are_searched_also_compressed_ones(tmp_path, id_):
    wanted = Wanted(frozenset({id_ + "x"}))
    with zipfile.ZipFile(tmp_path / "a.skops", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", f"{id_}x" * 1 + " " * 500)
    (tmp_path / "a.bin.gz").write_bytes(gzip.compress(f" {id_}x ".encode() * 2))
    (tmp_path / "a.bin").write_bytes(b"\0\1" + f"{id_}x".encode() + b"\0")
    for name in ("a.skops", "a.bin.gz", "a.bin"):
        assert names_customer(tmp_path / name, wanted), name
        assert not rewrite(tmp_path / name, tmp_path / "new", wanted)
        assert not names_customer(tmp_path / name, Wanted(frozenset({"another-id"})))


def test_short_ids_are_found_as_values_and_not_in_texts(tmp_path):
    wanted = Wanted(frozenset({"12"}))
    (tmp_path / "list.csv").write_text("customer_id,orders\n12,3\n7,12\n")
    (tmp_path / "note.md").write_text("12 segments")
    assert names_customer(tmp_path / "list.csv", wanted)
    assert not names_customer(tmp_path / "note.md", wanted)
    assert rewrite(tmp_path / "list.csv", tmp_path / "new.csv", wanted)
    assert (tmp_path / "new.csv").read_text() == "customer_id,orders\n7,12\n"
