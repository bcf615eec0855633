"""The Insiders programme, from a source to a registered version, a list and a report: named steps in their order."""

from typing import Any

import duckdb

from clientela import tracking
from clientela.errors import RegistryError
from clientela.exports import check_destination, write_table
from clientela.exports.pseudonyms import pseudonym_key
from clientela.exports.report_files import check_folder, write_whole
from clientela.insiders import log as record
from clientela.insiders.backtest import prove_programme
from clientela.insiders.build_version import register_insiders, version_of
from clientela.insiders.expected_revenue import actions, expect
from clientela.insiders.findings import Made
from clientela.insiders.members import TABLE, list_members
from clientela.insiders.programme import History, found_programme
from clientela.insiders.ranking import check_size, settle_size
from clientela.insiders.rankings import Looks, hold_contest, value_of
from clientela.insiders.report import render_insiders
from clientela.insiders.report.data import report_data
from clientela.insiders.report.texts import summary_text
from clientela.loading import ShopData, load_transactions
from clientela.reporting.tables import inputs_text
from clientela.request import RunRequest
from clientela.segmentation.build_version import find_champion
from clientela.settings import Settings, load_settings


def insiders(request: RunRequest, *, size: str | None = None, list_to: str | None = None) -> dict[str, Any]:
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
    asked = check_size(size or str(settings.insiders.size))
    key = pseudonym_key(settings.insiders.pseudonym_key) if settings.insiders.pseudonym_key else None
    if request.report:
        check_folder("report", request.report)
    if list_to:
        check_destination(list_to, table=TABLE)
    with duckdb.connect() as connection:
        data = load_transactions(connection, settings.dataset, request)
        request.echo(inputs_text(len(data.features), data.as_of, dropped={}, has_past=True))
        name = f"{settings.dataset.name} {data.as_of} insiders"
        with tracking.open_run(settings.tracking.experiment, name=name, stage="insiders") as run_id:
            made = _make(connection, settings, data, request, asked)
            members = list_members(made, control=settings.insiders.actions.control, key=key, seed=request.seed)
            report = report_data(settings, data, made, members)
            request.echo(summary_text(report))
            page = render_insiders(report, language=request.language)
            record.log_insiders(settings, data, made, report, members, page=page, run_id=run_id)
            version = version_of(data, made, settings)
            number, alias, example_ids = register_insiders(version, report, run_id=run_id)
    if request.report:
        write_whole(request.report, page)
    written = write_table(members, list_to, table=TABLE) if list_to else None
    return report | {
        "version": number,
        "alias": alias,
        "example_ids": example_ids,
        "report": str(request.report) if request.report else None,
        "list": written,
    }


def _make(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    data: ShopData,
    request: RunRequest,
    asked: float | None,
) -> Made:
    """Rank, judge, choose; find the rules; replay them; prove them; say what they are worth."""
    ours, first_order, seed = settings.insiders, data.period[0], request.seed
    looks = Looks(connection, ours, first_order)
    today = looks.at(data.as_of, with_next=False)
    valued = value_of(today, ours, seed=seed)
    size = settle_size(asked, today.revenue if valued.expected is None else valued.expected, bounds=ours.size_bounds)
    contest = hold_contest(
        looks,
        as_of=data.as_of,
        size_share=size.customers / len(today.features),
        valued_today=valued,
        fit=settings.fit,
        segments=_segments(settings, request),
        settings=ours,
        seed=seed,
    )
    history = History(looks)
    programme = found_programme(
        contest.today, contest.choice, size, history=history, first_order=first_order, settings=ours
    )
    proof = prove_programme(contest, programme, history=history, settings=ours, seed=seed)
    worth = expect(contest.today, programme.member, ours, seed=seed)
    todo = actions(looks, contest.today, programme, worth, ours)
    return Made(size, valued, contest, programme, proof, worth, todo)


def _segments(settings: Settings, request: RunRequest) -> int:
    """How many clusters the yardstick has: as many segments as the champion."""
    try:
        champion = find_champion(settings.tracking.model, dataset=settings.dataset.name)
    except RegistryError as error:
        request.echo(f"The champion cannot be read; the yardstick takes the settings' number of clusters. {error}")
        champion = None
    return len(champion.version.segments) if champion else settings.insiders.ranking.segments
