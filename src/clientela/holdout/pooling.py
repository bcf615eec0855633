"""Effects of several campaigns together: their mean, how much they differ, and estimates that borrow from each other.

The model is that of random effects: each true effect is drawn from a normal distribution with mean mu and variance
tau^2, and each measured effect has a known error (DerSimonian & Laird 1986, Meta-analysis in clinical trials). tau^2 is
estimated as by Paule & Mandel (1982), Consensus values and weighting factors. The estimate of a single effect is moved
towards the mean by the share of its variance that is error (empirical Bayes; Morris 1983, Parametric empirical Bayes
inference).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy import optimize, stats

FEWEST = 4  # effects that are shrunk


@dataclass(frozen=True)
class Estimate:
    """An estimated effect with its standard error."""

    effect: float
    error: float

    def interval(self, level: float) -> tuple[float, float]:
        """The normal interval of a level, in (0, 1)."""
        width = float(stats.norm.ppf((1 + level) / 2)) * self.error
        return self.effect - width, self.effect + width


@dataclass(frozen=True)
class PooledEffects:
    """Several effects together.

    Attributes:
        mean: estimated mean of the true effects, with its standard error.
        tau2: estimated variance of the true effects; 0 with a single one.
        count: number of effects.
    """

    mean: Estimate
    tau2: float
    count: int

    def new_effect(self, level: float) -> tuple[float, float]:
        """The interval of an effect that was not measured (Higgins et al. 2009), with count - 1 degrees of freedom.

        Args:
            level: level of the interval, in (0, 1).

        Returns:
            Lower and upper end; of a single measured effect, its own interval.
        """
        if self.count == 1:
            return self.mean.interval(level)
        width = float(stats.t.ppf((1 + level) / 2, self.count - 1)) * sqrt(self.tau2 + self.mean.error**2)
        return self.mean.effect - width, self.mean.effect + width


def pool_effects(estimates: Sequence[Estimate]) -> PooledEffects:
    """The mean of several effects, and how much they differ beyond their errors.

    Args:
        estimates: measured effects, at least one, with errors above 0.

    Example:
        >>> pooled = pool_effects([Estimate(0.1, 0.05), Estimate(0.3, 0.05), Estimate(0.2, 0.05)])
        >>> round(pooled.mean.effect, 3), round(pooled.tau2, 4)
        (0.2, 0.0075)
    """
    effects, variances = _arrays(estimates)
    tau2 = _paule_mandel(effects, variances)
    weights = 1 / (variances + tau2)
    return PooledEffects(Estimate(_mean(effects, weights), 1 / sqrt(weights.sum())), tau2, len(effects))


def shrink_effects(estimates: Sequence[Estimate]) -> list[Estimate]:
    """Each effect moved towards the mean of all, the more so the larger its error (Morris 1983).

    The errors allow for the uncertainty of the mean and of tau^2, so that intervals keep their level.

    Args:
        estimates: measured effects, with errors above 0.

    Returns:
        One estimate per effect, in the same order. Three effects or fewer say too little about how much effects differ:
        they are unchanged.
    """
    if len(estimates) < FEWEST:
        return list(estimates)
    pooled = pool_effects(estimates)
    _, variances = _arrays(estimates)
    weights = 1 / (variances + pooled.tau2)
    usual = _mean(variances, weights) + pooled.tau2
    return [_shrunk(one, pooled, usual) for one in estimates]


def _shrunk(one: Estimate, pooled: PooledEffects, usual: float) -> Estimate:
    """An effect moved towards the mean; `usual` is the mean variance of a measured effect."""
    total, degrees = one.error**2 + pooled.tau2, pooled.count - 3
    to_mean = degrees / (degrees + 2) * one.error**2 / total
    effect = to_mean * pooled.mean.effect + (1 - to_mean) * one.effect
    of_mean = (to_mean * pooled.mean.error) ** 2
    of_tau2 = 2 / degrees * to_mean**2 * usual / total * (one.effect - pooled.mean.effect) ** 2
    return Estimate(effect, sqrt((1 - to_mean) * one.error**2 + of_mean + of_tau2))


def _paule_mandel(effects: np.ndarray, variances: np.ndarray) -> float:
    """The tau^2 with which the weighted squared deviations from the mean add up to their expectation, k - 1."""

    def excess(tau2: float) -> float:
        weights = 1 / (variances + tau2)
        return float(weights @ (effects - _mean(effects, weights)) ** 2) - (len(effects) - 1)

    if len(effects) == 1 or excess(0.0) <= 0:
        return 0.0
    # With this variance every weight is so small that the sum is below k - 1.
    highest = float(((effects - effects.mean()) ** 2).sum()) + float(variances.max())
    return float(optimize.brentq(excess, 0.0, highest, xtol=1e-12))


def _mean(effects: np.ndarray, weights: np.ndarray) -> float:
    return float(weights @ effects / weights.sum())


def _arrays(estimates: Sequence[Estimate]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([one.effect for one in estimates]), np.array([one.error**2 for one in estimates])
