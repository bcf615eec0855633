"""Opportunities for campaigns: customers near a threshold, and the gain if a share of them crosses it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
import pandas as pd

from clientela.holdout.rates import Rate
from clientela.insiders.expected_revenue import ExpectedRevenue
from clientela.insiders.inputs import InputsCache, ProgrammeInputs
from clientela.insiders.programme import Programme
from clientela.insiders.rules import MembershipRules

ACTIONS = ("one_order", "spend_short", "at_risk", "lapsed")
NEAR = 0.25  # share of the threshold of spend that may be missing
SOON_DAYS = 30  # days within which a member without a purchase is removed
LAPSED_MONTHS = 3


@dataclass(frozen=True)
class OpportunityInputs:
    """What is known of each customer; all rows in one order.

    Attributes:
        figures: spend, orders and days of the rules' window.
        in_30_days: the same figures in 30 days if nobody buys until then.
        member: whether each customer is a member; (customers,).
        was_member: whether each customer was a member in the last months; (customers,).
        order_value: mean value of an order of each customer; (customers,), currency.
        expected: expected spend in the horizon; (customers,), currency.
    """

    figures: pd.DataFrame
    in_30_days: pd.DataFrame
    member: np.ndarray
    was_member: np.ndarray
    order_value: np.ndarray
    expected: np.ndarray


@dataclass(frozen=True)
class Opportunity:
    """Customers whom a campaign can address.

    Attributes:
        name: "one_order", "spend_short", "at_risk" or "lapsed".
        customers: whether each customer is one of them; (customers,).
        value: gain if all of them respond (currency).
        needs: what one of them needs on average: money for "spend_short" and "at_risk", orders for "one_order", days
            since the last purchase for "lapsed".
    """

    name: str
    customers: np.ndarray
    value: float
    needs: float


class Action(TypedDict):
    """A campaign: its customers, the gain if all respond (`value`) and if the share `success` does (`gain`), what one
    customer needs on average (see `Opportunity`), and what new members may bring later (`later`); currency."""

    name: str
    customers: int
    value: float
    gain: float
    needs: float
    later: float
    success: Rate


def campaign_actions(
    programme: Programme,
    inputs: ProgrammeInputs,
    expected: ExpectedRevenue,
    cache: InputsCache,
    rates: Mapping[str, Rate],
    *,
    smallest_group: int = 1,
) -> list[Action]:
    """The groups that a campaign can address, with the gain if a share of them responds.

    Args:
        programme: today's programme.
        inputs: customers as of the present.
        expected: expected revenue of each customer.
        cache: inputs of the run.
        rates: share of the customers who respond, by action.
        smallest_group: number of customers below which a group is left out.
    """
    known = _opportunity_inputs(programme, inputs, expected, cache)
    near_value = _value_near_threshold(programme.rules, known)
    return [
        {
            "name": one.name,
            "customers": int(one.customers.sum()),
            "value": one.value,
            "gain": one.value * rates[one.name]["value"],
            "needs": one.needs,
            "later": float(np.maximum(near_value - known.expected[one.customers], 0).sum()) * rates[one.name]["value"],
            "success": rates[one.name],
        }
        for one in find_opportunities(programme.rules, known, member_value=near_value)
        if one.value > 0 and one.customers.sum() >= smallest_group
    ]


def find_opportunities(rules: MembershipRules, known: OpportunityInputs, *, member_value: float) -> list[Opportunity]:
    """The groups that a campaign can address; groups without customers are left out.

    Args:
        rules: membership rules.
        known: what is known of each customer.
        member_value: expected spend in the horizon of a member near the threshold (currency).
    """
    entry, outside = rules.entry, ~known.member
    spend, orders, days = (known.figures[name].to_numpy() for name in ("spend", "orders", "days"))
    # One more order of the usual size, placed today, makes them members; it also meets the condition on the days.
    one_order = outside & (orders + 1 >= entry.orders) & (spend + known.order_value >= entry.spend)
    short = np.maximum(entry.spend - spend, 0.0)
    spend_short = outside & ~one_order & (short > 0) & (short <= NEAR * entry.spend) & (orders + 1 >= entry.orders)
    at_risk = known.member & ~rules.removal.hold(known.in_30_days)
    missing = rules.removal.missing(known.in_30_days)["spend"].to_numpy()
    lapsed = outside & known.was_member & ~one_order
    gain = np.maximum(member_value - known.expected, 0.0)
    found = [
        Opportunity("one_order", one_order, float(known.order_value[one_order].sum()), 1.0),
        Opportunity("spend_short", spend_short, float(short[spend_short].sum()), _mean(short[spend_short])),
        Opportunity("at_risk", at_risk, float(known.expected[at_risk].sum()), _mean(missing[at_risk])),
        Opportunity("lapsed", lapsed, float(gain[lapsed].sum()), _mean(days[lapsed])),
    ]
    return [one for one in found if one.customers.any()]


def _opportunity_inputs(
    programme: Programme, inputs: ProgrammeInputs, expected: ExpectedRevenue, cache: InputsCache
) -> OpportunityInputs:
    snapshot, window = inputs.snapshot, programme.rules.window_days
    # In 30 days the window has lost its first 30 days, and the last order is 30 days older.
    shorter = cache.figures(snapshot.as_of, window_days=window - SOON_DAYS)
    return OpportunityInputs(
        inputs.figures[window],
        shorter.assign(days=shorter["days"] + SOON_DAYS).reindex(snapshot.customers),
        programme.member,
        _were_members(programme, snapshot.customers),
        snapshot.features["mean_order_value"].to_numpy(),
        np.nan_to_num(expected.customers["expected"].to_numpy()),
    )


def _value_near_threshold(rules: MembershipRules, known: OpportunityInputs) -> float:
    """Mean expected spend of the members near the threshold of spend; the median of all members without any."""
    near = known.member & (known.figures["spend"].to_numpy() < (1 + NEAR) * rules.entry.spend)
    return float(known.expected[near].mean() if near.any() else np.median(known.expected[known.member]))


def _were_members(programme: Programme, customers: pd.Index) -> np.ndarray:
    states = programme.replayed.states[-1 - LAPSED_MONTHS : -1]
    lately = programme.replayed.customers[states.any(axis=0)]
    return customers.isin(lately)


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else 0.0
