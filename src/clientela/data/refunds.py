"""Refunds without a quantity: negative amounts, deducted from the customer's earlier purchases."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby

import duckdb
import pyarrow as pa

from clientela.data.staging import line_order_sql


@dataclass(slots=True)
class Payment:
    """A purchase line or a refund of one customer.

    Attributes:
        line_id: number of the row in the source.
        at: time of the purchase or of the refund.
        order_id: its order.
        product_id: its product; None if the source has none.
        amount: money that is left of a purchase; negative for a refund.
    """

    line_id: int
    at: datetime
    order_id: str
    product_id: str | None
    amount: Decimal


@dataclass(frozen=True)
class Deduction:
    """A part of a refund that is deducted from a purchase line: rows of both, time of the refund and money (> 0)."""

    refund_id: int
    line_id: int
    at: datetime
    amount: Decimal


def deduct(payments: Iterable[Payment]) -> Iterator[Deduction]:
    """Deduct the refunds of one customer from the purchases before them.

    A refund is deducted from lines of its own order first, then from the latest line with exactly its amount (of its
    product if there is one), then from the latest lines. What exceeds all purchases is ignored. A later refund never
    changes an earlier one, so that the past of any date is known on that date.

    Args:
        payments: purchases and refunds in the order of time; purchases before refunds of the same time. The amounts of
            purchases are reduced in place.

    Yields:
        The deductions, in the order of the refunds.

    >>> day = datetime(2024, 1, 5)
    >>> bought = [Payment(1, day, "A", None, Decimal(100)), Payment(2, day, "B", None, Decimal(30))]
    >>> [(part.line_id, str(part.amount)) for part in deduct([*bought, Payment(3, day, "R", None, Decimal(-110))])]
    [(2, '30'), (1, '80')]
    """
    orders: dict[str, list[Payment]] = defaultdict(list)
    exact: dict[tuple[str | None, Decimal], list[Payment]] = defaultdict(list)
    latest: list[Payment] = []
    for payment in payments:
        if payment.amount > 0:
            orders[payment.order_id].append(payment)
            latest.append(payment)
            _remember(exact, payment)
            continue
        wanted = -payment.amount
        for line in _lines(payment, wanted, orders, exact, latest):
            part = min(wanted, line.amount)
            line.amount -= part
            wanted -= part
            _remember(exact, line)
            yield Deduction(payment.line_id, line.line_id, payment.at, part)
            if not wanted:
                break


def _remember(exact: dict[tuple[str | None, Decimal], list[Payment]], line: Payment) -> None:
    if line.amount:
        for product in {line.product_id, None}:
            exact[product, line.amount].append(line)


def _lines(
    refund: Payment,
    wanted: Decimal,
    orders: dict[str, list[Payment]],
    exact: dict[tuple[str | None, Decimal], list[Payment]],
    latest: list[Payment],
) -> Iterator[Payment]:
    """Lines with money left, in the order in which a refund is deducted from them."""
    yield from (line for line in reversed(orders.get(refund.order_id, [])) if line.amount)
    for product in dict.fromkeys((refund.product_id, None)):
        candidates = exact.get((product, wanted), [])
        while candidates:
            line = candidates.pop()
            if line.amount == wanted:  # otherwise another refund has reduced it since
                yield line
    while latest:
        if latest[-1].amount:
            yield latest[-1]
        else:
            latest.pop()


def match_refunds(connection: duckdb.DuckDBPyConnection) -> None:
    """Add the refunds to the temporary table `matches`, which has the cancellations, from the table `checked`."""
    # Only customers with a refund are read. Rows of the same time have an order that does not depend on the source's.
    cursor = connection.execute(f"""
        with refunding as (select distinct customer_id from checked where rejected_by = 'refund'),
        cancelled as (select line_id, sum(amount) as amount from matches group by line_id)
        select
            customer_id, line_id, ordered_at, order_id, product_id,
            checked.amount - coalesce(cancelled.amount, 0) as amount
        from checked join refunding using (customer_id) left join cancelled using (line_id)
        where rejected_by is null or rejected_by = 'refund'
        order by customer_id, ordered_at, checked.amount < 0, known_order_id, amount, {line_order_sql("checked")}
    """)
    rows = iter(lambda: cursor.fetchmany(50_000), [])
    payments = (row for batch in rows for row in batch)
    found = [
        part
        for _, own in groupby(payments, key=lambda row: row[0])
        for part in deduct(Payment(*row[1:]) for row in own if row[-1])
    ]
    table = pa.table(
        {
            "cancellation_id": pa.array([part.refund_id for part in found], pa.int64()),
            "line_id": pa.array([part.line_id for part in found], pa.int64()),
            "cancelled_at": pa.array([part.at for part in found], pa.timestamp("us")),
            "amount": pa.array([part.amount for part in found], pa.decimal128(18, 4)),
        }
    )
    connection.register("deductions", table)
    connection.execute("insert into matches by name select * from deductions")
    connection.unregister("deductions")
