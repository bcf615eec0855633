"""Snapshots: the customers as known on one date, and their purchases in the period after it."""

from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
import pandas as pd

from clientela.features.build import build_features, next_period

FEWEST_CUSTOMERS = 50  # with fewer, models fitted to a snapshot are not reliable


@dataclass(frozen=True)
class NextPeriod:
    """The purchases of a snapshot's customers in the period after its date.

    Attributes:
        spend: (customers,), currency.
        orders: (customers,), number of orders.
    """

    spend: np.ndarray
    orders: np.ndarray


@dataclass(frozen=True)
class Snapshot:
    """Customers as of a date, from data before it, and their next period if it has ended.

    Attributes:
        as_of: as-of date.
        features: CustomerFeatures contract, one row per customer, ordered by customer_id.
        next_period: outcome in the period after `as_of`, rows as in `features`; None if it was not requested.
    """

    as_of: date
    features: pd.DataFrame
    next_period: NextPeriod | None = None

    @property
    def customers(self) -> pd.Index:
        """Customer ids, in the order of `features`."""
        return pd.Index(self.features["customer_id"])

    @property
    def revenue(self) -> np.ndarray:
        """Past spend of each customer; (customers,), currency."""
        return self.features["total_spend"].to_numpy()

    @property
    def next_spend(self) -> np.ndarray:
        """Spend of each customer in the next period; (customers,), currency.

        Raises:
            ValueError: the snapshot was taken without its next period.
        """
        return self._outcome().spend

    @property
    def next_orders(self) -> np.ndarray:
        """Orders of each customer in the next period; (customers,).

        Raises:
            ValueError: the snapshot was taken without its next period.
        """
        return self._outcome().orders

    def _outcome(self) -> NextPeriod:
        if self.next_period is None:
            raise ValueError(f"The snapshot as of {self.as_of} must have a next period. It was taken without one.")
        return self.next_period


def take_snapshot(connection: duckdb.DuckDBPyConnection, *, as_of: date, horizon_days: int | None = None) -> Snapshot:
    """Take a snapshot of the customers; the table `net_lines` is recreated.

    Args:
        connection: connection with the tables `transactions` and `cancellations`.
        as_of: as-of date; nothing on or after it is known.
        horizon_days: length of the next period (days); None leaves the period out.

    Returns:
        The snapshot; a customer without an order in the next period has a spend and a number of orders of 0.

    Raises:
        InvalidData: no transaction precedes `as_of`.

    Example:
        >>> past = take_snapshot(connection, as_of=date(2011, 9, 10), horizon_days=90)  # doctest: +SKIP
        >>> past.next_spend.sum()  # doctest: +SKIP
    """
    features = build_features(connection, as_of=as_of)
    if horizon_days is None:
        return Snapshot(as_of, features)
    outcome = next_period(connection, start=as_of, days=horizon_days).reindex(features["customer_id"]).fillna(0.0)
    return Snapshot(as_of, features, NextPeriod(outcome["next_spend"].to_numpy(), outcome["next_orders"].to_numpy()))


class SnapshotCache:
    """Takes each snapshot of a run once.

    Args:
        connection: connection with the tables `transactions` and `cancellations`.
        horizon_days: length of the next period (days).
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, *, horizon_days: int) -> None:
        self.connection = connection
        self.horizon_days = horizon_days
        self._snapshots: dict[tuple[date, bool], Snapshot] = {}

    def at(self, as_of: date, *, with_next_period: bool) -> Snapshot:
        """The snapshot as of a date, with or without the period after it."""
        key = (as_of, with_next_period)
        if key not in self._snapshots:
            horizon = self.horizon_days if with_next_period else None
            self._snapshots[key] = take_snapshot(self.connection, as_of=as_of, horizon_days=horizon)
        return self._snapshots[key]
