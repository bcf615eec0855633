"""What the customers did in a period, and how they are spread over the segments at its end."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files

import duckdb
import numpy as np
import pandas as pd

from clientela.features.build import make_net_lines

Describe = Callable[[date], pd.DataFrame]  # features of the customers as of a date
Assign = Callable[[pd.DataFrame], np.ndarray]  # features -> segment id of each row
BASELINE_PERIODS = 3  # periods before a period that its activity is compared with


@dataclass(frozen=True)
class Observed:
    """A period.

    Attributes:
        start: first day.
        end: the day after the last one.
        members: active customers at the start, by customer id: `segment` at the start; `orders` and `spend`
            (currency) of the period, and `baseline_orders` and `baseline_spend` of the periods before it.
        prices: `ratio` and `weight` of the products sold in both; empty if the source has no products.
        before: features at the start of the customers who were active then, by customer id: those with an order in the
            period before or its baseline. The others only age, so they would hide what changes.
        after: features at the end of the customers who were active then, by customer id.
        segments: segment id at the end, rows as in `after`.
    """

    start: date
    end: date
    members: pd.DataFrame
    prices: pd.DataFrame
    before: pd.DataFrame
    after: pd.DataFrame
    segments: pd.Series


def observe_periods(
    connection: duckdb.DuckDBPyConnection, describe: Describe, assign: Assign, *, as_of: date, days: int, periods: int
) -> list[Observed]:
    """Observe the last periods before a date.

    Args:
        connection: connection with the tables `transactions` and `cancellations`; `net_lines` is recreated.
        describe: features of the customers as of a date.
        assign: assigns customers to the segments of one version, whatever the date.
        as_of: end of the last period.
        days: length of a period (days).
        periods: largest number of periods.

    Returns:
        The periods, oldest first; only those with a whole baseline before them.
    """
    first = connection.execute("select min(ordered_at)::date from transactions").fetchall()[0][0]
    known = (as_of - first).days // days - BASELINE_PERIODS
    ends = [as_of - timedelta(days=days * back) for back in range(min(periods, known), -1, -1)]
    states = (_state(describe(end), assign, days=days) for end in ends)
    found, last = [], next(states, None)
    for end, state in zip(ends[1:], states, strict=True):
        assert last is not None
        found.append(_observe(connection, last, state, end=end, days=days))
        last = state
    return found


def _state(features: pd.DataFrame, assign: Assign, *, days: int) -> tuple[pd.DataFrame, pd.Series]:
    """The active customers and their segments."""
    active = features[features["days_since_last_purchase"] <= days * (BASELINE_PERIODS + 1)]
    indexed = active.set_index("customer_id")
    return indexed, pd.Series(assign(active), index=indexed.index, name="segment")


def _observe(
    connection: duckdb.DuckDBPyConnection,
    before: tuple[pd.DataFrame, pd.Series],
    after: tuple[pd.DataFrame, pd.Series],
    *,
    end: date,
    days: int,
) -> Observed:
    start = end - timedelta(days=days)
    dates = {"start": start, "baseline": start - timedelta(days=days * BASELINE_PERIODS)}
    make_net_lines(connection, as_of=end)
    activity = connection.execute(_sql("activity"), dates).df().set_index("customer_id")
    members = activity.reindex(before[1].index).fillna(0.0).assign(segment=before[1])
    prices = connection.execute(_sql("price_level"), dates).df().set_index("product_id")
    return Observed(start, end, members, prices, before[0], *after)


def _sql(name: str) -> str:
    return files("clientela.monitoring").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
