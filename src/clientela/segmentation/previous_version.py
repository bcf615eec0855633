"""Continues the segments of the previous version: same ids and names, and the changes between the two."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypedDict

import numpy as np
import pandas as pd

from clientela.features.profile import profile_segments
from clientela.segmentation.segments.attribute_names import BY_ATTRIBUTES
from clientela.segmentation.segments.claims import Claim
from clientela.segmentation.segments.continuity import Flow, Match, continued_ids, match_segments, migration
from clientela.segmentation.segments.naming import name_segments
from clientela.segmentation.segments.naming_rules import Name, NamingBook, Portrait
from clientela.segmentation.version import SINCE, SegmentsVersion


@dataclass(frozen=True)
class Continuation:
    """Segment ids that continue a previous version's.

    Attributes:
        ids: segment id of each customer (customers,).
        carried: segment id that the previous version's clusters give the same customers on the same figures.
        matches: which segment continues which.
        previous: the previous version.
        number: its number in the registry.
    """

    ids: np.ndarray
    carried: np.ndarray
    matches: list[Match]
    previous: SegmentsVersion
    number: str


class PreviousSegment(TypedDict):
    """A segment of the previous version, with its customers then."""

    id: int
    name: Mapping[str, str]
    customers: int


class MatchedSegment(TypedDict):
    """A segment that continues a previous one.

    `previous_name` is its name before, if it has another one now. `renamed_by_rules` is the name that today's rules
    would give a segment that keeps its name, or None if they give one of the same rule.
    """

    id: int
    jaccard: float
    previous_name: Mapping[str, str] | None
    renamed_by_rules: Mapping[str, str] | None


class MigrationData(TypedDict):
    """What changed since the previous version, as plain data.

    `shared`: customers of both versions; `moved` (`moved_share` of the shared): in another segment now;
    `redrawn_share`: share of the present customers that the previous clusters would put elsewhere on the same figures;
    `arrived`, `left`: customers of one version only; `flows`: customers by segment before and now; `new`, `gone`:
    segment ids of one version only.
    """

    from_version: str
    from_as_of: str
    shared: int
    moved: int
    moved_share: float
    redrawn_share: float
    arrived: int
    left: int
    previous: list[PreviousSegment]
    flows: list[Flow]
    new: list[int]
    gone: list[int]
    matched: list[MatchedSegment]


def continue_segments(
    ids: np.ndarray,
    features: pd.DataFrame,
    scaler: Any,
    *,
    previous: SegmentsVersion,
    number: str,
    least_overlap: float,
) -> Continuation:
    """Give new segments the ids of the previous segments that they continue.

    Args:
        ids: new segment id of each customer (customers,), in order of value.
        features: CustomerFeatures contract.
        scaler: scaler of the new clustering; the centres of both versions are compared in its space.
        previous: previous version.
        number: its number in the registry.
        least_overlap: smallest Jaccard index of two segments that count as the same, in [0, 1].

    Returns:
        The segments under their continued ids.

    Raises:
        RegistryError: the source lacks a feature that the previous clusters need.
    """
    carried = previous.assign(features)
    before = {segment["id"]: segment["medians"] for segment in previous.segments}
    now = {profile.id: profile.medians for profile in profile_segments(features, ids)}
    matches = match_segments(
        carried,
        ids,
        least_overlap=least_overlap,
        previous_centres=_centres(before, scaler),
        current_centres=_centres(now, scaler),
    )
    used = set(range(1, previous.last_id + 1))
    return Continuation(continued_ids(ids, matches, used=used), carried, matches, previous, number)


def carry_segments(features: pd.DataFrame, *, previous: SegmentsVersion, number: str) -> Continuation:
    """Assign customers by the previous version's clusters: the same segments on newer figures.

    Args:
        features: CustomerFeatures contract.
        previous: previous version.
        number: its number in the registry.

    Returns:
        The segments under the ids of the previous version.

    Raises:
        RegistryError: the source lacks a feature that the previous clusters need.
    """
    ids = previous.assign(features)
    return Continuation(ids, ids, [Match(int(id_), int(id_), 1.0) for id_ in np.unique(ids)], previous, number)


def kept_names(continued: Continuation | None) -> dict[int, Name]:
    """Segment id -> name before, of the segments that continue one of the previous version."""
    if continued is None:
        return {}
    kept = {match.previous for match in continued.matches}
    return {
        segment["id"]: Name(
            segment["rule"],
            segment["name"],
            segment["description"],
            segment["action"],
            claims=tuple(Claim(**claim) for claim in segment.get("claims", ())),
            traits=tuple(segment.get("traits", ())),  # versions of 0.1.0 have none
        )
        for segment in continued.previous.segments
        if segment["id"] in kept
    }


def migration_data(
    continued: Continuation,
    features: pd.DataFrame,
    portraits: Sequence[Portrait],
    names: Sequence[Name],
    book: NamingBook,
) -> MigrationData:
    """Compare the segments with those of the previous version.

    Args:
        continued: the segments and the previous version.
        features: CustomerFeatures contract.
        portraits: all segments.
        names: their names.
        book: naming rules.

    Returns:
        What changed.
    """
    previous, index = continued.previous, pd.Index(features["customer_id"])
    before = previous.customers.set_index("customer_id")["segment_id"]
    moves = migration(before, pd.Series(continued.ids, index), carried=pd.Series(continued.carried, index))
    kept, sizes = kept_names(continued), before.value_counts()
    name_of = {portrait.profile.id: name for portrait, name in zip(portraits, names, strict=True)}
    present, renamed = set(name_of), _renamed_by_rules(portraits, book, name_of, kept)
    return {
        "from_version": continued.number,
        "from_as_of": previous.as_of.isoformat(),
        "shared": moves.shared,
        "moved": moves.moved,
        "moved_share": moves.moved / moves.shared if moves.shared else 0.0,
        "redrawn_share": moves.redrawn / len(index),
        "arrived": len(index) - moves.shared,
        "left": len(before) - moves.shared,
        "previous": [
            {"id": segment["id"], "name": segment["name"], "customers": int(sizes.get(segment["id"], 0))}
            for segment in previous.segments
        ],
        "flows": moves.flows,
        "new": sorted(present - set(kept)),
        "gone": sorted({segment["id"] for segment in previous.segments} - present),
        "matched": [
            {
                "id": match.previous,
                "jaccard": match.jaccard,
                "previous_name": _changed(kept[match.previous], name_of[match.previous]),
                "renamed_by_rules": renamed.get(match.previous),
            }
            for match in continued.matches
        ],
    }


def segments_since(
    customer_ids: pd.Series, ids: np.ndarray, continued: Continuation | None, *, as_of: date
) -> np.ndarray:
    """Since when customers are in their segments, as far as the versions show.

    Args:
        customer_ids: customer ids (customers,).
        ids: segment id of each customer (customers,).
        continued: the previous version; None if there is none.
        as_of: as-of date of the segments.

    Returns:
        Date for each customer (customers,): that of the previous version for customers of the same segment, otherwise
        the as-of date.
    """
    since = np.full(len(ids), as_of, dtype=object)
    if continued is None:
        return since
    before = continued.previous.customers
    rows = pd.Index(before["customer_id"]).get_indexer(pd.Index(customer_ids))
    stayed = np.flatnonzero((rows >= 0) & (before["segment_id"].to_numpy()[rows] == ids))
    earlier = before[SINCE].to_numpy() if SINCE in before else np.full(len(before), continued.previous.as_of, object)
    since[stayed] = earlier[rows[stayed]]
    return since


def _changed(before: Name, now: Name) -> Mapping[str, str] | None:
    """The name before, if it is not the name now."""
    return None if dict(before.name) == dict(now.name) else before.name


def _renamed_by_rules(
    portraits: Sequence[Portrait], book: NamingBook, names: Mapping[int, Name], kept: Mapping[int, Name]
) -> dict[int, Mapping[str, str]]:
    """Segment id -> the name that today's rules would give a segment that keeps the name of another rule."""
    if any(name.rule == BY_ATTRIBUTES for name in names.values()):
        return {}  # no rule gave the names
    return {
        portrait.profile.id: name.name
        for portrait, name in zip(portraits, name_segments(portraits, book), strict=True)
        if portrait.profile.id in kept and name.rule != names[portrait.profile.id].rule
    }


def _centres(medians: Mapping[int, Mapping[str, float]], scaler: Any) -> dict[int, np.ndarray]:
    frame = pd.DataFrame.from_dict(medians, orient="index")
    # The scaler imputes its own median for a figure that a segment lacks.
    points = scaler.transform(frame.reindex(columns=scaler.feature_names_in_))
    return dict(zip(medians, points, strict=True))
