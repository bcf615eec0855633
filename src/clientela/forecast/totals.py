"""The total of all known customers in the coming period: the last period's, times the seasonal ratio."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clientela.forecast.composition import band_rates, composed_ratio, dated_lists
from clientela.forecast.history import OrderHistory
from clientela.forecast.measures import MEASURES, Measure, values_of
from clientela.forecast.profiles import CellSums
from clientela.forecast.season import Season, recent_factors, seasonal_ratio
from clientela.settings.forecast import ForecastSettings


@dataclass(frozen=True)
class Total:
    """The total of all known customers in the coming period.

    Attributes:
        level: total of the last period, of the customers known at its start.
        season: seasonal ratio of the shop's totals; None if the history has none.
        factors: logarithms of the ratios of consecutive periods, the latest first.
        composed: logarithm of the ratio from the change of the list and its season (`composed_ratio`); None if the list
            of a year ago is not known.
    """

    level: float
    season: Season | None
    factors: np.ndarray
    composed: float | None = None

    @property
    def log_ratio(self) -> float:
        """Logarithm of the ratio of the coming period to the last one.

        The mean of two forecasts, as their errors differ (Bates & Granger 1969): the ratio of the shop's totals is too
        high where the shop grew faster a year ago, the other one misses what customers of a band change.
        """
        if self.season is None:
            return 0.0
        return self.season.log_ratio if self.composed is None else (self.season.log_ratio + self.composed) / 2

    @property
    def expected(self) -> float:
        """Expected total."""
        return self.level * float(np.exp(self.log_ratio))


def forecast_totals(
    history: OrderHistory, days: int, cells: Sequence[CellSums], settings: ForecastSettings
) -> dict[Measure, Total]:
    """Forecast the totals of all customers known at the as-of date.

    New customers of the coming period are not part of it, as those of the last period are not part of the level.

    Args:
        history: orders before the as-of date.
        days: length of the coming period (days).
        cells: what the cells did after past dates whose period is over, at least one.
        settings: forecast settings.

    Returns:
        The total of each measure; levels are 0 if no customer was known before the last period.
    """
    seasons = {measure: seasonal_ratio(history, days, measure, settings.season) for measure in MEASURES}
    composed: dict[Measure, float | None] = dict.fromkeys(MEASURES)
    if any(seasons.values()):
        lists, rates = dated_lists(history, days, settings), band_rates(cells, settings)
        composed = {
            measure: composed_ratio(lists, rates[measure], measure, days=days, season=season, settings=settings.season)
            for measure, season in seasons.items()
            if season
        }
    return {
        measure: _total(history, days, measure, settings, season=season, composed=composed.get(measure))
        for measure, season in seasons.items()
    }


def _total(
    history: OrderHistory,
    days: int,
    measure: Measure,
    settings: ForecastSettings,
    *,
    season: Season | None,
    composed: float | None,
) -> Total:
    last, known = history.outcome(days, 0), history.before(days).known
    level = float(values_of(last, measure)[known].sum())
    factors = recent_factors(
        history, days, measure, step=settings.step_days, largest_order=settings.season.largest_order
    )
    return Total(level, season, factors, composed)
