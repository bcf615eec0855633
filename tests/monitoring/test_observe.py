"""What is observed of a period: orders of its members, prices, and who is active."""

from datetime import date

import duckdb
import numpy as np
import pandas as pd
import pytest

from clientela.features.build import build_features
from clientela.monitoring.observe import observe_periods

COLUMNS = "line_id, customer_id, order_id, ordered_at, product_id, quantity, unit_price, amount"
ROWS = [
    (1, "a", "1", "2024-01-01", "tea", 1, 2.0, 2.0),
    (2, "a", "2", "2024-03-15", "tea", 2, 2.0, 4.0),
    (3, "b", "3", "2024-03-20", "tea", 1, 2.0, 2.0),
    (4, "a", "4", "2024-04-10", "tea", 1, 3.0, 3.0),
    (5, "a", "4", "2024-04-10", "cup", 1, 5.0, 5.0),
    (6, "c", "5", "2024-04-12", "tea", 1, 3.0, 3.0),
    (7, "gone", "6", "2023-06-01", "tea", 1, 2.0, 2.0),
]
AS_OF = date(2024, 5, 1)


@pytest.fixture
def connection():
    with duckdb.connect() as made:
        values = ", ".join(str(row) for row in ROWS)
        made.execute(
            f"""create table transactions as select line_id::bigint as line_id, customer_id, order_id,
            ordered_at::timestamp as ordered_at, product_id, product_id as description,
            null::varchar as product_group, quantity::double as quantity, unit_price::double as unit_price,
            amount::decimal(18, 4) as amount, null::varchar as country from (values {values}) as given({COLUMNS})"""
        )
        made.execute(
            """create table cancellations as select line_id, ordered_at as cancelled_at, quantity, amount
            from transactions limit 0"""
        )
        yield made


def observe(connection, *, periods):
    return observe_periods(
        connection,
        lambda day: build_features(connection, as_of=day),
        lambda features: np.ones(len(features), dtype=int),
        as_of=AS_OF,
        days=30,
        periods=periods,
    )


@pytest.fixture
def last(connection):
    return observe(connection, periods=2)[-1]


def test_the_periods_follow_each_other(connection):
    found = observe(connection, periods=3)
    assert [(period.start, period.end) for period in found] == [
        (date(2024, 2, 1), date(2024, 3, 2)),
        (date(2024, 3, 2), date(2024, 4, 1)),
        (date(2024, 4, 1), AS_OF),
    ]


def test_members_are_the_active_customers_at_the_start(last):
    assert list(last.members.index) == ["a", "b"]


def test_orders_and_spend_are_those_of_the_period_and_of_its_baseline(last):
    columns = ["orders", "spend", "baseline_orders", "baseline_spend"]
    assert last.members.loc["a", columns].tolist() == [1, 8, 1, 4]  # the order of 1 January precedes the baseline
    assert last.members.loc["b", columns].tolist() == [0, 0, 1, 2]


def test_prices_are_those_of_products_sold_in_both(last):
    assert last.prices["ratio"].to_dict() == {"tea": 1.5}
    assert last.prices["weight"].to_dict() == {"tea": 6.0}


def test_customers_at_the_end_include_new_ones(last):
    assert sorted(last.after.index) == ["a", "b", "c"]
    pd.testing.assert_index_equal(last.segments.index, last.after.index)


def test_a_history_without_a_baseline_has_no_period(connection):
    connection.execute("delete from transactions where ordered_at < '2024-03-01'")
    found = observe(connection, periods=3)
    assert found == []
