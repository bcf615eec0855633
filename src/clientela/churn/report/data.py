"""The data of the churn report: what the page, its pictures, the texts and the version's tags are made from."""

from typing import Any, TypedDict

import pandas as pd

from clientela.churn.compare import Comparison, importances
from clientela.churn.features import service_columns
from clientela.churn.profit import summarise_costs
from clientela.churn.results import cutoff_results, holdout_outcome, leaderboard, model_curves, profit_ratios
from clientela.churn.risk import CurrentPredictions, risk_summary
from clientela.churn.run import ChurnRun
from clientela.churn.version import ChurnVersion
from clientela.holdout.rates import Rate


class ShopSection(TypedDict):
    """The data set and its source."""

    title: str
    currency: str
    homepage: str
    licence: str
    dataset: str
    as_of: str
    location: str
    digest: str


class LabelSection(TypedDict):
    """The definition of churn."""

    labelled: bool
    days: int
    auto: bool
    gap_quantile: float
    active_days: int | None
    cutoff: str
    by_time: bool


class DataSection(TypedDict):
    """Rows, customers and features of the run."""

    rows_in: int
    rows_kept: int
    ledger: list[dict[str, Any]]
    customer_ledger: list[dict[str, Any]] | None
    first_order: str
    last_order: str
    trained: int
    tested: int
    known: int
    churn_rate: float
    scored: int
    not_scored: int
    features: int
    separation: dict[str, Any]
    age_missing: float | None


class SegmentSection(TypedDict):
    """Churn risk by segment of the segmentation's champion."""

    rows: list[dict[str, Any]]
    unjoined: int
    model: str
    version: str


class ReportData(TypedDict):
    """All data of a churn report; plain types, so it can be written as JSON."""

    shop: ShopSection
    label: LabelSection
    data: DataSection
    columns: list[dict[str, Any]]
    services: dict[str, str]
    winner: dict[str, Any]
    board: list[dict[str, Any]]
    choice: dict[str, float]
    cutoffs: list[dict[str, Any]]
    curves: dict[str, Any]
    outcome: dict[str, Any]
    profit_ratios: list[float]
    season_shift: float
    importances: list[dict[str, Any]]
    families: list[dict[str, Any]]
    costs: dict[str, Any]
    success: Rate
    risk: dict[str, Any]
    segments: SegmentSection | None


def build_report(
    run: ChurnRun,
    comparison: Comparison,
    version: ChurnVersion,
    predictions: CurrentPredictions,
    segments: SegmentSection | None,
) -> ReportData:
    """Gather the data of the report.

    Args:
        run: the loaded input of the run.
        comparison: the compared models.
        version: the version of the chosen model, with the current customers.
        predictions: the version's predictions for them.
        segments: churn risk by segment; None without a segmentation.

    Returns:
        The data of the report; the same input gives the same data.
    """
    settings = run.settings
    board = leaderboard(comparison)
    winner, split = comparison.results[comparison.winner][0], comparison.splits[0]
    customers, bands = version.customers, version.card["bands"]
    return ReportData(
        shop=_shop(run),
        label=_label(run),
        data=_data(run, scored=len(customers)),
        columns=version.card["columns"],
        services={column: service for service, column in service_columns(run.rows.services).items()},
        winner=next(row for row in board if row["verdict"] == "winner"),
        board=board,
        choice={"interval": settings.choice.interval, "draws": settings.choice.draws, "folds": settings.folds},
        cutoffs=cutoff_results(comparison),
        curves=model_curves(comparison),
        outcome=holdout_outcome(winner, split, run.costs),
        profit_ratios=profit_ratios(comparison.results[comparison.winner]),
        season_shift=run.rows.season_shift,
        importances=importances(winner, split, seed=run.request.seed, jobs=settings.jobs),
        families=predictions.families,
        costs=summarise_costs(run.costs, run.rows.current["spend_per_month"]),
        success=run.success,
        risk=risk_summary(
            customers,
            bands,
            predictions.answers,
            most=settings.call_list,
            smallest_group=run.dataset.smallest_group,
        ),
        segments=segments,
    )


def _shop(run: ChurnRun) -> ShopSection:
    dataset, data = run.dataset, run.data
    return ShopSection(
        title=dataset.title,
        currency=dataset.currency,
        homepage=dataset.homepage,
        licence=dataset.licence,
        dataset=dataset.name,
        as_of=data.as_of.isoformat(),
        location=data.source.location,
        digest=data.source.digest,
    )


def _label(run: ChurnRun) -> LabelSection:
    settings, split = run.settings.label, run.rows.splits[0]
    return LabelSection(
        labelled=run.data.labelled,
        days=run.data.days,
        auto=settings.window_days == "auto",
        gap_quantile=settings.gap_quantile,
        active_days=settings.active_days,
        cutoff=split.cutoff.isoformat(),
        by_time=split.by_time,
    )


def _data(run: ChurnRun, *, scored: int) -> DataSection:
    data, rows = run.data, run.rows
    split = rows.splits[0]
    known = split.test if split.by_time else rows.known
    strongest = max(rows.separation, key=lambda name: rows.separation[name])
    return DataSection(
        rows_in=int(data.ledger["rows_left"].iloc[0]),
        rows_kept=int(data.ledger["rows_left"].iloc[-1]),
        ledger=_ledger_rows(data.ledger),
        customer_ledger=None if data.customer_ledger is None else _ledger_rows(data.customer_ledger),
        first_order=data.period[0].isoformat(),
        last_order=data.period[1].isoformat(),
        trained=len(split.train),
        tested=len(split.test),
        known=len(known),
        churn_rate=float(known["churn"].mean()),
        scored=scored,
        not_scored=rows.not_scored,
        features=len(rows.columns),
        separation={"feature": strongest, "auc": rows.separation[strongest]},
        age_missing=float(rows.current["age"].isna().mean()) if "age" in rows.columns else None,
    )


def _ledger_rows(ledger: pd.DataFrame) -> list[dict[str, Any]]:
    """A ledger as plain rows."""
    rows: list[dict[str, Any]] = ledger.astype(object).where(ledger.notna(), None).to_dict("records")
    return rows
