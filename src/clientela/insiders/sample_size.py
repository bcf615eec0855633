"""A hold-out test of the programme: how many members it needs to detect an uplift.

A share of the members is drawn at random and does not get the programme; the others do. Sample sizes follow Cohen
(1988), Statistical Power Analysis for the Behavioral Sciences. What members spent before is used as a covariate, whose
correlation with the outcome removes variance: Deng et al. (2013), Improving the Sensitivity of Online Controlled
Experiments by Utilizing Pre-Experiment Data (CUPED).
"""

from dataclasses import dataclass
from math import ceil, sqrt
from statistics import NormalDist
from typing import Literal, TypedDict

import numpy as np
import pandas as pd

from clientela.settings.insiders import ActionSettings

CAP = 0.99  # quantile at which each customer's spend is capped, so that a few very large ones do not decide


@dataclass(frozen=True)
class Outcome:
    """The mean and standard deviation per member and period of what a test measures, adjusted for the covariate."""

    mean: float
    deviation: float


@dataclass(frozen=True)
class HoldoutTest:
    """The design of a two-sided test.

    Attributes:
        control: share of the members who are held out, in (0, 1).
        power: probability to detect an uplift that exists.
        significance: level of the test.
    """

    control: float
    power: float
    significance: float


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


def amount_outcome(amounts: np.ndarray, before: np.ndarray) -> Outcome:
    """Amounts per period (money or orders), capped at the 99th percentile, adjusted for the amounts before.

    Args:
        amounts: amount of each member in the period; (members,).
        before: amount of each member in the period before; (members,).
    """
    after, before = (np.minimum(values, np.quantile(values, CAP)) for values in (amounts, before))
    varies = after.std() > 0 and before.std() > 0
    correlation = float(np.corrcoef(after, before)[0, 1]) if varies else 0.0
    return Outcome(float(after.mean()), float(after.std(ddof=1)) * sqrt(max(0.0, 1 - correlation**2)))


def share_outcome(happened: np.ndarray) -> Outcome:
    """The share of members who did something, such as buy again."""
    share = float(happened.mean())
    return Outcome(share, sqrt(share * (1 - share)))


def members_needed(outcome: Outcome, uplift: float, test: HoldoutTest) -> int | None:
    """Number of members, in both groups together, that a test needs to detect a relative uplift.

    Args:
        outcome: what is measured.
        uplift: relative uplift, such as 0.1 for a tenth more than the mean.
        test: design of the test.

    Returns:
        None if the outcome does not vary, or its mean is 0.

    Example:
        >>> members_needed(Outcome(1.0, 1.0), 0.5, HoldoutTest(control=0.5, power=0.8, significance=0.05))
        126
    """
    difference = uplift * outcome.mean
    if difference <= 0 or outcome.deviation == 0:
        return None
    return ceil((_z(test) * outcome.deviation / difference) ** 2 / (test.control * (1 - test.control)))


def detectable_uplift(outcome: Outcome, members: int, test: HoldoutTest) -> float | None:
    """The smallest relative uplift that a test with a number of members detects; the inverse of `members_needed`.

    Args:
        outcome: what is measured.
        members: number of members in both groups together.
        test: design of the test.

    Returns:
        None if the mean is 0, or there are fewer than two members.
    """
    if outcome.mean <= 0 or members < 2:
        return None
    return _z(test) * outcome.deviation / sqrt(members * test.control * (1 - test.control)) / outcome.mean


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


def _z(test: HoldoutTest) -> float:
    normal = NormalDist()
    return normal.inv_cdf(1 - test.significance / 2) + normal.inv_cdf(test.power)
