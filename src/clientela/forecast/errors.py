"""The errors of a past forecast: of the total, of the tenths, and what chance alone contributes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clientela.forecast.history import Outcome
from clientela.forecast.measures import MEASURES, Measure, values_of
from clientela.forecast.points import LEAST, Points
from clientela.settings.forecast import IntervalSettings


@dataclass(frozen=True)
class MeasureErrors:
    """The errors of one measure at one past date.

    Attributes:
        total: logarithm of the actual total divided by the expected one.
        tenths: the same of each tenth, after the total is corrected; (tenths,).
        expected: expected sums of the tenths, after the total is corrected; (tenths,).
        squares: squared errors of the customers, summed by tenth; (tenths,).
    """

    total: float
    tenths: np.ndarray
    expected: np.ndarray
    squares: np.ndarray


@dataclass(frozen=True)
class PastErrors:
    """The errors at one past date; `is_seasonal`: whether the forecast had a seasonal ratio."""

    is_seasonal: bool
    measures: dict[Measure, MeasureErrors]


@dataclass(frozen=True)
class ErrorModel:
    """How far forecasts of one measure can be off.

    Attributes:
        dispersion: variance of a customer's outcome by chance, per unit of the expected one; (tenths,).
        total: variance of the logarithm of the total, beyond chance.
        group: variance of the logarithm of a small group's share, beyond chance.
        periods: number of independent periods that `total` is estimated from.
    """

    dispersion: np.ndarray
    total: float
    group: float
    periods: float


def errors_of(points: Points, outcome: Outcome, tenths: int) -> PastErrors:
    """Compare a forecast with what happened.

    Args:
        points: point forecasts at a past date.
        outcome: what the customers did in the period after it.
        tenths: number of tenths.

    Returns:
        The errors of each measure.
    """
    return PastErrors(
        points.is_seasonal,
        {measure: _measure_errors(points, values_of(outcome, measure), measure, tenths) for measure in MEASURES},
    )


def _measure_errors(points: Points, values: np.ndarray, measure: Measure, tenths: int) -> MeasureErrors:
    forecast = points.by_tenth(points.expected[measure], tenths)
    actual = points.by_tenth(values, tenths)
    ratio = max(actual.sum(), LEAST) / max(forecast.sum(), LEAST)
    expected = points.expected[measure] * ratio
    squares = points.by_tenth((values - expected) ** 2, tenths)
    off = np.log(np.maximum(actual, LEAST) / np.maximum(forecast * ratio, LEAST))
    return MeasureErrors(float(np.log(ratio)), off, forecast * ratio, squares)


def error_model(
    past: Sequence[PastErrors], measure: Measure, factors: np.ndarray | None, settings: IntervalSettings, *, steps: float
) -> ErrorModel:
    """Estimate how far forecasts are off.

    The variance of the total and of the groups are means of those at past dates, without what chance contributes, and
    of the assumed ones in the settings. Past dates are less than a period apart, so they count as fewer.

    Args:
        past: errors at past dates whose period is over, at least one.
        measure: what is forecast.
        factors: logarithms of the ratios of consecutive periods, if there is no season; otherwise None.
        settings: assumed errors.
        steps: number of past dates per period.

    Returns:
        The error model.
    """
    errors = [one.measures[measure] for one in past]
    dispersion = _dispersion(errors)
    seasonal = [one.measures[measure] for one in past if one.is_seasonal]
    group = _group_variance(errors, dispersion, settings, steps=steps)
    if factors is not None:
        return ErrorModel(dispersion, float((factors**2).mean()), group, len(factors) / steps)
    beyond = [one.total**2 - _chance(one, dispersion) for one in seasonal]
    periods = len(seasonal) / steps
    total = (settings.prior * settings.total**2 + periods * _mean(beyond)) / (settings.prior + periods)
    return ErrorModel(dispersion, max(total, 0.0), group, settings.prior + periods)


def _dispersion(errors: Sequence[MeasureErrors]) -> np.ndarray:
    squares = np.sum([one.squares for one in errors], axis=0)
    expected = np.sum([one.expected for one in errors], axis=0)
    pooled = squares.sum() / max(expected.sum(), LEAST)
    return np.where(expected > 0, squares / np.maximum(expected, LEAST), pooled)


def _chance(errors: MeasureErrors, dispersion: np.ndarray) -> float:
    return float(dispersion @ errors.expected) / max(float(errors.expected.sum()), LEAST) ** 2


def _group_variance(
    errors: Sequence[MeasureErrors], dispersion: np.ndarray, settings: IntervalSettings, *, steps: float
) -> float:
    """Mean squared error of the tenths' shares beyond chance; a tenth counts once per independent period."""
    beyond = [
        float(np.mean((1 - np.exp(one.tenths)) ** 2 - dispersion / np.maximum(one.expected, LEAST))) for one in errors
    ]
    periods = len(errors) / steps
    mean = (settings.prior * settings.group**2 + periods * _mean(beyond)) / (settings.prior + periods)
    return max(mean, 0.0)


def _mean(values: Sequence[float]) -> float:
    return max(float(np.mean(values)), 0.0) if values else 0.0
