"""The only module that opens MLflow runs and logs to them."""

import fcntl
import os
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.data.code_dataset_source import CodeDatasetSource
from mlflow.data.pandas_dataset import from_pandas
from mlflow.entities import Metric, Param
from mlflow.tracking import MlflowClient
from mlflow.utils.mlflow_tags import (
    MLFLOW_EXPERIMENT_PRIMARY_METRIC_GREATER_IS_BETTER,
    MLFLOW_EXPERIMENT_PRIMARY_METRIC_NAME,
    MLFLOW_PARENT_RUN_ID,
    MLFLOW_RUN_NAME,
    MLFLOW_RUN_NOTE,
)

from clientela.errors import ClientelaError
from clientela.killed_runs import close_killed_runs, owner_tags
from clientela.processes import folder_prefix
from clientela.shared_views import PREFIX, View, encode_view, unlisted
from clientela.ui_addresses import view_link

MOST_METRICS = 1000  # that MLflow takes in one batch
# Metrics that a comparison shows over the number of segments.
ELBOWS = ("silhouette", "davies_bouldin", "stability", "explained_spend")
LEADERBOARD, CURVES = "leaderboard", "curves"


@contextmanager
def open_run(experiment: str, *, name: str, stage: str) -> Iterator[str]:
    """Open the run of a command: a new run in `experiment`, or the one that `mlflow run` has created.

    An error marks the run as failed. Runs of the same command whose process was killed are closed first.

    Args:
        experiment: name of the experiment.
        name: name of the run.
        stage: tag of the run, for example "comparison" or "refresh".

    Yields:
        The id of the run.

    Raises:
        ClientelaError: the experiment's artifacts can only be written through a server that is not in use.
    """
    prepare_store()
    if "MLFLOW_RUN_ID" not in os.environ:
        mlflow.set_experiment(experiment)
    close_killed_runs(experiment, stage=stage)
    with mlflow.start_run() as run:
        if run.info.artifact_uri.startswith("mlflow-artifacts:") and not mlflow.get_tracking_uri().startswith("http"):
            raise ClientelaError(
                "The experiment's artifacts must be in a folder, but mlflow ui created it with an address of its own "
                f"server ({run.info.artifact_uri}). Run with --experiment-name {experiment}, or set "
                "MLFLOW_TRACKING_URI to the server's address."
            )
        mlflow.set_tags({MLFLOW_RUN_NAME: name, "stage": stage, **owner_tags()})
        yield run.info.run_id


@contextmanager
def runs_beside() -> Iterator[None]:
    """Let the steps of a command open runs of their own; the run that `mlflow run` created is left for the command."""
    given = os.environ.pop("MLFLOW_RUN_ID", None)
    try:
        yield
    finally:
        if given is not None:
            os.environ["MLFLOW_RUN_ID"] = given


def prepare_store() -> None:
    """Let MLflow create its tables, one process at a time: two first runs in a folder would break each other's."""
    uri = mlflow.get_tracking_uri()
    if not uri.startswith("sqlite:///"):
        return
    name = f"clientela-store-{os.getuid()}-{sha256(uri.encode()).hexdigest()[:16]}.lock"
    with _locked(Path(tempfile.gettempdir()) / name):
        client = MlflowClient()
        client.search_experiments(max_results=1)
        client.search_registered_models(max_results=1)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock of a file; without it, where the file cannot be written: only two first runs at once need it."""
    try:
        file = path.open("a")
    except OSError:
        yield
        return
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def log_dataset(features: pd.DataFrame, *, name: str, location: str, digest: str, context: str = "clustering") -> None:
    """Log the customer features as the input of the active run.

    Args:
        features: CustomerFeatures contract, one row per customer.
        name: name of the data set.
        location: path or address of the source.
        digest: digest of the source.
        context: what the run uses the features for.
    """
    kind = "address" if "://" in location else "generator"
    source: Any = location if Path(location).is_file() else CodeDatasetSource({kind: location})
    with warnings.catch_warnings():
        # MLflow registers its source for local files twice and warns about the choice between the two.
        warnings.filterwarnings("ignore", message="The specified dataset source can be interpreted")
        dataset = from_pandas(features, source=source, name=name, digest=digest)
    mlflow.log_input(dataset, context=context)


def log_results(
    *,
    note: str,
    tags: Mapping[str, str],
    metrics: Mapping[str, float],
    tables: Mapping[str, pd.DataFrame],
    texts: Mapping[str, str],
    files: Mapping[str, bytes],
) -> None:
    """Log the results of the active run.

    Args:
        note: description in Markdown.
        tags: tags of the run.
        metrics: metrics of the run.
        tables: name -> table; each is logged as JSON and as CSV.
        texts: path -> text.
        files: path -> content.
    """
    mlflow.set_tags({MLFLOW_RUN_NOTE: note, **tags})
    mlflow.log_metrics(dict(metrics))
    for path, table in tables.items():
        mlflow.log_table(table, f"{path}.json")
    written = {**{f"{path}.csv": table.to_csv(index=False).encode() for path, table in tables.items()}, **files}
    with tempfile.TemporaryDirectory(prefix=folder_prefix("logged")) as folder:
        _write(Path(folder), {**written, **{path: text.encode() for path, text in texts.items()}})
        mlflow.log_artifacts(folder)


def log_lines(points: Sequence[tuple[str, datetime, float]]) -> None:
    """Log metrics of several times to the active run, so that the UI draws a line for each.

    Args:
        points: metric, time and value; the steps count the times, oldest first.
    """
    run, client = mlflow.active_run(), MlflowClient()
    assert run is not None
    steps = {time: step for step, time in enumerate(sorted({time for _, time, _ in points}))}
    metrics = [Metric(name, value, int(time.timestamp() * 1000), steps[time]) for name, time, value in points]
    for start in range(0, len(metrics), MOST_METRICS):
        client.log_batch(run.info.run_id, metrics=metrics[start : start + MOST_METRICS])


def log_candidates(parent: str, candidates: Sequence[Mapping[str, Any]]) -> None:
    """Log one nested run per candidate.

    Each run is logged in one batch, because many small writes are slow on SQLite. MLflow lists the newest run first, so
    the runs' times of start follow their rank; they end after the time that the fit took.

    Args:
        parent: id of the parent run.
        candidates: name, params, metrics, tags and files (path -> bytes) of each candidate.
    """
    client = MlflowClient()
    experiment = client.get_run(parent).info.experiment_id
    now = int(time.time() * 1000)
    for candidate in candidates:
        tags = {MLFLOW_PARENT_RUN_ID: parent, "stage": "candidate", **candidate["tags"]}
        started = now - int(candidate["metrics"].get("rank", 0))
        run = client.create_run(experiment, tags=tags, run_name=candidate["name"], start_time=started)
        client.log_batch(
            run.info.run_id,
            metrics=[Metric(key, value, now, 0) for key, value in candidate["metrics"].items()],
            params=[Param(key, str(value)) for key, value in candidate["params"].items()],
        )
        if candidate["files"]:
            with tempfile.TemporaryDirectory(prefix=folder_prefix("logged")) as folder:
                _write(Path(folder), candidate["files"])
                client.log_artifacts(run.info.run_id, folder)
        seconds = candidate["metrics"].get("fit_seconds", 0)
        client.set_terminated(run.info.run_id, end_time=started + int(seconds * 1000))


def log_elbows(parent: str, candidates: Sequence[Mapping[str, Any]]) -> None:
    """Log the figures of the candidates by number of segments as metrics of the parent run.

    They are logged after the run's own metrics: MLflow shows metrics in the order in which they were logged.

    Args:
        parent: id of the parent run.
        candidates: params, metrics and elbow line of each candidate.
    """
    if lines := _elbow_lines(candidates, int(time.time() * 1000)):
        MlflowClient().log_batch(parent, metrics=lines)


def share_views(parent: str, leaderboard: View, curves: View | None = None, *, primary: str = "separation") -> str:
    """Store the views of a comparison in its experiment: the leaderboard, and curves over the number of segments.

    Args:
        parent: id of the parent run.
        leaderboard: view of the candidates; the name of the run is added to its name.
        curves: view of the parent run's charts; None if it has none.
        primary: name of the experiment's primary metric.

    Returns:
        The link that opens the leaderboard.
    """
    client, run = MlflowClient(), MlflowClient().get_run(parent)
    experiment, created = run.info.experiment_id, run.info.start_time
    views = {LEADERBOARD: leaderboard, **({CURVES: curves} if curves else {})}
    tags = {}
    for kind, view in views.items():
        named = replace(view, name=f"{view.name}: {run.info.run_name}")
        tags[f"{PREFIX}{kind}-{parent[:8]}"] = encode_view(named, created=created)
    tags[MLFLOW_EXPERIMENT_PRIMARY_METRIC_NAME] = primary
    tags[MLFLOW_EXPERIMENT_PRIMARY_METRIC_GREATER_IS_BETTER] = "True"
    known = client.get_experiment(experiment).tags
    for key, value in {**tags, **unlisted(known | tags, prefixes=(LEADERBOARD, CURVES))}.items():
        client.set_experiment_tag(experiment, key, value)
    return view_link(experiment, f"{LEADERBOARD}-{parent[:8]}")


def experiment_tags(experiment: str) -> dict[str, str]:
    """The tags of an experiment; none if it does not exist."""
    found = MlflowClient().get_experiment_by_name(experiment)
    return dict(found.tags) if found else {}


def tag_experiment(experiment: str, key: str, value: str) -> None:
    """Set a tag of an experiment that exists."""
    client = MlflowClient()
    found = client.get_experiment_by_name(experiment)
    assert found is not None
    client.set_experiment_tag(found.experiment_id, key, value)


def has_elbow(metric: str, candidate: Mapping[str, Any]) -> bool:
    """Whether a candidate is a point of a metric's elbow line."""
    return bool(candidate["line"]) and metric in candidate["metrics"]


def elbow_line(metric: str, candidate: Mapping[str, Any]) -> str:
    """Name of the parent run's metric that holds the elbow line on which a candidate is a point."""
    return f"{metric}_by_k/{candidate['line']}"


def _elbow_lines(candidates: Sequence[Mapping[str, Any]], now: int) -> list[Metric]:
    # The number of segments as the step: MLflow draws the elbow.
    return [
        Metric(elbow_line(metric, candidate), candidate["metrics"][metric], now, int(candidate["params"]["k"]))
        for candidate in candidates
        for metric in ELBOWS
        if has_elbow(metric, candidate)
    ]


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
