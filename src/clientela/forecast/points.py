"""Point forecasts at one date: the total of each measure, shared out among the customers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from clientela.forecast.history import OrderHistory, Outcome
from clientela.forecast.measures import MEASURES, Measure, values_of
from clientela.forecast.profiles import CellSums, cell_rates, cells_of, order_values, recency_bands, tenths_of
from clientela.forecast.totals import Total, forecast_totals
from clientela.settings.forecast import ForecastSettings, ProfileSettings

LEAST = 1e-9  # of a share, so that it has a logarithm
MOST_INTENSITY = 1e4


@dataclass(frozen=True)
class Points:
    """Point forecasts of all customers at one date.

    Attributes:
        known: whether each customer is known; (customers,).
        tenths: groups of equal expected spend before the correction, -1 for customers who are not known; (customers,).
        bands: bands of days since the last order; (customers,).
        totals: total of each measure.
        weights: how each total is shared out before the correction; (customers,) each.
        expected: expected spend (currency), orders and chance of an order; (customers,) each.
    """

    known: np.ndarray
    tenths: np.ndarray
    bands: np.ndarray
    totals: dict[Measure, Total]
    weights: dict[Measure, np.ndarray]
    expected: dict[Measure, np.ndarray]

    @property
    def is_seasonal(self) -> bool:
        """Whether the season of a year ago is part of the forecast."""
        return all(total.season is not None for total in self.totals.values())

    def by_tenth(self, values: np.ndarray, count: int) -> np.ndarray:
        """Sums by group of equal expected spend; (count,)."""
        return np.bincount(self.tenths[self.known], values[self.known], minlength=count)


@dataclass(frozen=True)
class TenthShares:
    """The tenths' shares of each measure in the period after a date: forecast before the correction, and actual."""

    forecast: dict[Measure, np.ndarray]
    actual: dict[Measure, np.ndarray]


def forecast_points(
    history: OrderHistory,
    days: int,
    cells: Sequence[CellSums],
    shares: Sequence[TenthShares],
    settings: ForecastSettings,
) -> Points:
    """Forecast every known customer.

    Args:
        history: orders before the date.
        days: length of the coming period (days).
        cells: what the cells did after past dates whose period is over, at least one.
        shares: shares of the tenths at past dates whose period is over; empty for the first forecast.
        settings: forecast settings.

    Returns:
        The point forecasts.
    """
    known = history.known
    weights = _weights(history, cells, settings.profiles)
    totals = forecast_totals(history, days, cells, settings)
    tenths = tenths_of(weights["spend"], known, settings.profiles.tenths)
    factors = _corrections(shares, settings.profiles)
    corrected = {measure: np.where(known, weights[measure] * factors[measure][tenths], 0.0) for measure in MEASURES}
    expected: dict[Measure, np.ndarray] = {
        "spend": _shared(totals["spend"].expected, corrected["spend"]),
        "orders": _shared(totals["orders"].expected, corrected["orders"]),
        "buyers": _chances(totals["buyers"].expected, corrected["buyers"]),
    }
    return Points(known, tenths, recency_bands(history, settings.profiles), totals, weights, expected)


def tenth_shares(points: Points, outcome: Outcome, count: int) -> TenthShares:
    """The tenths' shares, forecast and actual.

    Args:
        points: point forecasts at a past date.
        outcome: what the customers did in the period after it.
        count: number of tenths.

    Returns:
        The shares.
    """
    actual = {measure: points.by_tenth(values_of(outcome, measure), count) for measure in MEASURES}
    forecast = {measure: points.by_tenth(points.weights[measure], count) for measure in MEASURES}
    return TenthShares(
        {measure: values / max(values.sum(), LEAST) for measure, values in forecast.items()},
        {measure: values / max(values.sum(), LEAST) for measure, values in actual.items()},
    )


def _weights(history: OrderHistory, cells: Sequence[CellSums], settings: ProfileSettings) -> dict[Measure, np.ndarray]:
    orders, intensity = (rates[cells_of(history, settings)] for rates in cell_rates(cells, settings))
    weights = {"spend": orders * order_values(history, settings), "orders": orders, "buyers": intensity}
    return {measure: np.where(history.known, weights[measure], 0.0) for measure in MEASURES}


def _corrections(shares: Sequence[TenthShares], settings: ProfileSettings) -> dict[Measure, np.ndarray]:
    """The factor of each tenth: its actual share to the forecast one, in the mean of past dates, shrunk towards 1."""
    if not shares:
        return {measure: np.ones(settings.tenths) for measure in MEASURES}
    kept = len(shares) / (len(shares) + settings.correction_prior)
    factors = {}
    for measure in MEASURES:
        actual = np.mean([one.actual[measure] for one in shares], axis=0)
        forecast = np.mean([one.forecast[measure] for one in shares], axis=0)
        factors[measure] = (np.maximum(actual, LEAST) / np.maximum(forecast, LEAST)) ** kept
    return factors


def _shared(total: float, weights: np.ndarray) -> np.ndarray:
    return np.asarray(total * weights / max(weights.sum(), LEAST))


def _chances(total: float, intensity: np.ndarray) -> np.ndarray:
    """Chances of an order, 1 - exp(-factor * intensity), with a factor such that they add up to the total."""

    def excess(log_factor: float) -> float:
        return float(-np.expm1(-np.exp(log_factor) * intensity).sum()) - total

    low, high = -np.log(MOST_INTENSITY), np.log(MOST_INTENSITY)
    if total <= 0 or excess(low) >= 0:
        return np.zeros(len(intensity))
    log_factor = high if excess(high) <= 0 else brentq(excess, low, high, xtol=1e-10)
    return np.asarray(-np.expm1(-np.exp(log_factor) * intensity))
