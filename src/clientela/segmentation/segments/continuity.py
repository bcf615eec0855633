"""The same segment keeps its id and name after a refit.

Cluster integers permute between fits, and customers move. So the champion's clusters and the new ones are compared on
the *same* customers with the *same* figures: where they overlap, the segment is the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist


@dataclass(frozen=True)
class Match:
    """A new segment that continues a previous one; `jaccard`: customers in both / in either (Jaccard 1901)."""

    previous: int
    current: int
    jaccard: float


def match_segments(
    previous: np.ndarray,
    current: np.ndarray,
    *,
    least_overlap: float,
    previous_centres: Mapping[int, np.ndarray] | None = None,
    current_centres: Mapping[int, np.ndarray] | None = None,
) -> list[Match]:
    """Pair the segments of two segmentations of the same customers.

    First the pairing with the highest sum of Jaccard indices (Kuhn 1955, *The Hungarian method for the assignment
    problem*); pairs below `least_overlap`, or without a customer in common, are dropped. Then, of the segments that are
    left, pairs whose centres are each other's nearest among all centres.

    Args:
        previous: segment id of each customer (customers,).
        current: segment id of the same customers (customers,).
        least_overlap: smallest Jaccard index of a pair, in [0, 1].
        previous_centres: previous segment id -> point in the scaled space (features,); None pairs by overlap only.
        current_centres: the same of the current segments.

    Returns:
        The pairs, by previous id.

    Example:
        >>> previous, current = np.array([1, 1, 1, 2, 2]), np.array([7, 7, 7, 8, 7])
        >>> match_segments(previous, current, least_overlap=0.4)
        [Match(previous=1, current=7, jaccard=0.75), Match(previous=2, current=8, jaccard=0.5)]
    """
    before, after, overlap = jaccard_matrix(previous, current)
    rows, columns = linear_sum_assignment(-overlap)
    matches = [
        Match(before[i], after[j], float(overlap[i, j]))
        for i, j in zip(rows, columns, strict=True)
        if overlap[i, j] >= least_overlap and overlap[i, j] > 0
    ]
    if previous_centres and current_centres:
        taken = {match.previous for match in matches}, {match.current for match in matches}
        for one, other in _nearest_pairs(previous_centres, current_centres):
            if one not in taken[0] and other not in taken[1]:
                known = one in before and other in after
                shared = float(overlap[before.index(one), after.index(other)]) if known else 0.0
                matches.append(Match(one, other, shared))
    return sorted(matches, key=lambda match: match.previous)


def jaccard_matrix(previous: np.ndarray, current: np.ndarray) -> tuple[list[int], list[int], np.ndarray]:
    """The previous ids, the current ids, and the Jaccard index of every pair of them (previous, current)."""
    shared = pd.crosstab(np.asarray(previous), np.asarray(current))
    counts = shared.to_numpy(dtype=float)
    union = counts.sum(axis=1, keepdims=True) + counts.sum(axis=0, keepdims=True) - counts
    return [int(id_) for id_ in shared.index], [int(id_) for id_ in shared.columns], counts / union


def continued_ids(current: np.ndarray, matches: list[Match], *, used: set[int]) -> np.ndarray:
    """Give matched segments their previous id, and new ones an id that was never used.

    Args:
        current: segment id of each customer (customers,), in order of value.
        matches: pairs that `match_segments` returned.
        used: all ids of the previous segmentation, also of segments that are gone.

    Returns:
        The continued segment id of each customer (customers,).
    """
    kept = {match.current: match.previous for match in matches}
    fresh = max(used, default=0)
    id_of = {}
    for id_ in np.unique(current).tolist():
        if id_ not in kept:
            fresh += 1
        id_of[id_] = kept.get(id_, fresh)
    return np.array([id_of[id_] for id_ in current.tolist()], dtype=np.int32)


Flow = TypedDict("Flow", {"from": int | None, "to": int | None, "customers": int})
"""Customers by segment before and now; None for customers who are in one version only."""


@dataclass(frozen=True)
class Migration:
    """Customers who moved between two versions.

    Attributes:
        flows: one entry per pair of segments.
        shared: customers of both versions.
        moved: shared customers who are in another segment now.
        redrawn: present customers whom the previous clusters would put elsewhere on the same figures: they moved
            because the clusters changed, not their behaviour.
    """

    flows: list[Flow]
    shared: int
    moved: int
    redrawn: int


def migration(previous: pd.Series, current: pd.Series, *, carried: pd.Series | None = None) -> Migration:
    """Compare two versions' segments.

    Args:
        previous: segment id by customer_id, of the previous version.
        current: segment id by customer_id, of the new version, with matched segments under their previous ids.
        carried: segment id that the previous clusters give the present customers (index as `current`); None if the
            clusters are the same.

    Returns:
        The customers who moved.
    """
    both = pd.concat([previous.rename("from"), current.rename("to")], axis=1).astype("Int64")
    counts = both.value_counts(dropna=False, sort=False).reset_index()
    flows: list[Flow] = [
        {"from": _id(row["from"]), "to": _id(row["to"]), "customers": int(row["count"])}
        for row in counts.sort_values(["from", "to"]).to_dict("records")
    ]
    known = both.dropna()
    return Migration(
        flows=flows,
        shared=len(known),
        moved=int((known["from"] != known["to"]).sum()),
        redrawn=int((carried.reindex(current.index) != current).sum()) if carried is not None else 0,
    )


def _nearest_pairs(previous: Mapping[int, np.ndarray], current: Mapping[int, np.ndarray]) -> list[tuple[int, int]]:
    before, after = list(previous), list(current)
    distances = cdist(np.stack([previous[id_] for id_ in before]), np.stack([current[id_] for id_ in after]))
    nearest, back = distances.argmin(axis=1), distances.argmin(axis=0)
    return [(before[i], after[j]) for i, j in enumerate(nearest) if back[j] == i]


def _id(value: object) -> int | None:
    return None if pd.isna(value) else int(value)  # type: ignore[call-overload]
