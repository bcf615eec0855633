"""The comparison itself: the matrices that candidates see, all of them fitted and drawn side by side."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import joblib
import numpy as np
import pandas as pd
from sklearn.decomposition import PCA
from tqdm import tqdm

from clientela.clustering.candidates import Family, candidate_count
from clientela.clustering.evaluation import Evaluation, Snapshot, evaluate_family
from clientela.clustering.scores import distance_matrix, sample_rows
from clientela.errors import InvalidData
from clientela.features.build import build_features, next_period
from clientela.features.scaling import make_scaler, usable_features
from clientela.reports.charts import render, scatter_plot, silhouette_plot
from clientela.settings import EvaluationSettings, FitFeature

RFM = ["days_since_last_purchase", "order_count", "total_spend"]
FEWEST_CUSTOMERS = 50

Pictures = dict[str, bytes]


@dataclass(frozen=True)
class Inputs:
    """What the candidates are fitted to and scored on; `dropped` has the fit's features that the source cannot fill.

    `past` and `next_spend` are None where the history is shorter than two horizons, or had too few customers then.
    """

    present: Snapshot
    past: Snapshot | None
    next_spend: np.ndarray | None
    scaler: Any
    dropped: dict[str, str]


def prepare(
    connection: duckdb.DuckDBPyConnection,
    features: pd.DataFrame,
    *,
    fit: dict[str, FitFeature],
    as_of: date,
    horizon_days: int,
) -> Inputs:
    """Scale the customers as of `as_of`, and look one horizon back for the out-of-time figure.

    Raises:
        InvalidData: there are too few customers to segment.
    """
    if len(features) < FEWEST_CUSTOMERS:
        raise InvalidData(f"A comparison needs at least {FEWEST_CUSTOMERS} customers. Got {len(features)} instead.")
    usable, dropped = usable_features(features, fit)
    present, scaler = _snapshot(features, fit, usable)
    start = as_of - timedelta(days=horizon_days)
    known_then = features["tenure_days"] > horizon_days
    if features["tenure_days"].max() < 2 * horizon_days or known_then.sum() < FEWEST_CUSTOMERS:
        return Inputs(present, None, None, scaler, dropped)
    earlier = build_features(connection, as_of=start)
    spend = next_period(connection, start=start, days=horizon_days)["next_spend"]
    usable_then = [name for name in usable if name in usable_features(earlier, fit)[0]]
    past, _ = _snapshot(earlier, fit, usable_then)
    return Inputs(present, past, spend.reindex(earlier["customer_id"]).fillna(0).to_numpy(), scaler, dropped)


def compare(
    inputs: Inputs, families: Sequence[Family], settings: EvaluationSettings, *, seed: int
) -> tuple[list[Evaluation], list[Pictures]]:
    """Evaluate and draw all candidates in parallel; returns both in the candidates' order."""
    X = inputs.present.matrix
    sample = sample_rows(len(X), size=settings.sample, seed=seed)
    projection = PCA(2 if X.shape[1] > 1 else 1, random_state=seed).fit(X)
    points = projection.transform(X[sample])
    points = points if points.shape[1] == 2 else np.column_stack([points, np.zeros(len(points))])
    shares = [*projection.explained_variance_ratio_, 0.0][:2]
    with tempfile.TemporaryDirectory() as folder:
        # A file that the workers map: the matrix is large and all of them read it.
        path = str(Path(folder) / "distances.npy")
        np.save(path, distance_matrix(X[sample]))
        # The families with the most candidates first, so that no worker is left with a long one at the end.
        order = sorted(range(len(families)), key=lambda i: -len(families[i].candidates))
        jobs = (
            joblib.delayed(_evaluate_and_draw)(
                i, families[i], inputs, settings, distances=path, sample=sample, points=points, shares=shares, seed=seed
            )
            for i in order
        )
        workers = joblib.Parallel(n_jobs=settings.jobs, return_as="generator_unordered")
        done: dict[int, tuple[list[Evaluation], list[Pictures]]] = {}
        with tqdm(total=candidate_count(families), desc="Candidates", unit="candidate") as progress:
            for i, evaluated, drawn in workers(jobs):
                done[i] = evaluated, drawn
                progress.update(len(evaluated))
    evaluations = [evaluation for i in range(len(families)) for evaluation in done[i][0]]
    pictures = [picture for i in range(len(families)) for picture in done[i][1]]
    return evaluations, pictures


def _snapshot(features: pd.DataFrame, fit: dict[str, FitFeature], usable: list[str]) -> tuple[Snapshot, Any]:
    scaler = make_scaler({name: fit[name] for name in usable})
    matrix = np.ascontiguousarray(scaler.fit_transform(features))
    return Snapshot(matrix, features[RFM].to_numpy()), scaler


def _evaluate_and_draw(
    position: int,
    family: Family,
    inputs: Inputs,
    settings: EvaluationSettings,
    *,
    distances: str,
    sample: np.ndarray,
    points: np.ndarray,
    shares: Sequence[float],
    seed: int,
) -> tuple[int, list[Evaluation], list[Pictures]]:
    evaluations = evaluate_family(
        family,
        inputs.present,
        sample=sample,
        distances=np.load(distances, mmap_mode="r"),
        past=inputs.past,
        next_spend=inputs.next_spend,
        bootstraps=settings.bootstraps,
        bootstrap_size=settings.sample,
        folds=settings.folds,
        seed=seed,
    )
    pictures = []
    for evaluation in evaluations:
        title, labels = evaluation.candidate.name, evaluation.labels[sample]
        pictures.append(
            {
                "silhouette.png": render(silhouette_plot(evaluation.silhouettes, labels, title=title)),
                "scatter.png": render(scatter_plot(points, labels, axis_shares=shares, title=title)),
            }
        )
    return position, evaluations, pictures
