"""The comparison itself: the matrices that candidates see, all of them fitted and drawn side by side."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import joblib
import numpy as np
import pandas as pd
from tqdm import tqdm

from clientela.contracts import RFM
from clientela.errors import InvalidData
from clientela.features.scaling import make_scaler, usable_features
from clientela.features.snapshot import FEWEST_CUSTOMERS
from clientela.reporting.charts import render, scatter_plot, silhouette_plot
from clientela.segmentation.clustering.candidates import Family, candidate_count
from clientela.segmentation.clustering.evaluation import ClusteringInput, Evaluation, evaluate_family
from clientela.segmentation.clustering.scores import distance_matrix, sample_rows
from clientela.segmentation.past import PastCustomers, take_past_snapshot
from clientela.segmentation.report.data import project
from clientela.settings import EvaluationSettings, FitFeature

Pictures = dict[str, bytes]


@dataclass(frozen=True)
class Inputs:
    """What the candidates are fitted to and scored on.

    Attributes:
        present: the customers as of the as-of date.
        past: the customers one horizon earlier; None where the history is shorter than two horizons, or had too few
            customers then.
        scaler: fitted to the present.
        columns: the features of the fit.
        dropped: features of the fit that the source cannot fill, with the reason.
    """

    present: ClusteringInput
    past: PastCustomers | None
    scaler: Any
    columns: list[str]
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
    columns, dropped = usable_features(features, fit)
    usable = {name: fit[name] for name in columns}
    scaler = make_scaler(usable)
    present = ClusteringInput(np.ascontiguousarray(scaler.fit_transform(features[columns])), features[RFM].to_numpy())
    past = take_past_snapshot(
        connection, features, fit=usable, as_of=as_of, days_back=horizon_days, horizon_days=horizon_days
    )
    return Inputs(present, past, scaler, columns, dropped)


def compare(
    inputs: Inputs, families: Sequence[Family], settings: EvaluationSettings, *, seed: int
) -> tuple[list[Evaluation], list[Pictures]]:
    """Evaluate and draw all candidates in parallel; returns both in the candidates' order."""
    X = inputs.present.matrix
    sample = sample_rows(len(X), size=settings.sample, seed=seed)
    points, shares = project(X, seed=seed)
    points = points[sample]
    past, next_spend = (inputs.past.inputs, inputs.past.snapshot.next_spend) if inputs.past else (None, None)
    with tempfile.TemporaryDirectory() as folder:
        # A file that the workers map: the matrix is large and all of them read it.
        path = str(Path(folder) / "distances.npy")
        np.save(path, distance_matrix(X[sample]))
        # The families with the most candidates first, so that no worker is left with a long one at the end.
        order = sorted(range(len(families)), key=lambda i: -len(families[i].candidates))
        jobs = (
            joblib.delayed(_evaluate_and_draw)(
                i,
                families[i],
                inputs.present,
                past,
                next_spend,
                settings,
                distances=path,
                sample=sample,
                points=points,
                shares=shares,
                seed=seed,
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


def _evaluate_and_draw(
    position: int,
    family: Family,
    present: ClusteringInput,
    past: ClusteringInput | None,
    next_spend: np.ndarray | None,
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
        present,
        sample=sample,
        distances=np.load(distances, mmap_mode="r"),
        past=past,
        next_spend=next_spend,
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
