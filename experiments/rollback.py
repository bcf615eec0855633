"""Make the previous champion the champion again."""

from pathlib import Path

import click

from console import told

CONF = Path(__file__).resolve().parents[1] / "conf"


@click.command(help=__doc__)
@click.option("--model", default="", help="The registered model; the segments' if empty.")
@click.option("--reason", default="", help="One line for the audit.")
@told
def main(model: str, reason: str) -> None:
    """Run the workflow and say what stands now."""
    from clientela.workflows.promote import rollback

    done = rollback(reason=reason or None, conf=CONF, echo=click.echo, model=model or None)
    before = f"; version {done['replaced']} is kept as previous" if done["replaced"] else ""
    click.echo(f"Version {done['version']} of {done['model']} is the champion again{before}. Restart the server.")


if __name__ == "__main__":
    main()
