"""The Insiders programme, from a source to a registered version, a list and a report: named steps in their order."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from clientela import tracking
from clientela.errors import RegistryError
from clientela.exports import check_destination, write_table
from clientela.exports.pseudonyms import pseudonym_key, pseudonyms
from clientela.reports import texts
from clientela.reports.insiders import render_insiders
from clientela.segments.treatment import assign_treatment
from clientela.settings import Settings, load_settings
from clientela.value.insiders.ranking import Size, check_size, settle_size
from clientela.workflows import insiders_record as record
from clientela.workflows.files import check_folder, write_whole
from clientela.workflows.insiders_found import History, Programme, found_programme, member_since
from clientela.workflows.insiders_prove import prove_programme
from clientela.workflows.insiders_rank import Contest, Looks, Valued, hold_contest, value_of
from clientela.workflows.insiders_worth import Worth, actions, expect
from clientela.workflows.intake import Intake, take_in_customers
from clientela.workflows.version import find_champion

TABLE = "insiders"


@dataclass(frozen=True)
class Made:
    """All that a run found: what the list, the report, the run's figures and the version are made from."""

    size: Size
    valued: Valued
    contest: Contest
    programme: Programme
    proof: dict[str, Any] | None
    worth: Worth
    actions: list[dict[str, Any]]


def insiders(
    *,
    dataset: str,
    source: str | None,
    as_of: str | None,
    size: str | None,
    seed: int,
    conf: Path,
    echo: Callable[[str], None],
    language: str = "en",
    report_to: Path | None = None,
    list_to: str | None = None,
) -> dict[str, Any]:
    """Find the programme on a data set and register it; returns its summary.

    Args:
        dataset: a name in conf/datasets, or the path of a YAML file.
        source: path of the data; the data set's own where None.
        as_of: ISO date; the day after the last transaction where None.
        size: members: a number, a share, or "auto"; the settings' where None.
        seed: of everything random.
        conf: folder of the settings.
        echo: takes the text of each finished step.
        language: of the report and of the texts in the list.
        report_to: where to write the report beside the run's artifacts, if anywhere.
        list_to: a file or a database (`clientela.exports`) that gets the list of members, if any.

    Raises:
        ClientelaError: of the kinds in `clientela.errors`; a run that has begun is marked as failed.
    """
    settings = load_settings(dataset, conf=conf)
    asked = check_size(size or str(settings.insiders.size))
    key = pseudonym_key(settings.insiders.pseudonym_key) if settings.insiders.pseudonym_key else None
    if report_to:
        check_folder("report", report_to)
    if list_to:
        check_destination(list_to, table=TABLE)
    with duckdb.connect() as connection:
        data = take_in_customers(connection, settings.dataset, source=source, as_of=as_of, seed=seed, echo=echo)
        echo(texts.inputs_text(len(data.features), data.as_of, dropped={}, has_past=True))
        name = f"{settings.dataset.name} {data.as_of} insiders"
        with tracking.open_run(settings.tracking.experiment, name=name, stage="insiders") as run_id:
            made = _make(connection, settings, data, asked, seed=seed, echo=echo)
            members = list_members(made, control=settings.insiders.actions.control, key=key, seed=seed)
            told = record.told(settings, data, made, members)
            echo(record.summary_text(told))
            page = render_insiders(told, language=language)
            record.log_insiders(settings, data, made, told, members, page=page, run_id=run_id)
            version = record.version_of(data, made, settings)
            number, alias, example_ids = record.register_insiders(version, told, run_id=run_id)
    if report_to:
        write_whole(report_to, page)
    written = write_table(members, list_to, table=TABLE) if list_to else None
    return told | {
        "version": number,
        "alias": alias,
        "example_ids": example_ids,
        "report": str(report_to) if report_to else None,
        "list": written,
    }


def _make(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    data: Intake,
    asked: float | None,
    *,
    seed: int,
    echo: Callable[[str], None],
) -> Made:
    """Rank, judge, choose; find the rules; replay them; prove them; say what they are worth."""
    ours, first_order = settings.insiders, data.period[0]
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
        segments=_segments(settings, echo),
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


def _segments(settings: Settings, echo: Callable[[str], None]) -> int:
    """How many clusters the yardstick has: as many segments as the champion."""
    try:
        champion = find_champion(settings.tracking.model, dataset=settings.dataset.name)
    except RegistryError as error:
        echo(f"The champion cannot be read; the yardstick takes the settings' number of clusters. {error}")
        champion = None
    return len(champion.version.segments) if champion else settings.insiders.ranking.segments


def list_members(made: Made, *, control: float, key: bytes | None, seed: int) -> pd.DataFrame:
    """The members, the highest expected value first, as they are written; pseudonyms for ids where there is a key.

    `arm` draws the hold-out group: the share `control` of the members, at random by the seed.
    """
    moment, programme, member = made.contest.today.moment, made.programme, made.programme.member
    window = programme.rules.window_days
    figures, worth = moment.figures[window][member], made.worth.customers[member]
    ids = moment.customers[member].tolist()
    table = pd.DataFrame(
        {
            "customer_id": pseudonyms(ids, key) if key else ids,
            "status": ["stays" if kept else "enters" for kept in programme.kept[member].tolist()],
            "member_since": member_since(programme, ids),
            "spend": figures["spend"].to_numpy(),
            "orders": figures["orders"].to_numpy().astype(int),
            "days_since_last_purchase": figures["days"].to_numpy().astype(int),
            **{name: worth[name].to_numpy() for name in ("expected", "low", "high")},
            "arm": assign_treatment(ids, [TABLE] * len(ids), share=1 - control, seed=seed),
            "window_days": window,
            "expected_months": made.worth.months,
            "as_of": pd.Timestamp(moment.as_of).date(),
        }
    )
    order = table.assign(_expected=table["expected"].fillna(0.0)).sort_values(
        ["_expected", "spend", "customer_id"], ascending=[False, False, True], kind="stable"
    )
    return order.drop(columns="_expected").reset_index(drop=True)
