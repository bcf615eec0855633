"""The change of the list of customers: more or fewer of those who bought lately, and so more or fewer orders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from clientela.forecast.history import OrderHistory, Outcome
from clientela.forecast.measures import MEASURES, Measure, values_of
from clientela.forecast.profiles import CellSums, recency_bands
from clientela.forecast.season import Season
from clientela.settings.forecast import ForecastSettings, SeasonSettings

FEWEST_CUSTOMERS = 30  # known at a date, for their periods to be compared
PRIOR = 20  # customers' worth of the mean of all in the mean of a band


@dataclass(frozen=True)
class DatedList:
    """The customers known at a date, and what they did in the period after it.

    Attributes:
        customers: number of customers in each band of days since the last order; (bands,).
        totals: their total of each measure in the period after the date.
    """

    customers: np.ndarray
    totals: dict[Measure, float]


def band_rates(past: Sequence[CellSums], settings: ForecastSettings) -> dict[Measure, np.ndarray]:
    """Orders and buyers per customer of each band in the period after a date, averaged over past dates.

    Args:
        past: sums at past dates, at least one.
        settings: forecast settings.

    Returns:
        Orders and share of buyers by band (bands,). The rates of spend are those of orders, because the value of an
        order does not depend on the days since the last one.
    """
    bands = len(settings.profiles.recency_days) + 1
    customers = np.sum([sums.customers for sums in past], axis=0).reshape(bands, -1).sum(axis=1)
    orders = np.sum([sums.orders * sums.mean for sums in past], axis=0).reshape(bands, -1).sum(axis=1)
    buyers = np.sum([sums.buyers for sums in past], axis=0).reshape(bands, -1).sum(axis=1)
    order_rates, buyer_rates = (
        (sums + PRIOR * sums.sum() / customers.sum()) / (customers + PRIOR) for sums in (orders, buyers)
    )
    return {"spend": order_rates, "orders": order_rates, "buyers": buyer_rates}


def dated_lists(history: OrderHistory, days: int, settings: ForecastSettings) -> dict[int, DatedList]:
    """The list now, a period ago, and at the two dates of each earlier year that a seasonal ratio compares.

    Args:
        history: orders before the as-of date.
        days: length of the periods (days).
        settings: forecast settings.

    Returns:
        Days before the as-of date -> the list; without dates at which too few customers were known.
    """
    years = [back for year in settings.season.years_back_days for back in (year, year + days)]
    found = {}
    for back in (0, days, *(back for back in years if back < history.days)):
        then = history.before(back)
        if then.known.sum() >= FEWEST_CUSTOMERS:
            after = history.outcome(back, back - days) if back else None
            found[back] = _dated_list(then, after, settings)
    return found


def _dated_list(then: OrderHistory, after: Outcome | None, settings: ForecastSettings) -> DatedList:
    bands = recency_bands(then, settings.profiles)[then.known]
    customers = np.bincount(bands, minlength=len(settings.profiles.recency_days) + 1)
    totals = {measure: float(values_of(after, measure)[then.known].sum()) for measure in MEASURES} if after else {}
    return DatedList(customers, totals)


def composed_ratio(
    lists: Mapping[int, DatedList],
    rates: np.ndarray,
    measure: Measure,
    *,
    days: int,
    season: Season,
    settings: SeasonSettings,
) -> float | None:
    """The ratio of the coming period to the last one, from the change of the list and the season without such changes.

    Each total is divided by what the customers known at its start do on average, given how long ago they bought. The
    season is the ratio of these quotients a year ago. It does not depend on how fast the list grew then. The change of
    the list since the last period is added.

    Args:
        lists: the list now, a period ago, and in earlier years.
        rates: average of the measure per customer of each band; (bands,).
        measure: what is forecast.
        days: length of the periods (days).
        season: seasonal ratio of the shop's totals, whose weights are used.
        settings: years and weights.

    Returns:
        Logarithm of the ratio; None if a list of a year ago is missing or did nothing.
    """

    def usual(back: int) -> float:
        return float(lists[back].customers @ rates)

    def level(back: int) -> float:
        return float(np.log(lists[back].totals[measure] / usual(back)))

    observed, weights = [], []
    for year, weight in zip(settings.years_back_days, settings.year_weights, strict=True):
        pair = [lists[back] for back in (year, year + days) if back in lists]
        if len(pair) < 2 or not all(one.totals[measure] for one in pair):
            break
        observed.append(level(year) - level(year + days))
        weights.append(weight)
    if not observed or days not in lists:
        return None
    return float(np.log(usual(0) / usual(days)) + season.weight * np.average(observed, weights=weights))
