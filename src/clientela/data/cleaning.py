"""From a raw source to clean transactions, by named rules; the ledger has the rows and the money that each one drops.

Rules apply in the data set's order; the first that matches a row drops it. Cancellations and refunds are then matched
to the purchases that they cancel, so that features can compute net amounts as of any date.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import duckdb

from clientela.contracts import CANCELLATIONS, TRANSACTIONS
from clientela.data.cancellations import match_cancellations
from clientela.data.customer_ids import forgotten_rules, leave_out_silent, name_orders, rename_customers
from clientela.data.expressions import quoted_text
from clientela.data.joins import join_rules
from clientela.data.ledger import write_ledger
from clientela.data.order_totals import order_total_notes, spread_order_totals
from clientela.data.plausibility import plausible_dates
from clientela.data.privacy import LEFT_OUT
from clientela.data.readability import check_readable, refuse_ambiguous_amounts
from clientela.data.readers import in_one_line
from clientela.data.reading import Reading
from clientela.data.rules import Rule, filter_rules
from clientela.data.staging import stage
from clientela.errors import InvalidData

INTERMEDIATE = (
    "staged",
    "checked",
    "cancelled",
    "matches",
    "steps",
    "dropped",
    "known_orders",
)  # temporary tables of `clean`


def clean(
    connection: duckdb.DuckDBPyConnection,
    *,
    columns: Mapping[str, str],
    rules: Sequence[Rule],
    reading: Reading | None = None,
) -> tuple[str, ...]:
    """Make the tables `transactions`, `cancellations`, `rejected` and `ledger` from the view `source`.

    Their columns are those of the contracts; `rejected` has one row per rejected source row, with the columns of
    the transactions and `rejected_by`. The table `reading_facts` has one row for the quality report.

    Args:
        connection: DuckDB connection with the view `source`.
        columns: canonical column -> column of the source.
        rules: cleaning rules, in order.
        reading: how values and rows are read; None for ISO 8601 and plain numbers.

    Returns:
        Sentences for the user about amounts that may be read wrongly.

    Raises:
        InvalidData: the source lacks a mapped column, cannot be read to its end, has too many values that cannot be
            read, or cleaning leaves no row.

    >>> connection = duckdb.connect()
    >>> rows = "('17850', '2024-01-05', 9.5), (null, '2024-01-06', 3)"
    >>> _ = connection.execute(f"create view source as from (values {rows}) as sales(client, day, paid)")
    >>> columns = {"customer_id": "client", "ordered_at": "day", "amount": "paid"}
    >>> _ = clean(connection, columns=columns, rules=[Rule("missing_customer_id")])
    >>> connection.execute("select rule, rows_out, rows_left from ledger order by step").fetchall()
    [('source', 0, 2), ('missing_customer_id', 1, 1), ('kept', 0, 1)]
    """
    reading = reading or Reading()
    try:
        stage(connection, columns, reading, find_copies=any(rule.name == "duplicate" for rule in rules))
    except duckdb.Error as error:
        raise InvalidData(f"The source cannot be read to its end: {in_one_line(error)}") from error
    rename_customers(connection, "staged", reading.privacy)
    notes = refuse_ambiguous_amounts(connection, columns, reading)
    dates = plausible_dates(connection, reading.plausible_dates)
    dated = [replace(rule, dates=dates) if rule.name == "implausible_date" else rule for rule in rules]
    filters = [*join_rules(reading.joins), *filter_rules(reading.filters)]
    all_rules = [*forgotten_rules(reading.privacy), *filters, *dated]
    _apply_rules(connection, all_rules)
    all_rules += leave_out_silent(connection, reading.privacy)
    check_readable(connection, columns, reading)
    if reading.amount_is == "order":
        spread_order_totals(connection, reading)
    else:
        notes += order_total_notes(connection, columns)
    match_cancellations(connection)
    name_orders(connection, "checked", reading.privacy)
    _make_tables(connection)
    write_ledger(connection, all_rules)
    _require_a_purchase(connection)
    # Features are built next, and need the memory.
    for table in INTERMEDIATE:
        connection.execute(f"drop table if exists {table}")
    return tuple(notes)


def _apply_rules(connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> None:
    """Make the temporary table `checked`: the staged rows, each with the first rule that drops it, or null."""
    cases = " ".join(f"when {rule.predicate} then {quoted_text(rule.name)}" for rule in rules)
    connection.execute(f"""
        create or replace temp table checked as
        select * exclude (copy_number, money_text, money_signs), case {cases} end as rejected_by from staged
    """)


def _make_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables `transactions`, `cancellations`, `rejected` and `reading_facts`.

    `reading_facts` counts what the other tables do not show: values that cannot be read, and rows with an order id.
    """
    names = ", ".join("coalesce(name, order_id) as order_id" if n == "order_id" else n for n in TRANSACTIONS.names)
    rows = "checked left join known_orders on order_id = raw_id"
    connection.execute(f"""
        create or replace table transactions as
        select {names} from {rows} where rejected_by is null order by line_id
    """)
    connection.execute(f"""
        create or replace table cancellations as
        select {", ".join(CANCELLATIONS.names)} from matches order by cancellation_id, line_id
    """)
    connection.execute(f"""
        create or replace table rejected as
        select rejected_by, {names} from {rows} where rejected_by not in {LEFT_OUT} order by line_id
    """)
    connection.execute("""
        create or replace table reading_facts as
        select
            count(unreadable_date) as unreadable_dates, count(unreadable_amount) as unreadable_amounts,
            count(known_order_id) as order_ids
        from checked where not regexp_matches(coalesce(rejected_by, ''), '^(keep|drop|join) ')
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
