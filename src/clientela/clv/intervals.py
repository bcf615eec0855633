"""Forecasts with intervals, per customer and per group, by a parametric bootstrap.

Each draw takes parameters from their asymptotic distribution (log-normal, from the observed information). There are two
kinds of intervals:

- "mean": the interval of the expectation. Only the parameters vary. With many customers it is narrow, and actual
  outcomes are usually outside it.
- "predictive": the interval of the outcome. Given the drawn parameters, each customer's rate, lifetime and spend are
  drawn from their distribution given the past, and then the purchases. The outcome should be inside as often as the
  level says. A group's outcome is the sum over its customers within each draw, so they share the parameters.

Neither includes the error of a wrong model: `backtest` measures how often outcomes were inside.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import pandas as pd

from clientela.clv.lifetime import CustomerValue, discounts
from clientela.clv.summary import PurchaseSummary
from clientela.errors import InvalidInput

Kind = Literal["mean", "predictive"]
BLOCK = 20_000  # customers at a time, to limit memory
# One draw: a model with drawn parameters, some customers, a generator -> one value per customer.
Draw = Callable[[CustomerValue, PurchaseSummary, np.random.Generator], np.ndarray]
ALL = "all"
UNBIASED: Final = "weibull"  # quantiles between which a further draw lies with the probability of the level


@dataclass(frozen=True)
class Bootstrap:
    """How intervals are computed.

    Attributes:
        kind: "mean" or "predictive" (see the module).
        level: level of the intervals, in (0, 1).
        draws: number of bootstrap draws, at least 2.
        seed: random seed; the same seed gives the same intervals.
    """

    kind: Kind = "predictive"
    level: float = 0.9
    draws: int = 400
    seed: int = 0

    def __post_init__(self) -> None:
        if self.kind not in ("mean", "predictive"):
            raise InvalidInput(f"The kind of a Bootstrap must be 'mean' or 'predictive'. Got {self.kind!r} instead.")
        if not 0 < self.level < 1:
            raise InvalidInput(f"The level of a Bootstrap must lie between 0 and 1. Got {self.level!r} instead.")
        if self.draws < 2:
            raise InvalidInput(f"The draws of a Bootstrap must be at least 2. Got {self.draws!r} instead.")


@dataclass(frozen=True)
class Estimates:
    """A quantity with its intervals.

    Attributes:
        bootstrap: how the intervals were computed.
        customers: one row per customer, in the order of the summary: customer_id, expected, low, high.
        totals: one row per group: group, customers, expected, low, high; sums over the group's customers.
    """

    bootstrap: Bootstrap
    customers: pd.DataFrame
    totals: pd.DataFrame


def estimate_purchases(
    value: CustomerValue,
    summary: PurchaseSummary,
    *,
    periods: float,
    groups: Mapping[str, np.ndarray] | None = None,
    bootstrap: Bootstrap | None = None,
) -> Estimates:
    """Purchases in the next periods; a predictive interval is one of the number of purchases.

    Args:
        value: fitted models.
        summary: purchases of the customers so far.
        periods: horizon from as_of on (time unit of the summary).
        groups: name -> mask of its customers; groups may overlap. None means one group of all customers.
        bootstrap: how intervals are computed; None means the defaults of `Bootstrap`.

    Raises:
        InvalidInput: a mask is not boolean with one value per customer, or a parameter is out of range.

    Example:
        >>> estimate_purchases(value, summary, periods=13).totals  # doctest: +SKIP
    """

    def mean(model: CustomerValue, some: PurchaseSummary, rng: np.random.Generator) -> np.ndarray:
        return model.expected_purchases(some, periods)

    def outcome(model: CustomerValue, some: PurchaseSummary, rng: np.random.Generator) -> np.ndarray:
        return model.purchases_.sample_purchases(some.customers, [periods], rng)[1][:, 0]

    return _estimate(value, summary, mean, outcome, groups, bootstrap or Bootstrap())


def estimate_alive(
    value: CustomerValue,
    summary: PurchaseSummary,
    *,
    groups: Mapping[str, np.ndarray] | None = None,
    bootstrap: Bootstrap | None = None,
) -> Estimates:
    """Probability to be alive; a group's total is its number of living customers.

    A predictive interval is one of the state, alive (1) or not (0).

    Args:
        value: fitted models.
        summary: purchases of the customers so far.
        groups: name -> mask of its customers; groups may overlap. None means one group of all customers.
        bootstrap: how intervals are computed; None means the defaults of `Bootstrap`.

    Raises:
        InvalidInput: a mask is not boolean with one value per customer.
    """

    def mean(model: CustomerValue, some: PurchaseSummary, rng: np.random.Generator) -> np.ndarray:
        return model.probability_alive(some)

    def outcome(model: CustomerValue, some: PurchaseSummary, rng: np.random.Generator) -> np.ndarray:
        return rng.random(len(some.customers)) < model.probability_alive(some)

    return _estimate(value, summary, mean, outcome, groups, bootstrap or Bootstrap())


def estimate_spend(
    value: CustomerValue,
    summary: PurchaseSummary,
    *,
    groups: Mapping[str, np.ndarray] | None = None,
    bootstrap: Bootstrap | None = None,
) -> Estimates:
    """Mean spend on a purchase (currency); a predictive interval is one of the customer's own true mean.

    A group's total, divided by its number of customers, is the mean of the group.

    Args:
        value: fitted models.
        summary: purchases of the customers so far.
        groups: name -> mask of its customers; groups may overlap. None means one group of all customers.
        bootstrap: how intervals are computed; None means the defaults of `Bootstrap`.

    Raises:
        InvalidInput: a mask is not boolean with one value per customer.
    """

    def mean(model: CustomerValue, some: PurchaseSummary, rng: np.random.Generator) -> np.ndarray:
        return model.expected_spend(some)

    def outcome(model: CustomerValue, some: PurchaseSummary, rng: np.random.Generator) -> np.ndarray:
        return np.asarray(model.spend_.parameters_["p"] / model.spend_.sample_rates(some.customers, rng))

    return _estimate(value, summary, mean, outcome, groups, bootstrap or Bootstrap())


def estimate_revenue(
    value: CustomerValue,
    summary: PurchaseSummary,
    *,
    periods: float,
    groups: Mapping[str, np.ndarray] | None = None,
    bootstrap: Bootstrap | None = None,
) -> Estimates:
    """Spend in the next periods (currency); a predictive interval is one of the spend itself.

    Args:
        value: fitted models.
        summary: purchases of the customers so far.
        periods: horizon from as_of on (time unit of the summary).
        groups: name -> mask of its customers; groups may overlap. None means one group of all customers.
        bootstrap: how intervals are computed; None means the defaults of `Bootstrap`.

    Raises:
        InvalidInput: a mask is not boolean with one value per customer, or a parameter is out of range.
    """
    return _estimate_money(value, summary, np.array([periods]), np.ones(1), groups, bootstrap or Bootstrap())


def estimate_lifetime_value(
    value: CustomerValue,
    summary: PurchaseSummary,
    *,
    months: int,
    discount_rate: float = 0.0,
    groups: Mapping[str, np.ndarray] | None = None,
    bootstrap: Bootstrap | None = None,
) -> Estimates:
    """Discounted spend in the next calendar months (currency); a predictive interval is one of the spend itself.

    Args:
        value: fitted models.
        summary: purchases of the customers so far.
        months: number of calendar months from as_of on, at least 1.
        discount_rate: discount rate per year, such as 0.1; at 0 the result is the revenue of the months.
        groups: name -> mask of its customers; groups may overlap. None means one group of all customers.
        bootstrap: how intervals are computed; None means the defaults of `Bootstrap`.

    Raises:
        InvalidInput: a mask is not boolean with one value per customer, or a parameter is out of range.

    Example:
        >>> estimate_lifetime_value(value, summary, months=6, discount_rate=0.1).totals  # doctest: +SKIP
    """
    ends, weights = summary.month_ends(months), discounts(months, discount_rate)
    if discount_rate == 0:  # the time within the horizon does not matter
        ends, weights = ends[-1:], weights[-1:]
    return _estimate_money(value, summary, ends, weights, groups, bootstrap or Bootstrap())


def _estimate_money(
    value: CustomerValue,
    summary: PurchaseSummary,
    ends: np.ndarray,
    weights: np.ndarray,
    groups: Mapping[str, np.ndarray] | None,
    bootstrap: Bootstrap,
) -> Estimates:
    """Spend in consecutive periods, weighted."""

    def mean(model: CustomerValue, some: PurchaseSummary, rng: np.random.Generator) -> np.ndarray:
        orders = np.diff(model.expected_purchases(some, ends), axis=1, prepend=0.0)
        return np.asarray((orders @ weights) * model.expected_spend(some))

    def outcome(model: CustomerValue, some: PurchaseSummary, rng: np.random.Generator) -> np.ndarray:
        orders = model.purchases_.sample_purchases(some.customers, ends, rng)[1]
        rates = model.spend_.sample_rates(some.customers, rng)
        return np.asarray(model.spend_.sample_totals(rates[:, None], orders, rng) @ weights)

    return _estimate(value, summary, mean, outcome, groups, bootstrap)


def _estimate(
    value: CustomerValue,
    summary: PurchaseSummary,
    mean: Draw,
    outcome: Draw,
    groups: Mapping[str, np.ndarray] | None,
    bootstrap: Bootstrap,
) -> Estimates:
    names, masks = _masks(groups, len(summary.customers))
    models = value.draw(bootstrap.draws, np.random.default_rng(bootstrap.seed))
    take = mean if bootstrap.kind == "mean" else outcome
    ends = [(1 - bootstrap.level) / 2, (1 + bootstrap.level) / 2]
    expected = np.empty(len(masks))
    limits, sums = np.empty((2, len(masks))), np.zeros((bootstrap.draws, len(names)))
    for block in range(0, len(masks), BLOCK):
        rows = slice(block, block + BLOCK)
        some = replace(summary, customers=summary.customers.iloc[rows])
        rng = np.random.default_rng([bootstrap.seed, block + 1])
        expected[rows] = mean(value, some, rng)
        draws = np.array([take(model, some, rng) for model in models], dtype=float)
        limits[:, rows] = np.quantile(draws, ends, axis=0, method=UNBIASED)
        sums += draws @ masks[rows]
    return Estimates(
        bootstrap, _per_customer(summary, expected, limits), _per_group(names, masks, expected, sums, ends)
    )


def _per_customer(summary: PurchaseSummary, expected: np.ndarray, limits: np.ndarray) -> pd.DataFrame:
    columns = {"expected": expected, "low": limits[0], "high": limits[1]}
    return pd.DataFrame({"customer_id": summary.customers["customer_id"].to_numpy(), **columns})


def _per_group(
    names: list[str], masks: np.ndarray, expected: np.ndarray, sums: np.ndarray, ends: list[float]
) -> pd.DataFrame:
    low, high = np.quantile(sums, ends, axis=0, method=UNBIASED)
    columns = {"customers": masks.sum(axis=0).astype(int), "expected": expected @ masks, "low": low, "high": high}
    return pd.DataFrame({"group": names, **columns})


def _masks(groups: Mapping[str, np.ndarray] | None, size: int) -> tuple[list[str], np.ndarray]:
    """Names of the groups, and the memberships as 0 or 1; (customers, groups)."""
    if groups is None:
        groups = {ALL: np.ones(size, dtype=bool)}
    for name, mask in groups.items():
        if np.shape(mask) != (size,) or np.asarray(mask).dtype != bool:
            got = f"{np.asarray(mask).dtype} of shape {np.shape(mask)}"
            raise InvalidInput(f"The group {name!r} must be a boolean mask of {size} customers. Got {got} instead.")
    return list(groups), np.column_stack([np.asarray(mask, dtype=float) for mask in groups.values()])
