"""How much of next-period spend segments explain, beside three baselines, and what their customers did in it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import joblib
import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.model_selection import KFold
from threadpoolctl import threadpool_limits

from clientela.contracts import RFM
from clientela.features.intervals import interval_of_mean
from clientela.features.rfm import RfmRules
from clientela.segmentation.clustering.scores import explained_share, r_squared

# Shallow trees and a low learning rate, so that a few thousand customers do not overfit: on Online Retail they explain
# 0.28 of the variance, scikit-learn's defaults 0.22.
BOOSTING = {"learning_rate": 0.03, "max_iter": 150, "max_leaf_nodes": 8, "min_samples_leaf": 30, "l2_regularization": 5}


@dataclass(frozen=True)
class ExplainedSpend:
    """Shares of the variance of log1p(next-period spend) explained out of fold, each in (-inf, 1].

    Attributes:
        segments: by the segments' means.
        rfm_grid: by the means of the 125 cells of recency, frequency and monetary quintiles.
        revenue_sort: by the means of equal-sized groups by past spend, as many as there are segments.
        boosting: by gradient boosting on all features, an estimate of the most that the features can explain.
    """

    segments: float
    rfm_grid: float
    revenue_sort: float
    boosting: float


def explain_next_period(
    labels: np.ndarray,
    features: pd.DataFrame,
    next_spend: np.ndarray,
    *,
    folds: int,
    seed: int,
    boosting: float | None = None,
) -> ExplainedSpend:
    """Compare segments of a past date with the baselines, all on the same folds.

    Args:
        labels: segment of each customer (customers,), fitted on the past alone.
        features: the CustomerFeatures contract as of that past date.
        next_spend: what each customer spent in the period after it (currency).
        folds: number of cross-validation folds.
        seed: random seed of the folds.
        boosting: share that gradient boosting explains, if it is known (`start_boosting`); None computes it.

    Returns:
        The share explained by the segments and by each baseline.
    """
    outcome = np.log1p(next_spend)
    return ExplainedSpend(
        segments=explained_share(labels, outcome, folds=folds, seed=seed),
        rfm_grid=explained_share(_rfm_cells(features), outcome, folds=folds, seed=seed),
        revenue_sort=explained_share(
            _spend_groups(features, count=len(np.unique(labels))), outcome, folds=folds, seed=seed
        ),
        boosting=boosted_share(features, outcome, folds=folds, seed=seed) if boosting is None else boosting,
    )


def _rfm_cells(features: pd.DataFrame) -> np.ndarray:
    rfm = features[RFM].to_numpy()
    return RfmRules().fit(rfm).scores(rfm) @ np.array([25, 5, 1])


def _spend_groups(features: pd.DataFrame, *, count: int) -> np.ndarray:
    """Equal-sized groups of customers by spend, 0 for the highest."""
    place = np.argsort(np.argsort(-features["total_spend"].to_numpy(), kind="stable"), kind="stable")
    return place * count // len(place)


def boosted_share(features: pd.DataFrame, outcome: np.ndarray, *, folds: int, seed: int, jobs: int = 1) -> float:
    """The share of the outcome's variance that gradient boosting explains out of fold.

    Args:
        features: CustomerFeatures contract.
        outcome: value to explain (customers,).
        folds: number of cross-validation folds.
        seed: random seed of the model and the folds.
        jobs: parallel workers, each with one fold at a time; -1 means one per core. They do not change the result.

    Returns:
        Out-of-fold R squared, in (-inf, 1].
    """
    return next(start_boosting([(features, outcome)], folds=folds, seed=seed, jobs=jobs))


def start_boosting(
    cases: Sequence[tuple[pd.DataFrame, np.ndarray]], *, folds: int, seed: int, jobs: int
) -> Iterator[float]:
    """The share of each case's outcome that gradient boosting explains out of fold.

    Args:
        cases: features (CustomerFeatures contract) and the value to explain (customers,).
        folds: number of cross-validation folds.
        seed: random seed of the model and the folds.
        jobs: parallel workers, each with one fold at a time; -1 means one per core. They do not change the results.
            With more than one, they begin at once, whenever the results are taken.

    Returns:
        Out-of-fold R squared of each case, in (-inf, 1].
    """
    matrices = [
        features.drop(columns="customer_id").dropna(axis="columns", how="all").to_numpy() for features, _ in cases
    ]
    splits = [list(KFold(folds, shuffle=True, random_state=seed).split(X)) for X in matrices]
    tasks = [
        joblib.delayed(_boosted)(X[train], outcome[train], X[test], seed)
        for X, (_, outcome), pairs in zip(matrices, cases, splits, strict=True)
        for train, test in pairs
    ]
    parts = joblib.Parallel(n_jobs=jobs, return_as="generator")(tasks)
    return _collect_shares(parts, [outcome for _, outcome in cases], splits)


def _collect_shares(
    parts: Iterator[np.ndarray], outcomes: Sequence[np.ndarray], splits: Sequence[list[tuple[np.ndarray, np.ndarray]]]
) -> Iterator[float]:
    for outcome, pairs in zip(outcomes, splits, strict=True):
        predicted = np.empty(len(outcome))
        for _, test in pairs:
            predicted[test] = next(parts)
        yield r_squared(outcome, predicted)


def _boosted(X: np.ndarray, outcome: np.ndarray, others: np.ndarray, seed: int) -> np.ndarray:
    """Predictions for the rows `others` of boosting that is fitted to X."""
    model = HistGradientBoostingRegressor(random_state=seed, **BOOSTING)
    # One thread: beside another busy process the threads of boosting wait for each other, ten times as long.
    with threadpool_limits(1):
        predicted: np.ndarray = model.fit(X, outcome).predict(others)
    return predicted


def next_period_by_segment(
    segment_ids: np.ndarray,
    next_spend: np.ndarray,
    next_orders: np.ndarray,
    *,
    level: float,
    draws: int,
    seed: int,
) -> dict[int, dict[str, tuple[float, float, float]]]:
    """What each segment's customers did in the next period, with intervals.

    Args:
        segment_ids: segment id of each customer (customers,).
        next_spend: spend of each customer in the period (currency).
        next_orders: orders of each customer in the period.
        level: level of the intervals, in (0, 1).
        draws: number of bootstrap samples.
        seed: random seed of the draws.

    Returns:
        Segment id -> "spend" (currency per customer), "orders" (orders per customer) and "retention" (share of
        customers with an order), each as lower end, mean, upper end.
    """
    rng = np.random.default_rng(seed)
    outcomes = {"spend": next_spend, "orders": next_orders, "retention": (next_orders > 0).astype(float)}
    return {
        int(id_): {
            name: interval_of_mean(values[segment_ids == id_], level=level, draws=draws, rng=rng)
            for name, values in outcomes.items()
        }
        for id_ in np.unique(segment_ids)
    }
