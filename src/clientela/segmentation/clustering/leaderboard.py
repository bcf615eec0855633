"""The leaderboard: one row per candidate with its verdict and metrics."""

from collections.abc import Mapping, Sequence
from typing import Any

from clientela.segmentation.clustering.evaluation import Evaluation
from clientela.segmentation.clustering.selection import Verdict

VERDICT_ORDER = ("winner", "fallback", "shortlisted", "baseline", "rejected")
Row = dict[str, Any]
"""name, verdict, separation, one column per metric, reason; None if a figure is unknown."""


def leaderboard(evaluations: Sequence[Evaluation], verdicts: Sequence[Verdict]) -> list[Row]:
    """One row per candidate, in the order given: name, verdict, separation, all metrics, reason."""
    metrics = sorted({name for evaluation in evaluations for name in evaluation.metrics})
    return [
        {
            "name": evaluation.candidate.name,
            "verdict": verdict.verdict,
            "separation": verdict.separation,
            **{name: evaluation.metrics.get(name) for name in metrics},
            "reason": verdict.reason,
        }
        for evaluation, verdict in zip(evaluations, verdicts, strict=True)
    ]


def ranked(board: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The leaderboard in reading order: winner or fallback, shortlist, baseline, rejected, each by separation."""
    return sorted(
        board,
        key=lambda row: (VERDICT_ORDER.index(row["verdict"]), row["separation"] is None, -(row["separation"] or 0.0)),
    )
