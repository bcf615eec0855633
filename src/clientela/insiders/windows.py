"""What marketing can see of a customer within a window: spend, orders, days since the last purchase."""

from datetime import date
from importlib.resources import files

import duckdb
import pandas as pd

from clientela.features.build import make_net_lines


def window_figures(connection: duckdb.DuckDBPyConnection, *, as_of: date, window_days: int) -> pd.DataFrame:
    """One row a customer with an order before `as_of`, by customer_id (the index, ordered).

    Columns: spend (currency) and orders (orders) of the `window_days` before `as_of`, days since the last order (days,
    also of one before the window). `net_lines` is left as of `as_of`.
    """
    make_net_lines(connection, as_of=as_of)
    query = files("clientela.insiders").joinpath("sql", "window_figures.sql").read_text(encoding="utf-8")
    return connection.execute(query, {"as_of": as_of, "window_days": window_days}).df().set_index("customer_id")


def months_back(day: date, months: int) -> date:
    """The same day some months earlier; the month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return _last_possible(year, month + 1, day.day)


def _last_possible(year: int, month: int, day: int) -> date:
    for last in range(day, 27, -1):
        try:
            return date(year, month, last)
        except ValueError:
            continue
    return date(year, month, min(day, 28))
