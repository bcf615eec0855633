"""Sources in which the total of an order stands on each of its lines."""

from collections.abc import Mapping

import duckdb

from clientela.data.reading import Reading
from clientela.data.staging import line_order_sql
from clientela.errors import InvalidData

# Share of the orders with several lines that have one amount on all lines, above which it may be the order's total.
SUSPICIOUS = 0.8


def spread_order_totals(connection: duckdb.DuckDBPyConnection, reading: Reading) -> None:
    """Divide the total of each order among the lines that are kept, in exact decimals, so that it counts once.

    Args:
        connection: DuckDB connection with the table `checked`, in which every line of an order has its total.
        reading: how the values were read; the share of orders with different totals that is accepted.

    Raises:
        InvalidData: too many orders have lines with different amounts.
    """
    orders, mixed = _orders(connection)
    share = reading.largest_unreadable_share
    if mixed > (0 if share is None else share) * orders:
        raise InvalidData(
            f"With amount_is: order, all lines of an order must have its total. Got {mixed:,} of {orders:,} orders "
            "with different amounts; amount_is: line reads the amount of each line."
        )
    # The lines of a refund share its money like those of a purchase. Lines that another rule drops have none, unless
    # all lines of the order are dropped.
    connection.execute(f"""
        create or replace temp table checked as
        with classed as (
            select *, rejected_by is null or rejected_by = 'refund' as counts from checked
        ),
        counted as (
            select
                *,
                (max(abs(amount)) over own * 10000)::bigint as units,
                count(*) filter (where counts) over own as lines,
                row_number() over (
                    partition by customer_id, order_id, amount < 0, counts order by {line_order_sql("classed")}
                ) as place
            from classed
            window own as (partition by customer_id, order_id, amount < 0)
        )
        select * exclude (counts, units, lines, place) replace (
            case
                when counts then (sign(amount) * (units // lines + (place <= units % lines)::bigint) / 10000)
                when lines = 0 and place = 1 then amount
                when amount is not null then 0
            end::decimal(18, 4) as amount
        )
        from counted
    """)


def order_total_notes(connection: duckdb.DuckDBPyConnection, columns: Mapping[str, str]) -> list[str]:
    """A warning if the amounts of lines look like totals of orders, which would count several times."""
    if not {"order_id", "amount"} <= columns.keys():
        return []
    orders, mixed = _orders(connection)
    if not orders or orders - mixed < SUSPICIOUS * orders:
        return []
    return [
        f"{orders - mixed:,} of {orders:,} orders with several lines have the same amount on every line. If the column "
        f"{columns['amount']!r} is the total of the order, set amount_is: order."
    ]


def _orders(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """The number of orders with several lines, and of those whose amounts differ."""
    return connection.execute("""
        with orders as (
            select min(amount) <> max(amount) as is_mixed
            from checked where rejected_by is null or rejected_by = 'refund'
            group by customer_id, order_id, amount < 0 having count(*) > 1
        )
        select count(*), count(*) filter (where is_mixed) from orders
    """).fetchall()[0]
