"""A comparison as plain typed data: the summary that texts and tags read, and what the HTML report renders."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NotRequired, TypedDict

from clientela.exploration.explore import Exploration
from clientela.forecast.report_data import ForecastData
from clientela.loading import EventsRead, ShopData
from clientela.quality.report import QualityReport
from clientela.segmentation.backtest import BacktestData
from clientela.segmentation.clustering.leaderboard import Row, ranked
from clientela.segmentation.clustering.projection import CustomerSample
from clientela.segmentation.compare import Comparison
from clientela.segmentation.describe import Segmentation
from clientela.segmentation.inputs import ComparisonInputs
from clientela.segmentation.previous_version import MigrationData
from clientela.segmentation.recognition import RecognitionData
from clientela.segmentation.report.decisions import CampaignPlan, Decision, decisions
from clientela.segmentation.segments.customer_lists import CustomerLists
from clientela.segmentation.segments.grid import RecencyFrequencyGrid
from clientela.segmentation.segments.money import segment_money
from clientela.segmentation.segments.new_customers import NewCustomersData
from clientela.segmentation.segments.rules import RuleList
from clientela.segmentation.segments.segment_data import SegmentData
from clientela.settings import DatasetSettings


class Summary(TypedDict):
    """What a comparison or a refresh was made from, and what it found as far as it is known.

    `winner` is the chosen candidate's row of the leaderboard, `caveats` are what a reader must know first, `link` opens
    the leaderboard in MLflow's UI, `clustering` names the clusters of a refresh, `quality` are metrics of the data.
    """

    dataset: str
    title: str
    currency: str
    location: str
    digest: str
    as_of: str
    rows_in: int
    rows_kept: int
    customers: int
    candidate_count: NotRequired[int]
    link: NotRequired[str]
    winner: NotRequired[Row]
    caveats: NotRequired[list[str]]
    clustering: NotRequired[str]
    segments: NotRequired[list[SegmentData]]
    quality: NotRequired[dict[str, float]]
    migration: NotRequired[MigrationData | None]


class ShopSection(TypedDict):
    """The data set and its source."""

    title: str
    dataset: str
    currency: str
    as_of: str
    location: str
    digest: str
    homepage: str
    licence: str


class EventsData(TypedDict):
    """A further source of events: its name in the settings, its rows, and the rows that were kept."""

    name: str
    rows_in: int
    rows_kept: int


class DataSection(TypedDict):
    """What was kept of the source: rows, customers, revenue (currency), period, ledger, features of the fit.

    `history_days` counts the days from the first to the last order, `kept_share` is the share of rows kept. What a
    table with one row per customer does not have is None.
    """

    rows_in: int
    rows_kept: int
    kept_share: float
    customers: int
    has_transactions: bool
    revenue: float | None
    first_order: str | None
    last_order: str | None
    history_days: int | None
    ledger: list[dict[str, Any]]
    features_fit: list[str]
    features_dropped: dict[str, str]
    events: list[EventsData]


class RulesSummary(TypedDict):
    """The readable rules as a whole: fidelity in [0, 1], number of rules, conditions of the longest, customers."""

    fidelity: float
    leaves: int
    depth: int
    customers: int


class ReportData(TypedDict):
    """All that the report shows.

    `choice` is the chosen candidate's row of the leaderboard, `board` the whole one as ranked, `caveats` what a reader
    must know first, `decisions` the segments in order of the money at stake,
    `treatment` the share of a segment that a campaign contacts.
    """

    shop: ShopSection
    data: DataSection
    choice: Row
    caveats: list[str]
    board: list[Mapping[str, Any]]
    segments: list[SegmentData]
    decisions: list[Decision]
    customers: CustomerLists
    treatment: float
    new_customers: NewCustomersData
    points: CustomerSample
    grid: RecencyFrequencyGrid | None
    rules: RulesSummary
    migration: MigrationData | None
    backtest: BacktestData | None
    forecast: ForecastData | None
    churn: Mapping[int, Mapping[str, Any]] | None
    recognition: RecognitionData | None
    quality: QualityReport | None
    exploration: Exploration | None
    capped: Mapping[str, int]
    labels: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class ReportFigures:
    """Figures of a report beside the segments themselves.

    Attributes:
        points: sampled customers (`sample_customers`).
        grid: recency-frequency grid (`recency_frequency_grid`); None if recency or frequency is not known.
        backtest: result of the backtest; None if the history is too short.
        forecast: forecast of all customers and of each segment; None without purchases.
        churn: segment id -> churn risk; None if there is no churn model of the data set.
        recognition: how well attributes alone find the segments; None if that cannot be checked.
        customers: ids of the segments' customers, as far as the report may show them.
        plan: how campaigns are planned.
        quality: quality report of the data; None without.
        exploration: what the data look like; None without.
        capped: feature of the fit -> customers whose value is capped.
    """

    points: CustomerSample
    grid: RecencyFrequencyGrid | None
    backtest: BacktestData | None
    forecast: ForecastData | None = None
    churn: Mapping[int, Mapping[str, Any]] | None = None
    recognition: RecognitionData | None = None
    customers: CustomerLists = field(kw_only=True)
    plan: CampaignPlan = field(kw_only=True)
    quality: QualityReport | None = field(kw_only=True, default=None)
    exploration: Exploration | None = field(kw_only=True, default=None)
    capped: Mapping[str, int] = field(kw_only=True, default_factory=dict)


def summarise(dataset: DatasetSettings, data: ShopData) -> Summary:
    """What a comparison or a refresh is made from."""
    rows = data.ledger["rows_left"]
    return {
        "dataset": dataset.name,
        "title": dataset.title,
        "currency": dataset.currency,
        "location": data.source.location,
        "digest": data.source.digest,
        "as_of": data.as_of.isoformat(),
        "rows_in": int(rows.iloc[0]),
        "rows_kept": int(rows.iloc[-1]),
        "customers": len(data.features),
    }


def build_report(
    dataset: DatasetSettings,
    data: ShopData,
    inputs: ComparisonInputs,
    comparison: Comparison,
    segmentation: Segmentation,
    figures: ReportFigures,
) -> ReportData:
    """Build the report's data.

    Args:
        dataset: settings of the data set.
        data: cleaned source and customer features.
        inputs: what the candidates were fitted to.
        comparison: all candidates, with a winner.
        segmentation: the described segments.
        figures: sample, grid, backtest and churn risk.

    Returns:
        Plain data (JSON) that `render_report` renders.
    """
    summary = summarise(dataset, data)
    spend = [segment["spend"] for segment in segmentation.segments if segment["spend"] is not None]
    revenue = sum(spend) if spend else None
    return {
        "shop": _shop(summary, dataset),
        "data": _cleaned(summary, data, inputs, revenue=revenue),
        "choice": _choice(comparison),
        "caveats": list(comparison.caveats),
        "board": ranked(comparison.board),
        "segments": segmentation.segments,
        "decisions": decisions(
            segmentation.segments,
            segment_money(data.features, segmentation.ids),
            forecast=figures.forecast,
            backtest=figures.backtest,
            plan=figures.plan,
        ),
        "customers": figures.customers,
        "treatment": figures.plan.treatment,
        "new_customers": segmentation.new_customers,
        "points": figures.points,
        "grid": figures.grid,
        "rules": _rules(segmentation.rules, customers=summary["customers"]),
        "migration": segmentation.migration,
        "backtest": figures.backtest,
        "forecast": figures.forecast,
        "churn": figures.churn,
        "recognition": figures.recognition,
        "quality": figures.quality,
        "exploration": figures.exploration,
        "capped": figures.capped,
        "labels": dataset.labels,
    }


def _shop(summary: Summary, dataset: DatasetSettings) -> ShopSection:
    return {
        "title": summary["title"],
        "dataset": summary["dataset"],
        "currency": summary["currency"],
        "as_of": summary["as_of"],
        "location": summary["location"],
        "digest": summary["digest"],
        "homepage": dataset.homepage,
        "licence": dataset.licence,
    }


def _cleaned(summary: Summary, data: ShopData, inputs: ComparisonInputs, *, revenue: float | None) -> DataSection:
    first, last = data.known_period or (None, None)
    rows_in, rows_kept = summary["rows_in"], summary["rows_kept"]
    return {
        "rows_in": rows_in,
        "rows_kept": rows_kept,
        "kept_share": rows_kept / rows_in if rows_in else 0.0,
        "customers": summary["customers"],
        "has_transactions": data.has_transactions,
        "revenue": revenue,
        "first_order": first.isoformat() if first else None,
        "last_order": last.isoformat() if last else None,
        "history_days": (last - first).days + 1 if first and last else None,
        "ledger": data.ledger.astype(object).where(data.ledger.notna(), None).to_dict("records"),
        "features_fit": list(inputs.columns),
        "features_dropped": dict(inputs.dropped),
        "events": [_events(read) for read in data.events],
    }


def _events(read: EventsRead) -> EventsData:
    rows = read.ledger["rows_left"]
    return {"name": read.name, "rows_in": int(rows.iloc[0]), "rows_kept": int(rows.iloc[-1])}


def _choice(comparison: Comparison) -> Row:
    row = comparison.board[comparison.position]
    return {**row, "algorithm": comparison.winner.candidate.algorithm, "candidate_count": len(comparison.board)}


def _rules(rules: RuleList, *, customers: int) -> RulesSummary:
    return {"fidelity": rules.fidelity, "leaves": len(rules.rules), "depth": rules.depth, "customers": customers}
