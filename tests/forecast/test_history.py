"""Orders as arrays: periods, what was known earlier, and the reading from DuckDB."""

from datetime import date

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from clientela.data.cleaning import clean
from clientela.data.rules import Rule
from clientela.forecast.history import history_of, load_history

AS_OF = date(2024, 6, 1)


@pytest.fixture
def history():
    ids = pd.Series(["b", "a", "b", "a"])
    return history_of(ids, np.array([3, 40, 100, 90]), np.array([5.0, 7.0, 9.0, 11.0]), as_of=AS_OF)


def test_a_period_includes_its_first_day_and_excludes_its_end(history):
    assert history.outcome(90, 0).spend.tolist() == [18.0, 5.0]
    assert history.outcome(89, 3).spend.tolist() == [7.0, 0.0]
    assert history.outcome(90, 0).buyers.tolist() == [1.0, 1.0]


def test_an_earlier_history_knows_nothing_of_later_orders(history):
    then = history.before(90)
    assert then.as_of == date(2024, 3, 3)
    assert then.known.tolist() == [False, True]
    assert then.spend.tolist() == [0.0, 9.0]
    assert then.days_ago.tolist() == [10]


def test_recency_is_that_of_the_last_order(history):
    assert history.recency.tolist() == [40, 3]
    assert history.before(3).recency.tolist() == [37, 97]


def test_orders_are_read_net_of_cancellations_by_the_date():
    table = pa.table(
        {
            "customer_id": ["a", "a", "b", "c"],
            "order_id": ["1", "1", "2", "3"],
            "ordered_at": ["2024-01-05", "2024-01-05", "2024-02-01", "2024-06-02"],
            "amount": ["10", "2.5", "4", "8"],
        }
    )
    with duckdb.connect() as connection:
        connection.register("source", table)
        clean(connection, columns={name: name for name in table.column_names}, rules=[Rule("bad_amount")])
        read = load_history(connection, as_of=AS_OF)
    assert read.customers.tolist() == ["a", "b"]
    assert read.amount.tolist() == [4.0, 12.5]
    assert read.days_ago.tolist() == [121, 148]
