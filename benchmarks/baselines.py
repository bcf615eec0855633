"""The ways to segment customers that `benchmarks/segmentations.py` compares with this project's."""

import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score
from sklearn.neighbors import NearestCentroid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from clientela.contracts import RFM
from clientela.features.rfm import RfmRules
from clientela.features.snapshot import Snapshot

SEGMENTS = 5  # of K-means on log RFM, and groups of the revenue sort
SAMPLE = 5_000  # rows of the silhouettes


@dataclass(frozen=True)
class Fitted:
    """A fitted segmentation.

    Attributes:
        labels: label of each fitted customer (customers,).
        predict: function that labels the rows of a frame of CustomerFeatures.
        refit: function that fits the same model, without choosing again, to other customers with a seed; None where the
            model cannot be refitted alone.
        follow: function that fits the successor a month later; None if it is fitted as the first was.
        renamed: share of the customers whose segment has another name than the version before gives it on the same
            day; None for the first version, and where segments have no names.
    """

    labels: np.ndarray
    predict: Callable[[pd.DataFrame], np.ndarray]
    refit: Callable[[Snapshot, int], "Fitted"] | None = None
    follow: Callable[[Snapshot, int], "Fitted"] | None = None
    renamed: float | None = None


Fit = Callable[[Snapshot, int], Fitted]


def log_rfm(customers: Snapshot, seed: int) -> Fitted:
    """K-means with five clusters on log recency, frequency and monetary value, standardised."""
    model = make_pipeline(
        FunctionTransformer(np.log1p), StandardScaler(), KMeans(SEGMENTS, n_init=10, random_state=seed)
    )
    labels = model.fit_predict(customers.features[RFM].to_numpy())
    return Fitted(labels, lambda frame: model.predict(frame[RFM].to_numpy()), refit=log_rfm)


def rfm_grid(customers: Snapshot, seed: int) -> Fitted:
    """The 125 cells of recency, frequency and monetary quintiles."""
    rules = RfmRules().fit(customers.features[RFM].to_numpy())

    def predict(frame: pd.DataFrame) -> np.ndarray:
        return rules.scores(frame[RFM].to_numpy()) @ np.array([25, 5, 1])

    return Fitted(predict(customers.features), predict, refit=rfm_grid)


def revenue_sort(customers: Snapshot, seed: int) -> Fitted:
    """Five groups of equal size by revenue."""
    edges = np.quantile(customers.features["total_spend"], np.arange(1, SEGMENTS) / SEGMENTS)

    def predict(frame: pd.DataFrame) -> np.ndarray:
        return np.searchsorted(edges, frame["total_spend"])

    return Fitted(predict(customers.features), predict, refit=revenue_sort)


def tutorial(customers: Snapshot, seed: int, *, columns: Sequence[str] = RFM) -> Fitted:
    """What a tutorial has: standardised columns without logs, K-means, the k from 2 to 10 with the best silhouette."""
    X = StandardScaler().fit_transform(customers.features[list(columns)].to_numpy())
    size = min(SAMPLE, len(X))
    best = max(
        range(2, 11),
        key=lambda k: silhouette_score(
            X, KMeans(k, n_init=10, random_state=seed).fit_predict(X), sample_size=size, random_state=seed
        ),
    )
    return _unlogged(customers, seed, k=best, columns=columns)


def _unlogged(customers: Snapshot, seed: int, *, k: int, columns: Sequence[str]) -> Fitted:
    model, names = make_pipeline(StandardScaler(), KMeans(k, n_init=10, random_state=seed)), list(columns)
    labels = model.fit_predict(customers.features[names].to_numpy())
    refit = partial(_unlogged, k=k, columns=columns)
    return Fitted(labels, lambda frame: model.predict(frame[names].to_numpy()), refit=refit)


def pycaret(python: Path, *, columns: Sequence[str] = RFM) -> Fit:
    """PyCaret's clustering in an environment of its own: 14 models on normalised columns, the best silhouette.

    Args:
        python: interpreter of an environment in which PyCaret is installed.
        columns: columns that it clusters; by default recency, orders and spend.

    Returns:
        The fit. PyCaret labels the rows that it was fitted to; other rows take the label of the nearest centroid.
    """
    names = list(columns)

    def fit(customers: Snapshot, seed: int) -> Fitted:
        with tempfile.TemporaryDirectory() as folder:
            table, answer = Path(folder) / "customers.csv", Path(folder) / "labels.json"
            customers.features[names].to_csv(table, index=False)
            script = Path(__file__).with_name("pycaret_labels.py")
            # Without this process's environment: PYTHONPATH would lead PyCaret to this project's packages.
            subprocess.run(
                [python, script, table, answer, str(seed)],
                check=True, capture_output=True, timeout=3600, cwd=folder, env={"PATH": os.environ["PATH"]},
            )  # fmt: skip
            labels = np.array(json.loads(answer.read_text()))
        X = customers.features[names].to_numpy()
        scaler = StandardScaler().fit(X)
        nearest = NearestCentroid().fit(scaler.transform(X), labels)
        return Fitted(labels, lambda frame: nearest.predict(scaler.transform(frame[names].to_numpy())))

    return fit


BASELINES: dict[str, Fit] = {
    "log RFM K-means, k=5": log_rfm,
    "RFM grid, 125 cells": rfm_grid,
    "revenue sort, 5 groups": revenue_sort,
    "tutorial": tutorial,
}
