"""The command that looks at an unknown export."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clientela.cli.options import SETTINGS, conf_option, exit_on_error, settings_folder, text_option

if TYPE_CHECKING:
    from clientela.data.inspection.result import Inspection

MOST_ROWS_OF_FIRST_LOOK = 1_000_000


@click.command(context_settings=SETTINGS)
@click.argument("source")
@text_option("--write", "Write the data set file to this path, like conf/datasets/NAME.yaml.")
@click.option(
    "--set", "answers", multiple=True, metavar="KEY=VALUE",
    help="Decide something: dates=day-first, dates=month-first, decimal=, amount_is=order, or the header of a column, "
    "such as customer_id=Kunde. Can be repeated; several values in one text are separated by a semicolon.",
)  # fmt: skip
@click.option(
    "--json", "as_json", default="false", type=click.BOOL, is_flag=False, flag_value="true",
    help="Print one JSON object and nothing else.",
)  # fmt: skip
@conf_option
@exit_on_error
def inspect(source: str, write: str, answers: tuple[str, ...], as_json: bool, conf: str) -> None:
    """Look at an export: its columns, its totals, what is wrong with it, and whether it can be segmented.

    SOURCE is the path of the export. The verdict is "ready", "needs_decision" (with a question to answer with --set) or
    "cannot" (with the reason; the exit code is 1).
    """
    from clientela.reporting.inspection import inspection_text
    from clientela.workflows.inspect import InspectRequest, inspect, next_command

    request = InspectRequest(
        source=source,
        conf=settings_folder(conf),
        write=Path(write) if write else None,
        answers=answers,
        echo=lambda text: click.echo(text, err=True),
    )
    inspection = inspect(request)
    click.echo(
        json.dumps(inspection.as_json(), ensure_ascii=False, indent=2) if as_json else inspection_text(inspection)
    )
    if not as_json:
        _echo_first_look(inspection, request.conf)
        click.echo(_next_step(inspection.verdict.name, request.write, next_command(request) if write else ""))
    elif write and inspection.settings is None:
        click.echo(f"{write} was not written: the verdict is {inspection.verdict.name}.", err=True)
    if inspection.verdict.name == "cannot":
        sys.exit(1)


def _echo_first_look(inspection: "Inspection", conf: Path) -> None:
    """Print the ledger and the RFM table; a large export is left to the run, so that an inspection takes seconds."""
    if inspection.settings is None or inspection.facts.rows > MOST_ROWS_OF_FIRST_LOOK:
        return
    from clientela.workflows.first_look import first_look  # its imports take a second

    if looked := first_look(inspection, conf=conf):
        click.echo(f"\n{looked}\n")


def _next_step(verdict: str, write: Path | None, command: str) -> str:
    if verdict == "ready":
        if write:
            return f"Wrote {write}. Next:\n  {command}"
        return "Next: the same command with --write conf/datasets/NAME.yaml"
    return f"{write} was not written." if write else ""
