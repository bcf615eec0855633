"""Profiles of groups of customers: medians, quartiles, ranks and effect sizes of their features."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clientela.features.effects import cliffs_deltas


@dataclass(frozen=True)
class Profile:
    """One segment.

    Attributes:
        id: of the segment; after a refit it is that of the segment it continues.
        rank: 1 is the segment of the highest mean spend.
        customers, customer_share: how many customers, and of all.
        spend, spend_share, mean_spend: their money in sum, of all, and a customer (currency).
        medians: each feature's median in the segment (the feature's unit).
        quartiles: its first and third quartile.
        ranks: the share of all customers whose value lies below that median (equal ones count half), in [0, 1].
        effects: Cliff's delta against everybody else, in [-1, 1]; above 0 the segment's values are higher. A feature
            that nobody outside the segment has is left out.
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
    """The profile of each segment, in order of value.

    Args:
        features: the CustomerFeatures contract.
        segment_ids: one a row of it.
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
    """Segment ids, one a customer: 1 for the label of the highest mean spend (currency), and so on.

    The ids do not depend on the integers that the clustering happened to give: ties fall to the label whose first
    customer comes first.
    """
    _, first, codes = np.unique(labels, return_index=True, return_inverse=True)
    means = np.bincount(codes, spend) / np.bincount(codes)
    order = np.lexsort((first, -means))
    ids = np.empty(len(order), dtype=np.int32)
    ids[order] = np.arange(1, len(order) + 1)
    return ids[codes]
