"""Intervals of means of skewed values, such as spend: most customers spend little or nothing, a few spend a lot."""

from statistics import NormalDist

import numpy as np

MANY = 5_000  # values, from which on the closed form equals the bootstrap in the digits shown
CHUNK = 2_000_000  # values drawn at once: 16 MB


def interval_of_mean(
    values: np.ndarray, *, level: float, draws: int, rng: np.random.Generator
) -> tuple[float, float, float]:
    """The interval of a mean by the bootstrap-t.

    The percentile bootstrap and the normal interval are symmetric around the mean and too low for skewed values. With
    the values of 100 customers of whom 40 % buy (lognormal, sigma 1.3), their nominal 90 % intervals cover the mean in
    80 %, the bootstrap-t in 85 %. From 5,000 values on, a closed form with the same correction for skewness is used.

    References: Efron & Tibshirani (1993), *An introduction to the bootstrap*, section 12.5; Hall (1988), *Theoretical
    comparison of bootstrap confidence intervals*; for the closed form, Hall (1992), *On the removal of skewness by
    transformation*.

    Args:
        values: one value per customer (customers,), at least one.
        level: level of the interval, in (0, 1).
        draws: number of bootstrap samples.
        rng: random generator of the draws.

    Returns:
        Lower end, mean and upper end, in the unit of `values`. The ends are within the smallest and the largest value.
        One value, or equal values, have an interval of width 0.

    Example:
        >>> low, mean, high = interval_of_mean(np.arange(101.0), level=0.9, draws=500, rng=np.random.default_rng(0))
        >>> mean
        50.0
        >>> 44 < low < 47 and 53 < high < 56
        True
    """
    mean = float(values.mean())
    error = _standard_error(values)
    if not error:
        return mean, mean, mean
    tails = (1 - level) / 2, (1 + level) / 2
    low_t, high_t = (
        _skewed_quantiles(values, tails) if len(values) >= MANY else _bootstrap_quantiles(values, tails, draws, rng)
    )
    low, high = mean - high_t * error, mean - low_t * error
    smallest, largest = float(values.min()), float(values.max())
    return min(max(low, smallest), mean), mean, max(min(high, largest), mean)


def _standard_error(values: np.ndarray) -> float:
    return float(values.std(ddof=1)) / len(values) ** 0.5 if len(values) > 1 else 0.0


def _bootstrap_quantiles(
    values: np.ndarray, tails: tuple[float, float], draws: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Quantiles of the t statistic over bootstrap samples.

    If a sample has equal values only, its statistic is not defined, and the closed form is used.
    """
    count, mean = len(values), values.mean()
    statistics = []
    for drawn in _chunks(draws, size=max(CHUNK // count, 1)):
        samples = values[rng.integers(count, size=(drawn, count))]
        errors = samples.std(axis=1, ddof=1) / count**0.5
        if not errors.all():
            return _skewed_quantiles(values, tails)
        statistics.append((samples.mean(axis=1) - mean) / errors)
    low, high = np.quantile(np.concatenate(statistics), tails)
    return float(low), float(high)


def _chunks(total: int, *, size: int) -> list[int]:
    return [min(size, total - start) for start in range(0, total, size)]


def _skewed_quantiles(values: np.ndarray, tails: tuple[float, float]) -> tuple[float, float]:
    """Quantiles of the t statistic of a mean, corrected for the skewness of the values."""
    skewness = float(((values - values.mean()) ** 3).mean() / values.std() ** 3)
    slope = skewness / len(values) ** 0.5
    low, high = (_inverse(NormalDist().inv_cdf(tail), slope) for tail in tails)
    return low, high


def _inverse(normal: float, slope: float) -> float:
    """The inverse of Hall's transformation t + slope t^2 / 3 + slope^2 t^3 / 27 + slope / 6."""
    if abs(slope) < 1e-9:
        return normal
    return 3 / slope * (float(np.cbrt(1 + slope * (normal - slope / 6))) - 1)
