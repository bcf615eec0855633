"""The rules applied month by month over the history: who would have entered, stayed and left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from clientela.insiders.rules import MembershipRules

SOON = 3  # months within which a return is a flap


@dataclass(frozen=True)
class Month:
    """One month of the replay; in the first everybody who enters is a founding member."""

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
        months: in the order of time.
        states: whether each customer was a member; (months, customers).
        customers: ids of the columns.
        flapped: of those who left early enough to be seen for three months more, the share who came back within them;
            None where nobody left.
    """

    months: list[Month]
    states: np.ndarray
    customers: pd.Index
    flapped: float | None

    def members(self, month: int = -1) -> pd.Index:
        """Ids of the members of a month, the last where none is named."""
        return self.customers[self.states[month]]


def replay(rules: MembershipRules, moments: Sequence[tuple[date, pd.DataFrame]]) -> Replay:
    """Apply the rules at each moment, to whoever was a customer then.

    Args:
        rules: the conditions.
        moments: dates in rising order, each with spend, orders and days by customer_id.
    """
    customers = moments[0][1].index
    for _, figures in moments[1:]:
        customers = customers.union(figures.index)
    states = np.zeros((len(moments), len(customers)), dtype=bool)
    months = []
    before = np.zeros(len(customers), dtype=bool)
    for place, (day, figures) in enumerate(moments):
        now = rules.members(_of_all(figures, customers), before)
        states[place] = now
        entered, left = int((now & ~before).sum()), int((before & ~now).sum())
        months.append(Month(day, len(figures), int(now.sum()), entered, left, int((now & before).sum())))
        before = now
    return Replay(months, states, customers, _flapped(states))


def _of_all(figures: pd.DataFrame, customers: pd.Index) -> pd.DataFrame:
    # Who was no customer then had bought nothing.
    full = figures.reindex(customers)
    return full.fillna({"spend": 0.0, "orders": 0.0, "days": np.inf})


def _flapped(states: np.ndarray) -> float | None:
    left = states[:-1] & ~states[1:]  # row i: left between i and i + 1
    left, came_back = left[: len(states) - 1 - SOON], 0
    for month, customer in zip(*np.nonzero(left), strict=True):
        came_back += bool(states[month + 2 : month + 2 + SOON, customer].any())
    return float(came_back / left.sum()) if left.size and left.any() else None
