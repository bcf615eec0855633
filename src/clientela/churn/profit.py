"""Profit of a retention campaign: whom to call, by the cost of a call and the value that it saves.

The expected profit of a call to a customer with churn probability p is `p * success_rate * value - contact_cost`: the
profit of a retention campaign in Neslin et al. (2006), "Defection detection", Journal of Marketing Research 43(2),
without the cost of an incentive. A call to a customer who stays anyway costs the same and saves nothing.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Costs:
    """Costs and benefits of a call; amounts are money in the shop's currency.

    Attributes:
        contact_cost: cost of one call, above 0.
        success_rate: share of the leaving customers whom a call keeps, in [0, 1]; a measured one may be 0.
        value_saved: value of a customer who is kept, the same for all; None if it depends on spend.
        share_of_yearly_spend: share of a year's spend that is the value of a customer; None with `value_saved`.
    """

    contact_cost: float
    success_rate: float
    value_saved: float | None = None
    share_of_yearly_spend: float | None = None

    def values(self, spend_per_month: np.ndarray) -> np.ndarray:
        """Value of each customer if kept: one amount per customer."""
        if self.value_saved is not None:
            return np.full(len(spend_per_month), self.value_saved)
        return np.asarray((self.share_of_yearly_spend or 0.0) * 12 * spend_per_month)

    def break_even(self, value: float) -> float:
        """Lowest probability at which a call to a customer of that value pays; above 1 if it never pays."""
        saved = self.success_rate * value
        return self.contact_cost / saved if saved > 0 else float("inf")

    def expected_profit(self, probability: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Expected profit of a call to each customer, in money."""
        return np.asarray(probability * self.success_rate * values - self.contact_cost)

    def pays(self, probability: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Whether the expected profit of a call to each customer is above 0."""
        return self.expected_profit(probability, values) > 0


def profit_curve(
    y: np.ndarray, probability: np.ndarray, values: np.ndarray, costs: Costs, *, points: int = 100
) -> dict[str, list[float]]:
    """Cumulative profit of calling customers in the order of their expected profit.

    Args:
        y: 1.0 for customers who left, 0.0 for others.
        probability: predicted probability of churn.
        values: value of each customer if kept (money).
        costs: costs and success rate of a call.
        points: most points of the curve.

    Returns:
        `share` of the customers called, from 0 to 1, and the sums of profit (money): `expected` by the model,
        `realised` by the labels, and `at_random` for as many customers chosen at random.

    Example:
        >>> import numpy as np
        >>> costs = Costs(contact_cost=10, success_rate=0.5, value_saved=100)
        >>> y, probability = np.array([1.0, 0.0]), np.array([0.8, 0.1])
        >>> profit_curve(y, probability, costs.values(probability), costs)["realised"]
        [0.0, 40.0, 30.0]
    """
    expected = costs.expected_profit(probability, values)
    realised = y * costs.success_rate * values - costs.contact_cost
    order = np.argsort(-expected, kind="stable")
    steps = np.unique(np.linspace(0, len(y), min(points, len(y)) + 1).astype(int))
    share = steps / len(y)
    return {
        "share": share.tolist(),
        "expected": np.append(0.0, np.cumsum(expected[order]))[steps].tolist(),
        "realised": np.append(0.0, np.cumsum(realised[order]))[steps].tolist(),
        "at_random": (share * realised.sum()).tolist(),
    }


def realised_profit(y: np.ndarray, called: np.ndarray, values: np.ndarray, costs: Costs) -> float:
    """Profit of calling customers, by their labels.

    Args:
        y: 1.0 for customers who left, 0.0 for others.
        called: whether each customer is called.
        values: value of each customer if kept (money).
        costs: costs and success rate of a call.

    Returns:
        Sum of profit (money).
    """
    return float(np.sum((y * costs.success_rate * values - costs.contact_cost)[called]))


def summarise_costs(costs: Costs, spend_per_month: pd.Series) -> dict[str, Any]:
    """The costs, with the lowest probability at which a call to the median customer pays; None if it never pays."""
    median = costs.values(np.array([float(spend_per_month.median())]))[0]
    threshold = costs.break_even(float(median))
    return {**asdict(costs), "break_even": threshold if np.isfinite(threshold) else None}
