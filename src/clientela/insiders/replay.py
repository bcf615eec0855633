"""The replay: the rules applied month by month over the history, with the members who enter, stay and leave."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from clientela.insiders.rules import MembershipRules

SOON = 3  # months; a former member who returns within this time has flapped


@dataclass(frozen=True)
class Month:
    """Counts of customers and members in one month of the replay; in the first month all members are new."""

    as_of: date
    customers: int
    members: int
    entered: int
    left: int
    stayed: int


@dataclass(frozen=True)
class Replay:
    """The rules over the months.

    Attributes:
        months: counts by month, the earliest first.
        states: whether each customer was a member; (months, customers).
        customers: customer ids of the columns of `states`.
        flapped: of the members who left at least three months before the last month, the share that came back within
            three months; None if there are no such members.
    """

    months: list[Month]
    states: np.ndarray
    customers: pd.Index
    flapped: float | None

    def members(self, month: int = -1) -> pd.Index:
        """Ids of the members in a month; the last month by default."""
        return self.customers[self.states[month]]


def replay(rules: MembershipRules, dates: Sequence[tuple[date, pd.DataFrame]]) -> Replay:
    """Apply the rules at each date to the customers of that date; nobody is a member before the first one.

    Args:
        rules: membership rules.
        dates: dates in rising order, each with spend, orders and days of the rules' window by customer_id.
    """
    customers = dates[0][1].index
    for _, figures in dates[1:]:
        customers = customers.union(figures.index)
    states = np.zeros((len(dates), len(customers)), dtype=bool)
    months = []
    before = np.zeros(len(customers), dtype=bool)
    for place, (day, figures) in enumerate(dates):
        now = rules.members(_reindexed(figures, customers), before)
        states[place] = now
        entered, left = int((now & ~before).sum()), int((before & ~now).sum())
        months.append(Month(day, len(figures), int(now.sum()), entered, left, int((now & before).sum())))
        before = now
    return Replay(months, states, customers, _flapped(states))


def _reindexed(figures: pd.DataFrame, customers: pd.Index) -> pd.DataFrame:
    # A customer who was not there yet had bought nothing.
    full = figures.reindex(customers)
    return full.fillna({"spend": 0.0, "orders": 0.0, "days": np.inf})


def _flapped(states: np.ndarray) -> float | None:
    left = states[:-1] & ~states[1:]  # row i: left between i and i + 1
    left, came_back = left[: len(states) - 1 - SOON], 0
    for month, customer in zip(*np.nonzero(left), strict=True):
        came_back += bool(states[month + 2 : month + 2 + SOON, customer].any())
    return float(came_back / left.sum()) if left.size and left.any() else None
