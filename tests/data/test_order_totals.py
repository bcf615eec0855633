"""Sources in which the order's total stands on each of its lines."""

from decimal import Decimal

import duckdb
import pytest

from clientela.data.cleaning import clean
from clientela.data.reading import Reading, RowFilter
from clientela.data.rules import Rule, with_implied_rules
from clientela.errors import InvalidData

COLUMNS = {"customer_id": "client", "order_id": "invoice", "ordered_at": "day", "amount": "paid", "product_id": "what"}
RULES = with_implied_rules(
    [Rule("unreadable_date"), Rule("missing_customer_id"), Rule("non_product", ("POST",)), Rule("bad_amount")],
    has_amount=True, net_refunds=True,
)  # fmt: skip


@pytest.fixture
def connection():
    with duckdb.connect() as connection:
        yield connection


def cleaned(connection, rows, columns=COLUMNS, **reading):
    """The notes after cleaning rows of client, invoice, paid and what."""
    connection.execute("create or replace table source (client text, invoice text, day text, paid text, what text)")
    connection.executemany("insert into source values (?, ?, '2024-01-05', ?, ?)", rows)
    return clean(connection, columns=columns, rules=RULES, reading=Reading(**reading))


def amounts(connection, column="amount"):
    return [value for (value,) in connection.execute(f"select {column} from transactions order by line_id").fetchall()]


def ledger(connection):
    left = connection.execute("select rule, rows_left, money_left from ledger where rule in ('source', 'kept')")
    return {rule: (rows, money) for rule, rows, money in left.fetchall()}


def test_the_total_of_an_order_counts_once(connection):
    rows = [("1", "A1", "30", "mug"), ("1", "A1", "30", "tea"), ("2", "B1", "30", "mug")]
    assert cleaned(connection, rows, amount_is="order") == ()
    assert amounts(connection) == [15, 15, 30]
    assert ledger(connection) == {"source": (3, 60), "kept": (3, 60)}


def test_cents_that_cannot_be_divided_are_not_lost(connection):
    cleaned(connection, [("1", "A1", "10", "mug")] * 3, amount_is="order")
    assert amounts(connection) == [Decimal("3.3334"), Decimal("3.3333"), Decimal("3.3333")]


def test_equal_order_ids_of_two_customers_are_two_orders(connection):
    cleaned(connection, [("1", "A1", "30", "mug"), ("2", "A1", "30", "mug")], amount_is="order")
    assert amounts(connection) == [30, 30]


def test_lines_that_a_rule_drops_leave_the_total_to_the_others(connection):
    rows = [("1", "A1", "30", "mug"), ("1", "A1", "30", "POST"), ("1", "A1", "30", "tea"), ("1", "A2", "7", "POST")]
    cleaned(connection, rows, amount_is="order")
    assert amounts(connection) == [15, 15]
    assert ledger(connection) == {"source": (4, 37), "kept": (2, 30)}


@pytest.mark.parametrize("order", ["A1", "A2"])
def test_a_refund_is_deducted_once(connection, order):
    rows = [("1", "A1", "30", "mug"), ("1", "A1", "30", "tea"), ("1", order, "-20", "mug"), ("1", order, "-20", "tea")]
    cleaned(connection, rows, amount_is="order")
    assert ledger(connection) == {"source": (4, 10), "kept": (1, 10)}


def test_lines_with_different_amounts_are_no_totals(connection):
    rows = [("1", "A1", "30", "mug"), ("1", "A1", "31", "tea"), ("2", "B1", "5", "mug"), ("2", "B1", "5", "tea")]
    with pytest.raises(InvalidData, match=r"With amount_is: order, .* Got 1 of 2 orders with different amounts"):
        cleaned(connection, rows, amount_is="order")


SAME = [("1", f"A{order}", "30", what) for order in range(8) for what in ("mug", "tea")]
MIXED = [("1", f"B{order}", paid, "mug") for order in range(2) for paid in ("1", "2")]


def test_a_warning_where_orders_have_one_amount_on_all_lines(connection):
    (note,) = cleaned(connection, SAME + MIXED)
    assert note == (
        "8 of 10 orders with several lines have the same amount on every line. If the column 'paid' is the total of "
        "the order, set amount_is: order."
    )


@pytest.mark.parametrize("rows", [SAME[:14] + MIXED, [("1", f"A{order}", "30", "mug") for order in range(9)]])
def test_no_warning_without_many_such_orders(connection, rows):
    assert cleaned(connection, rows) == ()


def test_no_warning_without_order_ids(connection):
    columns = {name: column for name, column in COLUMNS.items() if name != "order_id"}
    assert cleaned(connection, SAME, columns) == ()


def test_orders_that_a_filter_drops_do_not_count(connection):
    keep = RowFilter("invoice", "keep", ("B0", "B1"))
    assert cleaned(connection, SAME + MIXED, filters=(keep,)) == ()
