"""Make the previous champion the champion again."""

from pathlib import Path

import click

from console import told

CONF = Path(__file__).resolve().parents[1] / "conf"


@click.command(help=__doc__)
@told
def main() -> None:
    """Move the alias back."""
    from clientela.registry import rollback
    from clientela.settings import load_tracking

    model = load_tracking(conf=CONF).model
    version, replaced = rollback(model)
    click.echo(
        f"Version {version} of {model} is the champion again; version {replaced} is kept as previous. "
        "Restart the server to serve it."
    )


if __name__ == "__main__":
    main()
