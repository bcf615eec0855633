"""What customers did in a period, beside what was expected of each before it began."""

from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from clientela.errors import InvalidData
from clientela.features.build import build_features, next_period
from clientela.holdout.outcomes import capped

SPEND, ORDERS, BUYERS = OUTCOMES = ("spend", "orders", "buyers")


@dataclass(frozen=True)
class Period:
    """Customers in a period.

    Attributes:
        start: first day.
        days: length (days).
        outcomes: spend (currency, capped at its 99th percentile), orders (capped) and buyers (1 or 0), one row per
            customer (the index).
        expected: the same columns and rows, as predicted with what was known on the day of the start.
    """

    start: date
    days: int
    outcomes: pd.DataFrame
    expected: pd.DataFrame


def observe_period(
    connection: duckdb.DuckDBPyConnection, customers: pd.Index, *, start: date, days: int, seed: int
) -> Period:
    """Read what customers did in a period and predict it from the time before.

    The prediction is learned from the period of the same length that ends at the start, and applied to the figures at
    the start. It knows nothing of the period itself, so treatment and control have the same errors (Tang et al. 2020,
    Control Using Predictions as Covariates in Switchback Experiments). Where the history is too short to learn from,
    the amounts of the time before replace it.

    Args:
        connection: connection with the tables `transactions` and `cancellations`.
        customers: ids of the customers.
        start: first day of the period.
        days: length of the period (days).
        seed: random seed of the prediction.

    Returns:
        The period; a customer without an order has amounts of 0. The table `net_lines` is recreated.
    """
    before = start - timedelta(days=days)
    outcomes = _outcomes(connection, customers, start, days)
    try:
        past, now = build_features(connection, as_of=before), build_features(connection, as_of=start)
    except InvalidData:
        return Period(start, days, outcomes, _outcomes(connection, customers, before, days))
    learned = _outcomes(connection, pd.Index(past["customer_id"]), before, days)
    now = now.set_index("customer_id").reindex(customers)
    expected = {name: _predict(past, learned[name].to_numpy(), now, seed=seed) for name in OUTCOMES}
    return Period(start, days, outcomes, pd.DataFrame(expected, index=customers))


def _outcomes(connection: duckdb.DuckDBPyConnection, customers: pd.Index, start: date, days: int) -> pd.DataFrame:
    found = next_period(connection, start=start, days=days).reindex(customers).fillna(0.0)
    orders = found["next_orders"].to_numpy(dtype=float)
    amounts = {SPEND: capped(found["next_spend"].to_numpy(dtype=float)), ORDERS: capped(orders)}
    return pd.DataFrame({**amounts, BUYERS: (orders > 0).astype(float)}, index=customers)


def _predict(past: pd.DataFrame, values: np.ndarray, now: pd.DataFrame, *, seed: int) -> np.ndarray:
    columns = [name for name in past.select_dtypes("number").columns if past[name].notna().any()]
    model = HistGradientBoostingRegressor(
        max_iter=60, learning_rate=0.1, min_samples_leaf=30, early_stopping=False, random_state=seed
    )
    # One thread: beside another busy process the threads of boosting wait for each other.
    with threadpool_limits(1):
        return model.fit(past[columns], values).predict(now[columns])
