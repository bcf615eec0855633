"""Membership rules that marketing can publish: conditions to enter, looser ones to stay.

All are thresholds on figures of a stated window, at least so much spend and so many orders and at most so many days
since the last purchase. So they are monotone: who buys more, more often or more recently never becomes less eligible.
"""

from dataclasses import dataclass
from math import ceil, floor, inf, log10

import numpy as np
import pandas as pd

from clientela.errors import InvalidInput

SPEND_STEPS, MOST_ORDERS = 120, 15
DAYS = (7, 14, 21, 30, 45, 60, 75, 90, 105, 120, 150, 180, 240, 300, 365)
DIGITS = 2  # significant ones of a threshold of spend: 812.35 is no clearer than 810
SMALLEST = 1e-4  # of spend; money is kept in ten-thousandths
# Fidelities that differ by less are equal; the rule with fewer conditions is the better one then.
EQUAL = 0.005


@dataclass(frozen=True)
class Conditions:
    """All three must hold: spend of at least (currency), orders of at least, last purchase at most so many days ago.

    A condition that everybody keeps, who bought at all in the window, is there all the same: no spend, one order, as
    many days as the window has.
    """

    spend: float
    orders: int
    days: int

    def hold(self, figures: pd.DataFrame) -> np.ndarray:
        """Whether each row of spend, orders and days keeps all conditions."""
        return (
            (figures["spend"].to_numpy() >= self.spend)
            & (figures["orders"].to_numpy() >= self.orders)
            & (figures["days"].to_numpy() <= self.days)
        )

    def missing(self, figures: pd.DataFrame) -> pd.DataFrame:
        """What each row lacks of each condition, in its unit; 0 where it is kept (the index of `figures`)."""
        return pd.DataFrame(
            {
                "spend": (self.spend - figures["spend"]).clip(lower=0.0),
                "orders": (self.orders - figures["orders"]).clip(lower=0.0),
                "days": (figures["days"] - self.days).clip(lower=0.0),
            }
        )


@dataclass(frozen=True)
class MembershipRules:
    """Who enters, and what a member must keep.

    Attributes:
        window_days: spend and orders are those of so many days before the as-of date.
        entry: conditions to enter.
        removal: conditions that a member must keep; who breaks one is removed. None is tighter than in `entry`.
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
        """The members now: who keeps the entry conditions, and members before who keep the conditions to stay.

        Args:
            figures: spend, orders, days; one row a customer.
            before: whether each of them was a member.
        """
        return self.entry.hold(figures) | (before & self.removal.hold(figures))


@dataclass(frozen=True)
class Found:
    """Entry conditions that imitate a group.

    Attributes:
        conditions: the thresholds.
        customers: how many keep them.
        hits: how many of those are in the group.
        fidelity: 2 hits / (customers + the group's size), the F1 score; 1 is the same group.
    """

    conditions: Conditions
    customers: int
    hits: int
    fidelity: float


def find_entry(figures: pd.DataFrame, group: np.ndarray, *, window_days: int, size_within: float) -> Found:
    """The thresholds that come nearest to a group, by trying all of a grid.

    Among those whose number of customers is within `size_within` of the group's the highest F1 score wins; among
    equals fewer conditions, then fewer orders. Where the grid has none of that size, the nearest sizes are compared.

    Args:
        figures: spend, orders, days of the window; one row a customer.
        group: whether each is in the group; somebody must be.
        window_days: length of the window.
        size_within: share of the group's size, such as 0.1.
    """
    if not group.any():
        raise InvalidInput("The group that rules are found for must have at least one customer. Got none.")
    spend_grid, orders_grid, days_grid = _grid(figures, window_days)
    passed = _Passed(figures, spend_grid, orders_grid, days_grid)
    customers, hits = passed.count(np.ones(len(group))), passed.count(group.astype(float))
    size = int(group.sum())
    off = np.abs(customers - size)
    fidelity = np.where(off <= max(size_within * size, off.min()), 2 * hits / (customers + size), -inf)
    s, o, d = np.nonzero(fidelity >= fidelity.max() - EQUAL)
    asked = (spend_grid[s] > 0).astype(int) + (orders_grid[o] > 1) + (days_grid[d] < window_days)
    best = np.lexsort((days_grid[d], orders_grid[o], -fidelity[s, o, d], asked))[0]
    at = (s[best], o[best], d[best])
    return Found(
        Conditions(float(spend_grid[at[0]]), int(orders_grid[at[1]]), int(days_grid[at[2]])),
        int(customers[at]),
        int(hits[at]),
        float(fidelity[at]),
    )


def loosen(entry: Conditions, share: float, *, window_days: int) -> Conditions:
    """Conditions to stay: a share of the spend and of the orders, and the days divided by it, in readable numbers.

    Args:
        entry: the conditions to enter.
        share: in (0, 1]; 1 is no hysteresis.
        window_days: the days' upper end: whoever did not buy in the window has no orders there.
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
    """The value with two significant digits, 0 for less than a ten-thousandth; `down` rounds towards 0."""
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


class _Passed:
    """How many customers keep each combination of thresholds: one histogram, summed along each axis."""

    def __init__(
        self, figures: pd.DataFrame, spend_grid: np.ndarray, orders_grid: np.ndarray, days_grid: np.ndarray
    ) -> None:
        self._shape = (len(spend_grid) + 1, len(orders_grid) + 1, len(days_grid) + 1)
        # A customer in bin i keeps the first i thresholds of spend and orders, and all of days from i on.
        bins = (
            np.searchsorted(spend_grid, figures["spend"], side="right"),
            np.searchsorted(orders_grid, figures["orders"], side="right"),
            np.searchsorted(days_grid, figures["days"], side="left"),
        )
        self._cells = np.ravel_multi_index(bins, self._shape)

    def count(self, weights: np.ndarray) -> np.ndarray:
        """Sum of the weights of those who keep each combination; an array (spend, orders, days)."""
        cells = np.bincount(self._cells, weights, minlength=int(np.prod(self._shape))).reshape(self._shape)
        above = cells[::-1, ::-1].cumsum(axis=0).cumsum(axis=1)[::-1, ::-1]
        return above.cumsum(axis=2)[1:, 1:, :-1]
