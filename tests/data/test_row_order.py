"""The same rows give the same clean transactions in any order, also without order ids and with dates only."""

import random

import duckdb

from clientela.data.cleaning import clean
from clientela.data.reading import Reading
from clientela.data.rules import Rule, with_implied_rules

DAYS = ("2024-01-05", "2024-01-06", "2024-01-07")
BASIC = [Rule("unreadable_date"), Rule("missing_customer_id")]
WITH_AMOUNTS = with_implied_rules([*BASIC, Rule("bad_amount")], has_amount=True, net_refunds=True)
WITH_QUANTITIES = [*BASIC, Rule("cancellation"), Rule("bad_quantity"), Rule("bad_price")]


def cleaned(rows, rules, **reading):
    """Clean lines with their cancellations, orders per customer and the ledger, all without numbers of rows."""
    names = list(rows[0])
    with duckdb.connect() as connection:
        connection.execute(f"create table source ({', '.join(f'{name} varchar' for name in names)})")
        connection.executemany(
            f"insert into source values ({', '.join('?' * len(names))})", [list(row.values()) for row in rows]
        )
        clean(connection, columns={name: name for name in names}, rules=rules, reading=Reading(**reading))
        connection.execute("""
            create temp table cancelled_lines as
            select line_id, list((cancelled_at, quantity, amount) order by cancelled_at, quantity, amount) as parts
            from cancellations group by line_id
        """)
        lines = connection.execute("""
            select * exclude (line_id, order_id) from transactions left join cancelled_lines using (line_id)
            order by all
        """).fetchall()
        orders = connection.execute("""
            select customer_id, count(distinct order_id) from transactions group by all order by all
        """).fetchall()
        ledger = connection.execute("select rule, rows_out, rows_changed, money_out from ledger order by step")
        return lines, orders, ledger.fetchall()


def drawn(**columns):
    """Rows with many ties; the first is a purchase of another customer."""
    first = {name: values[-1] for name, values in columns.items()} | {"customer_id": "always"}
    rng = random.Random(0)
    return [first, *({name: rng.choice(values) for name, values in columns.items()} for _ in range(60))]


def assert_same_in_any_order(rows, rules, **reading):
    expected = cleaned(rows, rules, **reading)
    for seed in range(2):
        assert cleaned(random.Random(seed).sample(rows, len(rows)), rules, **reading) == expected


AMOUNTS = {"customer_id": ["ann", "bob"], "ordered_at": DAYS, "amount": ["-30", "-5", "10", "20", "30", "50"]}


def test_refunds_without_order_ids():
    assert_same_in_any_order(drawn(product_group=["tv", "mobile", ""], **AMOUNTS), WITH_AMOUNTS)


def test_refunds_with_some_order_ids():
    rows = drawn(order_id=["", "A1", "A2"], product_id=["mug", "jar"], **AMOUNTS)
    for without in ("row", "day"):
        assert_same_in_any_order(rows, WITH_AMOUNTS, without_order_id=without)


def test_cancellations_without_order_ids():
    rows = drawn(
        customer_id=["ann"], ordered_at=DAYS, product_id=["mug"], product_group=["tv", "mobile"],
        quantity=["-3", "-2", "-1", "2", "3", "4", "5"], unit_price=["10"],
    )  # fmt: skip
    # No two cancellations at one moment: these are taken in the order of the source.
    for minute, row in enumerate(rows):
        if row["quantity"].startswith("-"):
            row["ordered_at"] += f" 10:{minute:02}:00"
    assert_same_in_any_order(rows, WITH_QUANTITIES, without_order_id="row")


def test_totals_that_cannot_be_divided_evenly():
    rows = drawn(
        customer_id=["ann", "bob"], order_id=["1", "2"], ordered_at=DAYS[:1], product_group=["tv", "mobile"],
        amount=["10"],
    )  # fmt: skip
    assert_same_in_any_order(rows, WITH_AMOUNTS, amount_is="order")
