"""From labels to segments ordered by value, with the figures that names and charts are made from."""

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Profile:
    """One segment: `id` 1 is the segment of the highest mean spend.

    `medians` holds each feature's median in the segment (the feature's unit), `ranks` the share of all customers whose
    value lies below that median (equal ones count half), in [0, 1].
    """

    id: int
    customers: int
    customer_share: float
    spend_share: float
    mean_spend: float
    medians: dict[str, float]
    ranks: dict[str, float]


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


def profile_segments(features: pd.DataFrame, segment_ids: np.ndarray) -> list[Profile]:
    """The profile of each segment, by id.

    Args:
        features: the CustomerFeatures contract.
        segment_ids: one a row of it, as `order_by_value` gives them.
    """
    values = features.drop(columns="customer_id").dropna(axis="columns", how="all")
    total = values["total_spend"].sum()
    sorted_values = {name: np.sort(column.dropna().to_numpy()) for name, column in values.items()}
    profiles = []
    for id_, rows in values.groupby(segment_ids):
        medians = rows.median().dropna()
        profiles.append(
            Profile(
                id=int(id_),
                customers=len(rows),
                customer_share=len(rows) / len(values),
                spend_share=float(rows["total_spend"].sum() / total),
                mean_spend=float(rows["total_spend"].mean()),
                medians={str(name): float(value) for name, value in medians.items()},
                ranks={str(name): _rank(sorted_values[name], value) for name, value in medians.items()},
            )
        )
    return profiles


def _rank(ordered: np.ndarray, value: float) -> float:
    below, upto = np.searchsorted(ordered, value, side="left"), np.searchsorted(ordered, value, side="right")
    return float(below + upto) / (2 * len(ordered))
