"""The whole comparison in process, on a small shop and a store of its own."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import mlflow
import pandas as pd
import pyarrow.csv
import pyarrow.parquet
import pytest
import yaml
from mlflow.entities import Run
from mlflow.tracking import MlflowClient

from clientela.contracts import TRANSACTIONS
from clientela.errors import ClientelaError, InvalidData, InvalidInput, InvalidSettings
from clientela.export_contracts import LEADERBOARD, SCORES
from clientela.loading import load_transactions
from clientela.pseudonyms import Pseudonyms
from clientela.request import RunRequest
from clientela.segmentation.registered import require_version
from clientela.segmentation.report.texts import next_steps
from clientela.settings import load_settings
from clientela.workflows.segment import segment

from .conftest import copy_shop, hide_ids, results_of, words_of

NAMES = {
    "rfm_rules", "kmeans k=3", "kmeans k=6", "ward_linkage k=3", "ward_linkage k=6", "hdbscan min_cluster_share=0.05",
}  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, segmented, fresh_store) -> Iterator[Path]:
    """A user's folder with settings that accept much, and others whose limits no candidate keeps."""
    folder = copy_shop(segmented, tmp_path_factory.mktemp("shop"))
    shutil.copytree(folder / "conf", folder / "strict")
    strict = yaml.safe_load((folder / "conf" / "selection.yaml").read_text(encoding="utf-8"))
    (folder / "strict" / "selection.yaml").write_text(yaml.safe_dump(strict | {"segment_count": [40, 50]}))
    shutil.copytree(folder / "conf", folder / "pseudonyms")
    hide_ids(folder / "pseudonyms")
    with fresh_store(folder):
        yield folder


def run(shop: Path, conf: str = "conf", **changes: Any) -> dict[str, Any]:
    return segment(RunRequest(**{"dataset": "shop", **changes}, conf=shop / conf))


def comparisons() -> list[Run]:
    """The parent runs, newest first."""
    experiment = MlflowClient().get_experiment_by_name("customer-segmentation")
    return MlflowClient().search_runs([experiment.experiment_id], "tags.stage = 'comparison'") if experiment else []


def children(parent: str) -> dict[str, Run]:
    experiment = MlflowClient().get_run(parent).info.experiment_id
    runs = MlflowClient().search_runs([experiment], f"tags.`mlflow.parentRunId` = '{parent}'")
    return {run.info.run_name: run for run in runs}


def artifact(run_id: str, path: str) -> Path:
    return Path(mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=path))


@pytest.fixture(scope="module")
def first(shop: Path, segmented: Path) -> SimpleNamespace:
    """The first comparison: its summary, what it printed, its rejected rows, its run."""
    summary, printed = results_of(segmented)
    (parent,) = comparisons()
    return SimpleNamespace(
        summary=summary, printed=printed, rejected=pyarrow.parquet.read_table(shop / "rejected.parquet"), run=parent
    )


@pytest.fixture(scope="module")
def fallback(shop: Path, segmented: Path, fresh_store, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A comparison in which no candidate keeps the limits, in a store of its own: summary, prints, report, version."""
    folder = copy_shop(segmented, tmp_path_factory.mktemp("strict"))
    printed: list[str] = []
    with fresh_store(folder):
        request = {"dataset": "shop", "conf": shop / "strict", "echo": printed.append, "language": "pt-BR"}
        summary = segment(RunRequest(**request, report=folder / "report.html"))
        run_ = comparisons()[0]
        version = MlflowClient().get_model_version("customer-segments", summary["version"])
        runs = children(run_.info.run_id)
        newer = require_version("customer-segments", dataset="shop", number=summary["version"]).version
        reasons = artifact(run_.info.run_id, "reasons.md").read_text(encoding="utf-8")
    return SimpleNamespace(
        summary=summary,
        printed=printed,
        run=run_,
        runs=runs,
        version=version,
        content=newer,
        reasons=reasons,
        report=(folder / "report.html").read_text(encoding="utf-8"),
    )


class TestSummary:
    def test_it_says_what_was_compared_on_what(self, segmented, first):
        summary = first.summary
        assert (summary["dataset"], summary["title"]) == ("shop", "A shop")
        assert summary["location"] == str(segmented / "shop.csv")
        assert summary["as_of"] == "2025-01-01"
        assert summary["candidate_count"] == len(NAMES)
        assert 0.9 * 400 < summary["customers"] <= 400
        assert 0 < summary["rows_kept"] < summary["rows_in"]

    def test_it_says_what_was_chosen_and_registered(self, first):
        summary = first.summary
        assert summary["winner"]["verdict"] == "winner"
        assert summary["winner"]["name"] in NAMES - {"rfm_rules"}
        assert (summary["model"], summary["version"], summary["alias"]) == ("customer-segments", "1", "champion")
        assert summary["link"].endswith(f"viewStateShareKey=leaderboard-{first.run.info.run_id[:8]}")

    def test_every_customer_is_in_one_of_the_segments_which_fall_in_value(self, first):
        segments = first.summary["segments"]
        assert [s["id"] for s in segments] == list(range(1, len(segments) + 1))
        assert sum(s["customers"] for s in segments) == first.summary["customers"]
        assert sum(s["spend_share"] for s in segments) == pytest.approx(1)
        spends = [s["mean_spend"] for s in segments]
        assert spends == sorted(spends, reverse=True)
        assert len({s["title"] for s in segments}) == len(segments)
        for s in segments:
            assert s["name"].keys() == s["description"].keys() == s["action"].keys() == {"en", "pt-BR"}

    def test_it_prints_each_step(self, segmented, first):
        ledger, rfm, quality, inputs, comparing, board, *others = first.printed
        assert ledger.startswith(f"A shop ({segmented / 'shop.csv'})")
        assert "missing_customer_id" in ledger
        assert quality.startswith("Quality of the data: completeness")
        assert inputs == f"{first.summary['customers']:,} customers as of 2025-01-01."
        assert all(name in board for name in NAMES)
        assert comparing.startswith(f"Step 1 of 4: comparing {len(NAMES)} candidates on {first.summary['customers']:,}")
        assert [text[:12] for text in others] == ["Step 2 of 4:", "Step 3 of 4:", "Step 4 of 4:"]
        assert quality.startswith("Quality of the data: completeness 9")
        assert rfm.startswith("Customers by the RFM rules as of 2025-01-01")
        shares = re.findall(r"^\w[\w ]*? +([\d,]+) +\d+%", rfm, re.MULTILINE)
        assert sum(int(count.replace(",", "")) for count in shares) == first.summary["customers"]

    def test_the_example_ids_are_answered(self, first):
        model = mlflow.pyfunc.load_model("models:/customer-segments@champion")
        answer = model.predict(pd.DataFrame({"customer_id": first.summary["example_ids"]}), params={"detail": True})
        titles = {s["title"] for s in first.summary["segments"]}
        assert {row["segment"] for row in answer} <= titles
        assert {row["detail"]["as_of"] for row in answer} == {"2025-01-01"}


class TestRuns:
    def test_the_parent_run_has_the_quality_and_the_dictionary_of_the_data(self, first):
        run_id, metrics = first.run.info.run_id, first.run.data.metrics
        quality = json.loads(artifact(run_id, "quality.json").read_text(encoding="utf-8"))
        assert {f"quality.{name}": pytest.approx(share) for name, share in quality["scores"].items()}.items() <= (
            metrics.items()
        )
        assert metrics["quality.warnings"] == sum("explained" not in finding for finding in quality["findings"])
        found = json.loads(artifact(run_id, "exploration.json").read_text(encoding="utf-8"))
        assert found["customers"] == first.summary["customers"]
        page = artifact(run_id, "data-dictionary.html").read_text(encoding="utf-8")
        assert all(f"<code>{name}</code>" in page for name in TRANSACTIONS.names)
        sheet = pd.read_excel(artifact(run_id, "data-dictionary.xlsx"))
        assert sheet["meaning"].notna().all()

    @pytest.mark.parametrize(("table", "contract"), [("leaderboard", LEADERBOARD), ("customers", SCORES)])
    def test_tables_have_the_columns_of_their_contracts(self, first, table, contract):
        header = pd.read_csv(artifact(first.run.info.run_id, f"{table}.csv"), nrows=1).columns
        assert set(header) <= set(contract.names)

    def test_the_parent_run_is_tagged_and_finished(self, first):
        run_ = first.run
        assert (run_.info.status, run_.info.run_name) == ("FINISHED", "shop 2025-01-01")
        assert {key: run_.data.tags[key] for key in ("dataset", "digest", "as_of", "winner")} == {
            "dataset": "shop",
            "digest": first.summary["digest"],
            "as_of": "2025-01-01",
            "winner": first.summary["winner"]["name"],
        }
        assert f"**Chosen: `{first.summary['winner']['name']}`.**" in run_.data.tags["mlflow.note.content"]
        assert run_.data.metrics["customers"] == first.summary["customers"]
        assert run_.data.metrics["silhouette"] == first.summary["winner"]["silhouette"]
        (given,) = run_.inputs.dataset_inputs
        assert (given.dataset.name, given.dataset.digest) == ("shop", first.summary["digest"])

    def test_every_candidate_is_a_child_with_rank_verdict_and_pictures(self, first):
        runs = children(first.run.info.run_id)
        winner = first.summary["winner"]["name"]
        assert runs.keys() == {f"★ {name}" if name == winner else name for name in NAMES}
        assert sorted(run.data.metrics["rank"] for run in runs.values()) == [*range(1, len(NAMES) + 1)]
        best = runs[f"★ {winner}"]
        assert (best.data.metrics["rank"], best.data.tags["verdict"]) == (1, "winner")
        assert {run.data.tags["dataset"] for run in runs.values()} == {"shop"}
        assert all(run.data.tags["reason"] for run in runs.values())
        files = {entry.path for entry in MlflowClient().list_artifacts(best.info.run_id)}
        assert files == {"silhouette.png", "scatter.png"}

    def test_the_elbow_has_a_line_for_each_algorithm_that_has_one(self, first):
        lines = {name for name in first.run.data.metrics if name.startswith("silhouette_by_k/")}
        assert lines == {"silhouette_by_k/kmeans", "silhouette_by_k/ward_linkage"}

    def test_the_settings_are_those_that_were_used(self, shop, first):
        settings = yaml.safe_load(artifact(first.run.info.run_id, "settings.yaml").read_text(encoding="utf-8"))
        assert settings["evaluation"] == yaml.safe_load((shop / "conf" / "evaluation.yaml").read_text())
        assert settings["selection"]["stability"] == 0.3
        assert settings == load_settings("shop", conf=shop / "conf").dump()

    def test_the_version_is_tagged(self, first):
        version = MlflowClient().get_model_version("customer-segments", "1")
        winner = first.summary["winner"]
        assert version.tags == {
            "dataset": "shop",
            "digest": first.summary["digest"],
            "as_of": "2025-01-01",
            "customers": str(first.summary["customers"]),
            "choice": "winner",
            "algorithm": winner["name"].split()[0],
            "k": winner["name"].partition("k=")[2],
            **{
                name: f"{winner[name]:.4f}" for name in ("silhouette", "davies_bouldin", "stability", "explained_spend")
            },
            "change": "refit",
            "parent_run": first.run.info.run_id,
        }
        assert version.run_id == first.run.info.run_id
        for place, one in enumerate(first.summary["segments"], start=1):
            assert f"\n{place}. **{one['title']}**: {one['customers']:,} customers" in version.description

    def test_the_logged_model_and_its_version_name_each_other(self, first):
        version = MlflowClient().get_model_version("customer-segments", "1")
        (model,) = MlflowClient().search_logged_models([first.run.info.experiment_id])
        assert version.source == f"models:/{model.model_id}"
        assert model.name == "customer-segments"
        assert model.tags["mlflow.note.content"] == version.description
        assert json.loads(model.tags["mlflow.modelVersions"]) == [{"name": "customer-segments", "version": "1"}]

    def test_the_logged_model_has_its_metrics_with_their_data_set(self, first):
        (model,) = MlflowClient().search_logged_models([first.run.info.experiment_id])
        metrics = {metric.key: metric for metric in model.metrics}
        assert metrics["silhouette"].value == first.summary["winner"]["silhouette"]
        assert {(metric.dataset_name, metric.dataset_digest) for metric in metrics.values()} == {
            ("shop", first.summary["digest"])
        }

    def test_the_customer_list_is_an_artifact(self, first):
        table = pd.read_csv(artifact(first.run.info.run_id, "customers.csv"), dtype={"customer_id": str})
        assert table["customer_id"].is_unique
        assert list(table)[:4] == ["customer_id", "segment_id", "segment", "as_of"]
        counts = table.groupby(["segment_id", "segment"]).size().to_dict()
        assert counts == {(s["id"], s["name"]["en"]): s["customers"] for s in first.summary["segments"]}
        assert set(table["as_of"]) == {"2025-01-01"}


class TestRejectedRows:
    def test_there_is_one_for_every_row_that_the_ledger_rejects(self, first):
        ledger = pd.read_csv(artifact(first.run.info.run_id, "ledger.csv"))
        # cancelled purchases are netted, not rejected; they leave the features with their cancellation
        rejecting = ledger[~ledger["rule"].isin(["cancelled_purchase"])]
        assert first.rejected.num_rows == rejecting["rows_out"].sum() > 0
        by_rule = pd.Series(first.rejected["rejected_by"].to_pylist()).value_counts().to_dict()
        assert by_rule == {rule: n for rule, n in zip(rejecting["rule"], rejecting["rows_out"], strict=True) if n}

    def test_it_has_the_columns_of_the_transactions(self, first):
        assert tuple(first.rejected.column_names) == ("rejected_by", *TRANSACTIONS.names)

    def test_without_it_nothing_is_written(self, shop, first):
        assert [file.name for file in shop.rglob("*.parquet")] == ["rejected.parquet"]


class TestFallback:
    def test_the_rfm_rules_are_registered_where_no_candidate_keeps_the_limits(self, fallback):
        summary, tags = fallback.summary, fallback.version.tags
        assert (summary["winner"]["name"], summary["winner"]["verdict"]) == ("rfm_rules", "fallback")
        assert (tags["algorithm"], tags["choice"], tags["k"]) == (
            "rfm_rules",
            "rfm_rules",
            str(len(summary["segments"])),
        )
        assert 3 <= len(summary["segments"]) <= 10
        assert sum(s["customers"] for s in summary["segments"]) == summary["customers"]
        assert fallback.run.info.status == "FINISHED"
        assert {name for name in fallback.runs if name.startswith("★")} == {"★ rfm_rules"}

    def test_the_run_the_version_the_report_and_the_terminal_say_what_is_missing(self, fallback):
        (caveat,) = fallback.summary["caveats"]
        assert caveat.startswith(
            "No clustering has 40 to 50 segments of a useful size, so the segments are the RFM rules"
        )
        assert "segment_count, smallest_share and noise_share in conf/selection.yaml" in caveat
        assert caveat in fallback.version.description
        assert caveat in fallback.run.data.tags["mlflow.note.content"]
        assert caveat in next_steps(fallback.summary)
        assert "Nenhum agrupamento tem de 40 a 50 segmentos de tamanho útil" in fallback.report

    def test_the_reasons_of_all_others_are_logged(self, fallback):
        # Of all candidates but the chosen rules, and of the champion's clusters.
        assert fallback.reasons.count("the settings ask for 40 to 50") == len(NAMES)

    def test_the_version_assigns_customers_as_it_registered_them(self, shop, fallback):
        with duckdb.connect() as connection:
            dataset = load_settings("shop", conf=shop / "conf").dataset
            features = load_transactions(connection, dataset, RunRequest(dataset="shop", conf=shop / "conf")).features
        content = fallback.content
        assert content.assign(features).tolist() == content.customers["segment_id"].tolist()


class TestRefusals:
    @pytest.mark.parametrize(
        ("changes", "kind", "says"),
        [
            ({"dataset": "nothing"}, InvalidSettings, "The dataset parameter must be one of demo, flo, groceries"),
            ({"dataset": "online_retail"}, InvalidInput, "The source parameter must be the path of UCI Online Retail"),
            ({"source": "nowhere.csv"}, InvalidData, "The source must be a file that exists. Got 'nowhere.csv'"),
            ({"as_of": "tomorrow"}, InvalidInput, "The as_of parameter must be a date like 2011-12-10. Got 'tomorrow'"),
            (
                {"as_of": "2001-01-01"},
                ClientelaError,
                "The as-of date must be later than the first transaction, 2022-01-03",
            ),
        ],
        ids=lambda value: str(value)[:40],
    )
    def test_a_mistake_opens_no_run(self, shop, first, changes, kind, says):
        before = len(comparisons())
        with pytest.raises(kind, match=says):
            run(shop, **changes)
        assert len(comparisons()) == before


@pytest.fixture(scope="module")
def second(shop: Path, first: SimpleNamespace) -> SimpleNamespace:
    """A comparison on an earlier day, where customers have pseudonyms: its summary, its report, what it printed."""
    printed: list[str] = []
    path = shop / "report.html"
    summary = run(shop, "pseudonyms", as_of="2024-07-01", echo=printed.append, report=path, language="pt-BR")
    return SimpleNamespace(
        summary=summary, report=path.read_text(encoding="utf-8"), printed=printed, run=comparisons()[0]
    )


@pytest.mark.slow
def test_an_earlier_day_becomes_the_challenger_with_that_days_figures(first, second):
    summary = second.summary
    assert (summary["version"], summary["alias"], summary["as_of"]) == ("2", "challenger", "2024-07-01")
    assert summary["customers"] < first.summary["customers"]
    aliases = MlflowClient().get_registered_model("customer-segments").aliases
    assert {alias: str(version) for alias, version in aliases.items()} == {"champion": "1", "challenger": "2"}


@pytest.mark.slow
class TestContinuity:
    def test_segments_that_stay_keep_id_and_name_and_no_id_is_given_twice(self, first, second):
        before = {s["id"]: s["name"] for s in first.summary["segments"]}
        now = {s["id"]: s["name"] for s in second.summary["segments"]}
        then = {s["id"]: s["previous_name"] or s["name"] for s in second.summary["segments"]}
        moves = second.summary["migration"]
        stayed = {match["id"] for match in moves["matched"]}
        assert stayed
        assert stayed <= before.keys() & now.keys()
        assert {id_: then[id_] for id_ in stayed} == {id_: before[id_] for id_ in stayed}
        assert sum(now[id_] == before[id_] for id_ in stayed) >= len(stayed) - 1
        assert set(moves["new"]) == now.keys() - before.keys()
        assert set(moves["gone"]) == before.keys() - now.keys()
        assert len({name["en"] for name in now.values()}) == len(now)

    def test_the_run_logs_the_matrix_and_the_shares(self, first, second):
        moves, run_id = second.summary["migration"], second.run.info.run_id
        assert moves["from_version"] == "1"
        assert second.run.data.metrics["moved_share"] == moves["moved_share"] == moves["moved"] / moves["shared"]
        assert second.run.data.metrics["redrawn_share"] == moves["redrawn_share"]
        rows = pd.read_csv(artifact(run_id, "migration.csv"))
        assert list(rows.columns) == ["from", "to", "customers"]
        names = {s["name"]["en"] for s in first.summary["segments"]}
        assert set(rows["from"].dropna()) <= names
        arrived = rows[rows["from"].isna()]["customers"].sum()
        assert rows[rows["to"].notna()]["customers"].sum() == second.summary["customers"]
        assert arrived == moves["arrived"]
        assert rows[rows["to"].isna()]["customers"].sum() == moves["left"] > 0

    def test_it_prints_what_changed(self, second):
        moves = second.summary["migration"]
        assert any(f"Continues version 1 (as of 2025-01-01): {moves['moved_share']:.1%}" in t for t in second.printed)


class TestReport:
    @pytest.mark.slow
    def test_it_is_an_artifact_and_written_where_it_was_asked_for_in_the_language(self, first, second):
        assert artifact(second.run.info.run_id, "report.html").read_text(encoding="utf-8") == second.report
        assert '<html lang="pt-BR">' in second.report
        assert '<html lang="en">' in artifact(first.run.info.run_id, "report.html").read_text(encoding="utf-8")
        for segment_ in second.summary["segments"]:
            assert segment_["name"]["pt-BR"] in second.report

    @pytest.mark.slow
    def test_it_shows_no_id_and_no_order_where_customers_have_pseudonyms(self, shop, first, second):
        ids, named = (
            set(require_version("customer-segments", dataset="shop", number=number).version.customers["customer_id"])
            for number in ("1", "2")
        )
        pseudonyms = Pseudonyms.from_environment("SHOP_KEY")
        assert named
        assert named <= set(pseudonyms.of_many(ids))
        with_examples = artifact(first.run.info.run_id, "report.html").read_text(encoding="utf-8")
        assert words_of(with_examples) & ids
        assert not words_of(second.report) & (ids | named)
        assert ">order " in with_examples
        assert ">order " not in second.report
        assert pd.read_csv(artifact(first.run.info.run_id, "ledger.csv"))["example"].notna().any()
        assert pd.read_csv(artifact(second.run.info.run_id, "ledger.csv"))["example"].isna().all()
        assert set(first.summary["example_ids"]) <= ids
        assert second.summary["example_ids"] == ["nobody"]

    def test_the_input_example_is_no_customer(self, first):
        version = require_version("customer-segments", dataset="shop", number="1").version
        example = mlflow.pyfunc.load_model("models:/customer-segments/1").input_example
        assert example["customer_id"].tolist() == ["nobody"]
        assert "nobody" not in set(version.customers["customer_id"])

    def test_the_backtest_is_in_the_runs_metrics(self, first):
        metrics = first.run.data.metrics
        assert {
            "backtest_segments",
            "backtest_rfm_grid",
            "backtest_revenue_sort",
            "backtest_boosting",
        } <= metrics.keys()
        assert metrics["backtest_segments"] > 0.05

    def test_a_place_that_cannot_be_written_is_told_before_the_work(self, shop, first):
        with pytest.raises(InvalidInput, match="The report parameter must be a path in a folder that exists"):
            run(shop, report=shop / "nowhere" / "report.html")
