"""The choice among candidates: hard limits, then separation, then next-period spend; every rejection has a reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clientela.segmentation.clustering.evaluation import Evaluation
from clientela.segmentation.clustering.limits import SizeLimits
from clientela.segmentation.clustering.reason import Reason

BASELINE = "rfm_rules"
UNKNOWN_STABILITY = 1.0  # of a candidate that was not refitted: as high as it can be
CHOSEN = ("winner", "fallback")  # verdicts of the candidate that is registered


@dataclass(frozen=True)
class Verdict:
    """The result for one candidate.

    Attributes:
        verdict: "winner", "shortlisted", "rejected" or "baseline"; "fallback" where nothing won (`with_fallback`).
        reason: why, in one sentence in English with its parts.
        separation: its separation; None if it has fewer than two clusters.
    """

    verdict: str
    reason: Reason
    separation: float | None


@dataclass(frozen=True)
class Limits:
    """The hard limits that a candidate must keep.

    Attributes:
        size: limits on the number and the size of segments.
        stability: smallest mean adjusted Rand index of the bootstrap refits.
        explained_spend: smallest share of next-period spend explained; None if there is no such limit.
    """

    size: SizeLimits
    stability: float
    explained_spend: float | None = None

    def broken_by(self, metrics: Mapping[str, float]) -> Reason | None:
        """The first limit that the metrics break, as a sentence; None if they keep all."""
        if reason := self.size.broken_by(metrics):
            return reason
        # A candidate without a stability was not refitted, because it is rejected in any case (`needed_refits`).
        if metrics.get("stability", UNKNOWN_STABILITY) < self.stability:
            return Reason.of(
                "stability",
                "Its stability is {value:.2f}; the limit is {limit:.2f}.",
                value=metrics["stability"],
                limit=self.stability,
            )
        return self._explains_too_little(metrics)

    def _explains_too_little(self, metrics: Mapping[str, float]) -> Reason | None:
        floor = self.explained_spend
        if floor is None or metrics.get("explained_spend", floor) >= floor:
            return None
        return Reason.of(
            "below_baseline",
            "It explains {value:.3f} of next-period spend; the RFM rules explain {limit:.3f}.",
            value=metrics["explained_spend"],
            limit=floor,
        )


def separation(metrics: Mapping[str, float]) -> float | None:
    """Silhouette and Davies-Bouldin together: (silhouette + 1 / (1 + Davies-Bouldin)) / 2, in (-0.5, 1]."""
    if "silhouette" not in metrics or "davies_bouldin" not in metrics:
        return None
    return (metrics["silhouette"] + 1 / (1 + metrics["davies_bouldin"])) / 2


def select(
    evaluations: Sequence[Evaluation],
    *,
    segment_count: tuple[int, int],
    preferred_count: tuple[int, int] | None = None,
    smallest_share: float,
    noise_share: float,
    stability: float,
    beats_baseline: bool,
    separation_within: float,
    explained_tolerance: float,
    is_predictable: bool = True,
) -> list[Verdict]:
    """Choose among candidates: hard limits, then separation, then next-period spend.

    Where candidates with a preferred number of segments keep the limits, the others are rejected. The shortlist has
    the candidates whose separation is near the best. Those on it that explain the most next-period spend (up to the
    tolerance) are finalists. The finalist with the fewest segments wins; in a tie, the more stable one.

    Args:
        evaluations: all candidates, with or without the baseline. One without the metric `stability` counts as stable.
        segment_count: smallest and largest number of segments.
        preferred_count: numbers of segments that are preferred: where a candidate with such a number keeps the limits,
            those with another are rejected. None prefers none.
        smallest_share: smallest share of customers in the smallest segment, in [0, 1].
        noise_share: largest share of customers in the noise, in [0, 1].
        stability: smallest mean adjusted Rand index.
        beats_baseline: whether a candidate must explain as much next-period spend as the RFM rules.
        separation_within: share of the best separation that a candidate must reach, in [0, 1].
        explained_tolerance: shares of spend explained that differ by less count as equal.
        is_predictable: whether past behaviour predicts next-period spend. If not, shares explained are noise: the
            comparison with the RFM rules is left out, and all shares count as equal.

    Returns:
        One verdict per evaluation, in order; one winner, or none where all were rejected.

    Example:
        >>> import numpy as np
        >>> from clientela.segmentation.clustering.candidates import Candidate
        >>> def evaluation(k, silhouette):
        ...     metrics = {"segment_count": k, "smallest_share": 0.1, "noise_share": 0.0, "stability": 0.9}
        ...     metrics |= {"silhouette": silhouette, "davies_bouldin": 1.0}
        ...     return Evaluation(Candidate("kmeans", {"k": k}), np.zeros(9, int), None, metrics, np.zeros(9))
        >>> verdicts = select(
        ...     [evaluation(2, 0.6), evaluation(4, 0.5), evaluation(5, 0.2)],
        ...     segment_count=(3, 8), smallest_share=0.02, noise_share=0.05, stability=0.75,
        ...     beats_baseline=True, separation_within=0.95, explained_tolerance=0.005,
        ... )
        >>> [verdict.verdict for verdict in verdicts]
        ['rejected', 'winner', 'rejected']
    """
    floor = baseline_explained(evaluations) if beats_baseline and is_predictable else None
    limits = Limits(SizeLimits(segment_count, smallest_share, noise_share), stability, floor)
    verdicts = [_first_verdict(evaluation, limits) for evaluation in evaluations]
    if preferred_count is not None:
        verdicts = _prefer(evaluations, verdicts, preferred_count)
    shortlist, verdicts = _shortlist(verdicts, within=separation_within)
    if not shortlist:
        return verdicts
    explained = {i: evaluations[i].metrics.get("explained_spend", 0.0) if is_predictable else 0.0 for i in shortlist}
    finalists = [i for i in shortlist if explained[i] >= max(explained.values()) - explained_tolerance]
    winner = min(finalists, key=lambda i: (*_count_and_instability(evaluations[i].metrics), i))
    for i in shortlist:
        verdict = "winner" if i == winner else "shortlisted"
        reason = _final_reason(i, winner, finalists, explained, evaluations[winner], is_predictable=is_predictable)
        verdicts[i] = Verdict(verdict, reason, verdicts[i].separation)
    return verdicts


def _count_and_instability(metrics: Mapping[str, float]) -> tuple[float, float]:
    return metrics["segment_count"], -metrics.get("stability", UNKNOWN_STABILITY)


def _first_verdict(evaluation: Evaluation, limits: Limits) -> Verdict:
    """The verdict before candidates are compared: "shortlisted" stands for within the limits."""
    value = separation(evaluation.metrics)
    if evaluation.candidate.algorithm == BASELINE:
        return Verdict("baseline", Reason.of("baseline", "The rules that a clustering has to beat."), value)
    if reason := limits.broken_by(evaluation.metrics):
        return Verdict("rejected", reason, value)
    if value is None:
        reason = Reason.of("one_cluster", "It has nothing to separate: fewer than two clusters.")
        return Verdict("rejected", reason, None)
    return Verdict("shortlisted", Reason.of("within_limits", "It keeps the limits."), value)


def _prefer(evaluations: Sequence[Evaluation], verdicts: Sequence[Verdict], count: tuple[int, int]) -> list[Verdict]:
    """The verdicts with candidates of other numbers of segments rejected, if one with a preferred number is left."""
    fewest, most = count
    left = [i for i, verdict in enumerate(verdicts) if verdict.verdict == "shortlisted"]
    others = {i for i in left if not fewest <= evaluations[i].metrics["segment_count"] <= most}
    if len(others) == len(left):
        return list(verdicts)
    judged = list(verdicts)
    for i in others:
        reason = Reason.of(
            "preferred_count",
            "It has {count} segments; candidates with {fewest} to {most}, which are preferred, keep the limits, too.",
            count=int(evaluations[i].metrics["segment_count"]),
            fewest=fewest,
            most=most,
        )
        judged[i] = Verdict("rejected", reason, judged[i].separation)
    return judged


def _shortlist(verdicts: Sequence[Verdict], *, within: float) -> tuple[list[int], list[Verdict]]:
    """Positions of the candidates near the best separation, and the verdicts with the others rejected."""
    values = {
        i: v.separation for i, v in enumerate(verdicts) if v.verdict == "shortlisted" and v.separation is not None
    }
    best = max(values.values(), default=0.0)
    # The best itself always passes, even where it is negative.
    lowest = best - (1 - within) * abs(best)
    shortlist = [i for i, value in values.items() if value >= lowest]
    judged = list(verdicts)
    for i in values.keys() - set(shortlist):
        reason = Reason.of(
            "separation",
            "Separation {value:.3f} is below {within:.0%} of the best, {best:.3f}.",
            value=values[i],
            within=within,
            best=best,
        )
        judged[i] = Verdict("rejected", reason, values[i])
    return shortlist, judged


def chosen_position(verdicts: Sequence[Verdict]) -> int:
    """The position of the winner, or of the fallback where there is no winner."""
    return next(i for i, verdict in enumerate(verdicts) if verdict.verdict in CHOSEN)


def baseline_explained(evaluations: Sequence[Evaluation]) -> float | None:
    """The share of next-period spend that the RFM rules explain; None without a baseline or a past."""
    for evaluation in evaluations:
        if evaluation.candidate.algorithm == BASELINE:
            return evaluation.metrics.get("explained_spend")
    return None


def _final_reason(
    i: int,
    winner: int,
    finalists: Sequence[int],
    explained: Mapping[int, float],
    chosen: Evaluation,
    *,
    is_predictable: bool,
) -> Reason:
    if len(explained) == 1:
        return Reason.of("only_shortlisted", "It is the only shortlisted candidate.")
    if "explained_spend" not in chosen.metrics or not is_predictable:
        has_past = "explained_spend" in chosen.metrics
        return _reason_without_next_period(i, winner, len(explained), chosen.candidate.name, has_past=has_past)
    if i == winner:
        return Reason.of(
            "explains_most",
            "Of {candidates} shortlisted candidates it explains {value:.3f} of next-period spend, the highest (up to "
            "the tolerance) with the fewest segments.",
            candidates=len(explained),
            value=explained[i],
        )
    if i in finalists:
        return Reason.of(
            "explains_as_much",
            "Explains as much of next-period spend as {winner}, with no fewer segments.",
            winner=chosen.candidate.name,
        )
    return Reason.of(
        "explains_less",
        "Explains {value:.3f} of next-period spend; {winner} explains {best:.3f}.",
        value=explained[i],
        winner=chosen.candidate.name,
        best=explained[winner],
    )


def _reason_without_next_period(i: int, winner: int, candidates: int, name: str, *, has_past: bool) -> Reason:
    if i == winner and has_past:
        return Reason.of(
            "fewest_unpredictable",
            "Of {candidates} shortlisted candidates it has the fewest segments; past behaviour does not predict spend "
            "here, so that was not compared.",
            candidates=candidates,
        )
    if i == winner:
        return Reason.of(
            "fewest_segments",
            "Of {candidates} shortlisted candidates it has the fewest segments; there is no next period on which "
            "their spend could be compared.",
            candidates=candidates,
        )
    return Reason.of("more_segments", "{winner} has fewer segments, or as many that are more stable.", winner=name)
