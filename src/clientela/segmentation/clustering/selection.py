"""The choice among candidates: hard limits, then separation, then next-period spend; every rejection says why."""

from collections.abc import Sequence
from dataclasses import dataclass

from clientela.errors import NoUsefulSegmentation
from clientela.segmentation.clustering.evaluation import Evaluation

BASELINE = "rfm_rules"


@dataclass(frozen=True)
class Verdict:
    """What became of a candidate: "winner", "shortlisted", "rejected" or "baseline", the reason in one sentence, and
    its separation (None where it has fewer than two clusters)."""

    verdict: str
    reason: str
    separation: float | None


def separation(metrics: dict[str, float]) -> float | None:
    """Silhouette and Davies-Bouldin together: (silhouette + 1 / (1 + Davies-Bouldin)) / 2, in (-0.5, 1]."""
    if "silhouette" not in metrics or "davies_bouldin" not in metrics:
        return None
    return (metrics["silhouette"] + 1 / (1 + metrics["davies_bouldin"])) / 2


def select(
    evaluations: Sequence[Evaluation],
    *,
    segment_count: tuple[int, int],
    smallest_share: float,
    noise_share: float,
    stability: float,
    beats_baseline: bool,
    separation_within: float,
    explained_tolerance: float,
) -> list[Verdict]:
    """A verdict for each evaluation, in order: one winner, or none where all were rejected (`require_winner`).

    Args:
        evaluations: all candidates, the baseline among them.
        segment_count: fewest and most segments.
        smallest_share: of customers, in the smallest segment, at least.
        noise_share: of customers, at most.
        stability: mean adjusted Rand index, at least.
        beats_baseline: whether a candidate must explain as much of the next period's spend as the RFM rules.
        separation_within: share of the best separation that a candidate must reach.
        explained_tolerance: shares of spend explained that differ by less count as equal.
    """
    floor = _baseline_explained(evaluations) if beats_baseline else None
    limits = {
        "segment_count": segment_count,
        "smallest_share": smallest_share,
        "noise_share": noise_share,
        "stability": stability,
    }
    reasons = [_broken_limit(evaluation.metrics, floor=floor, **limits) for evaluation in evaluations]  # type: ignore[arg-type]
    values = [separation(evaluation.metrics) for evaluation in evaluations]
    baseline = [evaluation.candidate.algorithm == BASELINE for evaluation in evaluations]
    eligible = [i for i, value in enumerate(values) if value is not None and reasons[i] is None and not baseline[i]]
    verdicts = [
        Verdict("baseline", "The rules that a clustering has to beat.", values[i])
        if baseline[i]
        else Verdict("rejected", reasons[i] or "It has nothing to separate: fewer than two clusters.", values[i])
        for i in range(len(evaluations))
    ]
    if not eligible:
        return verdicts
    best = max(values[i] or 0.0 for i in eligible)
    # The best itself always passes, also where it is negative.
    lowest = best - (1 - separation_within) * abs(best)
    shortlist = [i for i in eligible if (values[i] or 0.0) >= lowest]
    for i in eligible:
        if i not in shortlist:
            reason = f"Separation {values[i]:.3f} is below {separation_within:.0%} of the best, {best:.3f}."
            verdicts[i] = Verdict("rejected", reason, values[i])
    explained = {i: evaluations[i].metrics.get("explained_spend", 0.0) for i in shortlist}
    most = max(explained.values())
    finalists = [i for i in shortlist if explained[i] >= most - explained_tolerance]
    winner = min(
        finalists, key=lambda i: (evaluations[i].metrics["segment_count"], -evaluations[i].metrics["stability"], i)
    )
    for i in shortlist:
        verdicts[i] = Verdict(*_final_words(i, winner, finalists, explained, evaluations), values[i])
    return verdicts


def require_winner(evaluations: Sequence[Evaluation], verdicts: Sequence[Verdict]) -> int:
    """The position of the winner.

    Raises:
        NoUsefulSegmentation: there is none; the message gives each candidate's reason.
    """
    for position, verdict in enumerate(verdicts):
        if verdict.verdict == "winner":
            return position
    lines = [
        f"  {evaluation.candidate.name}: {verdict.reason}"
        for evaluation, verdict in zip(evaluations, verdicts, strict=True)
        if verdict.verdict == "rejected"
    ]
    raise NoUsefulSegmentation(
        "At least one candidate must keep the limits of conf/selection.yaml. All were rejected:\n" + "\n".join(lines)
    )


def _baseline_explained(evaluations: Sequence[Evaluation]) -> float | None:
    for evaluation in evaluations:
        if evaluation.candidate.algorithm == BASELINE:
            return evaluation.metrics.get("explained_spend")
    return None


def _broken_limit(
    metrics: dict[str, float],
    *,
    segment_count: tuple[int, int],
    smallest_share: float,
    noise_share: float,
    stability: float,
    floor: float | None,
) -> str | None:
    fewest, most = segment_count
    count = int(metrics["segment_count"])
    if not fewest <= count <= most:
        return f"It has {count} segments; the settings ask for {fewest} to {most}."
    if metrics["noise_share"] > noise_share:
        return f"It leaves {metrics['noise_share']:.1%} of the customers as noise; the limit is {noise_share:.1%}."
    if metrics["smallest_share"] < smallest_share:
        share = metrics["smallest_share"]
        return f"Its smallest segment has {share:.2%} of the customers; the limit is {smallest_share:.2%}."
    if metrics["stability"] < stability:
        return f"Its stability is {metrics['stability']:.2f}; the limit is {stability:.2f}."
    if floor is not None and metrics.get("explained_spend", floor) < floor:
        return f"It explains {metrics['explained_spend']:.3f} of next-period spend; the RFM rules explain {floor:.3f}."
    return None


def _final_words(
    i: int, winner: int, finalists: list[int], explained: dict[int, float], evaluations: Sequence[Evaluation]
) -> tuple[str, str]:
    name = evaluations[winner].candidate.name
    if "explained_spend" not in evaluations[winner].metrics:
        if i == winner:
            return "winner", (
                f"Of {len(explained)} well separated candidates within the limits it has the fewest segments; the "
                f"history is too short for a next period."
            )
        return "shortlisted", f"{name} has fewer segments, or as many that are more stable."
    if i == winner:
        return "winner", (
            f"Of {len(explained)} well separated candidates within the limits it explains {explained[i]:.3f} of "
            f"next-period spend, the highest (up to the tolerance) with the fewest segments."
        )
    if i in finalists:
        return "shortlisted", f"Explains as much of next-period spend as {name}, with no fewer segments."
    return "shortlisted", f"Explains {explained[i]:.3f} of next-period spend; {name} explains {explained[winner]:.3f}."
