"""Cohorts and seasons of literal orders."""

from datetime import date

import duckdb
import pytest

from clientela.exploration.time import cohorts, seasons


def shop_of(*orders):
    """A connection with `net_lines` of orders: customer, day, amount."""
    connection = duckdb.connect()
    connection.execute(
        "create table net_lines (customer_id varchar, ordered_at timestamp, amount double, order_id varchar)"
    )
    connection.executemany(
        "insert into net_lines values (?, ?, ?, ?)", [(*order, str(number)) for number, order in enumerate(orders)]
    )
    return connection


def test_cohorts_have_the_shares_who_bought_again():
    connection = shop_of(
        ("a", "2024-01-05", 9), ("b", "2024-01-09", 9), ("a", "2024-02-01", 9), ("a", "2024-03-01", 9),
        ("c", "2024-02-03", 9), ("d", "2024-02-03", 9), ("c", "2024-03-09", 9), ("c", "2024-03-19", 9),
        ("e", "2024-03-31", 9), ("b", "2024-04-02", 9),
    )  # fmt: skip
    found = cohorts(connection, as_of=date(2024, 4, 3), smallest=1)
    assert found["unit"] == "month"
    assert [(row["start"], row["customers"], row["shares"]) for row in found["rows"]] == [
        ("2024-01-01", 2, [1.0, 0.5, 0.5]),  # April is not complete, so that b's second order is left out
        ("2024-02-01", 2, [1.0, 0.5]),
        ("2024-03-01", 1, [1.0]),
    ]
    assert found["overall"] == [1.0, 0.5]  # without the first cohort, which may have bought before


def test_a_period_that_ends_before_the_as_of_date_is_complete():
    connection = shop_of(("a", "2024-01-05", 9), ("a", "2024-02-29", 9))
    (row,) = [row for row in _rows(connection, date(2024, 3, 1)) if row["start"] == "2024-01-01"]
    assert row["shares"] == [1.0, 1.0]
    assert _rows(connection, date(2024, 2, 29)) == []


def _rows(connection, as_of):
    connection.execute("insert into net_lines values ('z', '2024-02-02', 1, 'z')")
    found = cohorts(connection, as_of=as_of, smallest=1)
    return found["rows"] if found else []


def test_small_cohorts_have_no_shares():
    orders = [(f"a{i}", "2024-01-05", 9) for i in range(5)] + [(f"b{i}", "2024-02-05", 9) for i in range(4)]
    found = cohorts(shop_of(*orders), as_of=date(2024, 4, 1), smallest=5)
    assert [row["shares"][0] for row in found["rows"]] == [1.0, None]
    assert found["overall"] == []


def test_amounts_of_zero_are_no_purchases():
    found = cohorts(
        shop_of(("a", "2024-01-05", 9), ("a", "2024-02-05", 0), ("b", "2024-02-01", 5)),
        as_of=date(2024, 3, 1),
        smallest=1,
    )
    assert found["rows"][0]["shares"] == [1.0, 0.0]


@pytest.mark.parametrize(("last", "unit"), [("2024-06-30", "month"), ("2026-12-31", "quarter"), ("2032-01-31", "year")])
def test_long_histories_have_longer_periods(last, unit):
    connection = shop_of(("a", "2023-01-05", 9), ("b", "2024-05-05", 9), ("a", last, 9))
    assert cohorts(connection, as_of=date.fromisoformat(last), smallest=1)["unit"] == unit


def test_months_are_relative_to_the_mean_of_whole_years():
    days = [
        (f"{2022 + month // 12}-{month % 12 + 1:02d}-15", 100.0 * (3 if month % 12 == 10 else 1)) for month in range(24)
    ]
    found = seasons(
        shop_of(*[("a", day, amount) for day, amount in [("2021-12-20", 9000.0), *days]]), as_of=date(2024, 1, 10)
    )
    assert (found["years"], found["complete_months"]) == (2, 24)  # December 2021 and January 2024 are not complete
    assert found["months"][10] == pytest.approx(3 / (14 / 12), abs=1e-4)
    assert found["months"][0] == pytest.approx(1 / (14 / 12), abs=1e-4)


def test_months_of_less_than_a_year_have_no_years_and_gaps():
    found = seasons(shop_of(("a", "2024-01-01", 100), ("a", "2024-02-03", 300)), as_of=date(2024, 3, 1))
    assert (found["years"], found["complete_months"]) == (0, 2)
    assert found["months"][:3] == [0.5, 1.5, None]


def test_no_complete_month_has_no_seasons():
    assert seasons(shop_of(("a", "2024-01-02", 100)), as_of=date(2024, 1, 20)) is None


def test_weekdays_are_shares_of_the_orders():
    # Three orders on Mondays, one on a Sunday.
    found = seasons(
        shop_of(("a", "2024-01-01", 1), ("a", "2024-01-08", 1), ("b", "2024-01-08", 1), ("b", "2024-01-14", 1)),
        as_of=date(2024, 2, 1),
    )
    assert found["weekdays"] == [0.75, 0, 0, 0, 0, 0, 0.25]
