"""Make a registered version the champion; the one before keeps the alias "previous"."""

from pathlib import Path

import click

from console import told

CONF = Path(__file__).resolve().parents[1] / "conf"


@click.command(help=__doc__)
@click.option("--version", required=True, help="Number of the version in the registry.")
@told
def main(version: str) -> None:
    """Move the alias."""
    from clientela.registry import promote
    from clientela.settings import load_tracking

    model = load_tracking(conf=CONF).model
    replaced = promote(model, version)
    before = f"version {replaced} is kept as previous" if replaced else "there was none before"
    click.echo(f"Version {version} of {model} is the champion; {before}. Restart the server to serve it.")


if __name__ == "__main__":
    main()
