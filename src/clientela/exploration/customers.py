"""Customers: how their features are distributed, which go together, and how the revenue is concentrated."""

from collections.abc import Sequence
from typing import TypedDict

import numpy as np
import pandas as pd

BINS = 12
BEST = 0.2  # share of the customers in the sentence about concentration
CURVE_STEPS = 50
FEWEST = 20  # customers, with fewer of which nothing is computed


class Distribution(TypedDict):
    """One feature: edges of its bins, customers per bin, quartiles, and the highest percentile.

    The bins are of equal width on the logarithm if the values are positive and spread over a factor of 20, else of
    equal width; the last one ends at the largest value.
    """

    feature: str
    edges: list[float]
    counts: list[int]
    quartiles: list[float]
    top: float


class Concentration(TypedDict):
    """The Lorenz curve, from the best customers on: shares of the customers and of the revenue.

    `best` is the share of the revenue of the best fifth, `lower` that of the half of the customers who spend least,
    `gini` the Gini coefficient in [0, 1].
    """

    curve: list[list[float]]
    best: float
    lower: float
    gini: float


class Pair(TypedDict):
    """Two features and their rank correlation in [-1, 1]."""

    first: str
    second: str
    value: float


class Pairs(TypedDict):
    """Spearman's rank correlations of the features, and the pairs that go together and apart most (None without)."""

    features: list[str]
    matrix: list[list[float]]
    together: Pair | None
    apart: Pair | None


def distribution(name: str, values: pd.Series) -> Distribution | None:
    """The distribution of a feature; None for fewer than 20 known values, or equal ones.

    Args:
        name: name of the feature.
        values: value of each customer (customers,); NaN where unknown.

    Returns:
        Bins and quartiles.
    """
    known = values.dropna().to_numpy(dtype=float)
    if len(known) < FEWEST or np.ptp(known) == 0:
        return None
    low, high = known.min(), known.max()
    is_long = low > 0 and high / low >= 20
    edges = np.geomspace(low, high, BINS + 1) if is_long else np.linspace(low, high, BINS + 1)
    edges[0], edges[-1] = low, high  # rounding must not lose the extremes
    return {
        "feature": name,
        "edges": [float(edge) for edge in edges],
        "counts": np.histogram(known, edges)[0].tolist(),
        "quartiles": np.quantile(known, [0.25, 0.5, 0.75]).tolist(),
        "top": float(np.quantile(known, 0.99)),
    }


def concentration(spend: pd.Series) -> Concentration | None:
    """How the revenue is shared out among the customers; None without revenue.

    Args:
        spend: spend of each customer (customers,), currency.

    Returns:
        Lorenz curve and shares. A customer on the border of a share counts in part.

    Example:
        >>> found = concentration(pd.Series([80.0] * 20 + [5.0] * 80))
        >>> found["best"], found["lower"]
        (0.8, 0.125)
    """
    values = np.sort(spend.dropna().to_numpy(dtype=float))[::-1]
    total = values.sum()
    if len(values) < FEWEST or total <= 0:
        return None
    share = np.concatenate([[0.0], np.cumsum(values) / total])
    people = np.linspace(0, 1, len(values) + 1)
    at = np.linspace(0, 1, CURVE_STEPS + 1)
    area = float(((share[1:] + share[:-1]) / 2).sum() / len(values))
    return {
        "curve": np.column_stack([at, np.interp(at, people, share)]).round(4).tolist(),
        "best": round(float(np.interp(BEST, people, share)), 10),
        "lower": round(float(1 - np.interp(0.5, people, share)), 10),
        "gini": 2 * area - 1,
    }


def pairs(features: pd.DataFrame, names: Sequence[str]) -> Pairs | None:
    """Rank correlations of features; None for fewer than two that vary.

    Args:
        features: one row per customer.
        names: columns to compare.

    Returns:
        The matrix over the columns that vary, pairs of known values only.
    """
    used = [name for name in names if name in features and features[name].nunique() > 1]
    if len(used) < 2 or len(features) < FEWEST:
        return None
    matrix = features[used].rank().corr().to_numpy()
    flat: list[Pair] = [
        {"first": used[i], "second": used[j], "value": float(matrix[i, j])}
        for i in range(len(used))
        for j in range(i)
        if np.isfinite(matrix[i, j])
    ]
    together = max(flat, key=lambda pair: pair["value"], default=None)
    apart = min(flat, key=lambda pair: pair["value"], default=None)
    return {
        "features": used,
        "matrix": [[round(float(value), 3) if np.isfinite(value) else 0.0 for value in row] for row in matrix],
        "together": together if together and together["value"] > 0 else None,
        "apart": apart if apart and apart["value"] < 0 else None,
    }
