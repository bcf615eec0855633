"""List who changed which alias when and why, newest first."""

from dataclasses import asdict
from pathlib import Path

import click

from console import told

CONF = Path(__file__).resolve().parents[1] / "conf"


@click.command(help=__doc__, context_settings={"show_default": True})
@click.option("--limit", default=20, type=click.IntRange(min=1), help="Entries, at most.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line, with the sentences of all checks.")
@click.option("--model", default="", help="The registered model; the segments' if empty.")
@told
def main(limit: int, as_json: bool, model: str) -> None:
    """Read the registry and print it."""
    from clientela.registry import history
    from clientela.reporting.promotion import history_lines, history_text
    from clientela.workflows.promote import which_kind

    entries = [asdict(entry) for entry in history(which_kind(model, conf=CONF).model, limit=limit)]
    text = history_lines(entries) if as_json else history_text(entries)
    if text:
        click.echo(text)


if __name__ == "__main__":
    main()
