"""What the models of customer value read: one row a customer as of a date, aggregated by DuckDB."""

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
    """Customers' purchases before a date.

    Attributes:
        customers: one row a customer, ordered by id: customer_id, first_day (of a purchase), frequency (repeat
            purchases: days with an order after the first such day), recency (time from the first purchase to the last),
            T (time from the first purchase to the day before as_of), monetary_value (mean net spend of a repeat
            purchase, currency; 0 where there is none).
        as_of: nothing on or after this day is known.
        unit_days: days of the time unit.
    """

    customers: pd.DataFrame
    as_of: date
    unit_days: float = WEEK

    def periods(self, days: float) -> float:
        """Days in the time unit."""
        return days / self.unit_days

    def month_ends(self, months: int) -> np.ndarray:
        """Ends of the calendar months that follow as_of, one a month, in the time unit from as_of on.

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
    """A calibration period and what followed.

    Attributes:
        calibration: the purchases before the hold-out period's first day, as they were known then.
        days: of the hold-out period.
        repeats: one row a customer of the calibration and day of a repeat purchase, in both periods: customer_id, day,
            spend (currency); days before the hold-out period as they were known at its start, later ones at its end.
    """

    calibration: PurchaseSummary
    days: int
    repeats: pd.DataFrame

    @property
    def totals(self) -> pd.DataFrame:
        """Of each customer of the calibration, in its order: purchases (days) and spend in the hold-out period."""
        later = self.repeats[self.repeats["day"] >= pd.Timestamp(self.calibration.as_of)]
        grouped = later.groupby("customer_id")["spend"].agg(purchases="count", spend="sum")
        return grouped.reindex(self.calibration.customers["customer_id"], fill_value=0).astype(float)


def summarise_purchases(
    connection: duckdb.DuckDBPyConnection, *, as_of: date, unit_days: float = WEEK
) -> PurchaseSummary:
    """The purchases before `as_of`, from the tables `transactions` and `cancellations`; leaves `net_lines` as of it.

    Raises:
        InvalidInput: `unit_days` is not positive.
        InvalidData: no purchase lies before `as_of`.
    """
    if not unit_days > 0:
        raise InvalidInput(f"The unit_days parameter must be positive. Got {unit_days!r} instead.")
    make_net_lines(connection, as_of=as_of)
    customers = connection.execute(_sql("purchase_summary"), {"as_of": as_of, "unit_days": unit_days}).df()
    if customers.empty:
        raise InvalidData(f"The as-of date must lie after the first purchase. Got {as_of} instead.")
    return PurchaseSummary(customers, as_of, unit_days)


def hold_out(connection: duckdb.DuckDBPyConnection, *, start: date, days: int, unit_days: float = WEEK) -> HoldOut:
    """The purchases before `start`, and those of the same customers in the `days` from it on.

    Leaves `net_lines` as of the end of the hold-out period.

    Raises:
        InvalidInput: `days` is not a whole number >= 1, or `unit_days` is not positive.
        InvalidData: no purchase lies before `start`.
    """
    if not isinstance(days, (int, np.integer)) or days < 1:
        raise InvalidInput(f"The days parameter must be a whole number >= 1. Got {days!r} instead.")
    calibration = summarise_purchases(connection, as_of=start, unit_days=unit_days)
    before = _purchase_days(connection, since=date.min)
    make_net_lines(connection, as_of=start + timedelta(days=int(days)))
    purchases = pd.concat([before, _purchase_days(connection, since=start)], ignore_index=True)
    first = purchases["customer_id"].map(calibration.customers.set_index("customer_id")["first_day"])
    # Who is new in the hold-out period has no first day here, and no comparison with it is true.
    return HoldOut(calibration, int(days), purchases[purchases["day"] > first].reset_index(drop=True))


def _purchase_days(connection: duckdb.DuckDBPyConnection, *, since: date) -> pd.DataFrame:
    return connection.execute(_sql("purchase_days"), {"start": since}).df()


def _sql(name: str) -> str:
    return files("clientela.clv").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
