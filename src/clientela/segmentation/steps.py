"""The steps of a comparison, each on one `Run`; `workflows/segment.py` calls them in order."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np

from clientela.dataset_privacy import privacy_of
from clientela.errors import RegistryError
from clientela.exploration.explore import Exploration
from clientela.features.build import make_net_lines
from clientela.features.extra import resolve_fit
from clientela.features.rfm_table import rfm_table
from clientela.features.scaling import capped_customers
from clientela.forecast.report_data import ForecastData, forecast_data
from clientela.forecast.shop import forecast_shop
from clientela.loading import ShopData
from clientela.quality.report import QualityReport
from clientela.reporting.inspection import rfm_text
from clientela.reporting.tables import inputs_text
from clientela.request import RunRequest
from clientela.segmentation.assignment import Assignment, clusters_of, continue_champion, refit_assignment
from clientela.segmentation.backtest import (
    BacktestData,
    BacktestedModel,
    PastDates,
    backtest_segments,
    past_snapshots,
    start_ceilings,
)
from clientela.segmentation.clustering.candidates import candidate_count, make_families
from clientela.segmentation.clustering.evaluation import fit_count
from clientela.segmentation.clustering.leaderboard import ranked
from clientela.segmentation.clustering.projection import sample_customers
from clientela.segmentation.clustering.scores import sample_rows
from clientela.segmentation.compare import (
    Comparison,
    compare_candidates,
    judge_candidates,
    predictability_of,
)
from clientela.segmentation.continued import continued_assignment, evaluate_continued, prefer_continued
from clientela.segmentation.data_checks import look_at_data
from clientela.segmentation.describe import Segmentation, describe_segments
from clientela.segmentation.draw import draw_candidates
from clientela.segmentation.inputs import ComparisonInputs, prepare_inputs
from clientela.segmentation.log import log_candidates, log_input
from clientela.segmentation.recognition import recognise_segments
from clientela.segmentation.registered import RegisteredVersion, find_champion, require_version, with_ids_as_now
from clientela.segmentation.report import texts
from clientela.segmentation.report.charts import candidate_charts
from clientela.segmentation.report.data import ReportFigures, Summary, summarise
from clientela.segmentation.report.decisions import CampaignPlan
from clientela.segmentation.segments.customer_lists import customer_lists
from clientela.segmentation.segments.grid import recency_frequency_grid
from clientela.segmentation.version import SegmentsVersion
from clientela.settings import FitFeature, Settings
from clientela.shop import load_shop

Churn = Mapping[int, Mapping[str, Any]] | None


@dataclass(frozen=True)
class Run:
    """The input of the steps of a comparison.

    Attributes:
        connection: connection with the cleaned transactions.
        request: the user's request.
        settings: settings of the data set and of the comparison.
        data: cleaned source, ledger and customer features.
        fit: how each column of the fit is scaled.
        inputs: scaled features that the candidates are fitted to.
        quality: quality report of the data.
        exploration: what the data look like.
    """

    connection: duckdb.DuckDBPyConnection
    request: RunRequest
    settings: Settings
    data: ShopData
    fit: dict[str, FitFeature]
    inputs: ComparisonInputs
    quality: QualityReport
    exploration: Exploration


def load_run(connection: duckdb.DuckDBPyConnection, request: RunRequest, settings: Settings) -> Run:
    """Read and clean the source, and scale the customers.

    Args:
        connection: empty DuckDB connection.
        request: the user's request.
        settings: settings of the data set and of the comparison.

    Returns:
        The run; its inputs are printed.

    Raises:
        ClientelaError: the source cannot be read or cleaned, or has too few customers.
    """
    data = load_shop(connection, settings, request)
    if data.has_rfm:
        # A first useful answer, before the minutes of the comparison.
        request.echo(rfm_text(rfm_table(data.features), data.as_of) + "\n")
    quality, exploration = look_at_data(connection, settings, data, echo=request.echo)
    fit = resolve_fit(settings.fit, data.features, data.extra)
    inputs = prepare_inputs(
        connection if data.has_transactions else None,
        data.features,
        fit=fit,
        as_of=data.as_of,
        horizon_days=settings.evaluation.horizon_days,
        extra=data.extra,
    )
    request.echo(
        inputs_text(
            len(data.features),
            data.as_of,
            dropped=inputs.dropped,
            has_past=bool(inputs.past),
            has_transactions=data.has_transactions,
        )
    )
    return Run(connection, request, settings, data, fit, inputs, quality, exploration)


def compare(run: Run) -> Comparison:
    """Evaluate and judge all candidates."""
    settings, seed = run.settings, run.request.seed
    log_input(run.data, dataset=settings.dataset.name)
    # Customers who are alike in every feature cannot be clustered; the RFM rules alone remain.
    grids = settings.candidates.model_dump() if np.ptp(run.inputs.present.matrix, axis=0).any() else {}
    families = make_families(grids, limit=settings.evaluation.sample)
    if not run.data.has_rfm:
        families = [family for family in families if not family.is_baseline]
    fits = fit_count(families, has_past=run.inputs.past is not None)
    counts = {"candidates": candidate_count(families), "customers": len(run.data.features)}
    run.request.echo(texts.compare_text(**counts, fits=fits))
    evaluations = compare_candidates(run.inputs, families, settings.evaluation, selection=settings.selection, seed=seed)
    judged = judge_candidates(
        families,
        evaluations,
        settings.selection,
        predictability=predictability_of(run.inputs, evaluations, folds=settings.evaluation.folds, seed=seed),
        returning_share=float((run.data.features["order_count"] > 1).mean()) if run.data.has_rfm else 1.0,
    )
    return _with_champion(run, judged)


def log_comparison(run: Run, run_id: str, comparison: Comparison) -> Summary:
    """Draw, log and print the candidates; returns the summary of the comparison."""
    settings = run.settings
    charts = draw_candidates(run.inputs, comparison, settings.evaluation, draw=candidate_charts, seed=run.request.seed)
    summary = summarise(settings.dataset, run.data)
    summary |= {
        "candidate_count": candidate_count(comparison.families),
        "link": log_candidates(run_id, comparison, charts, settings),
        "winner": comparison.board[comparison.position],
        "caveats": list(comparison.caveats),
    }
    run.request.echo(texts.leaderboard_text(ranked(comparison.board)))
    return summary


def assign(run: Run, comparison: Comparison) -> Assignment:
    """Assign customers to the winner's clusters, with the champion's ids if they continue its segments."""
    settings, features = run.settings, run.data.features
    if comparison.continues_champion:
        before = with_ids_as_now(
            require_version(settings.tracking.model, dataset=settings.dataset.name),
            privacy_of(settings.dataset).pseudonyms,
        )
        return continued_assignment(comparison.winner, features, before)
    clusters = clusters_of(comparison.winner, run.inputs, features)
    try:
        champion = _find_champion(settings)
        least_overlap = settings.segments.continuity.least_overlap
        continued = continue_champion(clusters, features, champion, least_overlap=least_overlap)
    except RegistryError as error:
        # A champion of another format must not block its successor.
        run.request.echo(f"The segments cannot continue the champion's and get new names. {error}")
        continued = None
    return refit_assignment(clusters, continued)


def _find_champion(settings: Settings) -> RegisteredVersion | None:
    """The champion, with the ids that customers have in this run; None without one."""
    found = find_champion(settings.tracking.model, dataset=settings.dataset.name)
    return None if found is None else with_ids_as_now(found, privacy_of(settings.dataset).pseudonyms)


def _with_champion(run: Run, comparison: Comparison) -> Comparison:
    """The comparison with the champion's clusters, if there is a champion whose clusters can be continued.

    A winner replaces a champion that was only a fallback.
    """
    settings, features = run.settings, run.data.features
    try:
        champion = _find_champion(settings)
        if champion is None or (comparison.has_winner and champion.tags.get("choice", "winner") != "winner"):
            return comparison
        evaluation = evaluate_continued(champion, run.inputs, features, settings, seed=run.request.seed)
    except RegistryError:
        # The step `assign` prints why.
        return comparison
    return prefer_continued(comparison, evaluation, settings) if evaluation else comparison


def describe(run: Run, assignment: Assignment) -> Segmentation:
    """Profile, name and explain the segments."""
    data, settings = run.data, run.settings
    run.request.echo("Step 2 of 4: describing and naming the segments, a few seconds.")
    if data.has_transactions:
        # The past snapshot left `net_lines` as of an earlier date.
        make_net_lines(run.connection, as_of=data.as_of)
    described = describe_segments(run.connection, data, assignment, settings=settings, seed=run.request.seed)
    if described.migration:
        run.request.echo(texts.migration_text(described.migration, described.segments))
    return described


def start_backtest(run: Run) -> PastDates | None:
    """Take the snapshots of past dates; workers begin with what does not depend on the segments."""
    settings, data = run.settings, run.data
    if not data.has_transactions:
        return None
    pasts = past_snapshots(
        run.connection,
        data.features,
        fit=run.fit,
        as_of=data.as_of,
        horizon_days=settings.evaluation.horizon_days,
        days_back=settings.segments.backtest.days_back,
        extra=data.extra,
        taken=[run.inputs.past.snapshot] if run.inputs.past else [],
    )
    return PastDates(pasts, start_ceilings(pasts, settings.evaluation, seed=run.request.seed))


def backtest(
    run: Run, comparison: Comparison, version: SegmentsVersion, dates: PastDates | None
) -> BacktestData | None:
    """Backtest the winner on past dates.

    Args:
        run: the run.
        comparison: all candidates, with a winner.
        version: version whose segments the past clusters are matched with.
        dates: the past dates; None without transactions.

    Returns:
        The result; None if the history is too short, or without transactions.
    """
    if dates is None:
        return None
    settings, days = run.settings, run.settings.segments.backtest.days_back
    run.request.echo(f"Step 3 of 4: backtest of the segments on up to {len(days)} past dates.")
    return backtest_segments(
        dates.pasts,
        BacktestedModel(version.assign, *comparison.winner_family),
        evaluation=settings.evaluation,
        settings=settings.segments.backtest,
        seed=run.request.seed,
        ceilings=dates.ceilings,
    )


def forecast(run: Run, assignment: Assignment) -> ForecastData | None:
    """Forecast all customers and each segment; None without transactions."""
    settings, data = run.settings, run.data
    if not data.has_transactions:
        return None
    groups = data.features["customer_id"].groupby(assignment.ids)
    return forecast_data(
        forecast_shop(run.connection, as_of=data.as_of, settings=settings.forecast),
        {int(id_): ids.tolist() for id_, ids in groups},
        days=settings.evaluation.horizon_days,
    )


def report_figures(
    run: Run, assignment: Assignment, *, backtest: BacktestData | None, forecast: ForecastData | None, churn: Churn
) -> ReportFigures:
    """The data of the report besides the segments.

    Args:
        run: the run.
        assignment: the customers' segments.
        backtest: result of the backtest; None if the history is too short.
        forecast: forecast of all customers and of each segment; None without purchases.
        churn: segment id -> churn risk; None if there is no churn model.

    Returns:
        Sampled customers, recency-frequency grid, backtest, forecast, churn risk, recognition and customer lists.
    """
    run.request.echo("Step 4 of 4: writing the report and registering the version, a few seconds.")
    features, seed = run.data.features, run.request.seed
    sample = sample_rows(len(features), size=run.settings.evaluation.sample, seed=seed)
    points = sample_customers(features, assignment.matrix, assignment.ids, sample=sample, seed=seed)
    grid = (
        recency_frequency_grid(features, assignment.ids, smallest_group=run.settings.dataset.smallest_group)
        if run.data.has_rfm
        else None
    )
    recognition = recognise_segments(
        run.data, assignment.ids, run.settings.dataset, run.settings.segments.recognition, rows=sample, seed=seed
    )
    shown = run.settings.segments.report
    customers = customer_lists(
        features["customer_id"], assignment.ids, shown, hide_ids=run.settings.dataset.has_pseudonyms
    )
    return ReportFigures(
        points,
        grid,
        backtest,
        forecast,
        churn,
        recognition,
        customers=customers,
        plan=CampaignPlan(shown.treatment, shown.uplift),
        quality=run.quality,
        exploration=run.exploration,
        capped=capped_customers(features, run.fit),
    )
