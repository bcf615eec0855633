"""What the Insiders programme reads of the customers as of a date, and the cache of it for one run."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import pandas as pd

from clientela.clv.summary import PurchaseSummary, summarise_purchases
from clientela.errors import InvalidData
from clientela.features.snapshot import FEWEST_CUSTOMERS, Snapshot, SnapshotCache
from clientela.insiders.window_figures import months_back, window_figures
from clientela.settings.insiders import InsidersSettings


@dataclass(frozen=True)
class ProgrammeInputs:
    """A snapshot of the customers with the figures that rules and purchase models read; rows as in the snapshot.

    Attributes:
        snapshot: features as of the date, and the next period if it was requested.
        figures: window (days) -> spend (currency), orders and days since the last purchase, by customer_id.
        purchases: purchase summary of the customer-value models.
    """

    snapshot: Snapshot
    figures: dict[int, pd.DataFrame]
    purchases: PurchaseSummary

    @property
    def has_enough_customers(self) -> bool:
        """Whether there are enough customers to compare rankings or to train a model."""
        return len(self.snapshot.features) >= FEWEST_CUSTOMERS


class InputsCache:
    """The inputs of one run: each date is read once.

    Args:
        connection: connection with the tables `transactions` and `cancellations`.
        settings: programme settings.
        first_order: date of the first order.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, settings: InsidersSettings, first_order: date) -> None:
        self.first_order = first_order
        self._connection = connection
        self._snapshots = SnapshotCache(connection, horizon_days=settings.ranking.horizon_days)
        fixed = settings.rules.fixed
        self._windows = {*settings.rules.windows, *([fixed.window_days] if fixed else [])}
        self._inputs: dict[tuple[date, bool], ProgrammeInputs] = {}
        self._figures: dict[tuple[date, int], pd.DataFrame] = {}

    def at(self, as_of: date, *, with_next_period: bool) -> ProgrammeInputs:
        """The inputs as of a date, with or without what the customers did in the period after it.

        Raises:
            InvalidData: no transaction precedes `as_of`.
        """
        key = (as_of, with_next_period)
        if key not in self._inputs:
            self._inputs[key] = self._read(self._snapshots.at(as_of, with_next_period=with_next_period))
        return self._inputs[key]

    def figures(self, as_of: date, *, window_days: int) -> pd.DataFrame:
        """Spend, orders and days of the window before a date, by customer_id (see `window_figures`)."""
        key = (as_of, window_days)
        if key not in self._figures:
            self._figures[key] = window_figures(self._connection, as_of=as_of, window_days=window_days)
        return self._figures[key]

    def months(self, as_of: date, *, window_days: int, most: int) -> list[tuple[date, pd.DataFrame]]:
        """Monthly dates in ascending order up to `as_of`, each with the figures of the window before it.

        Args:
            as_of: last date.
            window_days: length of the window (days).
            most: number of dates at most.

        Returns:
            The dates with at least one window of history before them, and always `as_of`.
        """
        days = [months_back(as_of, back) for back in range(most)]
        whole = [day for day in days if (day - self.first_order).days >= window_days or day == as_of]
        return [(day, self.figures(day, window_days=window_days)) for day in reversed(whole)]

    def _read(self, snapshot: Snapshot) -> ProgrammeInputs:
        ids, as_of = snapshot.customers, snapshot.as_of
        figures = {days: self.figures(as_of, window_days=days).reindex(ids) for days in self._windows}
        purchases = summarise_purchases(self._connection, as_of=as_of)
        if not ids.equals(pd.Index(purchases.customers["customer_id"])):
            raise InvalidData(f"The features and the purchases as of {as_of} must be of the same customers.")
        return ProgrammeInputs(snapshot, figures, purchases)


def past_dates(first_order: date, as_of: date, *, days_back: Sequence[int], horizon_days: int) -> list[date]:
    """Dates before `as_of`, the latest first, with at least one horizon of history before them.

    Args:
        first_order: date of the first order.
        as_of: present as-of date.
        days_back: days before `as_of`, in any order.
        horizon_days: length of the next period (days).

    Example:
        >>> past_dates(date(2024, 1, 1), date(2024, 12, 31), days_back=[90, 300], horizon_days=90)
        [datetime.date(2024, 10, 2)]
    """
    dates = [as_of - timedelta(days=days) for days in sorted(days_back)]
    return [day for day in dates if (day - first_order).days >= horizon_days]
