"""How much of the next period's revenue groups of customers bring, with intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from clientela.features.intervals import interval_of_mean


@dataclass(frozen=True)
class Trial:
    """A past date: its customers, what they spent in the period after it, and groups that were formed before it.

    Attributes:
        customers: customer ids.
        next_spend: spend in the next period; (customers,), currency.
        groups: name -> whether each customer is in the group; (customers,).
    """

    customers: pd.Index
    next_spend: np.ndarray
    groups: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Estimate:
    """A figure with the ends of its interval."""

    low: float
    value: float
    high: float

    def as_list(self) -> list[float]:
        """Lower end, value, upper end."""
        return [self.low, self.value, self.high]


@dataclass(frozen=True)
class CustomerBootstrap:
    """How percentile intervals are computed: customers are drawn with replacement.

    Attributes:
        level: level of the intervals, in (0, 1).
        draws: number of bootstrap samples.
        seed: random seed.
    """

    level: float
    draws: int
    seed: int

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Column sums over customers drawn with replacement: (draws, columns) from (customers, columns)."""
        rng = np.random.default_rng(self.seed)
        count = len(values)
        sums = np.empty((self.draws, values.shape[1]))
        for draw in range(self.draws):
            sums[draw] = np.bincount(rng.integers(count, size=count), minlength=count) @ values
        return sums

    def estimate(self, value: float, drawn: np.ndarray) -> Estimate:
        """A figure with the percentile interval of its bootstrap values (Efron 1979, Bootstrap methods)."""
        low, high = np.quantile(drawn, [(1 - self.level) / 2, (1 + self.level) / 2])
        return Estimate(float(low), float(value), float(high))


@dataclass(frozen=True)
class GroupShare:
    """A group's share of the next period's revenue.

    Attributes:
        share: share of the revenue of all customers.
        difference: share of the reference group minus this one's.
    """

    share: Estimate
    difference: Estimate


def share_of(trials: Sequence[Trial], name: str) -> float:
    """A group's share of the next period's revenue over all trials."""
    taken = sum(float(trial.next_spend[trial.groups[name]].sum()) for trial in trials)
    return taken / sum(float(trial.next_spend.sum()) for trial in trials)


def shares_of_next_period(
    trials: Sequence[Trial], names: Sequence[str], *, reference: str, bootstrap: CustomerBootstrap
) -> dict[str, GroupShare]:
    """Each group's share of the next period's revenue over all trials, and the paired difference from one of them.

    A customer is drawn together with all of their trials: the periods overlap, and one customer's are alike.

    Args:
        trials: past dates, each with all groups of `names`.
        names: names of the groups.
        reference: the group from whose share the others' are subtracted.
        bootstrap: level, draws and seed of the percentile intervals.

    Returns:
        Name -> share and difference.

    Example:
        >>> trial = Trial(pd.Index(["a", "b"]), np.array([3.0, 1.0]), {"g": np.array([True, False])})
        >>> bootstrap = CustomerBootstrap(0.9, 100, 0)
        >>> shares_of_next_period([trial], ["g"], reference="g", bootstrap=bootstrap)["g"].share.value
        0.75
    """
    values = _spend_by_customer(trials, names)
    sums = bootstrap.sums(values)
    drawn = sums[:, :-1] / sums[:, -1:]
    totals = values.sum(axis=0)
    found = totals[:-1] / totals[-1]
    base = names.index(reference)
    return {
        name: GroupShare(
            bootstrap.estimate(found[i], drawn[:, i]),
            bootstrap.estimate(found[base] - found[i], drawn[:, base] - drawn[:, i]),
        )
        for i, name in enumerate(names)
    }


@dataclass(frozen=True)
class MembersAndOthers:
    """Next-period spend of a group beside that of all other customers.

    Attributes:
        member_spend: mean spend of a customer in the group (currency).
        other_spend: mean spend of another customer (currency).
        ratio: the first divided by the second; infinite where the others spent nothing.
        share: the group's share of all spend.
    """

    member_spend: Estimate
    other_spend: Estimate
    ratio: Estimate
    share: Estimate


def compare_with_others(next_spend: np.ndarray, group: np.ndarray, *, bootstrap: CustomerBootstrap) -> MembersAndOthers:
    """Mean next-period spend of a group and of all other customers, their ratio, and the group's share.

    The intervals of the means and of the ratio are by the bootstrap-t (see `features.intervals`), that of the ratio on
    the logarithms of the means (Efron & Tibshirani 1993, An introduction to the bootstrap, section 12.5). Spend is
    skewed, so percentile intervals are too narrow.

    Args:
        next_spend: spend of each customer; (customers,), currency.
        group: whether each customer is in the group; (customers,). Both the group and the rest have customers.
        bootstrap: level, draws and seed of the intervals.
    """
    inside = group.astype(float)
    sums = bootstrap.sums(np.column_stack([next_spend * inside, next_spend]))
    share = float(next_spend[group].sum() / next_spend.sum())
    return MembersAndOthers(
        _mean(next_spend[group], bootstrap),
        _mean(next_spend[~group], bootstrap),
        _ratio(next_spend[group], next_spend[~group], bootstrap),
        bootstrap.estimate(share, sums[:, 0] / sums[:, 1]),
    )


def _mean(values: np.ndarray, bootstrap: CustomerBootstrap) -> Estimate:
    rng = np.random.default_rng(bootstrap.seed)
    return Estimate(*interval_of_mean(values, level=bootstrap.level, draws=bootstrap.draws, rng=rng))


def _ratio(group: np.ndarray, others: np.ndarray, bootstrap: CustomerBootstrap) -> Estimate:
    """The ratio of two means; infinite if the others spent nothing, and without an interval if the group did."""
    if not others.any():
        return Estimate(float("inf"), float("inf"), float("inf"))
    ratio = float(group.mean() / others.mean())
    if not group.any():
        return Estimate(ratio, ratio, ratio)
    rng = np.random.default_rng(bootstrap.seed)
    logs, errors = np.transpose([_drawn_log_ratio(group, others, rng) for _ in range(bootstrap.draws)])
    log, error = _log_ratio(group, others)
    statistics = (logs - log)[errors > 0] / errors[errors > 0]
    if not len(statistics):
        return Estimate(ratio, ratio, ratio)
    low, high = np.quantile(statistics, [(1 - bootstrap.level) / 2, (1 + bootstrap.level) / 2])
    return Estimate(float(np.exp(log - high * error)), ratio, float(np.exp(log - low * error)))


def _drawn_log_ratio(group: np.ndarray, others: np.ndarray, rng: np.random.Generator) -> tuple[float, float]:
    return _log_ratio(*(values[rng.integers(len(values), size=len(values))] for values in (group, others)))


def _log_ratio(group: np.ndarray, others: np.ndarray) -> tuple[float, float]:
    """Logarithm of the ratio of the means, and its standard error; both 0 if a mean is 0."""
    means = group.mean(), others.mean()
    if min(means) <= 0:
        return 0.0, 0.0
    variance = sum(float(x.var()) / len(x) / mean**2 for x, mean in zip((group, others), means, strict=True))
    return float(np.log(means[0] / means[1])), variance**0.5


def _spend_by_customer(trials: Sequence[Trial], names: Sequence[str]) -> np.ndarray:
    """Next-period spend within each group over all trials, and in all; (customers, groups + 1)."""
    frames = []
    for trial in trials:
        columns = [trial.next_spend * trial.groups[name] for name in names]
        frames.append(pd.DataFrame(np.column_stack([*columns, trial.next_spend]), trial.customers))
    return pd.concat(frames).groupby(level=0).sum().to_numpy()
