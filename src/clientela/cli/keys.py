"""The commands about API keys of the production server: key new, key list, key remove."""

from pathlib import Path

import click

from clientela.cli.options import SETTINGS, conf_option, exit_on_error, settings_folder

RESTART = "Restart the production server: it reads its keys when it starts."


def _own_settings(conf: str) -> Path:
    """The settings folder to change: never the defaults of the package, which all folders use."""
    from clientela.errors import InvalidInput

    folder = settings_folder(conf)
    if not conf and folder != Path("conf").resolve():
        raise InvalidInput(
            f"The current folder must have settings of its own, in conf/, to hold keys. {str(Path.cwd())!r} has none. "
            "The command clientela init writes them."
        )
    return folder


@click.group(context_settings=SETTINGS)
def key() -> None:
    """Make, list and remove API keys of the production server."""


@key.command(context_settings=SETTINGS)
@click.argument("name")
@conf_option
@exit_on_error
def new(name: str, conf: str) -> None:
    """Make a key for NAME, for example a system, and write its SHA-256 to server.yaml.

    Prints the key on standard output, only this once. It is stored nowhere.
    """
    from clientela.workflows.keys import new_key

    folder = _own_settings(conf)
    made = new_key(name, conf=folder)
    click.echo(f"The key of {name}, which is shown only once; its SHA-256 is in {folder / 'server.yaml'}:", err=True)
    click.echo(made)
    click.echo(RESTART, err=True)


@key.command("list", context_settings=SETTINGS)
@conf_option
@exit_on_error
def list_(conf: str) -> None:
    """List the names of the keys."""
    from clientela.workflows.keys import list_keys

    for name in list_keys(conf=settings_folder(conf)):
        click.echo(name)


@key.command(context_settings=SETTINGS)
@click.argument("name")
@conf_option
@exit_on_error
def remove(name: str, conf: str) -> None:
    """Remove the key of NAME from server.yaml."""
    from clientela.workflows.keys import delete_key

    left = delete_key(name, conf=_own_settings(conf))
    rest = f"{len(left)} left: {', '.join(left)}" if left else "none is left, so the server does not start"
    click.echo(f"Removed the key of {name}; {rest}. {RESTART}")
