"""Customer features as of one date, by DuckDB: one row a customer is all that Python sees."""

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
        InvalidInput: `text` is no such date.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"The as_of parameter must be a date like 2011-12-10. Got {text!r} instead.") from None


def make_net_lines(connection: duckdb.DuckDBPyConnection, *, as_of: date) -> None:
    """Make the temporary table `net_lines`: the transactions before `as_of`, net of what was cancelled by then."""
    connection.execute(f"create or replace temp table net_lines as {_sql('net_lines')}", {"as_of": as_of})


def build_features(connection: duckdb.DuckDBPyConnection, *, as_of: date) -> pd.DataFrame:
    """The CustomerFeatures contract from the table `transactions`: rows before `as_of` only, ordered by customer_id.

    Raises:
        InvalidData: no transaction lies before `as_of`.
    """
    make_net_lines(connection, as_of=as_of)
    frame = connection.execute(_sql("customer_features"), {"as_of": as_of}).df()
    if frame.empty:
        first = connection.execute("select min(ordered_at)::date from transactions").fetchall()[0][0]
        raise InvalidData(f"The as-of date must lie after the first transaction, {first}. Got {as_of} instead.")
    return frame


def order_period(connection: duckdb.DuckDBPyConnection) -> tuple[date, date]:
    """Dates of the first and the last order in `net_lines`."""
    first, last = connection.execute(
        "select min(ordered_at)::date, max(ordered_at)::date from net_lines where amount > 0"
    ).fetchall()[0]
    return first, last


def next_period(connection: duckdb.DuckDBPyConnection, *, start: date, days: int) -> pd.DataFrame:
    """What customers did in the `days` from `start` on, as it was known at the period's end.

    Returns one row a customer who ordered then: customer_id (the index), next_spend (currency), next_orders (orders).
    """
    make_net_lines(connection, as_of=start + timedelta(days=days))
    return connection.execute(_sql("next_period"), {"start": start}).df().set_index("customer_id")


def _sql(name: str) -> str:
    return files("clientela.features").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
