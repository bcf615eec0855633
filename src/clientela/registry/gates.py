"""The gate: named checks of a version that is to become champion, each with a verdict and both figures in a sentence.

Pure functions on two versions; what they need is read by the workflow.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from clientela.segments.continuity import match_segments, migration

NO_CHAMPION = "There is no champion to compare with."


@dataclass(frozen=True)
class Gate:
    """The result of one check; `measured` and `required` are None where there is nothing to compare."""

    name: str
    passed: bool
    sentence: str
    measured: float | str | None = None
    required: float | str | None = None


@dataclass(frozen=True)
class Side:
    """A version as the checks see it.

    Attributes:
        number: in the registry.
        tags: of the version.
        as_of: of its features.
        segment_of: segment id by customer_id; of other models than the segments', what they say of a customer.
    """

    number: str
    tags: Mapping[str, str]
    as_of: date
    segment_of: pd.Series


def compare(
    challenger: Side,
    champion: Side,
    *,
    covers: float,
    worse_by: Mapping[str, float],
    continued: float,
    least_overlap: float,
    moved: float,
    redrawn: float | None,
) -> list[Gate]:
    """All checks of a version against the champion; only the first where they are of different data sets.

    Args:
        challenger: the version that is to become champion.
        champion: the version that is.
        covers: share of the champion's customers, at least, that the challenger knows.
        worse_by: metric -> by how much it may be below the champion's.
        continued: share of the champion's customers, at least, whose segments are still there.
        least_overlap: Jaccard index from which on segments are the same, where no ids tell.
        moved: share of the common customers, at most, that are in another segment.
        redrawn: share of the customers that the new clusters alone put elsewhere; None where it is not known.
    """
    same = compares(challenger, champion)
    if not same.passed:
        return [same]
    current = under_the_ids_of(champion, challenger, least_overlap=least_overlap)
    return [
        same,
        knows_the_customers(challenger, champion, least=covers),
        keeps_the_metrics(challenger, champion, worse_by=worse_by),
        keeps_the_segments(current, champion, least=continued),
        keeps_the_places(current, champion, most=moved, redrawn=redrawn),
        is_fresh(challenger, champion),
    ]


def compares(challenger: Side, champion: Side) -> Gate:
    """Both are made of the same data set (the tag `dataset`)."""
    ours, theirs = challenger.tags.get("dataset"), champion.tags.get("dataset")
    if ours == theirs:
        return Gate("comparable", True, f"Both versions are made of the data set {ours!r}.", ours, theirs)
    sentence = (
        f"Version {challenger.number} is made of the data set {ours!r}, the champion (version {champion.number}) of "
        f"{theirs!r}: they cannot be compared."
    )
    return Gate("comparable", False, sentence, ours, theirs)


def knows_the_customers(challenger: Side, champion: Side, *, least: float) -> Gate:
    """It knows the champion's customers."""
    known = champion.segment_of.index.isin(challenger.segment_of.index)
    share = float(known.mean()) if len(known) else 1.0
    sentence = f"It knows {share:.2%} of the champion's {len(known):,} customers; at least {least:.2%} are required"
    if not known.all():
        sentence += f" ({(~known).sum():,} missing)"
    return Gate("covers", share >= least, f"{sentence}.", share, least)


def keeps_the_metrics(challenger: Side, champion: Side, *, worse_by: Mapping[str, float]) -> Gate:
    """None of its metrics is further below the champion's than `worse_by` says; what is not known is not judged."""
    passed = True
    parts, measured, required = [], [], []
    for name, tolerance in worse_by.items():
        ours, theirs = _metric(challenger, name), _metric(champion, name)
        if ours is None or theirs is None:
            whose = " and ".join(
                who for who, value in (("this version", ours), ("the champion", theirs)) if value is None
            )
            parts.append(f"{name} is not known of {whose}")
            continue
        least = theirs - tolerance
        # The tags have four decimals.
        passed &= round(ours, 4) >= round(least, 4)
        parts.append(f"{name} is {ours:.4f} against {theirs:.4f} (at least {least:.4f} is required)")
        measured.append(f"{name} {ours:.4f}")
        required.append(f"{name} {least:.4f}")
    sentence = "; ".join(parts)
    return Gate(
        "metrics",
        bool(passed),
        f"{sentence[:1].upper()}{sentence[1:]}.",
        ", ".join(measured) or None,
        ", ".join(required) or None,
    )


def keeps_the_segments(current: pd.Series, champion: Side, *, least: float) -> Gate:
    """The champion's segments are still there, each counted by its customers.

    Args:
        current: the challenger's segment ids, under the champion's where a segment continues one of them.
        champion: the version that is.
        least: share of the champion's customers.
    """
    kept = champion.segment_of.isin(current.unique())
    share = float(kept.mean()) if len(kept) else 1.0
    ids = champion.segment_of.unique()
    count = int(champion.segment_of[kept].nunique())
    sentence = (
        f"{count} of the champion's {len(ids)} segments, with {share:.1%} of its customers, are still there; at least "
        f"{least:.1%} are required."
    )
    return Gate("segments", share >= least, sentence, share, least)


def keeps_the_places(current: pd.Series, champion: Side, *, most: float, redrawn: float | None) -> Gate:
    """Not too many of the common customers are in another segment.

    Args:
        current: as in `keeps_the_segments`.
        champion: the version that is.
        most: share of the common customers.
        redrawn: share of the customers that the new clusters alone put elsewhere; None where it is not known.
    """
    moves = migration(champion.segment_of, current)
    if not moves.shared:
        return Gate("drift", True, "They have no customer in common, so nobody can be in another segment.", None, most)
    share = moves.moved / moves.shared
    sentence = (
        f"{share:.1%} of the {moves.shared:,} common customers are in another segment; at most {most:.1%} may be. "
    )
    if redrawn is None:
        sentence += "The part of new clusters is not known."
    elif redrawn:
        sentence += f"New clusters alone put {redrawn:.1%} of its customers elsewhere."
    else:
        sentence += "None of it by new clusters."
    return Gate("drift", share <= most, sentence, share, most)


def is_fresh(challenger: Side, champion: Side) -> Gate:
    """Its as-of date is not before the champion's."""
    sentence = f"It is as of {challenger.as_of}; the champion is as of {champion.as_of}, before which it must not lie."
    return Gate("fresh", challenger.as_of >= champion.as_of, sentence, str(challenger.as_of), str(champion.as_of))


def no_champion() -> list[Gate]:
    """The checks against the champion where there is none: all pass."""
    names = ("comparable", "covers", "metrics", "segments", "drift", "fresh")
    return [Gate(name, True, NO_CHAMPION) for name in names]


def under_the_ids_of(champion: Side, challenger: Side, *, least_overlap: float) -> pd.Series:
    """The challenger's segment ids by customer_id, under the champion's where a segment continues one of them.

    A version that continues the other, or has the same clusters, has its ids already. Otherwise the same id may mean
    two segments, so they are matched by their common customers; those that continue none get ids below 0.
    """
    ids = challenger.segment_of
    # The common case, and exact: customers who moved would make a match by overlap weaker than it is.
    if _are_related(challenger, champion):
        return ids
    common = champion.segment_of.index.intersection(ids.index)
    matches = match_segments(
        champion.segment_of.loc[common].to_numpy(), ids.loc[common].to_numpy(), least_overlap=least_overlap
    )
    same = {match.current: match.previous for match in matches}
    return ids.map(lambda id_: same.get(id_, -1 - id_))


def continues(challenger: Side, champion: Side) -> bool:
    """Whether it was made to continue this very champion."""
    return challenger.tags.get("continues") == champion.number


def have_same_clusters(one: Side, other: Side) -> bool:
    """Whether one is a refresh of the other, or both are of the same version."""
    found_by = [side.tags.get("clusters_of", side.number) for side in (one, other)]
    return found_by[0] == found_by[1]


def _are_related(one: Side, other: Side) -> bool:
    return continues(one, other) or continues(other, one) or have_same_clusters(one, other)


def _metric(side: Side, name: str) -> float | None:
    try:
        value = float(side.tags[name])
    except (KeyError, ValueError):
        return None
    return value if math.isfinite(value) else None
