"""A comparison as plain data: what the texts, the charts, the registry's tags and the entry script read."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from clientela.segmentation.clustering.evaluation import Evaluation
from clientela.segmentation.clustering.selection import Verdict
from clientela.segmentation.segments.rules import RuleList

VERDICT_ORDER = ("winner", "shortlisted", "baseline", "rejected")


def leaderboard(evaluations: Sequence[Evaluation], verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """One row a candidate, in the order given: name, verdict, separation, all metrics, reason; None where unknown."""
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
    """The leaderboard as people read it: the winner, the shortlist, the baseline, the rejected, each by separation."""
    return sorted(
        board,
        key=lambda row: (VERDICT_ORDER.index(row["verdict"]), row["separation"] is None, -(row["separation"] or 0.0)),
    )


def summarise(
    *,
    dataset: str,
    title: str,
    currency: str,
    location: str,
    digest: str,
    as_of: date,
    ledger: pd.DataFrame,
    customers: int,
    board: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """What a comparison was made on, before anything was chosen."""
    return {
        "dataset": dataset,
        "title": title,
        "currency": currency,
        "location": location,
        "digest": digest,
        "as_of": as_of.isoformat(),
        "rows_in": int(ledger["rows_left"].iloc[0]),
        "rows_kept": int(ledger["rows_left"].iloc[-1]),
        "customers": customers,
        "candidate_count": len(board),
    }


def report(
    summary: Mapping[str, Any],
    *,
    homepage: str,
    licence: str,
    period: tuple[date, date],
    ledger: pd.DataFrame,
    board: Sequence[Mapping[str, Any]],
    choice: Mapping[str, Any],
    columns: Sequence[str],
    dropped: Mapping[str, str],
    points: Mapping[str, Any],
    grid: Mapping[str, Any],
    rules: RuleList,
    proof: Mapping[str, Any] | None,
    churn: Mapping[int, Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """All that the report tells, as plain data.

    Args:
        summary: of the comparison, with its segments and migration.
        homepage, licence: of the data set.
        period: dates of the first and the last order.
        ledger: the cleaning's.
        board: the leaderboard.
        choice: the winner's row of it.
        columns, dropped: features of the fit, and those that the source cannot fill with the reason.
        points: a sample of customers (`sample_points`).
        grid: the recency-frequency grid (`recency_frequency_grid`).
        rules: the rules of all segments.
        proof: against the next period, where the history is long enough.
        churn: segment id -> its churn risk, where there is a churn model of the same data set.
    """
    segments = summary["segments"]
    return {
        "shop": {name: summary[name] for name in ("title", "dataset", "currency", "as_of", "location", "digest")}
        | {"homepage": homepage, "licence": licence},
        "data": {
            **{name: summary[name] for name in ("rows_in", "rows_kept", "customers")},
            "revenue": sum(segment["spend"] for segment in segments),
            "first_order": period[0].isoformat(),
            "last_order": period[1].isoformat(),
            "ledger": ledger.astype(object).where(ledger.notna(), None).to_dict("records"),
            "features_fit": list(columns),
            "features_dropped": dict(dropped),
        },
        "choice": {**choice, "algorithm": choice["name"].split()[0], "candidate_count": len(board)},
        "board": ranked(board),
        "segments": segments,
        "points": points,
        "grid": grid,
        "rules": {
            "fidelity": rules.fidelity,
            "leaves": len(rules.rules),
            "depth": rules.depth,
            "customers": summary["customers"],
        },
        "migration": summary["migration"],
        "proof": proof,
        "churn": churn,
    }
