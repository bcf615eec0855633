"""Churn risk of the current customers: predictions of a version, bands of risk, the call list, risk by segment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clientela.churn.reasons import reasons_of
from clientela.churn.scorer import ChurnScorer, band_of
from clientela.churn.version import ChurnVersion

BINS = 20  # of the histogram of probabilities
BANDS = ("high", "medium", "low")


@dataclass(frozen=True)
class CurrentPredictions:
    """The predictions of a version for its customers.

    Attributes:
        answers: one per customer, in the order of the version's customers: customer_id, probability, band, reasons.
        families: mean absolute effect of each family of features on the log-odds, the greatest first.
    """

    answers: list[dict[str, Any]]
    families: list[dict[str, Any]]


def explain_version(version: ChurnVersion) -> CurrentPredictions:
    """The version's predictions for its own customers, with reasons."""
    card, customers = version.card, version.customers
    answers = [
        {
            "customer_id": row["customer_id"],
            "probability": row["probability"],
            "band": band_of(row["probability"], card["bands"]),
            "reasons": reasons_of(row, card),
        }
        for row in customers.to_dict("records")
    ]
    scorer = ChurnScorer(card, version.pipeline)
    matrix = scorer.matrix(customers)
    effects = scorer.effects(matrix, scorer.odds(matrix))
    return CurrentPredictions(answers, family_effects(effects, [family["name"] for family in card["families"]]))


def family_effects(effects: np.ndarray, families: Sequence[str]) -> list[dict[str, Any]]:
    """Mean absolute effect of each family on the log-odds, the greatest first."""
    means = np.abs(effects).mean(axis=0)
    rows = [{"family": name, "effect": float(mean)} for name, mean in zip(families, means, strict=True)]
    return sorted(rows, key=lambda row: -row["effect"])


def risk_summary(
    customers: pd.DataFrame,
    bands: Mapping[str, float],
    answers: Sequence[Mapping[str, Any]],
    *,
    most: int,
    smallest_group: int = 1,
) -> dict[str, Any]:
    """Churn risk of the current customers: histogram, bands, and whom to call.

    Args:
        customers: one row per customer: customer_id, probability, expected_profit (money).
        bands: lowest probability of the bands high and medium.
        answers: predictions with reasons, one per customer, in the same order.
        most: most customers in `call_list`.
        smallest_group: number of customers below which a band has no mean.

    Returns:
        Mean probability, histogram, one row per band, and the customers for whom a call pays.
    """
    probability = customers["probability"].to_numpy()
    counts, edges = np.histogram(probability, bins=BINS, range=(0, max(float(probability.max()), 0.05)))
    pays = customers["expected_profit"].to_numpy() > 0
    return {
        "mean": float(probability.mean()),
        "histogram": {"counts": counts.tolist(), "edges": edges.tolist()},
        "edges": dict(bands),
        "bands": _band_rows(
            probability, pays, [answer["band"] for answer in answers], bands, fewest=max(smallest_group, 1)
        ),
        "customers_to_call": int(pays.sum()),
        "profit": float(customers["expected_profit"][pays].sum()),
        "call_list": _first_calls(customers, answers, most=most),
    }


def _band_rows(
    probability: np.ndarray, pays: np.ndarray, band_of_row: Sequence[str], bands: Mapping[str, float], *, fewest: int
) -> list[dict[str, Any]]:
    band = np.array(band_of_row)
    return [
        {
            "band": name,
            "from": float(bands.get(name, 0.0)),
            "customers": int((band == name).sum()),
            "mean": float(probability[band == name].mean()) if (band == name).sum() >= fewest else None,
            "customers_to_call": int((pays & (band == name)).sum()),
        }
        for name in BANDS
    ]


def _first_calls(customers: pd.DataFrame, answers: Sequence[Mapping[str, Any]], *, most: int) -> list[dict[str, Any]]:
    """The first customers of the call list, with reasons."""
    order = customers.sort_values(["expected_profit", "customer_id"], ascending=[False, True]).index[:most].tolist()
    profit = customers["expected_profit"]
    return [
        {
            **{key: answers[row][key] for key in ("customer_id", "probability", "band", "reasons")},
            "expected_profit": float(profit.iloc[row]),
        }
        for row in order
        if profit.iloc[row] > 0
    ]


def call_list(
    version: ChurnVersion,
    answers: Sequence[Mapping[str, Any]],
    segment_of: Mapping[str, int] | None,
    *,
    language: str,
) -> pd.DataFrame:
    """The customers for whom a call pays, the highest expected profit first.

    Args:
        version: the version with its customers.
        answers: predictions with reasons, one per customer, in the order of the version's customers.
        segment_of: customer id -> segment id; None adds no segment.
        language: language of the reasons.

    Returns:
        One row per customer: customer_id, probability, band, expected_profit (money), reasons (text), segment_id.
    """
    customers = version.customers
    table = pd.DataFrame(
        {
            "customer_id": customers["customer_id"],
            "probability": customers["probability"],
            "band": [answer["band"] for answer in answers],
            "expected_profit": customers["expected_profit"],
            "reasons": ["; ".join(reason["text"][language] for reason in answer["reasons"]) for answer in answers],
        }
    )
    if segment_of:
        table["segment_id"] = table["customer_id"].map(segment_of).astype("Int64")
    pays = table[table["expected_profit"] > 0]
    return pays.sort_values(["expected_profit", "customer_id"], ascending=[False, True]).reset_index(drop=True)


def risk_by_segment(
    customers: pd.DataFrame,
    segment_of: pd.Series,
    segments: Sequence[Mapping[str, Any]],
    bands: Mapping[str, float],
    *,
    smallest_group: int = 1,
) -> dict[str, Any]:
    """Churn risk of each segment; customers are joined by their canonical id.

    Args:
        customers: one row per customer: customer_id, probability, expected_profit (money).
        segment_of: segment id by customer_id.
        segments: the segments (id, rank, name), in order of value.
        bands: lowest probability of the band high.
        smallest_group: number of customers below which a segment has no row.

    Returns:
        `rows`, one per segment with so many such customers, and `unjoined`, the number of customers in only one of the
        two.
    """
    joined = customers.set_index("customer_id").join(segment_of.rename("segment_id"), how="inner")
    rows = []
    for segment in segments:
        members = joined[joined["segment_id"] == segment["id"]]
        if len(members) >= max(smallest_group, 1):
            rows.append(
                {
                    "id": segment["id"],
                    "rank": segment["rank"],
                    "name": dict(segment["name"]),
                    "customers": len(members),
                    "mean": float(members["probability"].mean()),
                    "high": float((members["probability"] >= bands["high"]).mean()),
                    "customers_to_call": int((members["expected_profit"] > 0).sum()),
                }
            )
    return {"rows": rows, "unjoined": len(customers) + len(segment_of) - 2 * len(joined)}
