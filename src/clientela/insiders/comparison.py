"""Groups of customers judged by what came next: shares of the next period's revenue, how sure they are, the choice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

# From the simplest to the most elaborate: where two do as well, the first is chosen.
SIMPLEST_FIRST = ("revenue_sort", "rfm_score", "best_segment", "expected_value", "model")


@dataclass(frozen=True)
class Trial:
    """A past date: its customers, what they spent in the period after it, and the groups that were made before it.

    Attributes:
        customers: their ids.
        next_spend: currency, one a customer.
        groups: name -> whether each customer is in it.
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


def bootstrap_sums(values: np.ndarray, *, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Column sums over customers drawn with replacement: (draws, columns) of (customers, columns)."""
    count = len(values)
    sums = np.empty((draws, values.shape[1]))
    for draw in range(draws):
        sums[draw] = np.bincount(rng.integers(count, size=count), minlength=count) @ values
    return sums


def share_of(trials: Sequence[Trial], name: str) -> float:
    """A group's share of the next period's revenue over all trials."""
    taken = sum(float(trial.next_spend[trial.groups[name]].sum()) for trial in trials)
    return taken / sum(float(trial.next_spend.sum()) for trial in trials)


def shares_of_next_period(
    trials: Sequence[Trial], names: Sequence[str], *, against: str, level: float, draws: int, seed: int
) -> dict[str, dict[str, Estimate]]:
    """Each group's share of the next period's revenue over all trials, and how much more one of them takes.

    Customers are drawn, each with all of their trials: the periods overlap, and a customer's are alike.

    Args:
        trials: past dates, each with all groups of `names`.
        names: of the groups.
        against: the group whose share the others' are subtracted from.
        level: of the intervals.
        draws: bootstrap samples.
        seed: of the draws.

    Returns:
        Name -> "share" and "behind" (the share of `against` minus this one's), percentile intervals.
    """
    rng = np.random.default_rng(seed)
    values = _by_customer(trials, names)
    sums = bootstrap_sums(values, draws=draws, rng=rng)
    drawn = sums[:, :-1] / sums[:, -1:]
    totals = values.sum(axis=0)
    found = totals[:-1] / totals[-1]
    reference = names.index(against)
    return {
        name: {
            "share": estimate(found[i], drawn[:, i], level=level),
            "behind": estimate(found[reference] - found[i], drawn[:, reference] - drawn[:, i], level=level),
        }
        for i, name in enumerate(names)
    }


def estimate(value: float, drawn: np.ndarray, *, level: float) -> Estimate:
    """A figure with the percentile interval of its bootstrap values (Efron 1979)."""
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(float(low), float(value), float(high))


def choose(shares: Mapping[str, float], *, tie: float) -> str:
    """The group that takes the most of the next period's revenue; of those within `tie` of it the simplest."""
    candidates = [name for name in SIMPLEST_FIRST if name in shares]
    best = max(shares[name] for name in candidates)
    return next(name for name in candidates if shares[name] >= best - tie)


@dataclass(frozen=True)
class Chance:
    """A permutation test: the group's share, those of random groups of the same size, and the p-value.

    `probability` is the share of random groups, with this one among them, that take at least as much (Phipson & Smyth
    2010, Permutation p-values should never be zero).
    """

    share: float
    random: np.ndarray
    probability: float


def permutation_test(next_spend: np.ndarray, group: np.ndarray, *, draws: int, seed: int) -> Chance:
    """Would a random group of the same size take as much of the next period's revenue?

    Args:
        next_spend: currency, one a customer; somebody must have spent.
        group: whether each is in the group.
        draws: random groups.
        seed: of the draws.
    """
    rng = np.random.default_rng(seed)
    size, total = int(group.sum()), next_spend.sum()
    sums = np.array([next_spend[rng.choice(len(group), size, replace=False)].sum() for _ in range(draws)])
    observed = next_spend[group].sum()
    probability = (1 + np.count_nonzero(sums >= observed)) / (1 + draws)
    return Chance(float(observed / total), sums / total, float(probability))


def times_the_rest(
    next_spend: np.ndarray, group: np.ndarray, *, level: float, draws: int, seed: int
) -> dict[str, Estimate]:
    """Mean next-period spend of the group ("each") and of all others ("rest"), their quotient ("times"), and
    the group's share of all spend ("share")."""
    inside = group.astype(float)
    values = np.column_stack([next_spend * inside, next_spend * (1 - inside), inside, 1 - inside])
    sums = bootstrap_sums(values, draws=draws, rng=np.random.default_rng(seed))
    now = values.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        members, rest = sums[:, 0] / sums[:, 2], sums[:, 1] / sums[:, 3]
        return {
            "each": estimate(now[0] / now[2], members, level=level),
            "rest": estimate(now[1] / now[3], rest, level=level),
            "times": estimate(_quotient(now), members / rest, level=level),
            "share": estimate(now[0] / (now[0] + now[1]), sums[:, 0] / (sums[:, 0] + sums[:, 1]), level=level),
        }


def _quotient(sums: np.ndarray) -> float:
    return float((sums[0] / sums[2]) / (sums[1] / sums[3])) if sums[1] > 0 else float("inf")


def _by_customer(trials: Sequence[Trial], names: Sequence[str]) -> np.ndarray:
    """(customers, groups + 1): next-period spend within each group over all trials, and in all."""
    frames = []
    for trial in trials:
        columns = [trial.next_spend * trial.groups[name] for name in names]
        frames.append(pd.DataFrame(np.column_stack([*columns, trial.next_spend]), trial.customers))
    return pd.concat(frames).groupby(level=0).sum().to_numpy()
