"""The ids of customers and orders in staged tables: renamed, and customers who are left out, with their rules."""

import duckdb
import pyarrow as pa

from clientela.data.privacy import FORGOTTEN, SILENT, Privacy, silent_text
from clientela.data.rules import Rule
from clientela.pseudonyms import ORDERS

NAMES = ["raw_id", "name", "is_forgotten"]


def rename_customers(connection: duckdb.DuckDBPyConnection, table: str, privacy: Privacy) -> None:
    """Replace the canonical ids in the column customer_id of a temporary table, and add the column `is_forgotten`.

    Args:
        connection: DuckDB connection with the table.
        table: name of the table.
        privacy: what becomes of the ids; nothing is done if it is off.
    """
    if privacy.is_off:
        return
    ids = _distinct(connection, f"select distinct customer_id from {table} where customer_id is not null")
    names, forgotten = privacy.names(ids), privacy.forgotten(ids)
    known = pa.table([pa.array(ids, pa.string()), pa.array(names, pa.string()), pa.array(forgotten)], NAMES)
    connection.register("known_customers", known)
    connection.execute(f"""
        create or replace temp table {table} as
        select
            {table}.* replace (known_customers.name as customer_id),
            coalesce(known_customers.is_forgotten, false) as is_forgotten
        from {table} left join known_customers on {table}.customer_id = known_customers.raw_id
    """)
    connection.unregister("known_customers")


def name_orders(connection: duckdb.DuckDBPyConnection, table: str, privacy: Privacy) -> None:
    """Make the temporary table `known_orders` (raw_id, name) of the order ids in a table; empty without pseudonyms."""
    ids: list[str | None] = []
    if privacy.pseudonyms is not None:
        ids = _distinct(connection, f"select distinct order_id from {table} where order_id is not null")
    names = privacy.names(ids, purpose=ORDERS)
    connection.register("order_names", pa.table([pa.array(ids, pa.string()), pa.array(names, pa.string())], NAMES[:2]))
    connection.execute("create or replace temp table known_orders as select raw_id, name from order_names")
    connection.unregister("order_names")


def forgotten_rules(privacy: Privacy) -> list[Rule]:
    """The rule of forgotten customers, if there are any; it applies to tables that `rename_customers` has changed."""
    if privacy.suppression is None:
        return []
    return [Rule(FORGOTTEN, definition="customer who was forgotten", condition="is_forgotten")]


def leave_out_silent(connection: duckdb.DuckDBPyConnection, privacy: Privacy) -> list[Rule]:
    """Mark the rows of silent customers in the table `checked`, and make the temporary table `silent_customers`.

    Args:
        connection: DuckDB connection with the table `checked`, before cancellations are matched.
        privacy: how long customers are kept.

    Returns:
        The rule, for the ledger; none if all are kept.
    """
    months = privacy.retention_months
    if months is None:
        return []
    connection.execute(f"""
        create or replace temp table silent_customers as
        with last_orders as (
            select customer_id, max(ordered_at) as last_at from checked where rejected_by is null group by customer_id
        )
        select customer_id from last_orders
        where last_at < (select max(last_at) from last_orders)::date + interval 1 day - interval {months} month
    """)
    condition = "customer_id in (select customer_id from silent_customers)"
    connection.execute(f"""
        update checked set rejected_by = '{SILENT}'
        where (rejected_by is null or rejected_by in ('cancellation', 'refund')) and {condition}
    """)
    return [Rule(SILENT, definition=silent_text(months), condition=condition)]


def _distinct(connection: duckdb.DuckDBPyConnection, query: str) -> list[str | None]:
    ids: list[str | None] = connection.sql(query).to_arrow_table().column(0).to_pylist()
    return ids
