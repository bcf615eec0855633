"""Gaps in the calendar: days without any sale that the weekly rhythm of the shop does not explain."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import numpy as np

from clientela.quality.findings import Finding

WINDOW_DAYS = 182  # on either side of a gap: the days that its weekdays are compared with
YEAR_END = ((12, 20), (1, 8))  # first and last day of the time in which many shops are closed


@dataclass(frozen=True)
class Gap:
    """Days without a sale, from `first` to `last`.

    Attributes:
        first: first day.
        last: last day.
        open_days: days of weekdays on which the shop usually sells.
        explained: "year_end", "every_year", or empty.
    """

    first: date
    last: date
    open_days: int
    explained: str = ""


def orders_by_day(connection: duckdb.DuckDBPyConnection) -> list[tuple[date, int]]:
    """Days with sales and their number of orders, in order; rows that the cleaning rejects count, too.

    Args:
        connection: DuckDB connection with the view `source_lines`.
    """
    return connection.execute("""
        select ordered_at::date as day, count(distinct order_id)
        from source_lines
        where amount > 0 and ordered_at is not null and rejected_by is distinct from 'implausible_date'
        group by day order by day
    """).fetchall()


def find_gaps(days: Sequence[tuple[date, int]], *, chance: float) -> list[Gap]:
    """Runs of days without a sale that chance and the weekly rhythm do not explain.

    The probability of a day without a sale is the share of such days among the same weekdays of half a year before and
    after, without the run itself. Where all of these have sales, it is that of a count of 0 at their mean and
    dispersion (quasi-Poisson). A run is a gap if so unlikely a run is expected fewer than `chance` times in the period.

    Args:
        days: days with sales and their number of orders, in order (`orders_by_day`).
        chance: largest expected number of equally unlikely runs.

    Returns:
        The gaps, in order.

    Example:
        >>> opened = [(date(2024, 1, 1) + timedelta(i), 20) for i in range(100) if i not in range(40, 45)]
        >>> [(gap.first.isoformat(), gap.open_days) for gap in find_gaps(opened, chance=0.1)]
        [('2024-02-10', 5)]
    """
    if not days:
        return []
    first = days[0][0]
    counts = np.zeros((days[-1][0] - first).days + 1)
    counts[[(day - first).days for day, _ in days]] = [orders for _, orders in days]
    gaps = []
    for start, end in _runs(counts == 0):
        chances = _chances_of_no_sale(counts, start, end, weekday_of_first=first.weekday())
        if len(counts) * np.prod(chances) < chance:
            gap = Gap(first + timedelta(start), first + timedelta(end - 1), int((chances < 0.5).sum()))
            gaps.append(Gap(gap.first, gap.last, gap.open_days, _explanation(gap, first, counts)))
    return gaps


def gap_findings(gaps: Sequence[Gap]) -> Iterator[Finding]:
    """One finding per gap."""
    for gap in gaps:
        finding: Finding = {
            "kind": "gap",
            "rule": "gap",
            "subject": "ordered_at",
            "values": {
                "first": gap.first.isoformat(),
                "last": gap.last.isoformat(),
                "days": (gap.last - gap.first).days + 1,
                "open_days": gap.open_days,
            },
        }
        yield {**finding, "explained": gap.explained} if gap.explained else finding


def _runs(is_empty: np.ndarray) -> Iterator[tuple[int, int]]:
    """Start and end (exclusive) of each run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], is_empty.astype(int), [0]])))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _chances_of_no_sale(counts: np.ndarray, start: int, end: int, *, weekday_of_first: int) -> np.ndarray:
    """The probability of no sale for each day of a run (days,)."""
    places = np.arange(max(0, start - WINDOW_DAYS), min(len(counts), end + WINDOW_DAYS))
    places = places[(places < start) | (places >= end)]
    of_weekday = {day: counts[places[(places + weekday_of_first) % 7 == day]] for day in range(7)}
    known = {day: _chance_of_zero(values) for day, values in of_weekday.items()}
    return np.array([known[(place + weekday_of_first) % 7] for place in range(start, end)])


def _chance_of_zero(values: np.ndarray) -> float:
    if not len(values):
        return 1.0
    zeros = float((values == 0).mean())
    if zeros or len(values) < 2:
        return zeros
    mean = float(values.mean())
    dispersion = max(1.0, float(values.var(ddof=1)) / mean)
    return float(np.exp(-mean / dispersion))


def _explanation(gap: Gap, first: date, counts: np.ndarray) -> str:
    days = [gap.first + timedelta(i) for i in range((gap.last - gap.first).days + 1)]
    if all((day.month, day.day) >= YEAR_END[0] or (day.month, day.day) <= YEAR_END[1] for day in days):
        return "year_end"
    for years in (-3, -2, -1, 1, 2, 3):
        places = [(_in_another_year(day, years) - first).days for day in days]
        known = [place for place in places if 0 <= place < len(counts)]
        if len(known) == len(days) and sum(counts[place] == 0 for place in known) * 2 > len(days):
            return "every_year"
    return ""


def _in_another_year(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)
