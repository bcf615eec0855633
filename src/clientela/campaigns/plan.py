"""The plan of a campaign: which lift its hold-out test can show, by group, outcome and length of the period."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

import numpy as np

from clientela.campaigns.customer_list import ALL, groups_by_size
from clientela.campaigns.period import BUYERS, OUTCOMES, Period
from clientela.holdout.outcomes import adjusted_outcome
from clientela.holdout.power import HoldoutTest, control_needed, detectable_uplift
from clientela.settings.campaigns import CampaignSettings


class PlanRow(TypedDict):
    """What the test of one group and outcome can show.

    `mean`: mean per customer and period in the past (share for buyers); `detectable`: smallest relative lift that is
    detected with the planned control share; None where it cannot exist, such as more buyers than customers.
    `control`: share to hold out for the wanted lift; None if even one half is too small.
    """

    group: str
    customers: int
    days: int
    outcome: str
    mean: float
    detectable: float | None
    control: float | None


def plan_campaign(
    periods: Mapping[int, Period], groups: np.ndarray, settings: CampaignSettings, *, control: float, uplift: float
) -> list[PlanRow]:
    """What a hold-out test can show, judged by what the same customers did in past periods.

    Args:
        periods: length in days -> past period of that length; rows as in `groups`.
        groups: group of each customer; (customers,).
        settings: power and significance.
        control: share to hold out, in (0, 1).
        uplift: relative lift to detect.

    Returns:
        One row per group, outcome and length; first those of all customers, then the groups by size.
    """
    test = HoldoutTest(control, settings.power, settings.significance)
    names = groups_by_size(groups)
    chosen = {ALL: np.ones(len(groups), dtype=bool)} | {name: groups == name for name in names if len(names) > 1}
    return [
        _row(name, members, period, outcome, test, uplift)
        for name, members in chosen.items()
        for period in periods.values()
        for outcome in OUTCOMES
    ]


def groups_too_small(rows: Sequence[PlanRow], *, days: int) -> list[str]:
    """The groups in which no outcome shows the wanted lift, whatever is held out.

    Args:
        rows: rows of a plan.
        days: length of the period (days).
    """
    shown = {row["group"] for row in rows if row["days"] == days and row["control"] is not None}
    return [name for name in dict.fromkeys(row["group"] for row in rows) if name not in shown and name != ALL]


def _row(name: str, members: np.ndarray, period: Period, outcome: str, test: HoldoutTest, uplift: float) -> PlanRow:
    values, known = (frame[outcome].to_numpy()[members] for frame in (period.outcomes, period.expected))
    size = int(members.sum())
    measured = adjusted_outcome(values, known)
    detectable = detectable_uplift(measured, size, test)
    needed = control_needed(measured, uplift, size, test)
    most = 1 / measured.mean - 1 if outcome == BUYERS and measured.mean > 0 else np.inf
    return {
        "group": name,
        "customers": size,
        "days": period.days,
        "outcome": outcome,
        "mean": measured.mean,
        "detectable": detectable if detectable and detectable <= most else None,
        "control": needed if uplift <= most else None,
    }
