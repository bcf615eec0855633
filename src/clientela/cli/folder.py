"""The command that writes a folder with settings to edit."""

from pathlib import Path

import click

from clientela.cli.options import SETTINGS, exit_on_error


@click.command(context_settings=SETTINGS)
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(file_okay=False, path_type=Path))
@exit_on_error
def init(folder: Path) -> None:
    """Write settings of your own, an MLproject and a .gitignore.

    DIR is the current folder if it is not given. Nothing is overwritten.
    """
    from clientela.workflows.init import init

    written = init(folder)
    click.echo(f"Wrote {', '.join(path.name for path in written)} to {folder.resolve()}.")
    click.echo("In this folder, clientela and mlflow run . --env-manager local use its conf/.")
