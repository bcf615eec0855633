"""The orders of a shop, as arrays in order of time, and the same as they were known on an earlier date."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from importlib.resources import files

import duckdb
import numpy as np
import pandas as pd

from clientela.features.build import make_net_lines


@dataclass(frozen=True)
class Outcome:
    """What the customers did in one period; arrays (customers,).

    Attributes:
        spend: spend (currency).
        orders: number of orders.
    """

    spend: np.ndarray
    orders: np.ndarray

    @property
    def buyers(self) -> np.ndarray:
        """1 for customers with an order, otherwise 0; (customers,)."""
        return (self.orders > 0).astype(float)


@dataclass(frozen=True)
class OrderHistory:
    """Orders before a date, the latest first.

    Attributes:
        as_of: as-of date; nothing on or after it is known.
        customers: customer ids, in ascending order; includes those who are not yet known on an earlier date.
        customer: position of each order's customer in `customers`; (orders,).
        days_ago: days between each order and `as_of`, at least 1, ascending; (orders,).
        amount: net amount of each order (currency); (orders,).
    """

    as_of: date
    customers: pd.Index
    customer: np.ndarray
    days_ago: np.ndarray
    amount: np.ndarray

    @property
    def days(self) -> int:
        """Days from the first order to the as-of date."""
        return int(self.days_ago[-1]) if len(self.days_ago) else 0

    @cached_property
    def order_count(self) -> np.ndarray:
        """Number of orders of each customer; (customers,)."""
        return np.bincount(self.customer, minlength=len(self.customers))

    @cached_property
    def spend(self) -> np.ndarray:
        """Spend of each customer (currency); (customers,)."""
        return np.bincount(self.customer, self.amount, minlength=len(self.customers))

    @cached_property
    def recency(self) -> np.ndarray:
        """Days since each customer's last order, 0 for customers without one; (customers,)."""
        days = np.zeros(len(self.customers), dtype=np.int64)
        days[self.customer[::-1]] = self.days_ago[::-1]  # The last one assigned is the latest order.
        return days

    @property
    def known(self) -> np.ndarray:
        """Whether each customer had an order before the as-of date; (customers,)."""
        return self.order_count > 0

    def before(self, days: int) -> "OrderHistory":
        """The history as of a number of days earlier: later orders are unknown."""
        start = np.searchsorted(self.days_ago, days, side="right")
        return OrderHistory(
            self.as_of - timedelta(days=days),
            self.customers,
            self.customer[start:],
            self.days_ago[start:] - days,
            self.amount[start:],
        )

    def period(self, start: int, end: int) -> slice:
        """The orders from `start` days before the as-of date until before `end` days before it."""
        first, last = np.searchsorted(self.days_ago, [end, start], side="right")
        return slice(int(first), int(last))

    def outcome(self, start: int, end: int) -> Outcome:
        """What each customer did from `start` days before the as-of date until before `end` days before it."""
        rows, size = self.period(start, end), len(self.customers)
        customer = self.customer[rows]
        orders = np.bincount(customer, minlength=size).astype(float)
        return Outcome(np.bincount(customer, self.amount[rows], minlength=size), orders)


def load_history(connection: duckdb.DuckDBPyConnection, *, as_of: date) -> OrderHistory:
    """Read all orders before a date, net of cancellations; the table `net_lines` is recreated.

    Args:
        connection: connection with the tables `transactions` and `cancellations`.
        as_of: as-of date; nothing on or after it is read.

    Returns:
        The history; empty if no order precedes `as_of`.
    """
    make_net_lines(connection, as_of=as_of)
    sql = files("clientela.forecast").joinpath("sql", "orders.sql").read_text(encoding="utf-8")
    rows = connection.execute(sql, {"as_of": as_of}).df()
    return history_of(rows["customer_id"], rows["days_ago"].to_numpy(), rows["amount"].to_numpy(), as_of=as_of)


def history_of(customer_id: pd.Series, days_ago: np.ndarray, amount: np.ndarray, *, as_of: date) -> OrderHistory:
    """A history from the columns of a table of orders, in any order of rows.

    Args:
        customer_id: customer of each order; (orders,).
        days_ago: days between each order and `as_of`, at least 1; (orders,).
        amount: amount of each order, over 0 (currency); (orders,).
        as_of: as-of date.

    Returns:
        The history.

    Example:
        >>> ids, days, amounts = pd.Series(["b", "a", "b"]), np.array([3, 40, 100]), np.array([5.0, 7.0, 9.0])
        >>> history = history_of(ids, days, amounts, as_of=date(2024, 6, 1))
        >>> history.outcome(90, 0).spend
        array([7., 5.])
        >>> history.before(30).recency
        array([10, 70])
    """
    customers, position = np.unique(customer_id.to_numpy(dtype=object), return_inverse=True)
    order = np.lexsort((amount, position, days_ago))
    return OrderHistory(
        as_of,
        pd.Index(customers, dtype=object),
        position[order].astype(np.int64),
        np.asarray(days_ago)[order].astype(np.int64),
        np.asarray(amount, dtype=float)[order],
    )
