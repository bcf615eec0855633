"""Figures of a window: spend and orders net of the cancellations that were known then."""

from datetime import date

import duckdb
import pytest

from clientela.insiders.window_figures import window_figures


@pytest.fixture
def shop():
    with duckdb.connect() as connection:
        connection.execute(
            """
            create table transactions as
            select * replace (ordered_at::timestamp as ordered_at, amount::decimal(18, 4) as amount) from (values
                (1, 'a', 'o1', '2024-01-10 10:00', 30.0), (2, 'a', 'o2', '2024-03-01 00:00', 20.0),
                (3, 'a', 'o2', '2024-03-01 00:00', 5.0), (4, 'b', 'o3', '2023-06-01 09:00', 99.0),
                (5, 'c', 'o4', '2024-03-20 09:00', 40.0), (6, 'd', 'o5', '2024-04-01 09:00', 70.0)
            ) t(line_id, customer_id, order_id, ordered_at, amount);
            alter table transactions add column quantity double;
            alter table transactions add column product_id varchar;
            alter table transactions add column description varchar;
            alter table transactions add column product_group varchar;
            alter table transactions add column country varchar;
            update transactions set quantity = 1;
            create table cancellations as
            select 5 as line_id, '2024-03-25'::timestamp as cancelled_at, 1.0 as quantity, 10::decimal(18, 4) as amount
            """
        )
        yield connection


def test_spend_orders_and_days_of_the_window(shop):
    found = window_figures(shop, as_of=date(2024, 3, 31), window_days=60)
    assert found.index.tolist() == ["a", "b", "c"]  # d had not bought yet
    assert found.loc["a"].tolist() == [25.0, 1.0, 30.0]
    assert found.loc["b"].tolist() == [0.0, 0.0, 304.0]
    assert found.loc["c"].tolist() == [30.0, 1.0, 11.0]


def test_a_cancellation_counts_from_its_own_date(shop):
    assert window_figures(shop, as_of=date(2024, 3, 24), window_days=60).loc["c", "spend"] == 40.0


def test_the_first_day_of_the_window_counts(shop):
    as_of = date(2024, 3, 31)
    assert window_figures(shop, as_of=as_of, window_days=30).loc["a", "spend"] == 25.0
    assert window_figures(shop, as_of=as_of, window_days=29).loc["a", "spend"] == 0.0
