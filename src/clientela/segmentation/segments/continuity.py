"""The same segment keeps its id and name after a refit.

Cluster integers permute between fits and customers move. So the champion's clusters and the new ones are laid over the
*same* customers with the *same* figures: where they overlap, the segment is the same, whoever happens to be in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist


@dataclass(frozen=True)
class Match:
    """A new segment that continues a previous one; `jaccard` is the share of their customers that are in both."""

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

    First the pairing of the highest sum of Jaccard indices (Kuhn 1955, *The Hungarian method*), of which pairs below
    `least_overlap`, or without any customer in common, are not kept. Then, of what is left on both sides, pairs whose
    centres are each other's nearest among all centres.

    Args:
        previous: segment ids, one a customer.
        current: segment ids of the same customers.
        least_overlap: Jaccard index, at least.
        previous_centres, current_centres: segment id -> point in the scaled space; without them only the overlap
            counts.
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
    """Both sides' segment ids, and the Jaccard index of every pair of them (previous, current)."""
    shared = pd.crosstab(np.asarray(previous), np.asarray(current))
    counts = shared.to_numpy(dtype=float)
    union = counts.sum(axis=1, keepdims=True) + counts.sum(axis=0, keepdims=True) - counts
    return [int(id_) for id_ in shared.index], [int(id_) for id_ in shared.columns], counts / union


def continued_ids(current: np.ndarray, matches: list[Match], *, used: set[int]) -> np.ndarray:
    """Segment ids in which matched segments have their previous id, and new ones an id that was never used.

    Args:
        current: segment ids in order of value.
        matches: of `match_segments`.
        used: all ids of the previous segmentation, also of segments that are gone.
    """
    kept = {match.current: match.previous for match in matches}
    fresh = max(used, default=0)
    id_of = {}
    for id_ in np.unique(current).tolist():
        if id_ not in kept:
            fresh += 1
        id_of[id_] = kept.get(id_, fresh)
    return np.array([id_of[id_] for id_ in current.tolist()], dtype=np.int32)


@dataclass(frozen=True)
class Migration:
    """Who moved where between two versions.

    Attributes:
        flows: one row a pair: `from` and `to` (segment ids, None for customers who were not or are no longer there),
            `customers`.
        shared: customers of both versions.
        moved: of those, in another segment now.
        redrawn: of all present customers, those whom the previous clusters would have put elsewhere on the same
            figures: they moved because the clusters did, not because they behave differently.
    """

    flows: list[dict[str, int | None]]
    shared: int
    moved: int
    redrawn: int


def migration(previous: pd.Series, current: pd.Series, *, carried: pd.Series | None = None) -> Migration:
    """Compare two versions' segments.

    Args:
        previous: segment id by customer_id, of the previous version.
        current: the same of the new one, with matched segments under their previous ids.
        carried: what the previous clusters say of the present customers (index as `current`); the same as `current`
            where None.
    """
    both = pd.concat([previous.rename("from"), current.rename("to")], axis=1).astype("Int64")
    counts = both.value_counts(dropna=False, sort=False).reset_index()
    flows: list[dict[str, int | None]] = [
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
