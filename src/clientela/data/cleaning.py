"""From a raw source to clean transactions, by named rules; the ledger has the rows and the money that each one drops.

Rules apply in the data set's order; the first that matches a row drops it. Cancellations are then matched to the
purchases that they cancel, so that features can compute net amounts as of any date.
"""

from collections.abc import Mapping, Sequence

import duckdb

from clientela.contracts import CANCELLATIONS, TRANSACTIONS
from clientela.data.expressions import quoted_text
from clientela.data.ledger import write_ledger
from clientela.data.readers import in_one_line
from clientela.data.rules import Rule
from clientela.data.staging import stage
from clientela.errors import InvalidData


def clean(
    connection: duckdb.DuckDBPyConnection,
    *,
    columns: Mapping[str, str],
    rules: Sequence[Rule],
    timestamp_format: str | None = None,
) -> None:
    """Make the tables `transactions`, `cancellations`, `rejected` and `ledger` from the view `source`.

    Their columns are those of the contracts; `rejected` has one row per rejected source row, with the columns of
    the transactions and `rejected_by`.

    Args:
        connection: DuckDB connection with the view `source`.
        columns: canonical column -> column of the source.
        rules: cleaning rules, in order.
        timestamp_format: strptime format of the dates; None for ISO 8601. Times with a zone are converted to UTC.

    Raises:
        InvalidData: the source lacks a mapped column, cannot be read to its end, or cleaning leaves no row.

    >>> connection = duckdb.connect()
    >>> rows = "('17850', '2024-01-05', 9.5), (null, '2024-01-06', 3)"
    >>> _ = connection.execute(f"create view source as from (values {rows}) as sales(client, day, paid)")
    >>> columns = {"customer_id": "client", "ordered_at": "day", "amount": "paid"}
    >>> clean(connection, columns=columns, rules=[Rule("missing_customer_id")])
    >>> connection.execute("select rule, rows_out, rows_left from ledger order by step").fetchall()
    [('source', 0, 2), ('missing_customer_id', 1, 1), ('kept', 0, 1)]
    """
    try:
        stage(connection, columns, timestamp_format, find_copies=any(rule.name == "duplicate" for rule in rules))
    except duckdb.Error as error:
        raise InvalidData(f"The source cannot be read to its end: {in_one_line(error)}") from error
    _apply_rules(connection, rules)
    _match_cancellations(connection)
    _make_tables(connection)
    write_ledger(connection, rules)
    _require_a_purchase(connection)


def _apply_rules(connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> None:
    """Make the temporary table `checked`: the staged rows, each with the first rule that drops it, or null."""
    cases = " ".join(f"when {rule.predicate} then {quoted_text(rule.name)}" for rule in rules)
    connection.execute(f"create or replace temp table checked as select *, case {cases} end as rejected_by from staged")


def _match_cancellations(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary tables `matches`, one row per matched cancellation, and `cancelled`, one per purchase line.

    A cancellation is matched to a line of the same customer, product and price, ordered no later and with at least its
    quantity: first a line of equal quantity, then the latest. A line's matched cancellations never exceed its quantity.
    """
    # Lines with the same time are ordered by order id and quantity before the row number, so that features do not
    # depend on the order of the rows in the source.
    connection.execute("""
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
                    purchase.order_id desc, purchase.quantity desc, purchase.line_id desc
            ) = 1
        )
        select * from pairs
        qualify bought >=
            sum(quantity::decimal(38, 4)) over (partition by line_id order by cancelled_at, cancellation_id)
    """)
    # Decimals: 0.1 + 0.2 must equal a bought 0.3.
    connection.execute("""
        create or replace temp table cancelled as
        select line_id, sum(quantity::decimal(38, 4)) as quantity, sum(amount) as amount from matches group by line_id
    """)


def _make_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables `transactions`, `cancellations` and `rejected` from the checked rows and the matches."""
    connection.execute("""
        update checked set rejected_by = 'cancellation_unmatched'
        where rejected_by = 'cancellation' and line_id not in (select cancellation_id from matches)
    """)
    names = ", ".join(TRANSACTIONS.names)
    connection.execute(f"""
        create or replace table transactions as
        select {names} from checked where rejected_by is null order by line_id
    """)
    connection.execute(f"""
        create or replace table cancellations as
        select {", ".join(CANCELLATIONS.names)} from matches order by cancellation_id
    """)
    connection.execute(f"""
        create or replace table rejected as
        select rejected_by, {names} from checked where rejected_by is not null order by line_id
    """)


def _require_a_purchase(connection: duckdb.DuckDBPyConnection) -> None:
    if connection.execute("select count(*) from transactions").fetchall()[0][0]:
        return
    rule, dropped = connection.execute("select rule, rows_out from ledger order by rows_out desc limit 1").fetchall()[0]
    if dropped == 0:
        raise InvalidData("The source must have at least one row. Got none.")
    raise InvalidData(
        f"Cleaning must leave at least one purchase. Got none; the rule {rule} alone dropped {dropped:,} rows."
    )
