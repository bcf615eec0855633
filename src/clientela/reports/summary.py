"""A comparison as plain data: what the texts, the charts, the registry's tags and the entry script read."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import pandas as pd

from clientela.clustering.evaluation import Evaluation
from clientela.clustering.selection import Verdict
from clientela.segments.naming import Name
from clientela.segments.profile import Profile

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


def describe(profiles: Sequence[Profile], names: Sequence[Name]) -> list[dict[str, Any]]:
    """One dict a segment, in order of value: its profile, its texts by language, and `title`, the English name."""
    return [
        {
            **asdict(profile),
            "title": name.name["en"],
            "rule": name.rule,
            "name": dict(name.name),
            "description": dict(name.description),
            "action": dict(name.action),
        }
        for profile, name in zip(profiles, names, strict=True)
    ]


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
