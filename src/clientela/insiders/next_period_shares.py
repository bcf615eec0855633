"""How much of the next period's revenue groups of customers bring, with intervals and a permutation test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd


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

    Args:
        next_spend: spend of each customer; (customers,), currency.
        group: whether each customer is in the group; (customers,). Both the group and the rest have customers.
        bootstrap: level, draws and seed of the percentile intervals.
    """
    inside = group.astype(float)
    values = np.column_stack([next_spend * inside, next_spend * (1 - inside), inside, 1 - inside])
    sums, now = bootstrap.sums(values), values.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        members, others = sums[:, 0] / sums[:, 2], sums[:, 1] / sums[:, 3]
        ratio = float((now[0] / now[2]) / (now[1] / now[3])) if now[1] > 0 else float("inf")
        return MembersAndOthers(
            bootstrap.estimate(now[0] / now[2], members),
            bootstrap.estimate(now[1] / now[3], others),
            bootstrap.estimate(ratio, members / others),
            bootstrap.estimate(now[0] / (now[0] + now[1]), sums[:, 0] / (sums[:, 0] + sums[:, 1])),
        )


@dataclass(frozen=True)
class PermutationTest:
    """A group's share of the next period's revenue against random groups of the same size.

    Attributes:
        share: share of the group.
        random: shares of the random groups; (draws,).
        probability: p-value: share of the random groups, the group itself included, that bring at least as much
            (Phipson & Smyth 2010, Permutation P-values Should Never Be Zero).
    """

    share: float
    random: np.ndarray
    probability: float


def permutation_test(next_spend: np.ndarray, group: np.ndarray, *, draws: int, seed: int) -> PermutationTest:
    """Test whether a random group of the same size brings as much of the next period's revenue.

    Args:
        next_spend: spend of each customer, not all 0; (customers,), currency.
        group: whether each customer is in the group; (customers,).
        draws: number of random groups.
        seed: random seed.
    """
    rng = np.random.default_rng(seed)
    size, total = int(group.sum()), next_spend.sum()
    sums = np.array([next_spend[rng.choice(len(group), size, replace=False)].sum() for _ in range(draws)])
    observed = next_spend[group].sum()
    probability = (1 + np.count_nonzero(sums >= observed)) / (1 + draws)
    return PermutationTest(float(observed / total), sums / total, float(probability))


def _spend_by_customer(trials: Sequence[Trial], names: Sequence[str]) -> np.ndarray:
    """Next-period spend within each group over all trials, and in all; (customers, groups + 1)."""
    frames = []
    for trial in trials:
        columns = [trial.next_spend * trial.groups[name] for name in names]
        frames.append(pd.DataFrame(np.column_stack([*columns, trial.next_spend]), trial.customers))
    return pd.concat(frames).groupby(level=0).sum().to_numpy()
