"""What marketing can do, each with a number: who is near the threshold, and what it would bring if some crossed it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clientela.insiders.rules import MembershipRules

NEAR = 0.25  # of the threshold of spend, that may be missing
SOON_DAYS = 30  # within which a member who buys nothing is removed


@dataclass(frozen=True)
class Opportunity:
    """Customers who can be moved.

    Attributes:
        name: "one_order", "spend_short", "at_risk" or "lapsed".
        customers: whether each customer is one of them.
        worth: what it brings where all of them do it (currency).
        needs: what one of them lacks, on average: money for "spend_short" and "at_risk", orders for "one_order", days
            since the last purchase for "lapsed".
    """

    name: str
    customers: np.ndarray
    worth: float
    needs: float


def opportunities(
    rules: MembershipRules,
    figures: pd.DataFrame,
    *,
    soon: pd.DataFrame,
    member: np.ndarray,
    was_member: np.ndarray,
    order_value: np.ndarray,
    expected: np.ndarray,
    member_value: float,
) -> list[Opportunity]:
    """The groups that a campaign can address; those of nobody are left out.

    Args:
        rules: of the programme.
        figures: spend, orders, days of the window; one row a customer.
        soon: what they will be in 30 days, if nobody buys anything.
        member: whether each is a member.
        was_member: whether each was one in the last months and is not now.
        order_value: mean money of an order of each.
        expected: value to expect of each in the next period (currency).
        member_value: what a member close to the threshold is expected to bring in the next period (currency).
    """
    entry = rules.entry
    spend, orders, days = (figures[name].to_numpy() for name in ("spend", "orders", "days"))
    outside = ~member
    # One more order today, of the size that they are used to, brings them in: the days are no condition then.
    one_order = outside & (orders + 1 >= entry.orders) & (spend + order_value >= entry.spend)
    short = np.maximum(entry.spend - spend, 0.0)
    spend_short = outside & ~one_order & (short > 0) & (short <= NEAR * entry.spend) & (orders + 1 >= entry.orders)
    at_risk = member & ~rules.removal.hold(soon)
    lacking = rules.removal.missing(soon)["spend"].to_numpy()
    lapsed = outside & was_member & ~one_order
    gain = np.maximum(member_value - expected, 0.0)
    found = [
        Opportunity("one_order", one_order, float(order_value[one_order].sum()), 1.0),
        Opportunity("spend_short", spend_short, float(short[spend_short].sum()), _mean(short[spend_short])),
        Opportunity("at_risk", at_risk, float(expected[at_risk].sum()), _mean(lacking[at_risk])),
        Opportunity("lapsed", lapsed, float(gain[lapsed].sum()), _mean(days[lapsed])),
    ]
    return [one for one in found if one.customers.any()]


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else 0.0
