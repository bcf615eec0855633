"""The scorer of the churn model: probabilities, effects and expected profit of customers by their features.

It is part of the code of a registered version (`lookup/standalone.py`), so it imports nothing of clientela.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

EDGE = 1e-4  # the pipeline's probabilities are clipped to [EDGE, 1 - EDGE]: log-odds are infinite at 0 and 1
ROWS_PER_CALL = 2_000  # rows that are scored at once, once for each family of features
LEAST_EFFECT = 0.05  # log-odds; a smaller effect is not reported as a reason


class ChurnScorer:
    """The fitted pipeline with its calibration: probabilities, and the effects of feature families on them.

    Args:
        card: columns, families of features, calibration and number of reasons of a version (plain data).
        pipeline: scikit-learn pipeline, fitted on the card's columns.
    """

    def __init__(self, card: Mapping[str, Any], pipeline: Any) -> None:
        self.columns = [column["name"] for column in card["columns"]]
        self.numbers = [column["name"] for column in card["columns"] if column["kind"] == "number"]
        self.typical = {column["name"]: column["typical"] for column in card["columns"]}
        self.families = card["families"]
        self.calibration = card["calibration"]
        self.most = card["reasons"]
        self.pipeline = pipeline

    def matrix(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The pipeline's columns in order: numbers as float64, texts as objects, "unknown" for missing texts.

        A missing column gets the typical value, so it has no effect.
        """
        found = {}
        for name in self.columns:
            column = rows[name] if name in rows else pd.Series([self.typical[name]] * len(rows), index=rows.index)
            if name in self.numbers:
                found[name] = pd.to_numeric(column).astype("float64")
            else:
                found[name] = column.astype(object).where(column.notna(), "unknown")
        return pd.DataFrame(found, index=rows.index)

    def odds(self, matrix: pd.DataFrame) -> np.ndarray:
        """Calibrated log-odds of churn, one per row of the matrix."""
        slope, intercept = self.calibration
        raw = np.clip(self.pipeline.predict_proba(matrix)[:, 1], EDGE, 1 - EDGE)
        return np.asarray(slope * (np.log(raw) - np.log1p(-raw)) + intercept)

    def effects(self, matrix: pd.DataFrame, odds: np.ndarray) -> np.ndarray:
        """Effect of each family on the log-odds, compared with typical values of its features: (rows, families)."""
        found = np.empty((len(matrix), len(self.families)))
        if not found.size:
            return found
        # All families in one call: for few rows, a call of the pipeline costs more than its rows.
        for start in range(0, len(matrix), ROWS_PER_CALL):
            rows = matrix.iloc[start : start + ROWS_PER_CALL]
            changed = [
                rows.assign(**{name: self.typical[name] for name in family["columns"]}) for family in self.families
            ]
            without = self.odds(pd.concat(changed, ignore_index=True)).reshape(len(self.families), len(rows))
            found[start : start + len(rows)] = odds[start : start + len(rows), None] - without.T
        return found

    def top(self, effects: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The strongest families of each row and their effects; -1 and 0.0 where an effect is too small."""
        order = np.argsort(-np.abs(effects), axis=1, kind="stable")[:, : self.most]
        strength = np.take_along_axis(effects, order, axis=1)
        weak = np.abs(strength) < LEAST_EFFECT
        return np.where(weak, -1, order).astype(np.int32), np.where(weak, 0.0, strength)


def customer_rows(scorer: ChurnScorer, card: Mapping[str, Any], rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of the index: what the model predicts for customers, with the features that it used.

    Args:
        scorer: scorer of the version.
        card: card of the version.
        rows: features, one row per customer; missing columns get typical values.

    Returns:
        One row per customer: probability in [0, 1], expected_profit (money), the numbers of the families with the
        strongest effects (reason_1, ...; -1 for none), those effects (log-odds), and the features.
    """
    matrix = scorer.matrix(rows)
    odds = scorer.odds(matrix)
    reasons, effects = scorer.top(scorer.effects(matrix, odds))
    probability = 1 / (1 + np.exp(-odds))
    numbered = {
        f"{kind}_{place + 1}": values[:, place]
        for kind, values in (("reason", reasons), ("effect", effects))
        for place in range(values.shape[1])
    }
    profit = expected_profit(probability, matrix, card["costs"])
    return pd.DataFrame({"probability": probability, "expected_profit": profit, **numbered}, index=rows.index).join(
        matrix
    )


def expected_profit(probability: np.ndarray, rows: pd.DataFrame, costs: Mapping[str, Any]) -> np.ndarray:
    """Expected profit of a call to each customer, in money: probability * success_rate * value - contact_cost.

    Args:
        probability: probability of churn of each customer.
        rows: features of the customers; `spend_per_month` gives the value if it is a share of yearly spend. Unknown
            spend counts as 0.
        costs: contact_cost, success_rate, value_saved and share_of_yearly_spend, as `profit.Costs`.

    Returns:
        One amount per customer.
    """
    value: Any = costs["value_saved"]
    if value is None:
        spend = rows["spend_per_month"] if "spend_per_month" in rows else pd.Series(0.0, index=rows.index)
        value = costs["share_of_yearly_spend"] * 12 * spend.fillna(0.0).to_numpy()
    return np.asarray(probability * costs["success_rate"] * value - costs["contact_cost"])


def band_of(probability: float, bands: Mapping[str, float]) -> str:
    """The band of a probability: "high", "medium" or "low"."""
    return "high" if probability >= bands["high"] else "medium" if probability >= bands["medium"] else "low"
