"""The segments' model as the gate sees it."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from clientela import registry
from clientela.registry import Registered
from clientela.registry.gates import NO_CHAMPION, Gate, Side, compares, is_fresh, keeps_the_metrics, knows_the_customers
from clientela.registry.model_kind import Kind, Seen
from clientela.registry.probe import golden_request
from clientela.segmentation.segments.continuity import match_segments, migration
from clientela.segmentation.version import read_version, version_code
from clientela.settings import PromotionSettings, load_tracking


def segments_kind(conf: Path) -> Kind:
    """How versions of the segments' model are judged."""
    return Kind(load_tracking(conf=conf).model, version_code(), _see, _compare, no_champion())


def _see(found: Registered, files: Path) -> Seen:
    content = read_version(files)
    segment_of = content.customers.set_index("customer_id")["segment_id"]
    names = {segment["id"]: segment["name"]["en"] for segment in content.segments}
    return Seen(Side(found.number, found.tags, content.as_of, segment_of), golden_request(segment_of, names))


def _compare(challenger: Side, champion: Side, limits: PromotionSettings) -> list[Gate]:
    return compare(
        challenger,
        champion,
        covers=limits.covers,
        worse_by=limits.worse_by.model_dump(),
        continued=limits.continued,
        least_overlap=limits.least_overlap,
        moved=limits.moved,
        redrawn=_redrawn(challenger, champion),
    )


def _redrawn(challenger: Side, champion: Side) -> float | None:
    if have_same_clusters(challenger, champion):
        return 0.0
    if not continues(challenger, champion):
        return None
    # Of all that a version's run has seen, its files keep only some figures: the run alone knows.
    return registry.run_metrics(challenger.tags.get("parent_run", "")).get("redrawn_share")


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
