"""Rows, customers, orders, period and money of a source, of all rows as they are read, before any cleaning."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import duckdb

from clientela.data.dates import time_sql
from clientela.data.expressions import canonical_id_sql, quoted_name
from clientela.data.inspection.table import Table
from clientela.data.numbers import number_sql
from clientela.data.reading import Reading
from clientela.data.staging import MONEY, stage

NOTHING = "(none)"  # stands for the column of a role that the table does not have
EXACT = "decimal(28, 12)"  # amounts with all their digits; a run keeps four decimals
REQUIRED = ("customer_id", "ordered_at")


@dataclass(frozen=True)
class Facts:
    """Totals of a source.

    Attributes:
        rows: rows below the header.
        customers: different customer ids, null words not counted; None without a column of customers.
        orders: different orders; None without dates or customers.
        period: first and last date that can be read; None without dates.
        money_total: sum of the amounts; None without money.
    """

    rows: int
    customers: int | None
    orders: int | None
    period: tuple[date, date] | None
    money_total: float | None


def stage_rows(
    connection: duckdb.DuckDBPyConnection, columns: Mapping[str, str], reading: Reading, *, find_copies: bool
) -> None:
    """Make the temporary table `staged` of the rows of the view `source`; missing columns are empty.

    Args:
        connection: DuckDB connection with the view `source`.
        columns: canonical column -> header; what the table does not have is left out.
        reading: how the values are read.
        find_copies: whether equal rows are numbered.
    """
    padded = {**columns, **{role: NOTHING for role in REQUIRED if role not in columns}}
    padded |= {} if _has_money(columns) else {"amount": NOTHING}
    if NOTHING in padded.values():
        _pad(connection)
    stage(connection, padded, reading, find_copies=find_copies, money=EXACT)


def transaction_facts(connection: duckdb.DuckDBPyConnection, columns: Mapping[str, str], reading: Reading) -> Facts:
    """The totals of the table `staged`.

    Args:
        connection: DuckDB connection with the table `staged`.
        columns: canonical column -> header; what the table does not have is left out.
        reading: how the values are read.

    Returns:
        The totals; those that need a missing column are None.
    """
    is_complete = all(role in columns for role in REQUIRED)
    money = "select sum(amount) from staged"
    if reading.amount_is == "order" and "order_id" in columns:
        money = "select sum(paid) from (select max(amount) as paid from staged group by customer_id, order_id)"
    rows, customers, orders, first, last, total = connection.execute(f"""
        select count(*), count(distinct customer_id), count(distinct order_id), min(ordered_at)::date,
            max(ordered_at)::date, ({money})
        from staged
    """).fetchall()[0]
    return Facts(
        rows=rows,
        customers=customers if "customer_id" in columns else None,
        orders=orders if "order_id" in columns or is_complete else None,
        period=(first, last) if first else None,
        money_total=_cents(total) if _has_money(columns) else None,
    )


def _has_money(columns: Mapping[str, str]) -> bool:
    return "amount" in columns or {"quantity", "unit_price"} <= set(columns)


def _pad(connection: duckdb.DuckDBPyConnection) -> None:
    """Give the view `source` one more, empty column."""
    connection.execute(
        f"create or replace temp view source as select *, null::varchar as {quoted_name(NOTHING)} from rows_read"
    )


def customer_facts(table: Table, columns: Mapping[str, Sequence[str]], reading: Reading) -> Facts:
    """The totals of a table with one row per customer.

    Args:
        table: the inspected table.
        columns: customer_id, first_purchase, last_purchase, order_count and total_spend -> headers.
        reading: how the values are read.

    Returns:
        The totals; those of columns that the table does not have are None.
    """

    def number(name: str) -> str:
        key = table.keys[name]
        value = number_sql(key, decimal=reading.decimal, thousands=reading.thousands, type_=MONEY)
        return f"coalesce({value if table.types[name] == 'VARCHAR' else f'try_cast({key} as {MONEY})'}, 0)"

    def total(role: str) -> str:
        return f"sum({' + '.join(map(number, columns[role]))})" if columns.get(role) else "null"

    def day(role: str, of: str) -> str:
        if not columns.get(role):
            return "null"
        (name,) = columns[role]
        return f"{of}(try_cast({time_sql(table.keys[name], table.types[name], reading.time_formats)} as date))"

    first = "first_purchase" if columns.get("first_purchase") else "last_purchase"
    last = "last_purchase" if columns.get("last_purchase") else "first_purchase"
    (id_,) = columns["customer_id"]
    customer = canonical_id_sql(table.keys[id_], table.types[id_], reading.null_words)
    customers, orders, start, end, money = table.connection.execute(f"""
        select count(distinct {customer}), {total("order_count")}, {day(first, "min")}, {day(last, "max")},
            {total("total_spend")}
        from inspected
    """).fetchall()[0]
    return Facts(
        rows=table.rows,
        customers=customers,
        orders=None if orders is None else int(orders),
        period=(start, end) if start and end else None,
        money_total=_cents(money),
    )


def _cents(money: Decimal | None) -> float | None:
    return None if money is None else float(round(money, 2))
