"""What a campaign is worth: whom to call, by the costs of a call and what it saves.

A call to a customer who leaves with probability p keeps p * success_rate of them, each worth `value`; a call to
somebody who stays anyway costs and saves nothing.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Costs:
    """In money, but for success_rate.

    Attributes:
        contact_cost: of one call, more than 0.
        success_rate: share of those who would have left and stay because of the call, in (0, 1].
        value_saved: of one customer who stays, the same for all; None where it goes by spend.
        share_of_yearly_spend: that part of a year's spend is the value.
    """

    contact_cost: float
    success_rate: float
    value_saved: float | None = None
    share_of_yearly_spend: float | None = None

    def values(self, spend_per_month: np.ndarray) -> np.ndarray:
        """What each customer is worth who stays: one amount a customer."""
        if self.value_saved is not None:
            return np.full(len(spend_per_month), self.value_saved)
        return np.asarray((self.share_of_yearly_spend or 0.0) * 12 * spend_per_month)

    def break_even(self, value: float) -> float:
        """The probability from which on a call to a customer of that value pays; above 1 where it never does."""
        return self.contact_cost / (self.success_rate * value) if value > 0 else float("inf")

    def expected_profit(self, probability: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Of a call to each customer, in money."""
        return np.asarray(probability * self.success_rate * values - self.contact_cost)

    def called(self, probability: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Whom a call pays for."""
        return self.expected_profit(probability, values) > 0


def profit_curve(
    y: np.ndarray, probability: np.ndarray, values: np.ndarray, costs: Costs, *, points: int = 100
) -> dict[str, list[float]]:
    """Profit of calling ever more customers, by falling expected profit: what was expected, and what the labels give.

    Returns `share` (of the customers called, from 0 to 1), `expected` and `realised` (money, summed), `at_random` (the
    same number drawn blindly).
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
    """Of calling these customers, by what became of them (money)."""
    return float(np.sum((y * costs.success_rate * values - costs.contact_cost)[called]))
