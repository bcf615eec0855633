"""Customer features as of one date, computed by DuckDB; Python gets one row per customer."""

from datetime import date, timedelta
from importlib.resources import files

import duckdb
import pandas as pd

from clientela.errors import InvalidData, InvalidInput


def default_as_of(connection: duckdb.DuckDBPyConnection) -> date:
    """The day after the last transaction."""
    last: date = connection.execute("select max(ordered_at)::date from transactions").fetchall()[0][0]
    return last + timedelta(days=1)


def parse_as_of(text: str) -> date:
    """An ISO date from a parameter.

    Raises:
        InvalidInput: `text` is not an ISO date.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"The as_of parameter must be a date like 2011-12-10. Got {text!r} instead.") from None


def make_net_lines(connection: duckdb.DuckDBPyConnection, *, as_of: date) -> None:
    """Create the temporary table `net_lines`: transactions before `as_of`, net of cancellations before that date."""
    connection.execute(f"create or replace temp table net_lines as {_sql('net_lines')}", {"as_of": as_of})


def build_features(connection: duckdb.DuckDBPyConnection, *, as_of: date) -> pd.DataFrame:
    """Compute the features of all customers from their transactions before a date.

    Args:
        connection: connection with the tables `transactions` and `cancellations`.
        as_of: as-of date; rows on or after it are not used.

    Returns:
        CustomerFeatures contract: one row per customer, ordered by customer_id.

    Raises:
        InvalidData: no transaction precedes `as_of`.
    """
    make_net_lines(connection, as_of=as_of)
    frame = connection.execute(_sql("customer_features"), {"as_of": as_of}).df()
    if frame.empty:
        first = connection.execute("select min(ordered_at)::date from transactions").fetchall()[0][0]
        raise InvalidData(f"The as-of date must be later than the first transaction, {first}. Got {as_of} instead.")
    return frame


def order_period(connection: duckdb.DuckDBPyConnection) -> tuple[date, date]:
    """Dates of the first and the last order in `net_lines`."""
    first, last = connection.execute(
        "select min(ordered_at)::date, max(ordered_at)::date from net_lines where amount > 0"
    ).fetchall()[0]
    return first, last


def next_period(connection: duckdb.DuckDBPyConnection, *, start: date, days: int) -> pd.DataFrame:
    """Spend and orders of a period, as known at its end.

    Args:
        connection: connection with the tables `transactions` and `cancellations`.
        start: first day of the period.
        days: length of the period (days).

    Returns:
        One row per customer who ordered in the period: customer_id (index), next_spend (currency), next_orders.
    """
    make_net_lines(connection, as_of=start + timedelta(days=days))
    return connection.execute(_sql("next_period"), {"start": start}).df().set_index("customer_id")


def _sql(name: str) -> str:
    return files("clientela.features").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
