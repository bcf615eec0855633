"""What the first page decides by: money at stake, the quarter, and the control group that measures an action."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

import numpy as np

from clientela.forecast.report_data import ForecastData, GroupData, HorizonData, horizon_of
from clientela.forecast.texts import is_too_wide
from clientela.holdout.power import quantiles
from clientela.segmentation.backtest import BacktestData, SegmentOutcome
from clientela.segmentation.segments.money import SegmentMoney
from clientela.segmentation.segments.segment_data import SegmentData

LEVEL, POWER = 0.05, 0.8  # of the test that compares the share who buy in both groups
MOST_ACTIONS = 3


@dataclass(frozen=True)
class CampaignPlan:
    """How campaigns are planned.

    Attributes:
        treatment: share of a segment that a campaign contacts, in (0, 1).
        uplift: relative rise of the share who buy, for what an action may bring.
    """

    treatment: float
    uplift: float


class Trial(TypedDict):
    """A campaign with a control group.

    `treated` and `control` are customers; `share` is the share of them who buy without the campaign in `days` days,
    and `spend` what a buyer spends (currency). If `uplift` more of them buy, that is `buyers` among the treated, who
    spend `worth` (None if that is more than all). `difference` is the smallest difference between the shares who buy of
    both groups that the test finds with a power of 80 % (None if it is larger than the share who do not buy anyway).

    `is_forecast` says whether share and spend are from the forecast; otherwise they are those of the period from
    `since` on. They are None where nothing is known of the next period.
    """

    treated: int
    control: int
    days: int
    uplift: float
    is_forecast: bool
    since: str
    share: float | None
    spend: float | None
    difference: float | None
    buyers: float | None
    worth: float | None


class Decision(TypedDict):
    """A segment with what its action is about.

    `at_stake` is what its customers usually spend in 90 days (currency), `last` and `last_buyers` are what they did in
    the last 90 days; None where not known. `expected` is the forecast of the segment, None where there is none that a
    page can quote for each segment.
    """

    id: int
    at_stake: float | None
    last: float | None
    last_buyers: int | None
    expected: GroupData | None
    trial: Trial


def decisions(
    segments: list[SegmentData],
    money: list[SegmentMoney],
    *,
    forecast: ForecastData | None,
    backtest: BacktestData | None,
    plan: CampaignPlan,
) -> list[Decision]:
    """The segments in order of the money at stake.

    Args:
        segments: segments of the report, in order of value.
        money: usual spend and that of the last quarter of each segment.
        forecast: forecast of each segment; None without purchases.
        backtest: what the segments' customers did in a past period; None if the history is too short.
        plan: share of a segment that a campaign contacts, and the rise of the share who buy.

    Returns:
        One dict per segment, the highest money at stake first; where it is not known, the highest spend or the largest.
    """
    spent = {one["id"]: one for one in money}
    horizon = horizon_of(forecast, forecast["days"]) if forecast else None
    groups = _quotable(horizon)
    outcomes = {row["id"]: row for row in backtest["by_segment"]} if backtest else {}
    rows: list[Decision] = []
    for segment in segments:
        id_ = segment["id"]
        found = spent.get(id_)
        rows.append(
            {
                "id": id_,
                "at_stake": found["usual"] if found else None,
                "last": found["last"] if found else None,
                "last_buyers": found["last_buyers"] if found else None,
                "expected": groups.get(id_) if groups else None,
                "trial": _trial(segment["customers"], groups.get(id_), outcomes.get(id_), horizon, backtest, plan),
            }
        )
    weights = {segment["id"]: segment["spend"] or segment["customers"] for segment in segments}
    is_known = any(row["at_stake"] for row in rows)
    return sorted(rows, key=lambda row: -(row["at_stake"] or 0.0) if is_known else -weights[row["id"]])


def _quotable(horizon: HorizonData | None) -> Mapping[int, GroupData]:
    """The forecast of each segment; none, if that of one of them is too wide to be quoted."""
    if horizon is None or any(is_too_wide(horizon, group) for group in horizon["groups"]):
        return {}
    return {group["id"]: group for group in horizon["groups"] if group["id"] is not None and group["customers"]}


def _trial(
    customers: int,
    group: GroupData | None,
    outcome: SegmentOutcome | None,
    horizon: HorizonData | None,
    backtest: BacktestData | None,
    plan: CampaignPlan,
) -> Trial:
    control = customers - round(plan.treatment * customers)
    trial: Trial = {
        "treated": customers - control,
        "control": control,
        "days": 90,
        "uplift": plan.uplift,
        "is_forecast": False,
        "since": "",
        "share": None,
        "spend": None,
        "difference": None,
        "buyers": None,
        "worth": None,
    }
    if group is not None and horizon is not None and horizon["is_seasonal"]:
        trial |= {"days": horizon["days"], "is_forecast": True, "since": horizon["first_day"]}
        return _with_effect(trial, share=group["buyers"][1], mean=group["spend"][1] / group["customers"])
    if outcome is not None and backtest is not None:
        trial |= {"days": backtest["horizon_days"], "since": backtest["cutoffs"][0]["as_of"]}
        return _with_effect(trial, share=outcome["retention"][1], mean=outcome["spend"][1])
    return trial


def _with_effect(trial: Trial, *, share: float, mean: float) -> Trial:
    """The trial with its effect; `mean` is the spend per customer without the campaign (currency)."""
    spend = mean / share if share else None
    trial = {**trial, "share": share, "spend": spend}
    if spend is not None and share * (1 + trial["uplift"]) <= 1:
        buyers = trial["uplift"] * share * trial["treated"]
        trial |= {"buyers": buyers, "worth": buyers * spend}
    difference = smallest_difference(share, treated=trial["treated"], control=trial["control"])
    return {**trial, "difference": difference if 0 < difference <= 1 - share else None}


def smallest_difference(share: float, *, treated: int, control: int) -> float:
    """The smallest difference between two shares that a test finds (Cohen 1988, *Statistical Power Analysis*, ch. 6).

    The test is two-sided with a level of 5 % and finds the difference with a power of 80 %.

    Args:
        share: share without the campaign, in (0, 1).
        treated: customers of the treatment group.
        control: customers of the control group.

    Returns:
        The difference, in (0, inf); infinite if a group is empty.

    Example:
        >>> round(smallest_difference(0.5, treated=400, control=400), 3)
        0.099
    """
    if not treated or not control:
        return float("inf")
    deviation = np.sqrt(share * (1 - share) * (1 / treated + 1 / control))
    return float(quantiles(LEVEL, POWER) * deviation)
