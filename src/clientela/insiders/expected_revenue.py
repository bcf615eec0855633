"""The revenue of the members: their share so far, and what to expect of them in the next months."""

from dataclasses import dataclass
from typing import TypedDict

import numpy as np
import pandas as pd

from clientela.clv import Bootstrap, estimate_lifetime_value
from clientela.insiders.customer_values import horizon_months
from clientela.insiders.next_period_shares import CustomerBootstrap, Trial, shares_of_next_period
from clientela.insiders.programme import Programme
from clientela.insiders.rankings import RankedCustomers
from clientela.settings.insiders import InsidersSettings

MOST_DRAWS = 400  # of the parametric bootstrap
SEED = 0  # of the intervals of past shares, which do not depend on the run's seed
MEMBERS, ALL = "members", "all"


class ExpectedTotal(TypedDict):
    """Revenue to expect in a number of months; lower end, expected value and upper end (currency)."""

    months: int
    members: list[float]
    all: list[float]


class RevenueShare(TypedDict):
    """The members' share of past revenue (lower end, value, upper end), and what they spent (currency)."""

    share: list[float]
    spend: float


class RevenueShares(TypedDict):
    """The members' share of the revenue of the whole history and of the rules' window."""

    history: RevenueShare
    window: RevenueShare
    window_days: int


@dataclass(frozen=True)
class ExpectedRevenue:
    """The revenue to expect.

    Attributes:
        totals: totals of the members and of all customers, one per number of months; empty without value models.
        customers: expected, low and high of each customer in the horizon, by customer_id (currency); NaN without
            value models.
        months: length of the horizon (calendar months).
    """

    totals: list[ExpectedTotal]
    customers: pd.DataFrame
    months: int


def expected_revenue(
    today: RankedCustomers, member: np.ndarray, settings: InsidersSettings, *, seed: int
) -> ExpectedRevenue:
    """The revenue to expect of the members and of all customers, with predictive intervals.

    Args:
        today: customers as of the present with their value models.
        member: whether each customer is a member; (customers,).
        settings: programme settings: months, level and draws of the intervals.
        seed: random seed of the draws.
    """
    months = horizon_months(settings)
    models, purchases = today.values.models, today.inputs.purchases
    if models is None:
        columns = ["expected", "low", "high"]
        return ExpectedRevenue([], pd.DataFrame(np.nan, today.inputs.snapshot.customers, columns), months)
    bootstrap = Bootstrap("predictive", settings.interval, min(settings.draws, MOST_DRAWS), seed)
    groups = {MEMBERS: member, ALL: np.ones(len(member), dtype=bool)}
    estimates = {
        number: estimate_lifetime_value(models, purchases, months=number, groups=groups, bootstrap=bootstrap)
        for number in sorted({*settings.expected_months, months})
    }
    totals = [_total(number, estimates[number].totals) for number in settings.expected_months]
    return ExpectedRevenue(totals, estimates[months].customers.set_index("customer_id"), months)


def revenue_shares(today: RankedCustomers, programme: Programme, settings: InsidersSettings) -> RevenueShares:
    """The members' share of past revenue, in the whole history and in the rules' window, with bootstrap intervals.

    Args:
        today: customers as of the present.
        programme: today's programme.
        settings: programme settings: level and draws of the intervals.
    """
    window = programme.rules.window_days
    in_window = today.inputs.figures[window]["spend"].to_numpy()
    bootstrap = CustomerBootstrap(settings.interval, settings.draws, SEED)
    return {
        "history": _past_share(today, programme, today.inputs.snapshot.revenue, bootstrap),
        "window": _past_share(today, programme, in_window, bootstrap),
        "window_days": window,
    }


def _total(months: int, totals: pd.DataFrame) -> ExpectedTotal:
    rows = totals.set_index("group")[["low", "expected", "high"]]
    return {"months": months, "members": rows.loc[MEMBERS].tolist(), "all": rows.loc[ALL].tolist()}


def _past_share(
    today: RankedCustomers, programme: Programme, spend: np.ndarray, bootstrap: CustomerBootstrap
) -> RevenueShare:
    trial = Trial(today.inputs.snapshot.customers, spend, {MEMBERS: programme.member})
    shares = shares_of_next_period([trial], [MEMBERS], reference=MEMBERS, bootstrap=bootstrap)
    return {"share": shares[MEMBERS].share.as_list(), "spend": float(spend[programme.member].sum())}
