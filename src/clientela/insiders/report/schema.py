"""The types of the Insiders report's data: plain values that its texts, pictures and page render."""

from collections.abc import Sequence
from typing import TypedDict

from clientela.insiders.backtest import BacktestData
from clientela.insiders.compare import RankingScore
from clientela.insiders.expected_revenue import ExpectedTotal, ForecastRecord, RevenueShares
from clientela.insiders.opportunities import Action
from clientela.insiders.programme_size import ValueCurve
from clientela.insiders.ranked_dates import ModelError
from clientela.insiders.rules import RulesData
from clientela.insiders.traits import Traits


class ShopSection(TypedDict):
    """The data set; dates are ISO dates."""

    title: str
    dataset: str
    currency: str
    as_of: str
    location: str
    digest: str
    homepage: str | None
    licence: str | None


class DataSection(TypedDict):
    """The transactions: rows before and after cleaning, customers, revenue (currency), first and last order date."""

    rows_in: int
    rows_kept: int
    customers: int
    revenue: float
    first_order: str
    last_order: str


class SizeSection(TypedDict):
    """The requested size (see `programme_size.Size`), with the curve of the cumulated value."""

    target: int
    criterion: str
    bounds: list[int] | None
    curve: ValueCurve


class ProgrammeSection(TypedDict):
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


class ReplaySection(TypedDict):
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


class ExpectedSection(TypedDict):
    """The revenue to expect.

    `months` is the horizon, `record` the forecast at past dates, `model` the purchase model that was chosen ("" without
    expected values), `models` the errors of all purchase models.
    """

    totals: list[ExpectedTotal]
    months: int
    record: ForecastRecord | None
    model: str
    models: list[ModelError]
    findings: list[FindingData]


class RankingShare(TypedDict):
    """A ranking's share of the next period's revenue: lower end, value, upper end."""

    name: str
    share: list[float]


class ComparisonSection(TypedDict):
    """The ranking comparison (see `compare.RankingComparison`)."""

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

    shop: ShopSection
    data: DataSection
    size: SizeSection
    programme: ProgrammeSection
    replay: ReplaySection
    listed_members: list[MemberRow]
    pseudonyms: bool
    traits: Traits
    shares: RevenueShares
    expected: ExpectedSection
    backtest: BacktestData | None
    comparison: ComparisonSection
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


def used_ranking(comparison: ComparisonSection) -> str | None:
    """The name in the comparison's scores that is used: of the chosen ranking, or of the supervised model."""
    return comparison["model"] if comparison["choice"] == "model" else comparison["choice"]
