"""The forecast at past dates, each with only what was known then, up to the present one."""

from collections.abc import Iterator
from dataclasses import dataclass

from clientela.forecast.errors import PastErrors, errors_of
from clientela.forecast.group import HorizonForecast, horizon_forecast
from clientela.forecast.history import OrderHistory, Outcome
from clientela.forecast.points import TenthShares, forecast_points, tenth_shares
from clientela.forecast.profiles import CellSums, cell_sums
from clientela.settings.forecast import ForecastSettings


@dataclass(frozen=True)
class DatedForecast:
    """The forecast at one date.

    Attributes:
        days_back: days between the date and the present as-of date.
        history: orders before the date.
        forecast: forecast of the period after the date.
        outcome: what the customers did in that period; None if it is not over.
    """

    days_back: int
    history: OrderHistory
    forecast: HorizonForecast
    outcome: Outcome | None


def rolling_forecasts(history: OrderHistory, days: int, settings: ForecastSettings) -> Iterator[DatedForecast]:
    """Repeat the forecast at past dates, from the earliest to the present.

    Args:
        history: orders before the present as-of date.
        days: length of the coming period (days).
        settings: forecast settings.

    Yields:
        Dates with a forecast, each made from orders before it only. No date, if the history is too short.
    """
    cells: dict[int, CellSums] = {}
    shares: dict[int, TenthShares] = {}
    errors: dict[int, PastErrors] = {}
    for back in _dates(history, days, settings):
        then = history.before(back)
        outcome = history.outcome(back, back - days) if back >= days else None
        if outcome is not None:
            cells[back] = cell_sums(then, outcome, settings.profiles)
        over = [date for date in sorted(cells) if date >= back + days][: settings.profiles.most_dates]
        if not over or back > settings.past_dates * settings.step_days + days:
            continue
        past_shares = [shares[date] for date in over if date in shares]
        points = forecast_points(then, days, [cells[date] for date in over], past_shares, settings)
        past_errors = [errors[date] for date in sorted(errors) if date >= back + days]
        forecast = horizon_forecast(points, past_errors, days=days, settings=settings)
        if outcome is not None:
            shares[back] = tenth_shares(points, outcome, settings.profiles.tenths)
            errors[back] = errors_of(points, outcome, settings.profiles.tenths)
        if forecast is not None:
            yield DatedForecast(back, then, forecast, outcome)


def _dates(history: OrderHistory, days: int, settings: ForecastSettings) -> range:
    """Days before the present date, descending to 0; the earliest has one step of history before it."""
    step = settings.step_days
    earliest = min(
        (history.days - step) // step * step,
        (settings.past_dates + settings.profiles.most_dates) * step + 2 * days,
    )
    return range(earliest, -1, -step)
