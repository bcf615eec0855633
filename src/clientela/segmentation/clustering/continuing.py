"""The choice between the champion's clusters and new ones."""

from collections.abc import Sequence

from clientela.segmentation.clustering.evaluation import Evaluation
from clientela.segmentation.clustering.limits import SizeLimits
from clientela.segmentation.clustering.reason import Reason
from clientela.segmentation.clustering.selection import Verdict, separation

CONTINUED = "continued"  # algorithm of the candidate that continues the champion's clusters


def with_continued(
    verdicts: Sequence[Verdict],
    evaluation: Evaluation,
    *,
    position: int,
    winner: Evaluation,
    limits: SizeLimits,
    redraw_gain: float,
) -> list[Verdict]:
    """Add the verdict on the champion's clusters: they win unless new clusters explain clearly more.

    Args:
        verdicts: verdicts on the new clusterings.
        evaluation: the champion's clusters.
        position: position of the best new clustering, a winner or a fallback; the champion's clusters take its verdict.
        winner: the best new clustering.
        limits: limits on the size of segments.
        redraw_gain: share of the variance of next-period spend that new clusters must explain more.

    Returns:
        The verdicts, and one more for the champion's clusters.
    """
    judged, value = list(verdicts), separation(evaluation.metrics)
    refusal = limits.broken_by(evaluation.metrics) or _explains_less(evaluation, winner, redraw_gain)
    if refusal:
        return [*judged, Verdict("rejected", refusal, value)]
    kind = judged[position].verdict
    beaten = "shortlisted" if kind == "winner" else "rejected"
    judged[position] = Verdict(beaten, _not_needed(evaluation), judged[position].separation)
    return [*judged, Verdict(kind, _continues(evaluation, winner), value)]


def _explains_less(evaluation: Evaluation, winner: Evaluation, redraw_gain: float) -> Reason | None:
    own, best = (one.metrics.get("explained_spend") for one in (evaluation, winner))
    if own is None or best is None or best - own <= redraw_gain:
        return None
    return Reason.of(
        "redrawn",
        "The champion's clusters explain {value:.3f} of next-period spend; {winner} explains {best:.3f}.",
        value=own,
        winner=winner.candidate.name,
        best=best,
    )


def _continues(evaluation: Evaluation, winner: Evaluation) -> Reason:
    version, moved = str(evaluation.candidate.params["version"]), evaluation.metrics["moved_share"]
    own, best = (one.metrics.get("explained_spend") for one in (evaluation, winner))
    if own is None or best is None:
        return Reason.of(
            "continues_unmeasured",
            "It continues the clusters of version {version}, moved towards today's customers, which puts "
            "{moved:.1%} of the customers into another segment.",
            version=version,
            moved=moved,
        )
    return Reason.of(
        "continues",
        "It continues the clusters of version {version}, moved towards today's customers, which puts {moved:.1%} of "
        "the customers into another segment. It explains {value:.3f} of next-period spend; new clusters ({winner}) "
        "explain {best:.3f}.",
        version=version,
        moved=moved,
        value=own,
        winner=winner.candidate.name,
        best=best,
    )


def _not_needed(evaluation: Evaluation) -> Reason:
    return Reason.of(
        "not_needed",
        "The best of the new clusterings, but it does not explain enough more than the clusters of version {version} "
        "to give customers other segments.",
        version=str(evaluation.candidate.params["version"]),
    )
