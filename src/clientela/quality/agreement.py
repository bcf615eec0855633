"""Sources that disagree: totals of orders and their lines, currencies, files, and tables of customers."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import duckdb
import pandas as pd

from clientela.data.events import events_table
from clientela.data.expressions import quoted_name, source_types
from clientela.data.inspection.findings import CURRENCY_COLUMN
from clientela.data.numbers import number_sql
from clientela.data.order_totals import SUSPICIOUS
from clientela.data.reading import Reading
from clientela.quality.findings import Finding

CENT = 0.01
FEWEST_ORDERS = 20  # orders with several lines, with fewer of which equal amounts may be chance
FEWEST_KNOWN = 0.5  # share of the customers of a source of events who have purchases, below which ids seem to differ


@dataclass(frozen=True)
class Compared:
    """Columns of the source that are only compared.

    Attributes:
        order_total: column with the total of the order; None without any.
        currency: column with the currency; None finds it by its name.
        reading: how the values are read.
    """

    order_total: str | None = None
    currency: str | None = None
    reading: Reading = field(default_factory=Reading)


def source_disagreements(connection: duckdb.DuckDBPyConnection, compared: Compared, *, most: float) -> list[Finding]:
    """Orders whose lines do not add up to their total, lines that carry totals, and several currencies.

    Args:
        connection: DuckDB connection with the views `source` and `source_lines`.
        compared: columns of the source.
        most: share of the orders or rows that may differ.

    Returns:
        The findings.

    Raises:
        InvalidData: the source lacks a column.
    """
    wanted = [name for name in (compared.order_total, compared.currency) if name]
    types = source_types(connection, wanted, title="The source")
    found = list(_repeated_totals(connection)) if compared.reading.amount_is == "line" else []
    if compared.order_total:
        found += _order_totals(connection, compared.order_total, types[compared.order_total], compared.reading, most)
    named = [name for name in types if re.search(CURRENCY_COLUMN, name.lower())]
    for name in [compared.currency] if compared.currency else named:
        found += _currencies(connection, name, most)
    return found


def attribute_disagreements(attributes: pd.DataFrame | None, *, most: float) -> Iterator[Finding]:
    """Customers with purchases who have no attribute at all, so that the table of customers seems incomplete.

    Args:
        attributes: customer_id and the attributes of all customers with purchases; None without any.
        most: share of the customers who may be missing.
    """
    if attributes is None or len(attributes.columns) < 2:
        return
    missing = int(attributes.drop(columns="customer_id").isna().all(axis="columns").sum())
    if missing > most * len(attributes):
        yield _finding("customers", "attributes", rows=missing, of=len(attributes), share=missing / len(attributes))


def event_disagreements(connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> Iterator[Finding]:
    """Sources of events of which most customers have no purchases, so that their ids seem to be other ones.

    Args:
        connection: DuckDB connection with the table `transactions` and those of the events.
        names: names of the sources of events.
    """
    for name in names:
        customers, known = connection.execute(f"""
            with ids as (select distinct customer_id from {events_table(name)})
            select count(*), count(*) filter (where customer_id in (select customer_id from transactions)) from ids
        """).fetchall()[0]
        if customers and known < FEWEST_KNOWN * customers:
            yield _finding("events", name, rows=customers - known, of=customers, share=1 - known / customers)


def _finding(rule: str, subject: str, **values: str | float) -> Finding:
    return {"kind": "disagreement", "rule": f"disagreement_{rule}", "subject": subject, "values": values}


def _repeated_totals(connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    """Orders with several lines whose amounts are all the same: the amount seems to be the total of the order."""
    orders, equal = connection.execute("""
        with orders as (
            select min(amount) = max(amount) as is_equal from transactions
            group by customer_id, order_id having count(*) > 1
        )
        select count(*), count(*) filter (where is_equal) from orders
    """).fetchall()[0]
    if orders >= FEWEST_ORDERS and equal >= SUSPICIOUS * orders:
        yield _finding("repeated_total", "amount", rows=equal, of=orders, share=equal / orders)


def _order_totals(
    connection: duckdb.DuckDBPyConnection, column: str, type_: str, reading: Reading, most: float
) -> Iterator[Finding]:
    """Orders whose lines, rejected ones included, do not add up to the total that the source has."""
    name = quoted_name(column)
    number = f"try_cast({name} as double)"
    if type_ == "VARCHAR":
        number = number_sql(
            name, decimal=reading.decimal, thousands=reading.thousands, type_="double", from_cells=reading.from_cells
        )
    orders, wrong, lines, totals = connection.execute(f"""
        with read as (select row_number() over () as line_id, {number} as total from source),
        orders as (
            select sum(amount)::double as amount, max(total) as total
            from source_lines join read using (line_id)
            where amount is not null group by customer_id, order_id having max(total) is not null
        )
        select
            count(*), count(*) filter (where abs(amount - total) > greatest({CENT}, 0.01 * abs(total))),
            coalesce(sum(amount), 0), coalesce(sum(total), 0)
        from orders
    """).fetchall()[0]
    if orders and wrong > most * orders:
        share = wrong / orders
        yield _finding("order_total", column, rows=wrong, of=orders, share=share, lines=lines, totals=totals)


def _currencies(connection: duckdb.DuckDBPyConnection, column: str, most: float) -> Iterator[Finding]:
    name = quoted_name(column)
    currencies, main, rows = connection.execute(f"""
        with counted as (
            select upper(trim({name}::varchar)) as currency, count(*) as n from source
            where {name} is not null and trim({name}::varchar) <> '' group by currency
        )
        select count(*), coalesce(max(n), 0), coalesce(sum(n), 0)::bigint from counted
    """).fetchall()[0]
    if rows and rows - main > most * rows:
        share = 1 - main / rows
        yield _finding("currencies", column, rows=rows - main, of=rows, share=share, currencies=currencies)
