"""The result of a campaign: its lift by segment and in total, by intention to treat."""

from collections.abc import Sequence
from typing import Literal, TypedDict

import numpy as np

from clientela.campaigns.customer_list import ALL, groups_by_size
from clientela.campaigns.period import OUTCOMES, SPEND, Period
from clientela.holdout.lift import FEWEST, Lift, combine_lifts, compare_arms, holm
from clientela.holdout.power import quantiles
from clientela.settings.campaigns import CampaignSettings

Verdict = Literal["more", "less", "unclear"]


class ResultRow(TypedDict):
    """The lift of one outcome in one group.

    Means are per customer and period, adjusted for what was expected. `relative` is the difference relative to the
    control's mean, None where that is 0. `p_value` is corrected for the number of groups. `verdict` follows from it; it
    is "unclear" where the group is too small to tell. `detectable` is the smallest relative lift that it detects.
    `extra` is the difference times the treated customers, `net` that less their cost; both of spend only.
    """

    group: str
    outcome: str
    treated: int
    control: int
    treated_mean: float
    control_mean: float
    difference: float
    low: float
    high: float
    relative: float | None
    relative_low: float | None
    relative_high: float | None
    detectable: float | None
    p_value: float
    verdict: Verdict
    extra: float | None
    net: float | None


def measure_campaign(
    period: Period,
    groups: np.ndarray,
    treated: np.ndarray,
    settings: CampaignSettings,
    *,
    cost: float,
    smallest_group: int = FEWEST,
) -> list[ResultRow]:
    """The lift of spend, orders and buyers: in total, then by group.

    All assigned customers count, also those whom no message reached (intention to treat).

    Args:
        period: what the customers did, and what was expected of them; rows as in `groups`.
        groups: segment of each customer; (customers,).
        treated: whether each customer was assigned to the treatment; (customers,), boolean.
        settings: significance and power; intervals have the level 1 - significance.
        cost: cost per treated customer (currency).
        smallest_group: number of customers in an arm, at least 2, below which a group has no result.

    Returns:
        One row per outcome and group. A group that is too small has none, and does not count in the total.
    """
    rows, level = [], 1 - settings.significance
    for outcome in OUTCOMES:
        found = _lifts(period, outcome, groups, treated, level=level, fewest=smallest_group)
        if not found:
            continue
        corrected = holm([lift.p_value for lift in found.values()])
        total = combine_lifts(list(found.values()), level=level)
        rows.append(_row(ALL, outcome, total, total.p_value, settings, cost))
        if len(found) > 1:
            rows += [
                _row(name, outcome, lift, p_value, settings, cost)
                for (name, lift), p_value in zip(found.items(), corrected, strict=True)
            ]
    return rows


def groups_without_result(groups: np.ndarray, rows: Sequence[ResultRow]) -> list[str]:
    """The groups with too few customers in an arm."""
    measured = {row["group"] for row in rows}
    names = [str(name) for name in np.unique(groups)]
    return [name for name in names if name not in measured] if len(names) > 1 and len(measured) > 1 else []


def _lifts(
    period: Period, outcome: str, groups: np.ndarray, treated: np.ndarray, *, level: float, fewest: int
) -> dict[str, Lift]:
    values, known = period.outcomes[outcome].to_numpy(), period.expected[outcome].to_numpy()
    found = {
        name: compare_arms(values[groups == name], known[groups == name], treated[groups == name], level=level)
        for name in groups_by_size(groups)
    }
    return {
        name: lift
        for name, lift in found.items()
        if lift is not None and min(lift.treated.customers, lift.control.customers) >= fewest
    }


def _row(group: str, outcome: str, lift: Lift, p_value: float, settings: CampaignSettings, cost: float) -> ResultRow:
    relative = [None if np.isnan(value) else value for value in (lift.relative, lift.relative_low, lift.relative_high)]
    extra = lift.difference * lift.treated.customers if outcome == SPEND else None
    return {
        "group": group,
        "outcome": outcome,
        "treated": lift.treated.customers,
        "control": lift.control.customers,
        "treated_mean": lift.treated.mean,
        "control_mean": lift.control.mean,
        "difference": lift.difference,
        "low": lift.low,
        "high": lift.high,
        "relative": relative[0],
        "relative_low": relative[1],
        "relative_high": relative[2],
        "detectable": _detectable(lift, settings),
        "p_value": p_value,
        "verdict": _verdict(lift, p_value, settings.significance),
        "extra": extra,
        "net": None if extra is None else extra - cost * lift.treated.customers,
    }


def _verdict(lift: Lift, p_value: float, significance: float) -> Verdict:
    if p_value >= significance:
        return "unclear"
    return "more" if lift.difference > 0 else "less"


def _detectable(lift: Lift, settings: CampaignSettings) -> float | None:
    if lift.control.mean <= 0:
        return None
    return quantiles(settings.significance, settings.power) * lift.error / lift.control.mean
