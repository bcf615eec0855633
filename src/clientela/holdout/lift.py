"""What a hold-out test found: the difference between the treated and the control customers, with an interval.

The adjustment for what was known before is CUPED (Deng et al. 2013); the interval of a difference is Welch's, with
unequal variances; the interval of a ratio is Welch's on the logarithm, as in the package tea-tasting. Differences of
groups are combined by their numbers of customers (post-stratification), and p-values of several groups are corrected by
Holm (1979).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, sqrt

import numpy as np
from scipy import stats

FEWEST = 2  # customers per arm, so that it has a variance


@dataclass(frozen=True)
class Arm:
    """Customers of one arm: their number, adjusted mean, and variance of an adjusted value."""

    customers: int
    mean: float
    variance: float


@dataclass(frozen=True)
class Lift:
    """The effect of a campaign per customer and period.

    Attributes:
        treated: the treated customers.
        control: the customers who were held out.
        difference: difference of the adjusted means.
        low: lower end of its interval.
        high: upper end of its interval.
        relative: the difference relative to the control's mean; NaN if that is not positive.
        relative_low: lower end of its interval; NaN as above.
        relative_high: upper end of its interval; NaN as above.
        p_value: of no difference, two-sided.
    """

    treated: Arm
    control: Arm
    difference: float
    low: float
    high: float
    relative: float
    relative_low: float
    relative_high: float
    p_value: float

    @property
    def error(self) -> float:
        """Standard error of the difference."""
        return sqrt(_error_squared(self.treated) + _error_squared(self.control))


def compare_arms(values: np.ndarray, known: np.ndarray, treated: np.ndarray, *, level: float) -> Lift | None:
    """Compare the treated customers with the control.

    Args:
        values: value of each customer in the period; (customers,).
        known: what was known of each customer before the period and correlates with the value; (customers,).
        treated: whether each customer was assigned to the treatment; (customers,), boolean.
        level: level of the interval, in (0, 1).

    Returns:
        The lift; None if an arm has fewer than two customers.

    Example:
        >>> spend, before = np.array([3.0, 5.0, 1.0, 2.0]), np.zeros(4)
        >>> compare_arms(spend, before, np.array([True, True, False, False]), level=0.9).difference
        2.5
    """
    if min(treated.sum(), (~treated).sum()) < FEWEST:
        return None
    adjusted = values - _slope(values, known) * (known - known.mean())
    arms = [Arm(len(arm), float(arm.mean()), float(arm.var(ddof=1))) for arm in (adjusted[treated], adjusted[~treated])]
    degrees = _satterthwaite([_error_squared(arm) for arm in arms], [arm.customers for arm in arms])
    return _lift(arms[0], arms[1], degrees, level)


def combine_lifts(lifts: Sequence[Lift], *, level: float) -> Lift:
    """The lift over several groups, each weighted by its number of customers.

    Args:
        lifts: lift of each group.
        level: level of the interval, in (0, 1).
    """
    sizes = np.array([lift.treated.customers + lift.control.customers for lift in lifts])
    weights = sizes / sizes.sum()
    treated, control = (_pooled([getattr(lift, side) for lift in lifts], weights) for side in ("treated", "control"))
    arms = [(arm, weight) for lift, weight in zip(lifts, weights, strict=True) for arm in (lift.treated, lift.control)]
    parts = [weight**2 * _error_squared(arm) for arm, weight in arms]
    counts = [arm.customers for arm, _ in arms]
    return _lift(treated, control, _satterthwaite(parts, counts), level)


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values corrected for their number (Holm 1979), in the same order.

    Example:
        >>> holm([0.01, 0.04, 0.03])
        [0.03, 0.06, 0.06]
    """
    order = np.argsort(p_values)
    steps = np.asarray(p_values)[order] * np.arange(len(order), 0, -1)
    corrected = np.empty(len(order))
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return corrected.tolist()


def sample_ratio_p_value(control: int, customers: int, *, share: float) -> float:
    """The p-value of a control group's size, if a share of the customers was held out at random (binomial test).

    Args:
        control: customers in the control group.
        customers: customers in both groups.
        share: share that was to be held out, in (0, 1).
    """
    return float(stats.binomtest(control, customers, share).pvalue)


def _slope(values: np.ndarray, known: np.ndarray) -> float:
    variance = known.var(ddof=1)
    return float(np.cov(values, known)[0, 1] / variance) if variance > 0 else 0.0


def _lift(treated: Arm, control: Arm, degrees: float, level: float) -> Lift:
    difference = treated.mean - control.mean
    error = sqrt(_error_squared(treated) + _error_squared(control))
    width = float(stats.t.ppf((1 + level) / 2, degrees)) * error
    p_value = float(2 * stats.t.sf(abs(difference) / error, degrees)) if error else float(difference == 0)
    relative = _relative(treated, control, level)
    return Lift(treated, control, difference, difference - width, difference + width, *relative, p_value)


def _relative(treated: Arm, control: Arm, level: float) -> tuple[float, float, float]:
    if min(treated.mean, control.mean) <= 0:
        return float("nan"), float("nan"), float("nan")
    parts = [_error_squared(arm) / arm.mean**2 for arm in (treated, control)]
    degrees = _satterthwaite(parts, [treated.customers, control.customers])
    ratio, width = treated.mean / control.mean, float(stats.t.ppf((1 + level) / 2, degrees)) * sqrt(sum(parts))
    return ratio - 1, ratio / exp(width) - 1, ratio * exp(width) - 1


def _pooled(arms: Sequence[Arm], weights: np.ndarray) -> Arm:
    """An arm with the weighted mean of several, and the variance that gives the error of that mean."""
    count = sum(arm.customers for arm in arms)
    error = sum(weight**2 * _error_squared(arm) for arm, weight in zip(arms, weights, strict=True))
    mean = sum(weight * arm.mean for arm, weight in zip(arms, weights, strict=True))
    return Arm(count, float(mean), float(error * count))


def _error_squared(arm: Arm) -> float:
    return arm.variance / arm.customers


def _satterthwaite(parts: Sequence[float], counts: Sequence[int]) -> float:
    """Degrees of freedom of a sum of estimated variances (Satterthwaite 1946; Welch 1947)."""
    below = sum(part**2 / (count - 1) for part, count in zip(parts, counts, strict=True))
    return sum(parts) ** 2 / below if below else float(sum(counts) - len(counts))
