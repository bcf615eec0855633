"""The figures of `benchmarks/segmentations.py`: what one row has, stability, and customers moved by refits."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from baselines import Fit, Fitted
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score
from sklearn.metrics.cluster import contingency_matrix

from clientela.features.snapshot import Snapshot

BOOTSTRAPS = 10


@dataclass(frozen=True)
class Result:
    """One row of the table: a way to segment on a data set; None for what was not measured.

    Attributes:
        dataset: name of the data set.
        method: way to segment.
        segments: number of segments at the last date; 0 for the ceiling.
        explained: share of the variance of log1p(next-period spend) explained, mean of the dates.
        ceiling: the same for gradient boosting on all features.
        silhouette: mean silhouette, for tables of customers only.
        stability: mean adjusted Rand index of bootstrap refits.
        moved: share of the customers in another segment after a monthly refit, on the same figures.
        renamed: share of the customers with another name than in a refresh of the same day.
        seconds: of the fit at the last date.
    """

    dataset: str
    method: str
    segments: int
    explained: float | None = None
    ceiling: float | None = None
    silhouette: float | None = None
    stability: float | None = None
    moved: float | None = None
    renamed: float | None = None
    seconds: float | None = None


def stability(fitted: Fitted, customers: Snapshot, *, seed: int) -> float | None:
    """Mean adjusted Rand index between the labels and those of refits to bootstrap samples."""
    if fitted.refit is None:
        return None
    rng = np.random.default_rng(seed)
    features, scores = customers.features, []
    for number in range(BOOTSTRAPS):
        drawn = features.iloc[rng.integers(len(features), size=len(features))].reset_index(drop=True)
        refitted = fitted.refit(Snapshot(customers.as_of, drawn), number)
        scores.append(adjusted_rand_score(fitted.labels, refitted.predict(features)))
    return float(np.mean(scores))


def monthly_changes(
    fitted: Fitted, later: Sequence[Snapshot], fit: Fit, *, seed: int
) -> tuple[float | None, float | None]:
    """Customers who are in another segment, or have another name, after a monthly refit.

    Args:
        fitted: first segmentation.
        later: customers of the months after it.
        fit: how a segmentation without successors of its own is fitted again.
        seed: random seed.

    Returns:
        Share of the customers in another segment, on the same figures, after the segments were paired in the best way;
        share of the customers with another name. None without months or without names.
    """
    moved, renamed = [], []
    for customers in later:
        carried = fitted.predict(customers.features)
        fitted = (fitted.follow or fit)(customers, seed)
        table = contingency_matrix(carried, fitted.predict(customers.features))
        rows, columns = linear_sum_assignment(-table)
        moved.append(1 - table[rows, columns].sum() / table.sum())
        if fitted.renamed is not None:
            renamed.append(fitted.renamed)
    return _mean(moved), _mean(renamed)


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None
