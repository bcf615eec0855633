"""Purchases as literal rows on a connection, and a small panel."""

from collections.abc import Callable, Iterator

import duckdb
import numpy as np
import pandas as pd
import pytest

from clientela.contracts import CANCELLATIONS, TRANSACTIONS
from clientela.data.customers import no_customers

Load = Callable[..., duckdb.DuckDBPyConnection]


@pytest.fixture
def load() -> Iterator[Load]:
    """Purchases (customer, date, amount, service) and rows of customers -> a connection with the tables."""
    with duckdb.connect() as connection:

        def fill(purchases, customers=()):
            for contract in (TRANSACTIONS, CANCELLATIONS):
                columns = ", ".join(f"{column.name} {column.type}" for column in contract.columns)
                connection.execute(f"create or replace table {contract.name} ({columns})")
            for line, (customer, day, amount, *service) in enumerate(purchases, start=1):
                connection.execute(
                    "insert into transactions by name select ? as line_id, ? as customer_id, ?::varchar as order_id, "
                    "?::timestamp as ordered_at, ?::decimal(18, 4) as amount, ? as product_group",
                    [line, customer, line, day, amount, service[0] if service else None],
                )
            no_customers(connection)
            for customer, signup, churn in customers:
                connection.execute(
                    "insert into customers by name select ? as customer_id, ?::date as signup_date, ?::double as churn",
                    [customer, signup, churn],
                )
            return connection

        yield fill


@pytest.fixture(scope="session")
def panel_rows() -> pd.DataFrame:
    """600 synthetic customers at one cut-off: `signal` predicts churn, `noise` does not; a region; missing values."""
    rng = np.random.default_rng(0)
    size = 600
    signal = rng.gamma(2.0, 2.0, size)
    churn = (rng.random(size) < 1 / (1 + np.exp(-(0.8 * signal - 4)))).astype("float64")
    return pd.DataFrame(
        {
            "customer_id": [f"c{i:04}" for i in range(size)],
            "signal": np.where(rng.random(size) < 0.02, np.nan, signal),
            "noise": rng.random(size),
            "region": rng.choice(["north", "south", None], size, p=[0.5, 0.45, 0.05]),
            "spend_per_month": rng.gamma(2.0, 30.0, size),
            "churn": churn,
            "cutoff": [pd.Timestamp("2024-10-03").date()] * size,
            "last_event_at": pd.Timestamp("2024-10-02"),
        }
    )
