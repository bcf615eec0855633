"""How sure the forecasts are, per customer and per group: a parametric bootstrap.

Each draw takes parameters from their asymptotic distribution (log-normal, from the observed information). Of two kinds:

- "mean": the interval of the expectation. Only the parameters vary; with many customers it is narrow, and what
  customers will do does not lie in it.
- "predictive": the interval of the outcome. Given the drawn parameters, each customer's own rate, lifetime and spend
  are drawn from what the past says of them, and then the purchases. What customers will do should lie in it as often
  as the level says. A group's outcome adds up the same draws of its customers, who so share the parameters.

Neither knows that a model may be wrong: `backtest` counts how often what happened lay inside.
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
BLOCK = 20_000  # customers at a time, so that the draws of all need not be held
# One draw: a model with drawn parameters, some customers, a generator -> a value a customer.
Draw = Callable[[CustomerValue, PurchaseSummary, np.random.Generator], np.ndarray]
ALL = "all"
UNBIASED: Final = "weibull"  # the quantiles between which one more draw lies as often as the level says


@dataclass(frozen=True)
class Bootstrap:
    """How intervals are made.

    Attributes:
        kind: "mean" or "predictive" (see the module).
        level: of the intervals, in (0, 1).
        draws: of the bootstrap.
        seed: of the draws; the same seed gives the same intervals.
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
        bootstrap: how the intervals were made; its kind says what they are of.
        customers: one row a customer, in the summary's order: customer_id, expected, low, high.
        totals: one row a group: group, customers, expected, low, high; sums over the group's customers.
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
    """Purchases in the `periods` (time unit) from as_of on; predictive: the number of purchases.

    Args:
        value: fitted.
        summary: the customers' past.
        periods: the horizon.
        groups: name -> mask over the customers; groups may overlap. One group of all where None.
        bootstrap: how intervals are made.

    Raises:
        InvalidInput: a mask is not one boolean a customer, or a parameter is out of range.
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
    """Probability to be alive; a group's total is its number of living customers. Predictive: alive (1) or not (0).

    Arguments and errors are those of `estimate_purchases`.
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
    """Mean spend on a purchase (currency). Predictive: the customer's own true mean, not that of a few purchases.

    Arguments and errors are those of `estimate_purchases`. A group's total over its customers is the mean of them.
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
    """Spend (currency) in the `periods` (time unit) from as_of on; predictive: what is spent.

    Arguments and errors are those of `estimate_purchases`.
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
    """Discounted spend (currency) in the calendar months from as_of on; predictive: what is spent.

    Args:
        value: fitted.
        summary: the customers' past.
        months: calendar months; 1, 3 and 6 with a rate of 0 are the revenue of the next 1, 3 and 6 months.
        discount_rate: a year.
        groups: as for `estimate_purchases`.
        bootstrap: how intervals are made.

    Raises:
        InvalidInput: as `estimate_purchases`; months or rate out of range.
    """
    ends, weights = summary.month_ends(months), discounts(months, discount_rate)
    if discount_rate == 0:  # when in the horizon the money comes does not matter
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
    """Spend in consecutive periods, each with its weight."""

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
    """Names of the groups, and who belongs to which: (customers, groups), 0 or 1."""
    if groups is None:
        groups = {ALL: np.ones(size, dtype=bool)}
    for name, mask in groups.items():
        if np.shape(mask) != (size,) or np.asarray(mask).dtype != bool:
            got = f"{np.asarray(mask).dtype} of shape {np.shape(mask)}"
            raise InvalidInput(f"The group {name!r} must be a boolean mask of {size} customers. Got {got} instead.")
    return list(groups), np.column_stack([np.asarray(mask, dtype=float) for mask in groups.values()])
