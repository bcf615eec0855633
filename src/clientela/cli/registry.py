"""The commands about registered versions: promote, rollback, history."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from clientela.cli.options import SETTINGS, conf_option, exit_on_error, model_option, settings_folder, text_option

if TYPE_CHECKING:
    from clientela.request import PromotionRequest

RESTART = "Restart mlflow models serve; the production server follows by itself."

reason_option = text_option("--reason", "One line for the audit.")


@click.command(context_settings=SETTINGS)
@click.option("--version", required=True, help="Number of the version in the registry.")
@click.option(
    "--force", default="false", type=click.BOOL, is_flag=False, flag_value="true",
    help="Promote it although checks fail; it must load and answer in any case. Needs a reason.",
)  # fmt: skip
@reason_option
@model_option
@conf_option
@exit_on_error
def promote(version: str, force: bool, reason: str, model: str, conf: str) -> None:
    """Make a version the champion if it passes the gate.

    The champion before it keeps the alias "previous".
    """
    from clientela.workflows.promote import promote

    done = promote(version, _request(force, reason, model, conf))
    before = f"version {done['replaced']} is kept as previous" if done["replaced"] else "there was none before"
    overruled = f" Overruled: {', '.join(done['overruled'])}." if done["overruled"] else ""
    click.echo(f"Version {version} of {done['model']} is the champion; {before}.{overruled} {RESTART}")


@click.command(context_settings=SETTINGS)
@click.option(
    "--force", default="false", type=click.BOOL, is_flag=False, flag_value="true",
    help="Bring it back although its code is not the project's. Needs a reason.",
)  # fmt: skip
@reason_option
@model_option
@conf_option
@exit_on_error
def rollback(force: bool, reason: str, model: str, conf: str) -> None:
    """Make the previous champion the champion again."""
    from clientela.workflows.promote import rollback

    done = rollback(_request(force, reason, model, conf))
    before = f"; version {done['replaced']} is kept as previous" if done["replaced"] else ""
    overruled = f" Overruled: {', '.join(done['overruled'])}." if done["overruled"] else ""
    click.echo(f"Version {done['version']} of {done['model']} is the champion again{before}.{overruled} {RESTART}")


@click.command(context_settings=SETTINGS)
@click.option("--limit", default=20, type=click.IntRange(min=1), help="Largest number of entries.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line, with the texts of all checks.")
@model_option
@conf_option
@exit_on_error
def history(limit: int, as_json: bool, model: str, conf: str) -> None:
    """List who changed which alias when and why, newest first."""
    from clientela.registry import history
    from clientela.reporting.promotion import history_lines, history_text
    from clientela.workflows.models import find_kind

    entries = [asdict(entry) for entry in history(find_kind(model, conf=settings_folder(conf)).model, limit=limit)]
    text = history_lines(entries) if as_json else history_text(entries)
    if text:
        click.echo(text)


def _request(force: bool, reason: str, model: str, conf: str) -> "PromotionRequest":
    from clientela.request import PromotionRequest

    return PromotionRequest(
        conf=settings_folder(conf), model=model or None, force=force, reason=reason or None, echo=click.echo
    )
