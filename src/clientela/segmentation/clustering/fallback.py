"""The result where no candidate keeps all limits: the most stable usable candidate, else the RFM rules.

Without purchases there are no RFM rules. The candidate that is nearest to the limits takes their place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from clientela.errors import NoUsefulSegmentation
from clientela.segmentation.clustering.evaluation import Evaluation
from clientela.segmentation.clustering.limits import SizeLimits
from clientela.segmentation.clustering.reason import Reason
from clientela.segmentation.clustering.selection import BASELINE, Verdict

FEWEST_SEGMENTS = 3  # two segments only separate good customers from bad ones


def with_fallback(evaluations: Sequence[Evaluation], verdicts: Sequence[Verdict], size: SizeLimits) -> list[Verdict]:
    """Choose a candidate where `select` chose none, so that every shop gets a segmentation.

    The limits on the number and size of segments are kept. Stability and the comparison with the RFM rules are softer:
    of the candidates that only miss those, the most stable one is chosen; in a tie, the one with fewer segments. If
    there is none, the RFM rules are chosen. Without purchases there are no rules; then the candidate nearest to the
    limits is chosen: one with a valid number of segments, with little noise, with the largest smallest segment.

    Args:
        evaluations: all candidates; with the baseline if purchases are known.
        verdicts: their verdicts (`select`).
        size: limits on the number and size of segments.

    Returns:
        The verdicts; the chosen candidate has the verdict "fallback", unless there is a winner.

    Raises:
        NoUsefulSegmentation: no candidate has two segments, and there is no baseline because purchases are not known.

    Example:
        >>> import numpy as np
        >>> from clientela.segmentation.clustering.candidates import Candidate
        >>> def evaluation(k, stability):
        ...     metrics = {"segment_count": k, "smallest_share": 0.1, "noise_share": 0.0, "stability": stability}
        ...     return Evaluation(Candidate("kmeans", {"k": k}), np.zeros(9, int), None, metrics, np.zeros(9))
        >>> rejected = Verdict("rejected", Reason.of("stability", "It is not stable."), 0.4)
        >>> evaluations = [evaluation(3, 0.6), evaluation(4, 0.7)]
        >>> verdicts = with_fallback(evaluations, [rejected] * 2, SizeLimits((3, 8), 0.02, 0.05))
        >>> [verdict.verdict for verdict in verdicts]
        ['rejected', 'fallback']
    """
    if any(verdict.verdict == "winner" for verdict in verdicts):
        return list(verdicts)
    usable = [i for i, evaluation in enumerate(evaluations) if _is_usable(evaluation, verdicts[i], size)]
    judged = list(verdicts)
    if usable:
        chosen = max(usable, key=lambda i: (*_stability_and_size(evaluations[i]), -i))
        reason = _reason_of_stable(evaluations[chosen], len(usable))
    elif (rules := _position_of_rules(verdicts)) is not None:
        chosen = rules
        reason = Reason.of("rules_instead", "No clustering keeps the limits on the number and size of segments.")
    else:
        chosen = _nearest(evaluations, verdicts, size)
        reason = _reason_of_nearest(evaluations[chosen])
    judged[chosen] = replace(judged[chosen], verdict="fallback", reason=reason)
    return judged


def _reason_of_stable(chosen: Evaluation, usable: int) -> Reason:
    if usable == 1:
        return Reason.of(
            "only_usable", "No candidate keeps all limits; it is the only one that keeps those on number and size."
        )
    return Reason.of(
        "most_stable",
        "No candidate keeps all limits; of the {candidates} that keep those on number and size it is the most "
        "stable, {value:.2f}.",
        candidates=usable,
        value=chosen.metrics["stability"],
    )


def _reason_of_nearest(chosen: Evaluation) -> Reason:
    return Reason.of(
        "nearest_to_limits",
        "No candidate keeps the limits on the number and size of segments; it is the nearest to them, with {count} "
        "segments, the smallest with {share:.2%} of the customers.",
        count=int(chosen.metrics["segment_count"]),
        share=chosen.metrics["smallest_share"],
    )


def _position_of_rules(verdicts: Sequence[Verdict]) -> int | None:
    """The position of the RFM rules; None without purchases."""
    return next((i for i, verdict in enumerate(verdicts) if verdict.verdict == "baseline"), None)


def _nearest(evaluations: Sequence[Evaluation], verdicts: Sequence[Verdict], size: SizeLimits) -> int:
    """The position of the candidate that is nearest to the limits on the number and size of segments."""
    with_segments = [i for i, e in enumerate(evaluations) if e.metrics["segment_count"] >= 2]
    if not with_segments:
        lines = [f"  {e.candidate.name}: {verdict.reason}" for e, verdict in zip(evaluations, verdicts, strict=True)]
        raise NoUsefulSegmentation(
            "At least one candidate must find two segments of customers. None did:\n" + "\n".join(lines)
        )
    return max(with_segments, key=lambda i: (*_nearness(evaluations[i].metrics, size), -i))


def _nearness(metrics: Mapping[str, float], size: SizeLimits) -> tuple[float, float, float]:
    """Three figures, the most important first; the larger, the nearer to the limits."""
    (fewest, most), count = size.segment_count, metrics["segment_count"]
    segments_off = max(fewest - count, count - most, 0)
    noise_off = max(metrics["noise_share"] - size.noise_share, 0)
    return -segments_off, -noise_off, metrics["smallest_share"]


def _is_usable(evaluation: Evaluation, verdict: Verdict, size: SizeLimits) -> bool:
    metrics = evaluation.metrics
    return (
        evaluation.candidate.algorithm != BASELINE
        and verdict.separation is not None
        and metrics["segment_count"] >= FEWEST_SEGMENTS
        and size.broken_by(metrics) is None
    )


def _stability_and_size(evaluation: Evaluation) -> tuple[float, float]:
    return evaluation.metrics["stability"], -evaluation.metrics["segment_count"]
