"""Cancellations of quantities, matched to the purchases that they cancel."""

import duckdb

from clientela.data.refunds import match_refunds
from clientela.data.staging import line_order_sql


def match_cancellations(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary tables `matches` and `cancelled` from the table `checked`, and mark what has no match.

    `matches` has one row per matched cancellation, and one per purchase line from which a refund is deducted.
    `cancelled` has one row per purchase line.
    """
    _match_quantities(connection)
    if connection.execute("select count(*) from checked where rejected_by = 'refund'").fetchall()[0][0]:
        match_refunds(connection)
    # Decimals: 0.1 + 0.2 must equal a bought 0.3.
    connection.execute("""
        create or replace temp table cancelled as
        select line_id, sum(quantity::decimal(38, 4)) as quantity, sum(amount) as amount from matches group by line_id
    """)
    connection.execute("""
        update checked set rejected_by = rejected_by || '_unmatched'
        where rejected_by in ('cancellation', 'refund') and line_id not in (select cancellation_id from matches)
    """)


def _match_quantities(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary table `matches` of the cancellations.

    A cancellation is matched to a line of the same customer, product and price, ordered no later and with at least its
    quantity: first a line of equal quantity, then the latest. A line's matched cancellations never exceed its quantity.
    """
    # Lines with the same time are ordered by their content before the row number, so that features do not depend on
    # the order of the rows in the source.
    connection.execute(f"""
        create or replace temp table matches as
        with pairs as (
            select
                cancellation.line_id as cancellation_id,
                purchase.line_id,
                cancellation.ordered_at as cancelled_at,
                -cancellation.quantity as quantity,
                -cancellation.amount as amount,
                purchase.quantity as bought
            from checked as cancellation
            join checked as purchase
                on purchase.rejected_by is null
                and purchase.customer_id = cancellation.customer_id
                and purchase.product_id = cancellation.product_id
                and purchase.unit_price = cancellation.unit_price
                and purchase.ordered_at <= cancellation.ordered_at
                and purchase.quantity >= -cancellation.quantity
            where cancellation.rejected_by = 'cancellation' and cancellation.quantity < 0
            qualify row_number() over (
                partition by cancellation.line_id
                order by
                    purchase.quantity = -cancellation.quantity desc, purchase.ordered_at desc,
                    purchase.known_order_id desc, purchase.quantity desc, {line_order_sql("purchase")}
            ) = 1
        )
        select * from pairs
        qualify bought >=
            sum(quantity::decimal(38, 4)) over (partition by line_id order by cancelled_at, cancellation_id)
    """)
