"""All rankings of the customers as of one date: a score per customer and ranking, the highest first."""

from dataclasses import dataclass

import numpy as np
from sklearn.cluster import KMeans

from clientela.contracts import RFM
from clientela.features.rfm import RfmRules
from clientela.features.scaling import make_scaler, usable_features
from clientela.features.snapshot import Snapshot
from clientela.insiders.customer_values import CustomerValues
from clientela.insiders.inputs import ProgrammeInputs
from clientela.settings import FitFeature
from clientela.settings.insiders import InsidersSettings


@dataclass(frozen=True)
class RankingOptions:
    """How customers are ranked.

    Attributes:
        settings: programme settings.
        fit: features of the K-means baseline.
        segments: number of clusters of the K-means baseline.
        seed: random seed.
    """

    settings: InsidersSettings
    fit: dict[str, FitFeature]
    segments: int
    seed: int


@dataclass(frozen=True)
class RankedCustomers:
    """Customers as of a date with all of their rankings.

    Attributes:
        inputs: customers as of the date.
        values: customer-value models as of the date.
        scores: ranking -> score of each customer, the highest first; (customers,).
    """

    inputs: ProgrammeInputs
    values: CustomerValues
    scores: dict[str, np.ndarray]

    def top(self, ranking: str, size: int) -> np.ndarray:
        """Whether each customer is among the first `size` of a ranking; ties fall to the higher past revenue."""
        return top(self.scores[ranking], self.inputs.snapshot.revenue, size)


def baseline_rankings(snapshot: Snapshot, options: RankingOptions) -> dict[str, np.ndarray]:
    """The rankings that need no model of value: past revenue, RFM score, and the segments of a K-means clustering."""
    features = snapshot.features
    usable = {name: options.fit[name] for name in usable_features(features, options.fit)[0]}
    matrix = make_scaler(usable).fit_transform(features[list(usable)])
    labels = KMeans(options.segments, n_init=5, random_state=options.seed).fit_predict(matrix)
    return {
        "revenue_sort": snapshot.revenue,
        "rfm_score": rfm_score(features[RFM].to_numpy()),
        "best_segment": segment_revenue(labels, snapshot.revenue),
    }


def top(scores: np.ndarray, revenue: np.ndarray, size: int) -> np.ndarray:
    """Whether each customer is among the `size` with the highest score.

    Args:
        scores: score of each customer; (customers,).
        revenue: past revenue of each, which decides between equal scores, and after it the position; (customers,).
        size: number of customers.

    Returns:
        Boolean mask; (customers,).

    Example:
        >>> top(np.array([1.0, 2.0, 1.0]), np.array([5.0, 0.0, 9.0]), 2).tolist()
        [False, True, True]
    """
    mask = np.zeros(len(scores), dtype=bool)
    mask[np.lexsort((-revenue, -scores))[:size]] = True
    return mask


def top_share(ranked: RankedCustomers, ranking: str, share: float) -> np.ndarray:
    """Whether each customer is in the top group of a ranking.

    Args:
        ranked: customers with their rankings.
        ranking: name of the ranking.
        share: the group's share of the customers, in (0, 1).
    """
    return ranked.top(ranking, group_size(share, len(ranked.inputs.snapshot.features)))


def group_size(share: float, customers: int) -> int:
    """Customers in a group that is a share of all, at least one."""
    return max(1, round(share * customers))


def rfm_score(rfm: np.ndarray) -> np.ndarray:
    """The sum of the three quintile scores, 3 to 15, of (customers, 3): days since the last purchase, orders, spend."""
    return RfmRules().fit(rfm).scores(rfm).sum(axis=1).astype(float)


def segment_revenue(labels: np.ndarray, revenue: np.ndarray) -> np.ndarray:
    """The mean past revenue of each customer's segment. This score ranks whole segments, the best first."""
    _, codes = np.unique(labels, return_inverse=True)
    means = np.bincount(codes, revenue) / np.bincount(codes)
    return means[codes]
