"""What the commands of campaigns return, as plain data."""

from typing import TypedDict

from clientela.campaigns.measure import ResultRow
from clientela.campaigns.plan import PlanRow


class PlanResult(TypedDict):
    """A plan: its date, its settings and one row per group, outcome and length."""

    dataset: str
    as_of: str
    control: float
    uplift: float
    days: int
    rows: list[PlanRow]


class CampaignResult(TypedDict):
    """A result: period, customers, cost per contact, one row per group and outcome, and what to know first.

    `campaign` and `action` are those of the record; None for a list without one.
    """

    dataset: str
    campaign: str | None
    action: str | None
    start: str
    end: str
    days: int
    treated: int
    control: int
    cost: float
    rows: list[ResultRow]
    warnings: list[str]
