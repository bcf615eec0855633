"""Profiles of groups of customers: medians, quartiles, ranks and effect sizes of their features."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clientela.features.effects import cliffs_deltas


@dataclass(frozen=True)
class Profile:
    """The profile of one segment.

    Attributes:
        id: segment id; after a refit that of the segment it continues.
        rank: rank by mean spend, 1 for the highest; by number of customers if spend is not known.
        customers: number of customers.
        customer_share: share of all customers.
        spend: total spend (currency); None if spend is not known.
        spend_share: share of all spend; None if spend is not known.
        mean_spend: mean spend per customer (currency); None if spend is not known.
        medians: median of each feature in the segment (unit of the feature).
        quartiles: first and third quartile of each feature.
        ranks: share of all customers whose value is below that median (equal values count half), in [0, 1].
        effects: Cliff's delta against all other customers, in [-1, 1]; positive if the segment's values are higher. A
            feature that no customer outside the segment has is left out.
    """

    id: int
    rank: int
    customers: int
    customer_share: float
    spend: float | None
    spend_share: float | None
    mean_spend: float | None
    medians: dict[str, float]
    quartiles: dict[str, tuple[float, float]]
    ranks: dict[str, float]
    effects: dict[str, float]


def profile_segments(features: pd.DataFrame, segment_ids: np.ndarray) -> list[Profile]:
    """Profile each segment.

    Args:
        features: CustomerFeatures contract, one row per customer.
        segment_ids: segment id of each row, shape (customers,).

    Returns:
        One profile per segment, the highest mean spend first; the largest first if spend is not known.
    """
    values = features.drop(columns="customer_id").dropna(axis="columns", how="all")
    spend = known_spend(features)
    sorted_values = {name: np.sort(column.dropna().to_numpy()) for name, column in values.items()}
    effects = {str(name): cliffs_deltas(column, segment_ids) for name, column in values.items()}
    places = order_by_value(segment_ids, spend)
    profiles = []
    for place, rows in values.groupby(places):
        id_ = int(segment_ids[np.argmax(places == place)])
        quartiles = rows.quantile([0.25, 0.5, 0.75]).dropna(axis="columns")
        known = [str(name) for name in quartiles]
        profiles.append(
            Profile(
                id=id_,
                rank=int(place),
                customers=len(rows),
                customer_share=len(rows) / len(values),
                spend=None if spend is None else float(rows["total_spend"].sum()),
                spend_share=None if spend is None else float(rows["total_spend"].sum() / spend.sum()),
                mean_spend=None if spend is None else float(rows["total_spend"].mean()),
                medians={name: float(quartiles[name][0.5]) for name in known},
                quartiles={name: (float(quartiles[name][0.25]), float(quartiles[name][0.75])) for name in known},
                ranks={name: _rank(sorted_values[name], quartiles[name][0.5]) for name in known},
                effects={name: effects[name][id_] for name in known if np.isfinite(effects[name][id_])},
            )
        )
    return profiles


def _rank(ordered: np.ndarray, value: float) -> float:
    below, upto = np.searchsorted(ordered, value, side="left"), np.searchsorted(ordered, value, side="right")
    return float(below + upto) / (2 * len(ordered))


def known_spend(features: pd.DataFrame) -> np.ndarray | None:
    """Spend of each customer (customers,); None if the data set does not have it."""
    spend = features["total_spend"]
    return spend.to_numpy() if spend.notna().all() else None


def order_by_value(labels: np.ndarray, spend: np.ndarray | None) -> np.ndarray:
    """Number the labels of a clustering by mean spend: 1 for the highest, and so on; without spend, by size.

    The ids do not depend on the integers of the clustering; a tie goes to the label whose first customer comes first.

    Args:
        labels: cluster label of each customer, shape (customers,).
        spend: spend of each customer (currency), shape (customers,); None if it is not known.

    Returns:
        Segment id of each customer, shape (customers,).

    Example:
        >>> import numpy as np
        >>> order_by_value(np.array([7, 7, 3]), np.array([1.0, 2.0, 9.0])).tolist()
        [2, 2, 1]
    """
    _, first, codes = np.unique(labels, return_index=True, return_inverse=True)
    sizes = np.bincount(codes)
    means = sizes if spend is None else np.bincount(codes, spend) / sizes
    order = np.lexsort((first, -means))
    ids = np.empty(len(order), dtype=np.int32)
    ids[order] = np.arange(1, len(order) + 1)
    return ids[codes]
