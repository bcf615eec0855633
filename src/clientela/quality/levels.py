"""Sudden changes of level in orders, revenue, customers and prices, week by week."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from math import exp, log

import duckdb
import numpy as np

from clientela.quality.findings import Finding

MEASURES = ("orders", "revenue", "customers", "price")
YEAR_WEEKS = 52
SAME_TIME_WEEKS = 4  # on either side: changes so near to each other in two years are of the same season
HALF = 0.5
LEAST_NOISE = 0.02  # of the logarithm; prices may not vary at all
# Months of the year-end season, in which sales may rise and then fall suddenly.
RISE_MONTHS, FALL_MONTHS = (9, 10, 11, 12), (12, 1, 2)


@dataclass(frozen=True)
class Weeks:
    """Complete weeks from Monday to Sunday.

    Attributes:
        starts: Mondays, in order and without gaps.
        values: measure -> value per week (weeks,); NaN for a week without sales.
    """

    starts: list[date]
    values: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class LevelChange:
    """A sudden change.

    Attributes:
        measure: one of MEASURES.
        week: first Monday of the new level.
        before: median of the weeks before.
        after: median of the weeks after.
        explained: "season" if the same happens in another year or at the year's end; otherwise empty.
    """

    measure: str
    week: date
    before: float
    after: float
    explained: str = ""

    @property
    def jump(self) -> float:
        """Logarithm of the ratio."""
        return log(self.after / self.before)


@dataclass(frozen=True)
class LevelRule:
    """When a change of level is sudden.

    Attributes:
        weeks: weeks before and after that are compared.
        noise: smallest change, as a multiple of the spread of the weeks around their medians.
        ratio: measure -> smallest ratio of the two levels, above 1.
        season_ratio: largest ratio that the year-end season explains where no other year is known.
    """

    weeks: int
    noise: float
    ratio: Mapping[str, float]
    season_ratio: float


def weekly_series(connection: duckdb.DuckDBPyConnection) -> Weeks:
    """Orders, revenue, customers and price level of each complete week.

    The price level is the median, over the lines of a week, of the price relative to the median of the same product.

    Args:
        connection: DuckDB connection with the view `source_lines`.
    """
    query = files("clientela.quality").joinpath("sql", "weeks.sql").read_text(encoding="utf-8")
    rows = connection.execute(query).fetchall()
    first, last = _period(connection)
    monday = first + timedelta(-first.weekday() % 7)
    count = max(0, ((last - monday).days + 1) // 7)
    values = {measure: np.full(count, np.nan) for measure in MEASURES}
    for start, *found in rows:
        place = (start - monday).days // 7
        if 0 <= place < count:
            for measure, value in zip(MEASURES, found, strict=True):
                values[measure][place] = np.nan if value is None else float(value)
    return Weeks([monday + timedelta(7 * i) for i in range(count)], values)


def find_level_changes(weeks: Weeks, rule: LevelRule) -> list[LevelChange]:
    """Sudden changes of level, each at the week where it is largest.

    A change counts if the medians of the weeks before and after differ by the ratio of the rule and by a multiple of
    the spread of the single weeks around them, and the trend of these weeks does not explain it. Changes
    of the season are explained: another year has one of at least half the size at the same time, or, where no other
    year is known, sales rise before the year's end or fall after it.

    Args:
        weeks: weekly values.
        rule: when a change is sudden.

    Returns:
        The changes in order of the measures and of time.

    Example:
        >>> starts = [date(2024, 1, 1) + timedelta(7 * i) for i in range(24)]
        >>> orders = np.array([100.0, 110, 90] * 4 + [300.0, 290, 310] * 4)
        >>> rule = LevelRule(weeks=8, noise=4, ratio={"orders": 1.5}, season_ratio=3)
        >>> found = find_level_changes(Weeks(starts, {"orders": orders}), rule)
        >>> [(change.week.isoformat(), change.before, change.after) for change in found]
        [('2024-03-25', 100.0, 300.0)]
    """
    found = []
    for measure, values in weeks.values.items():
        counts = None if measure == "price" else weeks.values.get("orders", values)
        jumps, scores = _jumps(values, rule.weeks, counts)
        for peak in _peaks(jumps, scores, rule, least=log(rule.ratio[measure])):
            place = _best_split(values, peak, rule.weeks)
            before, after = (_median(values[part]) for part in _sides(place, rule.weeks))
            change = LevelChange(measure, weeks.starts[place], before, after)
            explained = "season" if _is_season(change, place, jumps, rule) else ""
            found.append(LevelChange(measure, change.week, before, after, explained))
    return found


def level_findings(changes: list[LevelChange]) -> Iterator[Finding]:
    """One finding per change."""
    for change in changes:
        finding: Finding = {
            "kind": "level_change",
            "rule": "rise" if change.jump > 0 else "fall",
            "subject": change.measure,
            "values": {
                "week": change.week.isoformat(),
                "before": change.before,
                "after": change.after,
                "ratio": exp(abs(change.jump)),
            },
        }
        yield {**finding, "explained": change.explained} if change.explained else finding


def _period(connection: duckdb.DuckDBPyConnection) -> tuple[date, date]:
    first, last = connection.execute(
        "select min(ordered_at)::date, max(ordered_at)::date from source_lines where rejected_by is null"
    ).fetchall()[0]
    return first, last


def _sides(place: int, size: int) -> tuple[slice, slice]:
    return slice(place - size, place), slice(place, place + size)


def _median(values: np.ndarray) -> float:
    return float(np.nanmedian(values))


def _jumps(values: np.ndarray, size: int, counts: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Per week the logarithm of the ratio of the levels after and before, and the jump relative to the noise (weeks,).

    Both are 0 where too few weeks are known. The score is 0 where the trend of the weeks explains half of the jump.

    Args:
        values: weekly values (weeks,).
        size: weeks before and after.
        counts: orders per week (weeks,), whose chance variation is the least noise; None for a measure without.
    """
    jumps, scores = np.zeros(len(values)), np.zeros(len(values))
    logs = np.log(np.where(values > 0, values, np.nan))
    for place in range(size, len(values) - size + 1):
        before, after = (logs[part] for part in _sides(place, size))
        if min(np.isfinite(before).sum(), np.isfinite(after).sum()) * 2 <= size:
            continue
        jump = jumps[place] = _median(after) - _median(before)
        trend = size * (_slope(before) + _slope(after)) / 2
        if abs(jump - trend) < HALF * abs(jump) or np.sign(jump - trend) != np.sign(jump):
            continue
        spread = 1.4826 * _median(np.abs(np.concatenate([before - _median(before), after - _median(after)])))
        orders = 0.0 if counts is None else min(_median(counts[part]) for part in _sides(place, size))
        scores[place] = abs(jump) / max(spread, LEAST_NOISE, orders**-0.5 if orders else 0.0)
    return jumps, scores


def _slope(side: np.ndarray) -> float:
    """Change per week between the first and the last half of some weeks; 0 where one of them is not known."""
    half = len(side) // 2
    first, last = side[:half], side[-half:]
    if not (np.isfinite(first).any() and np.isfinite(last).any()):
        return 0.0
    return (_median(last) - _median(first)) / (len(side) - half)


def _peaks(jumps: np.ndarray, scores: np.ndarray, rule: LevelRule, *, least: float) -> list[int]:
    """Weeks of the largest scores, no two nearer to each other than the weeks that are compared."""
    places = np.flatnonzero((scores >= rule.noise) & (np.abs(jumps) >= least))
    chosen: list[int] = []
    for place in sorted(places.tolist(), key=lambda place: (-scores[place], place)):
        if all(abs(place - other) >= rule.weeks for other in chosen):
            chosen.append(place)
    return sorted(chosen)


def _best_split(values: np.ndarray, peak: int, size: int) -> int:
    """The split near a peak that leaves the least absolute deviations from the medians on its two sides."""
    logs = np.log(np.where(values > 0, values, np.nan))
    start, end = max(0, peak - size), min(len(logs), peak + size)
    reach = size // 2
    places = range(max(start + reach, peak - reach), min(end - reach, peak + reach) + 1)

    def deviation(place: int) -> float:
        parts = (logs[start:place], logs[place:end])
        return sum(float(np.nansum(np.abs(part - np.nanmedian(part)))) for part in parts)

    return min(places, key=lambda place: (round(deviation(place), 9), abs(place - peak)))


def _is_season(change: LevelChange, place: int, jumps: np.ndarray, rule: LevelRule) -> bool:
    if change.measure == "price":
        return False
    others = [place + years * YEAR_WEEKS for years in (-3, -2, -1, 1, 2, 3)]
    known = [other for other in others if rule.weeks <= other <= len(jumps) - rule.weeks]
    if known:
        nearby = [jumps[max(0, other - SAME_TIME_WEEKS) : other + SAME_TIME_WEEKS + 1] for other in known]
        return any((np.sign(change.jump) * around).max() >= HALF * abs(change.jump) for around in nearby)
    months = RISE_MONTHS if change.jump > 0 else FALL_MONTHS
    return change.week.month in months and abs(change.jump) < log(rule.season_ratio)
