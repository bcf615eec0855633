"""The figures that membership rules use: spend and orders within a window, days since the last purchase."""

from datetime import date
from importlib.resources import files

import duckdb
import pandas as pd

from clientela.features.build import make_net_lines


def window_figures(connection: duckdb.DuckDBPyConnection, *, as_of: date, window_days: int) -> pd.DataFrame:
    """Figures of every customer with an order before `as_of`; leaves the table `net_lines` as of `as_of`.

    Args:
        connection: connection with the tables `transactions` and `cancellations`.
        as_of: as-of date; nothing on or after it is known.
        window_days: length of the window before `as_of` (days).

    Returns:
        One row per customer, by customer_id (the index, ordered): spend (currency) and orders (number) within the
        window, days (since the last order, also where it precedes the window).
    """
    make_net_lines(connection, as_of=as_of)
    query = files("clientela.insiders").joinpath("sql", "window_figures.sql").read_text(encoding="utf-8")
    return connection.execute(query, {"as_of": as_of, "window_days": window_days}).df().set_index("customer_id")


def months_back(day: date, months: int) -> date:
    """The same day some months earlier; the last day of the month where the month has no such day.

    Example:
        >>> months_back(date(2024, 3, 31), 1)
        datetime.date(2024, 2, 29)
    """
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return _last_possible(year, month + 1, day.day)


def _last_possible(year: int, month: int, day: int) -> date:
    for last in range(day, 27, -1):
        try:
            return date(year, month, last)
        except ValueError:
            continue
    return date(year, month, min(day, 28))
