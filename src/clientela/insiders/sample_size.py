"""What a hold-out test of the programme can detect: spend, orders and repeat purchases of the members."""

from typing import Literal, TypedDict

import numpy as np
import pandas as pd

from clientela.holdout.outcomes import Outcome, amount_outcome, share_outcome
from clientela.holdout.power import HoldoutTest, detectable_uplift, members_needed
from clientela.settings.insiders import ActionSettings


class HoldoutOutcome(TypedDict):
    """What a hold-out test of one outcome can detect among the members.

    `possible` is False where the uplift is impossible: more than all members cannot buy again. `needed` is the number
    of members that the test needs; `detectable` is the smallest relative uplift that today's members can show.
    """

    outcome: Literal["spend", "orders", "again"]
    mean: float
    possible: bool
    needed: int | None
    detectable: float | None


def holdout_outcomes(
    before: pd.DataFrame, spend: np.ndarray, orders: np.ndarray, *, members_now: int, settings: ActionSettings
) -> list[HoldoutOutcome]:
    """What a hold-out test can detect of spend, orders and repeat purchases, from past members and their next period.

    Args:
        before: spend and orders of each past member in the rules' window before the past date.
        spend: spend of each past member in the next period; (members,), currency.
        orders: orders of each past member in the next period; (members,).
        members_now: number of members today.
        settings: uplift to detect, and the design of the test.
    """
    test = HoldoutTest(settings.control, settings.power, settings.significance)
    outcomes: dict[Literal["spend", "orders", "again"], Outcome] = {
        "spend": amount_outcome(spend, before["spend"].to_numpy()),
        "orders": amount_outcome(orders, before["orders"].to_numpy()),
        "again": share_outcome(orders > 0),
    }
    return [
        {
            "outcome": name,
            "mean": outcome.mean,
            "possible": name != "again" or outcome.mean * (1 + settings.uplift) <= 1,
            "needed": members_needed(outcome, settings.uplift, test),
            "detectable": detectable_uplift(outcome, members_now, test),
        }
        for name, outcome in outcomes.items()
    ]
