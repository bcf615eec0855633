"""Customers as points: two principal components of the scaled features, and a sample of customers for the report."""

from dataclasses import dataclass
from typing import TypedDict

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA

from clientela.segmentation.clustering.scores import distance_matrix, silhouettes


@dataclass(frozen=True)
class Projection:
    """All customers on two principal components.

    Attributes:
        points: coordinates (customers, 2).
        axis_shares: share of the variance on each axis, in [0, 1].
    """

    points: np.ndarray
    axis_shares: tuple[float, float]


class CustomerSample(TypedDict):
    """A sample of customers as the report draws them: lists with one entry per customer, and figures of the sample."""

    recency: list[float]
    orders: list[float]
    spend: list[float]
    silhouette: list[float]
    segment: list[int]
    x: list[float]
    y: list[float]
    axis_shares: list[float]
    mean_silhouette: float
    negative_share: float


def project(matrix: np.ndarray, *, seed: int) -> Projection:
    """Project customers on their first two principal components (Hotelling 1933).

    Args:
        matrix: scaled features (customers, features).
        seed: random seed of the solver.

    Returns:
        The points; the second coordinate and its share are zero where there is only one feature.
    """
    components = min(2, matrix.shape[1])
    projection = PCA(components, random_state=seed).fit(matrix)
    points = np.zeros((len(matrix), 2))
    points[:, :components] = projection.transform(matrix)
    first, second = [*map(float, projection.explained_variance_ratio_), 0.0][:2]
    return Projection(points, (first, second))


def sample_customers(
    features: pd.DataFrame, matrix: np.ndarray, segment_ids: np.ndarray, *, sample: np.ndarray, seed: int
) -> CustomerSample:
    """The sampled customers' key figures, silhouette widths and principal components.

    Args:
        features: CustomerFeatures contract.
        matrix: scaled features (customers, features), rows as in `features`.
        segment_ids: segment id of each customer (customers,).
        sample: positions of the sampled customers, at least one.
        seed: random seed of the projection's solver.

    Returns:
        Lists with one entry per sampled customer; the mean silhouette width of the sample, and the share of its
        customers whose width is negative.
    """
    projection = project(matrix, seed=seed)
    drawn, points = features.iloc[sample], projection.points[sample]
    widths = silhouettes(distance_matrix(matrix[sample]), segment_ids[sample])
    return {
        "recency": drawn["days_since_last_purchase"].tolist(),
        "orders": drawn["order_count"].tolist(),
        "spend": drawn["total_spend"].tolist(),
        "silhouette": widths.tolist(),
        "segment": segment_ids[sample].tolist(),
        "x": points[:, 0].tolist(),
        "y": points[:, 1].tolist(),
        "axis_shares": list(projection.axis_shares),
        "mean_silhouette": float(widths.mean()),
        "negative_share": float((widths < 0).mean()),
    }
