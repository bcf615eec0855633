"""Builds the data of a campaign's report from its result; computes no statistics beyond sums and ratios."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypedDict

from clientela.campaigns.customer_list import ALL
from clientela.campaigns.measure import ResultRow, Verdict
from clientela.campaigns.period import OUTCOMES, SPEND
from clientela.campaigns.results import CampaignResult, SampleRatio
from clientela.exports.treatment import CONTROL, TREATMENT
from clientela.loading import ShopData
from clientela.settings import DatasetSettings

# What to do next. The first that applies is the report's main advice.
Advice = Literal["check", "stop", "repeat", "cheaper", "unsure_money", "larger", "none"]


class ShopSection(TypedDict):
    """The data set; dates are ISO dates, `as_of` is the day after the last transaction."""

    title: str
    dataset: str
    currency: str
    as_of: str
    location: str
    digest: str


class LeftOut(TypedDict):
    """Customers who were left out of the campaign for one reason."""

    reason: str
    customers: int


class CampaignSection(TypedDict):
    """The campaign: name and action (empty if unknown), first and last day of the period, and who was left out."""

    name: str
    action: str
    start: str
    end: str
    days: int
    treated: int
    control: int
    left_out: list[LeftOut]


class MoneyRow(TypedDict):
    """The money of one group, in currency.

    `extra` and `net` are lower end, value and upper end for all contacts; `per_contact` is `net` per contact and
    `break_even` the cost per contact at which the extra spend pays for it.
    """

    group: str
    contacts: int
    cost: float
    extra: list[float]
    net: list[float]
    per_contact: list[float]
    break_even: float


class ReportData(TypedDict):
    """All that the report of a campaign shows.

    `outcomes` has the rows of each outcome, first that of all customers; `more` and `less` are the groups whose spend
    clearly rose and fell.
    """

    shop: ShopSection
    campaign: CampaignSection
    level: float
    cost: float
    ratio: SampleRatio
    groups: list[str]
    unmeasured: list[str]
    outcomes: dict[str, list[ResultRow]]
    money: list[MoneyRow]
    more: list[str]
    less: list[str]
    advice: Advice


def build_report(
    result: CampaignResult,
    data: ShopData,
    dataset: DatasetSettings,
    *,
    ledger: Mapping[str, int],
) -> ReportData:
    """Build the data of the report.

    Args:
        result: result of the campaign.
        data: cleaned data set that it was measured on.
        dataset: settings of the data set.
        ledger: customers of the campaign's record by arm and by reason of exclusion; empty without a record.
    """
    outcomes = {outcome: [row for row in result["rows"] if row["outcome"] == outcome] for outcome in OUTCOMES}
    outcomes = {outcome: rows for outcome, rows in outcomes.items() if rows}
    money = [_money(row, result["cost"]) for row in outcomes.get(SPEND, [])]
    return {
        "shop": {
            "title": dataset.title,
            "dataset": dataset.name,
            "currency": dataset.currency,
            "as_of": data.as_of.isoformat(),
            "location": data.source.location,
            "digest": data.source.digest,
        },
        "campaign": {
            "name": result["campaign"] or "",
            "action": result["action"] or "",
            "start": result["start"],
            "end": result["end"],
            "days": result["days"],
            "treated": result["treated"],
            "control": result["control"],
            "left_out": [
                {"reason": reason, "customers": customers}
                for reason, customers in ledger.items()
                if reason not in (TREATMENT, CONTROL) and customers
            ],
        },
        "level": result["level"],
        "cost": result["cost"],
        "ratio": result["ratio"],
        "groups": list(dict.fromkeys(row["group"] for row in result["rows"] if row["group"] != ALL)),
        "unmeasured": result["unmeasured"],
        "outcomes": outcomes,
        "money": money,
        "more": _groups_with(outcomes.get(SPEND, []), "more"),
        "less": _groups_with(outcomes.get(SPEND, []), "less"),
        "advice": choose_advice(outcomes.get(SPEND, []), money, result["ratio"]),
    }


def choose_advice(spend: Sequence[ResultRow], money: Sequence[MoneyRow], ratio: SampleRatio) -> Advice:
    """The main advice, from the total of the spend, its money and the size of the control group.

    Args:
        spend: rows of the spend, first that of all customers; empty if nothing could be compared.
        money: the money of the same groups.
        ratio: the size of the control group against the planned one.
    """
    if ratio["is_off"]:
        return "check"
    if not spend:
        return "none"
    verdict, net = spend[0]["verdict"], money[0]["net"]
    if verdict == "less":
        return "stop"
    if verdict == "unclear":
        return "larger"
    if net[0] > 0:
        return "repeat"
    return "unsure_money" if net[1] > 0 else "cheaper"


def _money(row: ResultRow, cost: float) -> MoneyRow:
    contacts, ends = row["treated"], (row["low"], row["difference"], row["high"])
    return {
        "group": row["group"],
        "contacts": contacts,
        "cost": cost * contacts,
        "extra": [contacts * end for end in ends],
        "net": [contacts * (end - cost) for end in ends],
        "per_contact": [end - cost for end in ends],
        "break_even": row["difference"],
    }


def _groups_with(rows: Sequence[ResultRow], verdict: Verdict) -> list[str]:
    return [row["group"] for row in rows if row["group"] != ALL and row["verdict"] == verdict]
