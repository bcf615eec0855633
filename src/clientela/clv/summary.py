"""The purchase summary that customer-value models are fitted to: one row per customer, aggregated by DuckDB."""

from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files

import duckdb
import numpy as np
import pandas as pd

from clientela.errors import InvalidData, InvalidInput
from clientela.features.build import make_net_lines

WEEK = 7


@dataclass(frozen=True)
class PurchaseSummary:
    """Purchases of the customers before a date.

    Attributes:
        customers: one row per customer, ordered by id: customer_id, first_day (date of the first purchase), frequency
            (number of repeat purchases: days with an order after the first day), recency (time from the first to the
            last purchase), T (time from the first purchase to the day before as_of), monetary_value (mean net spend
            on a repeat purchase, currency; 0 without one).
        as_of: as-of date; nothing on or after it is known.
        unit_days: length of the time unit (days).
    """

    customers: pd.DataFrame
    as_of: date
    unit_days: float = WEEK

    def periods(self, days: float) -> float:
        """A number of days in the time unit."""
        return days / self.unit_days

    def month_ends(self, months: int) -> np.ndarray:
        """Ends of the calendar months after as_of, as times from as_of on (time unit); (months,).

        Raises:
            InvalidInput: `months` is not a whole number >= 1.
        """
        if not isinstance(months, (int, np.integer)) or months < 1:
            raise InvalidInput(f"The months parameter must be a whole number >= 1. Got {months!r} instead.")
        start = pd.Timestamp(self.as_of)
        days = [(start + pd.DateOffset(months=month) - start).days for month in range(1, months + 1)]
        return np.array(days) / self.unit_days


@dataclass(frozen=True)
class HoldOut:
    """A calibration period and the hold-out period after it.

    Attributes:
        calibration: purchases before the first day of the hold-out period, as they were known then.
        days: length of the hold-out period (days).
        repeats: one row per customer of the calibration and day of a repeat purchase, in both periods: customer_id,
            day, spend (currency). Calibration days are as known at the start of the hold-out period, later ones as
            known at its end.
    """

    calibration: PurchaseSummary
    days: int
    repeats: pd.DataFrame

    @property
    def totals(self) -> pd.DataFrame:
        """Purchases (number) and spend (currency) of each calibration customer in the hold-out period."""
        later = self.repeats[self.repeats["day"] >= pd.Timestamp(self.calibration.as_of)]
        grouped = later.groupby("customer_id")["spend"].agg(purchases="count", spend="sum")
        return grouped.reindex(self.calibration.customers["customer_id"], fill_value=0).astype(float)


def summarise_purchases(
    connection: duckdb.DuckDBPyConnection, *, as_of: date, unit_days: float = WEEK
) -> PurchaseSummary:
    """Summarise the purchases before a date; leaves the table `net_lines` as of it.

    Args:
        connection: connection with the tables `transactions` and `cancellations`.
        as_of: as-of date; nothing on or after it is known.
        unit_days: length of the time unit (days).

    Raises:
        InvalidInput: `unit_days` is not positive.
        InvalidData: no purchase precedes `as_of`.
    """
    if not unit_days > 0:
        raise InvalidInput(f"The unit_days parameter must be positive. Got {unit_days!r} instead.")
    make_net_lines(connection, as_of=as_of)
    customers = connection.execute(_sql("purchase_summary"), {"as_of": as_of, "unit_days": unit_days}).df()
    if customers.empty:
        raise InvalidData(f"The as-of date must lie after the first purchase. Got {as_of} instead.")
    return PurchaseSummary(customers, as_of, unit_days)


def hold_out(connection: duckdb.DuckDBPyConnection, *, start: date, days: int, unit_days: float = WEEK) -> HoldOut:
    """Split the purchases into a calibration period before `start` and a hold-out period from `start` on.

    Leaves the table `net_lines` as of the end of the hold-out period.

    Args:
        connection: connection with the tables `transactions` and `cancellations`.
        start: first day of the hold-out period.
        days: length of the hold-out period (days).
        unit_days: length of the time unit (days).

    Raises:
        InvalidInput: `days` is not a whole number >= 1, or `unit_days` is not positive.
        InvalidData: no purchase precedes `start`.
    """
    if not isinstance(days, (int, np.integer)) or days < 1:
        raise InvalidInput(f"The days parameter must be a whole number >= 1. Got {days!r} instead.")
    calibration = summarise_purchases(connection, as_of=start, unit_days=unit_days)
    before = _purchase_days(connection, since=date.min)
    make_net_lines(connection, as_of=start + timedelta(days=int(days)))
    purchases = pd.concat([before, _purchase_days(connection, since=start)], ignore_index=True)
    first = purchases["customer_id"].map(calibration.customers.set_index("customer_id")["first_day"])
    # Customers who are new in the hold-out period have no first day here, so they are left out.
    return HoldOut(calibration, int(days), purchases[purchases["day"] > first].reset_index(drop=True))


def _purchase_days(connection: duckdb.DuckDBPyConnection, *, since: date) -> pd.DataFrame:
    return connection.execute(_sql("purchase_days"), {"start": since}).df()


def _sql(name: str) -> str:
    return files("clientela.clv").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
