"""A comparison as plain data: what the texts, the charts, the registry's tags and the entry script read."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA

from clientela.contracts import RFM
from clientela.features.profile import Profile
from clientela.features.rfm import RfmRules
from clientela.segmentation.clustering.evaluation import Evaluation
from clientela.segmentation.clustering.scores import distance_matrix, silhouettes
from clientela.segmentation.clustering.selection import Verdict
from clientela.segmentation.segments.naming import Name
from clientela.segmentation.segments.rules import Rule, RuleList, rules_of

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


def describe(
    profiles: Sequence[Profile],
    names: Sequence[Name],
    *,
    features: pd.DataFrame,
    rules: RuleList,
    typical: Mapping[int, Sequence[int]],
    habits: Mapping[int, Mapping[str, Any]],
    attributes: Mapping[int, Sequence[Mapping[str, Any]]],
) -> list[dict[str, Any]]:
    """One dict a segment, in order of value: all that is told of it; `title` is the English name.

    Args:
        profiles, names: one each a segment.
        features: the CustomerFeatures contract.
        rules: of all segments.
        typical: segment id -> positions of typical customers in `features`.
        habits, attributes: segment id -> what `describe_habits` and `profile_attributes` say of it.
    """
    return [
        {
            **asdict(profile),
            "title": name.name["en"],
            "rule": name.rule,
            "name": dict(name.name),
            "description": dict(name.description),
            "action": dict(name.action),
            "medoids": [_customer(features, row) for row in typical[profile.id]],
            "rules": [_rule(rule) for rule in rules_of(rules, profile.id)],
            "habits": habits.get(profile.id),
            "attributes": list(attributes.get(profile.id, [])),
        }
        for profile, name in zip(profiles, names, strict=True)
    ]


def _customer(features: pd.DataFrame, row: int) -> dict[str, Any]:
    figures = features.iloc[row].drop("customer_id").dropna()
    return {
        "customer_id": features["customer_id"].iloc[row],
        "figures": {str(name): float(value) for name, value in figures.items()},
    }


def _rule(rule: Rule) -> dict[str, Any]:
    conditions = [asdict(condition) for condition in rule.conditions]
    return {"conditions": conditions, "customers": rule.customers, "precision": rule.precision}


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


def sample_points(
    features: pd.DataFrame, matrix: np.ndarray, ids: np.ndarray, *, sample: np.ndarray, seed: int
) -> dict[str, Any]:
    """Customers as points: days since the last purchase, orders, spend, silhouette, two principal components.

    Args:
        features: the CustomerFeatures contract.
        matrix: the scaled features.
        ids: segment ids.
        sample: positions of the customers drawn.
        seed: of the projection's solver.
    """
    points, shares = project(matrix, seed=seed)
    drawn = features.iloc[sample]
    return {
        "recency": drawn["days_since_last_purchase"].tolist(),
        "orders": drawn["order_count"].tolist(),
        "spend": drawn["total_spend"].tolist(),
        "silhouette": silhouettes(distance_matrix(matrix[sample]), ids[sample]).tolist(),
        "segment": ids[sample].tolist(),
        "x": points[sample, 0].tolist(),
        "y": points[sample, 1].tolist(),
        "axis_shares": shares,
    }


def project(matrix: np.ndarray, *, seed: int) -> tuple[np.ndarray, list[float]]:
    """Points on the first two principal components (customers, 2), and the share of the variance on each."""
    components = min(2, matrix.shape[1])
    projection = PCA(components, random_state=seed).fit(matrix)
    flat = np.zeros((len(matrix), 2))
    flat[:, :components] = projection.transform(matrix)
    return flat, [*map(float, projection.explained_variance_ratio_), 0.0][:2]


def recency_frequency_grid(features: pd.DataFrame, ids: np.ndarray) -> dict[str, Any]:
    """Customers by recency and frequency quintile (rows: recency score 5 to 1; columns: frequency score 1 to 5).

    `customers` and `spend` are 5x5; `segment` is the id of the segment that most customers of a cell are in, None
    where there is nobody.
    """
    rfm = features[RFM].to_numpy()
    quintiles = RfmRules().fit(rfm)
    scores = quintiles.scores(rfm)
    cells = pd.DataFrame({"row": 5 - scores[:, 0], "column": scores[:, 1] - 1, "spend": rfm[:, 2], "id": ids})
    customers, spend = np.zeros((5, 5), int), np.zeros((5, 5))
    segment: list[list[int | None]] = [[None] * 5 for _ in range(5)]
    for (row, column), members in cells.groupby(["row", "column"]):
        customers[row, column], spend[row, column] = len(members), members["spend"].sum()
        segment[row][column] = int(members["id"].mode().iloc[0])
    return {
        "recency_edges": quintiles.edges_[:, 0].tolist(),
        "frequency_edges": quintiles.edges_[:, 1].tolist(),
        "customers": customers.tolist(),
        "spend": spend.tolist(),
        "segment": segment,
    }
