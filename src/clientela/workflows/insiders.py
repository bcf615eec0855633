"""The Insiders programme, from a source to a registered version, a list and a report: named steps in their order."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from threadpoolctl import threadpool_limits

from clientela import tracking
from clientela.data.database import open_database
from clientela.dataset_privacy import note_written
from clientela.errors import RegistryError
from clientela.exports import check_destination, write_table
from clientela.exports.report_files import check_folder, write_whole
from clientela.holdout.rates import Rate
from clientela.insiders.backtest import backtest_programme
from clientela.insiders.build_version import build_version, register_version
from clientela.insiders.expected_revenue import Forecasts, expected_revenue, revenue_shares
from clientela.insiders.inputs import InputsCache
from clientela.insiders.log import log_run
from clientela.insiders.members import TABLE, list_members
from clientela.insiders.opportunities import ACTIONS, campaign_actions
from clientela.insiders.programme_size import check_size, value_curve
from clientela.insiders.ranked_dates import RankedDates
from clientela.insiders.rankings import RankingOptions
from clientela.insiders.report.data import build_report
from clientela.insiders.report.html import render_report
from clientela.insiders.report.schema import ReportData, RunSummary
from clientela.insiders.report.texts import summary_text
from clientela.insiders.results import InsidersResult
from clientela.insiders.set_up import set_up_programme
from clientela.insiders.traits import member_traits
from clientela.loading import ShopData, load_transactions
from clientela.reporting.tables import inputs_text
from clientela.request import RunRequest
from clientela.segmentation.registered import find_champion
from clientela.settings import Settings, load_forecast, load_settings
from clientela.workflows.learned import insiders_rates


def insiders(request: RunRequest, *, size: str | None = None, list_to: str | None = None) -> RunSummary:
    """Set up the programme on a data set and register it; returns its summary.

    Args:
        request: data set, source, as-of date, seed, and the report's language and path.
        size: number of members, share of the customers, or "auto"; None means the size in the settings.
        list_to: path of a file or URL of a database (`clientela.exports`) for the list of members; None writes no list.

    Returns:
        The report data, the registered version, and where the report and the list are.

    Raises:
        ClientelaError: of the kinds in `clientela.errors`; a run that has begun is marked as failed.
    """
    settings = load_settings(request.dataset, conf=request.conf)
    requested = check_size(size or str(settings.insiders.size))
    _check_outputs(request.report, list_to)
    # One thread: beside another busy process, threads of boosting and of k-means wait for each other.
    with threadpool_limits(1), open_database(settings.dataset.memory_limit) as connection:
        data = load_transactions(connection, settings.dataset, request)
        data = data.without_examples() if settings.dataset.has_pseudonyms else data
        request.echo(inputs_text(len(data.features), data.as_of, dropped={}, has_past=True))
        name = f"{settings.dataset.name} {data.as_of} insiders"
        with tracking.open_run(settings.tracking.experiment, name=name, stage="insiders") as run_id:
            options = RankingOptions(settings.insiders, settings.fit, _segments(settings, request), request.seed)
            forecasts = Forecasts(connection, load_forecast(conf=request.conf))
            success = settings.insiders.actions.success
            rates = insiders_rates(settings.dataset.name, ACTIONS, assumed=success, echo=request.echo)
            result = _run_steps(
                forecasts, data, options, requested, rates, smallest_group=settings.dataset.smallest_group
            )
            members = list_members(result, control=settings.insiders.actions.control, seed=request.seed)
            report = build_report(settings, data, result, members)
            request.echo(summary_text(report))
            page = render_report(report, language=request.language)
            log_run(settings, data, report, members, page=page, run_id=run_id)
            registered = register_version(
                build_version(result, settings, pseudonyms=data.pseudonyms),
                report,
                run_id=run_id,
                hide_ids=settings.dataset.has_pseudonyms,
            )
    if request.report:
        write_whole(request.report, page)
        note_written(settings.dataset, request.report)
    written = _write_list(members, list_to)
    note_written(settings.dataset, written)
    return _summary(report, registered, request.report, written)


def _run_steps(
    forecasts: Forecasts,
    data: ShopData,
    options: RankingOptions,
    requested: float | None,
    rates: Mapping[str, Rate],
    *,
    smallest_group: int,
) -> InsidersResult:
    """Set up the programme, do the same at past dates for the backtest, and estimate its revenue."""
    settings, seed = options.settings, options.seed
    cache = InputsCache(forecasts.connection, settings, data.period[0])
    dates = RankedDates(cache, options)
    inputs = cache.at(data.as_of, with_next_period=False)
    set_up = set_up_programme(dates, inputs, requested)
    today, programme = set_up.ranked, set_up.programme
    expected = expected_revenue(today, programme.member, forecasts, settings, seed=seed)
    return InsidersResult(
        set_up=set_up,
        curve=value_curve(set_up.scores, set_up.size, of="revenue" if today.values.expected is None else "expected"),
        backtest=backtest_programme(dates, set_up, requested, forecasts),
        traits=member_traits(inputs.snapshot, programme.member),
        shares=revenue_shares(today, programme, settings),
        expected=expected,
        actions=campaign_actions(programme, inputs, expected, cache, rates, smallest_group=smallest_group),
    )


def _segments(settings: Settings, request: RunRequest) -> int:
    """The number of clusters of the K-means baseline: the champion's number of segments, or the settings'."""
    try:
        champion = find_champion(settings.tracking.model, dataset=settings.dataset.name)
    except RegistryError as error:
        request.echo(
            f"The champion cannot be read; the K-means baseline uses the settings' number of clusters. {error}"
        )
        champion = None
    return len(champion.version.segments) if champion else settings.insiders.ranking.segments


def _check_outputs(report: Path | None, list_to: str | None) -> None:
    if report:
        check_folder("report", report)
    if list_to:
        check_destination(list_to, table=TABLE)


def _write_list(members: pd.DataFrame, list_to: str | None) -> str | None:
    return write_table(members, list_to, table=TABLE) if list_to else None


def _summary(
    report: ReportData, registered: tuple[str, str, list[str]], report_path: Path | None, list_path: str | None
) -> RunSummary:
    version, alias, example_ids = registered
    return {
        **report,
        "version": version,
        "alias": alias,
        "example_ids": example_ids,
        "report": str(report_path) if report_path else None,
        "list": list_path,
    }
