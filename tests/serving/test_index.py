"""A version's files: the same input gives the same bytes, ids open in place, nothing in them runs on load."""

import json
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import skops.io
from sklearn.cluster import KMeans
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from clientela.contracts import SEGMENTS as CONTRACT
from clientela.serving import index

from .conftest import CUSTOMERS, SEGMENTS, write


def test_the_same_input_gives_the_same_bytes(tmp_path, files):
    again = write(tmp_path)
    for name in ("customers", "segments"):
        assert again[name].read_bytes() == files[name].read_bytes()


def test_the_index_of_the_frame_and_further_columns_leave_no_trace(tmp_path, files):
    frame = CUSTOMERS.set_index(pd.Index([7, 3, 5, 1, 9], name="left over")).assign(tenure_days=1.0)[
        ["tenure_days", *reversed(CUSTOMERS.columns)]
    ]
    assert write(tmp_path, customers=frame)["customers"].read_bytes() == files["customers"].read_bytes()


def test_the_paths_are_named_and_lie_in_the_folder(tmp_path):
    paths = write(tmp_path)
    assert {name: path.name for name, path in paths.items()} == {
        "customers": "customers.arrow",
        "segments": "segments.json",
        "clustering": "clustering.skops",
    }
    assert sorted(tmp_path.iterdir()) == sorted(paths.values())


def test_the_customers_have_the_contracts_columns(files):
    with pa.memory_map(str(files["customers"])) as file:
        table = pa.ipc.open_file(file).read_all()
    assert tuple(table.column_names) == CONTRACT.names
    assert table.schema.types == [pa.string(), pa.int32(), *[pa.float64()] * 4]
    assert table.schema.metadata is None
    pd.testing.assert_frame_equal(table.to_pandas(), CUSTOMERS, check_dtype=False)


def test_the_customers_open_in_place(tmp_path):
    many = 50_000
    frame = pd.DataFrame({"customer_id": np.arange(many).astype(str), "segment_id": 1})
    frame = frame.assign(**dict.fromkeys(index.FIGURES, 1.5))
    path = write(tmp_path, customers=frame)["customers"]
    before = pa.total_allocated_bytes()
    with pa.memory_map(str(path)) as file:
        table = pa.ipc.open_file(file).read_all()
    assert table.num_rows == many
    # a compressed file would be unpacked into memory: more than 2 MB of figures and ids
    assert pa.total_allocated_bytes() - before < 50_000


def test_a_figure_that_is_not_known_is_null_and_not_nan(tmp_path):
    frame = CUSTOMERS.assign(mean_order_value=[np.nan, *CUSTOMERS["mean_order_value"][1:]])
    with pa.memory_map(str(write(tmp_path, customers=frame)["customers"])) as file:
        assert pa.ipc.open_file(file).read_all()["mean_order_value"].to_pylist()[0] is None


def test_the_card_says_what_the_segments_are(files):
    text = files["segments"].read_text(encoding="utf-8")
    assert "português" in text  # readable, not escaped
    assert json.loads(text) == {
        "as_of": "2024-01-31",
        "ids_a_request": index.IDS_A_REQUEST,
        "figures": list(index.FIGURES),
        "segments": SEGMENTS,
    }


def test_the_clustering_loads_without_trusting_anything(tmp_path):
    X = np.random.default_rng(0).normal(size=(60, 3))
    fitted = make_pipeline(StandardScaler(), KMeans(3, n_init=1, random_state=0)).fit(X)
    path = write(tmp_path, clustering={"predictor": fitted})["clustering"]
    assert skops.io.get_untrusted_types(file=path) == []
    np.testing.assert_array_equal(skops.io.load(path)["predictor"].predict(X), fitted.predict(X))


def test_a_missing_column_is_an_error(tmp_path):
    with pytest.raises(KeyError, match="total_spend"):
        write(tmp_path, customers=CUSTOMERS.drop(columns="total_spend"))


def test_the_figures_are_the_contracts_without_the_two_keys():
    assert index.FIGURES == ("days_since_last_purchase", "order_count", "total_spend", "mean_order_value")


def test_the_as_of_date_is_kept(tmp_path):
    assert json.loads(write(tmp_path, as_of=date(1999, 12, 1))["segments"].read_text())["as_of"] == "1999-12-01"
