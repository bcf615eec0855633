"""Churn in process, on a small telecom and a store of its own: files to a version, twice, and all that follows."""

import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import mlflow
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pytest
import yaml
from mlflow.tracking import MlflowClient
from sklearn.metrics import roc_auc_score

from clientela import registry
from clientela.churn.features import usable
from clientela.churn.loading import load_churn_data
from clientela.churn.rows import ChurnRows, build_rows
from clientela.churn.version import read_version
from clientela.data.demo import generate_demo
from clientela.data.demo_telecom import DemoTelecom, generate_telecom
from clientela.errors import GateRefusal, InvalidInput, LeakageSuspected, RegistryError
from clientela.export_contracts import CALL_LIST
from clientela.request import PromotionRequest, RunRequest
from clientela.settings import load_churn
from clientela.workflows.churn import churn
from clientela.workflows.churn_score import score_churn
from clientela.workflows.promote import promote, rollback
from clientela.workflows.segment import segment

from .conftest import copy_shop, hide_ids

MODEL = "customer-churn"
MODELS = {
    "logistic_regression": {"draws": 2, "C": [0.03, 0.3]},
    "decision_tree": {"draws": 1, "max_leaf_nodes": [8], "min_samples_leaf": [20], "criterion": ["gini"]},
    "gradient_boosting": {
        "draws": 1, "max_iter": [30], "learning_rate": [0.1], "max_leaf_nodes": [4], "min_samples_leaf": [20],
        "l2_regularization": [1.0],
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def telecom() -> DemoTelecom:
    return generate_telecom(customers=900)


@pytest.fixture(scope="module")
def shop(tmp_path_factory, make_shop, telecom, fresh_store) -> Iterator[Path]:
    """A user's folder: two files, settings that are quick, and a shop without labels."""
    folder = make_shop(tmp_path_factory.mktemp("churn"))
    pyarrow.csv.write_csv(telecom.transactions, folder / "transactions.csv")
    pyarrow.csv.write_csv(telecom.customers, folder / "customers.csv")
    settings = yaml.safe_load((folder / "conf" / "churn.yaml").read_text(encoding="utf-8"))
    settings |= {"models": MODELS, "folds": 3, "jobs": 1, "call_list": 5}
    settings["choice"]["draws"] = 100
    settings["cutoffs"] |= {"test": 2, "train": 2}
    (folder / "conf" / "churn.yaml").write_text(yaml.safe_dump(settings))
    with fresh_store(folder):
        yield folder


def run(shop: Path, **changes: Any) -> dict[str, Any]:
    given = {
        "dataset": "telecom", "source": str(shop / "transactions.csv"), "customers": str(shop / "customers.csv"),
    }  # fmt: skip
    return churn(RunRequest(**{**given, **changes}, conf=shop / "conf"))


def promotion(shop: Path, **given: Any) -> PromotionRequest:
    return PromotionRequest(conf=shop / "conf", model=MODEL, **given)


def files(version: str) -> Path:
    found = registry.fetch(MODEL, version=version)
    assert found is not None
    return found.files


@pytest.fixture(scope="module")
def first(shop: Path) -> SimpleNamespace:
    printed: list[str] = []
    summary = run(shop, echo=printed.append, report=shop / "report.html")
    return SimpleNamespace(summary=summary, printed="\n".join(printed), page=(shop / "report.html").read_text())


@pytest.fixture(scope="module")
def second(shop: Path, first: SimpleNamespace) -> SimpleNamespace:
    """The same run again."""
    summary = run(shop, report=shop / "again.html")
    return SimpleNamespace(summary=summary, page=(shop / "again.html").read_text())


class TestRun:
    def test_the_first_version_is_registered_as_champion_with_its_tags(self, first):
        found = registry.fetch(MODEL)
        assert found.number == first.summary["version"] == "1"
        assert first.summary["alias"] == "champion"
        assert found.tags["dataset"] == "telecom"
        assert found.tags["algorithm"] == first.summary["winner"]["name"]

    def test_both_ledgers_are_printed_and_logged(self, first):
        assert "signup_after_first_transaction" in first.printed
        experiment = MlflowClient().get_experiment_by_name("customer-churn")
        (parent,) = MlflowClient().search_runs([experiment.experiment_id], "tags.stage = 'churn'")
        paths = {item.path for item in MlflowClient().list_artifacts(parent.info.run_id)}
        assert {"ledger.csv", "customer_ledger.csv", "call_list.csv", "report.html", "importances.csv"} <= paths
        assert parent.data.metrics["scored"] == first.summary["data"]["scored"]

    def test_each_model_has_a_nested_run_with_metrics_and_pictures(self, first):
        experiment = MlflowClient().get_experiment_by_name("customer-churn")
        runs = MlflowClient().search_runs([experiment.experiment_id], "tags.stage = 'candidate'")
        assert {run.data.params["model"] for run in runs} == {"dummy", *MODELS}
        for run_ in runs:
            assert {
                "accuracy", "precision", "recall", "f1", "roc_auc", "average_precision", "brier_score",
                "calibration_error", "lift_decile_01", "lift_decile_10", "fit_seconds", "rank",
            } <= run_.data.metrics.keys()  # fmt: skip
            pictures = {item.path for item in MlflowClient().list_artifacts(run_.info.run_id)}
            assert {"roc.png", "precision_recall.png", "lift.png", "calibration.png"} <= pictures

    def test_only_current_customers_have_a_probability(self, first, telecom):
        version = read_version(files("1"))
        customers = telecom.customers.to_pandas().drop_duplicates("customer_id", keep="last")
        left = set(customers.loc[customers["churn"] == 1, "customer_id"].astype(str))
        known = set(version.customers["customer_id"])
        assert not left & known
        assert version.customers["probability"].between(0, 1).all()
        assert len(known) == first.summary["data"]["scored"] > 500

    def test_the_index_equals_the_predictions_of_the_model(self, first):
        version = read_version(files("1"))
        again = version.predict(version.customers)
        assert again["probability"].tolist() == version.customers["probability"].tolist()
        assert again["reason_1"].tolist() == version.customers["reason_1"].tolist()

    def test_bands_have_the_configured_shares(self, first):
        bands = {row["band"]: row["customers"] for row in first.summary["risk"]["bands"]}
        assert bands["high"] / sum(bands.values()) == pytest.approx(0.1, abs=0.01)
        assert bands["medium"] / sum(bands.values()) == pytest.approx(0.2, abs=0.01)

    def test_the_call_list_has_all_profitable_calls_in_falling_order(self, first):
        experiment = MlflowClient().get_experiment_by_name("customer-churn")
        (parent,) = MlflowClient().search_runs([experiment.experiment_id], "tags.stage = 'churn'")
        path = mlflow.artifacts.download_artifacts(run_id=parent.info.run_id, artifact_path="call_list.csv")
        calls = pd.read_csv(path, dtype={"customer_id": str})
        assert set(calls.columns) <= set(CALL_LIST.names)
        assert len(calls) == first.summary["risk"]["customers_to_call"]
        assert calls["expected_profit"].is_monotonic_decreasing
        assert (calls["expected_profit"] > 0).all()
        assert [row["customer_id"] for row in first.summary["risk"]["call_list"]] == calls["customer_id"].head(
            5
        ).tolist()

    @pytest.mark.slow
    def test_the_same_run_gives_the_same_bytes(self, first, second):
        assert second.summary["alias"] == "challenger"
        assert second.page == first.page
        for name in ("churn.json", "customers.arrow", "index.arrow"):
            assert (files(second.summary["version"]) / name).read_bytes() == (files("1") / name).read_bytes(), name

    @pytest.mark.slow
    def test_the_order_of_rows_in_the_files_does_not_matter(self, shop, telecom, first, tmp_path):
        shuffled = telecom.transactions.to_pandas().sample(frac=1, random_state=1)
        pyarrow.csv.write_csv(pa.Table.from_pandas(shuffled, preserve_index=False), tmp_path / "shuffled.csv")
        summary = run(shop, source=str(tmp_path / "shuffled.csv"))
        same = read_version(files(summary["version"])).customers["probability"]
        assert same.to_numpy() == pytest.approx(read_version(files("1")).customers["probability"].to_numpy())


class TestRefusals:
    def test_leakage_in_the_customer_table_stops_the_run(self, shop, telecom, tmp_path):
        """A leaking column: customers who left have a region of their own."""
        leaking = telecom.customers.to_pandas()
        leaking["region"] = leaking["region"].where(leaking["churn"] != 1, "cancelled")
        leaking.to_csv(tmp_path / "leaking.csv", index=False)
        before = len(MlflowClient().search_model_versions(f"name = '{MODEL}'"))
        with pytest.raises(LeakageSuspected, match="region"):
            run(shop, customers=str(tmp_path / "leaking.csv"))
        assert len(MlflowClient().search_model_versions(f"name = '{MODEL}'")) == before

    def test_customers_without_transactions_are_refused(self, shop):
        with pytest.raises(InvalidInput, match="transactions parameter must be given with customers"):
            run(shop, source=None)

    def test_a_customer_table_without_a_description_is_refused(self, shop):
        with pytest.raises(InvalidInput, match="needs a data set that describes its columns"):
            run(shop, dataset="shop", source=None)


class TestCutoff:
    """Labels of the table describe the last days of the transactions, whatever the as-of date."""

    def test_a_later_as_of_date_does_not_move_the_cutoff(self, shop):
        with duckdb.connect() as connection:
            rows = rows_as_of(connection, shop, "2025-03-15")
        assert rows.splits[0].cutoff == date(2024, 10, 3)
        assert rows.current["days_since_last_purchase"].min() > 70

    def test_an_earlier_as_of_date_is_refused(self, shop):
        says = "as_of parameter must not lie before 2025-01-01, .* Got 2024-09-01 instead"
        with duckdb.connect() as connection, pytest.raises(InvalidInput, match=says):
            rows_as_of(connection, shop, "2024-09-01")

    def test_features_unknown_in_the_earliest_training_rows_are_left_out(self, shop, tmp_path):
        """With 300 days of history it knows no change of behaviour."""
        source = tmp_path / "year.csv"
        pyarrow.csv.write_csv(generate_demo(customers=900).transactions, source)
        with duckdb.connect() as connection:
            rows = rows_as_of(connection, shop, "2022-10-28", dataset="shop", source=str(source), customers=None)
        assert len(rows.splits) == 2
        assert "order_value_change" in usable(rows.splits[0].train)
        assert "order_value_change" not in usable(rows.splits[1].train)
        assert "order_value_change" not in rows.columns


def rows_as_of(connection: duckdb.DuckDBPyConnection, shop: Path, as_of: str, **changes: Any) -> ChurnRows:
    given = {
        "dataset": "telecom", "source": str(shop / "transactions.csv"), "customers": str(shop / "customers.csv"),
        **changes,
    }  # fmt: skip
    request = RunRequest(**given, as_of=as_of, conf=shop / "conf")
    described, settings = load_churn(request.dataset, conf=request.conf)
    data = load_churn_data(connection, described, settings, request)
    return build_rows(connection, data, settings, seed=0)


class TestScore:
    def test_one_row_per_customer_as_in_the_index(self, shop, first, tmp_path):
        request = RunRequest(
            dataset="telecom", source=str(shop / "transactions.csv"), customers=str(shop / "customers.csv"),
            language="pt-BR", conf=shop / "conf",
        )  # fmt: skip
        summary = score_churn(request, output=str(tmp_path / "churn.csv"), version="1")
        written = pd.read_csv(tmp_path / "churn.csv", dtype={"customer_id": str}).set_index("customer_id")
        index = read_version(files("1")).customers.set_index("customer_id")
        assert summary["rows"] == len(written) == len(index)
        assert written["probability"].to_numpy() == pytest.approx(index["probability"][written.index].to_numpy())
        assert written["reasons"].str.contains("típico").any()
        assert set(written["band"]) == {"high", "medium", "low"}

    def test_scoring_without_the_customer_table_is_refused(self, shop, first, tmp_path):
        request = RunRequest(dataset="telecom", source=str(shop / "transactions.csv"), conf=shop / "conf")
        with pytest.raises(InvalidInput, match="The customers parameter must be given: version 1 of customer-churn"):
            score_churn(request, output=str(tmp_path / "churn.csv"), version="1")
        assert list(tmp_path.iterdir()) == []

    def test_another_data_set_is_refused_and_nothing_is_written(self, shop, first, tmp_path):
        with pytest.raises(RegistryError, match="must be 'telecom'"):
            score_churn(RunRequest(dataset="shop", conf=shop / "conf"), output=str(tmp_path / "churn.csv"), version="1")
        assert list(tmp_path.iterdir()) == []


@pytest.fixture
def copied(shop, first, second, tmp_path, fresh_store) -> Iterator[Path]:
    """A store of the test's own with both versions."""
    shutil.copy(shop / "mlflow.db", tmp_path)
    with fresh_store(tmp_path):
        yield tmp_path


@pytest.mark.slow
class TestPromotion:
    def test_a_version_is_promoted_and_rolled_back(self, shop, second, copied):
        newest = second.summary["version"]
        printed: list[str] = []
        done = promote(newest, promotion(shop, echo=printed.append))
        assert (done["model"], done["replaced"]) == (MODEL, "1")
        assert "answers" in printed[0]
        back = rollback(promotion(shop))
        assert back["version"] == "1"
        assert [entry.action for entry in registry.history(MODEL)][:2] == ["rollback", "promote"]

    def test_a_worse_version_is_refused(self, shop, second, copied):
        newest = second.summary["version"]
        MlflowClient().set_model_version_tag(MODEL, newest, "roc_auc", "0.5")
        with pytest.raises(GateRefusal, match=r"Roc_auc is 0\.5000"):
            promote(newest, promotion(shop))
        assert promote(newest, promotion(shop, force=True, reason="a test of force"))["replaced"] == "1"


@pytest.mark.slow
class TestWithoutLabels:
    def test_churn_without_labels_is_tested_at_later_cutoffs(self, shop, segmented, tmp_path, fresh_store):
        """The demo shop: three years of orders, no table of customers; and the risk of its segments."""
        folder = copy_shop(segmented, tmp_path / "shop")
        settings = yaml.safe_load((shop / "conf" / "churn.yaml").read_text(encoding="utf-8"))
        settings["label"]["active_days"] = None
        (folder / "conf" / "churn.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
        hide_ids(folder / "conf")
        with fresh_store(folder):
            self.check(folder)
            self.check_ledger()

    def check_ledger(self) -> None:
        """Where customers have pseudonyms, the run logs no orders of single customers."""
        experiment = MlflowClient().get_experiment_by_name("customer-churn")
        (parent,) = MlflowClient().search_runs([experiment.experiment_id], "tags.stage = 'churn'")
        logged = mlflow.artifacts.download_artifacts(run_id=parent.info.run_id, artifact_path="ledger.csv")
        assert pd.read_csv(logged)["example"].isna().all()

    def check(self, shop: Path) -> None:
        summary = churn(RunRequest(dataset="shop", conf=shop / "conf"))
        assert summary["label"]["by_time"]
        assert not summary["label"]["labelled"]
        assert len(summary["cutoffs"]) == 2
        segments = summary["segments"]
        assert segments["unjoined"] == 0
        assert sum(row["customers"] for row in segments["rows"]) == summary["data"]["scored"]
        json.dumps(summary)  # plain data
        # The other way round: the segments' report tells the risk where the champion is of the same data set.
        segment(RunRequest(dataset="shop", conf=shop / "conf", report=shop / "segments.html"))
        page = (shop / "segments.html").read_text()
        assert page.count("Risk of leaving") == len(segments["rows"])


@pytest.mark.slow
def test_the_best_model_comes_close_to_the_true_hazard(root, tmp_path, fresh_store):
    """All models of the default telecom, as `mlflow run . -e churn` compares them, with fewer draws of parameters."""
    conf = shutil.copytree(root / "conf", tmp_path / "conf")
    settings = yaml.safe_load((conf / "churn.yaml").read_text(encoding="utf-8"))
    for model in settings["models"].values():
        model["draws"] = 2
    settings |= {"folds": 3}
    (conf / "churn.yaml").write_text(yaml.safe_dump(settings))
    with fresh_store(tmp_path):
        summary = churn(RunRequest(dataset="telecom", conf=conf))
        version = read_version(files(summary["version"]))
    assert len(version.customers) == summary["data"]["scored"]
    true = hazard_auc(root)
    assert max(row["roc_auc"] for row in summary["board"]) >= true - 0.02
    assert summary["winner"]["roc_auc"] >= true - 0.02


def hazard_auc(root: Path) -> float:
    """ROC AUC of the true hazard on the same held-out customers."""
    import duckdb

    from clientela.churn.loading import load_churn_data
    from clientela.churn.rows import build_rows
    from clientela.settings import load_churn

    request = RunRequest(dataset="telecom", conf=root / "conf")
    dataset, settings = load_churn(request.dataset, conf=request.conf)
    with duckdb.connect() as connection:
        data = load_churn_data(connection, dataset, settings, request)
        test = build_rows(connection, data, settings, seed=0).splits[0].test
    hazard = generate_telecom(seed=0).truth.to_pandas().set_index("customer_id")["hazard"]
    return float(roc_auc_score(test["churn"], hazard[test["customer_id"]]))
