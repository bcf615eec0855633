"""Tuning: random combinations of a model's values, judged by average precision over folds.

scikit-learn's RandomizedSearchCV: the spaces are small lists, of which a dozen draws find one of the best fifth with a
probability of 93 %; it draws without repetition, gives the same result for the same seed, and adds no dependency. Its
halving sibling is still marked experimental, and early rounds on a tenth of the customers would have too few who left.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RandomizedSearchCV, cross_val_predict
from sklearn.pipeline import Pipeline

from clientela.churn.models import make_model, matrix

Folds = Sequence[tuple[np.ndarray, np.ndarray]]
EDGE = 1e-4  # probabilities are kept this far from 0 and 1, where the log-odds end


@dataclass(frozen=True)
class Tuned:
    """A model with its tuned values.

    Attributes:
        name: of the model.
        params: the values.
        tried: draws of the tuning, the best first: values, mean and standard deviation of average precision over folds.
        seconds: of the search.
    """

    name: str
    params: Mapping[str, Any]
    tried: list[dict[str, Any]]
    seconds: float


@dataclass(frozen=True)
class Fitted:
    """A model fitted to rows, and calibrated on what it says of rows that it did not see.

    Attributes:
        name: of the model.
        columns: the features, in order.
        pipeline: fitted.
        calibration: (slope, intercept) on the log-odds of the pipeline's probabilities.
        out_of_fold: calibrated probability of each row by a pipeline, and a calibration, that did not see it.
        seconds: of one fit to all rows.
    """

    name: str
    columns: Sequence[str]
    pipeline: Pipeline
    calibration: tuple[float, float]
    out_of_fold: np.ndarray
    seconds: float

    def probability(self, rows: pd.DataFrame) -> np.ndarray:
        """The calibrated probability to leave, one a row."""
        return calibrated(self.pipeline.predict_proba(matrix(rows, self.columns))[:, 1], self.calibration)


def tune(
    name: str,
    rows: pd.DataFrame,
    columns: Sequence[str],
    *,
    folds: Folds,
    grid: Mapping[str, Sequence[Any]],
    draws: int,
    seed: int,
    jobs: int,
) -> Tuned:
    """Find one model's values on rows.

    Args:
        name: of the model.
        rows: with the features and churn.
        columns: the features.
        folds: (training positions, test positions).
        grid: parameter -> values; nothing is tuned where empty.
        draws: combinations that are tried, at most all there are.
        seed: of the draws and the model.
        jobs: parallel workers.
    """
    if not grid:
        return Tuned(name, {}, [], 0.0)
    began = time.perf_counter()
    search = RandomizedSearchCV(
        make_model(name, columns, seed=seed),
        {f"model__{key}": list(values) for key, values in grid.items()},
        n_iter=min(draws, prod(len(values) for values in grid.values())),
        scoring="average_precision",
        cv=list(folds),
        refit=False,
        random_state=seed,
        n_jobs=jobs,
    ).fit(matrix(rows, columns), rows["churn"].to_numpy())
    params = {key.removeprefix("model__"): value for key, value in search.best_params_.items()}
    return Tuned(name, params, _tried(search.cv_results_), time.perf_counter() - began)


def fit(tuned: Tuned, rows: pd.DataFrame, columns: Sequence[str], *, folds: Folds, seed: int, jobs: int) -> Fitted:
    """Fit a tuned model to rows, and calibrate it by what it says out of fold."""
    X, y = matrix(rows, columns), rows["churn"].to_numpy()
    model = make_model(tuned.name, columns, seed=seed)
    model.set_params(**{f"model__{key}": value for key, value in tuned.params.items()})
    raw = cross_val_predict(model, X, y, cv=list(folds), method="predict_proba", n_jobs=jobs)[:, 1]
    began = time.perf_counter()
    model.fit(X, y)
    seconds = time.perf_counter() - began
    return Fitted(tuned.name, tuple(columns), model, calibrate(raw, y), _calibrated_out_of_fold(raw, y, folds), seconds)


def calibrate(probability: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Slope and intercept of a logistic regression of the label on the log-odds (Platt 1999, on log-odds).

    Two numbers, so that it rises wherever the model's own probability does. A model that orders customers the wrong way
    is not turned round: its slope is 0.
    """
    odds = log_odds(probability)
    spread = odds.std()
    rate = float(log_odds(np.array([y.mean()]))[0])
    if spread < 1e-9:
        return 0.0, rate
    fitted = LogisticRegression(C=1e6).fit((odds[:, None] - odds.mean()) / spread, y)
    slope = float(fitted.coef_[0, 0] / spread)
    return (slope, float(fitted.intercept_[0] - slope * odds.mean())) if slope > 0 else (0.0, rate)


def calibrated(probability: np.ndarray, calibration: tuple[float, float]) -> np.ndarray:
    """Probabilities after the calibration."""
    slope, intercept = calibration
    return np.asarray(1 / (1 + np.exp(-(slope * log_odds(probability) + intercept))))


def log_odds(probability: np.ndarray) -> np.ndarray:
    """log(p / (1 - p)), with p kept away from 0 and 1."""
    kept = np.clip(probability, EDGE, 1 - EDGE)
    return np.asarray(np.log(kept) - np.log1p(-kept))


def _calibrated_out_of_fold(raw: np.ndarray, y: np.ndarray, folds: Folds) -> np.ndarray:
    found = np.empty(len(raw))
    for train, test in folds:
        found[test] = calibrated(raw[test], calibrate(raw[train], y[train]))
    return found


def _tried(results: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = [
        {
            **{key.removeprefix("model__"): value for key, value in params.items()},
            "average_precision": float(mean),
            "standard_deviation": float(deviation),
        }
        for params, mean, deviation in zip(
            results["params"], results["mean_test_score"], results["std_test_score"], strict=True
        )
    ]
    return sorted(rows, key=lambda row: -row["average_precision"])
