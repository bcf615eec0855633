"""Churn, from transactions and customers to a registered model and its report: named steps in their order."""

from typing import Any

from threadpoolctl import threadpool_limits

from clientela import tracking
from clientela.churn.build_version import build_version, register_version
from clientela.churn.compare import Comparison, compare, comparison_options, fit_winner
from clientela.churn.loading import load_churn_data
from clientela.churn.log import log_run, version_tags
from clientela.churn.profit import Costs
from clientela.churn.report.data import build_report
from clientela.churn.report.html import render_report
from clientela.churn.report.texts import leaderboard_text, rows_text, version_note
from clientela.churn.results import leaderboard
from clientela.churn.risk import call_list, explain_version
from clientela.churn.rows import build_rows
from clientela.churn.run import ChurnRun
from clientela.churn.version import ChurnVersion
from clientela.data.database import open_database
from clientela.dataset_privacy import note_written, privacy_of
from clientela.exports.report_files import check_folder, write_whole
from clientela.request import RunRequest
from clientela.settings import load_churn, load_tracking
from clientela.workflows.churn_segments import risk_of_segments
from clientela.workflows.learned import churn_rate_of_success


def churn(request: RunRequest) -> dict[str, Any]:
    """Compare churn models, register the chosen one and write the report; returns the summary of the run.

    Raises:
        ClientelaError: of the kinds in `clientela.errors`; a run that has begun is marked as failed.
    """
    run = _load(request)
    settings, dataset = run.settings, run.dataset
    name = f"{dataset.name} {run.data.as_of} churn"
    with tracking.open_run(settings.experiment, name=name, stage="churn") as run_id:
        # Fits run in parallel processes; more threads in each of them would slow all of them down.
        with threadpool_limits(1):
            comparison = _compare(run)
            version = _build_version(run, comparison)
            predictions = explain_version(version)
            segments = load_tracking(conf=request.conf).model
            risk = risk_of_segments(
                segments,
                version,
                dataset=dataset,
                echo=request.echo,
                pseudonyms=privacy_of(dataset).pseudonyms,
            )
            report = build_report(run, comparison, version, predictions, risk.section if risk else None)
        page = render_report(report, language=request.language)
        segment_of = risk.segment_of if risk else None
        calls = call_list(version, predictions.answers, segment_of, language=request.language)
        link = log_run(run_id, run, comparison, report, page=page, call_list=calls)
        number, alias, example_ids = register_version(
            version,
            model=settings.model,
            run_id=run_id,
            note=version_note(report),
            tags=version_tags(report, run_id=run_id),
            hide_ids=run.dataset.has_pseudonyms,
        )
    if request.report:
        write_whole(request.report, page)
        note_written(run.dataset, request.report)
    return {
        **report,
        "model": settings.model,
        "version": number,
        "alias": alias,
        "example_ids": example_ids,
        "link": link,
        "report": str(request.report) if request.report else None,
    }


def _load(request: RunRequest) -> ChurnRun:
    dataset, settings = load_churn(request.dataset, conf=request.conf)
    if request.report:
        check_folder("report", request.report)
    success = churn_rate_of_success(dataset.name, assumed=settings.costs.success_rate, echo=request.echo)
    settings = settings.with_success_rate(success["value"])
    costs = Costs(**settings.costs.model_dump())
    with open_database(dataset.memory_limit) as connection:
        data = load_churn_data(connection, dataset, settings, request)
        data = data.without_examples() if dataset.has_pseudonyms else data
        rows = build_rows(connection, data, settings, seed=request.seed)
    request.echo(rows_text(rows.splits, days=data.days, columns=len(rows.columns)))
    return ChurnRun(request, dataset, settings, costs, success, data, rows)


def _compare(run: ChurnRun) -> Comparison:
    options = comparison_options(run.settings)
    comparison = compare(run.rows.splits, run.rows.columns, options, costs=run.costs, seed=run.request.seed)
    run.request.echo(leaderboard_text(leaderboard(comparison)))
    return comparison


def _build_version(run: ChurnRun, comparison: Comparison) -> ChurnVersion:
    """The chosen model, fitted again to all rows with a known outcome, with the current customers."""
    rows, options = run.rows, comparison_options(run.settings)
    return build_version(
        fit_winner(comparison, rows.known, rows.columns, options, shift=rows.season_shift, seed=run.request.seed),
        rows,
        run.settings,
        window_days=run.data.days,
        as_of=run.data.as_of.isoformat(),
        currency=run.dataset.currency,
        pseudonyms=run.data.pseudonyms,
    )
