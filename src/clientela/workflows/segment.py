"""The comparison, from a source to a registered version: named steps in their order."""

from collections import deque
from typing import Any

from threadpoolctl import threadpool_limits

from clientela import tracking
from clientela.data.database import open_database
from clientela.dataset_privacy import note_written, privacy_of
from clientela.exports.report_files import check_folder, write_whole
from clientela.quality.report import quality_metrics
from clientela.request import RunRequest
from clientela.segmentation import steps
from clientela.segmentation.assignment import Assignment
from clientela.segmentation.backtest import BacktestData
from clientela.segmentation.build_version import build_version, register_version
from clientela.segmentation.compare import Comparison
from clientela.segmentation.describe import Segmentation
from clientela.segmentation.dictionary import DictionaryData
from clientela.segmentation.documents import documents
from clientela.segmentation.log import customer_table, log_elbows, log_run, version_tags
from clientela.segmentation.report import texts
from clientela.segmentation.report.data import Summary, build_report
from clientela.segmentation.report.html import render_report
from clientela.segmentation.version import SegmentsVersion
from clientela.segmentation.workers import warm_up
from clientela.settings import load_churn_model, load_settings
from clientela.workflows.champions import find_members
from clientela.workflows.churn_segments import churn_of_segments


def segment(request: RunRequest) -> dict[str, Any]:
    """Compare the candidates on a data set and register the winner; returns the comparison's summary.

    Raises:
        ClientelaError: of the kinds in `clientela.errors`; a run that has begun is marked as failed.
    """
    settings = load_settings(request.dataset, conf=request.conf)
    if request.report:
        check_folder("report", request.report)
    # One thread per process: beside another busy process, threads of boosting and of k-means wait for each other.
    with threadpool_limits(1), open_database(settings.dataset.memory_limit) as connection:
        run = steps.load_run(connection, request, settings)
        starting = warm_up(settings.evaluation.jobs)
        name = f"{settings.dataset.name} {run.data.as_of}"
        with tracking.open_run(settings.tracking.experiment, name=name, stage="comparison") as run_id:
            deque(starting, maxlen=0)
            comparison = steps.compare(run)
            # Workers begin with the backtest while the comparison is logged and the segments are described.
            past_dates = steps.start_backtest(run)
            summary = steps.log_comparison(run, run_id, comparison)
            assignment = steps.assign(run, comparison)
            segmentation = steps.describe(run, assignment)
            summary |= {"segments": segmentation.segments, "migration": segmentation.migration}
            summary |= {"quality": quality_metrics(run.quality)}
            version = _build_version(run, segmentation, assignment)
            backtest = steps.backtest(run, comparison, version, past_dates)
            page = _report_and_log(run, summary, comparison, segmentation, assignment, version, backtest)
            log_elbows(run_id, comparison)
            number, alias, example_ids = register_version(
                version,
                model=settings.tracking.model,
                run_id=run_id,
                note=texts.version_note(summary),
                tags=version_tags(summary, params=comparison.winner.candidate.params, run_id=run_id),
                hide_ids=settings.dataset.has_pseudonyms,
            )
    if request.report:
        write_whole(request.report, page)
        note_written(settings.dataset, request.report)
    return {
        **summary,
        "model": settings.tracking.model,
        "version": number,
        "alias": alias,
        "example_ids": example_ids,
        "report": str(request.report) if request.report else None,
    }


def _build_version(run: steps.Run, segmentation: Segmentation, assignment: Assignment) -> SegmentsVersion:
    dataset = run.settings.dataset
    return build_version(
        segmentation,
        run.data.features,
        assignment.clustering,
        as_of=run.data.as_of,
        currency=dataset.currency,
        labels=dataset.labels,
        members=find_members(
            run.settings.insiders.model, dataset=dataset.name, pseudonyms=privacy_of(dataset).pseudonyms
        ),
        pseudonyms=run.data.pseudonyms,
    )


def _report_and_log(
    run: steps.Run,
    summary: Summary,
    comparison: Comparison,
    segmentation: Segmentation,
    assignment: Assignment,
    version: SegmentsVersion,
    backtest: BacktestData | None,
) -> str:
    """Log the comparison with its report; returns the report as HTML."""
    settings, request = run.settings, run.request
    churn = churn_of_segments(
        load_churn_model(conf=request.conf),
        version.customers.set_index("customer_id")["segment_id"],
        segmentation.segments,
        dataset=settings.dataset,
        echo=request.echo,
        pseudonyms=privacy_of(settings.dataset).pseudonyms,
    )
    expected = steps.forecast(run, assignment)
    figures = steps.report_figures(run, assignment, backtest=backtest, forecast=expected, churn=churn)
    report = build_report(settings.dataset, run.data, run.inputs, comparison, segmentation, figures)
    page = render_report(report, language=request.language, jobs=settings.evaluation.jobs)
    customers = customer_table(version, settings)
    known = DictionaryData(run.connection, settings.dataset, run.data, run.quality)
    log_run(
        summary,
        settings,
        run.data.ledger,
        comparison.board,
        page=page,
        backtest=backtest,
        customers=customers,
        documents=documents(known, run.exploration, language=request.language),
    )
    return page
