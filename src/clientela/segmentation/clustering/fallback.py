"""The result where no candidate keeps all limits: the most stable usable candidate, else the RFM rules."""

from collections.abc import Sequence
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
    there is none, the RFM rules are chosen.

    Args:
        evaluations: all candidates; with the baseline if purchases are known.
        verdicts: their verdicts (`select`).
        size: limits on the number and size of segments.

    Returns:
        The verdicts; the chosen candidate has the verdict "fallback", unless there is a winner.

    Raises:
        NoUsefulSegmentation: no candidate is usable, and there is no baseline because purchases are not known.

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
        reason = Reason.of(
            "most_stable",
            "No candidate keeps all limits; of the {candidates} that keep those on number and size it is the most "
            "stable, {value:.2f}.",
            candidates=len(usable),
            value=evaluations[chosen].metrics["stability"],
        )
    else:
        chosen = _require_rules(evaluations, verdicts)
        reason = Reason.of("rules_instead", "No clustering keeps the limits on the number and size of segments.")
    judged[chosen] = replace(judged[chosen], verdict="fallback", reason=reason)
    return judged


def _require_rules(evaluations: Sequence[Evaluation], verdicts: Sequence[Verdict]) -> int:
    """The position of the RFM rules."""
    for position, verdict in enumerate(verdicts):
        if verdict.verdict == "baseline":
            return position
    lines = [f"  {e.candidate.name}: {verdict.reason}" for e, verdict in zip(evaluations, verdicts, strict=True)]
    raise NoUsefulSegmentation(
        "Without purchases, at least one candidate must keep the limits on number and size of conf/selection.yaml. All "
        "were rejected:\n" + "\n".join(lines)
    )


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
