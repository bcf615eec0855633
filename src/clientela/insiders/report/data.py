"""The data of the Insiders report: plain, typed values that its texts, pictures and page render."""

from collections.abc import Sequence
from typing import TypedDict

import numpy as np
import pandas as pd

from clientela.insiders.backtest import BacktestData
from clientela.insiders.comparison import RankingComparison, RankingScore
from clientela.insiders.expected_revenue import ExpectedTotal, RevenueShares
from clientela.insiders.opportunities import Action
from clientela.insiders.programme import Programme
from clientela.insiders.replay import Month, Replay
from clientela.insiders.results import InsidersResult
from clientela.insiders.rules import RulesData, rules_data
from clientela.insiders.size import ValueCurve
from clientela.insiders.traits import Traits
from clientela.loading import ShopData
from clientela.settings import DatasetSettings, Settings
from clientela.settings.insiders import InsidersSettings


class ShopInfo(TypedDict):
    """The data set; dates are ISO dates."""

    title: str
    dataset: str
    currency: str
    as_of: str
    location: str
    digest: str
    homepage: str | None
    licence: str | None


class InputData(TypedDict):
    """The transactions: rows before and after cleaning, customers, revenue (currency), first and last order date."""

    rows_in: int
    rows_kept: int
    customers: int
    revenue: float
    first_order: str
    last_order: str


class SizeData(TypedDict):
    """The requested size (see `size.Size`), with the curve of the cumulated value."""

    target: int
    criterion: str
    bounds: list[int] | None
    curve: ValueCurve


class ProgrammeData(TypedDict):
    """The rules and their members (see `programme.Programme`); `looser` is the looseness of the conditions to stay."""

    rules: RulesData
    members: int
    entered: int
    kept: int
    fidelity: float
    given: bool
    looser: float | None


class ReplayMonth(TypedDict):
    """Counts of one month of the replay."""

    as_of: str
    customers: int
    members: int
    entered: int
    left: int
    stayed: int


class ReplayData(TypedDict):
    """The replay: counts by month, and the share of former members who came back soon."""

    months: list[ReplayMonth]
    flapped: float | None


class MemberRow(TypedDict):
    """A member as shown in the report; `founding` members were members in the first month of the replay."""

    customer_id: str
    since: str
    founding: bool
    kept: bool
    spend: float
    orders: int
    days: int
    expected: float | None
    low: float | None
    high: float | None


class FindingData(TypedDict):
    """Where a value model does not fit (see `clv.Finding`)."""

    code: str
    figures: dict[str, float | str]


class ExpectedData(TypedDict):
    """The revenue to expect; `months` is the horizon, `model` the class of the purchase model ("" without one)."""

    totals: list[ExpectedTotal]
    months: int
    model: str
    findings: list[FindingData]


class RankingShare(TypedDict):
    """A ranking's share of the next period's revenue: lower end, value, upper end."""

    name: str
    share: list[float]


class ComparisonData(TypedDict):
    """The ranking comparison (see `comparison.RankingComparison`)."""

    choice: str
    chosen_share: float | None
    shares: list[RankingShare]
    scores: list[RankingScore]
    model: str | None
    size_share: float
    training_dates: list[str]


class Assumptions(TypedDict):
    """The settings that the report states: of campaigns, of the hold-out test, of intervals and of the choice."""

    success: float
    uplift: float
    control: float
    power: float
    significance: float
    interval: float
    draws: int
    tie: float
    horizon_days: int


class ReportData(TypedDict):
    """All that the report says, as plain data."""

    shop: ShopInfo
    data: InputData
    size: SizeData
    programme: ProgrammeData
    replay: ReplayData
    listed_members: list[MemberRow]
    pseudonyms: bool
    traits: Traits
    shares: RevenueShares
    expected: ExpectedData
    backtest: BacktestData | None
    comparison: ComparisonData
    actions: list[Action]
    assumptions: Assumptions
    model: str


class RunSummary(ReportData):
    """The report data of a finished run, with the version that it registered and the files that it wrote."""

    version: str
    alias: str
    example_ids: Sequence[str]
    report: str | None
    list: str | None


def build_report(settings: Settings, data: ShopData, result: InsidersResult, members: pd.DataFrame) -> ReportData:
    """Build the data of the report.

    Args:
        settings: settings of the run.
        data: cleaned data set.
        result: results of the run.
        members: list of members, the highest expected value first (`members.list_members`).
    """
    programme, insiders = result.programme, settings.insiders
    return {
        "shop": _shop(settings.dataset, data),
        "data": _inputs(data, result),
        "size": _size(result),
        "programme": _programme(programme),
        "replay": _replay(programme.replayed),
        "listed_members": _listed(
            members.head(insiders.list_in_report), first_month=programme.replayed.months[0].as_of.isoformat()
        ),
        "pseudonyms": insiders.pseudonym_key is not None,
        "traits": result.traits,
        "shares": result.shares,
        "expected": _expected(result),
        "backtest": result.backtest,
        "comparison": _comparison(result.comparison),
        "actions": result.actions,
        "assumptions": _assumptions(insiders),
        "model": insiders.model,
    }


def _shop(dataset: DatasetSettings, data: ShopData) -> ShopInfo:
    return {
        "title": dataset.title,
        "dataset": dataset.name,
        "currency": dataset.currency,
        "as_of": data.as_of.isoformat(),
        "location": data.source.location,
        "digest": data.source.digest,
        "homepage": dataset.homepage,
        "licence": dataset.licence,
    }


def _inputs(data: ShopData, result: InsidersResult) -> InputData:
    return {
        "rows_in": int(data.ledger["rows_left"].iloc[0]),
        "rows_kept": int(data.ledger["rows_left"].iloc[-1]),
        "customers": len(data.features),
        "revenue": float(result.comparison.today.inputs.snapshot.revenue.sum()),
        "first_order": data.period[0].isoformat(),
        "last_order": data.period[1].isoformat(),
    }


def _size(result: InsidersResult) -> SizeData:
    size = result.size
    return {
        "target": size.customers,
        "criterion": size.criterion,
        "bounds": list(size.bounds) if size.bounds else None,
        "curve": result.curve,
    }


def _programme(programme: Programme) -> ProgrammeData:
    return {
        "rules": rules_data(programme.rules),
        "members": int(programme.member.sum()),
        "entered": int((programme.member & ~programme.kept).sum()),
        "kept": int(programme.kept.sum()),
        "fidelity": programme.fidelity,
        "given": programme.found is None,
        "looser": programme.looser[-1].share if programme.looser else None,
    }


def _replay(replayed: Replay) -> ReplayData:
    return {"months": [_month(month) for month in replayed.months], "flapped": replayed.flapped}


def _month(month: Month) -> ReplayMonth:
    return {
        "as_of": month.as_of.isoformat(),
        "customers": month.customers,
        "members": month.members,
        "entered": month.entered,
        "left": month.left,
        "stayed": month.stayed,
    }


def _listed(members: pd.DataFrame, *, first_month: str) -> list[MemberRow]:
    return [
        {
            "customer_id": row["customer_id"],
            "since": row["member_since"].isoformat(),
            "founding": row["member_since"].isoformat() == first_month,
            "kept": row["status"] == "stays",
            "spend": row["spend"],
            "orders": row["orders"],
            "days": row["days_since_last_purchase"],
            "expected": _or_none(row["expected"]),
            "low": _or_none(row["low"]),
            "high": _or_none(row["high"]),
        }
        for row in members.to_dict("records")
    ]


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else value


def _expected(result: InsidersResult) -> ExpectedData:
    values = result.values
    return {
        "totals": result.expected.totals,
        "months": result.expected.months,
        "model": type(values.models.purchases_).__name__ if values.models else "",
        "findings": [{"code": one.code, "figures": dict(one.figures)} for one in values.findings],
    }


def _comparison(comparison: RankingComparison) -> ComparisonData:
    shares = comparison.shares
    return {
        "choice": comparison.choice,
        "chosen_share": shares[comparison.choice].share.value if shares else None,
        "shares": [{"name": name, "share": one.share.as_list()} for name, one in shares.items()],
        "scores": comparison.scores,
        "model": comparison.model,
        "size_share": comparison.size_share,
        "training_dates": [day.isoformat() for day in comparison.training_dates],
    }


def _assumptions(settings: InsidersSettings) -> Assumptions:
    actions = settings.actions
    return {
        "success": actions.success,
        "uplift": actions.uplift,
        "control": actions.control,
        "power": actions.power,
        "significance": actions.significance,
        "interval": settings.interval,
        "draws": settings.draws,
        "tie": settings.ranking.tie,
        "horizon_days": settings.ranking.horizon_days,
    }


def used_ranking(comparison: ComparisonData) -> str | None:
    """The name in the comparison's scores that is used: of the chosen ranking, or of the supervised model."""
    return comparison["model"] if comparison["choice"] == "model" else comparison["choice"]
