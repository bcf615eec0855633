"""The seasonal ratio: the shop's own total of a period a year ago, divided by its total of the period before that."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clientela.forecast.history import OrderHistory
from clientela.forecast.measures import Measure
from clientela.settings.forecast import SeasonSettings


@dataclass(frozen=True)
class PeriodTotal:
    """A total of all customers in one period.

    Attributes:
        value: total.
        chance: variance of the logarithm of the total by chance: the sum of the customers' squared shares.
    """

    value: float
    chance: float


@dataclass(frozen=True)
class Season:
    """A seasonal ratio.

    Attributes:
        log_ratio: logarithm of the ratio, shrunk towards 0.
        years: number of years that it is averaged over.
        weight: weight of the observed ratio in the shrunk one, in [0, 1].
    """

    log_ratio: float
    years: int
    weight: float

    @property
    def ratio(self) -> float:
        """The ratio of the coming period to the last one."""
        return float(np.exp(self.log_ratio))


def period_totals(
    history: OrderHistory, periods: Sequence[tuple[int, int]], measure: Measure, *, largest_order: float
) -> list[PeriodTotal]:
    """Totals of the whole shop in several periods.

    Args:
        history: orders before the as-of date.
        periods: start and end of each period, in days before the as-of date.
        measure: what is summed.
        largest_order: quantile of the amounts of orders; larger amounts count as this one.

    Returns:
        One total per period.
    """
    cap = np.quantile(history.amount, largest_order) if measure == "spend" else 0.0
    return [_period_total(history, start, end, measure, cap) for start, end in periods]


def _period_total(history: OrderHistory, start: int, end: int, measure: Measure, cap: float) -> PeriodTotal:
    rows = history.period(start, end)
    weights = np.minimum(history.amount[rows], cap) if measure == "spend" else None
    by_customer = np.bincount(history.customer[rows], weights)
    if measure == "buyers":
        by_customer = (by_customer > 0).astype(float)
    total = float(by_customer.sum())
    chance = float((by_customer.astype(float) ** 2).sum()) / total**2 if total else 0.0
    return PeriodTotal(total, chance)


def seasonal_ratio(history: OrderHistory, days: int, measure: Measure, settings: SeasonSettings) -> Season | None:
    """The ratio of the coming period to the last one, from the same two periods in earlier years.

    The mean logarithm of the observed ratios is shrunk towards 0 by the share of chance in it (empirical Bayes, as in
    Efron & Morris 1973, *Stein's estimation rule and its competitors*): a shop without a season gets a ratio near 1.

    Args:
        history: orders before the as-of date.
        days: length of the coming period (days).
        measure: what is forecast.
        settings: years, weights and limits.

    Returns:
        None if the history is too short, if a period of a year ago had no orders, or if the list of customers was open
        a year ago and is closed now.
    """
    if history.days < settings.least_history_days or _was_closed_since(history, days, settings):
        return None
    observed: list[tuple[float, float, float]] = []
    for back, weight in zip(settings.years_back_days, settings.year_weights, strict=True):
        if history.days < back + days:
            break
        periods = [(back, back - days), (back + days, back)]
        later, earlier = period_totals(history, periods, measure, largest_order=settings.largest_order)
        if not later.value or not earlier.value:
            break
        observed.append((np.log(later.value / earlier.value), later.chance + earlier.chance, weight))
    if not observed:
        return None
    logs, chance, weights = np.array(observed).T
    weights /= weights.sum()
    variance = _seasonal_variance(history, days, measure, settings)
    by_chance = float(weights**2 @ chance)
    kept = variance / (variance + by_chance) if variance else 0.0
    return Season(kept * float(weights @ logs), len(observed), kept)


def recent_factors(
    history: OrderHistory, days: int, measure: Measure, *, step: int, largest_order: float
) -> np.ndarray:
    """Logarithms of the ratios of the shop's totals of consecutive periods.

    Args:
        history: orders before the as-of date.
        days: length of the periods (days).
        measure: what is summed.
        step: days between the ends of two pairs of periods.
        largest_order: quantile of the amounts of orders; larger amounts count as this one.

    Returns:
        One logarithm per pair of periods, the latest first.
    """
    return _factors(history, days, measure, step=step, largest_order=largest_order)[0]


def _factors(
    history: OrderHistory, days: int, measure: Measure, *, step: int, largest_order: float
) -> tuple[np.ndarray, np.ndarray]:
    ends = range(0, history.days - 2 * days + 1, step)
    periods = [pair for end in ends for pair in ((end + days, end), (end + 2 * days, end + days))]
    totals = period_totals(history, periods, measure, largest_order=largest_order)
    pairs = [(a, b) for a, b in zip(totals[::2], totals[1::2], strict=True) if a.value and b.value]
    logs = np.array([np.log(later.value / earlier.value) for later, earlier in pairs])
    return logs, np.array([later.chance + earlier.chance for later, earlier in pairs])


def _seasonal_variance(history: OrderHistory, days: int, measure: Measure, settings: SeasonSettings) -> float:
    """Variance of the ratios of consecutive periods beyond chance."""
    logs, chance = _factors(history, days, measure, step=days // 3 or 1, largest_order=settings.largest_order)
    return max(float((logs**2).mean() - chance.mean()), 0.0) if len(logs) else 0.0


def _was_closed_since(history: OrderHistory, days: int, settings: SeasonSettings) -> bool:
    """Whether new customers bought a year ago and none do now, so that the totals of then are of a growing list."""
    first = np.zeros(len(history.customers), dtype=np.int64)
    first[history.customer] = history.days_ago
    back = settings.years_back_days[0]

    def new_share(start: int, end: int) -> float:
        rows = history.period(start, end)
        amount, total = history.amount[rows], float(history.amount[rows].sum())
        return float(amount[first[history.customer[rows]] <= start].sum()) / total if total else 0.0

    return new_share(days, 0) < settings.closed_list and new_share(back + days, back) > settings.open_list
