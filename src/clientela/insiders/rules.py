"""Membership rules that marketing can publish: conditions to enter, and looser conditions to stay.

All are thresholds on the figures of one window: a minimum of spend and of orders, and a maximum of days since the last
purchase. So they are monotone: a customer who buys more, more often or more recently never becomes less eligible.

The *looseness* is a share in (0, 1]: spend and orders to stay are this share of spend and orders to enter, and the days
are divided by it. 1 means the same conditions to enter and to stay.
"""

from dataclasses import dataclass
from math import ceil, floor, inf, log10
from typing import TypedDict

import numpy as np
import pandas as pd

from clientela.errors import InvalidInput

SPEND_STEPS, MOST_ORDERS = 120, 15
DAYS = (7, 14, 21, 30, 45, 60, 75, 90, 105, 120, 150, 180, 240, 300, 365)
DIGITS = 2  # significant digits of a threshold of spend: 810 is easier to publish than 812.35
SMALLEST = 1e-4  # smallest threshold of spend; money is stored in ten-thousandths
# Rules whose fidelities differ by less count as equal, and the one with fewer conditions is used.
EQUAL = 0.005


@dataclass(frozen=True)
class Conditions:
    """Three thresholds that must all hold.

    A condition that is not needed is stored as a threshold that every customer with an order in the window meets: a
    spend of 0, one order, or the days of the window.

    Attributes:
        spend: minimum spend in the window (currency).
        orders: minimum number of orders in the window.
        days: maximum number of days since the last purchase.
    """

    spend: float
    orders: int
    days: int

    def hold(self, figures: pd.DataFrame) -> np.ndarray:
        """Whether each row of spend, orders and days meets all conditions; (rows,)."""
        return (
            (figures["spend"].to_numpy() >= self.spend)
            & (figures["orders"].to_numpy() >= self.orders)
            & (figures["days"].to_numpy() <= self.days)
        )

    def missing(self, figures: pd.DataFrame) -> pd.DataFrame:
        """What each row lacks for each condition, in its unit; 0 if it is met (the index of `figures`)."""
        return pd.DataFrame(
            {
                "spend": (self.spend - figures["spend"]).clip(lower=0.0),
                "orders": (self.orders - figures["orders"]).clip(lower=0.0),
                "days": (figures["days"] - self.days).clip(lower=0.0),
            }
        )


@dataclass(frozen=True)
class MembershipRules:
    """The conditions to enter and the conditions to stay.

    Attributes:
        window_days: length of the window before the as-of date in which spend and orders are counted (days).
        entry: conditions to enter.
        removal: conditions to stay, none tighter than in `entry`; a member who breaks one is removed.
    """

    window_days: int
    entry: Conditions
    removal: Conditions

    def __post_init__(self) -> None:
        entry, removal = self.entry, self.removal
        if removal.spend > entry.spend or removal.orders > entry.orders or removal.days < entry.days:
            raise InvalidInput(
                "The conditions to stay must not be tighter than those to enter, or members would be removed at once. "
                f"Got {removal} to stay and {entry} to enter."
            )

    def members(self, figures: pd.DataFrame, before: np.ndarray) -> np.ndarray:
        """Whether each customer is a member now: meets the entry conditions, or was one and meets those to stay.

        Args:
            figures: spend, orders, days of the window; one row per customer.
            before: whether each customer was a member before; (customers,).
        """
        return self.entry.hold(figures) | (before & self.removal.hold(figures))


class ConditionsData(TypedDict):
    """Conditions as plain data."""

    spend: float
    orders: int
    days: int


class RulesData(TypedDict):
    """Membership rules as plain data; `removal` has the conditions that a member must meet to stay."""

    window_days: int
    entry: ConditionsData
    removal: ConditionsData


def rules_data(rules: MembershipRules) -> RulesData:
    """The rules as plain data."""
    entry, removal = (_conditions_data(one) for one in (rules.entry, rules.removal))
    return {"window_days": rules.window_days, "entry": entry, "removal": removal}


def _conditions_data(conditions: Conditions) -> ConditionsData:
    return {"spend": conditions.spend, "orders": conditions.orders, "days": conditions.days}


@dataclass(frozen=True)
class FoundConditions:
    """Entry conditions that imitate a group.

    Attributes:
        conditions: thresholds.
        customers: number of customers who meet them.
        hits: number of those who are in the group.
        fidelity: F1 score, 2 hits / (customers + the group's size); 1 where it is the same group.
    """

    conditions: Conditions
    customers: int
    hits: int
    fidelity: float


def find_entry(figures: pd.DataFrame, group: np.ndarray, *, window_days: int, size_within: float) -> FoundConditions:
    """Search a grid for the thresholds that select a group best.

    Among thresholds whose number of customers is within `size_within` of the group's size, the highest F1 score wins;
    among equals the fewest conditions, then the fewest orders. Where the grid has none of that size, the nearest size
    is used.

    Args:
        figures: spend, orders, days of the window; one row per customer.
        group: whether each customer is in the group, at least one; (customers,).
        window_days: length of the window (days).
        size_within: tolerance of the size as a share of it, such as 0.1.

    Raises:
        InvalidInput: the group is empty.
    """
    if not group.any():
        raise InvalidInput("The group that rules are found for must have at least one customer. Got none.")
    spend_grid, orders_grid, days_grid = _grid(figures, window_days)
    counts = _Counts(figures, spend_grid, orders_grid, days_grid)
    customers, hits = counts.weigh(np.ones(len(group))), counts.weigh(group.astype(float))
    size = int(group.sum())
    off = np.abs(customers - size)
    fidelity = np.where(off <= max(size_within * size, off.min()), 2 * hits / (customers + size), -inf)
    s, o, d = np.nonzero(fidelity >= fidelity.max() - EQUAL)
    asked = (spend_grid[s] > 0).astype(int) + (orders_grid[o] > 1) + (days_grid[d] < window_days)
    best = np.lexsort((days_grid[d], orders_grid[o], -fidelity[s, o, d], asked))[0]
    at = (s[best], o[best], d[best])
    return FoundConditions(
        Conditions(float(spend_grid[at[0]]), int(orders_grid[at[1]]), int(days_grid[at[2]])),
        int(customers[at]),
        int(hits[at]),
        float(fidelity[at]),
    )


def loosen(entry: Conditions, share: float, *, window_days: int) -> Conditions:
    """Conditions to stay: a share of the spend and of the orders, and the days divided by it, in round numbers.

    Args:
        entry: conditions to enter.
        share: looseness in (0, 1]; 1 gives the conditions to enter.
        window_days: length of the window, which is the largest number of days (days).

    Example:
        >>> loosen(Conditions(950.0, 4, 60), 0.7, window_days=180)
        Conditions(spend=660.0, orders=2, days=90)
    """
    if share == 1:
        return entry
    days = min(5 * ceil(entry.days / share / 5), window_days)
    return Conditions(
        spend=readable(entry.spend * share, down=True),
        orders=max(1, floor(entry.orders * share)),
        days=max(days, entry.days),
    )


def readable(value: float, *, down: bool = False) -> float:
    """A value rounded to two significant digits, 0 if it is below a ten-thousandth; `down` rounds towards 0."""
    if value < SMALLEST:
        return 0.0
    step = 10.0 ** (floor(log10(value)) - DIGITS + 1)
    return round((floor(value / step + 1e-9) if down else round(value / step)) * step, 6)


def _grid(figures: pd.DataFrame, window_days: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    spend = figures["spend"].to_numpy()
    steps = np.quantile(spend[spend > 0], np.linspace(0, 0.999, SPEND_STEPS)) if (spend > 0).any() else np.zeros(1)
    spend_grid = np.unique([0.0, *map(readable, steps.tolist())])
    most = min(MOST_ORDERS, max(int(figures["orders"].max()), 1))
    days_grid = np.array(sorted({window_days, *(days for days in DAYS if days < window_days)}))
    return spend_grid, np.arange(1, most + 1), days_grid


class _Counts:
    """Counts of customers who meet each combination of thresholds: one histogram, summed along each axis."""

    def __init__(
        self, figures: pd.DataFrame, spend_grid: np.ndarray, orders_grid: np.ndarray, days_grid: np.ndarray
    ) -> None:
        self._shape = (len(spend_grid) + 1, len(orders_grid) + 1, len(days_grid) + 1)
        # A customer in bin i meets the first i thresholds of spend and orders, and all thresholds of days from i on.
        bins = (
            np.searchsorted(spend_grid, figures["spend"], side="right"),
            np.searchsorted(orders_grid, figures["orders"], side="right"),
            np.searchsorted(days_grid, figures["days"], side="left"),
        )
        self._cells = np.ravel_multi_index(bins, self._shape)

    def weigh(self, weights: np.ndarray) -> np.ndarray:
        """Sum of the weights of those who meet each combination; (spend, orders, days)."""
        cells = np.bincount(self._cells, weights, minlength=int(np.prod(self._shape))).reshape(self._shape)
        above = cells[::-1, ::-1].cumsum(axis=0).cumsum(axis=1)[::-1, ::-1]
        return above.cumsum(axis=2)[1:, 1:, :-1]
