"""Tuning: random combinations of a model's parameters, compared by mean average precision over folds.

It uses scikit-learn's RandomizedSearchCV. The grids are small: with a dozen draws the search finds one of the best 20 %
of the combinations with a probability of 93 % (Bergstra and Bengio 2012). Successive halving is not used: it is
experimental, and its first rounds would train on too few customers who left.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RandomizedSearchCV, cross_val_predict
from sklearn.pipeline import Pipeline

from clientela.churn.models import make_model, matrix

Folds = Sequence[tuple[np.ndarray, np.ndarray]]
EDGE = 1e-4  # probabilities are clipped to [EDGE, 1 - EDGE]: log-odds are infinite at 0 and 1


@dataclass(frozen=True)
class Search:
    """A random search.

    Attributes:
        grid: parameter -> values to try.
        draws: number of combinations to try; at most all of them.
        seed: random seed of the draws and the model.
        jobs: number of parallel workers.
    """

    grid: Mapping[str, Sequence[Any]]
    draws: int
    seed: int = 0
    jobs: int = 1


@dataclass(frozen=True)
class TunedModel:
    """A model with its tuned values.

    Attributes:
        name: name of the model.
        params: tuned values.
        tried: draws of the tuning, the best first: values, mean and standard deviation of average precision over folds.
        seconds: duration of the search.
    """

    name: str
    params: Mapping[str, Any]
    tried: list[dict[str, Any]]
    seconds: float


@dataclass(frozen=True)
class FittedModel:
    """A model fitted to rows, and calibrated on out-of-fold probabilities.

    Attributes:
        name: name of the model.
        columns: names of the features, in order.
        pipeline: fitted scikit-learn pipeline.
        calibration: (slope, intercept) on the log-odds of the pipeline's probabilities.
        out_of_fold: calibrated probability of each row by a pipeline, and a calibration, that did not see it.
        seconds: duration of one fit to all rows.
    """

    name: str
    columns: Sequence[str]
    pipeline: Pipeline
    calibration: tuple[float, float]
    out_of_fold: np.ndarray
    seconds: float

    def shifted(self, shift: float) -> "FittedModel":
        """The same model with another intercept; `out_of_fold` keeps the intercept of the training rows."""
        slope, intercept = self.calibration
        return replace(self, calibration=(slope, intercept + shift))

    def probability(self, rows: pd.DataFrame) -> np.ndarray:
        """The calibrated probability to leave; (rows,)."""
        return calibrated(self.pipeline.predict_proba(matrix(rows, self.columns))[:, 1], self.calibration)


def tune(name: str, rows: pd.DataFrame, columns: Sequence[str], *, folds: Folds, search: Search) -> TunedModel:
    """Tune one model by random search.

    Args:
        name: name of the model, one of `models.SIMPLICITY`.
        rows: features and churn, one row per customer and cut-off.
        columns: names of the features.
        folds: (training positions, test positions) of each fold.
        search: values to try and number of draws; without values nothing is tuned.

    Returns:
        The values with the highest mean average precision over the folds.
    """
    grid, draws = search.grid, search.draws
    if not grid:
        return TunedModel(name, {}, [], 0.0)
    began = time.perf_counter()
    found = RandomizedSearchCV(
        make_model(name, columns, seed=search.seed),
        {f"model__{key}": list(values) for key, values in grid.items()},
        n_iter=min(draws, prod(len(values) for values in grid.values())),
        scoring="average_precision",
        cv=list(folds),
        refit=False,
        random_state=search.seed,
        n_jobs=search.jobs,
    ).fit(matrix(rows, columns), rows["churn"].to_numpy())
    params = {key.removeprefix("model__"): value for key, value in found.best_params_.items()}
    return TunedModel(name, params, _tried(found.cv_results_), time.perf_counter() - began)


def fit(
    tuned: TunedModel, rows: pd.DataFrame, columns: Sequence[str], *, folds: Folds, seed: int, jobs: int
) -> FittedModel:
    """Fit a tuned model to all rows, and calibrate it on its out-of-fold probabilities.

    Args:
        tuned: the model with its tuned values.
        rows: features and churn, one row per customer and cut-off.
        columns: names of the features.
        folds: (training positions, test positions) of each fold.
        seed: random seed of the model.
        jobs: number of parallel workers.

    Returns:
        The fitted model with its calibration and the calibrated out-of-fold probability of each row.
    """
    X, y = matrix(rows, columns), rows["churn"].to_numpy()
    model = make_model(tuned.name, columns, seed=seed)
    model.set_params(**{f"model__{key}": value for key, value in tuned.params.items()})
    raw = cross_val_predict(model, X, y, cv=list(folds), method="predict_proba", n_jobs=jobs)[:, 1]
    began = time.perf_counter()
    model.fit(X, y)
    seconds = time.perf_counter() - began
    return FittedModel(
        tuned.name, tuple(columns), model, calibrate(raw, y), _calibrated_out_of_fold(raw, y, folds), seconds
    )


def calibrate(probability: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Slope and intercept of a logistic regression of the label on the log-odds.

    It is Platt scaling (Platt 1999, "Probabilistic outputs for support vector machines") of log-odds. The calibrated
    probability is monotone in the model's own. A model that ranks customers the wrong way gets slope 0.
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
    """Calibrated probabilities."""
    slope, intercept = calibration
    return np.asarray(1 / (1 + np.exp(-(slope * log_odds(probability) + intercept))))


def log_odds(probability: np.ndarray) -> np.ndarray:
    """log(p / (1 - p)), with p clipped to [EDGE, 1 - EDGE]."""
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
