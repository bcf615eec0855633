"""After a comparison in July: a refresh and a score with January's figures, in process, on a small shop."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import mlflow
import pandas as pd
import pytest
from mlflow.tracking import MlflowClient

from clientela import registry
from clientela.cli.parameters import parse_share
from clientela.errors import InvalidInput, RegistryError
from clientela.request import RunRequest
from clientela.segmentation.version import read_version
from clientela.workflows.refresh import refresh
from clientela.workflows.score import score
from clientela.workflows.segment import segment

from .conftest import copy_shop, results_of

pytestmark = pytest.mark.slow

MODEL = "customer-segments"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, refreshed, fresh_store) -> Iterator[Path]:
    folder = copy_shop(refreshed, tmp_path_factory.mktemp("shop"))
    with fresh_store(folder):
        yield folder


def request(shop: Path, **changes: Any) -> RunRequest:
    return RunRequest(**{"dataset": "shop", **changes}, conf=shop / "conf")


def version(number: str) -> Any:
    return read_version(registry.fetch(MODEL, version=number).files)


@pytest.fixture(scope="module")
def july(shop: Path, refreshed: Path) -> SimpleNamespace:
    summary, _, _ = results_of(refreshed)
    return SimpleNamespace(summary=summary, version=version("1"))


@pytest.fixture(scope="module")
def january(shop: Path, refreshed: Path) -> SimpleNamespace:
    _, summary, printed = results_of(refreshed)
    return SimpleNamespace(summary=summary, version=version("2"), printed=printed)


class TestRefresh:
    def test_the_segments_are_the_champions_with_todays_customers(self, july, january):
        then = {s["id"]: s["name"] for s in july.version.segments}
        # A name that is not true half a year later has changed, and the version says so.
        assert all((s["previous_name"] or s["name"]) == then[s["id"]] for s in january.version.segments)
        assert any(s["previous_name"] is None for s in january.version.segments)
        assert january.version.as_of.isoformat() == january.summary["as_of"] == "2025-01-01"
        assert len(january.version.customers) == january.summary["customers"] > len(july.version.customers)
        assert sum(s["customers"] for s in january.summary["segments"]) == january.summary["customers"]
        assert january.version.last_id == july.version.last_id

    def test_the_clusters_are_the_champions(self, july, january):
        def fitted(one):
            return one.version.clustering["scaler"], one.version.clustering["predictor"]

        for before, after in zip(fitted(july), fitted(january), strict=True):
            assert type(before) is type(after)
        features = january.version.customers
        assert january.version.clustering["segment_id_of"] == july.version.clustering["segment_id_of"]
        assert set(features["segment_id"]) <= set(july.version.clustering["segment_id_of"].values())

    def test_it_says_who_moved_and_that_no_new_cluster_did(self, july, january):
        moves = january.summary["migration"]
        assert (moves["from_version"], moves["from_as_of"]) == ("1", "2024-07-01")
        assert (moves["new"], moves["redrawn_share"]) == ([], 0.0)
        before = july.version.customers.set_index("customer_id")["segment_id"]
        now = january.version.customers.set_index("customer_id")["segment_id"]
        both = before.index.intersection(now.index)
        assert moves["moved"] == int((before[both] != now[both]).sum()) > 0
        assert f"{moves['moved_share']:.1%} of {moves['shared']:,} customers are in another" in january.printed[-1]
        assert "new clusters" not in january.printed[-1]

    def test_the_version_says_that_it_is_a_refresh(self, january):
        registered = MlflowClient().get_model_version(MODEL, "2")
        assert {key: registered.tags[key] for key in ("change", "clusters_of", "as_of", "dataset")} == {
            "change": "refresh", "clusters_of": "1", "as_of": "2025-01-01", "dataset": "shop",
        }  # fmt: skip
        assert "silhouette" in registered.tags
        assert "A refresh: " in registered.description
        assert january.summary["alias"] == "challenger"

    def test_the_run_holds_the_ledger_the_migration_and_the_picture(self, january):
        run = MlflowClient().get_run(MlflowClient().get_model_version(MODEL, "2").run_id)
        assert (run.info.run_name, run.data.tags["stage"]) == ("shop 2025-01-01 refresh", "refresh")
        files = {entry.path for entry in MlflowClient().list_artifacts(run.info.run_id)}
        assert {"ledger.csv", "migration.csv", "segments.png", "settings.yaml"} <= files
        assert run.data.metrics["moved_share"] == january.summary["migration"]["moved_share"]

    def test_it_is_served(self, january):
        model = mlflow.pyfunc.load_model(f"models:/{MODEL}/2")
        ids = january.version.customers["customer_id"].head(50)
        answer = model.predict(pd.DataFrame({"customer_id": ids}), params={"detail": True})
        segment_of = dict(zip(ids, january.version.customers["segment_id"].head(50), strict=True))
        assert {row["customer_id"]: row["detail"]["segment_id"] for row in answer} == segment_of
        assert {row["detail"]["as_of"] for row in answer} == {"2025-01-01"}

    def test_a_date_before_the_champions_is_refused_and_opens_no_run(self, shop, january):
        with pytest.raises(InvalidInput, match="not precede the champion's, 2024-07-01. Got 2024-06-01 instead"):
            refresh(request(shop, as_of="2024-06-01"))
        assert len(MlflowClient().search_model_versions(f"name = '{MODEL}'")) == 2

    def test_another_shop_is_refused(self, shop, january):
        with pytest.raises(RegistryError, match="The dataset parameter must be 'shop', the data set of version 1"):
            refresh(request(shop, dataset="demo"))


class TestScore:
    def test_the_champion_scores_todays_customers_as_the_refresh_does(self, shop, january):
        done = score(request(shop), output=str(shop / "out.csv"))
        table = pd.read_csv(shop / "out.csv", dtype={"customer_id": str}).set_index("customer_id")
        assert (done["version"], done["rows"]) == ("1", len(table))
        now = january.version.customers.set_index("customer_id")["segment_id"]
        assert table["segment_id"].sort_index().equals(now.sort_index().astype("int64"))
        assert set(table["as_of"]) == {"2025-01-01"}
        assert set(table["model_version"]) == {1}
        assert "arm" not in table

    def test_the_arms_are_split_in_each_segment_by_the_seed(self, shop, january):
        def arms(seed: int) -> pd.Series:
            path = shop / f"arms-{seed}.parquet"
            score(request(shop, seed=seed, language="pt-BR"), output=str(path), version="2", treatment=0.9)
            return duckdb.sql(f"select * from '{path}'").df().set_index("customer_id")

        one, other = arms(1), arms(2)
        assert (one["arm"] != other["arm"]).any()
        shares = (one["arm"] == "treatment").groupby(one["segment_id"]).agg(["mean", "size"])
        assert ((shares["mean"] - 0.9).abs() <= 1 / shares["size"]).all()
        names = {s["name"]["pt-BR"] for s in january.version.segments}
        assert set(one["segment"]) <= names

    def test_what_cannot_be_written_is_told_before_anything_is_read(self, shop, january):
        with pytest.raises(InvalidInput, match="The destination must end in or be one of"):
            score(request(shop, source="nowhere"), output="out.docx")

    @pytest.mark.parametrize("text", ["0", "1", "nan", "x", "-1", "90%"])
    def test_a_share_lies_between_0_and_1(self, text):
        with pytest.raises(InvalidInput, match="a share between 0 and 1. Got"):
            parse_share("treatment", text)
        assert parse_share("treatment", "0.9") == 0.9


def test_a_comparison_goes_on_where_the_champion_cannot_be_read(shop, january, tmp_path, monkeypatch):
    files = shutil.copytree(registry.fetch(MODEL, version="1").files, tmp_path / "files")
    card = json.loads((files / "segments.json").read_text(encoding="utf-8"))
    del card["last_id"]
    (files / "segments.json").write_text(json.dumps(card), encoding="utf-8")
    # The registered files are the template's, which other tests read too.
    monkeypatch.setattr("clientela.segmentation.registered.read_version", lambda _: read_version(files))
    printed: list[str] = []
    summary = segment(request(shop, echo=printed.append))
    assert summary["migration"] is None
    assert any("cannot continue the champion's and get new names" in text for text in printed)
