"""The errors of past forecasts, and what they say about the next: of totals, of groups, and by chance alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clientela.forecast.history import Outcome
from clientela.forecast.measures import MEASURES, Measure, values_of
from clientela.forecast.points import LEAST, Points
from clientela.settings.forecast import IntervalSettings

CHI_SQUARE_MEDIAN = 0.455  # of one squared standard normal, whose mean is 1


@dataclass(frozen=True)
class MeasureErrors:
    """The errors of one measure at one past date.

    Attributes:
        total: logarithm of the actual total divided by the expected one.
        expected: expected sums of the tenths, multiplied so that the total is right; (tenths,).
        squares: squared errors of the customers' expectations, multiplied likewise, summed by tenth; (tenths,).
        group: mean squared relative error of groups beyond chance, after the total is corrected.
    """

    total: float
    expected: np.ndarray
    squares: np.ndarray
    group: float

    @property
    def chance(self) -> float:
        """Variance of the logarithm of the total by chance."""
        return float(self.squares.sum()) / max(float(self.expected.sum()), LEAST) ** 2


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
    known = points.known
    actual, forecast = values[known], points.expected[measure][known]
    ratio = max(actual.sum(), LEAST) / max(forecast.sum(), LEAST)
    expected = forecast * ratio
    errors = [_group_error(actual, expected, groups[known]) for groups in (points.tenths, points.bands)]
    squares = points.by_tenth((values - points.expected[measure] * ratio) ** 2, tenths)
    return MeasureErrors(
        float(np.log(ratio)), points.by_tenth(points.expected[measure] * ratio, tenths), squares, float(np.mean(errors))
    )


def _group_error(actual: np.ndarray, expected: np.ndarray, groups: np.ndarray) -> float:
    """Mean squared relative error of the groups' sums beyond chance, weighted by the expected sums."""
    sums = np.bincount(groups, expected)
    off = np.bincount(groups, actual) - sums
    chance = np.bincount(groups, (actual - expected) ** 2)
    weights = np.maximum(sums, LEAST)
    return float(np.average((off**2 - chance) / weights**2, weights=weights))


def seasonal_errors(
    past: Sequence[PastErrors], measure: Measure, factors: np.ndarray, settings: IntervalSettings, *, steps: float
) -> ErrorModel:
    """Estimate how far forecasts with a season are off.

    The variances are means of those at past dates, without what chance contributes, and of assumed ones. Past dates are
    less than a period apart, so they count as fewer.

    Args:
        past: errors at past dates whose period is over, at least one.
        measure: what is forecast.
        factors: logarithms of the ratios of consecutive periods; the more they vary, the less exactly seasons repeat.
        settings: assumed errors.
        steps: number of past dates per period.

    Returns:
        The error model.
    """
    seasonal = [one.measures[measure] for one in past if one.is_seasonal]
    beyond = [error.total**2 - error.chance for error in seasonal]
    assumed = settings.total**2 / steps + settings.season_part**2 * _mean(factors**2)
    periods, prior = len(seasonal) / steps, settings.total_prior
    total = (prior * assumed + periods * _mean(beyond)) / (prior + periods)
    return ErrorModel(
        _dispersion(past, measure), total, _group_variance(past, measure, settings, steps=steps), prior + periods
    )


def recent_errors(
    past: Sequence[PastErrors], measure: Measure, factors: np.ndarray, settings: IntervalSettings, *, steps: float
) -> ErrorModel:
    """Estimate how far forecasts without a season are off: as far as consecutive periods differ.

    Args:
        past: errors at past dates whose period is over, at least one.
        measure: what is forecast.
        factors: logarithms of the ratios of consecutive periods, at least one.
        settings: assumed errors.
        steps: number of past dates per period.

    Returns:
        The error model.
    """
    totals = np.array([one.measures[measure].total for one in past])
    # The median, because the errors of the first dates, when few customers were known, are no measure of later ones.
    total = max(_mean(factors**2), float(np.median(totals**2)) / CHI_SQUARE_MEDIAN)
    group = _group_variance(past, measure, settings, steps=steps)
    return ErrorModel(_dispersion(past, measure), total, group, len(factors) / steps)


def _dispersion(past: Sequence[PastErrors], measure: Measure) -> np.ndarray:
    squares = np.sum([one.measures[measure].squares for one in past], axis=0)
    expected = np.sum([one.measures[measure].expected for one in past], axis=0)
    pooled = squares.sum() / max(expected.sum(), LEAST)
    return np.where(expected > 0, squares / np.maximum(expected, LEAST), pooled)


def _group_variance(past: Sequence[PastErrors], measure: Measure, settings: IntervalSettings, *, steps: float) -> float:
    periods, prior = len(past) / steps, settings.group_prior
    mean = _mean([one.measures[measure].group for one in past])
    return (prior * settings.group**2 + periods * mean) / (prior + periods)


def _mean(values: Sequence[float] | np.ndarray) -> float:
    """The mean, at least 0; 0 of no values."""
    return max(float(np.mean(values)), 0.0) if len(values) else 0.0
