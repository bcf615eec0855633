"""The forecast of one length: the sum over any group of customers, with an interval."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import gammaincinv, stdtrit

from clientela.forecast.errors import ErrorModel, PastErrors, recent_errors, seasonal_errors
from clientela.forecast.measures import MEASURES, Measure
from clientela.forecast.points import Points
from clientela.settings.forecast import ForecastSettings

MOST_DISPERSION = 9.0  # largest squared ratio of standard deviation and mean of an interval


@dataclass(frozen=True)
class Interval:
    """Lower end, expected value and upper end."""

    low: float
    expected: float
    high: float

    def as_list(self) -> list[float]:
        """Lower end, expected value and upper end."""
        return [self.low, self.expected, self.high]


@dataclass(frozen=True)
class GroupForecast:
    """What to expect of a group of customers.

    Attributes:
        customers: number of customers.
        spend: total spend (currency).
        orders: number of orders.
        buyers: number of customers with at least one order.
        variation: standard deviation of the spend by chance alone, relative to the expected spend (as a bootstrap of
            the group's customers has).
        is_too_small: whether chance alone makes the group too small to forecast.
    """

    customers: int
    spend: Interval
    orders: Interval
    buyers: Interval
    variation: float
    is_too_small: bool

    @property
    def buyer_share(self) -> Interval:
        """Share of the group's customers with at least one order."""
        size = max(self.customers, 1)
        return Interval(*(value / size for value in self.buyers.as_list()))


@dataclass(frozen=True)
class HorizonForecast:
    """The forecast of one length for every customer.

    Attributes:
        days: length of the coming period (days).
        points: point forecasts of the customers.
        models: error model of each measure.
        settings: forecast settings.
    """

    days: int
    points: Points
    models: dict[Measure, ErrorModel]
    settings: ForecastSettings

    @property
    def is_seasonal(self) -> bool:
        """Whether the season of a year ago is part of the forecast."""
        return self.points.is_seasonal

    def of(self, group: np.ndarray) -> GroupForecast:
        """The forecast of a group.

        Args:
            group: whether each customer of the history belongs to it; (customers,).

        Returns:
            Totals with intervals; those of groups without common customers add up to their union's.
        """
        inside = group & self.points.known
        intervals = {measure: self._interval(inside, measure) for measure in MEASURES}
        buyers, size = intervals["buyers"], int(inside.sum())
        intervals["buyers"] = Interval(min(buyers.low, size), buyers.expected, min(buyers.high, size))
        variation, share = self._variation(inside), self._share(inside, "spend")
        limits = self.settings.intervals
        small = share < limits.least_share or variation >= limits.most_variation
        return GroupForecast(size, **intervals, variation=variation, is_too_small=small)

    def customers(self, index: pd.Index) -> pd.DataFrame:
        """Expected spend, orders and chance of an order of each known customer, by customer id."""
        return pd.DataFrame(self.points.expected, index=index)[self.points.known]

    def _share(self, inside: np.ndarray, measure: Measure) -> float:
        expected = self.points.expected[measure]
        total = float(expected.sum())
        return float(expected[inside].sum()) / total if total else 0.0

    def _chance(self, inside: np.ndarray, measure: Measure) -> float:
        """Variance of a group's sum by chance, if its customers are given."""
        by_customer = (
            self.points.expected[measure][inside] * self.models[measure].dispersion[self.points.tenths[inside]]
        )
        return float(by_customer.sum())

    def _variation(self, inside: np.ndarray) -> float:
        expected = self.points.expected["spend"][inside]
        total = float(expected.sum())
        return (self._chance(inside, "spend") + float((expected**2).sum())) ** 0.5 / total if total else np.inf

    def _interval(self, inside: np.ndarray, measure: Measure) -> Interval:
        expected, model = float(self.points.expected[measure][inside].sum()), self.models[measure]
        if not expected:
            return Interval(0.0, 0.0, 0.0)
        apart = 1 - self._share(inside, measure)
        estimated = model.total + model.group * apart
        variance = estimated + self._chance(inside, measure) / expected**2
        freedom = degrees_of_freedom(variance, estimated, periods=model.periods)
        return _interval(expected, variance, freedom=freedom, level=self.settings.interval)


def degrees_of_freedom(variance: float, estimated: float, *, periods: float) -> float:
    """Degrees of freedom of a variance of which only a part comes from few periods.

    Welch (1947) and Satterthwaite (1946): the other parts come from many customers and count as known.

    Args:
        variance: whole variance.
        estimated: part of it that is estimated from past periods.
        periods: number of independent periods.

    Returns:
        At least 1; infinite if no part is estimated.

    Example:
        >>> degrees_of_freedom(0.02, 0.01, periods=4), degrees_of_freedom(0.01, 0.01, periods=4)
        (16.0, 4.0)
    """
    return max((variance / estimated) ** 2 * periods, 1.0) if estimated else float(np.inf)


def _interval(expected: float, variance: float, *, freedom: float, level: float) -> Interval:
    """An interval of a positive quantity: a gamma distribution, widened as Student's t for an estimated variance.

    The upper end of a gamma distribution falls again where its standard deviation is far above its mean; wider than
    that says nothing.
    """
    tail = (1 - level) / 2
    # The quantiles of scipy.stats call these functions, after checks that take a hundred times as long.
    deviation = variance**0.5 * stdtrit(freedom, 1 - tail) / stdtrit(np.inf, 1 - tail)
    shape = 1 / np.expm1(min(deviation**2, np.log1p(MOST_DISPERSION)))
    low, high = gammaincinv(shape, [tail, 1 - tail]) * (expected / shape)
    return Interval(float(min(low, expected)), expected, float(max(high, expected)))


def horizon_forecast(
    points: Points, past: Sequence[PastErrors], *, days: int, settings: ForecastSettings
) -> HorizonForecast | None:
    """Add the intervals to point forecasts.

    Args:
        points: point forecasts at a date.
        past: errors at past dates whose period was over by then.
        days: length of the coming period (days).
        settings: forecast settings.

    Returns:
        None if there are no past errors, or if there is no season and too few ratios between consecutive periods to
        say how much periods differ.
    """
    steps = days / settings.step_days
    few = min(len(total.factors) for total in points.totals.values()) / steps < settings.intervals.recent_dates
    if not past or (few and not points.is_seasonal):
        return None
    estimate = seasonal_errors if points.is_seasonal else recent_errors
    models = {
        measure: estimate(past, measure, points.totals[measure].factors, settings.intervals, steps=steps)
        for measure in MEASURES
    }
    return HorizonForecast(days, points, models, settings)
