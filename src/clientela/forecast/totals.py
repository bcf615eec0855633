"""The total of all known customers in the coming period: the last period's, times the seasonal ratio."""

from dataclasses import dataclass

import numpy as np

from clientela.forecast.history import OrderHistory
from clientela.forecast.measures import Measure, values_of
from clientela.forecast.season import Season, recent_factors, seasonal_ratio
from clientela.settings.forecast import ForecastSettings


@dataclass(frozen=True)
class Total:
    """The total of all known customers in the coming period.

    Attributes:
        level: total of the last period, of the customers known at its start.
        season: seasonal ratio; None if the history has none.
        factors: logarithms of the ratios of consecutive periods, the latest first.
    """

    level: float
    season: Season | None
    factors: np.ndarray

    @property
    def expected(self) -> float:
        """Expected total."""
        return self.level * (self.season.ratio if self.season else 1.0)


def forecast_total(history: OrderHistory, days: int, measure: Measure, settings: ForecastSettings) -> Total:
    """Forecast the total of all customers known at the as-of date.

    New customers of the coming period are not part of it, as those of the last period are not part of the level.

    Args:
        history: orders before the as-of date.
        days: length of the coming period (days).
        measure: what is forecast.
        settings: season and step.

    Returns:
        The total; a level of 0 if no customer was known before the last period.
    """
    last, known = history.outcome(days, 0), history.before(days).known
    level = float(values_of(last, measure)[known].sum())
    factors = recent_factors(
        history, days, measure, step=settings.step_days, largest_order=settings.season.largest_order
    )
    return Total(level, seasonal_ratio(history, days, measure, settings.season), factors)
