"""Segmentations of a table with one row per customer: there is no next period that they could predict."""

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from baselines import Fit, Fitted, pycaret, tutorial
from figures import Result, stability
from product import compare, refitted
from shops import ROOT
from sklearn.metrics import silhouette_score
from sklearn.preprocessing import StandardScaler

from clientela.features.extra import resolve_fit
from clientela.features.snapshot import Snapshot
from clientela.request import RunRequest
from clientela.segmentation.inputs import prepare_inputs
from clientela.settings import Settings
from clientela.shop import load_shop

SAMPLE = 5_000  # rows of the silhouettes


def measure_table(settings: Settings, source: str, *, python: Path | None, seed: int) -> Iterator[Result]:
    """Measure the segmentations of a table of customers.

    Args:
        settings: settings of the data set.
        source: path of the table.
        python: interpreter with PyCaret; None leaves PyCaret out.
        seed: random seed.

    Returns:
        One result per way to segment; silhouettes are those of the standardised numeric columns of the fit.
    """
    request = RunRequest(dataset=settings.dataset.name, source=source, conf=ROOT / "conf", seed=seed)
    with duckdb.connect() as connection:
        data = load_shop(connection, settings, request)
    customers = Snapshot(data.as_of, data.features)
    fit = resolve_fit(settings.fit, data.features, data.extra)
    columns = [name for name in fit if pd.api.types.is_numeric_dtype(data.features[name])]
    X = StandardScaler().fit_transform(data.features[columns].to_numpy())
    methods: dict[str, Fit] = {
        "clientela": partial(_product, settings, fit),
        "tutorial": partial(tutorial, columns=columns),
    }
    if python:
        methods["PyCaret, best silhouette"] = pycaret(python, columns=columns)
    for name, method in methods.items():
        start = time.perf_counter()
        fitted = method(customers, seed)
        seconds = time.perf_counter() - start
        yield Result(
            settings.dataset.name,
            name,
            len(np.unique(fitted.labels)),
            silhouette=float(silhouette_score(X, fitted.labels, sample_size=min(SAMPLE, len(X)), random_state=seed)),
            stability=stability(fitted, customers, seed=seed),
            seconds=seconds,
        )


def _product(settings: Settings, fit: dict, customers: Snapshot, seed: int) -> Fitted:
    """This project's comparison, without a past."""
    features, horizon = customers.features, settings.evaluation.horizon_days
    inputs = prepare_inputs(None, features, fit=fit, as_of=customers.as_of, horizon_days=horizon)
    comparison, clusters = compare(inputs, features, settings, seed=seed)
    scale = {name: fit[name] for name in inputs.columns}

    def predict(frame: pd.DataFrame) -> np.ndarray:
        columns = list(clusters.scaler.feature_names_in_)
        return clusters.predictor.predict(np.ascontiguousarray(clusters.scaler.transform(frame[columns])))

    return Fitted(clusters.labels, predict, refit=partial(refitted, comparison, scale))
