"""How often the intervals of past forecasts covered what happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from clientela.forecast.group import Interval
from clientela.forecast.history import Outcome
from clientela.forecast.rolling import DatedForecast


@dataclass(frozen=True)
class PastCheck:
    """The forecast of the spend at one past date against what happened.

    Attributes:
        as_of: past date.
        is_seasonal: whether the forecast had a seasonal ratio.
        spend: forecast of all customers known then (currency).
        actual: what they spent (currency).
        last: what the customers of the period before spent in it: the forecast without any model (currency).
        tenths: forecast of each group with a tenth of the expected spend, the highest spend per customer first.
        tenths_actual: what each group spent (currency).
    """

    as_of: date
    is_seasonal: bool
    spend: Interval
    actual: float
    last: float
    tenths: list[Interval]
    tenths_actual: list[float]

    @property
    def is_covered(self) -> bool:
        """Whether the interval of all customers covers what they spent."""
        return covers(self.spend, self.actual)

    @property
    def tenths_covered(self) -> int:
        """Number of tenths whose interval covers what they spent."""
        return sum(covers(*pair) for pair in zip(self.tenths, self.tenths_actual, strict=True))


@dataclass(frozen=True)
class Coverage:
    """Coverage over several past dates.

    Attributes:
        dates: number of past dates.
        covered: number of dates at which the interval of all customers covered what they spent.
        tenths: number of tenths over all dates.
        tenths_covered: number of them that were covered.
        periods: number of independent periods: the dates are less than one period apart, so they overlap.
        error: median relative error of the total, in absolute value; None without a date.
    """

    dates: int
    covered: int
    tenths: int
    tenths_covered: int
    periods: float
    error: float | None


def covers(interval: Interval, actual: float) -> bool:
    """Whether an interval covers a value."""
    return interval.low <= actual <= interval.high


def check(dated: DatedForecast, outcome: Outcome) -> PastCheck:
    """Compare a past forecast with what happened.

    Args:
        dated: forecast at a past date.
        outcome: what the customers did in the period after it.

    Returns:
        The check of the spend.
    """
    forecast, points = dated.forecast, dated.forecast.points
    groups = [points.tenths == tenth for tenth in range(forecast.settings.profiles.tenths)]
    groups = [group for group in groups if group.any()]
    return PastCheck(
        dated.history.as_of,
        forecast.is_seasonal,
        forecast.of(points.known).spend,
        float(outcome.spend[points.known].sum()),
        points.totals["spend"].level,
        [forecast.of(group).spend for group in groups],
        [float(outcome.spend[group].sum()) for group in groups],
    )


def coverage(checks: Sequence[PastCheck], *, is_seasonal: bool, days: int, step: int) -> Coverage:
    """Count what was covered at past dates.

    Args:
        checks: checks at past dates.
        is_seasonal: count the forecasts with a seasonal ratio, or those without.
        days: length of the forecasts (days).
        step: days between two dates.

    Returns:
        The counts.
    """
    used = [one for one in checks if one.is_seasonal == is_seasonal]
    errors = [abs(one.spend.expected / one.actual - 1) for one in used if one.actual]
    return Coverage(
        len(used),
        sum(one.is_covered for one in used),
        sum(len(one.tenths) for one in used),
        sum(one.tenths_covered for one in used),
        max(1.0, ((len(used) - 1) * step + days) / days) if used else 0.0,
        float(np.median(errors)) if errors else None,
    )
