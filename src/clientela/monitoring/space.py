"""The space of a version's clusters: how far customers are from the version's own, and how well segments separate."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.metrics import silhouette_samples
from sklearn.neighbors import NearestNeighbors

from clientela.features.extra import with_indicators

SAMPLE = 4000  # customers whose neighbours are searched
SILHOUETTE_SAMPLE = 2000  # customers of a silhouette, whose cost grows with the square
RARE = 0.99  # quantile of the distance to the nearest customer, beyond which a customer is unlike the others


@dataclass(frozen=True)
class Space:
    """Scaled features of a version's customers.

    Attributes:
        scaler: fitted scaler of the version.
        columns: features of the fit.
        neighbours: search among a sample of the version's customers.
        limit: distance beyond which a customer is unlike any of them.
    """

    scaler: Any
    columns: list[str]
    neighbours: Any
    limit: float

    @classmethod
    def fit(cls, scaler: Any, customers: pd.DataFrame, *, seed: int) -> Self:
        """The space of a version.

        Args:
            scaler: fitted scaler of the version.
            customers: features of the version's customers, one row per customer.
            seed: random seed of the samples.
        """
        columns = list(scaler.feature_names_in_)
        matrix = scaler.transform(with_indicators(customers, columns)[columns])
        rows = np.random.default_rng(seed).permutation(len(matrix))
        known, others = matrix[rows[:SAMPLE]], matrix[rows[SAMPLE : 2 * SAMPLE]]
        neighbours = NearestNeighbors().fit(known)
        # A customer is its own nearest neighbour, so where all are in the sample, the second one counts.
        distances = (
            neighbours.kneighbors(others, n_neighbors=1)[0][:, 0]
            if len(others) >= SAMPLE // 4
            else neighbours.kneighbors(known, n_neighbors=2)[0][:, 1]
        )
        return cls(scaler, columns, neighbours, float(np.quantile(distances, RARE)))

    def of(self, features: pd.DataFrame) -> np.ndarray:
        """Scaled features; (customers, features of the fit)."""
        return np.asarray(self.scaler.transform(with_indicators(features, self.columns)[self.columns]))

    def unlike(self, matrix: np.ndarray, *, seed: int) -> np.ndarray:
        """Whether customers are unlike any of the version's; a sample where there are many, boolean.

        Args:
            matrix: scaled features (customers, features of the fit).
            seed: random seed of the sample.
        """
        rows = np.random.default_rng(seed).permutation(len(matrix))[: 2 * SAMPLE]
        return np.asarray(self.neighbours.kneighbors(matrix[rows], n_neighbors=1)[0][:, 0] > self.limit)


def silhouette(matrix: np.ndarray, segments: np.ndarray, *, seed: int) -> tuple[float, float] | None:
    """Mean silhouette width and its standard error, from a sample where there are many customers.

    Args:
        matrix: scaled features (customers, features of the fit).
        segments: segment id of each customer (customers,).
        seed: random seed of the sample.

    Returns:
        None where the sample is in one segment, or each customer in another.
    """
    rows = np.random.default_rng(seed).permutation(len(matrix))[:SILHOUETTE_SAMPLE]
    if not 1 < len(np.unique(segments[rows])) < len(rows):
        return None
    widths = silhouette_samples(matrix[rows], segments[rows])
    return float(widths.mean()), float(widths.std() / np.sqrt(len(widths)))
