"""Runs on a store of their own: a verb's run, a comparison's candidates, its data set, the shared leaderboard."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.entities import Run
from mlflow.tracking import MlflowClient

from clientela import tracking, ui_addresses
from clientela.errors import ClientelaError
from clientela.shared_views import Chart, View, decode_state


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, fresh_store) -> Iterator[Path]:
    """A fresh store in a folder of its own, as a newcomer's checkout is."""
    folder = tmp_path_factory.mktemp("tracking")
    with fresh_store(folder):
        yield folder


@pytest.fixture(autouse=True)
def no_run_left(store: Path) -> Iterator[None]:
    yield
    assert mlflow.active_run() is None


def candidate(name: str, k: int | None = None, line: str | None = None, **metrics: float) -> dict:
    return {
        "name": name,
        "params": {"algorithm": name.split()[0], "k": k},
        "metrics": {"silhouette": 0.25, "rank": 1.0, **metrics},
        "tags": {"verdict": "rejected", "reason": f"{name} is too small."},
        "files": {"scatter.png": b"points", "deep/er/silhouette.png": b"bars"},
        "line": line,
    }


CANDIDATES = [
    candidate("kmeans k=3", 3, "kmeans", silhouette=0.3, explained_spend=0.1),
    candidate("kmeans k=5", 5, "kmeans", silhouette=0.5, explained_spend=0.2, stability=0.9),
    candidate("ward_linkage k=3", 3, "ward_linkage", silhouette=0.4),
    candidate("hdbscan min_cluster_share=0.05"),
]


def run_of(run_id: str) -> Run:
    return MlflowClient().get_run(run_id)


def files_of(run_id: str, path: str = "") -> set[str]:
    found = set()
    for entry in MlflowClient().list_artifacts(run_id, path):
        found |= files_of(run_id, entry.path) if entry.is_dir else {entry.path}
    return found


class TestOpenRun:
    def test_it_opens_a_run_of_its_own_in_the_experiment(self, store):
        with tracking.open_run("shop", name="demo 2025-01-01", stage="comparison") as run_id:
            assert mlflow.active_run().info.run_id == run_id
        run = run_of(run_id)
        assert run.info.status == "FINISHED"
        assert run.info.run_name == "demo 2025-01-01"
        assert run.data.tags["stage"] == "comparison"
        assert MlflowClient().get_experiment(run.info.experiment_id).name == "shop"

    @pytest.mark.parametrize("stage", ["comparison", "refresh"])
    def test_its_stage_tells_the_verb(self, stage):
        with tracking.open_run("shop", name="x", stage=stage) as run_id:
            pass
        assert run_of(run_id).data.tags["stage"] == stage

    def test_a_second_one_is_another_run_of_the_same_experiment(self):
        runs = []
        for name in ("first", "second"):
            with tracking.open_run("shop", name=name, stage="comparison") as run_id:
                runs.append(run_of(run_id).info)
        assert runs[0].run_id != runs[1].run_id
        assert runs[0].experiment_id == runs[1].experiment_id

    def test_inside_mlflow_run_it_takes_up_the_run_that_is_there(self, monkeypatch):
        client = MlflowClient()
        experiment = client.create_experiment("chosen with --experiment-name")
        made = client.create_run(experiment, run_name="by mlflow run").info.run_id
        client.log_param(made, "dataset", "demo")
        monkeypatch.setenv("MLFLOW_RUN_ID", made)
        monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", experiment)
        # a process of its own, in which nothing has set an experiment yet
        monkeypatch.setattr("mlflow.tracking.fluent._active_experiment_id", None)
        with tracking.open_run("shop", name="demo 2025-01-01", stage="comparison") as run_id:
            assert run_id == made
        run = run_of(made)
        assert (run.info.experiment_id, run.info.run_name, run.info.status) == (
            experiment,
            "demo 2025-01-01",
            "FINISHED",
        )
        assert run.data.params == {"dataset": "demo"}

    @pytest.mark.parametrize("error", [ClientelaError("nothing useful"), RuntimeError("a bug"), KeyboardInterrupt()])
    def test_an_error_fails_the_run_and_goes_on(self, error):
        with pytest.raises(type(error)), tracking.open_run("shop", name="fails", stage="comparison") as run_id:
            raise error
        assert run_of(run_id).info.status == "FAILED"
        assert run_of(run_id).info.run_name == "fails"

    def test_artifacts_of_a_server_that_is_not_in_use_are_told_and_how_to_go_on(self):
        # what `mlflow ui` leaves when it is the first to open the database
        client = MlflowClient()
        experiment = client.create_experiment("by mlflow ui", artifact_location="mlflow-artifacts:/7")
        with pytest.raises(ClientelaError) as caught, tracking.open_run("by mlflow ui", name="x", stage="comparison"):
            pytest.fail("the body must not be reached")
        message = str(caught.value)
        assert re.match("The experiment's artifacts must be in a folder, but mlflow ui created it .*", message)
        assert "mlflow-artifacts:/7" in message
        assert "--experiment-name by mlflow ui" in message
        assert "MLFLOW_TRACKING_URI" in message
        (run,) = client.search_runs([experiment])
        assert run.info.status == "FAILED"

    def test_through_the_server_they_are_written(self, monkeypatch):
        MlflowClient().create_experiment("by a server", artifact_location="mlflow-artifacts:/8")
        monkeypatch.setattr(mlflow, "get_tracking_uri", lambda: "http://127.0.0.1:5000")
        with tracking.open_run("by a server", name="x", stage="comparison") as run_id:
            pass
        assert run_of(run_id).info.status == "FINISHED"


@pytest.fixture(scope="module")
def parent(store: Path) -> str:
    """A run with the candidates in it."""
    with tracking.open_run("candidates", name="parent", stage="comparison") as run_id:
        tracking.log_candidates(run_id, CANDIDATES)
        tracking.log_elbows(run_id, CANDIDATES)
    return run_id


@pytest.fixture(scope="module")
def children(parent: str) -> dict[str, Run]:
    """Its children by name."""
    runs = MlflowClient().search_runs([run_of(parent).info.experiment_id], f"tags.`mlflow.parentRunId` = '{parent}'")
    return {run.info.run_name: run for run in runs}


class TestLogCandidates:
    def test_there_is_one_finished_run_a_candidate(self, children):
        assert children.keys() == {given["name"] for given in CANDIDATES}
        assert {run.info.status for run in children.values()} == {"FINISHED"}
        assert {run.data.tags["stage"] for run in children.values()} == {"candidate"}

    def test_it_has_the_candidates_params_metrics_and_tags(self, children):
        for given in CANDIDATES:
            run = children[given["name"]]
            assert run.data.params == {key: str(value) for key, value in given["params"].items()}
            assert run.data.metrics == given["metrics"]
            assert {key: run.data.tags[key] for key in given["tags"]} == given["tags"]

    def test_mlflow_lists_them_by_their_rank(self, store):
        with tracking.open_run("ranked", name="parent", stage="comparison") as run_id:
            tracking.log_candidates(
                run_id,
                [
                    {**candidate(f"kmeans k={k}", k, rank=float(rank), fit_seconds=2.5), "files": {}}
                    for k, rank in ((3, 3), (4, 1), (5, 2))
                ],
            )
        runs = MlflowClient().search_runs([run_of(run_id).info.experiment_id], ui_addresses.children_of(run_id))
        assert [run.info.run_name for run in runs] == ["kmeans k=4", "kmeans k=5", "kmeans k=3"]
        assert {run.info.end_time - run.info.start_time for run in runs} == {2_500}

    def test_it_has_the_candidates_files(self, children):
        run_id = children["kmeans k=3"].info.run_id
        assert files_of(run_id) == {"scatter.png", "deep/er/silhouette.png"}
        assert Path(mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="scatter.png")).read_bytes() == (
            b"points"
        )

    def test_the_parent_draws_a_line_an_algorithm_over_the_number_of_segments(self, parent):
        lines = {key for key in run_of(parent).data.metrics if "_by_k/" in key}
        assert lines == {
            "silhouette_by_k/kmeans", "explained_spend_by_k/kmeans", "stability_by_k/kmeans",
            "silhouette_by_k/ward_linkage",
        }  # fmt: skip
        history = {
            line: sorted((point.step, point.value) for point in MlflowClient().get_metric_history(parent, line))
            for line in lines
        }
        assert history["silhouette_by_k/kmeans"] == [(3, 0.3), (5, 0.5)]
        assert history["explained_spend_by_k/kmeans"] == [(3, 0.1), (5, 0.2)]
        assert history["stability_by_k/kmeans"] == [(5, 0.9)]
        assert history["silhouette_by_k/ward_linkage"] == [(3, 0.4)]


COLUMNS = ("tags.segments", "metrics.stability", "tags.reason")


def leaderboard(run_id: str) -> View:
    return View("Leaderboard", ui_addresses.children_of(run_id), COLUMNS, order_by="rank")


@pytest.fixture(scope="module")
def shared(store: Path) -> tuple[str, str, dict[str, str]]:
    """The parent's id, the link, the experiment's tags."""
    with tracking.open_run("shared", name="demo 2025-01-01", stage="comparison") as run_id:
        curves = View("Curves", ui_addresses.run_filter(run_id), (), order_by="rank", charts=[Chart("k", ("a", "b"))])
        link = tracking.share_views(run_id, leaderboard(run_id), curves)
    return run_id, link, MlflowClient().get_experiment_by_name("shared").tags


class TestShareViews:
    def test_the_link_opens_the_view_that_the_tag_holds(self, shared):
        run_id, link, tags = shared
        experiment = run_of(run_id).info.experiment_id
        match = re.fullmatch(
            rf"http://127\.0\.0\.1:5000/#/experiments/{experiment}/runs"
            r"\?workflowType=machine_learning&viewStateShareKey=([\w-]+)",
            link,
        )
        assert match
        view = decode_state(tags[f"mlflow.sharedViewState.{match[1]}"])
        assert view["selectedColumns"] == ["tags.`segments`", "metrics.`stability`", "tags.`reason`"]
        assert (view["orderByKey"], view["orderByAsc"]) == ("metrics.`rank`", True)

    def test_the_views_are_named_after_the_run(self, shared):
        run_id, _, tags = shared
        names = {
            tag.removeprefix("mlflow.sharedViewState."): json.loads(value)["name"]
            for tag, value in tags.items()
            if tag.endswith(run_id[:8])
        }
        assert names == {
            f"leaderboard-{run_id[:8]}": "Leaderboard: demo 2025-01-01",
            f"curves-{run_id[:8]}": "Curves: demo 2025-01-01",
        }

    def test_the_views_filter_finds_the_candidates_of_this_run_only(self, shared):
        run_id, link, tags = shared
        with tracking.open_run("shared", name="another", stage="comparison") as other:
            tracking.log_candidates(other, [{**CANDIDATES[0], "files": {}}])
        tracking.log_candidates(run_id, [{**given, "files": {}} for given in CANDIDATES])
        view = decode_state(tags[f"mlflow.sharedViewState.{link.rpartition('=')[2]}"])
        found = MlflowClient().search_runs([run_of(run_id).info.experiment_id], view["searchFilter"])
        assert sorted(run.info.run_name for run in found) == sorted(given["name"] for given in CANDIDATES)

    def test_the_curves_view_finds_the_run_only(self, shared):
        run_id, _, tags = shared
        view = decode_state(tags[f"mlflow.sharedViewState.curves-{run_id[:8]}"])
        found = MlflowClient().search_runs([run_of(run_id).info.experiment_id], view["searchFilter"])
        assert [run.info.run_id for run in found] == [run_id]

    def test_each_comparison_has_a_view_of_its_own(self, shared):
        with tracking.open_run("shared", name="next", stage="comparison") as run_id:
            link = tracking.share_views(run_id, leaderboard(run_id))
        assert link != shared[1]
        views = [tag for tag in MlflowClient().get_experiment_by_name("shared").tags if "sharedViewState" in tag]
        assert len(views) >= 2

    def test_the_charts_show_the_figure_that_the_choice_goes_by(self, shared):
        tags = shared[2]
        assert tags["mlflow.experiment.primaryMetric.name"] == "separation"
        assert tags["mlflow.experiment.primaryMetric.greaterIsBetter"] == "True"


class TestLogDataset:
    FEATURES = pd.DataFrame({"customer_id": ["1", "2"], "total_spend": [1.5, np.nan], "order_count": [1.0, 2.0]})

    def logged(self, location: str, **context: str):
        # an experiment each: MLflow keeps one data set a name and digest
        with tracking.open_run(f"data of {location}", name="x", stage="comparison") as run_id:
            tracking.log_dataset(self.FEATURES, name="demo", location=location, digest="0123456789abcdef", **context)
        (given,) = run_of(run_id).inputs.dataset_inputs
        expected = context.get("context", "clustering")
        assert {tag.key: tag.value for tag in given.tags} == {"mlflow.data.context": expected}
        return given.dataset

    def test_its_context_tells_what_it_was_used_for(self):
        assert self.logged("demo of a refresh", context="refresh").name == "demo"

    def test_the_run_has_the_source_as_its_input(self, store, recwarn):
        file = store / "shop ção.csv"
        file.write_text("id\n1\n")
        dataset = self.logged(str(file))
        assert (dataset.name, dataset.digest, dataset.source_type) == ("demo", "0123456789abcdef", "local")
        assert json.loads(dataset.source)["uri"] == str(file)
        assert [column["name"] for column in json.loads(dataset.schema)["mlflow_colspec"]] == list(self.FEATURES)
        assert json.loads(dataset.profile)["num_rows"] == 2
        assert not [warning for warning in recwarn if "dataset source" in str(warning.message)]

    def test_a_generated_source_is_named_by_its_generator(self):
        dataset = self.logged("demo")
        assert (dataset.name, dataset.digest, dataset.source_type) == ("demo", "0123456789abcdef", "code")
        assert json.loads(dataset.source)["tags"] == {"generator": "demo"}


def test_log_results_logs_the_note_tags_figures_tables_texts_and_files(store):
    table = pd.DataFrame({"rule": ["missing_customer_id", "ção"], "rows_out": [3, 0]})
    with tracking.open_run("whole", name="x", stage="comparison") as run_id:
        tracking.log_results(
            note="**Chosen: `kmeans k=5`**",
            tags={"dataset": "demo"},
            metrics={"silhouette": 0.5},
            tables={"ledger": table},
            texts={"reasons.md": "because ção"},
            files={"leaderboard.png": b"\x89PNG"},
        )
    run = run_of(run_id)
    assert run.data.tags["mlflow.note.content"] == "**Chosen: `kmeans k=5`**"
    assert run.data.tags["dataset"] == "demo"
    assert run.data.metrics == {"silhouette": 0.5}
    assert files_of(run_id) == {"ledger.json", "ledger.csv", "reasons.md", "leaderboard.png"}
    folder = Path(mlflow.artifacts.download_artifacts(run_id=run_id))
    pd.testing.assert_frame_equal(pd.read_csv(folder / "ledger.csv"), table, check_dtype=False)
    rows = json.loads((folder / "ledger.json").read_text())
    assert rows == {"columns": ["rule", "rows_out"], "data": [["missing_customer_id", 3], ["ção", 0]]}
    assert (folder / "reasons.md").read_text(encoding="utf-8") == "because ção"
    assert (folder / "leaderboard.png").read_bytes() == b"\x89PNG"


@pytest.mark.parametrize(("store", "address"), [
    ("sqlite:///mlflow.db", "http://127.0.0.1:5000"),
    ("https://mlflow.example/", "https://mlflow.example"),
])  # fmt: skip
def test_the_ui_is_where_the_store_is(store, address):
    assert ui_addresses.ui_address(store) == address


FIRST_RUN = """
import os, sys, time
from pathlib import Path
from clientela import tracking
import mlflow.store.tracking.sqlalchemy_store, mlflow.store.model_registry.sqlalchemy_store
Path(f"ready-{os.getpid()}").touch()
while len(list(Path().glob("ready-*"))) < 2:
    time.sleep(0.001)
with tracking.open_run("first", name="a", stage="comparison"):
    pass
"""


@pytest.mark.slow
def test_two_first_runs_in_a_fresh_folder_do_not_break_each_other(tmp_path):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    runs = [
        subprocess.Popen([sys.executable, "-c", FIRST_RUN], cwd=tmp_path, env=clean, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for run in runs:
        _, errors = run.communicate(timeout=300)
        assert run.returncode == 0, errors[-2_000:]


def test_a_temporary_folder_that_cannot_be_written_stops_no_run(store, monkeypatch):
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(store / "nowhere"))
    tracking.prepare_store()
