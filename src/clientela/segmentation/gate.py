"""The promotion checks of the segmentation model."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from clientela import registry
from clientela.registry import CheckResult, Registered, VersionSummary
from clientela.registry.checks import check_coverage, check_dataset, check_freshness, check_metrics
from clientela.registry.model_kind import LoadedVersion, ModelKind, first_version_checks
from clientela.registry.probe import unknown_id
from clientela.segmentation.model import SegmentLookup
from clientela.segmentation.segments.continuity import match_segments, migration
from clientela.segmentation.version import open_lookup, read_version, version_code
from clientela.settings import PromotionSettings, load_tracking

CHECKS = ("comparable", "covers", "metrics", "segments", "drift", "fresh")


@dataclass(frozen=True)
class GoldenSegments:
    """A request whose answers are known: segments by customer id.

    Attributes:
        segments: id and English name of the segment, by customer id.
        unknown: an id that the version does not know.
    """

    segments: Mapping[str, tuple[int, str]]
    unknown: str

    @property
    def ids(self) -> list[str]:
        """The customer ids that are sent."""
        return [*self.segments, self.unknown]

    def is_right(self, id_: str, plain: Any, detailed: Any) -> bool:
        """As `GoldenRequest.is_right`.

        Args:
            id_: customer id that was sent.
            plain: the answer without detail.
            detailed: the answer with detail.
        """
        segment_id, name = self.segments.get(id_, (None, None))
        if not isinstance(detailed, dict) or plain != {"customer_id": id_, "segment": name}:
            return False
        detail = detailed.get("detail")
        answered = (detailed.get("customer_id"), detailed.get("segment"), detail and detail.get("segment_id"))
        return answered == (id_, name, segment_id)


def model_kind(conf: Path) -> ModelKind[SegmentLookup]:
    """How versions of the segments' model are read and checked."""
    return ModelKind(
        model=load_tracking(conf=conf).model,
        code=version_code(),
        load=load_version,
        gate_checks=gate_checks,
        first_version_checks=first_version_checks(CHECKS),
        open=open_lookup,
    )


def load_version(registered: Registered, files: Path) -> LoadedVersion:
    """Read a version of the segments' model.

    Raises:
        RegistryError: a file is missing or has another form.
    """
    content = read_version(files)
    segment_of = content.customers.set_index("customer_id")["segment_id"]
    names = {segment["id"]: segment["name"]["en"] for segment in content.segments}
    summary = VersionSummary(registered.number, registered.tags, content.as_of, segment_of)
    return LoadedVersion(summary, golden_segments(segment_of, names))


def golden_segments(segment_of: pd.Series, names: Mapping[int, str]) -> GoldenSegments:
    """A request for the first and the last customer of each segment, and an unknown id.

    Args:
        segment_of: segment id by customer_id.
        names: English name by segment id.
    """
    ids = pd.Series(segment_of.index, index=segment_of.to_numpy())
    chosen = pd.concat([ids.groupby(level=0).first(), ids.groupby(level=0).last()])
    segments = {str(id_): (int(segment), names[int(segment)]) for segment, id_ in chosen.items()}
    return GoldenSegments(segments, unknown_id(segment_of.index))


def gate_checks(challenger: VersionSummary, champion: VersionSummary, limits: PromotionSettings) -> list[CheckResult]:
    """Check a version of the segments' model against the champion.

    Args:
        challenger: version that is to become champion.
        champion: version that is champion.
        limits: promotion settings.

    Returns:
        One result per check, in the order of `CHECKS`; only the first where the data sets differ.
    """
    same = check_dataset(challenger, champion)
    if not same.passed:
        return [same]
    current = under_champion_ids(champion, challenger, least_overlap=limits.least_overlap)
    redrawn = redrawn_share(challenger, champion)
    return [
        same,
        check_coverage(challenger, champion, least=limits.covers),
        check_metrics(challenger, champion, tolerances=limits.worse_by.model_dump()),
        check_segments(current, champion, least=limits.continued),
        check_drift(current, champion, most=limits.moved, redrawn=redrawn),
        check_freshness(challenger, champion),
    ]


def redrawn_share(challenger: VersionSummary, champion: VersionSummary) -> float | None:
    """The share of customers whose segment differs only because the clusters differ; None if it is not known."""
    if have_same_clusters(challenger, champion):
        return 0.0
    if not continues(challenger, champion):
        return None
    # Only the version's run holds this metric, not its files.
    return registry.run_metrics(challenger.tags.get("parent_run", "")).get("redrawn_share")


def check_segments(current: pd.Series, champion: VersionSummary, *, least: float) -> CheckResult:
    """Check that the champion's segments still exist, each weighted by its customers.

    Args:
        current: the challenger's segment ids, mapped to the champion's where a segment continues one of them.
        champion: version that is champion.
        least: required share of the champion's customers, between 0 and 1.

    Returns:
        The result of the check `segments`.
    """
    kept = champion.answer_of.isin(current.unique())
    share = float(kept.mean()) if len(kept) else 1.0
    ids = champion.answer_of.unique()
    count = int(champion.answer_of[kept].nunique())
    sentence = (
        f"{count} of the champion's {len(ids)} segments, with {share:.1%} of its customers, still exist; at least "
        f"{least:.1%} are required."
    )
    return CheckResult("segments", share >= least, sentence, share, least)


def check_drift(current: pd.Series, champion: VersionSummary, *, most: float, redrawn: float | None) -> CheckResult:
    """Check that only few of the common customers changed their segment.

    Args:
        current: as in `check_segments`.
        champion: version that is champion.
        most: allowed share of the common customers, between 0 and 1.
        redrawn: share of customers whose segment differs only because the clusters differ; None if not known.

    Returns:
        The result of the check `drift`.
    """
    moves = migration(champion.answer_of, current)
    if not moves.shared:
        sentence = "The versions have no customer in common, so no customer can be in another segment."
        return CheckResult("drift", True, sentence, None, most)
    share = moves.moved / moves.shared
    sentence = (
        f"{share:.1%} of the {moves.shared:,} common customers are in another segment; at most {most:.1%} are allowed. "
    )
    if redrawn is None:
        sentence += "The share due to new clusters is not known."
    elif redrawn:
        sentence += f"New clusters alone moved {redrawn:.1%} of the version's customers."
    else:
        sentence += "None of them due to new clusters."
    return CheckResult("drift", share <= most, sentence, share, most)


def under_champion_ids(champion: VersionSummary, challenger: VersionSummary, *, least_overlap: float) -> pd.Series:
    """The challenger's segment ids by customer_id, mapped to the champion's where a segment continues one of them.

    A version that continues the other, or has the same clusters, uses the same ids. Otherwise one id may mean two
    different segments, so segments are matched by their common customers; a segment without a match gets a negative id.

    Args:
        champion: version that is champion.
        challenger: version that is to become champion.
        least_overlap: Jaccard index from which on two segments match.

    Returns:
        Segment ids, indexed by customer_id.
    """
    ids = challenger.answer_of
    # Exact: customers who moved would weaken a match by overlap.
    if _are_related(challenger, champion):
        return ids
    common = champion.answer_of.index.intersection(ids.index)
    matches = match_segments(
        champion.answer_of.loc[common].to_numpy(), ids.loc[common].to_numpy(), least_overlap=least_overlap
    )
    same = {match.current: match.previous for match in matches}
    return ids.map(lambda id_: same.get(id_, -1 - id_))


def continues(challenger: VersionSummary, champion: VersionSummary) -> bool:
    """Whether the challenger was built to continue this champion's segments."""
    return challenger.tags.get("continues") == champion.number


def have_same_clusters(one: VersionSummary, other: VersionSummary) -> bool:
    """Whether one version is a refresh of the other, or both are refreshes of the same version."""
    first, second = (version.tags.get("clusters_of", version.number) for version in (one, other))
    return first == second


def _are_related(one: VersionSummary, other: VersionSummary) -> bool:
    return continues(one, other) or continues(other, one) or have_same_clusters(one, other)
