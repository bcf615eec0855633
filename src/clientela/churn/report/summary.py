"""A churn run as plain data: what its page, its pictures, its texts and the registry's tags read."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from clientela.churn import metrics
from clientela.churn.compare import Comparison, Tested
from clientela.churn.panel import Split
from clientela.churn.profit import Costs, profit_curve, realised_profit

BINS = 20  # of the probabilities' histogram
BANDS = ("high", "medium", "low")


def leaderboard(comparison: Comparison) -> list[dict[str, Any]]:
    """One row a model, the highest average precision out of fold first: name, verdict, reason, figures of the test."""
    rows = []
    for judged in comparison.judged:
        latest, tuned = comparison.tested[judged.name][0], comparison.tuned[judged.name]
        rows.append(
            {
                "name": judged.name,
                "verdict": judged.verdict,
                "reason": judged.reason,
                "chosen_by": judged.average_precision,
                "interval": list(judged.interval),
                "behind": list(judged.behind),
                **latest.figures,
                "params": dict(tuned.params),
                "tried": tuned.tried,
                "tuning_seconds": tuned.seconds,
                "fit_seconds": latest.fitted.seconds,
            }
        )
    return sorted(rows, key=lambda row: -row["chosen_by"])


def cutoffs(comparison: Comparison) -> list[dict[str, Any]]:
    """One row a cut-off, the latest first: customers, share who left, the figures of each model."""
    return [
        {
            "date": split.cutoff.isoformat(),
            "trained": len(split.train),
            "customers": len(split.test),
            "churn_rate": float(split.test["churn"].mean()),
            "models": {name: tested[place].figures for name, tested in comparison.tested.items()},
        }
        for place, split in enumerate(comparison.splits)
    ]


def curves(comparison: Comparison) -> dict[str, Any]:
    """Points of the curves of every model at the latest cut-off."""
    y = comparison.splits[0].test["churn"].to_numpy()
    return {name: metrics.curves(y, tested[0].probability) for name, tested in comparison.tested.items()}


def outcome(tested: Tested, split: Split, costs: Costs) -> dict[str, Any]:
    """The chosen model at the latest cut-off: lift by tenths, calibration, profit."""
    y, probability = split.test["churn"].to_numpy(), tested.probability
    values = costs.values(split.test["spend_per_month"].to_numpy())
    called = costs.called(probability, values)
    return {
        "lift": metrics.lift_by_decile(y, probability),
        "calibration": metrics.calibration_bins(y, probability),
        "profit": profit_curve(y, probability, values, costs),
        "called": int(called.sum()),
        "customers": len(y),
        "churners": int(y.sum()),
        "made": realised_profit(y, called, values, costs),
        "made_by_all": realised_profit(y, np.ones(len(y), bool), values, costs),
    }


def risk(
    customers: pd.DataFrame, bands: Mapping[str, float], told: Sequence[Mapping[str, Any]], *, most: int
) -> dict[str, Any]:
    """The customers of the present: histogram, bands, and whom to call.

    Args:
        customers: one row a customer: customer_id, probability, expected_profit.
        bands: the lowest probability of the bands high and medium.
        told: the pyfunc's own answers, one a customer, in order.
        most: customers in the list.
    """
    probability = customers["probability"].to_numpy()
    counts, edges = np.histogram(probability, bins=BINS, range=(0, max(float(probability.max()), 0.05)))
    band = np.array([answer["band"] for answer in told])
    pays = customers["expected_profit"].to_numpy() > 0
    order = customers.sort_values(["expected_profit", "customer_id"], ascending=[False, True]).index
    return {
        "mean": float(probability.mean()),
        "histogram": {"counts": counts.tolist(), "edges": edges.tolist()},
        "edges": dict(bands),
        "bands": [
            {
                "band": name,
                "from": float(bands.get(name, 0.0)),
                "customers": int((band == name).sum()),
                "mean": float(probability[band == name].mean()) if (band == name).any() else None,
                "calls": int((pays & (band == name)).sum()),
            }
            for name in BANDS
        ],
        "called": int(pays.sum()),
        "profit": float(customers["expected_profit"][pays].sum()),
        "calls": [
            {
                **{key: told[row][key] for key in ("customer_id", "probability", "band", "reasons")},
                "expected_profit": float(customers["expected_profit"].iloc[row]),
            }
            for row in order[:most].tolist()
            if pays[row]
        ],
    }


def by_segment(
    customers: pd.DataFrame, segment_of: pd.Series, segments: Sequence[Mapping[str, Any]], bands: Mapping[str, float]
) -> dict[str, Any]:
    """Churn risk of each segment, joined on the canonical id.

    Args:
        customers: one row a customer: customer_id, probability, expected_profit.
        segment_of: segment id by customer_id.
        segments: what the segments are, in order of value.
        bands: the lowest probability of the band high.

    Returns rows, one a segment that has such customers, and `unjoined`: customers of one side only.
    """
    joined = customers.set_index("customer_id").join(segment_of.rename("segment_id"), how="inner")
    rows = []
    for segment in segments:
        of = joined[joined["segment_id"] == segment["id"]]
        if len(of):
            rows.append(
                {
                    "id": segment["id"],
                    "rank": segment["rank"],
                    "name": dict(segment["name"]),
                    "customers": len(of),
                    "mean": float(of["probability"].mean()),
                    "high": float((of["probability"] >= bands["high"]).mean()),
                    "calls": int((of["expected_profit"] > 0).sum()),
                }
            )
    return {"rows": rows, "unjoined": len(customers) + len(segment_of) - 2 * len(joined)}


def family_effects(effects: np.ndarray, families: Sequence[str]) -> list[dict[str, Any]]:
    """Mean absolute effect of each family on the log-odds, the greatest first."""
    means = np.abs(effects).mean(axis=0)
    rows = [{"family": name, "effect": float(mean)} for name, mean in zip(families, means, strict=True)]
    return sorted(rows, key=lambda row: -row["effect"])


def ledger_rows(ledger: pd.DataFrame | None) -> list[dict[str, Any]] | None:
    """A ledger as plain rows."""
    if ledger is None:
        return None
    rows: list[dict[str, Any]] = ledger.astype(object).where(ledger.notna(), None).to_dict("records")
    return rows


def period(days: tuple[date, date]) -> dict[str, str]:
    """First and last order."""
    return {"first_order": days[0].isoformat(), "last_order": days[1].isoformat()}


def costs_of(costs: Costs, spend_per_month: pd.Series) -> dict[str, Any]:
    """The costs, and the probability from which on a call to the median customer pays."""
    median = costs.values(np.array([float(spend_per_month.median())]))[0]
    threshold = costs.break_even(float(median))
    return {**asdict(costs), "break_even": threshold if np.isfinite(threshold) else None}
