"""The forecast as plain typed data for reports: all customers, the groups of a page, and the record at past dates."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TypedDict

from clientela.forecast.coverage import PastCheck, coverage
from clientela.forecast.group import GroupForecast, HorizonForecast
from clientela.forecast.history import OrderHistory
from clientela.forecast.shop import ShopForecast

YEAR = 364  # days


class GroupData(TypedDict):
    """The forecast of a group; `id` is None for all customers.

    `spend` (currency), `orders` and `buyers` (share of the customers) have the lower end, the expected value and the
    upper end. `variation` is that of the spend by chance alone (standard deviation / mean).
    """

    id: int | None
    customers: int
    spend: list[float]
    orders: list[float]
    buyers: list[float]
    variation: float
    too_small: bool


class PastData(TypedDict):
    """The forecast at a past date: expected spend of all customers with its interval, and what they spent (currency).

    `last` is the spend of the period before; `tenths` and `tenths_covered` count the groups with a tenth of the
    expected spend each.
    """

    as_of: str
    spend: list[float]
    actual: float
    last: float
    covered: bool
    tenths: int
    tenths_covered: int


class CoverageData(TypedDict):
    """Coverage over all past dates of the same kind of forecast; `error` is the median relative error of the total."""

    dates: int
    covered: int
    tenths: int
    tenths_covered: int
    periods: float
    error: float | None


class HorizonData(TypedDict):
    """The forecast of one length, from the first to the last day; `years`: number of years that the season is from."""

    days: int
    first_day: str
    last_day: str
    is_seasonal: bool
    years: int
    all: GroupData
    groups: list[GroupData]
    coverage: CoverageData
    past: list[PastData]


class ForecastData(TypedDict):
    """The forecasts of a report; `horizons` lacks the lengths for which the history is too short.

    `days` is the length that cards quote. `last_to_average` is the shop's total of the last period of that length,
    relative to an average one of the last year; None with less than two periods of history. `least_history_days` is the
    history that a season needs (days).
    """

    as_of: str
    interval: float
    days: int
    last_to_average: float | None
    history_days: int
    least_history_days: int
    horizons: list[HorizonData]


def forecast_data(forecast: ShopForecast, groups: Mapping[int, Iterable[str]], *, days: int) -> ForecastData:
    """The forecast of all customers and of groups.

    Args:
        forecast: forecasts as of one date.
        groups: customer ids of each group.
        days: length that cards quote (days).

    Returns:
        Plain data (JSON).
    """
    masks = {id_: forecast.mask(ids) for id_, ids in groups.items()}
    horizons = []
    for length, horizon in forecast.horizons.items():
        data = _horizon(forecast, horizon)
        data["groups"] = [_group(id_, horizon.of(mask)) for id_, mask in masks.items()]
        data["past"] = [_past(one) for one in forecast.checks[length] if one.is_seasonal == horizon.is_seasonal]
        horizons.append(data)
    return {
        "as_of": forecast.as_of.isoformat(),
        "interval": forecast.settings.interval,
        "days": days,
        "last_to_average": _last_to_average(forecast.history, days),
        "history_days": forecast.history.days,
        "least_history_days": forecast.settings.season.least_history_days,
        "horizons": horizons,
    }


def horizon_of(data: ForecastData | None, days: int) -> HorizonData | None:
    """The forecast of one length (days); None if there is none."""
    return next((one for one in data["horizons"] if one["days"] == days), None) if data else None


def _last_to_average(history: OrderHistory, days: int) -> float | None:
    span = min(history.days, YEAR)
    if span < 2 * days:
        return None
    last, whole = history.outcome(days, 0).spend.sum(), history.outcome(span, 0).spend.sum()
    return float(last / days / (whole / span))


def _horizon(forecast: ShopForecast, horizon: HorizonForecast) -> HorizonData:
    days, is_seasonal = horizon.days, horizon.is_seasonal
    season = horizon.points.totals["spend"].season
    found = coverage(forecast.checks[days], is_seasonal=is_seasonal, days=days, step=forecast.settings.step_days)
    return {
        "days": days,
        "first_day": forecast.as_of.isoformat(),
        "last_day": (forecast.as_of + timedelta(days=days - 1)).isoformat(),
        "is_seasonal": is_seasonal,
        "years": season.years if is_seasonal and season else 0,
        "all": _group(None, horizon.of(forecast.history.known)),
        "groups": [],
        "coverage": {
            "dates": found.dates,
            "covered": found.covered,
            "tenths": found.tenths,
            "tenths_covered": found.tenths_covered,
            "periods": found.periods,
            "error": found.error,
        },
        "past": [],
    }


def _group(id_: int | None, group: GroupForecast) -> GroupData:
    return {
        "id": id_,
        "customers": group.customers,
        "spend": group.spend.as_list(),
        "orders": group.orders.as_list(),
        "buyers": group.buyer_share.as_list(),
        "variation": min(group.variation, 10.0),  # infinite for a group without any expected spend
        "too_small": group.is_too_small,
    }


def _past(one: PastCheck) -> PastData:
    return {
        "as_of": one.as_of.isoformat(),
        "spend": one.spend.as_list(),
        "actual": one.actual,
        "last": one.last,
        "covered": one.is_covered,
        "tenths": len(one.tenths),
        "tenths_covered": one.tenths_covered,
    }
