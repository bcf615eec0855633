"""What the commands of campaigns return, as plain data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import pandas as pd

from clientela.campaigns.campaign import Campaign
from clientela.campaigns.lists import WrittenList
from clientela.campaigns.measure import ResultRow
from clientela.campaigns.plan import PlanRow


class PlanResult(TypedDict):
    """A plan: its date, its settings and one row per group, outcome and length."""

    dataset: str
    title: str
    currency: str
    as_of: str
    control: float
    uplift: float
    power: float
    significance: float
    days: int
    rows: list[PlanRow]


class SampleRatio(TypedDict):
    """The size of the control group against the planned one.

    `planned` is the share that was to be held out (None if unknown), `observed` the share of the list that is control.
    `p_value` is that of a binomial test; `is_off` says that chance does not explain the difference.
    """

    planned: float | None
    observed: float
    p_value: float | None
    is_off: bool


class CampaignResult(TypedDict):
    """A result: period, customers, cost per contact, one row per group and outcome, and what to know first.

    `campaign` and `action` are those of the record; None for a list without one. `level` is the level of the intervals,
    `unmeasured` the groups that are too small to compare, `warnings` are sentences for a terminal.
    """

    dataset: str
    title: str
    currency: str
    campaign: str | None
    action: str | None
    start: str
    end: str
    days: int
    treated: int
    control: int
    cost: float
    level: float
    ratio: SampleRatio
    rows: list[ResultRow]
    unmeasured: list[str]
    warnings: list[str]


@dataclass(frozen=True)
class StartResult:
    """A started campaign.

    Attributes:
        campaign: the campaign.
        assignment: one row per customer, with the columns `ASSIGNMENT`.
        lists: the lists that were written.
        repeated: whether it had been started before, so that only its lists were written.
    """

    campaign: Campaign
    assignment: pd.DataFrame
    lists: Sequence[WrittenList]
    repeated: bool
