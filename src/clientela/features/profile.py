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
        rank: rank by mean spend, 1 for the highest.
        customers: number of customers.
        customer_share: share of all customers.
        spend: total spend (currency).
        spend_share: share of all spend.
        mean_spend: mean spend per customer (currency).
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
    spend: float
    spend_share: float
    mean_spend: float
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
        One profile per segment, the highest mean spend first.
    """
    values = features.drop(columns="customer_id").dropna(axis="columns", how="all")
    spend = values["total_spend"].to_numpy()
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
                spend=float(rows["total_spend"].sum()),
                spend_share=float(rows["total_spend"].sum() / spend.sum()),
                mean_spend=float(rows["total_spend"].mean()),
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


def order_by_value(labels: np.ndarray, spend: np.ndarray) -> np.ndarray:
    """Number the labels of a clustering by mean spend: 1 for the highest, and so on.

    The ids do not depend on the integers of the clustering; a tie goes to the label whose first customer comes first.

    Args:
        labels: cluster label of each customer, shape (customers,).
        spend: spend of each customer (currency), shape (customers,).

    Returns:
        Segment id of each customer, shape (customers,).

    Example:
        >>> import numpy as np
        >>> order_by_value(np.array([7, 7, 3]), np.array([1.0, 2.0, 9.0])).tolist()
        [2, 2, 1]
    """
    _, first, codes = np.unique(labels, return_index=True, return_inverse=True)
    means = np.bincount(codes, spend) / np.bincount(codes)
    order = np.lexsort((first, -means))
    ids = np.empty(len(order), dtype=np.int32)
    ids[order] = np.arange(1, len(order) + 1)
    return ids[codes]
