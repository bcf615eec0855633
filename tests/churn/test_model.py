"""The answers of the churn model: to ids, to raw features, and to invalid requests."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.churn.model import ChurnLookup
from clientela.churn.scorer import band_of
from clientela.churn.version import open_lookup, read_version, version_code
from clientela.errors import RegistryError
from clientela.lookup.ids import RequestError

from .versions import CARD, COLUMNS, CUSTOMERS, load, make_version, write


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("churn")
    write(folder)
    return folder


@pytest.fixture(scope="module")
def lookup(folder) -> ChurnLookup:
    return open_lookup(folder)


def ids(*values):
    return pd.DataFrame({"customer_id": list(values)}, dtype=object)


class TestIds:
    def test_answers_keep_the_order_with_null_for_unknown_ids(self, lookup):
        answers = lookup.predict(None, ids("CS5295", "nobody", None, 12346, "12346.0", "012346"))
        assert [answer["customer_id"] for answer in answers] == ["CS5295", "nobody", None, "12346", "12346", "012346"]
        assert [answer["probability"] is None for answer in answers] == [False, True, True, False, False, False]
        assert answers[1] == {"customer_id": "nobody", "probability": None, "band": None, "call": None, "reasons": []}
        assert answers[3]["probability"] < answers[5]["probability"] < answers[0]["probability"]
        json.dumps(answers, allow_nan=False)

    def test_reasons_are_sorted_by_strength_and_name_the_direction(self, lookup):
        (quiet,) = lookup.predict(None, ids("CS5295"))
        assert quiet["reasons"][0]["feature"] == "days_since_last_purchase"
        assert quiet["reasons"][0]["effect"] > 0
        assert quiet["reasons"][0]["text"]["en"] == "days since: 99 (typical: 50) raises"
        assert quiet["reasons"][0]["text"]["pt-BR"] == "days since em português: 99 (típico: 50) aumenta"
        (recent,) = lookup.predict(None, ids("12346"))
        assert recent["reasons"][0]["effect"] < 0
        effects = [abs(reason["effect"]) for reason in quiet["reasons"]]
        assert effects == sorted(effects, reverse=True)

    def test_detail_gives_the_features_with_null_for_unknown_values(self, lookup):
        (answer,) = lookup.predict(None, ids("José"), {"detail": True})
        assert answer["detail"]["figures"] == {
            "days_since_last_purchase": None, "orders_lost_tv": 0.0, "region": "north",
        }  # fmt: skip
        assert (answer["detail"]["as_of"], answer["detail"]["window_days"]) == ("2024-01-31", 90)
        assert answer["call"] == (answer["detail"]["expected_profit"] > 0)
        (unknown,) = lookup.predict(None, ids("nobody"), {"detail": True})
        assert unknown["detail"] is None

    @pytest.mark.parametrize(
        "frame, says",
        [
            (pd.DataFrame({"other": ["x"]}), "neither customer ids nor features"),
            (ids(), "list of customer ids is empty"),
            (ids(*range(21)), "at most 20 customer ids. Got 21"),
            (ids(["a"]), "must be text or a number. Got list"),
            (ids("['a']"), "Got a nested value"),
        ],
        ids=["neither", "empty", "many", "list", "nested"],
    )
    def test_a_request_without_valid_ids_is_refused_in_one_sentence(self, lookup, frame, says):
        with pytest.raises(RequestError, match=says) as caught:
            lookup.predict(None, frame)
        assert "\n" not in caught.value.sentence


class TestFeatures:
    def test_the_features_of_a_known_customer_give_the_same_answer(self, lookup):
        known = CUSTOMERS.iloc[:3]
        by_id = lookup.predict(None, ids(*known["customer_id"]))
        by_features = lookup.predict(None, known[COLUMNS].astype(object))
        for one, other in zip(by_id, by_features, strict=True):
            assert other == {**one, "customer_id": None}

    def test_an_id_beside_features_is_echoed(self, lookup):
        (answer,) = lookup.predict(None, pd.DataFrame({"customer_id": [7.0], "days_since_last_purchase": [99]}))
        assert answer["customer_id"] == "7"
        assert answer["probability"] > 0.5

    def test_a_missing_feature_is_typical_and_not_a_reason(self, lookup):
        (answer,) = lookup.predict(None, pd.DataFrame({"days_since_last_purchase": [50.5]}))
        assert answer["reasons"] == []
        (typical,) = lookup.predict(None, pd.DataFrame({name: [c["typical"]] for name, c in lookup.known.items()}))
        assert typical == answer

    def test_null_means_unknown(self, lookup):
        (answer,) = lookup.predict(
            None, pd.DataFrame({"days_since_last_purchase": [None], "region": [None]}, dtype=object), {"detail": True}
        )
        assert answer["detail"]["figures"]["region"] == "unknown"
        assert answer["detail"]["figures"]["days_since_last_purchase"] is None

    @pytest.mark.parametrize(
        "column, value, says",
        [
            ("days_since_last_purchase", -1, "must lie between 0 and 1e\\+15. Got -1"),
            ("days_since_last_purchase", "x", "must be a number. Got str"),
            ("days_since_last_purchase", True, "must be a number. Got bool"),
            ("orders_lost_tv", float("inf"), "must lie between -1e\\+15 and 1e\\+15. Got inf"),
            ("days_since_last_purchase", 1e39, "must lie between 0 and 1e\\+15. Got 1e\\+39"),
            ("days_since_last_purchase", 10**400, "must lie between 0 and 1e\\+15. Got inf"),
            ("region", 3, "must be text. Got int"),
        ],
    )
    def test_an_invalid_value_of_a_feature_is_refused(self, lookup, column, value, says):
        with pytest.raises(RequestError, match=f"The feature {column} {says}"):
            lookup.predict(None, pd.DataFrame({column: [value]}, dtype=object))

    def test_a_feature_given_twice_is_refused(self, lookup):
        twice = pd.DataFrame([[1.0, 2.0]], columns=["days_since_last_purchase"] * 2)
        with pytest.raises(RequestError, match="must be given once. Got 'days_since_last_purchase' twice"):
            lookup.predict(None, twice)

    @given(days=st.floats(0, 1e6), more=st.floats(0, 1e6))
    def test_more_days_without_a_purchase_never_lower_the_risk(self, lookup, days, more):
        frame = pd.DataFrame({"days_since_last_purchase": [days, days + more]})
        shorter, longer = lookup.predict(None, frame)
        assert longer["probability"] >= shorter["probability"] - 1e-12


@pytest.mark.parametrize(
    "probability, band", [(0.0, "low"), (0.3, "medium"), (0.69, "medium"), (0.7, "high"), (1, "high")]
)
def test_bands_include_their_lower_end(probability, band):
    assert band_of(probability, CARD["bands"]) == band


class TestFiles:
    def test_the_same_version_gives_the_same_bytes(self, folder, tmp_path):
        write(tmp_path)
        for name in ("churn.json", "customers.arrow", "index.arrow"):
            assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()

    def test_a_written_version_is_read_back(self, folder):
        read, made = read_version(folder), make_version()
        pd.testing.assert_frame_equal(read.customers, made.customers, check_dtype=False)
        assert read.card == made.card
        again = read.predict(CUSTOMERS)
        assert np.allclose(again["probability"], made.customers["probability"], atol=0)

    def test_missing_features_are_named(self, folder):
        with pytest.raises(RegistryError, match="needs the features region"):
            read_version(folder).predict(CUSTOMERS.drop(columns="region"))

    def test_a_pipeline_with_unknown_types_is_refused(self, folder, tmp_path):
        import skops.io

        write(tmp_path)
        skops.io.dump({"a": subprocess.Popen}, tmp_path / "pipeline.skops")
        with pytest.raises(RegistryError, match="known types only"):
            read_version(tmp_path)

    def test_a_missing_file_is_reported(self, tmp_path):
        with pytest.raises(RegistryError, match="as this release writes it"):
            read_version(tmp_path)

    def test_an_index_of_other_customers_does_not_open(self, folder, tmp_path):
        import pyarrow as pa

        from clientela.lookup.index_file import write_index

        write(tmp_path)
        write_index(tmp_path / "index.arrow", pa.array(["x", "y", "z", "w"]))
        with pytest.raises(ValueError, match="must find each customer in its row"):
            open_lookup(tmp_path)


class TestStandalone:
    def test_the_code_runs_without_clientela_installed(self, folder, tmp_path):
        code = tmp_path / "model.py"
        code.write_text(version_code(), encoding="utf-8")
        assert "import clientela" not in code.read_text()
        assert "from clientela" not in code.read_text()
        script = f"""
import importlib.util, json, sys, types
sys.modules["clientela"] = None
spec = importlib.util.spec_from_file_location("model", {str(code)!r})
model = importlib.util.module_from_spec(spec); spec.loader.exec_module(model)
import pandas as pd
lookup = model.ChurnLookup()
files = {{"churn": "churn.json", "customers": "customers.arrow", "index": "index.arrow", "pipeline": "pipeline.skops"}}
lookup.load_context(types.SimpleNamespace(artifacts={{k: {str(folder)!r} + "/" + v for k, v in files.items()}}))
print(json.dumps(lookup.predict(None, pd.DataFrame({{"customer_id": ["CS5295", "nobody"]}}))))
print(json.dumps(lookup.predict(None, pd.DataFrame({{"days_since_last_purchase": [99.0]}}))))
"""
        done = subprocess.run(
            [sys.executable, "-E", "-P", "-c", script], capture_output=True, text=True, timeout=600, check=False
        )
        assert done.returncode == 0, done.stderr
        by_id, by_features = (json.loads(line) for line in done.stdout.splitlines()[-2:])
        assert by_id == load({k: folder / v for k, v in FILES.items()}).predict(None, ids("CS5295", "nobody"))
        assert by_features[0]["probability"] > 0.5


FILES = {"churn": "churn.json", "customers": "customers.arrow", "index": "index.arrow", "pipeline": "pipeline.skops"}
