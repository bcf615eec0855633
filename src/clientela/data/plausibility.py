"""Dates that cannot be true: placeholders like 1900-01-01, typing mistakes like 2099."""

from collections.abc import Sequence
from datetime import date

import duckdb

# A shop may pause for a season or for years, but its data do not go on after ten years of nothing.
FAR_DAYS = 3653
# A few rows are also far if they follow so many days of nothing, and three times the longest pause before.
PAUSE_DAYS, PAUSES, FEW_ROWS = 180, 3, 0.005


def plausible_dates(
    connection: duckdb.DuckDBPyConnection, settings: tuple[date | None, date | None] | None
) -> tuple[date | None, date | None]:
    """The first and the last plausible date of the table `staged`.

    Args:
        connection: DuckDB connection with the table `staged`.
        settings: first and last plausible date; None as last date finds it by `last_plausible`. None for no limits.
    """
    if settings is None or settings[1]:
        return settings or (None, None)
    first = settings[0] or date.min
    days = connection.execute(
        "select ordered_at::date, count(*) from staged where ordered_at >= ? group by all order by all", [first]
    ).fetchall()
    return settings[0], last_plausible(days)


def last_plausible(days: Sequence[tuple[date, int]]) -> date | None:
    """The last date before a gap so long that the later dates must be mistakes.

    Args:
        days: dates with their numbers of rows, in order.

    Returns:
        The last plausible date; None without dates. Later dates are mistakes if ten years without rows lie between,
        or if they are at most 0.5 % of all rows and follow a gap of 180 days that is three times the longest before.

    >>> last_plausible([(date(2024, 1, 5), 3), (date(2024, 2, 6), 2), (date(2099, 1, 1), 1)])
    datetime.date(2024, 2, 6)
    """
    if not days:
        return None
    rows = sum(count for _, count in days)
    place = seen = longest = 0
    for place, (day, count) in enumerate(days[:-1]):
        seen += count
        gap = (days[place + 1][0] - day).days
        is_few = rows - seen <= FEW_ROWS * rows and gap > max(PAUSE_DAYS, PAUSES * longest)
        if 2 * seen >= rows and (gap > FAR_DAYS or is_few):
            return day
        longest = max(longest, gap)
    return days[-1][0]
