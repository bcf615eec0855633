from datetime import datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from clientela.data.refunds import Payment, deduct


def pay(line_id, day, amount, order="", product=None):
    return Payment(line_id, datetime(2024, 1, day), order or str(line_id), product, Decimal(amount))


def parts(*payments):
    return [(part.refund_id, part.line_id, int(part.amount)) for part in deduct(payments)]


def test_the_order_of_the_refund_is_first():
    assert parts(pay(1, 1, 100, "A"), pay(2, 2, 40, "B"), pay(3, 3, -40, "A")) == [(3, 1, 40)]


def test_a_line_of_exactly_the_amount_is_before_a_later_one():
    assert parts(pay(1, 1, 40), pay(2, 2, 100), pay(3, 3, -40)) == [(3, 1, 40)]


def test_a_line_of_the_same_product_is_before_a_later_one():
    bought = pay(1, 1, 40, product="mug"), pay(2, 2, 40, product="jar")
    assert parts(*bought, pay(3, 3, -40, product="mug")) == [(3, 1, 40)]


def test_the_latest_lines_are_next_and_a_refund_may_need_several():
    assert parts(pay(1, 1, 60), pay(2, 2, 50), pay(3, 3, -80)) == [(3, 2, 50), (3, 1, 30)]


def test_what_exceeds_all_purchases_is_ignored():
    assert parts(pay(1, 1, 60), pay(2, 2, -80), pay(3, 3, -1)) == [(2, 1, 60)]


def test_a_purchase_after_the_refund_is_not_touched():
    assert parts(pay(1, 1, -60), pay(2, 2, 60)) == []


def test_two_equal_refunds_are_deducted_from_two_purchases():
    assert parts(pay(1, 1, 60), pay(2, 2, 60), pay(3, 3, -60), pay(4, 4, -60)) == [(3, 2, 60), (4, 1, 60)]


payments = st.lists(st.tuples(st.integers(1, 20), st.integers(-50, 50).filter(bool)), max_size=20).map(
    lambda rows: [
        pay(i, day, amount) for i, (day, amount) in enumerate(sorted(rows, key=lambda row: (row[0], row[1] < 0)))
    ]
)


@given(payments)
def test_no_more_is_deducted_than_was_bought_and_than_is_refunded(rows):
    balance, bought = Decimal(0), {row.line_id: row.amount for row in rows}
    for row in sorted(rows, key=lambda row: (row.at, row.amount < 0)):
        balance = max(Decimal(0), balance + row.amount)
    taken = list(deduct(rows))
    assert sum(amount for amount in bought.values() if amount > 0) - sum(part.amount for part in taken) == balance
    for line in {part.line_id for part in taken}:
        assert sum(part.amount for part in taken if part.line_id == line) <= bought[line]


@given(payments, st.integers(1, 21))
def test_a_later_refund_does_not_change_an_earlier_one(rows, day):
    again = [Payment(row.line_id, row.at, row.order_id, None, row.amount) for row in rows if row.at.day < day]
    until = [part for part in deduct(rows) if part.at.day < day]
    assert until == list(deduct(again))
